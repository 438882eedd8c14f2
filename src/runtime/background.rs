//! Threads of our own, for work that no caller waits in.
//!
//! A thread starts with its job and ends with it, and is as invisible to the host as can be: it
//! blocks every signal, so that the host's handlers run where the host expects them, and it never
//! runs a line of the host's code.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use nix::sys::signal::{SigSet, SigmaskHow};

use super::{fork, main_thread};

/// A result that is being worked out on a background thread. Dropping it leaves the thread alone.
pub(crate) struct Job<T>(Arc<Slot<T>>);

/// The thread that was to bring the result is not there: it panicked, or is the parent's.
#[derive(Debug)]
pub(crate) struct Lost;

struct Slot<T> {
    outcome: Mutex<Outcome<T>>,
    pid: fork::ProcessId,
}

enum Outcome<T> {
    Running(JoinHandle<T>),
    /// `None` where there is no result, or it was taken.
    Ended(Option<T>),
}

/// Starts `work` on a thread of its own.
pub(crate) fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Job<T>> {
    // Whoever starts work may wait for it.
    main_thread::show_to_leak_checkers();
    let started = blocking_signals(|| thread::Builder::new().name(name.into()).spawn(work))?;
    Ok(Job(Arc::new(Slot {
        outcome: Mutex::new(Outcome::Running(started)),
        pid: fork::process_id(),
    })))
}

/// Starts a thread that blocks every signal. It inherits the mask of its maker, so there is no moment without it.
pub(super) fn blocking_signals<T>(start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let callers_mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let started = start();
    callers_mask.thread_set_mask()?;
    started
}

impl<T> Job<T> {
    /// Waits for the result, and for the end of the thread.
    pub(crate) fn wait(self) -> Result<T, Lost> {
        if self.0.pid != fork::process_id() {
            return Err(Lost);
        }
        match mem::replace(&mut *self.0.settled(), Outcome::Ended(None)) {
            Outcome::Ended(Some(result)) => Ok(result),
            _ => Err(Lost),
        }
    }
}

impl<T> Slot<T> {
    /// The outcome, once the thread has ended.
    fn settled(&self) -> MutexGuard<'_, Outcome<T>> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*outcome, Outcome::Running(_))
            && let Outcome::Running(thread) = mem::replace(&mut *outcome, Outcome::Ended(None))
        {
            *outcome = Outcome::Ended(thread.join().ok());
        }
        outcome
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        if self.pid != fork::process_id() {
            // There is no such thread here to be let go.
            let outcome = self
                .outcome
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner);
            mem::forget(mem::replace(outcome, Outcome::Ended(None)));
        }
    }
}

/// The background threads of a client.
#[derive(Default)]
pub(crate) struct Threads(Mutex<Vec<Arc<dyn Thread>>>);

/// A thread, whatever it brings.
trait Thread: Send + Sync {
    fn has_ended(&self) -> bool;
    /// Waits for the end of the thread; the result stays for who wants it.
    fn join(&self);
}

impl<T: Send> Thread for Slot<T> {
    fn has_ended(&self) -> bool {
        match self.outcome.try_lock().as_deref() {
            Ok(Outcome::Running(thread)) => thread.is_finished(),
            Ok(Outcome::Ended(_)) => true,
            Err(_) => false, // somebody is waiting for it
        }
    }

    fn join(&self) {
        drop(self.settled());
    }
}

impl Threads {
    /// As [`start`], and [`Threads::wait`] waits for it.
    pub(crate) fn start<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Job<T>> {
        let job = start(name, work)?;
        let mut threads = self.lock();
        threads.retain(|thread| !thread.has_ended());
        threads.push(Arc::clone(&job.0) as Arc<dyn Thread>);
        Ok(job)
    }

    /// Waits until all have ended.
    pub(crate) fn wait(&self) {
        // They stay there for whoever else waits meanwhile.
        let threads = self.lock().clone();
        threads.iter().for_each(|thread| thread.join());
        self.lock().retain(|thread| !thread.has_ended());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<dyn Thread>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
    fn a_thread_that_was_waited_for_has_its_result_still() {
        let threads = Threads::default();
        let job = threads.start("snow-test", || 7).expect("a thread");
        threads.wait();
        assert_eq!(job.wait().expect("a result"), 7);
    }

    #[test]
    fn waiting_takes_in_threads_whose_results_nobody_wants() {
        let threads = Threads::default();
        let done = Arc::new(());
        let held = Arc::clone(&done);
        drop(threads.start("snow-test", move || drop(held)));
        threads.wait();
        assert_eq!(Arc::strong_count(&done), 1);
    }

    #[test]
    fn two_who_wait_both_wait_to_the_end() {
        let threads = Threads::default();
        let (waiting, ended) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (seen, end) = (Arc::clone(&waiting), Arc::clone(&ended));
        let work = move || {
            while seen.load(Ordering::SeqCst) < 2 {
                thread::yield_now();
            }
            // Long enough for one that does not wait to be seen.
            (0..10_000).for_each(|_| thread::yield_now());
            end.store(true, Ordering::SeqCst);
        };
        drop(threads.start("snow-test", work).expect("a thread"));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    waiting.fetch_add(1, Ordering::SeqCst);
                    threads.wait();
                    assert!(ended.load(Ordering::SeqCst));
                });
            }
        });
        assert!(threads.lock().is_empty());
    }

    #[test]
    fn a_job_that_panics_is_lost_not_waited_for() {
        let job = start("snow-test", || panic!("on purpose")).expect("a thread");
        assert!(job.wait().is_err());
    }
}
