//! The envelope of an answer: its rows, or what the instance says went wrong.
//!
//! A list is streamed, so an answer that began well can end badly: with an `error` after the rows, in
//! the middle of a row, or with both. The status is 200 all the same. Rows are therefore handed out
//! only if the JSON is complete and has no `error`; from an answer that is neither, only the instance's
//! words are taken.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Record;
use super::row::Rows;
use super::scanner::{Answer, Kind, Refusal, Scanner};
use crate::error::{Error, Status};
use crate::room::MOST_HELD;

/// A complete answer.
#[derive(Debug)]
pub enum Envelope {
    /// No error: what was asked for.
    Results(Results),
    /// An error and no result.
    Failure(Words),
    /// A result and an error: the rows were cut off at an arbitrary place, and are not given.
    Partial(Words),
}

/// What an answer holds as its `result`.
#[derive(Debug)]
pub enum Results {
    /// A list.
    Many(Page),
    /// An object.
    One(Record),
    /// `null`.
    Null,
    /// A string, a number or a truth value.
    Scalar,
    /// Nothing: the answer has no `result`.
    Missing,
}

/// What the instance says about a failure. Either may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// `error.message`, or the whole `error` where it is no object.
    pub message: Option<String>,
    /// `error.detail`, or `error_description`.
    pub detail: Option<String>,
}

/// Why an answer has no envelope.
#[derive(Debug, PartialEq, Eq)]
pub enum EnvelopeError {
    /// There is nothing.
    Empty,
    /// It begins like no object does: it is HTML, a list.
    NotAnObject,
    /// There is no memory to read it.
    NoMemory,
    /// It is an object whose JSON is broken.
    Malformed {
        /// What the instance says, if an `error` member could still be found.
        words: Option<Words>,
        /// Whether the body ends too early; else it is wrong before its end.
        is_cut: bool,
        /// What is wrong, in words that hold nothing of the body.
        problem: String,
    },
}

/// The rows of a list.
#[derive(Clone, Default)]
pub struct Page {
    /// What the scanner gave, each with the number of rows up to its end.
    rows: Vec<(Rows, usize)>,
}

/// About what a caller has in his hands of each row, beside the page.
const RECORD_SIZE: usize = 128;

/// Reads an answer with a scanner that has read nothing yet.
pub(crate) fn parse_with(mut scanner: Scanner, body: &[u8]) -> Result<Envelope, EnvelopeError> {
    let mut page = Page::default();
    let mut held = 0;
    for rows in scanner.push_by_blocks(body) {
        held += rows.size_of_places() + rows.row_count() * RECORD_SIZE;
        if held > MOST_HELD {
            let problem = "its rows take more than 256 MiB";
            return Err(EnvelopeError::wrong(problem.to_owned()));
        }
        page.push(rows);
    }
    finish(scanner, page)
}

/// Judges an answer at its end. The page holds the rows that the scanner gave; a reader of lists, which hands
/// them on as they come, gives an empty one, and then a single object is an error.
pub fn finish(mut scanner: Scanner, page: Page) -> Result<Envelope, EnvelopeError> {
    let (answer, refusal) = scanner.finish();
    match refusal {
        Err(Refusal::NotAnObject) => {
            return Err(match scanner.tail().trim_ascii().is_empty() {
                true => EnvelopeError::Empty,
                false => EnvelopeError::NotAnObject,
            });
        }
        Err(Refusal::NoMemory) => return Err(EnvelopeError::NoMemory),
        Err(Refusal::Malformed { is_cut, problem }) => {
            return Err(EnvelopeError::Malformed {
                words: words_in_ruins(scanner.tail()),
                is_cut,
                problem,
            });
        }
        Ok(()) => {}
    }
    if let Some(words) = failure(&answer) {
        return Ok(match answer.result {
            None | Some(Kind::Null) => Envelope::Failure(words),
            Some(_) => Envelope::Partial(words),
        });
    }
    let results = match answer.result {
        None => Results::Missing,
        Some(Kind::Null) => Results::Null,
        Some(Kind::Scalar) => Results::Scalar,
        Some(Kind::List) => Results::Many(page),
        Some(Kind::Object) => match page.place(0) {
            Some(Ok(record)) => Results::One(record),
            Some(Err(problem)) => return Err(EnvelopeError::wrong(problem)),
            None => return Err(EnvelopeError::wrong("its result is no list".to_owned())),
        },
    };
    Ok(Envelope::Results(results))
}

/// What the instance says in an answer of any kind; neither part if it says nothing.
pub(crate) fn error_words(body: &[u8]) -> Words {
    let mut scanner = Scanner::new();
    scanner.push_by_blocks(body).for_each(drop);
    match finish(scanner, Page::default()) {
        Ok(Envelope::Failure(words) | Envelope::Partial(words)) => words,
        Err(EnvelopeError::Malformed { words, .. }) => words.unwrap_or_default(),
        Ok(Envelope::Results(_))
        | Err(EnvelopeError::Empty | EnvelopeError::NotAnObject | EnvelopeError::NoMemory) => {
            Words::default()
        }
    }
}

/// That a row of a page cannot be read.
pub(crate) fn unreadable(index: usize, problem: &str) -> Error {
    let message = format!("row {index} of the page cannot be read: {problem}");
    Error::new(Status::UnexpectedAnswer, message)
}

impl Page {
    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.rows.last().map_or(0, |(_, end)| *end)
    }

    /// A row as a record. `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`Status::UnexpectedAnswer`] where it is not an object, or holds text that is not text.
    pub fn record(&self, index: usize) -> Option<crate::Result<Record>> {
        let record = self.place(index)?;
        Some(record.map_err(|problem| unreadable(index, &problem)))
    }

    /// Adds rows at the end.
    pub fn push(&mut self, rows: Rows) {
        let end = self.row_count() + rows.row_count();
        self.rows.push((rows, end));
    }

    fn place(&self, index: usize) -> Option<Result<Record, String>> {
        let holder = self.rows.partition_point(|(_, end)| *end <= index);
        let (rows, end) = self.rows.get(holder)?;
        rows.record(index - (end - rows.row_count()))
    }
}

/// The number of rows and bytes: a page may hold anything.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: usize = self.rows.iter().map(|(rows, _)| rows.bytes()).sum();
        write!(f, "Page({} rows in {bytes} bytes)", self.row_count())
    }
}

impl EnvelopeError {
    fn wrong(problem: String) -> EnvelopeError {
        EnvelopeError::Malformed {
            words: None,
            is_cut: false,
            problem,
        }
    }
}

/// What went wrong, if anything did.
fn failure(answer: &Answer) -> Option<Words> {
    let error = answer
        .error
        .as_deref()
        .filter(|error| !matches!(*error, "null" | "false" | r#""""# | "[]"));
    let Some(error) = error else {
        // Seen without an `error` too: the answer says itself that it failed.
        return (answer.status.as_deref() == Some(r#""failure""#)).then(Words::default);
    };
    let mut words = Words::of(error);
    // A token endpoint has a code in `error` and the words in `error_description`.
    words.detail = words
        .detail
        .or_else(|| text_of(answer.error_description.as_deref()));
    Some(words)
}

impl Words {
    fn of(error: &str) -> Words {
        if !error.starts_with('{') {
            return Words {
                message: text_of(Some(error)),
                detail: None,
            };
        }
        match serde_json::from_str::<ErrorObject<'_>>(error) {
            Ok(object) => Words {
                message: text_of(object.message.map(RawValue::get)),
                detail: text_of(object.detail.map(RawValue::get)),
            },
            Err(_) => Words::default(),
        }
    }
}

/// Looks for `"error":{…}` in a body that is not JSON as a whole. An instance that breaks off writes
/// it last, so only the end is searched, and only a few places there: without both limits a body made
/// for it would cost the square of its size.
fn words_in_ruins(tail: &[u8]) -> Option<Words> {
    const PLACES: usize = 8;
    const NAME: &[u8] = br#""error""#;

    (0..tail.len())
        .rev()
        .filter(|&at| tail[at..].starts_with(NAME))
        .take(PLACES)
        .find_map(|at| words_after(&tail[at + NAME.len()..]))
}

fn words_after(rest: &[u8]) -> Option<Words> {
    let object = rest
        .trim_ascii_start()
        .strip_prefix(b":")?
        .trim_ascii_start();
    if !object.starts_with(b"{") {
        return None;
    }
    let error = serde_json::Deserializer::from_slice(object)
        .into_iter::<&RawValue>()
        .next()?
        .ok()?;
    // A field of that name, a reference, has no message.
    Some(Words::of(error.get())).filter(|words| words.message.is_some())
}

/// Text of any kind of value; it is for people, so that a string which is not text is given as it came.
fn text_of(value: Option<&str>) -> Option<String> {
    match value? {
        "null" => None,
        json => Some(serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())),
    }
}

#[derive(Deserialize)]
struct ErrorObject<'a> {
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    detail: Option<&'a RawValue>,
}
