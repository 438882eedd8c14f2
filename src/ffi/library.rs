//! Every function that can fail tells a status: #SNOW_OK, or a number that says
//! what kind of failure it was. The numbers come in classes and are never reused:
//!
//! ```text
//! 1 to 99    the caller's mistake; the message names the argument
//! 100 to 199 the transport: no connection, TLS, proxy, a broken answer
//! 200 to 299 signing in
//! 300 to 399 the instance
//! 400 to 499 the state of a handle or a call: no more rows, cancelled, too late
//! 900 to 999 libsnow itself
//! ```
//!
//! A later version may add statuses; treat one that you do not know by its class.

use std::ffi::c_char;

use super::guard;
use crate::error::Status;

/// What became of a call: #SNOW_OK, #SNOW_DONE, or the kind of failure.
pub type snow_status = i32;

/// The call did what it was asked for.
pub const SNOW_OK: snow_status = 0;
/// A pointer that must not be NULL is NULL.
pub const SNOW_NULL_ARGUMENT: snow_status = 1;
/// A string is not UTF-8.
pub const SNOW_INVALID_UTF8: snow_status = 2;
/// An argument has a value that cannot be used; the message says which values can.
pub const SNOW_INVALID_ARGUMENT: snow_status = 3;
/// No option has this name.
pub const SNOW_UNKNOWN_OPTION: snow_status = 4;
/// A handle is of another kind than the function takes, or was freed before.
pub const SNOW_INVALID_HANDLE: snow_status = 5;
/// A file that the caller named cannot be read or written.
pub const SNOW_FILE: snow_status = 6;
/// The connection broke, or the network failed in a way that has no status of its own.
pub const SNOW_NETWORK: snow_status = 100;
/// The name of the host could not be resolved.
pub const SNOW_NAME_RESOLUTION: snow_status = 101;
/// No connection could be made: refused, unreachable, not within the connect time limit, or
/// for want of file descriptors or threads.
pub const SNOW_CONNECT: snow_status = 102;
/// The TLS handshake failed: the certificate is not trusted, or the two sides share no version.
pub const SNOW_TLS: snow_status = 103;
/// The proxy refused, cannot connect to the instance now, or asks for other credentials; or the
/// environment names one that cannot be used.
pub const SNOW_PROXY: snow_status = 104;
/// The answer broke off before its end. Of what a call gives as a whole nothing is used.
pub const SNOW_CUT_BODY: snow_status = 105;
/// The instance answered with a redirect, which is never followed.
pub const SNOW_REDIRECT: snow_status = 106;
/// What arrived is not what was sent: an attachment's size or hash is another.
pub const SNOW_CORRUPT: snow_status = 107;
/// The instance refuses the credentials (HTTP 401).
pub const SNOW_UNAUTHENTICATED: snow_status = 210;
/// The client has no token and no grant to get one: sign in or set a token first.
pub const SNOW_NO_TOKEN: snow_status = 211;
/// The token endpoint refuses the grant; the detail holds its `error` and `error_description`.
pub const SNOW_TOKEN_REFUSED: snow_status = 212;
/// The token endpoint answered with something that is not a token.
pub const SNOW_TOKEN_ANSWER: snow_status = 213;
/// A callback of the caller's, whichever, did not report success; its value is in the error.
pub const SNOW_CALLBACK_FAILED: snow_status = 214;
/// A login or single-sign-on page came in place of an answer.
pub const SNOW_LOGIN_PAGE: snow_status = 215;
/// An HTTP status that has no status of its own here.
pub const SNOW_HTTP_STATUS: snow_status = 310;
/// The instance cannot make sense of the request, such as for an unknown table (HTTP 400), or
/// one whose URL is too long (also HTTP 414).
pub const SNOW_BAD_REQUEST: snow_status = 311;
/// An access control, business rule or data policy forbids it (HTTP 403).
pub const SNOW_FORBIDDEN: snow_status = 312;
/// No such record, or none that this user may see (HTTP 404, or a query without rows). A 404 of a
/// server that is no instance is #SNOW_UNEXPECTED_ANSWER.
pub const SNOW_NOT_FOUND: snow_status = 313;
/// Too many requests; the error tells how long to wait if the instance did (HTTP 429).
pub const SNOW_RATE_LIMITED: snow_status = 314;
/// The instance dropped the request without executing it (HTTP 202 without a body, from an API
/// that never answers so itself: those of tables, attachments, imports, statistics and
/// batches under `/api/now`). From any other it is a success.
pub const SNOW_NOT_EXECUTED: snow_status = 315;
/// The instance cancelled the transaction, mostly for its execution time.
pub const SNOW_TRANSACTION_CANCELLED: snow_status = 316;
/// An answer that began well holds an error; none of its rows is used.
pub const SNOW_PARTIAL_RESULT: snow_status = 317;
/// The developer instance hibernates; it must be woken on the developer site.
pub const SNOW_HIBERNATING: snow_status = 318;
/// The instance or its gateway is out of service (HTTP 502, 503, 504 or an outage page).
pub const SNOW_UNAVAILABLE: snow_status = 319;
/// The instance failed (HTTP 500).
pub const SNOW_SERVER_ERROR: snow_status = 320;
/// The answer is not what this request is answered with: not JSON, or without a `result`.
pub const SNOW_UNEXPECTED_ANSWER: snow_status = 321;
/// More than one record matches where exactly one is asked for.
pub const SNOW_MULTIPLE: snow_status = 322;
/// An export ended, and rows are missing that the instance still has.
pub const SNOW_INCOMPLETE: snow_status = 323;
/// The instance leaves out a part of the query, and so gives other rows than were asked for.
pub const SNOW_QUERY_IGNORED: snow_status = 324;
/// The instance's dictionary shows this user no type for a column that is to have one.
pub const SNOW_NO_DICTIONARY: snow_status = 325;
/// There is no further row; not a failure.
pub const SNOW_DONE: snow_status = 410;
/// The operation was cancelled by the caller.
pub const SNOW_CANCELLED: snow_status = 411;
/// The total time limit of the call ran out.
pub const SNOW_TIMEOUT: snow_status = 412;
/// Another call is using this single-user handle right now, on another thread or around a
/// callback.
pub const SNOW_BUSY: snow_status = 413;
/// The client is closed.
pub const SNOW_CLOSED: snow_status = 414;
/// There is no memory for what the caller gives or the instance answers: a body, a record made
/// from JSON, the value of a field, or an answer that is held whole. Bodies and answers can go
/// piece by piece instead. All else is taken to be small: where there is no memory for a copy
/// of a query, a parameter, a header or any other text, or of what a record lends, the process
/// ends.
pub const SNOW_NO_MEMORY: snow_status = 415;
/// A defect of libsnow itself, caught at its boundary.
pub const SNOW_INTERNAL: snow_status = 900;

/// The version of the library that is running, such as `"0.1.0"`.
///
/// #SNOW_VERSION_STRING is the version of the header that was compiled against.
///
/// @return A static text; never NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn snow_version() -> *const c_char {
    guard::value(c"".as_ptr(), || {
        concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
    })
}

/// The version of the library that is running as a number:
/// major * 1000000 + minor * 1000 + patch.
///
/// @return The number, to compare with #SNOW_VERSION_NUMBER.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn snow_version_number() -> u32 {
    guard::value(0, || {
        let part = |text: &str| text.parse::<u32>().unwrap_or(0);
        part(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
            + part(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
            + part(env!("CARGO_PKG_VERSION_PATCH"))
    })
}

/// The version of the binary interface: the number in the name `libsnow.so.N`.
///
/// @return The number, to compare with #SNOW_ABI_VERSION.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn snow_abi_version() -> u32 {
    guard::value(0, || env!("SNOW_ABI_VERSION").parse().unwrap_or(0))
}

/// The name of a status, such as `"SNOW_NOT_FOUND"`.
///
/// @param status  Any number.
/// @return A static text; `"SNOW_UNKNOWN"` for a number that this version does not know.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn snow_status_name(status: snow_status) -> *const c_char {
    guard::value(c"SNOW_UNKNOWN".as_ptr(), || match status {
        SNOW_OK => c"SNOW_OK".as_ptr(),
        _ => Status::from_code(status).map_or(c"SNOW_UNKNOWN".as_ptr(), |s| s.name_c().as_ptr()),
    })
}
