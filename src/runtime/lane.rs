//! A lane: a current-thread tokio runtime and what lives on it, used by one call at a time.
//!
//! A call takes a lane, drives it on its own thread and gives it back. A thread prefers the lane it
//! used last, since lanes that wander between threads cost half as much CPU again; else it takes any
//! free one, else it makes one (about 15 µs). A lane that nobody drives is not polled, so its idle
//! sockets linger: whoever gives a lane back drops those that were unused for a minute.
//!
//! Connections die with the runtime that made them, which is why a lane owns both.

mod alarm;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::mem;
use std::panic::{self, UnwindSafe};
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use super::background::NoThread;
use super::limits::{Interrupted, Limits, unless_cancelled};
use super::main_thread;
use super::tokio_thread::with_tokio;
use crate::sync::{Mutex, MutexGuard, RwLock};
use alarm::Alarm;

/// How long a lane, and a connection on it, may have been idle.
pub(crate) const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// The lanes of one client in one process; `C` is what makes connections on a lane's runtime.
pub(crate) struct Lanes<C> {
    slots: Arc<Slots<C>>,
}

type Slots<C> = RwLock<Vec<Mutex<Slot<C>>>>;

enum Slot<C> {
    /// Its lane was dropped; a new lane may have the place.
    Vacant,
    /// A call has its lane.
    Leased,
    Parked(Lane<C>, Instant),
}

struct Lane<C> {
    // Some until it is dropped.
    runtime: Option<Runtime>,
    // Some once the lane is whole.
    connector: Option<C>,
    alarm: Mutex<Alarm>,
}

/// A lane that this call has to itself, on whatever thread it goes on; dropping it gives the lane back.
pub(crate) struct Lease<C> {
    lanes: Lanes<C>,
    slot: usize,
    // Some until it is given back.
    lane: Option<Lane<C>>,
}

crate::sync::thread_local! {
    /// The slot of the lane that this thread used last; a hint for every client alike.
    static LAST_SLOT: Cell<usize> = const { Cell::new(0) };
}

impl<C> Clone for Lanes<C> {
    fn clone(&self) -> Lanes<C> {
        Lanes {
            slots: Arc::clone(&self.slots),
        }
    }
}

impl<C> Default for Lanes<C> {
    fn default() -> Lanes<C> {
        Lanes {
            slots: Arc::default(),
        }
    }
}

impl<C> Lanes<C> {
    /// Takes a free lane, or makes one; `connect` gets to run inside the new lane's runtime.
    pub(crate) fn lease<E>(
        &self,
        connect: impl FnOnce() -> Result<C, E> + Send,
    ) -> Result<Lease<C>, LeaseError<E>>
    where
        C: Send,
        E: Send,
    {
        main_thread::show_to_leak_checkers();
        if let Some((slot, lane)) = self.take_parked() {
            LAST_SLOT.with(|last| last.set(slot));
            return Ok(Lease {
                lanes: self.clone(),
                slot,
                lane: Some(lane),
            });
        }
        let lane = with_tokio(|| Lane::make(connect)).map_err(LeaseError::NoThread)??;
        let slot = self.place();
        LAST_SLOT.with(|last| last.set(slot));
        Ok(Lease {
            lanes: self.clone(),
            slot,
            lane: Some(lane),
        })
    }

    fn take_parked(&self) -> Option<(usize, Lane<C>)> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let count = slots.len();
        let first = LAST_SLOT.with(Cell::get);
        (0..count).find_map(|step| {
            let index = (first + step) % count;
            // A slot that is locked is being used this moment: the next one will do.
            let mut slot = slots[index].try_lock().ok()?;
            match mem::replace(&mut *slot, Slot::Leased) {
                Slot::Parked(lane, _) => Some((index, lane)),
                other => {
                    *slot = other;
                    None
                }
            }
        })
    }

    /// A place for a lane that was just made.
    fn place(&self) -> usize {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        for (index, slot) in slots.iter_mut().enumerate() {
            let slot = slot.get_mut().unwrap_or_else(PoisonError::into_inner);
            if matches!(slot, Slot::Vacant) {
                *slot = Slot::Leased;
                return index;
            }
        }
        slots.push(Mutex::new(Slot::Leased));
        slots.len() - 1
    }

    /// Ends the lanes that no call has, and closes their connections.
    pub(crate) fn end_idle(&self) {
        self.end_parked(|_| true);
    }

    fn give_back(&self, index: usize, content: Slot<C>) {
        let now = Instant::now();
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        *slots[index].lock().unwrap_or_else(PoisonError::into_inner) = content;
        drop(slots);
        self.end_parked(|since| now.duration_since(since) > IDLE_LIMIT);
    }

    /// Ends the lanes of which this holds that have been idle since then.
    fn end_parked(&self, has_to_end: impl Fn(Instant) -> bool) {
        let mut idle = Vec::new();
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        for slot in slots.iter() {
            // One that is locked is being used this moment.
            let Ok(mut slot) = slot.try_lock() else {
                continue;
            };
            if matches!(&*slot, Slot::Parked(_, since) if has_to_end(*since)) {
                idle.push(mem::replace(&mut *slot, Slot::Vacant));
            }
        }
        drop(slots);
        drop(idle); // closes sockets, so with no lock held
    }
}

/// Why no lane could be had.
#[derive(Debug)]
pub(crate) enum LeaseError<E> {
    NoThread(NoThread),
    Runtime(io::Error),
    Connector(E),
}

impl<C> Lease<C> {
    pub(crate) fn connector(&self) -> &C {
        let connector = self.lane().connector.as_ref();
        connector.expect("a leased lane is whole")
    }

    /// Ends the lane and closes its connection, in place of giving it back.
    pub(crate) fn close(mut self) {
        drop(self.lane.take());
        self.lanes.give_back(self.slot, Slot::Vacant);
    }

    fn lane(&self) -> &Lane<C> {
        self.lane
            .as_ref()
            .expect("a lease has its lane until it is dropped")
    }

    /// Drives a future on the calling thread until it ends or a limit is met.
    ///
    /// Yields once first: a connection that the instance closed while nobody drove the lane is
    /// noticed then; without that every call that meets one fails.
    pub(crate) fn drive<F>(&self, limits: Limits<'_>, future: F) -> Result<F::Output, Interrupted>
    where
        F: Future + Send,
        F::Output: Send,
        C: Sync,
    {
        let (runtime, kept) = (self.lane().runtime(), &self.lane().alarm);
        // It is as large as all that it may wait for, and whatever wraps it holds it twice: too much for a
        // thread with a small stack.
        let future = Box::pin(future);
        let limited = async {
            tokio::task::yield_now().await;
            let mut call = pin!(unless_cancelled(limits.cancels, future));
            let mut alarm = mem::take(&mut *lock(kept));
            let outcome = poll_fn(|context| {
                if let Poll::Ready(outcome) = call.as_mut().poll(context) {
                    return Poll::Ready(outcome);
                }
                // A call for which there is always more at hand uses up what a round may do, and leaves none to a
                // timer.
                if let Some(interrupted) = limits.reached() {
                    return Poll::Ready(Err(interrupted));
                }
                match limits.deadline {
                    Some(deadline) => alarm
                        .poll(deadline, context)
                        .map(|()| Err(Interrupted::DeadlinePassed)),
                    None => Poll::Pending,
                }
            })
            .await;
            *lock(kept) = alarm;
            outcome
        };
        with_tokio(|| runtime.block_on(limited)).map_err(Interrupted::NoThread)?
    }
}

impl<C> Drop for Lease<C> {
    fn drop(&mut self) {
        let Some(lane) = self.lane.take() else { return };
        // After a panic inside the call the state of the lane's tasks is anybody's guess.
        let content = match thread::panicking() {
            true => Slot::Vacant,
            false => Slot::Parked(lane, Instant::now()),
        };
        self.lanes.give_back(self.slot, content);
    }
}

impl<C> Lane<C> {
    fn make<E>(connect: impl FnOnce() -> Result<C, E>) -> Result<Lane<C>, LeaseError<E>> {
        let build = || Builder::new_current_thread().enable_all().build();
        let runtime = error_of_panic(build).map_err(LeaseError::Runtime)?;
        // From here on the runtime is ended as a lane ends it.
        let mut lane = Lane {
            runtime: Some(runtime),
            connector: None,
            alarm: Mutex::default(),
        };
        lane.connector = Some({
            let _inside = lane.runtime().enter();
            connect().map_err(LeaseError::Connector)?
        });
        Ok(lane)
    }

    fn runtime(&self) -> &Runtime {
        self.runtime
            .as_ref()
            .expect("a lane has its runtime until it is dropped")
    }
}

impl<C> Drop for Lane<C> {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Plain dropping waits for blocking tasks, and panics inside a host's runtime.
            runtime.shutdown_background();
        }
    }
}

/// In a host that uses tokio for signals its first runtime opens a pipe for them, and where there is no descriptor for
/// that it panics.
fn error_of_panic<T>(make: impl FnOnce() -> io::Result<T> + UnwindSafe) -> io::Result<T> {
    panic::catch_unwind(make).unwrap_or_else(|panic| {
        let words = panic.downcast::<String>();
        Err(io::Error::other(
            words.map_or_else(|_| "tokio panicked".into(), |words| *words),
        ))
    })
}

fn lock(alarm: &Mutex<Alarm>) -> MutexGuard<'_, Alarm> {
    alarm.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, feature = "interleavings"))]
mod interleavings;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Cancel;
    use std::convert::Infallible;

    fn lease(lanes: &Lanes<usize>) -> Lease<usize> {
        lanes
            .lease(|| Ok::<_, Infallible>(0))
            .expect("a lane can always be made")
    }

    #[test]
    fn a_thread_gets_its_last_lane_again() {
        let lanes = Lanes::default();
        let (one, two) = (lease(&lanes), lease(&lanes));
        let last = two.slot;
        drop((one, two));
        assert_eq!(lease(&lanes).slot, last);
    }

    #[test]
    fn calls_at_the_same_time_have_lanes_of_their_own() {
        let lanes = Lanes::default();
        let (one, two) = (lease(&lanes), lease(&lanes));
        assert_ne!(one.slot, two.slot);
    }

    #[test]
    fn a_lane_that_idles_is_dropped_and_its_place_used_again() {
        let lanes = Lanes::default();
        let (one, two) = (lease(&lanes), lease(&lanes));
        let (first, second) = (one.slot, two.slot);
        drop(one);
        let long_ago = Instant::now()
            .checked_sub(IDLE_LIMIT * 2)
            .expect("a clock that runs");
        for slot in lanes.slots.write().expect("no panic").iter_mut() {
            if let Slot::Parked(_, since) = slot.get_mut().expect("no panic") {
                *since = long_ago;
            }
        }
        drop(two);
        let is_vacant = |slot: &Mutex<_>| matches!(*slot.lock().expect("no panic"), Slot::Vacant);
        assert!(is_vacant(&lanes.slots.read().expect("no panic")[first]));
        let (one, two) = (lease(&lanes), lease(&lanes));
        assert_eq!((one.slot, two.slot), (second, first));
        assert_eq!(lanes.slots.read().expect("no panic").len(), 2);
    }

    #[test]
    fn a_lane_that_saw_a_panic_is_not_used_again() {
        let lanes = Lanes::default();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let lease = lease(&lanes);
            lease.drive(Limits::NONE, async { panic!("inside a call") })
        }));
        assert!(panicked.is_err());
        assert!(lanes.take_parked().is_none());
        assert_eq!(lease(&lanes).drive(Limits::NONE, async { 1 }), Ok(1));
    }

    #[test]
    fn a_runtime_whose_making_panics_is_one_that_cannot_be_made() {
        let reason = "too many open files";
        let make = || -> io::Result<()> { panic!("no pipe: {reason}") };
        let error = error_of_panic(make).expect_err("none was made");
        assert_eq!(error.to_string(), "no pipe: too many open files");
    }

    #[test]
    fn a_call_ends_at_its_deadline() {
        let lanes = Lanes::default();
        let limits = Limits {
            deadline: Some(Instant::now()),
            cancels: [None; 2],
        };
        let never = std::future::pending::<()>();
        assert_eq!(
            lease(&lanes).drive(limits, never),
            Err(Interrupted::DeadlinePassed)
        );
    }

    #[test]
    fn a_call_ends_when_it_is_cancelled_from_another_thread() {
        let (lanes, cancel) = (Lanes::default(), Cancel::default());
        thread::scope(|scope| {
            let call = scope.spawn(|| {
                let limits = Limits {
                    deadline: None,
                    cancels: [Some(&cancel), None],
                };
                lease(&lanes).drive(limits, std::future::pending::<()>())
            });
            cancel.cancel();
            assert_eq!(call.join().expect("no panic"), Err(Interrupted::Cancelled));
        });
    }

    #[test]
    fn a_host_inside_its_own_runtime_can_call() {
        let host = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let lanes = Lanes::default();
        let answer = host.block_on(async { lease(&lanes).drive(Limits::NONE, async { 42 }) });
        assert_eq!(answer, Ok(42));
    }
}
