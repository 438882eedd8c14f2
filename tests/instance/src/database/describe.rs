//! The tables that describe the tables: `sys_db_object`, `sys_dictionary`, `sys_choice`.
//!
//! They are filled once, from the dictionary as it is after loading, so that a client that discovers
//! the schema finds what is really there. Rows that were loaded stay as they are.

use std::collections::HashSet;

use super::{Database, Identifiers, Row};
use crate::dictionary::{Column, Dictionary, TableDefinition};

impl Database {
    /// Adds a row for every table, column and choice that has none yet.
    pub fn describe_itself(&mut self, seed: u64, now: &str) {
        let mut scribe = Scribe {
            identifiers: Identifiers::for_purpose(seed, "sys_dictionary"),
            now: now.to_owned(),
            described: self.keys_of("sys_dictionary", COLUMN_KEY),
            chosen: self.keys_of("sys_choice", CHOICE_KEY),
        };
        let definitions: Vec<TableDefinition> = self.dictionary.tables().cloned().collect();
        let ids: Vec<(String, String)> = definitions
            .iter()
            .map(|table| {
                let known = self
                    .find_by("sys_db_object", "name", &table.name)
                    .map(|record| record.sys_id().to_owned());
                (
                    table.name.clone(),
                    known.unwrap_or_else(|| scribe.identifiers.sys_id()),
                )
            })
            .collect();
        for table in &definitions {
            scribe.describe_table(self, table, &ids);
            scribe.describe_columns(self, table);
        }
    }

    /// What the rows of a table hold in these columns.
    fn keys_of<const N: usize>(&self, table: &str, elements: [&str; N]) -> HashSet<[String; N]> {
        let Some(table) = self.table(table) else {
            return HashSet::new();
        };
        let positions = elements.map(|element| table.position(element));
        let key = |row: &Row| {
            positions.map(|position| {
                position
                    .map_or("", |position| row.value(position))
                    .to_owned()
            })
        };
        table.rows().map(key).collect()
    }
}

/// What tells one row of `sys_dictionary` from another.
const COLUMN_KEY: [&str; 2] = ["name", "element"];
/// The same of `sys_choice`.
const CHOICE_KEY: [&str; 4] = ["name", "element", "value", "language"];

/// That of the labels.
const LANGUAGE: &str = "en";

struct Scribe {
    identifiers: Identifiers,
    now: String,
    /// The columns that have a row.
    described: HashSet<[String; COLUMN_KEY.len()]>,
    /// The choices that have one.
    chosen: HashSet<[String; CHOICE_KEY.len()]>,
}

impl Scribe {
    fn describe_table(
        &mut self,
        database: &mut Database,
        table: &TableDefinition,
        ids: &[(String, String)],
    ) {
        let id_of = |name: &str| {
            ids.iter()
                .find(|(known, _)| known == name)
                .map_or("", |(_, sys_id)| sys_id)
        };
        let own = id_of(&table.name);
        if database.find("sys_db_object", own).is_some() {
            return;
        }
        let parent = table.super_class.as_deref().map_or("", id_of);
        let extendable = database.dictionary().classes(&table.name).len() > 1;
        self.insert(
            database,
            "sys_db_object",
            own,
            &[
                ("name", &table.name),
                ("label", &table.label),
                ("sys_name", &table.label),
                ("super_class", parent),
                ("is_extendable", truth(extendable)),
                ("ws_access", "true"),
                ("read_access", "true"),
                ("create_access", "true"),
                ("update_access", "true"),
                ("delete_access", "true"),
                ("access", "public"),
            ],
        );
    }

    fn describe_columns(&mut self, database: &mut Database, table: &TableDefinition) {
        self.describe_column(database, &table.name, None, false);
        let display = database
            .dictionary()
            .display_column(&table.name)
            .map(str::to_owned);
        let mut columns = table.own_columns.clone();
        if table.super_class.is_none() {
            columns.splice(0..0, Dictionary::system_columns());
        }
        for column in &columns {
            let is_display = display.as_deref() == Some(&column.element);
            self.describe_column(database, &table.name, Some(column), is_display);
            self.describe_choices(database, &table.name, column);
        }
    }

    fn describe_column(
        &mut self,
        database: &mut Database,
        table: &str,
        column: Option<&Column>,
        display: bool,
    ) {
        let element = column.map_or("", |column| &column.element);
        if self
            .described
            .contains(&[table, element].map(str::to_owned))
        {
            return;
        }
        let length = column.map_or(String::new(), |column| column.max_length.to_string());
        let has_choices = column.is_some_and(|column| !column.choices.is_empty());
        let sys_id = self.identifiers.sys_id();
        self.insert(
            database,
            "sys_dictionary",
            &sys_id,
            &[
                ("name", table),
                ("element", element),
                ("column_label", column.map_or("", |column| &column.label)),
                (
                    "internal_type",
                    column.map_or("collection", |column| column.internal_type.name()),
                ),
                ("max_length", &length),
                (
                    "reference",
                    column
                        .and_then(|column| column.reference.as_deref())
                        .unwrap_or_default(),
                ),
                ("mandatory", "false"),
                ("read_only", "false"),
                (
                    "primary",
                    truth(column.is_some_and(|column| column.element == "sys_id")),
                ),
                ("display", truth(display)),
                ("active", "true"),
                ("choice", if has_choices { "1" } else { "0" }),
            ],
        );
    }

    fn describe_choices(&mut self, database: &mut Database, table: &str, column: &Column) {
        for (sequence, choice) in column.choices.iter().enumerate() {
            let key = [table, &column.element, &choice.value, LANGUAGE].map(str::to_owned);
            if self.chosen.contains(&key) {
                continue;
            }
            let sys_id = self.identifiers.sys_id();
            self.insert(
                database,
                "sys_choice",
                &sys_id,
                &[
                    ("name", table),
                    ("element", &column.element),
                    ("value", &choice.value),
                    ("label", &choice.label),
                    ("language", LANGUAGE),
                    ("inactive", "false"),
                    ("sequence", &sequence.to_string()),
                ],
            );
        }
    }

    fn insert(&self, database: &mut Database, table: &str, sys_id: &str, values: &[(&str, &str)]) {
        database.insert(table, |element| match element {
            "sys_id" => sys_id,
            "sys_class_name" => table,
            "sys_created_on" | "sys_updated_on" => &self.now,
            "sys_created_by" | "sys_updated_by" => "system",
            "sys_mod_count" => "0",
            _ => values
                .iter()
                .find(|(known, _)| *known == element)
                .map_or("", |(_, value)| value),
        });
    }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
