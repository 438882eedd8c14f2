//! How the bytes of a body leave: at once, late, in drops, or not to the end.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

#[derive(Clone, Debug)]
pub struct Delivery {
    pub first_byte_after: Duration,
    /// Bytes of a drop, and the time between two.
    pub drip: Option<(usize, Duration)>,
    pub cut_at: Option<usize>,
    /// Without a length, as a real instance sends; otherwise with `Content-Length`.
    pub chunked: bool,
}

impl Default for Delivery {
    fn default() -> Self {
        Delivery {
            first_byte_after: Duration::ZERO,
            drip: None,
            cut_at: None,
            chunked: true,
        }
    }
}

/// Before a body breaks off, what was written so far must have left.
const PAUSE_BEFORE_CUT: Duration = Duration::from_millis(20);

/// The body of one answer.
pub struct AnswerBody {
    rest: Bytes,
    drop_bytes: usize,
    interval: Duration,
    ends_in_cut: bool,
    chunked: bool,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl AnswerBody {
    pub fn new(bytes: Vec<u8>, delivery: &Delivery) -> Self {
        let mut rest = Bytes::from(bytes);
        if let Some(at) = delivery.cut_at {
            rest.truncate(at);
        }
        let (drop_bytes, interval) = delivery.drip.unwrap_or((usize::MAX, Duration::ZERO));
        AnswerBody {
            rest,
            drop_bytes: drop_bytes.max(1),
            interval,
            ends_in_cut: delivery.cut_at.is_some(),
            chunked: delivery.chunked,
            waiting: None,
        }
    }

    fn wait(&mut self, duration: Duration) {
        self.waiting = Some(Box::pin(sleep(duration)));
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(waiting) = &mut self.waiting {
            ready!(waiting.as_mut().poll(cx));
            self.waiting = None;
        }
        if self.rest.is_empty() {
            let end = self
                .ends_in_cut
                .then(|| Err(io::Error::other("the answer is cut here")));
            return Poll::Ready(end);
        }
        let size = self.drop_bytes.min(self.rest.len());
        let drop = self.rest.split_to(size);
        if self.rest.is_empty() && self.ends_in_cut {
            self.wait(PAUSE_BEFORE_CUT);
        } else if !self.interval.is_zero() {
            let interval = self.interval;
            self.wait(interval);
        }
        Poll::Ready(Some(Ok(Frame::data(drop))))
    }

    fn size_hint(&self) -> SizeHint {
        if self.chunked || self.ends_in_cut {
            SizeHint::default()
        } else {
            SizeHint::with_exact(self.rest.len() as u64)
        }
    }
}
