//! Points and stretches of time as an encoded query spells them.
//!
//! A point is `yyyy-MM-dd HH:mm:ss`, in UTC: the zone of this machine never enters. (Instances read a
//! literal in the zone of the integration user according to some sources, so that user's zone should
//! be GMT.) A stretch is a label and two bounds, and a day or a preset is enough to write one. The
//! bounds of a stretch are scripts, which is how the language has it; only the date functions of `gs`
//! with literal arguments are taken, so that a value cannot smuggle in another program.

use time::OffsetDateTime;

use super::field::FieldName;
use crate::error::{Error, Result};

/// The literal for a point in time.
pub(super) fn literal(argument: &str, unix_seconds: i64) -> Result<String> {
    OffsetDateTime::from_unix_timestamp(unix_seconds)
        .ok()
        .filter(|time| (1..=9999).contains(&time.year()))
        .map(|time| {
            let (year, month, day) = time.to_calendar_date();
            let (hour, minute, second) = time.to_hms();
            format!(
                "{year:04}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}",
                u8::from(month)
            )
        })
        .ok_or_else(|| {
            Error::argument(
                argument,
                "is outside the years 1 to 9999; give seconds, not milliseconds, since 1970",
            )
        })
}

/// The value of `ON`: a day and a preset are written out, `label@start@end` is checked and kept.
pub(super) fn range(value: &str) -> Result<String> {
    if is_day(value) {
        return Ok(format!(
            "{value}@javascript:gs.dateGenerate('{value}','start')@javascript:gs.dateGenerate('{value}','end')"
        ));
    }
    if PRESETS.contains(&value) {
        let name = function_name(value);
        return Ok(format!(
            "{value}@javascript:gs.beginningOf{name}()@javascript:gs.endOf{name}()"
        ));
    }
    if is_labelled_range(value) {
        return Ok(value.to_owned());
    }
    Err(Error::argument(
        "value",
        "is not a stretch of time; accepted are a day (2026-02-01), a preset (Today, Last 7 days, This \
         month, ...), or label@start@end, where start and end are each a date or a date function of gs \
         (javascript:gs.daysAgoStart(1))",
    ))
}

/// Whether it is a label and a `gs.datePart` call, the value of `DATEPART`.
pub(super) fn is_date_part(value: &str) -> bool {
    let Some((label, script)) = value.split_once('@') else {
        return false;
    };
    let Some(call) = gs_call(script) else {
        return false;
    };
    is_label(label)
        && call.function == "datePart"
        && matches!(call.arguments[..], [_, _, "EE" | "GE" | "GT" | "LE" | "LT"])
}

/// Whether it is `@unit@ago@n` or `@unit@ahead@n`, the value of the `RELATIVE` operators.
pub(super) fn is_relative(value: &str) -> bool {
    matches!(
        value.split('@').collect::<Vec<_>>()[..],
        ["", unit, "ago" | "ahead", count] if is_unit(unit) && is_count(count)
    )
}

/// Whether it is `field@unit@before@n` or `field@unit@after@n`, the value of `MORETHAN`.
pub(super) fn is_distance(value: &str) -> bool {
    matches!(
        value.split('@').collect::<Vec<_>>()[..],
        [field, unit, "before" | "after", count]
            if FieldName::parse("value", field).is_ok() && is_unit(unit) && is_count(count)
    )
}

/// Whether it is a unit in which distances are counted.
pub(super) fn is_unit(text: &str) -> bool {
    const UNITS: &[&str] = &[
        "minute",
        "hour",
        "day",
        "dayofweek",
        "week",
        "month",
        "quarter",
        "year",
    ];
    UNITS.contains(&text)
}

/// Whether both are dates, or points in time, and the first is later. A day counts as the whole day.
pub(super) fn descend(low: &str, high: &str) -> bool {
    match (date_length(low), date_length(high)) {
        (Some(low_length), Some(high_length)) => {
            let shared = low_length.min(high_length);
            low[..shared] > high[..shared]
        }
        _ => false,
    }
}

/// The stretches that an instance names. `gs.beginningOf…` and `gs.endOf…` follow from the name.
const PRESETS: &[&str] = &[
    "Today",
    "Yesterday",
    "Tomorrow",
    "This week",
    "Last week",
    "Next week",
    "This month",
    "Last month",
    "Next month",
    "Last 3 months",
    "Last 6 months",
    "Last 9 months",
    "Last 12 months",
    "This quarter",
    "Last quarter",
    "Last 2 quarters",
    "Next quarter",
    "Next 2 quarters",
    "This year",
    "Next year",
    "Last year",
    "Last 2 years",
    "Last 7 days",
    "Last 30 days",
    "Last 60 days",
    "Last 90 days",
    "Last 120 days",
    "Current hour",
    "Last hour",
    "Last 2 hours",
    "Current minute",
    "Last minute",
    "Last 15 minutes",
    "Last 30 minutes",
    "Last 45 minutes",
    "One year ago",
];

/// `Last 7 days` is `Last7Days` in the name of a function.
fn function_name(preset: &str) -> String {
    preset
        .split(' ')
        .flat_map(|word| {
            word[..1]
                .to_uppercase()
                .chars()
                .chain(word[1..].chars())
                .collect::<Vec<_>>()
        })
        .collect()
}

fn is_labelled_range(value: &str) -> bool {
    matches!(
        value.split('@').collect::<Vec<_>>()[..],
        [label, start, end] if is_label(label) && is_range_bound(start) && is_range_bound(end)
    )
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || " -:".contains(c))
        && !text.to_ascii_lowercase().contains("javascript:")
}

fn is_range_bound(text: &str) -> bool {
    const FAMILIES: &[&str] = &[
        "beginningOf",
        "dateGenerate",
        "daysAgo",
        "endOf",
        "hoursAgo",
        "minutesAgo",
        "monthsAgo",
        "quartersAgo",
        "weeksAgo",
        "yearsAgo",
    ];
    date_length(text).is_some()
        || gs_call(text).is_some_and(|call| {
            FAMILIES
                .iter()
                .any(|family| call.function.starts_with(family))
        })
}

fn is_count(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

struct GsCall<'a> {
    function: &'a str,
    arguments: Vec<&'a str>,
}

/// Reads `javascript:gs.name(…)` whose arguments are numbers and quoted texts; nothing else of the
/// script language passes.
fn gs_call(script: &str) -> Option<GsCall<'_>> {
    let call = script.strip_prefix("javascript:gs.")?.strip_suffix(')')?;
    let (function, arguments) = call.split_once('(')?;
    if function.is_empty() || !function.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let arguments = match arguments.trim() {
        "" => Vec::new(),
        some => some
            .split(',')
            .map(|each| argument(each.trim()))
            .collect::<Option<_>>()?,
    };
    Some(GsCall {
        function,
        arguments,
    })
}

fn argument(text: &str) -> Option<&str> {
    if is_count(text) {
        return Some(text);
    }
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    inner
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " :/-_".contains(c))
        .then_some(inner)
}

fn is_day(text: &str) -> bool {
    date_length(text) == Some(10)
}

/// The length of `yyyy-MM-dd` or `yyyy-MM-dd HH:mm:ss`, if the text has that form.
fn date_length(text: &str) -> Option<usize> {
    const FORM: &[u8] = b"0000-00-00 00:00:00";
    let fits = matches!(text.len(), 10 | 19)
        && text.bytes().zip(FORM).all(|(byte, &form)| match form {
            b'0' => byte.is_ascii_digit(),
            mark => byte == mark,
        });
    fits.then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_in_utc_and_have_four_digit_years() {
        const FIRST: i64 = -62_135_596_800;
        const LAST: i64 = 253_402_300_799;
        for (seconds, expected) in [
            (0, Some("1970-01-01 00:00:00")),
            (-1, Some("1969-12-31 23:59:59")),
            (1_769_940_000, Some("2026-02-01 10:00:00")),
            (951_782_400, Some("2000-02-29 00:00:00")),
            (FIRST - 1, None),
            (FIRST, Some("0001-01-01 00:00:00")),
            (FIRST + 1, Some("0001-01-01 00:00:01")),
            (LAST - 1, Some("9999-12-31 23:59:58")),
            (LAST, Some("9999-12-31 23:59:59")),
            (LAST + 1, None),
            (i64::MIN, None),
            (i64::MAX, None),
        ] {
            assert_eq!(
                literal("at", seconds).ok().as_deref(),
                expected,
                "{seconds}"
            );
        }
        assert_eq!(
            literal("unix_seconds", 1_769_940_000_000)
                .expect_err("milliseconds")
                .message(),
            "unix_seconds: is outside the years 1 to 9999; give seconds, not milliseconds, since 1970"
        );
    }

    #[test]
    fn days_and_presets_are_written_out() {
        for (value, expected) in [
            (
                "2026-02-01",
                "2026-02-01@javascript:gs.dateGenerate('2026-02-01','start')@javascript:gs.dateGenerate('2026-02-01','end')",
            ),
            (
                "Today",
                "Today@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()",
            ),
            (
                "Last 7 days",
                "Last 7 days@javascript:gs.beginningOfLast7Days()@javascript:gs.endOfLast7Days()",
            ),
            (
                "Next 2 quarters",
                "Next 2 quarters@javascript:gs.beginningOfNext2Quarters()@javascript:gs.endOfNext2Quarters()",
            ),
            (
                "One year ago",
                "One year ago@javascript:gs.beginningOfOneYearAgo()@javascript:gs.endOfOneYearAgo()",
            ),
        ] {
            assert_eq!(range(value).ok().as_deref(), Some(expected));
        }
        assert_eq!(PRESETS.len(), 36);
    }

    #[test]
    fn labelled_ranges_are_kept() {
        for value in [
            "Today@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)",
            "2026-02-01@javascript:gs.dateGenerate('2026-02-01','00:00:00')@javascript:gs.dateGenerate(\"2026-02-01\", \"23:59:59\")",
            "custom@2026-02-01@2026-02-02 10:00:00",
        ] {
            assert_eq!(range(value).ok().as_deref(), Some(value));
        }
    }

    #[test]
    fn other_ranges_are_refused() {
        for value in [
            "",
            "today",
            "Last 8 days",
            "2026-2-1",
            "2026-02-01 10:00:00",
            "Today@a@b",
            "Today@javascript:gs.daysAgoStart(0)",
            "@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)",
            "javascript:x@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)",
            "x@javascript:gs.setProperty('a','b')@2026-02-01",
            "x@javascript:gs.daysAgo(gs.x())@2026-02-01",
            "x@javascript:gs.daysAgo(0);x()@2026-02-01",
            "x@javascript:gs.daysAgo('a'+x('b'))@2026-02-01",
            "x@javascript:daysAgo(0)@2026-02-01",
            "x@JavaScript:gs.daysAgo(0)@2026-02-01",
            "x@2026-02-01@2026-02-01@2026-02-01",
        ] {
            assert_eq!(
                range(value).expect_err(value).message(),
                "value: is not a stretch of time; accepted are a day (2026-02-01), a preset (Today, Last 7 \
                 days, This month, ...), or label@start@end, where start and end are each a date or a date \
                 function of gs (javascript:gs.daysAgoStart(1))"
            );
        }
    }
}
