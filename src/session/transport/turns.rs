//! How many calls of a client are under way at the same moment.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of a client, for all its threads.
pub(super) struct Turns(Option<Arc<Semaphore>>);

/// A call's turn; it ends when this is dropped.
pub(super) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// 0 is as many as there are.
    pub(super) fn limited_to(calls: usize) -> Turns {
        let calls = calls.min(Semaphore::MAX_PERMITS);
        Turns((calls > 0).then(|| Arc::new(Semaphore::new(calls))))
    }

    pub(super) async fn next(&self) -> Turn {
        let permit = match &self.0 {
            // It is never closed, so there is always one to come.
            Some(turns) => Arc::clone(turns).acquire_owned().await.ok(),
            None => None,
        };
        Turn { _permit: permit }
    }
}
