//! How far one gets toward an instance, step by step and without a request: its name, a connection, the
//! TLS handshake.
//!
//! All of it goes on connections of its own, since a lane's connection tells only that it stands. No
//! credential is sent.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use x509_cert::der::Decode;

use super::Connection;
use crate::error::{Error, Result, Status};
use crate::runtime::Cancel;
use crate::runtime::lane::{Lanes, LeaseError};
use crate::runtime::limits::{Interrupted, Limits};
use crate::session::Proxy;
use crate::session::auth::Credentials;
use crate::session::transport::question::Question;
use crate::session::transport::tls::Trust;
use crate::session::transport::{handshake, is_here};

/// What was found on the way to the instance.
pub(crate) struct Probe {
    pub(crate) proxy: Option<NextHop>,
    /// The machine that is connected to: the proxy's, where there is one.
    pub(crate) host: String,
    pub(crate) name: Name,
    /// With whom a connection was made, or why none; `None` where there is no address to connect to.
    pub(crate) connected: Option<Result<SocketAddr, Unreached>>,
    pub(crate) tls: Tls,
}

/// Why one gets no further.
#[derive(Default)]
pub(crate) struct Unreached {
    pub(crate) reason: String,
    /// There is no descriptor or thread left for it here, which says nothing of the other end.
    pub(crate) is_here: bool,
}

/// The proxy that calls go through.
pub(crate) struct NextHop {
    /// Scheme, host and port.
    pub(crate) url: String,
    pub(crate) is_from_environment: bool,
}

pub(crate) enum Name {
    /// The host is an address already.
    IsAddress,
    Resolved(Vec<IpAddr>),
    Unresolved(Unreached),
}

pub(crate) enum Tls {
    /// There was no connection to try it on.
    NotReached,
    /// It takes place within the connection to the proxy.
    ThroughProxy,
    PlainToLoopback,
    Plain,
    Done {
        version: String,
        certificate: Option<Certificate>,
        is_checked: bool,
    },
    Failed {
        reason: String,
        /// What was presented, where that can be told.
        certificate: Option<Certificate>,
    },
}

/// What a certificate says of itself.
pub(crate) struct Certificate {
    pub(crate) issuer: String,
    /// Seconds since 1970.
    pub(crate) expires: i64,
}

/// So often a thread that waits for bytes looks up whether the client was closed.
const LOOK_UP: Duration = Duration::from_millis(50);

impl Connection {
    /// Goes as far as it gets. Each step may take as long as the session gives to connecting.
    pub(crate) fn probe(&self) -> Result<Probe> {
        let _call = self.enter(self.process.get())?;
        let limit = self.session.connect_timeout;
        let proxy = self
            .process
            .get()
            .transport
            .proxy(&self.session, &self.address)?;
        let next = proxy.map_or(self.address.uri(), |proxy| proxy.uri());
        let host = next.host().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).to_owned();
        let port = next.port_u16().unwrap_or(match next.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => 1080,
        });
        let (name, addresses) = match host.parse::<IpAddr>() {
            Ok(address) => (Name::IsAddress, vec![address]),
            Err(_) => match resolve(&host, limit, self.ended()) {
                Ok(addresses) => (Name::Resolved(addresses.clone()), addresses),
                Err(why) => (Name::Unresolved(why), Vec::new()),
            },
        };
        let connected =
            (!addresses.is_empty()).then(|| connect(&addresses, port, limit, self.ended()));
        self.must_go_on()?;
        let tls = match &connected {
            Some(Ok(_)) if !self.address.is_https() => match self.address.is_loopback() {
                true => Tls::PlainToLoopback,
                false => Tls::Plain,
            },
            Some(Ok(_)) if proxy.is_some() => Tls::ThroughProxy,
            Some(Ok((_, address))) => self.handshake(*address, &host, limit)?,
            _ => Tls::NotReached,
        };
        Ok(Probe {
            proxy: proxy.map(|proxy| NextHop {
                url: proxy.uri().to_string().trim_end_matches('/').to_owned(),
                is_from_environment: matches!(self.session.proxy, Proxy::Environment),
            }),
            host,
            name,
            connected: connected.map(|connected| connected.map(|(_, address)| address)),
            tls,
        })
    }

    /// Whether calls show anything that signs them in: a certificate may stand for a user.
    pub(crate) fn shows_credentials(&self) -> bool {
        !matches!(self.session.credentials, Credentials::None)
            || self.session.client_certificate.is_some()
    }

    /// The name of the user that calls sign in with, where it is known without asking.
    pub(crate) fn user_name(&self) -> Option<&str> {
        match &self.session.credentials {
            Credentials::Basic { user, .. } => Some(user),
            _ => None,
        }
    }

    fn must_go_on(&self) -> Result<()> {
        match self.ended().is_cancelled() {
            true => Err(Error::new(Status::Cancelled, "the client was closed")),
            false => Ok(()),
        }
    }

    fn handshake(&self, address: SocketAddr, host: &str, limit: Duration) -> Result<Tls> {
        let trust = self.session.trust();
        let config = match trust.client_config(self.session.client_certificate.as_ref()) {
            Ok(config) => config,
            // Such as that this machine knows no authority.
            Err(error) => {
                return Ok(Tls::Failed {
                    reason: error.message().to_owned(),
                    certificate: None,
                });
            }
        };
        let (connection, outcome) = shake(config, address, host, limit, self.ended());
        self.must_go_on()?;
        match outcome {
            Ok(()) => Ok(Tls::Done {
                version: version(&connection),
                certificate: presented(&connection),
                is_checked: !matches!(trust, Trust::Anyone),
            }),
            Err(reason) => {
                // To see what is presented. What is not trusted is not kept, and told nothing of this client.
                let config = Trust::Anyone.client_config(None)?;
                let (connection, outcome) = shake(config, address, host, limit, self.ended());
                self.must_go_on()?;
                Ok(Tls::Failed {
                    reason,
                    certificate: outcome.ok().and_then(|()| presented(&connection)),
                })
            }
        }
    }
}

fn resolve(host: &str, limit: Duration, ended: &Cancel) -> Result<Vec<IpAddr>, Unreached> {
    let because_of = |error: &io::Error| Unreached::because_of(error, error.to_string());
    let question = Question::ask(host).map_err(|error| because_of(&error))?;
    let answer = question.wait(Instant::now() + limit, ended);
    match answer {
        Ok(Ok(addresses)) => Ok(addresses.iter().map(SocketAddr::ip).collect()),
        Ok(Err(error)) => Err(because_of(&error)),
        Err(Interrupted::NoThread(none)) => Err(because_of(&io::Error::other(none))),
        Err(_) => Err(Unreached {
            reason: "no name server answered in time".into(),
            is_here: false,
        }),
    }
}

/// The first address that takes a connection, or why the last did not.
fn connect(
    addresses: &[IpAddr],
    port: u16,
    limit: Duration,
    ended: &Cancel,
) -> Result<(TcpStream, SocketAddr), Unreached> {
    let deadline = Instant::now() + limit;
    let mut last = Unreached::default();
    for address in addresses {
        let address = SocketAddr::new(*address, port);
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match reach(address, left, ended) {
            Ok(stream) => return Ok((stream, address)),
            Err(error) => last = Unreached::because_of(&error, format!("{address}: {error}")),
        }
    }
    Err(last)
}

impl Unreached {
    fn because_of(error: &io::Error, reason: String) -> Unreached {
        Unreached {
            reason,
            is_here: is_here(error),
        }
    }
}

/// A connection, unless the time is over or the client closed before there is one: what the standard library waits
/// for, nobody can end.
fn reach(address: SocketAddr, limit: Duration, ended: &Cancel) -> io::Result<TcpStream> {
    let lane = Lanes::default().lease(|| Ok::<_, io::Error>(()));
    let lane = lane.map_err(|error| match error {
        LeaseError::Runtime(error) | LeaseError::Connector(error) => error,
        LeaseError::NoThread(none) => io::Error::other(none),
    })?;
    let limits = Limits {
        deadline: Some(Instant::now() + limit),
        cancels: [Some(ended), None],
    };
    let connected = lane.drive(limits, tokio::net::TcpStream::connect(address));
    let stream = connected.map_err(|why| match why {
        Interrupted::DeadlinePassed => {
            io::Error::new(io::ErrorKind::TimedOut, "connection timed out")
        }
        Interrupted::Cancelled => io::Error::other("the client was closed"),
        Interrupted::NoThread(none) => io::Error::other(none),
    })??;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// A handshake, and how it went.
fn shake(
    config: ClientConfig,
    address: SocketAddr,
    host: &str,
    limit: Duration,
    ended: &Cancel,
) -> (Option<ClientConnection>, Result<(), String>) {
    let config = Arc::new(config);
    let deadline = Instant::now() + limit;
    let begin = || -> io::Result<(ClientConnection, Socket<'_>)> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let stream = reach(address, limit, ended)?;
        // What is sent is small: it fits into the socket's buffer.
        stream.set_write_timeout(Some(limit))?;
        let socket = Socket {
            stream,
            deadline,
            ended,
        };
        Ok((connection, socket))
    };
    let (mut connection, mut stream) = match begin() {
        Ok(begun) => begun,
        Err(error) => return (None, Err(error.to_string())),
    };
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut stream) {
            let tls = error.get_ref().and_then(|cause| cause.downcast_ref());
            let reason = tls.map_or_else(|| error.to_string(), handshake::words);
            return (Some(connection), Err(reason));
        }
    }
    (Some(connection), Ok(()))
}

/// A socket that is read until a deadline, however many reads that takes, and until the client is closed. It raises
/// no SIGPIPE: the standard library asks for none where it sends one buffer, but not where it sends several at once,
/// which is left out here.
struct Socket<'a> {
    stream: TcpStream,
    deadline: Instant,
    ended: &'a Cancel,
}

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let message = "the handshake took longer than the time limit";
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            if self.ended.is_cancelled() {
                return Err(io::Error::other("the client was closed"));
            }
            self.stream.set_read_timeout(Some(left.min(LOOK_UP)))?;
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Such as `TLSv1.3`.
fn version(connection: &Option<ClientConnection>) -> String {
    let version = connection.as_ref().and_then(|c| c.protocol_version());
    let name = version.and_then(|version| version.as_str());
    name.unwrap_or("unknown").replace("TLSv1_", "TLSv1.")
}

fn presented(connection: &Option<ClientConnection>) -> Option<Certificate> {
    let leaf = connection.as_ref()?.peer_certificates()?.first()?;
    let certificate = x509_cert::Certificate::from_der(leaf).ok()?;
    let signed = certificate.tbs_certificate();
    let expires = signed.validity().not_after.to_unix_duration().as_secs();
    Some(Certificate {
        issuer: signed.issuer().to_string(),
        expires: i64::try_from(expires).ok()?,
    })
}
