//! What is made again, when, and how much at once, from C.

mod support;

use support::c::Program;
use support::instance::Instance;

#[test]
fn what_is_made_again_and_what_is_not() {
    let instance = Instance::start();
    Program::c("tests/c/retry.c").against(&instance).run(&[]);
}
