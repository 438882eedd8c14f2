//! What each fault does to a request and to its answer.
//!
//! Before: whether the request is executed at all, and what is said instead. After: how the true
//! answer is spoilt. How the bytes then leave is the delivery's business.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    delivery::{Delivery, Spoil},
    spoil::Act,
};
use crate::{
    answer::{Answer, Dress, Failure},
    control::{Fault, Of, Struck, Variant},
    instance::Instance,
};

/// How an exchange ends.
#[expect(clippy::large_enum_variant, reason = "there is one for each exchange")]
pub enum Ending {
    Answered(Answer, Delivery),
    /// The connection is reset, nothing is said.
    Reset,
    /// Nothing is said, and the connection stays.
    Silence,
}

impl Ending {
    /// With `Content-Length` instead of chunks, where that is wanted.
    pub fn with_length(self, wanted: bool) -> Self {
        match self {
            Ending::Answered(answer, delivery) if wanted => Ending::Answered(
                answer,
                Delivery {
                    chunked: false,
                    ..delivery
                },
            ),
            ending => ending,
        }
    }

    fn plainly(answer: Answer) -> Self {
        Ending::Answered(answer, Delivery::default())
    }
}

/// The ending of a request that is never executed; `None` for faults that come later.
pub fn instead(instance: &Instance, fault: &Fault) -> Option<Ending> {
    Some(match fault {
        Fault::Answer {
            status,
            headers,
            body,
            body_base64,
            chunked,
        } => {
            let body = match body_base64 {
                Some(encoded) => STANDARD.decode(encoded).unwrap_or_default(),
                None => body.clone().into_bytes(),
            };
            let answer = Answer {
                headers: headers.clone(),
                body,
                dress: Dress::Verbatim,
                ..Answer::empty(*status)
            };
            Ending::Answered(
                answer,
                Delivery {
                    chunked: *chunked,
                    ..Delivery::default()
                },
            )
        }
        Fault::Cancelled => Ending::plainly(Failure::cancelled().into()),
        Fault::Gateway { status } => Ending::plainly(gateway(*status)),
        Fault::Hibernating => Ending::plainly(Answer::html(200, HIBERNATING)),
        Fault::LoginPage => Ending::plainly(Answer::html(200, LOGIN)),
        Fault::NotExecuted => Ending::plainly(Answer::empty(202)),
        Fault::Outage => Ending::plainly(Answer::html(200, OUTAGE).dressed(Dress::Verbatim)),
        Fault::RateLimited { retry_after } => {
            Ending::plainly(rate_limited(instance, retry_after.as_deref()))
        }
        Fault::Redirect { status, location } => Ending::plainly(
            Answer::empty(*status)
                .with("Location", location)
                .dressed(Dress::Plain),
        ),
        Fault::ResetBefore => Ending::Reset,
        Fault::Unauthorized => Ending::plainly(Failure::not_authenticated().into()),
        Fault::CommitThenCancelled
        | Fault::Corrupt { .. }
        | Fault::Cut { .. }
        | Fault::Delay { .. }
        | Fault::Drip { .. }
        | Fault::Header { .. }
        | Fault::HideRows { .. }
        | Fault::Partial { .. }
        | Fault::Reset { .. }
        | Fault::ResetAfter
        | Fault::Stall { .. }
        | Fault::Unserviced => return None,
    })
}

/// The ending of a request that was executed.
pub fn afterwards(struck: Option<&Struck>, answer: Answer) -> Ending {
    let Some(struck) = struck else {
        return Ending::plainly(answer);
    };
    let delivery = Delivery::default();
    match &struck.fault {
        Fault::CommitThenCancelled => Ending::plainly(Failure::cancelled().into()),
        Fault::Delay { ms } => Ending::Answered(
            answer,
            Delivery {
                first_byte_after: Duration::from_millis(*ms),
                ..delivery
            },
        ),
        Fault::Drip { bytes, interval_ms } => {
            let drip = Some((*bytes, Duration::from_millis(*interval_ms)));
            Ending::Answered(answer, Delivery { drip, ..delivery })
        }
        Fault::HideRows { every } => {
            let mut place = 0;
            Ending::plainly(keeping_rows(answer, |_| {
                place += 1;
                !every.hides(place)
            }))
        }
        Fault::Partial { variant, rows } => Ending::plainly(partial(answer, *variant, *rows)),
        Fault::ResetAfter => Ending::Reset,
        Fault::Stall { at: None, .. } => Ending::Silence,
        _ => Ending::plainly(answer),
    }
}

/// Changes the header that the fault names, or takes it away, of an answer that has all of its headers.
pub fn set_header(struck: &Struck, answer: &mut Answer) {
    if let Fault::Header { name, value } = &struck.fault {
        let headers = &mut answer.headers;
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.extend(value.clone().map(|value| (name.clone(), value)));
    }
}

/// What is done at a byte of an answer that is ready to leave.
pub fn spoil(struck: &Struck, answer: &Answer) -> Option<Spoil> {
    let (at, of, step, act) = match &struck.fault {
        Fault::Corrupt { at, of, step, xor } => (at, of, step, Act::Corrupt(*xor)),
        Fault::Cut { at, of, step } => (at, of, step, Act::Cut),
        Fault::Reset { at, of, step } => (at, of, step, Act::Reset),
        Fault::Stall {
            at: Some(at),
            of,
            step,
        } => (at, of, step, Act::Stall),
        _ => return None,
    };
    Some(Spoil {
        at: struck.place(*at, *step, answer.length()),
        of_answer: *of == Of::Answer,
        act,
    })
}

/// An item of a batch, executed as far as the fault lets it; `None` if it is not serviced.
pub fn struck_item(
    instance: &Instance,
    struck: &Struck,
    execute: impl FnOnce() -> Answer,
) -> Option<Answer> {
    if struck.fault == Fault::Unserviced {
        return None;
    }
    if let Some(Ending::Answered(answer, _)) = instead(instance, &struck.fault) {
        return Some(answer);
    }
    let Ending::Answered(mut answer, _) = afterwards(Some(struck), execute()) else {
        return None;
    };
    set_header(struck, &mut answer);
    if let Some(spoil) = spoil(struck, &answer) {
        let at = usize::try_from(spoil.at).unwrap_or(usize::MAX);
        match (spoil.act, answer.body.get_mut(at)) {
            (Act::Corrupt(bits), Some(byte)) => *byte ^= bits,
            (Act::Corrupt(_), None) => {}
            _ => answer.body.truncate(at),
        }
    }
    Some(answer)
}

fn keeping_rows(mut answer: Answer, mut keep: impl FnMut(&[u8]) -> bool) -> Answer {
    let (Some(first), Some(last)) = (answer.rows.first(), answer.rows.last()) else {
        return answer;
    };
    let kept: Vec<&[u8]> = answer
        .rows
        .iter()
        .map(|row| &answer.body[row.clone()])
        .filter(|row| keep(row))
        .collect();
    let between: &[u8] = if is_xml(&answer) { b"" } else { b"," };
    answer.body = [
        &answer.body[..first.start],
        &kept.join(between),
        &answer.body[last.end..],
    ]
    .concat();
    answer.rows.clear();
    answer
}

fn is_xml(answer: &Answer) -> bool {
    answer.body.starts_with(b"<")
}

/// A list whose transaction was cancelled after its status had left.
fn partial(mut answer: Answer, variant: Variant, rows: usize) -> Answer {
    let xml = is_xml(&answer);
    let Failure { message, .. } = Failure::cancelled();
    let detail = format!(
        "{message} Check logs for error trace or enable glide.rest.debug property to verify REST request processing"
    );
    let error = match xml {
        true => format!(
            "<error><message>{message}</message><detail>{detail}</detail></error><status>failure</status></response>"
        ),
        false => format!(
            "\"error\":{{\"message\":\"{message}\",\"detail\":\"{detail}\"}},\"status\":\"failure\"}}"
        ),
    };
    let before_rows = answer
        .rows
        .first()
        .map_or(answer.body.len(), |row| row.start);
    let end_of_rows = match rows.checked_sub(1).and_then(|last| answer.rows.get(last)) {
        Some(row) => row.end,
        None if rows == 0 => before_rows,
        None => answer.rows.last().map_or(answer.body.len(), |row| row.end),
    };
    let next_row = answer.rows.get(rows).cloned();
    let half_a_row = next_row.map_or(0, |row| row.end.saturating_sub(row.start) / 2);
    let after_half = answer.body[end_of_rows..]
        .iter()
        .take(half_a_row.max(1))
        .copied()
        .collect::<Vec<u8>>();
    answer.body.truncate(end_of_rows);
    let rest = match (variant, xml) {
        (Variant::A, true) => error,
        (Variant::B, true) => format!("<result>{error}"),
        (Variant::C, true) => "<result></response>".to_owned(),
        (Variant::A, false) => format!("],{error}"),
        (Variant::B, false) => format!(", ],{error}"),
        (Variant::C, false) => ", ]}".to_owned(),
        (Variant::D, _) => {
            answer.body.extend_from_slice(&after_half);
            String::new()
        }
    };
    answer.body.extend_from_slice(rest.as_bytes());
    answer.rows.clear();
    answer
}

fn rate_limited(instance: &Instance, retry_after: Option<&str>) -> Answer {
    let Some(retry_after) = retry_after else {
        return rejected();
    };
    let detail = "Rate limit of 100 requests per hour for Table API exceeded";
    let now = instance.clock.now().as_second();
    let seconds: i64 = retry_after.parse().unwrap_or(3_600);
    Answer::from(Failure::new(429, "Rate limit exceeded", Some(detail)))
        .with("X-RateLimit-Limit", "100")
        .with("X-RateLimit-Reset", &(now + seconds).to_string())
        .with("X-RateLimit-Rule", "2c5bcd1087101300a3b6b1d8a9cb0b6f")
        .with("Retry-After", retry_after)
}

/// What a full semaphore queue says: no JSON, no `Retry-After`.
pub fn rejected() -> Answer {
    Answer::of_body(
        429,
        "text/plain;charset=UTF-8",
        b"Rejecting request".to_vec(),
    )
    .dressed(Dress::Plain)
}

fn gateway(status: u16) -> Answer {
    let reason = match status {
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Time-out",
        _ => "Error",
    };
    let page = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::html(status, &page).dressed(Dress::Verbatim)
}

const HIBERNATING: &str = "<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head>\
<body class=\"instance-hibernating-page\"><h1>Your instance is hibernating</h1>\
<p>To wake it, sign in to the <a href=\"https://developer.servicenow.com/\">Developer Site</a>.</p></body></html>";

const OUTAGE: &str = "<!DOCTYPE html><html><head><title>Service Interruption</title></head>\
<body><h1>Service Interruption</h1><p>This instance is unavailable</p></body></html>";

const LOGIN: &str = "<!DOCTYPE html><html><head><title>ServiceNow</title></head><body>\
<form id=\"login\" action=\"login.do\" method=\"post\"><input name=\"user_name\"><input name=\"user_password\" type=\"password\">\
</form></body></html>";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Faults;
    use serde_json::json;

    fn list() -> Answer {
        let mut answer = Answer::of_body(
            200,
            "application/json",
            br#"{"result":[{"a":"1"},{"a":"2"},{"a":"3"}]}"#.to_vec(),
        );
        answer.rows = vec![11..20, 21..30, 31..40];
        answer
    }

    fn struck(fault: &str) -> Struck {
        let mut faults = Faults::new(1);
        faults.arm(serde_json::from_str(&format!(r#"{{"fault":{fault}}}"#)).unwrap());
        faults.strike("GET", "/", false).unwrap()
    }

    fn body(ending: Ending) -> String {
        match ending {
            Ending::Answered(answer, _) => String::from_utf8(answer.body).unwrap(),
            _ => panic!("no answer"),
        }
    }

    #[test]
    fn rows_are_where_the_list_says() {
        assert_eq!(&list().body[list().rows[2].clone()], br#"{"a":"3"}"#);
    }

    #[test]
    fn hidden_rows_leave_valid_json() {
        let fault = struck(r#"{"kind":"hide_rows","every":2}"#);
        assert_eq!(
            body(afterwards(Some(&fault), list())),
            r#"{"result":[{"a":"1"},{"a":"3"}]}"#
        );
        let fault = struck(r#"{"kind":"hide_rows","every":"all"}"#);
        assert_eq!(body(afterwards(Some(&fault), list())), r#"{"result":[]}"#);
    }

    #[test]
    fn the_variants_of_a_partial_list() {
        for (variant, rows, is_json, has_error, begins) in [
            (
                Variant::A,
                2,
                true,
                true,
                r#"{"result":[{"a":"1"},{"a":"2"}],"error":{"#,
            ),
            (Variant::A, 0, true, true, r#"{"result":[],"error":{"#),
            (
                Variant::A,
                9,
                true,
                true,
                r#"{"result":[{"a":"1"},{"a":"2"},{"a":"3"}],"#,
            ),
            (
                Variant::B,
                1,
                false,
                true,
                r#"{"result":[{"a":"1"}, ],"error":{"#,
            ),
            (Variant::C, 1, false, false, r#"{"result":[{"a":"1"}, ]}"#),
            (Variant::D, 1, false, false, r#"{"result":[{"a":"1"},"#),
        ] {
            let fault = json!({"kind": "partial", "variant": variant, "rows": rows});
            let body = body(afterwards(Some(&struck(&fault.to_string())), list()));
            assert!(body.starts_with(begins), "{body}");
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&body).is_ok(),
                is_json,
                "{body}"
            );
            assert_eq!(body.contains("Transaction cancelled"), has_error, "{body}");
        }
    }
}
