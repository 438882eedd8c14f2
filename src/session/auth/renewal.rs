//! Getting another token: from the instance, or from a process that has got one already.
//!
//! A token in a file is shared with other processes. Whoever finds it due locks the file and reads it
//! again: where another process was faster, its token is taken over and nothing is asked for. So a refresh
//! token that is good for one use is used once, whatever the number of processes.

mod step;

use std::time::{Duration, Instant, SystemTime};

use step::{Case, Step};

use super::flight::Flight;
use super::refresh::{Held, Listener, Need};
use super::token::Token;
use super::token_file::{Left, LockedFile, TokenFile};
use super::{Grant, is_refusal};
use crate::error::{Error, Result, Status};
use crate::file;
use crate::runtime::limits::Limits;

/// The way to a new token, and when to give up waiting for one.
pub(crate) struct Renewal<'a> {
    pub(crate) flight: &'a Flight,
    pub(crate) limits: Limits<'a>,
    pub(crate) listener: &'a Listener,
    /// Whether the application may sign itself in.
    pub(crate) signs_itself_in: bool,
    /// Where other processes find the token.
    pub(crate) shared: Option<Shared<'a>>,
    /// Asks the token endpoint.
    pub(crate) ask: &'a dyn Fn(&Grant<'_>) -> Result<Token>,
}

/// A token file, and how to wait for it.
pub(crate) struct Shared<'a> {
    pub(crate) file: &'a TokenFile,
    pub(crate) deadline: Instant,
    /// Waits, unless the call is cancelled meanwhile.
    pub(crate) pause: &'a dyn Fn(Duration) -> Result<()>,
}

/// What came of it.
pub(super) enum Outcome {
    /// The instance issued a token to this client.
    Issued {
        token: Token,
        on_file: Option<Token>,
        /// Why the file does not hold it.
        not_stored: Option<Error>,
    },
    /// Another process has put this one in the file.
    TakenOver(Token),
    /// There is no other, and the one at hand may do.
    Kept,
}

/// Why there is no new token.
pub(super) struct Failure {
    pub(super) error: Error,
    /// Where the instance was asked: by means of what.
    pub(super) asked: Option<Asked>,
}

/// The token that was to be renewed, and what the file held then.
pub(super) struct Asked {
    pub(super) token: Option<Token>,
    pub(super) on_file: Option<Token>,
}

impl From<Error> for Box<Failure> {
    fn from(error: Error) -> Box<Failure> {
        Box::new(Failure { error, asked: None })
    }
}

impl Renewal<'_> {
    /// What renews this token, if anything does.
    pub(super) fn grant<'a>(&self, token: Option<&'a Token>) -> Option<Grant<'a>> {
        if self.signs_itself_in {
            return Some(Grant::ClientCredentials);
        }
        let refresh_token = token?.refresh_token()?;
        Some(Grant::Refresh { refresh_token })
    }

    /// Whether the endpoint would refuse again: a refresh token that it refused stays refused, but an
    /// application may be allowed in later, and a server's failure passes.
    pub(super) fn is_final(&self, error: &Error) -> bool {
        is_refusal(error) && !self.signs_itself_in
    }

    /// Another token than the one at hand.
    pub(super) fn obtain(&self, held: &Held, need: Need) -> Result<Outcome, Box<Failure>> {
        if let Some(shared) = &self.shared {
            return self.obtain_shared(shared, held, need);
        }
        let Some(grant) = self.grant(held.token.as_ref()) else {
            return Ok(Outcome::Kept);
        };
        match (self.ask)(&grant) {
            Ok(token) => Ok(Outcome::Issued {
                token,
                on_file: None,
                not_stored: None,
            }),
            Err(error) => Err(Box::new(Failure {
                error,
                asked: Some(Asked {
                    token: held.token.clone(),
                    on_file: None,
                }),
            })),
        }
    }

    fn obtain_shared(
        &self,
        shared: &Shared<'_>,
        held: &Held,
        need: Need,
    ) -> Result<Outcome, Box<Failure>> {
        // As it is when it is looked at: waiting for the lock takes its time.
        let case = || Case {
            held,
            need,
            signs_itself_in: self.signs_itself_in,
            now: SystemTime::now(),
        };
        // Without the lock first: a token that another process has put there is whole.
        let look = || {
            let stored = shared.file.read()?;
            match case().next(stored.as_ref()) {
                Step::Take(token) => Ok(Some(Outcome::TakenOver(token.clone()))),
                Step::Renew(_) => Ok(None),
                Step::Keep => shared.kept(held, stored.as_ref()).map(Some),
            }
        };
        let (locked, left) = match shared.lock(look)? {
            Locked::Found(outcome) => return Ok(outcome),
            Locked::Mine(locked, left) => (locked, left),
        };
        let stored = shared.file.read()?;
        let token = match case().next(stored.as_ref()) {
            Step::Take(token) => return Ok(Outcome::TakenOver(token.clone())),
            Step::Keep => return Ok(shared.kept(held, stored.as_ref())?),
            Step::Renew(token) => token.cloned(),
        };
        let Some(grant) = self.grant(token.as_ref()) else {
            return Ok(Outcome::Kept);
        };
        let issued = issued_under_lock(&locked, left, stored.as_ref(), || (self.ask)(&grant));
        issued.map_err(|error| {
            Box::new(Failure {
                error,
                asked: Some(Asked {
                    token,
                    on_file: stored,
                }),
            })
        })
    }
}

impl<'a> Shared<'a> {
    /// Has a token issued by a sign-in and puts it in the file.
    pub(super) fn sign_in(&self, ask: impl FnOnce() -> Result<Token>) -> Result<Outcome> {
        let (locked, left) = self.lock_at_once()?;
        let stored = self.file.read()?;
        issued_under_lock(&locked, left, stored.as_ref(), ask)
    }

    /// Puts a token of the caller's in the file; `place` is called before anybody else may change it.
    pub(super) fn store(&self, token: &Token, place: impl FnOnce()) -> Result<()> {
        let (locked, _) = self.lock_at_once()?;
        locked.prepare()?.store(token)?;
        place();
        Ok(())
    }

    fn lock_at_once(&self) -> Result<(LockedFile<'a>, Left)> {
        match self.lock(|| Ok(None::<std::convert::Infallible>))? {
            Locked::Mine(locked, left) => Ok((locked, left)),
            Locked::Found(never) => match never {},
        }
    }

    /// Waits for the lock, or until `look` has found what makes it unnecessary.
    fn lock<T>(&self, look: impl Fn() -> Result<Option<T>>) -> Result<Locked<'a, T>> {
        let (mut wait, longest) = (Duration::from_millis(1), Duration::from_millis(50));
        loop {
            if let Some(found) = look()? {
                return Ok(Locked::Found(found));
            }
            if let Some(locked) = self.file.try_lock()? {
                let left = locked.recover()?;
                return Ok(Locked::Mine(locked, left));
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let file = file::Told(self.file.path());
                let message = format!(
                    "the time limit ran out while another process renewed the token {file}"
                );
                return Err(Error::new(Status::Timeout, message).with_retry(true, None));
            }
            (self.pause)(wait.min(left))?;
            wait = (wait * 2).min(longest);
        }
    }

    /// Nothing can be renewed.
    fn kept(&self, held: &Held, stored: Option<&Token>) -> Result<Outcome> {
        if let Some(refusal) = held.refused.clone() {
            return Err(refusal);
        }
        if stored.is_some() {
            return Ok(Outcome::Kept);
        }
        let file = file::Told(self.file.path());
        let message = format!("there is no token in {file}; sign in or set a token first");
        Err(Error::new(Status::NoToken, message))
    }
}

/// What waiting for the lock brought.
enum Locked<'a, T> {
    Found(T),
    Mine(LockedFile<'a>, Left),
}

/// Has a token issued and puts it in the file, where this one stood, or none.
fn issued_under_lock(
    locked: &LockedFile<'_>,
    left: Left,
    stored: Option<&Token>,
    ask: impl FnOnce() -> Result<Token>,
) -> Result<Outcome> {
    let prepared = locked.prepare()?;
    match ask() {
        Ok(token) => {
            let not_stored = prepared.store(&token).err();
            let on_file = match not_stored {
                None => Some(&token),
                Some(_) => stored,
            };
            Ok(Outcome::Issued {
                on_file: on_file.cloned(),
                token,
                not_stored,
            })
        }
        Err(error) => {
            if left == Left::Nothing && !may_be_issued(&error) {
                prepared.forget();
            }
            Err(match left == Left::Doubt && is_refusal(&error) {
                true => error.with_remark(
                    "an earlier renewal ended before its token was stored, which may have been the \
                     only good one",
                ),
                false => error,
            })
        }
    }
}

/// Whether the endpoint may have issued a token, and this one used up, though none came.
fn may_be_issued(error: &Error) -> bool {
    match error.status() {
        Status::NameResolution | Status::Connect | Status::Tls | Status::Proxy => false,
        Status::RateLimited | Status::NotExecuted | Status::Hibernating => false,
        _ => !is_refusal(error),
    }
}
