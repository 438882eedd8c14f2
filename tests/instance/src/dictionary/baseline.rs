//! Reads `baseline.txt`. The file is part of the program: a mistake in it is a mistake of ours and
//! stops the tests, so reading it expects instead of reporting.

use super::{Choice, Column, InternalType, TableDefinition};

pub(super) fn tables() -> Vec<TableDefinition> {
    let mut tables: Vec<TableDefinition> = Vec::new();
    for line in include_str!("baseline.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.strip_prefix("  ") {
            Some(column) => {
                tables
                    .last_mut()
                    .expect("baseline.txt begins with a table")
                    .own_columns
                    .push(parse_column(column));
            }
            None => tables.push(parse_table(line)),
        }
    }
    tables
}

fn parse_table(line: &'static str) -> TableDefinition {
    let mut parts = line.split('|').map(str::trim);
    let heading = parts.next().unwrap_or_default();
    let (name, parent) = match heading.split_once(" < ") {
        Some((name, parent)) => (name, Some(parent.to_owned())),
        None => (heading, None),
    };
    let mut table = TableDefinition::new(name, parts.next().expect("a table has a label"));
    table.super_class = parent;
    for attribute in parts.next().unwrap_or_default().split_whitespace() {
        match attribute
            .split_once('=')
            .expect("an attribute is key=value")
        {
            ("display", column) => table.display = Some(column.to_owned()),
            ("prefix", prefix) => table.number_prefix = Some(prefix.to_owned()),
            (other, _) => panic!("baseline.txt: unknown attribute {other} of {name}"),
        }
    }
    table
}

fn parse_column(line: &'static str) -> Column {
    let mut parts = line.split('|').map(str::trim);
    let element = parts.next().unwrap_or_default();
    let kind = parts.next().expect("a column has a type");
    let (type_name, target) = match kind.split_once(' ') {
        Some((type_name, target)) => (type_name, Some(target.to_owned())),
        None => (kind, None),
    };
    let label = parts.next().expect("a column has a label");
    let mut column = Column::new(element, label, InternalType::from_name(type_name));
    column.reference = target;
    for choice in parts
        .next()
        .unwrap_or_default()
        .split(';')
        .filter(|choice| !choice.is_empty())
    {
        let (value, label) = choice
            .trim()
            .split_once('=')
            .expect("a choice is value=label");
        column.choices.push(Choice {
            value: value.to_owned(),
            label: label.to_owned(),
        });
    }
    column
}
