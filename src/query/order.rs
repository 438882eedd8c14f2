//! In which order rows come: the `ORDERBY` terms, which a query holds once, at its end.

use super::field::FieldName;
use crate::error::{Error, Result};

/// One sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OrderKey {
    field: FieldName,
    descending: bool,
}

impl OrderKey {
    pub(super) fn new(field: &str, descending: bool) -> Result<OrderKey> {
        let field = FieldName::parse("field", field)?;
        if field.as_str().starts_with("DESC") {
            return Err(Error::argument(
                "field",
                "begins with DESC, which an instance reads as the direction; names of fields are in lower \
                 case",
            ));
        }
        Ok(OrderKey { field, descending })
    }

    /// Reads a piece of a query; `None` if it is no order term.
    pub(super) fn parse(piece: &str, at: usize) -> Option<Result<OrderKey>> {
        let key = piece.strip_prefix("ORDERBY")?;
        let (name, descending) = match key.strip_prefix("DESC") {
            Some(name) => (name, true),
            None => (key, false),
        };
        let argument = format!("encoded: the field of ORDERBY at byte {at}");
        Some(FieldName::parse(&argument, name).map(|field| OrderKey { field, descending }))
    }

    pub(super) fn field(&self) -> &str {
        self.field.as_str()
    }

    pub(super) fn written(&self) -> String {
        let direction = if self.descending { "DESC" } else { "" };
        format!("ORDERBY{direction}{}", self.field())
    }
}
