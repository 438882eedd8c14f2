//! How soon a call returns that is ended from outside, in each phase that it can be in, and what is left of a
//! client that was closed, from C.
//!
//! `SNOW_CANCELS` says how often each is tried; where it is not set, a few times. The times are printed, and no
//! test holds them: a machine may have other things to do. That a call returns at all is held.

mod support;

use support::c::{Memcheck, Program, memcheck};
use support::instance::Instance;

#[test]
fn a_call_that_is_ended_returns() {
    // Under valgrind a call takes a while until it waits for anything.
    let (times, limit_ms) = match memcheck() {
        Memcheck::None => ("3", "25"),
        Memcheck::Asan => ("3", "50"),
        Memcheck::Valgrind => ("1", "500"),
    };
    let times = std::env::var("SNOW_CANCELS").unwrap_or_else(|_| times.into());
    print!(
        "{}",
        Program::c("tests/c/cancelled.c").run(&[&times, limit_ms])
    );
}

#[test]
fn nothing_works_for_a_closed_client() {
    let instance = Instance::start();
    Program::c("tests/c/closing.c").against(&instance).run(&[]);
}
