//! What a query says beside its conditions and their order: which fields, how many rows, in what form.

use std::ffi::c_char;

use super::snow_query;
use crate::error::Error;
use crate::ffi::argument::{boolean, text};
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle;
use crate::ffi::library::snow_status;
use crate::query::DisplayValue;

/// In what form values come: one of the constants below.
pub type snow_display = i32;

/// Stored values: `"2"`, `"46d44a23a9fe19810012d100cca80666"`, times in UTC.
pub const SNOW_DISPLAY_FALSE: snow_display = 0;
/// Display values: `"In Progress"`, `"Beth Anglin"`, times in the zone and form of the
/// user who calls.
pub const SNOW_DISPLAY_TRUE: snow_display = 1;
/// Both: snow_record_get() gives the stored value, snow_record_display() the other.
pub const SNOW_DISPLAY_ALL: snow_display = 2;

/// Chooses which fields rows have. Default is all.
///
/// Lists without an order of their own always read `sys_id` along.
///
/// @param query       Must not be NULL.
/// @param fields      Names with commas between, also across references
///                    (`"number,caller_id.name"`); replaces those chosen before; `""` for
///                    all; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_fields(
    query: *mut snow_query,
    fields: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let fields = text(fields, "fields")?;
        handle::exclusive(query, "query")?.change(|query| query.fields(fields))
    })
}

/// Ends a list after so many rows in all, however many pages that takes. Default is no
/// limit.
///
/// @param query       Must not be NULL.
/// @param rows        Not 0.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_limit(
    query: *mut snow_query,
    rows: u64,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        handle::exclusive(query, "query")?.change(|query| query.limit(rows))
    })
}

/// Skips so many rows first. Default is 0.
///
/// @param query       Must not be NULL.
/// @param rows        Any number.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_offset(
    query: *mut snow_query,
    rows: u64,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        handle::exclusive(query, "query")?.change(|query| {
            query.offset(rows);
            Ok(())
        })
    })
}

/// Reads so many rows with each request. Default is 1000.
///
/// @param query       Must not be NULL.
/// @param rows        1 to 10000.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_page_size(
    query: *mut snow_query,
    rows: u32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        handle::exclusive(query, "query")?.change(|query| query.page_size(rows))
    })
}

/// Chooses between stored values, display values and both.
///
/// @param query       Must not be NULL.
/// @param form        #SNOW_DISPLAY_FALSE (default), #SNOW_DISPLAY_TRUE or
///                    #SNOW_DISPLAY_ALL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_display_value(
    query: *mut snow_query,
    form: snow_display,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let form = DisplayValue::from_code(form).ok_or_else(|| {
            Error::argument("form", format!("it is {form}; accepted are 0, 1 and 2"))
        })?;
        handle::exclusive(query, "query")?.change(|query| {
            query.display_value(form);
            Ok(())
        })
    })
}

/// Whether references come without their link, which is many bytes fewer.
/// Default is 0.
///
/// @param query       Must not be NULL.
/// @param exclude     1 for without, 0 for with.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_exclude_reference_link(
    query: *mut snow_query,
    exclude: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let exclude = boolean(exclude, "exclude")?;
        handle::exclusive(query, "query")?.change(|query| {
            query.exclude_reference_link(exclude);
            Ok(())
        })
    })
}

/// Asks for the fields of a view of the user interface. snow_query_fields() wins over
/// it.
///
/// @param query       Must not be NULL.
/// @param view        Name of the view; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_view(
    query: *mut snow_query,
    view: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let view = text(view, "view")?;
        handle::exclusive(query, "query")?.change(|query| query.view(view))
    })
}

/// Whether a list goes without a count of its rows (`sysparm_no_count`), which is a query
/// of its own on the instance. Default is 0.
///
/// snow_cursor_total() then gives -1, unless a page comes short: what is left is counted then
/// all the same, to tell the end of the list from rows that this user may not see, and that
/// is told where it is all of the list.
///
/// @param query       Must not be NULL.
/// @param without     1 for without, 0 for with.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_no_count(
    query: *mut snow_query,
    without: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let without = boolean(without, "without")?;
        handle::exclusive(query, "query")?.change(|query| {
            query.no_count(without);
            Ok(())
        })
    })
}

/// Lets a list be read from a replica of the database: the one that the instance has for a
/// category of queries (`sysparm_query_category`).
///
/// @param query       Must not be NULL.
/// @param category    Name of the category; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_category(
    query: *mut snow_query,
    category: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let category = text(category, "category")?;
        handle::exclusive(query, "query")?.change(|query| query.query_category(category))
    })
}

/// Whether records of every domain are reached (`sysparm_query_no_domain`), by reads and
/// writes alike. Default is 0: those of the user's own domains. The user needs the role
/// `admin` or `query_no_domain_table_api`.
///
/// @param query       Must not be NULL.
/// @param all         1 for every domain, 0 for the user's own.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_no_domain(
    query: *mut snow_query,
    all: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let all = boolean(all, "all")?;
        handle::exclusive(query, "query")?.change(|query| {
            query.query_no_domain(all);
            Ok(())
        })
    })
}

/// Whether the values that a write gives are display values
/// (`sysparm_input_display_value`): references by name, choices by label, times in the zone
/// and form of the user who calls. Default is 0: stored values, times in UTC. Of a record
/// that was read the display values are sent then, and those of a field that came without
/// one are refused. Reads have no use for it.
///
/// @param query       Must not be NULL.
/// @param display     1 for display values, 0 for stored values.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_input_display_value(
    query: *mut snow_query,
    display: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let display = boolean(display, "display")?;
        handle::exclusive(query, "query")?.change(|query| {
            query.input_display_value(display);
            Ok(())
        })
    })
}

/// Whether the instance leaves the fields alone that it fills by itself on a write: who
/// created and changed the record, and when (`sysparm_suppress_auto_sys_field`). Default is
/// 0: it fills them. Reads have no use for it.
///
/// @param query       Must not be NULL.
/// @param suppress    1 to leave them, 0 to let them be filled.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_suppress_auto_sys_field(
    query: *mut snow_query,
    suppress: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let suppress = boolean(suppress, "suppress")?;
        handle::exclusive(query, "query")?.change(|query| {
            query.suppress_auto_sys_field(suppress);
            Ok(())
        })
    })
}

/// Adds a parameter of the Table API that has no function of its own here to every call
/// that is made with this query, as it is.
///
/// @param query       Must not be NULL.
/// @param name        Such as `"sysparm_restrict_domain"`; the same name again replaces it. Must
///                    not be NULL, and begin with `sysparm_`: the name of a field would
///                    filter nothing beside the query.
/// @param value       Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, or #SNOW_INVALID_ARGUMENT, also
///         for a parameter that has a function of its own.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_set(
    query: *mut snow_query,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (name, value) = (text(name, "name")?, text(value, "value")?);
        handle::exclusive(query, "query")?.change(|query| query.set(name, value))
    })
}
