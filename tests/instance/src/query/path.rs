//! A field, or a walk through references to one: `caller_id.department.name`.

use crate::{
    database::{Database, Record, Table},
    dictionary::Column,
    rules::{Access, Operation},
};

/// A field, or a walk through references to one.
#[derive(Clone, Debug)]
pub struct Path {
    elements: Vec<String>,
    /// The tables the walk enters, one for each dot.
    targets: Vec<String>,
    column: Column,
}

impl Path {
    /// `None` if a part of the name is no column, or not a reference where it must be one.
    pub fn resolve(database: &Database, table: &str, name: &str) -> Option<Path> {
        let elements: Vec<String> = name.split('.').map(str::to_owned).collect();
        let mut targets = Vec::new();
        let mut column = database.table(table)?.column(&elements[0])?;
        for element in &elements[1..] {
            let target = column.reference_target()?;
            column = database.table(target)?.column(element)?;
            targets.push(target.to_owned());
        }
        Some(Path {
            column: column.clone(),
            elements,
            targets,
        })
    }

    /// The column at the end of the walk.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// The stored value at the end of the walk; empty where a reference on the way is.
    pub fn value<'a>(&'a self, database: &'a Database, record: Record<'a>) -> &'a str {
        self.last_record(database, record)
            .map_or("", |(record, element)| record.value(element))
    }

    /// The record the last element is read from; `None` where a reference on the way leads nowhere.
    pub fn last_record<'a>(
        &'a self,
        database: &'a Database,
        record: Record<'a>,
    ) -> Option<(Record<'a>, &'a str)> {
        let mut record = record;
        for (element, target) in self.elements.iter().zip(&self.targets) {
            record = database.find(target, record.value(element))?;
        }
        self.elements
            .last()
            .map(|element| (record, element.as_str()))
    }

    /// Whether the caller may read every field on the way.
    pub fn is_readable(&self, database: &Database, table: &str, access: &Access) -> bool {
        let tables = std::iter::once(table).chain(self.targets.iter().map(String::as_str));
        access.is_open()
            || tables.zip(&self.elements).all(|(table, element)| {
                access.allows_field(database, Operation::Read, table, element)
            })
    }

    /// Whether the caller may read every field on the way from this record.
    pub fn is_readable_in(&self, database: &Database, record: Record<'_>, access: &Access) -> bool {
        let mut at = Some(record);
        self.elements.iter().enumerate().all(|(step, element)| {
            let Some(record) = at else {
                return true;
            };
            let target = self.targets.get(step);
            at = target.and_then(|target| database.find(target, record.value(element)));
            access.allows_field_of(database, Operation::Read, record, element)
        })
    }

    /// Whether any field on the way is guarded, in whatever table.
    pub fn is_guarded(&self, access: &Access) -> bool {
        self.elements
            .iter()
            .any(|element| access.guards_field(Operation::Read, element))
    }

    /// Whether it is a column of the record itself.
    pub(super) fn is_own(&self) -> bool {
        self.targets.is_empty()
    }

    /// The position of the column in a class, if it is a column of the record itself.
    pub(super) fn own_position(&self, class: &Table) -> Option<usize> {
        class
            .position(&self.column.element)
            .filter(|_| self.is_own())
    }

    pub(super) fn is_sys_id(&self) -> bool {
        self.is_own() && self.elements[0] == "sys_id"
    }
}
