//! Any head of an answer: its status as two bytes, then a line for each header, an empty line, and its body.

use http::{HeaderMap, HeaderName, HeaderValue};
use snow::reading;

/// It stands in what a `Location` holds beside its host, and in each cookie.
const PLANTED: &str = "s3cr3t";

/// Panics where an answer makes the library panic, or an error shows what is nobody's to see.
pub(crate) fn judge(bytes: &[u8]) {
    let Some((status, rest)) = bytes.split_first_chunk() else {
        return;
    };
    let status = 100 + u16::from_be_bytes(*status) % 500;
    let (head, body) = match rest.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&rest[..end], &rest[end + 2..]),
        None => (rest, &b""[..]),
    };
    if bytes
        .windows(PLANTED.len())
        .any(|window| window == PLANTED.as_bytes())
    {
        // What the input itself says elsewhere may be shown.
        return;
    }
    let headers = headers(head);
    for method in ["GET", "PUT", "POST"] {
        let answer = reading::answer(method, status, headers.clone(), body.to_vec());
        let _ = (
            answer.headers().count(),
            answer.records().is_ok(),
            answer.result().is_ok(),
        );
        assert!(!format!("{answer:?}").contains(PLANTED));
        let Err(error) = answer.check() else { continue };
        super::is_one_clear_line(error.message());
        assert!(!error.message().contains(PLANTED), "{error}");
        assert!(!format!("{error:?}").contains(PLANTED), "{error:?}");
        assert_eq!(error.http_status(), Some(status));
        // A write that may have happened is for its caller to make again.
        assert!(
            !(error.is_retryable() && error.maybe_applied()) || method != "POST",
            "{error}"
        );
    }
}

fn headers(head: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in head.split(|&byte| byte == b'\n') {
        let colon = line
            .iter()
            .position(|&byte| byte == b':')
            .unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let Ok(name) = HeaderName::from_bytes(name) else {
            continue;
        };
        let mut value = value
            .strip_prefix(b":")
            .unwrap_or(value)
            .trim_ascii()
            .to_vec();
        match name.as_str() {
            "location" => value.extend_from_slice(b"/?ticket=s3cr3t"),
            "set-cookie" => value.extend_from_slice(PLANTED.as_bytes()),
            _ => {}
        }
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            headers.append(name, value);
        }
    }
    headers
}
