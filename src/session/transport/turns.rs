//! How many calls of a client are under way at the same moment.
//!
//! It is as many as the session allows, until the instance has had enough (429). Then half of those that were
//! under way may be from now on, and one more whenever that many in a row went well: the instance says when
//! it is too much, and nothing else does.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::sync::{Mutex, MutexGuard};

/// The turns of a client, for all its threads.
pub(super) struct Turns {
    /// Where calls wait that had no turn yet; the one of them that is next waits at the door.
    row: Semaphore,
    /// Where one at a time waits, for a turn; who goes first waits for one without it.
    door: Semaphore,
    /// Those that the session allows; `None` is as many as there are.
    allowed: Option<Arc<Semaphore>>,
    /// Those that the instance can do with.
    borne: Arc<Borne>,
}

/// Whom a call lets go before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// All that came before.
    Last,
    /// None that had no turn yet: it had one, and could not use it.
    Again,
    /// None but the one that is next: the others may need what it brings.
    First,
}

/// A call's turn; it ends when this is dropped.
pub(crate) struct Turn {
    _allowed: Option<OwnedSemaphorePermit>,
    borne: Arc<Borne>,
    permit: Option<OwnedSemaphorePermit>,
    /// How many times there were fewer turns when this one began.
    lowered: u64,
}

struct Borne {
    permits: Arc<Semaphore>,
    state: Mutex<State>,
}

struct State {
    /// How many calls may be under way now.
    most: usize,
    /// How many permits there are: those of calls that began when more were allowed go as these end.
    permits: usize,
    under_way: usize,
    lowered: u64,
    /// How many went well since `most` changed.
    went_well: usize,
}

impl Turns {
    /// 0 is as many as there are.
    pub(super) fn limited_to(calls: usize) -> Turns {
        let calls = calls.min(Semaphore::MAX_PERMITS);
        Turns {
            row: Semaphore::new(1),
            door: Semaphore::new(1),
            allowed: (calls > 0).then(|| Arc::new(Semaphore::new(calls))),
            borne: Arc::new(Borne {
                permits: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
                state: Mutex::new(State {
                    most: Semaphore::MAX_PERMITS,
                    permits: Semaphore::MAX_PERMITS,
                    under_way: 0,
                    lowered: 0,
                    went_well: 0,
                }),
            }),
        }
    }

    /// A turn, where there is one now.
    pub(super) fn at_once(&self, place: Place) -> Option<Turn> {
        // Neither is taken for this: all others would stand still while this thread does.
        let is_free = |place: &Semaphore| place.available_permits() > 0;
        let is_next = match place {
            Place::Last => is_free(&self.row) && is_free(&self.door),
            Place::Again => is_free(&self.door),
            Place::First => true,
        };
        if !is_next {
            return None;
        }
        let mut context = Context::from_waker(Waker::noop());
        match pin!(self.begun()).poll(&mut context) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    pub(super) async fn next(&self, place: Place) -> Turn {
        let _row = match place {
            Place::Last => self.row.acquire().await.ok(),
            Place::Again | Place::First => None,
        };
        let _door = match place {
            Place::Last | Place::Again => self.door.acquire().await.ok(),
            Place::First => None,
        };
        self.begun().await
    }

    async fn begun(&self) -> Turn {
        // None is ever closed, so there is always one to come.
        let allowed = match &self.allowed {
            Some(turns) => Arc::clone(turns).acquire_owned().await.ok(),
            None => None,
        };
        let permit = Arc::clone(&self.borne.permits).acquire_owned().await.ok();
        let mut state = self.borne.lock();
        state.under_way += 1;
        Turn {
            _allowed: allowed,
            borne: Arc::clone(&self.borne),
            permit,
            lowered: state.lowered,
        }
    }
}

impl Turn {
    /// The instance answered.
    pub(super) fn answered(&self, status: StatusCode) {
        let mut state = self.borne.lock();
        if status != StatusCode::TOO_MANY_REQUESTS {
            self.borne.went_well(&mut state);
        } else if self.lowered == state.lowered {
            // Those that were under way together are refused together, and that counts once.
            self.borne.lower(&mut state);
        }
    }

    /// The caller's code runs before the call ends. It may make other calls, which cannot wait for this one
    /// unless the session says so.
    pub(super) fn gives_way(&mut self) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        let mut state = self.borne.lock();
        state.under_way -= 1;
        if state.permits > state.most {
            permit.forget();
            state.permits -= 1;
        }
    }
}

impl Borne {
    fn lower(&self, state: &mut State) {
        state.lowered += 1;
        state.went_well = 0;
        state.most = (state.under_way / 2).max(1);
        let excess = state.permits.saturating_sub(state.most);
        state.permits -= self.permits.forget_permits(excess);
    }

    fn went_well(&self, state: &mut State) {
        // Where not all that may be are under way, it says nothing of more.
        if self.permits.available_permits() > 0 {
            return;
        }
        state.went_well += 1;
        if state.went_well >= state.most {
            state.went_well = 0;
            state.most += 1;
            if state.permits < state.most {
                self.permits.add_permits(1);
                state.permits += 1;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.gives_way();
    }
}

#[cfg(all(test, feature = "interleavings"))]
mod interleavings;

#[cfg(test)]
mod tests {
    use super::*;

    /// All the turns that there are now, up to a hundred.
    fn all(turns: &Turns) -> Vec<Turn> {
        (0..100).map_while(|_| turns.at_once(Place::Last)).collect()
    }

    #[test]
    fn there_are_as_many_as_the_session_allows() {
        assert_eq!(all(&Turns::limited_to(3)).len(), 3);
        assert_eq!(all(&Turns::limited_to(0)).len(), 100);
    }

    #[test]
    fn who_waits_has_a_turn_in_the_order_of_places() {
        let turns = Turns::limited_to(1);
        let mut turn = turns.at_once(Place::Last);
        let mut context = Context::from_waker(Waker::noop());
        let came = [
            Place::Last,
            Place::Last,
            Place::Last,
            Place::Again,
            Place::First,
        ];
        let mut waiting: Vec<_> = came.map(|place| Box::pin(turns.next(place))).into();
        let mut had = Vec::new();
        while had.len() < came.len() {
            for (number, call) in waiting.iter_mut().enumerate() {
                if had.contains(&number) {
                    continue;
                }
                if let Poll::Ready(next) = call.as_mut().poll(&mut context) {
                    had.push(number);
                    turn = Some(next);
                }
            }
            assert!(turn.take().is_some(), "one had a turn");
            assert!(turns.at_once(Place::Last).is_none() || had.len() == came.len());
        }
        assert_eq!(had, [0, 4, 3, 1, 2]);
    }

    #[test]
    fn a_refusal_leaves_half_of_those_under_way_once_for_all_of_them() {
        for allowed in [0, 8, 50] {
            let turns = Turns::limited_to(allowed);
            let mut under_way: Vec<Turn> =
                (0..8).filter_map(|_| turns.at_once(Place::Last)).collect();
            for refused in &under_way {
                refused.answered(StatusCode::TOO_MANY_REQUESTS);
            }
            assert!(turns.at_once(Place::Last).is_none());
            under_way.truncate(4);
            assert!(turns.at_once(Place::Last).is_none());
            under_way.truncate(1);
            assert_eq!(all(&turns).len(), 3, "of {allowed}");
        }
    }

    #[test]
    fn one_is_always_left() {
        let turns = Turns::limited_to(0);
        for _ in 0..5 {
            let only = turns.at_once(Place::Last).expect("one is left");
            only.answered(StatusCode::TOO_MANY_REQUESTS);
            assert!(turns.at_once(Place::Last).is_none());
        }
    }

    #[test]
    fn they_grow_back_one_by_one_up_to_what_the_session_allows() {
        let turns = Turns::limited_to(4);
        for refused in all(&turns) {
            refused.answered(StatusCode::TOO_MANY_REQUESTS);
        }
        for expected in [2, 3, 4, 4, 4] {
            let under_way = all(&turns);
            assert_eq!(under_way.len(), expected);
            for done in &under_way {
                done.answered(StatusCode::OK);
            }
        }
    }

    #[test]
    fn a_call_that_gives_way_holds_up_no_other_but_counts_for_the_session() {
        let turns = Turns::limited_to(2);
        let refused = turns.at_once(Place::Last).expect("one");
        refused.answered(StatusCode::TOO_MANY_REQUESTS);
        drop(refused);
        let mut first = turns.at_once(Place::Last).expect("one");
        assert!(turns.at_once(Place::Last).is_none());
        first.gives_way();
        let mut second = turns.at_once(Place::Last).expect("another");
        second.gives_way();
        assert!(turns.at_once(Place::Last).is_none());
    }

    #[test]
    fn what_goes_well_below_the_limit_says_nothing_of_more() {
        let turns = Turns::limited_to(0);
        for refused in all(&turns) {
            refused.answered(StatusCode::TOO_MANY_REQUESTS);
        }
        for _ in 0..1000 {
            turns
                .at_once(Place::Last)
                .expect("one")
                .answered(StatusCode::OK);
        }
        assert_eq!(all(&turns).len(), 50);
    }
}
