//! In what form a REST answer goes out: JSON or XML, and what a session adds to it.

use super::xml;
use crate::{
    answer::{Answer, Failure},
    request::Request,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Xml,
}

impl Form {
    /// The first of the best that `Accept` names; `None` if it names nothing there is. A wildcard is JSON.
    pub fn of(request: &Request) -> Option<Form> {
        let Some(accepted) = request.header("accept") else {
            return Some(Form::Json);
        };
        let mut best: Option<(Form, f32)> = None;
        for range in accepted.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let form = match parts.next().map(str::to_ascii_lowercase).as_deref() {
                Some("application/json" | "application/*" | "*/*" | "text/json") => Form::Json,
                Some("application/xml" | "text/xml") => Form::Xml,
                _ => continue,
            };
            let quality = parts
                .find_map(|part| part.strip_prefix("q=")?.trim().parse().ok())
                .unwrap_or(1.0);
            if quality > best.map_or(0.0, |(_, quality)| quality) {
                best = Some((form, quality));
            }
        }
        best.map(|(form, _)| form)
    }
}

/// Answers in the form that is asked for. For a caller who takes none there is, nothing is executed.
pub fn answer(request: &Request, execute: impl FnOnce() -> Result<Answer, Failure>) -> Answer {
    // Bytes of a file, and what a script answers, are what they are.
    let is_free = request.path.ends_with("/file") || request.path.contains("/echo");
    let form = match Form::of(request) {
        Some(form) => form,
        None if is_free => Form::Json,
        None => {
            let accepted = request.header("accept").unwrap_or_default();
            return Failure::new(406, "Not Acceptable", Some(accepted)).into();
        }
    };
    let answer = with_session(request, execute().unwrap_or_else(Answer::from));
    match form {
        Form::Json => answer,
        Form::Xml => xml::answer(answer),
    }
}

/// Adds `session` to a JSON answer, for those who want to see what the session has to say.
fn with_session(request: &Request, mut answer: Answer) -> Answer {
    let wants = |header: &str| request.header(header) == Some("true");
    let (debug, notifications) = (
        wants("x-wantsessiondebugmessages"),
        wants("x-wantsessionnotificationmessages"),
    );
    if !(debug || notifications) || !answer.body.ends_with(b"}") {
        return answer;
    }
    let mut session = serde_json::Map::new();
    if debug {
        let user = answer.user_name.as_deref().unwrap_or("guest");
        let said = format!(
            "{} {} for {user}: {}, {} rows",
            request.method,
            request.path,
            answer.status,
            answer.rows.len()
        );
        session.insert(
            "debug_logs".into(),
            serde_json::json!([{ "line_number": "1", "type": "log", "message": said }]),
        );
    }
    if notifications {
        let error: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let detail = [&error["error"]["detail"], &error["error"]["message"]]
            .into_iter()
            .find(|text| text.is_string());
        let said = detail
            .filter(|_| answer.status >= 400)
            .map(|message| serde_json::json!({ "type": "error", "message": message }));
        session.insert("notifications".into(), said.into_iter().collect());
    }
    answer.body.pop();
    let session = serde_json::Value::Object(session);
    answer
        .body
        .extend_from_slice(format!(",\"session\":{session}}}").as_bytes());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;

    #[test]
    fn the_best_form_there_is_goes_out() {
        for (accepted, form) in [
            ("application/json", Some(Form::Json)),
            ("*/*", Some(Form::Json)),
            ("application/xml", Some(Form::Xml)),
            ("text/html,application/xml;q=0.9,*/*;q=0.8", Some(Form::Xml)),
            ("application/xml;q=0.5, application/json", Some(Form::Json)),
            ("APPLICATION/JSON; charset=utf-8", Some(Form::Json)),
            ("image/png", None),
            ("application/json;q=0", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("accept", accepted.parse().unwrap());
            let request = Request::new("GET", "/", "", headers, Vec::new(), "http");
            assert_eq!(Form::of(&request), form, "{accepted}");
        }
    }
}
