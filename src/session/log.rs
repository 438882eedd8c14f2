//! One line for each request, for the log of the program that uses the library.
//!
//! A line is told on a thread that is inside a call. Those of background work, which has no such thread,
//! are kept until one comes by. What a line holds is what an error may hold: a path, never its parameters,
//! and no header of the caller's.

use std::cell::Cell;
use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::error::{Error, Status, one_line};
use crate::request::Request;

/// How much is told. Each level tells all that those before it tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LogLevel {
    /// Requests that failed.
    Error = 1,
    /// What is made again, and after how long a wait.
    Warning = 2,
    /// Every request.
    Info = 3,
}

/// Is told of what happens, one line at a time.
pub type LogCallback = dyn Fn(LogLevel, &str) + Send + Sync;

/// Who is told. Apart from the lines, which background work adds to: the last to let go of a callback must
/// be a thread of the caller's.
#[derive(Default)]
pub(crate) struct LogListener {
    callback: ArcSwapOption<Box<LogCallback>>,
}

/// How much somebody wants to be told; nothing at first. Outlives a fork: it holds no lock.
#[derive(Default)]
pub(super) struct Loudness(AtomicU8);

/// The lines that were not told yet.
#[derive(Default)]
pub(super) struct Log(Mutex<Lines>);

#[derive(Default)]
struct Lines {
    waiting: VecDeque<(LogLevel, String)>,
    dropped: u64,
}

/// A request that was made: which, as what attempt, and how long it took.
pub(super) struct Made<'a> {
    pub(super) request: &'a Request,
    pub(super) attempt: u32,
    pub(super) took: Duration,
}

/// So many lines wait for a thread to be told on.
const MOST: usize = 1024;

thread_local! {
    /// What a callback calls is not told of: telling that would never end.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

impl LogListener {
    pub(crate) fn set(&self, callback: Option<Box<LogCallback>>) {
        self.callback.store(callback.map(Into::into));
    }
}

impl Loudness {
    pub(super) fn set(&self, level: Option<LogLevel>) {
        let number = level.map_or(0, |level| level as u8);
        self.0.store(number, Ordering::Relaxed);
    }

    /// Whether somebody wants to be told of what this thread does.
    pub(super) fn reaches(&self, level: LogLevel) -> bool {
        self.0.load(Ordering::Relaxed) >= level as u8 && !TELLING.get()
    }
}

impl Made<'_> {
    /// The line for an answer, and for whom it is. What it is a failure of is told where its status does not.
    pub(super) fn answered(
        &self,
        status: u16,
        transaction: Option<&str>,
        refusal: Option<Status>,
    ) -> (LogLevel, String) {
        let Made {
            request,
            attempt,
            took,
        } = self;
        let level = match refusal {
            None => LogLevel::Info,
            Some(_) => LogLevel::Error,
        };
        let mut line = format!(
            "{request:?} {status} in {} ms, attempt {attempt}",
            took.as_millis()
        );
        if let (..400, Some(refusal)) = (status, refusal) {
            line += ", ";
            line += refusal.name();
        }
        if let Some(transaction) = transaction {
            line += ", transaction ";
            line += transaction;
        }
        (level, line)
    }

    /// The line where no answer came.
    pub(super) fn failed(&self, error: &Error) -> String {
        let Made {
            request,
            attempt,
            took,
        } = self;
        let (status, took) = (error.status().name(), took.as_millis());
        format!(
            "{request:?} {status} in {took} ms, attempt {attempt}: {}",
            error.message()
        )
    }
}

impl Log {
    /// Keeps a line until it is told.
    pub(super) fn keep(&self, level: LogLevel, line: String) {
        // An answer's own words are in it.
        let line = one_line(line);
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lines.waiting.len() < MOST {
            true => lines.waiting.push_back((level, line)),
            false => lines.dropped += 1,
        }
    }

    /// Tells what waits, on this thread and with no lock held.
    pub(super) fn tell(&self, listener: &LogListener) {
        while !TELLING.get()
            && let Some(callback) = listener.callback.load_full()
            && let Some((level, line)) = self.next()
        {
            let _telling = Telling::begin();
            callback(level, &line);
        }
    }

    /// Takes the line that waits longest.
    pub(super) fn next(&self) -> Option<(LogLevel, String)> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.waiting.pop_front().or_else(|| {
            let dropped = mem::take(&mut lines.dropped);
            let line = format!("{dropped} lines were not kept, for want of a call to tell them in");
            (dropped > 0).then_some((LogLevel::Warning, line))
        })
    }
}

/// A callback under way, on this thread.
struct Telling;

impl Telling {
    fn begin() -> Telling {
        TELLING.set(true);
        Telling
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        TELLING.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_says_stays_on_its_line() {
        let log = Log::default();
        log.keep(LogLevel::Info, "transaction a\tb\u{85}c".to_owned());
        let (_, line) = log.next().expect("it was kept");
        assert_eq!(line, "transaction a b c");
        assert!(log.next().is_none());
    }
}
