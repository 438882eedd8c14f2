//! What renewing a token promises, from C.

mod support;

use support::c::{self, Program};
use support::instance::Instance;

/// How often the promises about threads are put to the test: they must hold every time.
fn rounds() -> usize {
    c::rounds(5, 1)
}

fn holds(program: &str, promise: &str, rounds: usize) {
    let instance = Instance::start();
    let program = Program::c(program).against(&instance);
    for _ in 0..rounds {
        program.run(&[promise]);
        instance.control("DELETE", "/-/faults", "");
    }
}

macro_rules! promises {
    ($program:literal: $($promise:ident: $rounds:expr;)+) => {
        $(#[test]
        fn $promise() {
            holds($program, stringify!($promise), $rounds);
        })+
    };
}

promises! {
    "tests/c/oauth.c":
    expired_for_a_crowd: rounds();
    refused_for_a_crowd: rounds();
    calls_from_inside_a_log_callback: rounds();
    renewed_thirty_seconds_early: 1;
    a_token_that_is_still_good_is_used: 1;
    a_token_that_has_ended_when_the_turn_comes: 1;
    a_token_is_asked_for_before_calls_that_wait: 1;
    renewed_once_on_a_401: 1;
    renewed_for_the_call_after_one_that_is_sent_once: 1;
    the_refresh_token_is_kept_or_replaced: 1;
    answers_in_ways_of_their_own: 1;
    a_token_that_is_there_once_more: 1;
    words_that_repeat_a_secret: 1;
    a_refusal_is_final: 1;
    answers_that_are_no_token: 1;
    a_failure_that_passes: 1;
    nothing_leaks_into_the_token_call: 1;
    without_a_token: 1;
}

promises! {
    "tests/c/token_callback.c":
    calls_from_inside_the_callback: rounds();
    a_callback_that_fails: rounds();
    destroy_is_called_once: 1;
    destroy_is_called_on_this_thread: rounds();
    a_callback_that_frees_the_cursor: rounds();
    closing: 1;
}
