//! A connection that the other side has closed must not end the host.
//!
//! Writing to one raises SIGPIPE, which by default ends the process, and what writes here (hyper, by way
//! of `writev`) cannot ask not to. So the signal is blocked on the calling thread while a call is
//! driven, and taken away if it came. A host that blocks it itself deals with it itself.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Where a SIGPIPE is taken from. A lane has one, which is cheaper than one for each call.
pub(super) struct Sink(SignalFd);

/// Blocks SIGPIPE on this thread until it is dropped.
pub(super) struct Blocked<'a> {
    sink: &'a Sink,
    /// What the mask was; `None` where the signal was blocked already.
    before: Option<SigSet>,
}

impl Sink {
    pub(super) fn new() -> std::io::Result<Sink> {
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        Ok(Sink(SignalFd::with_flags(&only_sigpipe(), flags)?))
    }

    pub(super) fn block(&self) -> Blocked<'_> {
        let before = only_sigpipe().thread_swap_mask(SigmaskHow::SIG_BLOCK).ok();
        Blocked {
            sink: self,
            before: before.filter(|mask| !mask.contains(Signal::SIGPIPE)),
        }
    }
}

impl Drop for Blocked<'_> {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // Nothing to read, and nothing that could be done about a failure to.
            while let Ok(Some(_)) = self.sink.0.read_signal() {}
            let _ = before.thread_set_mask();
        }
    }
}

fn only_sigpipe() -> SigSet {
    let mut set = SigSet::empty();
    set.add(Signal::SIGPIPE);
    set
}
