//! What a C caller can get wrong, in every function of the header.

mod support;

use std::fs;

use support::c::Program;
use support::instance::Instance;
use support::root;

/// Each program against an instance that is sent nothing.
macro_rules! refusals {
    ($($refusal:ident: $program:literal;)+) => {
        $(#[test]
        fn $refusal() {
            let instance = Instance::start();
            Program::c(concat!("tests/c/", $program, "_arguments.c"))
                .against(&instance)
                .run(&[]);
        })+
    };
}

refusals! {
    a_handle_that_is_none_is_refused_and_left_alone: "handle";
    a_bad_argument_of_a_client_is_named_and_nothing_is_sent: "client";
    a_bad_argument_of_a_query_is_named_and_nothing_is_sent: "query";
    a_bad_argument_of_a_table_is_named_and_nothing_is_sent: "table";
    a_bad_argument_of_a_request_is_named_and_nothing_is_sent: "request";
    a_bad_argument_of_an_attachment_is_named_and_nothing_is_sent: "attachment";
    a_bad_argument_of_an_export_is_named_and_nothing_is_sent: "export";
}

/// A function that is added to the header is also added to one of the programs.
#[test]
fn the_programs_call_every_function_that_takes_a_pointer() {
    let programs = fs::read_dir(root().join("tests/c"))
        .expect("the programs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.to_str()
                .is_some_and(|path| path.ends_with("_arguments.c"))
        })
        .map(|path| fs::read_to_string(path).expect("a program"))
        .collect::<String>();
    let header = fs::read_to_string(root().join("include/snow.h")).expect("the header");
    let functions = functions_with_pointers(&header);
    assert!(functions.contains(&"snow_table_get") && functions.contains(&"snow_error_free"));
    let missing: Vec<_> = functions
        .into_iter()
        .filter(|function| !programs.contains(&format!("{function}(")))
        .collect();
    assert!(
        missing.is_empty(),
        "no tests/c/*_arguments.c calls {missing:?}"
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
