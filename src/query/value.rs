//! What may follow an operator: texts, lists, ranges and scripts. [`super::expression`] has the others.
//!
//! A value of a plain condition is text and never program: one that begins with `javascript:` would
//! be run by the instance, so it is refused wherever it is not asked for. Where the language has no
//! escape (a comma in a list, `@` in a range), the value is refused too. Messages never quote a value.

use super::dates;
use super::expression;
use super::operator::{Operator, Shape};
use super::syntax::unspeakable;
use crate::error::{Error, Result};

/// The one value of a condition, as its operator needs it, not yet escaped.
pub(super) fn single(operator: Operator, value: Option<&str>) -> Result<String> {
    let name = operator.name();
    match (operator.shape(), value) {
        (Shape::List, _) => Err(Error::argument(
            "op",
            format_args!("{name} takes a list; use snow_query_where_in or snow_query_where_not_in"),
        )),
        (Shape::Range, _) => Err(Error::argument(
            "op",
            format_args!("{name} takes two bounds; use snow_query_where_between"),
        )),
        (Shape::Nothing, None) => Ok(String::new()),
        (Shape::Nothing, Some(_)) => Err(Error::argument(
            "value",
            format_args!("{name} takes no value; use snow_query_where with NULL"),
        )),
        (_, None) => Err(Error::argument(
            "value",
            format_args!(
                "is NULL, and {name} compares with a value; accepted with NULL are SNOW_EQ (is empty), SNOW_NE \
                 (is not empty) and the operators that take no value"
            ),
        )),
        (shape, Some(value)) => {
            speakable("value", value)?;
            match shape {
                Shape::Text => text(operator, value),
                _ => expression::written(shape, value),
            }
        }
    }
}

/// The items of a list, joined.
pub(super) fn list(items: &[&str]) -> Result<String> {
    if items.is_empty() {
        return Err(Error::argument(
            "values",
            "is an empty list, which an instance reads as no condition; give at least one value",
        ));
    }
    for (index, item) in items.iter().enumerate() {
        let argument = format!("values[{index}]");
        if item.is_empty() {
            return Err(Error::argument(
                &argument,
                "is empty; rows without a value are found with SNOW_IS_EMPTY, joined by snow_query_or",
            ));
        }
        plain(&argument, item)?;
        if item.contains(',') {
            return Err(Error::argument(
                &argument,
                "holds a comma, which separates the values and has no escape; use SNOW_EQ for each \
                 value, joined by snow_query_or",
            ));
        }
    }
    Ok(items.join(","))
}

/// The two bounds of a range, joined. Bounds that are both numbers, or both dates, must be in order.
pub(super) fn range(low: &str, high: &str) -> Result<String> {
    bound("low", low)?;
    bound("high", high)?;
    if numbers_descend(low, high) || dates::descend(low, high) {
        return Err(Error::argument(
            "low",
            "is greater than high, so that no row could match; exchange the bounds",
        ));
    }
    Ok(format!("{low}@{high}"))
}

/// A script as a value. The caller has chosen to have it run; it must still be one value.
pub(super) fn script(operator: Operator, script: &str) -> Result<String> {
    let shape = operator.shape();
    if !matches!(shape, Shape::Text | Shape::List | Shape::Range) {
        return Err(Error::argument(
            "op",
            format_args!(
                "{} takes no script; accepted are the operators that take a text, a list or a range",
                operator.name()
            ),
        ));
    }
    speakable("script", script)?;
    if script.trim().is_empty() {
        return Err(Error::argument(
            "script",
            "is empty; give a JavaScript expression",
        ));
    }
    if begins_with_script(script) {
        return Err(Error::argument(
            "script",
            "begins with javascript:, which is added; give the expression alone",
        ));
    }
    if shape == Shape::Range && !is_pair(script) {
        return Err(Error::argument(
            "script",
            "is not a range; SNOW_BETWEEN takes two bounds with one @ between them, as in \
             gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(0)",
        ));
    }
    Ok(format!("javascript:{script}"))
}

fn text(operator: Operator, value: &str) -> Result<String> {
    if value.is_empty() && !operator.accepts_empty() {
        return Err(Error::argument(
            "value",
            format_args!(
                "is empty, and an instance drops {} without a value; rows without one are found with \
                 SNOW_IS_EMPTY",
                operator.name()
            ),
        ));
    }
    plain("value", value)?;
    Ok(value.to_owned())
}

/// The words of a text search.
pub(super) fn words(text: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Error::argument("words", "are empty; give at least one"));
    }
    plain("words", text)?;
    Ok(text.to_owned())
}

fn bound(argument: &str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(Error::argument(
            argument,
            "is empty; for a range that is open on one side use SNOW_GE or SNOW_LE",
        ));
    }
    plain(argument, value)?;
    if value.contains('@') {
        return Err(Error::argument(
            argument,
            "holds @, which separates the bounds and has no escape; use SNOW_GE and SNOW_LE",
        ));
    }
    Ok(())
}

/// Text that an instance takes as text.
fn plain(argument: &str, value: &str) -> Result<()> {
    speakable(argument, value)?;
    if begins_with_script(value) {
        return Err(Error::argument(
            argument,
            "begins with javascript:, which the instance would run; if that is meant, use \
             snow_query_where_script",
        ));
    }
    Ok(())
}

fn speakable(argument: &str, value: &str) -> Result<()> {
    match unspeakable(value) {
        None => Ok(()),
        Some((_, found)) => Err(Error::argument(
            argument,
            format_args!(
                "holds {found:?}; a query cannot carry line breaks or other control characters"
            ),
        )),
    }
}

fn begins_with_script(value: &str) -> bool {
    const PREFIX: &str = "javascript:";
    // Invisible characters in front are what a filter against injection is tried with first.
    let start = value
        .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'));
    start
        .get(..PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn is_pair(text: &str) -> bool {
    matches!(
        text.split('@').collect::<Vec<_>>()[..],
        [low, high] if !low.trim().is_empty() && !high.trim().is_empty()
    )
}

fn numbers_descend(low: &str, high: &str) -> bool {
    if let (Ok(low), Ok(high)) = (low.parse::<i128>(), high.parse::<i128>()) {
        return low > high;
    }
    match (decimal(low), decimal(high)) {
        (Some(low), Some(high)) => low > high,
        _ => false,
    }
}

/// A number in digits; `inf` and `1e3` are text to an instance.
fn decimal(text: &str) -> Option<f64> {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    (is_digits(whole) && is_digits(fraction))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = "2026-02-01";

    fn outcome(result: Result<String>) -> String {
        result.unwrap_or_else(|error| error.message().to_owned())
    }

    #[test]
    fn a_script_is_found_behind_any_disguise() {
        for value in [
            "javascript:gs.now()",
            "JavaScript:gs.now()",
            "JAVASCRIPT:",
            " javascript:x",
            "\u{a0}\u{200b}\u{feff} javascript:x",
        ] {
            assert_eq!(
                outcome(single(Operator::Eq, Some(value))),
                "value: begins with javascript:, which the instance would run; if that is meant, use \
                 snow_query_where_script",
                "{value:?}"
            );
        }
        for value in [
            "javascript",
            "javascript :x",
            "a javascript:x",
            "ja\u{301}vascript:",
        ] {
            assert_eq!(outcome(single(Operator::Eq, Some(value))), value);
        }
    }

    #[test]
    fn control_characters_and_line_breaks_are_refused() {
        for (value, shown) in [
            ("a\nb", "'\\n'"),
            ("a\r", "'\\r'"),
            ("\t", "'\\t'"),
            ("a\0b", "'\\0'"),
            ("\u{7f}", "'\\u{7f}'"),
            ("\u{85}", "'\\u{85}'"),
            ("\u{2028}", "'\\u{2028}'"),
        ] {
            let expected = format!(
                "holds {shown}; a query cannot carry line breaks or other control characters"
            );
            assert_eq!(
                outcome(single(Operator::Eq, Some(value))),
                format!("value: {expected}")
            );
            assert_eq!(
                outcome(list(&["x", value])),
                format!("values[1]: {expected}")
            );
            assert_eq!(outcome(range("a", value)), format!("high: {expected}"));
            assert_eq!(
                outcome(script(Operator::Eq, value)),
                format!("script: {expected}")
            );
            assert_eq!(
                outcome(single(Operator::On, Some(value))),
                format!("value: {expected}")
            );
        }
    }

    #[test]
    fn an_empty_text_is_a_value_for_equality_alone() {
        assert_eq!(outcome(single(Operator::Eq, Some(""))), "");
        assert_eq!(outcome(single(Operator::Ne, Some(""))), "");
        assert_eq!(
            outcome(single(Operator::Contains, Some(""))),
            "value: is empty, and an instance drops SNOW_CONTAINS without a value; rows without one are \
             found with SNOW_IS_EMPTY"
        );
    }

    #[test]
    fn operators_take_a_value_or_none() {
        assert_eq!(outcome(single(Operator::IsEmpty, None)), "");
        assert_eq!(
            outcome(single(Operator::IsEmpty, Some(""))),
            "value: SNOW_IS_EMPTY takes no value; use snow_query_where with NULL"
        );
        assert_eq!(
            outcome(single(Operator::Gt, None)),
            "value: is NULL, and SNOW_GT compares with a value; accepted with NULL are SNOW_EQ (is empty), SNOW_NE \
             (is not empty) and the operators that take no value"
        );
        for value in [None, Some("a")] {
            assert_eq!(
                outcome(single(Operator::In, value)),
                "op: SNOW_IN takes a list; use snow_query_where_in or snow_query_where_not_in"
            );
            assert_eq!(
                outcome(single(Operator::Between, value)),
                "op: SNOW_BETWEEN takes two bounds; use snow_query_where_between"
            );
        }
    }

    #[test]
    fn lists() {
        for (items, expected) in [
            (
                &[] as &[&str],
                "values: is an empty list, which an instance reads as no condition; give at least one value",
            ),
            (&["1"], "1"),
            (&["1", "2", "a b"], "1,2,a b"),
            (
                &["1", ""],
                "values[1]: is empty; rows without a value are found with SNOW_IS_EMPTY, joined by snow_query_or",
            ),
            (
                &["Smith, Joe"],
                "values[0]: holds a comma, which separates the values and has no escape; use SNOW_EQ for each \
              value, joined by snow_query_or",
            ),
            (
                &["1", "javascript:x"],
                "values[1]: begins with javascript:, which the instance would run; if that is meant, use \
              snow_query_where_script",
            ),
        ] {
            assert_eq!(outcome(list(items)), expected, "{items:?}");
        }
    }

    #[test]
    fn ranges_in_order() {
        for (low, high) in [
            ("1", "1"),
            ("1", "2"),
            ("-2", "-1"),
            ("9", "10"),
            ("1.5", "1.50"),
            ("2", "2.5"),
            ("9007199254740992", "9007199254740993"),
            (DAY, DAY),
            (DAY, "2026-02-02"),
            (DAY, "2026-02-01 00:00:00"),
            ("2026-02-01 10:00:00", DAY),
            ("2026-02-01 10:00:00", "2026-02-01 10:00:00"),
            ("b", "a"),
            ("2", "a"),
            ("inf", "1"),
            ("1e3", "5"),
        ] {
            assert_eq!(outcome(range(low, high)), format!("{low}@{high}"));
        }
    }

    #[test]
    fn ranges_out_of_order() {
        for (low, high) in [
            ("2", "1"),
            ("10", "9"),
            ("-1", "-2"),
            ("1.51", "1.5"),
            ("2.5", "2"),
            ("9007199254740993", "9007199254740992"),
            ("2026-02-02", DAY),
            ("2026-02-01 10:00:01", "2026-02-01 10:00:00"),
            ("2026-02-02", "2026-02-01 23:59:59"),
            ("2026-02-02 00:00:00", DAY),
        ] {
            assert_eq!(
                outcome(range(low, high)),
                "low: is greater than high, so that no row could match; exchange the bounds",
                "{low} {high}"
            );
        }
    }

    #[test]
    fn bounds_that_cannot_be_said() {
        for (low, high, message) in [
            (
                "",
                "1",
                "low: is empty; for a range that is open on one side use SNOW_GE or SNOW_LE",
            ),
            (
                "1",
                "",
                "high: is empty; for a range that is open on one side use SNOW_GE or SNOW_LE",
            ),
            (
                "a@b",
                "c",
                "low: holds @, which separates the bounds and has no escape; use SNOW_GE and SNOW_LE",
            ),
            (
                "a",
                "b@c",
                "high: holds @, which separates the bounds and has no escape; use SNOW_GE and SNOW_LE",
            ),
        ] {
            assert_eq!(outcome(range(low, high)), message);
        }
    }

    #[test]
    fn scripts() {
        for (operator, text, expected) in [
            (Operator::Eq, "gs.getUserID()", "javascript:gs.getUserID()"),
            (Operator::In, "getMyGroups()", "javascript:getMyGroups()"),
            (
                Operator::Between,
                "gs.daysAgo(1)@javascript:gs.daysAgo(0)",
                "javascript:gs.daysAgo(1)@javascript:gs.daysAgo(0)",
            ),
            (
                Operator::Between,
                "gs.daysAgo(1)",
                "script: is not a range; SNOW_BETWEEN takes two bounds with one @ between them, as in \
              gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(0)",
            ),
            (
                Operator::Between,
                "a@b@c",
                "script: is not a range; SNOW_BETWEEN takes two bounds with one @ between them, as in \
              gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(0)",
            ),
            (
                Operator::Eq,
                " ",
                "script: is empty; give a JavaScript expression",
            ),
            (
                Operator::Eq,
                "javascript:x",
                "script: begins with javascript:, which is added; give the expression alone",
            ),
            (
                Operator::IsEmpty,
                "x",
                "op: SNOW_IS_EMPTY takes no script; accepted are the operators that take a text, a list \
              or a range",
            ),
        ] {
            assert_eq!(outcome(script(operator, text)), expected);
        }
    }
}
