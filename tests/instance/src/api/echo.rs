//! A scripted REST resource that says what it was sent: any method on `/api/x_snow/echo/…`.

use serde_json::{Map, Value, json};

use super::Call;
use crate::answer::{Answer, Failure};

pub fn answer(call: &Call, rest: &[&str]) -> Result<Answer, Failure> {
    let request = call.request;
    let headers: Map<String, Value> = request
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "authorization" | "cookie" | "x-sn-apikey"))
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into(),
            )
        })
        .collect();
    let parameters: Vec<Value> = request
        .parameters()
        .iter()
        .map(|(name, value)| json!([name, value]))
        .collect();
    Ok(Answer::result(
        200,
        &json!({
            "method": request.method,
            "path": rest,
            "parameters": parameters,
            "headers": headers,
            "body": String::from_utf8_lossy(&request.body),
            "user": call.caller.user_name,
        }),
    ))
}
