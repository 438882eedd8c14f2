//! What a client does, for a log and for whoever watches it.
//!
//! ```c
//! static void print(void *file, snow_log_level level, const char *line)
//! {
//!     fprintf(file, "%d %s\n", (int)level, line);
//! }
//! ...
//! snow_set_log_callback(client, SNOW_LOG_INFO, print, stderr, NULL, &error);
//! ```
//!
//! A line tells of one request: its method and path, the HTTP status or what failed, how
//! long it took, which attempt it was, what an answer is a failure of that does not look it,
//! and the instance's transaction id. It holds no parameter, no header and no body:
//!
//! ```text
//! GET /api/now/table/incident 200 in 31 ms, attempt 1, transaction 2f41c1bd1b3
//! GET /api/now/table/incident 200 in 12 ms, attempt 1, SNOW_HIBERNATING
//! GET /api/now/table/incident SNOW_CUT_BODY on its way: the answer broke off: ...
//! POST /oauth_token.do SNOW_CONNECT in 2 ms, attempt 1: no connection could be made: ...
//! GET /api/now/table/incident is made again in 180 ms, after SNOW_RATE_LIMITED
//! ```

use std::ffi::{CString, c_char, c_void};

use super::argument::{output, room};
use super::callback::UserData;
use super::client::{kept, snow_client, snow_destroy_fn};
use super::error::snow_error;
use super::guard;
use super::library::snow_status;
use crate::error::{Error, Result};
use crate::session::log::{LogCallback, LogLevel};
use crate::session::statistics::Statistic;

/// How much is told.
pub type snow_log_level = i32;

/// Nothing.
pub const SNOW_LOG_OFF: snow_log_level = 0;
/// Requests that failed, as #SNOW_STATISTIC_FAILURES counts them.
pub const SNOW_LOG_ERROR: snow_log_level = 1;
/// What is made again, as well.
pub const SNOW_LOG_WARNING: snow_log_level = 2;
/// Every request.
pub const SNOW_LOG_INFO: snow_log_level = 3;

/// Is told of a line.
///
/// Runs on a thread that is at that moment inside a call of this client, never on a thread
/// of libsnow's, and with no lock held, on several threads at once where several are in a
/// call. It may call libsnow; what it calls is not told of.
///
/// @param user_data  As given to snow_set_log_callback().
/// @param level      What the line is about, from #SNOW_LOG_ERROR to #SNOW_LOG_INFO.
/// @param line       One line without its end, borrowed until the callback returns.
pub type snow_log_fn = Option<
    unsafe extern "C-unwind" fn(user_data: *mut c_void, level: snow_log_level, line: *const c_char),
>;

/// Takes note of what the client does, and tells a callback of it.
///
/// A list fetches pages ahead on a thread of libsnow's; what is said of those waits until a
/// thread is in a call again. Without a callback every line waits, to be read with
/// snow_client_log_line().
///
/// @param client      Must not be NULL.
/// @param level       How much, a `SNOW_LOG_` constant; #SNOW_LOG_OFF to take no note, which
///                    is the default.
/// @param callback    NULL to tell nobody.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: when another
///                    callback takes its place, when the client ends, or when this very call
///                    fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_set_log_callback(
    client: *mut snow_client,
    level: snow_log_level,
    callback: snow_log_fn,
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let data = UserData::new(user_data, destroy);
        // SAFETY: the header's rule on handles.
        let client = unsafe { kept(client)? };
        let level = log_level(level)?;
        let callback = callback.map(|function| -> Box<LogCallback> {
            Box::new(move |level, line: &str| {
                // It is one line, and holds no NUL.
                let line = CString::new(line).unwrap_or_default();
                // SAFETY: the caller vouches for the function; the line lives until after the call.
                unsafe { function(data.pointer(), level as snow_log_level, line.as_ptr()) }
            })
        });
        client.set_log(level, callback);
        Ok(())
    })
}

/// Takes the line that waits longest, where there is no callback to be told. At most 1,024
/// lines wait; one more says how many there were beside those.
///
/// @param client      Must not be NULL.
/// @param buffer      Receives the line, with a NUL; one that does not fit is cut. Must not
///                    be NULL.
/// @param size        Bytes that fit into the buffer; not 0. 1,024 hold most lines.
/// @param[out] level  Receives what the line is about; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK with a line; #SNOW_DONE where none waits, which is no error;
///         #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_client_log_line(
    client: *const snow_client,
    buffer: *mut c_char,
    size: usize,
    level: *mut snow_log_level,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::next(error, || {
        // SAFETY: the header's rule on buffers.
        let buffer = unsafe { room(buffer.cast(), size, "buffer")? };
        if buffer.is_empty() {
            return Err(Error::argument("size", "it is 0; accepted is at least 1"));
        }
        // SAFETY: the header's rule on outputs.
        let place = unsafe { output(level, "level") }.ok();
        // SAFETY: the header's rule on handles.
        let line = unsafe { kept(client)? }.next_log_line();
        let (level, line) = line.map_or((SNOW_LOG_OFF, None), |(level, line)| {
            (level as snow_log_level, Some(line))
        });
        if let Some(place) = place {
            place.write(level);
        }
        let text = line.as_deref().unwrap_or_default();
        // The room is all NULs, so what is copied ends in one.
        let most = text.len().min(buffer.len() - 1);
        let count = (0..=most).rev().find(|&end| text.is_char_boundary(end));
        let count = count.unwrap_or_default();
        buffer[..count].copy_from_slice(&text.as_bytes()[..count]);
        Ok(line.is_some())
    })
}

/// Something that a client counts.
pub type snow_statistic = i32;

/// Requests that were made, those for tokens and those that were made again among them.
pub const SNOW_STATISTIC_REQUESTS: snow_statistic = 1;
/// Requests that brought no answer, one that broke off, or one that is no success: by its
/// HTTP status, a page in place of JSON, or a 202 that says that it was dropped. What was
/// cancelled is not in it, nor what only the JSON of a 200 tells, such as an error after the
/// first rows, or what a call misses in an answer that is well.
pub const SNOW_STATISTIC_FAILURES: snow_statistic = 2;
/// Requests that were made again after a failure.
pub const SNOW_STATISTIC_RETRIES: snow_statistic = 3;
/// Requests for a token: sign-ins and renewals.
pub const SNOW_STATISTIC_TOKEN_REQUESTS: snow_statistic = 4;
/// Bytes of bodies that were sent.
pub const SNOW_STATISTIC_BYTES_SENT: snow_statistic = 5;
/// Bytes of bodies that were received, as they were packed.
pub const SNOW_STATISTIC_BYTES_RECEIVED: snow_statistic = 6;
/// Connections that were made.
pub const SNOW_STATISTIC_CONNECTIONS: snow_statistic = 7;
/// Calls that are under way now.
pub const SNOW_STATISTIC_IN_FLIGHT: snow_statistic = 8;

/// How many of something there were since the client was made; in a forked child, since the
/// fork. Costs next to nothing, and can be asked at any time from any thread.
///
/// @param client     May be NULL.
/// @param statistic  A `SNOW_STATISTIC_` constant.
/// @return The number; -1 for NULL, and for what is no such constant.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_client_statistic(
    client: *const snow_client,
    statistic: snow_statistic,
) -> i64 {
    guard::value(-1, || {
        let Some(statistic) = statistic_of(statistic) else {
            return -1;
        };
        // SAFETY: the header's rule on handles.
        let client = unsafe { kept(client) };
        client.map_or(-1, |client| {
            i64::try_from(client.statistic(statistic)).unwrap_or(i64::MAX)
        })
    })
}

fn log_level(level: snow_log_level) -> Result<Option<LogLevel>> {
    match level {
        SNOW_LOG_OFF => Ok(None),
        SNOW_LOG_ERROR => Ok(Some(LogLevel::Error)),
        SNOW_LOG_WARNING => Ok(Some(LogLevel::Warning)),
        SNOW_LOG_INFO => Ok(Some(LogLevel::Info)),
        _ => {
            let problem = format!("it is {level}; accepted are the SNOW_LOG_ constants, 0 to 3");
            Err(Error::argument("level", problem))
        }
    }
}

fn statistic_of(statistic: snow_statistic) -> Option<Statistic> {
    Some(match statistic {
        SNOW_STATISTIC_REQUESTS => Statistic::Requests,
        SNOW_STATISTIC_FAILURES => Statistic::Failures,
        SNOW_STATISTIC_RETRIES => Statistic::Retries,
        SNOW_STATISTIC_TOKEN_REQUESTS => Statistic::TokenRequests,
        SNOW_STATISTIC_BYTES_SENT => Statistic::BytesSent,
        SNOW_STATISTIC_BYTES_RECEIVED => Statistic::BytesReceived,
        SNOW_STATISTIC_CONNECTIONS => Statistic::Connections,
        SNOW_STATISTIC_IN_FLIGHT => Statistic::InFlight,
        _ => return None,
    })
}
