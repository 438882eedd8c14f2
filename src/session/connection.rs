//! A session put to use: one instance, its lanes, its token.
//!
//! Every call takes the same way through [`Connection::send`]: the token where OAuth is used (renewed
//! first where it is due), the exchange, and once more with another token where the instance refuses
//! this one. All of it happens on the calling thread and under one deadline.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use oauth2::{HttpRequest, HttpResponse};

use super::auth::flight::Flight;
use super::auth::refresh::{Held, Listener, Need, Renewal, TokenStore};
use super::auth::token::Token;
use super::auth::{Credentials, Grant, OAuthClient, add_bearer, refusal_by_status, request_token};
use super::transport::{Incoming, Patience, Transport};
use super::{Address, Session};
use crate::error::{Error, Result, Status};
use crate::request::{Body, Request};
use crate::response::{Head, Response, Stream};
use crate::runtime::Cancel;
use crate::runtime::background::{Job, Threads};
use crate::runtime::fork::PerProcess;

/// One instance, reached in one way.
pub(crate) struct Connection {
    session: Session,
    address: Address,
    tokens: TokenStore,
    closed: AtomicBool,
    process: PerProcess<Process>,
}

/// What a forked child has of its own.
#[derive(Default)]
struct Process {
    transport: Transport,
    flight: Flight,
    calls: Calls,
    /// Ends the calls under way, when closing could not wait for them.
    ended: Cancel,
    threads: Threads,
}

/// Who sends a request, and for how long.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    deadline: Instant,
    /// How long the call may take in all, or from one piece to the next.
    limit: Duration,
    cancel: Option<&'a Cancel>,
    /// Who is told of a new token. `None` where no thread of the caller's is in the call: no callback
    /// may run then, and no token be renewed.
    listener: Option<&'a Listener>,
}

/// How a request ended that nobody waits for.
pub(crate) enum Unattended {
    Answered(Result<Response>),
    /// A token must be renewed first, which is for a thread of the caller's.
    NeedsCaller,
}

impl Connection {
    pub(crate) fn new(instance: &str, session: &Session) -> Result<Connection> {
        Ok(Connection {
            address: Address::parse(instance, session.allow_http)?,
            session: session.clone(),
            tokens: TokenStore::new(),
            closed: AtomicBool::new(false),
            process: PerProcess::new(Process::default),
        })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// A call that begins now, and may take as long as the session says.
    pub(crate) fn caller<'a>(
        &self,
        cancel: Option<&'a Cancel>,
        listener: Option<&'a Listener>,
    ) -> Caller<'a> {
        let limit = self.session.total_timeout;
        Caller {
            deadline: Instant::now() + limit,
            limit,
            cancel,
            listener,
        }
    }

    /// Sends a request and returns the answer where it is a success.
    pub(crate) fn send(&self, request: &Request, caller: Caller<'_>) -> Result<Response> {
        self.answer(request, caller)?.judged()
    }

    /// Sends a request and returns the answer, whatever it says.
    pub(crate) fn answer(&self, request: &Request, caller: Caller<'_>) -> Result<Response> {
        let _call = self.enter().map_err(|error| request.tells(error))?;
        let caller = caller.timed(request);
        self.signed(request, caller, |headers| {
            self.exchange(request, headers, caller)
        })
    }

    /// Sends a request and returns the answer as soon as it begins, whatever it says.
    pub(crate) fn open(self: &Arc<Self>, request: &Request, caller: Caller<'_>) -> Result<Stream> {
        let _call = self.enter().map_err(|error| request.tells(error))?;
        let caller = caller.timed(request);
        let (head, incoming) = self.signed(request, caller, |headers| {
            let process = self.process.get();
            process.transport.open(
                &self.session,
                &self.address,
                request,
                headers,
                caller.patience(&process.ended),
            )
        })?;
        Ok(Stream::new(Arc::clone(self), head, incoming, caller.limit))
    }

    /// Receives the next piece of an answer; whether there is one.
    pub(crate) fn receive(&self, incoming: &mut Incoming, limit: Duration) -> Result<bool> {
        let _call = self.enter()?;
        let process = self.process.get();
        let caller = Caller {
            limit,
            ..self.caller(None, None)
        };
        incoming.advance(caller.patience(&process.ended))
    }

    /// Sends a request from a background thread, where no callback may run.
    pub(crate) fn send_unattended(&self, request: &Request, cancel: &Cancel) -> Unattended {
        match self.send(request, self.caller(Some(cancel), None)) {
            Err(error) if error.status() == Status::NoToken => Unattended::NeedsCaller,
            answer => Unattended::Answered(answer),
        }
    }

    /// Starts background work, which closing waits for.
    pub(crate) fn start<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<Job<T>> {
        self.process.get().threads.start(name, work)
    }

    /// Signs a user in (OAuth, grant `password`).
    pub(crate) fn login(&self, user: &str, password: &str, listener: &Listener) -> Result<()> {
        let client = self.oauth()?;
        if user.is_empty() {
            return Err(Error::argument("user", "it is empty"));
        }
        let _call = self
            .enter()
            .map_err(|error| error.with_request("POST", TOKEN_PATH))?;
        let caller = self.caller(None, Some(listener));
        let grant = Grant::Password { user, password };
        let flight = &self.process.get().flight;
        self.tokens.sign_in(flight, caller.deadline, listener, || {
            self.ask_for_token(client, &grant, caller)
        })
    }

    pub(crate) fn set_token(&self, token: Token) -> Result<()> {
        self.oauth()?;
        self.tokens.set(token, &self.process.get().flight);
        Ok(())
    }

    /// The token now in use.
    pub(crate) fn current_token(&self) -> Result<Token> {
        self.oauth()?;
        self.tokens.current().token.clone().ok_or_else(|| {
            Error::new(
                Status::NoToken,
                "the client has no token; sign in or set a token first",
            )
        })
    }

    /// Refuses new calls, waits for those under way, ends them when the time is over, and waits for the
    /// threads of background work.
    pub(crate) fn close(&self, wait: Duration) -> Result<()> {
        let process = self.process.get();
        if process.flight.is_led_by_this_thread() {
            let message = "closing from inside the token callback would wait for itself";
            return Err(Error::new(Status::Busy, message));
        }
        self.closed.store(true, Ordering::SeqCst);
        let all_ended = process.calls.wait_until_none(wait);
        process.ended.cancel();
        process.threads.wait();
        if all_ended {
            return Ok(());
        }
        let message = "the client is closed; calls that were still under way were told to end";
        Err(Error::new(Status::Timeout, message))
    }

    pub(crate) fn oauth(&self) -> Result<&OAuthClient> {
        match &self.session.credentials {
            Credentials::OAuth(client) => Ok(client),
            _ => Err(Error::argument(
                "client",
                "its session does not sign in with OAuth",
            )),
        }
    }

    fn enter(&self) -> Result<ActiveCall<'_>> {
        let call = self.process.get().calls.enter();
        // Looked at after the call is counted, so that closing either sees the call or is seen by it.
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(Status::Closed, "the client is closed"));
        }
        Ok(call)
    }

    /// Makes an exchange with the headers of the session and its credentials; once more with another
    /// token where the instance refuses this one.
    fn signed<T: Answered>(
        &self,
        request: &Request,
        caller: Caller<'_>,
        exchange: impl Fn(HeaderMap) -> Result<T>,
    ) -> Result<T> {
        let Credentials::OAuth(client) = &self.session.credentials else {
            return exchange(self.headers(None));
        };
        let held = self.token(client, Need::Fresh, caller)?;
        let answer = exchange(self.headers(Some(&held)))?;
        if answer.status() != StatusCode::UNAUTHORIZED.as_u16() || !request.body.can_be_sent_again()
        {
            return Ok(answer);
        }
        let other = self.token(client, Need::OtherThan(held.version), caller)?;
        if other.version == held.version {
            return Ok(answer);
        }
        drop(answer);
        exchange(self.headers(Some(&other)))
    }

    fn headers(&self, held: Option<&Held>) -> HeaderMap {
        let mut headers = self.session.headers.clone();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        match held.and_then(|held| held.token.as_ref()?.access_token()) {
            Some(token) => add_bearer(&mut headers, token),
            None => self.session.credentials.add_header(&mut headers),
        }
        headers
    }

    /// A token that satisfies the need. From a background thread: the one at hand, if it does.
    fn token(&self, client: &OAuthClient, need: Need, caller: Caller<'_>) -> Result<Arc<Held>> {
        let held = self.tokens.current();
        if self.tokens.satisfies(&held, need) {
            return Ok(held);
        }
        let Some(listener) = caller.listener else {
            let message = "a token must be renewed, which is not for a background thread";
            return Err(Error::new(Status::NoToken, message));
        };
        self.tokens.obtain(
            need,
            &Renewal {
                flight: &self.process.get().flight,
                deadline: caller.deadline,
                listener,
                signs_itself_in: client.signs_itself_in,
                ask: &|grant| self.ask_for_token(client, grant, caller),
            },
        )
    }

    /// One call of the token endpoint. Of the API call that needs the token, nothing goes along.
    fn ask_for_token(
        &self,
        client: &OAuthClient,
        grant: &Grant<'_>,
        caller: Caller<'_>,
    ) -> Result<Token> {
        let http_status = Cell::new(None);
        let send = |asked| {
            let answer = self.token_exchange(asked, caller)?;
            http_status.set(Some(answer.status().as_u16()));
            Ok(refusal_by_status(answer))
        };
        request_token(&self.address, client, self.session.client_auth, grant, send).map_err(
            |error| match http_status.get() {
                // The exchange brought an answer, so what failed is what it says.
                Some(status) => error
                    .with_http_status(status)
                    .with_request("POST", TOKEN_PATH),
                None => error,
            },
        )
    }

    fn token_exchange(&self, asked: HttpRequest, caller: Caller<'_>) -> Result<HttpResponse> {
        let (parts, body) = asked.into_parts();
        let mut request = Request::new(Method::POST, ["oauth_token.do"]);
        request.headers = parts.headers;
        request.body = Body::Bytes(body.into());
        let response = self
            .exchange(&request, self.session.headers.clone(), caller)
            .and_then(|response| match is_the_endpoints_own(response.status()) {
                true => Ok(response),
                false => response.judged(),
            })
            .map_err(before_the_call)?;
        if let Some(error) = response.html_failure() {
            let message = format!("no token: {}", error.message());
            // What a person can act on keeps its status, whichever endpoint met it.
            let status = match error.status() {
                status @ (Status::Hibernating | Status::Unavailable) => status,
                _ => Status::TokenAnswer,
            };
            return Err(Error::new(status, message)
                .with_http_status(response.status())
                .with_request("POST", TOKEN_PATH)
                .with_retry(error.is_retryable(), error.retry_after()));
        }
        let (status, headers, body) = response.into_parts();
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    fn exchange(
        &self,
        request: &Request,
        headers: HeaderMap,
        caller: Caller<'_>,
    ) -> Result<Response> {
        let process = self.process.get();
        process.transport.exchange(
            &self.session,
            &self.address,
            request,
            headers,
            caller.patience(&process.ended),
        )
    }
}

impl<'a> Caller<'a> {
    /// As long as the request itself says.
    fn timed(self, request: &Request) -> Caller<'a> {
        match request.timeout {
            None => self,
            Some(limit) => Caller {
                deadline: Instant::now() + limit,
                limit,
                ..self
            },
        }
    }

    fn patience(&self, ended: &'a Cancel) -> Patience<'a> {
        Patience {
            deadline: self.deadline,
            limit: self.limit,
            cancels: [self.cancel, Some(ended)],
        }
    }
}

/// What an exchange brings.
trait Answered {
    fn status(&self) -> u16;
}

impl Answered for Response {
    fn status(&self) -> u16 {
        self.status()
    }
}

impl Answered for (Head, Incoming) {
    fn status(&self) -> u16 {
        self.0.status.as_u16()
    }
}

const TOKEN_PATH: &str = "/oauth_token.do";

/// A failure to get a token, as one of the call that needs it: that call was not sent, so it may be made
/// again unless what failed fails for good.
fn before_the_call(error: Error) -> Error {
    let passes = match error.status() {
        Status::Network | Status::CutBody | Status::Timeout => true,
        _ => error.is_retryable(),
    };
    let retry_after = error.retry_after();
    error
        .with_maybe_applied(false)
        .with_retry(passes, retry_after)
}

/// Whether the token endpoint itself may answer with this status, and not a proxy, a gateway or a guard
/// in front of it.
fn is_the_endpoints_own(status: u16) -> bool {
    !matches!(status, 202 | 300..=399 | 407 | 429 | 502..=504)
}

/// The calls under way.
#[derive(Default)]
struct Calls {
    under_way: Mutex<usize>,
    ended: Condvar,
}

/// A call under way; dropping it ends it.
struct ActiveCall<'a>(&'a Calls);

impl Calls {
    fn enter(&self) -> ActiveCall<'_> {
        *self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += 1;
        ActiveCall(self)
    }

    fn wait_until_none(&self, limit: Duration) -> bool {
        let under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (under_way, _) = self
            .ended
            .wait_timeout_while(under_way, limit, |count| *count > 0)
            .unwrap_or_else(PoisonError::into_inner);
        *under_way == 0
    }
}

impl Drop for ActiveCall<'_> {
    fn drop(&mut self) {
        *self
            .0
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.ended.notify_all();
    }
}
