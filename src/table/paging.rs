//! Where a list stands, what it asks for next, and how it knows that it has come to an end.
//!
//! Without an order of its own a list walks by key: `sys_id>last^ORDERBYsys_id`. That neither skips nor
//! doubles a row while others are inserted and deleted, which offsets do. With an order of its own it
//! has to go by offset, with `sys_id` as the tie-break.
//!
//! Row access is looked at after the page is cut, so a page may be short, or empty, with rows still to
//! come. A short page is never the end. After one the instance is asked to count (`X-Total-Count`): a
//! page that holds every row of the count is the last, and an empty page is the end or a stretch of
//! hidden rows, which is crossed by offset.

use crate::error::{Error, Result, Status};
use crate::query::Query;
use crate::query::params::{Params, Selection};

/// The next page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    way: Way,
    /// Rows to pass over, counted from the key or from the beginning.
    offset: u64,
    /// The rows of this page (`sysparm_limit`).
    rows: u64,
    /// Whether the instance is asked how many rows there are.
    counts: bool,
    page_size: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    Key { after: Option<String> },
    Offset,
}

/// What one page brought.
pub(super) struct Received<'a> {
    /// How many rows the answer holds.
    pub(super) rows: u64,
    /// The key of the last row that shows one.
    pub(super) last_sys_id: Option<&'a str>,
    /// Whether they come in the order of their `sys_id`.
    pub(super) is_sorted: bool,
    /// `X-Total-Count`: how many rows the page's query matches, hidden ones among them.
    pub(super) total: Option<u64>,
}

impl Position {
    pub(super) fn start(query: &Query) -> Position {
        let page_size = u64::from(query.rows_per_page());
        Position {
            way: if query.has_order() {
                Way::Offset
            } else {
                Way::Key { after: None }
            },
            offset: query.row_offset(),
            rows: query
                .row_limit()
                .map_or(page_size, |limit| limit.min(page_size)),
            counts: !query.goes_uncounted(),
            page_size,
        }
    }

    /// The parameters that select this page and shape its rows.
    pub(super) fn params<'a>(&self, query: &'a Query) -> Result<Params<'a>> {
        let (encoded, params) = match &self.way {
            Way::Key { after } => (
                query.keyset_page(after.as_deref(), None)?,
                query.keyset_params(),
            ),
            Way::Offset => (query.ordered_page()?, query.list_params()),
        };
        let selection = Selection {
            query: encoded,
            offset: self.offset,
            rows: self.rows,
            counts: self.counts,
        };
        Ok(selection.shaped_by(params))
    }

    /// The page after this one, which brought what is `received`; `None` where it was the last. `left`
    /// is how many more rows the caller wants.
    pub(super) fn next(
        &self,
        received: &Received<'_>,
        left: Option<u64>,
    ) -> Result<Option<Position>> {
        let Some((way, offset, counts)) = self.onward(received)? else {
            return Ok(None);
        };
        if left == Some(0) {
            return Ok(None);
        }
        // What is more than was asked for would come again, or the rest of it never.
        if received.rows > self.rows {
            let message = "the instance gave more rows than it was asked for";
            return Err(Error::new(Status::UnexpectedAnswer, message));
        }
        // After a short page the next is a whole one, or a limit of one row would cross a stretch of
        // hidden rows in steps of one.
        let short = received.rows < self.rows;
        let rows = left.map_or(self.page_size, |left| left.min(self.page_size));
        let rows = if short { self.page_size } else { rows };
        Ok(Some(Position {
            way,
            offset,
            rows,
            counts: counts || short,
            page_size: self.page_size,
        }))
    }

    /// The most rows that its answer may hold.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether a count of what this page's query matches is one of all that the caller's query does.
    pub(super) fn counts_all(&self) -> bool {
        !matches!(self.way, Way::Key { after: Some(_) })
    }

    fn onward(&self, received: &Received<'_>) -> Result<Option<(Way, u64, bool)>> {
        let crossed = self.offset.saturating_add(self.rows);
        let across = |counts| Some((self.way.clone(), crossed, counts));
        let again = Some((self.way.clone(), self.offset, true));
        let Way::Key { after } = &self.way else {
            return Ok(match received.total {
                Some(total) if total <= crossed => None,
                None if received.rows == 0 && !self.counts => again,
                None if received.rows == 0 => None,
                _ if crossed == u64::MAX => None,
                _ => across(self.counts),
            });
        };
        if self.offset == 0 && received.total == Some(received.rows) {
            return Ok(None);
        }
        // What is not all of it goes on after the last row.
        if !received.is_sorted {
            return Err(not_sorted());
        }
        if let Some(last) = received.last_sys_id {
            if after.as_deref().is_some_and(|after| !precedes(after, last)) {
                let message = "the instance gave rows that come before those asked for";
                return Err(Error::new(Status::UnexpectedAnswer, message));
            }
            return Ok(Some((
                Way::Key {
                    after: Some(last.to_owned()),
                },
                0,
                false,
            )));
        }
        Ok(match received.total {
            Some(total) if total > crossed => across(true),
            // Rows that do not show their key, and an instance that does not count.
            None if received.rows > 0 => across(true),
            None if !self.counts => again,
            _ => None,
        })
    }
}

/// Whether a key comes before another in the order of the usual database, which takes letters of either
/// case for the same and sorts them as capitals.
pub(crate) fn precedes(key: &str, other: &str) -> bool {
    let capitals = |text: &str| text.to_ascii_uppercase();
    capitals(key) < capitals(other)
}

/// Whether each key comes after the one before, as far as that is the same whatever the database: where both have 32
/// digits.
pub(super) fn are_sorted<K: AsRef<str>>(keys: impl Iterator<Item = K>) -> bool {
    keys.is_sorted_by(|key, next| {
        let (key, next) = (key.as_ref(), next.as_ref());
        key <= next || !is_number(key) || !is_number(next)
    })
}

/// Whether a key is written as instances write nearly all of them: in 32 hexadecimal digits.
pub(crate) fn is_number(key: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    key.len() == 32 && key.bytes().all(is_digit)
}

/// The error of rows that do not come in the order that was asked for: to go on after the last of them would skip some.
pub(crate) fn not_sorted() -> Error {
    let message =
        "the instance did not give the rows in the order of their sys_id, as it was asked to";
    Error::new(Status::UnexpectedAnswer, message)
}

#[cfg(test)]
mod tests;
