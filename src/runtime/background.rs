//! Threads of our own, for work that no caller waits in.
//!
//! A thread starts with its job and ends with it, and is as invisible to the host as can be: it
//! blocks every signal, so that the host's handlers run where the host expects them, and it never
//! runs a line of the host's code.

use std::io;
use std::process;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use nix::sys::signal::{SigSet, SigmaskHow};

/// A result that is being worked out on a background thread.
pub(crate) struct Job<T> {
    outcome: Arc<Outcome<T>>,
    pid: u32,
}

/// The thread that was to bring the result is not there: it panicked, or is the parent's.
#[derive(Debug)]
pub(crate) struct Lost;

/// Where the result is put. No channel, since a receiver parks, and parking makes the standard library
/// keep a record of the host's thread for good.
struct Outcome<T> {
    state: Mutex<State<T>>,
    known: Condvar,
}

enum State<T> {
    Working,
    Done(T),
    Lost,
}

/// Starts `work` on a thread of its own.
pub(crate) fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Job<T>> {
    let outcome = Arc::new(Outcome {
        state: Mutex::new(State::Working),
        known: Condvar::new(),
    });
    let promise = Promise(Arc::clone(&outcome));
    // A new thread inherits the mask of its maker, so there is no moment without it.
    let callers_mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let started = thread::Builder::new()
        .name(name.into())
        .spawn(move || promise.keep(work()));
    callers_mask.thread_set_mask()?;
    started?;
    Ok(Job {
        outcome,
        pid: process::id(),
    })
}

impl<T> Job<T> {
    /// Waits for the result.
    pub(crate) fn wait(self) -> Result<T, Lost> {
        if self.pid != process::id() {
            return Err(Lost);
        }
        let mut state = self.outcome.lock();
        loop {
            match std::mem::replace(&mut *state, State::Working) {
                State::Done(result) => return Ok(result),
                State::Lost => return Err(Lost),
                State::Working => {
                    let known = &self.outcome.known;
                    state = known.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl<T> Outcome<T> {
    fn lock(&self) -> std::sync::MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The duty to put an outcome in place; a panic that drops it puts in that there is none.
struct Promise<T>(Arc<Outcome<T>>);

impl<T> Promise<T> {
    fn keep(self, result: T) {
        *self.0.lock() = State::Done(result);
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if matches!(*state, State::Working) {
            *state = State::Lost;
        }
        self.0.known.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_brings_its_result_and_blocks_signals() {
        let job =
            start("snow-test", || SigSet::thread_get_mask().expect("a mask")).expect("a thread");
        let mask = job.wait().expect("a result");
        assert!(mask.contains(nix::sys::signal::SIGINT));
        assert!(
            !SigSet::thread_get_mask()
                .expect("a mask")
                .contains(nix::sys::signal::SIGINT)
        );
    }

    #[test]
    fn a_job_that_panics_is_lost_not_waited_for() {
        let job = start("snow-test", || panic!("on purpose")).expect("a thread");
        assert!(job.wait().is_err());
    }
}
