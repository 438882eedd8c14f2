//! The scanner: an answer is read while it arrives, from pieces of any size, and never becomes a tree.
//!
//! What is kept of a row is its bytes and where each value ends. Rows are handed over as soon as they are
//! complete, in blocks that all rows of a piece share; what is left of a piece is moved to the front of
//! the next. So memory is bounded by the largest row and a piece, whatever the size of the answer.
//!
//! Two readers take turns. [`fields`] expects a row to be written as the one before and leaves whatever is
//! not to [`grammar`], which knows all of JSON and can stop at any byte. The judge of both is
//! `serde_json`: as a whole an answer is JSON if it can skip it, a row is one if it can read it.

mod answer;
mod fields;
mod grammar;
mod problem;
mod shape;
mod spares;
mod tail;
mod text;

use std::ops::Range;
use std::sync::Arc;
use std::{iter, mem};

use super::ValueForm;
use super::row::{Block, Place, Rows};
use crate::room::{self, MOST_HELD};
use answer::Member;
pub(super) use answer::{Answer, Kind};
use fields::Fields;
use grammar::{Event, Grammar};
use problem::{Problem, What};
pub use shape::KnownShapes;
pub(super) use shape::Shape;
use shape::Shapes;
pub(super) use spares::LentBlock;
pub(crate) use spares::Spares;
use tail::Tail;

/// Reads one answer.
pub struct Scanner {
    /// What came and was not handed over yet.
    bytes: Vec<u8>,
    /// How many bytes came before those.
    passed: u64,
    /// How much of a byte order mark came.
    mark: usize,
    grammar: Grammar,
    shapes: Shapes,
    row: Fields,
    /// The rows that are complete, but for their bytes.
    block: Block,
    answer: Answer,
    /// The member under way.
    member: Member,
    /// The first byte of a member that is kept.
    kept: Option<usize>,
    /// Whether the result is a list, and under way.
    is_in_list: bool,
    is_row_alone: bool,
    problem: Option<Refusal>,
    is_too_large: bool,
    spares: Option<Spares>,
    tail: Tail,
    form: ValueForm,
}

/// Why what came is no answer.
pub(super) enum Refusal {
    NotAnObject,
    NoMemory,
    Malformed {
        /// Whether it ends too early; else it is wrong before its end.
        is_cut: bool,
        /// What is wrong, in words that hold nothing of it.
        problem: String,
    },
}

/// How much is read at a time. With each piece an inflater copies what it may refer to in the next one, 32 KiB; but
/// each connection of an export has several blocks of this size, which should be in the processor's cache.
const PIECE: usize = 96 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A text without its byte order mark, which a scanner passes over.
pub(crate) fn unmarked(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

impl Scanner {
    /// A scanner that reads an answer.
    #[must_use]
    pub fn new() -> Scanner {
        Scanner::default()
    }

    /// A scanner that reads an answer, and expects rows as they were in others before.
    #[must_use]
    pub fn knowing(known: &Arc<KnownShapes>) -> Scanner {
        Scanner {
            shapes: Shapes::of(known),
            ..Scanner::default()
        }
    }

    /// Values that come alone have this form.
    pub(crate) fn of_values(mut self, form: ValueForm) -> Scanner {
        self.form = form;
        self
    }

    /// Shares blocks that nobody has any more with other scanners, from the first on.
    pub(crate) fn share(&mut self, spares: &Spares) {
        debug_assert!(self.bytes.is_empty(), "nothing was read yet");
        self.spares = Some(spares.clone());
        self.block = spares.take();
        self.bytes = mem::take(&mut self.block.bytes);
    }

    /// A scanner that reads a row without an answer around it.
    pub(super) fn of_row() -> Scanner {
        Scanner {
            is_row_alone: true,
            mark: BYTE_ORDER_MARK.len(),
            ..Scanner::default()
        }
    }

    /// Reads on. Gives the rows that these bytes complete.
    ///
    /// After bytes that make it no JSON no row comes any more. What follows is read all the same, for an
    /// instance that breaks off says why at the end.
    pub fn push(&mut self, piece: &[u8]) -> Vec<Rows> {
        self.blocks(piece, 0).collect()
    }

    /// As [`Scanner::push`], one block after the other: who lets one go before the next holds no more than one.
    pub(super) fn push_by_blocks(&mut self, piece: &[u8]) -> impl Iterator<Item = Rows> {
        self.blocks(piece, 0)
    }

    /// As [`Scanner::push`], but rows come in blocks of about [`PIECE`] bytes, however small the pieces are;
    /// a row that is larger is a block. Those that are left at the end of the answer are [`Scanner::gathered`].
    pub(crate) fn gather(&mut self, piece: &[u8]) -> Vec<Rows> {
        self.blocks(piece, PIECE).collect()
    }

    /// As [`Scanner::gather`], of bytes that are put where they are read: as many as there is capacity for. `None`
    /// where there are no others.
    pub(crate) fn gather_from<E>(
        &mut self,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>,
    ) -> Result<Option<Option<Rows>>, E> {
        let before = self.bytes.len();
        if self.bytes.try_reserve_exact(room_beside(before)).is_err() {
            self.refuse(Problem::new(What::NoMemory, before));
            return Ok(Some(None));
        }
        let is_there = fill(&mut self.bytes)?;
        Ok(is_there.then(|| self.read_from(before, PIECE)))
    }

    /// The rows that are complete and were not given yet, at the end of the answer.
    pub(crate) fn gathered(&mut self) -> Option<Rows> {
        self.hand_over()
    }

    /// Whether it gave up a part that is larger than it holds, or than there is memory for. An answer that has one
    /// need not have an end.
    pub(crate) fn is_too_large(&self) -> bool {
        self.is_too_large
    }

    /// Reads on as the blocks are asked for.
    fn blocks(&mut self, piece: &[u8], least: usize) -> impl Iterator<Item = Rows> {
        let mut rest = piece;
        iter::from_fn(move || {
            while !rest.is_empty() {
                let before = self.bytes.len();
                let (part, others) = rest.split_at(room_beside(before).min(rest.len()));
                rest = others;
                let block = self.bytes.try_reserve_exact(least.saturating_sub(before));
                let has_room = block.and_then(|()| room::append(&mut self.bytes, part));
                if has_room.is_err() {
                    self.refuse(Problem::new(What::NoMemory, before));
                    return None;
                }
                if let Some(rows) = self.read_from(before, least) {
                    return Some(rows);
                }
            }
            None
        })
    }

    /// Reads what came after so many bytes.
    fn read_from(&mut self, before: usize, least: usize) -> Option<Rows> {
        self.tail.push(&self.bytes[before..]);
        self.pass_mark(before);
        if self.problem.is_some() {
            self.bytes.truncate(before);
            return None;
        }
        if let Err(problem) = self.read() {
            self.refuse(problem);
        }
        match self.bytes.len() >= least {
            true => self.hand_over(),
            false => None,
        }
    }

    /// Ends an answer. What is wrong with it, if anything is, comes with what it told of a failure.
    pub(super) fn finish(&mut self) -> (Answer, Result<(), Refusal>) {
        if self.problem.is_none() && !self.grammar.is_complete() {
            self.refuse(Problem::new(What::End, self.bytes.len()));
        }
        let refusal = match self.problem.take() {
            // Whatever is wrong is wrong because it was cut, if the end of an object did not come. Of what is
            // too large nobody waits for the end, and what is whole was not cut, whatever follows it.
            Some(Refusal::Malformed { is_cut, problem }) => Err(Refusal::Malformed {
                is_cut: !self.is_too_large
                    && !self.grammar.is_complete()
                    && (is_cut || !self.tail.is_end_of_object()),
                problem,
            }),
            Some(refusal) => Err(refusal),
            None => Ok(()),
        };
        (mem::take(&mut self.answer), refusal)
    }

    /// The last bytes that came.
    pub(super) fn tail(&self) -> &[u8] {
        self.tail.bytes()
    }

    /// Takes away what there is of a byte order mark.
    fn pass_mark(&mut self, before: usize) {
        while let (Some(due), Some(first)) =
            (BYTE_ORDER_MARK.get(self.mark), self.bytes.get(before))
        {
            if first == due {
                self.bytes.remove(before);
                self.mark += 1;
                self.passed += 1;
                continue;
            }
            if self.mark > 0 {
                self.problem = Some(Refusal::NotAnObject);
            }
            self.mark = BYTE_ORDER_MARK.len();
        }
    }

    fn refuse(&mut self, mut problem: Problem) {
        problem.at += usize::try_from(self.passed).unwrap_or(usize::MAX);
        self.is_too_large |= problem.what.is_too_large();
        let has_begun = self.grammar.depth() > 0 || self.grammar.is_complete();
        self.problem = Some(match problem.what {
            What::NoMemory => Refusal::NoMemory,
            What::NotAnObject => Refusal::NotAnObject,
            _ if !has_begun => Refusal::NotAnObject,
            what => Refusal::Malformed {
                is_cut: what == What::End,
                problem: problem.to_string(),
            },
        });
    }

    fn read(&mut self) -> Result<(), Problem> {
        loop {
            self.row.read(
                &self.bytes,
                &mut self.grammar,
                &mut self.shapes,
                &mut self.block,
            )?;
            let event = self.grammar.next(&self.bytes)?;
            if let Event::More = event {
                return Ok(());
            }
            if self.row.is_under_way() {
                self.row.take(
                    event,
                    &self.bytes,
                    &self.grammar,
                    &mut self.shapes,
                    &mut self.block,
                );
            } else {
                self.take(event)?;
            }
        }
    }

    /// What was read outside of rows.
    fn take(&mut self, event: Event) -> Result<(), Problem> {
        match (self.grammar.depth(), event) {
            (0, Event::Text(_) | Event::Number(_) | Event::Word(_)) => {
                return Err(Problem::new(What::NotAnObject, 0));
            }
            (1, Event::Open { at, is_object }) => {
                if !is_object {
                    return Err(Problem::new(What::NotAnObject, at));
                }
                if self.is_row_alone {
                    self.row.begin(at, 1, &self.block);
                }
            }
            (1, Event::Name(name)) => self.member = self.answer.member(&name, &self.bytes)?,
            (1, Event::Close { end }) => {
                self.is_in_list = false;
                if let Some(start) = self.kept.take() {
                    self.answer.keep(self.member, &self.bytes[start..end]);
                }
            }
            (1, Event::Text(text)) => {
                if self.member == Member::Result && !fields::is_text(&text, &self.bytes) {
                    return Err(Problem::new(What::HalfAPair, text.span.start));
                }
                self.take_scalar(Kind::Scalar, text.span);
            }
            (1, Event::Number(span)) => {
                let number = &self.bytes[span.clone()];
                if self.member == Member::Result && !fields::is_in_range(number) {
                    return Err(Problem::new(What::NumberRange, span.start));
                }
                self.take_scalar(Kind::Scalar, span);
            }
            (1, Event::Word(span)) => {
                let kind = match &self.bytes[span.clone()] {
                    b"null" => Kind::Null,
                    _ => Kind::Scalar,
                };
                self.take_scalar(kind, span);
            }
            (2, Event::Open { at, is_object }) => match self.member {
                Member::Result if is_object => {
                    self.answer.result = Some(Kind::Object);
                    self.row.begin(at, 2, &self.block);
                }
                Member::Result => {
                    self.answer.result = Some(Kind::List);
                    self.is_in_list = true;
                }
                Member::Other => {}
                _ => self.kept = Some(at),
            },
            (3, Event::Open { at, is_object }) if self.is_in_list => match is_object {
                true => self.row.begin(at, 3, &self.block),
                false => self.block.rows.push(Place::no_object()),
            },
            (2, Event::Text(_) | Event::Number(_) | Event::Word(_)) if self.is_in_list => {
                self.block.rows.push(Place::no_object());
            }
            _ => {}
        }
        Ok(())
    }

    fn take_scalar(&mut self, kind: Kind, span: Range<usize>) {
        match self.member {
            Member::Result => self.answer.result = Some(kind),
            member => self.answer.keep(member, &self.bytes[span]),
        }
    }

    /// Gives the rows that are complete, and goes on with what is left, in another block.
    fn hand_over(&mut self) -> Option<Rows> {
        let needed = self.needed();
        if self.bytes.len() - needed > MOST_HELD && self.problem.is_none() {
            self.refuse(Problem::new(What::TooLarge, needed));
        }
        self.passed += needed as u64;
        self.grammar.forget(needed);
        self.kept = self.kept.map(|kept| kept - needed);
        let fields = self.row.fields_before(&self.block);
        self.row.forget(needed, fields);
        if self.block.rows.is_empty() {
            self.bytes.drain(..needed);
            return None;
        }
        self.shapes.handed_over();
        let mut next = match self.grammar.is_complete() {
            true => Block::default(),
            false => self.spares.get_or_insert_default().take(),
        };
        next.bytes.extend_from_slice(&self.bytes[needed..]);
        next.ends.extend(self.block.ends.drain(fields..));
        let mut bytes = mem::replace(&mut self.bytes, mem::take(&mut next.bytes));
        bytes.truncate(needed);
        let mut block = mem::replace(&mut self.block, next);
        block.bytes = bytes;
        block.form = self.form;
        Some(Rows::new(LentBlock::new(block, self.spares.clone())))
    }

    /// The first byte that is still needed.
    fn needed(&self) -> usize {
        match (self.row.is_under_way(), self.kept) {
            (true, _) => self.row.start(),
            (false, Some(start)) => start,
            (false, None) => self.grammar.needed(self.grammar.depth() <= 1),
        }
    }
}

/// How much is read beside so many bytes. A block is as large as it was made, unless a row is larger: that grows by
/// a share, so that it is seldom moved, and where memory ends something is left for others.
fn room_beside(bytes: usize) -> usize {
    match PIECE.saturating_sub(bytes) {
        0 => PIECE.max(bytes / 8),
        room => room,
    }
}

impl Default for Scanner {
    fn default() -> Scanner {
        Scanner {
            bytes: Vec::new(),
            passed: 0,
            mark: 0,
            grammar: Grammar::new(),
            shapes: Shapes::new(),
            row: Fields::none(),
            block: Block::default(),
            answer: Answer::default(),
            member: Member::Other,
            kept: None,
            is_in_list: false,
            is_row_alone: false,
            problem: None,
            is_too_large: false,
            spares: None,
            tail: Tail::default(),
            form: ValueForm::Unknown,
        }
    }
}
