//! A thread of an export: takes a unit, reads it page by page, takes the next.
//!
//! No caller's code runs here. A page that breaks off is asked for again from where it broke, with half the
//! rows, and the rows grow again with each two that go well.

mod scout;

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use http::StatusCode;

use super::count::{Counts, ExportCount};
use super::keyless;
use super::keys::Keys;
use super::page_size::PageSize;
use super::plan::{Job, Page};
use super::shared::{Reading, Shared};
use super::source::Source;
use super::walk::Shown;
use crate::error::{Error, Result, Status};
use crate::record::row::Rows;
use crate::request::Request;
use crate::response::RowStream;
use crate::runtime::processors::Processor;
use crate::session::connection::{Connection, Unattended};
use crate::session::transport::Pauses;
use crate::table::not_sorted;

/// Makes things of rows, on the thread that read them.
pub(super) trait Maker<T>: Send {
    /// Refuses rows of which it cannot take all that they hold, before any of them counts as one that came.
    fn check(&self, _: &Rows) -> Result<()> {
        Ok(())
    }

    /// Takes some rows of a block. Whether something is ready with them, and the first row then that it did not take.
    fn take(&mut self, rows: &Rows, some: Range<usize>) -> Result<Option<(T, usize)>>;

    /// What was taken and is not ready yet, at the end of a page or where that broke.
    fn rest(&mut self) -> Result<Option<T>>;
}

/// Gives each thread a maker of its own, which counts here.
pub(super) type Makers<T> = dyn Fn(&Arc<Counts>) -> Box<dyn Maker<T>> + Send + Sync;

pub(super) struct Reader<T> {
    pub(super) connection: Arc<Connection>,
    pub(super) source: Arc<Source>,
    pub(super) maker: Box<dyn Maker<T>>,
    pub(super) reading: Reading<T>,
    pub(super) rows: PageSize,
    pub(super) keys: PageSize,
    /// How many rows and keys came.
    pub(super) came: u64,
}

/// Why a page did not come to its end.
enum Stop {
    /// Reading is over, for whatever reason.
    Over,
    NeedsCaller,
    Broken {
        error: Error,
        /// Whether it is asked for with half the rows, if it is asked for again.
        is_halved: bool,
    },
    /// It would not be another if it were asked for again.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        match error.status() {
            Status::Cancelled => Stop::Over,
            _ => Stop::Broken {
                error,
                is_halved: false,
            },
        }
    }
}

/// How many keys are asked for at a time: they are small.
pub(super) const KEYS: u64 = 10_000;

impl<T: Send + 'static> Reader<T> {
    /// Reads until there is nothing left, or the export ends.
    pub(super) fn run(mut self) {
        while let Some(job) = self.next_job() {
            let outcome = match job {
                Ok(job) => self.work(job),
                Err(error) => Err(Stop::Failed(error)),
            };
            match outcome {
                Ok(()) => {}
                Err(Stop::Broken { error, .. } | Stop::Failed(error)) => {
                    return self.shared().fail(error);
                }
                Err(Stop::Over | Stop::NeedsCaller) => return,
            }
        }
    }

    fn shared(&self) -> &Shared<T> {
        &self.reading.0
    }

    /// `None` where there will be no other.
    fn next_job(&self) -> Option<Result<Job>> {
        let next = self.shared().reader_waits(
            self.connection.ended(),
            |state| match state.plan.next(&self.source) {
                Ok(None) if state.plan.is_over() => Some(None),
                Ok(job) => job.map(|job| Some(Ok(job))),
                Err(error) => Some(Some(Err(error))),
            },
            || {},
        );
        next.flatten()
    }

    fn work(&mut self, job: Job) -> Result<(), Stop> {
        match job {
            Job::Read(unit) => {
                let outcome = self.read(unit);
                self.shared().with(|state| state.plan.release(unit));
                outcome
            }
            Job::Scout => {
                let outcome = self.scout();
                self.shared().with(|state| state.plan.release_scout());
                outcome
            }
            Job::Divide {
                unit,
                request,
                rows_before,
                passed,
            } => {
                self.shared().lock().dividing += 1;
                let keys = self.repeated(|reader| reader.keys(&request));
                self.shared().lock().dividing -= 1;
                // Without it the unit stays whole, and that is all.
                let keys = match keys {
                    Err(Stop::Over) => return Err(Stop::Over),
                    keys => keys.unwrap_or_default(),
                };
                self.shared().with(|state| {
                    state.plan.divide_at(unit, &keys, rows_before, passed);
                });
                Ok(())
            }
        }
    }

    /// Reads a unit to its end.
    fn read(&mut self, unit: u64) -> Result<(), Stop> {
        while self.repeated(|reader| reader.read_page(unit))? {}
        Ok(())
    }

    /// Reads a page of a unit; whether there are more.
    fn read_page(&mut self, unit: u64) -> Result<bool, Stop> {
        let limit = self.rows.now.min(self.source.most());
        let page = self.shared().lock().plan.page(unit, limit, &self.source)?;
        let Some((mut page, request)) = page else {
            return Ok(false);
        };
        let read = self.read_rows(unit, &mut page, &request);
        // Rows that came before a break are not asked for again.
        let rest = self.maker.rest()?;
        let is_over = rest.is_some_and(|rest| !self.put(unit, rest, || {}));
        let read = if is_over { Err(Stop::Over) } else { read };
        match read {
            Ok(is_beyond) => {
                self.rows.went_well();
                Ok(self.shared().with(|state| {
                    let shown = match is_beyond {
                        true => Shown {
                            hidden: state.plan.is_read(unit),
                            is_over: true,
                        },
                        false => state.plan.ended(unit, &page),
                    };
                    self.shared().counts.add_hidden(shown.hidden);
                    !shown.is_over
                }))
            }
            Err(stop) => {
                self.shared().with(|state| state.plan.broke(unit, &page));
                Err(self.broke(stop, |reader| &mut reader.rows))
            }
        }
    }

    /// Hands the rows of a page on as they come. Whether another unit has those that follow.
    fn read_rows(&mut self, unit: u64, page: &mut Page, request: &Request) -> Result<bool, Stop> {
        let mut stream = self.open(request)?;
        let shared = Arc::clone(&self.reading.0);
        stream.share(&shared.unpackers, &shared.spares);
        let processor = shared.processors.one();
        stream.tell_of_pauses(Box::new(AtWork { shared, processor }));
        if let Some(total) = counted(&stream) {
            self.shared().with(|state| {
                let count = state.plan.counted(unit, page, total);
                self.shared().take_in(count);
            });
        }
        while let Some(rows) = next_rows(&mut stream)? {
            let look = rows.look();
            let most = self.source.most();
            let is_doubtful = self
                .shared()
                .lock()
                .plan
                .is_doubtful(unit, page, &rows, look, most);
            if is_doubtful {
                self.hold_to_keys(&mut stream)?;
            }
            // Of an instance that does not sort them, what is read after the last row of a page would be anything.
            if matches!(page, Page::Stretch(_)) && !look.are_sorted {
                return Err(self.not_sorted(&mut stream));
            }
            self.maker.check(&rows)?;
            let given = self.shared().lock().plan.came(unit, page, &rows)?;
            self.came += given.rows as u64;
            self.shared().add(ExportCount::Received, given.rows as u64);
            self.shared().add(ExportCount::Bytes, rows.bytes() as u64);
            let (mut first, mut is_over) = (0, false);
            while let Some((made, next)) = self.maker.take(&rows, first..given.rows)? {
                first = next;
                // Room comes when another reader gets on, for which it may need the turn and the processor.
                let no_room = || {
                    stream.end_turn();
                    stream.pauses().map(Pauses::begin);
                };
                // The rows after them came too, and are not asked for again.
                is_over |= !self.put(unit, made, no_room);
            }
            stream.pauses().map(Pauses::end);
            if is_over {
                return Err(Stop::Over);
            }
            if given.is_beyond {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Hands something on; whether to read on. Is told before it waits for room.
    fn put(&self, unit: u64, made: T, no_room: impl FnMut()) -> bool {
        self.shared()
            .put(self.connection.ended(), unit, made, no_room)
    }

    /// Finds out whether the instance holds to what it is asked of keys, where an answer makes that doubtful.
    fn hold_to_keys(&self, stream: &mut RowStream) -> Result<(), Stop> {
        let request = self.source.request(self.source.no_key_params()?);
        // The question needs a turn, and takes its time. Another reader may have the turn, and need the processor
        // to come to its end.
        stream.end_turn();
        stream.pauses().map(Pauses::begin);
        keyless::check(&self.source, &mut self.open(&request)?)?;
        stream.pauses().map(Pauses::end);
        self.shared().with(|state| state.plan.keys_hold());
        Ok(())
    }

    /// Why rows are in no order, which may be that the instance takes no notice of keys at all.
    fn not_sorted(&self, stream: &mut RowStream) -> Stop {
        match self.hold_to_keys(stream) {
            Err(stop) => stop,
            Ok(()) => Stop::Failed(stream.head().tells(not_sorted())),
        }
    }

    fn open(&self, request: &Request) -> Result<RowStream, Stop> {
        let shared = self.shared();
        match self
            .connection
            .open_unattended(request, &shared.cancel, &shared.counts.requests)
        {
            Unattended::NeedsCaller => Err(Stop::NeedsCaller),
            Unattended::Ended(stream) => Ok(RowStream::new(stream?)),
        }
    }

    /// Does something again, after the caller saw to the token or a page broke off, as long as there is
    /// hope.
    fn repeated<R>(
        &mut self,
        mut attempt: impl FnMut(&mut Reader<T>) -> Result<R, Stop>,
    ) -> Result<R, Stop> {
        let (mut failures, mut visits, mut came) = (0, 0, self.came);
        let patience = self.connection.limit().saturating_mul(CALLS);
        let mut since = Instant::now();
        loop {
            match attempt(self) {
                Ok(result) => return Ok(result),
                Err(stop @ (Stop::Over | Stop::Failed(_))) => return Err(stop),
                Err(Stop::NeedsCaller) => {
                    visits += 1;
                    if visits > VISITS {
                        let message = "the token is refused again and again";
                        return Err(Stop::Failed(Error::new(Status::NoToken, message)));
                    }
                    self.wait_for_caller()?;
                    since = Instant::now();
                }
                Err(Stop::Broken { error, is_halved }) => {
                    // A page that gets on, however slowly, gets to its end.
                    if self.came > came {
                        (failures, came, since) = (0, self.came, Instant::now());
                    }
                    failures += 1;
                    let is_worth_it =
                        is_of_its_size(&error) || error.status() == Status::RateLimited;
                    if !is_worth_it || failures > FAILURES {
                        return Err(Stop::Failed(error));
                    }
                    // The caller is told of that when this one has ended.
                    if self.shared().lock().has_failed() {
                        return Err(Stop::Over);
                    }
                    let cancel = &self.shared().cancel;
                    let passing = error.clone().with_retry(true, error.retry_after());
                    let left = patience.saturating_sub(since.elapsed());
                    if !self
                        .connection
                        .pause_before_another(&passing, 1, left, Some(cancel))
                    {
                        return Err(Stop::Failed(error));
                    }
                    self.shared().add(ExportCount::Retried, 1);
                    self.shared().add(ExportCount::Halved, is_halved.into());
                }
            }
        }
    }

    /// Halves the rows of a page that broke off, where fewer may help.
    fn broke(&mut self, stop: Stop, size: fn(&mut Reader<T>) -> &mut PageSize) -> Stop {
        match stop {
            Stop::Broken { error, .. } if is_of_its_size(&error) => Stop::Broken {
                error,
                is_halved: size(self).broke(),
            },
            stop => stop,
        }
    }

    fn wait_for_caller(&self) -> Result<(), Stop> {
        let visits = self.shared().with(|state| state.call_for_caller());
        let came = self.shared().reader_waits(
            self.connection.ended(),
            |state| (state.visits() > visits).then_some(()),
            || {},
        );
        came.ok_or(Stop::Over)
    }
}

/// A thread that reads the rows of a page, which is what takes a processor.
struct AtWork<T> {
    shared: Arc<Shared<T>>,
    processor: Processor,
}

impl<T: Send> Pauses for AtWork<T> {
    fn begin(&mut self) {
        self.processor.leave();
        self.shared.tell_caller();
    }

    fn end(&mut self) {
        self.processor.take();
    }
}

/// The next rows of an answer. A page of another kind in its place is there again the next time.
fn next_rows(stream: &mut RowStream) -> Result<Option<Rows>, Stop> {
    stream.next_rows().map_err(|error| {
        let head = stream.head();
        let is_list = head.status.is_success() && head.is_json();
        let is_other = error.status() == Status::UnexpectedAnswer && !is_list;
        match is_other {
            true => Stop::Failed(error),
            false => error.into(),
        }
    })
}

/// What a list says that the instance counts, which may be nothing. A failure says nothing of it, nor does a page of
/// another kind in its place.
fn counted(stream: &RowStream) -> Option<Option<u64>> {
    let head = stream.head();
    let is_list = head.status == StatusCode::OK && head.is_json();
    is_list.then(|| head.total_count())
}

/// How often the caller may see to the token for one page.
const VISITS: u32 = 3;

/// How often one page may break off: down to one row, and a few times there.
const FAILURES: u32 = 16;

/// How often the time of a whole call may go by without another row. A page that takes too long is halved and asked
/// for again, for which once is not enough.
const CALLS: u32 = 4;

/// Whether a page broke off for what it was to hold, or how long it took, and fewer rows may get through.
/// An instance that breaks off leaves JSON behind that is none.
fn is_of_its_size(error: &Error) -> bool {
    matches!(
        error.status(),
        Status::CutBody
            | Status::Network
            | Status::Timeout
            | Status::TransactionCancelled
            | Status::PartialResult
            | Status::UnexpectedAnswer
    )
}

#[cfg(test)]
mod tests;
