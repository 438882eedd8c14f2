//! Why a call failed: one [`Status`] to act on, and an [`Error`] that tells the whole story.
//!
//! A status exists where a caller would act differently, not where a message would. Everything else
//! that is known (the instance's own words, the HTTP status, whether a write may have happened) is a
//! field of the error. No field ever holds a credential, a token or a query string.

use std::ffi::CStr;
use std::fmt;
use std::time::Duration;

/// The result of a fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! statuses {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $name:literal;)+) => {
        /// What kind of failure an [`Error`] is.
        ///
        /// The numbers are those of the C header and are never reused. They come in classes: the
        /// caller's mistake (1–99), the transport (100s), signing in (200s), the instance (300s), the
        /// state of a handle or call (400s), and libsnow itself (900s).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(i32)]
        pub enum Status {
            $($(#[doc = $doc])+ $variant = $code,)+
        }

        impl Status {
            /// Every status, in the order of their numbers.
            pub const ALL: &'static [Status] = &[$(Status::$variant,)+];

            /// The status with this number.
            #[must_use]
            pub fn from_code(code: i32) -> Option<Status> {
                match code {
                    $($code => Some(Status::$variant),)+
                    _ => None,
                }
            }

            /// The name of the status in C, such as `"SNOW_NOT_FOUND"`.
            #[must_use]
            pub fn name(self) -> &'static str {
                self.name_c().to_str().unwrap_or_default()
            }

            /// As [`Status::name`], for C.
            pub(crate) fn name_c(self) -> &'static CStr {
                match self {
                    $(Status::$variant => $name,)+
                }
            }
        }
    };
}

statuses! {
    /// A pointer that must not be NULL is NULL.
    NullArgument = 1, c"SNOW_NULL_ARGUMENT";
    /// A string is not UTF-8.
    InvalidUtf8 = 2, c"SNOW_INVALID_UTF8";
    /// An argument has a value that cannot be used; the message says which values can.
    InvalidArgument = 3, c"SNOW_INVALID_ARGUMENT";
    /// No option has this name.
    UnknownOption = 4, c"SNOW_UNKNOWN_OPTION";
    /// A handle is of another kind than the function takes, or was freed before.
    InvalidHandle = 5, c"SNOW_INVALID_HANDLE";
    /// A file that the caller named cannot be read or written.
    File = 6, c"SNOW_FILE";

    /// The connection broke, or the network failed in a way that has no status of its own.
    Network = 100, c"SNOW_NETWORK";
    /// The name of the host could not be resolved.
    NameResolution = 101, c"SNOW_NAME_RESOLUTION";
    /// No connection could be made: refused, unreachable, not within the connect time limit, or for want of
    /// file descriptors or threads.
    Connect = 102, c"SNOW_CONNECT";
    /// The TLS handshake failed: the certificate is not trusted, or the two sides share no version.
    Tls = 103, c"SNOW_TLS";
    /// The proxy refused, cannot connect to the instance now, or asks for other credentials; or the
    /// environment names one that cannot be used.
    Proxy = 104, c"SNOW_PROXY";
    /// The answer broke off before its end. Of what a call gives as a whole nothing is used.
    CutBody = 105, c"SNOW_CUT_BODY";
    /// The instance answered with a redirect, which is never followed.
    Redirect = 106, c"SNOW_REDIRECT";
    /// What arrived is not what was sent: an attachment's size or hash is another.
    Corrupt = 107, c"SNOW_CORRUPT";

    /// The instance refuses the credentials (HTTP 401).
    Unauthenticated = 210, c"SNOW_UNAUTHENTICATED";
    /// The client has no token and no grant to get one: sign in or set a token first.
    NoToken = 211, c"SNOW_NO_TOKEN";
    /// The token endpoint refuses the grant; the detail holds its `error` and `error_description`.
    TokenRefused = 212, c"SNOW_TOKEN_REFUSED";
    /// The token endpoint answered with something that is not a token.
    TokenAnswer = 213, c"SNOW_TOKEN_ANSWER";
    /// The caller's callback did not report success; its value is in the error.
    CallbackFailed = 214, c"SNOW_CALLBACK_FAILED";
    /// A login or single-sign-on page came in place of an answer.
    LoginPage = 215, c"SNOW_LOGIN_PAGE";

    /// An HTTP status that has no status of its own here.
    HttpStatus = 310, c"SNOW_HTTP_STATUS";
    /// The instance cannot make sense of the request, such as for an unknown table (HTTP 400), or one whose URL is too
    /// long (also HTTP 414).
    BadRequest = 311, c"SNOW_BAD_REQUEST";
    /// An access control, business rule or data policy forbids it (HTTP 403).
    Forbidden = 312, c"SNOW_FORBIDDEN";
    /// No such record, or none that this user may see (HTTP 404, or a query without rows). A 404 of a server that is
    /// no instance is [`Status::UnexpectedAnswer`].
    NotFound = 313, c"SNOW_NOT_FOUND";
    /// Too many requests; the error tells how long to wait if the instance did (HTTP 429).
    RateLimited = 314, c"SNOW_RATE_LIMITED";
    /// The instance dropped the request without executing it (HTTP 202 without a body, from an API that never
    /// answers so itself: those of tables, attachments, imports, statistics and batches).
    NotExecuted = 315, c"SNOW_NOT_EXECUTED";
    /// The instance cancelled the transaction, mostly for its execution time.
    TransactionCancelled = 316, c"SNOW_TRANSACTION_CANCELLED";
    /// An answer that began well holds an error; none of its rows is used.
    PartialResult = 317, c"SNOW_PARTIAL_RESULT";
    /// The developer instance hibernates; it must be woken on the developer site.
    Hibernating = 318, c"SNOW_HIBERNATING";
    /// The instance or its gateway is out of service (HTTP 502, 503, 504 or an outage page).
    Unavailable = 319, c"SNOW_UNAVAILABLE";
    /// The instance failed (HTTP 500).
    ServerError = 320, c"SNOW_SERVER_ERROR";
    /// The answer is not what this request is answered with: not JSON, or without a `result`.
    UnexpectedAnswer = 321, c"SNOW_UNEXPECTED_ANSWER";
    /// More than one record matches where exactly one is asked for.
    Multiple = 322, c"SNOW_MULTIPLE";
    /// An export ended, and rows are missing that the instance still has.
    Incomplete = 323, c"SNOW_INCOMPLETE";
    /// The instance leaves out a part of the query, and so gives other rows than were asked for.
    QueryIgnored = 324, c"SNOW_QUERY_IGNORED";
    /// The instance's dictionary shows this user no type for a column that is to have one.
    NoDictionary = 325, c"SNOW_NO_DICTIONARY";

    /// There is no further row; not a failure.
    Done = 410, c"SNOW_DONE";
    /// The operation was cancelled by the caller.
    Cancelled = 411, c"SNOW_CANCELLED";
    /// The total time limit of the call ran out.
    Timeout = 412, c"SNOW_TIMEOUT";
    /// Another call is using this single-user handle right now, on another thread or around a callback.
    Busy = 413, c"SNOW_BUSY";
    /// The client is closed.
    Closed = 414, c"SNOW_CLOSED";
    /// There is no memory for what the caller gives or the instance answers: a body, a record made from JSON, the value
    /// of a field, or an answer that is held whole. For a copy of any other text memory is not asked for first.
    NoMemory = 415, c"SNOW_NO_MEMORY";

    /// A defect of libsnow itself, caught at its boundary.
    Internal = 900, c"SNOW_INTERNAL";
}

impl Status {
    /// The number of the status in C.
    #[must_use]
    pub fn code(self) -> i32 {
        self as i32
    }
}

/// Why a call failed.
///
/// Small to return, cheap to clone. `Display` gives the one-line message.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    status: Status,
    message: String,
    instance_message: Option<String>,
    detail: Option<String>,
    http_status: Option<u16>,
    method: Option<String>,
    path: Option<String>,
    retryable: bool,
    retry_after: Option<Duration>,
    maybe_applied: bool,
    callback_value: Option<i32>,
}

impl Error {
    /// An error with a status and a one-line message, which must hold no secret.
    pub fn new(status: Status, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            status,
            message: one_line(message.into()),
            instance_message: None,
            detail: None,
            http_status: None,
            method: None,
            path: None,
            retryable: false,
            retry_after: None,
            maybe_applied: false,
            callback_value: None,
        }))
    }

    /// An argument that cannot be used: its name, and what is accepted.
    pub(crate) fn argument(name: &str, problem: impl fmt::Display) -> Error {
        Error::new(Status::InvalidArgument, format!("{name}: {problem}"))
    }

    /// The same refusal, of an argument that has another name where the caller gave it.
    pub(crate) fn about(mut self, argument: &str) -> Error {
        if let Some((_, problem)) = self.0.message.split_once(": ") {
            self.0.message = format!("{argument}: {problem}");
        }
        self
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// One line for a person: what failed, and how.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The instance's own `error.message`, where it gave one.
    #[must_use]
    pub fn instance_message(&self) -> Option<&str> {
        self.0.instance_message.as_deref()
    }

    /// The instance's own `error.detail`, or the token endpoint's error and description.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The HTTP status of the answer, where one came.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The HTTP method of the request, where one was made.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.0.method.as_deref()
    }

    /// The path of the request without its query, where one was made.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Whether the same call may succeed when it is made again later, and is safe to make again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long the instance asks to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether a write may have happened in spite of this error.
    #[must_use]
    pub fn maybe_applied(&self) -> bool {
        self.0.maybe_applied
    }

    /// What the caller's callback returned, where the callback is what failed.
    #[must_use]
    pub fn callback_value(&self) -> Option<i32> {
        self.0.callback_value
    }

    pub(crate) fn with_instance_words(
        mut self,
        message: Option<String>,
        detail: Option<String>,
    ) -> Error {
        self.0.instance_message = message;
        self.0.detail = detail;
        self
    }

    /// The same failure in other words, where those of the instance must not be told.
    pub(crate) fn without_instance_words(mut self, message: &str) -> Error {
        self.0.message = message.to_owned();
        self.with_instance_words(None, None)
    }

    /// The same failure, with a sign in place of a text that nobody is to be told.
    pub(crate) fn hiding(mut self, secret: &str) -> Error {
        let told = &mut *self.0;
        let words = [
            Some(&mut told.message),
            told.instance_message.as_mut(),
            told.detail.as_mut(),
        ];
        for words in words.into_iter().flatten() {
            if words.contains(secret) {
                *words = words.replace(secret, "[hidden]");
            }
        }
        self
    }

    /// Says something more in the message.
    pub(crate) fn with_remark(mut self, remark: &str) -> Error {
        self.0.message = one_line(format!("{}; {remark}", self.0.message));
        self
    }

    pub(crate) fn with_http_status(mut self, status: u16) -> Error {
        self.0.http_status = Some(status);
        self
    }

    /// The method and the path of the call that it happened to.
    pub(crate) fn request(&self) -> String {
        let words = [&self.0.method, &self.0.path];
        words
            .map(|word| word.as_deref().unwrap_or_default())
            .join(" ")
    }

    pub(crate) fn with_request(mut self, method: &str, path: &str) -> Error {
        self.0.method = Some(method.to_owned());
        self.0.path = Some(path.to_owned());
        self
    }

    pub(crate) fn with_retry(mut self, retryable: bool, after: Option<Duration>) -> Error {
        self.0.retryable = retryable;
        self.0.retry_after = after;
        self
    }

    pub(crate) fn with_maybe_applied(mut self, maybe_applied: bool) -> Error {
        self.0.maybe_applied = maybe_applied;
        self
    }

    pub(crate) fn with_callback_value(mut self, value: i32) -> Error {
        self.0.callback_value = Some(value);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.status.name(), self.0.message)
    }
}

impl std::error::Error for Error {}

/// Control characters, line breaks among them, become spaces: a message is one line in every log.
pub(crate) fn one_line(mut message: String) -> String {
    if message.contains(char::is_control) {
        message = message.replace(char::is_control, " ");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_number_and_a_unique_name() {
        let mut names = std::collections::HashSet::new();
        for &status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(status));
            assert!(
                names.insert(status.name()),
                "{} is used twice",
                status.name()
            );
        }
        assert!(
            Status::ALL
                .windows(2)
                .all(|pair| pair[0].code() < pair[1].code())
        );
        assert_eq!(Status::from_code(0), None, "0 is success, not a failure");
    }

    #[test]
    fn a_message_is_one_line() {
        let error = Error::new(Status::Network, "first\r\nsecond\u{0}");
        assert_eq!(error.message(), "first  second ");
    }

    #[test]
    fn an_error_is_small_and_crosses_threads() {
        fn crosses_threads<T: Send + Sync>() {}
        crosses_threads::<Error>();
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }
}
