//! A connection through an HTTP proxy, which CONNECT asks it for.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::route::{ProxyRefusal, with_port};
use super::stream::Stream;

/// Has the proxy at the other end of the stream connect to the target.
pub(super) async fn through(
    stream: Stream,
    target: &Uri,
    authorization: Option<&HeaderValue>,
) -> io::Result<Stream> {
    let (mut requests, mut traffic) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(&error))?;
    let mut asked = pin!(requests.send_request(connect(target, authorization)?));
    let mut is_over = false;
    let answer = poll_fn(|context| {
        // Its errors are told to whoever waits for the answer.
        is_over = is_over || traffic.poll_without_shutdown(context).is_ready();
        asked.as_mut().poll(context)
    })
    .await
    .map_err(|error| broken(&error))?;
    accepted(answer.status())?;
    if !is_over {
        poll_fn(|context| traffic.poll_without_shutdown(context))
            .await
            .map_err(|error| broken(&error))?;
    }
    let parts = traffic.into_parts();
    // TLS begins with the client.
    if !parts.read_buf.is_empty() {
        return Err(ProxyRefusal::for_good("it answers more than it was asked"));
    }
    Ok(parts.io.into_inner())
}

fn connect(target: &Uri, authorization: Option<&HeaderValue>) -> io::Result<Request<Empty<Bytes>>> {
    let target = with_port(target, 443)?;
    let authority = target
        .authority()
        .map_or("", |authority| authority.as_str());
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(authority)
        .header(header::HOST, authority);
    if let Some(authorization) = authorization {
        let mut value = authorization.clone();
        value.set_sensitive(true);
        request = request.header(header::PROXY_AUTHORIZATION, value);
    }
    request.body(Empty::new()).map_err(io::Error::other)
}

fn accepted(status: StatusCode) -> io::Result<()> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(ProxyRefusal::for_good(
            "it asks for a user and password, or refuses those that it was shown (407)",
        )),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Err(ProxyRefusal::for_now(format!(
                "it cannot connect to the instance now ({status})"
            )))
        }
        status => Err(ProxyRefusal::for_good(format!(
            "it refuses to connect to the instance, or asks to be signed in to by a browser \
             ({status}); check that it lets this instance through"
        ))),
    }
}

/// What it answers is no HTTP, or nothing.
fn broken(error: &hyper::Error) -> io::Error {
    match error.is_parse() {
        true => ProxyRefusal::for_good(format!("it does not speak http: {error}")),
        false => ProxyRefusal::for_now(format!("it gave no answer: {error}")),
    }
}
