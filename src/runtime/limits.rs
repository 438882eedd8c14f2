//! What ends a call before its answer: its deadline, or somebody who cancels it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use super::Cancel;
use super::background::NoThread;

/// Why a future was not driven to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Interrupted {
    Cancelled,
    DeadlinePassed,
    /// This thread cannot drive it, and there is none that does it for this one.
    NoThread(NoThread),
}

/// What ends a call before its answer.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'a> {
    pub(crate) deadline: Option<Instant>,
    pub(crate) cancels: [Option<&'a Cancel>; 2],
}

impl Limits<'_> {
    /// Of a test that waits for as long as it takes.
    #[cfg(test)]
    pub(crate) const NONE: Limits<'static> = Limits {
        deadline: None,
        cancels: [None; 2],
    };

    /// What ends the call now, if anything does.
    pub(crate) fn reached(&self) -> Option<Interrupted> {
        if self.cancels.into_iter().flatten().any(Cancel::is_cancelled) {
            return Some(Interrupted::Cancelled);
        }
        let is_over = self.deadline.is_some_and(|at| at <= Instant::now());
        is_over.then_some(Interrupted::DeadlinePassed)
    }
}

/// Waits for a future, unless somebody cancels first.
pub(crate) async fn unless_cancelled<F: Future>(
    cancels: [Option<&Cancel>; 2],
    future: F,
) -> Result<F::Output, Interrupted> {
    let (mut future, mut cancelled) = (pin!(future), pin!(any_cancelled(cancels)));
    poll_fn(|context| {
        if cancelled.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Interrupted::Cancelled));
        }
        future.as_mut().poll(context).map(Ok)
    })
    .await
}

async fn any_cancelled(cancels: [Option<&Cancel>; 2]) {
    let mut waits: Vec<_> = cancels
        .into_iter()
        .flatten()
        .map(|cancel| Box::pin(cancel.cancelled()))
        .collect();
    poll_fn(|context| {
        let done = waits
            .iter_mut()
            .any(|wait| wait.as_mut().poll(context).is_ready());
        if done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
