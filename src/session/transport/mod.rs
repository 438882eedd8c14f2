//! One HTTP exchange: a request out, an answer back, on a lane of the calling thread.
//!
//! Nothing is decided here but what failed. Redirects are not followed, statuses are not judged, and
//! no exchange is repeated. A body that is at hand goes out, and a whole answer comes in, in one go.
//! What goes piece by piece goes in rounds: the lane is driven until a piece is wanted or there, and in
//! between the thread is free to run the caller's code.

mod arriving;
mod authorities;
pub(crate) mod client_certificate;
mod coding;
mod connection;
mod connector;
mod cookies;
mod failure;
mod form_body;
mod gzip;
pub(crate) mod handshake;
mod incoming;
mod outgoing;
pub(crate) mod question;
mod resolver;
mod route;
mod sent;
mod stream;
pub(crate) mod tls;
mod tunnel;
mod turns;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderMap, Method};
use rustls::ClientConfig;

use super::statistics::Statistics;
use super::{Address, ProxyInUse, Session};
use crate::error::{Error, Result, Status};
use crate::record::scanner::KnownShapes;
use crate::request::Request;
use crate::response::{Head, Response, Secrets};
use crate::runtime::Cancel;
use crate::runtime::lane::{Lanes, Lease, LeaseError};
use crate::runtime::limits::{Interrupted, Limits};
use crate::runtime::wait::{Signal, wait_for};
pub(crate) use coding::Unpackers;
use connector::Connector;
pub(crate) use failure::is_here;
use failure::{Failure, unfinished};
pub(crate) use incoming::{Incoming, Pauses, no_memory, too_large};
use resolver::Resolver;
use route::Route;
use sent::Sent;
use turns::Turns;
pub(crate) use turns::{Place, Turn};

type Lane = Lease<Connector>;

/// What makes exchanges, one for each client and process.
#[derive(Default)]
pub(crate) struct Transport {
    lanes: Lanes<Connector>,
    resolver: Arc<Resolver>,
    proxy: OnceLock<Option<ProxyInUse>>,
    tls: Mutex<Option<Arc<ClientConfig>>>,
    turns: OnceLock<Turns>,
    statistics: Arc<Statistics>,
    shapes: Arc<KnownShapes>,
}

/// What ends an exchange before its time.
#[derive(Clone, Copy)]
pub(crate) struct Patience<'a> {
    /// When a whole answer must be there.
    pub(crate) deadline: Instant,
    /// How long the next piece may take, where bodies go piece by piece.
    pub(crate) limit: Duration,
    pub(crate) cancels: [Option<&'a Cancel>; 2],
}

impl<'a> Patience<'a> {
    pub(crate) fn whole(&self) -> Limits<'a> {
        Limits {
            deadline: Some(self.deadline),
            cancels: self.cancels,
        }
    }

    pub(crate) fn next_piece(&self) -> Limits<'a> {
        Limits {
            deadline: Some(Instant::now() + self.limit),
            cancels: self.cancels,
        }
    }
}

/// Waits until the deadline; an error where the call is cancelled first. Without a lane, which there may be no
/// descriptors for: that may be what is waited for.
pub(crate) fn pause(patience: Patience<'_>) -> Result<()> {
    let nothing = Signal::default();
    match nothing.changes().wait(patience.whole()) {
        Err(Interrupted::Cancelled) => {
            let message = "the call was cancelled while it waited to be made again";
            Err(Error::new(Status::Cancelled, message))
        }
        Err(Interrupted::NoThread(none)) => Err(none.into()),
        Ok(()) | Err(Interrupted::DeadlinePassed) => Ok(()),
    }
}

impl Transport {
    /// Sends a request with these headers and its own, and reads the whole answer.
    pub(crate) fn exchange(
        &self,
        session: &Session,
        address: &Address,
        request: &Request,
        (turn, headers): (Turn, HeaderMap),
        patience: Patience<'_>,
    ) -> Result<Response> {
        let told = |error| request.tells(error);
        let Some(bytes) = request.bytes() else {
            let signed = (turn, headers);
            let (head, incoming) = self.open(session, address, request, signed, patience)?;
            let body = incoming.rest(patience).map_err(|error| head.tells(error))?;
            return Ok(Response::new(head, body));
        };
        // The turn ends when the lane is given back, for whoever is next to have.
        let lane = self.lease(session, address).map_err(told)?;
        let sent = &lane.connector().sent;
        // Nothing is sent yet, whatever the lane did before.
        sent.begin(true);
        let secrets = Secrets::among([&headers, &request.headers]);
        // An answer whose body breaks off has a status all the same.
        let began = OnceLock::new();
        let exchange = async {
            let outgoing = outgoing::head(address, request, headers);
            let body = outgoing::body(sent, bytes);
            let answer = lane.connector().send(outgoing, body).await?;
            turn.answered(answer.head.status);
            let _ = began.set(answer.head.status.as_u16());
            let is_early = sent.answered();
            let whole = incoming::whole(answer, &self.statistics).await?;
            Ok((whole, is_early))
        };
        let outcome = lane.drive(patience.whole(), exchange);
        let failed = |error: Error| match began.get() {
            Some(status) => told(error.with_http_status(*status)),
            None => told(error),
        };
        let (lane, (whole, is_early)) = settled(outcome, lane, &request.method).map_err(failed)?;
        if is_early {
            // The connection is busy with the rest of the request.
            lane.close();
        }
        let (status, headers, body) = whole;
        Ok(Response::new(
            Head::new(address, request, status, headers, &self.shapes).hiding(secrets),
            body,
        ))
    }

    /// Sends a request, and reads the answer up to its body.
    pub(crate) fn open(
        &self,
        session: &Session,
        address: &Address,
        request: &Request,
        (mut turn, headers): (Turn, HeaderMap),
        patience: Patience<'_>,
    ) -> Result<(Head, Incoming)> {
        let secrets = Secrets::among([&headers, &request.headers]);
        let begin = || {
            let source = request.source()?;
            let lane = self.lease(session, address)?;
            let outgoing = outgoing::head(address, request, headers);
            let (lane, answer, unsent) = match source {
                None => {
                    let bytes = request.bytes().cloned().unwrap_or_default();
                    let body = outgoing::body(&lane.connector().sent, &bytes);
                    let sending = lane.connector().send(outgoing, body);
                    let outcome = lane.drive(patience.whole(), sending);
                    let (lane, answer) = settled(outcome, lane, &request.method)?;
                    (lane, answer, None)
                }
                Some(source) => {
                    turn.gives_way();
                    outgoing::in_rounds(lane, outgoing, source, patience, request)?
                }
            };
            Ok(((lane, turn), (answer, unsent)))
        };
        let (place, (mut answer, unsent)) = begin().map_err(|error| request.tells(error))?;
        place.1.answered(answer.head.status);
        let headers = std::mem::take(&mut answer.head.headers);
        let answer = (answer, unsent);
        let incoming = Incoming::new(place, answer, &headers, request.method.clone());
        let status = incoming.status();
        let head = Head::new(address, request, status, headers, &self.shapes).hiding(secrets);
        Ok((head, incoming))
    }

    /// Closes the connections that no call has.
    pub(crate) fn close_idle(&self) {
        self.lanes.end_idle();
    }

    pub(crate) fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    fn turns(&self, session: &Session) -> &Turns {
        self.turns
            .get_or_init(|| Turns::limited_to(session.max_in_flight))
    }

    /// Waits for a turn, with nothing sent yet. Without a lane: more may wait than there are descriptors for.
    pub(crate) fn turn(
        &self,
        session: &Session,
        place: Place,
        patience: Patience<'_>,
    ) -> Result<Turn> {
        let turns = self.turns(session);
        match turns.at_once(place) {
            Some(turn) => Ok(turn),
            None => wait_for(turns.next(place), patience.whole()).map_err(|why| {
                let what = " while it waited for its turn";
                interrupted(why, what, &Method::GET, false)
            }),
        }
    }

    fn lease(&self, session: &Session, address: &Address) -> Result<Lane> {
        self.lanes
            .lease(|| self.connector(session, address))
            .map_err(|error| match error {
                LeaseError::Connector(error) => error,
                LeaseError::NoThread(none) => none.into(),
                LeaseError::Runtime(error) => {
                    let message = format!(
                        "no connection could be made: no I/O driver could be set up: {error}"
                    );
                    Error::new(Status::Connect, message).with_retry(true, None)
                }
            })
    }

    fn connector(&self, session: &Session, address: &Address) -> Result<Connector> {
        let proxy = self.proxy(session, address)?;
        let is_tls_with_proxy =
            proxy.is_some_and(|proxy| proxy.uri().scheme_str() == Some("https"));
        let tls = match address.is_https() || is_tls_with_proxy {
            true => Some(self.tls(session)?),
            false => None,
        };
        let sent = Sent::new(Arc::clone(&self.statistics));
        let route = Route::new(
            &self.resolver,
            tls,
            proxy.cloned(),
            session.connect_timeout,
            sent.clone(),
        );
        let user_agent = session.user_agent.clone();
        Ok(Connector::new(route, sent, user_agent, session.cookies))
    }

    /// The proxy on the way, looked up once: the environment is the host's, which may change it meanwhile.
    pub(crate) fn proxy(
        &self,
        session: &Session,
        address: &Address,
    ) -> Result<Option<&ProxyInUse>> {
        if let Some(found) = self.proxy.get() {
            return Ok(found.as_ref());
        }
        // Looked up before the cell is filled: a child that is forked meanwhile would wait for that.
        let found = session.proxy.towards(address)?;
        Ok(self.proxy.get_or_init(|| found).as_ref())
    }

    /// The TLS settings that all lanes share, sessions to resume included. Loading the system's
    /// authorities takes its time, so that waits until https is spoken, and is done once for a crowd
    /// that begins together.
    fn tls(&self, session: &Session) -> Result<Arc<ClientConfig>> {
        let mut tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = &*tls {
            return Ok(Arc::clone(config));
        }
        let config = session
            .trust()
            .client_config(session.client_certificate.as_ref())?;
        Ok(Arc::clone(tls.insert(Arc::new(config))))
    }
}

/// What a round brought, and the lane it was driven on. A lane whose exchange came to no end is closed,
/// so that the instance learns of it now.
fn settled<T>(
    outcome: std::result::Result<std::result::Result<T, Failure>, Interrupted>,
    lane: Lane,
    method: &Method,
) -> Result<(Lane, T)> {
    let sent = &lane.connector().sent;
    let arrived = sent.may_have_arrived();
    let what = match sent.has_connected() {
        true => "",
        false => " before there was a connection",
    };
    let error = match outcome {
        Ok(Ok(brought)) => return Ok((lane, brought)),
        Ok(Err(failure)) => failure.into_error(method, arrived),
        Err(why) => interrupted(why, what, method, arrived),
    };
    lane.close();
    Err(error)
}

/// `what` says what it was at, where that is to be told.
fn interrupted(why: Interrupted, what: &str, method: &Method, arrived: bool) -> Error {
    match why {
        Interrupted::Cancelled => {
            unfinished(Status::Cancelled, "the call was cancelled", method, arrived)
        }
        Interrupted::DeadlinePassed => {
            let message = format!("the call's time limit ran out{what}");
            unfinished(Status::Timeout, &message, method, arrived)
        }
        Interrupted::NoThread(none) if arrived => {
            let message = format!("the connection was given up: {none}");
            unfinished(Status::Network, &message, method, arrived)
        }
        Interrupted::NoThread(none) => none.into(),
    }
}
