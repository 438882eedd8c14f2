//! Indexes on the columns that are asked for.
//!
//! They are built when a query first has use for one, and kept true by every write after that. A
//! table of a million rows has a hundred columns, and clients look through three.

use std::{cmp::Ordering, collections::HashMap, sync::OnceLock};

use super::Row;
use crate::collation::compare_ignoring_case;

/// The indexes of one column. Rows are named by their number in the table.
#[derive(Debug, Default)]
pub struct ColumnIndexes {
    /// Rising numbers by lower-case value. Rows without a value are not in it.
    equal: OnceLock<HashMap<Box<str>, Vec<u32>>>,
    /// Numbers in the order of value and `sys_id`.
    sorted: OnceLock<Vec<u32>>,
}

type Rows = [Option<Row>];

impl ColumnIndexes {
    pub fn equal(&self, rows: &Rows, position: usize, lower: &str) -> &[u32] {
        let index = self.equal.get_or_init(|| {
            let mut index: HashMap<Box<str>, Vec<u32>> = HashMap::new();
            for (number, value) in numbered(rows, position).filter(|(_, value)| !value.is_empty()) {
                match index.get_mut(value) {
                    // Most values are lower-case already and known: no copy then.
                    Some(numbers) => numbers.push(number),
                    None => index
                        .entry(value.to_lowercase().into())
                        .or_default()
                        .push(number),
                }
            }
            index
        });
        index.get(lower).map_or(&[], Vec::as_slice)
    }

    pub fn sorted(&self, rows: &Rows, position: usize) -> &[u32] {
        self.sorted.get_or_init(|| {
            let mut numbers: Vec<u32> =
                numbered(rows, position).map(|(number, _)| number).collect();
            numbers.sort_unstable_by(|left, right| order(rows, position, *left, *right));
            numbers
        })
    }

    /// Takes a row in that has just been stored.
    pub fn enter(&mut self, rows: &Rows, position: usize, number: u32) {
        if let Some(index) = self.equal.get_mut() {
            let value = value_of(rows, position, number);
            if !value.is_empty() {
                let numbers = index.entry(value.to_lowercase().into()).or_default();
                let place = numbers.partition_point(|known| *known < number);
                numbers.insert(place, number);
            }
        }
        if let Some(sorted) = self.sorted.get_mut() {
            let place =
                sorted.partition_point(|known| order(rows, position, *known, number).is_lt());
            sorted.insert(place, number);
        }
    }

    /// Lets a row go that is about to be changed or removed.
    pub fn leave(&mut self, rows: &Rows, position: usize, number: u32) {
        if let Some(index) = self.equal.get_mut() {
            let lower = value_of(rows, position, number).to_lowercase();
            if let Some(numbers) = index.get_mut(lower.as_str()) {
                numbers.retain(|known| *known != number);
                if numbers.is_empty() {
                    index.remove(lower.as_str());
                }
            }
        }
        if let Some(sorted) = self.sorted.get_mut() {
            let place =
                sorted.partition_point(|known| order(rows, position, *known, number).is_lt());
            if sorted.get(place) == Some(&number) {
                sorted.remove(place);
            }
        }
    }
}

fn numbered(rows: &Rows, position: usize) -> impl Iterator<Item = (u32, &str)> {
    (0..)
        .zip(rows)
        .filter_map(move |(number, row)| Some((number, row.as_ref()?.value(position))))
}

fn value_of(rows: &Rows, position: usize, number: u32) -> &str {
    rows.get(number as usize)
        .and_then(Option::as_ref)
        .map_or("", |row| row.value(position))
}

fn order(rows: &Rows, position: usize, left: u32, right: u32) -> Ordering {
    let by_value = compare_ignoring_case(
        value_of(rows, position, left),
        value_of(rows, position, right),
    );
    by_value.then_with(|| compare_ignoring_case(value_of(rows, 0, left), value_of(rows, 0, right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[(&str, &str)]) -> Vec<Option<Row>> {
        values
            .iter()
            .map(|(id, value)| Some(Row::new([*id, *value].into_iter())))
            .collect()
    }

    #[test]
    fn an_index_stays_true_through_writes() {
        let mut stored = rows(&[("3", "B"), ("1", "a"), ("2", "b"), ("4", "")]);
        let mut index = ColumnIndexes::default();
        assert_eq!(index.equal(&stored, 1, "b"), [0, 2]);
        assert_eq!(index.sorted(&stored, 1), [3, 1, 2, 0]);
        index.leave(&stored, 1, 0);
        stored[0] = Some(Row::new(["3", "0"].into_iter()));
        index.enter(&stored, 1, 0);
        assert_eq!(index.equal(&stored, 1, "b"), [2]);
        assert_eq!(index.equal(&stored, 1, "0"), [0]);
        assert_eq!(index.sorted(&stored, 1), [3, 0, 1, 2]);
    }
}
