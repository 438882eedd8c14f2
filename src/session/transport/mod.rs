//! One HTTP exchange: a request out, a whole answer back, on a lane of the calling thread.
//!
//! Nothing is decided here but what failed. Redirects are not followed, statuses are not judged, and
//! no exchange is repeated. The body is inflated here, piece by piece, since reqwest's own gzip costs
//! nearly twice as much.

mod failure;
mod resolver;
pub(crate) mod tls;

use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use http::{HeaderMap, HeaderValue, header};
use rustls::ClientConfig;

use super::{Address, Proxy, Session};
use crate::error::{Error, Result, Status};
use crate::request::Request;
use crate::response::Response;
use crate::runtime::lane::{Interrupted, Lanes, LeaseError, Limits};
use failure::{Failure, unfinished};
use resolver::Resolver;

/// What makes exchanges, one for each client and process.
pub(crate) struct Transport {
    lanes: Lanes<reqwest::Client>,
    resolver: Arc<Resolver>,
    tls: OnceLock<ClientConfig>,
}

impl Default for Transport {
    fn default() -> Transport {
        Transport {
            lanes: Lanes::new(),
            resolver: Arc::default(),
            tls: OnceLock::new(),
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
        limits: Limits<'_>,
    ) -> Result<Response> {
        let story = |error: Error| error.with_request(request.method.as_str(), request.url.path());
        let lane = self
            .lanes
            .lease(|| self.connector(session, address))
            .map_err(|error| {
                story(match error {
                    LeaseError::Connector(error) => error,
                    LeaseError::Runtime(error) => {
                        let message = format!("no I/O driver could be set up: {error}");
                        Error::new(Status::Network, message)
                    }
                })
            })?;
        let exchange = async {
            let answer = outgoing(lane.connector(), request, headers).send().await?;
            whole(answer).await
        };
        match lane.drive(limits, exchange) {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(failure)) => Err(story(failure.into_error(request))),
            Err(Interrupted::Cancelled) => Err(story(unfinished(
                Status::Cancelled,
                "the call was cancelled",
                request,
            ))),
            Err(Interrupted::DeadlinePassed) => {
                let message = "the call's total time limit ran out";
                Err(story(unfinished(Status::Timeout, message, request)))
            }
        }
    }

    fn connector(&self, session: &Session, address: &Address) -> Result<reqwest::Client> {
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
            .dns_resolver(Arc::clone(&self.resolver));
        builder = match &session.proxy {
            Proxy::None => builder.no_proxy(),
            Proxy::Environment if address.is_loopback() => builder.no_proxy(),
            Proxy::Environment => builder,
            Proxy::Explicit(proxy) => builder.proxy(proxy.to_reqwest()?),
        };
        builder = builder.tls_backend_preconfigured(self.tls(session, address)?);
        builder.build().map_err(|error| {
            Error::new(
                Status::Internal,
                format!("the HTTP client could not be set up: {error}"),
            )
        })
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
        let config = session.trust.client_config()?;
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

fn outgoing(
    connector: &reqwest::Client,
    request: &Request,
    headers: HeaderMap,
) -> reqwest::RequestBuilder {
    let mut builder = connector
        .request(request.method.clone(), request.url.clone())
        .headers(headers)
        .headers(request.headers.clone())
        .header(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    if !request.body.is_empty() {
        builder = builder.body(request.body.clone());
    }
    builder
}

async fn whole(mut answer: reqwest::Response) -> Result<Response, Failure> {
    let status = answer.status();
    let headers = std::mem::take(answer.headers_mut());
    let mut body = Body::new(&headers);
    while let Some(piece) = answer.chunk().await? {
        body.push(&piece)?;
    }
    Ok(Response {
        status,
        headers,
        body: body.finish()?,
    })
}

/// A body as it comes in.
enum Body {
    Plain(Vec<u8>),
    /// Some once there is anything to inflate: an answer without a body may name a coding too.
    Gzip(Option<Box<MultiGzDecoder<Vec<u8>>>>),
}

impl Body {
    fn new(headers: &HeaderMap) -> Body {
        let gzip = headers
            .get(header::CONTENT_ENCODING)
            .is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"));
        match gzip {
            true => Body::Gzip(None),
            false => Body::Plain(Vec::new()),
        }
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), Failure> {
        match self {
            Body::Plain(body) => body.extend_from_slice(piece),
            Body::Gzip(decoder) => decoder
                .get_or_insert_with(|| Box::new(MultiGzDecoder::new(Vec::new())))
                .write_all(piece)
                .map_err(|_| Failure::CutBody)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, Failure> {
        match self {
            Body::Plain(body) => Ok(body),
            Body::Gzip(None) => Ok(Vec::new()),
            Body::Gzip(Some(decoder)) => decoder.finish().map_err(|_| Failure::CutBody),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_names_a_coding_may_be_empty_but_not_cut() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("GZIP"));
        assert_eq!(Body::new(&headers).finish().expect("no body"), b"");

        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"text").expect("memory");
        let packed = packed.finish().expect("memory");
        for length in 1..=packed.len() {
            let mut body = Body::new(&headers);
            let outcome = packed[..length]
                .iter()
                .try_for_each(|byte| body.push(&[*byte]))
                .and_then(|()| body.finish());
            match length == packed.len() {
                true => assert_eq!(outcome.expect("whole"), b"text"),
                false => assert!(matches!(outcome, Err(Failure::CutBody)), "cut at {length}"),
            }
        }
    }
}
