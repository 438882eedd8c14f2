//! What the instance's dictionary says of the columns of a table.
//!
//! A table has the columns of every table that it extends, so the first question is for those
//! (`sys_db_object`) and the second for the columns of all of them (`sys_dictionary`). Where a child has a
//! column that its parent has too, the child's counts. A dot-walk goes on in the table that the reference
//! before the dot refers to. What the dictionary does not show is an error: a type is never guessed. Access
//! controls hide what they hide without a word, so a table of which it cannot be seen what it extends has columns
//! that nobody knows of, and is not one that extends nothing.

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
/// dot-walk comes by, and as often as it extends two others.
///
/// # Errors
/// [`Status::NoDictionary`] where the dictionary does not show one of them to this user, or, where all are asked
/// for, a table that this one extends, or `sys_id`; whatever a read can fail with.
pub(crate) fn columns(client: &Client, table: &str, names: &[&str]) -> Result<Vec<Column>> {
    if names.is_empty() {
        let entries = entries(client, table, &BTreeSet::new())?;
        if let Some(gap) = entries.gap {
            return Err(no_dictionary(&gap));
        }
        if !entries.columns.contains_key("sys_id") {
            return Err(entries.unknown("sys_id", table, "sys_id"));
        }
        let all = entries.columns.into_iter().map(|(name, entry)| Column {
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

/// What the dictionary says of a table.
struct Entries {
    columns: BTreeMap<String, Entry>,
    gap: Option<String>,
}

/// A table and those that it extends, itself first, the nearest next.
struct Lineage {
    tables: Vec<String>,
    /// Why there may be more of them, in words. What the nearer ones have is known all the same.
    gap: Option<String>,
}

impl Entries {
    fn unknown(&self, name: &str, table: &str, element: &str) -> Error {
        match &self.gap {
            Some(gap) => unknown(name, gap),
            None => unknown(
                name,
                &format!("table {table} has no column {element} there"),
            ),
        }
    }
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

    fn go(&mut self, table: &str, entries: &Entries) -> Result<()> {
        let (element, rest) = self.step();
        let Some(entry) = entries.columns.get(element) else {
            return Err(entries.unknown(self.name, table, element));
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
fn entries(client: &Client, table: &str, elements: &BTreeSet<&str>) -> Result<Entries> {
    let lineage = lineage(client, table)?;
    let tables: Vec<&str> = lineage.tables.iter().map(String::as_str).collect();
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
        let Some(distance) = tables.iter().position(|table| *table == owner) else {
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
    let mut columns: BTreeMap<String, Entry> = columns.collect();
    // Tags come with the rows of any table, though they are kept in none.
    columns
        .entry("sys_tags".to_owned())
        .or_insert_with(|| Entry {
            internal_type: "related_tags".to_owned(),
            reference: String::new(),
        });
    Ok(Entries {
        columns,
        gap: lineage.gap,
    })
}

/// More of them than this no table extends; a dictionary that says so has no end.
const MOST_TABLES: usize = 50;

/// A table and all that it extends.
fn lineage(client: &Client, table: &str) -> Result<Lineage> {
    let mut tables = vec![table.to_owned()];
    loop {
        let last = tables.last().expect("the table itself is one");
        let (parents, end) = extended(client, last)?;
        for parent in parents {
            if tables.contains(&parent) {
                // A circle has no other tables.
                return Ok(Lineage { tables, gap: None });
            }
            tables.push(parent);
        }
        let gap = match end {
            End::Root => None,
            End::Hidden(problem) => Some(problem),
            End::Open if tables.len() <= MOST_TABLES => continue,
            End::Open => Some(format!(
                "table {table} extends more than {MOST_TABLES} others there"
            )),
        };
        return Ok(Lineage { tables, gap });
    }
}

/// What comes after the last table that was read.
enum End {
    /// It extends nothing.
    Root,
    /// This user may not see it, and why that is so.
    Hidden(String),
    Open,
}

/// Some of the tables that a table extends, the nearest first.
fn extended(client: &Client, table: &str) -> Result<(Vec<String>, End)> {
    // The table that one extends, and its name. Two at a time: few tables extend more.
    const STEPS: [(&str, &str); 2] = [
        ("super_class", "super_class.name"),
        ("super_class.super_class", "super_class.super_class.name"),
    ];
    let mut query = Query::new();
    query.filter("name", Operator::Eq, Some(table))?;
    let fields: Vec<&str> = STEPS.iter().flat_map(|step| [step.0, step.1]).collect();
    query.fields(&format!("name,{}", fields.join(",")))?;
    query.limit(1)?;
    let found = rows(client, "sys_db_object", query)?;
    // Of an instance that leaves the condition out it is the row of any table.
    let Some(row) = found.first().filter(|row| text(row, "name") == table) else {
        let problem = format!("sys_db_object shows this user no table {table}");
        return Ok((Vec::new(), End::Hidden(problem)));
    };
    let mut parents: Vec<String> = Vec::new();
    for (reference, name) in STEPS {
        if row.get(reference).as_deref() == Some("") {
            return Ok((parents, End::Root));
        }
        let parent = text(row, name);
        if parent.is_empty() {
            let last = parents.last().map_or(table, String::as_str);
            let problem =
                format!("sys_db_object does not show this user what table {last} extends");
            return Ok((parents, End::Hidden(problem)));
        }
        parents.push(parent);
    }
    Ok((parents, End::Open))
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

/// The dictionary does not show a field for this reason.
pub(crate) fn unknown(name: &str, problem: &str) -> Error {
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
