//! Tables, cursors and forks, from C.

mod support;

use support::c::{Memcheck, Program, memcheck};
use support::instance::Instance;

#[test]
fn the_records_of_a_table() {
    let instance = Instance::start();
    Program::c("tests/c/tables.c").against(&instance).run(&[]);
}

#[test]
fn values_that_were_read_are_written_back_as_what_they_are() {
    let instance = Instance::start();
    Program::c("tests/c/written_back.c")
        .against(&instance)
        .run(&[]);
}

#[test]
fn a_create_whose_answer_is_lost() {
    let instance = Instance::start();
    Program::c("tests/c/create_once.c")
        .against(&instance)
        .run(&[]);
}

#[test]
fn every_answer_to_a_read() {
    let instance = Instance::start();
    Program::c("tests/c/answers.c").against(&instance).run(&[]);
}

#[test]
fn each_parameter_on_the_calls_it_belongs_to() {
    let instance = Instance::with(&[
        "--clock",
        "2026-02-04 12:30:30",
        "--user",
        "admin:admin:admin",
        "bob:bob:admin,query_no_domain_table_api",
    ]);
    Program::c("tests/c/parameters.c")
        .against(&instance)
        .run(&[]);
}

#[test]
fn rows_as_they_come() {
    let instance = Instance::with(&["--generate", "incident=100"]);
    Program::c("tests/c/cursor.c")
        .against(&instance)
        .run(&["100"]);
}

#[test]
fn what_is_shown_beside_pysnow() {
    let instance = Instance::start();
    let output = Program::c("tests/c/beside_pysnow.c")
        .against(&instance)
        .run(&[]);
    assert!(output.lines().count() > 10, "{output}");
    assert!(
        output.lines().all(|line| line.starts_with("INC")),
        "{output}"
    );
}

#[test]
fn a_process_that_forks() {
    let instance = Instance::start();
    // gcc's AddressSanitizer does not survive a fork while another thread allocates.
    let forks = match memcheck() {
        Memcheck::None => "20",
        Memcheck::Valgrind => "2",
        Memcheck::Asan => "0",
    };
    Program::c("tests/c/fork.c")
        .against(&instance)
        .run(&[forks]);
}

#[test]
fn a_process_that_gets_the_number_of_another() {
    let instance = Instance::start();
    Program::c("tests/c/process_numbers.c")
        .against(&instance)
        .run(&[]);
}

#[test]
fn calls_at_the_end_of_a_thread() {
    let instance = Instance::start();
    Program::c("tests/c/thread_end.c")
        .against(&instance)
        .run(&[]);
}
