//! An encoded query that came as text, taken apart as far as is needed to put it together with more.
//!
//! Order, grouping and `^EQ` are set apart with the place where they stand, and so are empty pieces
//! (`^` at an end). A related-list block (`RLQUERY…^ENDRLQUERY`) is one condition with all that is
//! inside. Text that means nothing on its own (`^ORb=2` first) is refused, with the byte at which it
//! stands.

use super::check;
use super::condition::Condition;
use super::group::Term;
use super::mark::{Mark, Marks};
use super::syntax::{pieces, unspeakable};
use crate::error::{Error, Result};

/// An encoded query in parts. Without conditions it has no branch, else no branch is empty.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) branches: Vec<Vec<Term>>,
    pub(super) marks: Marks,
}

/// Whether conditions are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// They are taken as they are.
    AsIs,
    /// Each has a field, an operator that an instance knows, and the value that it needs.
    Checked,
}

/// Takes an encoded query apart.
pub(super) fn parse(text: &str, reading: Reading) -> Result<Parsed> {
    if let Some((at, found)) = unspeakable(text) {
        return Err(refusal(format_args!(
            "holds {found:?} at byte {at}; a query cannot carry line breaks or other control characters"
        )));
    }
    parse_part(text, 0, reading)
}

/// As [`parse`] for a part of a text that begins at a byte of the whole.
pub(super) fn parse_part(text: &str, start: usize, reading: Reading) -> Result<Parsed> {
    let mut parser = Parser {
        reading,
        closed: Vec::new(),
        current: Vec::new(),
        marks: Marks::default(),
        conditions: 0,
    };
    if !text.is_empty() {
        for (at, piece) in joined_blocks(text, start)? {
            parser.piece(piece, at)?;
        }
    }
    parser.finish(start + text.len())
}

/// What is wrong with a text, without quoting it.
pub(super) fn refusal(problem: impl std::fmt::Display) -> Error {
    Error::argument("encoded", problem)
}

struct Parser {
    reading: Reading,
    closed: Vec<Vec<Term>>,
    current: Vec<Term>,
    marks: Marks,
    conditions: usize,
}

impl Parser {
    fn piece(&mut self, piece: &str, at: usize) -> Result<()> {
        if let Some(mark) = Mark::parse(piece, at) {
            self.marks.read(mark?, self.conditions);
            return Ok(());
        }
        if let Some(rest) = piece.strip_prefix("NQ") {
            return self.new_query(rest, at);
        }
        if let Some(rest) = piece.strip_prefix("OR") {
            return self.alternative(rest, at);
        }
        let condition = self.condition(piece, at)?;
        self.current.push(Term::new(condition));
        Ok(())
    }

    fn new_query(&mut self, rest: &str, at: usize) -> Result<()> {
        self.close_branch(at)?;
        let after = at + "NQ".len();
        if self.reading == Reading::Checked && Mark::parse(rest, after).is_some() {
            return Err(refusal(format_args!(
                "has ^NQ at byte {at} without a condition directly after it"
            )));
        }
        // `^NQ` at the very end is caught by `finish`: it leaves an empty branch.
        self.piece(rest, after)
    }

    fn alternative(&mut self, rest: &str, at: usize) -> Result<()> {
        if self.current.is_empty() {
            return Err(refusal(format_args!(
                "has OR at byte {at} without a condition before it in its group"
            )));
        }
        let after = at + "OR".len();
        if Mark::parse(rest, after).is_some() {
            return Err(refusal(format_args!(
                "has ^OR at byte {at} without a condition after it"
            )));
        }
        let condition = self.condition(rest, after)?;
        if let Some(term) = self.current.last_mut() {
            term.or(condition);
        }
        Ok(())
    }

    fn condition(&mut self, text: &str, at: usize) -> Result<Condition> {
        if self.reading == Reading::Checked {
            check::condition(text, at)?;
        }
        self.conditions += 1;
        Ok(Condition::written(text))
    }

    fn close_branch(&mut self, at: usize) -> Result<()> {
        if self.current.is_empty() {
            // An instance would read the missing side as "every row".
            return Err(refusal(format_args!(
                "has ^NQ without a condition on each side, at byte {at}"
            )));
        }
        self.closed.push(std::mem::take(&mut self.current));
        Ok(())
    }

    fn finish(mut self, end: usize) -> Result<Parsed> {
        if !self.closed.is_empty() || !self.current.is_empty() {
            self.close_branch(end)?;
        }
        Ok(Parsed {
            branches: self.closed,
            marks: self.marks,
        })
    }
}

/// The pieces of a text and where they begin, those of a related-list block in one.
fn joined_blocks(text: &str, start: usize) -> Result<Vec<(usize, &str)>> {
    let mut joined = Vec::new();
    let mut rest = pieces(text).into_iter();
    while let Some((at, piece)) = rest.next() {
        if piece == BLOCK_END {
            return Err(refusal(format_args!(
                "has ENDRLQUERY at byte {} without RLQUERY before it",
                start + at
            )));
        }
        let end = if begins_block(piece) {
            let (last, _) = rest
                .by_ref()
                .find(|(_, piece)| *piece == BLOCK_END)
                .ok_or_else(|| {
                    refusal(format_args!(
                        "has RLQUERY at byte {} without ENDRLQUERY after it",
                        start + at
                    ))
                })?;
            last + BLOCK_END.len()
        } else {
            at + piece.len()
        };
        joined.push((start + at, &text[at..end]));
    }
    Ok(joined)
}

const BLOCK_END: &str = "ENDRLQUERY";

fn begins_block(piece: &str) -> bool {
    ["", "OR", "NQ"].iter().any(|join| {
        piece
            .strip_prefix(join)
            .is_some_and(|rest| rest.starts_with("RLQUERY"))
    })
}
