//! Whether a body is what it should be: its size and its SHA-256.

use ring::digest::{Context, SHA256};

/// What a body should be, as far as that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) bytes: Option<u64>,
    /// SHA-256, in 64 hexadecimal digits.
    pub(crate) hash: Option<String>,
}

/// What a body is and what it should be, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) measured: String,
    pub(crate) expected: String,
}

/// What a body is, as far as it went.
#[derive(Clone)]
pub(crate) struct Measured {
    bytes: u64,
    hash: Context,
}

impl Measured {
    pub(crate) fn new() -> Measured {
        Measured {
            bytes: 0,
            hash: Context::new(&SHA256),
        }
    }

    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.hash.update(piece);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether it is larger already.
    pub(crate) fn exceeds(&self, expected: &Expected) -> bool {
        expected.bytes.is_some_and(|expected| self.bytes > expected)
    }

    /// In what this is another body than the one expected; `None` where it is that.
    pub(crate) fn difference(self, expected: &Expected) -> Option<Difference> {
        let bytes = self.bytes;
        if let Some(expected) = expected.bytes.filter(|&expected| expected != bytes) {
            let [measured, expected] = [bytes, expected].map(|bytes| format!("{bytes} bytes"));
            return Some(Difference { measured, expected });
        }
        let hash = hex(self.hash.finish().as_ref());
        let is_other = |expected: &&String| !expected.eq_ignore_ascii_case(&hash);
        let expected = expected.hash.as_ref().filter(is_other)?;
        let [measured, expected] = [&hash, expected].map(|hash| format!("SHA-256 {hash}"));
        Some(Difference { measured, expected })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

    fn difference(bytes: Option<u64>, hash: Option<&str>) -> Option<Difference> {
        let mut measured = Measured::new();
        measured.add(b"a");
        measured.add(b"bc");
        measured.difference(&Expected {
            bytes,
            hash: hash.map(Into::into),
        })
    }

    #[test]
    fn what_is_known_must_be_right() {
        for bytes in [None, Some(3)] {
            assert_eq!(difference(bytes, None), None);
            assert_eq!(difference(bytes, Some(ABC)), None);
            let other = ABC.replace('B', "C");
            let told = difference(bytes, Some(&other)).expect("another hash");
            assert!(told.measured.starts_with("SHA-256 ba7816bf"), "{told:?}");
            assert_eq!(told.expected, format!("SHA-256 {other}"));
        }
        let told = difference(Some(4), Some(ABC)).expect("another size");
        assert_eq!((&*told.measured, &*told.expected), ("3 bytes", "4 bytes"));
    }
}
