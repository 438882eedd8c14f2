//! An answer on its way in.

use std::mem;
use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, header};

use super::arriving::{Arriving, AtHand};
use super::connector::Answer;
use super::failure::Failure;
use super::gzip::{self, Inflater};
use super::outgoing::Unsent;
use super::turns::Turn;
use super::{Lane, Patience, settled};
use crate::error::Result;
use crate::runtime::limits::{Interrupted, Limits};
use crate::session::statistics::Statistics;

/// A body on its way in, on the lane that it keeps.
pub(crate) struct Incoming {
    /// Some until the exchange broke off.
    lane: Option<Lane>,
    status: StatusCode,
    body: Arriving,
    coding: Coding,
    piece: Piece,
    /// Why no other piece follows this one.
    broken: Option<Failure>,
    method: Method,
    statistics: Arc<Statistics>,
    turn: Option<Turn>,
    pauses: Option<Box<dyn Pauses>>,
    /// What of the request's body was not sent yet.
    unsent: Option<Unsent>,
    /// Whether the answer began before the whole request was sent: its connection is busy with that still,
    /// and no good for another call.
    is_early: bool,
}

/// What a thread that reads a body does around its waits, for more of it or for something else.
pub(crate) trait Pauses: Send {
    /// It is about to wait; it may be told so several times.
    fn begin(&mut self);
    /// It goes on, if it waited at all.
    fn end(&mut self);
}

/// What the last advance brought.
#[derive(Default)]
struct Piece {
    /// As it came.
    received: Vec<u8>,
    /// How much of it was inflated, if it has to be.
    read: usize,
    inflated: Vec<u8>,
}

/// Where a body goes.
enum Destination<'a> {
    /// What is inflated; what came as it is stays where it was received.
    Piece(&'a mut Vec<u8>),
    Buffer(&'a mut Vec<u8>),
}

impl Incoming {
    pub(super) fn new(
        (lane, turn): (Lane, Turn),
        (answer, unsent): (Answer, Option<Unsent>),
        headers: &HeaderMap,
        method: Method,
    ) -> Incoming {
        let sent = &lane.connector().sent;
        let is_early = unsent.is_some() || !sent.may_have_arrived();
        // An answer is the proof that the request arrived.
        sent.is_complete();
        Incoming {
            statistics: sent.statistics(),
            status: answer.head.status,
            body: Arriving::on(&lane, answer.body),
            lane: Some(lane),
            coding: Coding::of(headers),
            piece: Piece::default(),
            broken: None,
            method,
            turn: Some(turn),
            pauses: None,
            unsent,
            is_early,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// What the last advance brought.
    pub(crate) fn piece(&self) -> &[u8] {
        match self.coding {
            Coding::Identity => &self.piece.received,
            Coding::Gzip(_) => &self.piece.inflated,
        }
    }

    /// Goes on to the next piece; whether there is one.
    pub(crate) fn advance(&mut self, limits: Limits<'_>) -> Result<bool> {
        let mut inflated = mem::take(&mut self.piece.inflated);
        inflated.clear();
        if let Coding::Gzip(_) = self.coding {
            inflated.reserve_exact(gzip::PIECE);
        }
        let is_there = self.receive(limits, Destination::Piece(&mut inflated));
        self.piece.inflated = inflated;
        is_there
    }

    /// Puts what comes next into a buffer that has room, as much as that has; whether anything came. A body that is
    /// read so is read so to its end.
    pub(crate) fn fill(&mut self, limits: Limits<'_>, buffer: &mut Vec<u8>) -> Result<bool> {
        self.receive(limits, Destination::Buffer(buffer))
    }

    fn receive(&mut self, limits: Limits<'_>, mut into: Destination<'_>) -> Result<bool> {
        let Some(lane) = self.lane.take() else {
            return Ok(false);
        };
        let outcome = loop {
            match self.at_hand(&mut into) {
                _ if limits.is_cancelled() => break Err(Interrupted::Cancelled),
                Ok(None) => {}
                Ok(Some(is_there)) => break Ok(Ok(is_there)),
                Err(failure) => break Ok(Err(failure)),
            }
            if let Err(interrupted) = self.wait(&lane, limits) {
                break Err(interrupted);
            }
        };
        let (lane, is_there) = settled(outcome, lane, &self.method)?;
        self.lane = Some(lane);
        Ok(is_there)
    }

    fn wait(&mut self, lane: &Lane, limits: Limits<'_>) -> Result<(), Interrupted> {
        let (body, pauses) = (&self.body, &mut self.pauses);
        let mut is_paused = false;
        let waited = lane.drive(limits, async {
            // What came meanwhile is in by now: the lane has looked at its sockets.
            if !body.is_ready()
                && let Some(pauses) = pauses
            {
                pauses.begin();
                is_paused = true;
            }
            body.wait().await;
        });
        if is_paused && let Some(pauses) = &mut self.pauses {
            pauses.end();
        }
        waited
    }

    /// Goes on to the next piece of what has arrived; whether there is one. `None` where it is on its way.
    fn at_hand(&mut self, into: &mut Destination<'_>) -> Result<Option<bool>, Failure> {
        if let Some(failure) = self.broken.take() {
            return Err(failure);
        }
        let is_copied = matches!(into, Destination::Buffer(_));
        let (Destination::Piece(output) | Destination::Buffer(output)) = into;
        let before = output.len();
        match self.take_in(output, is_copied) {
            // What came before the break was whole.
            Err(failure) if output.len() > before => {
                self.broken = Some(failure);
                Ok(Some(true))
            }
            Ok(_) if output.len() > before => Ok(Some(true)),
            taken => taken,
        }
    }

    fn take_in(&mut self, output: &mut Vec<u8>, is_copied: bool) -> Result<Option<bool>, Failure> {
        loop {
            let piece = &mut self.piece;
            let mut rest = &piece.received[piece.read..];
            match &mut self.coding {
                Coding::Gzip(inflater) => inflater.inflate(&mut rest, output)?,
                Coding::Identity if is_copied => {
                    let room = output.capacity() - output.len();
                    let (now, later) = rest.split_at(room.min(rest.len()));
                    output.extend_from_slice(now);
                    rest = later;
                }
                Coding::Identity => rest = &[],
            }
            piece.read = piece.received.len() - rest.len();
            if !rest.is_empty() || (output.len() == output.capacity() && !output.is_empty()) {
                return Ok(Some(true));
            }
            match (self.body.take(&mut piece.received)?, &self.coding) {
                (AtHand::Piece, coding) => {
                    piece.read = 0;
                    self.statistics.bytes_received.add(piece.received.len());
                    if let (Coding::Identity, false) = (coding, is_copied) {
                        piece.read = piece.received.len();
                        return Ok(Some(true));
                    }
                }
                (AtHand::NotYet, _) => return Ok(None),
                (AtHand::End, Coding::Identity) => return Ok(Some(false)),
                (AtHand::End, Coding::Gzip(inflater)) => {
                    return inflater.ended().map(|()| Some(false));
                }
            }
        }
    }

    /// All that is still to come, and gives the lane back.
    pub(super) fn rest(mut self, patience: Patience<'_>) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while self.advance(patience.next_piece())? {
            body.extend_from_slice(self.piece());
            if body.len() > MOST_HELD {
                return Err(Failure::TooLarge.into_error(&self.method, true));
            }
        }
        self.end();
        Ok(body)
    }

    /// Gives the lane back, after the last piece. An answer that is dropped before that takes its
    /// connection with it.
    pub(crate) fn end(mut self) {
        if !self.is_early {
            drop(self.lane.take());
        }
    }

    /// Has this told whenever nothing of the body is there and it is waited for.
    pub(crate) fn tell_of_pauses(&mut self, pauses: Box<dyn Pauses>) {
        self.pauses = Some(pauses);
    }

    /// Where the thread that reads waits for something else.
    pub(crate) fn pauses(&mut self) -> Option<&mut dyn Pauses> {
        Some(&mut **self.pauses.as_mut()?)
    }

    /// Lets another call have the turn: of this answer nothing more is read, or not before others were.
    pub(crate) fn end_turn(&mut self) {
        self.turn = None;
    }

    /// The caller's code runs between its pieces.
    pub(crate) fn gives_way(&mut self) {
        if let Some(turn) = &mut self.turn {
            turn.gives_way();
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.unsent = None;
        if let Some(lane) = self.lane.take() {
            lane.close();
        }
    }
}

/// The most of an answer that is held whole: whoever answers could fill the host's memory else.
const MOST_HELD: usize = 256 << 20;

/// Reads all of an answer.
pub(super) async fn whole(
    answer: Answer,
    statistics: &Statistics,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
    let Answer {
        head,
        body: mut incoming,
    } = answer;
    let mut coding = Coding::of(&head.headers);
    let mut body = Vec::new();
    while let Some(piece) = incoming.next_chunk().await? {
        statistics.bytes_received.add(piece.len());
        match &mut coding {
            Coding::Identity => body.extend_from_slice(&piece),
            Coding::Gzip(inflater) => {
                let mut rest = &piece[..];
                while !rest.is_empty() && body.len() <= MOST_HELD {
                    inflater.inflate(&mut rest, &mut body)?;
                }
            }
        }
        if body.len() > MOST_HELD {
            return Err(Failure::TooLarge);
        }
    }
    if let Coding::Gzip(inflater) = coding {
        inflater.ended()?;
    }
    Ok((head.status, head.headers, body))
}

/// How a body is packed.
enum Coding {
    Identity,
    Gzip(Box<Inflater>),
}

impl Coding {
    fn of(headers: &HeaderMap) -> Coding {
        let gzip = headers
            .get(header::CONTENT_ENCODING)
            .is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"));
        match gzip {
            true => Coding::Gzip(Box::default()),
            false => Coding::Identity,
        }
    }
}
