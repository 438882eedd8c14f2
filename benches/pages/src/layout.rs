//! The rows of a table in one form, laid out once: a page of them is a slice.

use std::{
    ops::Range,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    incident::{self, Form},
    packed::Packed,
};

/// The rows, with a comma between each two.
pub struct Layout {
    bytes: Vec<u8>,
    /// Where each row begins; one more, where one behind the last would.
    begins: Vec<usize>,
    packed: OnceLock<Packed>,
}

/// Rows that are rendered together.
const STRIPE: usize = 1_000;

impl Layout {
    pub const BEFORE: &[u8] = b"{\"result\":[";
    pub const AFTER: &[u8] = b"]}";
    pub const BEFORE_RECORD: &[u8] = b"{\"result\":";
    pub const AFTER_RECORD: &[u8] = b"}";

    pub fn new(sys_ids: &[String], form: Form, fields: Option<&[String]>) -> Layout {
        let stripes = on_all_cores(sys_ids.len().div_ceil(STRIPE), |stripe| {
            let first = stripe * STRIPE;
            let mut begins = Vec::with_capacity(STRIPE);
            let mut out = String::new();
            for (index, sys_id) in sys_ids[first..].iter().take(STRIPE).enumerate() {
                begins.push(out.len());
                incident::write(&mut out, first + index, sys_id, form, fields);
                out.push(',');
            }
            (out, begins)
        });
        let mut layout = Layout {
            bytes: Vec::with_capacity(stripes.iter().map(|(out, _)| out.len()).sum()),
            begins: Vec::with_capacity(sys_ids.len() + 1),
            packed: OnceLock::new(),
        };
        for (out, begins) in stripes {
            let before = layout.bytes.len();
            layout
                .begins
                .extend(begins.iter().map(|begin| before + begin));
            layout.bytes.extend_from_slice(out.as_bytes());
        }
        layout.begins.push(layout.bytes.len());
        layout
    }

    pub fn row_count(&self) -> usize {
        self.begins.len() - 1
    }

    /// Rows as they stand beside each other, without a comma at the end.
    pub fn rows(&self, rows: Range<usize>) -> &[u8] {
        match rows.is_empty() {
            true => &[],
            false => &self.bytes[self.begins[rows.start]..self.begins[rows.end] - 1],
        }
    }

    pub fn page(&self, rows: Range<usize>) -> [&[u8]; 3] {
        [Layout::BEFORE, self.rows(rows), Layout::AFTER]
    }

    /// A record by itself.
    pub fn record(&self, row: usize) -> [&[u8]; 3] {
        [
            Layout::BEFORE_RECORD,
            self.rows(row..row + 1),
            Layout::AFTER_RECORD,
        ]
    }

    pub fn packed(&self) -> &Packed {
        self.packed.get_or_init(|| Packed::new(self))
    }
}

/// What `make` gives for each number below `count`, in order.
pub fn on_all_cores<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        let mine = numbers.take_while(|number| *number < count);
        mine.map(|number| (number, make(number)))
            .collect::<Vec<_>>()
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut made: Vec<(usize, T)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let made = workers.into_iter().map(|worker| worker.join());
        made.flat_map(|made| made.expect("no worker panics"))
            .collect()
    });
    made.sort_unstable_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, made)| made).collect()
}
