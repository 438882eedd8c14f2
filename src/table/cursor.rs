//! Rows as they come, page after page, the next page fetched while this one is read.
//!
//! A page is fetched on a background thread, which asks for no token and runs no callback: where it
//! would need to, it gives up, and the thread that pulls the rows fetches the page itself. At most two
//! pages are in memory. After an error the cursor stands where it was, so the same page can be tried
//! again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use std::vec;

use http::Method;

use super::paging::{Position, Received, are_sorted};
use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::query::Query;
use crate::record::Record;
use crate::request::Request;
use crate::response::RowStream;
use crate::room::MOST_HELD;
use crate::runtime::fork::{ProcessId, process_id};
use crate::runtime::{Cancel, background};
use crate::session::connection::{Connection, Listeners, Unattended};

/// The rows that a query matches, one by one.
///
/// Dropping it ends what it has under way, without waiting.
pub struct Cursor {
    connection: Arc<Connection>,
    listeners: Arc<Listeners>,
    /// When the call is over that all pages are part of; else each is a call of its own.
    until: Option<Instant>,
    /// The segments of the list's path.
    path: Vec<String>,
    query: Query,
    rows: vec::IntoIter<Record>,
    /// The page to fetch next; `None` after the last one.
    position: Option<Position>,
    ahead: Option<background::Job<Ahead>>,
    total: Option<u64>,
    fetched: u64,
    canceller: Canceller,
}

/// A page, and the one after it.
struct Page {
    rows: Vec<Record>,
    total: Option<u64>,
    next: Option<Position>,
}

/// What became of a page that was fetched ahead.
enum Ahead {
    Page(Result<Page>),
    NeedsCaller,
}

/// Ends a cursor, an export or the batches of one, from any thread.
#[derive(Clone)]
pub struct Canceller {
    cancel: Arc<Cancel>,
    /// Whether this has ended it, which may also end by itself. It is looked at for each row.
    has_cancelled: Arc<AtomicBool>,
    pid: ProcessId,
}

impl Canceller {
    pub(crate) fn new(cancel: &Arc<Cancel>) -> Canceller {
        Canceller {
            cancel: Arc::clone(cancel),
            has_cancelled: Arc::default(),
            pid: process_id(),
        }
    }

    pub(crate) fn has_cancelled(&self) -> bool {
        self.has_cancelled.load(Ordering::Relaxed)
    }

    /// The call that is waiting for a row, and every later one, fails with [`Status::Cancelled`].
    pub fn cancel(&self) {
        // A forked child has no call of the parent's to end, and may have inherited a lock inside.
        if self.pid == process_id() {
            self.has_cancelled.store(true, Ordering::Relaxed);
            self.cancel.cancel();
        }
    }
}

impl Cursor {
    /// The rows of the list at this path that a query matches.
    pub(crate) fn new(client: &Client, path: &[&str], query: Query) -> Result<Cursor> {
        let position = Position::start(&query);
        // A query that cannot be written is refused now, not at the first row.
        position.params(&query)?;
        Ok(Cursor {
            connection: Arc::clone(&client.connection),
            listeners: Arc::clone(&client.listeners),
            until: client.until,
            path: path.iter().copied().map(Into::into).collect(),
            query,
            rows: Vec::new().into_iter(),
            position: Some(position),
            ahead: None,
            total: None,
            fetched: 0,
            canceller: Canceller::new(&Arc::default()),
        })
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// Whatever a read can fail with; [`Status::Cancelled`] once the cursor was cancelled. The cursor
    /// stays where it was.
    pub fn next_record(&mut self) -> Result<Option<Record>> {
        if self.canceller.pid != process_id() {
            let message = "the cursor belongs to the process that made it";
            return Err(Error::new(Status::Closed, message));
        }
        loop {
            if self.canceller.has_cancelled() {
                return Err(Error::new(Status::Cancelled, "the cursor was cancelled"));
            }
            if let Some(record) = self.rows.next() {
                self.fetched += 1;
                return Ok(Some(record));
            }
            let Some(position) = self.position.clone() else {
                return Ok(None);
            };
            let connection = Arc::clone(&self.connection);
            let _call = connection.enter_around()?;
            let ahead = self.ahead.take().map(background::Job::wait);
            self.connection.tell_waiting_lines(&self.listeners);
            let page = match ahead {
                Some(Ok(Ahead::Page(page))) => page?,
                // Not fetched ahead, or not to be fetched without this thread.
                _ => self.fetch(&position)?,
            };
            self.turn_to(page);
        }
    }

    /// How many rows the query matches by the instance's count, which may hold rows that this user may
    /// not see. `None` before the first page, and where the instance does not count.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// How many rows were given out so far.
    #[must_use]
    pub fn fetched(&self) -> u64 {
        self.fetched
    }

    /// What ends this cursor from another thread.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    fn fetch(&self, position: &Position) -> Result<Page> {
        let request = self.request(position)?;
        let caller = self
            .connection
            .caller(Some(&self.canceller.cancel), Some(&self.listeners))
            .until(self.until);
        let left = self.left();
        let read = |answer: &mut RowStream| Page::read(answer, position, left);
        self.connection.read_rows(&request, caller, read)
    }

    fn turn_to(&mut self, page: Page) {
        self.total = self.total.or(page.total);
        self.position = page.next;
        self.rows = page.rows.into_iter();
        self.ahead = self.fetch_ahead();
    }

    /// Starts on the next page. Where no thread can be had, it is fetched when it is needed.
    fn fetch_ahead(&self) -> Option<background::Job<Ahead>> {
        let position = self.position.clone()?;
        let request = self.request(&position).ok()?;
        let left = self.left();
        let connection = Arc::clone(&self.connection);
        let (cancel, until) = (Arc::clone(&self.canceller.cancel), self.until);
        let work = move || {
            let read = |answer: &mut RowStream| Page::read(answer, &position, left);
            match connection.read_rows_unattended(&request, &cancel, until, read) {
                Unattended::Ended(page) => Ahead::Page(page),
                Unattended::NeedsCaller => Ahead::NeedsCaller,
            }
        };
        self.connection.start("snow-ahead", work).ok()
    }

    fn request(&self, position: &Position) -> Result<Request> {
        let request = Request::new(Method::GET, self.path.iter().map(String::as_str));
        Ok(request.params(position.params(&self.query)?))
    }

    /// How many rows the caller still wants, counting those at hand as given.
    fn left(&self) -> Option<u64> {
        let given = self.fetched + self.rows.len() as u64;
        self.query
            .row_limit()
            .map(|limit| limit.saturating_sub(given))
    }
}

impl Page {
    fn read(answer: &mut RowStream, position: &Position, left: Option<u64>) -> Result<Page> {
        answer.expect_at_most(position.rows());
        let total = answer.head().total_count();
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some(more) = answer.next_rows()? {
            bytes += more.bytes();
            if bytes > MOST_HELD {
                let message = "a page is larger than 256 MiB, the most that is held; ask for fewer rows at a time";
                return Err(answer.head().unexpected(message));
            }
            rows.extend(more.records());
        }
        // One that is empty is none to go on after.
        let last_sys_id = rows.iter().rev().find_map(|row| {
            let key = row.get("sys_id").filter(|key| !key.is_empty());
            key.map(String::from)
        });
        let received = Received {
            rows: rows.len() as u64,
            last_sys_id: last_sys_id.as_deref(),
            is_sorted: are_sorted(rows.iter().filter_map(|row| row.get("sys_id"))),
            total,
        };
        // A row of which this user may read no field tells nothing.
        rows.retain(|row| row.field_count() > 0);
        if let Some(left) = left {
            rows.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        }
        let left = left.map(|left| left.saturating_sub(rows.len() as u64));
        let next = position
            .next(&received, left)
            .map_err(|error| answer.head().tells(error))?;
        let total = total.filter(|_| position.counts_all());
        Ok(Page { rows, total, next })
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.canceller.cancel();
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor")
            .field("path", &self.path.join("/"))
            .field("total", &self.total)
            .field("fetched", &self.fetched)
            .finish_non_exhaustive()
    }
}
