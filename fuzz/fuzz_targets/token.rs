//! Any text, as the JSON of a token.

#![no_main]

#[path = "../line.rs"]
mod line;
#[path = "../token.rs"]
mod token;

use line::is_one_clear_line;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| token::judge(bytes));
