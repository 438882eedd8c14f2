//! One token for many processes, from C.

mod support;

use support::c::{Memcheck, Program, memcheck};
use support::instance::Instance;

/// How often the promises about processes are put to the test: they must hold every time.
fn rounds() -> usize {
    let asked_for = std::env::var("SNOW_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok());
    asked_for.unwrap_or(if memcheck() == Memcheck::None { 3 } else { 1 })
}

fn holds(promise: &str, rounds: usize) {
    for _ in 0..rounds {
        let instance = Instance::start();
        let program = Program::c("tests/c/token_file.c").against(&instance);
        program.run(&[promise]);
    }
}

macro_rules! promises {
    ($($promise:ident: $rounds:expr;)+) => {
        $(#[test]
        fn $promise() {
            holds(stringify!($promise), $rounds);
        })+
    };
}

promises! {
    one_refresh_for_all_processes: rounds();
    the_file_is_whole_at_any_time: rounds();
    a_file_that_cannot_be_used: 1;
    what_is_put_in_the_file: 1;
}
