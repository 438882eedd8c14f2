//! One token for all threads: renewed before it ends, once, whoever needs it.
//!
//! The thread that finds the token due leads: it asks the token endpoint, puts the new token in place,
//! and tells the caller's callback, all on its own thread, with no lock held. The others wait, and go
//! on as soon as the token is there. They do not wait for the callback, so a callback may wait for
//! them; but nobody starts another renewal before the callback has ended, so tokens are told of in the
//! order in which they were issued and the last one told is the one to keep.
//!
//! A call from inside the callback is made by the leading thread itself. It uses the token as it is:
//! waiting for its own renewal would never end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Instant, SystemTime};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::Grant;
use super::token::Token;
use crate::error::{Error, Result, Status};

/// What is told of a new token; `Err` holds a value that says why it could not handle it.
pub type TokenCallback = dyn Fn(&Token) -> std::result::Result<(), i32> + Send + Sync;

/// The token of a client, and who is told of a new one. Outlives a fork: it holds no lock.
pub(crate) struct TokenStore {
    current: ArcSwap<Held>,
    callback: ArcSwapOption<Box<TokenCallback>>,
}

/// A token as it was put in place.
pub(crate) struct Held {
    pub(crate) token: Option<Token>,
    /// Counts the tokens of this client, so that "another one than that" can be said.
    pub(crate) version: u64,
    /// The token endpoint refused to renew this very token, and would again.
    refused: Option<Error>,
}

/// Who renews right now; one for each process.
#[derive(Default)]
pub(crate) struct Flight {
    state: Mutex<FlightState>,
    changed: Condvar,
}

#[derive(Default)]
struct FlightState {
    leader: Option<ThreadId>,
    /// Counts the renewals that were begun.
    begun: u64,
    /// How the renewal of that number failed, for those who waited for it.
    failure: Option<(u64, Error)>,
}

/// When the token at hand is not good enough.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// It ends soon.
    Fresh,
    /// The instance refused the token of this version.
    OtherThan(u64),
}

/// The way to a new token, and when to give up waiting for one.
pub(crate) struct Renewal<'a> {
    pub(crate) flight: &'a Flight,
    pub(crate) deadline: Option<Instant>,
    /// Whether the application may sign itself in.
    pub(crate) signs_itself_in: bool,
    /// Asks the token endpoint.
    pub(crate) ask: &'a dyn Fn(&Grant<'_>) -> Result<Token>,
}

impl TokenStore {
    pub(crate) fn new() -> TokenStore {
        TokenStore {
            current: ArcSwap::from_pointee(Held {
                token: None,
                version: 0,
                refused: None,
            }),
            callback: ArcSwapOption::empty(),
        }
    }

    pub(crate) fn current(&self) -> Arc<Held> {
        self.current.load_full()
    }

    pub(crate) fn set_callback(&self, callback: Option<Box<TokenCallback>>) {
        self.callback.store(callback.map(Arc::new));
    }

    /// Puts a token in place that the caller brought. The callback is not told of it.
    pub(crate) fn set(&self, token: Token) {
        self.replace(Some(token), None);
    }

    /// Whether a call with this need could go out with the token at hand.
    pub(crate) fn satisfies(&self, held: &Held, need: Need) -> bool {
        match need {
            Need::OtherThan(version) => held.version != version && held.token.is_some(),
            Need::Fresh => held.token.as_ref().is_some_and(|token| {
                token.access_token().is_some() && !token.is_due(SystemTime::now())
            }),
        }
    }

    /// A token that satisfies the need, renewed first where it must be and can be.
    pub(crate) fn obtain(&self, need: Need, renewal: &Renewal<'_>) -> Result<Arc<Held>> {
        let mut waited_for = None;
        let mut state = None;
        loop {
            let held = self.current();
            if self.satisfies(&held, need) {
                return Ok(held);
            }
            if let Some(refusal) = &held.refused {
                return Err(refusal.clone());
            }
            let Some(grant) = renewal.grant(held.token.as_ref()) else {
                return usable_as_it_is(held);
            };
            let flight = match state.take() {
                Some(flight) => flight,
                None => {
                    // Another thread may have renewed between the look above and this lock.
                    state = Some(renewal.flight.lock());
                    continue;
                }
            };
            match flight.leader {
                Some(leader) if leader == thread::current().id() => return usable_as_it_is(held),
                Some(_) => {
                    waited_for = Some(flight.begun);
                    state = Some(renewal.flight.wait(flight, renewal.deadline)?);
                }
                None => {
                    if let (Some(number), Some((failed, error))) = (waited_for, &flight.failure)
                        && number == *failed
                    {
                        return Err(error.clone());
                    }
                    let lead = renewal.flight.lead(flight);
                    let answer = (renewal.ask)(&grant);
                    return match answer {
                        Ok(token) => self.accept(token, &lead),
                        Err(error) => Err(self.give_up(&held, error, &lead)),
                    };
                }
            }
        }
    }

    /// Puts the token of a sign-in in place, as a renewal does.
    pub(crate) fn sign_in(
        &self,
        flight: &Flight,
        deadline: Option<Instant>,
        ask: impl FnOnce() -> Result<Token>,
    ) -> Result<()> {
        let mut state = flight.lock();
        while let Some(leader) = state.leader {
            if leader == thread::current().id() {
                let message = "a sign-in from inside the token callback would wait for itself";
                return Err(Error::new(Status::Busy, message));
            }
            state = flight.wait(state, deadline)?;
        }
        let lead = flight.lead(state);
        self.accept(ask()?, &lead).map(drop)
    }

    /// Shares a failure with the threads that wait, and remembers a refusal for all calls to come.
    fn give_up(&self, held: &Held, error: Error, lead: &Lead<'_>) -> Error {
        if error.status() == Status::TokenRefused {
            self.replace(held.token.clone(), Some(error.clone()));
        }
        lead.failed(&error);
        error
    }

    /// Puts a new token in place, lets the waiting threads go on with it, and tells the callback.
    fn accept(&self, token: Token, lead: &Lead<'_>) -> Result<Arc<Held>> {
        let held = self.replace(Some(token), None);
        lead.flight.announce();
        if let (Some(callback), Some(token)) = (self.callback.load_full(), &held.token) {
            callback(token).map_err(|value| {
                let message = format!("the token callback returned {value}, not SNOW_HANDLED");
                Error::new(Status::CallbackFailed, message).with_callback_value(value)
            })?;
        }
        Ok(held)
    }

    fn replace(&self, token: Option<Token>, refused: Option<Error>) -> Arc<Held> {
        let mut placed = None;
        self.current.rcu(|old| {
            let held = Arc::new(Held {
                token: token.clone(),
                version: old.version + u64::from(refused.is_none()),
                refused: refused.clone(),
            });
            placed = Some(Arc::clone(&held));
            held
        });
        placed.expect("rcu runs its closure at least once")
    }
}

impl Renewal<'_> {
    fn grant<'a>(&self, token: Option<&'a Token>) -> Option<Grant<'a>> {
        if self.signs_itself_in {
            return Some(Grant::ClientCredentials);
        }
        token?
            .refresh_token()
            .map(|refresh_token| Grant::Refresh { refresh_token })
    }
}

/// A token that cannot be renewed is tried until the instance refuses it: its clock decides, not ours.
fn usable_as_it_is(held: Arc<Held>) -> Result<Arc<Held>> {
    if held
        .token
        .as_ref()
        .is_some_and(|token| token.access_token().is_some())
    {
        return Ok(held);
    }
    Err(Error::new(
        Status::NoToken,
        "the client has no token; sign in or set a token first",
    ))
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, FlightState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something changed, at most until the deadline.
    fn wait<'a>(
        &self,
        state: MutexGuard<'a, FlightState>,
        deadline: Option<Instant>,
    ) -> Result<MutexGuard<'a, FlightState>> {
        let Some(deadline) = deadline else {
            return Ok(self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner));
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let message = "the time limit ran out while another thread was renewing the token";
            return Err(Error::new(Status::Timeout, message).with_retry(true, None));
        }
        Ok(self
            .changed
            .wait_timeout(state, left)
            .unwrap_or_else(PoisonError::into_inner)
            .0)
    }

    /// Wakes the waiting threads. A thread that is about to wait holds the lock since it last looked, so
    /// having had the lock means that none misses this.
    fn announce(&self) {
        drop(self.lock());
        self.changed.notify_all();
    }

    fn lead(&self, mut state: MutexGuard<'_, FlightState>) -> Lead<'_> {
        state.leader = Some(thread::current().id());
        state.begun += 1;
        state.failure = None;
        drop(state);
        Lead { flight: self }
    }
}

/// The right to renew; dropping it passes the right on, also when the callback panics.
struct Lead<'a> {
    flight: &'a Flight,
}

impl Lead<'_> {
    fn failed(&self, error: &Error) {
        let mut state = self.flight.lock();
        state.failure = Some((state.begun, error.clone()));
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.flight.lock().leader = None;
        self.flight.changed.notify_all();
    }
}
