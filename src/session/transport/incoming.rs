//! An answer on its way in.

use std::future::poll_fn;
use std::mem;
use std::time::{Duration, Instant};

use http::{HeaderMap, Method, StatusCode};

use super::arriving::{Arriving, AtHand};
use super::coding::{Coding, Unpackers};
use super::connector::Answer;
use super::failure::Failure;
use super::gzip;
use super::outgoing::Unsent;
use super::turns::Turn;
use super::{Lane, Patience, settled};
use crate::error::{Error, Result};
use crate::room::{self, MOST_HELD};
use crate::runtime::limits::{Interrupted, Limits};
use crate::session::statistics::Statistics;

/// A body on its way in, on the lane that it keeps.
pub(crate) struct Incoming {
    /// Some until the exchange broke off.
    lane: Option<Lane>,
    status: StatusCode,
    body: Arriving,
    coding: Coding,
    /// Whom what unpacks it is left to.
    unpackers: Option<Unpackers>,
    /// What the last advance brought.
    piece: Vec<u8>,
    /// Why no other piece follows this one.
    broken: Option<Failure>,
    method: Method,
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

/// More is not worth it: a new connection costs less.
const PASSED_OVER: usize = 256 * 1024;
const PASSED_OVER_WITHIN: Duration = Duration::from_millis(500);

impl Incoming {
    pub(super) fn new(
        (lane, turn): (Lane, Turn),
        (answer, unsent): (Answer, Option<Unsent>),
        headers: &HeaderMap,
        method: Method,
    ) -> Incoming {
        let sent = &lane.connector().sent;
        let is_early = sent.answered() || unsent.is_some();
        Incoming {
            status: answer.head.status,
            body: Arriving::new(answer.body, sent.statistics()),
            lane: Some(lane),
            coding: Coding::of(answer.head.status, headers),
            unpackers: None,
            piece: Vec::new(),
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
        &self.piece
    }

    /// Goes on to the next piece; whether there is one.
    pub(crate) fn advance(&mut self, limits: Limits<'_>) -> Result<bool> {
        let mut piece = mem::take(&mut self.piece);
        piece.clear();
        piece.reserve_exact(gzip::PIECE);
        let is_there = self.fill(limits, &mut piece);
        self.piece = piece;
        is_there
    }

    /// Puts what comes next into a buffer that has room, as much as that has; whether anything came.
    pub(crate) fn fill(&mut self, limits: Limits<'_>, buffer: &mut Vec<u8>) -> Result<bool> {
        let Some(lane) = self.lane.take() else {
            return Ok(false);
        };
        let before = buffer.len();
        let outcome = loop {
            let at_hand = self.at_hand(buffer);
            // Of what is at hand there may be no end.
            if let Some(interrupted) = limits.reached() {
                break Err(interrupted);
            }
            match at_hand {
                Ok(AtHand::NotYet) => {}
                Ok(AtHand::Piece) if buffer.len() == before => continue,
                Ok(AtHand::Piece) => break Ok(Ok(true)),
                Ok(AtHand::End) => break Ok(Ok(false)),
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

    /// Waits for more of the body, or its end.
    fn wait(&mut self, lane: &Lane, limits: Limits<'_>) -> Result<(), Interrupted> {
        let (body, pauses) = (&mut self.body, &mut self.pauses);
        let mut is_paused = false;
        let arrived = poll_fn(|context| {
            // What came meanwhile is in by now: the lane has looked at its sockets.
            let polled = body.poll(context);
            if polled.is_pending()
                && !is_paused
                && let Some(pauses) = pauses
            {
                pauses.begin();
                is_paused = true;
            }
            polled
        });
        let waited = lane.drive(limits, arrived);
        if is_paused && let Some(pauses) = &mut self.pauses {
            pauses.end();
        }
        waited
    }

    /// Puts what is there into a buffer, unpacked.
    fn at_hand(&mut self, output: &mut Vec<u8>) -> Result<AtHand, Failure> {
        if let Some(failure) = self.broken.take() {
            return Err(failure);
        }
        let before = output.len();
        match self.coding.take(&mut self.body, output) {
            // What came before the break was whole.
            Err(failure) if output.len() > before => {
                self.broken = Some(failure);
                Ok(AtHand::Piece)
            }
            Ok(_) if output.len() > before => Ok(AtHand::Piece),
            taken => taken,
        }
    }

    /// All that is still to come, and gives the lane back. It has the time of a call, as any answer that is held whole.
    pub(super) fn rest(mut self, patience: Patience<'_>) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        let limits = patience.next_piece();
        while self.advance(limits)? {
            room::append(&mut body, self.piece()).map_err(|_| no_memory(&self.method))?;
            if body.len() > MOST_HELD {
                return Err(too_large(&self.method));
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

    /// Passes over what is left, where that is little and soon there, so that its connection serves the next request.
    pub(crate) fn let_go(mut self, patience: Patience<'_>) {
        let deadline = patience.deadline.min(Instant::now() + PASSED_OVER_WITHIN);
        let patience = Patience {
            deadline,
            ..patience
        };
        let mut passed = 0;
        while passed < PASSED_OVER {
            match self.advance(patience.whole()) {
                Ok(true) => passed += self.piece.len(),
                Ok(false) => return self.end(),
                Err(_) => return,
            }
        }
    }

    /// Shares what unpacks a body with other answers, before anything is read of this one.
    pub(crate) fn share(&mut self, unpackers: &Unpackers) {
        self.coding.use_one_of(unpackers);
        self.unpackers = Some(unpackers.clone());
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
        if let Some(unpackers) = &self.unpackers {
            self.coding.leave_to(unpackers);
        }
        if let Some(lane) = self.lane.take() {
            lane.close();
        }
    }
}

/// The error of an answer that is larger.
pub(crate) fn too_large(method: &Method) -> Error {
    Failure::TooLarge.into_error(method, true)
}

/// The error of an answer that there is no memory for.
pub(crate) fn no_memory(method: &Method) -> Error {
    Failure::NoMemory.into_error(method, true)
}

/// Reads all of an answer.
pub(super) async fn whole(
    answer: Answer,
    statistics: &Statistics,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
    let Answer {
        head,
        body: mut incoming,
    } = answer;
    let mut coding = Coding::of(head.status, &head.headers);
    let mut body = Vec::new();
    while let Some(piece) = incoming.next_chunk().await? {
        statistics.bytes_received.add(piece.len());
        coding.decode(&piece, &mut body, MOST_HELD)?;
        if body.len() > MOST_HELD {
            return Err(Failure::TooLarge);
        }
    }
    coding.ended()?;
    Ok((head.status, head.headers, body))
}
