//! Any text, as an encoded query.

#![no_main]

#[path = "../line.rs"]
mod line;
#[path = "../query.rs"]
mod query;

use line::is_one_clear_line;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| query::judge(bytes));
