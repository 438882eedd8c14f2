//! How far a request got: the one question that matters for a write that brought no answer.
//!
//! A lane has one exchange at a time, so a note beside its connector tells. Until a connection stands
//! nothing was sent. While some of the body is still here the instance has no whole request, and executes
//! none. After that nobody can tell.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::session::statistics::Statistics;

/// A note of how far the lane's exchange got. During an exchange it only rises: what an earlier one left
/// behind on the lane can make it too careful, never too sure.
#[derive(Clone)]
pub(super) struct Sent {
    note: Arc<Note>,
    statistics: Arc<Statistics>,
}

#[derive(Default)]
struct Note {
    /// All of the request was handed to a connection.
    whole: AtomicBool,
    /// It has no body, so it is whole as soon as there is a connection.
    bodyless: AtomicBool,
    /// The lane had a connection once, which may be there still.
    connected: AtomicBool,
}

impl Sent {
    pub(super) fn new(statistics: Arc<Statistics>) -> Sent {
        Sent {
            note: Arc::default(),
            statistics,
        }
    }

    /// A new exchange begins.
    pub(super) fn begin(&self, has_body: bool) {
        let is_whole = !has_body && self.note.connected.load(Ordering::Relaxed);
        self.note.bodyless.store(!has_body, Ordering::Relaxed);
        self.note.whole.store(is_whole, Ordering::Relaxed);
    }

    /// Some of the body was handed over.
    pub(super) fn handed_over(&self, bytes: usize) {
        self.statistics.bytes_sent.add(bytes);
    }

    /// What the lane's exchange brings is counted here.
    pub(super) fn statistics(&self) -> Arc<Statistics> {
        Arc::clone(&self.statistics)
    }

    /// The last of the body was handed over.
    pub(super) fn completed(&self) {
        self.note.whole.store(true, Ordering::Relaxed);
    }

    /// An answer began, which is the proof that the request arrived. Tells whether it is early: some of the
    /// request was not handed over yet.
    pub(super) fn answered(&self) -> bool {
        !self.note.whole.swap(true, Ordering::Relaxed)
    }

    /// Whether the instance may have the whole request.
    pub(super) fn may_have_arrived(&self) -> bool {
        self.note.whole.load(Ordering::Relaxed)
    }

    /// Whether the lane had a connection once.
    pub(super) fn has_connected(&self) -> bool {
        self.note.connected.load(Ordering::Relaxed)
    }

    /// A connection stands.
    pub(super) fn connected(&self) {
        self.statistics.connections.add(1);
        self.note.connected.store(true, Ordering::Relaxed);
        if self.note.bodyless.load(Ordering::Relaxed) {
            self.completed();
        }
    }
}

/// A body at hand that takes note when the last of it is handed over.
pub(super) struct NotedBytes {
    left: Bytes,
    sent: Sent,
}

/// The connection takes a piece when it has room for it, so a large body is not handed over at once.
const PIECE: usize = 64 * 1024;

impl NotedBytes {
    pub(super) fn new(bytes: Bytes, sent: Sent) -> NotedBytes {
        NotedBytes { left: bytes, sent }
    }
}

impl Body for NotedBytes {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let size = self.left.len().min(PIECE);
        let piece = self.left.split_to(size);
        self.sent.handed_over(piece.len());
        if self.left.is_empty() {
            self.sent.completed();
        }
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
