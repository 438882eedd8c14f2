//! One call as the caller sees it: as many exchanges as it takes.
//!
//! Within an attempt a refused token is renewed and the exchange made once more. Between attempts the
//! thread waits as [`retry`] says. All of it stays under the call's one deadline.

use std::cell::LazyCell;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{Caller, Connection};
use crate::error::{Error, Result};
use crate::request::Request;
use crate::response::{Head, Response};
use crate::runtime::Cancel;
use crate::session::auth::refresh::{Held, Need};
use crate::session::auth::{Credentials, OAuthClient, add_bearer};
use crate::session::log::LogLevel;
use crate::session::retry;
use crate::session::transport::{Incoming, Patience, Place, Turn, pause};

/// What an exchange brings.
pub(super) trait Answered: Sized {
    fn head(&self) -> &Head;
    fn head_mut(&mut self) -> &mut Head;
    /// Lets another call have the turn of this one.
    fn end_turn(&mut self) {}
    /// It says no, and the request is made again: nobody reads the rest.
    fn let_go(self, _: Patience<'_>) {}
}

impl Answered for Response {
    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }
}

impl Answered for (Head, Incoming) {
    fn head(&self) -> &Head {
        &self.0
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.0
    }

    fn end_turn(&mut self) {
        self.1.end_turn();
    }

    fn let_go(self, patience: Patience<'_>) {
        self.1.let_go(patience);
    }
}

/// What was read of an answer, which is gone.
impl<T> Answered for (Head, Result<T>) {
    fn head(&self) -> &Head {
        &self.0
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.0
    }
}

impl Connection {
    /// Makes an exchange, and makes it again where that is worth it, until the call's time is over. An answer that
    /// is a refusal is read as any other where it is the last.
    pub(super) fn repeated<A: Answered, T>(
        &self,
        request: &Request,
        caller: Caller<'_>,
        exchange: impl Fn((Turn, HeaderMap), Caller<'_>) -> Result<A>,
        refusal: impl Fn(&A) -> Result<()>,
        read: impl Fn(A) -> Result<T>,
    ) -> Result<T> {
        let _call = self
            .enter(self.process.get())
            .map_err(|error| request.tells(error))?;
        let mut caller = caller.timed(request);
        let seed = LazyCell::new(|| self.seed());
        // What an earlier attempt may have done, a later one cannot undo.
        let mut applied = false;
        loop {
            let mut answer = self.signed(request, caller, &exchange);
            self.tell_log(caller);
            if let Ok(answer) = &mut answer {
                answer.head_mut().maybe_applied_before = applied;
            }
            let (refused, error) = match answer.map(|answer| (refusal(&answer), answer)) {
                Ok((Err(error), answer)) => (Some(answer), error),
                Ok((Ok(()), answer)) => match read(answer) {
                    Ok(read) => return Ok(read),
                    Err(error) => (None, error),
                },
                Err(error) => (None, error),
            };
            applied |= error.maybe_applied();
            let error = error.with_maybe_applied(applied);
            caller = caller.before_next_exchange(request);
            let attempt = retry::Attempt {
                made: caller.attempt,
                error: &error,
                left: caller.deadline.saturating_duration_since(Instant::now()),
                seed: *seed,
            };
            let step = match request.body.can_be_sent_again() {
                true => retry::next(self.session.retry, attempt),
                false => retry::Step::Stop,
            };
            match (step, refused) {
                (retry::Step::Wait(wait), refused) => {
                    if let Some(answer) = refused {
                        answer.let_go(caller.patience(self.ended()));
                    }
                    self.note_another(&request.tells(error.clone()), wait);
                    self.tell_log(caller);
                    caller.attempt += 1;
                    self.pause(wait, caller).map_err(|cancelled| {
                        request.tells(cancelled).with_maybe_applied(applied)
                    })?;
                }
                (retry::Step::Stop, Some(answer)) => return read(answer),
                (retry::Step::Stop, None) => return Err(error),
            }
        }
    }

    /// Waits before something is done again whose answer broke off after it had begun, when its call was over;
    /// whether it is to be. `made` is how many times it was done, 1 after the first, and `left` how long it may be
    /// done again.
    pub(crate) fn pause_before_another(
        &self,
        error: &Error,
        made: u32,
        left: Duration,
        cancel: Option<&Arc<Cancel>>,
    ) -> bool {
        let attempt = retry::Attempt {
            made,
            error,
            left,
            seed: self.seed(),
        };
        let retry::Step::Wait(wait) = retry::next(self.session.retry, attempt) else {
            return false;
        };
        self.note_another(error, wait);
        self.pause(wait, self.caller(cancel, None)).is_ok()
    }

    /// Takes note that a request which failed is made again.
    fn note_another(&self, error: &Error, wait: Duration) {
        self.process.get().transport.statistics().retries.add(1);
        self.note(LogLevel::Warning, || {
            let (request, status, wait) =
                (error.request(), error.status().name(), wait.as_millis());
            format!("{request} is made again in {wait} ms, after {status}")
        });
    }

    /// Waits, unless the call is cancelled or the client closed meanwhile.
    pub(super) fn pause(&self, wait: Duration, caller: Caller<'_>) -> Result<()> {
        pause(Patience {
            deadline: Instant::now() + wait,
            ..caller.patience(self.ended())
        })
    }

    /// A number that two calls hardly share.
    fn seed(&self) -> u64 {
        let call = self.process.get().calls.number();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanoseconds = now.map_or(0, |now| u64::from(now.subsec_nanos()) | now.as_secs() << 30);
        nanoseconds ^ call << 40
    }

    /// Makes an exchange with the headers of the session and its credentials; once more with another
    /// token where the instance refuses this one.
    fn signed<T: Answered>(
        &self,
        request: &Request,
        caller: Caller<'_>,
        exchange: &impl Fn((Turn, HeaderMap), Caller<'_>) -> Result<T>,
    ) -> Result<T> {
        let Credentials::OAuth(client) = &self.session.credentials else {
            let turn = self.turn(request, Place::Last, caller)?;
            return exchange((turn, self.headers(None)?), caller);
        };
        let held = self.token(client, Need::Fresh, caller)?;
        let (mut held, turn) = self.turn_with(held, client, request, Place::Last, caller)?;
        let mut answer = exchange((turn, self.headers(Some(&held))?), caller)?;
        // A token that another process has got is tried before one is asked for.
        for _ in 0..2 {
            if answer.head().status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            // The token endpoint is called under the same limits.
            answer.end_turn();
            let caller = caller.before_next_exchange(request);
            let is_there = self.tokens.current().version != held.version;
            let other = self.token(client, Need::OtherThan(held.version), caller)?;
            // What can be sent once has another token for the next of its kind.
            if other.version == held.version || !request.body.can_be_sent_again() {
                return Ok(answer);
            }
            drop(answer);
            let (other, turn) = self.turn_with(other, client, request, Place::Again, caller)?;
            answer = exchange((turn, self.headers(Some(&other))?), caller)?;
            // Another thread may have been given this very one once more, which had little time left.
            let is_refused_one = is_there && other.signs_as(&held);
            if !other.is_taken_over && !is_refused_one {
                break;
            }
            held = other;
        }
        Ok(answer)
    }

    /// Waits for the turn of a call that is to go out with this token; with another one where it came to its end
    /// meanwhile. One that is due is good still, and to wait once more could take longer than the call may.
    fn turn_with(
        &self,
        mut held: Arc<Held>,
        client: &OAuthClient,
        request: &Request,
        mut place: Place,
        caller: Caller<'_>,
    ) -> Result<(Arc<Held>, Turn)> {
        loop {
            let had_ended = held.has_ended();
            let turn = self.turn(request, place, caller)?;
            if !held.has_ended() {
                return Ok((held, turn));
            }
            // Another call may have renewed it, and then it costs no turn.
            let current = self.tokens.current();
            if self.tokens.satisfies(&current, Need::Fresh) {
                return Ok((current, turn));
            }
            // What the instance gives has ended at once: its clock decides, not ours.
            if had_ended {
                return Ok((held, turn));
            }
            // Others have it while the token is renewed, which takes one too.
            drop(turn);
            place = Place::Again;
            held = self.token(client, Need::Fresh, caller)?;
        }
    }

    /// Waits for the turn of a call.
    pub(super) fn turn(&self, request: &Request, place: Place, caller: Caller<'_>) -> Result<Turn> {
        let began = Instant::now();
        let process = self.process.get();
        let patience = caller.patience(&process.ended);
        let turn = process.transport.turn(&self.session, place, patience);
        turn.map_err(|error| {
            let error = request.tells(error);
            self.note_made(request, caller, began, Err(&error));
            error
        })
    }

    fn headers(&self, held: Option<&Held>) -> Result<HeaderMap> {
        let mut headers = self.session.headers.clone();
        // What comes until it is sent: these two, what the body is and how long, the host, the client, what it unpacks.
        headers.reserve(7);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        match held.and_then(|held| held.token.as_ref()?.access_token()) {
            Some(token) => add_bearer(&mut headers, token)?,
            None => self.session.credentials.add_header(&mut headers)?,
        }
        Ok(headers)
    }
}
