//! Waiting on a thread for another thread, with nothing to drive meanwhile.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use super::limits::{Interrupted, Limits, unless_cancelled};
use super::tokio_thread::with_tokio;
use crate::sync::thread::{self, Thread};
use crate::sync::watch;

/// Tells whoever waits that something has changed.
#[derive(Default)]
pub(crate) struct Signal(watch::Sender<()>);

/// Somebody who waits for a change. One that comes while it does something else is not missed.
pub(crate) struct Changes(watch::Receiver<()>);

impl Signal {
    pub(crate) fn send(&self) {
        self.0.send_replace(());
    }

    pub(crate) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}

impl Changes {
    /// The next change since the last one that was waited for.
    pub(crate) async fn next(&mut self) {
        // Whoever waits holds what has the sender, so it is still there.
        let _ = self.0.changed().await;
    }

    /// Waits for the next change since the last one that was waited for.
    pub(crate) fn wait(&mut self, limits: Limits<'_>) -> Result<(), Interrupted> {
        wait_for(self.next(), limits)
    }
}

/// Waits for a future that needs no runtime. A timer would: here the deadline is when the thread wakes by itself.
pub(crate) fn wait_for<F>(future: F, limits: Limits<'_>) -> Result<F::Output, Interrupted>
where
    F: Future + Send,
    F::Output: Send,
{
    with_tokio(|| block_on(unless_cancelled(limits.cancels, future), limits.deadline))
        .map_err(Interrupted::NoThread)?
        .unwrap_or(Err(Interrupted::DeadlinePassed))
}

/// Polls a future that needs no runtime, asleep until it wakes the thread; `None` at the deadline.
pub(super) fn block_on<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            None => thread::park(),
            Some(left) if left.is_zero() => return None,
            Some(left) => thread::park_timeout(left),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(all(test, feature = "interleavings"))]
mod interleavings;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Cancel;
    use super::*;

    #[test]
    fn a_change_that_came_before_the_wait_ends_it() {
        let signal = Signal::default();
        let mut changes = signal.changes();
        signal.send();
        assert_eq!(changes.wait(Limits::NONE), Ok(()));
    }

    #[test]
    fn a_wait_ends_at_its_deadline() {
        let signal = Signal::default();
        let limits = Limits {
            deadline: Some(Instant::now() + Duration::from_millis(1)),
            ..Limits::NONE
        };
        let waited = signal.changes().wait(limits);
        assert_eq!(waited, Err(Interrupted::DeadlinePassed));
    }

    #[test]
    fn a_change_and_a_cancel_wake_another_thread() {
        let (signal, cancel) = (Signal::default(), &Cancel::default());
        thread::scope(|scope| {
            let mut changes = signal.changes();
            let waiting = scope.spawn(move || changes.wait(Limits::NONE));
            signal.send();
            assert_eq!(waiting.join().expect("no panic"), Ok(()));
            let mut changes = signal.changes();
            let limits = Limits {
                cancels: [Some(cancel), None],
                ..Limits::NONE
            };
            let waiting = scope.spawn(move || changes.wait(limits));
            cancel.cancel();
            let interrupted = Err(Interrupted::Cancelled);
            assert_eq!(waiting.join().expect("no panic"), interrupted);
        });
    }
}
