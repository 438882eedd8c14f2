//! The calls that are under way, so that closing can wait for them.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::runtime::background;

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
    /// On which threads they are; more than once where a callback calls.
    under_way: Vec<ThisThread>,
    /// On which threads calls are that make others, and run callbacks between these.
    around: Vec<ThisThread>,
    /// How many threads wait until there is none.
    waiting: usize,
}

/// A thread, as long as it is there.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ThisThread {
    address: usize,
}

/// A call under way, on the thread that began it; dropping it ends it.
pub(crate) struct ActiveCall<'a> {
    calls: &'a Calls,
    thread: ThisThread,
    is_around: bool,
    is_part: bool,
    /// It ends where it began.
    _stays: PhantomData<*const ()>,
}

thread_local! {
    /// Each thread has it elsewhere, and to its very end: nothing of it is dropped before other destructors of the
    /// thread's data run (`pthread_key_create()`), which may call.
    static HERE: Cell<u8> = const { Cell::new(0) };
}

impl ThisThread {
    fn get() -> ThisThread {
        ThisThread {
            address: HERE.with(|here| ptr::from_ref(here).addr()),
        }
    }
}

impl Calls {
    pub(super) fn enter(&self) -> ActiveCall<'_> {
        self.begin(false)
    }

    /// A call that makes others, with which it is one.
    pub(super) fn enter_around(&self) -> ActiveCall<'_> {
        self.begin(true)
    }

    fn begin(&self, is_around: bool) -> ActiveCall<'_> {
        let thread = ThisThread::get();
        let mut counts = self.counts();
        // Background work is a part of the call that waits for it.
        let is_awaited = background::is_here() && !counts.around.is_empty();
        let is_part = is_awaited || counts.are_on(thread);
        counts.of(is_around).push(thread);
        ActiveCall {
            calls: self,
            thread,
            is_around,
            is_part,
            _stays: PhantomData,
        }
    }

    /// Whether this thread is inside a call, which means that it runs a callback of the caller's.
    pub(super) fn is_inside(&self) -> bool {
        self.counts().are_on(ThisThread::get())
    }

    pub(super) fn under_way(&self) -> u64 {
        let counts = self.counts();
        // A call that makes others may make one that does so too.
        let is_alone = |(at, on): &(usize, &ThisThread)| {
            !counts.under_way.contains(on) && !counts.around[..*at].contains(on)
        };
        let alone = counts.around.iter().enumerate().filter(is_alone).count();
        (counts.under_way.len() + alone) as u64
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
            .wait_timeout_while(counts, limit, |counts| !counts.are_none())
            .unwrap_or_else(PoisonError::into_inner);
        counts.waiting -= 1;
        counts.are_none()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ActiveCall<'_> {
    /// Whether it is made inside another one or for it, or by a callback of the caller's.
    pub(super) fn is_part(&self) -> bool {
        self.is_part
    }
}

impl Counts {
    fn are_on(&self, thread: ThisThread) -> bool {
        self.under_way.contains(&thread) || self.around.contains(&thread)
    }

    fn of(&mut self, is_around: bool) -> &mut Vec<ThisThread> {
        match is_around {
            true => &mut self.around,
            false => &mut self.under_way,
        }
    }

    fn are_none(&self) -> bool {
        self.under_way.is_empty() && self.around.is_empty()
    }
}

impl Drop for ActiveCall<'_> {
    fn drop(&mut self) {
        let mut counts = self.calls.counts();
        let threads = counts.of(self.is_around);
        let place = threads.iter().position(|on| *on == self.thread);
        place.map(|place| threads.swap_remove(place));
        // Telling nobody would be a system call all the same.
        if counts.waiting > 0 {
            self.calls.ended.notify_all();
        }
    }
}
