//! A table in parts, for several processes.

use std::ffi::c_char;

use crate::ffi::argument::text;
use crate::ffi::client::{kept, snow_client};
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle::{self, Opaque};
use crate::ffi::query::{optional_query, snow_query};
use crate::ffi::text::{CText, lend};

/// The parts of a table, each as an encoded query; never changes. Thread-safe.
pub struct snow_shards {
    _opaque: [u8; 0],
}

impl Opaque for snow_shards {
    type Value = Vec<CText>;
    type Side = ();
    const TAG: u32 = 0x534e_0010;
    const NAME: &'static str = "snow_shards";

    fn side(_: &Vec<CText>) {}
}

/// Divides the rows that a query matches into parts of about the same size, so that workers,
/// also on several machines, can share an export. Each part is an encoded query, for
/// snow_query_parse(), or for snow_query_raw() where `query` has a term of that function with
/// an operator that libsnow does not know; together they match each row once, also rows that
/// come to be later.
///
/// Two requests find out whether the table can be asked for by `sys_id`, one counts the rows,
/// and one for each part but the last finds the key at which it ends: `GET
/// /api/now/table/{table}`. With fewer rows than parts, and where access control
/// hides the rows that were looked for, parts may be empty.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table; must not be NULL.
/// @param query       NULL for every row. Its conditions are part of each query; its order,
///                    its fields and all else are not, and are for each worker to set. It
///                    must have no limit and no offset.
/// @param count       How many parts, from 1 to 1000.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The parts; release them with snow_shards_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, #SNOW_QUERY_IGNORED for a table that
///         has no `sys_id` to ask for, such as a database view, or whatever a read can fail
///         with.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_table_shards(
    client: *mut snow_client,
    table: *const c_char,
    query: *const snow_query,
    count: u32,
    error: *mut *mut snow_error,
) -> *mut snow_shards {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, query) = (text(table, "table")?, optional_query(query)?);
        let parts = kept(client)?.table_shards(table, query.as_ref(), count)?;
        Ok(parts.iter().map(|part| CText::new(part)).collect())
    })
}

/// How many parts there are.
///
/// @param shards  May be NULL.
/// @return As many as were asked for; 0 for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_shards_count(shards: *const snow_shards) -> u32 {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        let shards = unsafe { handle::shared(shards, "shards") };
        shards.map_or(0, |shards| u32::try_from(shards.len()).unwrap_or(u32::MAX))
    })
}

/// One of the parts, as an encoded query.
///
/// @param shards       May be NULL.
/// @param index        From 0.
/// @param[out] length  Receives the length in bytes, without the NUL; may be NULL.
/// @return Borrowed until the parts are freed; NULL where there is no such part.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_shards_query(
    shards: *const snow_shards,
    index: u32,
    length: *mut usize,
) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the header's rules on handles and outputs.
        unsafe {
            let shards = handle::shared(shards, "shards").ok();
            lend(shards.and_then(|shards| shards.get(index as usize)), length)
        }
    })
}

/// Frees the parts.
///
/// @param shards  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_shards_free(shards: *mut snow_shards) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(shards) });
}
