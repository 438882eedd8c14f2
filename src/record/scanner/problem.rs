//! What is wrong with an answer, in words that hold nothing of it.

use std::fmt;

/// Why reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) what: What,
    /// Bytes from the beginning of what is at hand; of the answer, once it is complete.
    pub(super) at: usize,
}

/// What was met, or was due in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Colon,
    CommaOrEnd,
    Control,
    End,
    Escape,
    HalfAPair,
    Name,
    NoMemory,
    Nothing,
    NotAnObject,
    NumberRange,
    TooDeep,
    TooLarge,
    TooManyFields,
    Twice(&'static str),
    Utf8,
    Value,
}

impl Problem {
    pub(super) fn new(what: What, at: usize) -> Problem {
        Problem { what, at }
    }
}

impl What {
    /// Whether it may well be JSON, and is more of it than is held.
    pub(super) fn is_too_large(self) -> bool {
        matches!(
            self,
            What::NoMemory | What::TooDeep | What::TooLarge | What::TooManyFields
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.what {
            What::Colon => "no colon follows a name",
            What::CommaOrEnd => "neither a comma nor an end follows a value",
            What::Control => "a string has a control character",
            What::End => "it ends too early",
            What::Escape => "a string has an invalid escape",
            What::HalfAPair => "a string has half of a surrogate pair",
            What::Name => "no name is where one is due",
            What::NoMemory => "there is no memory for it",
            What::Nothing => "something follows the end",
            What::NotAnObject => "it is not a JSON object",
            What::NumberRange => "a number is out of range",
            What::TooDeep => "it has more than 1048576 levels",
            What::TooLarge => "a part of it is larger than 256 MiB",
            What::TooManyFields => "a row has more than 65536 fields",
            What::Twice(name) => return write!(f, "{name} comes twice, at byte {}", self.at),
            What::Utf8 => "a string is not UTF-8",
            What::Value => "no value is where one is due",
        };
        write!(f, "{words}, at byte {}", self.at)
    }
}
