//! Threads that compute, no more of them at a time than there are processors.
//!
//! Sixteen answers that arrive together and share two processors are all done late, and so are the next requests
//! sent. One after the other, the first is done after an eighth of the time, and what it asks for next is under way
//! while the others are read. So who has begun goes on before another begins.

use std::mem;
use std::sync::{Arc, PoisonError};

use crate::sync::{Condvar, Mutex, MutexGuard};

/// The processors that some threads share.
#[derive(Clone)]
pub(crate) struct Processors(Arc<Shared>);

/// A thread's hold on one of them, while it has one.
pub(crate) struct Processor {
    all: Processors,
    is_held: bool,
}

struct Shared {
    state: Mutex<State>,
    to_go_on: Condvar,
    to_begin: Condvar,
}

struct State {
    free: usize,
    /// How many threads wait for one.
    going_on: usize,
    beginning: usize,
}

impl Processors {
    /// Those that this process may use.
    pub(crate) fn all() -> Processors {
        Processors::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn new(count: usize) -> Processors {
        Processors(Arc::new(Shared {
            state: Mutex::new(State {
                free: count,
                going_on: 0,
                beginning: 0,
            }),
            to_go_on: Condvar::new(),
            to_begin: Condvar::new(),
        }))
    }

    /// One of them, to begin with: waits until there is one that nobody goes on with.
    pub(crate) fn one(&self) -> Processor {
        let shared = &*self.0;
        let mut state = shared.lock();
        state.beginning += 1;
        let is_busy = |state: &mut State| state.free == 0 || state.going_on > 0;
        let state = shared.to_begin.wait_while(state, is_busy);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.beginning -= 1;
        state.free -= 1;
        shared.tell_next(&state);
        Processor {
            all: self.clone(),
            is_held: true,
        }
    }
}

impl Processor {
    /// Waits until there is one to go on with, unless it has it. Whoever has one computes, and never waits for
    /// another thread.
    pub(crate) fn take(&mut self) {
        if mem::replace(&mut self.is_held, true) {
            return;
        }
        let shared = &*self.all.0;
        let mut state = shared.lock();
        state.going_on += 1;
        let state = shared.to_go_on.wait_while(state, |state| state.free == 0);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.going_on -= 1;
        state.free -= 1;
        shared.tell_next(&state);
    }

    /// Leaves it to another thread, before this one waits for something.
    pub(crate) fn leave(&mut self) {
        if mem::replace(&mut self.is_held, false) {
            let shared = &*self.all.0;
            let mut state = shared.lock();
            state.free += 1;
            shared.tell_next(&state);
        }
    }
}

impl Drop for Processor {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Shared {
    /// Wakes a thread that waits, if there is a processor for it. Each that gets one does the same, for of two that
    /// were told one after the other the first may have come for both.
    fn tell_next(&self, state: &State) {
        match state {
            State { free: 0, .. } => {}
            State { going_on: 1.., .. } => self.to_go_on.notify_one(),
            State { beginning: 1.., .. } => self.to_begin.notify_one(),
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, feature = "interleavings"))]
mod interleavings {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::sync::{explore, thread};

    #[test]
    fn there_are_no_more_than_there_are() {
        explore(|| {
            let two = Processors::new(2);
            let busy = Arc::new(AtomicUsize::new(0));
            let compute = |busy: &AtomicUsize| {
                assert!(busy.fetch_add(1, Ordering::SeqCst) < 2);
                thread::yield_now();
                busy.fetch_sub(1, Ordering::SeqCst);
            };
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let (two, busy) = (two.clone(), Arc::clone(&busy));
                    thread::spawn(move || {
                        let mut processor = two.one();
                        compute(&busy);
                        processor.leave();
                        processor.take();
                        compute(&busy);
                    })
                })
                .collect();
            for thread in threads {
                thread.join().expect("no panic");
            }
            assert_eq!(two.0.lock().free, 2);
        });
    }

    /// Nobody waits while one is free: shuttle ends a model in which all wait.
    #[test]
    fn two_that_are_left_one_after_the_other_go_to_both_who_wait() {
        explore(|| {
            let two = Processors::new(2);
            let mut first = two.one();
            first.leave();
            let (second, third) = (two.one(), two.one());
            let begins = {
                let two = two.clone();
                thread::spawn(move || drop(two.one()))
            };
            let goes_on = thread::spawn(move || {
                first.take();
                begins.join().expect("no panic");
            });
            drop(second);
            drop(third);
            goes_on.join().expect("no panic");
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn who_has_begun_goes_on_before_another_begins() {
        let one = Processors::new(1);
        let mut first = one.one();
        first.leave();
        let second = one.one();
        let (told, heard) = channel();
        thread::scope(|scope| {
            let waits = |count: fn(&State) -> usize| {
                while count(&one.0.lock()) == 0 {
                    thread::yield_now();
                }
            };
            scope.spawn(|| {
                let _third = one.one();
                told.send("third").expect("it is heard");
            });
            waits(|state| state.beginning);
            scope.spawn(|| {
                first.take();
                told.send("first").expect("it is heard");
                // Who has one has it still.
                first.take();
                first.leave();
            });
            waits(|state| state.going_on);
            assert!(heard.try_recv().is_err());
            drop(second);
            assert_eq!(heard.recv(), Ok("first"));
            assert_eq!(heard.recv(), Ok("third"));
        });
        assert_eq!(one.0.lock().free, 1);
    }
}
