//! A request on its way out.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::mpsc;

use super::connector::{Answer, Body, Outgoing};
use super::failure::Failure;
use super::form_body::FormBody;
use super::sent::{NotedBytes, Sent};
use super::{Lane, Patience, settled};
use crate::error::Result;
use crate::request::{Request, Source};
use crate::session::Address;

/// The request, but for its body.
pub(super) fn head(address: &Address, request: &Request, mut headers: HeaderMap) -> Outgoing {
    headers.extend(request.headers.clone());
    headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    Outgoing {
        url: address.url(request.path(), &request.params),
        method: request.method.clone(),
        headers,
    }
}

/// The body of a request that is at hand.
pub(super) fn body(sent: &Sent, bytes: &Bytes) -> Body {
    sent.begin(!bytes.is_empty());
    let body = NotedBytes::new(bytes.clone(), sent.clone());
    Body::new(body.map_err(|never| match never {}))
}

/// Sends a request whose body is given piece by piece, until its answer begins.
pub(super) fn in_rounds(
    lane: Lane,
    mut outgoing: Outgoing,
    mut source: Source,
    patience: Patience<'_>,
    request: &Request,
) -> Result<(Lane, Answer, Option<Unsent>)> {
    lane.connector().sent.begin(true);
    // Before anything is sent, so that a body that cannot be read is no call at all.
    let mut first = Some(source.next()?);
    let length = source.length();
    if length == Some(0) {
        // It is whole with its head; nobody may ask for the end of nothing.
        lane.connector().sent.completed();
    }
    // One piece waits while another is written.
    let (pieces, body) = mpsc::channel(1);
    let body = PieceBody {
        pieces: body,
        left: length,
        sent: lane.connector().sent.clone(),
    };
    let body = match &request.form {
        None => Body::new(body.map_err(Into::into)),
        Some(form) => {
            let body = FormBody::new(form, body, length);
            outgoing
                .headers
                .insert(header::CONTENT_TYPE, body.content_type());
            Body::new(body)
        }
    };
    let mut sending = pin!(lane.connector().send(outgoing, body));
    let mut unsent = Some(Unsent {
        _pieces: pieces.clone(),
    });
    let mut pieces = Some(pieces);
    let outcome = loop {
        let round = round(sending.as_mut(), pieces.as_ref());
        let permit = match lane.drive(patience.next_piece(), round) {
            Ok(Round::Wants(permit)) => permit,
            Ok(Round::Answered(answer)) => break Ok(*answer),
            Err(interrupted) => break Err(interrupted),
        };
        match first.take().map_or_else(|| source.next(), Ok) {
            Ok(Some(piece)) => permit.send(Piece::Bytes(piece)),
            Ok(None) => {
                permit.send(Piece::End);
                pieces = None;
                unsent = None;
            }
            Err(error) => {
                // What was sent is torn, and the instance sees that at once.
                lane.close();
                return Err(error);
            }
        }
    };
    let (lane, answer) = settled(outcome, lane, &request.method)?;
    Ok((lane, answer, unsent))
}

/// Drives a request on until its answer begins, or there is room for another piece of its body.
async fn round<'a>(
    mut sending: Pin<&mut (impl Future<Output = Result<Answer, Failure>> + Send)>,
    pieces: Option<&'a mpsc::Sender<Piece>>,
) -> Round<'a> {
    let mut room = pin!(async {
        let permit = match pieces {
            Some(pieces) => pieces.reserve().await.ok(),
            None => None,
        };
        match permit {
            Some(permit) => permit,
            // Nobody takes pieces any more: the answer is about to come.
            None => std::future::pending().await,
        }
    });
    poll_fn(|context| {
        if let Poll::Ready(answer) = sending.as_mut().poll(context) {
            return Poll::Ready(Round::Answered(Box::new(answer)));
        }
        room.as_mut().poll(context).map(Round::Wants)
    })
    .await
}

/// What was not sent of a body when its answer began. The connection ends with it, and the answer with the
/// connection, so it is kept until that is read.
pub(super) struct Unsent {
    _pieces: mpsc::Sender<Piece>,
}

/// What driving a request on came to.
enum Round<'a> {
    Answered(Box<Result<Answer, Failure>>),
    Wants(mpsc::Permit<'a, Piece>),
}

enum Piece {
    Bytes(Bytes),
    End,
}

/// The pieces as a body. One that ends without having been told so is torn, never whole.
struct PieceBody {
    pieces: mpsc::Receiver<Piece>,
    left: Option<u64>,
    sent: Sent,
}

impl http_body::Body for PieceBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.pieces.poll_recv(context).map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => {
                self.sent.handed_over(bytes.len());
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(bytes.len() as u64);
                    if *left == 0 {
                        self.sent.completed();
                    }
                }
                Some(Ok(Frame::data(bytes)))
            }
            Some(Piece::End) => {
                self.sent.completed();
                None
            }
            None => Some(Err(io::Error::other("the body was given up"))),
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
