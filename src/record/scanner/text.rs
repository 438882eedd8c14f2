//! The inside of strings: where one ends, and whether it is text.
//!
//! Most bytes of a page are in strings without anything special, so these are looked at eight at a time.
//! What a string must not have is looked for on the way: control characters, escapes that are none, bytes
//! that are not UTF-8, and halves of surrogate pairs.

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
    find(bytes, from, |word| special(word) | word)
}

/// The first byte from `from` on that ends a run of characters in a string, ASCII or not.
pub(super) fn stop(bytes: &[u8], from: usize) -> usize {
    find(bytes, from, |word| special(word) & !word)
}

/// The high bit of each byte that is a quote, a backslash or a control character. Right up to the first
/// such byte, from where on borrows may spill over; bytes that are not ASCII come out either way.
#[inline(always)]
fn special(word: u64) -> u64 {
    // With its second bit turned, a quote sorts right after the control characters: one comparison
    // finds both.
    let quotes_and_controls = (word ^ (EACH * 0x02)).wrapping_sub(EACH * 0x21);
    let backslashes = (word ^ (EACH * b'\\' as u64)).wrapping_sub(EACH);
    quotes_and_controls | backslashes
}

const EACH: u64 = 0x0101_0101_0101_0101;

/// Eight bytes at a time: strings are short, and wider steps, which safe Rust can take only through memory,
/// came out slower on pages of incidents (3 GB/s of strings at sixteen, 4 at eight).
#[inline(always)]
fn find(bytes: &[u8], from: usize, marks: impl Fn(u64) -> u64) -> usize {
    let mut at = from;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let found = marks(u64::from_le_bytes(*word)) & (EACH * 0x80);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    find_in_last(bytes, at, marks)
}

/// [`find`] in fewer than eight bytes, filled up with zeros, which count as control characters.
#[cold]
fn find_in_last(bytes: &[u8], at: usize, marks: impl Fn(u64) -> u64) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    let found = marks(u64::from_le_bytes(word)) & (EACH * 0x80);
    at + (found.trailing_zeros() as usize / 8).min(rest.len())
}
