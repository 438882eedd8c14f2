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
use crate::query::params::Params;

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
        let (encoded, mut params) = match &self.way {
            Way::Key { after } => (
                query.keyset_page(after.as_deref(), None)?,
                query.keyset_params(),
            ),
            Way::Offset => (query.ordered_page()?, query.list_params()),
        };
        params.push(("sysparm_query", encoded));
        params.push(("sysparm_limit", self.rows.to_string()));
        if self.offset > 0 {
            params.push(("sysparm_offset", self.offset.to_string()));
        }
        // The `Link` header repeats the whole URL up to four times, and nothing here reads it.
        params.push(("sysparm_suppress_pagination_header", "true".into()));
        if !self.counts {
            params.push(("sysparm_no_count", "true".into()));
        }
        Ok(params)
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
        // After a short page the next is a whole one, or a limit of one row would cross a stretch of
        // hidden rows in steps of one.
        let short = received.rows < self.rows;
        let rows = left.map_or(self.page_size, |left| left.min(self.page_size));
        let rows = if short { self.page_size } else { rows };
        Ok((left != Some(0)).then_some(Position {
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
pub(crate) fn are_sorted<K: AsRef<str>>(keys: impl Iterator<Item = K>) -> bool {
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
mod tests {
    use super::*;

    fn query(limit: Option<u64>) -> Query {
        let mut query = Query::new();
        query.page_size(10).expect("in range");
        if let Some(limit) = limit {
            query.limit(limit).expect("in range");
        }
        query
    }

    fn received(rows: u64, last_sys_id: Option<&str>, total: Option<u64>) -> Received<'_> {
        Received {
            rows,
            last_sys_id,
            is_sorted: true,
            total,
        }
    }

    fn param(position: &Position, query: &Query, name: &str) -> Option<String> {
        let params = position.params(query).expect("a query that can be written");
        params
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    #[test]
    fn the_first_page_holds_no_key_and_counts() {
        let (query, start) = (query(None), Position::start(&query(None)));
        assert_eq!(
            param(&start, &query, "sysparm_query").as_deref(),
            Some("ORDERBYsys_id")
        );
        assert_eq!(
            param(&start, &query, "sysparm_limit").as_deref(),
            Some("10")
        );
        assert_eq!(param(&start, &query, "sysparm_no_count"), None);
        assert_eq!(param(&start, &query, "sysparm_offset"), None);
    }

    #[test]
    fn a_full_page_leads_on_by_its_last_key_without_counting() {
        let query = query(None);
        let page = received(10, Some("b"), Some(30));
        let next = Position::start(&query)
            .next(&page, None)
            .expect("no error")
            .expect("a page");
        assert_eq!(
            param(&next, &query, "sysparm_query").as_deref(),
            Some("sys_id>b^ORDERBYsys_id")
        );
        assert_eq!(
            param(&next, &query, "sysparm_no_count").as_deref(),
            Some("true")
        );
    }

    #[test]
    fn a_short_page_is_not_the_end_and_the_next_one_counts() {
        let query = query(None);
        let page = received(7, Some("b"), Some(30));
        let next = Position::start(&query)
            .next(&page, None)
            .expect("no error")
            .expect("a page");
        assert_eq!(param(&next, &query, "sysparm_no_count"), None);
    }

    #[test]
    fn a_page_that_holds_every_counted_row_is_the_last() {
        let start = Position::start(&query(None));
        assert_eq!(
            start
                .next(&received(7, Some("b"), Some(7)), None)
                .expect("no error"),
            None
        );
        assert!(
            start
                .next(&received(7, Some("b"), Some(8)), None)
                .expect("no error")
                .is_some()
        );
        assert!(
            start
                .next(&received(7, Some("b"), None), None)
                .expect("no error")
                .is_some()
        );
    }

    #[test]
    fn an_empty_page_is_the_end_where_nothing_is_hidden() {
        let start = Position::start(&query(None));
        let key = start
            .next(&received(7, Some("b"), None), None)
            .expect("no error")
            .expect("a page");
        assert_eq!(
            key.next(&received(0, None, Some(0)), None)
                .expect("no error"),
            None
        );
        assert_eq!(
            key.next(&received(0, None, None), None).expect("no error"),
            None
        );
    }

    #[test]
    fn an_empty_page_that_did_not_count_is_asked_for_again() {
        let query = query(None);
        let start = Position::start(&query);
        let key = start
            .next(&received(10, Some("b"), Some(99)), None)
            .expect("no error")
            .expect("one");
        let again = key
            .next(&received(0, None, None), None)
            .expect("no error")
            .expect("again");
        assert_eq!(
            param(&again, &query, "sysparm_query").as_deref(),
            Some("sys_id>b^ORDERBYsys_id")
        );
        assert_eq!(param(&again, &query, "sysparm_no_count"), None);
    }

    #[test]
    fn a_hidden_stretch_is_crossed_by_offset_and_left_by_key() {
        let query = query(None);
        let start = Position::start(&query);
        let across = start
            .next(&received(0, None, Some(15)), None)
            .expect("no error")
            .expect("one");
        assert_eq!(
            param(&across, &query, "sysparm_offset").as_deref(),
            Some("10")
        );
        let onward = across
            .next(&received(5, Some("c"), Some(15)), None)
            .expect("no error");
        let onward = onward.expect("a page by key");
        assert_eq!(param(&onward, &query, "sysparm_offset"), None);
        assert_eq!(
            param(&onward, &query, "sysparm_query").as_deref(),
            Some("sys_id>c^ORDERBYsys_id")
        );
        assert_eq!(
            across
                .next(&received(0, None, Some(15)), None)
                .expect("no error"),
            None
        );
    }

    #[test]
    fn rows_that_come_again_are_an_error_and_no_endless_loop() {
        let start = Position::start(&query(None));
        let key = start
            .next(&received(10, Some("m"), None), None)
            .expect("no error")
            .expect("one");
        for last in ["a", "m"] {
            let error = key
                .next(&received(10, Some(last), None), None)
                .expect_err(last);
            assert_eq!(error.status(), Status::UnexpectedAnswer);
        }
    }

    #[test]
    fn keys_that_are_names_come_in_the_databases_order() {
        let start = Position::start(&query(None));
        let key = start
            .next(&received(10, Some("Global"), None), None)
            .expect("no error")
            .expect("one");
        assert!(
            key.next(&received(10, Some("glide.maint"), None), None)
                .is_err()
        );
        let onward = key.next(&received(10, Some("group_a"), None), None);
        assert!(onward.expect("no error").is_some());
    }

    #[test]
    fn without_a_count_only_what_a_short_page_leaves_is_counted() {
        for order in [None, Some("number")] {
            let mut query = query(None);
            query.no_count(true);
            if let Some(field) = order {
                query.order_by(field).expect("a field");
            }
            let counts =
                |position: &Position| param(position, &query, "sysparm_no_count").is_none();
            let next = |position: &Position, page: &Received<'_>| {
                position.next(page, None).expect("no error")
            };
            let start = Position::start(&query);
            assert!(!counts(&start), "{order:?}");
            let full = next(&start, &received(10, Some("b"), None)).expect("a page");
            assert!(!counts(&full), "{order:?}");
            let short = next(&full, &received(7, Some("c"), None)).expect("a page");
            assert!(counts(&short), "{order:?}");
            let total = if order.is_some() { 17 } else { 0 };
            assert_eq!(next(&short, &received(0, None, Some(total))), None);
            let again = next(&full, &received(0, None, None)).expect("the same page");
            assert!(counts(&again), "{order:?}");
            assert_eq!(again.offset, full.offset);
        }
    }

    #[test]
    fn an_offset_beyond_all_numbers_ends_the_list() {
        let mut query = query(None);
        query.order_by("number").expect("a field");
        query.offset(u64::MAX);
        let start = Position::start(&query);
        assert_eq!(
            start
                .next(&received(0, None, None), None)
                .expect("no error"),
            None
        );
        assert_eq!(
            start
                .next(&received(5, None, None), None)
                .expect("no error"),
            None
        );
    }

    #[test]
    fn a_limit_shortens_the_first_page_and_ends_the_list() {
        let query = query(Some(3));
        let start = Position::start(&query);
        assert_eq!(param(&start, &query, "sysparm_limit").as_deref(), Some("3"));
        assert_eq!(
            start
                .next(&received(3, Some("b"), Some(9)), Some(0))
                .expect("no error"),
            None
        );
        let next = start
            .next(&received(2, Some("b"), Some(9)), Some(1))
            .expect("no error");
        let next = next.expect("one row is still wanted");
        assert_eq!(param(&next, &query, "sysparm_limit").as_deref(), Some("10"));
    }

    #[test]
    fn an_order_of_its_own_goes_by_offset_until_the_count() {
        let mut query = query(None);
        query.order_by_desc("opened_at").expect("a field");
        let start = Position::start(&query);
        assert_eq!(
            param(&start, &query, "sysparm_query").as_deref(),
            Some("ORDERBYDESCopened_at^ORDERBYsys_id")
        );
        let next = start
            .next(&received(4, None, Some(11)), None)
            .expect("no error")
            .expect("one");
        assert_eq!(
            param(&next, &query, "sysparm_offset").as_deref(),
            Some("10")
        );
        assert_eq!(
            next.next(&received(1, None, Some(11)), None)
                .expect("no error"),
            None
        );
    }

    #[test]
    fn keys_are_held_to_an_order_that_every_database_has() {
        let digits = |first: char| format!("{first}{}", "0".repeat(31));
        let (a, b) = (digits('a'), digits('b'));
        for (keys, sorted) in [
            (vec![], true),
            (vec![a.as_str(), a.as_str(), b.as_str()], true),
            (vec![b.as_str(), a.as_str()], false),
            (vec![a.as_str(), "global", b.as_str()], true),
            (vec!["b", "a"], true),
        ] {
            assert_eq!(are_sorted(keys.iter()), sorted, "{keys:?}");
        }
    }

    #[test]
    fn rows_in_no_order_are_an_error_unless_they_are_all() {
        let start = Position::start(&query(None));
        let next = |total| {
            let received = Received {
                is_sorted: false,
                ..received(5, Some("last"), Some(total))
            };
            start.next(&received, None)
        };
        assert!(next(5).expect("all there is").is_none());
        let error = next(6).expect_err("no order");
        assert_eq!(error.status(), Status::UnexpectedAnswer);
    }
}
