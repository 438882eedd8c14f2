//! Queries, from C and against an evaluation of their own.

mod support;

use support::c::Program;
use support::instance::Instance;
use support::root;

#[test]
fn every_kind_of_condition() {
    let rows = root().join("tests/c/queries");
    let instance = Instance::with(&[
        "--clock",
        "2026-02-04 12:30:30",
        "--user",
        "joe:joe:admin",
        "--data",
        rows.to_str().expect("the path is UTF-8"),
    ]);
    Program::c("tests/c/queries.c").against(&instance).run(&[]);
}
