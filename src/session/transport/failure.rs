//! What went wrong in an exchange that brought no answer, and what that says about the request.
//!
//! The one question that matters for a write is whether its bytes may have reached the instance. Until
//! a connection stands, they surely have not.

use std::collections::TryReserveError;
use std::error::Error as StdError;
use std::io;

use http::Method;
use rustix::io::Errno;

use super::handshake;
use super::resolver::Unresolved;
use super::route::{AtProxy, ProxyRefusal};
use crate::error::{Error, Status};
use crate::request::{SHORTER, is_idempotent, is_read};
use crate::runtime::background::NoThread;

/// Why an exchange brought no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request is none.
    Unsendable(http::Error),
    /// No connection stood.
    NoConnection(io::Error),
    /// No answer began.
    NoAnswer(hyper::Error),
    /// The body broke off.
    BrokenBody(hyper::Error),
    /// The compressed body is not whole.
    CutBody,
    /// The body is not packed as its head says.
    NotGzip,
    /// It is packed with what no request asks for.
    OtherCoding(Box<str>),
    /// There is more of the body than an answer may have that is held whole.
    TooLarge,
    /// There is no memory for what is held of it.
    NoMemory,
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Failure {
        Failure::Unsendable(error)
    }
}

impl From<TryReserveError> for Failure {
    fn from(_: TryReserveError) -> Failure {
        Failure::NoMemory
    }
}

impl From<hyper::Error> for Failure {
    fn from(error: hyper::Error) -> Failure {
        Failure::BrokenBody(error)
    }
}

impl Failure {
    /// The error that this is, where the instance may have the whole request, or surely has not.
    pub(super) fn into_error(self, method: &Method, arrived: bool) -> Error {
        match self {
            Failure::CutBody => {
                let message = "the compressed answer broke off";
                unfinished(Status::CutBody, message, method, arrived)
            }
            Failure::NotGzip => {
                let message = "the answer is not gzip, though it says so";
                unfinished(Status::CutBody, message, method, arrived)
            }
            Failure::OtherCoding(name) => {
                let message = format!(
                    "the answer is packed as {name:?}, though gzip alone was asked for; look at what stands \
                     between here and the instance"
                );
                Error::new(Status::UnexpectedAnswer, message).with_maybe_applied(!is_read(method))
            }
            Failure::TooLarge => {
                let message = "the answer is larger than 256 MiB, the most that is held whole; open the request \
                               and read its answer piece by piece";
                Error::new(Status::UnexpectedAnswer, message).with_maybe_applied(!is_read(method))
            }
            Failure::NoMemory => {
                let message = "there is no memory for the answer; ask for less, or open the request and read its \
                               answer piece by piece";
                Error::new(Status::NoMemory, message).with_maybe_applied(!is_read(method))
            }
            Failure::Unsendable(error) => Error::argument(
                "request",
                format_args!("it cannot be sent: {error}; {SHORTER}"),
            ),
            Failure::NoConnection(error) => no_connection(&error),
            Failure::NoAnswer(error) => broken(
                &error,
                Status::Network,
                "the connection broke",
                method,
                arrived,
            ),
            Failure::BrokenBody(error) => broken(
                &error,
                Status::CutBody,
                "the answer broke off",
                method,
                arrived,
            ),
        }
    }
}

/// An exchange that brought no answer. A request that surely did not arrive can be made again whatever
/// it is.
pub(super) fn unfinished(status: Status, message: &str, method: &Method, arrived: bool) -> Error {
    let again = is_idempotent(method) || !arrived;
    Error::new(status, message)
        .with_retry(again && status != Status::Cancelled, None)
        .with_maybe_applied(arrived && !is_read(method))
}

/// A connection that stood, and does no more.
fn broken(
    error: &(dyn StdError + 'static),
    status: Status,
    what: &str,
    method: &Method,
    arrived: bool,
) -> Error {
    let cause = cause(error);
    if let Some(tls) = find(error, tls_failure).filter(|tls| handshake::is_refused_client(tls)) {
        let message = format!("the TLS connection failed: {}", handshake::words(tls));
        return Error::new(Status::Tls, message);
    }
    // A TLS server answers a plain request with an alert, which is no HTTP.
    let advice = match cause.as_str() {
        "invalid HTTP version parsed" => {
            "; what answers does not speak http: check the port, or write https:// if it speaks that"
        }
        _ => "",
    };
    unfinished(status, &format!("{what}: {cause}{advice}"), method, arrived)
}

/// What kept a connection from standing; nothing was sent.
fn no_connection(error: &io::Error) -> Error {
    let cause = cause(error);
    // A certificate or password that is refused today is refused in a minute too.
    let for_good = |status, message: String| Error::new(status, message);
    let for_now = |status, message: String| Error::new(status, message).with_retry(true, None);
    if let Some(tls) = find(error, tls_failure) {
        let message = format!("the TLS connection failed: {}", handshake::words(tls));
        return for_good(Status::Tls, message);
    }
    if is_here(error) {
        let message = format!("no connection could be made: {cause}");
        return for_now(Status::Connect, message);
    }
    if let Some(name) = find(error, name_failure) {
        return for_now(Status::NameResolution, name);
    }
    if let Some(refusal) = find(error, proxy_refusal) {
        let message = format!("no connection through the proxy: {}", refusal.what);
        return Error::new(Status::Proxy, message).with_retry(refusal.is_for_now, None);
    }
    let place = find(error, at_proxy).map_or_else(String::new, |proxy| format!(" to {proxy}"));
    let message = match find(error, is_timeout) {
        Some(()) => format!("no connection{place} within the connect time limit"),
        None => format!("no connection{place} could be made: {cause}"),
    };
    for_now(Status::Connect, message)
}

/// Whether there is no descriptor or thread left for it here, which says nothing of the other end, nor of its name.
pub(crate) fn is_here(error: &(dyn StdError + 'static)) -> bool {
    find(error, want_of_descriptors).is_some() || find(error, want_of_threads).is_some()
}

/// The innermost cause, which is what a person can act on.
fn cause(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Looks for a cause of some type; an `io::Error` hides what it wraps from `source`.
fn find<'a, T>(
    error: &'a (dyn StdError + 'static),
    matches: impl Fn(&'a (dyn StdError + 'static)) -> Option<T>,
) -> Option<T> {
    let mut next: Option<&'a (dyn StdError + 'static)> = Some(error);
    while let Some(source) = next {
        if let Some(found) = matches(source) {
            return Some(found);
        }
        let wrapped = source
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => source.source(),
        };
    }
    None
}

fn tls_failure<'a>(source: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    source.downcast_ref()
}

fn name_failure(source: &(dyn StdError + 'static)) -> Option<String> {
    source.downcast_ref::<Unresolved>().map(ToString::to_string)
}

fn proxy_refusal<'a>(source: &'a (dyn StdError + 'static)) -> Option<&'a ProxyRefusal> {
    source.downcast_ref()
}

fn at_proxy<'a>(source: &'a (dyn StdError + 'static)) -> Option<&'a AtProxy> {
    source.downcast_ref()
}

fn want_of_descriptors(source: &(dyn StdError + 'static)) -> Option<()> {
    let error = source.downcast_ref::<io::Error>()?;
    let lacks = matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE)
    );
    lacks.then_some(())
}

fn want_of_threads(source: &(dyn StdError + 'static)) -> Option<()> {
    source.downcast_ref::<NoThread>().map(drop)
}

fn is_timeout(source: &(dyn StdError + 'static)) -> Option<()> {
    let error = source.downcast_ref::<io::Error>()?;
    (error.kind() == io::ErrorKind::TimedOut).then_some(())
}
