//! All rows of a table that a query matches, read over several connections at once.
//!
//! [`plan`] divides the work, each [`reader`] is a thread with a connection of its own, [`shared`] is what
//! they and the caller have in common. At its end an export is held against what the instance counted.

mod arrow;
mod count;
mod keyless;
mod keys;
mod page_size;
mod plan;
mod reader;
mod rows;
mod running;
mod shards;
mod shared;
mod source;
mod walk;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use arrow::ArrowBatches;
use count::Counts;
pub use count::ExportCount;
use reader::Makers;
pub use rows::ExportRows;
use running::{Manner, Running};
use source::Source;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::query::Query;

/// In what order an export gives its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportOrder {
    /// As they come. The fastest.
    Any,
    /// By `sys_id`.
    SysId,
    /// As the query says. The keys of all rows are read first, and kept: some 30 bytes a row. A row that matches no
    /// longer when its turn comes is not given, unless the conditions are too long to stand beside keys.
    Query,
}

/// How far an export is.
#[derive(Clone, Copy, Debug)]
pub struct ExportProgress {
    /// Rows that came, as [`ExportCount::Received`].
    pub rows: u64,
    /// Bytes of all rows that came, as [`ExportCount::Bytes`].
    pub bytes: u64,
    /// Rows that the instance counted at the beginning, as [`ExportCount::Expected`]; 0 as long as it has not.
    pub expected: u64,
    /// The time since the first row was asked for.
    pub elapsed: Duration,
}

/// Is told how far an export is, at most ten times a second and at the end. It runs on the thread that takes
/// the rows. `Err` ends the export with that error.
pub type ExportProgressCallback = dyn Fn(ExportProgress) -> Result<()> + Send + Sync;

/// An export that is to be made: a table, a query, and how to read it.
///
/// It keeps count of the one that was begun last, also when that has ended.
pub struct Export {
    client: Client,
    source: Arc<Source>,
    connections: u32,
    /// `None` is the query's where it has one, else any.
    order: Option<ExportOrder>,
    all_text: bool,
    progress: Option<Arc<ExportProgressCallback>>,
    counts: Arc<Counts>,
}

impl Client {
    /// All rows of a table that a query matches, read over several connections at once:
    /// `GET /api/now/table/{table}`.
    ///
    /// No traffic happens before the first row is asked for.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the table name or the query cannot be used; a query with an
    /// offset is one of these.
    pub fn table_export(&self, table: &str, query: Option<&Query>) -> Result<Export> {
        Ok(Export {
            client: self.clone(),
            source: Arc::new(Source::new(table, query)?),
            connections: 4,
            order: None,
            all_text: false,
            progress: None,
            counts: Arc::default(),
        })
    }
}

impl Export {
    /// How many connections read at once. Default is 4, which is as many as a node of an instance works
    /// for at a time, by default.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where it is 0 or more than 64.
    pub fn set_connections(&mut self, connections: u32) -> Result<()> {
        if !(1..=64).contains(&connections) {
            let problem = format_args!("is {connections}; accepted are 1 to 64");
            return Err(Error::argument("connections", problem));
        }
        self.connections = connections;
        Ok(())
    }

    /// In what order rows are given. Default is that of the query, and any where it has none.
    pub fn set_order(&mut self, order: ExportOrder) {
        self.order = Some(order);
    }

    /// Tells `callback` how far the export is.
    pub fn set_progress_callback(&mut self, callback: Option<Arc<ExportProgressCallback>>) {
        self.progress = callback;
    }

    /// Begins: the rows, one by one. From here on [`Export::count`] counts these.
    #[must_use]
    pub fn rows(&mut self) -> ExportRows {
        let source = Arc::clone(&self.source);
        let makers = Arc::new(|_: &Arc<Counts>| Box::new(rows::Blocks) as Box<_>);
        ExportRows::new(self.begin(source, makers, rows::ROOM))
    }

    /// How many of something there were so far, or in all when the export has ended.
    #[must_use]
    pub fn count(&self, what: ExportCount) -> u64 {
        let count = self.counts.get(what);
        match what {
            ExportCount::Expected | ExportCount::Received => self.source.wanted_of(count),
            _ => count,
        }
    }

    fn begin<T: Send + 'static>(
        &mut self,
        source: Arc<Source>,
        makers: Arc<Makers<T>>,
        room: usize,
    ) -> Running<T> {
        // What was begun before goes on, and with it its counts.
        self.counts = Arc::default();
        let order = match self.source.query.has_order() {
            true => ExportOrder::Query,
            false => ExportOrder::Any,
        };
        Running::new(
            self.client.clone(),
            source,
            makers,
            Manner {
                order: self.order.unwrap_or(order),
                connections: self.connections as usize,
                room,
            },
            Arc::clone(&self.counts),
            self.progress.clone(),
        )
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("path", &self.source.path.join("/"))
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
