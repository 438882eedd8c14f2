//! The end of an answer, which is kept whatever becomes of the rest: an instance that breaks off says why
//! there, after JSON that is none.

/// The last bytes of an answer.
#[derive(Default)]
pub(super) struct Tail(Vec<u8>);

/// How many bytes of the end are kept.
const TAIL: usize = 4 * 1024;

impl Tail {
    pub(super) fn push(&mut self, piece: &[u8]) {
        let piece = &piece[piece.len().saturating_sub(TAIL)..];
        if self.0.len() + piece.len() > 2 * TAIL {
            self.0.drain(..self.0.len() - TAIL);
        }
        self.0.extend_from_slice(piece);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0[self.0.len().saturating_sub(TAIL)..]
    }

    pub(super) fn is_end_of_object(&self) -> bool {
        self.bytes().trim_ascii_end().ends_with(b"}")
    }
}
