//! Any bytes, as the head and body of an answer.

#![no_main]

#[path = "../headers.rs"]
mod headers;
#[path = "../line.rs"]
mod line;

use line::is_one_clear_line;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| headers::judge(bytes));
