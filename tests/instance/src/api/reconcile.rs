//! Identification and Reconciliation: `/api/now/identifyreconcile`.
//!
//! An item is identified by serial number, else by name, within its class and those that extend it.
//! What is wrong with one item is said in its result, with status 200; `query` says what would be
//! done, and does nothing.

use serde_json::{Map, Value, json};

use super::{Call, cmdb::insert_relation, engine::Engine, write::body_fields};
use crate::{
    answer::{Answer, Failure},
    database::{Database, Record},
};

pub fn answer(call: &Call, variant: &str) -> Result<Answer, Failure> {
    let is_dry = match variant {
        "" | "enhanced" => false,
        "query" | "queryEnhanced" => true,
        _ => return Err(Failure::no_such_resource()),
    };
    check_options(call)?;
    let body = body_fields(call.request)?;
    let mut database = call.instance.database.write();
    let items: Vec<&Value> = body
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .collect();
    let mut results = Vec::new();
    for (index, item) in items.iter().enumerate() {
        results.push(reconcile(call, &mut database, item, index, is_dry));
    }
    let relations = body
        .get("relations")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let relations: Vec<Value> = relations
        .enumerate()
        .map(|(index, relation)| {
            relate(
                call,
                &mut database,
                relation,
                &items,
                &results,
                index,
                is_dry,
            )
        })
        .collect();
    let context = call.instance.identifiers.write().sys_id();
    Ok(Answer::result(
        200,
        &json!({
            "items": results,
            "relations": relations,
            "additionalCommittedItems": [],
            "additionalCommittedRelations": [],
            "logContextId": context,
        }),
    ))
}

/// `options=partial_payloads:true,…`
fn check_options(call: &Call) -> Result<(), Failure> {
    let options = call.request.parameter("options").unwrap_or_default();
    match options
        .split(',')
        .find(|option| !option.is_empty() && !option.contains(':'))
    {
        None => Ok(()),
        Some(option) => {
            let detail = format!("Chunk [{option}] is not a valid entry");
            Err(Failure::new(
                500,
                "Exception while executing request: null",
                Some(&detail),
            ))
        }
    }
}

fn reconcile(
    call: &Call,
    database: &mut Database,
    item: &Value,
    index: usize,
    is_dry: bool,
) -> Value {
    let class = item["className"].as_str().unwrap_or_default();
    let values = item["values"].as_object().cloned().unwrap_or_default();
    if !database.dictionary().extends(class, "cmdb_ci") {
        return failed(
            class,
            index,
            "INVALID_INPUT_DATA",
            &format!("Class [{class}] is not a valid CMDB class"),
        );
    }
    let Some((element, value)) = identifier(&values) else {
        return failed(
            class,
            index,
            "MISSING_MATCHING_ATTRIBUTES",
            "name or serial_number is required to identify the item",
        );
    };
    let known = found(database, class, element, value);
    let outcome = match (&known, is_dry) {
        (Some(sys_id), true) => Ok((sys_id.clone(), "UPDATE")),
        (None, true) => Ok(("Unknown".to_owned(), "INSERT")),
        (Some(sys_id), false) => Engine::new(call, database)
            .update(class, sys_id, &values)
            .map(|changed| (sys_id.clone(), if changed { "UPDATE" } else { "NO_CHANGE" })),
        (None, false) => Engine::new(call, database)
            .insert(class, &values)
            .map(|sys_id| (sys_id, "INSERT")),
    };
    let (sys_id, operation) = match outcome {
        Ok(done) => done,
        Err(failure) => {
            return failed(
                class,
                index,
                "ABANDONED",
                &failure.detail.unwrap_or(failure.message),
            );
        }
    };
    json!({
        "className": class,
        "operation": operation,
        "sysId": sys_id,
        "identifierEntrySysId": "Unknown",
        "identificationAttempts": [{
            "identifierName": "Hardware Rule",
            "attemptResult": if known.is_some() { "MATCHED" } else { "NO_MATCH" },
            "attributes": [element],
            "searchOnTable": class,
            "hybridEntryCiAttributes": [],
        }],
        "inputIndices": [index],
        "mergedPayloadIds": [],
        "markers": [],
        "relatedSysIds": [],
        "relatedItems": [],
        "errorCount": 0,
    })
}

fn identifier(values: &Map<String, Value>) -> Option<(&'static str, &str)> {
    ["serial_number", "name"].into_iter().find_map(|element| {
        let value = values
            .get(element)?
            .as_str()
            .filter(|value| !value.is_empty())?;
        Some((element, value))
    })
}

fn found(database: &Database, class: &str, element: &str, value: &str) -> Option<String> {
    let mut records = database.classes(class).flat_map(|class| {
        class
            .rows_where(element, value)
            .map(move |row| Record { class, row })
    });
    records.next().map(|record| record.sys_id().to_owned())
}

fn failed(class: &str, index: usize, code: &str, message: &str) -> Value {
    json!({
        "className": class,
        "operation": "NO_CHANGE",
        "sysId": "Unknown",
        "inputIndices": [index],
        "identificationAttempts": [],
        "errors": [{ "error": code, "message": message }],
        "errorCount": 1,
    })
}

/// Relations name their ends by index, or in enhanced payloads by internal id.
fn relate(
    call: &Call,
    database: &mut Database,
    relation: &Value,
    items: &[&Value],
    results: &[Value],
    index: usize,
    is_dry: bool,
) -> Value {
    let end = |by_index: &str, by_id: &str| {
        let at = relation[by_index]
            .as_u64()
            .and_then(|at| usize::try_from(at).ok())
            .or_else(|| {
                let id = relation[by_id].as_str()?;
                items.iter().position(|item| item["internal_id"] == id)
            })?;
        results.get(at)?["sysId"]
            .as_str()
            .filter(|sys_id| *sys_id != "Unknown")
            .map(str::to_owned)
    };
    let kind = relation["type"].as_str().unwrap_or_default();
    let kind = database
        .find_by("cmdb_rel_type", "name", kind)
        .map_or(kind, |record| record.sys_id())
        .to_owned();
    match (end("parent", "parent_id"), end("child", "child_id")) {
        (Some(parent), Some(child)) => {
            let sys_id = match is_dry {
                true => "Unknown".to_owned(),
                false => insert_relation(call, database, &parent, &child, &kind),
            };
            json!({ "className": "cmdb_rel_ci", "operation": "INSERT", "sysId": sys_id, "inputIndices": [index], "markers": [] })
        }
        _ => failed(
            "cmdb_rel_ci",
            index,
            "INVALID_INPUT_DATA",
            "parent or child of the relation was not identified",
        ),
    }
}
