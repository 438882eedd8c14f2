//! Finds the records of a page.
//!
//! A query that bounds `sys_id`, or sorts by it alone, walks the index: the page after a key costs
//! the page, not the table, and where nothing else is asked even the total is a subtraction. Without
//! an order, records come as they were inserted, which is not `sys_id` order: a client that pages
//! without ORDERBY should find out here. The order of one column walks an index on it; any other sorts
//! what matches.

use std::{cmp::Ordering, ops::Range};

use super::{Filter, Path};
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
#[derive(Debug, Default)]
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
    let column_order = filter.column_order(&classes).filter(|_| classes.len() == 1);
    let walkable = bounded || filter.sys_id_order().is_some() || column_order.is_some();
    if let Some(named) = filter.candidates(&classes, if walkable { FEW } else { usize::MAX }) {
        return sift(database, filter, named, page);
    }
    match (filter.sys_id_order(), &classes[..], column_order) {
        (Some(descending), ..) => walk_index(database, filter, &classes, &ranges, descending, page),
        (None, ..) if filter.order.is_empty() && bounded => {
            walk_index(database, filter, &classes, &ranges, false, page)
        }
        (None, ..) if filter.order.is_empty() => take(database, filter, arrivals(&classes), page),
        (None, [class], Some((position, descending))) => {
            walk_column(database, filter, class, position, descending, page)
        }
        _ => sift(database, filter, arrivals(&classes).collect(), page),
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
                let order = compare_ignoring_case(id(*left), id(*right));
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
