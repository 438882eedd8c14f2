//! A function that fails writes an error object to its last parameter, unless that
//! is NULL, and returns the error's status (or NULL, where it would have returned a
//! handle). On success it writes NULL there.
//!
//! ```c
//! snow_error *error;
//! if (snow_client_login(client, user, password, &error) != SNOW_OK) {
//!     fprintf(stderr, "%s\n", snow_error_message(error));
//!     snow_error_free(error);
//! }
//! ```
//!
//! Every function here takes NULL, so an error can be asked without a check. The
//! texts are borrowed: they live as long as the error. None of them holds a
//! password, a token, or the query of a URL.

use std::ffi::c_char;

use super::guard;
use super::handle::{self, Opaque};
use super::library::{SNOW_OK, snow_status};
use super::text::{CText, lend};
use crate::error::Error;

/// Why a call failed. For one thread at a time.
pub struct snow_error {
    _opaque: [u8; 0],
}

/// An error, with its texts ready to be lent.
pub(super) struct ErrorTexts {
    error: Error,
    message: CText,
    instance_message: Option<CText>,
    detail: Option<CText>,
    method: Option<CText>,
    path: Option<CText>,
}

impl Opaque for snow_error {
    type Value = ErrorTexts;
    type Side = ();
    const TAG: u32 = 0x534e_0001;
    const NAME: &'static str = "snow_error";

    fn side(_: &ErrorTexts) {}
}

pub(super) fn give(error: Error) -> *mut snow_error {
    handle::give(ErrorTexts {
        message: CText::new(error.message()),
        instance_message: error.instance_message().map(CText::new),
        detail: error.detail().map(CText::new),
        method: error.method().map(CText::new),
        path: error.path().map(CText::new),
        error,
    })
}

/// The kind of failure.
///
/// @param error  May be NULL.
/// @return The status, #SNOW_OK for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_status(error: *const snow_error) -> snow_status {
    guard::value(SNOW_OK, || {
        // SAFETY: the header's rule on handles.
        unsafe { read(error, |e| e.error.status().code()) }.unwrap_or(SNOW_OK)
    })
}

/// One line for a person: what failed, and how.
///
/// @param error  May be NULL.
/// @return Borrowed until the error is freed; `""` for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_message(error: *const snow_error) -> *const c_char {
    guard::value(c"".as_ptr(), || {
        // SAFETY: the header's rule on handles.
        unsafe { read(error, |e| e.message.pointer()) }.unwrap_or(c"".as_ptr())
    })
}

/// The instance's own `error.message`, such as `"Operation Failed"`.
///
/// @param error  May be NULL.
/// @return Borrowed until the error is freed; NULL where the instance gave none.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_instance_message(error: *const snow_error) -> *const c_char {
    // SAFETY: the header's rule on handles.
    guard::value(std::ptr::null(), || unsafe {
        read_text(error, |e| e.instance_message.as_ref())
    })
}

/// The instance's own `error.detail`; from the token endpoint, its `error` and
/// `error_description`.
///
/// @param error  May be NULL.
/// @return Borrowed until the error is freed; NULL where the instance gave none.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_detail(error: *const snow_error) -> *const c_char {
    // SAFETY: the header's rule on handles.
    guard::value(std::ptr::null(), || unsafe {
        read_text(error, |e| e.detail.as_ref())
    })
}

/// The HTTP status of the answer that the error tells of.
///
/// @param error  May be NULL.
/// @return Such as 404; 0 where it tells of none: no answer came, or one that is well and
///         has not what the call looks for, as with #SNOW_MULTIPLE.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_http_status(error: *const snow_error) -> i32 {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        unsafe { read(error, |e| e.error.http_status().map_or(0, i32::from)) }.unwrap_or(0)
    })
}

/// The HTTP method of the request that the error tells of, which need not have been sent:
/// it is told too where its file cannot be read, or its client is closed.
///
/// @param error  May be NULL.
/// @return Such as `"GET"`, borrowed until the error is freed; NULL where the error tells
///         of no request.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_method(error: *const snow_error) -> *const c_char {
    // SAFETY: the header's rule on handles.
    guard::value(std::ptr::null(), || unsafe {
        read_text(error, |e| e.method.as_ref())
    })
}

/// The path of that request, without its query.
///
/// @param error  May be NULL.
/// @return Such as `"/api/now/table/incident"`, borrowed until the error is freed;
///         NULL where the error tells of no request.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_path(error: *const snow_error) -> *const c_char {
    // SAFETY: the header's rule on handles.
    guard::value(std::ptr::null(), || unsafe {
        read_text(error, |e| e.path.as_ref())
    })
}

/// Whether the same call may succeed when it is made again later, and is safe to
/// make again.
///
/// @param error  May be NULL.
/// @return 1 if so, else 0.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_is_retryable(error: *const snow_error) -> i32 {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        unsafe { read(error, |e| e.error.is_retryable().into()) }.unwrap_or(0)
    })
}

/// How long the instance asks to wait before the next request (`Retry-After`).
///
/// @param error  May be NULL.
/// @return Milliseconds; -1 where the instance did not say.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_retry_after_ms(error: *const snow_error) -> i64 {
    guard::value(-1, || {
        let milliseconds = |e: &ErrorTexts| {
            e.error
                .retry_after()
                .map(|wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
        };
        // SAFETY: the header's rule on handles.
        unsafe { read(error, milliseconds) }.flatten().unwrap_or(-1)
    })
}

/// Whether a write may have happened in spite of the error, as when the answer to it
/// was lost.
///
/// @param error  May be NULL.
/// @return 1 if so; 0 if it surely did not happen, or was no write.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_maybe_applied(error: *const snow_error) -> i32 {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        unsafe { read(error, |e| e.error.maybe_applied().into()) }.unwrap_or(0)
    })
}

/// What a callback of yours returned, where that is why the call failed
/// (#SNOW_CALLBACK_FAILED).
///
/// @param error  May be NULL.
/// @return The callback's value; 0 for every other error.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_callback_value(error: *const snow_error) -> i32 {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        unsafe { read(error, |e| e.error.callback_value().unwrap_or(0)) }.unwrap_or(0)
    })
}

/// Frees an error.
///
/// @param error  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_error_free(error: *mut snow_error) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(error) });
}

/// # Safety
/// As for [`handle::shared`].
unsafe fn read<T>(error: *const snow_error, get: impl FnOnce(&ErrorTexts) -> T) -> Option<T> {
    // SAFETY: as promised by the caller.
    unsafe { handle::shared(error, "error") }.ok().map(get)
}

/// # Safety
/// As for [`handle::shared`].
unsafe fn read_text(
    error: *const snow_error,
    get: impl FnOnce(&ErrorTexts) -> Option<&CText>,
) -> *const c_char {
    // SAFETY: as promised by the caller.
    match unsafe { handle::shared(error, "error") } {
        // SAFETY: no length is asked for.
        Ok(texts) => unsafe { lend(get(texts), std::ptr::null_mut()) },
        Err(_) => std::ptr::null(),
    }
}
