//! What an export has met so far, and what it is held against at its end.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::session::statistics::Counter;

/// Something that an export counts; [`super::Export::count`] tells how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportCount {
    /// Rows that the instance counted at the beginning, those among them that this user may not see; with a limit,
    /// no more than that.
    Expected,
    /// Rows that came; with a limit, no more than that.
    Received,
    /// Rows that the instance counts, and does not show to this user.
    Hidden,
    /// How many times a page broke off and was asked for again with half the rows.
    Halved,
    /// Pages that were asked for again.
    Retried,
    /// Requests that were made, those again among them: for rows, for keys, and to count.
    Requests,
    /// Bytes of the rows that came, as JSON text, unpacked.
    Bytes,
    /// Values that do not fit the type of their Arrow column, and are NULL there.
    Misfits,
}

/// The counters of an export that was begun: of each its own, for it is held against them.
#[derive(Debug, Default)]
pub(super) struct Counts {
    counters: [AtomicI64; 8],
    /// Added to where requests are made.
    pub(super) requests: Counter,
    /// Whether the instance counted: none is a number of rows too.
    is_expected: AtomicBool,
}

impl Counts {
    pub(super) fn add(&self, what: ExportCount, count: u64) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.of(what).fetch_add(count, Ordering::Relaxed);
    }

    /// The instance counted rows that were not known of.
    pub(super) fn add_expected(&self, rows: u64) {
        self.add(ExportCount::Expected, rows);
        self.is_expected.store(true, Ordering::Relaxed);
    }

    /// How many rows the instance counted, if it has.
    pub(super) fn expected(&self) -> Option<u64> {
        let is_expected = self.is_expected.load(Ordering::Relaxed);
        is_expected.then(|| self.get(ExportCount::Expected))
    }

    /// Rows turned out to be hidden, or fewer than was thought.
    pub(super) fn add_hidden(&self, rows: i64) {
        self.of(ExportCount::Hidden)
            .fetch_add(rows, Ordering::Relaxed);
    }

    pub(super) fn get(&self, what: ExportCount) -> u64 {
        if what == ExportCount::Requests {
            return self.requests.get();
        }
        u64::try_from(self.of(what).load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// A row came that shows nothing of itself.
    pub(super) fn received_is_hidden(&self) {
        self.of(ExportCount::Received)
            .fetch_sub(1, Ordering::Relaxed);
        self.add(ExportCount::Hidden, 1);
    }

    fn of(&self, what: ExportCount) -> &AtomicI64 {
        &self.counters[what as usize]
    }
}
