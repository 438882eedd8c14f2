//! Which rows a tree selects, by the description of the language.
//!
//! Text is compared without regard to case, numbers by value, times by their moment; an empty field is
//! neither less nor greater than anything; what a negation selects is all that it does not exclude, empty
//! fields among it.

use std::cmp::Ordering;

use crate::calendar::{self, DAY, HOUR, MINUTE, month, month_of};
use crate::tree::{Check, Comparison, Factor, ME, Stretch, Test, Tree};
use crate::world::{COLUMNS, Kind, NOW, Row, World, text};

/// The keys of the rows, in the order of the tree, and by key where that says nothing.
pub(crate) fn select(world: &World, table: &str, tree: &Tree) -> Vec<String> {
    let mut rows: Vec<&Row> = world
        .rows(table)
        .filter(|row| selects(world, row, tree))
        .collect();
    rows.sort_by(|left, right| {
        let by_order = tree.order.iter().map(|&(field, descending)| {
            let kind = kind_of(field);
            let order = order(kind, world.value(left, field), world.value(right, field));
            if descending { order.reverse() } else { order }
        });
        by_order
            .chain([text(left, "sys_id").cmp(text(right, "sys_id"))])
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    rows.iter()
        .map(|row| text(row, "sys_id").to_owned())
        .collect()
}

fn selects(world: &World, row: &Row, tree: &Tree) -> bool {
    tree.groups.iter().any(|group| {
        group.iter().all(|factor| match factor {
            Factor::AnyOf(tests) => tests.iter().any(|test| holds(world, row, test)),
            Factor::Inner(tree) => selects(world, row, tree),
        })
    })
}

fn holds(world: &World, row: &Row, test: &Test) -> bool {
    match test {
        Test::Field(field, kind, check) => passes(world, row, field, *kind, check),
        Test::Words(words) => words.iter().all(|word| {
            row.values()
                .filter_map(|value| value.as_str())
                .any(|value| folded(value).contains(&folded(word)))
        }),
        Test::Related(table, field, comparison, count, conditions) => {
            let referring = world
                .referring(table, field, text(row, "sys_id"))
                .filter(|other| selects(world, other, conditions))
                .count();
            is(*comparison, referring.cmp(&(*count as usize)))
        }
        Test::Join(own, table, field, conditions) => {
            let value = text(row, own);
            !value.is_empty()
                && world
                    .referring(table, field, value)
                    .any(|other| selects(world, other, conditions))
        }
    }
}

fn passes(world: &World, row: &Row, field: &str, kind: Kind, check: &Check) -> bool {
    let value = world.value(row, field);
    let shown = match kind {
        Kind::Reference(table) => world.displayed(table, value),
        _ => value,
    };
    let equals = |text: &String| folded(value) == folded(text);
    let time = || calendar::seconds(value);
    match check {
        Check::Is(text) => equals(text),
        Check::IsNot(text) => !equals(text),
        Check::Compares(comparison, text) => {
            !value.is_empty() && is(*comparison, order(kind, value, text))
        }
        Check::OneOf(texts) => texts.iter().any(equals),
        Check::NoneOf(texts) => !texts.iter().any(equals),
        Check::Between(low, high) => {
            !value.is_empty() && order(kind, value, low).is_ge() && order(kind, value, high).is_le()
        }
        Check::StartsWith(text) => folded(shown).starts_with(&folded(text)),
        Check::EndsWith(text) => folded(shown).ends_with(&folded(text)),
        Check::Contains(text) => folded(shown).contains(&folded(text)),
        Check::ContainsNot(text) => !folded(shown).contains(&folded(text)),
        Check::Empty => value.is_empty(),
        Check::NotEmpty => !value.is_empty(),
        Check::Anything => true,
        Check::Same(other) => folded(value) == folded(world.value(row, other)),
        Check::Different(other) => folded(value) != folded(world.value(row, other)),
        Check::SameIn(other, unit) => share(value, world.value(row, other), unit),
        Check::DifferentIn(other, unit) => !share(value, world.value(row, other), unit),
        Check::ComparesField(comparison, other) => {
            let other = world.value(row, other);
            !value.is_empty() && !other.is_empty() && is(*comparison, order(kind, value, other))
        }
        Check::Apart {
            further,
            other,
            unit,
            before,
            count,
        } => {
            let other = calendar::seconds(world.value(row, other));
            let distance = count * length(unit);
            time().zip(other).is_some_and(|(time, other)| {
                let after_it = if *before { other - time } else { time - other };
                if *further {
                    after_it > distance
                } else {
                    after_it < distance
                }
            })
        }
        Check::On(stretch) => within(time(), stretch),
        Check::NotOn(stretch) => !within(time(), stretch),
        Check::Part(part, comparison, number) => time().is_some_and(|time| {
            let (year, month, _) = calendar::date(time);
            let found = match *part {
                "dayofweek" => calendar::weekday(time),
                "hour" => time.rem_euclid(DAY) / HOUR,
                "quarter" => (month + 2) / 3,
                "year" => year,
                other => panic!("{other} is no part of a date"),
            };
            is(*comparison, found.cmp(number))
        }),
        Check::Relative(comparison, unit, count) => time().is_some_and(|time| {
            if *comparison == Comparison::Equal {
                let (first, next) = unit_around(moved(NOW, unit, *count), unit);
                return (first..next).contains(&time);
            }
            is(*comparison, time.cmp(&moved(NOW, unit, *count)))
        }),
        Check::SinceDaysAgo(days) => time().is_some_and(|time| time >= (NOW / DAY - days) * DAY),
        Check::Me => value == ME,
        Check::OfClass(table) => *table == "task" || value == *table,
    }
}

/// A text whatever its case; letters of ASCII stand where their capitals do, before `_`.
fn folded(text: &str) -> String {
    text.to_lowercase().to_ascii_uppercase()
}

fn is(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// The order of two values; an empty one comes first.
fn order(kind: Kind, left: &str, right: &str) -> Ordering {
    match (kind, left.parse::<i64>(), right.parse::<i64>()) {
        (Kind::Number, Ok(left), Ok(right)) => left.cmp(&right),
        _ => folded(left).cmp(&folded(right)),
    }
}

fn kind_of(field: &str) -> Kind {
    let column = COLUMNS.iter().find(|(name, _)| *name == field);
    column.expect("the order is by a column").1
}

fn length(unit: &str) -> i64 {
    match unit {
        "minute" => MINUTE,
        "hour" => HOUR,
        "day" => DAY,
        "week" => 7 * DAY,
        other => panic!("{other} has no fixed length"),
    }
}

/// So many months, for the units that are made of them.
fn months(unit: &str) -> Option<i64> {
    match unit {
        "month" => Some(1),
        "quarter" => Some(3),
        "year" => Some(12),
        _ => None,
    }
}

fn moved(time: i64, unit: &str, count: i64) -> i64 {
    match months(unit) {
        // Every month has a day of this number: now is early in one.
        Some(months) => month(month_of(time) + months * count) + time - month(month_of(time)),
        None => time + count * length(unit),
    }
}

/// The first second of the unit that a time lies in, and that of the next one.
fn unit_around(time: i64, unit: &str) -> (i64, i64) {
    if let Some(months) = months(unit) {
        let first = month_of(time).div_euclid(months) * months;
        return (month(first), month(first + months));
    }
    let first = match unit {
        "week" => time.div_euclid(DAY) * DAY - (calendar::weekday(time) - 1) * DAY,
        _ => time.div_euclid(length(unit)) * length(unit),
    };
    (first, first + length(unit))
}

fn share(left: &str, right: &str, unit: &str) -> bool {
    let times = calendar::seconds(left).zip(calendar::seconds(right));
    times.is_some_and(|(left, right)| unit_around(left, unit) == unit_around(right, unit))
}

fn within(time: Option<i64>, stretch: &Stretch) -> bool {
    let (first, last) = match stretch {
        Stretch::Day(day) => (*day, day + DAY - 1),
        Stretch::Bounds(first, last) => (*first, *last),
        Stretch::Named(name) => named(name),
    };
    time.is_some_and(|time| (first..=last).contains(&time))
}

/// The first and the last second of a stretch that lists have by name, as they spell it out: "Last 7 days"
/// is `gs.daysAgoStart(7)` to `gs.daysAgoEnd(0)`.
fn named(name: &str) -> (i64, i64) {
    let units = |unit: &str, first: i64, last: i64| {
        let (from, _) = unit_around(moved(NOW, unit, first), unit);
        let (_, to) = unit_around(moved(NOW, unit, last), unit);
        (from, to - 1)
    };
    let words: Vec<&str> = name.split(' ').collect();
    match words[..] {
        ["Today"] => units("day", 0, 0),
        ["Yesterday"] => units("day", -1, -1),
        ["Tomorrow"] => units("day", 1, 1),
        ["One", "year", "ago"] => (moved(NOW, "year", -1), units("month", 0, 0).1),
        ["Last", "2", "hours"] => (NOW - 2 * HOUR, NOW),
        ["This" | "Current", unit] => units(unit, 0, 0),
        ["Last", unit] => units(unit, -1, -1),
        ["Next", unit] => units(unit, 1, 1),
        ["Next", "2", "quarters"] => units("quarter", 1, 2),
        // These two count the present one among the two.
        ["Last", "2", unit @ ("quarters" | "years")] => units(unit.trim_end_matches('s'), -1, 0),
        ["Last", count, unit] => {
            let count: i64 = count.parse().expect("a number");
            units(unit.trim_end_matches('s'), -count, 0)
        }
        _ => panic!("{name} is no stretch of time"),
    }
}
