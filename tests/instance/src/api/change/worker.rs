//! Work that an instance does after it has answered: the answer names a worker, which is asked later.
//!
//! Here the work is done at once, so that a worker that is asked has always ended.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Call;
use crate::{
    answer::{Answer, Failure},
    shared::Shared,
};

/// What came of the work, by the id of the worker.
pub type Workers = Shared<HashMap<String, Value>>;

/// The answer that names the worker; `request` is what it was asked.
pub fn begun(call: &Call, request: Value, outcome: Value) -> Answer {
    let id = call.instance.identifiers.write().sys_id();
    call.instance
        .change_workers
        .write()
        .insert(id.clone(), outcome);
    Answer::result(
        202,
        &json!({ "worker": { "sysId": id, "link": link(call, &id) }, "request": request }),
    )
}

pub fn read(call: &Call, id: &str) -> Result<Answer, Failure> {
    let workers = call.instance.change_workers.read();
    let outcome = workers.get(id).ok_or_else(Failure::no_record)?;
    let mut result = json!({
        "worker": { "sysId": id, "link": link(call, id) },
        "state": { "value": 3, "display_value": "Complete" },
        "messages": { "errorMessages": [], "warningMessages": [], "infoMessages": [] },
    });
    if let (Value::Object(result), Value::Object(outcome)) = (&mut result, outcome) {
        result.extend(outcome.clone());
    }
    Ok(Answer::result(200, &result))
}

fn link(call: &Call, id: &str) -> String {
    format!(
        "{}/api/sn_chg_rest/change/worker/{id}",
        call.request.base_url
    )
}
