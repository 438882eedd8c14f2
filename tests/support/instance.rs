//! The local instance as a child process, gone when the test is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

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

    /// A call of the control endpoint of an http instance, such as `("POST", "/-/faults", …)`.
    pub fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(self.authority()).expect("the instance is there");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.authority(),
            body.len()
        )
        .expect("the instance reads");
        let mut answer = Vec::new();
        stream
            .read_to_end(&mut answer)
            .expect("the instance answers");
        let answer = String::from_utf8(answer).expect("the control endpoint speaks UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        assert!(
            head.contains(" 200 ") || head.contains(" 201 ") || head.contains(" 204 "),
            "{answer}"
        );
        let body = if head
            .to_ascii_lowercase()
            .contains("transfer-encoding: chunked")
        {
            unchunked(body)
        } else {
            body.to_owned()
        };
        if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&body).expect("JSON")
        }
    }

    /// The requests whose path begins so, in the order in which they came.
    pub fn requests(&self, path: &str) -> Vec<Value> {
        let answer = self.control("GET", &format!("/-/requests?path={path}"), "");
        let list = answer.get("requests").unwrap_or(&answer);
        list.as_array().expect("a list of requests").clone()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("the size of a chunk");
        body.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
        if size == 0 {
            break;
        }
    }
    body
}
