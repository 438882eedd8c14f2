//! Keys and values of an attachment, in `sys_attachment_attribute`.

use serde_json::{Value, json};

use super::{Call, visible};
use crate::{
    answer::{Answer, Failure},
    api::{engine::stamp_of, input, write::body_fields},
    database::{Database, Record},
};

const TABLE: &str = "sys_attachment_attribute";

/// `/attachment/{id}/attributes[/{key}]`.
pub fn attributes(
    call: &Call,
    method: &str,
    attachment: &str,
    key: Option<&str>,
) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    visible(call, &database, attachment)?;
    match (method, key) {
        ("GET", None) => Ok(Answer::result(200, &all(&database, attachment))),
        ("GET", Some(key)) => {
            let record = find(&database, attachment, key).ok_or_else(Failure::no_record)?;
            Ok(Answer::result(200, &shown(record)))
        }
        ("POST", None) => add(call, &mut database, attachment),
        ("PUT" | "PATCH", Some(key)) => change(call, &mut database, attachment, key),
        ("DELETE", None) => {
            remove_all(&mut database, attachment);
            Ok(Answer::empty(204))
        }
        ("DELETE", Some(key)) => {
            let record = find(&database, attachment, key).ok_or_else(Failure::no_record)?;
            let sys_id = record.sys_id().to_owned();
            database.remove(TABLE, &sys_id);
            Ok(Answer::empty(204))
        }
        _ => Err(Failure::method_not_allowed()),
    }
}

/// Those of an attachment that is deleted.
pub fn remove_all(database: &mut Database, attachment: &str) {
    let ids: Vec<String> = records(database, attachment)
        .map(|record| record.sys_id().to_owned())
        .collect();
    for sys_id in ids {
        database.remove(TABLE, &sys_id);
    }
}

fn records<'a>(
    database: &'a Database,
    attachment: &str,
) -> impl Iterator<Item = Record<'a>> + use<'a> {
    let class = database.table(TABLE);
    let rows: Vec<_> = class
        .map(|class| class.rows_where("sys_attachment", attachment).collect())
        .unwrap_or_default();
    rows.into_iter()
        .filter_map(move |row| class.map(|class| Record { class, row }))
}

fn find<'a>(database: &'a Database, attachment: &str, key: &str) -> Option<Record<'a>> {
    records(database, attachment).find(|record| record.value("key") == key)
}

fn all(database: &Database, attachment: &str) -> Value {
    records(database, attachment).map(shown).collect()
}

fn shown(record: Record<'_>) -> Value {
    json!({ "key": record.value("key"), "value": record.value("value") })
}

fn add(call: &Call, database: &mut Database, attachment: &str) -> Result<Answer, Failure> {
    let fields = body_fields(call.request)?;
    let member = |name: &str| {
        fields
            .get(name)
            .map(input::text)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Failure::unreadable(&format!("{name} is missing")))
    };
    let (key, value) = (member("key")?, member("value")?);
    if find(database, attachment, &key).is_some() {
        return Err(Failure::unreadable(&format!(
            "the attachment has an attribute {key} already"
        )));
    }
    let mut values = stamp_of(&call.instance.viewer(database, &call.caller));
    values.insert("sys_id".into(), call.instance.identifiers.write().sys_id());
    values.insert("sys_attachment".into(), attachment.to_owned());
    values.insert("key".into(), key.clone());
    values.insert("value".into(), value.clone());
    database.insert(TABLE, |element| {
        values.get(element).map_or("", String::as_str)
    });
    Ok(Answer::result(201, &json!({ "key": key, "value": value })))
}

fn change(
    call: &Call,
    database: &mut Database,
    attachment: &str,
    key: &str,
) -> Result<Answer, Failure> {
    let fields = body_fields(call.request)?;
    let value = fields
        .get("value")
        .map(input::text)
        .ok_or_else(|| Failure::unreadable("value is missing"))?;
    let record = find(database, attachment, key).ok_or_else(Failure::no_record)?;
    let (sys_id, position) = (record.sys_id().to_owned(), record.class.position("value"));
    let changes: Vec<_> = position
        .map(|position| (position, value.clone()))
        .into_iter()
        .collect();
    database.update(TABLE, &sys_id, &changes);
    Ok(Answer::result(200, &json!({ "key": key, "value": value })))
}
