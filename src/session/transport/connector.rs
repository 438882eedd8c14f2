//! What a lane sends its requests with: it makes the lane's connection, and keeps it.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header, response};
use http_body::Body as _;
use http_body_util::combinators::UnsyncBoxBody;
use url::{Position, Url};

use super::connection::{AnswerBody, Connection, Place};
use super::cookies::Cookies;
use super::failure::Failure;
use super::route::Route;
use super::sent::Sent;

/// What makes a lane's connection.
pub(crate) struct Connector {
    route: Arc<Route>,
    kept: Arc<Place>,
    cookies: Arc<Cookies>,
    user_agent: HeaderValue,
    pub(super) sent: Sent,
}

pub(super) type Body = UnsyncBoxBody<Bytes, BodyError>;

pub(super) type BodyError = Box<dyn StdError + Send + Sync>;

/// An answer whose body is on the way.
pub(super) struct Answer {
    pub(super) head: response::Parts,
    pub(super) body: AnswerBody,
}

/// A request without its body.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
}

impl Connector {
    pub(super) fn new(
        route: Route,
        sent: Sent,
        user_agent: HeaderValue,
        keeps_cookies: bool,
    ) -> Connector {
        Connector {
            route: Arc::new(route),
            kept: Arc::default(),
            cookies: Arc::new(Cookies::kept(keeps_cookies)),
            user_agent,
            sent,
        }
    }

    /// Sends a request, until its answer begins. It goes on without the connector being held.
    pub(super) fn send(
        &self,
        mut outgoing: Outgoing,
        body: Body,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send + 'static + use<> {
        self.add_own_headers(&mut outgoing);
        let (route, kept) = (Arc::clone(&self.route), Arc::clone(&self.kept));
        let cookies = Arc::clone(&self.cookies);
        async move {
            let url = outgoing.url;
            let has_body = !body.is_end_stream();
            let mut request = Request::new(body);
            *request.method_mut() = outgoing.method;
            *request.headers_mut() = outgoing.headers;
            // Some gateways refuse a call that can have a body and does not say that it has none (411).
            if !has_body && can_have_body(request.method()) {
                let none = HeaderValue::from_static("0");
                request.headers_mut().insert(header::CONTENT_LENGTH, none);
            }
            let (answer, connection) = loop {
                let (mut connection, is_new) = match kept.take() {
                    Some(connection) => (connection, false),
                    None => (connected(&route, &url).await?, true),
                };
                *request.uri_mut() = target(&url, connection.is_to_forwarder())?;
                match connection.exchange(request).await {
                    Ok(answer) => break (answer, connection),
                    // One that was closed meanwhile took nothing of the request.
                    Err(mut error) => match error.take_message() {
                        Some(unsent) if !is_new => request = unsent,
                        _ => return Err(Failure::NoAnswer(error.into_error())),
                    },
                }
            };
            cookies.keep(answer.headers(), &url);
            let (mut head, body) = answer.into_parts();
            detach(&mut head.headers);
            let body = connection.body(body, &kept);
            Ok(Answer { head, body })
        }
    }

    fn add_own_headers(&self, outgoing: &mut Outgoing) {
        let (url, headers) = (&outgoing.url, &mut outgoing.headers);
        self.cookies.add_header(headers, url);
        headers
            .entry(header::USER_AGENT)
            .or_insert_with(|| self.user_agent.clone());
        if let Some(authorization) = self.route.proxy_authorization(url) {
            headers.insert(header::PROXY_AUTHORIZATION, authorization);
        }
        let host = &url[Position::BeforeHost..Position::AfterPort];
        // A URL's host is ASCII.
        if let (http::header::Entry::Vacant(place), Ok(host)) =
            (headers.entry(header::HOST), HeaderValue::from_str(host))
        {
            place.insert(host);
        }
    }
}

fn can_have_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

async fn connected(route: &Route, url: &Url) -> Result<Connection, Failure> {
    let place: Uri = url.as_str().parse().map_err(http::Error::from)?;
    let stream = route.connect(&place).await.map_err(Failure::NoConnection)?;
    Connection::over(stream).await.map_err(Failure::NoAnswer)
}

/// What the request's first line names: a proxy needs all of the URL, and the instance its path.
fn target(url: &Url, is_to_forwarder: bool) -> Result<Uri, http::Error> {
    if is_to_forwarder {
        return Ok(url[..Position::AfterQuery].parse::<Uri>()?);
    }
    let path = &url[Position::BeforePath..Position::AfterQuery];
    Ok(Uri::from(path.parse::<PathAndQuery>()?))
}

/// Copies the values of headers. Each refers to all that was received with it, which would be kept for as long as the
/// answer is.
fn detach(headers: &mut HeaderMap) {
    let mut copies = BytesMut::with_capacity(headers.values().map(HeaderValue::len).sum());
    for value in headers.values() {
        copies.extend_from_slice(value.as_bytes());
    }
    let mut copies = copies.freeze();
    for value in headers.values_mut() {
        let copy = copies.split_to(value.len());
        if let Ok(copy) = HeaderValue::from_maybe_shared(copy) {
            *value = copy;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_nothing_of_what_came_with_them() {
        let received = Bytes::from(b"application/json;one, \xe9;tail of a body".to_vec());
        let (first, second) = (received.slice(..16), received.slice(17..23));
        let value = |bytes| HeaderValue::from_maybe_shared(bytes).expect("a value");
        let mut headers = HeaderMap::new();
        headers.append("content-type", value(first));
        headers.append("link", value(second.clone()));
        headers.append("link", value(second));
        headers.append("x-empty", HeaderValue::from_static(""));
        let before = headers.clone();
        detach(&mut headers);
        assert_eq!(headers, before);
        drop(before);
        assert!(received.is_unique());
    }
}
