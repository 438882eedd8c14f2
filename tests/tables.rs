//! Tables, cursors and forks, from C.

mod support;

use support::c::{Program, is_slow};
use support::instance::Instance;

#[test]
fn the_records_of_a_table() {
    let instance = Instance::start();
    Program::c("tests/c/tables.c").against(&instance).run(&[]);
}

#[test]
fn rows_as_they_come() {
    let instance = Instance::with(&["--generate", "incident=100"]);
    Program::c("tests/c/cursor.c")
        .against(&instance)
        .run(&["100"]);
}

#[test]
fn a_process_that_forks() {
    let instance = Instance::start();
    let forks = if is_slow() { "2" } else { "20" };
    Program::c("tests/c/fork.c")
        .against(&instance)
        .run(&[forks]);
}
