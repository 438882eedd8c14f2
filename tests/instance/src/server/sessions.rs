//! Sessions: requests that show the same `JSESSIONID` wait for one another.
//!
//! A real instance runs the transactions of a session one after the other, and when too many wait it
//! answers 202 and drops the request. A session is remembered here only while requests of it are
//! under way: a run of a million requests without cookies leaves nothing behind.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

#[derive(Debug, Default)]
pub struct Sessions {
    under_way: Mutex<HashMap<String, Session>>,
}

#[derive(Clone, Debug, Default)]
struct Session {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The one that runs and those that wait.
    requests: usize,
}

/// The right to run, until it is dropped.
pub struct Turn<'a> {
    sessions: &'a Sessions,
    id: String,
    _running: Option<OwnedMutexGuard<()>>,
}

impl Sessions {
    /// Waits for its turn; `None` at once if more than `queue` wait already.
    pub async fn turn(&self, id: &str, queue: usize) -> Option<Turn<'_>> {
        let lock = self.enter(id, queue)?;
        // Made before the wait: a request whose client goes away while it waits must not be counted on.
        let mut turn = Turn {
            sessions: self,
            id: id.to_owned(),
            _running: None,
        };
        turn._running = Some(lock.lock_owned().await);
        Some(turn)
    }

    fn enter(&self, id: &str, queue: usize) -> Option<Arc<tokio::sync::Mutex<()>>> {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let session = under_way.entry(id.to_owned()).or_default();
        if session.requests > queue {
            return None;
        }
        session.requests += 1;
        Some(session.turn.clone())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut under_way = self
            .sessions
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = under_way.get_mut(&self.id) {
            session.requests -= 1;
            if session.requests == 0 {
                under_way.remove(&self.id);
            }
        }
    }
}
