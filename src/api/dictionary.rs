//! What the instance's dictionary says of the columns of a table.
//!
//! A table has the columns of every table that it extends, so the first question is for those
//! (`sys_db_object`) and the second for the columns of all of them (`sys_dictionary`). Where a child has a
//! column that its parent has too, the child's counts. A dot-walk goes on in the table that the reference
//! before the dot refers to. What the dictionary does not show is an error: a type is never guessed.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::query::{Operator, Query};
use crate::record::Record;

/// A column of a table, or one that a dot-walk leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// As it was asked for, dots and all.
    pub(crate) name: String,
    /// As `sys_glide_object` names it, such as `glide_date_time`.
    pub(crate) internal_type: String,
}

/// The columns of these names, in their order; all columns of the table by name where there are none.
///
/// `GET /api/now/table/sys_db_object` and `GET /api/now/table/sys_dictionary`, once for each table that a
/// dot-walk comes by, and as often as it extends three others.
///
/// # Errors
/// [`Status::NoDictionary`] where the dictionary does not show one of them, or nothing of a table, to this
/// user; whatever a read can fail with.
pub(crate) fn columns(client: &Client, table: &str, names: &[&str]) -> Result<Vec<Column>> {
    if names.is_empty() {
        let entries = entries(client, table, &BTreeSet::new())?;
        let all = entries.into_iter().map(|(name, entry)| Column {
            name,
            internal_type: entry.internal_type,
        });
        return Ok(all.collect());
    }
    let mut walks: Vec<Walk<'_>> = names.iter().map(|name| Walk::new(table, name)).collect();
    while let Some(table) = walks.iter().find_map(Walk::next_table) {
        let elements: BTreeSet<&str> = walks
            .iter()
            .filter(|walk| walk.next_table() == Some(table))
            .map(|walk| walk.step().0)
            .collect();
        let (table, entries) = (table.to_owned(), entries(client, table, &elements)?);
        for walk in &mut walks {
            if walk.next_table() == Some(&table) {
                walk.go(&table, &entries)?;
            }
        }
    }
    Ok(walks.into_iter().map(Walk::end).collect())
}

/// A way from a table to a column, through references.
struct Walk<'a> {
    name: &'a str,
    rest: &'a str,
    at: Place,
}

enum Place {
    Table(String),
    /// At the column, whose type this is.
    Column(String),
}

/// What the dictionary says of a column.
struct Entry {
    internal_type: String,
    /// The table that it refers to, or nothing.
    reference: String,
}

impl<'a> Walk<'a> {
    fn new(table: &str, name: &'a str) -> Walk<'a> {
        Walk {
            name,
            rest: name,
            at: Place::Table(table.to_owned()),
        }
    }

    fn next_table(&self) -> Option<&str> {
        match &self.at {
            Place::Table(table) => Some(table),
            Place::Column(_) => None,
        }
    }

    /// The name of the next column on the way, and what follows it.
    fn step(&self) -> (&'a str, Option<&'a str>) {
        match self.rest.split_once('.') {
            Some((element, rest)) => (element, Some(rest)),
            None => (self.rest, None),
        }
    }

    fn go(&mut self, table: &str, entries: &BTreeMap<String, Entry>) -> Result<()> {
        let (element, rest) = self.step();
        let Some(entry) = entries.get(element) else {
            let problem = format!("table {table} has no column {element} there");
            return Err(unknown(self.name, &problem));
        };
        match rest {
            None => self.at = Place::Column(entry.internal_type.clone()),
            Some(_) if entry.reference.is_empty() => {
                let problem = format!("column {element} of table {table} refers to no table there");
                return Err(unknown(self.name, &problem));
            }
            Some(rest) => {
                self.rest = rest;
                self.at = Place::Table(entry.reference.clone());
            }
        }
        Ok(())
    }

    fn end(self) -> Column {
        Column {
            name: self.name.to_owned(),
            internal_type: match self.at {
                Place::Column(internal_type) => internal_type,
                Place::Table(_) => unreachable!("a walk goes on while it is at a table"),
            },
        }
    }
}

/// More of them than this are not listed in a query: it would be too long for a URL.
const LISTED: usize = 60;

/// The columns of a table with these names; all of them where there is none.
fn entries(
    client: &Client,
    table: &str,
    elements: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Entry>> {
    let lineage = lineage(client, table)?;
    let tables: Vec<&str> = lineage.iter().map(String::as_str).collect();
    let mut query = Query::new();
    query.filter_in("name", &tables)?;
    query.filter("element", Operator::IsNotEmpty, None)?;
    query.filter("active", Operator::Ne, Some("false"))?;
    if (1..=LISTED).contains(&elements.len()) {
        let elements: Vec<&str> = elements.iter().copied().collect();
        query.filter_in("element", &elements)?;
    }
    query.fields("name,element,internal_type,reference")?;
    // The nearest table comes first in the lineage, and its columns count.
    let mut found: BTreeMap<String, (usize, Entry)> = BTreeMap::new();
    for row in rows(client, "sys_dictionary", query)? {
        let (owner, element) = (text(&row, "name"), text(&row, "element"));
        let Some(distance) = lineage.iter().position(|table| *table == owner) else {
            continue;
        };
        let entry = Entry {
            internal_type: text(&row, "internal_type"),
            reference: text(&row, "reference"),
        };
        if element.is_empty() || entry.internal_type.is_empty() {
            continue;
        }
        if found
            .get(&element)
            .is_none_or(|(known, _)| distance < *known)
        {
            found.insert(element, (distance, entry));
        }
    }
    if found.is_empty() && elements.is_empty() {
        let problem = format!("sys_dictionary shows this user no column of table {table}");
        return Err(no_dictionary(&problem));
    }
    let columns = found.into_iter().map(|(name, (_, entry))| (name, entry));
    Ok(columns.collect())
}

/// A table and all that it extends, itself first.
fn lineage(client: &Client, table: &str) -> Result<Vec<String>> {
    // Three at a time: few tables extend more.
    const STEPS: [&str; 3] = ["name", "super_class.name", "super_class.super_class.name"];
    let mut lineage: Vec<String> = Vec::new();
    let mut next = Some(table.to_owned());
    while let Some(table) = next.take() {
        let mut query = Query::new();
        query.filter("name", Operator::Eq, Some(&table))?;
        query.fields(&STEPS.join(","))?;
        let found = rows(client, "sys_db_object", query)?;
        let Some(row) = found.first() else {
            let problem = format!("sys_db_object shows this user no table {table}");
            return Err(no_dictionary(&problem));
        };
        let steps: Vec<String> = STEPS.iter().map(|step| text(row, step)).collect();
        let known = steps.iter().take_while(|name| !name.is_empty()).count();
        for name in &steps[..known] {
            if !lineage.contains(name) {
                lineage.push(name.clone());
                // The last one may extend another.
                next = (known == STEPS.len()).then(|| name.clone());
            }
        }
    }
    Ok(lineage)
}

/// The rows of a table that describes tables. Nothing of it is refused to those who may not read it: they
/// are told what that means here.
fn rows(client: &Client, table: &str, mut query: Query) -> Result<Vec<Record>> {
    query.exclude_reference_link(true);
    let mut cursor = client.table_list(table, Some(&query))?;
    let mut rows = Vec::new();
    loop {
        match cursor.next_record() {
            Ok(Some(row)) => rows.push(row),
            Ok(None) => return Ok(rows),
            Err(error) if error.status() == Status::Forbidden => {
                return Err(no_dictionary(&format!(
                    "this user may not read {table} ({error})"
                )));
            }
            Err(error) => return Err(error),
        }
    }
}

fn text(row: &Record, field: &str) -> String {
    row.get(field).unwrap_or_default().into_owned()
}

fn unknown(name: &str, problem: &str) -> Error {
    no_dictionary(&format!(
        "the dictionary does not show field {name} to this user: {problem}"
    ))
}

fn no_dictionary(problem: &str) -> Error {
    let message = format!(
        "{problem}; without its type a column can only be had as text: name the fields and ask for all \
         text"
    );
    Error::new(Status::NoDictionary, message)
}
