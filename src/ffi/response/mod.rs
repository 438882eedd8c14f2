//! The answer to a request: its status, headers and body, and the records in it.
//!
//! ```c
//! snow_response *response = snow_client_send(client, request, &error);
//! size_t count;
//! if (response && snow_response_record_count(response, &count, &error) == SNOW_OK)
//!     for (size_t i = 0; i < count; i++) {
//!         const snow_record *row = snow_response_record(response, i, NULL);
//!         puts(snow_record_json(row, NULL));
//!     }
//! snow_response_free(response);
//! ```
//!
//! An answer is asked for its records or its result only where it is a success; else these
//! functions give the error that snow_response_check() gives. How they read the `result` of
//! the answer:
//!
//! ```text
//! result        snow_response_record_count()   snow_response_one()   snow_response_result()
//! [] or 204     0                              SNOW_NOT_FOUND        "[]"; 204: see below
//! [{...}], {}   1                              the record            its JSON
//! more          as many                        SNOW_MULTIPLE         its JSON
//! text, number  SNOW_UNEXPECTED_ANSWER         as before             its JSON
//! null, none    SNOW_UNEXPECTED_ANSWER         as before             SNOW_UNEXPECTED_ANSWER
//! and an error  SNOW_PARTIAL_RESULT            as before             as before
//! ```

mod answer;

use std::ffi::{c_char, c_void};

pub use answer::ResponseTexts;

use super::argument::{output, room, text};
use super::client::{kept, snow_client};
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::library::snow_status;
use super::record::snow_record;
use super::request::{snow_request, taken};
use super::text::{CText, lend};
use crate::error::{Error, Status};

/// The answer to a request. For one thread at a time.
pub struct snow_response {
    _opaque: [u8; 0],
}

impl Opaque for snow_response {
    type Value = ResponseTexts;
    type Side = ();
    const TAG: u32 = 0x534e_0009;
    const NAME: &'static str = "snow_response";

    fn side(_: &ResponseTexts) {}
}

/// Sends a request and waits for the whole answer, whatever it says: a refusal is an
/// answer too, and snow_response_check() tells it from a success. One of more than 256 MiB
/// is #SNOW_UNEXPECTED_ANSWER here, as in every call that holds an answer whole, and one that
/// there is no memory for is #SNOW_NO_MEMORY; for those there is snow_client_open().
///
/// @param client      Must not be NULL.
/// @param request     Must not be NULL; it can be sent again, unless its body comes from a
///                    callback.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The answer; release it with snow_response_free(). NULL where none came: the
///         transport's statuses (100s); those of getting a token (200s, and the instance's,
///         300s, where the token endpoint gives no token for now); #SNOW_FILE,
///         #SNOW_CALLBACK_FAILED, #SNOW_UNEXPECTED_ANSWER, #SNOW_NO_MEMORY, #SNOW_TIMEOUT,
///         #SNOW_CANCELLED, #SNOW_CLOSED, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_client_send(
    client: *mut snow_client,
    request: *const snow_request,
    error: *mut *mut snow_error,
) -> *mut snow_response {
    // SAFETY: the header's rule on handles.
    guard::make(error, || unsafe {
        let request = taken(request)?;
        Ok(ResponseTexts::whole(kept(client)?.send(&request)?))
    })
}

/// As snow_client_send(), but returns when the answer begins. Its body is read with
/// snow_response_read() while it comes in, however long it is.
///
/// @param client      Must not be NULL.
/// @param request     Must not be NULL; it can be sent again, unless its body comes from a
///                    callback.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_client_send(). The answer keeps a connection to itself until its body
///         has ended or it is freed, and belongs to the process that asked for it.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_client_open(
    client: *mut snow_client,
    request: *const snow_request,
    error: *mut *mut snow_error,
) -> *mut snow_response {
    // SAFETY: the header's rule on handles.
    guard::make(error, || unsafe {
        let request = taken(request)?;
        Ok(ResponseTexts::streamed(kept(client)?.open(&request)?))
    })
}

/// The HTTP status.
///
/// @param response  May be NULL.
/// @return The status, such as 200; 0 for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_status(response: *const snow_response) -> i32 {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        let response = unsafe { handle::exclusive(response, "response") };
        response.map_or(0, |response| response.status().into())
    })
}

/// A header, by its name.
///
/// @param response  May be NULL.
/// @param name      In any case; may be NULL.
/// @return The value of the first header of that name, borrowed until the response is
///         freed; NULL where there is none, or none that is UTF-8.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_header(
    response: *const snow_response,
    name: *const c_char,
) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the header's rules on handles and texts.
        let found = unsafe { (text(name, "name"), handle::exclusive(response, "response")) };
        let (Ok(name), Ok(response)) = found else {
            return std::ptr::null();
        };
        let named =
            |header: &&(CText, CText)| header.0.bytes().eq_ignore_ascii_case(name.as_bytes());
        let found = response.headers.iter().find(named);
        found.map_or(std::ptr::null(), |(_, value)| value.pointer())
    })
}

/// How many headers there are.
///
/// @param response  May be NULL.
/// @return The number; 0 for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_header_count(response: *const snow_response) -> usize {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        let response = unsafe { handle::exclusive(response, "response") };
        response.map_or(0, |response| response.headers.len())
    })
}

/// The name of a header, in small letters.
///
/// @param response  May be NULL.
/// @param index     From 0 to below snow_response_header_count().
/// @return The name, borrowed until the response is freed; NULL where there is none.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_header_name(
    response: *const snow_response,
    index: usize,
) -> *const c_char {
    // SAFETY: the header's rule on handles.
    guard::value(std::ptr::null(), || unsafe {
        header(response, index, |(name, _)| name)
    })
}

/// The value of a header.
///
/// @param response  May be NULL.
/// @param index     From 0 to below snow_response_header_count().
/// @return The value, borrowed until the response is freed; NULL where there is none.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_header_value(
    response: *const snow_response,
    index: usize,
) -> *const c_char {
    // SAFETY: the header's rule on handles.
    guard::value(std::ptr::null(), || unsafe {
        header(response, index, |(_, value)| value)
    })
}

/// Whether the answer is a success, and if it is none, why.
///
/// A success is empty, JSON, or what an `Accept` header of the request's own lets it be. One
/// with `application/json` in it takes what it names beside that; one without takes any
/// type, since many an API answers with another than it was asked for. An HTML page is a
/// success only where that header names `text/html`, or all of `text`, or any type and
/// nothing else, and even then the page of an instance that hibernates, an outage or a
/// login is none. JSON must be whole, and must not hold an `error` or a `status` of
/// `failure`: an instance says so behind rows that it has sent. A `result` is not asked for
/// here. Of a response from snow_client_open() a success is not looked into, and the body
/// of a failure is read for what it says, in the time that a call has, and is gone then. Nor
/// is the content of an attachment looked into, which may say anything.
///
/// @param response    Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; the instance's statuses (300s), #SNOW_UNAUTHENTICATED,
///         #SNOW_LOGIN_PAGE, #SNOW_REDIRECT, #SNOW_PROXY; #SNOW_TLS where a page says that
///         https or another client certificate is wanted; #SNOW_NO_MEMORY where there is none
///         to read the JSON; those of snow_response_read(); #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_check(
    response: *const snow_response,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        handle::exclusive(response, "response")?.check()
    })
}

/// The whole body, inflated, with a NUL after it. The first call copies it; to read a large
/// one without that, use snow_response_read().
///
/// @param response     Must not be NULL, and not come from snow_client_open().
/// @param[out] length  Receives the length in bytes, 0 on failure; may be NULL.
/// @param[out] error   Receives the error on failure; may be NULL.
/// @return The body, borrowed until the response is freed; NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_ARGUMENT, or #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_body(
    response: *const snow_response,
    length: *mut usize,
    error: *mut *mut snow_error,
) -> *const c_char {
    // SAFETY: the header's rules on handles and outputs.
    guard::lend(error, || unsafe {
        lend(None, length);
        let mut response = handle::exclusive(response, "response")?;
        Ok(lend(Some(response.body()?), length))
    })
}

/// Reads what comes next of the body: of a response from snow_client_open() while it comes
/// in, for as long as it takes.
///
/// @param response    Must not be NULL.
/// @param buffer      Receives the bytes; must not be NULL.
/// @param size        How many fit into it; not 0.
/// @param[out] count  Receives how many there are, 0 at the end and on failure; must not be
///                    NULL. Fewer than fit is not the end.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK with at least one byte; #SNOW_DONE at the end, which is no error;
///         #SNOW_CUT_BODY where the body breaks off; #SNOW_UNEXPECTED_ANSWER where it is packed
///         as nobody asked; #SNOW_TIMEOUT where nothing comes for as long as the call may
///         take; #SNOW_CANCELLED, #SNOW_CLOSED, also in a forked child; #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_read(
    response: *mut snow_response,
    buffer: *mut c_void,
    size: usize,
    count: *mut usize,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::next(error, || {
        // SAFETY: the header's rule on outputs.
        let place = unsafe { output(count, "count")? };
        place.write(0);
        // SAFETY: the header's rule on buffers.
        let buffer = unsafe { room(buffer.cast(), size, "buffer")? };
        if buffer.is_empty() {
            return Err(Error::argument("size", "it is 0; accepted is at least 1"));
        }
        // SAFETY: the header's rule on handles.
        let read = unsafe { handle::exclusive(response, "response")? }.read(buffer)?;
        place.write(read);
        Ok(read > 0)
    })
}

/// The `result` of the answer as JSON text, whatever it is.
///
/// @param response     Must not be NULL, and not come from snow_client_open().
/// @param[out] length  Receives the length in bytes without the NUL, 0 on failure; may be
///                     NULL.
/// @param[out] error   Receives the error on failure; may be NULL.
/// @return The text, borrowed until the response is freed; NULL with #SNOW_UNEXPECTED_ANSWER
///         where the answer holds no `result` (204 among them), with what
///         snow_response_check() gives, #SNOW_PARTIAL_RESULT, #SNOW_NO_MEMORY or
///         #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_result(
    response: *const snow_response,
    length: *mut usize,
    error: *mut *mut snow_error,
) -> *const c_char {
    // SAFETY: the header's rules on handles and outputs.
    guard::lend(error, || unsafe {
        lend(None, length);
        let mut response = handle::exclusive(response, "response")?;
        Ok(lend(Some(response.result()?), length))
    })
}

/// How many records the answer holds: the rows of a list, or the one that is its `result`.
///
/// @param response    Must not be NULL, and not come from snow_client_open().
/// @param[out] count  Receives the number, 0 on failure; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; what snow_response_check() gives; #SNOW_PARTIAL_RESULT where the list
///         ends in an error; #SNOW_UNEXPECTED_ANSWER where there is no `result`, or one that
///         is no record; #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_record_count(
    response: *const snow_response,
    count: *mut usize,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        // SAFETY: the header's rule on outputs.
        let place = unsafe { output(count, "count")? };
        place.write(0);
        // SAFETY: the header's rule on handles.
        let mut response = unsafe { handle::exclusive(response, "response")? };
        place.write(response.records()?.len());
        Ok(())
    })
}

/// A record of the answer.
///
/// @param response    Must not be NULL, and not come from snow_client_open().
/// @param index       From 0; 0 is the first.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record, borrowed until the response is freed; NULL with #SNOW_NOT_FOUND where
///         there is none of that index, or as snow_response_record_count().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_record(
    response: *const snow_response,
    index: usize,
    error: *mut *mut snow_error,
) -> *const snow_record {
    // SAFETY: the header's rule on handles.
    guard::lend(error, || unsafe {
        let mut response = handle::exclusive(response, "response")?;
        let records = response.records()?;
        let record = records.get(index).ok_or_else(|| {
            let count = records.len();
            let message = format!("the answer has no record {index}; it has {count}");
            Error::new(Status::NotFound, message)
        })?;
        Ok(record.pointer())
    })
}

/// The one record of the answer.
///
/// @param response    Must not be NULL, and not come from snow_client_open().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record, borrowed until the response is freed; NULL with #SNOW_NOT_FOUND where
///         there is none, #SNOW_MULTIPLE where there are several, or as
///         snow_response_record_count().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_one(
    response: *const snow_response,
    error: *mut *mut snow_error,
) -> *const snow_record {
    // SAFETY: the header's rule on handles.
    guard::lend(error, || unsafe {
        let mut response = handle::exclusive(response, "response")?;
        match response.records()? {
            [record] => Ok(record.pointer()),
            [] => Err(Error::new(Status::NotFound, "the answer holds no record")),
            records => {
                let message = format!("the answer holds {} records", records.len());
                Err(Error::new(Status::Multiple, message))
            }
        }
    })
}

/// Frees a response, and the records that it lends. The rest of a body that is still coming
/// in is given up.
///
/// @param response  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_response_free(response: *mut snow_response) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(response) });
}

/// # Safety
/// As for [`handle::exclusive`].
unsafe fn header(
    response: *const snow_response,
    index: usize,
    part: impl Fn(&(CText, CText)) -> &CText,
) -> *const c_char {
    // SAFETY: as promised by the caller.
    let Ok(response) = (unsafe { handle::exclusive(response, "response") }) else {
        return std::ptr::null();
    };
    let header = response.headers.get(index);
    header.map_or(std::ptr::null(), |header| part(header).pointer())
}
