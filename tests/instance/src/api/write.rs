//! `POST`, `PUT`, `PATCH` and `DELETE` of the Table API.

use serde_json::{Map, Value};

use super::{Call, engine::Engine, record, xml};
use crate::{
    answer::{Answer, Failure},
    database::Database,
    request::Request,
};

pub fn create(call: &Call, table: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    if database.table(table).is_none() {
        return Err(Failure::invalid_table(table));
    }
    let fields = body_fields(call.request)?;
    let sys_id = Engine::new(call, &mut database).insert(table, &fields)?;
    let location = format!("{}/{table}/{sys_id}", call.path.table_base(call.request));
    written(call, &database, table, &sys_id, 201).map(|answer| answer.with("Location", &location))
}

pub fn update(call: &Call, table: &str, sys_id: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    if database.table(table).is_none() {
        return Err(Failure::invalid_table(table));
    }
    let fields = body_fields(call.request)?;
    Engine::new(call, &mut database).update(table, sys_id, &fields)?;
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
    Engine::new(call, &mut database).delete(table, sys_id)?;
    Ok(Answer::empty(204))
}

/// The record as this write left it: nobody else has written to it meanwhile.
fn written(
    call: &Call,
    database: &Database,
    table: &str,
    sys_id: &str,
    status: u16,
) -> Result<Answer, Failure> {
    // Also where the caller may write and not read what was written.
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
pub fn body_fields(request: &Request) -> Result<Map<String, Value>, Failure> {
    match body_json(request)? {
        Value::Object(fields) => Ok(fields),
        Value::Array(records) => match records.into_iter().next() {
            Some(Value::Object(fields)) => Ok(fields),
            _ => Err(Failure::unreadable("expected a JSON object")),
        },
        _ => Err(Failure::unreadable("expected a JSON object")),
    }
}

/// A JSON or XML body that says it is one, as JSON.
pub fn body_json(request: &Request) -> Result<Value, Failure> {
    match request.content_type().as_deref() {
        Some("application/json") => {}
        Some("application/xml" | "text/xml") => return xml::body(&request.body),
        Some(other) => return Err(Failure::unsupported_media_type(other)),
        None => return Err(Failure::unreadable("Content-Type header is missing")),
    }
    serde_json::from_slice(&request.body).map_err(|error| Failure::unreadable(&error.to_string()))
}
