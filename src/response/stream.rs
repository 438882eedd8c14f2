//! An answer whose body is read while it comes in.

use std::fmt;
use std::sync::Arc;

use super::{Expected, Head, Measured, Response};
use crate::error::{Error, Result, Status};
use crate::room::{self, MOST_HELD};
use crate::runtime::fork::{ProcessId, process_id};
use crate::runtime::limits::Limits;
use crate::session::connection::{Connection, Waiting};
use crate::session::transport::{Incoming, Pauses, Unpackers, no_memory, too_large};

/// What the instance answered, with a body that is still on its way. Dropping it gives the rest up.
///
/// It keeps a connection to itself until its body has ended.
pub struct Stream {
    connection: Arc<Connection>,
    head: Head,
    /// `None` once the body has ended, or broke off.
    incoming: Option<Incoming>,
    /// Why it broke off.
    broken: Option<Error>,
    /// Why the answer is no success, once its body was read for that.
    failure: Option<Error>,
    /// What the body should be, and what it is so far.
    expected: Option<(Expected, Measured)>,
    /// How much of the last piece was read.
    read: usize,
    waiting: Waiting,
    pid: ProcessId,
}

/// So much of the body of a failure is read for what it says.
const FAILURE_LIMIT: usize = 1 << 20;

impl Stream {
    pub(crate) fn new(
        connection: Arc<Connection>,
        head: Head,
        incoming: Incoming,
        waiting: Waiting,
    ) -> Stream {
        Stream {
            connection,
            head,
            incoming: Some(incoming),
            broken: None,
            failure: None,
            expected: None,
            read: 0,
            waiting,
            pid: process_id(),
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
        self.check_process()?;
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
    /// # Errors
    /// [`Status::CutBody`] where the body breaks off, [`Status::Corrupt`] where it is not the attachment
    /// that it should be, [`Status::UnexpectedAnswer`] where it is packed as nobody asked,
    /// [`Status::Timeout`] where nothing comes for as long as a call may take, [`Status::Cancelled`] where
    /// the client is closed meanwhile, [`Status::Closed`] where it is closed, or in a forked child. After an
    /// error every later call gives the same one: what broke off never seems to have ended.
    pub fn next_piece(&mut self) -> Result<Option<&[u8]>> {
        let is_there = self.unless_broken(Stream::advance)?;
        let incoming = self.incoming.as_ref().filter(|_| is_there);
        Ok(incoming.map(Incoming::piece))
    }

    /// Puts what comes next of the body into a buffer that has room, as much as that has; whether anything came.
    /// A body that is read so is read so to its end.
    ///
    /// # Errors
    /// As [`Stream::next_piece`].
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<bool> {
        self.unless_broken(|stream| {
            stream.receive(|incoming, limits| incoming.fill(limits, buffer))
        })
    }

    /// Receives, unless the body broke off before.
    fn unless_broken(&mut self, receive: impl FnOnce(&mut Stream) -> Result<bool>) -> Result<bool> {
        self.check_process()?;
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        receive(self).map_err(|error| {
            self.incoming = None;
            let error = self.head.tells(error);
            self.broken = Some(error.clone());
            // A failure was noted when it began, and what is given up is none.
            if error.status() != Status::Cancelled
                && self.waiting.is_after_the_call()
                && self.head.refusal().is_none()
            {
                self.connection.note_broken(&error);
            }
            error
        })
    }

    fn check_process(&self) -> Result<()> {
        if self.pid == process_id() {
            return Ok(());
        }
        let message = "the answer belongs to the process that asked for it";
        Err(Error::new(Status::Closed, message))
    }

    /// Lets another call of the client go, while nothing is read of this answer.
    pub(crate) fn end_turn(&mut self) {
        if let Some(incoming) = &mut self.incoming {
            incoming.end_turn();
        }
    }

    /// Shares what unpacks a body with other answers, before anything is read of this one.
    pub(super) fn share(&mut self, unpackers: &Unpackers) {
        if let Some(incoming) = &mut self.incoming {
            incoming.share(unpackers);
        }
    }

    /// Has this told whenever nothing of the body is there and it is waited for.
    pub(super) fn tell_of_pauses(&mut self, pauses: Box<dyn Pauses>) {
        if let Some(incoming) = &mut self.incoming {
            incoming.tell_of_pauses(pauses);
        }
    }

    pub(super) fn pauses(&mut self) -> Option<&mut dyn Pauses> {
        self.incoming.as_mut()?.pauses()
    }

    /// Goes on to the next piece; whether there is one.
    fn advance(&mut self) -> Result<bool> {
        if self.receive(Incoming::advance)? {
            if let (Some(incoming), Some((expected, measured))) =
                (&self.incoming, &mut self.expected)
            {
                measured.add(incoming.piece());
                if !measured.exceeds(expected) {
                    return Ok(true);
                }
            } else {
                return Ok(true);
            }
        }
        let expected = self.expected.take();
        match expected.and_then(|(expected, measured)| measured.difference(&expected)) {
            None => Ok(false),
            Some(difference) => {
                let message = format!(
                    "what came is not what the instance has: {} in place of {}",
                    difference.measured, difference.expected
                );
                Err(Error::new(Status::Corrupt, message).with_retry(true, None))
            }
        }
    }

    /// Receives what comes next; whether there is something.
    fn receive(
        &mut self,
        receive: impl FnOnce(&mut Incoming, Limits<'_>) -> Result<bool>,
    ) -> Result<bool> {
        let Some(incoming) = &mut self.incoming else {
            return Ok(false);
        };
        let connection = &self.connection;
        let is_there = connection.receive(&self.waiting, |limits| receive(incoming, limits))?;
        if !is_there && let Some(incoming) = self.incoming.take() {
            incoming.end();
        }
        Ok(is_there)
    }

    /// Reads what is left of the body.
    pub(crate) fn into_whole(mut self) -> Result<Response> {
        let mut body = Vec::new();
        while let Some(piece) = self.next_piece()? {
            if room::append(&mut body, piece).is_err() {
                return Err(self.head.tells(no_memory(&self.head.asked.method)));
            }
            if body.len() > MOST_HELD {
                return Err(self.head.tells(too_large(&self.head.asked.method)));
            }
        }
        Ok(Response::new(self.head.clone(), body))
    }

    /// Takes the body of a success for a file, and holds it against this when it has ended.
    pub(crate) fn expect(&mut self, expected: Expected) {
        self.head.is_file = true;
        self.expected = Some((expected, Measured::new()));
    }

    /// How long the body should be, where that is known.
    pub(crate) fn expected_bytes(&self) -> Option<u64> {
        self.expected.as_ref()?.0.bytes
    }

    /// Why the body broke off, if it did.
    pub(super) fn broken(&self) -> Option<Error> {
        self.broken.clone()
    }

    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Whether the answer is a success, and if it is none, why. The body of a failure, which is also an HTML page
    /// that nobody asked for, is read for what it says, and is gone then; that of a success is not looked at.
    ///
    /// # Errors
    /// As [`Response::check`], and those of [`Stream::next_piece`].
    pub fn check(&mut self) -> Result<()> {
        if let Some(error) = &self.failure {
            return Err(error.clone());
        }
        self.head.check().or_else(|_| {
            // Whatever it says, the head alone does not tell of a success.
            let said = self.what_it_says()?.judge();
            self.failure = said.as_ref().err().cloned();
            said
        })
    }

    /// Refuses an HTML page, which came in place of what was asked for.
    pub(crate) fn refuse_page(&mut self) -> Result<()> {
        let head = Response::new(self.head.clone(), Vec::new());
        if head.html_failure().is_none() {
            return Ok(());
        }
        match self.what_it_says()?.html_failure() {
            Some(error) => Err(self.head.tells(error)),
            None => Ok(()),
        }
    }

    /// As much of the body as it takes to see that the answer is a success in JSON.
    ///
    /// # Errors
    /// As [`Response::check`], and those of [`Stream::next_piece`]; the rest of the body is given up then.
    pub(super) fn judged_beginning(&mut self) -> Result<Vec<u8>> {
        if self.head.is_surely_as_asked() {
            return Ok(Vec::new());
        }
        let beginning = self.beginning()?;
        if let Err(error) = beginning.judge() {
            self.incoming = None;
            return Err(error);
        }
        Ok(beginning.into_parts().2)
    }

    /// Reads the body of a failure, and gives it up where it is long.
    fn what_it_says(&mut self) -> Result<Response> {
        let beginning = self.beginning()?;
        if beginning.body().len() > FAILURE_LIMIT {
            self.incoming = None;
        }
        Ok(beginning)
    }

    /// The answer with its body up to a limit, for all of which there is the time of one call.
    fn beginning(&mut self) -> Result<Response> {
        let waiting = self.waiting.take_as_one();
        let beginning = self.received_to_a_limit();
        self.waiting = waiting;
        beginning
    }

    fn received_to_a_limit(&mut self) -> Result<Response> {
        let mut body = Vec::new();
        while body.len() <= FAILURE_LIMIT
            && let Some(piece) = self.next_piece()?
        {
            if room::append(&mut body, piece).is_err() {
                return Err(self.head.tells(no_memory(&self.head.asked.method)));
            }
        }
        Ok(Response::new(self.head.clone(), body))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // The parent's connection is not a child's to close.
        if self.pid != process_id() {
            std::mem::forget(self.incoming.take());
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with its body on its way", self.head.status)
    }
}
