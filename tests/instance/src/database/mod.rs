//! All records of the instance.
//!
//! A record is stored once, in the table of its own class. Reading a parent table (`task`, `cmdb_ci`)
//! reads the tables of all its children as well; a reference to a parent finds the record in the
//! child. Records that exist but refer to nothing are fine: real data is like that.

mod describe;
mod furnish;
mod generate;
mod identifiers;
mod index;
mod load;
mod row;
mod save;
mod table;

use std::collections::BTreeMap;

pub use furnish::furnish;
pub use generate::{generate, small_world};
use identifiers::fold;
pub use identifiers::{Identifiers, is_sys_id};
pub use load::load;
pub use row::{Row, RowBuilder};
pub use save::save;
pub use table::Table;

use crate::dictionary::{Column, Dictionary, TableDefinition};

/// The dictionary and the rows.
#[derive(Debug)]
pub struct Database {
    dictionary: Dictionary,
    tables: BTreeMap<String, Table>,
    /// The highest number given out so far, per number prefix.
    numbers: BTreeMap<String, u64>,
}

/// One record where it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub class: &'a Table,
    pub row: &'a Row,
}

impl<'a> Record<'a> {
    /// The stored value; empty where the class has no such column.
    pub fn value(&self, element: &str) -> &'a str {
        self.class
            .position(element)
            .map_or("", |position| self.row.value(position))
    }

    pub fn sys_id(&self) -> &'a str {
        self.row.value(0)
    }
}

impl Database {
    /// Well-known tables without a row.
    pub fn empty() -> Self {
        let dictionary = Dictionary::baseline();
        let mut database = Database {
            dictionary,
            tables: BTreeMap::new(),
            numbers: BTreeMap::new(),
        };
        let names: Vec<String> = database
            .dictionary
            .tables()
            .map(|table| table.name.clone())
            .collect();
        for name in names {
            database.open(&name);
        }
        database
    }

    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// The table and the tables of all classes that extend it.
    pub fn classes<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Table> + use<'a> {
        self.dictionary
            .classes(name)
            .into_iter()
            .filter_map(|class| self.tables.get(class))
    }

    /// A record of the table or of a class that extends it.
    pub fn find<'a>(&'a self, table: &str, sys_id: &str) -> Option<Record<'a>> {
        let own = self.tables.get(table)?;
        if let Some(row) = own.find(sys_id) {
            return Some(Record { class: own, row });
        }
        self.classes(table)
            .skip(1)
            .find_map(|class| class.find(sys_id).map(|row| Record { class, row }))
    }

    /// The first record whose column holds exactly this value.
    pub fn find_by<'a>(&'a self, table: &str, element: &str, value: &str) -> Option<Record<'a>> {
        self.classes(table).find_map(|class| {
            let position = class.position(element)?;
            let row = class
                .rows_where(element, value)
                .find(|row| row.value(position) == value)?;
            Some(Record { class, row })
        })
    }

    /// The first record whose column holds this value, whatever its case.
    pub fn find_named<'a>(&'a self, table: &str, element: &str, value: &str) -> Option<Record<'a>> {
        self.classes(table).find_map(|class| {
            let row = class.rows_where(element, value).next()?;
            Some(Record { class, row })
        })
    }

    pub fn define(&mut self, definition: TableDefinition) {
        let name = definition.name.clone();
        self.dictionary.define(definition);
        self.open(&name);
    }

    /// Adds a column to a table and to all that extend it.
    pub fn add_column(&mut self, table: &str, column: &Column) {
        self.dictionary.add_column(table, column.clone());
        let classes: Vec<String> = self
            .dictionary
            .classes(table)
            .into_iter()
            .map(str::to_owned)
            .collect();
        for class in classes {
            if let Some(class) = self.tables.get_mut(&class) {
                class.add_column(column.clone());
            }
        }
    }

    /// Stores a record given by column names. `false` if the table does not exist or the id is taken.
    pub fn insert<'v>(&mut self, table: &str, values: impl Fn(&str) -> &'v str) -> bool {
        let Some(table) = self.tables.get_mut(table) else {
            return false;
        };
        let row = Row::new(table.columns().iter().map(|column| values(&column.element)));
        table.insert(row)
    }

    /// Stores many rows of one class, each made for the columns of that class.
    pub fn extend(&mut self, table: &str, rows: impl Iterator<Item = Row>) {
        if let Some(table) = self.tables.get_mut(table) {
            table.extend(rows);
        }
    }

    /// Writes some values of a record, by column position in its class.
    pub fn update(&mut self, class: &str, sys_id: &str, changes: &[(usize, String)]) {
        let Some(table) = self.tables.get_mut(class) else {
            return;
        };
        let columns = table.columns().len();
        if let Some(row) = table.find(sys_id).map(|row| row.with(columns, changes)) {
            table.replace(row);
        }
    }

    /// Stores a record made for the columns of its class. `false` if its id is taken.
    pub fn insert_row(&mut self, class: &str, row: Row) -> bool {
        self.tables
            .get_mut(class)
            .is_some_and(|table| table.insert(row))
    }

    /// Puts a record where the one with its id is.
    pub fn replace(&mut self, class: &str, row: Row) {
        if let Some(table) = self.tables.get_mut(class) {
            table.replace(row);
        }
    }

    pub fn remove(&mut self, class: &str, sys_id: &str) -> Option<Row> {
        self.tables.get_mut(class)?.remove(sys_id)
    }

    /// The next record number of a table, such as `INC0010001`; `None` if it does not number its records.
    pub fn next_number(&mut self, table: &str) -> Option<String> {
        let prefix = self.dictionary.number_prefix(table)?.to_owned();
        let last = self.numbers.entry(prefix.clone()).or_insert(FIRST_NUMBER);
        *last += 1;
        Some(format!("{prefix}{last:07}"))
    }

    /// A number that stands for the ids of all rows; 0 where there is none.
    pub fn fingerprint(&self) -> u64 {
        let ids = self.tables.values().flat_map(Table::rows);
        ids.map(|row| fold(0, row.value(0)))
            .fold(0, u64::wrapping_add)
    }

    /// Remembers the numbers the rows already carry, so that new ones come after them.
    pub fn count_numbers(&mut self) {
        for table in self.tables.values() {
            let Some(prefix) = self.dictionary.number_prefix(table.name()) else {
                continue;
            };
            let Some(position) = table.position("number") else {
                continue;
            };
            let highest = table
                .rows()
                .filter_map(|row| {
                    row.value(position)
                        .strip_prefix(prefix)?
                        .parse::<u64>()
                        .ok()
                })
                .max()
                .unwrap_or(0);
            let last = self
                .numbers
                .entry(prefix.to_owned())
                .or_insert(FIRST_NUMBER);
            *last = (*last).max(highest);
        }
    }

    fn open(&mut self, name: &str) {
        let columns = self.dictionary.columns(name);
        self.tables
            .entry(name.to_owned())
            .or_insert_with(|| Table::new(name, columns));
    }
}

/// An instance fresh from the factory numbers its first own incident INC0010001.
const FIRST_NUMBER: u64 = 10_000;
