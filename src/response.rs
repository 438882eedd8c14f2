//! The instance's answer, and what it means.
//!
//! An instance, or something in front of it, answers in many ways that are not the answer asked for:
//! HTML with status 200 while it hibernates, an empty 202 for a request that it dropped, a redirect to
//! a login page. Each is told apart here, by status first, media type second and text last, so that
//! nothing after this has to doubt what it reads.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header};

use crate::error::{Error, Status};
use crate::record::page::{self, Envelope, EnvelopeError, Results, Words};
use crate::request::Request;

/// An answer with its whole body, inflated.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Shows how it ended, and none of what it holds: a token endpoint's answer is a secret.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

impl Response {
    /// The answer, where it is a success whose body can be read as JSON or is empty; else why not.
    pub(crate) fn judged(self, request: &Request) -> Result<Response, Error> {
        match self.failure(request) {
            Some(error) => Err(error
                .with_http_status(self.status.as_u16())
                .with_request(request.method.as_str(), request.url.path())),
            None => Ok(self),
        }
    }

    /// The `result` of an answer that was judged a success.
    pub(crate) fn into_results(self, request: &Request) -> Result<Results, Error> {
        let code = self.status.as_u16();
        let error = match page::parse(self.body) {
            Ok(Envelope::Results(results)) => return Ok(results),
            Ok(Envelope::Partial(words)) => partial(words, request),
            Ok(Envelope::Failure(words)) => {
                let cancelled = words.message.as_deref().is_some_and(is_cancelled);
                let status = match cancelled {
                    true => Status::TransactionCancelled,
                    false => Status::UnexpectedAnswer,
                };
                told(
                    status,
                    "the answer is an error in spite of its status",
                    words,
                )
                .with_retry(cancelled && request.is_idempotent(), None)
            }
            Err(EnvelopeError::Malformed {
                words: Some(words), ..
            }) => partial(words, request),
            Err(EnvelopeError::Malformed {
                words: None,
                is_cut: true,
                problem,
            }) => {
                let message = format!("the answer broke off: {problem}");
                Error::new(Status::CutBody, message).with_retry(request.is_idempotent(), None)
            }
            Err(EnvelopeError::Malformed {
                words: None,
                is_cut: false,
                problem,
            }) => Error::new(
                Status::UnexpectedAnswer,
                format!("the answer is not JSON: {problem}"),
            ),
            Err(EnvelopeError::NotAnObject) => {
                Error::new(Status::UnexpectedAnswer, "the answer is not a JSON object")
            }
        };
        // The instance did answer the write with success, so it may well have been done.
        Err(error
            .with_http_status(code)
            .with_request(request.method.as_str(), request.url.path())
            .with_maybe_applied(!request.is_read()))
    }

    /// A number in a header, such as `X-Total-Count`.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }

    /// What an HTML page in place of an answer means.
    pub(crate) fn html_failure(&self, request: &Request) -> Option<Error> {
        self.is_html()
            .then(|| self.html_error(&HtmlPage::of(&self.body), request))
    }

    fn failure(&self, request: &Request) -> Option<Error> {
        if let Some(error) = self.html_failure(request) {
            return Some(error);
        }
        match self.status {
            StatusCode::ACCEPTED => {
                let message = "the instance dropped the request without executing it (202)";
                Some(Error::new(Status::NotExecuted, message).with_retry(true, None))
            }
            StatusCode::NO_CONTENT => None,
            status if status.is_success() => self.body_failure(request),
            status if status.is_redirection() => Some(self.redirect_error(status)),
            status => Some(self.status_error(status, request)),
        }
    }

    /// A success must be JSON; an empty one is for the caller to judge.
    fn body_failure(&self, request: &Request) -> Option<Error> {
        if self.body.is_empty() || self.is_json() {
            return None;
        }
        let kind = self.media_type().unwrap_or("unknown type");
        let message = format!("the instance answered with {kind} where JSON was due");
        // Whatever it says, it says that the request was done.
        Some(Error::new(Status::UnexpectedAnswer, message).with_maybe_applied(!request.is_read()))
    }

    fn status_error(&self, code: StatusCode, request: &Request) -> Error {
        let (message, detail) = page::error_words(&self.body);
        let cancelled = message.as_deref().is_some_and(is_cancelled);
        let retry_after = self.retry_after(SystemTime::now());
        let (status, what) = match code {
            StatusCode::BAD_REQUEST => (Status::BadRequest, "the instance refuses the request"),
            StatusCode::UNAUTHORIZED => (
                Status::Unauthenticated,
                "the instance refuses the credentials",
            ),
            StatusCode::FORBIDDEN => (Status::Forbidden, "the instance forbids it"),
            StatusCode::NOT_FOUND => (Status::NotFound, "the instance has no such record"),
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                (Status::Proxy, "the proxy asks for other credentials")
            }
            StatusCode::TOO_MANY_REQUESTS => (
                Status::RateLimited,
                "the instance has had too many requests",
            ),
            StatusCode::INTERNAL_SERVER_ERROR if cancelled => (
                Status::TransactionCancelled,
                "the instance cancelled the transaction",
            ),
            StatusCode::INTERNAL_SERVER_ERROR => (Status::ServerError, "the instance failed"),
            StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => (Status::Unavailable, "the instance is not available"),
            _ => (Status::HttpStatus, "the instance did not do it"),
        };
        let text = with_words(&format!("{what} ({})", code.as_u16()), &message, &detail);
        // 429 was surely not executed; a server's failure says nothing of what was done before it.
        let server_failure = code.is_server_error();
        let retryable = status == Status::RateLimited
            || (server_failure && status != Status::ServerError && request.is_idempotent());
        Error::new(status, text)
            .with_instance_words(message, detail)
            .with_retry(retryable, retry_after)
            .with_maybe_applied(server_failure && !request.is_read())
    }

    fn html_error(&self, page: &HtmlPage, request: &Request) -> Error {
        match page {
            HtmlPage::Hibernating => Error::new(
                Status::Hibernating,
                "the developer instance is hibernating; wake it on the developer site",
            ),
            HtmlPage::Outage => Error::new(
                Status::Unavailable,
                "the instance is out of service (outage page)",
            )
            .with_retry(true, self.retry_after(SystemTime::now())),
            _ if self.status.is_client_error() || self.status.is_server_error() => {
                self.status_error(self.status, request)
            }
            HtmlPage::Login => Error::new(
                Status::LoginPage,
                "a login page came in place of an answer; API calls must not go through single \
                 sign-on",
            ),
            HtmlPage::Other => Error::new(
                Status::UnexpectedAnswer,
                format!(
                    "an HTML page came in place of an answer ({})",
                    self.status.as_u16()
                ),
            )
            .with_maybe_applied(!request.is_read()),
        }
    }

    fn redirect_error(&self, status: StatusCode) -> Error {
        let target = self
            .headers
            .get(header::LOCATION)
            .and_then(|location| location.to_str().ok());
        if target.is_some_and(|target| target.contains("login") || target.contains("saml")) {
            let message = "a redirect to a login page came in place of an answer";
            return Error::new(Status::LoginPage, message);
        }
        // The origin alone: the rest may hold a ticket of the single sign-on.
        let origin = target
            .and_then(|target| url::Url::parse(target).ok())
            .map_or_else(
                || "another address".into(),
                |url| url.origin().ascii_serialization(),
            );
        let message = format!(
            "the instance redirects to {origin} ({}); redirects are never followed, so use that \
             address for the client if it is right",
            status.as_u16()
        );
        Error::new(Status::Redirect, message)
    }

    /// How long to wait: in seconds, or until a date.
    fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let text = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(text).ok()?;
        Some(until.duration_since(now).unwrap_or(Duration::ZERO))
    }

    /// The media type without its parameters.
    fn media_type(&self) -> Option<&str> {
        let value = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        Some(value.split(';').next().unwrap_or(value).trim())
    }

    fn is_html(&self) -> bool {
        self.media_type()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
    }

    /// An answer without a media type is read as what the API always gives.
    fn is_json(&self) -> bool {
        self.media_type()
            .is_none_or(|kind| kind.eq_ignore_ascii_case("application/json"))
    }
}

/// Rows that were cut off at an arbitrary place by an error.
fn partial(words: Words, request: &Request) -> Error {
    told(
        Status::PartialResult,
        "the answer ends in an error, so none of its rows is used",
        words,
    )
    .with_retry(request.is_idempotent(), None)
}

fn told(status: Status, what: &str, words: Words) -> Error {
    Error::new(status, with_words(what, &words.message, &words.detail))
        .with_instance_words(words.message, words.detail)
}

/// What happened, and what the instance says of it.
fn with_words(what: &str, message: &Option<String>, detail: &Option<String>) -> String {
    [message, detail]
        .into_iter()
        .flatten()
        .fold(what.to_owned(), |text, word| format!("{text}: {word}"))
}

/// The pages that instances and load balancers answer with.
enum HtmlPage {
    Hibernating,
    Outage,
    Login,
    Other,
}

impl HtmlPage {
    fn of(body: &[u8]) -> HtmlPage {
        // Each of these stands in the head of its page or near it.
        let text = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]).to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&[
            "instance-hibernating-page",
            "instance is hibernating",
            "hibernating page",
        ]) {
            HtmlPage::Hibernating
        } else if has(&["service interruption", "this instance is unavailable"]) {
            HtmlPage::Outage
        } else if has(&["login.do", "samlrequest", "name=\"user_password\""]) {
            HtmlPage::Login
        } else {
            HtmlPage::Other
        }
    }
}

/// Whether the instance's words tell of a cancelled transaction.
fn is_cancelled(message: &str) -> bool {
    message
        .to_ascii_lowercase()
        .contains("transaction cancelled")
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Method};

    use super::*;
    use crate::session::Address;

    fn request(method: Method) -> Request {
        let address = Address::parse("dev1", false).expect("a name");
        Request::new(method, &address, ["api"])
    }

    fn answer(status: u16, kind: &'static str, body: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        Response {
            status: StatusCode::from_u16(status).expect("a status"),
            headers,
            body: body.into(),
        }
    }

    /// What an answer says of whether to make the call again, and whether it was done.
    #[test]
    fn what_may_be_made_again_and_what_may_have_been_done() {
        const JSON: &str = "application/json";
        const HTML: &str = "text/html";
        let partial = r#"{"result":[{}],"error":{"message":"cut"},"status":"failure"}"#;
        let cancelled = r#"{"error":{"message":"Transaction cancelled: x"}}"#;
        let (get, post) = (Method::GET, Method::POST);
        for (method, status, kind, body, expected, retryable, maybe_applied) in [
            (&get, 200, JSON, partial, Status::PartialResult, true, false),
            (
                &post,
                201,
                JSON,
                partial,
                Status::PartialResult,
                false,
                true,
            ),
            (
                &get,
                500,
                JSON,
                cancelled,
                Status::TransactionCancelled,
                true,
                false,
            ),
            (
                &post,
                500,
                JSON,
                cancelled,
                Status::TransactionCancelled,
                false,
                true,
            ),
            (
                &post,
                201,
                "text/xml",
                "<x/>",
                Status::UnexpectedAnswer,
                false,
                true,
            ),
            (
                &post,
                200,
                HTML,
                "<p>?</p>",
                Status::UnexpectedAnswer,
                false,
                true,
            ),
            (
                &get,
                200,
                HTML,
                "<p>?</p>",
                Status::UnexpectedAnswer,
                false,
                false,
            ),
            (&post, 202, JSON, "", Status::NotExecuted, true, false),
            (&post, 429, JSON, "", Status::RateLimited, true, false),
            (&post, 503, JSON, "", Status::Unavailable, false, true),
            (&get, 503, JSON, "", Status::Unavailable, true, false),
        ] {
            let request = request(method.clone());
            let judged = answer(status, kind, body).judged(&request);
            let error = match judged {
                Ok(response) => response.into_results(&request).map(drop),
                Err(error) => Err(error),
            }
            .expect_err(body);
            let found = (error.status(), error.is_retryable(), error.maybe_applied());
            assert_eq!(
                found,
                (expected, retryable, maybe_applied),
                "{method} {status} {body}"
            );
        }
    }

    #[test]
    fn debug_shows_nothing_of_the_body() {
        let answer = answer(200, "application/json", r#"{"access_token":"s3cret"}"#);
        assert_eq!(format!("{answer:?}"), "200 OK with 25 bytes");
    }
}
