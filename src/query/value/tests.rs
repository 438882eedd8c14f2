//! Values of every type, as each operator takes them.

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
        let expected =
            format!("holds {shown}; a query cannot carry line breaks or other control characters");
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
