//! The rows of a list, while its answer comes in.
//!
//! What came goes to the scanner piece by piece, and comes out of it in blocks of rows, so that memory is
//! bounded by a few blocks, whatever the page; a row that is larger than a block is a block.
//!
//! An instance that breaks off may close the row that it was in, so that the last row before a break looks
//! whole and is not. A block is therefore held back until the next one is there, or the answer has ended
//! well.

use std::collections::VecDeque;

use super::{Head, Stream};
use crate::error::{Error, Result};
use crate::record::page::{self, Page, Results};
use crate::record::row::Rows;
use crate::record::scanner::{Scanner, Spares};
use crate::session::transport::{Pauses, Unpackers};

/// The rows of a list, while its answer comes in. Dropping it gives the rest up.
pub(crate) struct RowStream {
    stream: Stream,
    /// `None` once the answer has ended.
    scanner: Option<Scanner>,
    has_begun: bool,
    /// Blocks that were not given yet.
    held: VecDeque<Rows>,
    /// How many rows came, and how many were asked for.
    row_count: usize,
    most: Option<u64>,
    /// What is wrong with the first row that cannot be read. What is wrong with the answer, which is known
    /// at its end, says more.
    unreadable: Option<Error>,
    failed: Option<Error>,
}

impl RowStream {
    /// The rows of an answer that has begun, be it a success or not.
    pub(crate) fn new(stream: Stream) -> RowStream {
        RowStream {
            scanner: Some(stream.head().scanner()),
            stream,
            has_begun: false,
            held: VecDeque::new(),
            row_count: 0,
            most: None,
            unreadable: None,
            failed: None,
        }
    }

    /// Has more rows than were asked for be an error: whoever answers could go on for ever.
    pub(crate) fn expect_at_most(&mut self, rows: u64) {
        self.most = Some(rows);
    }

    /// The answer but for its body.
    pub(crate) fn head(&self) -> &Head {
        self.stream.head()
    }

    /// The next rows, at least one and all of them readable; `None` after the last, when the answer is
    /// complete and says nothing against it. Rows that were given are whole, whatever comes later.
    ///
    /// # Errors
    /// As [`super::Response::records`], and those of [`Stream::next_piece`]. After an error every later call
    /// gives the same one.
    pub(crate) fn next_rows(&mut self) -> Result<Option<Rows>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let next = self.advance();
        if let Err(error) = &next {
            self.failed = Some(error.clone());
            self.held.clear();
            self.scanner = None;
        }
        next
    }

    /// Has this told whenever nothing of the answer is there and it is waited for.
    pub(crate) fn tell_of_pauses(&mut self, pauses: Box<dyn Pauses>) {
        self.stream.tell_of_pauses(pauses);
    }

    /// Where the thread that reads waits for something else.
    pub(crate) fn pauses(&mut self) -> Option<&mut dyn Pauses> {
        self.stream.pauses()
    }

    /// Shares with other answers what unpacks them, and blocks that nobody has any more, from the first on.
    pub(crate) fn share(&mut self, unpackers: &Unpackers, spares: &Spares) {
        self.stream.share(unpackers);
        if let Some(scanner) = &mut self.scanner {
            scanner.share(spares);
        }
    }

    /// Lets another call of the client go, while nothing is read of this answer.
    pub(crate) fn end_turn(&mut self) {
        self.stream.end_turn();
    }

    /// Why the body broke off, if it did.
    pub(crate) fn broken(&self) -> Option<Error> {
        self.stream.broken()
    }

    fn advance(&mut self) -> Result<Option<Rows>> {
        if !self.has_begun {
            self.has_begun = true;
            let beginning = self.stream.judged_beginning()?;
            if let Some(scanner) = &mut self.scanner {
                let rows = scanner.gather(&beginning);
                self.hold(rows);
            }
        }
        while let Some(scanner) = &mut self.scanner {
            if self.held.len() > 1 && self.unreadable.is_none() {
                break;
            }
            match scanner.gather_from(|bytes| self.stream.fill(bytes))? {
                Some(rows) => {
                    let is_too_large = scanner.is_too_large();
                    self.hold(rows);
                    if self.most.is_some_and(|most| self.row_count as u64 > most) {
                        let message = "the answer holds more rows than were asked for";
                        return Err(self.head().unexpected(message));
                    }
                    if is_too_large {
                        self.end()?;
                    }
                }
                None => self.end()?,
            }
        }
        Ok(self.held.pop_front())
    }

    fn hold(&mut self, blocks: impl IntoIterator<Item = Rows>) {
        for rows in blocks {
            // After a row that cannot be read none is given any more.
            if self.unreadable.is_some() {
                return;
            }
            self.unreadable = rows
                .first_unreadable()
                .map(|(index, problem)| page::unreadable(self.row_count + index, &problem));
            self.row_count += rows.row_count();
            self.held.push_back(rows);
        }
    }

    /// Judges the answer, all of which is there.
    fn end(&mut self) -> Result<()> {
        let Some(mut scanner) = self.scanner.take() else {
            return Ok(());
        };
        self.hold(scanner.gathered());
        // The only row of an answer that is no list is among those that are held.
        let mut page = Page::default();
        self.held.iter().for_each(|rows| page.push(rows.clone()));
        let head = self.stream.head();
        match head.results(page::finish(scanner, page))? {
            Results::Many(_) => {}
            _ => return Err(head.unexpected("the answer holds no list of records")),
        }
        match self.unreadable.take() {
            None => Ok(()),
            Some(error) => Err(head.tells(error)),
        }
    }
}
