//! Identifiers and the other accidents of an instance, drawn from a seed.
//!
//! One seed gives one sequence: the same program started twice hands out the same ids in the same
//! order, so that a failed run can be run again. It is not a source of secrets, and needs not be:
//! the instance is for loopback.

/// A sequence of ids, choices and tokens (SplitMix64).
#[derive(Clone, Debug)]
pub struct Identifiers {
    state: u64,
}

impl Identifiers {
    /// A sequence of its own for one purpose, whatever the others have drawn.
    pub fn for_purpose(seed: u64, purpose: &str) -> Self {
        Identifiers {
            state: fold(seed, purpose),
        }
    }

    /// 32 lower-case hex digits.
    pub fn sys_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }

    /// 12 hex digits, as in `X-Transaction-ID`.
    pub fn transaction(&mut self) -> String {
        format!("{:012x}", self.next() >> 16)
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        bytes
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        match u64::try_from(bound) {
            Ok(0) | Err(_) => 0,
            Ok(bound) => usize::try_from(self.next() % bound).unwrap_or(0),
        }
    }

    pub fn choose<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A number for a text (FNV-1a), another one for each seed.
pub fn fold(seed: u64, text: &str) -> u64 {
    text.bytes()
        .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

/// Whether the text is 32 lower-case hex digits.
pub fn is_sys_id(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
