//! Waiting on a thread for another thread, with nothing to drive meanwhile.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::sync::watch;

use super::Cancel;
use super::lane::{Interrupted, Limits, limited};

/// Tells whoever waits that something has changed.
pub(crate) struct Signal(watch::Sender<()>);

/// Somebody who waits for a change. One that comes while it does something else is not missed.
pub(crate) struct Changes(watch::Receiver<()>);

impl Signal {
    pub(crate) fn new() -> Signal {
        Signal(watch::Sender::new(()))
    }

    pub(crate) fn send(&self) {
        self.0.send_replace(());
    }

    pub(crate) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}

impl Changes {
    /// Waits for the next change since the last one that was waited for.
    pub(crate) fn wait(&mut self, cancels: [Option<&Cancel>; 2]) -> Result<(), Interrupted> {
        let limits = Limits {
            deadline: None,
            cancels,
        };
        // Whoever waits holds what has the sender, so it is still there.
        block_on(limited(limits, self.0.changed())).map(drop)
    }
}

/// Polls a future that needs no runtime, asleep until it wakes the thread.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_came_before_the_wait_ends_it() {
        let signal = Signal::new();
        let mut changes = signal.changes();
        signal.send();
        assert_eq!(changes.wait([None; 2]), Ok(()));
    }

    #[test]
    fn a_change_and_a_cancel_wake_another_thread() {
        let (signal, cancel) = (Signal::new(), &Cancel::new());
        thread::scope(|scope| {
            let mut changes = signal.changes();
            let waiting = scope.spawn(move || changes.wait([None; 2]));
            signal.send();
            assert_eq!(waiting.join().expect("no panic"), Ok(()));
            let mut changes = signal.changes();
            let waiting = scope.spawn(move || changes.wait([Some(cancel), None]));
            cancel.cancel();
            let interrupted = Err(Interrupted::Cancelled);
            assert_eq!(waiting.join().expect("no panic"), interrupted);
        });
    }
}
