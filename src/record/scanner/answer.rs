//! What an answer holds besides rows: what its result is, and the members that tell of a failure.

use super::grammar::Text;
use super::problem::{Problem, What};

/// The members of an answer that mean something in every API.
#[derive(Default)]
pub(in crate::record) struct Answer {
    pub(in crate::record) result: Option<Kind>,
    // Each as its JSON.
    pub(in crate::record) error: Option<String>,
    pub(in crate::record) error_description: Option<String>,
    pub(in crate::record) status: Option<String>,
}

/// What the result of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::record) enum Kind {
    List,
    Null,
    Object,
    Scalar,
}

/// A member of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Error,
    ErrorDescription,
    Other,
    Result,
    Status,
}

impl Answer {
    /// Which member has a name. One that comes twice is an error: which of the two would be the answer?
    pub(super) fn member(&self, name: &Text, bytes: &[u8]) -> Result<Member, Problem> {
        let quoted = &bytes[name.span.clone()];
        let problem = |what| Problem::new(what, name.span.start);
        let unescaped: Option<String> = match name.has_escape {
            true => Some(serde_json::from_slice(quoted).map_err(|_| problem(What::HalfAPair))?),
            false => None,
        };
        let text = match &unescaped {
            Some(text) => text.as_bytes(),
            None => &quoted[1..quoted.len() - 1],
        };
        let (member, is_there, name) = match text {
            b"error" => (Member::Error, self.error.is_some(), "error"),
            b"error_description" => (
                Member::ErrorDescription,
                self.error_description.is_some(),
                "error_description",
            ),
            b"result" => (Member::Result, self.result.is_some(), "result"),
            b"status" => (Member::Status, self.status.is_some(), "status"),
            _ => (Member::Other, false, ""),
        };
        match is_there {
            true => Err(problem(What::Twice(name))),
            false => Ok(member),
        }
    }

    /// Keeps a member that tells of a failure; others are not kept.
    pub(super) fn keep(&mut self, member: Member, json: &[u8]) {
        let place = match member {
            Member::Error => &mut self.error,
            Member::ErrorDescription => &mut self.error_description,
            Member::Status => &mut self.status,
            Member::Other | Member::Result => return,
        };
        let json = std::str::from_utf8(json).expect("the grammar takes UTF-8 only");
        *place = Some(json.to_owned());
    }
}
