//! Finds the records of a page.
//!
//! A query that bounds `sys_id`, or sorts by it alone, walks the index: the page after a key costs
//! the page, not the table, and where nothing else is asked even the total is a subtraction. Without
//! an order, records come as they were inserted, which is not `sys_id` order: a client that pages
//! without ORDERBY should find out here. Any other order sorts what matches.

use std::{cmp::Ordering, ops::Range};

use super::{
    compile::{Check, Filter, Path},
    parse::Comparison,
    test::Test,
};
use crate::{
    collation::{compare_ignoring_case, compare_numbers},
    database::{Database, Record, Table},
};

/// Which of the matching records are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub offset: usize,
    pub limit: usize,
    /// Whether it must be known how many match in all.
    pub counted: bool,
}

/// The records of a page.
#[derive(Debug)]
pub struct Selection<'a> {
    pub records: Vec<Record<'a>>,
    /// How many match, before paging; exact only for a counted page.
    pub total: usize,
}

pub fn select<'a>(
    database: &'a Database,
    table: &str,
    filter: &'a Filter,
    page: Page,
) -> Selection<'a> {
    let classes: Vec<&Table> = database
        .classes(table)
        .filter(|class| class.len() > 0)
        .collect();
    if let Some(ids) = filter.named_sys_ids() {
        let records = ids
            .iter()
            .filter_map(|id| database.find(table, id))
            .collect();
        return sift(database, filter, records, page);
    }
    let ranges: Vec<Range<usize>> = classes.iter().map(|class| filter.range_in(class)).collect();
    let bounded = classes
        .iter()
        .zip(&ranges)
        .any(|(class, range)| range.len() < class.len());
    let named = filter.candidates(&classes);
    let few = named
        .as_ref()
        .is_some_and(|candidates| candidates.len() <= FEW);
    match filter.sys_id_order() {
        Some(descending) if !few => {
            walk_index(database, filter, &classes, &ranges, descending, page)
        }
        None if filter.order.is_empty() && bounded && !few => {
            walk_index(database, filter, &classes, &ranges, false, page)
        }
        _ if named.is_some() && (few || filter.order.is_empty()) => {
            sift(database, filter, named.unwrap_or_default(), page)
        }
        None if filter.order.is_empty() => take(database, filter, arrivals(&classes), page),
        _ => match (&classes[..], filter.column_order(&classes)) {
            ([class], Some((position, descending))) => {
                walk_column(database, filter, class, position, descending, page)
            }
            _ => {
                let all = || arrivals(&classes).collect();
                sift(database, filter, named.unwrap_or_else(all), page)
            }
        },
    }
}

/// Below this, an index on a value beats walking another index in order.
const FEW: usize = 5_000;

/// Tries every candidate, sorts what matches and cuts the page out.
fn sift<'a>(
    database: &'a Database,
    filter: &'a Filter,
    mut candidates: Vec<Record<'a>>,
    page: Page,
) -> Selection<'a> {
    candidates.retain(|record| filter.matches(database, *record));
    sort(database, filter, &mut candidates);
    slice(candidates, page)
}

/// Walks the rows of one class in the order of a column.
fn walk_column<'a>(
    database: &'a Database,
    filter: &Filter,
    class: &'a Table,
    position: usize,
    descending: bool,
    page: Page,
) -> Selection<'a> {
    let (from, to) = filter.bounds_of(class, position);
    let places = class.sorted_places(position, from, to);
    let record = |place| {
        class
            .at_sorted_place(position, place)
            .map(|row| Record { class, row })
    };
    match descending {
        false => take(database, filter, places.filter_map(record), page),
        true => take(database, filter, places.rev().filter_map(record), page),
    }
}

fn walk_index<'a>(
    database: &'a Database,
    filter: &Filter,
    classes: &[&'a Table],
    ranges: &[Range<usize>],
    descending: bool,
    page: Page,
) -> Selection<'a> {
    if !filter.only_bounds_sys_id() {
        return take(
            database,
            filter,
            by_sys_id(classes, ranges, descending),
            page,
        );
    }
    let total = ranges.iter().map(Range::len).sum();
    let records = match (classes, ranges) {
        ([class], [range]) => {
            let places = range
                .clone()
                .skip(if descending { 0 } else { page.offset })
                .take(page.limit);
            match descending {
                false => places
                    .map(|place| Record {
                        class,
                        row: class.at_rank(place),
                    })
                    .collect(),
                true => range
                    .clone()
                    .rev()
                    .skip(page.offset)
                    .take(page.limit)
                    .map(|place| Record {
                        class,
                        row: class.at_rank(place),
                    })
                    .collect(),
            }
        }
        _ => by_sys_id(classes, ranges, descending)
            .skip(page.offset)
            .take(page.limit)
            .collect(),
    };
    Selection { records, total }
}

fn arrivals<'a>(classes: &[&'a Table]) -> impl Iterator<Item = Record<'a>> {
    let classes = classes.to_vec();
    classes
        .into_iter()
        .flat_map(|class| class.rows().map(move |row| Record { class, row }))
}

/// Merges the classes' indexes into one order.
fn by_sys_id<'a>(
    classes: &[&'a Table],
    ranges: &[Range<usize>],
    descending: bool,
) -> impl Iterator<Item = Record<'a>> {
    let mut walks: Vec<(&Table, Range<usize>)> = classes
        .iter()
        .copied()
        .zip(ranges.iter().cloned())
        .collect();
    std::iter::from_fn(move || {
        let next_place = |range: &Range<usize>| {
            if descending {
                range.end - 1
            } else {
                range.start
            }
        };
        let at = (0..walks.len())
            .filter(|at| !walks[*at].1.is_empty())
            .min_by(|left, right| {
                let id = |at: usize| walks[at].0.at_rank(next_place(&walks[at].1)).value(0);
                let order = id(*left).cmp(id(*right));
                if descending { order.reverse() } else { order }
            })?;
        let (class, range) = &mut walks[at];
        let place = if descending {
            range.next_back()
        } else {
            range.next()
        }?;
        Some(Record {
            class,
            row: class.at_rank(place),
        })
    })
}

fn take<'a>(
    database: &'a Database,
    filter: &Filter,
    candidates: impl Iterator<Item = Record<'a>>,
    page: Page,
) -> Selection<'a> {
    let mut selection = Selection {
        records: Vec::new(),
        total: 0,
    };
    for record in candidates {
        if !page.counted && selection.records.len() == page.limit {
            break;
        }
        if filter.matches(database, record) {
            if selection.total >= page.offset && selection.records.len() < page.limit {
                selection.records.push(record);
            }
            selection.total += 1;
        }
    }
    selection
}

fn slice(records: Vec<Record<'_>>, page: Page) -> Selection<'_> {
    let total = records.len();
    Selection {
        records: records
            .into_iter()
            .skip(page.offset)
            .take(page.limit)
            .collect(),
        total,
    }
}

fn sort(database: &Database, filter: &Filter, records: &mut [Record<'_>]) {
    // Keys are read once for each record, not once for each comparison.
    let mut keyed: Vec<(Vec<&str>, Record)> = records
        .iter()
        .map(|record| {
            (
                filter
                    .order
                    .iter()
                    .map(|(path, _)| sort_key(database, path, *record))
                    .collect(),
                *record,
            )
        })
        .collect();
    keyed.sort_by(|(left, _), (right, _)| {
        filter
            .order
            .iter()
            .enumerate()
            .map(|(at, (path, descending))| {
                let numeric = path.column().internal_type.is_numeric();
                let order = match (left[at], right[at]) {
                    ("", "") => Ordering::Equal,
                    ("", _) => Ordering::Less,
                    (_, "") => Ordering::Greater,
                    (left, right) if numeric => compare_numbers(left, right),
                    (left, right) => compare_ignoring_case(left, right),
                };
                if *descending { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    for (record, (_, sorted)) in records.iter_mut().zip(keyed) {
        *record = sorted;
    }
}

/// References sort by what they display.
fn sort_key<'a>(database: &'a Database, path: &'a Path, record: Record<'a>) -> &'a str {
    let value = path.value(database, record);
    let Some(target) = path.column().reference_target() else {
        return value;
    };
    let displayed = database
        .find(target, value)
        .zip(database.dictionary().display_column(target))
        .map(|(record, element)| record.value(element));
    displayed.unwrap_or(value)
}

impl Filter {
    /// The direction, if the order is that of `sys_id` alone.
    fn sys_id_order(&self) -> Option<bool> {
        self.order
            .first()
            .filter(|(path, _)| path.is_sys_id())
            .map(|(_, descending)| *descending)
    }

    /// The part of a class's index that can match: only a query of one group bounds it.
    fn range_in(&self, class: &Table) -> Range<usize> {
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
            // The index is in byte order, and ids are lower-case.
            let operand = operand.to_lowercase();
            let part = match comparison {
                Comparison::Greater => class.ranks(Some((&operand, false)), None),
                Comparison::GreaterOrEqual => class.ranks(Some((&operand, true)), None),
                Comparison::Less => class.ranks(None, Some((&operand, false))),
                Comparison::LessOrEqual => class.ranks(None, Some((&operand, true))),
                Comparison::Equal => class.ranks(Some((&operand, true)), Some((&operand, true))),
            };
            range = range.start.max(part.start)..range.end.min(part.end);
        }
        range.start..range.end.max(range.start)
    }

    /// The column whose order the query asks for, alone or followed by `sys_id`, and its direction.
    fn column_order(&self, classes: &[&Table]) -> Option<(usize, bool)> {
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
    fn bounds_of(&self, class: &Table, position: usize) -> (Option<Bound<'_>>, Option<Bound<'_>>) {
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

    /// The rows an index on some value leaves, if a query of one group compares a column with values.
    fn candidates<'a>(&self, classes: &[&'a Table]) -> Option<Vec<Record<'a>>> {
        let [group] = &self.groups[..] else {
            return None;
        };
        let lists = group.iter().filter_map(|checks| match &checks[..] {
            [
                Check {
                    path: Some(path),
                    test,
                    ..
                },
            ] => match test {
                Test::Equals(text) if !text.is_empty() => Some((path, std::slice::from_ref(text))),
                Test::OneOf(texts) if texts.iter().all(|text| !text.is_empty()) => {
                    Some((path, &texts[..]))
                }
                _ => None,
            },
            _ => None,
        });
        let found = lists
            .filter(|(path, _)| path.is_own())
            .map(|(path, texts)| {
                let mut found: Vec<(usize, u32)> = Vec::new();
                for (at, class) in classes.iter().enumerate() {
                    let Some(position) = path.own_position(class) else {
                        continue;
                    };
                    for text in texts {
                        found.extend(
                            class
                                .numbers_where(position, text)
                                .iter()
                                .map(|number| (at, *number)),
                        );
                    }
                }
                found
            });
        let mut fewest = found.min_by_key(Vec::len)?;
        // In the order of arrival, each row once.
        fewest.sort_unstable();
        fewest.dedup();
        let record = |(at, number): (usize, u32)| {
            Some(Record {
                class: classes[at],
                row: classes[at].row(number)?,
            })
        };
        Some(fewest.into_iter().filter_map(record).collect())
    }

    /// The ids of `sys_id=` or `sys_idIN`, if a query of one group has such a condition.
    fn named_sys_ids(&self) -> Option<Vec<String>> {
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
    fn only_bounds_sys_id(&self) -> bool {
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

/// A bound and whether it is included.
type Bound<'a> = (&'a str, bool);

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
