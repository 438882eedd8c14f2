//! Any call of the REST API, from C.

mod support;

use support::c::Program;
use support::instance::Instance;

#[test]
fn requests_and_their_answers() {
    let (instance, folder) = (Instance::start(), tempfile::tempdir().expect("a folder"));
    let folder = folder.path().to_str().expect("a name that is text");
    Program::c("tests/c/requests.c")
        .against(&instance)
        .run(&[folder]);
}

#[test]
fn what_ends_the_data_of_a_callback_may_call_back() {
    Program::c("tests/c/destroy.c").run(&[]);
}
