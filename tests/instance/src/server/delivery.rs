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

use super::spoil::{Act, Spoiler};
use crate::attachments::Content;

#[derive(Clone, Debug)]
pub struct Delivery {
    pub first_byte_after: Duration,
    /// Bytes of a drop, and the time between two.
    pub drip: Option<(usize, Duration)>,
    pub spoil: Option<Spoil>,
    /// Without a length, as a real instance sends; otherwise with `Content-Length`.
    pub chunked: bool,
}

/// Something is done at a byte.
#[derive(Clone, Copy, Debug)]
pub struct Spoil {
    pub at: u64,
    /// Counted from the first byte of the status line; otherwise from the first of the body.
    pub of_answer: bool,
    pub act: Act,
}

impl Default for Delivery {
    fn default() -> Self {
        Delivery {
            first_byte_after: Duration::ZERO,
            drip: None,
            spoil: None,
            chunked: true,
        }
    }
}

/// The body of one answer.
pub struct AnswerBody {
    source: Source,
    length: u64,
    /// Bytes that have been handed on.
    place: u64,
    spoil: Option<Spoil>,
    spoiler: Spoiler,
    drop_bytes: usize,
    interval: Duration,
    chunked: bool,
    waiting: Option<Pin<Box<Sleep>>>,
    /// Kept until the last byte has left.
    _kept: Box<dyn Send>,
}

enum Source {
    Memory(Bytes),
    Content(Content),
}

/// What is read of a content at a time.
const PIECE: usize = 64 << 10;

impl AnswerBody {
    /// `kept` is dropped with the body.
    pub fn new(
        bytes: Bytes,
        content: Option<Content>,
        delivery: &Delivery,
        spoiler: Spoiler,
        kept: Box<dyn Send>,
    ) -> Self {
        let source = content.map_or(Source::Memory(bytes), Source::Content);
        let length = match &source {
            Source::Memory(bytes) => bytes.len() as u64,
            Source::Content(content) => content.len(),
        };
        let spoil = delivery.spoil.map(|spoil| match spoil.act {
            // Whatever lies behind the end is at the end: then it is the last chunk that is missing.
            Act::Cut | Act::Reset | Act::Stall if !spoil.of_answer => Spoil {
                at: spoil.at.min(length),
                ..spoil
            },
            _ => spoil,
        });
        match spoil {
            Some(spoil) if spoil.of_answer => spoiler.act_after(spoil.at, spoil.act),
            // An answer before this one may have left a plan behind.
            _ => spoiler.disarm(),
        }
        let (drop_bytes, interval) = delivery.drip.unwrap_or((usize::MAX, Duration::ZERO));
        AnswerBody {
            source,
            length,
            place: 0,
            spoil: spoil.filter(|spoil| !spoil.of_answer),
            spoiler,
            drop_bytes: drop_bytes.max(1),
            interval,
            chunked: delivery.chunked,
            waiting: None,
            _kept: kept,
        }
    }

    fn left(&self) -> u64 {
        self.length - self.place
    }

    /// The next bytes; none at the end.
    fn next_drop(&mut self) -> io::Result<Bytes> {
        let ahead = match self.spoil {
            Some(spoil) if spoil.at > self.place => spoil.at - self.place,
            // The one byte that is to be another.
            Some(_) => 1,
            None => u64::MAX,
        };
        let most = usize::try_from(ahead.min(self.left())).unwrap_or(usize::MAX);
        let most = most.min(self.drop_bytes);
        let drop = match &mut self.source {
            Source::Memory(rest) => rest.split_to(most),
            Source::Content(content) => content.read_at(self.place, most.min(PIECE))?,
        };
        let drop = match self.spoil {
            Some(Spoil {
                at,
                act: Act::Corrupt(bits),
                ..
            }) if at == self.place && !drop.is_empty() => {
                self.spoil = None;
                Bytes::from(vec![drop[0] ^ bits])
            }
            _ => drop,
        };
        self.place += drop.len() as u64;
        Ok(drop)
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
        if let Some(spoil) = self.spoil
            && spoil.at == self.place
            && !matches!(spoil.act, Act::Corrupt(_))
        {
            // The stream acts when what is on its way has left; nobody wakes this body again.
            self.spoiler.act_when_flushed(spoil.act);
            return Poll::Pending;
        }
        let drop = match self.next_drop() {
            Ok(drop) => drop,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        if drop.is_empty() {
            return Poll::Ready(None);
        }
        if !self.interval.is_zero() {
            self.waiting = Some(Box::pin(sleep(self.interval)));
        }
        Poll::Ready(Some(Ok(Frame::data(drop))))
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0 && self.spoil.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.chunked {
            true => SizeHint::default(),
            false => SizeHint::with_exact(self.left()),
        }
    }
}
