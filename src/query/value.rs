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
mod tests;
