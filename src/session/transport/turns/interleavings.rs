//! What holds of turns in whatever order the threads go on. That somebody waits while there is a turn fails
//! each of these, since nobody is left to wake it then.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shuttle::future::block_on;

use super::*;
use crate::runtime::Cancel;
use crate::runtime::limits::{Interrupted, unless_cancelled};
use crate::sync::{explore, thread};

/// A call that is answered so; whether it had a turn before it was cancelled.
fn call(
    turns: &Turns,
    (place, answer): (Place, StatusCode),
    cancel: &Cancel,
    under_way: &AtomicUsize,
) -> bool {
    let next = turns.next(place);
    match block_on(unless_cancelled([Some(cancel), None], next)) {
        Ok(turn) => {
            let others = under_way.fetch_add(1, Ordering::SeqCst);
            assert!(others < 2, "more turns than the session allows");
            thread::yield_now();
            turn.answered(answer);
            under_way.fetch_sub(1, Ordering::SeqCst);
            true
        }
        Err(interrupted) => {
            assert_eq!(interrupted, Interrupted::Cancelled);
            false
        }
    }
}

/// All turns are back, and are as many as are counted.
fn assert_all_are_back(turns: &Turns) {
    let allowed = turns.allowed.as_ref().expect("a limit");
    assert_eq!(allowed.available_permits(), 2);
    let state = turns.borne.lock();
    assert_eq!(state.under_way, 0);
    assert_eq!(state.permits, turns.borne.permits.available_permits());
    assert!(state.permits >= 1);
}

/// Four calls in different places, two at a time, with these answers; the last is cancelled by another thread.
fn calls(answers: [StatusCode; 4]) {
    let turns = Arc::new(Turns::limited_to(2));
    let under_way = Arc::new(AtomicUsize::new(0));
    let cancels: [Arc<Cancel>; 4] = Default::default();
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let (turns, under_way) = (Arc::clone(&turns), Arc::clone(&under_way));
            let cancel = Arc::clone(&cancels[number]);
            let place = [Place::Last, Place::First, Place::Last, Place::Again][number];
            let how = (place, answers[number]);
            thread::spawn(move || call(&turns, how, &cancel, &under_way))
        })
        .collect();
    cancels[3].cancel();
    let had_a_turn: Vec<bool> = threads
        .into_iter()
        .map(|thread| thread.join().expect("no panic"))
        .collect();
    assert_eq!(had_a_turn[..3], [true; 3]);
    assert_all_are_back(&turns);
}

#[test]
fn every_call_has_its_turn_and_a_cancelled_one_leaves_none_behind() {
    explore(|| calls([StatusCode::OK; 4]));
}

#[test]
fn a_refusal_takes_no_turn_from_those_that_wait() {
    let refused = StatusCode::TOO_MANY_REQUESTS;
    explore(move || calls([refused, StatusCode::OK, refused, StatusCode::OK]));
}
