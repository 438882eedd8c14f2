//! One token for all threads: renewed before it ends, once, whoever needs it.
//!
//! The thread that finds the token due leads: it asks the token endpoint, puts the new token in place,
//! and tells the caller's callback, all on its own thread, with no lock held. The others wait, and go
//! on as soon as the token is there. They do not wait for the callback, so a callback may wait for
//! them; but nobody starts another renewal before the callback has ended, so tokens are told of in the
//! order in which they were issued and the last one told is the one to keep.
//!
//! A token is renewed while it is good still, and that must cost no call: where it comes to nothing, or takes
//! too long, the token at hand is used, and left alone for half of the time that it has.
//!
//! A call from inside the callback is made by the leading thread itself. It uses the token as it is:
//! waiting for its own renewal would never end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwapOption;

use super::flight::{Flight, Lead, Turn};
use super::renewal::{Outcome, Renewal, Shared};
use super::token::Token;
use crate::error::{Error, Result, Status};
use crate::runtime::limits::Limits;
use crate::sync::ArcSwap;

/// No token has this version.
const NEVER_HELD: u64 = u64::MAX;

/// What is told of a new token; `Err` holds a value that says why it could not handle it.
pub type TokenCallback = dyn Fn(&Token) -> std::result::Result<(), i32> + Send + Sync;

/// The token of a client. Outlives a fork: it holds no lock.
pub(crate) struct TokenStore {
    current: ArcSwap<Held>,
    /// The version of the token that a caller's call last went out with though it was due.
    used_as_it_is: AtomicU64,
}

/// A token as it was put in place.
#[derive(Clone, Default)]
pub(crate) struct Held {
    pub(crate) token: Option<Token>,
    /// Counts the tokens of this client, so that "another one than that" can be said.
    pub(crate) version: u64,
    /// Another process got it, and may have got it some time ago.
    pub(crate) is_taken_over: bool,
    /// The token endpoint refused to renew this very token, and would again.
    pub(super) refused: Option<Error>,
    /// Renewing it early came to nothing: until then it is used as it is, as long as it has not ended.
    pub(super) rests_until: Option<Instant>,
    /// What the token file held then, where there is one.
    pub(super) on_file: Option<Token>,
    /// A refresh token is good for one use: an earlier one was replaced.
    pub(super) rotates: bool,
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

impl TokenStore {
    pub(crate) fn new() -> TokenStore {
        TokenStore {
            current: ArcSwap::from_pointee(Held::default()),
            used_as_it_is: AtomicU64::new(NEVER_HELD),
        }
    }

    pub(crate) fn current(&self) -> Arc<Held> {
        self.current.load_full()
    }

    /// Puts a token in place that the caller brought, and in the file. The callback is not told of it.
    pub(crate) fn set(
        &self,
        token: Token,
        flight: &Flight,
        shared: Option<&Shared<'_>>,
    ) -> Result<()> {
        let held = |on_file| Held {
            token: Some(token.clone()),
            on_file,
            ..Held::default()
        };
        match shared {
            None => drop(self.place(&held(None), None)),
            Some(shared) => shared.store(&token, || {
                self.place(&held(Some(token.clone())), None);
            })?,
        }
        flight.announce();
        Ok(())
    }

    /// Whether a call with this need could go out with the token at hand.
    pub(crate) fn satisfies(&self, held: &Held, need: Need) -> bool {
        let usable = |token: &Token| match need {
            Need::Fresh => !token.is_due(SystemTime::now()) || held.rests(),
            Need::OtherThan(version) => held.version != version && !held.has_ended(),
        };
        let token = held.token.as_ref();
        token.is_some_and(|token| token.access_token().is_some() && usable(token))
    }

    /// A caller's call goes out with this token. Where it is due all the same nothing better can be had: it cannot be
    /// renewed, or what an instance gives for it ends as soon.
    pub(crate) fn goes_out(&self, held: &Held) {
        if !self.satisfies(held, Need::Fresh) {
            self.used_as_it_is.store(held.version, Ordering::Relaxed);
        }
    }

    /// Whether a call that can renew nothing may go out with this token, since a caller's did.
    pub(crate) fn may_go_out(&self, held: &Held, need: Need) -> bool {
        need == Need::Fresh && self.used_as_it_is.load(Ordering::Relaxed) == held.version
    }

    /// A token that satisfies the need, renewed first where it must be and can be.
    pub(crate) fn obtain(&self, need: Need, renewal: &Renewal<'_>) -> Result<Arc<Held>> {
        let mut waited_for = None;
        let mut waited_with = None;
        let mut state = renewal.flight.lock();
        loop {
            // Looked at under the lock: another thread may have renewed just before.
            let held = self.current();
            if self.satisfies(&held, need) {
                return Ok(held);
            }
            // What came meanwhile is taken however soon it ends, as who asked for it does: another would end no later.
            if waited_with.is_some_and(|version| version != held.version)
                && let Ok(held) = usable_as_it_is(Arc::clone(&held))
            {
                return Ok(held);
            }
            // What another process may have put in a file is looked for by whoever leads.
            if renewal.shared.is_none() {
                if let Some(refusal) = held.refused.clone() {
                    return still_good(held, need).ok_or(refusal);
                }
                if renewal.grant(held.token.as_ref()).is_none() {
                    return usable_as_it_is(held);
                }
            }
            match renewal.flight.turn(state, waited_for) {
                Turn::Inside => return usable_as_it_is(held),
                Turn::Failed(error) => return still_good(held, need).ok_or(error),
                Turn::Wait(guard, attempt) => {
                    waited_for = Some(attempt);
                    waited_with = Some(held.version);
                    state = match renewal.flight.wait(guard, renewal.limits) {
                        Ok(state) => state,
                        Err(error) if error.status() == Status::Timeout => {
                            return still_good(held, need).ok_or(error);
                        }
                        Err(cancelled) => return Err(cancelled),
                    };
                }
                Turn::Lead(lead) => return self.renew(held, need, renewal, &lead),
            }
        }
    }

    /// Renews a token for this thread, and for all that wait for it.
    fn renew(
        &self,
        held: Arc<Held>,
        need: Need,
        renewal: &Renewal<'_>,
        lead: &Lead<'_>,
    ) -> Result<Arc<Held>> {
        let failure = match renewal.obtain(&held, need) {
            Ok(outcome) => return self.accept(outcome, Some(&held), renewal.listener, lead),
            Err(failure) => *failure,
        };
        let error = failure.error;
        if let Some(asked) = failure.asked
            && renewal.is_final(&error)
        {
            let refused = Held {
                token: asked.token,
                on_file: asked.on_file,
                refused: Some(error.clone()),
                ..Held::default()
            };
            self.note(&refused.resting(1), held.version);
        } else if need == Need::Fresh && error.status() != Status::Cancelled {
            self.note(&Held::clone(&held).resting(2), held.version);
        }
        lead.failed(&error);
        still_good(held, need).ok_or(error)
    }

    /// Puts the token of a sign-in in place, as a renewal does.
    pub(crate) fn sign_in(
        &self,
        flight: &Flight,
        limits: Limits<'_>,
        listener: &Listener,
        shared: Option<&Shared<'_>>,
        ask: impl FnOnce() -> Result<Token>,
    ) -> Result<()> {
        let mut state = flight.lock();
        loop {
            match flight.turn(state, None) {
                Turn::Wait(guard, _) => state = flight.wait(guard, limits)?,
                Turn::Lead(lead) => {
                    let outcome = match shared {
                        None => Outcome::Issued {
                            token: ask()?,
                            on_file: None,
                            not_stored: None,
                        },
                        Some(shared) => shared.sign_in(ask)?,
                    };
                    // Whatever token the client has by now, this one takes its place.
                    return self.accept(outcome, None, listener, &lead).map(drop);
                }
                Turn::Inside | Turn::Failed(_) => {
                    let message = "a sign-in from inside the token callback would wait for itself";
                    return Err(Error::new(Status::Busy, message));
                }
            }
        }
    }

    /// Puts a new token in place of the one that was `held`, lets the waiting threads go on with it, and
    /// tells the callback where it was issued to this client. A token that took that place meanwhile is
    /// the caller's, and stays; unless none was to be replaced, but any.
    fn accept(
        &self,
        outcome: Outcome,
        held: Option<&Arc<Held>>,
        listener: &Listener,
        lead: &Lead<'_>,
    ) -> Result<Arc<Held>> {
        let (new, not_stored) = match outcome {
            Outcome::Kept => {
                return usable_as_it_is(held.map_or_else(|| self.current(), Arc::clone));
            }
            Outcome::TakenOver(token) => {
                let new = Held {
                    on_file: Some(token.clone()),
                    token: Some(token),
                    is_taken_over: true,
                    ..Held::default()
                };
                (new, None)
            }
            Outcome::Issued {
                token,
                on_file,
                not_stored,
            } => {
                let new = Held {
                    token: Some(token),
                    on_file,
                    ..Held::default()
                };
                (new, not_stored)
            }
        };
        let Some(held) = self.place(&new, held.map(|held| held.version)) else {
            return Ok(self.current());
        };
        lead.announce();
        if !held.is_taken_over
            && let Some(token) = &held.token
        {
            listener.tell(token)?;
        }
        not_stored.map_or(Ok(held), Err)
    }

    /// Puts a token in place; `None` where the one that it was to take the place of is gone.
    fn place(&self, new: &Held, instead_of: Option<u64>) -> Option<Arc<Held>> {
        let mut placed = None;
        self.current.rcu(|old| {
            placed = None;
            if instead_of.is_some_and(|version| version != old.version) {
                return Arc::clone(old);
            }
            let held = Arc::new(Held {
                version: old.version + 1,
                rotates: old.rotates || (instead_of.is_some() && old.is_replaced_by(new)),
                ..new.clone()
            });
            placed = Some(Arc::clone(&held));
            held
        });
        placed
    }

    /// Keeps what became known of the token of this version, if that is the one still.
    fn note(&self, known: &Held, version: u64) {
        self.current.rcu(|old| match old.version == version {
            true => Arc::new(Held {
                version,
                rotates: old.rotates,
                ..known.clone()
            }),
            false => Arc::clone(old),
        });
    }
}

impl Held {
    /// How long a call with this need may go out with it, though it is due.
    pub(crate) fn time_left(&self, need: Need) -> Option<Duration> {
        let token = self.token.as_ref().filter(|_| need == Need::Fresh)?;
        token.time_left(SystemTime::now())
    }

    /// Whether it has an access token that is good no longer.
    pub(crate) fn has_ended(&self) -> bool {
        let token = self.token.as_ref();
        token.is_some_and(|token| token.has_ended(SystemTime::now()))
    }

    /// How long renewing it early may take, if that is to cost no call. None where to give up is to lose the refresh
    /// token: an answer that nobody waits for has used it up.
    pub(crate) fn time_to_renew_early(&self, need: Need) -> Option<Duration> {
        self.time_left(need).filter(|_| !self.rotates)
    }

    /// Whether a call looks the same with either.
    pub(crate) fn signs_as(&self, other: &Held) -> bool {
        let access_tokens = [self, other].map(|held| held.token.as_ref()?.access_token());
        access_tokens[0] == access_tokens[1]
    }

    fn is_replaced_by(&self, new: &Held) -> bool {
        let refresh_tokens = [self, new].map(|held| held.token.as_ref()?.refresh_token());
        matches!(refresh_tokens, [Some(old), Some(new)] if old != new)
    }

    /// As it is, but not to be renewed before this part of its time is over.
    fn resting(mut self, parts: u32) -> Held {
        let left = self.time_left(Need::Fresh);
        self.rests_until = left.and_then(|left| Instant::now().checked_add(left / parts));
        self
    }

    fn rests(&self) -> bool {
        let rests = self.rests_until.is_some_and(|until| Instant::now() < until);
        rests && self.time_left(Need::Fresh).is_some()
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

/// A token that could not be renewed early, but has not ended yet.
fn still_good(held: Arc<Held>, need: Need) -> Option<Arc<Held>> {
    held.time_left(need).is_some().then_some(held)
}

/// A token that cannot be renewed is tried until the instance refuses it: its clock decides, not ours.
fn usable_as_it_is(held: Arc<Held>) -> Result<Arc<Held>> {
    let token = held.token.as_ref();
    if token.is_some_and(|token| token.access_token().is_some()) {
        return Ok(held);
    }
    Err(no_token())
}

/// A client that nobody has given a token.
pub(crate) fn no_token() -> Error {
    let message = "the client has no token; sign in or set a token first";
    Error::new(Status::NoToken, message)
}

#[cfg(all(test, feature = "interleavings"))]
mod interleavings;

#[cfg(test)]
mod tests;
