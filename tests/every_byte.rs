//! Answers that are cut, reset, stalled or changed at every byte, from C.
//!
//! `SNOW_BYTES` says how far it is from one place to the next; 1 is every byte. Where it is not set, some
//! places are taken of each answer, and fewer under a memory checker.

mod support;

use std::thread;

use support::c::{Memcheck, Program, memcheck};
use support::instance::Instance;

/// As the program names them.
const ANSWERS: [&str; 8] = [
    "list",
    "list in chunks",
    "packed list",
    "record",
    "attachment",
    "token",
    "create",
    "update",
];

/// How far it is from one place to the next: what is asked for, or so far plain and under a memory checker.
fn step(plain: usize, checked: usize) -> String {
    let usual = match memcheck() {
        Memcheck::None => plain,
        Memcheck::Asan | Memcheck::Valgrind => checked,
    };
    std::env::var("SNOW_BYTES").unwrap_or_else(|_| usual.to_string())
}

/// Runs the program, whose calls may take so long.
fn run(deadline_ms: &str, arguments: &[&str]) {
    let instance = Instance::with(&["--clock", "2026-02-01 10:00:00"]);
    let told = Program::c("tests/c/every_byte.c")
        .against(&instance)
        .env("SNOW_DEADLINE_MS", deadline_ms)
        .run(arguments);
    println!("{told}");
}

#[test]
fn cut_and_reset() {
    let (often, seldom) = (step(31, 601), step(101, 1201));
    let cut_once = ["all", "cut", "once", "0", &often];
    let cut_again = ["cut", "again", "3", &seldom];
    let reset_once = ["reset", "once", "6", &seldom];
    let reset_again = ["reset", "again", "9", &seldom];
    let all = match memcheck() {
        Memcheck::None => [&cut_once[..], &cut_again, &reset_once, &reset_again].concat(),
        Memcheck::Asan | Memcheck::Valgrind => [&cut_once[..], &reset_again].concat(),
    };
    run("30000", &all);
}

/// A length or a coding that is changed can let a call wait for what never comes, to its deadline.
#[test]
fn changed() {
    if let Memcheck::Valgrind = memcheck() {
        println!(
            "skipped: nothing is held here that a cut does not hold, and most calls take long"
        );
        return;
    }
    let step = step(61, 901);
    let deadline_ms = match memcheck() {
        Memcheck::None => "1000",
        Memcheck::Asan | Memcheck::Valgrind => "5000",
    };
    run(deadline_ms, &["all", "corrupt", "once", "1", &step]);
}

/// Each of these calls takes its whole time, so the answers are gone through side by side.
#[test]
fn stalled() {
    if memcheck() == Memcheck::Valgrind {
        println!("skipped: the time limit can end before the request is sent");
        return;
    }
    let step = &step(401, 1201);
    thread::scope(|scope| {
        for answer in ANSWERS {
            scope.spawn(move || run("2000", &[answer, "stall", "once", "2", step]));
        }
    });
}
