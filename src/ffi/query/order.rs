//! In what order rows come.

use std::ffi::c_char;

use super::snow_query;
use crate::ffi::argument::text;
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle;
use crate::ffi::library::snow_status;

/// Orders rows by a field, upward; the next call orders those that are equal.
///
/// Without any order rows come by `sys_id`, which is how they are read fastest and most
/// safely.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_order_by(
    query: *mut snow_query,
    field: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let field = text(field, "field")?;
        handle::exclusive(query, "query")?.change(|query| query.order_by(field))
    })
}

/// Orders rows by a field, downward; the next call orders those that are equal.
///
/// Without any order rows come by `sys_id`, which is how they are read fastest and most
/// safely.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_order_by_desc(
    query: *mut snow_query,
    field: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let field = text(field, "field")?;
        handle::exclusive(query, "query")?.change(|query| query.order_by_desc(field))
    })
}

/// Groups rows by a field (`GROUPBY`), as a list of the user interface does that is opened
/// with the text of snow_query_encoded(). The Table API does not group, so lists are read
/// without it.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_group_by(
    query: *mut snow_query,
    field: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let field = text(field, "field")?;
        handle::exclusive(query, "query")?.change(|query| query.group_by(field))
    })
}
