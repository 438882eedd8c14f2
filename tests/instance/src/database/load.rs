//! Reads rows in the form the Table API gives them.
//!
//! A file `<table>.json` holds an array of rows; `<table>.ndjson` or `.jsonl` one row a line. A value
//! is a string, or an object with `value` and, for a reference, `link`; the link names the table it
//! refers to. Columns the dictionary does not know are added, with the type their values show.

use std::{
    fmt, fs,
    io::{self, BufRead},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{Database, Identifiers, Row};
use crate::dictionary::{Column, InternalType, TableDefinition};

/// Loads one file, or every file of a directory.
pub fn load(
    database: &mut Database,
    path: &Path,
    identifiers: &mut Identifiers,
) -> Result<(), LoadError> {
    let mut files = if path.is_dir() {
        files_of(path).map_err(|error| LoadError::read(path, error))?
    } else {
        vec![path.to_owned()]
    };
    // The list of tables first: it says what extends what.
    files.sort_by_key(|file| (table_name(file) != "sys_db_object", file.clone()));
    for file in files {
        let rows = read_rows(&file)?;
        let table = table_name(&file);
        if table == "sys_db_object" {
            define_listed_tables(database, &rows);
        }
        store(database, &table, rows, identifiers);
    }
    Ok(())
}

/// A file that cannot be loaded.
#[derive(Debug)]
pub struct LoadError {
    file: PathBuf,
    reason: String,
}

impl LoadError {
    fn read(file: &Path, error: io::Error) -> Self {
        LoadError {
            file: file.to_owned(),
            reason: error.to_string(),
        }
    }

    fn form(file: &Path, reason: impl Into<String>) -> Self {
        LoadError {
            file: file.to_owned(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.reason)
    }
}

impl std::error::Error for LoadError {}

fn files_of(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("json" | "ndjson" | "jsonl")) {
            files.push(path);
        }
    }
    Ok(files)
}

fn table_name(file: &Path) -> String {
    file.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

type Fields = Map<String, Value>;

fn read_rows(file: &Path) -> Result<Vec<Fields>, LoadError> {
    let opened = fs::File::open(file).map_err(|error| LoadError::read(file, error))?;
    let reader = io::BufReader::new(opened);
    if file
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let rows = serde_json::from_reader::<_, Value>(reader)
            .map_err(|error| LoadError::form(file, error.to_string()))?;
        // A saved answer is as good as its rows.
        let rows = match rows {
            Value::Object(mut envelope) => envelope.remove("result").unwrap_or_default(),
            rows => rows,
        };
        return serde_json::from_value(rows)
            .map_err(|_| LoadError::form(file, "not an array of rows"));
    }
    let mut rows = Vec::new();
    for (number, line) in reader.lines().enumerate() {
        let line = line.map_err(|error| LoadError::read(file, error))?;
        if !line.trim().is_empty() {
            let row = serde_json::from_str(&line)
                .map_err(|error| LoadError::form(file, format!("line {}: {error}", number + 1)))?;
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Rows of `sys_db_object` make the tables they list, parents included.
fn define_listed_tables(database: &mut Database, rows: &[Fields]) {
    let text = |row: &Fields, element: &str| row.get(element).map(text_of).unwrap_or_default();
    let name_of = |sys_id: &str| {
        rows.iter()
            .find(|row| text(row, "sys_id") == sys_id)
            .map(|row| text(row, "name"))
    };
    for row in rows {
        let name = text(row, "name");
        if name.is_empty() || database.table(&name).is_some() {
            continue;
        }
        let mut definition = TableDefinition::new(&name, &text(row, "label"));
        definition.super_class =
            name_of(&text(row, "super_class")).filter(|parent| *parent != name);
        database.define(definition);
    }
}

fn store(database: &mut Database, table: &str, rows: Vec<Fields>, identifiers: &mut Identifiers) {
    if database.table(table).is_none() {
        database.define(TableDefinition::new(table, table));
    }
    learn_columns(database, table, &rows);
    let Some(columns) = database.table(table).map(|table| table.columns().to_vec()) else {
        return;
    };
    let rows = rows.into_iter().map(|fields| {
        let values: Vec<String> = columns
            .iter()
            .map(|column| {
                match (
                    fields.get(&column.element).map(text_of),
                    column.element.as_str(),
                ) {
                    (Some(value), "sys_id") if !value.is_empty() => value,
                    (_, "sys_id") => identifiers.sys_id(),
                    (None, "sys_class_name") => table.to_owned(),
                    (value, _) => value.unwrap_or_default(),
                }
            })
            .collect();
        Row::new(values.iter().map(String::as_str))
    });
    database.extend(table, rows);
}

fn learn_columns(database: &mut Database, table: &str, rows: &[Fields]) {
    let mut unknown: Vec<&str> = Vec::new();
    for element in rows.iter().flat_map(Map::keys) {
        let known = database
            .table(table)
            .is_some_and(|table| table.position(element).is_some());
        if !known && !element.contains('.') && !unknown.contains(&element.as_str()) {
            unknown.push(element);
        }
    }
    for element in unknown {
        let column = column_shown_by(element, rows.iter().filter_map(|row| row.get(element)));
        database.add_column(table, &column);
    }
}

fn column_shown_by<'a>(element: &str, values: impl Iterator<Item = &'a Value>) -> Column {
    let mut texts = Vec::new();
    for value in values {
        if let Some(target) = value
            .get("link")
            .and_then(Value::as_str)
            .and_then(linked_table)
        {
            return Column::new(element, element, InternalType::Reference).referring_to(target);
        }
        texts.push(text_of(value));
    }
    texts.retain(|text| !text.is_empty());
    let all = |test: fn(&str) -> bool| !texts.is_empty() && texts.iter().all(|text| test(text));
    let internal_type = if all(|text| matches!(text, "true" | "false")) {
        InternalType::Boolean
    } else if all(|text| text.parse::<i64>().is_ok() && (text == "0" || !text.starts_with('0'))) {
        InternalType::Integer
    } else if all(|text| text.len() == 19 && crate::clock::parse_civil(text).is_some()) {
        InternalType::DateTime
    } else {
        InternalType::String
    };
    Column::new(element, element, internal_type)
}

/// The table in `…/api/now/table/<table>/<id>`.
fn linked_table(link: &str) -> Option<&str> {
    link.rsplit('/').nth(1).filter(|table| !table.is_empty())
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(parts) => parts.get("value").map(text_of).unwrap_or_default(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_show_the_type_of_a_column() {
        for (values, expected) in [
            (r#"["true","false",""]"#, InternalType::Boolean),
            (r#"["1","-20"]"#, InternalType::Integer),
            (r#"["007","1"]"#, InternalType::String),
            (r#"["2026-02-01 10:00:00"]"#, InternalType::DateTime),
            (r#"[""]"#, InternalType::String),
            (
                r#"["",{"link":"https://INSTANCE/api/now/table/sys_user/1","value":"1"}]"#,
                InternalType::Reference,
            ),
        ] {
            let values: Vec<Value> = serde_json::from_str(values).unwrap();
            assert_eq!(
                column_shown_by("u_x", values.iter()).internal_type,
                expected,
                "{values:?}"
            );
        }
    }
}
