//! A server that is never what a benchmark of clients waits for.
//!
//! Rows are laid out as bytes when they are first asked for, compressed too where gzip is wanted; then a
//! page of any range of keys is a list of slices, handed to the kernel as they are. It knows no more of an
//! instance than walking through a table, reading a record and creating one takes; `snow-instance` is the
//! one that behaves like a real instance.

pub mod answer;
pub mod connection;
pub mod incident;
pub mod layout;
pub mod packed;
pub mod tables;
pub mod tls;
