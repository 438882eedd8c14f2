//! Whole tables, read over several connections at once.

mod support;

use support::c::{Memcheck, Program, memcheck};
use support::instance::Instance;

#[test]
fn every_row_once_whatever_the_pages_meet() {
    let instance = Instance::with(&["--generate", "incident=1000", "--generate", "problem=3000"]);
    Program::c("tests/c/export.c")
        .against(&instance)
        .run(match memcheck() {
            Memcheck::None => &["1000"],
            _ => &["1000", "slow"],
        });
}

#[test]
fn every_row_that_is_there_throughout_while_others_write() {
    // Under a memory tool fewer rows take as long.
    let rows = match memcheck() {
        Memcheck::None => "200000",
        _ => "5000",
    };
    let instance = Instance::with(&["--generate", &format!("incident={rows}")]);
    Program::c("tests/c/export_writer.c")
        .against(&instance)
        .run(&[rows]);
}
