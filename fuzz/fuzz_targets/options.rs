//! Any text, as options of a session, a line each.

#![no_main]

#[path = "../line.rs"]
mod line;
#[path = "../options.rs"]
mod options;

use line::is_one_clear_line;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| options::judge(bytes));
