//! A body as it arrives, taken in by a task on the lane ahead of whoever reads it.
//!
//! Most answers come in chunks of 8 KiB. The task takes in all that are there, with no system call between; a
//! reader outside of it, which each chunk would wake and wait for the next, takes half a dozen a chunk. What
//! arrived is copied, since a chunk that is kept keeps all of the buffer that it was received into.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Lane;
use super::connection::AnswerBody;
use super::failure::Failure;

/// How many bytes may be there that were not taken.
const AHEAD: usize = 32 * 1024;

/// The body of an answer. Nothing arrives but while its lane is driven.
pub(super) struct Arriving(Arc<Arrivals>);

/// What there is of a body.
pub(super) enum AtHand {
    Piece,
    /// The rest is on its way.
    NotYet,
    End,
}

#[derive(Default)]
struct Arrivals {
    state: Mutex<State>,
    changed: Notify,
    taken: Notify,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// How the body ended.
    end: Option<Result<(), Failure>>,
}

impl Arriving {
    pub(super) fn on(lane: &Lane, body: AnswerBody) -> Arriving {
        let arrivals = Arc::new(Arrivals::default());
        lane.spawn(Receiver(Arc::clone(&arrivals)).receive(body));
        Arriving(arrivals)
    }

    /// Takes what has arrived, in exchange for a buffer of which nothing is needed any more.
    pub(super) fn take(&mut self, buffer: &mut Vec<u8>) -> Result<AtHand, Failure> {
        let mut state = self.0.lock();
        if !state.bytes.is_empty() {
            buffer.clear();
            mem::swap(buffer, &mut state.bytes);
            self.0.taken.notify_one();
            return Ok(AtHand::Piece);
        }
        match state.end.take() {
            None => Ok(AtHand::NotYet),
            Some(Ok(())) => {
                state.end = Some(Ok(()));
                Ok(AtHand::End)
            }
            Some(Err(failure)) => Err(failure),
        }
    }

    /// Whether there is something to take.
    pub(super) fn is_ready(&self) -> bool {
        self.0.lock().is_ready()
    }

    /// Waits until there is something to take.
    pub(super) async fn wait(&self) {
        while !self.is_ready() {
            self.0.changed.notified().await;
        }
    }
}

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_one();
    }
}

impl State {
    fn is_ready(&self) -> bool {
        !self.bytes.is_empty() || self.end.is_some()
    }
}

/// The task's hold on what it receives.
struct Receiver(Arc<Arrivals>);

impl Receiver {
    async fn receive(self, mut body: AnswerBody) {
        let end = loop {
            match body.next_chunk().await {
                Ok(Some(chunk)) => self.put(&chunk).await,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            }
        };
        // The connection is in its place, or closed, before anybody hears of the end.
        drop(body);
        self.0.change(|state| state.end = Some(end));
    }

    async fn put(&self, mut chunk: &[u8]) {
        while !chunk.is_empty() {
            let room = AHEAD - self.0.lock().bytes.len();
            if room == 0 {
                self.0.taken.notified().await;
                continue;
            }
            let (now, later) = chunk.split_at(room.min(chunk.len()));
            self.0.change(|state| state.bytes.extend_from_slice(now));
            chunk = later;
        }
    }
}

impl Drop for Receiver {
    /// An end that nobody saw is none.
    fn drop(&mut self) {
        self.0.change(|state| {
            state.end.get_or_insert(Err(Failure::CutBody));
        });
    }
}
