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
//! order, limit, offset, page size, no count, category    lists, and first and one
//! fields, display value, reference links, view           those, get, and what a write gives back
//! input display value, automatic fields                  create, update, replace
//! domains                                                all of these, and delete
//! snow_query_set()                                       all of these, and count
//! ```

use std::ffi::c_char;

use super::argument::{boolean, optional_text, text, texts};
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::library::snow_status;
use super::text::CText;
use crate::error::{Error, Result};
use crate::query::{DisplayValue, Operator, Query};

/// Which rows, in what order, which fields, in what form. For one thread at a time; a
/// call from a second thread in the same moment gives #SNOW_BUSY.
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

/// How a field is compared: one of the constants below.
pub type snow_operator = i32;

/// Equal. With an empty value: the field is empty.
pub const SNOW_EQ: snow_operator = 1;
/// Not equal; also matches rows in which the field is empty. With an empty value: it is
/// not empty.
pub const SNOW_NE: snow_operator = 2;
/// Less than, or earlier than.
pub const SNOW_LT: snow_operator = 3;
/// Less than or equal, or not later than.
pub const SNOW_LE: snow_operator = 4;
/// Greater than, or later than.
pub const SNOW_GT: snow_operator = 5;
/// Greater than or equal, or not earlier than.
pub const SNOW_GE: snow_operator = 6;
/// One of a list.
pub const SNOW_IN: snow_operator = 7;
/// None of a list.
pub const SNOW_NOT_IN: snow_operator = 8;
/// From a lower to an upper bound, both included.
pub const SNOW_BETWEEN: snow_operator = 9;
/// Begins with a text; of a reference, its display value does.
pub const SNOW_STARTS_WITH: snow_operator = 10;
/// Ends with a text; of a reference, its display value does.
pub const SNOW_ENDS_WITH: snow_operator = 11;
/// Holds a text. There are no wildcards.
pub const SNOW_CONTAINS: snow_operator = 12;
/// Does not hold a text.
pub const SNOW_NOT_CONTAINS: snow_operator = 13;
/// Null or empty. Takes no value.
pub const SNOW_IS_EMPTY: snow_operator = 14;
/// Neither null nor empty. Takes no value.
pub const SNOW_IS_NOT_EMPTY: snow_operator = 15;
/// The empty text, but not null. Takes no value.
pub const SNOW_EMPTY_STRING: snow_operator = 16;
/// Always true. Takes no value.
pub const SNOW_ANYTHING: snow_operator = 17;
/// Equal to another field of the row. The value is that field, for dates also
/// `field@unit`.
pub const SNOW_SAME_AS: snow_operator = 18;
/// Not equal to another field of the row. The value is that field, for dates also
/// `field@unit`.
pub const SNOW_NOT_SAME_AS: snow_operator = 19;
/// Greater than another field. The value is that field.
pub const SNOW_GT_FIELD: snow_operator = 20;
/// Less than another field. The value is that field.
pub const SNOW_LT_FIELD: snow_operator = 21;
/// Greater than or equal to another field. The value is that field.
pub const SNOW_GE_FIELD: snow_operator = 22;
/// Less than or equal to another field. The value is that field.
pub const SNOW_LE_FIELD: snow_operator = 23;
/// Further than a span of time from another date field. The value is
/// `field@unit@before@n` or `field@unit@after@n`.
pub const SNOW_MORE_THAN: snow_operator = 24;
/// Nearer than a span of time to another date field. The value is `field@unit@before@n`
/// or `field@unit@after@n`.
pub const SNOW_LESS_THAN: snow_operator = 25;
/// Within a day or another stretch of time. The value is a day (`2026-02-01`), a preset
/// (`Today`, `Last 7 days`), or `label@start@end`.
pub const SNOW_ON: snow_operator = 26;
/// Outside a day or another stretch of time. The value is that of #SNOW_ON.
pub const SNOW_NOT_ON: snow_operator = 27;
/// By a part of the date, such as each Monday. The value is
/// ``Monday@javascript:gs.datePart('dayofweek','monday','EE')``.
pub const SNOW_DATE_PART: snow_operator = 28;
/// Later than a time relative to now. The value is `@hour@ago@1` or `@day@ahead@7`.
pub const SNOW_RELATIVE_GT: snow_operator = 29;
/// Earlier than a time relative to now. The value is that of #SNOW_RELATIVE_GT.
pub const SNOW_RELATIVE_LT: snow_operator = 30;
/// Not earlier than a time relative to now. The value is that of #SNOW_RELATIVE_GT.
pub const SNOW_RELATIVE_GE: snow_operator = 31;
/// Not later than a time relative to now. The value is that of #SNOW_RELATIVE_GT.
pub const SNOW_RELATIVE_LE: snow_operator = 32;
/// At a time relative to now. The value is that of #SNOW_RELATIVE_GT.
pub const SNOW_RELATIVE_EE: snow_operator = 33;
/// By a dynamic filter option, such as "Me". The value is the option's `sys_id`.
pub const SNOW_DYNAMIC: snow_operator = 34;
/// Below a node of a hierarchy. The value is `hierarchy@node`, two ids.
pub const SNOW_IN_HIERARCHY: snow_operator = 35;
/// Below a node that a dynamic filter option names. The value is `hierarchy@option`,
/// two ids.
pub const SNOW_IN_HIERARCHY_DYNAMIC: snow_operator = 36;
/// Of a class or of one derived from it; for `sys_class_name`. The value is a table
/// name.
pub const SNOW_INSTANCE_OF: snow_operator = 37;
/// Without a tag; for `sys_tags.<id>`. The value is the tag's `sys_id`.
pub const SNOW_DOES_NOT_HAVE: snow_operator = 38;

/// In what form values come: one of the constants below.
pub type snow_display = i32;

/// Stored values: `"2"`, `"46d44a23a9fe19810012d100cca80666"`, times in UTC.
pub const SNOW_DISPLAY_FALSE: snow_display = 0;
/// Display values: `"In Progress"`, `"Beth Anglin"`, times in the zone and form of the
/// user who calls.
pub const SNOW_DISPLAY_TRUE: snow_display = 1;
/// Both: snow_record_get() gives the stored value, snow_record_display() the other.
pub const SNOW_DISPLAY_ALL: snow_display = 2;

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
/// condition on each side, an `RLQUERY` without its end. The message says at which byte.
/// A text that is to be sent as it is, whatever it holds, is for snow_query_raw().
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
/// @param[out] error  Receives the error on failure; may be NULL.
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
/// @param low         Lower bound; must not be NULL, or hold an `@`, for which there is no
///                    escape.
/// @param high        Upper bound; as `low`.
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
    // SAFETY: the header's rules on handles and texts.
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
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        handle::exclusive(query, "query")?.change(|query| query.new_query())
    })
}

/// Adds an encoded query as text, such as one copied from a list in the user interface.
/// All of it must hold beside the other conditions of the group.
///
/// Nothing in it is checked or escaped: never build it from text that is not yours. Its
/// `ORDERBY` and `GROUPBY` go to the end of the query. To have a text checked, and given
/// back as it was, see snow_query_parse().
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
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        handle::exclusive(query, "query")?.change(|query| query.limit(rows))
    })
}

/// Skips so many rows first. Default is 0.
///
/// @param query       Must not be NULL.
/// @param rows        Any number.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_query_offset(
    query: *mut snow_query,
    rows: u64,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
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
    // SAFETY: the header's rules on handles and texts.
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
    // SAFETY: the header's rules on handles and texts.
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

/// Whether references come without their link, which is about a third fewer bytes.
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
    // SAFETY: the header's rules on handles and texts.
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
/// snow_cursor_total() then tells nothing. Where a page comes short, what is left is
/// counted all the same, to tell the end of the list from rows that this user may not see.
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
    // SAFETY: the header's rules on handles and texts.
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
    // SAFETY: the header's rules on handles and texts.
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
/// and form of the user who calls. Default is 0: stored values, times in UTC. Reads have no
/// use for it.
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
    // SAFETY: the header's rules on handles and texts.
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
    // SAFETY: the header's rules on handles and texts.
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

/// The conditions and the order as the encoded query that is sent as `sysparm_query`.
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

fn operator(code: snow_operator) -> Result<Operator> {
    Operator::from_code(code).ok_or_else(|| {
        Error::argument(
            "op",
            format!("{code} is no operator; accepted are the SNOW_EQ constants"),
        )
    })
}
