//! Rows in the bytes that they stand in: where each value ends.
//!
//! The scanner makes a block of the rows of a piece, and of each row that it can stand for it keeps only
//! the ends of its values; where they begin follows from what stands in front of them, which is the same
//! for all rows of a shape. Nothing can fail afterwards: every string is valid text and nothing is nested
//! too deep. A row of which that cannot be said is kept as bytes, and `serde_json` says what is wrong.

use std::ops::Range;
use std::sync::Arc;

use super::field::Field;
use super::refusal;
use super::scanner::{LentBlock, Refusal, Scanner, Shape};
use super::{Record, ValueForm, no_memory};
use crate::error::Error;

/// Rows that follow one another. Cheap to clone.
#[derive(Clone)]
pub struct Rows(Arc<LentBlock>);

/// Rows, and what they are made of.
#[derive(Default)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: Vec<Place>,
    /// Where each value ends, counted from the beginning of its row; row after row.
    pub(super) ends: Vec<u32>,
    pub(super) shapes: Vec<Arc<Shape>>,
    /// What values are that came alone.
    pub(super) form: ValueForm,
}

impl Block {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.rows.clear();
        self.ends.clear();
        self.shapes.clear();
    }

    fn size_of_places(&self) -> usize {
        let shapes = self.shapes.iter().map(|shape| shape.size());
        self.rows.capacity() * size_of::<Place>()
            + self.ends.capacity() * size_of::<u32>()
            + shapes.sum::<usize>()
    }

    fn field(&self, shape: u32, row: usize, index: usize) -> Field<'_> {
        let place = &self.rows[row];
        let shape = &self.shapes[shape as usize];
        let value = self.place_of_value(place, index, shape.lead_len(index));
        let value = std::str::from_utf8(&self.bytes[value]).expect(IS_UTF8);
        Field::new(shape.name(index), value)
    }

    /// Where a value of a row stands that has so many bytes in front of it.
    #[inline]
    fn place_of_value(&self, row: &Place, index: usize, lead_len: usize) -> Range<usize> {
        let ends = &self.ends[row.first as usize..];
        let before = match index {
            // The opening brace.
            0 => 1,
            _ => ends[index - 1] as usize,
        };
        let start = row.start as usize;
        start + before + lead_len..start + ends[index] as usize
    }
}

const IS_UTF8: &str = "the scanner takes UTF-8 only";

/// Rows that follow one another and have the same fields in the same places.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    block: &'a Block,
    shape: &'a Shape,
    rows: &'a [Place],
    /// Where in the block the first of them begins, and what stands from there to the end of the last: to look once
    /// whether all that is UTF-8 is faster than to look at each value.
    start: usize,
    text: &'a str,
}

/// A field of the rows of a run.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a> {
    run: Run<'a>,
    name: &'a str,
    index: usize,
    lead_len: usize,
}

/// Where a row is in its block.
pub(super) struct Place {
    pub(super) start: u32,
    pub(super) end: u32,
    /// The first of its ends.
    pub(super) first: u32,
    /// Which of the shapes it has. `None` if it is no row that can be read.
    pub(super) shape: Option<u32>,
}

/// One row. Cheap to clone; keeps its block alive.
#[derive(Clone)]
pub(super) struct Row {
    block: Arc<LentBlock>,
    index: u32,
    shape: u32,
}

impl Rows {
    pub(super) fn new(block: LentBlock) -> Rows {
        Rows(Arc::new(block))
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.0.rows.len()
    }

    /// How many bytes they stand in.
    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes.len()
    }

    /// How many bytes were made beside those: of small rows that is many times more.
    pub(super) fn size_of_places(&self) -> usize {
        self.0.size_of_places()
    }

    /// The first row that cannot be read, and what is wrong with it, in words that hold nothing of it.
    pub(crate) fn first_unreadable(&self) -> Option<(usize, String)> {
        let is_bad = |place: &Place| place.shape.is_none();
        let index = self.0.rows.iter().position(is_bad)?;
        let problem = self.row(index)?.err()?;
        Some((index, problem))
    }

    /// A row as a record; `None` after the last one.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that hold nothing of it.
    pub fn record(&self, index: usize) -> Option<Result<Record, String>> {
        Some(self.row(index)?.map(Record::from))
    }

    /// The fields of this name of the first rows, so many of them; `None` where a row has none.
    pub(crate) fn column(
        &self,
        name: &str,
        count: usize,
    ) -> impl Iterator<Item = Option<Field<'_>>> {
        let block = &*self.0;
        // Rows that follow one another are nearly all of one shape.
        let mut known: Option<(u32, Option<usize>)> = None;
        block.rows[..count]
            .iter()
            .enumerate()
            .map(move |(row, place)| {
                let shape = place.shape?;
                let index = match known {
                    Some((same, index)) if same == shape => index,
                    _ => {
                        known
                            .insert((shape, block.shapes[shape as usize].find(name)))
                            .1
                    }
                };
                Some(block.field(shape, row, index?))
            })
    }

    /// The names of the fields of all rows, once for rows of the same shape.
    pub(crate) fn field_names(&self) -> impl Iterator<Item = &str> {
        let shapes = self.0.shapes.iter();
        shapes.flat_map(|shape| (0..shape.len()).map(|field| shape.name(field)))
    }

    /// Some of the rows, in runs. `None` in place of those that cannot be read.
    pub(crate) fn runs(&self, some: Range<usize>) -> impl Iterator<Item = Option<Run<'_>>> {
        let block = &*self.0;
        let runs = block.rows[some].chunk_by(|row, next| row.shape == next.shape);
        runs.map(|rows| Run::of(rows, block))
    }

    /// The rows that can be read.
    pub(crate) fn records(&self) -> impl Iterator<Item = Record> {
        let rows = (0..self.row_count()).filter_map(|index| self.row(index)?.ok());
        rows.map(Record::from)
    }

    /// A row; `None` after the last one. The error says what is wrong with it, in words that hold nothing
    /// of it.
    pub(super) fn row(&self, index: usize) -> Option<Result<Row, String>> {
        let place = self.0.rows.get(index)?;
        let Some(shape) = place.shape else {
            let json = &self.0.bytes[place.start as usize..place.end as usize];
            return Some(Err(refusal::words(json)));
        };
        Some(Ok(Row {
            block: Arc::clone(&self.0),
            index: index as u32,
            shape,
        }))
    }
}

impl<'a> Run<'a> {
    fn of(rows: &'a [Place], block: &'a Block) -> Option<Run<'a>> {
        let (first, last) = (rows.first()?, rows.last()?);
        let shape = &block.shapes[first.shape? as usize];
        let bytes = &block.bytes[first.start as usize..last.end as usize];
        let text = std::str::from_utf8(bytes).expect(IS_UTF8);
        Some(Run {
            block,
            shape,
            rows,
            start: first.start as usize,
            text,
        })
    }

    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn field_count(&self) -> usize {
        self.shape.len()
    }

    /// The field of this name; `None` where these rows have none.
    pub(crate) fn column(&self, name: &str) -> Option<Column<'a>> {
        let index = self.shape.find(name)?;
        Some(Column {
            run: *self,
            name: self.shape.name(index),
            index,
            lead_len: self.shape.lead_len(index),
        })
    }
}

impl<'a> Column<'a> {
    /// The field, row by row.
    #[inline]
    pub(crate) fn fields(self) -> impl Iterator<Item = Field<'a>> {
        let Run {
            block, start, text, ..
        } = self.run;
        self.run.rows.iter().map(move |row| {
            let value = block.place_of_value(row, self.index, self.lead_len);
            Field::new(self.name, &text[value.start - start..value.end - start])
        })
    }
}

impl Place {
    /// What stands in the place of a row and is no object; its bytes are not kept.
    pub(super) fn no_object() -> Place {
        Place {
            start: 0,
            end: 0,
            first: 0,
            shape: None,
        }
    }
}

impl Row {
    /// Reads an object that has nothing around it. The error says what is wrong with it, in words that
    /// hold nothing of it.
    pub(super) fn read(json: &[u8]) -> Result<Row, Error> {
        let mut scanner = Scanner::of_row();
        let rows = scanner.push(json);
        let row = match (scanner.finish(), rows.as_slice()) {
            ((_, Err(Refusal::NoMemory)), _) => return Err(no_memory("json", json.len())),
            ((_, Ok(())), [rows]) => rows.row(0).unwrap_or_else(|| Err(refusal::words(json))),
            _ => Err(refusal::words(json)),
        };
        row.map_err(|problem| {
            Error::argument(
                "json",
                format_args!("{problem}; accepted is one JSON object"),
            )
        })
    }

    pub(super) fn len(&self) -> usize {
        self.shape().len()
    }

    pub(super) fn field(&self, index: usize) -> Option<Field<'_>> {
        let row = self.index as usize;
        (index < self.len()).then(|| self.block.field(self.shape, row, index))
    }

    /// The field of this name. Where several have it the last one counts, as in a JSON parser that
    /// builds a map.
    pub(super) fn find(&self, name: &str) -> Option<Field<'_>> {
        self.field(self.shape().find(name)?)
    }

    /// What its values are that came alone.
    pub(super) fn form(&self) -> ValueForm {
        self.block.form
    }

    fn shape(&self) -> &Shape {
        &self.block.shapes[self.shape as usize]
    }
}
