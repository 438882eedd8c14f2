//! Starts the program and speaks HTTP/1.1 to it over a bare socket.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_rustls::rustls::{
    self,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

pub struct Program {
    child: Child,
    url: String,
    address: String,
}

/// An answer as it came, with the header names in lower case.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the body came to its end.
    pub complete: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

pub fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&answer.body)))
}

impl Program {
    pub fn start(arguments: &[&str]) -> Self {
        Program::start_with_environment(arguments, &[])
    }

    pub fn start_with_environment(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_snow-instance"))
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut first = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout)
            .read_line(&mut first)
            .expect("the program says where it listens");
        let url = first
            .trim()
            .strip_prefix("listening on ")
            .expect("the first line names the URL");
        let (_, address) = url.split_once("://").expect("a scheme");
        Program {
            child,
            url: url.to_owned(),
            address: address.to_owned(),
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// As admin; a body is sent as JSON.
    pub fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.try_send(method, path, body).expect("an answer")
    }

    pub fn try_send(&self, method: &str, path: &str, body: &str) -> io::Result<Answer> {
        self.exchange(
            method,
            path,
            &[
                ("Authorization", "Basic YWRtaW46YWRtaW4="),
                ("Content-Type", "application/json"),
            ],
            body,
        )
    }

    pub fn send_as(
        &self,
        authorization: Option<&str>,
        method: &str,
        path: &str,
        body: &str,
    ) -> Answer {
        let headers: Vec<_> = authorization
            .map(|value| ("Authorization", value))
            .into_iter()
            .collect();
        self.exchange(method, path, &headers, body)
            .expect("an answer")
    }

    pub fn send_form(&self, path: &str, body: &str) -> Answer {
        self.exchange(
            "POST",
            path,
            &[("Content-Type", "application/x-www-form-urlencoded")],
            body,
        )
        .expect("an answer")
    }

    pub fn control(&self, method: &str, path: &str, body: &str) -> Answer {
        let answer = self.exchange(method, path, &[], body).expect("an answer");
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        answer
    }

    pub fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let mut stream = self.connect()?;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.address
        );
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        read_answer(BufReader::new(stream))
    }

    /// One request on a connection that is kept, then nothing.
    pub fn is_closed_after(&self, limit: Duration) -> bool {
        let mut stream = self.connect().expect("a connection");
        write!(
            stream,
            "GET /-/clock HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.address
        )
        .expect("the request leaves");
        stream.set_read_timeout(Some(limit)).expect("a timeout");
        let mut all = Vec::new();
        stream.read_to_end(&mut all).is_ok()
    }

    /// Sends bytes that are no request, and hangs up.
    pub fn shout(&self, bytes: &str) {
        let mut stream = self.connect().expect("a connection");
        let _ = stream.write_all(bytes.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }

    pub fn ends_when_input_is_closed(&mut self) -> bool {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if self
                .child
                .try_wait()
                .expect("the state of the program")
                .is_some()
            {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// What comes over a connection on which a request was written.
    pub fn answer_of(stream: TcpStream) -> io::Result<Answer> {
        read_answer(BufReader::new(stream))
    }

    /// What is answered over TLS, with the authority and the client's certificate of these files.
    pub fn over_tls(&self, authority: &str, certificate: Option<&str>, request: &str) -> Vec<u8> {
        let mut roots = rustls::RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(authority).expect("an authority");
        roots.add(authority).expect("it can be trusted");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_root_certificates(roots);
        let config = match certificate {
            None => config.with_no_client_auth(),
            Some(file) => config
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_file(file).expect("a certificate")],
                    PrivateKeyDer::from_pem_file(file).expect("a key"),
                )
                .expect("they belong together"),
        };
        let name = "localhost".try_into().expect("a name");
        let client = rustls::ClientConnection::new(Arc::new(config), name).expect("a client");
        let mut stream = rustls::StreamOwned::new(client, self.connect().expect("a connection"));
        stream.write_all(request.as_bytes()).expect("it is taken");
        let mut answer = Vec::new();
        // The program closes without a word, as most do.
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    /// Memory in use.
    pub fn resident_kib(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process()))
            .expect("Linux tells");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
            .expect("a number of kB")
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(stream)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_answer(mut stream: BufReader<TcpStream>) -> io::Result<Answer> {
    let status_line = read_line(&mut stream)?;
    let status = status_line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status =
        status.ok_or_else(|| io::Error::other(format!("no status line: {status_line:?}")))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(&mut stream)?;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
        complete: false,
    };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.complete = read_chunks(&mut stream, &mut answer.body);
    } else {
        answer.complete = stream.read_to_end(&mut answer.body).is_ok();
    }
    Ok(answer)
}

/// `false` if the chunks end before the last one.
fn read_chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> bool {
    loop {
        let Ok(line) = read_line(stream) else {
            return false;
        };
        let Ok(size) = usize::from_str_radix(&line, 16) else {
            return false;
        };
        let mut chunk = vec![0; size + 2];
        if stream.read_exact(&mut chunk).is_err() {
            return false;
        }
        body.extend_from_slice(&chunk[..size]);
        if size == 0 {
            return true;
        }
    }
}

fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}
