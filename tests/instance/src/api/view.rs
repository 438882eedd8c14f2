//! Views: which fields of a table are shown under a name.
//!
//! A view is a row of `sys_ui_view`. What a table shows in it is a list of `sys_ui_list`, with one
//! `sys_ui_list_element` for each field, in the order of their positions; a table without a list of
//! its own has that of the nearest table it extends. Where there is no list, all fields are shown.

use crate::database::{Database, Record};

/// `sys_id` and the fields of the list; `None` if there is none.
pub fn fields(database: &Database, table: &str, view: &str) -> Option<Vec<String>> {
    let view = database
        .find_by("sys_ui_view", "name", view)
        .or_else(|| database.find_by("sys_ui_view", "title", view))?;
    let list = database
        .dictionary()
        .ancestry(table)
        .find_map(|ancestor| list_of(database, &ancestor.name, view.sys_id()))?;
    let elements = database.table("sys_ui_list_element")?;
    let mut elements: Vec<Record> = elements
        .rows_where("list_id", list.sys_id())
        .map(|row| Record {
            class: elements,
            row,
        })
        .collect();
    elements.sort_by_key(|element| element.value("position").parse::<i64>().unwrap_or(i64::MAX));
    let fields = elements
        .iter()
        .map(|element| element.value("element").to_owned());
    let fields: Vec<String> = std::iter::once("sys_id".to_owned()).chain(fields).collect();
    (fields.len() > 1).then_some(fields)
}

fn list_of<'a>(database: &'a Database, table: &str, view: &str) -> Option<Record<'a>> {
    let lists = database.table("sys_ui_list")?;
    lists
        .rows_where("name", table)
        .map(|row| Record { class: lists, row })
        .find(|list| list.value("view") == view)
}
