//! An answer on its way in.
//!
//! The body is inflated here, piece by piece, since reqwest's own gzip costs nearly twice as much. How
//! much one piece can become is bounded, however well it was packed.

use std::mem;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use flate2::{Decompress, FlushDecompress, Status};
use http::{HeaderMap, Method, StatusCode, header};

use super::failure::Failure;
use super::outgoing::Unsent;
use super::turns::Turn;
use super::{Lane, settled};
use crate::error::Result;
use crate::runtime::lane::Limits;
use crate::session::statistics::Statistics;

/// The most that is inflated at once.
const PIECE: usize = 256 * 1024;

/// A body on its way in, on the lane that it keeps.
pub(crate) struct Incoming {
    /// Some until the exchange broke off.
    lane: Option<Lane>,
    answer: reqwest::Response,
    coding: Coding,
    piece: Piece,
    method: Method,
    statistics: Arc<Statistics>,
    turn: Option<Turn>,
    /// What of the request's body was not sent yet.
    unsent: Option<Unsent>,
    /// Whether the answer began before the whole request was sent: its connection is busy with that still,
    /// and no good for another call.
    is_early: bool,
}

/// What was received and not yet read.
struct Piece {
    received: Bytes,
    inflated: Vec<u8>,
}

impl Incoming {
    pub(super) fn new(
        (lane, turn): (Lane, Turn),
        (answer, unsent): (reqwest::Response, Option<Unsent>),
        headers: &HeaderMap,
        method: Method,
    ) -> Incoming {
        let sent = &lane.connector().sent;
        let is_early = unsent.is_some() || !sent.may_have_arrived();
        // An answer is the proof that the request arrived.
        sent.is_complete();
        Incoming {
            statistics: sent.statistics(),
            lane: Some(lane),
            answer,
            coding: Coding::of(headers),
            piece: Piece {
                received: Bytes::new(),
                inflated: Vec::new(),
            },
            method,
            turn: Some(turn),
            unsent,
            is_early,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.answer.status()
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
        let outcome = lane.drive(limits, self.next());
        let (lane, is_there) = settled(outcome, lane, &self.method)?;
        self.lane = Some(lane);
        Ok(is_there)
    }

    async fn next(&mut self) -> Result<bool, Failure> {
        let piece = &mut self.piece;
        let Coding::Gzip(inflater) = &mut self.coding else {
            loop {
                match received(&mut self.answer, &self.statistics).await? {
                    Some(bytes) if bytes.is_empty() => {}
                    Some(bytes) => {
                        piece.received = bytes;
                        return Ok(true);
                    }
                    None => return Ok(false),
                }
            }
        };
        piece.inflated.clear();
        loop {
            inflater.inflate(&mut piece.received, &mut piece.inflated)?;
            if !piece.inflated.is_empty() {
                return Ok(true);
            }
            match received(&mut self.answer, &self.statistics).await? {
                Some(bytes) => piece.received = bytes,
                None => return inflater.ended().map(|()| false),
            }
        }
    }

    /// Gives the lane back, after the last piece. An answer that is dropped before that takes its
    /// connection with it.
    pub(crate) fn end(mut self) {
        if !self.is_early {
            drop(self.lane.take());
        }
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

/// Reads all of an answer.
pub(super) async fn whole(
    mut answer: reqwest::Response,
    statistics: &Statistics,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
    let headers = mem::take(answer.headers_mut());
    let mut coding = Coding::of(&headers);
    let mut body = Vec::new();
    while let Some(mut piece) = received(&mut answer, statistics).await? {
        match &mut coding {
            Coding::Identity => body.extend_from_slice(&piece),
            Coding::Gzip(inflater) => {
                while !piece.is_empty() {
                    inflater.inflate(&mut piece, &mut body)?;
                }
            }
        }
    }
    if let Coding::Gzip(inflater) = coding {
        inflater.ended()?;
    }
    Ok((answer.status(), headers, body))
}

async fn received(
    answer: &mut reqwest::Response,
    statistics: &Statistics,
) -> Result<Option<Bytes>, Failure> {
    let piece = answer.chunk().await?;
    statistics
        .bytes_received
        .add(piece.as_ref().map_or(0, Bytes::len));
    Ok(piece)
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

/// Unpacks one gzip member after the other.
#[derive(Default)]
struct Inflater {
    /// The member that is being read; none before the first byte and after the last of a member.
    member: Option<Decompress>,
}

/// zlib's largest window.
const WINDOW_BITS: u8 = 15;

impl Inflater {
    /// Takes some of the input, and adds at most one piece to the output.
    fn inflate(&mut self, input: &mut Bytes, output: &mut Vec<u8>) -> Result<(), Failure> {
        output.reserve(PIECE.min(input.len().saturating_mul(4)).max(1024));
        while !input.is_empty() && output.len() < output.capacity() {
            let member = self
                .member
                .get_or_insert_with(|| Decompress::new_gzip(WINDOW_BITS));
            let before = member.total_in();
            let status = member
                .decompress_vec(input, output, FlushDecompress::None)
                .map_err(|_| match before {
                    0 => Failure::NotGzip,
                    _ => Failure::CutBody,
                })?;
            let taken = usize::try_from(member.total_in() - before).unwrap_or(usize::MAX);
            input.advance(taken.min(input.len()));
            match status {
                Status::StreamEnd => self.member = None,
                Status::Ok => {}
                Status::BufError if output.len() == output.capacity() => {}
                Status::BufError => return Err(Failure::CutBody),
            }
        }
        Ok(())
    }

    /// Whether the body may end here.
    fn ended(&self) -> Result<(), Failure> {
        match self.member {
            None => Ok(()),
            Some(_) => Err(Failure::CutBody),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text).expect("memory");
        packed.finish().expect("memory")
    }

    fn inflated(pieces: &[&[u8]]) -> Result<Vec<u8>, Failure> {
        let (mut inflater, mut body) = (Inflater::default(), Vec::new());
        for piece in pieces {
            let mut piece = Bytes::copy_from_slice(piece);
            while !piece.is_empty() {
                inflater.inflate(&mut piece, &mut body)?;
            }
        }
        inflater.ended().map(|()| body)
    }

    #[test]
    fn a_body_that_names_a_coding_may_be_empty_but_not_cut() {
        assert_eq!(inflated(&[]).expect("no body"), b"");
        let packed = packed(b"text");
        for length in 1..=packed.len() {
            let bytes: Vec<&[u8]> = packed[..length].chunks(1).collect();
            match length == packed.len() {
                true => assert_eq!(inflated(&bytes).expect("whole"), b"text"),
                false => assert!(
                    matches!(inflated(&bytes), Err(Failure::CutBody)),
                    "cut at {length}"
                ),
            }
        }
    }

    #[test]
    fn members_follow_each_other_and_garbage_does_not() {
        let both = [packed(b"one "), packed(b"two")].concat();
        for size in 1..both.len() {
            let pieces: Vec<&[u8]> = both.chunks(size).collect();
            assert_eq!(inflated(&pieces).expect("two members"), b"one two");
        }
        let garbage = [packed(b"one"), b"rest".to_vec()].concat();
        assert!(inflated(&[&garbage]).is_err());
    }

    #[test]
    fn what_was_packed_well_comes_out_a_piece_at_a_time() {
        let bomb = packed(&vec![0; 64 * PIECE]);
        let (mut inflater, mut input) = (Inflater::default(), Bytes::from(bomb));
        let mut total = 0;
        while !input.is_empty() {
            let mut piece = Vec::new();
            inflater.inflate(&mut input, &mut piece).expect("valid");
            assert!(piece.capacity() <= 2 * PIECE);
            total += piece.len();
        }
        assert_eq!(total, 64 * PIECE);
    }
}
