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
use std::path::Path;
use std::time::Duration;

use super::argument::{boolean, optional_text, text};
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::library::snow_status;
use crate::session::Session;

/// How to reach an instance. For one thread at a time; a call from a second thread
/// in the same moment gives #SNOW_BUSY.
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

/// Signs in with a user's name and password (HTTP Basic).
///
/// Replaces whatever way to sign in the session had.
///
/// @param session     Must not be NULL.
/// @param user        Copied; must not be NULL or empty, nor hold a colon, which HTTP
///                    Basic cannot carry.
/// @param password    Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_basic_auth(
    session: *mut snow_session,
    user: *const c_char,
    password: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (user, password) = (text(user, "user")?, text(password, "password")?);
        handle::exclusive(session, "session")?.set_basic_auth(user, password)
    })
}

/// Signs in with an access token that somebody else keeps fresh.
///
/// Replaces whatever way to sign in the session had.
///
/// @param session     Must not be NULL.
/// @param token       Copied; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_bearer_token(
    session: *mut snow_session,
    token: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let token = text(token, "token")?;
        handle::exclusive(session, "session")?.set_bearer_token(token)
    })
}

/// Signs in with an API key (header `x-sn-apikey`).
///
/// Replaces whatever way to sign in the session had.
///
/// @param session     Must not be NULL.
/// @param key         Copied; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_api_key(
    session: *mut snow_session,
    key: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let key = text(key, "key")?;
        handle::exclusive(session, "session")?.set_api_key(key)
    })
}

/// Signs in with OAuth tokens of an entry of the instance's application registry.
///
/// The token comes from snow_client_login(), snow_client_set_token() or the file of
/// snow_session_set_token_file(), and is renewed by its refresh token. Replaces whatever way to sign in the session had.
///
/// @param session        Must not be NULL.
/// @param client_id      Copied; must not be NULL or empty.
/// @param client_secret  Copied; must not be NULL; `""` for a public client.
/// @param[out] error     Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @see snow_session_set_oauth_basic() for where the id and secret are sent
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_oauth(
    session: *mut snow_session,
    client_id: *const c_char,
    client_secret: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let id = text(client_id, "client_id")?;
        let secret = text(client_secret, "client_secret")?;
        handle::exclusive(session, "session")?.set_oauth(id, secret)
    })
}

/// Signs the application itself in (OAuth, grant `client_credentials`): a token is
/// asked for when it is first needed, and again whenever it ends. No user, no refresh
/// token.
///
/// The instance must allow the grant (property
/// `glide.oauth.inbound.client.credential.grant_type.enabled`) and have an application
/// user; while it does not, each call asks again. Replaces whatever way to sign in the session had.
///
/// @param session        Must not be NULL.
/// @param client_id      Copied; must not be NULL or empty.
/// @param client_secret  Copied; must not be NULL.
/// @param[out] error     Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_client_credentials(
    session: *mut snow_session,
    client_id: *const c_char,
    client_secret: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let id = text(client_id, "client_id")?;
        let secret = text(client_secret, "client_secret")?;
        handle::exclusive(session, "session")?.set_client_credentials(id, secret)
    })
}

/// Sends the OAuth client id and secret in an `Authorization: Basic` header to the
/// token endpoint, encoded as RFC 6749 (2.3.1) has it. Default is 0: in the body, as
/// ServiceNow documents.
///
/// @param session     Must not be NULL.
/// @param basic       1 for the header, 0 for the body.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_oauth_basic(
    session: *mut snow_session,
    basic: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let basic = boolean(basic, "basic")?;
        handle::exclusive(session, "session")?.set_oauth_basic(basic);
        Ok(())
    })
}

/// Keeps the OAuth token in a file, for any number of processes and hosts that share it:
/// workers of a server, jobs of a scheduler, a command that is run again and again.
///
/// The file holds what snow_token_save() writes and pysnow's users have. A client without
/// a token reads it on its first call. A new token, by a renewal, by snow_client_login()
/// or by snow_client_set_token(), is put there before it is used. Where several processes
/// find the token due, one renews it, under a lock, and the others take that one over: a
/// refresh token that is good for one use is used once. Waiting for another process is
/// part of the call, ends with its time limit (#SNOW_TIMEOUT) and can be cancelled.
///
/// One file is for one instance, one OAuth client and one user. Two files come to stand
/// beside it: `PATH.lock`, which is never to be deleted, and `PATH.new`, while a token is
/// asked for. So the process must be allowed to write to the folder, and nobody else
/// should be. A process that is killed lets go of the lock at once, and leaves the old
/// token or the new one, whole. Only where it is killed after the instance issued a token
/// and before that was received is the token lost; an instance that rotates refresh tokens
/// then refuses the old one, and each process gets #SNOW_TOKEN_REFUSED, with a message
/// that says so, until somebody signs in again. Where the file is deleted, the processes
/// get #SNOW_NO_TOKEN when their token ends. The lock is a POSIX record lock, which NFS
/// passes on to its server (with `nolock` it holds on one machine alone); within one
/// process it relies on a single copy of libsnow.
///
/// @param session     Must not be NULL; must sign in with OAuth by the time a client is
///                    made from it.
/// @param path        Path of the file; copied; must not be NULL. Its folder must be
///                    there; the file need not, and an empty one counts for none. The file
///                    must be this user's and closed to all others (mode 0600).
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, or #SNOW_FILE where the
///         folder is not there, or where the file is a symbolic link, belongs to another
///         user, is open to others, or holds something else than a token, which is never
///         replaced. All this is looked at again whenever the file is used: a call that
///         needs another token gives #SNOW_FILE then, also for want of space or rights,
///         and before a token is asked for. Should the file not be written all the same,
///         the token stays in use and the callback is told of it, but the call gives
///         #SNOW_FILE.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_token_file(
    session: *mut snow_session,
    path: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let path = Path::new(text(path, "path")?);
        handle::exclusive(session, "session")?.set_token_file(path)
    })
}

/// Whether the instance's certificate is checked. Default is 1.
///
/// With 0 anyone on the way can read the credentials.
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
/// The file is read now.
///
/// @param session     Must not be NULL.
/// @param path        Path of the file; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, or #SNOW_FILE where the
///         file cannot be read or holds no certificate.
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
/// The files are read now. The certificate goes along with whatever way to sign in the
/// session has, and is shown to the token endpoint too. By name, as `client_certificate`,
/// it is one file that holds the key too and has no password.
///
/// @param session     Must not be NULL.
/// @param path        Path of a PEM file with the certificate and, after it, those of the
///                    authorities between it and one that the server knows; or of a
///                    PKCS#12 file (`.p12`, `.pfx`). Must not be NULL.
/// @param key_path    Path of a PEM file with the private key: PKCS#8, plain or encrypted,
///                    PKCS#1 or SEC1. NULL where it is in the file of `path`.
/// @param password    What protects the PKCS#12 file or the encrypted key; only read now.
///                    NULL where nothing does.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8; #SNOW_FILE where a file cannot
///         be read or holds nothing that can be used; #SNOW_INVALID_ARGUMENT where the
///         password is missing or wrong, or `key_path` is given beside a PKCS#12 file.
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
/// environment's.
///
/// @param session     Must not be NULL.
/// @param proxy       `http://host:port`, `socks5://host:port` (the instance's name is
///                    resolved here) or `socks5h://host:port` (it is resolved by the
///                    proxy); `""` for no proxy at all. Copied; must not be NULL, nor
///                    hold a user or password.
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

/// What the proxy asks for. Set the proxy first.
///
/// @param session     Must not be NULL.
/// @param user        Copied; must not be NULL or empty, nor hold a colon.
/// @param password    Copied; must not be NULL.
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

/// Sends a header with every request, also those to the token endpoint: for gateways
/// that ask for one.
///
/// The same name again replaces it. Headers that libsnow itself decides
/// (`Authorization`, `Accept`, `Content-Type`, `User-Agent` and their like) are refused.
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

/// How long a call may take.
///
/// Connecting counts toward the total. An instance cancels a table transaction after
/// 60 seconds, so a total below that gives up earlier than the instance would.
///
/// @param session     Must not be NULL.
/// @param connect_ms  Milliseconds to wait for a connection; not 0. Default is 30000.
/// @param total_ms    Milliseconds for a whole call: signing in, sending, waiting,
///                    reading; not 0. Default is 120000.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_timeouts(
    session: *mut snow_session,
    connect_ms: u32,
    total_ms: u32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let mut session = handle::exclusive(session, "session")?;
        // Both are looked at before either is set.
        let mut changed = session.clone();
        changed.set_connect_timeout(Duration::from_millis(connect_ms.into()))?;
        changed.set_total_timeout(Duration::from_millis(total_ms.into()))?;
        *session = changed;
        Ok(())
    })
}

/// How often a call is made again when it fails, and how long it waits before.
///
/// What is made again is what surely did not happen (no connection, #SNOW_RATE_LIMITED,
/// #SNOW_NOT_EXECUTED), and what does no more when it happens twice: reads, PUT and
/// DELETE. A POST or PATCH that may have happened is never made again. A call that the
/// instance had to cancel for its length is tried once more.
///
/// The waits are random, at most 250 ms at first, and twice that with each; where the
/// instance says how long to wait (`Retry-After`, `X-RateLimit-Reset`), they begin there.
/// A wait that would be longer than the limit, or than the time that is left to the call,
/// is not begun: the error comes at once, and snow_error_retry_after_ms() tells.
///
/// @param session      Must not be NULL.
/// @param retries      How many times at most, after the first; 0 makes each call once.
///                     Default is 3.
/// @param max_wait_ms  The longest wait in milliseconds; not 0. Default is 30000.
/// @param[out] error   Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_retry(
    session: *mut snow_session,
    retries: u32,
    max_wait_ms: u32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let max_wait = Duration::from_millis(max_wait_ms.into());
        handle::exclusive(session, "session")?.set_retry(retries, max_wait)
    })
}

/// How many calls of one client may be under way at the same moment, over all threads.
/// Others wait for their turn, under their own time limit.
///
/// An instance serves about four calls of all integrations together, queues some, and
/// refuses the rest (#SNOW_RATE_LIMITED). When it does, half as many calls of the client as
/// were under way may be from then on, and one more whenever that many went well, whatever
/// is set here. An answer that you read piece by piece does not count for that.
///
/// A response from snow_client_open() is under way until its body has ended or it is freed;
/// so is a transfer while it calls back, so with 1 such a callback cannot make a call, nor
/// can a log callback that is told of it. A call that waits for its turn has its file
/// descriptors already (five).
///
/// @param session     Must not be NULL.
/// @param calls       0 for as many as there are, which is the default.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_session_set_max_in_flight(
    session: *mut snow_session,
    calls: u32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        handle::exclusive(session, "session")?.set_max_in_flight(calls);
        Ok(())
    })
}

/// Whether cookies are kept between calls. Default is 0.
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
/// @return #SNOW_OK, #SNOW_UNKNOWN_OPTION (the message lists all names), or as the
///         option's own function.
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
