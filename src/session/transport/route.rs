//! How a connection is made: to the instance, or to a proxy and through it, and with TLS where https is
//! spoken.

use std::fmt;
use std::future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

use super::failure;
use super::resolver::{Resolver, Trial};
use super::sent::Sent;
use super::stream::{Socket, Stream};
use super::tunnel;
use crate::session::ProxyInUse;

/// The way to one instance.
pub(super) struct Route {
    resolver: Arc<Resolver>,
    /// Some where TLS is spoken, with the instance or with the proxy.
    tls: Option<TlsConnector>,
    proxy: Option<ProxyInUse>,
    limit: Duration,
    sent: Sent,
}

/// Why a proxy that was reached made no connection.
#[derive(Debug)]
pub(super) struct ProxyRefusal {
    pub(super) what: String,
    /// Whether it may make one in a moment.
    pub(super) is_for_now: bool,
}

/// Why no connection stood with the proxy itself.
#[derive(Debug)]
pub(super) struct AtProxy {
    /// Its host and port.
    pub(super) place: String,
    cause: io::Error,
}

type Wire = TokioIo<Stream>;

impl Route {
    /// `limit` is for all of it: the name, the connection, the proxy's answer and the handshake.
    pub(super) fn new(
        resolver: &Arc<Resolver>,
        tls: Option<Arc<ClientConfig>>,
        proxy: Option<ProxyInUse>,
        limit: Duration,
        sent: Sent,
    ) -> Route {
        Route {
            resolver: Arc::clone(resolver),
            tls: tls.map(TlsConnector::from),
            proxy,
            limit,
            sent,
        }
    }

    /// What each request to this place tells a proxy that is sent the requests themselves.
    pub(super) fn proxy_authorization(&self, target: &Url) -> Option<HeaderValue> {
        let proxy = self.proxy.as_ref()?;
        if target.scheme() == "https" || proxy.is_socks() {
            return None;
        }
        proxy.basic_auth().cloned()
    }

    /// Connects to the target, within the limit.
    pub(super) async fn connect(&self, target: &Uri) -> io::Result<Stream> {
        let trial = Trial::new(&self.resolver);
        let end = Instant::now() + self.limit;
        let outcome = timeout_at(end, self.way_to(target, &trial, end)).await?;
        let is_here = |error: &io::Error| failure::is_here(error);
        if outcome.as_ref().err().is_none_or(is_here) {
            trial.says_nothing_against_them();
        }
        let stream = outcome?;
        self.sent.connected();
        Ok(stream)
    }

    async fn way_to(&self, target: &Uri, trial: &Trial, end: Instant) -> io::Result<Stream> {
        let Some(proxy) = &self.proxy else {
            return self.secured(self.reach(target, trial).await?, target).await;
        };
        let next = proxy.uri();
        if proxy.is_socks() {
            let next = with_port(next, 1080)?;
            let stream = self.reach_proxy(&next, trial, end).await?;
            let stream = self.through_socks(stream, proxy, target, trial).await?;
            return self.secured(stream, target).await;
        }
        let stream = self.reach_proxy(next, trial, end).await?;
        let stream = self.secured(stream, next).await?;
        if !is_https(target) {
            return Ok(Stream::Forwarded(Box::new(stream)));
        }
        let stream = tunnel::through(stream, target, proxy.basic_auth()).await?;
        self.secured(stream, target).await
    }

    /// Until the end, which is that of the whole way: then it is the proxy that takes no connection.
    async fn reach_proxy(&self, proxy: &Uri, trial: &Trial, end: Instant) -> io::Result<Stream> {
        let reached = timeout_at(end, self.reach(proxy, trial)).await;
        reached
            .unwrap_or_else(|elapsed| Err(elapsed.into()))
            .map_err(|error| AtProxy::named(proxy, error))
    }

    async fn reach(&self, place: &Uri, trial: &Trial) -> io::Result<Stream> {
        let connected = self.tcp(trial).call(place.clone()).await;
        let stream = connected.map_err(io::Error::other)?.into_inner();
        Ok(Stream::Tcp(Socket::new(stream)))
    }

    fn tcp(&self, trial: &Trial) -> HttpConnector<Trial> {
        // A peer that is gone without a word is noticed, while nothing is sent and while something is.
        const SILENCE: Duration = Duration::from_secs(15);
        let mut tcp = HttpConnector::new_with_resolver(trial.clone());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(SILENCE));
        tcp.set_keepalive_interval(Some(SILENCE));
        tcp.set_keepalive_retries(Some(3));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(2 * SILENCE));
        tcp.set_connect_timeout(Some(self.limit));
        tcp
    }

    async fn through_socks(
        &self,
        stream: Stream,
        proxy: &ProxyInUse,
        target: &Uri,
        trial: &Trial,
    ) -> io::Result<Stream> {
        let default_port = if is_https(target) { 443 } else { 80 };
        let mut target = with_port(target, default_port)?;
        let scheme = proxy.uri().scheme_str().unwrap_or_default();
        if matches!(scheme, "socks4" | "socks5") {
            target = self.resolved(&target, scheme == "socks4", trial).await?;
        }
        let (way, there) = (proxy.uri().clone(), There::new(stream));
        let stream = match scheme {
            "socks4" | "socks4a" => SocksV4::new(way, there)
                .call(target)
                .await
                .map_err(|error| ProxyRefusal::of_socks(&error)),
            _ => {
                let mut socks = SocksV5::new(way, there);
                if let Some((user, password)) = proxy.user_and_password() {
                    socks = socks.with_auth(user.to_owned(), password.to_owned());
                }
                let made = socks.call(target).await;
                made.map_err(|error| ProxyRefusal::of_socks(&error))
            }
        };
        Ok(stream?.into_inner())
    }

    /// The target with an address in place of its name.
    async fn resolved(&self, target: &Uri, is_ipv4_only: bool, trial: &Trial) -> io::Result<Uri> {
        let host = bare_host(target);
        if host.parse::<IpAddr>().is_ok() {
            return Ok(target.clone());
        }
        let addresses = trial.addresses(host).await.map_err(io::Error::other)?;
        let fits = |address: &SocketAddr| address.is_ipv4() || !is_ipv4_only;
        let Some(address) = addresses.iter().copied().find(fits) else {
            let what = "SOCKS 4 has no IPv6, and the instance no other address";
            return Err(ProxyRefusal::for_good(what));
        };
        let port = target.port_u16().unwrap_or_default();
        with_authority(target, &SocketAddr::new(address.ip(), port).to_string())
    }

    /// The stream with TLS where the target has that.
    async fn secured(&self, stream: Stream, target: &Uri) -> io::Result<Stream> {
        let Some(tls) = self.tls.as_ref().filter(|_| is_https(target)) else {
            return Ok(stream);
        };
        let name = ServerName::try_from(bare_host(target).to_owned()).map_err(io::Error::other)?;
        let stream = tls.connect(name, stream).await?;
        Ok(Stream::Tls(Box::new(stream)))
    }
}

impl ProxyRefusal {
    pub(super) fn for_good(what: impl Into<String>) -> io::Error {
        io::Error::other(ProxyRefusal {
            what: what.into(),
            is_for_now: false,
        })
    }

    pub(super) fn for_now(what: impl Into<String>) -> io::Error {
        io::Error::other(ProxyRefusal {
            what: what.into(),
            is_for_now: true,
        })
    }

    /// The types of such errors are not public, or not told apart; their words are.
    fn of_socks(error: &impl fmt::Display) -> io::Error {
        let what = error.to_string();
        match what.strip_prefix("SOCKS error: ") {
            Some(
                "general server failure"
                | "network unreachable"
                | "host unreachable"
                | "connection refused"
                | "ttl expired"
                | "server failed to execute command"
                | "io error during SOCKS handshake",
            ) => ProxyRefusal::for_now(what),
            _ => ProxyRefusal::for_good(what),
        }
    }
}

impl AtProxy {
    fn named(proxy: &Uri, cause: io::Error) -> io::Error {
        let place = proxy
            .authority()
            .map_or_else(String::new, |place| place.to_string());
        io::Error::other(AtProxy { place, cause })
    }
}

impl fmt::Display for AtProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}", self.place)
    }
}

impl std::error::Error for AtProxy {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl fmt::Display for ProxyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for ProxyRefusal {}

/// Whether TLS is spoken with the target.
fn is_https(target: &Uri) -> bool {
    target.scheme() == Some(&Scheme::HTTPS)
}

/// The host, without the brackets of an IPv6 address.
fn bare_host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_matches(['[', ']'])
}

pub(super) fn with_port(uri: &Uri, port: u16) -> io::Result<Uri> {
    match uri.port() {
        Some(_) => Ok(uri.clone()),
        None => with_authority(uri, &format!("{}:{port}", uri.host().unwrap_or_default())),
    }
}

fn with_authority(uri: &Uri, authority: &str) -> io::Result<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.authority = Some(Authority::try_from(authority).map_err(io::Error::other)?);
    Uri::from_parts(parts).map_err(io::Error::other)
}

/// A connection that is there, as what makes connections.
struct There(Option<Wire>);

impl There {
    fn new(stream: Stream) -> There {
        There(Some(TokioIo::new(stream)))
    }
}

impl Service<Uri> for There {
    type Response = Wire;
    type Error = io::Error;
    type Future = future::Ready<io::Result<Wire>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        future::ready(
            self.0
                .take()
                .ok_or_else(|| io::ErrorKind::NotConnected.into()),
        )
    }
}
