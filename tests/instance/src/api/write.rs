//! Creating, changing and deleting records.
//!
//! PUT and PATCH are one: only what is sent changes. A write answers with the record as it is
//! afterwards. Fields that do not exist are ignored, and a change that changes nothing leaves
//! `sys_mod_count` and `sys_updated_on` alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Call,
    input::{self, Input},
    record,
};
use crate::{
    answer::{Answer, Failure},
    clock::wire_text,
    database::{Database, Record, is_sys_id},
    query::Viewer,
    request::Request,
};

pub fn create(call: &Call, table: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    if database.table(table).is_none() {
        return Err(Failure::invalid_table(table));
    }
    let fields = body_fields(call.request)?;
    let viewer = call.instance.viewer(&database, &call.caller);
    let mut values = initial_values(&mut database, table, &viewer);
    values.extend(stored_values(call, &database, table, &fields, &viewer));
    let sys_id = match values.get("sys_id").filter(|given| is_sys_id(given)) {
        Some(given) => given.clone(),
        None => call.instance.identifiers.write().sys_id(),
    };
    values.insert("sys_id".into(), sys_id.clone());
    values.extend(created_by(&viewer));
    if database.find(table, &sys_id).is_some() {
        let detail = format!(
            "Error during insert of {table} ({sys_id}): Unique Key violation detected by database \
             (Duplicate entry '{sys_id}' for key 'PRIMARY')"
        );
        return Err(Failure::operation_failed(&detail));
    }
    database.insert(table, |element| {
        values.get(element).map_or("", String::as_str)
    });
    let location = format!("{}/{table}/{sys_id}", call.path.table_base(call.request));
    written(call, &database, table, &sys_id, 201).map(|answer| answer.with("Location", &location))
}

pub fn update(call: &Call, table: &str, sys_id: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    if database.table(table).is_none() {
        return Err(Failure::invalid_table(table));
    }
    let fields = body_fields(call.request)?;
    let viewer = call.instance.viewer(&database, &call.caller);
    let record = database
        .find(table, sys_id)
        .ok_or_else(Failure::no_record)?;
    let class = record.class.name().to_owned();
    let mut changes: Vec<(usize, String)> = Vec::new();
    for (element, value) in stored_values(call, &database, &class, &fields, &viewer) {
        let Some(position) = record.class.position(&element) else {
            continue;
        };
        if !is_kept_by_engine(&element) && record.row.value(position) != value {
            changes.push((position, value));
        }
    }
    if !changes.is_empty() {
        changes.extend(updated_by(record, &viewer));
        database.update(&class, sys_id, &changes);
    }
    written(call, &database, table, sys_id, 200)
}

pub fn delete(call: &Call, table: &str, sys_id: &str) -> Result<Answer, Failure> {
    if !call.request.body.is_empty() {
        return Err(Failure::unreadable("DELETE requests cannot have a body"));
    }
    let mut database = call.instance.database.write();
    if database.table(table).is_none() {
        return Err(Failure::invalid_table(table));
    }
    let viewer = call.instance.viewer(&database, &call.caller);
    let record = database
        .find(table, sys_id)
        .ok_or_else(Failure::no_record)?;
    let class = record.class.name().to_owned();
    let display = database
        .dictionary()
        .display_column(&class)
        .map_or("", |element| record.value(element))
        .to_owned();
    database.remove(&class, sys_id);
    let audit_id = call.instance.identifiers.write().sys_id();
    let stamp = created_by(&viewer);
    database.insert("sys_audit_delete", |element| match element {
        "sys_id" => &audit_id,
        "tablename" => &class,
        "documentkey" => sys_id,
        "display_value" => &display,
        _ => stamp.get(element).map_or("", String::as_str),
    });
    Ok(Answer::empty(204))
}

fn written(
    call: &Call,
    database: &Database,
    table: &str,
    sys_id: &str,
    status: u16,
) -> Result<Answer, Failure> {
    let record = database
        .find(table, sys_id)
        .ok_or_else(Failure::no_record)?;
    let mut answer = record::answer(call, database, table, record, status);
    if call.request.header("x-no-response-body") == Some("true") {
        answer.body.clear();
    }
    Ok(answer)
}

/// The fields of a JSON body; of several records the first.
fn body_fields(request: &Request) -> Result<Map<String, Value>, Failure> {
    match request.content_type().as_deref() {
        Some("application/json") => {}
        Some(other) => return Err(Failure::unsupported_media_type(other)),
        None => return Err(Failure::unreadable("Content-Type header is missing")),
    }
    let body = serde_json::from_slice(&request.body)
        .map_err(|error| Failure::unreadable(&error.to_string()))?;
    match body {
        Value::Object(fields) => Ok(fields),
        Value::Array(records) => match records.into_iter().next() {
            Some(Value::Object(fields)) => Ok(fields),
            _ => Err(Failure::unreadable("expected a JSON object")),
        },
        _ => Err(Failure::unreadable("expected a JSON object")),
    }
}

fn stored_values(
    call: &Call,
    database: &Database,
    table: &str,
    fields: &Map<String, Value>,
    viewer: &Viewer,
) -> Vec<(String, String)> {
    let input = Input {
        database,
        zone: &viewer.zone,
        displayed: call.request.flag("sysparm_input_display_value"),
        any_choice: call.instance.settings.read().allow_non_existing_choice,
    };
    let Some(columns) = database.table(table) else {
        return Vec::new();
    };
    fields
        .iter()
        .filter_map(|(element, value)| {
            let column = columns.column(element)?;
            Some((element.clone(), input.stored(column, &input::text(value))?))
        })
        .collect()
}

/// What the engine puts into a new record before the values that were sent.
fn initial_values(
    database: &mut Database,
    table: &str,
    viewer: &Viewer,
) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut set = |element: &str, value: &str| values.insert(element.to_owned(), value.to_owned());
    set("sys_class_name", table);
    set("active", "true");
    set("sys_domain", "global");
    set("sys_domain_path", "/");
    if let Some(number) = database.next_number(table) {
        set("number", &number);
        set("task_effective_number", &number);
    }
    if database.dictionary().extends(table, "task") {
        set("opened_at", &wire_text(viewer.now));
        set("opened_by", &viewer.sys_id);
        for (element, value) in TASK_DEFAULTS {
            set(element, value);
        }
        let first_state = database
            .table(table)
            .and_then(|table| table.column("state")?.choices.first());
        let first_state = first_state
            .map(|choice| choice.value.clone())
            .unwrap_or_default();
        set("state", &first_state);
        set("incident_state", &first_state);
    }
    values
}

const TASK_DEFAULTS: [(&str, &str); 11] = [
    ("impact", "3"),
    ("urgency", "3"),
    ("priority", "5"),
    ("severity", "3"),
    ("escalation", "0"),
    ("approval", "not requested"),
    ("upon_approval", "proceed"),
    ("upon_reject", "cancel"),
    ("made_sla", "true"),
    ("knowledge", "false"),
    ("reassignment_count", "0"),
];

fn created_by(viewer: &Viewer) -> BTreeMap<String, String> {
    let now = wire_text(viewer.now);
    let stamp = [
        ("sys_created_on", now.as_str()),
        ("sys_created_by", &viewer.user_name),
        ("sys_updated_on", &now),
        ("sys_updated_by", &viewer.user_name),
        ("sys_mod_count", "0"),
    ];
    stamp
        .into_iter()
        .map(|(element, value)| (element.to_owned(), value.to_owned()))
        .collect()
}

fn updated_by(record: Record<'_>, viewer: &Viewer) -> Vec<(usize, String)> {
    let count: u64 = record.value("sys_mod_count").parse().unwrap_or(0);
    let stamp = [
        ("sys_updated_on", wire_text(viewer.now)),
        ("sys_updated_by", viewer.user_name.clone()),
        ("sys_mod_count", (count + 1).to_string()),
    ];
    stamp
        .into_iter()
        .filter_map(|(element, value)| Some((record.class.position(element)?, value)))
        .collect()
}

/// Columns a client may send and the engine does not take.
fn is_kept_by_engine(element: &str) -> bool {
    matches!(
        element,
        "sys_id"
            | "sys_class_name"
            | "sys_created_on"
            | "sys_created_by"
            | "sys_updated_on"
            | "sys_updated_by"
            | "sys_mod_count"
    )
}
