//! An encoded query that came as text, taken apart as far as is needed to put it together with more.
//!
//! Conditions are taken as they are, without a look at their fields and operators. What is moved or
//! left out: order terms go to the end of the whole query, `^EQ` and `GROUPBY…` mean nothing here and
//! go, and so do empty pieces (`^` at an end). A related-list block (`RLQUERY…^ENDRLQUERY`) is one
//! condition with all that is inside. Text that means nothing on its own (`^ORb=2` first) is refused.

use super::condition::Condition;
use super::group::Term;
use super::order::OrderKey;
use super::syntax::{pieces, unspeakable};
use crate::error::{Error, Result};

/// A raw query in parts. Without conditions it has no branch, else no branch is empty.
#[derive(Debug, Default)]
pub(super) struct RawQuery {
    pub(super) branches: Vec<Vec<Term>>,
    pub(super) order: Vec<OrderKey>,
}

/// Takes an encoded query apart.
pub(super) fn parse(text: &str) -> Result<RawQuery> {
    if let Some(found) = unspeakable(text) {
        return Err(refusal(format_args!(
            "holds {found:?}; a query cannot carry line breaks or other control characters"
        )));
    }
    let mut parser = Parser::default();
    for piece in joined_blocks(&pieces(text))? {
        parser.piece(&piece)?;
    }
    parser.finish()
}

#[derive(Default)]
struct Parser {
    closed: Vec<Vec<Term>>,
    current: Vec<Term>,
    order: Vec<OrderKey>,
}

impl Parser {
    fn piece(&mut self, piece: &str) -> Result<()> {
        if piece.is_empty() || piece == "EQ" || piece.starts_with("GROUPBY") {
            return Ok(());
        }
        if let Some(key) = OrderKey::read(piece) {
            self.order.push(key?);
            return Ok(());
        }
        if let Some(rest) = piece.strip_prefix("NQ") {
            self.close_branch()?;
            // `^NQ` at the very end is caught by `finish`: it leaves an empty branch.
            return self.piece(rest);
        }
        if let Some(rest) = piece.strip_prefix("OR") {
            return self.alternative(rest);
        }
        self.current.push(Term::new(Condition::written(piece)));
        Ok(())
    }

    fn alternative(&mut self, condition: &str) -> Result<()> {
        let term = self.current.last_mut().ok_or_else(|| {
            refusal(
                "has OR without a condition before it; for an alternative call snow_query_or first",
            )
        })?;
        if condition.is_empty() || OrderKey::read(condition).is_some() {
            return Err(refusal("has ^OR without a condition after it"));
        }
        term.or(Condition::written(condition));
        Ok(())
    }

    fn close_branch(&mut self) -> Result<()> {
        if self.current.is_empty() {
            // An instance would read the missing side as "every row".
            return Err(refusal("has ^NQ without a condition on each side"));
        }
        self.closed.push(std::mem::take(&mut self.current));
        Ok(())
    }

    fn finish(mut self) -> Result<RawQuery> {
        if !self.closed.is_empty() || !self.current.is_empty() {
            self.close_branch()?;
        }
        Ok(RawQuery {
            branches: self.closed,
            order: self.order,
        })
    }
}

/// Puts the pieces of each related-list block together again.
fn joined_blocks(pieces: &[&str]) -> Result<Vec<String>> {
    let mut joined = Vec::with_capacity(pieces.len());
    let mut rest = pieces.iter();
    while let Some(piece) = rest.next() {
        let mut term = (*piece).to_owned();
        if *piece == BLOCK_END {
            return Err(refusal("has ENDRLQUERY without RLQUERY before it"));
        }
        if begins_block(piece) {
            loop {
                let next = rest
                    .next()
                    .ok_or_else(|| refusal("has RLQUERY without ENDRLQUERY after it"))?;
                term.push('^');
                term.push_str(next);
                if *next == BLOCK_END {
                    break;
                }
            }
        }
        joined.push(term);
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

fn refusal(problem: impl std::fmt::Display) -> Error {
    Error::argument("encoded", problem)
}
