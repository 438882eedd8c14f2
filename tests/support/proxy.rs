//! Proxies on loopback that keep a record of what goes through them: HTTP, which forwards plain http and
//! tunnels with CONNECT, and SOCKS5.
//!
//! Whatever host is asked for, they connect to this machine, so that a test can use a name that has no
//! address here.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use base64::prelude::{BASE64_STANDARD, Engine};

/// A running proxy; its threads end with the test.
pub struct Proxy {
    address: SocketAddr,
    passages: Arc<Mutex<Vec<Passage>>>,
}

/// What became of a connection or, where it was forwarded, of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// A request of plain http: its method and URL.
    Forwarded(String),
    /// A tunnel to this host and port, as the client named them.
    Tunnelled(String),
    /// The client did not show the right user and password, or met an answer that was set.
    Refused,
}

/// The user and password that a proxy asks for.
pub type Credentials = Option<(&'static str, &'static str)>;

impl Proxy {
    pub fn http(credentials: Credentials) -> Proxy {
        let expected = credentials.map(|(user, password)| {
            format!(
                "Basic {}",
                BASE64_STANDARD.encode(format!("{user}:{password}"))
            )
        });
        Proxy::start(move |client, record| serve_http(client, expected.as_deref(), record))
    }

    pub fn socks5(credentials: Credentials) -> Proxy {
        Proxy::start(move |client, record| serve_socks5(client, credentials, record))
    }

    /// One that answers its first connections in these ways, whatever is asked, and then does as it is asked.
    pub fn http_after(answers: &[&'static str]) -> Proxy {
        let answers = Mutex::new(Vec::from(answers).into_iter());
        Proxy::start(move |mut client, record| {
            let next = answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next();
            let Some(answer) = next else {
                return serve_http(client, None, record);
            };
            Head::read(&mut BufReader::new(client.try_clone()?))?;
            record(Passage::Refused);
            client.write_all(answer.as_bytes())
        })
    }

    /// One that answers its first connections with these codes, and then does as it is asked.
    pub fn socks5_after(codes: &[u8]) -> Proxy {
        let codes = Mutex::new(Vec::from(codes).into_iter());
        Proxy::start(move |mut client, record| {
            let next = codes.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(code) = next else {
                return serve_socks5(client, None, record);
            };
            let [_, count] = bytes(&mut client)?;
            client.read_exact(&mut vec![0; count.into()])?;
            client.write_all(&[5, 0])?;
            target_of_socks5(&mut client)?;
            record(Passage::Refused);
            client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0])
        })
    }

    /// `scheme://host:port`.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    /// What went through since the last time this was asked.
    pub fn take_passages(&self) -> Vec<Passage> {
        std::mem::take(&mut *self.passages.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn start(
        serve: impl Fn(TcpStream, &dyn Fn(Passage)) -> io::Result<()> + Send + Sync + 'static,
    ) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let passages: Arc<Mutex<Vec<Passage>>> = Arc::default();
        let (serve, recorded) = (Arc::new(serve), Arc::clone(&passages));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (serve, recorded) = (Arc::clone(&serve), Arc::clone(&recorded));
                thread::spawn(move || {
                    let record = |passage| {
                        recorded
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(passage);
                    };
                    // A client that breaks off is its own affair.
                    let _ = serve(client, &record);
                });
            }
        });
        Proxy { address, passages }
    }
}

fn serve_http(
    client: TcpStream,
    expected: Option<&str>,
    record: &dyn Fn(Passage),
) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    let head = Head::read(&mut reader)?;
    let mut body = vec![
        0;
        head.header("content-length")
            .map_or(0, |n| n.parse().unwrap_or(0))
    ];
    reader.read_exact(&mut body)?;
    if expected.is_some() && head.header("proxy-authorization") != expected {
        record(Passage::Refused);
        return client.write_all(
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\n\
              Content-Length: 0\r\nConnection: close\r\n\r\n",
        );
    }
    let [method, target, _] = head.request_line();
    if method == "CONNECT" {
        let upstream = connect(target)?;
        record(Passage::Tunnelled(target.into()));
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        return splice(client, upstream);
    }
    let rest = target.strip_prefix("http://").ok_or_else(malformed)?;
    let (authority, path) = rest.split_once('/').ok_or_else(malformed)?;
    let mut upstream = connect(authority)?;
    record(Passage::Forwarded(format!("{method} {target}")));
    write!(upstream, "{method} /{path} HTTP/1.1\r\n")?;
    for (name, value) in &head.headers {
        if !matches!(
            name.as_str(),
            "proxy-authorization" | "proxy-connection" | "connection"
        ) {
            write!(upstream, "{name}: {value}\r\n")?;
        }
    }
    // One request for each connection, so the rest is bytes.
    write!(upstream, "connection: close\r\n\r\n")?;
    upstream.write_all(&body)?;
    io::copy(&mut upstream, &mut client).map(drop)
}

/// The first line and the headers of a request.
struct Head {
    line: String,
    headers: Vec<(String, String)>,
}

impl Head {
    fn read(reader: &mut impl BufRead) -> io::Result<Head> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim_end() {
                "" => break,
                text => lines.push(text.to_owned()),
            }
        }
        let mut lines = lines.into_iter();
        let line = lines.next().ok_or_else(malformed)?;
        let headers = lines
            .filter_map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect();
        Ok(Head { line, headers })
    }

    fn request_line(&self) -> [&str; 3] {
        let mut words = self.line.split(' ');
        [(); 3].map(|()| words.next().unwrap_or_default())
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn serve_socks5(
    mut client: TcpStream,
    credentials: Credentials,
    record: &dyn Fn(Passage),
) -> io::Result<()> {
    const NONE: u8 = 0;
    const PASSWORD: u8 = 2;
    const NO_METHOD: u8 = 0xff;
    let [_, count] = bytes(&mut client)?;
    let mut methods = vec![0; count.into()];
    client.read_exact(&mut methods)?;
    let wanted = if credentials.is_some() {
        PASSWORD
    } else {
        NONE
    };
    if !methods.contains(&wanted) {
        record(Passage::Refused);
        return client.write_all(&[5, NO_METHOD]);
    }
    client.write_all(&[5, wanted])?;
    if let Some((user, password)) = credentials {
        let [_] = bytes(&mut client)?;
        let shown = (text(&mut client)?, text(&mut client)?);
        if shown != (user.into(), password.into()) {
            record(Passage::Refused);
            return client.write_all(&[1, 1]);
        }
        client.write_all(&[1, 0])?;
    }
    let target = target_of_socks5(&mut client)?;
    let upstream = connect(&target)?;
    record(Passage::Tunnelled(target));
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    splice(client, upstream)
}

fn target_of_socks5(client: &mut TcpStream) -> io::Result<String> {
    let [_, _, _, kind] = bytes(client)?;
    let host = match kind {
        1 => Ipv4Addr::from(bytes::<4>(client)?).to_string(),
        3 => text(client)?,
        _ => std::net::Ipv6Addr::from(bytes::<16>(client)?).to_string(),
    };
    Ok(format!("{host}:{}", u16::from_be_bytes(bytes(client)?)))
}

fn bytes<const N: usize>(from: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A text with its length before it.
fn text(from: &mut TcpStream) -> io::Result<String> {
    let [length] = bytes(from)?;
    let mut text = vec![0; length.into()];
    from.read_exact(&mut text)?;
    String::from_utf8(text).map_err(|_| malformed())
}

fn connect(target: &str) -> io::Result<TcpStream> {
    let port = target.rsplit(':').next().and_then(|port| port.parse().ok());
    TcpStream::connect((Ipv4Addr::LOCALHOST, port.ok_or_else(malformed)?))
}

/// Carries bytes both ways until both sides have ended.
fn splice(client: TcpStream, upstream: TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_upstream) = (client.try_clone()?, upstream.try_clone()?);
    let upward = thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_upstream);
        let _ = to_upstream.shutdown(Shutdown::Write);
    });
    let (mut upstream, mut client) = (upstream, client);
    let _ = io::copy(&mut upstream, &mut client);
    let _ = client.shutdown(Shutdown::Write);
    upward.join().map_err(|_| malformed())
}

fn malformed() -> io::Error {
    io::ErrorKind::InvalidData.into()
}
