//! Tables that cannot be asked for by key: an instance leaves out what it is asked of `sys_id` where a table has
//! no such field, and every part of the table is all of it then.
//!
//! Nearly all tables have one, so nothing is asked before the rows that come make it doubtful.

use super::source::Source;
use crate::error::{Error, Result, Status};
use crate::response::RowStream;

/// Looks at the answer to [`Source::no_key_params`].
///
/// # Errors
/// [`Status::QueryIgnored`] where the instance leaves out what it is asked of keys.
pub(super) fn check(source: &Source, answer: &mut RowStream) -> Result<()> {
    answer.expect_at_most(1);
    let mut is_any = answer.head().total_count().unwrap_or(0) > 0;
    while let Some(rows) = answer.next_rows()? {
        is_any |= rows.row_count() > 0;
    }
    match is_any {
        true => Err(left_out(source)),
        false => Ok(()),
    }
}

/// Refuses a table of which the instance gives no row as soon as it is asked for keys. `count` counts the rows that
/// conditions match; `None` where the instance does not count.
///
/// # Errors
/// [`Status::QueryIgnored`], and those of `count`.
pub(super) fn check_none(
    source: &Source,
    count: impl Fn(String) -> Result<Option<u64>>,
) -> Result<()> {
    let gives_none = count(Source::any_key()?)? == Some(0);
    match gives_none && count(String::new())?.unwrap_or(0) > 0 {
        true => Err(left_out(source)),
        false => Ok(()),
    }
}

fn left_out(source: &Source) -> Error {
    let table = source.path.last().map_or("", String::as_str);
    let message = format!(
        "the instance does not read \"sys_id\" in a query, and {table:?} cannot be read in parts without it: a \
         database view has no such field, a script that fills a table may take no notice of it, or this user may \
         not read it; read it as a list in an order of its own, or, where its rows show no key, as an export in no \
         order with a limit that is no more than its page size"
    );
    Error::new(Status::QueryIgnored, message)
}
