//! The rows of an export, one by one.

use std::fmt;
use std::ops::Range;

use super::reader::Maker;
use super::running::Running;
use crate::error::{Error, Result, Status};
use crate::record::Record;
use crate::record::row::Rows;
use crate::table::Canceller;

/// The rows of an export, one by one. Dropping it ends what is under way, without waiting.
pub struct ExportRows {
    running: Running<Block>,
    rows: Option<Block>,
    next: usize,
    given: u64,
}

/// Rows, and how many of them count.
pub(super) type Block = (Rows, usize);

/// Hands blocks on as they are.
pub(super) struct Blocks;

/// How many blocks there are, whatever the number of connections. The caller is woken when half of them are full, which
/// costs as much as to read one.
pub(super) const ROOM: usize = 12;

impl Maker<Block> for Blocks {
    fn take(&mut self, rows: &Rows, some: Range<usize>) -> Result<Option<(Block, usize)>> {
        Ok((!some.is_empty()).then(|| ((rows.clone(), some.end), some.end)))
    }

    fn rest(&mut self) -> Result<Option<Block>> {
        Ok(None)
    }
}

impl ExportRows {
    pub(super) fn new(running: Running<Block>) -> ExportRows {
        ExportRows {
            running,
            rows: None,
            next: 0,
            given: 0,
        }
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// Whatever a read can fail with; [`Status::Cancelled`] once it was cancelled; [`Status::Closed`] in a forked
    /// child; [`Status::QueryIgnored`] where the instance leaves out a part of the query, before the first row or at
    /// the end, or what it is asked of `sys_id`; [`Status::Incomplete`] where rows are missing at the end that
    /// nothing explains. What was not read yet is read when it is called again.
    pub fn next_record(&mut self) -> Result<Option<Record>> {
        self.running.check()?;
        if self.given == self.running.source().most() {
            self.running.end()?;
        }
        loop {
            if self.running.is_over() {
                return Ok(None);
            }
            while let Some((rows, count)) = &self.rows
                && self.next < *count
            {
                let record = match rows.record(self.next) {
                    Some(Ok(record)) => record,
                    Some(Err(problem)) => {
                        let message = format!("a row cannot be read: {problem}");
                        return Err(Error::new(Status::UnexpectedAnswer, message));
                    }
                    None => break,
                };
                self.next += 1;
                if record.field_count() == 0 {
                    // A row of which this user may read no field tells nothing.
                    self.running.counts().received_is_hidden();
                    continue;
                }
                self.given += 1;
                return Ok(Some(record));
            }
            // What is done with is free to be filled again.
            self.rows = None;
            self.rows = self.running.next()?;
            self.next = 0;
        }
    }

    /// How many rows the instance counted at the beginning; `None` before it has, and where it does not.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.running.counts().expected()
    }

    /// How many rows were given out so far.
    #[must_use]
    pub fn fetched(&self) -> u64 {
        self.given
    }

    /// What ends this from another thread.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.running.canceller()
    }
}

impl fmt::Debug for ExportRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportRows")
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}
