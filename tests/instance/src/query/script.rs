//! `javascript:` values: a fixed list of `gs` helpers, and nothing else.
//!
//! Days, weeks and months begin in the zone of the user who asks; the result is UTC, as stored. Any
//! other script has no value, and the term that holds it is invalid.

use jiff::{RoundMode, Span, ToSpan, Unit, ZonedDateTime, ZonedDateTimeRound, civil::Time};

use super::Viewer;
use crate::clock::{parse_civil, wire_text};

/// The value of one `gs.…` call, or of a plain quoted text.
pub fn evaluate(script: &str, viewer: &Viewer) -> Option<String> {
    let script = script.trim().trim_end_matches(';');
    let call = script.strip_prefix("gs.")?;
    let (name, arguments) = call.split_once('(')?;
    let arguments: Vec<&str> = arguments
        .strip_suffix(')')?
        .split(',')
        .map(|argument| {
            argument
                .trim()
                .trim_matches(|quote| quote == '\'' || quote == '"')
        })
        .filter(|argument| !argument.is_empty())
        .collect();
    match name {
        "getUserID" | "user_id" => Some(viewer.sys_id.clone()),
        "getUserName" => Some(viewer.user_name.clone()),
        "now" => Some(local_now(viewer).date().to_string()),
        "nowDateTime" => Some(wire_text(viewer.now)),
        "dateGenerate" => generated_date(&arguments, viewer),
        _ => moment(name, &arguments, viewer).map(|moment| wire_text(moment.timestamp())),
    }
}

fn local_now(viewer: &Viewer) -> ZonedDateTime {
    viewer.now.to_zoned_datetime(viewer.locale.zone.clone())
}

fn generated_date(arguments: &[&str], viewer: &Viewer) -> Option<String> {
    let local = match *arguments {
        [moment] => parse_civil(moment)?,
        [day, "start"] => parse_civil(&format!("{day} 00:00:00"))?,
        [day, "end"] => parse_civil(&format!("{day} 23:59:59"))?,
        [day, time] => parse_civil(&format!("{day} {time}"))?,
        _ => return None,
    };
    Some(wire_text(
        local
            .to_zoned_datetime(viewer.locale.zone.clone())
            .ok()?
            .timestamp(),
    ))
}

fn moment(name: &str, arguments: &[&str], viewer: &Viewer) -> Option<ZonedDateTime> {
    let now = local_now(viewer);
    if let Some((unit, rest)) = ago(name) {
        let count: i64 = arguments.first()?.parse().ok()?;
        let then = now.checked_sub(span(unit, count)?).ok()?;
        return match rest {
            "" => Some(then),
            "Start" => start_of(unit, &then),
            "End" => end_of(unit, &then),
            _ => None,
        };
    }
    if let Some(stretch) = name.strip_prefix("beginningOf").and_then(Stretch::named) {
        let first = now.checked_add(span(stretch.unit, stretch.first)?).ok()?;
        return match stretch.begins_now {
            true => Some(first),
            false => start_of(stretch.unit, &first),
        };
    }
    let stretch = Stretch::named(name.strip_prefix("endOf")?)?;
    let last = now.checked_add(span(stretch.unit, stretch.last)?).ok()?;
    match stretch.ends_now {
        true => Some(last),
        false => end_of(stretch.unit, &last),
    }
}

/// `daysAgoStart` → days, `Start`.
fn ago(name: &str) -> Option<(Period, &str)> {
    [
        ("minutesAgo", Period::Minute),
        ("hoursAgo", Period::Hour),
        ("daysAgo", Period::Day),
        ("weeksAgo", Period::Week),
        ("monthsAgo", Period::Month),
        ("quartersAgo", Period::Quarter),
        ("yearsAgo", Period::Year),
    ]
    .into_iter()
    .find_map(|(prefix, unit)| name.strip_prefix(prefix).map(|rest| (unit, rest)))
}

/// A stretch of time that lists offer by name, in whole units from now: `Last7Days` begins seven days ago
/// and ends with today. Lists used to spell these names out (`gs.daysAgoStart(7)`, `gs.daysAgoEnd(0)`); that
/// is where the bounds are from.
struct Stretch {
    unit: Period,
    first: i64,
    last: i64,
    /// It begins at this second of the first unit, not with it.
    begins_now: bool,
    /// It ends at this second of the last unit, not with it.
    ends_now: bool,
}

impl Stretch {
    fn named(name: &str) -> Option<Stretch> {
        let (unit, first, last) = match name {
            "Today" => (Period::Day, 0, 0),
            "Yesterday" => (Period::Day, -1, -1),
            "Tomorrow" => (Period::Day, 1, 1),
            "ThisWeek" => (Period::Week, 0, 0),
            "LastWeek" => (Period::Week, -1, -1),
            "NextWeek" => (Period::Week, 1, 1),
            "ThisMonth" => (Period::Month, 0, 0),
            "LastMonth" => (Period::Month, -1, -1),
            "NextMonth" => (Period::Month, 1, 1),
            "Last3Months" => (Period::Month, -3, 0),
            "Last6Months" => (Period::Month, -6, 0),
            "Last9Months" => (Period::Month, -9, 0),
            "Last12Months" | "OneYearAgo" => (Period::Month, -12, 0),
            "ThisQuarter" => (Period::Quarter, 0, 0),
            "LastQuarter" => (Period::Quarter, -1, -1),
            "Last2Quarters" => (Period::Quarter, -1, 0),
            "NextQuarter" => (Period::Quarter, 1, 1),
            "Next2Quarters" => (Period::Quarter, 1, 2),
            "ThisYear" => (Period::Year, 0, 0),
            "LastYear" => (Period::Year, -1, -1),
            "NextYear" => (Period::Year, 1, 1),
            "Last2Years" => (Period::Year, -1, 0),
            "Last7Days" => (Period::Day, -7, 0),
            "Last30Days" => (Period::Day, -30, 0),
            "Last60Days" => (Period::Day, -60, 0),
            "Last90Days" => (Period::Day, -90, 0),
            "Last120Days" => (Period::Day, -120, 0),
            "CurrentHour" => (Period::Hour, 0, 0),
            "LastHour" => (Period::Hour, -1, -1),
            "Last2Hours" => (Period::Hour, -2, 0),
            "CurrentMinute" => (Period::Minute, 0, 0),
            "LastMinute" => (Period::Minute, -1, -1),
            "Last15Minutes" => (Period::Minute, -15, 0),
            "Last30Minutes" => (Period::Minute, -30, 0),
            "Last45Minutes" => (Period::Minute, -45, 0),
            _ => return None,
        };
        Some(Stretch {
            unit,
            first,
            last,
            begins_now: matches!(name, "Last2Hours" | "OneYearAgo"),
            ends_now: name == "Last2Hours",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    /// The unit names of relative conditions.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "minute" => Period::Minute,
            "hour" => Period::Hour,
            "day" | "dayofweek" => Period::Day,
            "week" => Period::Week,
            "month" => Period::Month,
            "quarter" => Period::Quarter,
            "year" => Period::Year,
            _ => return None,
        })
    }
}

pub fn span(period: Period, count: i64) -> Option<Span> {
    let span = Span::new();
    match period {
        Period::Minute => span.try_minutes(count),
        Period::Hour => span.try_hours(count),
        Period::Day => span.try_days(count),
        Period::Week => span.try_weeks(count),
        Period::Month => span.try_months(count),
        Period::Quarter => span.try_months(count.checked_mul(3)?),
        Period::Year => span.try_years(count),
    }
    .ok()
}

pub fn start_of(period: Period, at: &ZonedDateTime) -> Option<ZonedDateTime> {
    let date = at.date();
    let first = match period {
        Period::Minute => return truncated(Unit::Minute, at),
        Period::Hour => return truncated(Unit::Hour, at),
        Period::Day => date,
        Period::Week => date
            .checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days())
            .ok()?,
        Period::Month => date.first_of_month(),
        Period::Quarter => {
            let month = (date.month() - 1) / 3 * 3 + 1;
            jiff::civil::Date::new(date.year(), month, 1).ok()?
        }
        Period::Year => date.first_of_year(),
    };
    first
        .to_datetime(Time::midnight())
        .to_zoned_datetime(at.time_zone().clone())
        .ok()
}

fn truncated(unit: Unit, at: &ZonedDateTime) -> Option<ZonedDateTime> {
    at.round(
        ZonedDateTimeRound::new()
            .smallest(unit)
            .mode(RoundMode::Trunc),
    )
    .ok()
}

/// The last second of the period.
pub fn end_of(period: Period, at: &ZonedDateTime) -> Option<ZonedDateTime> {
    let next = start_of(period, at)?.checked_add(span(period, 1)?).ok()?;
    next.checked_sub(1.second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::parse_wire, locale::Locale};
    use jiff::tz::TimeZone;

    fn value(script: &str, zone: &str) -> Option<String> {
        let mut locale = Locale::of_user(None);
        locale.zone = TimeZone::get(zone).unwrap();
        let viewer = Viewer {
            sys_id: "me".into(),
            user_name: "joe".into(),
            locale,
            now: parse_wire("2026-02-04 23:30:15").unwrap(),
            domain: Default::default(),
            reading: Default::default(),
        };
        evaluate(script, &viewer)
    }

    #[test]
    fn periods_begin_and_end_in_the_zone_of_the_user() {
        for (script, zone, expected) in [
            ("gs.daysAgoStart(0)", "UTC", "2026-02-04 00:00:00"),
            ("gs.daysAgoStart(0)", "Europe/Zurich", "2026-02-04 23:00:00"),
            ("gs.daysAgoEnd(1)", "UTC", "2026-02-03 23:59:59"),
            ("gs.daysAgo(7)", "UTC", "2026-01-28 23:30:15"),
            ("gs.hoursAgoStart(1)", "UTC", "2026-02-04 22:00:00"),
            ("gs.minutesAgo(15)", "UTC", "2026-02-04 23:15:15"),
            ("gs.beginningOfLastMonth()", "UTC", "2026-01-01 00:00:00"),
            ("gs.endOfLastMonth()", "UTC", "2026-01-31 23:59:59"),
            ("gs.beginningOfThisWeek()", "UTC", "2026-02-02 00:00:00"),
            ("gs.beginningOfThisQuarter()", "UTC", "2026-01-01 00:00:00"),
            (
                "gs.dateGenerate('2026-01-31','00:00:00')",
                "America/New_York",
                "2026-01-31 05:00:00",
            ),
            (
                "gs.dateGenerate(\"2026-01-31 01:02:03\")",
                "America/New_York",
                "2026-01-31 06:02:03",
            ),
            (
                "gs.dateGenerate('2026-01-31', 'end')",
                "UTC",
                "2026-01-31 23:59:59",
            ),
            ("gs.beginningOfLast7Days()", "UTC", "2026-01-28 00:00:00"),
            ("gs.endOfLast7Days()", "UTC", "2026-02-04 23:59:59"),
            ("gs.beginningOfLast12Months()", "UTC", "2025-02-01 00:00:00"),
            ("gs.endOfLast12Months()", "UTC", "2026-02-28 23:59:59"),
            (
                "gs.beginningOfLast2Quarters()",
                "UTC",
                "2025-10-01 00:00:00",
            ),
            ("gs.endOfNext2Quarters()", "UTC", "2026-09-30 23:59:59"),
            ("gs.beginningOfLast2Years()", "UTC", "2025-01-01 00:00:00"),
            ("gs.beginningOfLast2Hours()", "UTC", "2026-02-04 21:30:15"),
            ("gs.endOfLast2Hours()", "UTC", "2026-02-04 23:30:15"),
            (
                "gs.beginningOfLast45Minutes()",
                "UTC",
                "2026-02-04 22:45:00",
            ),
            ("gs.endOfLastMinute()", "UTC", "2026-02-04 23:29:59"),
            ("gs.beginningOfOneYearAgo()", "UTC", "2025-02-04 23:30:15"),
            ("gs.endOfOneYearAgo()", "UTC", "2026-02-28 23:59:59"),
            ("gs.getUserID()", "UTC", "me"),
        ] {
            assert_eq!(
                value(script, zone).as_deref(),
                Some(expected),
                "{script} in {zone}"
            );
        }
    }

    #[test]
    fn no_other_script_runs() {
        for script in [
            "gs.sleep(1)",
            "current.state",
            "gs.daysAgo(x)",
            "gs.daysAgo(",
            "",
            "gs.beginningOfTime()",
        ] {
            assert_eq!(value(script, "UTC"), None, "{script}");
        }
    }
}
