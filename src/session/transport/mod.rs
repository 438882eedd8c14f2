//! One HTTP exchange: a request out, an answer back, on a lane of the calling thread.
//!
//! Nothing is decided here but what failed. Redirects are not followed, statuses are not judged, and
//! no exchange is repeated. A body that is at hand goes out, and a whole answer comes in, in one go.
//! What goes piece by piece goes in rounds: the lane is driven until a piece is wanted or there, and in
//! between the thread is free to run the caller's code.

mod arriving;
pub(crate) mod client_certificate;
mod failure;
mod gzip;
mod handshake;
mod incoming;
mod outgoing;
mod resolver;
mod sent;
pub(crate) mod tls;
mod turns;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::{HeaderMap, Method};
use rustls::ClientConfig;

use super::statistics::Statistics;
use super::{Address, Proxy, Session};
use crate::error::{Error, Result, Status};
use crate::request::Request;
use crate::response::{Head, Response};
use crate::runtime::Cancel;
use crate::runtime::lane::{Interrupted, Lanes, Lease, LeaseError, Limits};
use failure::{Failure, unfinished};
pub(crate) use incoming::Incoming;
use resolver::Resolver;
use sent::Sent;
use turns::{Turn, Turns};

type Lane = Lease<Connector>;

/// What makes a lane's connection.
pub(crate) struct Connector {
    client: reqwest::Client,
    sent: Sent,
}

/// What makes exchanges, one for each client and process.
pub(crate) struct Transport {
    lanes: Lanes<Connector>,
    resolver: Arc<Resolver>,
    tls: OnceLock<ClientConfig>,
    turns: OnceLock<Turns>,
    statistics: Arc<Statistics>,
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

impl Default for Transport {
    fn default() -> Transport {
        Transport {
            lanes: Lanes::new(),
            resolver: Arc::default(),
            tls: OnceLock::new(),
            turns: OnceLock::new(),
            statistics: Arc::default(),
        }
    }
}

impl Transport {
    /// Sends a request with these headers and its own, and reads the whole answer.
    pub(crate) fn exchange(
        &self,
        session: &Session,
        address: &Address,
        request: &Request,
        headers: HeaderMap,
        patience: Patience<'_>,
    ) -> Result<Response> {
        let told = |error| request.tells(error);
        if request.goes_in_pieces() {
            let (head, mut incoming) = self.open(session, address, request, headers, patience)?;
            let mut body = Vec::new();
            while incoming.advance(patience.next_piece()).map_err(told)? {
                body.extend_from_slice(incoming.piece());
            }
            incoming.end();
            return Ok(Response::new(head, body));
        }
        let lane = self.lease(session, address).map_err(told)?;
        let turns = self.turns(session);
        let sent = &lane.connector().sent;
        // Until there is a turn nothing is sent, whatever the lane did before.
        sent.begin(true);
        // An answer whose body breaks off has a status all the same.
        let began = OnceLock::new();
        let exchange = async {
            let turn = turns.next().await;
            let outgoing = outgoing::request(lane.connector(), address, request, headers);
            let answer = outgoing.send().await?;
            turn.answered(answer.status());
            let _ = began.set(answer.status().as_u16());
            let is_early = !sent.may_have_arrived();
            // An answer is the proof that the request arrived.
            sent.is_complete();
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
            Head::new(address, request, status, headers),
            body,
        ))
    }

    /// Sends a request, and reads the answer up to its body.
    pub(crate) fn open(
        &self,
        session: &Session,
        address: &Address,
        request: &Request,
        headers: HeaderMap,
        patience: Patience<'_>,
    ) -> Result<(Head, Incoming)> {
        let begin = || {
            let source = request.source()?;
            let lane = self.lease(session, address)?;
            let (lane, mut turn) = self.turn(session, lane, patience)?;
            let outgoing = outgoing::request(lane.connector(), address, request, headers);
            let (lane, answer, unsent) = match source {
                None => {
                    let outcome = lane.drive(patience.whole(), async {
                        outgoing.send().await.map_err(Failure::from)
                    });
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
        place.1.answered(answer.status());
        let headers = std::mem::take(answer.headers_mut());
        let answer = (answer, unsent);
        let incoming = Incoming::new(place, answer, &headers, request.method.clone());
        let head = Head::new(address, request, incoming.status(), headers);
        Ok((head, incoming))
    }

    pub(crate) fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    fn turns(&self, session: &Session) -> &Turns {
        self.turns
            .get_or_init(|| Turns::limited_to(session.max_in_flight))
    }

    /// Waits for a turn, with nothing sent yet.
    fn turn(&self, session: &Session, lane: Lane, patience: Patience<'_>) -> Result<(Lane, Turn)> {
        lane.connector().sent.begin(true);
        let turn = self.turns(session).next();
        let outcome = lane.drive(patience.whole(), async { Ok(turn.await) });
        settled(outcome, lane, &Method::GET)
    }

    /// Waits until the deadline; an error where the call is cancelled first.
    pub(crate) fn pause(
        &self,
        session: &Session,
        address: &Address,
        patience: Patience<'_>,
    ) -> Result<()> {
        let lane = self.lease(session, address)?;
        match lane.drive(patience.whole(), std::future::pending::<()>()) {
            Err(Interrupted::Cancelled) => {
                let message = "the call was cancelled while it waited to be made again";
                Err(Error::new(Status::Cancelled, message))
            }
            _ => Ok(()),
        }
    }

    fn lease(&self, session: &Session, address: &Address) -> Result<Lane> {
        self.lanes
            .lease(|| self.connector(session, address))
            .map_err(|error| match error {
                LeaseError::Connector(error) => error,
                LeaseError::Runtime(error) => {
                    let message = format!("no I/O driver could be set up: {error}");
                    Error::new(Status::Network, message)
                }
            })
    }

    fn connector(&self, session: &Session, address: &Address) -> Result<Connector> {
        let sent = Sent::new(Arc::clone(&self.statistics));
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(session.connect_timeout)
            .cookie_store(session.cookies)
            .user_agent(session.user_agent.clone())
            // A lane has one call at a time, and so one connection.
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(60))
            .tcp_nodelay(true)
            .http1_only()
            .connector_layer(sent.clone())
            .dns_resolver(Arc::clone(&self.resolver));
        builder = match &session.proxy {
            Proxy::None => builder.no_proxy(),
            Proxy::Environment if address.is_loopback() => builder.no_proxy(),
            Proxy::Environment => builder,
            Proxy::Explicit(proxy) => builder.proxy(proxy.to_reqwest()?),
        };
        builder = builder.tls_backend_preconfigured(self.tls(session, address)?);
        match builder.build() {
            Ok(client) => Ok(Connector { client, sent }),
            Err(error) => {
                let message = format!("the HTTP client could not be set up: {error}");
                Err(Error::new(Status::Internal, message))
            }
        }
    }

    /// The TLS settings that all lanes share, sessions to resume included. Loading the system's
    /// authorities takes its time, so that waits until https is spoken.
    fn tls(&self, session: &Session, address: &Address) -> Result<ClientConfig> {
        if !address.is_https() {
            return Ok(tls::unused());
        }
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let config = session
            .trust
            .client_config(session.client_certificate.as_ref())?;
        Ok(self.tls.get_or_init(|| config).clone())
    }
}

impl super::ExplicitProxy {
    fn to_reqwest(&self) -> Result<reqwest::Proxy> {
        use secrecy::ExposeSecret;
        let proxy = reqwest::Proxy::all(self.url.clone())
            .map_err(|_| Error::argument("proxy", "it cannot be used as a proxy"))?;
        Ok(match &self.credentials {
            Some((user, password)) => proxy.basic_auth(user, password.expose_secret()),
            None => proxy,
        })
    }
}

/// What a round brought, and the lane it was driven on. A lane whose exchange came to no end is closed,
/// so that the instance learns of it now.
fn settled<T>(
    outcome: std::result::Result<std::result::Result<T, Failure>, Interrupted>,
    lane: Lane,
    method: &Method,
) -> Result<(Lane, T)> {
    let arrived = lane.connector().sent.may_have_arrived();
    let error = match outcome {
        Ok(Ok(brought)) => return Ok((lane, brought)),
        Ok(Err(failure)) => failure.into_error(method, arrived),
        Err(Interrupted::Cancelled) => {
            unfinished(Status::Cancelled, "the call was cancelled", method, arrived)
        }
        Err(Interrupted::DeadlinePassed) => {
            let message = "the call's time limit ran out";
            unfinished(Status::Timeout, message, method, arrived)
        }
    };
    lane.close();
    Err(error)
}
