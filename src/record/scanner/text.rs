//! The inside of strings: where one ends, and whether it is text.
//!
//! Most bytes of a page are in strings without anything special, so these are looked at many at a time.
//! What a string must not have is looked for on the way: control characters, escapes that are none, bytes
//! that are not UTF-8, and halves of surrogate pairs.

use wide::i8x32;

/// The place after the closing quote of a string whose content begins at `from`. `None` if it does not
/// end in `bytes`, or is not text: the grammar, which goes byte by byte, then says which.
#[inline(always)]
pub(super) fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let at = plain(bytes, from);
    match bytes.get(at) {
        Some(b'"') => Some(at + 1),
        Some(_) => end_of_unusual(bytes, from, at),
        None => None,
    }
}

/// How long the strings of a value are expected to be, each by its place in the value.
pub(super) struct Lengths([Length; OF_A_VALUE]);

/// An object that an instance renders a value with has no more strings.
const OF_A_VALUE: usize = 3;

#[derive(Clone, Copy)]
struct Length {
    last: u32,
    /// That of the last two, where they had the same.
    expected: Option<u32>,
}

impl Lengths {
    pub(super) fn unknown() -> Lengths {
        let unknown = Length {
            last: u32::MAX,
            expected: None,
        };
        Lengths([unknown; OF_A_VALUE])
    }

    /// [`end`] of a string. In most columns it has the length of the one before; then the place after it does not
    /// depend on its bytes, and the processor goes on to what follows without waiting for them.
    #[inline(always)]
    pub(super) fn end(&mut self, place: usize, bytes: &[u8], from: usize) -> Option<usize> {
        let Some(Length { last, expected }) = self.0.get_mut(place) else {
            return end(bytes, from);
        };
        if let Some(expected) = *expected {
            let at = from + expected as usize;
            if is_plain_until(bytes, from, at) && bytes.get(at) == Some(&b'"') {
                return Some(at + 1);
            }
        }
        let end = end(bytes, from)?;
        let length = (end - 1 - from) as u32;
        *expected = (length == *last).then_some(length);
        *last = length;
        Some(end)
    }
}

/// [`end`] of a string that has escapes or more than ASCII, the first of it at `at`.
#[inline(never)]
fn end_of_unusual(bytes: &[u8], from: usize, mut at: usize) -> Option<usize> {
    let (mut has_unicode_escape, mut is_ascii) = (false, true);
    loop {
        match *bytes.get(at)? {
            b'"' => break,
            b'\\' => match *bytes.get(at + 1)? {
                b'u' => {
                    bytes
                        .get(at + 2..at + 6)?
                        .iter()
                        .all(u8::is_ascii_hexdigit)
                        .then_some(())?;
                    has_unicode_escape = true;
                    at += 6;
                }
                escape if is_simple_escape(escape) => at += 2,
                _ => return None,
            },
            0x80.. => is_ascii = false,
            _ => return None,
        }
        at = match is_ascii {
            true => plain(bytes, at),
            false => stop(bytes, at),
        };
    }
    let content = &bytes[from..at];
    let is_text = (is_ascii || std::str::from_utf8(content).is_ok())
        && !(has_unicode_escape && has_half_a_pair(content));
    is_text.then_some(at + 1)
}

/// Whether a backslash and this byte are an escape without digits.
pub(super) fn is_simple_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')
}

/// Whether a string, all of whose escapes are well formed, has half of a surrogate pair: JSON lets it be
/// written, but it is no text.
pub(super) fn has_half_a_pair(content: &[u8]) -> bool {
    let mut at = 0;
    let mut is_low_due = false;
    while let Some(&byte) = content.get(at) {
        let unit = match (byte, content.get(at + 1)) {
            (b'\\', Some(b'u')) => content.get(at + 2..at + 6).map_or(0, code_unit),
            _ => 0,
        };
        match (is_low_due, unit) {
            (true, 0xdc00..=0xdfff) => is_low_due = false,
            (true, _) | (false, 0xdc00..=0xdfff) => return true,
            (false, 0xd800..=0xdbff) => is_low_due = true,
            (false, _) => {}
        }
        at += match (byte, content.get(at + 1)) {
            (b'\\', Some(b'u')) => 6,
            (b'\\', _) => 2,
            _ => 1,
        };
    }
    is_low_due
}

fn code_unit(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |unit, &digit| {
        let value = (digit as char).to_digit(16).unwrap_or(0);
        unit << 4 | value as u16
    })
}

/// The first byte from `from` on that ends a run of plain ASCII in a string: a quote, a backslash, a
/// control character, or one that is not ASCII. The end of `bytes` if there is none.
#[inline(always)]
fn plain(bytes: &[u8], from: usize) -> usize {
    find(bytes, from, special)
}

/// Whether [`plain`] is `end`.
#[inline(always)]
fn is_plain_until(bytes: &[u8], from: usize, end: usize) -> bool {
    let mut at = from;
    while let Some(step) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let found = special(step_of(step));
        let left = end - at;
        if left < STEP {
            return found << (STEP - 1 - left) == 1 << (STEP - 1);
        }
        if found != 0 {
            return false;
        }
        at += STEP;
    }
    false
}

/// The first byte from `from` on that ends a run of characters in a string, ASCII or not.
pub(super) fn stop(bytes: &[u8], from: usize) -> usize {
    find(bytes, from, |step| special(step) & !not_ascii(step))
}

/// Bytes that are looked at in one go: as many as are in most strings, and their closing quote. Those that are not
/// ASCII are negative.
type Step = i8x32;

const STEP: usize = 32;

/// A bit for each byte that is a quote, a backslash, a control character or not ASCII.
#[inline(always)]
fn special(step: Step) -> u32 {
    let is = |byte: u8| step.simd_eq(Step::splat(byte.cast_signed()));
    let special = is(b'"') | is(b'\\') | step.simd_lt(Step::splat(0x20));
    special.to_bitmask()
}

/// A bit for each byte that is not ASCII.
#[inline(always)]
fn not_ascii(step: Step) -> u32 {
    step.to_bitmask()
}

#[inline(always)]
fn find(bytes: &[u8], from: usize, marks: impl Fn(Step) -> u32) -> usize {
    let mut at = from;
    while let Some(step) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let found = marks(step_of(step));
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += STEP;
    }
    find_in_last(bytes, at, marks)
}

/// [`find`] in less than a step, filled up with zeros, which count as control characters.
#[cold]
fn find_in_last(bytes: &[u8], at: usize, marks: impl Fn(Step) -> u32) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let mut step = [0; STEP];
    step[..rest.len()].copy_from_slice(rest);
    at + (marks(step_of(&step)).trailing_zeros() as usize).min(rest.len())
}

#[inline(always)]
fn step_of(bytes: &[u8; STEP]) -> Step {
    Step::from(bytes.map(u8::cast_signed))
}
