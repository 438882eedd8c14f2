//! The APIs beside that for tables.

pub(crate) mod attachment;
