//! The instance's answer: what stands in it, and the records that it holds.

mod accepted;
mod html;
mod judgement;
mod measured;
mod results;
mod rows;
mod secrets;
mod stream;

#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::value::RawValue;

use accepted::Accepted;
pub(crate) use measured::{Expected, Measured};
pub(crate) use rows::RowStream;
pub(crate) use secrets::Secrets;
pub use stream::Stream;

use crate::error::{Error, Result, Status};
use crate::record::page::Results;
use crate::record::scanner::{KnownShapes, Scanner, unmarked};
use crate::record::{Record, ValueForm};
use crate::request::{self, Request};
use crate::session::Address;

/// What the instance answered, whatever its status.
///
/// `Debug` shows how it ended, and none of what it holds: a token endpoint's answer is a secret.
pub struct Response {
    pub(crate) head: Head,
    body: Vec<u8>,
}

/// All of an answer but its body.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    asked: Asked,
    /// Whether an earlier attempt of the call may have been executed.
    pub(crate) maybe_applied_before: bool,
    /// Whether the body is a file, which is right where it is what the instance has, whatever it says.
    is_file: bool,
}

/// What an answer has to know of the call that it answers.
#[derive(Clone)]
struct Asked {
    address: Address,
    method: Method,
    path: String,
    accepted: Accepted,
    /// How long the URL of the call is, where the answer may be about that.
    url_length: Option<usize>,
    /// What the call showed that nobody is to be told.
    secrets: Secrets,
    /// How the rows of the client's answers were written so far.
    shapes: Arc<KnownShapes>,
    /// What values are that come alone.
    form: ValueForm,
}

impl Response {
    pub(crate) fn new(head: Head, body: Vec<u8>) -> Response {
        Response { head, body }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    /// A header of the answer, by its name in any case; the first where there are several. `None`
    /// where there is none, or none that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// All headers of the answer that are text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.headers()
    }

    /// The body, inflated.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The `result` of the answer as JSON text, whatever it is.
    ///
    /// # Errors
    /// As [`Response::check`]; [`Status::UnexpectedAnswer`] where there is no `result`.
    pub fn result(&self) -> Result<&str> {
        #[derive(Deserialize)]
        struct Answer<'a> {
            #[serde(borrow)]
            result: Option<&'a RawValue>,
        }
        self.judge()?;
        self.results()?;
        let answer = serde_json::from_slice::<Answer<'_>>(unmarked(&self.body));
        match answer.ok().and_then(|answer| answer.result) {
            Some(result) => Ok(result.get()),
            None => Err(self.unexpected("the answer holds no result")),
        }
    }

    /// The records that the answer holds: those of a list, or the one that is its `result`. None where
    /// the instance had nothing to say (204, and a list without rows).
    ///
    /// # Errors
    /// As [`Response::check`]; [`Status::PartialResult`] where the list ends in an error;
    /// [`Status::UnexpectedAnswer`] where the answer holds no `result`, or one that is no record.
    pub fn records(&self) -> Result<Vec<Record>> {
        self.judge()?;
        if self.body.is_empty() && self.head.status == StatusCode::NO_CONTENT {
            return Ok(Vec::new());
        }
        match self.results()? {
            Results::Many(page) => (0..page.row_count())
                .filter_map(|index| page.record(index))
                .collect::<Result<_>>()
                .map_err(|error| self.head.tells(error)),
            Results::One(record) => Ok(vec![record]),
            Results::Null | Results::Missing => Err(self.unexpected("the answer holds no result")),
            Results::Scalar => {
                Err(self.unexpected("the answer's result is a text or a number, and no record"))
            }
        }
    }

    /// That the answer is not what it should be.
    pub(crate) fn unexpected(&self, message: &str) -> Error {
        self.head.unexpected(message)
    }

    /// Takes the answer apart, for who reads it otherwise.
    pub(crate) fn into_parts(self) -> (StatusCode, HeaderMap, Vec<u8>) {
        (self.head.status, self.head.headers, self.body)
    }
}

impl Head {
    pub(crate) fn new(
        address: &Address,
        request: &Request,
        status: StatusCode,
        headers: HeaderMap,
        shapes: &Arc<KnownShapes>,
    ) -> Head {
        Head {
            status,
            headers,
            asked: Asked {
                address: address.clone(),
                method: request.method.clone(),
                path: request.path().into(),
                accepted: Accepted::of(&request.headers),
                url_length: is_of_length(status).then(|| {
                    let url = address.url(request.path(), &request.params);
                    url.as_str().len()
                }),
                secrets: Secrets::default(),
                shapes: Arc::clone(shapes),
                form: request.form_of_answer(),
            },
            maybe_applied_before: false,
            is_file: false,
        }
    }

    /// Tells none of these in an error.
    pub(crate) fn hiding(mut self, secrets: Secrets) -> Head {
        self.asked.secrets = secrets;
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        text_of(self.headers.get(name)?)
    }

    /// How many rows match what was asked, those that this user may not see among them (`X-Total-Count`).
    pub(crate) fn total_count(&self) -> Option<u64> {
        self.header("x-total-count")?.trim().parse().ok()
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), text_of(value)?)))
    }

    /// What reads the body.
    pub(super) fn scanner(&self) -> Scanner {
        Scanner::knowing(&self.asked.shapes).of_values(self.asked.form)
    }

    /// Whether the answer is a success as far as its head tells. Only one that has no body tells of a
    /// request that was dropped (202).
    pub(crate) fn check(&self) -> Result<()> {
        if self.status == StatusCode::ACCEPTED && self.header("content-length") != Some("0") {
            return Ok(());
        }
        Response::new(self.clone(), Vec::new()).judge()
    }

    /// What it is a failure of, where it is none that succeeded, as far as its head tells.
    pub(crate) fn refusal(&self) -> Option<Status> {
        match self.is_surely_as_asked() {
            true => None,
            false => self.check().err().map(|error| error.status()),
        }
    }

    /// The story of an error that this answer tells, or that happened to its body.
    pub(crate) fn tells(&self, error: Error) -> Error {
        let maybe_applied = error.maybe_applied() || self.maybe_applied_before;
        let error = self.asked.secrets.hidden_in(error);
        error
            .with_http_status(self.status.as_u16())
            .with_request(self.asked.method.as_str(), &self.asked.path)
            .with_maybe_applied(maybe_applied)
    }

    /// That the answer is not what it should be.
    pub(crate) fn unexpected(&self, message: &str) -> Error {
        self.tells(Error::new(Status::UnexpectedAnswer, message))
            .with_maybe_applied(!self.asked.is_read())
    }

    /// How long to wait: in seconds, or until a date. Where a rate rule does not say, until the next
    /// window of its count begins. Moments are of the instance's clock, by which it is the time in `Date`;
    /// where it does not say, the time `here` has to do.
    fn retry_after(&self, here: SystemTime) -> Option<Duration> {
        let date = self.header(header::DATE.as_str());
        let now = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok());
        let now = now.unwrap_or(here);
        let until = |moment: SystemTime| moment.duration_since(now).unwrap_or(Duration::ZERO);
        let told = self.header(header::RETRY_AFTER.as_str()).map(str::trim);
        if let Some(text) = told {
            if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
                return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
            }
            if let Ok(date) = httpdate::parse_http_date(text) {
                return Some(until(date));
            }
        }
        let reset = self.header("x-ratelimit-reset")?.trim().parse().ok()?;
        let window = UNIX_EPOCH.checked_add(Duration::from_secs(reset))?;
        (self.status == StatusCode::TOO_MANY_REQUESTS).then(|| until(window))
    }
}

impl Asked {
    fn is_read(&self) -> bool {
        request::is_read(&self.method)
    }

    fn is_idempotent(&self) -> bool {
        request::is_idempotent(&self.method)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.head.status, self.body.len())
    }
}

/// Whether an answer may mean that the URL of the call, or all of its head, is too long.
fn is_of_length(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::URI_TOO_LONG
            | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    )
}

/// The value of a header. Most are ASCII; a file's name in one may be UTF-8.
fn text_of(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}
