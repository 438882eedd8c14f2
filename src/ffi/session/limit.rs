//! How long a call may take, how often it is made, and how many go at once.

use std::time::Duration;

use super::snow_session;
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle;
use crate::ffi::library::snow_status;

/// How long a call may take.
///
/// Connecting counts toward the total. An instance cancels a table transaction after
/// 60 seconds, so a total below that gives up earlier than the instance would.
///
/// The requests of a call that makes several, such as snow_table_update_one(), have the total
/// together; a write among them has what is left. These have it each: the pages of a list, an
/// attachment that is asked for again where it broke off, the parts of snow_table_shards(),
/// what is read of the dictionary before an Arrow stream, the checks of
/// snow_client_diagnose(), and the look-up of snow_table_create_once().
///
/// An export asks again for a page that does not come in that time, with half the rows; it
/// ends with #SNOW_TIMEOUT once no row has come for four times the total, or five where the
/// last request begins just before that.
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
/// #SNOW_NOT_EXECUTED), and what does no more when it happens twice: reads and DELETE. A
/// POST, PATCH or PUT that may have happened is never made again: a comment that is sent
/// twice is there twice, by PUT too. A call that the instance had to cancel for its length
/// is tried once more. What the instance refuses or fails at by itself (400, 403, 404, 500) is
/// its answer, and not asked for again.
///
/// The waits are random, at most 250 ms at first, and twice that with each; where the
/// instance says how long to wait (`Retry-After`, `X-RateLimit-Reset`), they begin there;
/// a moment that it names is held against its own clock (`Date`), not this machine's.
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
/// Others wait for their turn, under their own time limit; a request for a token goes before
/// them.
///
/// An instance serves about four calls of all integrations together, queues some, and
/// refuses the rest (#SNOW_RATE_LIMITED). When it does, half as many calls of the client as
/// were under way may be from then on, and one more whenever that many went well, whatever
/// is set here. An answer that you read piece by piece does not count for that.
///
/// A page of an export whose rows wait until you take those before them does not count
/// either, from then on until its end: a call that you make meanwhile could wait for it else.
///
/// A response from snow_client_open() is under way until its body has ended or it is freed;
/// so is a transfer while it calls back, so with 1 such a callback cannot make a call, nor
/// can a log callback that is told of it. A call that waits for its turn takes no connection
/// and no file descriptor.
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
