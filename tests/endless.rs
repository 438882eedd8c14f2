//! Answers that have no end, or hold more than was asked for: what is held of them is bounded, and a call takes no longer
//! than it may.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use snow::{Client, Error, Request, Session, Status};

const SYS_ID: &str = "46d44a23a9fe19810012d100cca80666";

/// An answer that is packed, a part of which comes again and again until the client has had enough.
struct Answer {
    headers: &'static str,
    begin: &'static str,
    again: Option<Vec<u8>>,
}

impl Answer {
    fn list(begin: &'static str, again: Option<&[u8]>) -> Answer {
        Answer {
            headers: "Content-Type: application/json\r\n",
            begin,
            again: again.map(packed),
        }
    }

    /// The URL of a server that answers every request with it.
    fn server(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        thread::spawn(move || {
            for stream in listener.incoming() {
                self.answer(BufReader::new(stream.expect("a connection")));
            }
        });
        url
    }

    fn answer(&self, mut stream: BufReader<TcpStream>) {
        let mut asked = String::new();
        stream.read_line(&mut asked).expect("a request");
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).expect("a head");
        }
        let stream = stream.get_mut();
        // No row has no sys_id.
        if asked.contains("sys_idISEMPTY") {
            let none = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n{\"result\":[]}";
            stream.write_all(none).expect("the client listens");
            return;
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n{}\r\n",
            self.headers
        );
        let begun = stream.write_all(head.as_bytes());
        begun
            .and_then(|()| stream.write_all(&packed(self.begin.as_bytes())))
            .expect("the client listens");
        while let Some(again) = &self.again
            && stream.write_all(again).is_ok()
        {}
    }
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text).expect("memory");
    packed.finish().expect("memory")
}

fn client(url: &str, limit: Duration) -> Client {
    let mut session = Session::new();
    session.set_retry(0, LONG).expect("in range");
    session.set_total_timeout(limit).expect("in range");
    Client::new(url, &session).expect("a client")
}

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_secs(1);

fn first_row(client: &Client) -> Error {
    let mut rows = client.table_list("incident", None).expect("a cursor");
    rows.next_record().expect_err("there is no end")
}

fn is_refused(error: &Error, why: &str) {
    assert_eq!(error.status(), Status::UnexpectedAnswer, "{error}");
    assert!(error.message().contains(why), "{error}");
}

#[test]
fn a_row() {
    let server = Answer::list(r#"{"result":[{"description":""#, Some(&[b' '; 1 << 20])).server();
    is_refused(&first_row(&client(&server, LONG)), "256 MiB");
}

#[test]
fn the_rows_of_a_page() {
    let rows = r#"{"number":"INC0000001"},"#.repeat(10_000);
    let server = Answer::list(r#"{"result":["#, Some(rows.as_bytes())).server();
    is_refused(
        &first_row(&client(&server, LONG)),
        "more rows than were asked for",
    );
}

#[test]
fn the_bytes_of_a_page() {
    let row = format!(r#"{{"description":"{}"}},"#, " ".repeat(1 << 20));
    let server = Answer::list(r#"{"result":["#, Some(row.as_bytes())).server();
    is_refused(&first_row(&client(&server, LONG)), "256 MiB");
}

/// What holds nothing is never done, and there is always more of it at hand.
#[test]
fn nothing() {
    for (nothing, begin) in [(&[b' '; 1 << 20][..], r#"{"result":["#), (b"", "")] {
        let server = Answer::list(begin, Some(nothing)).server();
        let client = client(&server, SHORT);
        let error = first_row(&client);
        assert_eq!(error.status(), Status::Timeout, "{error}");
        let request = Request::to_path("GET", "/api/x_acme/nothing").expect("a path");
        if nothing.is_empty() {
            let error = client.send(&request).expect_err("there is no end");
            assert_eq!(error.status(), Status::Timeout, "{error}");
            let mut answer = client.open(&request).expect("an answer");
            let error = answer.next_piece().expect_err("there is nothing");
            assert_eq!(error.status(), Status::Timeout, "{error}");
        }
    }
}

#[test]
fn an_attachment() {
    for (headers, status, why) in [
        (
            "Content-Type: text/plain\r\nX-Attachment-Metadata: {\"size_bytes\":\"10\"}\r\n",
            Status::Corrupt,
            "in place of 10",
        ),
        (
            "Content-Type: text/plain\r\nX-Attachment-Metadata: {}\r\n",
            Status::UnexpectedAnswer,
            "256 MiB",
        ),
    ] {
        let answer = Answer {
            headers,
            begin: "",
            again: Some(packed(&[b'a'; 1 << 20])),
        };
        let error = client(&answer.server(), LONG)
            .attachment_download(SYS_ID)
            .expect_err("there is no end");
        assert_eq!(error.status(), status, "{error}");
        assert!(error.message().contains(why), "{error}");
    }
}

/// After the last row of a page comes the next page: of rows in no order it would be any.
#[test]
fn rows_that_are_not_sorted() {
    const ROWS: &str = r#"{"result":[{"sys_id":"d0000000000000000000000000000000"},
        {"sys_id":"a0000000000000000000000000000000"}]}"#;
    let server = Answer::list(ROWS, None).server();
    let client = client(&server, SHORT);
    is_refused(&first_row(&client), "in the order of their sys_id");
    for order in [snow::ExportOrder::Any, snow::ExportOrder::SysId] {
        let mut export = client.table_export("incident", None).expect("an export");
        export.set_order(order);
        let error = export.rows().next_record().expect_err("no order");
        is_refused(&error, "in the order of their sys_id");
    }
}
