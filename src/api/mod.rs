//! The APIs beside that for tables.

pub(crate) mod attachment;
pub(crate) mod dictionary;
