//! A table as Arrow: columns in the memory layout that pandas, Polars, DuckDB, Spark and
//! databases share, so that they take it over without a copy. It comes as an
//! `ArrowArrayStream` of the Arrow C stream interface, whose definitions stand above.
//!
//! ```c
//! struct ArrowArrayStream stream;
//! struct ArrowArray batch;
//! if (snow_table_arrow(client, "incident", query, &stream, &error) == SNOW_OK) {
//!     while (stream.get_next(&stream, &batch) == 0 && batch.release) {
//!         ...
//!         batch.release(&batch);
//!     }
//!     stream.release(&stream);
//! }
//! ```
//!
//! There is a column for each field that the query asks for, in that order, or for each
//! field of the table by its name. Their types come from the instance's dictionary
//! (`sys_db_object`, `sys_dictionary`), through all tables that the table extends; a
//! dot-walk (`caller_id.email`) has the type of its last part:
//!
//! ```text
//! integer, longint, auto_increment, order_index   int64
//! decimal, currency, price, percent_complete      decimal128(38, 10): no cent is lost
//! float                                           double
//! boolean                                         bool
//! glide_date, date                                date32
//! glide_date_time, datetime, due_date             timestamp in microseconds, UTC
//! glide_time, time                                time64 in microseconds
//! glide_duration, timer                           duration in microseconds
//! reference, document_id, GUID                    utf8: the key, NULL where there is none
//! everything else                                 utf8, as it is stored
//! ```
//!
//! An empty value is NULL in every column but text, where it stays an empty text: an
//! instance does not tell the two apart. A field that an access control hides is NULL in
//! any column. A value that does not fit its type is NULL, and counted by
//! #SNOW_EXPORT_MISFITS: it is not guessed at.
//!
//! The query's display value decides what is in the columns. With #SNOW_DISPLAY_FALSE it
//! is the stored value. With #SNOW_DISPLAY_ALL each field has a second column after
//! the first, `caller_id.display_value` beside `caller_id`: text, as this user sees it. For
//! few such names a dot-walk (`caller_id.name`) costs the instance less. With
//! #SNOW_DISPLAY_TRUE there are display values alone, and all columns are text.
//!
//! To read the dictionary a user needs read access to both tables. Without it, or where it
//! does not show a field, the call that makes the stream gives #SNOW_NO_DICTIONARY: give the
//! rights, correct the name, or name the fields and ask for text
//! (snow_export_set_all_text()), which reads no dictionary. Where the query names no field,
//! that goes for all that the table extends and for `sys_id` too; and where a row comes with
//! a field that the dictionary did not show, the stream ends with that status, which names
//! the field, rather than without it.
//!
//! The stream reads as it is taken from, in little memory. Its functions are for one
//! thread at a time, whichever; so is its release, which ends what is under way. The stream
//! outlives the client, and batches outlive both. Callbacks run inside `get_next`, on the
//! thread that calls it. Where that fails it gives `EIO`, and `get_last_error` a sentence
//! with the name of the status at its end, such as `SNOW_INCOMPLETE` where rows did not
//! come that the instance still has; called again, it goes on where it broke.

use std::ffi::c_char;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};

use super::argument::{boolean, output, text};
use super::client::{kept, snow_client};
use super::error::snow_error;
use super::export::snow_export;
use super::guard;
use super::handle;
use super::library::snow_status;
use super::query::{optional_query, snow_query};
use crate::error::Result;
use crate::export::ArrowBatches;

/// Reads all records that a query matches, as Arrow.
///
/// As snow_export_new() and snow_export_arrow(), on four connections. What an
/// export counts cannot be asked for here, misfits among it.
///
/// `GET /api/now/table/{table}`, as often as it takes, after the dictionary's
/// `GET /api/now/table/sys_db_object` and `GET /api/now/table/sys_dictionary`.
///
/// @param client      Must not be NULL; it may be freed before the stream.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       Copied; NULL for every row and field. Its offset must be 0.
/// @param[out] out    Receives the stream, which is yours until its `release` is called; on
///                    failure its `release` is NULL. What it held before is not looked at.
///                    Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NO_DICTIONARY; #SNOW_INVALID_ARGUMENT, also for a query with
///         a view and without fields; and whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_table_arrow(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    out: *mut FFI_ArrowArrayStream,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles, texts and outputs.
    guard::status(error, || unsafe {
        let place = output(out, "out")?;
        place.write(FFI_ArrowArrayStream::empty());
        let (table, query) = (text(table, "table")?, optional_query(query)?);
        let batches = kept(client)?.table_arrow(table, query.as_ref())?;
        place.write(stream(batches));
        Ok(())
    })
}

/// Begins the export, as Arrow: with its connections, its order and its progress. From here
/// on snow_export_count() counts this one.
///
/// The dictionary is read before this returns, and rows when the first batch is asked for.
///
/// @param export_     Must not be NULL; it may be freed before the stream.
/// @param[out] out    Receives the stream, which is yours until its `release` is called; on
///                    failure its `release` is NULL. What it held before is not looked at.
///                    Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NO_DICTIONARY; #SNOW_INVALID_ARGUMENT for a query with a view and
///         without fields; and whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_export_arrow(
    export: *mut snow_export,
    out: *mut FFI_ArrowArrayStream,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and outputs.
    guard::status(error, || unsafe {
        let place = output(out, "out")?;
        place.write(FFI_ArrowArrayStream::empty());
        let batches = handle::exclusive(export, "export")?.arrow()?;
        place.write(stream(batches));
        Ok(())
    })
}

/// Sets whether every Arrow column is text, and holds what the instance sent: empty texts
/// among it, and NULL for what it did not send. Default is 0: each has the type that the
/// dictionary names. With 1 the dictionary is read only where the query names no fields.
///
/// @param export_     Must not be NULL.
/// @param all_text    0 or 1.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_export_set_all_text(
    export: *mut snow_export,
    all_text: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let all_text = boolean(all_text, "all_text")?;
        // SAFETY: the header's rule on handles.
        unsafe { handle::exclusive(export, "export")? }.set_all_text(all_text);
        Ok(())
    })
}

fn stream(batches: ArrowBatches) -> FFI_ArrowArrayStream {
    let schema = batches.schema();
    FFI_ArrowArrayStream::new(Box::new(Guarded {
        batches: Some(batches),
        schema,
    }))
}

/// Batches that no panic comes out of: nothing of ours is between them and who asks for one.
struct Guarded {
    /// Some until it is dropped.
    batches: Option<ArrowBatches>,
    schema: SchemaRef,
}

impl Iterator for Guarded {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batches = self.batches.as_mut();
        let next = guard::inside(|| Ok(batches.and_then(Iterator::next)));
        next.unwrap_or_else(|defect| Some(Err(ArrowError::from_external_error(Box::new(defect)))))
    }
}

impl RecordBatchReader for Guarded {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let batches = self.batches.take();
        // A defect has nobody to be told to.
        let _ = guard::inside(|| {
            drop(batches);
            Ok(())
        });
    }
}
