//! What the whole builder writes, and refuses.

mod built;
mod meaning;
mod parse;
mod roundtrip;

/// What was written, or the message of the refusal.
fn outcome(result: crate::error::Result<String>) -> String {
    result.unwrap_or_else(|error| error.message().to_owned())
}
