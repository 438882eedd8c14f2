//! `POST /api/global/em/jsonv2`: events, which no business rule sees.

use serde_json::Value;

use super::{Call, engine::stamp_of, input, write::body_json};
use crate::answer::{Answer, Failure};

pub fn insert_events(call: &Call) -> Result<Answer, Failure> {
    let body = body_json(call.request)?;
    let records = body["records"]
        .as_array()
        .ok_or_else(|| Failure::unreadable("records is missing"))?;
    let mut database = call.instance.database.write();
    let viewer = call.instance.viewer(&database, &call.caller);
    for record in records.iter().filter_map(Value::as_object) {
        let mut values = stamp_of(&viewer);
        values.extend(
            record
                .iter()
                .map(|(element, value)| (element.clone(), input::text(value))),
        );
        values.insert("sys_id".into(), call.instance.identifiers.write().sys_id());
        values.insert("state".into(), "Ready".into());
        database.insert("em_event", |element| {
            values.get(element).map_or("", String::as_str)
        });
    }
    Ok(Answer::of_body(
        200,
        "application/json;charset=UTF-8",
        b"{\"result\":{}}".to_vec(),
    ))
}
