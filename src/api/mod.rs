//! The APIs beside that for tables.

pub(crate) mod attachment;
pub(crate) mod diagnosis;
pub(crate) mod dictionary;
