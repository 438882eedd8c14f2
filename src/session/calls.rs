//! The calls that are under way, so that closing can wait for them.

use std::cell::RefCell;
use std::marker::PhantomData;
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
        *self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += 1;
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
        let address = self.calls.address();
        INSIDE.with_borrow_mut(|inside| {
            if let Some(last) = inside.iter().rposition(|inside| *inside == address) {
                inside.remove(last);
            }
        });
        *self
            .calls
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner) -= 1;
        self.calls.ended.notify_all();
    }
}
