//! The rows of one class, in the order they came, with an index on `sys_id`.
//!
//! The index is a sorted list of row numbers, in the order of the usual database: finding a record,
//! seeking past one and counting what lies between two of them are all a binary search, and a page in
//! `sys_id` order is a slice. A million rows cost four megabytes of index, and an insert moves half of
//! that, which is a fraction of a millisecond.

use std::{collections::HashMap, ops::Range};

use super::{Row, index::ColumnIndexes};
use crate::{collation::compare_ignoring_case, dictionary::Column};

/// Position of `sys_id` in every row.
const SYS_ID: usize = 0;

/// One class: its columns, and the rows that are exactly of this class.
#[derive(Debug)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
    positions: HashMap<String, usize>,
    rows: Vec<Option<Row>>,
    vacant: Vec<u32>,
    by_sys_id: Vec<u32>,
    /// One for each column.
    indexes: Vec<ColumnIndexes>,
}

impl Table {
    pub fn new(name: &str, columns: Vec<Column>) -> Self {
        let mut table = Table {
            name: name.to_owned(),
            columns: Vec::new(),
            positions: HashMap::new(),
            rows: Vec::new(),
            vacant: Vec::new(),
            by_sys_id: Vec::new(),
            indexes: Vec::new(),
        };
        for column in columns {
            table.add_column(column);
        }
        table
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn position(&self, element: &str) -> Option<usize> {
        self.positions.get(element).copied()
    }

    pub fn column(&self, element: &str) -> Option<&Column> {
        self.position(element)
            .map(|position| &self.columns[position])
    }

    /// Adds a column at the end; the rows that are there have no value in it.
    pub fn add_column(&mut self, column: Column) {
        if !self.positions.contains_key(&column.element) {
            self.positions
                .insert(column.element.clone(), self.columns.len());
            self.columns.push(column);
            self.indexes.push(ColumnIndexes::default());
        }
    }

    pub fn len(&self) -> usize {
        self.by_sys_id.len()
    }

    /// The rows in the order they were inserted.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }

    pub fn find(&self, sys_id: &str) -> Option<&Row> {
        let place = self.rank(sys_id).ok()?;
        Some(self.at_rank(place))
    }

    /// The row at a place in `sys_id` order.
    pub fn at_rank(&self, place: usize) -> &Row {
        self.rows[self.by_sys_id[place] as usize]
            .as_ref()
            .expect("the index names only rows that are there")
    }

    /// The places in `sys_id` order that lie between two bounds, each with whether it is included.
    pub fn ranks(&self, from: Option<(&str, bool)>, to: Option<(&str, bool)>) -> Range<usize> {
        let start = match from {
            None => 0,
            Some((bound, included)) => match self.rank(bound) {
                Ok(place) => place + usize::from(!included),
                Err(place) => place,
            },
        };
        let end = match to {
            None => self.by_sys_id.len(),
            Some((bound, included)) => match self.rank(bound) {
                Ok(place) => place + usize::from(included),
                Err(place) => place,
            },
        };
        start..end.max(start)
    }

    /// The rows whose column holds this value, whatever its case, in the order they were inserted.
    pub fn rows_where(&self, element: &str, value: &str) -> impl Iterator<Item = &Row> {
        let position = self.position(element);
        let numbers = position.map(|position| self.numbers_where(position, &value.to_lowercase()));
        numbers
            .unwrap_or_default()
            .iter()
            .filter_map(|number| self.rows[*number as usize].as_ref())
    }

    /// As `rows_where`, by numbers that `row` takes; `lower` is lower-case.
    pub fn numbers_where(&self, position: usize, lower: &str) -> &[u32] {
        self.indexes[position].equal(&self.rows, position, lower)
    }

    pub fn row(&self, number: u32) -> Option<&Row> {
        self.rows.get(number as usize)?.as_ref()
    }

    /// The places between two bounds, in the order of a column and, within one value, of `sys_id`.
    pub fn sorted_places(
        &self,
        position: usize,
        from: Option<(&str, bool)>,
        to: Option<(&str, bool)>,
    ) -> Range<usize> {
        let sorted = self.indexes[position].sorted(&self.rows, position);
        let value = |number: &u32| self.row(*number).map_or("", |row| row.value(position));
        let start = from.map_or(0, |(bound, included)| {
            sorted.partition_point(|number| {
                let order = compare_ignoring_case(value(number), bound);
                order.is_lt() || (order.is_eq() && !included)
            })
        });
        let end = to.map_or(sorted.len(), |(bound, included)| {
            sorted.partition_point(|number| {
                let order = compare_ignoring_case(value(number), bound);
                order.is_lt() || (order.is_eq() && included)
            })
        });
        start..end.max(start)
    }

    pub fn at_sorted_place(&self, position: usize, place: usize) -> Option<&Row> {
        self.row(
            *self.indexes[position]
                .sorted(&self.rows, position)
                .get(place)?,
        )
    }

    /// Stores a new row. `false` if its `sys_id` is taken.
    pub fn insert(&mut self, row: Row) -> bool {
        let Err(place) = self.rank(row.value(SYS_ID)) else {
            return false;
        };
        let number = self.store(row);
        self.by_sys_id.insert(place, number);
        self.enter_indexes(number);
        true
    }

    /// Stores many new rows and indexes them once. Of rows with one `sys_id` the first stays.
    pub fn extend(&mut self, rows: impl Iterator<Item = Row>) {
        for row in rows {
            let number = self.store(row);
            self.by_sys_id.push(number);
        }
        let all = &self.rows;
        let sys_id = |number: u32| {
            all[number as usize]
                .as_ref()
                .map_or("", |row| row.value(SYS_ID))
        };
        // The beginning of an id, as a number, decides almost always: a million rows need not be
        // touched twenty times each.
        let mut keyed: Vec<(u128, u32)> = self
            .by_sys_id
            .iter()
            .map(|number| (beginning(sys_id(*number)), *number))
            .collect();
        keyed.sort_unstable_by(|left, right| {
            let by_beginning = left.0.cmp(&right.0);
            by_beginning
                .then_with(|| compare_ignoring_case(sys_id(left.1), sys_id(right.1)))
                .then(left.1.cmp(&right.1))
        });
        self.by_sys_id = keyed.into_iter().map(|(_, number)| number).collect();
        let mut repeated = Vec::new();
        self.by_sys_id.dedup_by(|later, earlier| {
            let same = compare_ignoring_case(sys_id(*later), sys_id(*earlier)).is_eq();
            if same {
                repeated.push(*later);
            }
            same
        });
        for number in repeated {
            self.rows[number as usize] = None;
            self.vacant.push(number);
        }
        self.indexes.fill_with(ColumnIndexes::default);
    }

    /// Puts `row` where the row with the same `sys_id` was.
    pub fn replace(&mut self, row: Row) {
        if let Ok(place) = self.rank(row.value(SYS_ID)) {
            let number = self.by_sys_id[place];
            self.leave_indexes(number);
            self.rows[number as usize] = Some(row);
            self.enter_indexes(number);
        }
    }

    pub fn remove(&mut self, sys_id: &str) -> Option<Row> {
        let place = self.rank(sys_id).ok()?;
        let number = self.by_sys_id.remove(place);
        self.leave_indexes(number);
        self.vacant.push(number);
        self.rows[number as usize].take()
    }

    fn store(&mut self, row: Row) -> u32 {
        match self.vacant.pop() {
            Some(number) => {
                self.rows[number as usize] = Some(row);
                number
            }
            None => {
                self.rows.push(Some(row));
                u32::try_from(self.rows.len() - 1).expect("memory ends before four billion rows")
            }
        }
    }

    fn enter_indexes(&mut self, number: u32) {
        for (position, index) in self.indexes.iter_mut().enumerate() {
            index.enter(&self.rows, position, number);
        }
    }

    fn leave_indexes(&mut self, number: u32) {
        for (position, index) in self.indexes.iter_mut().enumerate() {
            index.leave(&self.rows, position, number);
        }
    }

    fn rank(&self, sys_id: &str) -> Result<usize, usize> {
        self.by_sys_id.binary_search_by(|&number| {
            let row = self.rows[number as usize].as_ref();
            compare_ignoring_case(row.map_or("", |row| row.value(SYS_ID)), sys_id)
        })
    }
}

/// The first sixteen bytes; texts whose numbers differ are in the order of these.
fn beginning(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (place, byte) in text.bytes().take(bytes.len()).enumerate() {
        if !byte.is_ascii() {
            // They come after all others, and say no more here.
            bytes[place..].fill(u8::MAX);
            break;
        }
        bytes[place] = byte.to_ascii_uppercase();
    }
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::InternalType;

    fn table(sys_ids: &[&str]) -> Table {
        let mut table = Table::new(
            "u_test",
            vec![Column::new("sys_id", "Sys ID", InternalType::Guid)],
        );
        table.extend(sys_ids.iter().map(|sys_id| Row::new([*sys_id].into_iter())));
        table
    }

    #[test]
    fn bounds_include_what_they_say() {
        let table = table(&["d", "a", "c", "b"]);
        for (from, to, expected) in [
            (None, None, 0..4),
            (Some(("b", false)), None, 2..4),
            (Some(("b", true)), None, 1..4),
            (Some(("bb", false)), Some(("c", true)), 2..3),
            (Some(("c", false)), Some(("c", false)), 3..3),
            (None, Some(("a", false)), 0..0),
        ] {
            assert_eq!(table.ranks(from, to), expected, "{from:?} {to:?}");
        }
    }

    #[test]
    fn ids_are_in_the_order_of_the_usual_database() {
        let mut table = table(&["b_", "C", "bé", "a", "B", "bc"]);
        assert!(table.insert(Row::new(["Bb"].into_iter())));
        let sorted: Vec<_> = (0..table.len())
            .map(|place| table.at_rank(place).value(0))
            .collect();
        assert_eq!(sorted, ["a", "B", "Bb", "bc", "b_", "bé", "C"]);
        assert_eq!(table.ranks(Some(("b", false)), Some(("c", true))), 2..7);
        assert_eq!(table.find("BC").map(|row| row.value(0)), Some("bc"));
        assert!(!table.insert(Row::new(["bC"].into_iter())));
    }

    #[test]
    fn rows_keep_the_order_they_came_in() {
        let mut table = table(&["d", "a", "c"]);
        assert!(table.insert(Row::new(["b"].into_iter())));
        assert!(!table.insert(Row::new(["b"].into_iter())));
        let arrived: Vec<_> = table.rows().map(|row| row.value(0)).collect();
        let sorted: Vec<_> = (0..table.len())
            .map(|place| table.at_rank(place).value(0))
            .collect();
        assert_eq!(arrived, ["d", "a", "c", "b"]);
        assert_eq!(sorted, ["a", "b", "c", "d"]);
    }

    #[test]
    fn what_is_removed_is_gone_and_its_place_is_used_again() {
        let mut table = table(&["a", "b", "b"]);
        assert_eq!(table.len(), 2);
        assert!(table.remove("a").is_some());
        assert!(table.find("a").is_none());
        assert!(table.insert(Row::new(["c"].into_iter())));
        assert_eq!(table.rows.len(), 3);
    }
}
