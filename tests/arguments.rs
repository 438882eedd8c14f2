//! What a C caller can get wrong, in every function of the header.

mod support;

use std::fs;

use support::c::Program;
use support::instance::Instance;
use support::root;

#[test]
fn a_bad_argument_is_named_and_nothing_is_sent() {
    let instance = Instance::start();
    Program::c("tests/c/arguments.c")
        .against(&instance)
        .run(&[]);
}

/// A function that is added to the header is also added to the program.
#[test]
fn the_program_calls_every_function_that_takes_a_pointer() {
    let program = fs::read_to_string(root().join("tests/c/arguments.c")).expect("the program");
    let header = fs::read_to_string(root().join("include/snow.h")).expect("the header");
    let functions = functions_with_pointers(&header);
    assert!(functions.contains(&"snow_table_get") && functions.contains(&"snow_error_free"));
    let missing: Vec<_> = functions
        .into_iter()
        .filter(|function| !program.contains(&format!("{function}(")))
        .collect();
    assert!(
        missing.is_empty(),
        "tests/c/arguments.c does not call {missing:?}"
    );
}

/// The functions that the header declares with a `*` among their parameters.
fn functions_with_pointers(header: &str) -> Vec<&str> {
    let code: Vec<&str> = header.split("SNOW_API").skip(1).collect();
    let declarations = code
        .iter()
        .filter_map(|after| after.split_once(';'))
        .map(|(one, _)| one);
    declarations
        .filter_map(|declaration| {
            let (before, parameters) = declaration.split_once('(')?;
            let name = before.rsplit([' ', '*', '\n']).next()?;
            (name.starts_with("snow_") && parameters.contains('*')).then_some(name)
        })
        .collect()
}
