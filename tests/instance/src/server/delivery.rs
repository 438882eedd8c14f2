//! How the bytes of a body leave: at once, late, in drops, or not to the end.

use std::{
    fs::File,
    io::{self, Read},
    pin::Pin,
    sync::Arc,
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

const PAUSE_BEFORE_CUT: Duration = Duration::from_millis(20);

/// The body of one answer.
pub struct AnswerBody {
    source: Source,
    drop_bytes: usize,
    interval: Duration,
    ends_in_cut: bool,
    chunked: bool,
    waiting: Option<Pin<Box<Sleep>>>,
}

enum Source {
    Memory(Bytes),
    /// Read while it is sent; so many bytes are left.
    Disk(Arc<File>, u64),
}

/// What is read from disk at a time.
const DISK_PIECE: usize = 64 << 10;

impl AnswerBody {
    pub fn new(bytes: Vec<u8>, file: Option<Arc<File>>, delivery: &Delivery) -> Self {
        let source = match file {
            None => {
                let mut bytes = Bytes::from(bytes);
                bytes.truncate(delivery.cut_at.unwrap_or(usize::MAX));
                Source::Memory(bytes)
            }
            Some(file) => Source::Disk(file, delivery.cut_at.map_or(u64::MAX, |at| at as u64)),
        };
        let (drop_bytes, interval) = delivery.drip.unwrap_or((usize::MAX, Duration::ZERO));
        AnswerBody {
            source,
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

    /// The next bytes; none at the end.
    fn next_drop(&mut self) -> io::Result<Bytes> {
        match &mut self.source {
            Source::Memory(rest) => {
                let size = self.drop_bytes.min(rest.len());
                Ok(rest.split_to(size))
            }
            Source::Disk(file, left) => {
                let size = DISK_PIECE
                    .min(self.drop_bytes)
                    .min(usize::try_from(*left).unwrap_or(usize::MAX));
                let mut piece = vec![0; size];
                let read = file.as_ref().read(&mut piece)?;
                piece.truncate(read);
                *left -= read as u64;
                Ok(Bytes::from(piece))
            }
        }
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
        let drop = match self.next_drop() {
            Ok(drop) => drop,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        if !drop.is_empty() {
            // Before a body breaks off, what was written so far must have left.
            let pause = if self.ends_in_cut {
                self.interval.max(PAUSE_BEFORE_CUT)
            } else {
                self.interval
            };
            if !pause.is_zero() {
                self.wait(pause);
            }
            return Poll::Ready(Some(Ok(Frame::data(drop))));
        }
        Poll::Ready(
            self.ends_in_cut
                .then(|| Err(io::Error::other("the answer is cut here"))),
        )
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Memory(rest) if !self.chunked && !self.ends_in_cut => {
                SizeHint::with_exact(rest.len() as u64)
            }
            _ => SizeHint::default(),
        }
    }
}
