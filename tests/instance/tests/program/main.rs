//! Drives the program from outside.

// Functions that tests share are tests too.
#![allow(clippy::unwrap_used)]

mod attachments;
mod bad_input;
mod byte_faults;
mod conversation;
mod modules;
mod operation;
mod other_apis;
mod rules_and_sign_in;
mod support;
