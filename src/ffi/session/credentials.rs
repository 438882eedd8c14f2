//! How a session signs in.

use std::ffi::c_char;
use std::path::Path;

use super::snow_session;
use crate::ffi::argument::{boolean, text};
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle;
use crate::ffi::library::snow_status;

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
/// snow_session_set_token_file(), and is renewed by its refresh token. Replaces whatever way
/// to sign in the session had.
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
/// user; while it does not, each call asks again. Replaces whatever way to sign in the
/// session had.
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
/// token or the new one, whole. Only where it is killed, its connection breaks, or it waits
/// no longer (its time is over, the call was cancelled, the client closed) after the
/// instance issued a token and before that was received is the token lost; an instance that
/// rotates refresh tokens then refuses the old one, and each process gets
/// #SNOW_TOKEN_REFUSED, with a message that says so, until somebody signs in again. Where
/// the file is deleted, the processes get #SNOW_NO_TOKEN when their token ends. The lock is
/// a POSIX record lock, which NFS passes on to its server (with `nolock` it holds on one
/// machine alone); within one process it relies on a single copy of libsnow.
///
/// @param session     Must not be NULL; must sign in with OAuth by the time a client is
///                    made from it.
/// @param path        Path of the file; copied; must not be NULL or empty. Its folder must be
///                    there; the file need not, and an empty one counts for none. The file
///                    must be this user's and closed to all others (mode 0600).
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, or
///         #SNOW_FILE where the folder is not there, or where the name is too long for
///         `.lock` after it, the file is a symbolic link, belongs to another user, is open
///         to others, or holds something else than a token, which is never replaced. All
///         this is looked at again whenever the file is used: a call that needs another token
///         gives #SNOW_FILE then, also for want of space or rights, and before a token
///         is asked for. Should the file not be written all the same, the token stays
///         in use and the callback is told of it, but the call gives #SNOW_FILE.
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
