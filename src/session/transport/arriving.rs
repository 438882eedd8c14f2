//! A body as it arrives, taken by the thread that reads it.
//!
//! Most answers come in chunks of 8 KiB, of which many are there at once. Those are taken with no runtime: to drive
//! one for each would be three system calls.

use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes};

use super::connection::AnswerBody;
use crate::session::statistics::Statistics;

/// The body of an answer. More of it arrives while its lane is driven.
pub(super) struct Arriving {
    body: AnswerBody,
    /// What came last. It keeps all of the buffer that it was received into, so that is free again once this is
    /// used up.
    chunk: Bytes,
    /// How the body ended.
    end: Option<Result<(), hyper::Error>>,
    statistics: Arc<Statistics>,
}

/// What there is of a body.
pub(super) enum AtHand {
    Piece,
    /// The rest is on its way.
    NotYet,
    End,
}

impl Arriving {
    pub(super) fn new(body: AnswerBody, statistics: Arc<Statistics>) -> Arriving {
        Arriving {
            body,
            chunk: Bytes::new(),
            end: None,
            statistics,
        }
    }

    /// Puts what is there into a buffer that has room.
    pub(super) fn take(&mut self, buffer: &mut Vec<u8>) -> Result<AtHand, hyper::Error> {
        let before = buffer.len();
        loop {
            let count = self.chunk.len().min(buffer.capacity() - buffer.len());
            buffer.extend_from_slice(&self.chunk[..count]);
            self.chunk.advance(count);
            if buffer.len() == buffer.capacity() {
                return Ok(AtHand::Piece);
            }
            self.chunk = Bytes::new();
            let polled = self.poll(&mut Context::from_waker(Waker::noop()));
            if !self.chunk.is_empty() {
                continue;
            }
            if buffer.len() > before {
                return Ok(AtHand::Piece);
            }
            match &self.end {
                None if polled.is_pending() => return Ok(AtHand::NotYet),
                None => {}
                Some(Ok(())) => return Ok(AtHand::End),
                Some(Err(_)) => return self.end.take().unwrap_or(Ok(())).map(|()| AtHand::End),
            }
        }
    }

    /// Waits until there is something to take.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.chunk.is_empty() && self.end.is_none() {
            match ready!(self.body.poll_chunk(context)) {
                Ok(Some(chunk)) => {
                    self.statistics.bytes_received.add(chunk.len());
                    self.chunk = chunk;
                }
                Ok(None) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(error)),
            }
        }
        Poll::Ready(())
    }
}
