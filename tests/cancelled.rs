//! How soon a call returns that is ended from outside, in each phase that it can be in, from C.
//!
//! `SNOW_CANCELS` says how often each is tried; where it is not set, a few times. The times are printed, and no
//! test holds them: a machine may have other things to do. That a call returns at all is held.

mod support;

use support::c::{Memcheck, Program, memcheck};

#[test]
fn a_call_that_is_ended_returns() {
    if memcheck() != Memcheck::None {
        println!("skipped: the crowd cancels calls under memory checkers");
        return;
    }
    let times = std::env::var("SNOW_CANCELS").unwrap_or_else(|_| "3".into());
    print!("{}", Program::c("tests/c/cancelled.c").run(&[&times]));
}
