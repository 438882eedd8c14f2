//! The kinds of faults, and what each needs to be told.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// This answer, word for word; the request is not executed.
    Answer {
        status: u16,
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default)]
        body: String,
        #[serde(default)]
        body_base64: Option<String>,
        #[serde(default = "yes")]
        chunked: bool,
    },
    /// The 500 of a transaction that ran too long; not executed.
    Cancelled,
    /// Executed, and then the same 500.
    CommitThenCancelled,
    /// One byte is another: its bits in `xor` are turned.
    Corrupt {
        at: Place,
        #[serde(default)]
        of: Of,
        #[serde(default)]
        step: u64,
        #[serde(default = "all_bits")]
        xor: u8,
    },
    /// The answer ends after so many bytes, and the connection with it.
    Cut {
        at: Place,
        #[serde(default)]
        of: Of,
        #[serde(default)]
        step: u64,
    },
    /// The first byte comes late.
    Delay {
        ms: u64,
    },
    /// The body comes in pieces.
    Drip {
        bytes: usize,
        interval_ms: u64,
    },
    Gateway {
        status: u16,
    },
    /// A header has this value, or is not there.
    Header {
        name: String,
        #[serde(default)]
        value: Option<String>,
    },
    Hibernating,
    /// A row ACL takes rows away after the limit.
    HideRows {
        every: Every,
    },
    LoginPage,
    /// 202 with an empty body; not executed.
    NotExecuted,
    Outage,
    /// Status 200, and a list that stops: `a` valid JSON with an error, `b` malformed with an error,
    /// `c` malformed without, `d` cut off in a row.
    Partial {
        variant: Variant,
        rows: usize,
    },
    /// With `retry_after` as a rate rule says it; without, as a full semaphore queue.
    RateLimited {
        #[serde(default)]
        retry_after: Option<String>,
    },
    Redirect {
        status: u16,
        location: String,
    },
    /// Executed; the connection is reset after so many bytes of the answer.
    Reset {
        at: Place,
        #[serde(default)]
        of: Of,
        #[serde(default)]
        step: u64,
    },
    /// Executed; the connection is reset without an answer.
    ResetAfter,
    /// The connection is reset; not executed.
    ResetBefore,
    /// Executed; the answer never comes, or no more than so many bytes of it.
    Stall {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Place>,
        #[serde(default)]
        of: Of,
        #[serde(default)]
        step: u64,
    },
    Unauthorized,
    /// Of an item of a batch: it is not serviced.
    Unserviced,
}

fn all_bits() -> u8 {
    u8::MAX
}

/// A byte of an answer: 0 is the first.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Place {
    At(u64),
    Word(Drawn),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    /// Somewhere in the body, drawn from the seed each time.
    Seed,
}

/// Where the count of bytes begins.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// At the status line, and it counts all that goes over the connection, inside TLS.
    Answer,
    /// At the body, as it is compressed; the sizes of chunks do not count.
    #[default]
    Body,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Every {
    Nth(usize),
    Word(All),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum All {
    All,
}

impl Every {
    /// Whether the row at this place is hidden; places count from 1.
    pub fn hides(self, place: usize) -> bool {
        match self {
            Every::Word(All::All) => true,
            Every::Nth(every) => place.is_multiple_of(every),
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    A,
    B,
    C,
    D,
}

impl Fault {
    pub(super) fn is_drawn(&self) -> bool {
        matches!(
            self,
            Fault::Corrupt {
                at: Place::Word(_),
                ..
            } | Fault::Cut {
                at: Place::Word(_),
                ..
            } | Fault::Reset {
                at: Place::Word(_),
                ..
            } | Fault::Stall {
                at: Some(Place::Word(_)),
                ..
            }
        )
    }

    /// Whether it can strike an item of a batch, which has no connection of its own.
    pub(super) fn fits_an_item(&self) -> bool {
        !matches!(
            self,
            Fault::Delay { .. }
                | Fault::Drip { .. }
                | Fault::Reset { .. }
                | Fault::ResetAfter
                | Fault::ResetBefore
                | Fault::Stall { .. }
                | Fault::Corrupt { of: Of::Answer, .. }
                | Fault::Cut { of: Of::Answer, .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hiding_takes_every_nth_row_or_all() {
        let every = |text: &str| serde_json::from_str::<Every>(text).unwrap();
        let hidden = |every: Every| {
            (1..=5)
                .filter(|place| every.hides(*place))
                .collect::<Vec<_>>()
        };
        assert_eq!(hidden(every("2")), [2, 4]);
        assert_eq!(hidden(every("\"all\"")), [1, 2, 3, 4, 5]);
    }
}
