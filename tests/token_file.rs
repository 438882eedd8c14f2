//! One token for many processes, from C.

mod support;

use support::c::{self, Program};
use support::instance::Instance;

/// How often the promises about processes are put to the test: they must hold every time.
fn rounds() -> usize {
    c::rounds(3, 1)
}

fn holds(program: &str, promise: &str, rounds: usize) {
    for _ in 0..rounds {
        let instance = Instance::start();
        Program::c(program).against(&instance).run(&[promise]);
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
    "tests/c/token_file.c":
    one_refresh_for_all_processes: rounds();
    one_refresh_for_all_clients_of_a_process: rounds();
    the_file_is_whole_at_any_time: rounds();
    a_file_that_cannot_be_used: 1;
    what_is_put_in_the_file: 1;
    an_empty_token_is_none: 1;
    a_name_that_leaves_no_room_for_others: 1;
}

promises! {
    "tests/c/token_file_unreadable.c":
    what_was_left_is_not_lost: 1;
    what_was_issued_is_not_lost: 1;
}

promises! {
    "tests/c/token_file_killed.c":
    killed_before_the_instance_is_asked: 1;
    killed_before_the_answer_arrives: 1;
    whether_a_token_may_be_lost_is_kept: 1;
    what_came_and_was_not_put_in_place: 1;
    killed_at_any_time: rounds().div_ceil(3);
    waiting_ends: 1;
    a_child_does_not_hold_the_lock: 1;
    a_child_that_calls_meanwhile: rounds();
    a_child_whose_parent_is_killed_meanwhile: 1;
}
