//! TLS and proxies.

use std::ffi::c_char;
use std::path::Path;

use super::snow_session;
use crate::ffi::argument::{boolean, optional_text, text};
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle;
use crate::ffi::library::snow_status;

/// Whether the instance's certificate is checked. Default is 1.
///
/// With 0 anyone on the way can read the credentials, whatever snow_session_set_ca_file()
/// says. With 1 again that file's authorities count again.
///
/// @param session     Must not be NULL.
/// @param verify      1 to check, 0 to accept any certificate.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_tls_verify(
    session: *mut snow_session,
    verify: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let verify = boolean(verify, "verify")?;
        handle::exclusive(session, "session")?.set_tls_verify(verify);
        Ok(())
    })
}

/// Trusts the authorities in a PEM file in place of those of the system.
///
/// The file is read now. It may be a pipe, such as a shell's `<(...)`, which is read to
/// its end and waited for without a time limit.
///
/// @param session     Must not be NULL.
/// @param path        Path of the file; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, or
///         #SNOW_FILE where the file cannot be read, is larger than 16 MiB or holds no
///         certificate.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_ca_file(
    session: *mut snow_session,
    path: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let path = Path::new(text(path, "path")?);
        handle::exclusive(session, "session")?.set_ca_file(path)
    })
}

/// Shows a certificate to a server that asks for one (mutual TLS): one that the instance
/// takes in place of a password, or one that a gateway before it asks for.
///
/// The files are read now; they may be pipes, as for snow_session_set_ca_file(). The
/// certificate goes along with whatever way to sign in the session has, and is shown to
/// the token endpoint too. By name, as `client_certificate`, it is one file that holds the
/// key too and has no password.
///
/// @param session     Must not be NULL.
/// @param path        Path of a PEM file with the certificate and, after it, those of the
///                    authorities between it and one that the server knows; or of a
///                    PKCS#12 file (`.p12`, `.pfx`). Must not be NULL or empty.
/// @param key_path    Path of a PEM file with the private key: PKCS#8, plain or encrypted,
///                    PKCS#1 or SEC1. NULL where it is in the file of `path`.
/// @param password    What protects the PKCS#12 file or the encrypted key; only read now.
///                    NULL where nothing does.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8; #SNOW_FILE where a file cannot
///         be read, is larger than 16 MiB or holds nothing that can be used;
///         #SNOW_INVALID_ARGUMENT where a path is empty, the password is missing or wrong, or
///         `key_path` is given beside a PKCS#12 file.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_client_certificate(
    session: *mut snow_session,
    path: *const c_char,
    key_path: *const c_char,
    password: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let path = Path::new(text(path, "path")?);
        let key_path = optional_text(key_path, "key_path")?.map(Path::new);
        let password = optional_text(password, "password")?;
        handle::exclusive(session, "session")?.set_client_certificate(path, key_path, password)
    })
}

/// Goes through a proxy.
///
/// By default the environment decides (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
/// `NO_PROXY`), except for loopback, which never goes through a proxy of the
/// environment's. A variable that names no proxy that can be used is an error of each
/// call (#SNOW_PROXY); where `REQUEST_METHOD` is set, as in a CGI program, none counts.
///
/// @param session     Must not be NULL.
/// @param proxy       `http://host:port`, `socks5://host:port` (the instance's name is
///                    resolved here) or `socks5h://host:port` (it is resolved by the
///                    proxy); `""` for no proxy at all. Copied; must not be NULL, nor
///                    hold a user or password, which snow_session_set_proxy_auth() sets.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_proxy(
    session: *mut snow_session,
    proxy: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let proxy = text(proxy, "proxy")?;
        handle::exclusive(session, "session")?.set_proxy(proxy)
    })
}

/// What the proxy asks for. Set the proxy first: setting it again forgets this.
///
/// @param session     Must not be NULL.
/// @param user        Sent as it is, `%` and all. Copied; must not be NULL or empty, nor
///                    hold a colon, nor be longer than 255 bytes for SOCKS.
/// @param password    As `user`, but may be empty and hold colons.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, or #SNOW_INVALID_ARGUMENT,
///         also where the session has no proxy yet.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_proxy_auth(
    session: *mut snow_session,
    user: *const c_char,
    password: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (user, password) = (text(user, "user")?, text(password, "password")?);
        handle::exclusive(session, "session")?.set_proxy_auth(user, password)
    })
}

/// Whether plain http may be used to other machines than this one, which sends the
/// credentials in the clear. Default is 0.
///
/// @param session     Must not be NULL.
/// @param allow       1 to allow it, 0 not to.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_allow_http(
    session: *mut snow_session,
    allow: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let allow = boolean(allow, "allow")?;
        handle::exclusive(session, "session")?.set_allow_http(allow);
        Ok(())
    })
}
