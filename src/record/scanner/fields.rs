//! The fields of the row under way.
//!
//! Two readers take turns, always at the end of a value. The fast one expects each field to be written as
//! in the row before and its value to be a string, or an object of strings as a reference is; it stops in
//! front of the first field that is not, or does not end in the bytes at hand. The grammar then reads that
//! field, to whatever it is, and the fast one goes on behind it. What the grammar alone must look at, since
//! the fast one stops there: half a surrogate pair, a number out of range, and how deep a value goes.

use std::ops::Range;
use std::sync::Arc;

use super::grammar::{Event, Grammar, Text};
use super::problem::{Problem, What};
use super::shape::{Lead, Shape, Shapes, WINDOW, Window};
use super::text::{self, Lengths};
use crate::record::row::{Block, Place};

/// The deepest that a value goes, as in `serde_json`.
const DEEPEST: usize = 127;

/// The most fields of a row. No table has as many; of fields without a name or a value there are millions in a few
/// packed bytes, and what is kept of each is ten times its size.
const MOST_FIELDS: usize = 1 << 16;

/// How many fields are expected at once. More would make room again and again for those that do not come.
const AT_ONCE: usize = 128;

/// How many fields that are missing are passed over to find one again.
const MOST_MISSING: usize = 16;

/// The row under way, if one is.
pub(super) struct Fields {
    /// How deep its fields are; 0 if no row is under way.
    depth: usize,
    /// Its first byte.
    start: usize,
    /// The end of the last value, or of the opening brace.
    end: usize,
    /// Its first field among the fields of the block.
    first: usize,
    /// The field, of the expected shape, that is expected next.
    expected: usize,
    /// How many fields are as expected, and the others, once one was not.
    other: Option<(usize, Vec<Lead>)>,
    name: Option<Text>,
    /// A value is no text, no number or too deep.
    is_bad: bool,
}

impl Fields {
    pub(super) fn none() -> Fields {
        Fields {
            depth: 0,
            start: 0,
            end: 0,
            first: 0,
            expected: 0,
            other: None,
            name: None,
            is_bad: false,
        }
    }

    /// Begins a row at its opening brace, which was just read.
    pub(super) fn begin(&mut self, at: usize, depth: usize, block: &Block) {
        *self = Fields {
            depth,
            start: at,
            end: at + 1,
            first: block.ends.len(),
            ..Fields::none()
        };
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.depth > 0
    }

    /// The first byte of the row.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// How many fields of the block belong to rows that are complete.
    pub(super) fn fields_before(&self, block: &Block) -> usize {
        match self.is_under_way() {
            true => self.first,
            false => block.ends.len(),
        }
    }

    /// Takes note that so many bytes in front of the row are gone, and the rows before it handed over.
    pub(super) fn forget(&mut self, count: usize, fields: usize) {
        // Once the row is at the front, its fields are not gone through for each piece.
        if self.is_under_way() && (count, fields) != (0, 0) {
            self.start -= count;
            self.end -= count;
            self.first -= fields;
            for lead in self.other.iter_mut().flat_map(|(_, leads)| leads) {
                for place in [&mut lead.span, &mut lead.name] {
                    *place = place.start - count..place.end - count;
                }
            }
            if let Some(name) = &mut self.name {
                name.span = name.span.start - count..name.span.end - count;
            }
        }
    }

    /// The fast reader. Does nothing where a field is half read. After each field it is the first to look.
    #[inline]
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        grammar: &mut Grammar,
        shapes: &mut Shapes,
        block: &mut Block,
    ) -> Result<(), Problem> {
        while self.is_under_way() && grammar.at == self.end {
            let (windows, shape) = shapes.windows();
            self.read_expected(bytes, windows, shape, block);
            if self.count(block) > MOST_FIELDS {
                return Err(Problem::new(What::TooManyFields, self.end));
            }
            if bytes.get(self.end) == Some(&b'}') && self.count(block) > 0 {
                grammar.passed_end(self.end + 1);
                self.finish(self.end + 1, bytes, shapes, block);
                return Ok(());
            }
            if grammar.at != self.end {
                grammar.passed_value(self.end);
            }
            let Some((lead, end)) = unexpected(bytes, self.end) else {
                return Ok(());
            };
            self.take_lead(lead, bytes, shapes, block);
            self.take_end(end, block);
            grammar.passed_value(end);
        }
        Ok(())
    }

    /// Reads fields for as long as they are as expected.
    #[inline]
    fn read_expected(
        &mut self,
        bytes: &[u8],
        windows: &mut [Window],
        shape: &Shape,
        block: &mut Block,
    ) {
        let first = self.expected.min(windows.len());
        let (start, before) = (self.start, self.end);
        let mut end = before;
        let known = block.ends.len();
        let last = windows.len().min(first + AT_ONCE);
        let windows = &mut windows[first..last];
        // Room for all of them at once, which is faster than a look at the room for each.
        block.ends.resize(known + windows.len(), 0);
        let mut count = 0;
        for (window, place) in windows.iter_mut().zip(&mut block.ends[known..]) {
            let Some(ahead) = bytes.get(end..).and_then(<[u8]>::first_chunk) else {
                break;
            };
            let value = end + window.len;
            let is_expected = window.begins(ahead)
                && (window.len <= WINDOW || bytes.get(end..value) == shape.lead(first + count));
            if !is_expected {
                break;
            }
            let Some(value_end) = value_end(bytes, value, &mut window.lengths) else {
                break;
            };
            *place = (value_end - start) as u32;
            end = value_end;
            count += 1;
        }
        block.ends.truncate(known + count);
        self.end = end;
        if let Some((_, leads)) = &mut self.other {
            let (others, mut at) = (leads.len(), before);
            for &end in &block.ends[known..] {
                let lead = shape
                    .lead(first + leads.len() - others)
                    .map_or(0, <[u8]>::len);
                leads.extend(lead_in(bytes, at..at + lead));
                at = start + end as usize;
            }
        }
        self.expected = first + count;
    }

    /// What the grammar read in the row. Gives the end of the row once it is there.
    pub(super) fn take(
        &mut self,
        event: Event,
        bytes: &[u8],
        grammar: &Grammar,
        shapes: &mut Shapes,
        block: &mut Block,
    ) {
        let depth = grammar.depth();
        let is_field = depth == self.depth;
        match event {
            Event::More => {}
            Event::Name(name) => {
                self.check_text(&name, bytes);
                if is_field {
                    self.name = Some(name);
                }
            }
            Event::Open { at, .. } => {
                self.is_bad |= depth - self.depth > DEEPEST;
                if depth == self.depth + 1 {
                    self.take_name(at, bytes, shapes, block);
                }
            }
            Event::Close { end } if is_field => self.take_end(end, block),
            Event::Close { end } if depth < self.depth => self.finish(end, bytes, shapes, block),
            Event::Close { .. } => {}
            Event::Text(text) => {
                self.check_text(&text, bytes);
                self.take_scalar(is_field, text.span, bytes, shapes, block);
            }
            Event::Number(span) => {
                self.is_bad |= !is_in_range(&bytes[span.clone()]);
                self.take_scalar(is_field, span, bytes, shapes, block);
            }
            Event::Word(span) => self.take_scalar(is_field, span, bytes, shapes, block),
        }
    }

    fn check_text(&mut self, text: &Text, bytes: &[u8]) {
        self.is_bad |= !is_text(text, bytes);
    }

    fn take_scalar(
        &mut self,
        is_field: bool,
        span: Range<usize>,
        bytes: &[u8],
        shapes: &mut Shapes,
        block: &mut Block,
    ) {
        if is_field {
            self.take_name(span.start, bytes, shapes, block);
            self.take_end(span.end, block);
        }
    }

    /// A value begins at `at`, and with the name in front of it there is a lead.
    fn take_name(&mut self, at: usize, bytes: &[u8], shapes: &mut Shapes, block: &Block) {
        let Some(name) = self.name.take() else {
            unreachable!("the grammar gives a name before each value");
        };
        let lead = Lead {
            span: self.end..at,
            name: name.span.start + 1..name.span.end - 1,
            has_escape: name.has_escape,
        };
        self.take_lead(lead, bytes, shapes, block);
    }

    fn take_lead(&mut self, lead: Lead, bytes: &[u8], shapes: &mut Shapes, block: &Block) {
        let text = &bytes[lead.span.clone()];
        if self.other.is_none() {
            let count = self.count(block);
            if shapes.follow(count, text) {
                self.expected = count + 1;
                return;
            }
            // Room for most tables, so that the first row does not move its fields again and again.
            self.other = Some((count, Vec::with_capacity(64)));
        }
        // A field that is missing, or is there for once: go on behind it, or where it was.
        let shape = shapes.expected();
        let found = (self.expected..shape.len())
            .take(MOST_MISSING)
            .find(|&field| shape.lead(field) == Some(text));
        // The first field has no comma in front, so that it is expected in no other place.
        self.expected = found.map_or(self.expected.max(1), |field| field + 1);
        if let Some((_, leads)) = &mut self.other {
            leads.push(lead);
        }
    }

    fn take_end(&mut self, end: usize, block: &mut Block) {
        self.end = end;
        block.ends.push((end - self.start) as u32);
    }

    fn count(&self, block: &Block) -> usize {
        block.ends.len() - self.first
    }

    fn finish(&mut self, end: usize, bytes: &[u8], shapes: &mut Shapes, block: &mut Block) {
        let shape = match self.is_bad {
            true => None,
            false => self.shape(bytes, shapes, block),
        };
        block.rows.push(Place {
            start: self.start as u32,
            end: end as u32,
            first: self.first as u32,
            shape,
        });
        self.depth = 0;
    }

    /// The shape of the row, among those of the block.
    fn shape(&mut self, bytes: &[u8], shapes: &mut Shapes, block: &mut Block) -> Option<u32> {
        let (count, other) = match self.other.take() {
            None => (self.count(block), Vec::new()),
            Some((count, other)) => (count, other),
        };
        if other.is_empty() && shapes.follow_to_end(count) {
            return Some(shapes.place(&mut block.shapes));
        }
        let shape = Arc::new(Shape::new(shapes.expected(), count, &other, bytes)?);
        let place = block.shapes.len() as u32;
        shapes.remember(&shape, place);
        block.shapes.push(shape);
        Some(place)
    }
}

/// Whether a string is text.
pub(super) fn is_text(text: &Text, bytes: &[u8]) -> bool {
    !text.has_unicode_escape
        || !text::has_half_a_pair(&bytes[text.span.start + 1..text.span.end - 1])
}

/// Whether `serde_json` can hold a number. Only what has an exponent or hundreds of digits can be too
/// large, so that others are not read.
pub(super) fn is_in_range(number: &[u8]) -> bool {
    let can_be_too_large =
        number.len() > 300 || number.iter().any(|byte| matches!(byte, b'e' | b'E'));
    !can_be_too_large || serde_json::from_slice::<f64>(number).is_ok()
}

/// The end of a value that is a string, or an object of nothing else without space, and is text.
#[inline(always)]
fn value_end(bytes: &[u8], at: usize, lengths: &mut Lengths) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => lengths.end(0, bytes, at + 1),
        b'{' => reference_end(bytes, at + 1, lengths),
        _ => None,
    }
}

/// The names in an object that an instance renders a value with, as they stand in front of a string.
const NAMES: [&[u8]; 3] = [br#""link":""#, br#""value":""#, br#""display_value":""#];

#[inline]
fn reference_end(bytes: &[u8], mut at: usize, lengths: &mut Lengths) -> Option<usize> {
    let mut count = 0;
    loop {
        let rest = bytes.get(at..)?;
        let text = match NAMES.iter().find(|name| rest.starts_with(name)) {
            Some(name) => at + name.len(),
            None => {
                rest.first().filter(|&&byte| byte == b'"')?;
                let after_name = text::end(bytes, at + 1)?;
                let [b':', b'"'] = bytes.get(after_name..)?.first_chunk::<2>()? else {
                    return None;
                };
                after_name + 2
            }
        };
        let end = lengths.end(count, bytes, text)?;
        count += 1;
        match bytes.get(end)? {
            b',' => at = end + 1,
            b'}' => return Some(end + 1),
            _ => return None,
        }
    }
}

/// A field without space that is not as expected: its lead, and where its value ends.
fn unexpected(bytes: &[u8], start: usize) -> Option<(Lead, usize)> {
    // In front of the first field of a row there is no comma, but then it is the brace that is before.
    let quote = match (bytes.get(start)?, bytes.get(start - 1)?) {
        (b'"', b'{') => start,
        (b',', before) if *before != b'{' => start + 1,
        _ => return None,
    };
    if bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let after_name = text::end(bytes, quote + 1)?;
    if bytes.get(after_name) != Some(&b':') {
        return None;
    }
    let name = quote + 1..after_name - 1;
    let lead = Lead {
        span: start..after_name + 1,
        has_escape: bytes[name.clone()].contains(&b'\\'),
        name,
    };
    let end = value_end(bytes, after_name + 1, &mut Lengths::unknown())?;
    Some((lead, end))
}

/// The name in a lead that is known to be one.
fn lead_in(bytes: &[u8], span: Range<usize>) -> Option<Lead> {
    let text = &bytes[span.clone()];
    let first = text.iter().position(|&byte| byte == b'"')? + 1;
    let last = text.iter().rposition(|&byte| byte == b'"')?;
    Some(Lead {
        name: span.start + first..span.start + last,
        has_escape: text.contains(&b'\\'),
        span,
    })
}
