//! What becomes of a connection between two calls, against a server that does exactly one thing; and what it takes
//! for one, a name that has an address.

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use snow::{Client, Record, Request, Session};
use support::c::Program;
use support::instance::Instance;
use support::recorder::Recorder;

const ANSWER: &str = r#"{"result":{"stats":{"count":"1"},"sys_id":"a"}}"#;

/// A server that promises to keep each connection, and answers once on it.
struct Server {
    url: String,
    close: Sender<()>,
    closed: Receiver<()>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let ((close, closes), (closing, closed)) = (channel(), channel());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                answer(&mut stream);
                if closes.recv().is_err() {
                    return;
                }
                end(stream);
                closing.send(()).expect("the test waits");
            }
        });
        Server { url, close, closed }
    }

    /// Closes the connection that there is, until the client's side has its end.
    fn close(&self) {
        self.close.send(()).expect("the server is there");
        self.closed.recv().expect("the server is there");
    }
}

/// A busy machine hands the end on later, and a close does not send one while a process that another test starts
/// just now holds a copy.
fn end(stream: TcpStream) {
    set_socket_linger(&stream, Some(Duration::from_secs(60))).expect("a socket");
    stream.shutdown(Shutdown::Write).expect("a connection");
}

fn answer(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !is_whole(&request) {
        let length = stream.read(&mut piece).expect("the client sends");
        assert_ne!(length, 0, "the client sends a whole request");
        request.extend_from_slice(&piece[..length]);
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n";
    write!(
        stream,
        "{head}Content-Length: {}\r\n\r\n{ANSWER}",
        ANSWER.len()
    )
    .expect("an answer");
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .to_lowercase()
        .split("content-length: ")
        .nth(1)
        .map_or(0, |rest| {
            rest.lines()
                .next()
                .and_then(|length| length.parse().ok())
                .expect("a length")
        });
    body.len() >= length
}

/// Some gateways refuse a call that can have a body and does not say that it has none (411).
#[test]
fn a_body_that_is_empty_has_a_length() {
    let recorder = Recorder::start();
    recorder.answers([("204 No Content", "")]);
    let url = format!("http://127.0.0.1:{}", recorder.port());
    let client = Client::new(&url, &Session::new()).expect("a client");
    for method in ["POST", "PUT", "PATCH", "DELETE", "GET"] {
        let request = Request::to_path(method, "/api/x_acme/cart").expect("a path");
        for piece_by_piece in [false, true] {
            match piece_by_piece {
                false => client.send(&request).map(drop),
                true => client.open(&request).map(drop),
            }
            .expect("an answer");
            let (_, heard) = recorder.take();
            let lengths = heard.matches("content-length: 0\r\n").count();
            let is_due = matches!(method, "POST" | "PUT" | "PATCH");
            assert_eq!(lengths, usize::from(is_due), "{heard}");
        }
    }
}

/// An instance closes idle connections. A lane that nobody drives does not notice, so each call looks
/// before it takes the connection: without that every second call here fails.
#[test]
fn a_connection_that_was_closed_between_two_calls_is_not_used() {
    let server = Server::start();
    let client = Client::new(&server.url, &Session::new()).expect("a client");
    let mut record = Record::new();
    record.set("short_description", "x").expect("a field");
    for call in 0..40 {
        client
            .table_count("incident", None)
            .unwrap_or_else(|error| panic!("{call}: {error}"));
        server.close();
        // A write must not be tried again, so it must not fail at all.
        client
            .table_create("incident", &record, None)
            .unwrap_or_else(|error| panic!("{call}: {error}"));
        server.close();
    }
}

/// A connection that breaks in the middle of a write ends the call and not the process, which is what a
/// SIGPIPE would do.
#[test]
fn a_write_that_is_broken_off() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut piece = [0; 4096];
            assert_ne!(stream.read(&mut piece).expect("the client sends"), 0);
            // An end and then a reset, which the client's next write meets as EPIPE.
            stream.shutdown(Shutdown::Write).expect("a connection");
        }
    });
    Program::c("tests/c/large_write.c")
        .env("SNOW_INSTANCE", &url)
        .run(&[]);
}

#[test]
fn a_peer_that_is_silent_is_noticed() {
    let instance = Instance::start();
    Program::c("tests/c/silent_peer.c")
        .against(&instance)
        .run(&[]);
}

/// The address of a name is remembered for as long as it leads somewhere.
#[test]
fn a_machine_that_moves() {
    let instance = Instance::start();
    Program::c("tests/c/names.c")
        .against(&instance)
        .run(&["moves"]);
}

/// However many calls and clients wait for a name, it is asked for once.
#[test]
fn a_name_server_that_is_silent() {
    let instance = Instance::start();
    Program::c("tests/c/names.c")
        .against(&instance)
        .run(&["silent"]);
}

/// Calls from inside the callback of a host's own runtime, which this crate shares when it is linked as
/// Rust, do not panic.
#[test]
fn a_host_inside_its_own_tokio_can_call() {
    let server = Server::start();
    let client = Client::new(&server.url, &Session::new()).expect("a client");
    let host = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let count = host.block_on(async { client.table_count("incident", None) });
    assert_eq!(count.expect("an answer"), 1);
    server.close();

    let in_the_background = host.block_on(async {
        tokio::task::spawn_blocking(move || client.table_count("incident", None)).await
    });
    assert_eq!(in_the_background.expect("no panic").expect("an answer"), 1);
}
