//! Control of the instance, under `/-/`, a path no real instance has.
//!
//! It needs no sign-in, is neither struck by faults nor written to the journal, and speaks JSON.

mod access_log;
mod fault;
mod faults;
mod journal;

use std::{path::PathBuf, sync::atomic::Ordering};

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use access_log::{AccessLog, Line};
pub use fault::{Fault, Of, Variant};
pub use faults::{FaultOrder, Faults, Struck};
pub use journal::{Entry, Journal};

use crate::{
    answer::{Answer, Dress},
    clock::{parse_wire, wire_text},
    database,
    instance::Instance,
    request::Request,
    transform::TransformMap,
};

/// The folder of a saved state in which the bytes of attachments are.
pub const ATTACHMENTS: &str = "attachments";

/// What every control path begins with.
pub const PREFIX: &str = "/-/";

pub fn answer(instance: &Instance, request: &Request) -> Answer {
    let (status, body) = match act(instance, request) {
        Ok(body) => (200, body),
        Err(Refusal::Unknown) => (404, json!({ "error": "no such control" })),
        Err(Refusal::Unusable(reason)) => (400, json!({ "error": reason })),
    };
    Answer::json(status, &body).dressed(Dress::Verbatim)
}

enum Refusal {
    Unknown,
    Unusable(String),
}

fn act(instance: &Instance, request: &Request) -> Result<Value, Refusal> {
    let path = request.path.strip_prefix(PREFIX).ok_or(Refusal::Unknown)?;
    match (request.method.as_str(), path) {
        ("POST", "faults") => {
            let order: FaultOrder = body(request)?;
            match order.contradiction() {
                Some(reason) => Err(Refusal::Unusable(reason.to_owned())),
                None => Ok(json!({ "id": instance.faults.write().arm(order) })),
            }
        }
        ("GET", "faults") => Ok(json!(instance.faults.read().armed())),
        ("DELETE", "faults") => {
            instance.faults.write().disarm_all();
            Ok(json!({}))
        }
        ("DELETE", path) if path.starts_with("faults/") => {
            let id = path["faults/".len()..]
                .parse()
                .map_err(|_| Refusal::Unknown)?;
            if instance.faults.write().disarm(id) {
                Ok(json!({}))
            } else {
                Err(Refusal::Unknown)
            }
        }
        ("POST", "rules") => Ok(json!({ "id": instance.rules.write().add(body(request)?) })),
        ("GET", "rules") => {
            let rules = instance.rules.read();
            Ok(rules
                .numbered()
                .map(|(id, rule)| json!({ "id": id, "rule": rule }))
                .collect())
        }
        ("DELETE", "rules") => {
            instance.rules.write().clear();
            Ok(json!({}))
        }
        ("DELETE", path) if path.starts_with("rules/") => {
            let id = path["rules/".len()..]
                .parse()
                .map_err(|_| Refusal::Unknown)?;
            if instance.rules.write().remove(id) {
                Ok(json!({}))
            } else {
                Err(Refusal::Unknown)
            }
        }
        ("POST", "rate-rules") => {
            let sys_id = instance
                .rate_rules
                .write()
                .add(body(request)?, &mut instance.identifiers.write());
            Ok(json!({ "sys_id": sys_id }))
        }
        ("GET", "rate-rules") => Ok(json!(instance.rate_rules.read().rules())),
        ("DELETE", "rate-rules") => {
            instance.rate_rules.write().clear();
            Ok(json!({}))
        }
        ("POST", "transform-maps") => {
            let map: TransformMap = body(request)?;
            map.open_staging(&mut instance.database.write());
            instance.transform_maps.write().push(map);
            Ok(json!({}))
        }
        ("GET", "transform-maps") => Ok(json!(*instance.transform_maps.read())),
        ("POST", "save") => {
            let to: SaveTo = body(request)?;
            let rows = database::save(&instance.database.read(), &to.directory);
            let saved = instance.attachments.save(&to.directory.join(ATTACHMENTS));
            saved
                .and(rows)
                .map(|rows| json!({ "rows": rows }))
                .map_err(|error| Refusal::Unusable(error.to_string()))
        }
        ("GET", "requests") => {
            let prefix = request.parameter("path").unwrap_or_default();
            let journal = instance.journal.read();
            Ok(journal
                .entries()
                .filter(|entry| entry.target.starts_with(prefix))
                .map(|entry| json!(entry))
                .collect())
        }
        ("DELETE", "requests") => {
            instance.journal.write().clear();
            Ok(json!({}))
        }
        ("GET", "counters") => Ok(counters(instance)),
        ("GET", "clock") => Ok(clock(instance)),
        ("POST", "clock") => move_clock(instance, body(request)?),
        ("POST", "tokens/expire") => {
            instance.tokens.write().expire_access();
            Ok(json!({}))
        }
        ("POST", "tokens/revoke") => {
            instance.tokens.write().revoke_all();
            Ok(json!({}))
        }
        ("POST", "jwks") => {
            instance.accounts.write().jwks.push(body(request)?);
            Ok(json!({}))
        }
        ("GET", "settings") => Ok(json!(*instance.settings.read())),
        ("PATCH", "settings") => {
            let changes: Map<String, Value> = body(request)?;
            let mut settings = instance.settings.write();
            *settings = settings.with(changes).map_err(Refusal::Unusable)?;
            Ok(json!(*settings))
        }
        _ => Err(Refusal::Unknown),
    }
}

fn body<T: for<'de> Deserialize<'de>>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body).map_err(|error| Refusal::Unusable(error.to_string()))
}

fn counters(instance: &Instance) -> Value {
    let counters = &instance.counters;
    let tokens = instance.tokens.read();
    json!({
        "connections": counters.connections.load(Ordering::Relaxed),
        "requests": {
            "table": counters.table_requests.load(Ordering::Relaxed),
            "stats": counters.stats_requests.load(Ordering::Relaxed),
            "token": counters.token_requests.load(Ordering::Relaxed),
            "other": counters.other_requests.load(Ordering::Relaxed),
        },
        "query_categories": *counters.query_categories.read(),
        "access_tokens_issued": tokens.issued,
        "refreshes": tokens.refreshed,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ClockMove {
    AdvanceSeconds(i64),
    Set(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaveTo {
    directory: PathBuf,
}

fn move_clock(instance: &Instance, to: ClockMove) -> Result<Value, Refusal> {
    match to {
        ClockMove::AdvanceSeconds(seconds) => {
            instance.clock.advance(SignedDuration::from_secs(seconds))
        }
        ClockMove::Set(text) => {
            let at = parse_wire(&text)
                .ok_or_else(|| Refusal::Unusable(format!("not a date-time: {text}")))?;
            instance.clock.set(at);
        }
    }
    Ok(clock(instance))
}

fn clock(instance: &Instance) -> Value {
    json!({ "now": wire_text(instance.clock.now()) })
}
