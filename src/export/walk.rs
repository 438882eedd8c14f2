//! A walk by key through one stretch of a table: what its next page asks for, and how it knows that it is
//! over.
//!
//! A stretch is what lies after one key and up to another. A page asks for rows in the order of `sys_id`,
//! so wherever it breaks off, the walk goes on after the last row that came. Access control is looked at
//! after the page is cut, so a page may be short, or empty, with rows still to come: a stretch is over
//! when the instance counts no more rows than the page could hold. What it counts and does not give is
//! hidden from this user.

use super::keys::{Keys, Look};
use crate::error::{Error, Result, Status};
use crate::query::Query;
use crate::query::params::{Params, Selection};
use crate::table::precedes;

/// Where a walk stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// The key of the last row that came, or of the row before the stretch; `None` is the first of all.
    after: Option<String>,
    /// The last key that is of the stretch; `None` is the last of all.
    until: Option<String>,
    /// Rows to pass over, counted from the key: a run of hidden ones.
    offset: u64,
    /// How many rows there are after the key: counted, less those that came since. What a split or another
    /// hand's changes make wrong here, the next count puts right, so it may be less than nothing.
    left: Option<i64>,
    /// Whether the next page has to count.
    is_unsure: bool,
    /// Whether rows of what the walk has passed since the last count may have been hidden.
    is_short: bool,
    /// Whether the instance does not count, though it was asked to.
    is_uncounted: bool,
    /// How many rows it has passed, hidden ones among them as far as they are known.
    passed: u64,
    /// How often it was split.
    splits: u32,
}

/// A page of a walk that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) limit: u64,
    pub(super) counts: bool,
    /// Whether it asks for less than all rows from the first on.
    is_bounded: bool,
    /// How often the walk had been split.
    splits: u32,
    offset: u64,
    /// How many rows it brought so far.
    rows: u64,
    /// Whether any of them shows its key.
    is_keyed: bool,
    /// `X-Total-Count`.
    total: Option<u64>,
}

/// What a page has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// Rows that the instance counts, and this user may not see, beyond what was known before.
    pub(super) hidden: i64,
    pub(super) is_over: bool,
}

impl Walk {
    pub(super) fn new(after: Option<String>, until: Option<String>) -> Walk {
        Walk {
            after,
            until,
            offset: 0,
            left: None,
            is_unsure: true,
            is_short: false,
            is_uncounted: false,
            passed: 0,
            splits: 0,
        }
    }

    /// The next page, of at most so many rows.
    pub(super) fn page(&self, limit: u64) -> Asked {
        let is_last = self
            .left
            .is_none_or(|left| left <= signed(self.offset + limit));
        Asked {
            limit,
            counts: self.is_unsure || (is_last && !self.is_uncounted),
            is_bounded: self.after.is_some() || self.until.is_some() || self.offset > 0,
            splits: self.splits,
            offset: self.offset,
            rows: 0,
            is_keyed: false,
            total: None,
        }
    }

    /// The parameters that select a page, and shape its rows.
    pub(super) fn params<'a>(&self, query: &'a Query, page: &Asked) -> Result<Params<'a>> {
        Ok(self
            .selection(query, page)?
            .shaped_by(query.keyset_params()))
    }

    /// As [`Walk::params`], for the keys alone.
    pub(super) fn keys_params<'a>(&self, query: &'a Query, page: &Asked) -> Result<Params<'a>> {
        Ok(self.selection(query, page)?.shaped_by(query.key_params()))
    }

    /// The parameters that find the keys in the middle of what is left, where that is so much that half
    /// of it is worth a connection of its own; and how many rows lie before them.
    pub(super) fn middle<'a>(
        &self,
        query: &'a Query,
        page_size: u64,
    ) -> Result<Option<(Params<'a>, u64)>> {
        let left = self.left().unwrap_or(0);
        // The page under way is its owner's.
        let half = left.saturating_sub(page_size) / 2;
        if half < page_size || self.offset > 0 {
            return Ok(None);
        }
        let before = page_size + half;
        let middle = Selection {
            query: self.rest(query)?,
            offset: before,
            rows: MIDDLE_ROWS,
            counts: false,
        };
        Ok(Some((middle.shaped_by(query.key_params()), before)))
    }

    /// Gives up what lies after a key, up to which there were so many rows when so many had been passed;
    /// that is the walk of whoever asked. `None` where the key does not divide what is left.
    pub(super) fn split_at(&mut self, key: &str, rows: u64, passed: u64) -> Option<Walk> {
        let is_after = self.after.as_deref().is_none_or(|at| precedes(at, key));
        let is_before = self.until.as_deref().is_none_or(|end| precedes(key, end));
        let since = self.passed.saturating_sub(passed);
        if !is_after || !is_before || since >= rows || self.offset > 0 {
            return None;
        }
        let mut rest = Walk::new(Some(key.to_owned()), self.until.replace(key.to_owned()));
        // Where rows are hidden that are not counted yet, neither number is exact, but their sum is: the next
        // counts of both put right what is wrong with each.
        let left = signed(rows - since);
        rest.left = self.left.map(|all| all - left);
        rest.is_short = true;
        rest.is_uncounted = self.is_uncounted;
        self.left = Some(left);
        self.is_short = true;
        self.splits += 1;
        Some(rest)
    }

    /// Takes note of what the instance counts. Returns the rows that were hidden before, beyond what was known.
    pub(super) fn counted(&mut self, page: &mut Asked, total: Option<u64>) -> i64 {
        if !page.counts {
            return 0;
        }
        if page.splits != self.splits {
            // Rows that are another walk's by now are counted with it.
            page.counts = false;
            self.is_unsure = true;
            return 0;
        }
        page.total = total;
        self.is_unsure = false;
        self.is_uncounted = total.is_none();
        let expected = self.left;
        self.left = total.map(signed);
        let hidden = match (std::mem::take(&mut self.is_short), expected, self.left) {
            (true, Some(expected), Some(left)) => expected.saturating_sub(left),
            _ => 0,
        };
        self.passed = self.passed.saturating_add_signed(hidden);
        hidden
    }

    /// Whether rows of a page make it doubtful that the instance holds to what it is asked of keys: they show
    /// none, or none of which the order is known, or others than those that were asked for. No key matters
    /// where the page holds all rows that there are, or as many as are wanted.
    pub(super) fn is_doubtful(&self, page: &Asked, rows: &dyn Keys, look: Look, most: u64) -> bool {
        let is_all = page.total.is_some_and(|total| total <= page.limit);
        if !page.is_bounded && (is_all || page.limit >= most) {
            return false;
        }
        if !look.are_shown || !look.are_numbers || !look.are_sorted {
            return true;
        }
        let is_outside = |low: &str, high: &str| {
            let is_hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            low.bytes().chain(high.bytes()).all(is_hexadecimal) && !precedes(low, high)
        };
        let (first, last) = (rows.key(0), rows.last_key(rows.count()));
        let is_early = |(after, first): (&str, &str)| is_outside(after, first);
        // Where the stretch was split, the page was asked for when its end was another.
        let until = self.until.as_deref().filter(|_| page.splits == self.splits);
        let is_late = |(end, last): (&str, &str)| end != last && is_outside(last, end);
        self.after
            .as_deref()
            .zip(first.as_deref())
            .is_some_and(is_early)
            || until.zip(last.as_deref()).is_some_and(is_late)
    }

    /// Takes note of rows that came, the last of which has this key. Of rows beyond the end of the
    /// stretch, which another walk has, nothing is to be given here.
    ///
    /// # Errors
    /// [`Status::UnexpectedAnswer`] where they come before those that were asked for.
    pub(super) fn came(&mut self, page: &mut Asked, rows: u64, last: Option<&str>) -> Result<()> {
        page.rows += rows;
        let Some(last) = last else {
            return Ok(());
        };
        if self.after.as_deref().is_some_and(|at| !precedes(at, last)) {
            let message = "the instance gave rows that come before those asked for";
            return Err(Error::new(Status::UnexpectedAnswer, message));
        }
        let passed = match page.is_keyed {
            true => rows,
            false => page.offset + page.rows,
        };
        page.is_keyed = true;
        self.after = Some(last.to_owned());
        self.offset = 0;
        self.passed = self.passed.saturating_add(passed);
        self.left = self.left.map(|left| left - signed(passed));
        Ok(())
    }

    /// A page came to its end.
    pub(super) fn ended(&mut self, page: &Asked) -> Shown {
        let reached = page.offset.saturating_add(page.limit);
        let over = |hidden| Shown {
            hidden,
            is_over: true,
        };
        if let Some(total) = page.total.filter(|total| *total <= reached) {
            return over(signed(total.saturating_sub(page.offset + page.rows)));
        }
        if self.is_at_end() {
            return over(self.passed_uncounted());
        }
        if page.is_keyed {
            self.is_short |= page.rows < page.limit;
            self.is_unsure |= self.is_short;
            return Shown::default();
        }
        // No row, or none that shows where it stands.
        self.is_unsure = true;
        match page.total {
            Some(_) => {
                self.offset = reached;
                Shown {
                    hidden: signed(page.limit.saturating_sub(page.rows)),
                    is_over: false,
                }
            }
            None if page.rows > 0 => {
                self.offset = reached;
                Shown::default()
            }
            None if page.counts => over(0),
            None => Shown::default(),
        }
    }

    /// A page broke off; what came of it came.
    pub(super) fn broke(&mut self, page: &Asked) {
        self.is_unsure = true;
        self.is_short |= page.is_keyed;
        if !page.is_keyed {
            // Without a key to go on after, they are passed over.
            self.offset = page.offset.saturating_add(page.rows);
        }
    }

    /// At the end of the stretch: how many rows it has passed that were hidden, beyond what is known.
    pub(super) fn passed_uncounted(&self) -> i64 {
        self.left.filter(|_| self.is_short).unwrap_or(0)
    }

    /// How many rows are left, as far as the instance counted them.
    pub(super) fn left(&self) -> Option<u64> {
        self.left.map(|left| u64::try_from(left).unwrap_or(0))
    }

    /// How many rows it has passed.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }

    /// Whether a key lies beyond the stretch.
    pub(super) fn is_beyond(&self, key: &str) -> bool {
        self.until.as_deref().is_some_and(|end| precedes(end, key))
    }

    /// Whether the last row of the stretch has come.
    pub(super) fn is_at_end(&self) -> bool {
        self.until.is_some() && self.until == self.after
    }

    fn selection(&self, query: &Query, page: &Asked) -> Result<Selection> {
        Ok(Selection {
            query: self.rest(query)?,
            offset: page.offset,
            rows: page.limit,
            counts: page.counts,
        })
    }

    /// What is left of the stretch, as an encoded query.
    fn rest(&self, query: &Query) -> Result<String> {
        query.keyset_page(self.after.as_deref(), self.until.as_deref())
    }
}

fn signed(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// So many keys are asked for where one would do: where the first of them is hidden, nobody knows which
/// row the second is.
pub(super) const MIDDLE_ROWS: u64 = 3;

#[cfg(test)]
mod tests;
