//! A query tells which rows of a table, in what order, which of their fields, and in
//! what form. It is built condition by condition and sent as ServiceNow's encoded query.
//!
//! ```c
//! snow_query *query = snow_query_new(&error);
//! snow_query_where(query, "active", SNOW_EQ, "true", &error);
//! snow_query_where(query, "priority", SNOW_LE, "2", &error);
//! snow_query_or(query, &error);
//! snow_query_where(query, "escalation", SNOW_GT, "0", &error);
//! snow_query_order_by_desc(query, "opened_at", &error);
//! ```
//!
//! reads `active=true^priority<=2^ORescalation>0^ORDERBYDESCopened_at`: active, and of
//! high priority or escalated, the newest first. There are no brackets in an encoded
//! query: an OR joins the one condition before it, and snow_query_new_query() begins
//! another group, of which one must hold as a whole.
//!
//! Beside its conditions a query has options. Each goes with the calls that it belongs to,
//! and with no other; one that is at its default is not sent:
//!
//! ```text
//! limit                                           lists and exports
//! offset                                          lists and first
//! order, page size, no count, category            lists, exports, first and one
//! fields, display value, reference links, view    those, get, and what a write gives back
//! input display value, automatic fields           create, update, replace
//! domains                                         all of these, and delete
//! snow_query_set()                                all of these, and count
//! ```

use std::ffi::c_char;

use super::argument::text;
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::text::CText;
use crate::error::Result;
use crate::query::Query;

/// Which rows, in what order, which fields, in what form. For one thread at a time.
pub struct snow_query {
    _opaque: [u8; 0],
}

/// A query, and its text where that was asked for.
#[derive(Default)]
pub struct QueryText {
    query: Query,
    encoded: Option<CText>,
}

impl Opaque for snow_query {
    type Value = QueryText;
    type Side = ();
    const TAG: u32 = 0x534e_0005;
    const NAME: &'static str = "snow_query";

    fn side(_: &QueryText) {}
}

impl QueryText {
    fn change(&mut self, change: impl FnOnce(&mut Query) -> Result<()>) -> Result<()> {
        change(&mut self.query)?;
        self.encoded = None;
        Ok(())
    }

    fn encoded(&mut self) -> Result<*const c_char> {
        let text = match self.encoded.take() {
            Some(text) => text,
            None => CText::new(&self.query.encoded()?),
        };
        Ok(self.encoded.insert(text).pointer())
    }
}

/// Makes a query that selects every row of a table, with every field, as stored values.
///
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The query; release it with snow_query_free(). NULL only for want of a working
///         library (#SNOW_INTERNAL).
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_query_new(error: *mut *mut snow_error) -> *mut snow_query {
    guard::make(error, || Ok(QueryText::default()))
}

/// Reads a query from its text: one copied from a list of the user interface, a bookmark,
/// a script.
///
/// snow_query_encoded() gives the same text, byte for byte, until something is added; and
/// conditions, orders, fields and limits are added as to any other query. A condition that
/// is added must hold beside the whole text: where that has `^NQ`, it goes into each of
/// its branches. `ORDERBY`, `GROUPBY` and `^EQ` then stand at the end.
///
/// What an instance would drop, and so answer with more rows, is refused: a condition
/// without a field, a known operator or the value it needs, `^OR` or `^NQ` without a
/// condition on each side, an `RLQUERY` without its end, a `JOIN` inside another. The message
/// says at which byte.
/// A text whose conditions are to be sent as they are is for snow_query_raw().
///
/// @param encoded     The text, not URL-encoded; must not be NULL; `""` selects every row.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The query; release it with snow_query_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_query_parse(
    encoded: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_query {
    // SAFETY: the header's rule on texts.
    guard::make(error, || unsafe {
        Ok(QueryText {
            query: Query::parse(text(encoded, "encoded")?)?,
            encoded: None,
        })
    })
}

pub mod operator;

pub mod condition;

pub mod order;

pub mod option;

/// The conditions and the order as the encoded query that is sent as `sysparm_query`. Lists
/// add an order by `sys_id` to it, and leave its `GROUPBY` out.
///
/// @param query       Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return Borrowed until the query is changed or freed. NULL with #SNOW_NULL_ARGUMENT, or
///         #SNOW_INVALID_ARGUMENT where the query is unfinished (it ends in
///         snow_query_or() or snow_query_new_query()).
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_encoded(
    query: *mut snow_query,
    error: *mut *mut snow_error,
) -> *const c_char {
    // SAFETY: the header's rule on handles.
    guard::lend(error, || unsafe {
        handle::exclusive(query, "query")?.encoded()
    })
}

/// Makes a copy, conditions and options alike: the way from one query to several that begin
/// with it, or to one for each thread.
///
/// @param query       Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The copy; release it with snow_query_free(). NULL with #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_query_clone(
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_query {
    // SAFETY: the header's rule on handles.
    guard::make(error, || unsafe {
        Ok(QueryText {
            query: required_query(query)?,
            encoded: None,
        })
    })
}

/// Frees a query. Cursors made from it go on.
///
/// @param query  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_free(query: *mut snow_query) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(query) });
}

/// The query behind a handle that may be NULL.
///
/// # Safety
/// As for [`handle::exclusive`].
pub(super) unsafe fn optional_query(query: *const snow_query) -> Result<Option<Query>> {
    // SAFETY: as promised by the caller.
    unsafe { optional_query_named(query, "query") }
}

/// As [`optional_query`], under the name of an argument.
///
/// # Safety
/// As for [`handle::exclusive`].
unsafe fn optional_query_named(query: *const snow_query, argument: &str) -> Result<Option<Query>> {
    if query.is_null() {
        return Ok(None);
    }
    // SAFETY: as promised by the caller.
    let query = unsafe { handle::exclusive(query, argument)? };
    Ok(Some(query.query.clone()))
}

/// The query behind a handle.
///
/// # Safety
/// As for [`handle::exclusive`].
pub(super) unsafe fn required_query(query: *const snow_query) -> Result<Query> {
    // SAFETY: as promised by the caller.
    Ok(unsafe { handle::exclusive(query, "query")? }.query.clone())
}
