//! The last requests, for tests that ask what a client really sent.

use std::collections::VecDeque;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

/// One request and the status it got.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    pub number: u64,
    pub method: String,
    /// Path and query, as they came.
    pub target: String,
    pub headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// A body that is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// Bytes of the body, of which at most the first 65536 are kept.
    pub body_bytes: usize,
    /// `null` where no answer was given.
    pub status: Option<u16>,
    pub connection: u64,
    pub peer: String,
    pub clock: String,
}

/// The entries, oldest first.
#[derive(Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    last_number: u64,
    kept_bytes: usize,
}

/// More requests than a test makes, and a bound for an instance that runs for days.
const MAX_ENTRIES: usize = 10_000;
const MAX_KEPT_BYTES: usize = 64 << 20;
const MAX_BODY: usize = 64 << 10;

impl Journal {
    /// Adds an entry and gives it its number.
    pub fn record(&mut self, mut entry: Entry) -> u64 {
        self.last_number += 1;
        entry.number = self.last_number;
        self.kept_bytes += entry.kept_bytes();
        self.entries.push_back(entry);
        while self.entries.len() > MAX_ENTRIES || self.kept_bytes > MAX_KEPT_BYTES {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.kept_bytes -= oldest.kept_bytes();
        }
        self.last_number
    }

    pub fn note_status(&mut self, number: u64, status: u16) {
        let recent = self
            .entries
            .iter_mut()
            .rev()
            .find(|entry| entry.number == number);
        if let Some(entry) = recent {
            entry.status = Some(status);
        }
    }

    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    pub fn clear(&mut self) {
        self.entries.clear();
        self.kept_bytes = 0;
    }
}

impl Entry {
    pub fn with_body(mut self, body: &[u8]) -> Self {
        self.body_bytes = body.len();
        let kept = &body[..body.len().min(MAX_BODY)];
        match std::str::from_utf8(kept) {
            _ if kept.is_empty() => {}
            Ok(text) => self.body = Some(text.to_owned()),
            Err(_) => self.body_base64 = Some(STANDARD.encode(kept)),
        }
        self
    }

    fn kept_bytes(&self) -> usize {
        let body = self
            .body
            .as_ref()
            .or(self.body_base64.as_ref())
            .map_or(0, String::len);
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        body + headers + self.target.len()
    }
}
