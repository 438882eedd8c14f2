//! The rows of an export, as Arrow record batches.

use std::fmt;
use std::io;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};

use crate::error::{Error, Result};
use crate::export::running::Running;
use crate::table::Canceller;

/// The rows of an export, as Arrow record batches. Dropping it ends what is under way, without waiting.
pub struct ArrowBatches {
    schema: SchemaRef,
    running: Running<RecordBatch>,
    given: u64,
}

impl ArrowBatches {
    pub(super) fn new(schema: SchemaRef, running: Running<RecordBatch>) -> ArrowBatches {
        ArrowBatches {
            schema,
            running,
            given: 0,
        }
    }

    /// The next rows, at least one; `None` after the last.
    ///
    /// # Errors
    /// As [`crate::ExportRows::next_record`]. What was not read yet is read when it is called again.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        self.running.check()?;
        let left = self.running.source().most() - self.given;
        if left == 0 {
            self.running.end()?;
            return Ok(None);
        }
        let Some(batch) = self.running.next()? else {
            return Ok(None);
        };
        // Several connections may have read more than were wanted.
        let rows = batch
            .num_rows()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        self.given += rows as u64;
        Ok(Some(match rows == batch.num_rows() {
            true => batch,
            false => batch.slice(0, rows),
        }))
    }

    /// What ends this from another thread.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.running.canceller()
    }
}

impl Iterator for ArrowBatches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().map_err(arrow_error).transpose()
    }
}

impl RecordBatchReader for ArrowBatches {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

/// The same for consumers of Arrow, to whom everything that can go wrong here is input that does not come.
fn arrow_error(error: Error) -> ArrowError {
    let message = format!("{} ({})", error.message(), error.status().name());
    ArrowError::IoError(message, io::Error::other(error))
}

impl fmt::Debug for ArrowBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrowBatches")
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}
