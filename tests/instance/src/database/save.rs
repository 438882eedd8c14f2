//! Writes tables as JSON lines, in the form that is loaded again.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use serde_json::{Map, Value, json};

use super::{Database, Record};
use crate::dictionary::Column;

/// One `<table>.ndjson` for each table that has rows. How many rows were written.
pub fn save(database: &Database, directory: &Path) -> io::Result<usize> {
    fs::create_dir_all(directory)?;
    let mut written = 0;
    for definition in database.dictionary().tables() {
        let Some(class) = database
            .table(&definition.name)
            .filter(|class| class.len() > 0)
        else {
            continue;
        };
        let part = directory.join(format!("{}.ndjson.part", definition.name));
        let mut file = BufWriter::new(File::create(&part)?);
        for row in class.rows() {
            writeln!(file, "{}", line(Record { class, row }))?;
            written += 1;
        }
        file.flush()?;
        fs::rename(&part, directory.join(format!("{}.ndjson", definition.name)))?;
    }
    Ok(written)
}

fn line(record: Record<'_>) -> Value {
    let value = |column: &Column, value: &str| match column
        .reference_target()
        .filter(|_| !value.is_empty())
    {
        Some(target) => {
            json!({ "link": format!("https://INSTANCE/api/now/table/{target}/{value}"), "value": value })
        }
        None => value.into(),
    };
    let columns = record.class.columns().iter().enumerate();
    let fields: Map<String, Value> = columns
        .map(|(position, column)| {
            (
                column.element.clone(),
                value(column, record.row.value(position)),
            )
        })
        .collect();
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::parse_wire,
        database::{Identifiers, load, small_world},
    };

    #[test]
    fn what_is_saved_loads_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let mut database = Database::empty();
        small_world(&mut database, 3, parse_wire("2026-02-01 10:00:00").unwrap());
        let count = save(&database, directory.path()).unwrap();
        let mut loaded = Database::empty();
        load(
            &mut loaded,
            directory.path(),
            &mut Identifiers::for_purpose(1, "test"),
        )
        .unwrap();
        let rows = |database: &Database| -> Vec<String> {
            let classes = database
                .dictionary()
                .tables()
                .filter_map(|table| database.table(&table.name));
            classes
                .flat_map(|class| {
                    class
                        .rows()
                        .map(|row| line(Record { class, row }).to_string())
                })
                .collect()
        };
        assert_eq!(rows(&database).len(), count);
        assert_eq!(rows(&database), rows(&loaded));
    }
}
