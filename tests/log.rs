//! What a client tells of itself, from C.

mod support;

use support::c::Program;
use support::instance::Instance;

#[test]
fn lines_and_counters() {
    let instance = Instance::start();
    Program::c("tests/c/log.c").against(&instance).run(&[]);
}

#[test]
fn what_no_log_may_be() {
    let instance = Instance::start();
    Program::c("tests/c/log_arguments.c")
        .against(&instance)
        .run(&[]);
}
