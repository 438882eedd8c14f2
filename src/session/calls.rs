//! The calls that are under way, so that closing can wait for them.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The calls under way.
#[derive(Default)]
pub(super) struct Calls {
    counts: Mutex<Counts>,
    ended: Condvar,
    /// How many there ever were.
    count: AtomicU64,
}

#[derive(Default)]
struct Counts {
    under_way: usize,
    /// How many threads wait until there is none.
    waiting: usize,
}

/// A call under way, on the thread that began it; dropping it ends it.
pub(super) struct ActiveCall<'a> {
    calls: &'a Calls,
    /// It is counted for its thread.
    _thread: PhantomData<*const ()>,
}

thread_local! {
    /// Whose calls this thread is inside of, by their addresses.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

impl Calls {
    pub(super) fn enter(&self) -> ActiveCall<'_> {
        self.counts().under_way += 1;
        INSIDE.with_borrow_mut(|inside| inside.push(self.address()));
        ActiveCall {
            calls: self,
            _thread: PhantomData,
        }
    }

    /// Whether this thread is inside a call, which means that it runs a callback of the caller's.
    pub(super) fn is_inside(&self) -> bool {
        INSIDE.with_borrow(|inside| inside.contains(&self.address()))
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(super) fn under_way(&self) -> u64 {
        self.counts().under_way as u64
    }

    /// A number for a new attempt at something.
    pub(super) fn number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether all ended within the time.
    pub(super) fn wait_until_none(&self, limit: Duration) -> bool {
        let mut counts = self.counts();
        counts.waiting += 1;
        let (mut counts, _) = self
            .ended
            .wait_timeout_while(counts, limit, |counts| counts.under_way > 0)
            .unwrap_or_else(PoisonError::into_inner);
        counts.waiting -= 1;
        counts.under_way == 0
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ActiveCall<'_> {
    fn drop(&mut self) {
        let address = self.calls.address();
        INSIDE.with_borrow_mut(|inside| {
            if let Some(last) = inside.iter().rposition(|inside| *inside == address) {
                inside.remove(last);
            }
        });
        let mut counts = self.calls.counts();
        counts.under_way -= 1;
        // Telling nobody would be a system call all the same.
        if counts.waiting > 0 {
            self.calls.ended.notify_all();
        }
    }
}
