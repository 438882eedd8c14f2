//! Whether the instance reads a query as it is meant: it leaves out what it cannot read without a word, and
//! an export of all rows looks like one of those that were asked for, another record like the one that is to be
//! changed.

use crate::error::{Error, Result, Status};
use crate::query::{self, Part, Query};

/// Refuses a query of which the instance leaves out a part, such as the condition on a field that it does not
/// know, or the order where it matters. `count` counts the rows that conditions match; `None` where the instance
/// does not count.
///
/// # Errors
/// [`Status::QueryIgnored`], and those of `count`.
pub(crate) fn check(
    query: &Query,
    order_matters: bool,
    count: impl Fn(String) -> Result<Option<u64>>,
) -> Result<()> {
    let parts = query.parts(order_matters);
    let are_doubtful = |parts: &[Part]| -> Result<bool> {
        for impossible in query::impossible(parts) {
            if count(impossible)?.unwrap_or(0) > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if !are_doubtful(&parts)? {
        return Ok(());
    }
    for part in &parts {
        if are_doubtful(std::slice::from_ref(part))? && counts_for_nothing(part, &count)? {
            return Err(refusal(part, "leaves", "out of the query"));
        }
    }
    Ok(())
}

/// Fields that are no column, such as a journal, may be empty and not empty at once, and conditions on them hold
/// all the same. So each condition is held against what it would come to without.
fn counts_for_nothing(part: &Part, count: impl Fn(String) -> Result<Option<u64>>) -> Result<bool> {
    for condition in &part.conditions {
        let before = count(part.without.clone())?;
        let matched = count(condition.clone())?;
        if matched == before {
            return Ok(true);
        }
        // Others write meanwhile.
        let after = count(part.without.clone())?;
        if (before.min(after)..=before.max(after)).contains(&matched) {
            return Ok(true);
        }
    }
    Ok(part.conditions.is_empty())
}

/// Refuses a query that no row matches, where that is because the instance gives none as soon as there is a part
/// that it cannot read.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_none(
    query: &Query,
    order_matters: bool,
    count: impl Fn(String) -> Result<Option<u64>>,
) -> Result<()> {
    let parts = query.parts(order_matters);
    let give_none = |parts: &[Part]| -> Result<bool> {
        for certain in query::certain(parts) {
            if count(certain)? == Some(0) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    // A table without rows has none whatever is asked.
    if !give_none(&parts)? || count(String::new())?.unwrap_or(0) == 0 {
        return Ok(());
    }
    for part in &parts {
        if give_none(std::slice::from_ref(part))? {
            return Err(refusal(part, "gives no row because of", "in the query"));
        }
    }
    Ok(())
}

fn refusal(part: &Part, does: &str, place: &str) -> Error {
    let Part { name, cause, .. } = part;
    let message = format!("the instance {does} {name} {place}: {cause}");
    Error::new(Status::QueryIgnored, message)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::query::Operator;

    /// Checks a query of one condition, which the instance reads or leaves out, while each count finds a row more
    /// than the one before.
    fn while_others_write(is_left_out: bool) -> Result<()> {
        let mut query = Query::new();
        query.filter("no_such_field", Operator::Eq, Some("1"))?;
        let rows = Cell::new(100);
        check(&query, false, |conditions| {
            rows.set(rows.get() + 1);
            let counts = conditions.is_empty() || is_left_out;
            Ok(Some(if counts { rows.get() } else { 0 }))
        })
    }

    #[test]
    fn a_condition_that_is_left_out_is_told_of_though_others_write_meanwhile() {
        let refused = while_others_write(true).expect_err("it is left out");
        assert_eq!(refused.status(), Status::QueryIgnored);
        assert!(while_others_write(false).is_ok());
    }
}
