//! The envelope of an answer: its rows, or what the instance says went wrong.
//!
//! A list is streamed, so an answer that began well can end badly: with an `error` after the rows, in
//! the middle of a row, or with both. The status is 200 all the same. Rows are therefore handed out
//! only if the JSON is complete and has no `error`; from an answer that is neither, only the instance's
//! words are taken. Rows are spans of the body, which all of them share; one pass finds them, and no
//! body, however broken, is read more than a few times.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Record;
use super::row::Row;
use crate::error::{Error, Status};

/// A complete answer.
#[derive(Debug)]
pub(crate) enum Envelope {
    /// No error: what was asked for.
    Results(Results),
    /// An error and no result.
    Failure(Words),
    /// A result and an error: the rows were cut off at an arbitrary place, and are not given.
    Partial(Words),
}

/// What an answer holds as its `result`.
#[derive(Debug)]
pub(crate) enum Results {
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
pub(crate) struct Words {
    pub(crate) message: Option<String>,
    pub(crate) detail: Option<String>,
}

/// Why an answer has no envelope.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EnvelopeError {
    /// It begins like no object does: it is empty, HTML, a list.
    NotAnObject,
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

/// The rows of a list, as they stand in the body.
#[derive(Clone)]
pub(crate) struct Page {
    body: Arc<Vec<u8>>,
    rows: Vec<Range<usize>>,
}

/// Reads an answer.
pub(crate) fn parse(body: impl Into<Arc<Vec<u8>>>) -> Result<Envelope, EnvelopeError> {
    let body = body.into();
    let wire = Wire::read(&body)?;
    if let Some(words) = wire.failure() {
        return Ok(match wire.result {
            None | Some(Found::Null) => Envelope::Failure(words),
            Some(_) => Envelope::Partial(words),
        });
    }
    let results = match wire.result {
        None => Results::Missing,
        Some(Found::Null) => Results::Null,
        Some(Found::Scalar) => Results::Scalar,
        Some(Found::Rows(rows)) => {
            let rows = rows.into_iter().map(|row| span(row, &body)).collect();
            Results::Many(Page { body, rows })
        }
        Some(Found::Object(row)) => {
            let span = span(row, &body);
            Results::One(Row::read(body, span).map_err(EnvelopeError::wrong)?.into())
        }
    };
    Ok(Envelope::Results(results))
}

/// What the instance says in an answer of any kind; neither part if it says nothing.
pub(crate) fn error_words(body: &[u8]) -> (Option<String>, Option<String>) {
    let words = match Wire::read(body) {
        Ok(wire) => wire.failure(),
        Err(EnvelopeError::Malformed { words, .. }) => words,
        Err(EnvelopeError::NotAnObject) => None,
    };
    words.map_or((None, None), |words| (words.message, words.detail))
}

impl Page {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A row as a record. `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`Status::UnexpectedAnswer`] where it is not an object, or holds text that is not text.
    pub(crate) fn record(&self, index: usize) -> Option<crate::Result<Record>> {
        let span = self.rows.get(index)?.clone();
        Some(
            Row::read(Arc::clone(&self.body), span)
                .map(Record::from)
                .map_err(|problem| {
                    Error::new(
                        Status::UnexpectedAnswer,
                        format!("row {index} of the page cannot be read: {problem}"),
                    )
                }),
        )
    }
}

/// The number of rows and bytes: a page may hold anything.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Page({} rows in {} bytes)",
            self.rows.len(),
            self.body.len()
        )
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

    fn cut(problem: String) -> EnvelopeError {
        EnvelopeError::Malformed {
            words: None,
            is_cut: true,
            problem,
        }
    }
}

/// The members of an answer that mean something in every API.
#[derive(Default)]
struct Wire<'a> {
    result: Option<Found<'a>>,
    error: Option<&'a RawValue>,
    error_description: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
}

enum Found<'a> {
    Null,
    Object(&'a RawValue),
    Rows(Vec<&'a RawValue>),
    Scalar,
}

impl<'a> Wire<'a> {
    fn read(body: &'a [u8]) -> Result<Wire<'a>, EnvelopeError> {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(EnvelopeError::NotAnObject);
        }
        Wire::read_object(body).map_err(|error| error.with_words(words_in_ruins(body)))
    }

    fn read_object(body: &'a [u8]) -> Result<Wire<'a>, EnvelopeError> {
        let text = std::str::from_utf8(body).map_err(|error| {
            let problem = format!("it is not UTF-8 from byte {}", error.valid_up_to());
            match error.error_len() {
                None => EnvelopeError::cut(problem),
                Some(_) => EnvelopeError::wrong(problem),
            }
        })?;
        let outline: Outline<'a> = from_str(text)?;
        let result = match outline.result {
            None => None,
            Some(Kind::Null) => Some(Found::Null),
            Some(Kind::Scalar) => Some(Found::Scalar),
            Some(Kind::Rows(rows)) => Some(Found::Rows(rows)),
            // One object is small, so that it may be read once more, now for its place.
            Some(Kind::Object) => Some(Found::Object(from_str::<OneResult<'a>>(text)?.result)),
        };
        Ok(Wire {
            result,
            ..outline.wire
        })
    }

    /// What went wrong, if anything did.
    fn failure(&self) -> Option<Words> {
        let error = self
            .error
            .filter(|error| !matches!(error.get(), "null" | "false"));
        let Some(error) = error else {
            // Seen without an `error` too: the answer says itself that it failed.
            return self
                .status
                .is_some_and(|status| status.get() == r#""failure""#)
                .then(Words::default);
        };
        let mut words = Words::of(error);
        // A token endpoint has a code in `error` and the words in `error_description`.
        words.detail = words.detail.or_else(|| text_of(self.error_description));
        Some(words)
    }
}

impl EnvelopeError {
    fn with_words(self, found: Option<Words>) -> EnvelopeError {
        match self {
            EnvelopeError::Malformed {
                is_cut, problem, ..
            } => EnvelopeError::Malformed {
                words: found,
                is_cut,
                problem,
            },
            other => other,
        }
    }
}

impl Words {
    fn of(error: &RawValue) -> Words {
        if !error.get().starts_with('{') {
            return Words {
                message: text_of(Some(error)),
                detail: None,
            };
        }
        match serde_json::from_str::<ErrorObject<'_>>(error.get()) {
            Ok(object) => Words {
                message: text_of(object.message),
                detail: text_of(object.detail),
            },
            Err(_) => Words::default(),
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Looks for `"error":{…}` in a body that is not JSON as a whole. An instance that breaks off writes
/// it last, so only the end is searched, and only a few places there: without both limits a body made
/// for it would cost the square of its size.
fn words_in_ruins(body: &[u8]) -> Option<Words> {
    const TAIL: usize = 16 * 1024;
    const PLACES: usize = 8;
    const NAME: &[u8] = br#""error""#;

    let tail = &body[body.len().saturating_sub(TAIL)..];
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
    Some(Words::of(error)).filter(|words| words.message.is_some())
}

/// Text of any kind of value; it is for people, so that a string which is not text is given as it came.
fn text_of(value: Option<&RawValue>) -> Option<String> {
    match value?.get() {
        "null" => None,
        json => Some(serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())),
    }
}

fn span(part: &RawValue, body: &[u8]) -> Range<usize> {
    let start = part.get().as_ptr() as usize - body.as_ptr() as usize;
    start..start + part.get().len()
}

fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, EnvelopeError> {
    serde_json::from_str(text).map_err(|error| {
        let problem = error.to_string();
        // Where a number is cut, the parser sees a bad number and not an end.
        if error.is_eof() || !text.trim_ascii_end().ends_with('}') {
            EnvelopeError::cut(problem)
        } else {
            EnvelopeError::wrong(problem)
        }
    })
}

#[derive(Deserialize)]
struct ErrorObject<'a> {
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    detail: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct OneResult<'a> {
    #[serde(borrow)]
    result: &'a RawValue,
}

/// What one pass over the body finds. A member that comes twice is an error: which of the two lists
/// would be the answer?
#[derive(Default)]
struct Outline<'a> {
    result: Option<Kind<'a>>,
    wire: Wire<'a>,
}

enum Kind<'a> {
    Null,
    Object,
    Rows(Vec<&'a RawValue>),
    Scalar,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Member {
    Error,
    ErrorDescription,
    Result,
    Status,
    #[serde(other)]
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Outline<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Outline<'a>, D::Error> {
        deserializer.deserialize_map(OutlineVisitor)
    }
}

struct OutlineVisitor;

impl<'de> Visitor<'de> for OutlineVisitor {
    type Value = Outline<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Outline<'de>, A::Error> {
        let mut outline = Outline::default();
        while let Some(member) = members.next_key::<Member>()? {
            let wire = &mut outline.wire;
            match member {
                Member::Result => once("result", &mut outline.result, &mut members)?,
                Member::Error => once("error", &mut wire.error, &mut members)?,
                Member::ErrorDescription => {
                    once(
                        "error_description",
                        &mut wire.error_description,
                        &mut members,
                    )?;
                }
                Member::Status => once("status", &mut wire.status, &mut members)?,
                Member::Other => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(outline)
    }
}

fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    name: &'static str,
    place: &mut Option<T>,
    members: &mut A,
) -> Result<(), A::Error> {
    if place.is_some() {
        return Err(de::Error::duplicate_field(name));
    }
    *place = Some(members.next_value()?);
    Ok(())
}

impl<'de: 'a, 'a> Deserialize<'de> for Kind<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kind<'a>, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a result")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind<'de>, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = items.next_element()? {
            rows.push(row);
        }
        Ok(Kind::Rows(rows))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Kind<'de>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Kind::Object)
    }

    fn visit_unit<E>(self) -> Result<Kind<'de>, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind<'de>, E> {
        Ok(Kind::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind<'de>, E> {
        Ok(Kind::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind<'de>, E> {
        Ok(Kind::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind<'de>, E> {
        Ok(Kind::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Kind<'de>, E> {
        Ok(Kind::Scalar)
    }
}
