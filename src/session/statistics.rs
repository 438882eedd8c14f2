//! What a client has done so far, counted, for whoever watches it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Something that a client counts; [`crate::Client::statistic`] tells how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Statistic {
    /// Requests that were made, those for tokens and those that were made again among them.
    Requests,
    /// Requests that brought no answer, one that is no success, or one that broke off; not those that were given up.
    Failures,
    /// Requests that were made again after a failure.
    Retries,
    /// Requests for a token.
    TokenRequests,
    /// Bytes of bodies that were sent.
    BytesSent,
    /// Bytes of bodies that were received, as they were packed.
    BytesReceived,
    /// Connections that were made.
    Connections,
    /// Calls that are under way now.
    InFlight,
}

/// The counters of a client, in one process.
#[derive(Default)]
pub(crate) struct Statistics {
    pub(super) requests: Counter,
    pub(super) failures: Counter,
    pub(super) retries: Counter,
    pub(super) token_requests: Counter,
    pub(super) bytes_sent: Counter,
    pub(super) bytes_received: Counter,
    pub(super) connections: Counter,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
