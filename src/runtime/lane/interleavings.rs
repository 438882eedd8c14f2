//! What holds of the lanes of a client in whatever order its threads go on.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;
use crate::sync::{explore, thread};

/// The connectors of a model's lanes.
#[derive(Default)]
struct Count {
    made: AtomicUsize,
    ended: AtomicUsize,
}

/// A connector that knows whether somebody has it.
struct Connector {
    is_leased: AtomicBool,
    count: Arc<Count>,
}

impl Drop for Connector {
    fn drop(&mut self) {
        self.count.ended.fetch_add(1, Ordering::SeqCst);
    }
}

fn lease(lanes: &Lanes<Connector>, count: &Arc<Count>) -> Lease<Connector> {
    let connect = || {
        count.made.fetch_add(1, Ordering::SeqCst);
        Ok::<_, Infallible>(Connector {
            is_leased: AtomicBool::new(false),
            count: Arc::clone(count),
        })
    };
    lanes.lease(connect).expect("a lane can always be made")
}

/// A call: has a lane to itself from its begin to its end.
fn call(lanes: &Lanes<Connector>, count: &Arc<Count>, closes: bool) {
    let lease = lease(lanes, count);
    let connector = lease.connector();
    assert!(
        !connector.is_leased.swap(true, Ordering::SeqCst),
        "leased twice"
    );
    thread::yield_now();
    connector.is_leased.store(false, Ordering::SeqCst);
    match closes {
        true => lease.close(),
        false => drop(lease),
    }
}

fn parked(lanes: &Lanes<Connector>) -> usize {
    let mut slots = lanes.slots.write().expect("no panic");
    slots
        .iter_mut()
        .fold(0, |parked, slot| match slot.get_mut().expect("no panic") {
            Slot::Parked(..) => parked + 1,
            Slot::Vacant => parked,
            Slot::Leased => panic!("a lane is lost: nobody has it"),
        })
}

/// Makes so many lanes, as if they had been parked for long.
fn park_for_long(lanes: &Lanes<Connector>, count: &Arc<Count>, number: usize) {
    let leases: Vec<_> = (0..number).map(|_| lease(lanes, count)).collect();
    drop(leases);
    let long_ago = Instant::now().checked_sub(IDLE_LIMIT * 2);
    for slot in lanes.slots.write().expect("no panic").iter_mut() {
        if let Slot::Parked(_, since) = slot.get_mut().expect("no panic") {
            *since = long_ago.expect("a clock that runs");
        }
    }
}

/// Three threads make two calls each, and two of them end the lane of their first; some lanes idled before.
fn calls(idle: usize) {
    let (lanes, count) = (Lanes::default(), Arc::new(Count::default()));
    park_for_long(&lanes, &count, idle);
    let threads: Vec<_> = (0..3)
        .map(|number| {
            let (lanes, count) = (lanes.clone(), Arc::clone(&count));
            thread::spawn(move || {
                call(&lanes, &count, number > 0);
                call(&lanes, &count, false);
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
    let made = count.made.load(Ordering::SeqCst);
    let ended = count.ended.load(Ordering::SeqCst);
    assert_eq!(parked(&lanes), made - ended);
    assert!((2..=2 + idle).contains(&ended), "{ended} lanes ended");
    drop(lanes);
    assert_eq!(
        count.ended.load(Ordering::SeqCst),
        made,
        "a lane outlives its client"
    );
}

#[test]
fn a_lane_is_one_calls_at_a_time_and_none_is_lost() {
    explore(|| calls(0));
}

#[test]
fn a_lane_that_idled_is_dropped_or_leased_and_never_both() {
    explore(|| calls(3));
}
