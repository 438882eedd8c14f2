//! Whether a write may have happened, where connections are used again, answers come early, and attempts
//! follow one another. The server does what each script says, one script for a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use snow::{Client, Error, Record, Request, Session, Status, Token};

const SYS_ID: &str = "46d44a23a9fe19810012d100cca80666";

/// One connection, from the server's side.
struct Peer {
    stream: BufReader<TcpStream>,
    executed: Arc<AtomicUsize>,
}

impl Peer {
    /// Reads a head and gives the length of the body that follows.
    fn head(&mut self) -> usize {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a head");
            let line = line.to_lowercase();
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                return length;
            }
        }
    }

    fn read(&mut self, length: usize) {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the body");
    }

    /// Reads a whole request, which is executed then.
    fn execute(&mut self) {
        let length = self.head();
        self.read(length);
        self.executed.fetch_add(1, Ordering::SeqCst);
    }

    fn answer(&mut self, status: &str, kind: &str, body: &str) {
        self.say(&format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
    }

    /// Until the client has had enough; one that never has meets an end that it should not have seen.
    fn goes_on_with(&mut self, packed: &[u8]) {
        let sent = |_: &usize| self.stream.get_mut().write_all(packed).is_ok();
        let _ = (0..600).take_while(sent).count();
    }

    fn say(&mut self, text: &str) {
        let sent = self.stream.get_mut().write_all(text.as_bytes());
        sent.expect("the client listens");
    }
}

type Script = Box<dyn FnOnce(&mut Peer) + Send>;

fn script(does: impl FnOnce(&mut Peer) + Send + 'static) -> Script {
    Box::new(does)
}

/// A server that has so many connections and then is gone; its URL, and how many requests it executed.
fn server(scripts: Vec<Script>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let executed = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&executed);
    thread::spawn(move || {
        // Each connection has a thread, so that one can end while another goes on.
        for script in scripts {
            let (stream, _) = listener.accept().expect("a connection");
            let executed = Arc::clone(&counted);
            thread::spawn(move || {
                let stream = BufReader::new(stream);
                script(&mut Peer { stream, executed });
            });
        }
    });
    (url, executed)
}

fn client(url: &str) -> Client {
    let mut session = Session::new();
    session
        .set_retry(3, Duration::from_millis(20))
        .expect("in range");
    Client::new(url, &session).expect("a client")
}

fn record() -> Record {
    let mut record = Record::new();
    record.set("short_description", "once").expect("a field");
    record
}

fn created(client: &Client) -> Result<Record, Error> {
    client.table_create("incident", &record(), None)
}

const JSON: &str = "application/json";
const ONE: &str = r#"{"result":{"sys_id":"a"}}"#;

/// A connection that was good for one call, and breaks in the next after all of it was read.
#[test]
fn an_answer_that_is_lost_on_a_connection_that_is_used_again() {
    for delete in [true, false] {
        let (url, executed) = server(vec![script(|peer| {
            peer.execute();
            peer.answer("201 Created", JSON, ONE);
            peer.execute();
        })]);
        let client = client(&url);
        created(&client).expect("the first call");
        let error = match delete {
            true => client.table_delete("incident", SYS_ID, None),
            false => created(&client).map(drop),
        }
        .expect_err("the answer is lost");
        assert!(error.maybe_applied(), "{error}");
        assert_eq!(executed.load(Ordering::SeqCst), 2);
    }
}

/// What the first attempt may have done, a later one that could not even connect does not undo.
#[test]
fn an_attempt_that_fails_early_says_nothing_of_those_before() {
    let (url, _) = server(vec![script(Peer::execute)]);
    let error = client(&url)
        .table_delete("incident", SYS_ID, None)
        .expect_err("the server is gone");
    assert_eq!(error.status(), Status::Connect, "{error}");
    assert!(error.maybe_applied());

    for is_sent in [false, true] {
        let (url, _) = server(vec![
            script(Peer::execute),
            script(|peer| {
                peer.execute();
                peer.answer(
                    "404 Not Found",
                    JSON,
                    r#"{"error":{"message":"No Record found"}}"#,
                );
            }),
        ]);
        let client = client(&url);
        let outcome = match is_sent {
            false => client.table_delete("incident", SYS_ID, None),
            true => {
                let path = format!("/api/now/table/incident/{SYS_ID}");
                let request = Request::to_path("DELETE", &path).expect("a path");
                client.send(&request).expect("an answer").check()
            }
        };
        let error = outcome.expect_err("it is gone by then");
        assert_eq!(error.status(), Status::NotFound);
        assert!(error.maybe_applied());
    }
}

/// What was read of a reader is not there a second time: where the token is refused, that is the answer, though there is
/// another then.
#[test]
fn a_body_that_can_be_read_once_is_sent_once() {
    for status in ["401 Unauthorized", "503 Service Unavailable"] {
        let refuse = move |peer: &mut Peer| {
            peer.execute();
            peer.answer(status, JSON, r#"{"error":{"message":"not now"}}"#);
        };
        let renew = |peer: &mut Peer| {
            let length = peer.head();
            peer.read(length);
            peer.answer(
                "200 OK",
                JSON,
                r#"{"access_token":"b","token_type":"Bearer","expires_in":1800}"#,
            );
        };
        let (url, executed) = server(vec![script(refuse), script(renew), script(refuse)]);
        let mut session = Session::new();
        session.set_oauth("id", "secret").expect("an application");
        let client = Client::new(&url, &session).expect("a client");
        let token = r#"{"access_token":"a","refresh_token":"r","expires_in":1800}"#;
        let token = Token::from_json(token).expect("a token");
        client.set_token(token).expect("no file");
        let mut request = Request::to_path("PUT", "/api/x_acme/files").expect("a path");
        request
            .set_body_reader(Some(1), Box::new(one_byte()), "text/plain")
            .expect("a body");
        let answer = client.send(&request).expect("an answer");
        assert_eq!(answer.status().to_string(), status[..3]);
        assert_eq!(executed.load(Ordering::SeqCst), 1);
    }
}

/// Of an API that answers 202 itself an empty one says that the call was taken; those of tables never do, so
/// that it tells of a request that was dropped.
#[test]
fn accepted_without_an_answer_is_a_success_where_an_api_may_say_so() {
    for (path, is_dropped) in [
        ("/api/x_acme/v1/jobs", false),
        ("/api/x_acme/table/incident", false),
        ("/api/now/table/incident", true),
        ("/api/now/v2/import/u_load", true),
    ] {
        for streamed in [false, true] {
            let (url, executed) = server(vec![
                script(|peer| {
                    peer.execute();
                    peer.say(
                        "HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                    );
                }),
                script(|peer| {
                    peer.execute();
                    peer.answer("201 Created", JSON, ONE);
                }),
            ]);
            let mut request = Request::to_path("POST", path).expect("a path");
            request.set_body("{}", JSON).expect("a body");
            let client = client(&url);
            let status = if streamed {
                let mut stream = client.open(&request).expect("an answer");
                stream.check().expect("a success");
                stream.status()
            } else {
                let response = client.send(&request).expect("an answer");
                response.check().expect("a success");
                response.status()
            };
            let (expected, count) = if is_dropped { (201, 2) } else { (202, 1) };
            assert_eq!(status, expected, "{path}");
            assert_eq!(executed.load(Ordering::SeqCst), count, "{path}");
        }
    }
}

/// A request that is dropped has an empty answer (202); one that has something to say was executed.
#[test]
fn accepted_with_an_answer_is_a_success() {
    let job = r#"{"result":{"job":"7"}}"#;
    for streamed in [false, true] {
        let (url, executed) = server(vec![script(move |peer| {
            peer.execute();
            peer.answer("202 Accepted", JSON, job);
        })]);
        let mut request = Request::to_path("POST", "/api/x_acme/jobs").expect("a path");
        request.set_body("{}", JSON).expect("a body");
        let client = client(&url);
        if streamed {
            let mut stream = client.open(&request).expect("an answer");
            stream.check().expect("a success");
            let mut body = Vec::new();
            while let Some(piece) = stream.next_piece().expect("whole") {
                body.extend_from_slice(piece);
            }
            assert_eq!(body, job.as_bytes());
            stream.check().expect("a success still");
        } else {
            let response = client.send(&request).expect("an answer");
            assert_eq!(response.result().expect("a success"), r#"{"job":"7"}"#);
        }
        assert_eq!(executed.load(Ordering::SeqCst), 1);
    }
}

/// Only where the status says that the instance was never asked is a write worth another try.
#[test]
fn an_outage_page_after_a_write() {
    const PAGE: &str = "<html><title>Service Interruption</title></html>";
    for (status, again) in [
        ("504 Gateway Timeout", false),
        ("503 Service Unavailable", true),
    ] {
        let (url, executed) = server(vec![script(move |peer| {
            peer.execute();
            peer.answer(status, "text/html", PAGE);
            if again {
                peer.execute();
                peer.answer("201 Created", JSON, ONE);
            }
        })]);
        match (again, created(&client(&url))) {
            (true, outcome) => drop(outcome.expect("the second time")),
            (false, outcome) => assert!(outcome.expect_err("an outage").maybe_applied()),
        }
        assert_eq!(executed.load(Ordering::SeqCst), 1 + usize::from(again));
    }
}

/// The head of an answer proves that the request was taken, however much of it is here still.
#[test]
fn an_answer_that_begins_early_and_breaks_off() {
    let (begun, has_begun) = channel();
    let (url, _) = server(vec![script(move |peer| {
        peer.head();
        peer.say("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n");
        has_begun.recv().expect("the client has the head");
    })]);
    let mut request = Request::to_path("POST", "/api/x_acme/files").expect("a path");
    request
        .set_body(vec![b'x'; 20_000_000], "text/plain")
        .expect("a body");
    let mut answer = client(&url).open(&request).expect("an answer");
    begun.send(()).expect("the server waits");
    let error = answer.next_piece().expect_err("it breaks off");
    assert!(error.maybe_applied(), "{error}");
    assert_eq!(error.http_status(), Some(201));
}

/// A refusal that comes before all of a large body was sent is read to its end, and its connection is not
/// used again.
#[test]
fn a_refusal_that_comes_early() {
    let (begun, has_begun) = channel();
    let (url, executed) = server(vec![
        script(move |peer| {
            let length = peer.head();
            peer.read(length / 10);
            peer.say("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n\r\n");
            has_begun.recv().expect("the client has the head");
            peer.say("{}");
            // The rest is never executed.
            while peer
                .stream
                .read(&mut [0; 4096])
                .is_ok_and(|count| count > 0)
            {}
        }),
        script(|peer| {
            peer.execute();
            peer.answer("201 Created", JSON, ONE);
        }),
    ]);
    let client = client(&url);
    let mut request = Request::to_path("POST", "/api/x_acme/files").expect("a path");
    let mut left: usize = 60_000_000;
    let read = move |buffer: &mut [u8]| {
        let count = left.min(buffer.len());
        left -= count;
        Ok(count)
    };
    request
        .set_body_reader(Some(60_000_000), Box::new(read), "text/plain")
        .expect("a body");
    let mut answer = client.open(&request).expect("an answer");
    assert_eq!(answer.status(), 413);
    begun.send(()).expect("the server waits");
    assert_eq!(answer.next_piece().expect("a body"), Some(&b"{}"[..]));
    assert_eq!(answer.next_piece().expect("its end"), None);
    drop(answer);
    created(&client).expect("on another connection");
    assert_eq!(executed.load(Ordering::SeqCst), 1);
}

/// What is left of a refusal is not waited for when the call is made again: a new connection costs less.
#[test]
fn a_refusal_that_hardly_comes() {
    let (url, executed) = server(vec![
        script(|peer| {
            peer.execute();
            peer.say(
                "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 9\r\n\r\n{",
            );
            // Until the client has had enough.
            let _ = peer.stream.read(&mut [0]);
        }),
        script(|peer| {
            peer.execute();
            peer.answer("200 OK", JSON, ONE);
        }),
    ]);
    let mut session = Session::new();
    let limit = Duration::from_secs(10);
    session.set_total_timeout(limit).expect("in range");
    let client = Client::new(&url, &session).expect("a client");
    let request = Request::to_path("GET", "/api/now/table/incident").expect("a path");
    let answer = client.open(&request).expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(executed.load(Ordering::SeqCst), 2);
}

/// An answer that unpacks to more than is held of one is given up, and not asked for again. The write was answered.
#[test]
fn an_answer_that_never_ends() {
    for has_reader in [false, true] {
        let (url, executed) = server(vec![script(|peer| {
            peer.execute();
            peer.say("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
            let spaces = packed(&[b' '; 1 << 20]);
            peer.goes_on_with(&spaces);
        })]);
        let mut request = Request::to_path("PUT", "/api/x_acme/files").expect("a path");
        let body = match has_reader {
            false => request.set_body(vec![b'x'], "text/plain"),
            true => request.set_body_reader(Some(1), Box::new(one_byte()), "text/plain"),
        };
        body.expect("a body");
        let error = client(&url).send(&request).expect_err("it is too large");
        assert_eq!(error.status(), Status::UnexpectedAnswer, "{error}");
        assert_eq!(error.http_status(), Some(200));
        assert!(error.message().contains("256 MiB"), "{error}");
        assert!(error.maybe_applied() && !error.is_retryable());
        assert_eq!(executed.load(Ordering::SeqCst), 1);
    }
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text).expect("memory");
    packed.finish().expect("memory")
}

/// A body of one byte, read once.
fn one_byte() -> impl FnMut(&mut [u8]) -> Result<usize, Error> + Send {
    let mut left = 1;
    move |buffer| {
        buffer[..left].fill(b'x');
        Ok(std::mem::take(&mut left))
    }
}

/// A connection that was answered before it had taken the whole request is closed with that answer: the
/// next call must not share it with the rest of this one.
#[test]
fn a_connection_that_was_answered_early_is_closed() {
    let (answered, has_answer) = channel();
    let (ended, has_ended) = channel();
    let (url, executed) = server(vec![
        script(move |peer| {
            peer.head();
            peer.answer("413 Payload Too Large", JSON, "{}");
            has_answer.recv().expect("the client has the answer");
            // What was on its way comes, and then the end.
            while peer
                .stream
                .read(&mut [0; 4096])
                .is_ok_and(|count| count > 0)
            {}
            ended.send(()).expect("the test waits");
        }),
        script(|peer| {
            peer.execute();
            peer.answer("201 Created", JSON, ONE);
        }),
    ]);
    let client = client(&url);
    let mut large = record();
    large
        .set("description", &"x".repeat(20_000_000))
        .expect("a field");
    let error = client
        .table_create("incident", &large, None)
        .expect_err("it is too large");
    assert_eq!(error.http_status(), Some(413), "{error}");
    answered.send(()).expect("the server waits");
    let limit = Duration::from_secs(20);
    has_ended.recv_timeout(limit).expect("it is closed at once");
    created(&client).expect("on another connection");
    assert_eq!(executed.load(Ordering::SeqCst), 1);
}
