//! Parts of a table, as queries that together match each row once: what workers on several machines share.
//!
//! The parts are stretches of keys, so they stay apart whatever is written meanwhile. Where one ends is asked
//! of the instance: keys are not spread evenly.

use super::keyless;
use super::keys::{Keys, even_border};
use super::source::Source;
use super::walk::MIDDLE_ROWS;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::query::Query;
use crate::response::{Response, RowStream};

/// The most parts that a table is divided into.
const MOST: u32 = 1000;

impl Client {
    /// Divides the rows that a query matches into so many parts of about the same size. Each is an encoded
    /// query, and together they match every row once, also those that come to be later. The query's order,
    /// fields and form are not in them.
    ///
    /// Two requests find out whether the table can be asked for by key, one counts the rows, and one for each
    /// part but the last finds the key at which it ends: `GET /api/now/table/{table}`.
    ///
    /// # Errors
    /// [`crate::Status::QueryIgnored`] where the instance leaves out what it is asked of `sys_id`, as it does of a
    /// database view: each part would be all of it.
    /// [`crate::Status::InvalidArgument`] where the count is 0 or more than 1000, or the table or the query cannot
    /// be used: a query with a limit or an offset is one of these. Whatever a read can fail with.
    pub fn table_shards(
        &self,
        table: &str,
        query: Option<&Query>,
        count: u32,
    ) -> Result<Vec<String>> {
        if !(1..=MOST).contains(&count) {
            let problem = format_args!("is {count}; accepted are 1 to {MOST}");
            return Err(Error::argument("count", problem));
        }
        if query.is_some_and(|query| query.row_limit().is_some()) {
            let problem = "it has a limit, which parts cannot share; accepted is one without";
            return Err(Error::argument("query", problem));
        }
        let source = Source::new(table, query)?;
        let _whole = self.connection.around();
        let mut ends = self.ends(&source, u64::from(count))?;
        // As the instance compares keys: without regard to case.
        ends.sort_by_key(|key| key.to_ascii_uppercase());
        let mut after = None;
        let parts = ends.into_iter().map(Some).chain([None]);
        parts
            .map(|until| {
                let part = source.query.stretch(after.as_deref(), until.as_deref());
                after = until;
                part
            })
            .collect()
    }

    /// The keys at which all parts end but the last.
    fn ends(&self, source: &Source, count: u64) -> Result<Vec<String>> {
        if count == 1 {
            return Ok(Vec::new());
        }
        let connection = &self.connection;
        let caller = || connection.caller(None, Some(&self.listeners));
        let none = source.request(source.no_key_params()?);
        let check = |answer: &mut RowStream| keyless::check(source, answer);
        connection.read_rows(&none, caller(), check)?;
        let counting = source.request(source.key_page_params()?);
        let total = |answer: Response| Ok(answer.head.total_count());
        let rows = connection.read(&counting, caller(), total)?.unwrap_or(0);
        keyless::check_none(source, |conditions| {
            let counting = source.request(source.query.one_key_params(conditions));
            connection.read(&counting, caller(), total)
        })?;
        (1..count)
            .map(|number| {
                let before = share(rows, number, count);
                let request = source.request(source.keys_at_params(before, MIDDLE_ROWS)?);
                let key = |answer: &mut RowStream| {
                    answer.expect_at_most(MIDDLE_ROWS);
                    let mut first = None;
                    while let Some(rows) = answer.next_rows()? {
                        let mut keys = (0..rows.count()).filter_map(|row| rows.key(row));
                        first = first.or_else(|| keys.next());
                    }
                    Ok(first)
                };
                let key = connection.read_rows(&request, caller(), key)?;
                // Where no row is to be seen.
                Ok(key.unwrap_or_else(|| even_border(number, count)))
            })
            .collect()
    }
}

/// So many of the rows as the first parts of all have. An instance may say any number of rows.
fn share(rows: u64, parts: u64, all: u64) -> u64 {
    rows / all * parts + rows % all * parts / all
}
