//! gzip: what a body is packed with, piece by piece.
//!
//! Here and not by an HTTP client, whose own costs nearly twice as much. How much one piece can become is bounded,
//! however well it was packed.

use flate2::{Decompress, FlushDecompress, Status};

use super::failure::Failure;

/// The most that is inflated at once.
pub(super) const PIECE: usize = 64 * 1024;

/// Unpacks one gzip member after the other.
#[derive(Default)]
pub(super) struct Inflater {
    /// The member that is being read; none before the first byte and after the last of a member.
    member: Option<Decompress>,
}

/// zlib's largest window.
const WINDOW_BITS: u8 = 15;

impl Inflater {
    /// Takes some of the input, until it is used up or the output is full. Where the output is full already it
    /// grows by a piece at most.
    pub(super) fn inflate(
        &mut self,
        input: &mut &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        if output.len() == output.capacity() {
            output.reserve(PIECE.min(input.len().saturating_mul(4)).max(1024));
        }
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
            *input = input.get(taken..).unwrap_or_default();
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
    pub(super) fn ended(&self) -> Result<(), Failure> {
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
            let mut piece = *piece;
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
        let (mut inflater, mut input) = (Inflater::default(), bomb.as_slice());
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
