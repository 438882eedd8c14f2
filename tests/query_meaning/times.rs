//! A random check of a date and time.

use fastrand::Rng;
use snow::{Operator, Query};

use crate::calendar;
use crate::check::list;
use crate::random::{comparison, operator, other};
use crate::tree::{Check, Comparison, Stretch};
use crate::world::{self, Kind, World, pick};

const UNITS: &[&str] = &["minute", "hour", "day", "week"];
const WEEKDAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

const STRETCHES: &[&str] = &[
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

pub(crate) fn timed(
    rng: &mut Rng,
    world: &World,
    table: &str,
    field: &str,
    query: &mut Query,
) -> Option<Check> {
    match rng.u8(..8) {
        0 => {
            let comparison = comparison(rng);
            let at = world::moment(rng);
            if comparison == Comparison::Equal {
                return None;
            }
            query.filter_time(field, operator(comparison), at).ok()?;
            Some(Check::Compares(comparison, calendar::text(at)))
        }
        1 => {
            let (low, high) = (world::moment(rng), world::moment(rng));
            query.filter_between_times(field, low, high).ok()?;
            Some(Check::Between(calendar::text(low), calendar::text(high)))
        }
        2 | 3 => {
            let (stretch, value) = stretch(rng);
            let negated = rng.u8(..4) == 0;
            let operator = if negated {
                Operator::NotOn
            } else {
                Operator::On
            };
            query.filter(field, operator, Some(&value)).ok()?;
            Some(if negated {
                Check::NotOn(stretch)
            } else {
                Check::On(stretch)
            })
        }
        4 => date_part(rng, field, query),
        5 => {
            let comparison = comparison(rng);
            let operator = match comparison {
                Comparison::Equal => Operator::RelativeEe,
                Comparison::Less => Operator::RelativeLt,
                Comparison::LessOrEqual => Operator::RelativeLe,
                Comparison::Greater => Operator::RelativeGt,
                Comparison::GreaterOrEqual => Operator::RelativeGe,
            };
            let unit = pick(
                rng,
                &["minute", "hour", "day", "week", "month", "quarter", "year"],
            );
            let count = rng.i64(0..20);
            let ahead = rng.u8(..4) == 0;
            let direction = if ahead { "ahead" } else { "ago" };
            query
                .filter(
                    field,
                    operator,
                    Some(&format!("@{unit}@{direction}@{count}")),
                )
                .ok()?;
            Some(Check::Relative(
                comparison,
                unit,
                if ahead { count } else { -count },
            ))
        }
        6 => {
            let (further, before) = (rng.bool(), rng.bool());
            let operator = if further {
                Operator::MoreThan
            } else {
                Operator::LessThan
            };
            let (other, unit, count) = (
                other(rng, table, Kind::Time),
                pick(rng, UNITS),
                rng.i64(0..30),
            );
            let direction = if before { "before" } else { "after" };
            query
                .filter(
                    field,
                    operator,
                    Some(&format!("{other}@{unit}@{direction}@{count}")),
                )
                .ok()?;
            Some(Check::Apart {
                further,
                other,
                unit,
                before,
                count,
            })
        }
        _ if rng.bool() => {
            let days = rng.i64(-3..60);
            query
                .filter_script(field, Operator::Ge, &format!("gs.daysAgoStart({days})"))
                .ok()?;
            Some(Check::SinceDaysAgo(days))
        }
        _ => list(rng, world, field, Kind::Time, query),
    }
}

fn stretch(rng: &mut Rng) -> (Stretch, String) {
    match rng.u8(..4) {
        0 => {
            let day = world::moment(rng).div_euclid(calendar::DAY) * calendar::DAY;
            (Stretch::Day(day), calendar::text(day)[..10].to_owned())
        }
        1 => {
            let (low, high) = (world::moment(rng), world::moment(rng));
            let value = format!("custom@{}@{}", calendar::text(low), calendar::text(high));
            (Stretch::Bounds(low, high), value)
        }
        _ => {
            let name = pick(rng, STRETCHES);
            (Stretch::Named(name), name.to_owned())
        }
    }
}

fn date_part(rng: &mut Rng, field: &str, query: &mut Query) -> Option<Check> {
    let comparison = comparison(rng);
    let code = match comparison {
        Comparison::Equal => "EE",
        Comparison::Less => "LT",
        Comparison::LessOrEqual => "LE",
        Comparison::Greater => "GT",
        Comparison::GreaterOrEqual => "GE",
    };
    let (part, number, value) = match rng.u8(..4) {
        0 => {
            let day = rng.usize(..7);
            ("dayofweek", day as i64 + 1, WEEKDAYS[day].to_owned())
        }
        1 => {
            let hour = rng.i64(0..24);
            ("hour", hour, hour.to_string())
        }
        2 => {
            let quarter = rng.i64(1..5);
            ("quarter", quarter, quarter.to_string())
        }
        _ => {
            let year = rng.i64(2024..2028);
            ("year", year, year.to_string())
        }
    };
    query
        .filter(
            field,
            Operator::DatePart,
            Some(&format!(
                "Part@javascript:gs.datePart('{part}','{value}','{code}')"
            )),
        )
        .ok()?;
    Some(Check::Part(part, comparison, number))
}
