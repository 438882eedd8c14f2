//! What a lane sends its requests with: the HTTP client that keeps the lane's one connection.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::combinators::UnsyncBoxBody;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

use super::cookies::Cookies;
use super::failure::Failure;
use super::route::Route;
use super::sent::Sent;

/// What makes a lane's connection.
pub(crate) struct Connector {
    client: Client<Route, Body>,
    route: Route,
    cookies: Arc<Cookies>,
    user_agent: HeaderValue,
    pub(super) sent: Sent,
}

pub(super) type Body = UnsyncBoxBody<Bytes, BodyError>;

pub(super) type BodyError = Box<dyn StdError + Send + Sync>;

/// The head of an answer, with its body on the way.
pub(super) type Answer = Response<hyper::body::Incoming>;

/// How much of an answer is received at a time, which is set aside for as long as there is the connection. The
/// head of an answer must fit: its `Link` repeats the URL four times, and an instance takes one of 8 KB.
const RECEIVED_AT_ONCE: usize = 64 * 1024;

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
            client: Client::builder(TokioExecutor::new())
                // A lane has one call at a time, and so one connection.
                .pool_max_idle_per_host(1)
                .pool_idle_timeout(Duration::from_secs(60))
                .pool_timer(TokioTimer::new())
                .http1_max_buf_size(RECEIVED_AT_ONCE)
                .build(route.clone()),
            route,
            cookies: Arc::new(Cookies::kept(keeps_cookies)),
            user_agent,
            sent,
        }
    }

    /// Sends a request, until its answer begins. It goes on without the connector being held.
    pub(super) fn send(
        &self,
        outgoing: Outgoing,
        body: Body,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send + 'static + use<> {
        let request = self.request(&outgoing.url, outgoing.method, outgoing.headers, body);
        let sending = request.map(|request| self.client.request(request));
        let (cookies, url) = (Arc::clone(&self.cookies), outgoing.url);
        async move {
            let answer = sending?.await?;
            cookies.keep(answer.headers(), &url);
            Ok(answer)
        }
    }

    fn request(
        &self,
        url: &Url,
        method: Method,
        mut headers: HeaderMap,
        body: Body,
    ) -> Result<Request<Body>, Failure> {
        self.cookies.add_header(&mut headers, url);
        headers
            .entry(header::USER_AGENT)
            .or_insert_with(|| self.user_agent.clone());
        if let Some(authorization) = self.route.proxy_authorization(url) {
            headers.insert(header::PROXY_AUTHORIZATION, authorization);
        }
        let mut request = Request::new(body);
        *request.uri_mut() = url.as_str().parse().map_err(http::Error::from)?;
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        Ok(request)
    }
}
