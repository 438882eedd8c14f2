//! `POST /api/now/tinyurl`: a short name for a URL that is too long to send.
//!
//! A list request with `sysparm_tiny` alone is then the request that was named.

use serde_json::json;

use super::{Call, write::body_json};
use crate::answer::{Answer, Failure};

/// A short name is used at once; an old one may be forgotten.
const MAX_URLS: usize = 1_000;

pub fn shorten(call: &Call) -> Result<Answer, Failure> {
    let body = body_json(call.request)?;
    let url = body["url"]
        .as_str()
        .ok_or_else(|| Failure::unreadable("url is missing"))?;
    if url.contains("sysparm_tiny") {
        // It would name itself.
        return Err(Failure::unreadable("url is shortened already"));
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let id = call.instance.identifiers.write().sys_id();
    let mut tiny_urls = call.instance.tiny_urls.write();
    if tiny_urls.len() >= MAX_URLS {
        tiny_urls.clear();
    }
    tiny_urls.insert(id.clone(), query.to_owned());
    let table = path.rsplit('/').next().unwrap_or_default();
    Ok(Answer::result(
        200,
        &json!(format!("{table}_list.do?sysparm_tiny={id}")),
    ))
}
