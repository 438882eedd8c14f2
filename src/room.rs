//! Room for what others decide the size of: a caller who gives a body, an instance that answers.
//!
//! There is a limit to what is held, for whoever answers could fill the host's memory else. Where there is no room,
//! that is an error like any other, for what a collection does by itself then is to end the process. What is small,
//! or as large as this crate makes it, is left to that.

use std::collections::TryReserveError;
use std::io;

/// The most that is held of an answer, of one row, and of rows that are kept. Places in a row have 32 bits.
pub(crate) const MOST_HELD: usize = 256 << 20;

/// Takes what is written, as long as there is room.
#[derive(Default)]
pub(crate) struct Written(pub(crate) Vec<u8>);

impl io::Write for Written {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        append(&mut self.0, piece).map_err(|_| io::ErrorKind::OutOfMemory)?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Adds a piece at the end; where there is no room for it, nothing.
pub(crate) fn append(bytes: &mut Vec<u8>, piece: &[u8]) -> Result<(), TryReserveError> {
    bytes.try_reserve(piece.len())?;
    bytes.extend_from_slice(piece);
    Ok(())
}

/// A copy with room for so many more.
pub(crate) fn copy(bytes: &[u8], more: usize) -> Result<Vec<u8>, TryReserveError> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len().saturating_add(more))?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_room_is_there() {
        let mut bytes = copy(b"ab", 1).expect("room for three");
        assert!(bytes == b"ab" && bytes.capacity() >= 3);
        append(&mut bytes, b"cd").expect("room for four");
        assert_eq!(bytes, b"abcd");
        assert!(copy(b"ab", usize::MAX).is_err());
        assert!(bytes.try_reserve(isize::MAX.unsigned_abs()).is_err());
        assert_eq!(bytes, b"abcd");
    }
}
