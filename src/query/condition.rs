//! One condition: a field, an operator and a value, as the text that an instance reads back as the
//! same three.
//!
//! Operators are words in the same letters as fields and values, so some combinations melt together:
//! `a<` with the value `=5` is `a<=5`, a field `u_INfo` ends before `IN`. Every condition is therefore
//! read back by the rules of [`super::syntax`] when it is made, and refused if anything else than what
//! was meant would be read. A [`Condition`] that exists is unambiguous wherever it stands.

use super::field::FieldName;
use super::operator::Operator;
use super::syntax::{escape, leading_keyword, read_term};
use super::value;
use crate::error::{Error, Result};

/// What stands in place of a field where the whole record is searched.
const TEXT_SEARCH: &str = "123TEXTQUERY321";

/// The text of one condition, without the `^` or `^OR` before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition(String);

impl Condition {
    /// An operator with one value, or with none.
    pub(super) fn single(
        field: &str,
        operator: Operator,
        value: Option<&str>,
    ) -> Result<Condition> {
        let operator = match (operator, value) {
            (Operator::Eq, None) => Operator::IsEmpty,
            (Operator::Ne, None) => Operator::IsNotEmpty,
            (operator, _) => operator,
        };
        Condition::compose(field, operator, |operator| value::single(operator, value))
    }

    /// Words anywhere in the record.
    pub(super) fn text_search(words: &str) -> Result<Condition> {
        let words = value::words(words)?;
        Ok(Condition(format!("{TEXT_SEARCH}={}", escape(&words))))
    }

    /// `IN` or `NOT IN` with the items of its list.
    pub(super) fn list(field: &str, operator: Operator, items: &[&str]) -> Result<Condition> {
        Condition::compose(field, operator, |_| value::list(items))
    }

    /// `BETWEEN` with its bounds.
    pub(super) fn range(field: &str, low: &str, high: &str) -> Result<Condition> {
        Condition::compose(field, Operator::Between, |_| value::range(low, high))
    }

    /// An operator whose value the instance computes.
    pub(super) fn script(field: &str, operator: Operator, script: &str) -> Result<Condition> {
        Condition::compose(field, operator, |operator| value::script(operator, script))
    }

    /// A condition that is written already, separators and escapes included.
    pub(super) fn written(text: &str) -> Condition {
        Condition(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn compose(
        field: &str,
        operator: Operator,
        value: impl FnOnce(Operator) -> Result<String>,
    ) -> Result<Condition> {
        let field = FieldName::parse("field", field)?;
        let value = value(operator)?;
        let term = format!("{}{}{}", field.as_str(), operator.text(), escape(&value));
        reads_back(&term, &field, operator)?;
        Ok(Condition(term))
    }
}

fn reads_back(term: &str, field: &FieldName, operator: Operator) -> Result<()> {
    if let Some(keyword) = leading_keyword(term) {
        return Err(Error::argument(
            "field",
            format_args!(
                "begins with {keyword}, which an instance reads as a keyword; names of fields are in \
                 lower case"
            ),
        ));
    }
    let read = read_term(term).expect("the operator of the condition is known to the reader");
    if read.field != field.as_str() {
        return Err(Error::argument(
            "field",
            format_args!(
                "would be read with the operator {:?} at byte {}; names of fields are in lower case",
                read.operator,
                read.field.len()
            ),
        ));
    }
    if read.operator != operator.text() {
        return Err(Error::argument(
            "value",
            format_args!(
                "begins so that {} before it would be read as the operator {:?}; such a value cannot be \
                 written",
                operator.name(),
                read.operator
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(result: Result<Condition>) -> String {
        result.map_or_else(|error| error.message().to_owned(), |condition| condition.0)
    }

    #[test]
    fn every_operator_in_its_text() {
        use Operator::*;
        for (operator, value, expected) in [
            (Eq, Some("1"), "f=1"),
            (Ne, Some("1"), "f!=1"),
            (Lt, Some("1"), "f<1"),
            (Le, Some("1"), "f<=1"),
            (Gt, Some("1"), "f>1"),
            (Ge, Some("1"), "f>=1"),
            (StartsWith, Some("SAP"), "fSTARTSWITHSAP"),
            (EndsWith, Some("SAP"), "fENDSWITHSAP"),
            (Contains, Some("vpn"), "fLIKEvpn"),
            (NotContains, Some("vpn"), "fNOT LIKEvpn"),
            (IsEmpty, None, "fISEMPTY"),
            (IsNotEmpty, None, "fISNOTEMPTY"),
            (EmptyString, None, "fEMPTYSTRING"),
            (Anything, None, "fANYTHING"),
            (SameAs, Some("g"), "fSAMEASg"),
            (NotSameAs, Some("g@day"), "fNSAMEASg@day"),
            (GtField, Some("g"), "fGT_FIELDg"),
            (LtField, Some("g"), "fLT_FIELDg"),
            (GeField, Some("g"), "fGT_OR_EQUALS_FIELDg"),
            (LeField, Some("g"), "fLT_OR_EQUALS_FIELDg"),
            (MoreThan, Some("g@day@before@1"), "fMORETHANg@day@before@1"),
            (LessThan, Some("g@day@after@2"), "fLESSTHANg@day@after@2"),
            (
                On,
                Some("Today"),
                "fONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()",
            ),
            (
                NotOn,
                Some("c@2026-02-01@2026-02-02"),
                "fNOTONc@2026-02-01@2026-02-02",
            ),
            (
                DatePart,
                Some("Monday@javascript:gs.datePart('dayofweek','monday','EE')"),
                "fDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','EE')",
            ),
            (RelativeGt, Some("@hour@ago@1"), "fRELATIVEGT@hour@ago@1"),
            (RelativeLt, Some("@hour@ago@1"), "fRELATIVELT@hour@ago@1"),
            (RelativeGe, Some("@hour@ago@1"), "fRELATIVEGE@hour@ago@1"),
            (RelativeLe, Some("@hour@ago@1"), "fRELATIVELE@hour@ago@1"),
            (RelativeEe, Some("@hour@ago@1"), "fRELATIVEEE@hour@ago@1"),
            (Dynamic, Some("0a"), "fDYNAMIC0a"),
            (InHierarchy, Some("0a@0b"), "fIN_HIERARCHY0a@0b"),
            (
                InHierarchyDynamic,
                Some("0a@0b"),
                "fIN_HIERARCHY_DYNAMIC0a@0b",
            ),
            (InstanceOf, Some("cmdb_ci"), "fINSTANCEOFcmdb_ci"),
            (DoesNotHave, Some("0a"), "fEXCLUDING0a"),
        ] {
            assert_eq!(outcome(Condition::single("f", operator, value)), expected);
        }
        assert_eq!(
            outcome(Condition::list("f", In, &["a", "b", "1"])),
            "fINa,b,1"
        );
        assert_eq!(
            outcome(Condition::list("f", NotIn, &["6", "7"])),
            "fNOT IN6,7"
        );
        assert_eq!(outcome(Condition::range("f", "1", "2")), "fBETWEEN1@2");
        assert_eq!(
            outcome(Condition::script("f", Gt, "gs.daysAgo(7)")),
            "f>javascript:gs.daysAgo(7)"
        );
    }

    #[test]
    fn carets_are_doubled_wherever_a_value_stands() {
        assert_eq!(
            outcome(Condition::single("f", Operator::Eq, Some("^a^^"))),
            "f=^^a^^^^"
        );
        assert_eq!(
            outcome(Condition::list("f", Operator::In, &["a^b", "^"])),
            "fINa^^b,^^"
        );
        assert_eq!(
            outcome(Condition::range("f", "a^", "b^")),
            "fBETWEENa^^@b^^"
        );
        assert_eq!(
            outcome(Condition::script("f", Operator::Eq, "1^2")),
            "f=javascript:1^^2"
        );
    }

    #[test]
    fn a_value_that_melts_into_its_operator_is_refused() {
        const WORDS: &str = "; such a value cannot be written";
        for (condition, message) in [
            (
                Condition::single("a", Operator::Lt, Some("=5")),
                "value: begins so that SNOW_LT before it would be read as the operator \"<=\"",
            ),
            (
                Condition::single("a", Operator::Gt, Some("=")),
                "value: begins so that SNOW_GT before it would be read as the operator \">=\"",
            ),
            (
                Condition::list("a", Operator::In, &["STANCEOFx"]),
                "value: begins so that SNOW_IN before it would be read as the operator \"INSTANCEOF\"",
            ),
            (
                Condition::list("a", Operator::In, &["_HIERARCHY", "b"]),
                "value: begins so that SNOW_IN before it would be read as the operator \"IN_HIERARCHY\"",
            ),
            (
                Condition::single("a", Operator::InHierarchy, Some("_DYNAMICx@b")),
                "value: begins so that SNOW_IN_HIERARCHY before it would be read as the operator \
              \"IN_HIERARCHY_DYNAMIC\"",
            ),
        ] {
            assert_eq!(outcome(condition), format!("{message}{WORDS}"));
        }
    }

    #[test]
    fn a_value_of_operator_characters_is_a_value_where_nothing_melts() {
        for (operator, value, expected) in [
            (Operator::Eq, "=b", "a==b"),
            (Operator::Eq, "!=b", "a=!=b"),
            (Operator::Eq, "*", "a=*"),
            (Operator::Eq, "ISEMPTY", "a=ISEMPTY"),
            (Operator::Eq, "ORDERBYx", "a=ORDERBYx"),
            (Operator::Ne, "=", "a!=="),
            (Operator::Le, "=", "a<=="),
            (Operator::Contains, "LIKE", "aLIKELIKE"),
            (Operator::Contains, "%", "aLIKE%"),
            (Operator::NotContains, " IN", "aNOT LIKE IN"),
        ] {
            assert_eq!(
                outcome(Condition::single("a", operator, Some(value))),
                expected
            );
        }
    }

    #[test]
    fn a_field_that_would_be_read_otherwise_is_refused() {
        for (field, operator, value, message) in [
            (
                "u_INfo",
                Operator::Eq,
                "5",
                "field: would be read with the operator \"IN\" at byte 2; names of fields are in lower case",
            ),
            (
                "xN",
                Operator::SameAs,
                "g",
                "field: would be read with the operator \"NSAMEAS\" at byte 1; names of fields are in lower case",
            ),
            (
                "xNOT",
                Operator::On,
                "Today",
                "field: would be read with the operator \"NOTON\" at byte 1; names of fields are in lower case",
            ),
            (
                "ORa",
                Operator::Eq,
                "5",
                "field: begins with OR, which an instance reads as a keyword; names of fields are in lower case",
            ),
            (
                "DERBYa",
                Operator::Eq,
                "5",
                "field: begins with DERBY, which an instance reads as a keyword; names of fields are in lower case",
            ),
            (
                "NQa",
                Operator::Eq,
                "5",
                "field: begins with NQ, which an instance reads as a keyword; names of fields are in lower case",
            ),
        ] {
            assert_eq!(
                outcome(Condition::single(field, operator, Some(value))),
                message
            );
        }
        assert_eq!(
            outcome(Condition::single("a.ORb", Operator::Eq, Some("1"))),
            "a.ORb=1"
        );
        assert_eq!(
            outcome(Condition::single(
                "123TEXTQUERY321",
                Operator::Eq,
                Some("vpn")
            )),
            "123TEXTQUERY321=vpn"
        );
    }
}
