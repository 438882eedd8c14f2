//! The calls that are under way, so that closing can wait for them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The calls under way.
#[derive(Default)]
pub(super) struct Calls {
    under_way: Mutex<usize>,
    ended: Condvar,
    /// How many there ever were.
    count: AtomicU64,
}

/// A call under way; dropping it ends it.
pub(super) struct ActiveCall<'a>(&'a Calls);

impl Calls {
    pub(super) fn enter(&self) -> ActiveCall<'_> {
        *self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += 1;
        ActiveCall(self)
    }

    pub(super) fn under_way(&self) -> u64 {
        let under_way = self.under_way.lock();
        *under_way.unwrap_or_else(PoisonError::into_inner) as u64
    }

    /// A number for a new attempt at something.
    pub(super) fn number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether all ended within the time.
    pub(super) fn wait_until_none(&self, limit: Duration) -> bool {
        let under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (under_way, _) = self
            .ended
            .wait_timeout_while(under_way, limit, |count| *count > 0)
            .unwrap_or_else(PoisonError::into_inner);
        *under_way == 0
    }
}

impl Drop for ActiveCall<'_> {
    fn drop(&mut self) {
        *self
            .0
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.ended.notify_all();
    }
}
