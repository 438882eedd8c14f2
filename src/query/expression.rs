//! Values that are more than text: dates and their parts, distances, fields, ids, tables.
//!
//! An instance drops what it cannot read and then returns more rows, so each is held to its documented
//! form. Messages never quote a value.

use super::dates;
use super::field::FieldName;
use super::operator::Shape;
use crate::error::{Error, Result};

/// The value of an operator that takes an expression, if it has the form of one.
pub(super) fn written(shape: Shape, value: &str) -> Result<String> {
    let (is_right, accepted) = match shape {
        Shape::DateRange => return dates::range(value),
        Shape::DatePart => (dates::is_date_part(value), DATE_PART),
        Shape::Relative => (dates::is_relative(value), RELATIVE),
        Shape::Distance => (dates::is_distance(value), DISTANCE),
        Shape::Field => (is_field(value), "the name of a field"),
        Shape::FieldOrUnit => (is_field_or_unit(value), FIELD_OR_UNIT),
        Shape::Id => (is_id(value), "a sys_id"),
        Shape::IdPair => (is_id_pair(value), "two sys_ids with @ between them"),
        Shape::Table => (is_table(value), "the name of a table"),
        Shape::List | Shape::Nothing | Shape::Range | Shape::Text => {
            unreachable!("value::single() deals with what is no expression")
        }
    };
    if !is_right {
        return Err(Error::argument(
            "value",
            format_args!("is not what the operator takes: {accepted}"),
        ));
    }
    Ok(value.to_owned())
}

const DATE_PART: &str = "a label and a part, as in \
                         Monday@javascript:gs.datePart('dayofweek','monday','EE'), with EE, GE, GT, LE or LT";
const RELATIVE: &str = "@unit@ago@n or @unit@ahead@n, with one of the units minute, hour, day, dayofweek, \
                        week, month, quarter, year";
const DISTANCE: &str = "field@unit@before@n or field@unit@after@n, with one of the units minute, hour, day, \
                        dayofweek, week, month, quarter, year";
const FIELD_OR_UNIT: &str = "the name of a field, for dates also field@unit, with one of the units minute, \
                             hour, day, dayofweek, week, month, quarter, year";

fn is_field(text: &str) -> bool {
    FieldName::parse("value", text).is_ok()
}

fn is_field_or_unit(text: &str) -> bool {
    match text.split_once('@') {
        None => is_field(text),
        Some((field, unit)) => is_field(field) && dates::is_unit(unit),
    }
}

/// Mostly 32 hexadecimal digits, but `global` and `glide.maint` are ids too.
fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

fn is_id_pair(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(first, second)| is_id(first) && is_id(second))
}

fn is_table(text: &str) -> bool {
    is_field(text) && !text.contains('.')
}

#[cfg(test)]
mod tests {
    use crate::query::operator::Operator;
    use crate::query::value::single;

    fn outcome(operator: Operator, value: &str) -> String {
        single(operator, Some(value)).unwrap_or_else(|error| error.message().to_owned())
    }

    #[test]
    fn expressions_are_held_to_their_form() {
        use Operator::*;
        for (operator, good, bad) in [
            (
                SameAs,
                &["opened_by", "a.b", "due@day"] as &[_],
                &["", "a b", "due@", "due@fortnight", "@day"] as &[_],
            ),
            (NotSameAs, &["opened_by"], &["a^b"]),
            (GtField, &["b", "a.b"], &["b@day", "", "a=b"]),
            (
                MoreThan,
                &["due@day@before@1", "due@hour@after@36"],
                &[
                    "due",
                    "due@day@before",
                    "due@day@ago@1",
                    "due@day@before@x",
                    "due@day@before@1@2",
                    "@day@before@1",
                ],
            ),
            (
                RelativeGt,
                &[
                    "@hour@ago@1",
                    "@day@ahead@7",
                    "@hour@ago@-18",
                    "@dayofweek@ago@0",
                ],
                &[
                    "hour@ago@1",
                    "@hour@ago",
                    "@hour@ago@",
                    "@hour@before@1",
                    "@second@ago@1",
                    "@hour@ago@1.5",
                    "@hour@ago@1@1",
                ],
            ),
            (RelativeEe, &["@year@ago@1"], &[""]),
            (
                DatePart,
                &[
                    "Monday@javascript:gs.datePart('dayofweek','monday','EE')",
                    "Noon hour@javascript:gs.datePart('hour', '12','EE')",
                ],
                &[
                    "Monday",
                    "Monday@gs.datePart('dayofweek','monday','EE')",
                    "Monday@javascript:gs.datePart('dayofweek','monday','XX')",
                    "Monday@javascript:gs.datePart('dayofweek','monday','EE');x()",
                    "javascript:gs.datePart('a','b','EE')",
                ],
            ),
            (
                Dynamic,
                &["90d1921e5f510100a9ad2572f2b477fe", "global", "glide.maint"],
                &["", "a b", "a^b", "javascript:x"],
            ),
            (InHierarchy, &["0a@0b"], &["0a", "0a@", "@0b", "0a@0b@0c"]),
            (InHierarchyDynamic, &["0a@0b"], &["0a"]),
            (InstanceOf, &["cmdb_ci_computer"], &["", "cmdb ci", "a.b"]),
            (DoesNotHave, &["0a"], &["0a,0b"]),
        ] {
            for value in good {
                assert_eq!(outcome(operator, value), *value);
            }
            for value in bad {
                let message = outcome(operator, value);
                assert!(
                    message.starts_with("value: is not what the operator takes: "),
                    "{operator:?} {value:?}: {message}"
                );
            }
        }
    }
}
