//! One request and its answer: read, note, wait for the session's turn, let faults strike, execute,
//! dress, send.

use std::{io, sync::Arc, time::Duration};

use http_body_util::{BodyExt, LengthLimitError, Limited};
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
const MAX_BODY: usize = 10 << 20;

pub async fn exchange(
    server: Arc<Server>,
    connection: Connection,
    incoming: hyper::Request<Incoming>,
) -> io::Result<Response> {
    let is_head = incoming.method() == Method::HEAD;
    let ending = match read(&connection, incoming).await? {
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
    connection: &Connection,
    incoming: hyper::Request<Incoming>,
) -> io::Result<Result<Request, Answer>> {
    let (head, body) = incoming.into_parts();
    if head_length(&head.method, &head.uri, &head.headers) > MAX_HEAD {
        return Ok(Err(Answer::html(
            400,
            "<html><body><h1>HTTP Status 400 - Bad Request</h1></body></html>",
        )));
    }
    let announced = head
        .headers
        .get("content-length")
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let body = match announced {
        Some(length) if length > MAX_BODY => return Ok(Err(too_large(length))),
        _ => match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => body.to_bytes().to_vec(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Ok(Err(too_large(MAX_BODY + 1)));
            }
            Err(error) => return Err(io::Error::other(error)),
        },
    };
    let query = head.uri.query().unwrap_or_default();
    Ok(Ok(Request::new(
        head.method.as_str(),
        head.uri.path(),
        query,
        head.headers,
        body,
        connection.scheme,
    )))
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

fn too_large(length: usize) -> Answer {
    let reason = format!(
        "Rejected large REST payload with content-length = {length} bytes. Max allowed: {MAX_BODY} bytes."
    );
    Failure::unreadable(&reason).into()
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
    let body = if is_head { Vec::new() } else { answer.body };
    let mut response = Response::new(AnswerBody::new(body, delivery));
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
