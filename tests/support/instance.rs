//! The local instance as a child process, gone when the test is.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// Who signs in, and by which client, in the variables that the examples and the programs of the bindings read.
pub const CREDENTIALS: [(&str, &str); 4] = [
    ("SNOW_USER", "admin"),
    ("SNOW_PASSWORD", "admin"),
    ("SNOW_CLIENT_ID", "snow-client"),
    ("SNOW_CLIENT_SECRET", "snow-secret"),
];

/// A running snow-instance.
pub struct Instance {
    child: Child,
    pub url: String,
    ca: Option<tempfile::TempDir>,
}

impl Instance {
    pub fn start() -> Instance {
        Instance::with(&[])
    }

    /// One that speaks http and one that speaks https.
    pub fn both() -> [Instance; 2] {
        [Instance::start(), Instance::https(&[])]
    }

    /// Starts an instance with these arguments.
    pub fn with(arguments: &[&str]) -> Instance {
        Instance::launch(arguments, None)
    }

    /// Starts an instance that speaks https.
    pub fn https(arguments: &[&str]) -> Instance {
        Instance::launch(arguments, Some(tempfile::tempdir().expect("a folder")))
    }

    fn launch(arguments: &[&str], ca: Option<tempfile::TempDir>) -> Instance {
        let mut command = Command::new(super::built().join("snow-instance"));
        // The child ends when its standard input closes, which also a killed test brings about.
        command.arg("--exit-with-stdin").args(arguments);
        if let Some(folder) = &ca {
            command
                .arg("--https")
                .arg("--ca-file")
                .arg(folder.path().join("ca.pem"));
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the instance starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("its output can be read");
        let url = line
            .trim_end()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("the instance does not listen: {line:?}"))
            .to_owned();
        // Read on, or the instance would one day wait for room in the pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Instance { child, url, ca }
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        self.url.split_once("://").expect("a URL has a scheme").1
    }

    /// The certificate of the authority that signed for an https instance.
    pub fn ca_file(&self) -> PathBuf {
        self.ca
            .as_ref()
            .expect("an https instance")
            .path()
            .join("ca.pem")
    }

    pub fn is_https(&self) -> bool {
        self.url.starts_with("https:")
    }

    pub fn port(&self) -> &str {
        let (_, port) = self.authority().rsplit_once(':').expect("host and port");
        port
    }

    /// A call of the control endpoint, such as `("POST", "/-/faults", …)`.
    pub fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let stream = TcpStream::connect(self.authority()).expect("the instance is there");
        let answer = match self.is_https() {
            true => exchange(self.encrypted(stream), method, path, body),
            false => exchange(stream, method, path, body),
        };
        let answer = answer.expect("the instance answers");
        let (head, content) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let is_done = |status| head.contains(status);
        assert!([" 200 ", " 201 ", " 204 "].iter().any(is_done), "{answer}");
        match content {
            "" => Value::Null,
            content => serde_json::from_str(content).expect("JSON"),
        }
    }

    /// The requests whose path begins so, in the order in which they came.
    pub fn requests(&self, path: &str) -> Vec<Value> {
        let answer = self.control("GET", &format!("/-/requests?path={path}"), "");
        answer.as_array().expect("a list of requests").clone()
    }

    fn encrypted(&self, stream: TcpStream) -> impl Read + Write + use<> {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(self.ca_file()).expect("a certificate");
        roots.add(authority).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
        StreamOwned::new(connection, stream)
    }
}

/// A header of a request that the instance was sent.
pub fn header<'a>(request: &'a Value, name: &str) -> Option<&'a str> {
    let headers = request["headers"].as_array().expect("headers");
    headers
        .iter()
        .find(|pair| pair[0] == name)
        .and_then(|pair| pair[1].as_str())
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// HTTP/1.0, so that the answer comes in one piece and ends where the connection does.
fn exchange(
    mut stream: impl Read + Write,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<String> {
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: control\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // It closes without a word of TLS, having said all.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    String::from_utf8(answer).map_err(|_| io::ErrorKind::InvalidData.into())
}
