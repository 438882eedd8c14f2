//! How a body is packed, and what unpacks it.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, header};

use super::arriving::{Arriving, AtHand};
use super::failure::Failure;
use super::gzip::Inflater;

/// How a body is packed.
pub(super) enum Coding {
    Identity,
    Gzip(Box<Unpacker>),
}

/// Unpacks a body.
#[derive(Default)]
pub(super) struct Unpacker {
    inflater: Inflater,
    /// What came and was not unpacked yet, behind so many bytes that were.
    packed: Vec<u8>,
    unpacked: usize,
}

/// What unpacks bodies, left by one answer to another. Made anew for each page of an export they would come
/// and go, 80 KiB each, between blocks that stay, and leave holes.
#[derive(Clone, Default)]
pub(crate) struct Unpackers(Arc<Mutex<Vec<Unpacker>>>);

/// How much is unpacked at once. Most answers come in chunks of 8 KiB, and an inflater copies what it may refer to
/// for each, 32 KiB.
const PACKED: usize = 32 * 1024;

impl Coding {
    pub(super) fn of(headers: &HeaderMap) -> Coding {
        let gzip = headers
            .get(header::CONTENT_ENCODING)
            .is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"));
        match gzip {
            true => Coding::Gzip(Box::default()),
            false => Coding::Identity,
        }
    }

    /// Puts what is there of a body into a buffer that has room. What came may be packed so that nothing comes out of
    /// it yet.
    pub(super) fn take(
        &mut self,
        body: &mut Arriving,
        output: &mut Vec<u8>,
    ) -> Result<AtHand, Failure> {
        match self {
            Coding::Identity => Ok(body.take(output)?),
            Coding::Gzip(unpacker) => unpacker.take(body, output),
        }
    }

    /// Adds a piece to a body, until that is larger than the most that is held.
    pub(super) fn decode(
        &mut self,
        mut piece: &[u8],
        body: &mut Vec<u8>,
        most: usize,
    ) -> Result<(), Failure> {
        match self {
            Coding::Identity => body.extend_from_slice(piece),
            Coding::Gzip(unpacker) => {
                while !piece.is_empty() && body.len() <= most {
                    unpacker.inflater.inflate(&mut piece, body)?;
                }
            }
        }
        Ok(())
    }

    /// Whether the body may end here.
    pub(super) fn ended(&self) -> Result<(), Failure> {
        match self {
            Coding::Identity => Ok(()),
            Coding::Gzip(unpacker) => unpacker.inflater.ended(),
        }
    }

    /// Unpacks with what another answer left, if one did.
    pub(super) fn use_one_of(&mut self, unpackers: &Unpackers) {
        if let Coding::Gzip(unpacker) = self
            && let Some(left) = unpackers.lock().pop()
        {
            **unpacker = left;
        }
    }

    /// Leaves what unpacks to another answer. Of this one nothing more is read.
    pub(super) fn leave_to(&mut self, unpackers: &Unpackers) {
        if let Coding::Gzip(mut unpacker) = mem::replace(self, Coding::Identity) {
            unpacker.clear();
            unpackers.lock().push(*unpacker);
        }
    }
}

impl Unpacker {
    fn take(&mut self, body: &mut Arriving, output: &mut Vec<u8>) -> Result<AtHand, Failure> {
        let before = output.len();
        let mut has_taken = false;
        loop {
            let mut rest = &self.packed[self.unpacked..];
            self.inflater.inflate(&mut rest, output)?;
            self.unpacked = self.packed.len() - rest.len();
            if output.len() == output.capacity() || (has_taken && output.len() == before) {
                return Ok(AtHand::Piece);
            }
            self.unpacked = 0;
            self.packed.clear();
            self.packed.reserve_exact(PACKED);
            match body.take(&mut self.packed)? {
                AtHand::Piece => has_taken = true,
                AtHand::NotYet => return Ok(AtHand::NotYet),
                AtHand::End => return self.inflater.ended().map(|()| AtHand::End),
            }
        }
    }

    fn clear(&mut self) {
        self.inflater.clear();
        self.packed.clear();
        self.unpacked = 0;
    }
}

impl Unpackers {
    fn lock(&self) -> MutexGuard<'_, Vec<Unpacker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
