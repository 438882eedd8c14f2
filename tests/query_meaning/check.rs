//! A random check of a field: what it means, and the call that adds it to a query.

use fastrand::Rng;
use snow::{Operator, Query};

use crate::calendar;
use crate::random::{comparison, operator, other, piece, value};
use crate::times::timed;
use crate::tree::{Check, Comparison};
use crate::world::{Kind, World, pick};

/// A check that fits the kind, and the call that adds it; `None` where the builder refuses it.
pub(crate) fn check(
    rng: &mut Rng,
    world: &World,
    table: &str,
    field: &'static str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    match rng.u8(..12) {
        0 => nothing(rng, field, query),
        1 | 2 => equality(rng, world, field, kind, query),
        3 => list(rng, world, field, kind, query),
        4 => compared_with_field(rng, table, field, kind, query),
        _ => match kind {
            Kind::Text | Kind::Reference(_) if rng.u8(..4) > 0 => {
                part(rng, world, field, kind, query)
            }
            Kind::Text | Kind::Number => ordered(rng, world, field, kind, query),
            Kind::Time => timed(rng, world, table, field, query),
            Kind::Truth | Kind::Reference(_) => equality(rng, world, field, kind, query),
        },
    }
}

fn nothing(rng: &mut Rng, field: &str, query: &mut Query) -> Option<Check> {
    let (operator, value, check) = match rng.u8(..8) {
        0 => (Operator::IsEmpty, None, Check::Empty),
        1 => (Operator::IsNotEmpty, None, Check::NotEmpty),
        // Nothing here is null and not empty.
        2 => (Operator::EmptyString, None, Check::Empty),
        3 => (Operator::Anything, None, Check::Anything),
        4 => (Operator::Eq, None, Check::Empty),
        5 => (Operator::Ne, None, Check::NotEmpty),
        6 => (Operator::Eq, Some(""), Check::Empty),
        _ => (Operator::Ne, Some(""), Check::NotEmpty),
    };
    query.filter(field, operator, value).ok()?;
    Some(check)
}

fn equality(
    rng: &mut Rng,
    world: &World,
    field: &str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    let negated = rng.bool();
    let operator = if negated { Operator::Ne } else { Operator::Eq };
    if matches!(kind, Kind::Reference("sys_user")) && !negated && rng.u8(..4) == 0 {
        if rng.bool() {
            query
                .filter_script(field, Operator::Eq, "gs.getUserID()")
                .ok()?;
        } else {
            query
                .filter(
                    field,
                    Operator::Dynamic,
                    Some("90d1921e5f510100a9ad2572f2b477fe"),
                )
                .ok()?;
        }
        return Some(Check::Me);
    }
    let value = value(rng, world, kind);
    match kind {
        Kind::Number => query.filter_int(field, operator, value.parse().ok()?),
        Kind::Truth => query.filter_bool(field, operator, value == "true"),
        Kind::Time => query.filter_time(field, operator, calendar::seconds(&value)?),
        _ => query.filter(field, operator, Some(&value)),
    }
    .ok()?;
    Some(if negated {
        Check::IsNot(value)
    } else {
        Check::Is(value)
    })
}

pub(crate) fn list(
    rng: &mut Rng,
    world: &World,
    field: &str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    let values: Vec<String> = (0..=rng.usize(..4))
        .map(|_| value(rng, world, kind))
        .collect();
    let texts: Vec<&str> = values.iter().map(String::as_str).collect();
    if rng.bool() {
        query.filter_in(field, &texts).ok()?;
        Some(Check::OneOf(values))
    } else {
        query.filter_not_in(field, &texts).ok()?;
        Some(Check::NoneOf(values))
    }
}

fn compared_with_field(
    rng: &mut Rng,
    table: &str,
    field: &str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    let other = other(rng, table, kind);
    let negated = rng.bool();
    let same = if negated {
        Operator::NotSameAs
    } else {
        Operator::SameAs
    };
    if kind == Kind::Number && rng.bool() {
        let comparison = comparison(rng);
        let operator = match comparison {
            Comparison::Equal => return None,
            Comparison::Less => Operator::LtField,
            Comparison::LessOrEqual => Operator::LeField,
            Comparison::Greater => Operator::GtField,
            Comparison::GreaterOrEqual => Operator::GeField,
        };
        query.filter(field, operator, Some(other)).ok()?;
        return Some(Check::ComparesField(comparison, other));
    }
    if kind == Kind::Time && rng.bool() {
        let unit = pick(
            rng,
            &["minute", "hour", "day", "week", "month", "quarter", "year"],
        );
        query
            .filter(field, same, Some(&format!("{other}@{unit}")))
            .ok()?;
        return Some(if negated {
            Check::DifferentIn(other, unit)
        } else {
            Check::SameIn(other, unit)
        });
    }
    query.filter(field, same, Some(other)).ok()?;
    Some(if negated {
        Check::Different(other)
    } else {
        Check::Same(other)
    })
}

fn part(rng: &mut Rng, world: &World, field: &str, kind: Kind, query: &mut Query) -> Option<Check> {
    let whole = match kind {
        Kind::Reference(table) => {
            let id = value(rng, world, kind);
            world.displayed(table, &id).to_owned()
        }
        _ => value(rng, world, kind),
    };
    let piece = match rng.u8(..3) {
        0 => whole,
        1 => piece(rng, &whole.to_uppercase()),
        _ => piece(rng, &whole),
    };
    let (operator, check): (_, fn(String) -> Check) = match rng.u8(..4) {
        0 => (Operator::StartsWith, Check::StartsWith),
        1 => (Operator::EndsWith, Check::EndsWith),
        2 => (Operator::Contains, Check::Contains),
        _ => (Operator::NotContains, Check::ContainsNot),
    };
    query.filter(field, operator, Some(&piece)).ok()?;
    Some(check(piece))
}

fn ordered(
    rng: &mut Rng,
    world: &World,
    field: &str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    let low = value(rng, world, kind);
    if rng.u8(..3) == 0 {
        let high = value(rng, world, kind);
        query.filter_between(field, &low, &high).ok()?;
        return Some(Check::Between(low, high));
    }
    let comparison = comparison(rng);
    if comparison == Comparison::Equal {
        return None;
    }
    query.filter(field, operator(comparison), Some(&low)).ok()?;
    Some(Check::Compares(comparison, low))
}
