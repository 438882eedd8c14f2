//! The C ABI: the only place where pointers of the caller's are looked at.
//!
//! A module for each noun of `snow.h`, and six for what they share: `guard` (no panic crosses), `handle` (what
//! a pointer really points to), `argument` (what a caller passes in), `callback` (what a callback is handed),
//! `text` (what is lent to the caller) and `fork` (which process this is). An exported function is one guard
//! call around: check each argument, one call into safe code, hand over the result.
//!
//! A module of several files is still one section of the header, with the functions of each file where
//! its `pub mod` line stands; so these lines stand between functions, in the order that a C programmer
//! reads.
//!
//! The documentation of the functions is that of the header, so it speaks C.

#![allow(unsafe_code)]
// The types have the names that C knows them by.
#![allow(non_camel_case_types)]
// The contract of every pointer stands in the header's section "Rules", once for all functions.
#![allow(clippy::missing_safety_doc)]
// The documentation is written for doxygen: `@param[out]` is no link.
#![allow(rustdoc::broken_intra_doc_links)]

mod argument;
mod callback;
mod fork;
mod guard;
mod handle;
mod text;

pub mod arrow;
pub mod attachment;
pub mod client;
pub mod cursor;
pub mod diagnosis;
pub mod error;
pub mod export;
pub mod library;
pub mod log;
pub mod query;
pub mod record;
pub mod request;
pub mod response;
pub mod session;
pub mod table;
pub mod token;
