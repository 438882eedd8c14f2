//! Threads of our own, for work that no caller waits in.
//!
//! A thread starts with its job and ends with it, and is as invisible to the host as can be: it
//! blocks every signal, so that the host's handlers run where the host expects them, and it never
//! runs a line of the host's code.

use std::io;
use std::mem;
use std::process;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use nix::sys::signal::{SigSet, SigmaskHow};

/// A result that is being worked out on a background thread. Dropping it leaves the thread alone.
pub(crate) struct Job<T> {
    // Some until it is waited for or dropped.
    thread: Option<JoinHandle<T>>,
    pid: u32,
}

/// The thread that was to bring the result is not there: it panicked, or is the parent's.
#[derive(Debug)]
pub(crate) struct Lost;

/// Starts `work` on a thread of its own.
pub(crate) fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Job<T>> {
    // A new thread inherits the mask of its maker, so there is no moment without it.
    let callers_mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let started = thread::Builder::new().name(name.into()).spawn(work);
    callers_mask.thread_set_mask()?;
    Ok(Job {
        thread: Some(started?),
        pid: process::id(),
    })
}

impl<T> Job<T> {
    /// Waits for the result, and for the end of the thread.
    pub(crate) fn wait(mut self) -> Result<T, Lost> {
        let thread = self.thread.take().filter(|_| self.pid == process::id());
        thread.and_then(|thread| thread.join().ok()).ok_or(Lost)
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        if self.pid != process::id() {
            // There is no such thread here to be let go.
            mem::forget(self.thread.take());
        }
    }
}

/// Jobs whose results nobody wants any more, until their threads have ended.
#[derive(Default)]
pub(crate) struct Abandoned(Mutex<Vec<Box<dyn Thread + Send>>>);

/// A thread, whatever it brings.
trait Thread {
    fn is_finished(&self) -> bool;
    fn wait(self: Box<Self>);
}

impl<T> Thread for Job<T> {
    fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn wait(self: Box<Self>) {
        // What it brings is not wanted, and neither is its panic.
        let _ = Job::wait(*self);
    }
}

impl Abandoned {
    /// Takes a job over, and waits for none.
    pub(crate) fn take<T: Send + 'static>(&self, job: Job<T>) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|job| !job.is_finished());
        jobs.push(Box::new(job));
    }

    /// Waits until the threads of all have ended.
    pub(crate) fn wait(&self) {
        let jobs = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        jobs.into_iter().for_each(Thread::wait);
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
    fn an_abandoned_job_is_waited_for_when_asked() {
        let (go, gone) = (
            std::sync::mpsc::sync_channel::<()>(1),
            std::sync::Arc::new(()),
        );
        let held = std::sync::Arc::clone(&gone);
        let job = start("snow-test", move || {
            let _ = go.1.recv();
            drop(held);
        });
        let abandoned = Abandoned::default();
        abandoned.take(job.expect("a thread"));
        drop(go.0);
        abandoned.wait();
        assert_eq!(std::sync::Arc::strong_count(&gone), 1);
    }

    #[test]
    fn a_job_that_panics_is_lost_not_waited_for() {
        let job = start("snow-test", || panic!("on purpose")).expect("a thread");
        assert!(job.wait().is_err());
    }
}
