//! A server that answers each request with bytes made up before.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;

/// How a body goes over the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Chunked(usize),
    ContentLength,
    /// Packed, in chunks of this size.
    Gzip(usize),
}

pub(super) const WAYS: [Way; 6] = [
    Way::ContentLength,
    Way::Chunked(9),
    Way::Chunked(700),
    Way::Chunked(8192),
    Way::Chunked(1 << 20),
    Way::Gzip(8192),
];

/// An answer, and how many bytes of it are sent before the connection is closed.
pub(crate) struct Answer {
    bytes: Vec<u8>,
    head: usize,
}

impl Answer {
    pub(crate) fn json(way: Way, body: &str) -> Answer {
        Answer::new("200 OK", "Content-Type: application/json\r\n", way, body)
    }

    pub(crate) fn new(status: &str, headers: &str, way: Way, body: &str) -> Answer {
        let (coding, body) = match way {
            Way::Gzip(_) => {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(body.as_bytes()).expect("memory");
                let packed = packed.finish().expect("memory");
                ("Content-Encoding: gzip\r\n", packed)
            }
            _ => ("", body.as_bytes().to_vec()),
        };
        let framing = match way {
            Way::ContentLength => format!("Content-Length: {}\r\n", body.len()),
            Way::Chunked(_) | Way::Gzip(_) => "Transfer-Encoding: chunked\r\n".to_owned(),
        };
        let mut bytes =
            format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}{coding}{framing}\r\n")
                .into_bytes();
        let head = bytes.len();
        match way {
            Way::ContentLength => bytes.extend_from_slice(&body),
            Way::Chunked(size) | Way::Gzip(size) => {
                for chunk in body.chunks(size) {
                    bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    bytes.extend_from_slice(chunk);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            }
        }
        Answer { bytes, head }
    }

    /// The answer without what follows this share of its body.
    pub(super) fn cut(mut self, per_mille: usize) -> Answer {
        let body = self.bytes.len() - self.head;
        self.bytes.truncate(self.head + body * per_mille / 1000);
        self
    }
}

/// A server that gives one answer for each connection, and its URL. `then` runs when all of an answer was
/// sent, before the connection is closed.
pub(crate) fn server(
    answers: Vec<Answer>,
    mut then: impl FnMut(&mut BufReader<TcpStream>) + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().expect("a connection");
            let mut stream = BufReader::new(stream);
            read_head(&mut stream);
            // A client that has heard enough goes away.
            let _ = stream.get_mut().write_all(&answer.bytes);
            then(&mut stream);
        }
    });
    url
}

fn read_head(stream: &mut BufReader<TcpStream>) {
    let mut line = String::from("a request");
    while !line.trim().is_empty() {
        line.clear();
        stream.read_line(&mut line).expect("a head");
    }
}
