//! A session is how to reach an instance: credentials, TLS, proxy, headers, time
//! limits. It is made once, set up, and copied into each client that is made from
//! it; what is set later does not reach clients made before. For plain cases
//! snow_client_new_basic() and snow_client_new_oauth() need no session at all.
//!
//! ```c
//! snow_session *session = snow_session_new(&error);
//! snow_session_set_basic_auth(session, user, password, &error);
//! snow_session_set_ca_file(session, "/etc/acme/ca.pem", &error);
//! snow_client *client = snow_client_new("acme.example.com", session, &error);
//! snow_session_free(session);
//! ```
//!
//! A session speaks for all it does: the calls of the token endpoint use the same
//! TLS, proxy, headers and time limits as every other call.

use std::ffi::c_char;

use super::argument::text;
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::library::snow_status;
use crate::session::Session;

/// How to reach an instance. For one thread at a time.
pub struct snow_session {
    _opaque: [u8; 0],
}

impl Opaque for snow_session {
    type Value = Session;
    type Side = ();
    const TAG: u32 = 0x534e_0002;
    const NAME: &'static str = "snow_session";

    fn side(_: &Session) {}
}

/// Makes a session with every option at its default and no credentials.
///
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The session; release it with snow_session_free(). NULL only for want of a
///         working library (#SNOW_INTERNAL).
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_session_new(error: *mut *mut snow_error) -> *mut snow_session {
    guard::make(error, || Ok(Session::new()))
}

pub mod credentials;

pub mod network;

pub mod header;

pub mod limit;

/// Sets an option by its name, from text: for configuration files, and for languages
/// that would rather have one function than many.
///
/// Truth values are `true` and `false`, times are in milliseconds. What an option
/// means stands at its own function.
///
/// @param session     Must not be NULL.
/// @param name        Name of the option, as snow_session_option_name() lists them; must
///                    not be NULL.
/// @param value       Its value; copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_UNKNOWN_OPTION (the
///         message lists all names), #SNOW_INVALID_ARGUMENT for what is no value of the
///         option, or as the option's own function.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set(
    session: *mut snow_session,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (name, value) = (text(name, "name")?, text(value, "value")?);
        handle::exclusive(session, "session")?.set(name, value)
    })
}

/// The names that snow_session_set() knows, one by one.
///
/// @param index  0 for the first.
/// @return A static text; NULL after the last.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn snow_session_option_name(index: usize) -> *const c_char {
    guard::value(std::ptr::null(), || {
        Session::option_names_c()
            .nth(index)
            .map_or(std::ptr::null(), |name| name.as_ptr())
    })
}

/// Frees a session. Clients made from it go on.
///
/// @param session  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_free(session: *mut snow_session) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(session) });
}
