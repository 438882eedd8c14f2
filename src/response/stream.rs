//! An answer whose body is read while it comes in.

use std::fmt;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{Head, Response};
use crate::error::{Error, Result, Status};
use crate::session::connection::Connection;
use crate::session::transport::Incoming;

/// What the instance answered, with a body that is still on its way. Dropping it gives the rest up.
///
/// It keeps a connection to itself until its body has ended.
pub struct Stream {
    connection: Arc<Connection>,
    head: Head,
    /// `None` once the body has ended, or broke off.
    incoming: Option<Incoming>,
    /// How much of the last piece was read.
    read: usize,
    limit: Duration,
    pid: u32,
}

/// So much of the body of a failure is read for what it says.
const FAILURE_LIMIT: usize = 1 << 20;

impl Stream {
    pub(crate) fn new(
        connection: Arc<Connection>,
        head: Head,
        incoming: Incoming,
        limit: Duration,
    ) -> Stream {
        Stream {
            connection,
            head,
            incoming: Some(incoming),
            read: 0,
            limit,
            pid: process::id(),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    /// A header of the answer, by its name in any case; the first where there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// All headers of the answer that are text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.headers()
    }

    /// Reads what comes next of the body into a buffer, and returns how much that is; 0 at the end.
    ///
    /// # Errors
    /// As [`Stream::next_piece`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let is_read = |incoming: &Incoming| incoming.piece().len() <= self.read;
        if self.incoming.as_ref().is_none_or(is_read) {
            let is_there = self.next_piece()?.is_some();
            self.read = 0;
            if !is_there {
                return Ok(0);
            }
        }
        let piece = self.incoming.as_ref().map_or(&[][..], Incoming::piece);
        let rest = piece.get(self.read..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }

    /// The next piece of the body, inflated and never empty; `None` after the last. What [`Stream::read`]
    /// left of the last piece is passed over.
    ///
    ///
    /// # Errors
    /// [`Status::CutBody`] where the body breaks off, [`Status::Timeout`] where nothing comes for as
    /// long as a call may take, [`Status::Closed`] where the client is closed, or in a forked child.
    pub fn next_piece(&mut self) -> Result<Option<&[u8]>> {
        if self.pid != process::id() {
            let message = "the answer belongs to the process that asked for it";
            return Err(Error::new(Status::Closed, message));
        }
        let Some(incoming) = &mut self.incoming else {
            return Ok(None);
        };
        match self.connection.receive(incoming, self.limit) {
            Ok(true) => {}
            Ok(false) => {
                if let Some(incoming) = self.incoming.take() {
                    incoming.end();
                }
                return Ok(None);
            }
            Err(error) => {
                self.incoming = None;
                return Err(self.head.tells(error));
            }
        }
        Ok(self.incoming.as_ref().map(Incoming::piece))
    }

    /// Whether the answer is a success, and if it is none, why. The body of a failure is read for what
    /// it says, and is gone then; that of a success is not looked at.
    ///
    /// # Errors
    /// As [`Response::check`], and those of [`Stream::next_piece`].
    pub fn check(&mut self) -> Result<()> {
        let is_dropped = self.head.status == StatusCode::ACCEPTED;
        if self.head.status.is_success() && !is_dropped {
            return Ok(());
        }
        let mut body = Vec::new();
        while let Some(piece) = self.next_piece()? {
            body.extend_from_slice(piece);
            if body.len() > FAILURE_LIMIT {
                self.incoming = None;
                break;
            }
        }
        Response::new(self.head.clone(), body).check()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // The parent's connection is not a child's to close.
        if self.pid != process::id() {
            std::mem::forget(self.incoming.take());
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with its body on its way", self.head.status)
    }
}
