//! How a field is compared.

use crate::error::{Error, Result};
use crate::query::Operator;

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

pub(super) fn operator(code: snow_operator) -> Result<Operator> {
    Operator::from_code(code).ok_or_else(|| {
        Error::argument(
            "op",
            format!("{code} is no operator; accepted are the SNOW_EQ constants"),
        )
    })
}
