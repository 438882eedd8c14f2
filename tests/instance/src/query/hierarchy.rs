//! Records that stand in for others: dynamic filter options, and hierarchies within a table.
//!
//! Both are rows that may be changed: `sys_filter_option_dynamic` names a script, and
//! `sys_record_hierarchy` a table and the field by which its records refer to one another.

use std::collections::{HashMap, VecDeque};

use super::{Viewer, script};
use crate::database::{Database, Record};

/// The ids a filter option stands for; `None` for one that is not there, or whose script is none of those known.
pub fn dynamic(database: &Database, option: &str, viewer: &Viewer) -> Option<Vec<String>> {
    let script = database
        .find("sys_filter_option_dynamic", option)?
        .value("script");
    match script.trim_end_matches(';') {
        "getMyGroups()" => Some(groups_of(database, &viewer.sys_id)),
        script => script::evaluate(script, viewer).map(|value| vec![value]),
    }
}

fn groups_of(database: &Database, user: &str) -> Vec<String> {
    let Some(members) = database.table("sys_user_grmember") else {
        return Vec::new();
    };
    members
        .rows_where("user", user)
        .map(|row| Record {
            class: members,
            row,
        })
        .map(|member| member.value("group").to_owned())
        .collect()
}

/// `<hierarchy>@<start>`; the `@` may have been encoded once more.
pub fn parts(text: &str) -> Option<(&str, &str)> {
    text.split_once('@').or_else(|| text.split_once("%40"))
}

/// The records at which it starts, and all below them, at any depth.
pub fn members(
    database: &Database,
    hierarchy: &str,
    start: &[String],
) -> Option<HashMap<String, usize>> {
    let definition = database.find("sys_record_hierarchy", hierarchy)?;
    let (table, field) = (
        definition.value("table"),
        definition.value("reference_field"),
    );
    database.table(table)?.column(field)?;
    let mut members: HashMap<String, usize> = HashMap::new();
    let mut next: VecDeque<String> = start.iter().cloned().collect();
    while let Some(above) = next.pop_front() {
        // A record that is below itself is met once.
        if above.is_empty() || members.insert(above.clone(), 1).is_some() {
            continue;
        }
        for class in database.classes(table) {
            let below = class.rows_where(field, &above);
            next.extend(below.map(|row| Record { class, row }.sys_id().to_owned()));
        }
    }
    Some(members)
}
