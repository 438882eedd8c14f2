//! Threads of our own, for work that no caller waits in.
//!
//! A thread starts with its job and ends with it, and is as invisible to the host as can be: it
//! blocks every signal, so that the host's handlers run where the host expects them, and it never
//! runs a line of the host's code.

use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use nix::sys::signal::{SigSet, SigmaskHow};
use rustix::io::Errno;

use super::{fork, main_thread};
use crate::error::{Error, Status};

/// A result that is being worked out on a background thread. Dropping it leaves the thread alone, and the result is
/// gone as soon as that has it.
pub(crate) struct Job<T> {
    result: Arc<Mutex<Option<T>>>,
    thread: Arc<Slot>,
}

/// The thread that was to bring the result is not there: it panicked, or is the parent's.
#[derive(Debug)]
pub(crate) struct Lost;

/// No thread could be started, which may be otherwise in a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoThread(Errno);

/// A thread, until somebody waited for it.
struct Slot {
    running: Mutex<Option<JoinHandle<()>>>,
    pid: fork::ProcessId,
}

thread_local! {
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is a thread of ours, and none of the caller's.
pub(crate) fn is_here() -> bool {
    IS_OURS.get()
}

/// Starts `work` on a thread of its own.
pub(crate) fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Job<T>, NoThread> {
    // Whoever starts work may wait for it.
    main_thread::show_to_leak_checkers();
    let result = Arc::default();
    let wanted = Arc::downgrade(&result);
    let work = move || {
        IS_OURS.set(true);
        let result = work();
        if let Some(place) = wanted.upgrade() {
            *lock(&place) = Some(result);
        }
    };
    let started = blocking_signals(|| thread::Builder::new().name(name.into()).spawn(work))?;
    Ok(Job {
        result,
        thread: Arc::new(Slot {
            running: Mutex::new(Some(started)),
            pid: fork::process_id(),
        }),
    })
}

/// Starts a thread that blocks every signal. It inherits the mask of its maker, so there is no moment without it.
pub(super) fn blocking_signals<T>(start: impl FnOnce() -> io::Result<T>) -> Result<T, NoThread> {
    let masked = || -> io::Result<T> {
        let callers_mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
        let started = start();
        callers_mask.thread_set_mask()?;
        started
    };
    masked().map_err(|error| NoThread(Errno::from_io_error(&error).unwrap_or(Errno::AGAIN)))
}

impl fmt::Display for NoThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no thread could be started: {}", self.0)
    }
}

impl StdError for NoThread {}

/// As the error of a call that has sent nothing yet.
impl From<NoThread> for Error {
    fn from(none: NoThread) -> Error {
        let message = format!("no connection could be made: {none}");
        Error::new(Status::Connect, message).with_retry(true, None)
    }
}

impl<T> Job<T> {
    /// Waits for the result, and for the end of the thread.
    pub(crate) fn wait(self) -> Result<T, Lost> {
        if self.thread.pid != fork::process_id() {
            return Err(Lost);
        }
        self.thread.join();
        lock(&self.result).take().ok_or(Lost)
    }
}

impl Slot {
    fn has_ended(&self) -> bool {
        match self.running.try_lock().as_deref() {
            Ok(Some(thread)) => thread.is_finished(),
            Ok(None) => true,
            Err(_) => false, // somebody is waiting for it
        }
    }

    /// Waits for the end of the thread, as does whoever else comes meanwhile.
    fn join(&self) {
        let mut running = lock(&self.running);
        if let Some(thread) = running.take() {
            // One that panicked has brought no result.
            let _ = thread.join();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.pid != fork::process_id() {
            // There is no such thread here to be let go.
            let running = self.running.get_mut();
            mem::forget(running.unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

/// The background threads of a client.
#[derive(Default)]
pub(crate) struct Threads(Mutex<Vec<Arc<Slot>>>);

impl Threads {
    /// As [`start`], and [`Threads::wait`] waits for it.
    pub(crate) fn start<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Job<T>, NoThread> {
        let job = start(name, work)?;
        let mut threads = lock(&self.0);
        threads.retain(|thread| !thread.has_ended());
        threads.push(Arc::clone(&job.thread));
        Ok(job)
    }

    /// Waits until all have ended.
    pub(crate) fn wait(&self) {
        // They stay there for whoever else waits meanwhile.
        let threads = lock(&self.0).clone();
        threads.iter().for_each(|thread| thread.join());
        lock(&self.0).retain(|thread| !thread.has_ended());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

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

    /// Whoever reads a million rows starts a thread for each page.
    #[test]
    fn threads_that_ended_are_not_kept() {
        let threads = Threads::default();
        for _ in 0..3 {
            let job = threads.start("ends", || ()).expect("a thread");
            job.wait().expect("its result");
        }
        assert_eq!(lock(&threads.0).len(), 1);
    }

    #[test]
    fn a_result_that_nobody_wants_is_gone_before_its_thread_is_waited_for() {
        let threads = Threads::default();
        let (told, ended) = channel();
        let result = Arc::new(());
        let job = threads.start("snow-test", {
            let result = Arc::clone(&result);
            move || {
                told.send(()).expect("the test waits");
                result
            }
        });
        let job = job.expect("a thread");
        ended.recv().expect("it works");
        while !job.thread.has_ended() {
            thread::yield_now();
        }
        assert_eq!(Arc::strong_count(&result), 2);
        drop(job);
        assert_eq!(Arc::strong_count(&result), 1);
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
        assert!(lock(&threads.0).is_empty());
    }

    #[test]
    fn a_job_that_panics_is_lost_not_waited_for() {
        let job = start("snow-test", || panic!("on purpose")).expect("a thread");
        assert!(job.wait().is_err());
    }
}
