//! A lane's one connection, and the one exchange that it has at a time.
//!
//! It is polled beside what waits for it, and has no task of its own: two tasks that wake each other cost a look
//! at all sockets each time, which is a system call.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::connector::Body;
use super::stream::Stream;
use crate::runtime::lane::IDLE_LIMIT;

/// A connection that stands.
pub(super) struct Connection {
    requests: SendRequest<Body>,
    /// What sends and receives; none once it came to its end, of which those who wait learn by that.
    traffic: Option<Pin<Box<Traffic>>>,
    is_to_forwarder: bool,
}

type Traffic = http1::Connection<TokioIo<Stream>, Body>;

/// Where a connection is between two exchanges.
#[derive(Default)]
pub(super) struct Place(Mutex<Option<(Connection, Instant)>>);

/// The body of an answer, with the connection that it comes over; after its last piece that is back in its place.
pub(super) struct AnswerBody {
    body: Incoming,
    connection: Option<Connection>,
    place: Arc<Place>,
}

/// How much of an answer is received at a time, which is set aside for as long as there is the connection. The
/// head of an answer must fit: its `Link` repeats the URL four times, and an instance takes one of 8 KB.
const RECEIVED_AT_ONCE: usize = 64 * 1024;

impl Connection {
    pub(super) async fn over(stream: Stream) -> Result<Connection, hyper::Error> {
        let is_to_forwarder = matches!(stream, Stream::Forwarded(_));
        let (requests, traffic) = http1::Builder::new()
            .max_buf_size(RECEIVED_AT_ONCE)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok(Connection {
            requests,
            traffic: Some(Box::pin(traffic)),
            is_to_forwarder,
        })
    }

    /// Whether the other end is a proxy that is sent the requests themselves.
    pub(super) fn is_to_forwarder(&self) -> bool {
        self.is_to_forwarder
    }

    /// Sends a request, until its answer begins. One of which nothing was sent comes back with the error.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Body>>> {
        let answer = self.requests.try_send_request(request);
        Self::beside(&mut self.traffic, answer).await
    }

    pub(super) fn body(self, body: Incoming, place: &Arc<Place>) -> AnswerBody {
        AnswerBody {
            body,
            connection: Some(self),
            place: Arc::clone(place),
        }
    }

    /// Whether it can have another exchange now. That the other side has closed it shows here, if the lane's
    /// driver has looked at its sockets since. One that still has to send what nobody takes is never waited for.
    fn is_free(&mut self) -> bool {
        go_on(&mut self.traffic, &mut Context::from_waker(Waker::noop()));
        self.traffic.is_some() && self.requests.is_ready()
    }

    /// Waits for something that comes of the connection's traffic.
    async fn beside<F: Future>(traffic: &mut Option<Pin<Box<Traffic>>>, awaited: F) -> F::Output {
        let mut awaited = pin!(awaited);
        poll_fn(|context| {
            go_on(traffic, context);
            awaited.as_mut().poll(context)
        })
        .await
    }
}

fn go_on(traffic: &mut Option<Pin<Box<Traffic>>>, context: &mut Context<'_>) {
    if let Some(going) = traffic {
        // Its errors are told to whoever waits for an answer or a body.
        if let Poll::Ready(_ended) = going.as_mut().poll(context) {
            *traffic = None;
        }
    }
}

impl Place {
    /// Takes the connection that is there, if it is of any use still.
    pub(super) fn take(&self) -> Option<Connection> {
        let (mut connection, since) = self.lock().take()?;
        (since.elapsed() <= IDLE_LIMIT && connection.is_free()).then_some(connection)
    }

    fn put(&self, connection: Connection) {
        *self.lock() = Some((connection, Instant::now()));
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Connection, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AnswerBody {
    /// The next bytes of the body; `None` after the last.
    pub(super) async fn next_chunk(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    pub(super) fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, hyper::Error>> {
        while let Some(connection) = &mut self.connection {
            go_on(&mut connection.traffic, context);
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context)).transpose()?;
            match frame.map(Frame::into_data) {
                Some(Ok(chunk)) => return Poll::Ready(Ok(Some(chunk))),
                // Trailers, which say nothing here.
                Some(Err(_trailers)) => {}
                None => {
                    if let Some(connection) = self.connection.take() {
                        self.place.put(connection);
                    }
                }
            }
        }
        Poll::Ready(Ok(None))
    }
}
