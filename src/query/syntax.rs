//! How an instance reads an encoded query: where terms end, and where a term's field and operator end.
//!
//! The language has no quotes. `^` separates terms and `^^` is a literal one, paired from left to
//! right; within a term the field ends where the first operator begins, and at that place the longest
//! operator counts (`>=` before `>`, `NOT IN` as one word). What this library writes is read back by
//! these same rules before it is accepted, and text from elsewhere is split by them.

/// Every operator that an instance knows, also those that this library does not write.
const OPERATORS: &[&str] = &[
    "!*",
    "!=",
    "%",
    "*",
    "<",
    "<=",
    "=",
    ">",
    ">=",
    "ANYTHING",
    "BETWEEN",
    "CHANGESFROM",
    "CHANGESTO",
    "CONTAINS",
    "DATEPART",
    "DOES NOT CONTAIN",
    "DOESNOTHAVE",
    "DYNAMIC",
    "EMPTYSTRING",
    "ENDSWITH",
    "EXCLUDING",
    "GT_FIELD",
    "GT_OR_EQUALS_FIELD",
    "IN",
    "INSTANCEOF",
    "IN_HIERARCHY",
    "IN_HIERARCHY_DYNAMIC",
    "ISEMPTY",
    "ISNOTEMPTY",
    "LESSTHAN",
    "LIKE",
    "LT_FIELD",
    "LT_OR_EQUALS_FIELD",
    "MORETHAN",
    "NOT IN",
    "NOT LIKE",
    "NOTIN",
    "NOTLIKE",
    "NOTON",
    "NSAMEAS",
    "ON",
    "RELATIVEEE",
    "RELATIVEGE",
    "RELATIVEGT",
    "RELATIVELE",
    "RELATIVELT",
    "SAMEAS",
    "STARTSWITH",
    "VALCHANGES",
];

/// What a term may begin with in place of a field. `DERBY` is here because `^OR` before it reads
/// `^ORDERBY`.
const KEYWORDS: &[&str] = &[
    "DERBY",
    "ENDRLQUERY",
    "EQ",
    "GROUPBY",
    "JOIN",
    "NQ",
    "OR",
    "RLQUERY",
];

/// A term as an instance takes it apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ReadTerm<'a> {
    pub(super) field: &'a str,
    pub(super) operator: &'static str,
    pub(super) value: &'a str,
}

/// Takes a term apart. `None` when it has no operator.
pub(super) fn read_term(term: &str) -> Option<ReadTerm<'_>> {
    term.char_indices().find_map(|(at, _)| {
        let operator = longest_operator(&term[at..])?;
        Some(ReadTerm {
            field: &term[..at],
            operator,
            value: &term[at + operator.len()..],
        })
    })
}

/// The keyword that a term begins with, if its field would be taken for one.
pub(super) fn leading_keyword(term: &str) -> Option<&'static str> {
    KEYWORDS
        .iter()
        .copied()
        .find(|keyword| term.starts_with(keyword))
}

/// Writes a value so that none of it separates terms.
pub(super) fn escape(value: &str) -> String {
    value.replace('^', "^^")
}

/// The pieces of a query between its separators, and where they begin; a literal `^^` stays as it is
/// written.
pub(super) fn pieces(query: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(caret) = query[from..].find('^').map(|offset| from + offset) {
        if query[caret + 1..].starts_with('^') {
            from = caret + 2;
        } else {
            pieces.push((start, &query[start..caret]));
            start = caret + 1;
            from = start;
        }
    }
    pieces.push((start, &query[start..]));
    pieces
}

/// The character that keeps a text out of a query, and where it stands: a control character, or any line
/// break.
pub(super) fn unspeakable(text: &str) -> Option<(usize, char)> {
    text.char_indices()
        .find(|&(_, c)| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

fn longest_operator(text: &str) -> Option<&'static str> {
    // Most characters are those of a field, which is in lower case.
    text.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_punctuation())
        .then_some(OPERATORS)?
        .iter()
        .copied()
        .filter(|operator| text.starts_with(operator))
        .max_by_key(|operator| operator.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::operator::Operator;

    #[test]
    fn every_operator_that_is_written_is_read_as_itself() {
        for &operator in Operator::ALL {
            let term = format!("field{}", operator.text());
            assert_eq!(
                read_term(&term),
                Some(ReadTerm {
                    field: "field",
                    operator: operator.text(),
                    value: "",
                })
            );
        }
    }

    #[test]
    fn the_longest_operator_at_the_first_place_counts() {
        for (term, field, operator, value) in [
            ("a==b", "a", "=", "=b"),
            ("a>=5", "a", ">=", "5"),
            ("a>5=6", "a", ">", "5=6"),
            ("a!=IN", "a", "!=", "IN"),
            ("a!*x", "a", "!*", "x"),
            ("aNOT INx", "a", "NOT IN", "x"),
            ("aIN_HIERARCHYx", "a", "IN_HIERARCHY", "x"),
            ("aIN_HIERARCHY_DYNAMICx", "a", "IN_HIERARCHY_DYNAMIC", "x"),
            ("aISNOTEMPTY", "a", "ISNOTEMPTY", ""),
            ("u_INfo=5", "u_", "IN", "fo=5"),
            ("a.bONx", "a.b", "ON", "x"),
            ("aNOTONx", "a", "NOTON", "x"),
        ] {
            let read = ReadTerm {
                field,
                operator,
                value,
            };
            assert_eq!(read_term(term), Some(read), "{term}");
        }
        assert_eq!(read_term("number"), None);
        assert_eq!(read_term(""), None);
    }

    #[test]
    fn carets_pair_from_left_to_right() {
        for (query, expected) in [
            ("", &[""] as &[&str]),
            ("a=1", &["a=1"]),
            ("a=1^b=2", &["a=1", "b=2"]),
            ("a=1^^b=2", &["a=1^^b=2"]),
            ("a=1^^^b=2", &["a=1^^", "b=2"]),
            ("a=^^^^", &["a=^^^^"]),
            ("^a=1^", &["", "a=1", ""]),
            ("a=é^ORb=2", &["a=é", "ORb=2"]),
        ] {
            let found = pieces(query);
            let texts: Vec<_> = found.iter().map(|&(_, piece)| piece).collect();
            assert_eq!(texts, expected, "{query}");
            assert!(
                found
                    .iter()
                    .all(|&(at, piece)| query[at..].starts_with(piece))
            );
        }
    }
}
