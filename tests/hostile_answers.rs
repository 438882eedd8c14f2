//! What answers that were made for it can have a client hold. A few kilobytes, packed, are many megabytes, and those
//! can be more again once they are read.
//!
//! One test of that, since the memory is that of the whole process.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use snow::{Client, Error, Request, Session, Status};

/// A body, packed: a beginning, so many times the same, and an end.
struct Body(&'static str, &'static str, usize, &'static str);

const MANY_ROWS: Body = Body(r#"{"result":[{}"#, ",{}", 3_000_000, "]}");

const NO_ROWS: Body = Body(r#"{"result":["#, "", 0, "]}");

/// The answer to a path that ends so. Each of the first ones is broken, or larger than anything that is of use.
const ANSWERS: [(&str, &str, Body); 6] = [
    (
        "/fields",
        "200 OK",
        Body(r#"{"result":[{"sys_id":"a""#, r#","":"""#, 3_000_000, "}]}"),
    ),
    (
        "/levels",
        "200 OK",
        Body(r#"{"result":["#, "[", 16 << 20, ""),
    ),
    (
        "/lead",
        "200 OK",
        Body(r#"{"result":[{"#, " ", 16 << 20, r#""a":"b"}]}"#),
    ),
    ("/rows", "200 OK", MANY_ROWS),
    ("/failure", "500 Internal Server Error", MANY_ROWS),
    (
        "/counted",
        "200 OK",
        Body(r#"{"result":[{"sys_id":"a"}]}"#, "", 0, ""),
    ),
];

impl Body {
    fn packed(&self) -> Vec<u8> {
        let Body(begin, unit, count, end) = self;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(begin.as_bytes()).expect("memory");
        let block = unit.repeat(1 << 14);
        for at in (0..*count).step_by(1 << 14) {
            let count = (count - at).min(1 << 14);
            let part = &block.as_bytes()[..count * unit.len()];
            packed.write_all(part).expect("memory");
        }
        packed.write_all(end.as_bytes()).expect("memory");
        packed.finish().expect("memory")
    }
}

/// A server that gives each path its answer; its URL.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.expect("a connection"));
        }
    });
    url
}

fn serve(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).expect("a request");
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).expect("a head");
    }
    let path = first.split([' ', '?']).nth(1).expect("a path");
    let (_, status, body) = ANSWERS
        .iter()
        .find(|(end, ..)| path.ends_with(end))
        .expect("a path with an answer");
    // No row has no sys_id.
    let is_none = first.contains("sys_idISEMPTY");
    let body = if is_none { &NO_ROWS } else { body };
    let total = match path.ends_with("/counted") {
        _ if is_none => 0,
        true => u64::MAX,
        false => 1,
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\
         X-Total-Count: {total}\r\nConnection: close\r\n\r\n"
    );
    // A client that has had enough does not read the rest.
    let stream = stream.get_mut();
    let _ = stream.write_all(&[head.as_bytes(), &body.packed()].concat());
}

/// The megabytes that this process holds, or the most that it held since [`forget_the_most`].
fn memory(which: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(which));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.expect("a line").parse::<u64>().expect("a number") >> 10
}

fn forget_the_most() {
    fs::write("/proc/self/clear_refs", "5").expect("Linux");
}

/// What a call gives, and by how many megabytes memory grew meanwhile, at the most.
fn growth<T>(call: impl FnOnce() -> T) -> (T, u64) {
    forget_the_most();
    let before = memory("VmRSS:");
    let given = call();
    (given, memory("VmHWM:").saturating_sub(before))
}

fn assert_too_large(error: &Error, words: &str) {
    assert_eq!(error.status(), Status::UnexpectedAnswer, "{error}");
    assert!(error.message().contains(words), "{error}");
}

#[test]
fn a_small_answer_takes_no_gigabyte() {
    let client = Client::new(&server(), &Session::new()).expect("a client");
    let listed = |table: &str| {
        let mut rows = client.table_list(table, None).expect("a cursor");
        rows.next_record().map(|row| row.is_some())
    };
    let sent = |table: &str| {
        let path = format!("/api/now/table/{table}");
        client.send(&Request::to_path("GET", &path).expect("a path"))
    };

    // The fields of a row, each with its name.
    let (row, most) = growth(|| listed("fields"));
    assert_too_large(&row.expect_err("too many"), "65536 fields");
    assert!(most < 48, "{most} MB for fields");

    // What is open.
    let (row, most) = growth(|| listed("levels"));
    assert_too_large(&row.expect_err("too deep"), "1048576 levels");
    assert!(most < 8, "{most} MB for levels");

    // What the next row is expected to look like.
    let before = memory("VmRSS:");
    assert!(listed("lead").expect("a row"));
    let after = memory("VmRSS:").saturating_sub(before);
    assert!(after < 12, "{after} MB for one row that was");

    // Rows that are passed on the way to the words of an error.
    let (answer, most) = growth(|| sent("failure").and_then(|answer| answer.check()));
    let error = answer.expect_err("a failure");
    assert_eq!(error.http_status(), Some(500), "{error}");
    assert!(most < 35, "{most} MB for the words of an error");

    // Rows that are kept.
    let (rows, most) = growth(|| sent("rows").expect("an answer").records().err());
    assert_too_large(&rows.expect("too many"), "256 MiB");
    assert!(most < 200, "{most} MB for rows");
}

/// So many rows as an instance says, and no table has.
#[test]
fn a_count_that_cannot_be() {
    let client = Client::new(&server(), &Session::new()).expect("a client");
    let shards = client.table_shards("counted", None, 3).expect("shards");
    assert_eq!(shards.len(), 3);
}
