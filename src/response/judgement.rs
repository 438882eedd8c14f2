//! What an answer means.
//!
//! An instance, or something in front of it, answers in many ways that are not the answer asked for:
//! HTML with status 200 while it hibernates, an empty 202 for a request that it dropped, a redirect to
//! a login page. Each is told apart here, by status first, media type second and text last, so that
//! nothing after this has to doubt what it reads.

use std::time::SystemTime;

use http::{StatusCode, header};
use url::Url;

use super::html::HtmlPage;
use super::results::{is_cancelled, with_words};
use super::{Head, Response, accepted};
use crate::error::{Error, Result, Status};
use crate::record::page;
use crate::request::{self, SHORTER};
use crate::session::auth::TOKEN_PATH;
use crate::session::transport::client_certificate;

/// A URL that is no longer than this is not too long, whatever headers go with it.
const SHORT_URL: usize = 6000;

impl Response {
    /// The answer, where it is a success as far as status and media type tell; else why not.
    pub(crate) fn judged(self) -> Result<Response> {
        self.judge().map(|()| self)
    }

    /// Whether the answer is a success as far as status and media type tell, and if it is none, why.
    pub(crate) fn judge(&self) -> Result<()> {
        match self.failure() {
            Some(error) => Err(self.head.tells(error)),
            None => Ok(()),
        }
    }

    /// Whether the answer is a success, and if it is none, why.
    ///
    /// A success is empty, JSON, or what the request named in an `Accept` header of its own. An HTML page is none
    /// unless that names `text/html`, or is `*/*`; the pages of hibernation, outages and logins never are. JSON
    /// must be whole and hold no `error`; whether it has a `result` is not asked. The content of an attachment is a
    /// success whatever it says.
    ///
    /// # Errors
    /// Those of the instance (300s), [`Status::Unauthenticated`], [`Status::LoginPage`],
    /// [`Status::Redirect`], [`Status::Proxy`], [`Status::CutBody`]; [`Status::Tls`] where a page says that https
    /// or another client certificate is wanted; [`Status::NoMemory`] where there is none to read the JSON.
    pub fn check(&self) -> Result<()> {
        if self.head.is_file {
            return Ok(());
        }
        self.judge()?;
        match self.head.is_success_in_json() && !self.body.is_empty() {
            true => self.check_json(),
            false => Ok(()),
        }
    }

    /// What an HTML page in place of an answer means.
    pub(crate) fn html_failure(&self) -> Option<Error> {
        self.head
            .is_html()
            .then(|| self.html_error(&HtmlPage::of(&self.body)))
    }

    fn failure(&self) -> Option<Error> {
        let status = self.head.status;
        match status {
            StatusCode::ACCEPTED if self.body.is_empty() => self.dropped_failure(),
            StatusCode::NO_CONTENT => None,
            status if status.is_success() => self.body_failure(),
            status => Some(match self.html_failure() {
                Some(error) => error,
                None if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                    self.redirect_error(status)
                }
                None if self.is_404_of_another() => {
                    self.no_api_error(self.head.media_type().unwrap_or("another answer"))
                }
                None => self.status_error(status),
            }),
        }
    }

    /// An instance answers 202 and nothing more to a request that found no room in its queue. An API that
    /// never says so itself is known by that; of any other it may be the success: a job was begun.
    fn dropped_failure(&self) -> Option<Error> {
        let path = self.head.asked.path.as_str();
        let is_dropped = path == TOKEN_PATH
            || matches!(
                request::platform_api(path),
                Some("table" | "attachment" | "import" | "stats" | "batch")
            );
        let message = "the instance dropped the request without executing it (202)";
        is_dropped.then(|| Error::new(Status::NotExecuted, message).with_retry(true, None))
    }

    /// A success must be of a type that was asked for; an empty one is for the caller to judge.
    fn body_failure(&self) -> Option<Error> {
        if self.head.is_of_a_type_asked_for() {
            let page = self.head.is_html().then(|| self.body());
            return page
                .and_then(HtmlPage::in_place_of_another)
                .map(|page| self.html_error(&page));
        }
        if let Some(error) = self.html_failure() {
            return Some(error);
        }
        if self.body.is_empty() {
            return None;
        }
        let kind = self.head.media_type().unwrap_or("unknown type");
        let message = format!("the instance answered with {kind} where JSON was due");
        // Whatever it says, it says that the request was done.
        Some(
            Error::new(Status::UnexpectedAnswer, message)
                .with_maybe_applied(!self.head.asked.is_read()),
        )
    }

    fn status_error(&self, code: StatusCode) -> Error {
        let asked = &self.head.asked;
        let words = page::error_words(&self.body);
        let cancelled = words.message.as_deref().is_some_and(is_cancelled);
        let retry_after = self.head.retry_after(SystemTime::now());
        let (status, what) = match code {
            StatusCode::BAD_REQUEST | StatusCode::URI_TOO_LONG => {
                (Status::BadRequest, "the instance refuses the request")
            }
            StatusCode::UNAUTHORIZED if self.lacks_one_time_code() => (
                Status::Unauthenticated,
                "the instance takes the password, and asks for the one-time code behind it",
            ),
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
        let text = with_words(&format!("{what} ({})", code.as_u16()), &words);
        let is_unexplained = words.message.is_none();
        // 429 was surely not executed; a server's failure says nothing of what was done before it.
        let server_failure = code.is_server_error();
        let retryable = status == Status::RateLimited
            || (server_failure && status != Status::ServerError && asked.is_idempotent());
        let error = Error::new(status, text)
            .with_instance_words(words.message, words.detail)
            .with_retry(retryable, retry_after)
            .with_maybe_applied(server_failure && !asked.is_read());
        match asked.url_length {
            // An instance says no word of it.
            Some(length) if length > SHORT_URL && is_unexplained => error.with_remark(&format!(
                "its URL has {length} bytes, and an instance takes about 8000 with the headers; {SHORTER}"
            )),
            _ => error,
        }
    }

    /// Whether the credentials are right, but for the code that changes with the time.
    pub(crate) fn lacks_one_time_code(&self) -> bool {
        self.head.status == StatusCode::UNAUTHORIZED && self.head.header("x-mfa_token").is_some()
    }

    fn html_error(&self, page: &HtmlPage) -> Error {
        match page {
            HtmlPage::Hibernating => Error::new(
                Status::Hibernating,
                "the developer instance is hibernating; wake it on the developer site",
            ),
            HtmlPage::Outage => Error::new(
                Status::Unavailable,
                "the instance is out of service (outage page)",
            )
            .with_retry(
                self.head.asked.is_idempotent() || self.is_surely_unavailable(),
                self.head.retry_after(SystemTime::now()),
            )
            .with_maybe_applied(!self.head.asked.is_read() && !self.is_surely_unavailable()),
            HtmlPage::NoClientCertificate => Error::new(Status::Tls, client_certificate::ASKED_FOR),
            HtmlPage::BadClientCertificate => Error::new(Status::Tls, client_certificate::REFUSED),
            HtmlPage::HttpsPort => Error::new(
                Status::Tls,
                "this port speaks https, and was called by http; write https:// in the instance's \
                 address",
            ),
            _ if self.is_refused() && !self.is_404_of_another() => {
                self.status_error(self.head.status)
            }
            HtmlPage::Login => Error::new(
                Status::LoginPage,
                "a login page came in place of an answer; API calls must not go through single \
                 sign-on",
            ),
            // A redirect has a page of its own, for browsers that do not follow it by themselves.
            HtmlPage::Other if self.head.status.is_redirection() => {
                self.redirect_error(self.head.status)
            }
            HtmlPage::Other => self.no_api_error("an HTML page"),
        }
    }

    fn no_api_error(&self, what: &str) -> Error {
        let message = format!(
            "{what} came in place of an answer ({}); what answers is no instance's API: check the \
             address, and whether a proxy or a sign-in page is in between",
            self.head.status.as_u16()
        );
        Error::new(Status::UnexpectedAnswer, message)
            .with_maybe_applied(!self.head.asked.is_read() && !self.is_refused())
    }

    fn is_refused(&self) -> bool {
        self.head.status.is_client_error() || self.head.status.is_server_error()
    }

    /// Whether this is the 404 of a server that has no such path, which must not pass for that of an instance that has
    /// no such record: somebody may take that for deleted. An instance says why, in JSON or in the XML that was asked
    /// for.
    fn is_404_of_another(&self) -> bool {
        self.head.status == StatusCode::NOT_FOUND
            && request::platform_api(&self.head.asked.path).is_some()
            && !self.body.is_empty()
            && !self.head.media_type().is_some_and(accepted::is_xml)
            && page::error_words(&self.body).message.is_none()
    }

    /// Whether an outage page is the answer of what stands in front of the instance, which never saw the
    /// request. With another status it may have taken too long over it.
    fn is_surely_unavailable(&self) -> bool {
        self.head.status == StatusCode::SERVICE_UNAVAILABLE
    }

    fn redirect_error(&self, status: StatusCode) -> Error {
        let own = self.head.asked.address.url(&self.head.asked.path, &[]);
        let location = self.head.header(header::LOCATION.as_str());
        // Of where it leads the origin alone: the rest may hold a ticket of the single sign-on.
        let target = location
            .and_then(|location| own.join(location).ok())
            .filter(|url| url.origin().is_tuple());
        let is_own = target
            .as_ref()
            .is_some_and(|url| url.origin() == own.origin());
        let is_page = is_own
            && own.path().starts_with("/api/")
            && target.as_ref().is_some_and(is_page_for_people);
        let advice = match &target {
            Some(_) if is_own => {
                "and this is the address that was called: check what stands before the instance"
            }
            Some(url) if url.path() == own.path() => {
                "so use that address for the client if it is right"
            }
            Some(_) => {
                "and to another path there: check the address of the instance, and what stands before it"
            }
            None => "so check the address of the instance, and what stands before it",
        };
        let place = target.map_or("no address".into(), |url| {
            url.origin().ascii_serialization()
        });
        if is_page || location.is_some_and(is_to_login) {
            let message = format!(
                "a redirect to a page where people sign in ({place}) came in place of an answer; API calls \
                 must not go through single sign-on"
            );
            return Error::new(Status::LoginPage, message);
        }
        let message = format!(
            "the instance redirects to {place} ({}); redirects are never followed, {advice}",
            status.as_u16()
        );
        // A web application answers so to a form that it took; the other redirects, and those to another
        // place, say that nothing was done here.
        let follows_success =
            status == StatusCode::SEE_OTHER || (status == StatusCode::FOUND && is_own);
        Error::new(Status::Redirect, message)
            .with_maybe_applied(follows_success && !self.head.asked.is_read())
    }
}

/// Whether a redirect leads to a sign-in, at the instance or at whoever signs its users in.
fn is_to_login(location: &str) -> bool {
    let location = location.to_ascii_lowercase();
    let mut words = location.split(|letter: char| !letter.is_ascii_alphanumeric());
    ["login", "saml", "auth_redirect"]
        .iter()
        .any(|part| location.contains(part))
        || words.any(|word| {
            matches!(
                word,
                "authorize" | "logon" | "signin" | "sso" | "startsso" | "initsso"
            )
        })
}

/// Whether this is a page of the instance's user interface, such as `/navpage.do`, where it sends a caller that
/// it takes for a person who is not signed in.
fn is_page_for_people(url: &Url) -> bool {
    let mut segments = url.path_segments().into_iter().flatten();
    segments
        .next_back()
        .is_some_and(|last| last.ends_with(".do"))
}

impl Head {
    /// Whether the answer is a success, and JSON if it is anything.
    fn is_success_in_json(&self) -> bool {
        self.status.is_success() && self.asked.accepted.is_json(self.media_type())
    }

    /// Whether the answer is a success of a type that was asked for whatever its body holds, so that nothing of
    /// that is needed to say so.
    pub(super) fn is_surely_as_asked(&self) -> bool {
        // Without a body it would tell of a request that was dropped.
        self.status.is_success()
            && self.status != StatusCode::ACCEPTED
            && !self.is_html()
            && self.is_of_a_type_asked_for()
    }

    /// The media type without its parameters.
    fn media_type(&self) -> Option<&str> {
        let value = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        Some(accepted::essence(value))
    }

    fn is_html(&self) -> bool {
        self.media_type().is_some_and(accepted::is_html)
    }

    /// An answer without a media type is read as what the API always gives.
    pub(crate) fn is_json(&self) -> bool {
        self.media_type().is_none_or(accepted::is_json)
    }

    /// Whether what came, if it is a success, is what the call accepts.
    fn is_of_a_type_asked_for(&self) -> bool {
        self.asked.accepted.takes(self.media_type())
    }
}

#[cfg(test)]
mod tests;
