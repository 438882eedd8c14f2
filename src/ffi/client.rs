//! A client stands for one instance and one way to sign in. It keeps connections open
//! and a token fresh, and serves any number of threads at once.
//!
//! ```c
//! snow_client *client =
//!     snow_client_new_basic("dev12345", "admin", password, &error);
//! ...
//! snow_client_free(client);
//! ```
//!
//! With OAuth a token is got once and kept:
//!
//! ```c
//! snow_client *client =
//!     snow_client_new_oauth("dev12345", client_id, client_secret, NULL, &error);
//! snow_set_token_callback(client, save_token, path, NULL, &error);
//! snow_client_login(client, user, password, &error);
//! ```
//!
//! or in a file that libsnow looks after, for this process and others:
//!
//! ```c
//! snow_session_set_oauth(session, client_id, client_secret, &error);
//! snow_session_set_token_file(session, "/var/lib/acme/token.json", &error);
//! snow_client *client = snow_client_new("dev12345", session, &error);
//! ```
//!
//! and from then on renewed by itself: 30 seconds before it ends, and once when the
//! instance refuses it (HTTP 401). However many threads need it, one of them asks, tells
//! the callback, and the others go on with what it got. Renewing it early takes half of a
//! call's time at most, unless the instance has replaced a refresh token before: what it
//! answers may be the only good one. Where it comes to nothing, the call uses the token
//! that is still good.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::time::Duration;

use super::argument::text;
use super::callback::UserData;
use super::error::snow_error;
use super::handle::{self, Opaque};
use super::library::snow_status;
use super::session::snow_session;
use super::text::CText;
use super::token::{TokenTexts, snow_token};
use super::{fork, guard};
use crate::client::Client;
use crate::error::Result;
use crate::session::Session;
use crate::session::auth::token::Token;

/// A client of one instance. Thread-safe: one client serves all threads.
pub struct snow_client {
    _opaque: [u8; 0],
}

impl Opaque for snow_client {
    type Value = Client;
    /// The address, as it is lent.
    type Side = CText;
    const TAG: u32 = 0x534e_0003;
    const NAME: &'static str = "snow_client";

    fn side(client: &Client) -> CText {
        CText::new(&client.url())
    }
}

/// What a callback returns when it has done its work. Every other value is failure: an
/// exception in a host language comes back as 0 or as garbage, never as this.
pub const SNOW_HANDLED: i32 = 1_397_641_047;

/// Is told of a new token.
///
/// Runs on a thread that is at that moment inside a call of this client, never on a
/// thread of libsnow's, and with no lock held: it may call libsnow, also on the same
/// client. Calls for two tokens never overlap, and come in the order in which the tokens
/// were issued.
///
/// @param user_data  As given to snow_set_token_callback().
/// @param token      Borrowed until the callback returns.
/// @return #SNOW_HANDLED; any other value stops the call that needed the token with
///         #SNOW_CALLBACK_FAILED. The token stays in use all the same.
pub type snow_token_fn =
    Option<unsafe extern "C-unwind" fn(user_data: *mut c_void, token: *const snow_token) -> i32>;

/// Ends what `user_data` points to. Called exactly once, on the thread that ends the use, never on
/// one of libsnow's. It may call libsnow, also with the handle that the callback was set on, unless
/// that is being freed.
///
/// @param user_data  As given beside it.
pub type snow_destroy_fn = Option<unsafe extern "C-unwind" fn(user_data: *mut c_void)>;

/// Makes a client for an instance. No traffic happens yet; the first call connects.
///
/// @param instance    Name (`"dev12345"`), host (`"acme.service-now.com"`,
///                    `"127.0.0.1:8080"`) or URL without a path
///                    (`"https://dev12345.service-now.com"`); must not be NULL. Plain
///                    http is for loopback, or as snow_session_set_allow_http() says.
/// @param session     Copied; NULL for a session with every option at its default.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The client; release it with snow_client_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT, also where the session has a token
///         file and does not sign in with OAuth.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_client_new(
    instance: *const c_char,
    session: *const snow_session,
    error: *mut *mut snow_error,
) -> *mut snow_client {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let instance = text(instance, "instance")?;
        if session.is_null() {
            return connect(instance, &Session::new());
        }
        connect(instance, &*handle::exclusive(session, "session")?)
    })
}

/// Makes a client that signs in with a user's name and password (HTTP Basic).
///
/// @param instance    As for snow_client_new().
/// @param user        Copied; must not be NULL or empty, nor hold a colon.
/// @param password    Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The client; release it with snow_client_free(). NULL as for snow_client_new().
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_client_new_basic(
    instance: *const c_char,
    user: *const c_char,
    password: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_client {
    // SAFETY: the header's rule on texts.
    guard::make(error, || unsafe {
        let instance = text(instance, "instance")?;
        let mut session = Session::new();
        session.set_basic_auth(text(user, "user")?, text(password, "password")?)?;
        connect(instance, &session)
    })
}

/// Makes a client that signs in with OAuth tokens.
///
/// @param instance       As for snow_client_new().
/// @param client_id      Id of the entry in the instance's application registry; copied;
///                       must not be NULL or empty.
/// @param client_secret  Its secret; copied; must not be NULL.
/// @param token          A token kept from before; copied; NULL where there is none yet:
///                       sign in with snow_client_login() then.
/// @param[out] error     Receives the error on failure; may be NULL.
/// @return The client; release it with snow_client_free(). NULL as for snow_client_new().
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_client_new_oauth(
    instance: *const c_char,
    client_id: *const c_char,
    client_secret: *const c_char,
    token: *const snow_token,
    error: *mut *mut snow_error,
) -> *mut snow_client {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let instance = text(instance, "instance")?;
        let mut session = Session::new();
        session.set_oauth(
            text(client_id, "client_id")?,
            text(client_secret, "client_secret")?,
        )?;
        let client = connect(instance, &session)?;
        if !token.is_null() {
            client.set_token(handle::shared(token, "token")?.token().clone())?;
        }
        Ok(client)
    })
}

/// The address of the instance that the client calls. The page of a record is that with
/// `/nav_to.do?uri=incident.do?sys_id=` and its key after it, its REST address that with
/// `/api/now/table/incident/` and its key.
///
/// @param client  May be NULL.
/// @return Such as `"https://dev12345.service-now.com"`, borrowed until the client is freed;
///         NULL for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_client_url(client: *const snow_client) -> *const c_char {
    guard::value(ptr::null(), || {
        // SAFETY: the header's rule on handles.
        let url = unsafe { handle::side(client, "client") };
        url.map_or(ptr::null(), CText::pointer)
    })
}

/// Tells a callback of each token that the instance issues to this client, by a sign-in
/// or a renewal, before the call that needed it goes on: the place to store it. With
/// snow_session_set_token_file() it is in the file by then; of a token that another process
/// has put there, and this client took over, the callback is not told.
///
/// A token can always be read without a callback, with snow_client_token().
///
/// @param client      Must not be NULL; its session must sign in with OAuth.
/// @param callback    NULL to tell nobody any more.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: when
///                    another callback takes its place, when the client ends, or when
///                    this very call fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_set_token_callback(
    client: *mut snow_client,
    callback: snow_token_fn,
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        // From here on, however this ends, `destroy` is called once.
        let data = UserData::new(user_data, destroy);
        // SAFETY: the header's rule on handles.
        let client = unsafe { kept(client)? };
        let Some(function) = callback else {
            return client.set_token_callback(None);
        };
        client.set_token_callback(Some(Box::new(move |token: &Token| {
            // SAFETY: the caller vouches for the function and for what it is handed.
            unsafe { tell(function, &data, token) }
        })))
    })
}

/// Signs a user in by name and password with OAuth (grant `password`), puts the token in
/// the token file if there is one, and tells the token callback. The password is not kept.
///
/// One `POST /oauth_token.do`.
///
/// @param client      Must not be NULL; its session must sign in with OAuth.
/// @param user        Must not be NULL or empty.
/// @param password    Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_TOKEN_REFUSED where the instance refuses (its words are in
///         snow_error_detail()); #SNOW_TOKEN_ANSWER where it answers nonsense;
///         #SNOW_CALLBACK_FAILED where the callback fails; #SNOW_FILE as
///         snow_session_set_token_file() says; #SNOW_BUSY inside that callback;
///         #SNOW_CLOSED, #SNOW_CANCELLED, #SNOW_TIMEOUT; the transport's (100s) and the
///         instance's (300s); #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, and
///         #SNOW_INVALID_ARGUMENT, also where the session does not sign in with OAuth.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_client_login(
    client: *mut snow_client,
    user: *const c_char,
    password: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (user, password) = (text(user, "user")?, text(password, "password")?);
        kept(client)?.login(user, password)
    })
}

/// Uses a token from now on, such as one that was stored. The callback is not told. With
/// snow_session_set_token_file() the token is put in the file first; where that fails, the
/// client goes on with the token that it had.
///
/// @param client      Must not be NULL; its session must sign in with OAuth.
/// @param token       Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT, #SNOW_CLOSED; with a token
///         file also #SNOW_FILE, and #SNOW_TIMEOUT or #SNOW_CANCELLED while another process
///         is changing it.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_client_set_token(
    client: *mut snow_client,
    token: *const snow_token,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let token = handle::shared(token, "token")?.token().clone();
        kept(client)?.set_token(token)
    })
}

/// A copy of the token now in use; where the client has none yet, of that in its token file.
///
/// @param client      Must not be NULL; its session must sign in with OAuth.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The token; release it with snow_token_free(). NULL with #SNOW_NO_TOKEN where
///         there is none yet, or with #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT,
///         #SNOW_FILE.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_client_token(
    client: *const snow_client,
    error: *mut *mut snow_error,
) -> *mut snow_token {
    // SAFETY: the header's rule on handles.
    guard::make(error, || unsafe {
        Ok(TokenTexts::new(kept(client)?.token()?))
    })
}

/// Closes a client: new calls are refused with #SNOW_CLOSED, those under way get some time
/// to end, and so does what their callbacks call; then they are cancelled
/// (#SNOW_CANCELLED). When it returns, its connections are closed and no thread works for
/// this client any more, but for one that may still be waiting for a name server, and calls
/// that cannot be told to end: those that are inside a callback of yours, or wait for a
/// file (a pipe). It waits two seconds more for these and then gives #SNOW_TIMEOUT;
/// #SNOW_STATISTIC_IN_FLIGHT says how many there are, each ends when its callback returns,
/// and closing once more waits for them.
/// Not needed before snow_client_free(), which waits for nothing.
///
/// @param client      Must not be NULL.
/// @param timeout_ms  Milliseconds to wait for calls that are under way; 0 cancels them
///                    at once.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK where all had ended in time; #SNOW_TIMEOUT where calls had to be
///         cancelled: the client is closed all the same; #SNOW_BUSY inside a callback of a
///         call of this client, which it would wait for: the client is not closed;
///         #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_client_close(
    client: *mut snow_client,
    timeout_ms: u32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        kept(client)?.close(Duration::from_millis(timeout_ms.into()))
    })
}

/// Frees a client. Calls that are under way on it, and cursors made from it, go on.
///
/// @param client  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_client_free(client: *mut snow_client) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(client) });
}

fn connect(instance: &str, session: &Session) -> Result<Client> {
    // All that belongs to a process is made with a client.
    fork::watch();
    Client::new(instance, session)
}

/// A client that stays while this call lasts, even if its handle is freed meanwhile.
///
/// # Safety
/// As for [`handle::shared`].
pub(super) unsafe fn kept(client: *const snow_client) -> Result<Client> {
    // SAFETY: as promised by the caller.
    unsafe { handle::shared(client, "client") }.cloned()
}

/// # Safety
/// `function` may be called with the data that the caller gave beside it.
unsafe fn tell(
    function: unsafe extern "C-unwind" fn(*mut c_void, *const snow_token) -> i32,
    data: &UserData,
    token: &Token,
) -> std::result::Result<(), i32> {
    let lent = handle::Lent::<snow_token>::new(TokenTexts::new(token.clone()));
    // SAFETY: as promised by the caller; the token lives until after the call.
    match unsafe { function(data.pointer(), lent.pointer()) } {
        SNOW_HANDLED => Ok(()),
        value => Err(value),
    }
}
