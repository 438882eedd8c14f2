//! Attachments, from C.

mod support;

use support::c::Program;
use support::instance::Instance;

fn run(program: &str) {
    let (instance, folder) = (Instance::start(), tempfile::tempdir().expect("a folder"));
    let folder = folder.path().to_str().expect("a name that is text");
    Program::c(program).against(&instance).run(&[folder]);
}

#[test]
fn attachments_and_their_names() {
    run("tests/c/attachments.c");
}
