//! Whether the instance reads a query as it is meant: it leaves out what it cannot read without a word, and
//! an export of all rows looks like one of those that were asked for, another record like the one that is to be
//! changed.

use crate::error::{Error, Result, Status};
use crate::query::{self, Query};

/// Refuses a query of which the instance leaves out a condition, or the order where it matters. `count` counts
/// the rows that conditions match; `None` where the instance does not count.
///
/// # Errors
/// [`Status::QueryIgnored`], and those of `count`.
pub(crate) fn check(
    query: &Query,
    order_matters: bool,
    count: impl Fn(String) -> Result<Option<u64>>,
) -> Result<()> {
    let conditions = query.condition_fields();
    let mut fields = conditions.clone();
    if order_matters {
        let orders = query.order_fields().into_iter();
        fields.extend(orders.filter(|field| !conditions.contains(field)));
    }
    let are_doubtful = |fields: &[&str]| -> Result<bool> {
        for impossible in query::impossible(fields)? {
            if count(impossible)?.unwrap_or(0) > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if !are_doubtful(&fields)? {
        return Ok(());
    }
    for field in fields {
        if !are_doubtful(&[field])? {
            continue;
        }
        let own = query.conditions_on(field);
        if own.is_empty() {
            return Err(left_out("the order by", field));
        }
        // Fields that are no column, such as a journal, may be empty and not empty at once, and conditions on
        // them hold all the same.
        let all = count(String::new())?;
        for condition in own {
            if count(condition.to_owned())? == all {
                return Err(left_out("a condition on", field));
            }
        }
    }
    Ok(())
}

fn left_out(part: &str, field: &str) -> Error {
    let message = format!(
        "the instance leaves {part} {field:?} out of the query: the table has no such field, or this user may \
         not read it"
    );
    Error::new(Status::QueryIgnored, message)
}
