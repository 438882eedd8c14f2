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

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::Grant;
use super::flight::{Flight, Lead, Turn};
use super::token::Token;
use crate::error::{Error, Result, Status};

/// What is told of a new token; `Err` holds a value that says why it could not handle it.
pub type TokenCallback = dyn Fn(&Token) -> std::result::Result<(), i32> + Send + Sync;

/// The token of a client. Outlives a fork: it holds no lock.
pub(crate) struct TokenStore {
    current: ArcSwap<Held>,
}

/// A token as it was put in place.
pub(crate) struct Held {
    pub(crate) token: Option<Token>,
    /// Counts the tokens of this client, so that "another one than that" can be said.
    pub(crate) version: u64,
    /// The token endpoint refused to renew this very token, and would again.
    refused: Option<Error>,
}

/// Who is told of a new token. Apart from the store, which background work keeps alive: the last to let
/// go of a callback must be a thread of the caller's.
#[derive(Default)]
pub(crate) struct Listener {
    callback: ArcSwapOption<Box<TokenCallback>>,
}

/// When the token at hand is not good enough.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It ends soon.
    Fresh,
    /// The instance refused the token of this version.
    OtherThan(u64),
}

/// The way to a new token, and when to give up waiting for one.
pub(crate) struct Renewal<'a> {
    pub(crate) flight: &'a Flight,
    pub(crate) deadline: Instant,
    pub(crate) listener: &'a Listener,
    /// Whether the application may sign itself in.
    pub(crate) signs_itself_in: bool,
    /// Asks the token endpoint.
    pub(crate) ask: &'a dyn Fn(&Grant<'_>) -> Result<Token>,
}

impl TokenStore {
    pub(crate) fn new() -> TokenStore {
        let none = Held {
            token: None,
            version: 0,
            refused: None,
        };
        TokenStore {
            current: ArcSwap::from_pointee(none),
        }
    }

    pub(crate) fn current(&self) -> Arc<Held> {
        self.current.load_full()
    }

    /// Puts a token in place that the caller brought. The callback is not told of it.
    pub(crate) fn set(&self, token: Token, flight: &Flight) {
        self.place(Some(token), None, None);
        flight.announce();
    }

    /// Whether a call with this need could go out with the token at hand.
    pub(crate) fn satisfies(&self, held: &Held, need: Need) -> bool {
        let usable = |token: &Token| match need {
            Need::Fresh => !token.is_due(SystemTime::now()),
            Need::OtherThan(version) => held.version != version,
        };
        let token = held.token.as_ref();
        token.is_some_and(|token| token.access_token().is_some() && usable(token))
    }

    /// A token that satisfies the need, renewed first where it must be and can be.
    pub(crate) fn obtain(&self, need: Need, renewal: &Renewal<'_>) -> Result<Arc<Held>> {
        let mut waited_for = None;
        let mut state = renewal.flight.lock();
        loop {
            // Looked at under the lock: another thread may have renewed just before.
            let held = self.current();
            if self.satisfies(&held, need) {
                return Ok(held);
            }
            if let Some(refusal) = held.refused.clone() {
                return still_good(held, need).ok_or(refusal);
            }
            let Some(grant) = renewal.grant(held.token.as_ref()) else {
                return usable_as_it_is(held);
            };
            match renewal.flight.turn(state, waited_for) {
                Turn::Inside => return usable_as_it_is(held),
                Turn::Failed(error) => return still_good(held, need).ok_or(error),
                Turn::Wait(guard, attempt) => {
                    waited_for = Some(attempt);
                    state = renewal.flight.wait(guard, renewal.deadline)?;
                }
                Turn::Lead(lead) => {
                    let error = match (renewal.ask)(&grant) {
                        Ok(token) => {
                            return self.accept(token, Some(held.version), renewal.listener, &lead);
                        }
                        Err(error) => error,
                    };
                    if renewal.is_final(&error) {
                        let refused = (held.token.clone(), Some(error.clone()));
                        self.place(refused.0, refused.1, Some(held.version));
                    }
                    lead.failed(&error);
                    return still_good(held, need).ok_or(error);
                }
            }
        }
    }

    /// Puts the token of a sign-in in place, as a renewal does.
    pub(crate) fn sign_in(
        &self,
        flight: &Flight,
        deadline: Instant,
        listener: &Listener,
        ask: impl FnOnce() -> Result<Token>,
    ) -> Result<()> {
        let mut state = flight.lock();
        loop {
            match flight.turn(state, None) {
                Turn::Wait(guard, _) => state = flight.wait(guard, deadline)?,
                Turn::Lead(lead) => {
                    return self.accept(ask()?, None, listener, &lead).map(drop);
                }
                Turn::Inside | Turn::Failed(_) => {
                    let message = "a sign-in from inside the token callback would wait for itself";
                    return Err(Error::new(Status::Busy, message));
                }
            }
        }
    }

    /// Puts a new token in place, lets the waiting threads go on with it, and tells the callback. A
    /// token that took the place of the one `instead_of` meanwhile is the caller's, and stays.
    fn accept(
        &self,
        token: Token,
        instead_of: Option<u64>,
        listener: &Listener,
        lead: &Lead<'_>,
    ) -> Result<Arc<Held>> {
        let Some(held) = self.place(Some(token), None, instead_of) else {
            return Ok(self.current());
        };
        lead.announce();
        if let Some(token) = &held.token {
            listener.tell(token)?;
        }
        Ok(held)
    }

    /// Puts a token in place; `None` where the one that it was to take the place of is gone.
    fn place(
        &self,
        token: Option<Token>,
        refused: Option<Error>,
        instead_of: Option<u64>,
    ) -> Option<Arc<Held>> {
        let mut placed = None;
        self.current.rcu(|old| {
            placed = None;
            if instead_of.is_some_and(|version| version != old.version) {
                return Arc::clone(old);
            }
            let held = Arc::new(Held {
                token: token.clone(),
                version: old.version + u64::from(refused.is_none()),
                refused: refused.clone(),
            });
            placed = Some(Arc::clone(&held));
            held
        });
        placed
    }
}

impl Listener {
    pub(crate) fn set(&self, callback: Option<Box<TokenCallback>>) {
        self.callback.store(callback.map(Arc::new));
    }

    fn tell(&self, token: &Token) -> Result<()> {
        let Some(callback) = self.callback.load_full() else {
            return Ok(());
        };
        callback(token).map_err(|value| {
            let message = format!("the token callback returned {value}, not SNOW_HANDLED");
            Error::new(Status::CallbackFailed, message).with_callback_value(value)
        })
    }
}

impl Renewal<'_> {
    fn grant<'a>(&self, token: Option<&'a Token>) -> Option<Grant<'a>> {
        if self.signs_itself_in {
            return Some(Grant::ClientCredentials);
        }
        let refresh_token = token?.refresh_token()?;
        Some(Grant::Refresh { refresh_token })
    }

    /// Whether the endpoint would refuse again: a refresh token that it refused stays refused, but an
    /// application may be allowed in later, and a server's failure passes.
    fn is_final(&self, error: &Error) -> bool {
        let is_servers_failure = error.http_status().is_some_and(|status| status >= 500);
        error.status() == Status::TokenRefused && !is_servers_failure && !self.signs_itself_in
    }
}

/// A token that could not be renewed early, but has not ended yet.
fn still_good(held: Arc<Held>, need: Need) -> Option<Arc<Held>> {
    let good =
        |token: &Token| token.access_token().is_some() && !token.has_ended(SystemTime::now());
    (need == Need::Fresh && held.token.as_ref().is_some_and(good)).then_some(held)
}

/// A token that cannot be renewed is tried until the instance refuses it: its clock decides, not ours.
fn usable_as_it_is(held: Arc<Held>) -> Result<Arc<Held>> {
    let token = held.token.as_ref();
    if token.is_some_and(|token| token.access_token().is_some()) {
        return Ok(held);
    }
    let message = "the client has no token; sign in or set a token first";
    Err(Error::new(Status::NoToken, message))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// A token that ends in so many seconds, which may be in the past.
    fn token(name: &str, seconds_left: i64) -> Token {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = i64::try_from(now.expect("a clock").as_secs()).expect("this century");
        Token::from_json(&format!(
            r#"{{"access_token":"{name}","refresh_token":"R","expires_in":1800,"expires_at":{}}}"#,
            now + seconds_left
        ))
        .expect("a token")
    }

    fn store_with(token: Token) -> (TokenStore, Flight, Listener) {
        let (store, flight) = (TokenStore::new(), Flight::default());
        store.set(token, &flight);
        (store, flight, Listener::default())
    }

    fn refusal() -> Error {
        Error::new(Status::TokenRefused, "refused").with_http_status(401)
    }

    type Ask<'a> = &'a dyn Fn(&Grant<'_>) -> Result<Token>;

    fn renewal<'a>(flight: &'a Flight, listener: &'a Listener, ask: Ask<'a>) -> Renewal<'a> {
        Renewal {
            flight,
            deadline: Instant::now() + Duration::from_secs(60),
            listener,
            signs_itself_in: false,
            ask,
        }
    }

    fn name_of(held: &Held) -> &str {
        let token = held.token.as_ref().expect("a token");
        token.access_token().expect("an access token")
    }

    #[test]
    fn a_token_set_during_a_renewal_stays_whatever_the_answer() {
        for answer in [Ok(token("renewed", 1800)), Err(refusal())] {
            let (store, flight, listener) = store_with(token("old", -1));
            let is_refused = answer.is_err();
            let ask = |_: &Grant<'_>| {
                store.set(token("callers", 1800), &flight);
                answer.clone()
            };
            let outcome = store.obtain(Need::Fresh, &renewal(&flight, &listener, &ask));
            assert_eq!(outcome.is_err(), is_refused);
            assert_eq!(name_of(&store.current()), "callers");
            assert!(store.current().refused.is_none());
        }
    }

    #[test]
    fn a_refusal_is_remembered_and_a_servers_failure_is_not() {
        for (error, asked) in [
            (refusal(), 1),
            (
                Error::new(Status::TokenRefused, "x").with_http_status(500),
                3,
            ),
            (Error::new(Status::Unavailable, "x"), 3),
        ] {
            let (store, flight, listener) = store_with(token("old", -1));
            let count = Cell::new(0);
            let ask = |_: &Grant<'_>| {
                count.set(count.get() + 1);
                Err(error.clone())
            };
            for _ in 0..3 {
                let outcome = store.obtain(Need::Fresh, &renewal(&flight, &listener, &ask));
                assert_eq!(
                    outcome.map(drop).expect_err("refused").status(),
                    error.status()
                );
            }
            assert_eq!(count.get(), asked, "{error:?}");
        }
    }

    #[test]
    fn a_token_that_has_not_ended_is_used_where_it_cannot_be_renewed_early() {
        let (store, flight, listener) = store_with(token("good", 20));
        for error in [Error::new(Status::Unavailable, "x"), refusal()] {
            let ask = |_: &Grant<'_>| Err(error.clone());
            let renewal = renewal(&flight, &listener, &ask);
            let held = store
                .obtain(Need::Fresh, &renewal)
                .expect("20 seconds are left");
            assert_eq!(name_of(&held), "good");
        }
    }

    #[test]
    fn a_token_without_an_access_token_is_no_other_one() {
        let (store, flight, listener) = store_with(token("refused", 1800));
        let refused = store.current().version;
        store.set(Token::from_refresh_token("R2").expect("a token"), &flight);
        let ask = |_: &Grant<'_>| Ok(token("renewed", 1800));
        let renewal = renewal(&flight, &listener, &ask);
        let held = store
            .obtain(Need::OtherThan(refused), &renewal)
            .expect("renewed");
        assert_eq!(name_of(&held), "renewed");
    }

    /// The leader's own end is not the end of those who wait for it.
    #[test]
    fn a_leader_that_is_cancelled_fails_nobody_else() {
        let (store, flight, listener) = store_with(token("old", -1));
        let asked = AtomicUsize::new(0);
        let (leads, led) = channel();
        thread::scope(|scope| {
            let (store, flight, listener, asked) = (&store, &flight, &listener, &asked);
            let leader = scope.spawn(move || {
                let ask = |_: &Grant<'_>| {
                    leads.send(()).expect("the test goes on");
                    asked.fetch_add(1, Ordering::SeqCst);
                    Err(Error::new(Status::Cancelled, "on purpose"))
                };
                store
                    .obtain(Need::Fresh, &renewal(flight, listener, &ask))
                    .map(drop)
            });
            led.recv().expect("a leader");
            let ask = |_: &Grant<'_>| {
                asked.fetch_add(1, Ordering::SeqCst);
                Ok(token("renewed", 1800))
            };
            let held = store.obtain(Need::Fresh, &renewal(flight, listener, &ask));
            assert_eq!(name_of(&held.expect("its own turn")), "renewed");
            let error = leader.join().expect("no panic").expect_err("cancelled");
            assert_eq!(error.status(), Status::Cancelled);
        });
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }
}
