//! What a filter says about the indexes: which part of an order can match, which values are named.
//!
//! Only what is certain is said. A bound that is left out costs time and never a row.

use std::{cmp::Ordering, ops::Range};

use super::{
    Path,
    compile::{Check, Filter},
    parse::Comparison,
    test::Test,
};
use crate::{
    collation::compare_ignoring_case,
    database::{Record, Table},
};

impl Filter {
    /// The direction, if the order is that of `sys_id` alone.
    pub(super) fn sys_id_order(&self) -> Option<bool> {
        self.order
            .first()
            .filter(|(path, _)| path.is_sys_id())
            .map(|(_, descending)| *descending)
    }

    /// The part of a class's index that can match: only a query of one group bounds it.
    pub(super) fn range_in(&self, class: &Table) -> Range<usize> {
        let mut range = 0..class.len();
        for bound in self.sys_id_tests().into_iter().flatten() {
            let Test::Compares {
                comparison,
                operand,
                ..
            } = bound
            else {
                continue;
            };
            let part = match comparison {
                Comparison::Greater => class.ranks(Some((operand, false)), None),
                Comparison::GreaterOrEqual => class.ranks(Some((operand, true)), None),
                Comparison::Less => class.ranks(None, Some((operand, false))),
                Comparison::LessOrEqual => class.ranks(None, Some((operand, true))),
                Comparison::Equal => class.ranks(Some((operand, true)), Some((operand, true))),
            };
            range = range.start.max(part.start)..range.end.min(part.end);
        }
        range.start..range.end.max(range.start)
    }

    /// The column whose order the query asks for, alone or followed by `sys_id`, and its direction.
    pub(super) fn column_order(&self, classes: &[&Table]) -> Option<(usize, bool)> {
        let (path, descending) = self.order.first()?;
        let then_sys_id = match &self.order[1..] {
            [] => true,
            [(second, direction)] => second.is_sys_id() && direction == descending,
            _ => false,
        };
        let column = path.column();
        let as_text = !column.internal_type.is_numeric() && column.reference_target().is_none();
        (then_sys_id && as_text).then_some((path.own_position(classes.first()?)?, *descending))
    }

    /// What all groups together say about a column: the widest bounds of any.
    pub(super) fn bounds_of(
        &self,
        class: &Table,
        position: usize,
    ) -> (Option<Bound<'_>>, Option<Bound<'_>>) {
        let groups: Vec<_> = self
            .groups
            .iter()
            .map(|group| group_bounds(group, class, position))
            .collect();
        let lowest = groups
            .iter()
            .map(|(from, _)| *from)
            .reduce(|a, b| widest(a?, b?, Ordering::Less));
        let highest = groups
            .iter()
            .map(|(_, to)| *to)
            .reduce(|a, b| widest(a?, b?, Ordering::Greater));
        (lowest.flatten(), highest.flatten())
    }

    /// The rows an index on some value leaves, if a query of one group compares a column with values,
    /// and there are not more than `most`.
    pub(super) fn candidates<'a>(
        &self,
        classes: &[&'a Table],
        most: usize,
    ) -> Option<Vec<Record<'a>>> {
        let [group] = &self.groups[..] else {
            return None;
        };
        let count = |(path, texts): &(&Path, &[String])| -> usize {
            let numbers = |text: &String| {
                numbers_in(classes, path, text)
                    .map(|(_, numbers)| numbers.len())
                    .sum::<usize>()
            };
            texts.iter().map(numbers).sum()
        };
        let conditions = group.iter().filter_map(|checks| named_values(checks));
        let (found, (path, texts)) = conditions
            .map(|named| (count(&named), named))
            .min_by_key(|(count, _)| *count)?;
        if found > most {
            return None;
        }
        let mut places: Vec<(usize, u32)> = Vec::with_capacity(found);
        for text in texts {
            for (at, numbers) in numbers_in(classes, path, text) {
                places.extend(numbers.iter().map(|number| (at, *number)));
            }
        }
        // In the order of arrival, each row once.
        places.sort_unstable();
        places.dedup();
        let record = |(at, number): (usize, u32)| {
            Some(Record {
                class: classes[at],
                row: classes[at].row(number)?,
            })
        };
        Some(places.into_iter().filter_map(record).collect())
    }

    /// The ids of `sys_id=` or `sys_idIN`, if a query of one group has such a condition.
    pub(super) fn named_sys_ids(&self) -> Option<Vec<String>> {
        self.sys_id_tests()?
            .into_iter()
            .find_map(|test| match test {
                Test::Equals(id) => Some(vec![id.clone()]),
                Test::OneOf(ids) => {
                    let mut ids = ids.clone();
                    ids.sort();
                    ids.dedup();
                    Some(ids)
                }
                _ => None,
            })
    }

    /// Whether the bounds of `sys_id` say all there is.
    pub(super) fn only_bounds_sys_id(&self) -> bool {
        let bounds = self.sys_id_tests().map_or(0, |tests| {
            tests
                .iter()
                .filter(|test| matches!(test, Test::Compares { .. }))
                .count()
        });
        matches!(&self.groups[..], [group] if group.len() == bounds)
    }

    fn sys_id_tests(&self) -> Option<Vec<&Test>> {
        let [group] = &self.groups[..] else {
            return None;
        };
        let on_sys_id = |checks: &'_ Vec<Check>| -> bool {
            matches!(&checks[..], [Check { path: Some(path), .. }] if path.is_sys_id())
        };
        Some(
            group
                .iter()
                .filter(|checks| on_sys_id(checks))
                .map(|checks| &checks[0].test)
                .collect(),
        )
    }
}

/// The column and the values of a condition that names values.
fn named_values(checks: &[Check]) -> Option<(&Path, &[String])> {
    let [
        Check {
            path: Some(path),
            test,
            ..
        },
    ] = checks
    else {
        return None;
    };
    let texts = match test {
        Test::Equals(text) => std::slice::from_ref(text),
        Test::OneOf(texts) => &texts[..],
        _ => return None,
    };
    (path.is_own() && texts.iter().all(|text| !text.is_empty())).then_some((path, texts))
}

/// The rows of each class that hold a value, by the number of the class.
fn numbers_in<'a>(
    classes: &[&'a Table],
    path: &Path,
    text: &str,
) -> impl Iterator<Item = (usize, &'a [u32])> {
    classes.iter().enumerate().filter_map(move |(at, class)| {
        Some((at, class.numbers_where(path.own_position(class)?, text)))
    })
}

/// A bound and whether it is included.
pub(super) type Bound<'a> = (&'a str, bool);

fn group_bounds<'a>(
    group: &'a [Vec<Check>],
    class: &Table,
    position: usize,
) -> (Option<Bound<'a>>, Option<Bound<'a>>) {
    let (mut from, mut to): (Option<Bound>, Option<Bound>) = (None, None);
    for checks in group {
        let [
            Check {
                path: Some(path),
                test,
                ..
            },
        ] = &checks[..]
        else {
            continue;
        };
        if path.own_position(class) != Some(position) {
            continue;
        }
        let (lower, upper) = match test {
            Test::Compares {
                comparison,
                operand,
                numeric: false,
            } => match comparison {
                Comparison::Greater => (Some((operand, false)), None),
                Comparison::GreaterOrEqual => (Some((operand, true)), None),
                Comparison::Less => (None, Some((operand, false))),
                Comparison::LessOrEqual => (None, Some((operand, true))),
                Comparison::Equal => (Some((operand, true)), Some((operand, true))),
            },
            Test::Between {
                from,
                to,
                numeric: false,
            } => (Some((from, true)), Some((to, true))),
            Test::Equals(operand) => (Some((operand, true)), Some((operand, true))),
            _ => (None, None),
        };
        // Any one of the bounds is true of what can match; the first will do.
        from = from.or(lower.map(|(bound, included)| (bound.as_str(), included)));
        to = to.or(upper.map(|(bound, included)| (bound.as_str(), included)));
    }
    (from, to)
}

/// The bound that lies further out; of equal ones the one that is included.
fn widest<'a>(left: Bound<'a>, right: Bound<'a>, outwards: Ordering) -> Option<Bound<'a>> {
    let order = compare_ignoring_case(left.0, right.0);
    Some(match order {
        Ordering::Equal => (left.0, left.1 || right.1),
        order if order == outwards => left,
        _ => right,
    })
}
