//! One request and its answer: read, note, wait for the session's turn, let faults strike, execute,
//! dress, send.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Method, StatusCode,
    body::Incoming,
    header::{HeaderName, HeaderValue},
};
use tokio::time::sleep;

use super::{
    delivery::{AnswerBody, Delivery},
    dress::dress,
    mischief::{Ending, afterwards, instead},
    state::Server,
    wire::ResetSwitch,
};
use crate::{
    answer::{Answer, Failure},
    attachments::Upload,
    clock::wire_text,
    control::{self, Entry},
    request::Request,
};

/// What is known of a connection.
#[derive(Clone, Debug)]
pub struct Connection {
    pub number: u64,
    pub peer: String,
    pub scheme: &'static str,
    pub reset: ResetSwitch,
}

type Response = hyper::Response<AnswerBody>;

/// A request line and headers of more than this get a 400.
const MAX_HEAD: usize = 8 << 10;
/// `glide.rest.max_content_length`.
const MAX_BODY: u64 = 10 << 20;
/// What a form may hold beside the file.
const MAX_FORM_FIELDS: u64 = 64 << 10;

pub async fn exchange(
    server: Arc<Server>,
    connection: Connection,
    incoming: hyper::Request<Incoming>,
) -> io::Result<Response> {
    let is_head = incoming.method() == Method::HEAD;
    let ending = match read(&server, &connection, incoming).await? {
        Ok(request) if request.path.starts_with(control::PREFIX) => Ending::Answered(
            control::answer(&server.instance, &request),
            Delivery {
                chunked: false,
                ..Delivery::default()
            },
        ),
        Ok(request) => carry_out(&server, &connection, request).await,
        Err(refused) => Ending::Answered(refused, Delivery::default()),
    };
    match ending {
        Ending::Answered(answer, delivery) => {
            if !delivery.first_byte_after.is_zero() {
                sleep(delivery.first_byte_after).await;
            }
            Ok(response(answer, &delivery, is_head))
        }
        Ending::Reset => {
            connection.reset.set();
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
        Ending::Silence => std::future::pending().await,
    }
}

/// The request, or the answer to one that is not even read to its end.
async fn read(
    server: &Server,
    connection: &Connection,
    incoming: hyper::Request<Incoming>,
) -> io::Result<Result<Request, Answer>> {
    let (head, body) = incoming.into_parts();
    if head_length(&head.method, &head.uri, &head.headers) > MAX_HEAD {
        let page = "<html><body><h1>HTTP Status 400 - Bad Request</h1></body></html>";
        return Ok(Err(Answer::html(400, page)));
    }
    let query = head.uri.query().unwrap_or_default();
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
    let announced = head.headers.get("content-length");
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let Some(length) = announced.filter(|length| *length > allowed) {
        return Ok(Err(Failure::too_large(length, allowed).into()));
    }
    let mut request = Request::new(
        head.method.as_str(),
        head.uri.path(),
        query,
        head.headers.clone(),
        Vec::new(),
        connection.scheme,
    );
    let received = match is_upload {
        true => receive_upload(server, body, allowed)
            .await?
            .map(|upload| request.upload = Mutex::new(Some(upload))),
        false => receive(body, allowed)
            .await?
            .map(|body| request.body = body),
    };
    Ok(match received {
        Some(()) => Ok(request),
        None => Err(Failure::too_large(allowed + 1, allowed).into()),
    })
}

/// `…/attachment/file` and `…/attachment/upload`, whose bodies may be larger than memory.
fn is_upload(path: &str) -> bool {
    path.starts_with("/api/now/")
        && (path.ends_with("/attachment/file") || path.ends_with("/attachment/upload"))
}

/// `None` if it is longer than allowed.
async fn receive(mut body: Incoming, allowed: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(io::Error::other)?;
        bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| &data[..]));
        if bytes.len() as u64 > allowed {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

async fn receive_upload(
    server: &Server,
    mut body: Incoming,
    allowed: u64,
) -> io::Result<Option<Upload>> {
    let mut upload = server.instance.attachments.receive()?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(io::Error::other)?;
        upload.write_all(frame.data_ref().map_or(&[], |data| &data[..]))?;
        if upload.bytes() > allowed {
            return Ok(None);
        }
    }
    upload.finish().map(Some)
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

async fn carry_out(server: &Arc<Server>, connection: &Connection, request: Request) -> Ending {
    let instance = &server.instance;
    let number = instance
        .journal
        .write()
        .record(entry(server, connection, &request));
    instance.counters.count_request(&request.path);
    let settings = instance.settings.read().clone();
    let turn = match request.cookie("JSESSIONID") {
        Some(session) => match server.sessions.turn(session, settings.session_queue).await {
            Some(turn) => Some(turn),
            None => {
                instance.journal.write().note_status(number, 202);
                return Ending::Answered(
                    dress(instance, &request, Answer::empty(202)),
                    Delivery::default(),
                );
            }
        },
        None => None,
    };
    let fault = instance
        .faults
        .write()
        .strike(&request.method, &request.path);
    let ending = match fault.as_ref().and_then(|fault| instead(instance, fault)) {
        Some(Ending::Answered(answer, delivery)) => {
            Ending::Answered(dress(instance, &request, answer), delivery)
        }
        Some(ending) => ending,
        None => {
            if settings.page_latency_ms > 0
                && request.method == "GET"
                && request.path.contains("/table/")
            {
                sleep(Duration::from_millis(settings.page_latency_ms)).await;
            }
            let worker = server.clone();
            let executed = tokio::task::spawn_blocking(move || {
                let answer = worker.instance.answer(&request);
                match afterwards(fault.as_ref(), answer) {
                    Ending::Answered(answer, delivery) => {
                        Ending::Answered(dress(&worker.instance, &request, answer), delivery)
                    }
                    ending => ending,
                }
            });
            executed.await.unwrap_or_else(|panic| {
                let failure = Failure::new(
                    500,
                    "Exception while executing request: null",
                    Some(&panic.to_string()),
                );
                Ending::Answered(failure.into(), Delivery::default())
            })
        }
    };
    drop(turn);
    if let Ending::Answered(answer, _) = &ending {
        instance.journal.write().note_status(number, answer.status);
    }
    ending
}

fn entry(server: &Server, connection: &Connection, request: &Request) -> Entry {
    let headers = request.headers.iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let entry = Entry {
        number: 0,
        method: request.method.clone(),
        target: if request.query.is_empty() {
            request.path.clone()
        } else {
            format!("{}?{}", request.path, request.query)
        },
        headers: headers.collect(),
        body: None,
        body_base64: None,
        body_bytes: 0,
        status: None,
        connection: connection.number,
        peer: connection.peer.clone(),
        clock: wire_text(server.instance.clock.now()),
    };
    entry.with_body(&request.body)
}

fn response(answer: Answer, delivery: &Delivery, is_head: bool) -> Response {
    let (body, file) = if is_head {
        (Vec::new(), None)
    } else {
        (answer.body, answer.file)
    };
    let mut response = Response::new(AnswerBody::new(body, file, delivery));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        // A header that HTTP cannot carry is left out rather than ending the connection.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
