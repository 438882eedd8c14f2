//! Records and pages, held against tables and against `serde_json::Value`.

mod fields;
mod pages;
mod recorded;
mod records;
mod scanner;
