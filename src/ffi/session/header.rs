//! What every request carries: headers and cookies.

use std::ffi::c_char;

use super::snow_session;
use crate::ffi::argument::{boolean, text};
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle;
use crate::ffi::library::snow_status;

/// Sends a header with every request, also those to the token endpoint: for gateways
/// that ask for one.
///
/// The same name again replaces it; there are at most 1,000. Headers that libsnow itself
/// decides (`Authorization`, `x-sn-apikey`, `Accept`, `Content-Type`, `User-Agent` and
/// their like) are refused, and `X-HTTP-Method-Override`, which goes with single requests.
///
/// @param session     Must not be NULL.
/// @param name        Copied; must not be NULL.
/// @param value       Copied; must not be NULL; `""` removes the header again.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_header(
    session: *mut snow_session,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (name, value) = (text(name, "name")?, text(value, "value")?);
        handle::exclusive(session, "session")?.set_header(name, value)
    })
}

/// The `User-Agent` of every request. Default is `libsnow/` and its version.
///
/// @param session     Must not be NULL.
/// @param user_agent  Copied; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_user_agent(
    session: *mut snow_session,
    user_agent: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let user_agent = text(user_agent, "user_agent")?;
        handle::exclusive(session, "session")?.set_user_agent(user_agent)
    })
}

/// Whether cookies are kept between calls, at most 50 on a connection and each of at most
/// 4,096 bytes. Default is 0.
///
/// An instance runs the requests of one cookie session one after the other, and drops
/// those that queue up (#SNOW_NOT_EXECUTED). With 1, calls that overlap still never
/// share a cookie: each connection keeps its own.
///
/// @param session     Must not be NULL.
/// @param keep        1 to keep them, 0 not to.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_cookies(
    session: *mut snow_session,
    keep: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let keep = boolean(keep, "keep")?;
        handle::exclusive(session, "session")?.set_cookies(keep);
        Ok(())
    })
}
