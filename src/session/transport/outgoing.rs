//! A request on its way out.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body::{Frame, SizeHint};
use reqwest::multipart;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::sent::{NotedBytes, Sent};
use super::{Connector, Lane, Patience, settled};
use crate::error::Result;
use crate::request::{Body, Form, Request, Source};
use crate::session::Address;

/// The request, with its body where that is at hand.
pub(super) fn request(
    connector: &Connector,
    address: &Address,
    request: &Request,
    headers: HeaderMap,
) -> reqwest::RequestBuilder {
    let url = address.url(request.path(), &request.params);
    let builder = connector
        .client
        .request(request.method.clone(), url)
        .headers(headers)
        .headers(request.headers.clone())
        .header(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let sent = connector.sent.clone();
    match &request.body {
        _ if request.goes_in_pieces() => {
            sent.begin(true);
            builder
        }
        Body::Bytes(body) if body.is_empty() => {
            sent.begin(false);
            builder
        }
        Body::Bytes(body) => {
            sent.begin(true);
            builder.body(reqwest::Body::wrap(NotedBytes::new(body.clone(), sent)))
        }
        _ => {
            sent.begin(true);
            builder
        }
    }
}

/// Sends a request whose body is given piece by piece, until its answer begins.
pub(super) fn in_rounds(
    lane: Lane,
    outgoing: reqwest::RequestBuilder,
    mut source: Source,
    patience: Patience<'_>,
    request: &Request,
) -> Result<(Lane, reqwest::Response, Option<Unsent>)> {
    let method = &request.method;
    // Before anything is sent, so that a body that cannot be read is no call at all.
    let mut first = Some(source.next()?);
    let length = source.length();
    if length == Some(0) {
        // It is whole with its head; nobody may ask for the end of nothing.
        lane.connector().sent.is_complete();
    }
    // One piece waits while another is written.
    let (pieces, body) = mpsc::channel(1);
    let body = PieceBody {
        pieces: body,
        left: length,
        sent: lane.connector().sent.clone(),
    };
    let body = reqwest::Body::wrap(body);
    let outgoing = match &request.form {
        None => outgoing.body(body),
        Some(form) => outgoing.multipart(multipart(form, body, length)),
    };
    let mut sending = pin!(outgoing.send());
    let mut unsent = Some(Unsent {
        _pieces: pieces.clone(),
    });
    let mut pieces = Some(pieces);
    loop {
        let round = async {
            let mut room = pin!(async {
                match &pieces {
                    Some(pieces) => pieces.reserve().await,
                    None => std::future::pending().await,
                }
            });
            poll_fn(|context| {
                if let Poll::Ready(answer) = sending.as_mut().poll(context) {
                    return Poll::Ready(Round::Answered(Box::new(answer)));
                }
                match room.as_mut().poll(context) {
                    Poll::Ready(Ok(permit)) => Poll::Ready(Round::Wants(permit)),
                    // Nobody takes pieces any more: the answer is about to come.
                    _ => Poll::Pending,
                }
            })
            .await
        };
        let permit = match lane.drive(patience.next_piece(), round) {
            Ok(Round::Answered(answer)) => {
                let (lane, answer) = settled(Ok((*answer).map_err(Failure::from)), lane, method)?;
                return Ok((lane, answer, unsent));
            }
            Ok(Round::Wants(permit)) => permit,
            Err(interrupted) => {
                let (lane, answer) = settled(Err(interrupted), lane, method)?;
                return Ok((lane, answer, None));
            }
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
    }
}

/// The form with the body as its last part.
fn multipart(form: &Form, body: reqwest::Body, length: Option<u64>) -> multipart::Form {
    let fields = multipart::Form::new();
    let fields = form.fields.iter().fold(fields, |fields, (name, value)| {
        fields.text(*name, value.clone())
    });
    let part = match length {
        Some(length) => multipart::Part::stream_with_length(body, length),
        None => multipart::Part::stream(body),
    };
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, form.content_type.clone())]);
    let part = part.file_name(form.file_name.clone()).headers(headers);
    fields.part(form.part, part)
}

/// What was not sent of a body when its answer began. The connection ends with it, and the answer with the
/// connection, so it is kept until that is read.
pub(super) struct Unsent {
    _pieces: mpsc::Sender<Piece>,
}

enum Round<'a> {
    Answered(Box<reqwest::Result<reqwest::Response>>),
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
                        self.sent.is_complete();
                    }
                }
                Some(Ok(Frame::data(bytes)))
            }
            Some(Piece::End) => {
                self.sent.is_complete();
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
