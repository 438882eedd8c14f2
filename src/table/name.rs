//! Names that stand in the path of a URL: checked, so that none can lead to another place.

use crate::error::{Error, Result};

/// The name of a table.
#[derive(Clone, Debug)]
pub(crate) struct TableName(String);

impl TableName {
    pub(crate) fn parse(text: &str) -> Result<TableName> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text.is_empty() || text.len() > 80 || !text.chars().all(fits) {
            let problem = "it is not the name of a table; accepted are 1 to 80 letters, digits and \
                           underscores, such as incident";
            return Err(Error::argument("table", problem));
        }
        Ok(TableName(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the table's records.
    pub(crate) fn path(&self) -> [&str; 4] {
        ["api", "now", "table", &self.0]
    }
}

/// The key of a record: 32 hex digits, or in a few system tables a name such as `global`.
#[derive(Clone, Debug)]
pub(crate) struct SysId(String);

impl SysId {
    pub(crate) fn parse(text: &str) -> Result<SysId> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let only_dots = text.chars().all(|c| c == '.');
        if only_dots || text.len() > 32 || !text.chars().all(fits) {
            let problem = "it is not a sys_id; accepted are 32 hexadecimal digits, or the name that \
                           some system records have for a key, such as global";
            return Err(Error::argument("sys_id", problem));
        }
        Ok(SysId(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_name_a_table_is_refused() {
        let longest = "t".repeat(80);
        for good in ["incident", "u_my_table2", "x_acme_app_Thing", &longest] {
            assert!(TableName::parse(good).is_ok(), "{good}");
        }
        let too_long = "t".repeat(81);
        for bad in [
            "",
            "in/cident",
            "..",
            "incident?x=1",
            "in cident",
            "zażółć",
            &too_long,
        ] {
            let error = TableName::parse(bad).expect_err(bad);
            assert!(
                error
                    .message()
                    .starts_with("table: it is not the name of a table"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_cannot_be_a_sys_id_is_refused() {
        let hex = "0123456789abcdef".repeat(2);
        for good in [hex.as_str(), "global", "glide.maint"] {
            assert!(SysId::parse(good).is_ok(), "{good}");
        }
        let too_long = format!("{hex}0");
        for bad in ["", ".", "..", "a/b", "a b", "a?b", "INC%", &too_long] {
            let error = SysId::parse(bad).expect_err(bad);
            assert!(
                error.message().starts_with("sys_id: it is not a sys_id"),
                "{error}"
            );
        }
    }
}
