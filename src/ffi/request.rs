//! Any call of the REST API: scripted APIs, and what has no function of its own here.
//! A request is built, sent, and can be sent again.
//!
//! ```c
//! snow_request *request =
//!     snow_request_new("POST", "/api/x_acme/tickets/close", &error);
//! snow_request_set_param(request, "reason", "solved", &error);
//! snow_request_set_body(request, json, strlen(json), "application/json", &error);
//! snow_response *response = snow_client_send(client, request, &error);
//! if (response && snow_response_check(response, &error) == SNOW_OK) {
//!     const char *result = snow_response_result(response, NULL, &error);
//!     if (result)
//!         puts(result);
//! }
//! ```
//!
//! It is signed in, timed and kept to the instance like every other call: a path leads to
//! no other host, and the header that signs in is not the caller's to set.

use std::ffi::{c_char, c_void};
use std::path::Path;
use std::time::Duration;

use super::argument::{bytes, copied, text};
use super::callback::{UserData, handled};
use super::client::snow_destroy_fn;
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::library::snow_status;
use super::query::{required_query, snow_query};
use super::record::{read, snow_record};
use crate::error::Result;
use crate::request::{ReadBody, Request};

/// A call of the REST API, described. For one thread at a time; it can be sent by several
/// one after the other.
pub struct snow_request {
    _opaque: [u8; 0],
}

impl Opaque for snow_request {
    type Value = Request;
    type Side = ();
    const TAG: u32 = 0x534e_0008;
    const NAME: &'static str = "snow_request";

    fn side(_: &Request) {}
}

/// Gives the next bytes of a body.
///
/// Runs on the thread that is inside the call that sends the request, with no lock held:
/// it may call libsnow, also on the same client.
///
/// @param user_data   As given beside it.
/// @param buffer      To be filled.
/// @param size        How many bytes fit into the buffer.
/// @param[out] count  Receives how many bytes were filled in; 0 at the end of the body, and
///                    whenever it is called after that.
/// @return #SNOW_HANDLED; any other value ends the call with #SNOW_CALLBACK_FAILED, and
///         what the instance has of the body by then is torn.
pub type snow_read_fn = Option<
    unsafe extern "C-unwind" fn(
        user_data: *mut c_void,
        buffer: *mut c_void,
        size: usize,
        count: *mut usize,
    ) -> i32,
>;

/// The length of a body that is known only when it has been read.
pub const SNOW_LENGTH_UNKNOWN: u64 = u64::MAX;

/// Makes a request without parameters, headers or body.
///
/// @param method      `"GET"`, `"POST"`, `"PUT"`, `"PATCH"`, `"DELETE"` ..., in capitals;
///                    must not be NULL.
/// @param path        The path on the instance, such as `"/api/now/table/incident"`; must
///                    not be NULL. It begins with one slash and holds no `?`, `#`,
///                    backslash, control character, two slashes together or segment of
///                    dots. What is percent-encoded in it stays so.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The request; release it with snow_request_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_request_new(
    method: *const c_char,
    path: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_request {
    // SAFETY: the header's rule on texts.
    guard::make(error, || unsafe {
        Request::to_path(text(method, "method")?, text(path, "path")?)
    })
}

/// Sets a parameter of the URL, such as `sysparm_limit`. The same name again replaces it.
///
/// @param request     Must not be NULL.
/// @param name        Must not be NULL or empty.
/// @param value       Must not be NULL; encoded as need be.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_set_param(
    request: *mut snow_request,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (name, value) = (text(name, "name")?, text(value, "value")?);
        handle::exclusive(request, "request")?.set_param(name, value)
    })
}

/// Takes everything that a query says as parameters: `sysparm_query`, `sysparm_fields`,
/// `sysparm_limit` and so on, for the Table API and for those that follow it. It takes the
/// place of a query that was set before; other parameters stay. The page size says nothing
/// here: a request is one page, of as many rows as the limit says.
///
/// @param request     Must not be NULL.
/// @param query       Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_set_query(
    request: *mut snow_request,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let query = required_query(query)?;
        handle::exclusive(request, "request")?.set_query(&query)
    })
}

/// Sets a header of this request, at most 1,000, in place of the session's of that name.
/// Without an `Accept` header of its own a request accepts JSON, and snow_response_check()
/// takes anything else for a failure; with one it goes by that, and takes more than it names
/// where `application/json` is not in it.
///
/// @param request     Must not be NULL.
/// @param name        Must not be NULL; `Authorization`, `x-sn-apikey`, `Host`,
///                    `Content-Length` and the like are refused, and
///                    `X-HTTP-Method-Override` where the method is not POST: a call that
///                    is made again must be known by its method.
/// @param value       Must not be NULL; `""` removes the header.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_set_header(
    request: *mut snow_request,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (name, value) = (text(name, "name")?, text(value, "value")?);
        handle::exclusive(request, "request")?.set_header(name, value)
    })
}

/// Sends these bytes as the body.
///
/// @param request       Must not be NULL.
/// @param body          Copied; may be NULL where the length is 0.
/// @param length        Of the body, in bytes.
/// @param content_type  Such as `"application/json"`; must not be NULL or empty.
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return As snow_request_set_param(); #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_set_body(
    request: *mut snow_request,
    body: *const c_void,
    length: usize,
    content_type: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles, texts and bytes.
    guard::status(error, || unsafe {
        let body = bytes(body.cast(), length, "body")?;
        let content_type = text(content_type, "content_type")?;
        handle::exclusive(request, "request")?.set_body(copied(body, "body")?, content_type)
    })
}

/// Sends the fields of a record as a JSON body: their stored values, or with
/// `sysparm_input_display_value=true`, set before or after, their display values. A field
/// that has none fails snow_client_send() with #SNOW_INVALID_ARGUMENT, before anything is
/// sent.
///
/// @param request     Must not be NULL.
/// @param record      Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_request_set_body().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_set_record(
    request: *mut snow_request,
    record: *const snow_record,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let record = read(record)?;
        handle::exclusive(request, "request")?.set_record(&record)
    })
}

/// Sends the content of a file as the body, piece by piece. The file is opened whenever
/// the request is sent, and looked at no earlier; one that is no regular file, cannot be
/// read or changes its size meanwhile gives #SNOW_FILE there.
///
/// @param request       Must not be NULL.
/// @param path          Must not be NULL or empty.
/// @param content_type  As for snow_request_set_body().
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_set_body_file(
    request: *mut snow_request,
    path: *const c_char,
    content_type: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let path = text(path, "path")?;
        let content_type = text(content_type, "content_type")?;
        handle::exclusive(request, "request")?.set_body_file(Path::new(path), content_type)
    })
}

/// Sends what a callback gives as the body, piece by piece. Such a request can be sent
/// once, and is not repeated where the instance refuses the token: that is renewed for the
/// next call.
///
/// @param request       Must not be NULL.
/// @param length        Of the body, in bytes; what the callback gives must be as much.
///                      #SNOW_LENGTH_UNKNOWN sends it in chunks.
/// @param callback      Must not be NULL.
/// @param user_data     Handed to the callback; may be NULL.
/// @param destroy       Called once with `user_data` when it is no longer needed: after the
///                      request was sent, when another body takes its place, when the
///                      request is freed, or when this very call fails; may be NULL.
/// @param content_type  As for snow_request_set_body().
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_set_body_reader(
    request: *mut snow_request,
    length: u64,
    callback: snow_read_fn,
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
    content_type: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let data = UserData::new(user_data, destroy);
        // SAFETY: the caller vouches for the function and for what it is handed.
        let read = unsafe { reading(callback, data)? };
        let length = (length != SNOW_LENGTH_UNKNOWN).then_some(length);
        // SAFETY: the header's rules on handles and texts.
        let content_type = unsafe { text(content_type, "content_type")? };
        // SAFETY: as above.
        let mut request = unsafe { handle::exclusive(request, "request")? };
        request.set_body_reader(length, read, content_type)
    })
}

/// How long this request may take, in place of what the session says; where a body goes
/// or comes piece by piece, how long until the next piece moves.
///
/// @param request     Must not be NULL.
/// @param timeout_ms  In milliseconds; not 0.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_set_timeout(
    request: *mut snow_request,
    timeout_ms: u32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        handle::exclusive(request, "request")?.set_timeout(Duration::from_millis(timeout_ms.into()))
    })
}

/// Frees a request.
///
/// @param request  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_request_free(request: *mut snow_request) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(request) });
}

/// A copy of the request, so that a callback may do with the handle what it wants.
///
/// # Safety
/// As for [`handle::exclusive`].
pub(super) unsafe fn taken(request: *const snow_request) -> Result<Request> {
    // SAFETY: as promised by the caller.
    let request = unsafe { handle::exclusive(request, "request")? };
    Ok(request.clone())
}

/// What reads a body out by calling back.
///
/// # Safety
/// `callback` may be called with the data that the caller gave beside it.
pub(super) unsafe fn reading(callback: snow_read_fn, data: UserData) -> Result<Box<ReadBody>> {
    let function = callback.ok_or_else(|| handle::null("callback"))?;
    Ok(Box::new(move |buffer| {
        // SAFETY: as promised by the caller.
        unsafe { read_into(function, &data, buffer) }
    }))
}

/// # Safety
/// `function` may be called with the data that the caller gave beside it.
unsafe fn read_into(
    function: unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, usize, *mut usize) -> i32,
    data: &UserData,
    buffer: &mut [u8],
) -> Result<usize> {
    let mut count = 0;
    let place = buffer.as_mut_ptr().cast();
    // SAFETY: as promised by the caller; the buffer has the size that is told.
    let value = unsafe { function(data.pointer(), place, buffer.len(), &raw mut count) };
    handled(value, "the callback that reads the body failed").map(|()| count)
}
