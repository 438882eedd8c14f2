//! The shape of rows: which fields they have, in what order, and how the bytes between two values are
//! written.
//!
//! Rows of one query nearly always have the same shape, so it is kept once for all of them, and the bytes
//! in front of each value (`,"number":`, space and all) are what the next row is expected to have in the
//! same place. That turns reading a name into a comparison, and a field of a row into the place where its
//! value ends.

use std::mem;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::text::Lengths;

/// The fields of rows that are written alike.
#[derive(Default)]
pub(in crate::record) struct Shape {
    /// What stands in front of each value, one after the other.
    leads: String,
    fields: Vec<Place>,
    /// Names that are written with escapes, by field; no instance does that.
    unescaped: Vec<(usize, Box<str>)>,
    /// Where to look for a name, once that was asked a few times.
    names: OnceLock<Names>,
    questions: AtomicUsize,
}

/// Where a field stands in the leads of its shape.
struct Place {
    /// Where its lead ends.
    end: u32,
    name: Range<u32>,
}

/// What stands in front of a value, with the place of the name in it, its quotes not included.
pub(super) struct Lead {
    pub(super) span: Range<usize>,
    pub(super) name: Range<usize>,
    pub(super) has_escape: bool,
}

impl Shape {
    /// The first fields of a shape, and then others that stand in `bytes`. `None` if a name is no text.
    pub(super) fn new(first: &Shape, count: usize, others: &[Lead], bytes: &[u8]) -> Option<Shape> {
        let mut shape = Shape {
            leads: first.leads.get(..first.end(count))?.to_owned(),
            fields: Vec::with_capacity(count + others.len()),
            ..Shape::default()
        };
        for place in &first.fields[..count] {
            shape.fields.push(Place {
                end: place.end,
                name: place.name.clone(),
            });
        }
        let escaped = first.unescaped.iter().filter(|(field, _)| *field < count);
        shape.unescaped.extend(escaped.cloned());
        let mut leads = Vec::with_capacity(others.iter().map(|lead| lead.span.len()).sum());
        for lead in others {
            if lead.has_escape {
                let quoted = &bytes[lead.name.start - 1..lead.name.end + 1];
                let name: String = serde_json::from_slice(quoted).ok()?;
                shape.unescaped.push((shape.fields.len(), name.into()));
            }
            let start = shape.leads.len() + leads.len();
            let offset = |at: usize| u32::try_from(start + at - lead.span.start).ok();
            shape.fields.push(Place {
                name: offset(lead.name.start)?..offset(lead.name.end)?,
                end: offset(lead.span.end)?,
            });
            leads.extend_from_slice(&bytes[lead.span.clone()]);
        }
        shape.leads.push_str(std::str::from_utf8(&leads).ok()?);
        Some(shape)
    }

    pub(in crate::record) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The name of a field that there is.
    pub(in crate::record) fn name(&self, field: usize) -> &str {
        let escaped = self
            .unescaped
            .binary_search_by_key(&field, |(field, _)| *field);
        if let Ok(index) = escaped {
            return &self.unescaped[index].1;
        }
        let Range { start, end } = self.fields[field].name;
        &self.leads[start as usize..end as usize]
    }

    /// How many bytes stand in front of the value of a field that there is.
    pub(in crate::record) fn lead_len(&self, field: usize) -> usize {
        self.end(field + 1) - self.end(field)
    }

    /// The field of a name, and the last one where several have it.
    pub(in crate::record) fn find(&self, name: &str) -> Option<usize> {
        // For a few questions about one record a table is not worth its making; nor is it for a shape
        // that is too large to be that of other rows.
        let is_early = || self.questions.fetch_add(1, Ordering::Relaxed) < WITHOUT_TABLE;
        if self.len() > MOST_FIELDS || self.names.get().is_none() && is_early() {
            return (0..self.len()).rfind(|&field| self.name(field) == name);
        }
        self.names.get_or_init(|| Names::of(self)).find(self, name)
    }

    /// What stands in front of the value of a field. `None` after the last.
    pub(super) fn lead(&self, field: usize) -> Option<&[u8]> {
        (field < self.len())
            .then_some(self.leads.as_bytes())
            .map(|leads| &leads[self.end(field)..self.end(field + 1)])
    }

    /// Whether the first fields are those of another shape. Space around a comma can be at the end of one
    /// lead or at the beginning of the next, so that their ends have to be the same as well.
    fn begins_as(&self, other: &Shape, count: usize) -> bool {
        fn ends(shape: &Shape, count: usize) -> impl Iterator<Item = u32> {
            shape.fields[..count].iter().map(|place| place.end)
        }
        let end = other.end(count);
        self.len() >= count
            && self.leads.as_bytes()[..self.end(count)] == other.leads.as_bytes()[..end]
            && ends(self, count).eq(ends(other, count))
    }

    fn end(&self, count: usize) -> usize {
        match count {
            0 => 0,
            _ => self.fields[count - 1].end as usize,
        }
    }
}

/// The shapes that rows had of late; the next row is expected to have the last of them.
pub(super) struct Shapes {
    recent: Vec<Recent>,
    expected: usize,
    oldest: usize,
    /// Where they are left for the next answer.
    known: Option<Arc<KnownShapes>>,
}

/// The shapes of a client's answers, for those that come: most are of a single row, which is read faster if
/// it is as one before. A scanner has what it takes to itself, so that none waits for another.
#[derive(Default)]
pub struct KnownShapes(Mutex<Vec<Shapes>>);

/// As many answers at a time as can be expected to be read at the same moment.
const MOST_KNOWN: usize = 4;

impl KnownShapes {
    fn take(&self) -> Option<Shapes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put(&self, shapes: Shapes) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST_KNOWN {
            known.push(shapes);
        }
    }
}

impl Drop for Shapes {
    fn drop(&mut self) {
        let Some(known) = self.known.take() else {
            return;
        };
        self.handed_over();
        known.put(Shapes {
            recent: mem::take(&mut self.recent),
            known: None,
            ..*self
        });
    }
}

struct Recent {
    shape: Arc<Shape>,
    windows: Box<[Window]>,
    /// Where it is among the shapes of the rows under way.
    place: Option<u32>,
}

/// How often a name is looked for without a table.
const WITHOUT_TABLE: usize = 16;

/// How many shapes are remembered. Fields that an access control hides from some rows make a few.
const RECENT: usize = 8;

/// A shape of more fields is for its row alone: what is remembered must not grow with what an instance
/// sends.
const MOST_FIELDS: usize = 2048;

impl Shapes {
    /// Those that are known, to be left there again.
    pub(super) fn of(known: &Arc<KnownShapes>) -> Shapes {
        let mut shapes = known.take().unwrap_or_else(Shapes::new);
        shapes.known = Some(Arc::clone(known));
        shapes
    }

    pub(super) fn new() -> Shapes {
        let none = Recent {
            shape: Arc::default(),
            windows: Box::default(),
            place: None,
        };
        Shapes {
            recent: vec![none],
            expected: 0,
            oldest: 0,
            known: None,
        }
    }

    /// The shape that a row is expected to have.
    pub(super) fn expected(&self) -> &Arc<Shape> {
        &self.recent[self.expected].shape
    }

    /// What is expected in front of each value, and the shape that it is of.
    #[inline]
    pub(super) fn windows(&mut self) -> (&mut [Window], &Shape) {
        let Recent { shape, windows, .. } = &mut self.recent[self.expected];
        // Not made before a second row comes.
        if windows.len() < shape.len() {
            let leads = (0..shape.len()).filter_map(|field| shape.lead(field));
            *windows = leads.map(Window::of).collect();
        }
        (windows, shape)
    }

    /// Looks for a shape that begins as the expected one, and has this in front of the value after that.
    /// The first one is expected from now on.
    pub(super) fn follow(&mut self, count: usize, lead: &[u8]) -> bool {
        self.expect(count, |shape| shape.lead(count) == Some(lead))
    }

    /// Looks for a shape that has as many fields, which are those of the expected one.
    pub(super) fn follow_to_end(&mut self, count: usize) -> bool {
        self.expect(count, |shape| shape.len() == count)
    }

    fn expect(&mut self, count: usize, fits: impl Fn(&Shape) -> bool) -> bool {
        if fits(self.expected()) {
            return true;
        }
        let found = self.recent.iter().position(|recent| {
            fits(&recent.shape) && recent.shape.begins_as(self.expected(), count)
        });
        self.expected = found.unwrap_or(self.expected);
        found.is_some()
    }

    /// Remembers a shape, which is expected from now on.
    pub(super) fn remember(&mut self, shape: &Arc<Shape>, place: u32) {
        if shape.len() > MOST_FIELDS {
            return;
        }
        let recent = Recent {
            shape: Arc::clone(shape),
            windows: Box::default(),
            place: Some(place),
        };
        if self.recent.len() < RECENT {
            self.expected = self.recent.len();
            self.recent.push(recent);
        } else {
            self.expected = self.oldest;
            self.oldest = (self.oldest + 1) % RECENT;
            self.recent[self.expected] = recent;
        }
    }

    /// The place of the expected shape among the shapes of the rows under way, where it is put if it is
    /// not there.
    pub(super) fn place(&mut self, shapes: &mut Vec<Arc<Shape>>) -> u32 {
        let recent = &mut self.recent[self.expected];
        *recent.place.get_or_insert_with(|| {
            shapes.push(Arc::clone(&recent.shape));
            shapes.len() as u32 - 1
        })
    }

    /// Takes note that the rows under way were handed over, and their shapes with them.
    pub(super) fn handed_over(&mut self) {
        for recent in &mut self.recent {
            recent.place = None;
        }
    }
}

/// The fields of a shape by their names: a table with open addressing, since no row is ever added to it and
/// a name is a few machine words.
struct Names {
    /// The field and one, or 0; as many as a power of two, and more than twice the fields.
    slots: Box<[u32]>,
}

impl Names {
    fn of(shape: &Shape) -> Names {
        let mut names = Names {
            slots: vec![0; (shape.len() * 2 + 1).next_power_of_two()].into(),
        };
        for field in 0..shape.len() {
            // The last field of a name takes the place of others.
            let slot = names.slot(shape, shape.name(field));
            names.slots[slot] = field as u32 + 1;
        }
        names
    }

    fn find(&self, shape: &Shape, name: &str) -> Option<usize> {
        let field = self.slots[self.slot(shape, name)];
        (field as usize).checked_sub(1)
    }

    /// Where a name is, or would be.
    fn slot(&self, shape: &Shape, name: &str) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = hash(name) as usize & last;
        while self.slots[slot] > 0 && shape.name(self.slots[slot] as usize - 1) != name {
            slot = (slot + 1) & last;
        }
        slot
    }
}

fn hash(name: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain([&last]);
    let hash = words.fold(name.len() as u64, |hash, word| {
        (hash ^ u64::from_le_bytes(*word))
            .wrapping_mul(FACTOR)
            .rotate_left(29)
    });
    hash ^ hash >> 32
}

/// The first bytes of a lead, ready to be compared in one go: a name of a column is rarely longer.
pub(super) struct Window {
    words: [u64; 4],
    /// Which bits of the words count.
    masks: [u64; 4],
    /// The length of the whole lead.
    pub(super) len: usize,
    /// Those of the strings in the values behind it.
    pub(super) lengths: Lengths,
}

/// How many bytes must be at hand for a comparison.
pub(super) const WINDOW: usize = 32;

impl Window {
    fn of(lead: &[u8]) -> Window {
        let count = lead.len().min(WINDOW);
        let (mut bytes, mut mask) = ([0; WINDOW], [0; WINDOW]);
        bytes[..count].copy_from_slice(&lead[..count]);
        mask[..count].fill(0xff);
        Window {
            words: words(&bytes),
            masks: words(&mask),
            len: lead.len(),
            lengths: Lengths::unknown(),
        }
    }

    /// Whether a lead that fits begins with these bytes; a longer one has to be compared further.
    #[inline(always)]
    pub(super) fn begins(&self, bytes: &[u8; WINDOW]) -> bool {
        let bytes = words(bytes);
        let differences = (0..4).map(|i| (bytes[i] ^ self.words[i]) & self.masks[i]);
        differences.fold(0, |all, one| all | one) == 0
    }
}

#[inline(always)]
fn words(bytes: &[u8; WINDOW]) -> [u64; 4] {
    let (words, _) = bytes.as_chunks::<8>();
    [0, 1, 2, 3].map(|i| u64::from_le_bytes(words[i]))
}
