//! An answer on its way in.

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
    before_wait: Option<Box<BeforeWait>>,
    /// What of the request's body was not sent yet.
    unsent: Option<Unsent>,
    /// Whether the answer began before the whole request was sent: its connection is busy with that still,
    /// and no good for another call.
    is_early: bool,
}

/// Is called when nothing of a body is there, before it is waited for.
pub(crate) type BeforeWait = dyn Fn() + Send + Sync;

/// What the last advance brought.
#[derive(Default)]
struct Piece {
    /// As it came.
    received: Vec<u8>,
    /// How much of it was inflated, if it has to be.
    read: usize,
    inflated: Vec<u8>,
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
            before_wait: None,
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
        let Some(lane) = self.lane.take() else {
            return Ok(false);
        };
        let outcome = match self.at_hand() {
            _ if limits.is_cancelled() => Err(Interrupted::Cancelled),
            Ok(None) => lane.drive(limits, async {
                // What came meanwhile is in by now: the lane has looked at its sockets.
                if let Some(before_wait) = &self.before_wait
                    && !self.body.is_ready()
                {
                    before_wait();
                }
                loop {
                    self.body.wait().await;
                    if let Some(is_there) = self.at_hand()? {
                        return Ok(is_there);
                    }
                }
            }),
            Ok(Some(is_there)) => Ok(Ok(is_there)),
            Err(failure) => Ok(Err(failure)),
        };
        let (lane, is_there) = settled(outcome, lane, &self.method)?;
        self.lane = Some(lane);
        Ok(is_there)
    }

    /// Goes on to the next piece of what has arrived; whether there is one. `None` where it is on its way.
    fn at_hand(&mut self) -> Result<Option<bool>, Failure> {
        if let Some(failure) = self.broken.take() {
            return Err(failure);
        }
        self.piece.inflated.clear();
        match self.fill() {
            // What was inflated before the break was whole.
            Err(failure) if !self.piece.inflated.is_empty() => {
                self.broken = Some(failure);
                Ok(Some(true))
            }
            filled => filled,
        }
    }

    fn fill(&mut self) -> Result<Option<bool>, Failure> {
        loop {
            let piece = &mut self.piece;
            if let Coding::Gzip(inflater) = &mut self.coding {
                let mut rest = &piece.received[piece.read..];
                piece
                    .inflated
                    .reserve_exact(gzip::PIECE - piece.inflated.len());
                inflater.inflate(&mut rest, &mut piece.inflated)?;
                piece.read = piece.received.len() - rest.len();
                if piece.inflated.len() >= gzip::PIECE || !rest.is_empty() {
                    return Ok(Some(true));
                }
            }
            match (self.body.take(&mut piece.received)?, &self.coding) {
                (AtHand::Piece, coding) => {
                    piece.read = 0;
                    self.statistics.bytes_received.add(piece.received.len());
                    if let Coding::Identity = coding {
                        return Ok(Some(true));
                    }
                }
                _ if !piece.inflated.is_empty() => return Ok(Some(true)),
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

    /// Has this called whenever nothing of the body is there, before it is waited for.
    pub(crate) fn before_wait(&mut self, call: Box<BeforeWait>) {
        self.before_wait = Some(call);
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
