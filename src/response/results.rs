//! What the body of a success holds, or why it holds nothing that can be used.

use super::{Asked, Head, Response};
use crate::error::{Error, Result, Status};
use crate::record::page::{self, Envelope, EnvelopeError, Results, Words};
use crate::record::scanner::unmarked;
use crate::session::transport::no_memory;

impl Response {
    /// The `result` of an answer that was judged a success.
    pub(crate) fn results(&self) -> Result<Results> {
        self.head
            .results(page::parse_with(self.head.scanner(), &self.body))
    }

    /// Whether JSON is whole and says nothing of a failure.
    pub(super) fn check_json(&self) -> Result<()> {
        match page::parse_with(self.head.scanner(), &self.body) {
            Err(EnvelopeError::Empty) => Ok(()),
            // Not every API has an envelope, and then there is none to look into.
            Err(EnvelopeError::NotAnObject) if is_json(&self.body) => Ok(()),
            envelope => self.head.results(envelope).map(drop),
        }
    }
}

impl Head {
    /// The `result` of an answer that was judged a success, from what was read of its body.
    pub(super) fn results(
        &self,
        envelope: std::result::Result<Envelope, EnvelopeError>,
    ) -> Result<Results> {
        let asked = &self.asked;
        let error = match envelope {
            Ok(Envelope::Results(results)) => return Ok(results),
            Ok(Envelope::Partial(words)) => partial(words, asked),
            Ok(Envelope::Failure(words)) => {
                let cancelled = words.message.as_deref().is_some_and(is_cancelled);
                let status = match cancelled {
                    true => Status::TransactionCancelled,
                    false => Status::UnexpectedAnswer,
                };
                told(
                    status,
                    "the answer is an error in spite of its status",
                    words,
                )
                .with_retry(cancelled && asked.is_idempotent(), None)
            }
            Err(EnvelopeError::Malformed {
                words: Some(words), ..
            }) => partial(words, asked),
            Err(EnvelopeError::Malformed {
                words: None,
                is_cut: true,
                problem,
            }) => {
                let message = format!("the answer broke off: {problem}");
                Error::new(Status::CutBody, message).with_retry(asked.is_idempotent(), None)
            }
            Err(EnvelopeError::Malformed {
                words: None,
                is_cut: false,
                problem,
            }) => Error::new(
                Status::UnexpectedAnswer,
                format!("the answer is not JSON: {problem}"),
            ),
            Err(EnvelopeError::NoMemory) => no_memory(&asked.method),
            Err(EnvelopeError::Empty) => Error::new(
                Status::UnexpectedAnswer,
                "the answer is empty, and a result was due",
            ),
            Err(EnvelopeError::NotAnObject) => {
                Error::new(Status::UnexpectedAnswer, "the answer is not a JSON object")
            }
        };
        // The instance did answer the write with success, so it may well have been done.
        Err(self.tells(error).with_maybe_applied(!asked.is_read()))
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(unmarked(body)).is_ok()
}

/// Rows that were cut off at an arbitrary place by an error.
fn partial(words: Words, asked: &Asked) -> Error {
    told(
        Status::PartialResult,
        "the answer ends in an error, so none of its rows is used",
        words,
    )
    .with_retry(asked.is_idempotent(), None)
}

fn told(status: Status, what: &str, words: Words) -> Error {
    Error::new(status, with_words(what, &words)).with_instance_words(words.message, words.detail)
}

/// What happened, and what the instance says of it.
pub(super) fn with_words(what: &str, words: &Words) -> String {
    let words = [&words.message, &words.detail].into_iter().flatten();
    // Many a detail is empty.
    words
        .filter(|word| !word.is_empty())
        .fold(what.to_owned(), |text, word| format!("{text}: {word}"))
}

/// Whether the instance's words tell of a cancelled transaction.
pub(super) fn is_cancelled(message: &str) -> bool {
    message
        .to_ascii_lowercase()
        .contains("transaction cancelled")
}
