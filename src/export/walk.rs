//! A walk by key through one stretch of a table: what its next page asks for, and how it knows that it is
//! over.
//!
//! A stretch is what lies after one key and up to another. A page asks for rows in the order of `sys_id`,
//! so wherever it breaks off, the walk goes on after the last row that came. Access control is looked at
//! after the page is cut, so a page may be short, or empty, with rows still to come: a stretch is over
//! when the instance counts no more rows than the page could hold. What it counts and does not give is
//! hidden from this user.

use crate::error::{Error, Result, Status};
use crate::query::Query;
use crate::query::params::Params;
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
    /// How many rows there are after the key: counted, less those that came since.
    left: Option<u64>,
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
    /// Rows that the instance counts, and this user may not see.
    pub(super) hidden: u64,
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
        let is_last = self.left.is_none_or(|left| left <= self.offset + limit);
        Asked {
            limit,
            counts: self.is_unsure || (is_last && !self.is_uncounted),
            splits: self.splits,
            offset: self.offset,
            rows: 0,
            is_keyed: false,
            total: None,
        }
    }

    /// The parameters that select a page, and shape its rows.
    pub(super) fn params<'a>(&self, query: &'a Query, page: &Asked) -> Result<Params<'a>> {
        self.page_params(query.keyset_params(), query, page)
    }

    /// As [`Walk::params`], for the keys alone.
    pub(super) fn keys_params<'a>(&self, query: &'a Query, page: &Asked) -> Result<Params<'a>> {
        self.page_params(query.key_params(), query, page)
    }

    /// The parameters that find the keys in the middle of what is left, where that is so much that half
    /// of it is worth a connection of its own; and how many rows lie before them.
    pub(super) fn middle<'a>(
        &self,
        query: &'a Query,
        page_size: u64,
    ) -> Result<Option<(Params<'a>, u64)>> {
        let left = self.left.unwrap_or(0);
        // The page under way is its owner's.
        let half = left.saturating_sub(page_size) / 2;
        if half < page_size || self.offset > 0 {
            return Ok(None);
        }
        let before = page_size + half;
        let mut params = query.key_params();
        self.select(query, before, MIDDLE_ROWS, &mut params)?;
        params.push(("sysparm_no_count", "true".into()));
        Ok(Some((params, before)))
    }

    /// Gives up what lies after a key, up to which there were so many rows when so many had been passed;
    /// that is the walk of whoever asked. `None` where the key does not divide what is left.
    pub(super) fn split_at(&mut self, key: &str, rows: u64, passed: u64) -> Option<Walk> {
        let is_after = self.after.as_deref().is_none_or(|at| precedes(at, key));
        let is_before = self.until.as_deref().is_none_or(|end| precedes(key, end));
        let since = self.passed - passed;
        if !is_after || !is_before || since >= rows || self.offset > 0 {
            return None;
        }
        let mut rest = Walk::new(Some(key.to_owned()), self.until.replace(key.to_owned()));
        let left = rows - since;
        // What this walk has passed may hold hidden rows that are not counted yet: they are among what the
        // other is told to be left, and its first count finds them.
        rest.left = self.left.map(|all| all.saturating_sub(left));
        rest.is_short = true;
        rest.is_uncounted = self.is_uncounted;
        self.left = Some(left);
        self.splits += 1;
        Some(rest)
    }

    /// Takes note of what the instance counts. Returns the rows that were hidden before.
    pub(super) fn counted(&mut self, page: &mut Asked, total: Option<u64>) -> u64 {
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
        self.left = total;
        let hidden = match (std::mem::take(&mut self.is_short), expected, total) {
            (true, Some(expected), Some(total)) => expected.saturating_sub(total),
            _ => 0,
        };
        self.passed += hidden;
        hidden
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
        self.passed += passed;
        self.left = self.left.map(|left| left.saturating_sub(passed));
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
            return over(total.saturating_sub(page.offset + page.rows));
        }
        if self.is_at_end() {
            return over(0);
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
                    hidden: page.limit.saturating_sub(page.rows),
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
    }

    /// How many rows are left, as far as the instance counted them.
    pub(super) fn left(&self) -> Option<u64> {
        self.left
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

    fn page_params<'a>(
        &self,
        mut params: Params<'a>,
        query: &Query,
        page: &Asked,
    ) -> Result<Params<'a>> {
        self.select(query, page.offset, page.limit, &mut params)?;
        if !page.counts {
            params.push(("sysparm_no_count", "true".into()));
        }
        Ok(params)
    }

    fn select<'a>(
        &self,
        query: &Query,
        offset: u64,
        limit: u64,
        params: &mut Params<'a>,
    ) -> Result<()> {
        let (after, until) = (self.after.as_deref(), self.until.as_deref());
        params.push(("sysparm_query", query.keyset_page(after, until)?));
        params.push(("sysparm_limit", limit.to_string()));
        if offset > 0 {
            params.push(("sysparm_offset", offset.to_string()));
        }
        params.push(("sysparm_suppress_pagination_header", "true".into()));
        Ok(())
    }
}

/// So many keys are asked for where one would do: where the first of them is hidden, nobody knows which
/// row the second is.
pub(super) const MIDDLE_ROWS: u64 = 3;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A table of which some rows are hidden, walked with pages of any size that break off anywhere.
    fn walked(rows: &[(u32, bool)], steps: &[(u64, Option<u64>)], counts: bool) -> (Vec<u32>, u64) {
        let mut walk = Walk::new(None, None);
        let (mut given, mut hidden) = (Vec::new(), 0);
        for step in 0..10_000 {
            let (limit, breaks_after) = steps[step % steps.len()];
            let mut page = walk.page(limit);
            let after = walk
                .after
                .as_ref()
                .map(|key| key.parse::<u32>().expect("a number"));
            let beyond: Vec<&(u32, bool)> = rows
                .iter()
                .filter(|(key, _)| after.is_none_or(|after| *key > after))
                .collect();
            let total = (page.counts && counts).then_some(beyond.len() as u64);
            hidden += walk.counted(&mut page, total);
            let window = beyond
                .iter()
                .skip(page.offset as usize)
                .take(limit as usize);
            let visible: Vec<u32> = window.filter(|row| row.1).map(|row| row.0).collect();
            let cut = breaks_after.map_or(visible.len(), |cut| visible.len().min(cut as usize));
            for key in &visible[..cut] {
                walk.came(&mut page, 1, Some(&format!("{key:04}")))
                    .expect("in order");
                given.push(*key);
            }
            if breaks_after.is_some() {
                walk.broke(&page);
                continue;
            }
            let shown = walk.ended(&page);
            hidden += shown.hidden;
            if shown.is_over {
                return (given, hidden);
            }
        }
        panic!("the walk has no end");
    }

    proptest! {
        #[test]
        fn every_visible_row_comes_once_and_every_hidden_one_is_counted(
            visible in prop::collection::vec(any::<bool>(), 0..60),
            steps in prop::collection::vec((1..9_u64, prop::option::weighted(0.3, 0..9_u64)), 1..8),
            last in 1..9_u64,
        ) {
            let rows: Vec<(u32, bool)> = (0..).zip(visible).collect();
            let mut steps = steps;
            steps.push((last, None));
            let (given, hidden) = walked(&rows, &steps, true);
            let expected: Vec<u32> = rows.iter().filter(|row| row.1).map(|row| row.0).collect();
            prop_assert_eq!(given, expected);
            prop_assert_eq!(hidden, rows.iter().filter(|row| !row.1).count() as u64);
        }

        #[test]
        fn without_counts_the_end_is_an_empty_page(
            size in 0..60_u32,
            limit in 1..9_u64,
        ) {
            let rows: Vec<(u32, bool)> = (0..size).map(|key| (key, true)).collect();
            let (given, hidden) = walked(&rows, &[(limit, None)], false);
            prop_assert_eq!(given.len(), rows.len());
            prop_assert_eq!(hidden, 0);
        }

        #[test]
        fn a_split_leaves_every_row_to_one_of_the_two(
            size in 30..200_u64,
            page_size in 1..10_u64,
            came in 0..200_u64,
        ) {
            let mut walk = Walk::new(None, None);
            let mut page = walk.page(page_size);
            walk.counted(&mut page, Some(size));
            let query = Query::new();
            let middle = walk.middle(&query, page_size).expect("a query");
            let Some((_, before)) = middle else {
                prop_assert!(size < 3 * page_size + 2);
                return Ok(());
            };
            let came = came % size;
            if came > 0 {
                let key = format!("{:04}", came - 1);
                walk.came(&mut page, came, Some(&key)).expect("in order");
            }
            let key = format!("{before:04}");
            match walk.split_at(&key, before + 1, 0) {
                None => prop_assert!(came > before),
                Some(rest) => {
                    prop_assert_eq!(walk.left, Some(before + 1 - came));
                    prop_assert_eq!(rest.left, Some(size - before - 1));
                    prop_assert_eq!(walk.until.as_deref(), Some(key.as_str()));
                    prop_assert_eq!(rest.after.as_deref(), Some(key.as_str()));
                    prop_assert!(!walk.is_beyond(&key) && walk.is_beyond("9999"));
                }
            }
        }
    }

    #[test]
    fn rows_that_come_again_are_an_error() {
        let mut walk = Walk::new(Some("m".into()), None);
        for last in ["a", "M"] {
            let mut page = walk.page(10);
            let error = walk.came(&mut page, 1, Some(last)).expect_err(last);
            assert_eq!(error.status(), Status::UnexpectedAnswer);
        }
    }

    #[test]
    fn only_the_first_page_and_the_last_count() {
        let mut walk = Walk::new(None, None);
        let mut counts = Vec::new();
        for number in 1..=3 {
            let mut page = walk.page(10);
            counts.push(page.counts);
            let total = page.counts.then_some(35 - 10 * (number - 1));
            walk.counted(&mut page, total);
            walk.came(&mut page, 10, Some(&format!("{number}")))
                .expect("in order");
            assert_eq!(walk.ended(&page), Shown::default());
        }
        let page = walk.page(10);
        counts.push(page.counts);
        assert_eq!(counts, [true, false, false, true]);
    }

    #[test]
    fn a_count_from_before_a_split_is_none_of_what_is_left() {
        let mut walk = Walk::new(None, None);
        let mut page = walk.page(10);
        walk.counted(&mut page, Some(100));
        walk.came(&mut page, 9, Some("09")).expect("in order");
        walk.ended(&page);
        let mut page = walk.page(10);
        assert!(page.counts, "it was short");
        let mut rest = walk.split_at("50", 41, 9).expect("it lies between");
        assert_eq!(walk.counted(&mut page, Some(90)), 0);
        walk.came(&mut page, 10, Some("19")).expect("in order");
        walk.ended(&page);
        let mut page = walk.page(10);
        assert!(page.counts);
        // One row was hidden between 09 and 19, and one before 09, where the split was asked for.
        assert_eq!(walk.counted(&mut page, Some(30)), 1);
        let mut page = rest.page(10);
        assert_eq!(rest.counted(&mut page, Some(49)), 1);
    }

    #[test]
    fn a_stretch_with_an_end_is_over_with_its_last_row() {
        let mut walk = Walk::new(Some("a".into()), Some("c".into()));
        let mut page = walk.page(2);
        walk.counted(&mut page, Some(3));
        walk.came(&mut page, 2, Some("c")).expect("in order");
        assert!(walk.ended(&page).is_over);
    }
}
