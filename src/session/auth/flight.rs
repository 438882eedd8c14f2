//! Who renews a token right now.
//!
//! One thread leads, the others wait, and whoever waited for an attempt that failed shares its failure
//! rather than trying the same in turn. A thread that leads is known by its id, so that a call which it
//! makes from inside the token callback does not wait for itself.

use std::sync::PoisonError;

use crate::error::{Error, Result, Status};
use crate::runtime::limits::{Interrupted, Limits};
use crate::runtime::main_thread;
use crate::runtime::wait::Signal;
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Mutex, MutexGuard};

/// The renewal under way, if any; one for each process.
#[derive(Default)]
pub(crate) struct Flight {
    state: Mutex<State>,
    changed: Signal,
}

#[derive(Default)]
pub(super) struct State {
    leader: Option<ThreadId>,
    /// Counts the renewals that were begun.
    begun: u64,
    /// How the renewal of that number failed, for those who waited for it.
    failure: Option<(u64, Error)>,
}

/// What a thread that needs a new token finds.
pub(super) enum Turn<'a> {
    /// It is the leader already, and calls from inside the callback.
    Inside,
    /// Another one leads; this is the number of its attempt.
    Wait(MutexGuard<'a, State>, u64),
    /// The attempt that it waited for failed.
    Failed(Error),
    /// It leads from now on.
    Lead(Lead<'a>),
}

/// The right to renew; dropping it passes the right on, also when the callback panics.
pub(super) struct Lead<'a> {
    flight: &'a Flight,
}

impl Flight {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is for this thread to do, which waited for an attempt before or did not.
    pub(super) fn turn<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        waited_for: Option<u64>,
    ) -> Turn<'a> {
        match (state.leader, &state.failure) {
            (Some(leader), _) if leader == this_thread() => Turn::Inside,
            (Some(_), _) => {
                let begun = state.begun;
                Turn::Wait(state, begun)
            }
            (None, Some((number, error))) if waited_for == Some(*number) => {
                Turn::Failed(error.clone())
            }
            (None, _) => {
                state.leader = Some(this_thread());
                state.begun += 1;
                state.failure = None;
                Turn::Lead(Lead { flight: self })
            }
        }
    }

    /// Waits until something changed.
    pub(super) fn wait<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        limits: Limits<'_>,
    ) -> Result<MutexGuard<'a, State>> {
        let mut changes = self.changed.changes();
        drop(state);
        let waited = changes
            .wait(limits)
            .map_err(|interrupted| match interrupted {
                Interrupted::Cancelled => {
                    let message =
                        "the call was cancelled while another thread was renewing the token";
                    Error::new(Status::Cancelled, message)
                }
                Interrupted::DeadlinePassed => {
                    let message =
                        "the time limit ran out while another thread was renewing the token";
                    Error::new(Status::Timeout, message).with_retry(true, None)
                }
                Interrupted::NoThread(none) => none.into(),
            });
        waited.map(|()| self.lock())
    }

    /// Wakes the waiting threads. A thread that is about to wait holds the lock since it last looked, so
    /// having had the lock means that none misses this.
    pub(super) fn announce(&self) {
        drop(self.lock());
        self.changed.send();
    }
}

/// Asked by threads that have made no call yet, as one that signs in.
fn this_thread() -> ThreadId {
    main_thread::show_to_leak_checkers();
    thread::current().id()
}

impl Lead<'_> {
    /// Lets the waiting threads go on with a token that is in place.
    pub(super) fn announce(&self) {
        self.flight.announce();
    }

    /// Shares a failure with the threads that wait. That the leader was cancelled, or ran out of its own
    /// time, is no concern of theirs.
    pub(super) fn failed(&self, error: &Error) {
        if !matches!(error.status(), Status::Cancelled | Status::Timeout) {
            let mut state = self.flight.lock();
            state.failure = Some((state.begun, error.clone()));
        }
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.flight.lock().leader = None;
        self.flight.changed.send();
    }
}
