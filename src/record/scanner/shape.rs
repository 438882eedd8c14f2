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
use std::sync::{Arc, Mutex, OnceLock};

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
        let first_leads = first.leads.get(..first.end(count))?.as_bytes();
        let other_leads = others.iter().map(|lead| lead.span.len());
        let mut leads = Vec::with_capacity(first_leads.len() + other_leads.sum::<usize>());
        leads.extend_from_slice(first_leads);
        let mut shape = Shape {
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
        for lead in others {
            if lead.has_escape {
                let quoted = &bytes[lead.name.start - 1..lead.name.end + 1];
                let name: String = serde_json::from_slice(quoted).ok()?;
                shape.unescaped.push((shape.fields.len(), name.into()));
            }
            let start = leads.len();
            let offset = |at: usize| u32::try_from(start + at - lead.span.start).ok();
            shape.fields.push(Place {
                name: offset(lead.name.start)?..offset(lead.name.end)?,
                end: offset(lead.span.end)?,
            });
            leads.extend_from_slice(&bytes[lead.span.clone()]);
        }
        shape.leads = String::from_utf8(leads).ok()?;
        Some(shape)
    }

    pub(in crate::record) fn len(&self) -> usize {
        self.fields.len()
    }

    /// How many bytes it takes.
    pub(in crate::record) fn size(&self) -> usize {
        let names = self.unescaped.iter().map(|(_, name)| name.len());
        size_of::<Shape>()
            + self.leads.capacity()
            + self.fields.capacity() * size_of::<Place>()
            + self.unescaped.capacity() * size_of::<(usize, Box<str>)>()
            + names.sum::<usize>()
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
        if let Some(names) = self.names.get() {
            return names.find(self, name);
        }
        // For a few questions about one record a table is not worth its making; nor is it for a shape
        // that is too large to be that of other rows. One question alone has it made, and nobody waits for that: a
        // forked child, which has no such thread, would for ever.
        let questions = self.questions.fetch_add(1, Ordering::Relaxed);
        if questions == WITHOUT_TABLE && self.len() <= MOST_FIELDS {
            let names = Names::of(self);
            let found = names.find(self, name);
            let _ = self.names.set(names);
            return found;
        }
        (0..self.len()).rfind(|&field| self.name(field) == name)
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
/// it is as one before. A scanner has what it takes to itself, so that none waits for another; nor for the lock, which
/// a forked child may have inherited from a thread that it has not.
#[derive(Default)]
pub struct KnownShapes(Mutex<Vec<Shapes>>);

/// As many answers at a time as can be expected to be read at the same moment.
const MOST_KNOWN: usize = 4;

impl KnownShapes {
    fn take(&self) -> Option<Shapes> {
        self.0.try_lock().ok()?.pop()
    }

    fn put(&self, shapes: Shapes) {
        if let Ok(mut known) = self.0.try_lock()
            && known.len() < MOST_KNOWN
        {
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

/// Nor is one remembered that has more than this in front of its values, 128 bytes for each of so many fields.
const MOST_LEADS: usize = 128 * MOST_FIELDS;

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
        if shape.len() > MOST_FIELDS || shape.leads.len() > MOST_LEADS {
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// A forked child finds what another thread was at as it was, and no thread that ends it.
    #[test]
    fn nobody_waits_for_what_another_thread_is_at() {
        let bytes = br#""a":"#;
        let lead = Lead {
            span: 0..4,
            name: 1..2,
            has_escape: false,
        };
        let shape = Shape::new(&Shape::default(), 0, &[lead], bytes).expect("text");
        let (shape, known) = (Arc::new(shape), Arc::new(KnownShapes::default()));
        shape.questions.store(WITHOUT_TABLE + 1, Ordering::Relaxed);
        let (is_at_it, to_be_at_it) = channel();
        let (may_end, end) = channel::<()>();
        let (at_it, it) = (Arc::clone(&shape), Arc::clone(&known));
        let other = thread::spawn(move || {
            let _lock = it.0.lock().expect("nobody has it");
            at_it.names.get_or_init(|| {
                is_at_it.send(()).expect("the test waits");
                end.recv().expect("the test goes on");
                Names::of(&at_it)
            });
        });
        to_be_at_it.recv().expect("it comes to that");
        let (done, is_done) = channel();
        thread::spawn(move || {
            let found = shape.find("a");
            drop(Shapes::of(&known));
            done.send(found).expect("the test waits");
        });
        let found = is_done.recv_timeout(Duration::from_secs(20));
        may_end.send(()).expect("it waits");
        other.join().expect("it ends");
        assert_eq!(found, Ok(Some(0)));
    }
}
