//! Many threads, every kind of call, and others who cancel, close and free in the middle of them, from C.
//!
//! `SNOW_CALLS` says how many calls each of the 64 threads makes; where it is not set, a few.

mod support;

use support::c::{Memcheck, Program, memcheck};
use support::instance::Instance;

#[test]
fn what_a_crowd_writes_is_there_once() {
    let (threads, calls) = match memcheck() {
        Memcheck::None => ("64", "40"),
        Memcheck::Asan => ("64", "20"),
        Memcheck::Valgrind => ("4", "12"),
    };
    let calls = std::env::var("SNOW_CALLS").unwrap_or_else(|_| calls.into());
    let instance = Instance::start();
    let told = Program::c("tests/c/crowd.c")
        .against(&instance)
        .run(&[threads, &calls]);
    println!("{told}");
}

#[test]
fn a_token_that_is_freed_while_it_is_saved() {
    let program = Program::c("tests/c/token_freed.c");
    let folder = program
        .folder()
        .to_str()
        .expect("a path that is text")
        .to_owned();
    program.run(&[&folder]);
}
