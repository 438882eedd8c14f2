//! The two ends of an exchange: reading a request within its limits, and writing what became of it.

use std::{
    io::{self, Read, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Method, StatusCode,
    body::Incoming,
    header::{HeaderName, HeaderValue},
};
use tokio::time::{sleep, timeout};

use super::{
    delivery::{AnswerBody, Delivery},
    dress::dated,
    execute::{carry_out, note_refused},
    mischief::Ending,
    spoil::Spoiler,
    state::Server,
    wire::ResetSwitch,
};
use crate::{
    answer::{Answer, Failure},
    attachments::{Incoming as IncomingUpload, Upload},
    control, page,
    request::Request,
};

/// What is known of a connection.
#[derive(Clone, Debug)]
pub struct Connection {
    pub number: u64,
    pub peer: String,
    pub scheme: &'static str,
    /// The client showed a certificate of the instance's authority.
    pub has_certificate: bool,
    pub reset: ResetSwitch,
    pub spoiler: Spoiler,
}

type Response = hyper::Response<AnswerBody>;

/// A request line and headers of more than this get a 400.
const MAX_HEAD: usize = 8 << 10;
/// `glide.rest.max_content_length`.
const MAX_BODY: u64 = 10 << 20;
/// How much of a refused body is read before the connection is given up.
const MAX_DRAIN: usize = 64 << 20;
/// What a form may hold beside the file.
const MAX_FORM_FIELDS: u64 = 64 << 10;

pub async fn exchange(
    server: Arc<Server>,
    connection: Connection,
    incoming: hyper::Request<Incoming>,
    kept: Box<dyn Send>,
) -> io::Result<Response> {
    let is_head = incoming.method() == Method::HEAD;
    let ending = match read(&server, &connection, incoming).await? {
        Ok(request) if request.path.starts_with(control::PREFIX) => {
            let answer = control::answer(&server.instance, &request);
            // Rules, clock, settings: what was answered before may no longer be the answer.
            server.prebuilt.forget();
            server.ordered.notify_waiters();
            Ending::Answered(
                dated(&server.instance, answer),
                Delivery {
                    chunked: false,
                    ..Delivery::default()
                },
            )
        }
        Ok(request) if request.path == "/" => Ending::Answered(
            dated(&server.instance, page::answer(&server.instance, &request)),
            Delivery::default(),
        ),
        Ok(request) => {
            let (latency, with_length) = {
                let settings = server.instance.settings.read();
                (settings.latency_ms, settings.content_length)
            };
            if latency > 0 {
                sleep(Duration::from_millis(latency)).await;
            }
            carry_out(&server, &connection, request)
                .await
                .with_length(with_length)
        }
        Err(Refused { request, answer }) => {
            note_refused(&server, &connection, &request, answer.status);
            Ending::Answered(dated(&server.instance, answer), Delivery::default())
        }
    };
    match ending {
        Ending::Answered(answer, delivery) => {
            if !delivery.first_byte_after.is_zero() {
                sleep(delivery.first_byte_after).await;
            }
            let body = match is_head {
                true => AnswerBody::new(Bytes::new(), None, &delivery, connection.spoiler, kept),
                false => AnswerBody::new(
                    answer.body.into(),
                    answer.content,
                    &delivery,
                    connection.spoiler,
                    kept,
                ),
            };
            Ok(response(answer.status, &answer.headers, body))
        }
        Ending::Reset => {
            connection.reset.set();
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
        Ending::Silence => std::future::pending().await,
    }
}

/// A request that is not executed, as far as it was read, and what it is answered.
struct Refused {
    request: Request,
    answer: Answer,
}

async fn read(
    server: &Server,
    connection: &Connection,
    incoming: hyper::Request<Incoming>,
) -> io::Result<Result<Request, Refused>> {
    let (head, body) = incoming.into_parts();
    let mut request = Request::new(
        head.method.as_str(),
        head.uri.path(),
        head.uri.query().unwrap_or_default(),
        head.headers.clone(),
        Vec::new(),
        connection.scheme,
    );
    request.has_certificate = connection.has_certificate;
    let refused = |request, answer| Ok(Err(Refused { request, answer }));
    if head_length(&head.method, &head.uri, &head.headers) > MAX_HEAD {
        let page = "<html><body><h1>HTTP Status 400 - Bad Request</h1></body></html>";
        return refused(request, Answer::html(400, page));
    }
    let is_upload = head.method == Method::POST && is_upload(head.uri.path());
    let allowed = match is_upload {
        true => server
            .instance
            .settings
            .read()
            .attachment_max_bytes
            .saturating_add(MAX_FORM_FIELDS),
        false => MAX_BODY,
    };
    let patience = Duration::from_millis(server.instance.settings.read().body_timeout_ms);
    let announced = head.headers.get("content-length");
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let Some(length) = announced.filter(|length| *length > allowed) {
        drain(body, patience).await;
        return refused(request, Failure::too_large(length, allowed).into());
    }
    if is_upload {
        return match receive_upload(body, allowed, patience).await? {
            Some(upload) => {
                request.upload = Mutex::new(Some(upload));
                Ok(Ok(request))
            }
            None => refused(request, Failure::too_large(allowed + 1, allowed).into()),
        };
    }
    let Some(received) = receive(body, allowed, patience).await? else {
        return refused(request, Failure::too_large(allowed + 1, allowed).into());
    };
    match unpacked(received, request.header("content-encoding"), allowed) {
        Ok(body) => {
            request.body = body;
            Ok(Ok(request))
        }
        Err(failure) => refused(request, failure.into()),
    }
}

/// The body as it was before it was compressed; what it unpacks to counts against the limit.
fn unpacked(body: Vec<u8>, coding: Option<&str>, allowed: u64) -> Result<Vec<u8>, Failure> {
    match coding.map(str::to_ascii_lowercase).as_deref() {
        None | Some("identity") => Ok(body),
        Some("gzip") => {
            let mut bytes = Vec::new();
            GzDecoder::new(&body[..])
                .take(allowed + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::unreadable(&error.to_string()))?;
            match bytes.len() as u64 > allowed {
                true => Err(Failure::too_large(allowed + 1, allowed)),
                false => Ok(bytes),
            }
        }
        Some(other) => Err(Failure::unsupported_media_type(other)),
    }
}

/// `…/attachment/file` and `…/attachment/upload`, whose bodies may be larger than memory.
fn is_upload(path: &str) -> bool {
    path.starts_with("/api/now/")
        && (path.ends_with("/attachment/file") || path.ends_with("/attachment/upload"))
}

/// `None` if it is longer than allowed.
async fn receive(
    mut body: Incoming,
    allowed: u64,
    patience: Duration,
) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while let Some(data) = next_data(&mut body, patience).await? {
        bytes.extend_from_slice(&data);
        if bytes.len() as u64 > allowed {
            drain(body, patience).await;
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

/// The next bytes of a body; empty for what is none, and an error where none come in time.
async fn next_data(body: &mut Incoming, patience: Duration) -> io::Result<Option<Bytes>> {
    match timeout(patience, body.frame()).await? {
        None => Ok(None),
        Some(frame) => {
            let data = frame.map_err(io::Error::other)?.into_data();
            Ok(Some(data.unwrap_or_default()))
        }
    }
}

/// Reads on for a while what is refused already: a client that is still writing would meet a reset
/// connection instead of the answer.
async fn drain(mut body: Incoming, patience: Duration) {
    let mut left = MAX_DRAIN;
    while let Ok(Some(data)) = next_data(&mut body, patience).await {
        match left.checked_sub(data.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

async fn receive_upload(
    mut body: Incoming,
    allowed: u64,
    patience: Duration,
) -> io::Result<Option<Upload>> {
    let mut upload = IncomingUpload::begin();
    while let Some(data) = next_data(&mut body, patience).await? {
        upload.write_all(&data)?;
        if upload.bytes() > allowed {
            drain(body, patience).await;
            return Ok(None);
        }
    }
    Ok(Some(upload.finish()))
}

fn head_length(method: &Method, uri: &hyper::Uri, headers: &HeaderMap) -> usize {
    let target = uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let fields: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    method.as_str().len() + target + " HTTP/1.1".len() + 3 + fields
}

fn response(status: u16, headers: &[(String, String)], body: AnswerBody) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        // A header that HTTP cannot carry is left out rather than ending the connection.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
