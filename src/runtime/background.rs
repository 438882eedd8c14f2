//! Threads of our own, for work that no caller waits in.
//!
//! A thread starts with its job and ends with it, and is as invisible to the host as can be: it
//! blocks every signal, so that the host's handlers run where the host expects them, and it never
//! runs a line of the host's code.

use std::io;
use std::process;
use std::sync::mpsc::{Receiver, RecvError, sync_channel};
use std::thread;

use nix::sys::signal::{SigSet, SigmaskHow};

/// A result that is being worked out on a background thread.
pub(crate) struct Job<T> {
    result: Receiver<T>,
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
    let (sender, result) = sync_channel(1);
    // A new thread inherits the mask of its maker, so there is no moment without it.
    let callers_mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let started = thread::Builder::new().name(name.into()).spawn(move || {
        // Nobody waits for the result any more: then it is dropped, here.
        let _ = sender.send(work());
    });
    callers_mask.thread_set_mask()?;
    started?;
    Ok(Job {
        result,
        pid: process::id(),
    })
}

impl<T> Job<T> {
    /// Waits for the result.
    pub(crate) fn wait(self) -> Result<T, Lost> {
        if self.pid != process::id() {
            return Err(Lost);
        }
        self.result.recv().map_err(|RecvError| Lost)
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
