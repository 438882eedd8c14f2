//! An export reads all rows of a table that a query matches, over several connections at
//! once. It is what snow_table_list() is, for tables of any size: as fast as the instance
//! gives rows, in little memory, and held against the instance's own count at the end.
//!
//! ```c
//! snow_export *export = snow_export_new(client, "incident", query, &error);
//! snow_cursor *cursor = snow_export_rows(export, &error);
//! const snow_record *row;
//! snow_status status;
//! while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
//!     puts(snow_record_json(row, NULL));
//! if (status == SNOW_DONE)
//!     printf("%lld rows\n", (long long)snow_export_count(export, SNOW_EXPORT_RECEIVED));
//! snow_cursor_free(cursor);
//! snow_export_free(export);
//! ```
//!
//! Each connection has a thread of libsnow's, which runs no callback of yours. Rows wait
//! until you take them, and only so many that memory does not grow with the table: if you
//! are slow, the instance waits.
//!
//! While rows are created, changed and deleted during an export, no row that is there
//! throughout is left out or given twice. A row that comes to be meanwhile may be among
//! those given or not.
//!
//! A page that breaks off, or that the instance cancels because it takes too long, is asked
//! for again from where it broke, with half the rows.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::argument::text;
use super::callback::{UserData, handled};
use super::client::{kept, snow_client, snow_destroy_fn};
use super::cursor::{CursorRow, snow_cursor};
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::library::snow_status;
use super::query::{optional_query, snow_query};
use crate::error::{Error, Result};
use crate::export::{Export, ExportCount, ExportOrder, ExportProgress, ExportProgressCallback};

/// An export that is to be made, and the counts of the one that was begun last. For one
/// thread at a time; snow_export_count() may be called beside the cursor it counts.
pub struct snow_export {
    _opaque: [u8; 0],
}

impl Opaque for snow_export {
    type Value = Export;
    type Side = ();
    const TAG: u32 = 0x534e_000b;
    const NAME: &'static str = "snow_export";

    fn side(_: &Export) {}
}

/// In what order an export gives its rows.
pub type snow_order = i32;

/// As they come, which is the fastest.
pub const SNOW_ORDER_ANY: snow_order = 1;
/// By `sys_id`. Rows of several pages are read ahead, and wait for those before them.
pub const SNOW_ORDER_SYS_ID: snow_order = 2;
/// As the query says. The keys of all rows are read first, in this order, and kept until the
/// end: some 30 bytes a row. A row that changes its place meanwhile is given where it was or
/// at the end, and one that matches no longer when its turn comes is not given; but where the
/// conditions are so long that a URL has no room for them beside the keys of 20 rows, it is.
pub const SNOW_ORDER_QUERY: snow_order = 3;

/// Something that an export counts.
pub type snow_export_counter = i32;

/// Rows that the instance counted at the beginning. Those that this user may not see are
/// among them. With a limit of the query, no more than that.
pub const SNOW_EXPORT_EXPECTED: snow_export_counter = 1;
/// Rows that came. With a limit of the query, no more than that.
pub const SNOW_EXPORT_RECEIVED: snow_export_counter = 2;
/// Rows that the instance counts and does not give to this user, by access control.
pub const SNOW_EXPORT_HIDDEN: snow_export_counter = 3;
/// How many times a page broke off and was asked for again with half the rows.
pub const SNOW_EXPORT_HALVED: snow_export_counter = 4;
/// How many times a page broke off and was asked for again.
pub const SNOW_EXPORT_RETRIED: snow_export_counter = 5;
/// Requests that were made, those that were made again among them: for rows, for keys, and
/// to count.
pub const SNOW_EXPORT_REQUESTS: snow_export_counter = 6;
/// Bytes of the rows that came, as JSON text, unpacked; also of those that a limit leaves out.
pub const SNOW_EXPORT_BYTES: snow_export_counter = 7;
/// Values that did not fit the type of their Arrow column, and are NULL there.
pub const SNOW_EXPORT_MISFITS: snow_export_counter = 8;

/// Is told how far an export is: at most ten times a second, and at its end.
///
/// Runs on the thread that takes the rows, inside that call and with no lock held: it may
/// call libsnow, also on the same client.
///
/// @param user_data   As given beside it.
/// @param rows        Rows that came, as #SNOW_EXPORT_RECEIVED.
/// @param bytes       Bytes of all rows that came, as #SNOW_EXPORT_BYTES.
/// @param expected    Rows that the instance counted, as #SNOW_EXPORT_EXPECTED; 0 as long as
///                    it has not. In any order this grows in the first moments, while each
///                    connection counts its part.
/// @param elapsed_ms  Milliseconds since the first row was asked for.
/// @return #SNOW_HANDLED to go on; any other value ends the call that takes the rows with
///         #SNOW_CALLBACK_FAILED. The export goes on with the next such call.
pub type snow_export_progress_fn = Option<
    unsafe extern "C-unwind" fn(
        user_data: *mut c_void,
        rows: u64,
        bytes: u64,
        expected: u64,
        elapsed_ms: u64,
    ) -> i32,
>;

/// Makes an export of the rows that a query matches. No traffic happens before the first
/// row is asked for.
///
/// `GET /api/now/table/{table}`, as often as it takes, on each connection.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       Copied; NULL for every row. Its page size is that of each connection;
///                    its offset must be 0; with a limit any rows that match are given, so
///                    many of them, but in the query's own order not before those that
///                    come first in that.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The export; release it with snow_export_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_export_new(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_export {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, query) = (text(table, "table")?, optional_query(query)?);
        kept(client)?.table_export(table, query.as_ref())
    })
}

/// Sets how many connections read at once. The default of 4 is as many requests as one
/// node of an instance works for at a time by default; more keep other integrations
/// waiting.
///
/// @param export_      Must not be NULL.
/// @param connections  From 1 to 64.
/// @param[out] error   Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_export_set_connections(
    export: *mut snow_export,
    connections: u32,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        // SAFETY: the header's rule on handles.
        unsafe { handle::exclusive(export, "export")? }.set_connections(connections)
    })
}

/// Sets the order of the rows. Default is the query's where it has one, else any.
///
/// @param export_     Must not be NULL.
/// @param order       A `SNOW_ORDER_` constant.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_export_set_order(
    export: *mut snow_export,
    order: snow_order,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let order = order_of(order)?;
        // SAFETY: the header's rule on handles.
        unsafe { handle::exclusive(export, "export")? }.set_order(order);
        Ok(())
    })
}

/// Tells a callback how far the export is. It holds for what is begun after this.
///
/// @param export_     Must not be NULL.
/// @param callback    NULL to tell nobody.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: when another
///                    callback has taken its place and when the export and what it began are
///                    freed, or when this very call fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_export_set_progress_callback(
    export: *mut snow_export,
    callback: snow_export_progress_fn,
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let data = UserData::new(user_data, destroy);
        // SAFETY: the header's rule on handles.
        let mut export = unsafe { handle::exclusive(export, "export")? };
        export.set_progress_callback(callback.map(|function| -> Arc<ExportProgressCallback> {
            Arc::new(move |now: ExportProgress| {
                let elapsed = u64::try_from(now.elapsed.as_millis()).unwrap_or(u64::MAX);
                // SAFETY: the caller vouches for the function and for what it is handed.
                let value =
                    unsafe { function(data.pointer(), now.rows, now.bytes, now.expected, elapsed) };
                handled(
                    value,
                    "the callback that is told of the export's progress failed",
                )
            })
        }));
        Ok(())
    })
}

/// Begins the export: its rows, one by one. From here on snow_export_count() counts these.
///
/// What was begun before goes on beside it, as long as its cursor or stream is there.
///
/// Of the cursor's functions all work: snow_cursor_cancel() ends the export from any
/// thread, freeing it early does as well. snow_cursor_next() gives #SNOW_INCOMPLETE in
/// place of #SNOW_DONE where rows did not come that the instance still has. After an error
/// the next call goes on where it broke.
///
/// An instance leaves a part out of a query, without a word, where it does not know the
/// field or the table of a related list or a join, where the user may not read it, or where
/// it runs no scripts, and gives more rows; some give no row at all instead. A query with
/// conditions is therefore tried before the first row and after the last, with one that no
/// row can match, and where no row came, with one that each row matches:
/// snow_cursor_next() gives #SNOW_QUERY_IGNORED, and the message names the part. Not noticed
/// is where words cannot be searched for, where a tag does not exist, a script inside a join,
/// a dynamic filter or hierarchy that does not exist while each row has the field, and a term
/// of snow_query_raw() with an operator that libsnow does not know.
///
/// An export reads by `sys_id`. A database view has none, a script that fills a table may take
/// no notice of it, and some users may not read it: rows would come more than once. Where rows
/// make that doubtful the instance is asked, and snow_cursor_next() gives #SNOW_QUERY_IGNORED;
/// such a table can be read as a list in an order of its own, where rows that change meanwhile
/// may slip by or come twice, or as an export, not in the query's own order, with a
/// limit that is no more than its page size.
///
/// @param export_     Must not be NULL; it may be freed before the cursor.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The cursor; release it with snow_cursor_free(). NULL with
///         #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_export_rows(
    export: *mut snow_export,
    error: *mut *mut snow_error,
) -> *mut snow_cursor {
    guard::make(error, || {
        // SAFETY: the header's rule on handles.
        let mut export = unsafe { handle::exclusive(export, "export")? };
        Ok(CursorRow::new(export.rows()))
    })
}

/// How many of something there were so far, and in all once the export has ended:
/// expected, received and hidden rows tell whether it is complete, and what it took.
///
/// @param export_  May be NULL.
/// @param counter  A `SNOW_EXPORT_` constant.
/// @return The number; -1 for NULL, and for what is no such constant.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_export_count(
    export: *const snow_export,
    counter: snow_export_counter,
) -> i64 {
    guard::value(-1, || {
        // SAFETY: the header's rule on handles.
        let export = unsafe { handle::exclusive(export, "export") };
        let (Some(counter), Ok(export)) = (counter_of(counter), export) else {
            return -1;
        };
        i64::try_from(export.count(counter)).unwrap_or(i64::MAX)
    })
}

/// Frees an export. What it began goes on, and belongs to the cursor or the stream.
///
/// @param export_  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_export_free(export: *mut snow_export) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(export) });
}

fn order_of(order: snow_order) -> Result<ExportOrder> {
    match order {
        SNOW_ORDER_ANY => Ok(ExportOrder::Any),
        SNOW_ORDER_SYS_ID => Ok(ExportOrder::SysId),
        SNOW_ORDER_QUERY => Ok(ExportOrder::Query),
        _ => {
            let problem = format!("it is {order}; accepted are the SNOW_ORDER_ constants, 1 to 3");
            Err(Error::argument("order", problem))
        }
    }
}

fn counter_of(counter: snow_export_counter) -> Option<ExportCount> {
    Some(match counter {
        SNOW_EXPORT_EXPECTED => ExportCount::Expected,
        SNOW_EXPORT_RECEIVED => ExportCount::Received,
        SNOW_EXPORT_HIDDEN => ExportCount::Hidden,
        SNOW_EXPORT_HALVED => ExportCount::Halved,
        SNOW_EXPORT_RETRIED => ExportCount::Retried,
        SNOW_EXPORT_REQUESTS => ExportCount::Requests,
        SNOW_EXPORT_BYTES => ExportCount::Bytes,
        SNOW_EXPORT_MISFITS => ExportCount::Misfits,
        _ => return None,
    })
}

pub mod shards;
