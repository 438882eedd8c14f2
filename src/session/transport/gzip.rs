//! gzip: what a body is packed with, piece by piece.
//!
//! Here and not by an HTTP client, whose own costs nearly twice as much. How much one piece can become is bounded,
//! however well it was packed. A member's header, DEFLATE and its checksum are left to a library each: those that
//! read all of it take a tenth of their time for the checksum.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use gzip_header::read_gz_header;
use libdeflater::Crc;

use super::failure::Failure;

/// The most that is inflated at once.
pub(super) const PIECE: usize = 64 * 1024;

/// The longest header of a member: ten bytes, and names that nobody sends.
const MOST_OF_A_HEADER: usize = 4 * 1024;

const MAGIC: &[u8] = &[0x1f, 0x8b];

/// Unpacks one gzip member after the other.
#[derive(Default)]
pub(super) struct Inflater {
    /// The member that is being read; none before the first byte and after the last of a member.
    member: Option<Member>,
    /// What inflated the member before: it takes 47 KiB.
    before: Option<Decompress>,
}

struct Member {
    part: Part,
    /// What came of its header, or of its trailer.
    frame: Vec<u8>,
    data: Decompress,
    checksum: Crc,
}

/// What is read of a member.
enum Part {
    Header,
    Data,
    Trailer,
}

/// The checksum and the length of the data.
const TRAILER: usize = 8;

impl Inflater {
    /// Takes some of the input, until it is used up or the output is full. Where the output is full already it
    /// grows by a piece at most.
    pub(super) fn inflate(
        &mut self,
        input: &mut &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        if output.len() == output.capacity() {
            output.try_reserve(PIECE.min(input.len().saturating_mul(4)).max(1024))?;
        }
        while !input.is_empty() && output.len() < output.capacity() {
            let before = &mut self.before;
            let member = self
                .member
                .get_or_insert_with(|| Member::inflated_by(before.take()));
            if member.read(input, output)? {
                self.clear();
            }
        }
        Ok(())
    }

    /// Forgets the member that is being read.
    pub(super) fn clear(&mut self) {
        if let Some(member) = self.member.take() {
            self.before = Some(member.data);
        }
    }

    /// Whether the body may end here.
    pub(super) fn ended(&self) -> Result<(), Failure> {
        match &self.member {
            None => Ok(()),
            Some(member) if member.is_other() => Err(Failure::NotGzip),
            Some(_) => Err(Failure::CutBody),
        }
    }
}

impl Member {
    fn inflated_by(before: Option<Decompress>) -> Member {
        let again = before.map(|mut data| {
            data.reset(false);
            data
        });
        Member {
            part: Part::Header,
            frame: Vec::new(),
            data: again.unwrap_or_else(|| Decompress::new(false)),
            checksum: Crc::new(),
        }
    }

    /// Takes some of the input; whether it was the last of the member.
    fn read(&mut self, input: &mut &[u8], output: &mut Vec<u8>) -> Result<bool, Failure> {
        match self.part {
            Part::Header => self.read_header(input)?,
            Part::Data => self.read_data(input, output)?,
            Part::Trailer => return self.read_trailer(input),
        }
        Ok(false)
    }

    /// Whether it is none, of which too little came to see that before.
    fn is_other(&self) -> bool {
        let mut begun = MAGIC.iter().zip(&self.frame);
        matches!(self.part, Part::Header) && begun.any(|(due, byte)| due != byte)
    }

    fn read_header(&mut self, input: &mut &[u8]) -> Result<(), Failure> {
        let before = self.frame.len();
        let came = take(&mut &**input, MOST_OF_A_HEADER - before);
        self.frame.extend(came);
        let mut rest = self.frame.as_slice();
        match read_gz_header(&mut rest) {
            // A name that is cut counts as whole there, so that the first byte after it has to be seen.
            Ok(_) if !rest.is_empty() => {
                take(input, self.frame.len() - rest.len() - before);
                self.frame.clear();
                self.part = Part::Data;
                Ok(())
            }
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(Failure::NotGzip),
            _ if self.frame.len() == MOST_OF_A_HEADER => Err(Failure::NotGzip),
            _ => {
                *input = &[];
                Ok(())
            }
        }
    }

    fn read_data(&mut self, input: &mut &[u8], output: &mut Vec<u8>) -> Result<(), Failure> {
        let (taken, start) = (self.data.total_in(), output.len());
        let status = self
            .data
            .decompress_vec(input, output, FlushDecompress::None)
            .map_err(|_| Failure::CutBody)?;
        take(input, (self.data.total_in() - taken) as usize);
        self.checksum.update(&output[start..]);
        match status {
            Status::StreamEnd => self.part = Part::Trailer,
            Status::BufError if output.len() < output.capacity() => return Err(Failure::CutBody),
            Status::Ok | Status::BufError => {}
        }
        Ok(())
    }

    fn read_trailer(&mut self, input: &mut &[u8]) -> Result<bool, Failure> {
        self.frame.extend(take(input, TRAILER - self.frame.len()));
        // Both have 32 bits there.
        let (checksum, length) = (self.checksum.sum(), self.data.total_out() as u32);
        let expected = [checksum.to_le_bytes(), length.to_le_bytes()].concat();
        match self.frame.len() < TRAILER {
            true => Ok(false),
            false if self.frame == expected => Ok(true),
            false => Err(Failure::CutBody),
        }
    }
}

/// Takes so many bytes off the front, or as many as there are.
fn take<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(count.min(input.len()));
    *input = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use gzip_header::GzBuilder;
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
    fn a_header_may_hold_names_and_a_checksum() {
        let packed = packed(b"text");
        let plain = GzBuilder::new;
        let headers = [
            plain().filename("a name").into_header(),
            plain().filename("a name").comment("more").into_header(),
            plain().extra("\0\0").comment("").into_header(),
            plain().filename("a name").into_header_with_checksum(),
        ];
        for header in headers {
            let named = [&header, &packed[10..]].concat();
            for size in 1..named.len() {
                let pieces: Vec<&[u8]> = named.chunks(size).collect();
                assert_eq!(inflated(&pieces).expect("a member"), b"text");
            }
            let mut header = header;
            header[1] ^= 1;
            assert!(matches!(inflated(&[&header]), Err(Failure::NotGzip)));
        }
    }

    #[test]
    fn a_header_has_a_largest_size() {
        let header = GzBuilder::new().filename("n".repeat(MOST_OF_A_HEADER));
        let named = header.into_header();
        for size in [1, 1000, named.len()] {
            let pieces: Vec<&[u8]> = named.chunks(size).collect();
            assert!(matches!(inflated(&pieces), Err(Failure::NotGzip)));
        }
    }

    #[test]
    fn what_is_not_as_the_trailer_says_is_cut() {
        let packed = packed(b"text");
        for at in packed.len() - TRAILER..packed.len() {
            let mut changed = packed.clone();
            changed[at] ^= 1;
            assert!(matches!(inflated(&[&changed]), Err(Failure::CutBody)));
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
        assert!(matches!(inflated(&[&garbage]), Err(Failure::NotGzip)));
    }

    #[test]
    fn what_was_given_up_leaves_nothing_behind() {
        let packed = packed(b"text");
        for at in 1..packed.len() {
            let (mut inflater, mut body) = (Inflater::default(), Vec::new());
            inflater
                .inflate(&mut &packed[..at], &mut Vec::new())
                .expect("begins well");
            inflater.clear();
            inflater
                .inflate(&mut packed.as_slice(), &mut body)
                .expect("a member");
            assert_eq!(body, b"text", "given up at {at}");
            inflater.ended().expect("the end");
        }
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
