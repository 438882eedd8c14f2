//! Whole tables, read over several connections at once.

mod support;

use support::c::{Memcheck, Program, memcheck};
use support::instance::Instance;

fn run(program: &str) {
    let instance = Instance::with(&["--generate", "incident=1000", "--generate", "problem=3000"]);
    Program::c(program)
        .against(&instance)
        .run(match memcheck() {
            Memcheck::None => &["1000"],
            _ => &["1000", "slow"],
        });
}

#[test]
fn every_row_once_in_the_order_asked_for() {
    run("tests/c/export.c");
}

#[test]
fn every_row_once_whatever_the_pages_meet() {
    run("tests/c/export_faults.c");
}

#[test]
fn what_an_instance_leaves_out_is_told() {
    run("tests/c/export_left_out.c");
}

#[test]
fn the_parts_of_a_table_hold_each_row_once() {
    run("tests/c/export_shards.c");
}

#[test]
fn callbacks_run_on_the_callers_thread_and_nothing_stays() {
    run("tests/c/export_caller.c");
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
