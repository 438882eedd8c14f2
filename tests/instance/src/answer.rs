//! An answer before it is dressed and sent, and the failures an API can end in.
//!
//! An API says status, its own headers and body; what every REST answer carries (session cookies,
//! transaction id, caching headers) is added where the request is known. A list remembers where its
//! rows lie in the body, so that a fault can cut or thin it out the way a real instance does.

use std::ops::Range;

use serde_json::{Value, json};

use crate::attachments::Content;

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// A body that is read while it is sent.
    pub content: Option<Content>,
    /// The rows of a list, as places in `body`.
    pub rows: Vec<Range<usize>>,
    pub dress: Dress,
    /// The user whose request it was; the session stands for it from now on.
    pub user_name: Option<String>,
}

/// Which common headers an answer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// All of a REST answer.
    Rest { logged_in: bool },
    /// Caching headers only: the token endpoint, pages.
    Plain,
    /// Nothing: what a gateway in front says, or what a test asked for.
    Verbatim,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Answer::of_body(
            status,
            "application/json;charset=UTF-8",
            body.to_string().into_bytes(),
        )
    }

    pub fn result(status: u16, result: &Value) -> Self {
        Answer::json(status, &json!({ "result": result }))
    }

    pub fn empty(status: u16) -> Self {
        Answer {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            content: None,
            rows: Vec::new(),
            dress: Dress::Rest { logged_in: true },
            user_name: None,
        }
    }

    pub fn html(status: u16, body: &str) -> Self {
        let mut answer =
            Answer::of_body(status, "text/html;charset=UTF-8", body.as_bytes().to_vec());
        answer.dress = Dress::Plain;
        answer
    }

    pub fn of_body(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let mut answer = Answer::empty(status);
        answer.body = body;
        answer.with("Content-Type", content_type)
    }

    /// Bytes of the body.
    pub fn length(&self) -> u64 {
        self.content
            .as_ref()
            .map_or(self.body.len() as u64, Content::len)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn dressed(mut self, dress: Dress) -> Self {
        self.dress = dress;
        self
    }
}

/// A refusal in the envelope every REST API uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub status: u16,
    pub message: String,
    pub detail: Option<String>,
    /// The password was right, and only the one-time code was not.
    pub code_missing: bool,
    /// Where the caller is sent instead.
    pub redirect: Option<String>,
    /// What a session that stands for a sign-in wants to see as `X-UserToken`.
    pub user_token: Option<String>,
}

impl Failure {
    pub fn new(status: u16, message: impl Into<String>, detail: Option<&str>) -> Self {
        Failure {
            status,
            message: message.into(),
            detail: detail.map(str::to_owned),
            code_missing: false,
            redirect: None,
            user_token: None,
        }
    }

    pub fn no_such_resource() -> Self {
        Failure::new(400, "Requested URI does not represent any resource", None)
    }

    pub fn invalid_table(table: &str) -> Self {
        Failure::new(400, format!("Invalid table {table}"), None)
    }

    pub fn unreadable(reason: &str) -> Self {
        Failure::new(400, "Exception while reading request", Some(reason))
    }

    pub fn too_large(bytes: u64, allowed: u64) -> Self {
        Failure::unreadable(&format!(
            "Rejected large REST payload with content-length = {bytes} bytes. Max allowed: {allowed} bytes."
        ))
    }

    pub fn not_authenticated() -> Self {
        Failure::new(
            401,
            "User Not Authenticated",
            Some("Required to provide Auth information"),
        )
    }

    pub fn code_missing() -> Self {
        Failure {
            code_missing: true,
            ..Failure::not_authenticated()
        }
    }

    pub fn user_token_missing(user_token: String) -> Self {
        Failure {
            user_token: Some(user_token),
            ..Failure::not_authenticated()
        }
    }

    pub fn redirected(location: &str) -> Self {
        Failure {
            redirect: Some(location.to_owned()),
            ..Failure::new(302, "", None)
        }
    }

    pub fn query_forbidden() -> Self {
        Failure::new(
            403,
            "Insufficient rights to query records",
            Some("Field(s) present in the query do not have permission to be read"),
        )
    }

    pub fn operation_failed(detail: &str) -> Self {
        Failure::new(403, "Operation Failed", Some(detail))
    }

    pub fn no_record() -> Self {
        Failure::new(
            404,
            "No Record found",
            Some("Record doesn't exist or ACL restricts the record retrieval"),
        )
    }

    pub fn method_not_allowed() -> Self {
        Failure::new(405, "Method not supported", None)
    }

    pub fn unsupported_media_type(content_type: &str) -> Self {
        Failure::new(415, "Unsupported media type", Some(content_type))
    }

    pub fn cancelled() -> Self {
        Failure::new(
            500,
            "Transaction cancelled: maximum execution time exceeded",
            Some(
                "Transaction cancelled: maximum execution time exceeded. Check logs for error trace or enable \
                 glide.rest.debug property to verify REST request processing",
            ),
        )
    }

    /// `{"error":{…},"status":"failure"}`.
    pub fn envelope(&self) -> Value {
        json!({ "error": { "message": self.message, "detail": self.detail }, "status": "failure" })
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        if let Some(location) = failure.redirect {
            return Answer::empty(failure.status).with("Location", &location);
        }
        let mut answer = Answer::json(failure.status, &failure.envelope());
        if failure.code_missing {
            answer = answer.with("X-MFA_TOKEN", "invalid");
        }
        let logged_in = failure.user_token.is_some();
        if let Some(user_token) = failure.user_token {
            answer = answer.with("X-UserToken-Response", &user_token);
        }
        match failure.status {
            401 => answer
                .with("WWW-Authenticate", "Basic realm=\"Service-now\"")
                .dressed(Dress::Rest { logged_in }),
            _ => answer,
        }
    }
}
