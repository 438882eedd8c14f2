//! Drives the program from outside.

// Functions that tests share are tests too.
#![allow(clippy::unwrap_used)]

mod attachments;
mod bad_input;
mod byte_faults;
mod changes_and_orders;
mod conversation;
mod forms;
mod modules;
mod operation;
mod other_apis;
mod reading;
mod rules_and_sign_in;
mod support;
