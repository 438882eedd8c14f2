//! The records of a table: read one, list many, count, create, change, delete. Which
//! records a query names is said in section "Queries", what comes back in "Records".
//!
//! ```c
//! snow_record *incident = snow_record_new(&error);
//! snow_record_set(incident, "short_description", "Disk full on db01", &error);
//! snow_record *created = snow_table_create(client, "incident", incident, NULL, &error);
//! puts(snow_record_json(created, NULL));
//! ```
//!
//! "Whatever a call can fail with" is this: the transport (100s: #SNOW_CONNECT,
//! #SNOW_TLS, #SNOW_CUT_BODY ...), signing in (200s: #SNOW_UNAUTHENTICATED,
//! #SNOW_TOKEN_REFUSED ...), the instance (300s: #SNOW_FORBIDDEN, #SNOW_RATE_LIMITED,
//! #SNOW_HIBERNATING ...), #SNOW_TIMEOUT, #SNOW_CANCELLED, #SNOW_CLOSED and #SNOW_NO_MEMORY,
//! #SNOW_FILE where the session has a token file, and the caller's mistakes:
//! #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, #SNOW_INVALID_HANDLE,
//! #SNOW_BUSY.

use std::ffi::c_char;

use super::argument::{output, text};
use super::client::{kept, snow_client};
use super::cursor::{CursorRow, snow_cursor};
use super::error::snow_error;
use super::guard;
use super::library::snow_status;
use super::query::{optional_query, required_query, snow_query};
use super::record::{RecordTexts, read, snow_record};
use crate::table::Created;

/// Reads one record.
///
/// `GET /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Its key: 32 hexadecimal digits, or the name that some system records
///                    have for one; must not be NULL or empty.
/// @param query       In what form: fields, display value, links, view, domains; its
///                    conditions do not count. NULL for stored values of all fields.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NOT_FOUND where
///         there is none or this user may not see it, #SNOW_BAD_REQUEST where there is no
///         such table, or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_get(
    client: *mut snow_client,
    table: *const c_char,
    sys_id: *const c_char,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, sys_id) = (text(table, "table")?, text(sys_id, "sys_id")?);
        let query = optional_query(query)?;
        Ok(RecordTexts::new(kept(client)?.table_get(
            table,
            sys_id,
            query.as_ref(),
        )?))
    })
}

/// Begins to read all records that a query matches. No traffic happens before the first
/// row is asked for.
///
/// `GET /api/now/table/{table}`, as often as it takes.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       Copied; NULL for every row.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The cursor; release it with snow_cursor_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @see snow_cursor_next()
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_list(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_cursor {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, query) = (text(table, "table")?, optional_query(query)?);
        Ok(CursorRow::new(
            kept(client)?.table_list(table, query.as_ref())?,
        ))
    })
}

/// Reads the first record that a query matches, in the order of the query, after those that
/// its offset skips.
///
/// `GET /api/now/table/{table}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       NULL for every row.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NOT_FOUND where
///         none does, or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_first(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, query) = (text(table, "table")?, optional_query(query)?);
        Ok(RecordTexts::new(
            kept(client)?.table_first(table, query.as_ref())?,
        ))
    })
}

/// Reads the one record that a query matches: the only one of all, whatever limit and offset
/// the query has.
///
/// `GET /api/now/table/{table}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       NULL for every row.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NOT_FOUND where
///         none does, #SNOW_MULTIPLE where more than one does, or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_one(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, query) = (text(table, "table")?, optional_query(query)?);
        Ok(RecordTexts::new(
            kept(client)?.table_one(table, query.as_ref())?,
        ))
    })
}

/// Counts the records that a query matches. The instance counts before it looks at row
/// access, so a list may hold fewer.
///
/// `GET /api/now/stats/{table}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       NULL for every row; of all others than its conditions only
///                    snow_query_set() counts.
/// @param[out] count  Receives the number, 0 on failure; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_FORBIDDEN where this user may not read the table as a whole; or
///         whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_table_count(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    count: *mut u64,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        // SAFETY: the header's rule on outputs.
        let place = unsafe { output(count, "count")? };
        place.write(0);
        // SAFETY: the header's rules on handles and texts.
        let (client, table, query) =
            unsafe { (kept(client)?, text(table, "table")?, optional_query(query)?) };
        place.write(client.table_count(table, query.as_ref())?);
        Ok(())
    })
}

/// Creates a record. One that may have been created is never sent again by itself.
///
/// `POST /api/now/table/{table}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param record      Its fields; must not be NULL. A `sys_id` among them becomes the key.
/// @param query       In what form the record comes back, and how the values given are meant:
///                    display values, automatic fields; its conditions do not count. NULL
///                    for stored values, and of all fields.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL
///         with #SNOW_FORBIDDEN where an access control, business rule or data policy
///         refuses it, or whatever a call can fail with; snow_error_maybe_applied() tells
///         whether it may have been created in spite of the error.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_create(
    client: *mut snow_client,
    table: *const c_char,
    record: *const snow_record,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, record) = (text(table, "table")?, read(record)?);
        let query = optional_query(query)?;
        Ok(RecordTexts::new(kept(client)?.table_create(
            table,
            &record,
            query.as_ref(),
        )?))
    })
}

/// What became of a record, as snow_table_create_once() tells it.
pub type snow_created = i32;

/// Nothing is known: the call failed.
pub const SNOW_CREATED_UNKNOWN: snow_created = 0;
/// It was created, under the key that was asked for.
pub const SNOW_CREATED_NEW: snow_created = 1;
/// It is there under that key already: by this very call, whose answer was lost, or by an
/// earlier one with the same `sys_id`.
pub const SNOW_CREATED_FOUND: snow_created = 2;
/// It was created, but the instance gave it another key than was asked for, or which key it
/// has could not be read. Then an answer that is lost leaves open what became of the record.
pub const SNOW_CREATED_UNDER_ANOTHER_KEY: snow_created = 3;

/// Creates a record, and finds out what became of it when the answer is lost: by its key,
/// which is made before it is sent.
///
/// Keep the key (set the field `sys_id` yourself), call again with it after any error, and
/// no second record is created.
///
/// `POST /api/now/table/{table}`, and `GET /api/now/table/{table}/{sys_id}` where that is
/// needed.
///
/// @param client        Must not be NULL.
/// @param table         Name of the table, such as `"incident"`; must not be NULL.
/// @param record        Its fields; must not be NULL. Its `sys_id` is the key: 32 hexadecimal
///                      digits in lower case, and nothing else is taken; without one, a
///                      random key is made.
/// @param query         As for snow_table_create(); may be NULL. `sys_id` comes along with the
///                      fields that it asks for.
/// @param[out] created  Receives what became of it: a `SNOW_CREATED_` constant; may be NULL.
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL as
///         for snow_table_create(), and with #SNOW_INVALID_ARGUMENT where `sys_id` is no such
///         key; snow_error_maybe_applied() is 1 where even the look-up could not tell, because
///         it failed or found nothing.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_create_once(
    client: *mut snow_client,
    table: *const c_char,
    record: *const snow_record,
    query: *const snow_query,
    created: *mut snow_created,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    guard::make(error, || {
        // SAFETY: the header's rule on outputs.
        let place = unsafe { output(created, "created") }.ok();
        let tell = |what| place.as_ref().map_or((), |place| place.write(what));
        tell(SNOW_CREATED_UNKNOWN);
        // SAFETY: the header's rules on handles and texts.
        let (client, table, record) =
            unsafe { (kept(client)?, text(table, "table")?, read(record)?) };
        // SAFETY: the header's rule on handles.
        let query = unsafe { optional_query(query)? };
        let created = client.table_create_once(table, &record, query.as_ref())?;
        let (record, what) = match created {
            Created::New(record) => (record, SNOW_CREATED_NEW),
            Created::Found(record) => (record, SNOW_CREATED_FOUND),
            Created::UnderAnotherKey(record) => (record, SNOW_CREATED_UNDER_ANOTHER_KEY),
        };
        tell(what);
        Ok(RecordTexts::new(record))
    })
}

/// Changes the fields given and leaves the others.
///
/// `PATCH /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Its key: 32 hexadecimal digits, or the name that some system records
///                    have for one; must not be NULL or empty.
/// @param record      The fields to change; must not be NULL.
/// @param query       As for snow_table_create(); may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL
///         with #SNOW_FORBIDDEN where an access control, business rule or data policy
///         refuses it, #SNOW_NOT_FOUND where there is no such record, or whatever a call can
///         fail with; snow_error_maybe_applied() tells whether it may have been changed in
///         spite of the error.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_update(
    client: *mut snow_client,
    table: *const c_char,
    sys_id: *const c_char,
    record: *const snow_record,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, sys_id) = (text(table, "table")?, text(sys_id, "sys_id")?);
        let (record, query) = (read(record)?, optional_query(query)?);
        Ok(RecordTexts::new(kept(client)?.table_update(
            table,
            sys_id,
            &record,
            query.as_ref(),
        )?))
    })
}

/// As snow_table_update() with PUT, which some networks want. On a table the instance
/// treats both alike: fields that are not given stay as they are.
///
/// `PUT /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Its key: 32 hexadecimal digits, or the name that some system records
///                    have for one; must not be NULL or empty.
/// @param record      The fields to change; must not be NULL.
/// @param query       As for snow_table_create(); may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL
///         with #SNOW_FORBIDDEN where an access control, business rule or data policy
///         refuses it, #SNOW_NOT_FOUND where there is no such record, or whatever a call can
///         fail with; snow_error_maybe_applied() tells whether it may have been changed in
///         spite of the error.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_replace(
    client: *mut snow_client,
    table: *const c_char,
    sys_id: *const c_char,
    record: *const snow_record,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, sys_id) = (text(table, "table")?, text(sys_id, "sys_id")?);
        let (record, query) = (read(record)?, optional_query(query)?);
        Ok(RecordTexts::new(kept(client)?.table_replace(
            table,
            sys_id,
            &record,
            query.as_ref(),
        )?))
    })
}

/// Deletes a record.
///
/// `DELETE /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Its key: 32 hexadecimal digits, or the name that some system records
///                    have for one; must not be NULL or empty.
/// @param query       Whether domains matter; nothing else of it counts. May be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND where there is no such record, #SNOW_FORBIDDEN where it
///         may not be deleted; or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_table_delete(
    client: *mut snow_client,
    table: *const c_char,
    sys_id: *const c_char,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (table, sys_id) = (text(table, "table")?, text(sys_id, "sys_id")?);
        let query = optional_query(query)?;
        kept(client)?.table_delete(table, sys_id, query.as_ref())
    })
}

/// Changes the one record that a query matches: looks it up, asks whether the instance
/// leaves a condition out, as it does with a field that it does not know, and changes the
/// record by its key. What cannot be asked about are words that are searched for, as by
/// snow_query_where_text(), tags, scripts inside a join, and a term of snow_query_raw() with
/// an operator that libsnow does not know: where the instance leaves one of these out, the
/// record need not be the one that was meant.
///
/// `GET /api/now/table/{table}`, and `PATCH /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       Must not be NULL, and must have a condition: without one it matches
///                    whatever happens to be the only row. What it says of form counts
///                    for the record that comes back; its limit and offset do not count.
/// @param record      The fields to change; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL
///         with #SNOW_FORBIDDEN where an access control, business rule or data policy
///         refuses it, #SNOW_NOT_FOUND or #SNOW_MULTIPLE where not exactly one record matches,
///         #SNOW_QUERY_IGNORED where the instance leaves out a condition, so that another one
///         may match (nothing is changed then), or whatever a call can fail with;
///         snow_error_maybe_applied() tells whether it may have been changed in spite of the
///         error.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_update_one(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    record: *const snow_record,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, query) = (text(table, "table")?, required_query(query)?);
        let record = read(record)?;
        Ok(RecordTexts::new(
            kept(client)?.table_update_one(table, &query, &record)?,
        ))
    })
}

/// Deletes the one record that a query matches, which is found as
/// snow_table_update_one() finds it.
///
/// `GET /api/now/table/{table}`, and `DELETE /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       As for snow_table_update_one().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND or #SNOW_MULTIPLE where not exactly one record matches,
///         #SNOW_QUERY_IGNORED where the instance leaves out a condition (nothing is deleted
///         then); or as snow_table_delete().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_table_delete_one(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (table, query) = (text(table, "table")?, required_query(query)?);
        kept(client)?.table_delete_one(table, &query)
    })
}
