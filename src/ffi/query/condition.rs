//! Conditions, one by one, and how they are joined.

use std::ffi::c_char;

use super::operator::{operator, snow_operator};
use super::{optional_query_named, snow_query};
use crate::ffi::argument::{boolean, optional_text, text, texts};
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle;
use crate::ffi::library::snow_status;

/// Adds a condition: field, operator, value.
///
/// Conditions are joined by AND. A `^` in the value is escaped; what has no escape is
/// refused, since an instance drops what it does not understand and answers with more rows.
///
/// @param query       Must not be NULL.
/// @param field       Name of a field, also across references (`"caller_id.department.name"`);
///                    must not be NULL.
/// @param op          One of the #SNOW_EQ constants; #SNOW_IN, #SNOW_NOT_IN and
///                    #SNOW_BETWEEN have functions of their own.
/// @param value       The text to compare with, or the expression that the operator says;
///                    NULL for the operators that take no value, and with #SNOW_EQ and
///                    #SNOW_NE for "is empty" and "is not empty".
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where(
    query: *mut snow_query,
    field: *const c_char,
    op: snow_operator,
    value: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (field, op) = (text(field, "field")?, operator(op)?);
        let value = optional_text(value, "value")?;
        handle::exclusive(query, "query")?.change(|query| query.filter(field, op, value))
    })
}

/// Adds a condition with a whole number.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param op          As for snow_query_where().
/// @param value       The number to compare with.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_int(
    query: *mut snow_query,
    field: *const c_char,
    op: snow_operator,
    value: i64,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (field, op) = (text(field, "field")?, operator(op)?);
        handle::exclusive(query, "query")?.change(|query| query.filter_int(field, op, value))
    })
}

/// Adds a condition with a truth value. On an instance, "not true" also matches rows in
/// which the field is empty.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param op          #SNOW_EQ or #SNOW_NE.
/// @param value       1 for true, 0 for false.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_bool(
    query: *mut snow_query,
    field: *const c_char,
    op: snow_operator,
    value: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (field, op) = (text(field, "field")?, operator(op)?);
        let value = boolean(value, "value")?;
        handle::exclusive(query, "query")?.change(|query| query.filter_bool(field, op, value))
    })
}

/// Adds a condition with a point in time, written in UTC.
///
/// Some instances read times in the zone of the user who calls: give that user the zone GMT.
///
/// @param query         Must not be NULL.
/// @param field         As for snow_query_where().
/// @param op            One of the six comparisons, #SNOW_EQ to #SNOW_GE.
/// @param unix_seconds  Seconds since 1970 (UTC), within the years 1 to 9999.
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_time(
    query: *mut snow_query,
    field: *const c_char,
    op: snow_operator,
    unix_seconds: i64,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (field, op) = (text(field, "field")?, operator(op)?);
        handle::exclusive(query, "query")?
            .change(|query| query.filter_time(field, op, unix_seconds))
    })
}

/// Adds a condition: the field is one of a list of values.
///
/// The list goes in the URL, of which an instance takes about 8000 bytes with the headers:
/// that is some 200 keys. More are #SNOW_BAD_REQUEST, so ask with a part of them at a time.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param values      The values; none may be NULL, or hold a comma, for which there is no
///                    escape.
/// @param count       How many they are; not 0.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_in(
    query: *mut snow_query,
    field: *const c_char,
    values: *const *const c_char,
    count: usize,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let field = text(field, "field")?;
        let values = texts(values, count, "values")?;
        handle::exclusive(query, "query")?.change(|query| query.filter_in(field, &values))
    })
}

/// Adds a condition: the field is none of a list of values.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param values      The values; none may be NULL, or hold a comma, for which there is no
///                    escape.
/// @param count       How many they are; not 0.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_not_in(
    query: *mut snow_query,
    field: *const c_char,
    values: *const *const c_char,
    count: usize,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let field = text(field, "field")?;
        let values = texts(values, count, "values")?;
        handle::exclusive(query, "query")?.change(|query| query.filter_not_in(field, &values))
    })
}

/// Adds a condition: the field is within a range, both bounds included.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param low         Lower bound; must not be NULL or empty, or hold an `@`, for which there
///                    is no escape.
/// @param high        Upper bound; as `low`. Where both are numbers, or both dates or times,
///                    not less than that; of other texts the instance decides, and of bounds
///                    that it finds the wrong way round no row is between.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_between(
    query: *mut snow_query,
    field: *const c_char,
    low: *const c_char,
    high: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let field = text(field, "field")?;
        let (low, high) = (text(low, "low")?, text(high, "high")?);
        handle::exclusive(query, "query")?.change(|query| query.filter_between(field, low, high))
    })
}

/// Adds a condition: the field is within a stretch of time, both ends included, written
/// in UTC.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param low         Its beginning, in seconds since 1970 (UTC).
/// @param high        Its end, likewise; not before `low`.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_between_times(
    query: *mut snow_query,
    field: *const c_char,
    low: i64,
    high: i64,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let field = text(field, "field")?;
        handle::exclusive(query, "query")?
            .change(|query| query.filter_between_times(field, low, high))
    })
}

/// Adds a condition whose value the instance works out, such as
/// `gs.daysAgoStart(7)`. The script runs on the instance: never build it from text that is
/// not yours.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param op          As for snow_query_where().
/// @param script      JavaScript, without `javascript:` before it; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_script(
    query: *mut snow_query,
    field: *const c_char,
    op: snow_operator,
    script: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (field, op) = (text(field, "field")?, operator(op)?);
        let script = text(script, "script")?;
        handle::exclusive(query, "query")?.change(|query| query.filter_script(field, op, script))
    })
}

/// Adds a condition: all of some words stand anywhere in the record, by the table's text
/// index (`123TEXTQUERY321`).
///
/// @param query       Must not be NULL.
/// @param words       Must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_text(
    query: *mut snow_query,
    words: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let words = text(words, "words")?;
        handle::exclusive(query, "query")?.change(|query| query.filter_text(words))
    })
}

/// Adds a condition: so many records of another table refer to the row (`RLQUERY`).
/// `"incident.problem_id"`, #SNOW_GE, 1 are the problems that have an incident.
///
/// @param query       Must not be NULL.
/// @param reference   The other table and its field that refers to this one, with a dot
///                    between; must not be NULL.
/// @param op          #SNOW_EQ, #SNOW_LT, #SNOW_LE, #SNOW_GT or #SNOW_GE.
/// @param count       The number of records to compare with.
/// @param conditions  Which records count; NULL for all. Copied. Its conditions only, in
///                    one group, none of them on a further table.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_related(
    query: *mut snow_query,
    reference: *const c_char,
    op: snow_operator,
    count: u32,
    conditions: *const snow_query,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (reference, op) = (text(reference, "reference")?, operator(op)?);
        let conditions = optional_query_named(conditions, "conditions")?;
        handle::exclusive(query, "query")?
            .change(|query| query.filter_related(reference, op, count, conditions.as_ref()))
    })
}

/// Adds a condition: a record of another table has the value of a field (`JOIN`).
/// `"sys_user.sys_id"` and `"sys_user_grmember.user"` are the users who are in a group.
///
/// @param query       Must not be NULL.
/// @param field       The table that is asked and its field, with a dot between; must not
///                    be NULL.
/// @param other       The other table and its field, likewise.
/// @param conditions  One condition on the record of the other table; NULL for none.
///                    Copied.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_where_join(
    query: *mut snow_query,
    field: *const c_char,
    other: *const c_char,
    conditions: *const snow_query,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (field, other) = (text(field, "field")?, text(other, "other")?);
        let conditions = optional_query_named(conditions, "conditions")?;
        handle::exclusive(query, "query")?
            .change(|query| query.filter_join(field, other, conditions.as_ref()))
    })
}

/// Makes the next condition an alternative of the one before (`^OR`): that one or the
/// next must hold, beside all other conditions.
///
/// @param query       Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT, the last where there
///         is no condition before it, or a text of several: of those the OR would join
///         the last one only.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_or(
    query: *mut snow_query,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        handle::exclusive(query, "query")?.change(|query| query.or())
    })
}

/// Begins another group of conditions (`^NQ`). A row is selected if all conditions of
/// one group hold.
///
/// @param query       Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT, the last where the
///         group that would end is empty.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_new_query(
    query: *mut snow_query,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        handle::exclusive(query, "query")?.change(|query| query.new_query())
    })
}

/// Adds an encoded query as text, such as one copied from a list in the user interface.
/// All of it must hold beside the other conditions of the group.
///
/// Its conditions are neither checked nor escaped: never build it from text that is not yours.
/// Its `ORDERBY` and `GROUPBY` go to the end of the query. Refused is what cannot stand beside
/// others: a control character, `^OR` or `^NQ` without a condition on each side, an `RLQUERY`
/// without its end, and after snow_query_or() more than one condition. To have a text checked,
/// and given back as it was, see snow_query_parse().
///
/// @param query       Must not be NULL.
/// @param encoded     Must not be NULL; `""` adds nothing.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_raw(
    query: *mut snow_query,
    encoded: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let encoded = text(encoded, "encoded")?;
        handle::exclusive(query, "query")?.change(|query| query.raw(encoded))
    })
}
