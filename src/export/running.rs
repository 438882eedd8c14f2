//! An export under way, as its caller sees it.
//!
//! The threads start when the first row is asked for. Where one needs a token, the caller's thread gets it,
//! for only there a callback may run. After an error the threads have ended, and what is left stands where
//! it was: the next call starts them again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::count::{Counts, ExportCount};
use super::keyless;
use super::page_size::PageSize;
use super::plan::Plan;
use super::reader::{KEYS, Makers, Reader};
use super::shared::{Found, Reading, Shared};
use super::source::Source;
use super::{ExportOrder, ExportProgress, ExportProgressCallback};
use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::progress::Watch;
use crate::query::params::Params;
use crate::response::Response;
use crate::runtime::background::Job;
use crate::runtime::fork::{ProcessId, process_id};
use crate::table::{Canceller, left_out};

pub(super) struct Running<T> {
    client: Client,
    source: Arc<Source>,
    makers: Arc<Makers<T>>,
    manner: Manner,
    shared: Arc<Shared<T>>,
    canceller: Canceller,
    /// What was taken and not given yet.
    taken: VecDeque<T>,
    /// Those that were started last.
    readers: Vec<Job<()>>,
    watch: Watch<ExportProgressCallback>,
    begun: Option<Instant>,
    /// Whether the instance reads the query as it is meant.
    is_understood: bool,
    is_over: bool,
    pid: ProcessId,
}

/// How an export reads.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub(super) order: ExportOrder,
    pub(super) connections: usize,
    /// How many of the things that readers make may be there, and with the caller.
    pub(super) room: usize,
}

impl<T: Send + 'static> Running<T> {
    pub(super) fn new(
        client: Client,
        source: Arc<Source>,
        makers: Arc<Makers<T>>,
        manner: Manner,
        counts: Arc<Counts>,
        progress: Option<Arc<ExportProgressCallback>>,
    ) -> Running<T> {
        let plan = Plan::new(manner.order, &source, manner.connections);
        let shared = Arc::new(Shared::new(plan, manner.room, counts, Arc::default()));
        Running {
            client,
            source,
            makers,
            manner,
            canceller: Canceller::new(&shared.cancel),
            shared,
            taken: VecDeque::new(),
            readers: Vec::new(),
            watch: Watch::new(progress),
            begun: None,
            is_understood: false,
            is_over: false,
            pid: process_id(),
        }
    }

    /// What a reader made of rows, next; `None` at the end.
    ///
    /// # Errors
    /// Whatever a read can fail with; [`Status::QueryIgnored`] where the instance leaves out a part of the query;
    /// [`Status::Incomplete`] where rows are missing at the end.
    pub(super) fn next(&mut self) -> Result<Option<T>> {
        self.check()?;
        if self.is_over {
            return Ok(None);
        }
        let connection = Arc::clone(&self.client.connection);
        let _call = connection.enter_around()?;
        if !self.taken.is_empty() {
            self.tell(false)?;
            return Ok(self.taken.pop_front());
        }
        self.begun.get_or_insert_with(Instant::now);
        if !self.is_understood {
            self.hold_against_query()?;
            self.is_understood = true;
        }
        self.start_readers()?;
        loop {
            connection.tell_waiting_lines(&self.client.listeners);
            match self.shared.caller_waits(connection.ended())? {
                Found::Some(things) => {
                    self.taken = things;
                    self.tell(false)?;
                    return Ok(self.taken.pop_front());
                }
                Found::NeedsCaller => self.see_to_token(),
                Found::Failed(error) => {
                    self.let_readers_end();
                    return Err(error);
                }
                Found::End => {
                    // One that is in the middle of a request for nothing any more is not worth a wait.
                    if self.shared.lock().dividing == 0 {
                        self.let_readers_end();
                    }
                    // A field may have gone meanwhile, and its conditions with it.
                    self.hold_against_query()?;
                    self.hold_none_against_query()?;
                    self.hold_against_count()?;
                    self.is_over = true;
                    self.tell(true)?;
                    return Ok(None);
                }
            }
        }
    }

    /// Whether it may be taken from. A child that went on would give its parent's rows a second time.
    ///
    /// # Errors
    /// [`Status::Closed`] in a forked child, [`Status::Cancelled`] once it was cancelled.
    pub(super) fn check(&self) -> Result<()> {
        if self.pid != process_id() {
            let message = "the export belongs to the process that began it";
            return Err(Error::new(Status::Closed, message));
        }
        if self.canceller.has_cancelled() {
            return Err(Error::new(Status::Cancelled, "the export was cancelled"));
        }
        Ok(())
    }

    /// Ends reading: the caller has all that it wanted.
    pub(super) fn end(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.is_over, true) {
            self.shared.cancel.cancel();
            let connection = Arc::clone(&self.client.connection);
            let _call = connection.enter_around()?;
            self.tell(true)?;
        }
        Ok(())
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Waits for threads that have nothing more to do: a program that ends now would leave what they still hold
    /// to its end, and leak checkers tell of that.
    fn let_readers_end(&mut self) {
        for reader in self.readers.drain(..) {
            // One that panicked has told so.
            let _ = reader.wait();
        }
    }

    fn start_readers(&mut self) -> Result<()> {
        let running = self.shared.lock().readers();
        if running > 0 || self.shared.lock().plan.is_over() {
            return Ok(());
        }
        // Readers would end before their first request, as if the export had been cancelled.
        drop(self.client.connection.enter_around()?);
        self.readers.clear();
        for number in 0..self.manner.connections {
            let reader = Reader {
                connection: Arc::clone(&self.client.connection),
                source: Arc::clone(&self.source),
                maker: (self.makers)(&self.shared.counts),
                reading: Reading::new(&self.shared),
                rows: PageSize::new(self.source.page_size()),
                keys: PageSize::new(KEYS),
                came: 0,
            };
            let started = self.client.connection.start("snow-export", || reader.run());
            match started {
                Ok(job) => self.readers.push(job),
                // Those that could be started do it all.
                Err(_) if number > 0 => break,
                Err(none) => return Err(none.into()),
            }
        }
        Ok(())
    }

    /// Asks for a row, on the caller's thread, where a token may be renewed and its callback run.
    fn see_to_token(&self) {
        let params = self.source.key_page_params();
        match params.and_then(|params| self.count_now(params)) {
            Ok(_) => self.shared.with(|state| state.caller_came()),
            Err(error) => self.shared.fail(error),
        }
    }

    /// Tells the callback how far it is, if it is time to.
    fn tell(&mut self, is_end: bool) -> Result<()> {
        let now = Instant::now();
        let due = match is_end {
            true => self.watch.at_end(),
            false => self.watch.due(now),
        };
        let Some(progress) = due else {
            return Ok(());
        };
        let counts = self.counts();
        progress(ExportProgress {
            rows: self.source.wanted_of(counts.get(ExportCount::Received)),
            bytes: counts.get(ExportCount::Bytes),
            expected: self.source.wanted_of(counts.get(ExportCount::Expected)),
            elapsed: self.begun.map_or(Duration::ZERO, |begun| now - begun),
        })
    }

    fn hold_against_query(&self) -> Result<()> {
        left_out::check(&self.source.query, self.order_matters(), |conditions| {
            self.match_count(conditions)
        })
    }

    /// That there is no row, or none any more, may be how the instance answers a query that it cannot read.
    fn hold_none_against_query(&self) -> Result<()> {
        let counts = self.counts();
        let come = counts.get(ExportCount::Received) + counts.get(ExportCount::Hidden);
        if come > 0 && come >= counts.get(ExportCount::Expected) {
            return Ok(());
        }
        left_out::check_none(&self.source.query, self.order_matters(), |conditions| {
            self.match_count(conditions)
        })?;
        keyless::check_none(&self.source, |conditions| self.match_count(conditions))
    }

    fn order_matters(&self) -> bool {
        self.manner.order == ExportOrder::Query
    }

    fn match_count(&self, conditions: String) -> Result<Option<u64>> {
        self.count_now(self.source.query.one_key_params(conditions))
    }

    /// Where fewer rows came than were expected, and none was hidden, some were deleted meanwhile, or are
    /// missing. Those that were there before the export and still are tell which.
    fn hold_against_count(&self) -> Result<()> {
        let counts = self.counts();
        let come = counts.get(ExportCount::Received) + counts.get(ExportCount::Hidden);
        let Some(begun) = self
            .begun
            .filter(|_| come < counts.get(ExportCount::Expected))
        else {
            return Ok(());
        };
        let params = self.source.older_than_params(begun.elapsed())?;
        let Some(there) = self.count_now(params)?.filter(|there| *there > come) else {
            return Ok(());
        };
        let missing = there - come;
        let message = format!(
            "the export is not complete: {missing} of the {there} rows that were there all the time did not come"
        );
        Err(Error::new(Status::Incomplete, message))
    }

    /// How many rows the instance counts.
    fn count_now(&self, params: Params<'_>) -> Result<Option<u64>> {
        let request = self.source.request(params);
        let connection = &self.client.connection;
        let caller = connection
            .caller(Some(&self.shared.cancel), Some(&self.client.listeners))
            .counted_by(&self.shared.counts.requests);
        let total = |response: Response| Ok(response.head.total_count());
        connection.read(&request, caller, total)
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        // A forked child has no thread of the parent's to end, and may have inherited a lock inside.
        if self.pid == process_id() {
            self.shared.cancel.cancel();
        }
    }
}
