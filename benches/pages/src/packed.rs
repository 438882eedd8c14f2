//! Rows that are compressed already, so that any range of them is a page of gzip that nobody compresses.
//!
//! Deflate data may be cut at the border of a byte-aligned block and joined again, provided that nothing
//! refers back over the border. So each group of rows is compressed by itself, in groups of three sizes:
//! a page is made of large ones, and of smaller ones at its two ends. The commas between groups are stored
//! blocks of one byte, and the checksum of the page is combined from those of its groups.

use std::ops::Range;

use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

use crate::layout::{Layout, on_all_cores};

/// Rows of a group, largest first. The last is 1, so that every range can be put together.
const SIZES: [usize; 3] = [100, 10, 1];

const GZIP_HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
/// A last block that holds nothing.
const END: &[u8] = &[3, 0];

/// The groups of a layout, by size.
pub struct Packed {
    groups: [Vec<Group>; SIZES.len()],
    comma: Stored,
    /// What stands around rows.
    list: [Stored; 2],
    /// What stands around a record by itself.
    record: [Stored; 2],
}

/// Bytes, packed, and what the checksum of a whole needs of them.
struct Group {
    packed: Vec<u8>,
    hasher: Hasher,
    length: usize,
}

/// Bytes of our own, which are stored and not packed.
type Stored = Group;

/// A page of gzip: slices of what is packed, and the end that is its own.
pub struct Page<'a> {
    pub slices: Vec<&'a [u8]>,
    pub trailer: [u8; 8],
}

impl Packed {
    pub fn new(layout: &Layout) -> Packed {
        let rows = layout.row_count();
        let groups = SIZES.map(|size| {
            on_all_cores(rows / size, |index| {
                Group::pack(layout.rows(index * size..(index + 1) * size))
            })
        });
        Packed {
            groups,
            comma: stored(b","),
            list: [Layout::BEFORE, Layout::AFTER].map(stored),
            record: [Layout::BEFORE_RECORD, Layout::AFTER_RECORD].map(stored),
        }
    }

    pub fn page(&self, rows: Range<usize>) -> Page<'_> {
        self.joined(&self.list, rows)
    }

    /// A record by itself.
    pub fn record(&self, row: usize) -> Page<'_> {
        self.joined(&self.record, row..row + 1)
    }

    fn joined<'a>(&'a self, [before, after]: &'a [Stored; 2], rows: Range<usize>) -> Page<'a> {
        let mut page = Joined {
            slices: vec![GZIP_HEADER],
            hasher: Hasher::new(),
            length: 0,
        };
        page.add(before);
        let mut row = rows.start;
        while row < rows.end {
            let (size, groups) = SIZES
                .iter()
                .zip(&self.groups)
                .find(|(size, _)| row.is_multiple_of(**size) && row + **size <= rows.end)
                .expect("a group of one row fits anywhere");
            if row > rows.start {
                page.add(&self.comma);
            }
            page.add(&groups[row / size]);
            row += size;
        }
        page.add(after);
        page.end()
    }
}

impl Group {
    fn pack(bytes: &[u8]) -> Group {
        let mut packed = Vec::with_capacity(bytes.len() / 4 + 256);
        let mut deflate = Compress::new(Compression::default(), false);
        loop {
            let done = deflate.total_in() as usize;
            deflate
                .compress_vec(&bytes[done..], &mut packed, FlushCompress::Full)
                .expect("it has no dictionary that could be wrong");
            // With room to spare, the flush was complete.
            if deflate.total_in() as usize == bytes.len() && packed.len() < packed.capacity() {
                break;
            }
            packed.reserve(packed.capacity());
        }
        packed.shrink_to_fit();
        Group::of(bytes, packed)
    }

    fn of(bytes: &[u8], packed: Vec<u8>) -> Group {
        let mut hasher = Hasher::new();
        hasher.update(bytes);
        Group {
            packed,
            hasher,
            length: bytes.len(),
        }
    }
}

fn stored(bytes: &[u8]) -> Stored {
    let length = u16::try_from(bytes.len()).expect("it is short");
    let mut block = vec![0];
    block.extend(length.to_le_bytes());
    block.extend((!length).to_le_bytes());
    block.extend(bytes);
    Group::of(bytes, block)
}

struct Joined<'a> {
    slices: Vec<&'a [u8]>,
    hasher: Hasher,
    length: usize,
}

impl<'a> Joined<'a> {
    fn add(&mut self, group: &'a Group) {
        self.slices.push(&group.packed);
        self.hasher.combine(&group.hasher);
        self.length += group.length;
    }

    fn end(mut self) -> Page<'a> {
        self.slices.push(END);
        let [checksum, length] = [self.hasher.finalize(), self.length as u32].map(u32::to_le_bytes);
        let mut trailer = [0; 8];
        trailer[..4].copy_from_slice(&checksum);
        trailer[4..].copy_from_slice(&length);
        Page {
            slices: self.slices,
            trailer,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::incident::{Display, Form};

    #[test]
    fn every_range_inflates_to_its_rows() {
        let form = Form {
            display: Display::Values,
            links: true,
        };
        let layout = Layout::new(&crate::incident::sys_ids(250), form, None);
        let packed = Packed::new(&layout);
        for rows in [0..0, 0..1, 0..250, 7..8, 99..101, 100..200, 3..247] {
            assert_eq!(
                inflated(&packed.page(rows.clone())),
                layout.page(rows).concat()
            );
        }
        assert_eq!(inflated(&packed.record(7)), layout.record(7).concat());
    }

    fn inflated(page: &Page<'_>) -> Vec<u8> {
        let mut gzip = page.slices.concat();
        gzip.extend(page.trailer);
        let mut inflated = Vec::new();
        // Checksum and length are looked at, too.
        flate2::read::GzDecoder::new(&gzip[..])
            .read_to_end(&mut inflated)
            .expect("gzip");
        inflated
    }
}
