//! Drives the program from outside.

mod bad_input;
mod conversation;
mod modules;
mod operation;
mod other_apis;
mod rules_and_sign_in;
mod support;
