//! The name of a field: a column of the table, or one reached through references.
//!
//! A [`FieldName`] holds letters, digits and `_` only, with single dots between the steps of a
//! dot-walk (`caller_id.department.name`). Nothing else can be a column, and everything else (`^`,
//! `=`, a comma, a space) would change the query around it. An instance drops conditions on fields it
//! cannot read without a word, so a bad name must fail here.

use crate::error::{Error, Result};

/// A name that can be a field of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldName(String);

impl FieldName {
    /// Takes a text that is a field name; `argument` is what the caller knows it by.
    pub(crate) fn parse(argument: &str, text: &str) -> Result<FieldName> {
        match problem(text) {
            None => Ok(FieldName(text.to_owned())),
            Some(problem) => Err(Error::argument(
                argument,
                format_args!(
                    "{problem}; a field name holds letters, digits and _, with a dot between the steps \
                     of a dot-walk, as in caller_id.name"
                ),
            )),
        }
    }

    /// The field that is the key of every record.
    pub(crate) fn sys_id() -> FieldName {
        FieldName("sys_id".to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// What keeps a text from being a field name. It is not quoted: it may be anything.
fn problem(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("is empty".to_owned());
    }
    // By bytes: a name is checked in every call that sets a field.
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let wrong = text.bytes().position(|byte| !is_allowed(byte));
    if let Some((at, found)) = wrong.and_then(|at| Some((at, text[at..].chars().next()?))) {
        return Some(format!("has {found:?} at byte {at}"));
    }
    let mut steps = text.as_bytes().split(|byte| *byte == b'.');
    if steps.any(<[u8]>::is_empty) {
        return Some("has a dot without a name on each side".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_dot_walks_are_names() {
        for name in [
            "a",
            "number",
            "sys_id",
            "caller_id.department.name",
            "variables.9a3b",
            "123TEXTQUERY321",
        ] {
            assert_eq!(FieldName::parse("field", name).expect(name).as_str(), name);
        }
    }

    #[test]
    fn anything_else_is_refused_by_what_is_wrong_with_it() {
        const ACCEPTED: &str = "; a field name holds letters, digits and _, with a dot between the steps \
                                of a dot-walk, as in caller_id.name";
        for (name, problem) in [
            ("", "is empty"),
            (" number", "has ' ' at byte 0"),
            ("number ", "has ' ' at byte 6"),
            ("a=1^b", "has '=' at byte 1"),
            ("a^b", "has '^' at byte 1"),
            ("a,b", "has ',' at byte 1"),
            ("a\nb", "has '\\n' at byte 1"),
            ("a\0", "has '\\0' at byte 1"),
            ("né", "has 'é' at byte 1"),
            ("a-b", "has '-' at byte 1"),
            (".a", "has a dot without a name on each side"),
            ("a.", "has a dot without a name on each side"),
            ("a..b", "has a dot without a name on each side"),
            (".", "has a dot without a name on each side"),
        ] {
            let error = FieldName::parse("field", name).expect_err(name);
            assert_eq!(
                error.message(),
                format!("field: {problem}{ACCEPTED}"),
                "{name:?}"
            );
        }
    }
}
