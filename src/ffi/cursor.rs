//! A cursor gives the rows that a query matches, one by one, however many there are. It
//! fetches page after page, the next one while you read this one, and never holds more
//! than two.
//!
//! ```c
//! snow_cursor *cursor = snow_table_list(client, "incident", query, &error);
//! const snow_record *row;
//! snow_status status;
//! while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
//!     puts(snow_record_json(row, NULL));
//! if (status != SNOW_DONE)
//!     fprintf(stderr, "%s\n", snow_error_message(error));
//! snow_cursor_free(cursor);
//! ```
//!
//! Without an order of its own a query is read by key (`sys_id`): no row that is there
//! throughout is skipped or doubled while others come and go. With an order it has to be
//! read by offset, where rows that come or go meanwhile can shift others across the
//! border between two pages.

use std::ptr;

use super::argument::output;
use super::error::snow_error;
use super::guard;
use super::handle::{self, Lent, Opaque};
use super::library::snow_status;
use super::record::{RecordTexts, snow_record};
use crate::error::{Error, Result, Status};
use crate::export::ExportRows;
use crate::record::Record;
use crate::table::{Canceller, Cursor};

/// The rows that a query matches. For one thread at a time, but for snow_cursor_cancel(),
/// which any thread may call. Belongs to the process that made it.
pub struct snow_cursor {
    _opaque: [u8; 0],
}

impl Opaque for snow_cursor {
    type Value = CursorRow;
    type Side = Canceller;
    const TAG: u32 = 0x534e_0007;
    const NAME: &'static str = "snow_cursor";

    fn side(row: &CursorRow) -> Canceller {
        row.cursor.canceller()
    }
}

/// A cursor, and the row of it that is lent.
pub struct CursorRow {
    cursor: Rows,
    row: Lent<snow_record>,
}

/// Where rows come from.
pub(super) enum Rows {
    Pages(Box<Cursor>),
    Export(Box<ExportRows>),
}

impl From<Cursor> for Rows {
    fn from(cursor: Cursor) -> Rows {
        Rows::Pages(Box::new(cursor))
    }
}

impl From<ExportRows> for Rows {
    fn from(rows: ExportRows) -> Rows {
        Rows::Export(Box::new(rows))
    }
}

impl Rows {
    fn next_record(&mut self) -> Result<Option<Record>> {
        match self {
            Rows::Pages(cursor) => cursor.next_record(),
            Rows::Export(rows) => rows.next_record(),
        }
    }

    fn total(&self) -> Option<u64> {
        match self {
            Rows::Pages(cursor) => cursor.total(),
            Rows::Export(rows) => rows.total(),
        }
    }

    fn fetched(&self) -> u64 {
        match self {
            Rows::Pages(cursor) => cursor.fetched(),
            Rows::Export(rows) => rows.fetched(),
        }
    }

    fn canceller(&self) -> Canceller {
        match self {
            Rows::Pages(cursor) => cursor.canceller(),
            Rows::Export(rows) => rows.canceller(),
        }
    }
}

impl CursorRow {
    pub(super) fn new(rows: impl Into<Rows>) -> CursorRow {
        CursorRow {
            cursor: rows.into(),
            row: Lent::new(RecordTexts::new(Record::new())),
        }
    }

    fn next(&mut self) -> Result<Option<*const snow_record>> {
        let Some(record) = self.cursor.next_record()? else {
            return Ok(None);
        };
        self.row.replace(RecordTexts::new(record));
        Ok(Some(self.row.pointer()))
    }
}

/// Goes to the next row.
///
/// After an error the cursor stands where it was: calling again tries the same page
/// again.
///
/// @param cursor      Must not be NULL.
/// @param[out] row    Receives the row, borrowed until the next call or until the cursor
///                    is freed; NULL where there is none. Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK with a row; #SNOW_DONE after the last one, which is no error;
///         #SNOW_CANCELLED after snow_cursor_cancel(); #SNOW_CLOSED in a forked child;
///         #SNOW_UNEXPECTED_ANSWER where the instance gives more rows than were asked for, or
///         not in the order of their keys where they are read by key: to go on would lose
///         some; and whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_cursor_next(
    cursor: *mut snow_cursor,
    row: *mut *const snow_record,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::next(error, || {
        // SAFETY: the header's rule on outputs.
        let place = unsafe { output(row, "row")? };
        place.write(ptr::null());
        // SAFETY: the header's rule on handles.
        let mut cursor = unsafe { handle::exclusive(cursor, "cursor")? };
        let next = cursor.next()?;
        if cursor.is_doomed() {
            // It was freed meanwhile, and with it goes the row.
            return Err(Error::new(Status::Cancelled, "the cursor was freed"));
        }
        Ok(next.map(|row| place.write(row)).is_some())
    })
}

/// How many rows the query matches, as the instance counts them. Rows that this user may
/// not see are among them, so fewer can come.
///
/// @param cursor  May be NULL.
/// @return The number, 0 where none does; -1 for NULL, before the first row is asked for,
///         and where the instance does not count.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_cursor_total(cursor: *const snow_cursor) -> i64 {
    guard::value(-1, || {
        // SAFETY: the header's rule on handles.
        let total = unsafe { handle::exclusive(cursor, "cursor") }
            .ok()
            .and_then(|c| c.cursor.total());
        total.and_then(|total| total.try_into().ok()).unwrap_or(-1)
    })
}

/// How many rows the cursor has given so far.
///
/// @param cursor  May be NULL.
/// @return The number; 0 for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_cursor_fetched(cursor: *const snow_cursor) -> u64 {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        unsafe { handle::exclusive(cursor, "cursor") }.map_or(0, |c| c.cursor.fetched())
    })
}

/// Ends the cursor, from any thread: the call that is waiting for a row, and every later
/// one, gives #SNOW_CANCELLED. Does not wait for that.
///
/// @param cursor      Must not be NULL, and not be freed before this returns.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_cursor_cancel(
    cursor: *const snow_cursor,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        // SAFETY: the header's rule on handles.
        unsafe { handle::side(cursor, "cursor")? }.cancel();
        Ok(())
    })
}

/// Frees a cursor, and the row that it lends. What it has under way is ended, not waited
/// for.
///
/// @param cursor  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_cursor_free(cursor: *mut snow_cursor) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(cursor) });
}
