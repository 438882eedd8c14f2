//! `POST /api/now/v1/batch`: requests in a request.
//!
//! Items run one after the other, each as if it had come alone and by the same caller; the outer
//! status is 200 whatever becomes of them. When the time or the number allowed is used up, or an item
//! or its answer is larger than allowed, the rest is left unserviced: named, and not run.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{
    HeaderMap, StatusCode,
    header::{HeaderName, HeaderValue},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Call;
use crate::{
    answer::{Answer, Failure},
    request::Request,
    server::struck_item,
};

#[derive(Deserialize)]
struct Batch {
    #[serde(default)]
    batch_request_id: Value,
    rest_requests: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: Value,
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    exclude_response_headers: bool,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

/// `glide.rest.batch.max.inputSize`.
const MAX_INPUT: usize = 5 << 20;
/// `glide.rest.batch.max.outputSize`, which a header may lower.
const MAX_OUTPUT: u64 = 10 << 20;

impl Item {
    /// Bytes of the body, which comes as four for three.
    fn size(&self) -> usize {
        self.body.as_ref().map_or(0, |body| {
            body.len() / 4 * 3
                - body
                    .bytes()
                    .rev()
                    .take_while(|byte| *byte == b'=')
                    .count()
                    .min(2)
        })
    }
}

pub fn batch(call: &Call) -> Result<Answer, Failure> {
    let batch: Batch = serde_json::from_slice(&call.request.body)
        .map_err(|error| Failure::unreadable(&error.to_string()))?;
    let (time_ms, max_items) = {
        let settings = call.instance.settings.read();
        (settings.batch_time_ms, settings.batch_max_items)
    };
    let lowered = call.request.header("x-batchrequest-max-output-size");
    let lowered = lowered.and_then(|size| size.trim().parse().ok());
    let max_output = lowered.unwrap_or(MAX_OUTPUT).min(MAX_OUTPUT);
    let deadline = Instant::now() + Duration::from_millis(time_ms);
    let (mut serviced, mut unserviced) = (Vec::new(), Vec::new());
    for item in &batch.rest_requests {
        let is_over = !unserviced.is_empty()
            || (max_items > 0 && serviced.len() >= max_items)
            || item.size() > MAX_INPUT;
        let answer = match is_over || Instant::now() >= deadline {
            true => None,
            false => service(call, item, max_output),
        };
        match answer {
            Some(answer) => serviced.push(answer),
            None => unserviced.push(id_text(&item.id)),
        }
    }
    Ok(Answer::json(
        200,
        &json!({
            "batch_request_id": id_text(&batch.batch_request_id),
            "serviced_requests": serviced,
            "unserviced_requests": unserviced,
        }),
    ))
}

/// Ids come back as strings, even those that were sent as numbers.
fn id_text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// `None` if it is not serviced: a fault says so, or the answer is too large.
fn service(call: &Call, item: &Item, max_output: u64) -> Option<Value> {
    let started = Instant::now();
    let answer = match inner_request(call, item) {
        Some(request) => executed(call, &request)?,
        None => Failure::unreadable("Request body is not base64").into(),
    };
    if answer.length() > max_output {
        return None;
    }
    let mut body = answer.body;
    if let Some(content) = &answer.content {
        content.copy_to(&mut body).ok()?;
    }
    let headers: Vec<Value> = match item.exclude_response_headers {
        true => Vec::new(),
        false => answer
            .headers
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect(),
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Some(json!({
        "id": id_text(&item.id),
        "status_code": answer.status,
        "status_text": status.canonical_reason().unwrap_or_default(),
        "execution_time": u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "body": STANDARD.encode(&body),
        "headers": headers,
    }))
}

fn executed(call: &Call, request: &Request) -> Option<Answer> {
    let execute = || super::rest(call.instance, request);
    let struck = call
        .instance
        .faults
        .write()
        .strike(&request.method, &request.path, true);
    match struck {
        Some(struck) => struck_item(call.instance, &struck, execute),
        None => Some(execute()),
    }
}

fn inner_request(call: &Call, item: &Item) -> Option<Request> {
    let mut headers = HeaderMap::new();
    for name in [
        "authorization",
        "host",
        "x-sn-apikey",
        "cookie",
        "x-usertoken",
    ] {
        if let Some(value) = call.request.headers.get(name) {
            headers.insert(name, value.clone());
        }
    }
    // What a terminator in front says of the outer request holds for its items.
    let certificate = call.instance.settings.read().certificate_header.clone();
    if let Some(name) = certificate.and_then(|name| HeaderName::try_from(name).ok())
        && let Some(value) = call.request.headers.get(&name)
    {
        headers.insert(name, value.clone());
    }
    for Header { name, value } in &item.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    let body = match &item.body {
        Some(encoded) => STANDARD.decode(encoded).ok()?,
        None => Vec::new(),
    };
    let (path, query) = item.url.split_once('?').unwrap_or((&item.url, ""));
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    let scheme = call.request.base_url.split("://").next()?;
    let mut request = Request::new(
        &item.method.to_ascii_uppercase(),
        &path,
        query,
        headers,
        body,
        scheme,
    );
    request.has_certificate = call.request.has_certificate;
    Some(request)
}
