//! What no client should send: the answer is an error or the end of the connection, and the program
//! goes on, in little memory.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use flate2::{Compression, write::GzEncoder};

use crate::support::{Answer, Program, json};

const INCIDENTS: &str = "/api/now/table/incident";
const AUTHORIZATION: &str = "Authorization: Basic YWRtaW46YWRtaW4=\r\n";

/// More than a debug build needs for the small world and everything below.
const ENOUGH_KIB: usize = 256 << 10;

#[test]
fn garbage_ends_the_connection() {
    let program = Program::start(&[]);
    let long_header = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX-A: {}\r\n\r\n",
        "a".repeat(2 << 20)
    );
    let many_headers = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "A: b\r\n".repeat(5_000)
    );
    let cases: [&[u8]; 12] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello",
        b"\0\0\0\0\0\0\0\0",
        b"\xff\xfe\xfd\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\x01\x02 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/now/table/incident HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/now/table/incident HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /api/now/table/incident HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        long_header.as_bytes(),
        many_headers.as_bytes(),
    ];
    for bytes in cases {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let said = shouted(&program, bytes);
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 4"),
            "{head:?}: {said}"
        );
    }
    is_well(&program);
}

#[test]
fn requests_that_never_end_hold_up_nobody() {
    let program = Program::start(&[]);
    let head = format!("POST {INCIDENTS} HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}");
    let unfinished = [
        "G".to_owned(),
        head.clone(),
        format!("{head}Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{{"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
    ];
    let mut open = Vec::new();
    for number in 0..connections_to_open() {
        let mut stream = program.connect().expect("a connection");
        let begun = &unfinished[number % unfinished.len()];
        stream.write_all(begun.as_bytes()).expect("it is taken");
        open.push(stream);
    }
    is_well(&program);
    drop(open);
    is_well(&program);
}

#[test]
fn a_body_that_stops_coming_closes_its_connection() {
    let program = Program::start(&[]);
    program.control("PATCH", "/-/settings", r#"{"body_timeout_ms":50}"#);
    let head = format!("POST {INCIDENTS} HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}");
    for end in [
        "Content-Length: 100\r\n\r\n{",
        "Content-Length: 20000000\r\n\r\n{",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    ] {
        let said = spoken(&program, format!("{head}{end}").as_bytes());
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 400"),
            "{said}"
        );
    }
    is_well(&program);
}

#[test]
fn bodies_beyond_the_limit_are_refused() {
    let program = Program::start(&[]);
    let large = "a".repeat(15_105_102);
    let refused = program.send("POST", INCIDENTS, &large);
    let failure = &json(&refused)["error"];
    assert_eq!(refused.status, 400);
    assert_eq!(failure["message"], "Exception while reading request");
    assert_eq!(
        failure["detail"],
        "Rejected large REST payload with content-length = 15105102 bytes. Max allowed: 10485760 bytes."
    );
    let mut chunked = format!(
        "POST {INCIDENTS} HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}Content-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    for _ in 0..11 {
        chunked += &format!("100000\r\n{}\r\n", "a".repeat(1 << 20));
    }
    let said = spoken(&program, format!("{chunked}0\r\n\r\n").as_bytes());
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");

    let bomb = packed(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    let refused = send_packed(&program, "gzip", &bomb);
    assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
    is_well(&program);

    let journal = json(&program.control("GET", "/-/requests?path=/api/now/table/incident", ""));
    let statuses: Vec<_> = journal
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| entry["status"].as_u64())
        .collect();
    assert_eq!(statuses, [Some(400), Some(400), Some(400), Some(200)]);
}

#[test]
fn bodies_that_are_no_json_are_refused() {
    let program = Program::start(&[]);
    let deep = "[".repeat(200_000);
    for body in [r#"{"a":"#, "{]", "nul", "\"text\"", "7", "[]", "[7]", &deep] {
        let refused = program.send("POST", INCIDENTS, body);
        let start = &body[..body.len().min(20)];
        assert_eq!(refused.status, 400, "{start}");
        assert_eq!(
            json(&refused)["error"]["message"],
            "Exception while reading request",
            "{start}"
        );
    }
    let said = send_packed(
        &program,
        "identity",
        b"{\"short_description\":\"\xff\xfe\"}",
    );
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    is_well(&program);
}

#[test]
fn a_packed_body_is_unpacked_and_an_unknown_coding_refused() {
    let program = Program::start(&[]);
    let body = packed(br#"{"short_description":"packed"}"#);
    let made = send_packed(&program, "gzip", &body);
    assert!(
        made.starts_with("HTTP/1.1 201") && made.contains(r#""packed""#),
        "{made}"
    );
    let broken = send_packed(&program, "gzip", b"no gzip");
    assert!(broken.starts_with("HTTP/1.1 400"), "{broken}");
    let unknown = send_packed(&program, "br", &body);
    assert!(unknown.starts_with("HTTP/1.1 415"), "{unknown}");
    for (accepted, coding) in [
        ("br, zstd;q=1", None),
        ("gzip;q=0", None),
        ("br, gzip; q=0.0", None),
        ("br, gzip; q=0.1", Some("gzip")),
    ] {
        let wanted = [
            ("Authorization", "Basic YWRtaW46YWRtaW4="),
            ("Accept-Encoding", accepted),
        ];
        let answer = program
            .exchange("GET", INCIDENTS, &wanted, "")
            .expect("an answer");
        assert_eq!(
            (answer.status, answer.header("content-encoding")),
            (200, coding),
            "{accepted}"
        );
    }
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    let program = Program::start(&[]);
    for (path, status) in [
        ("/api/now/table/inci%00dent", 400),
        ("/api/now/table/%00", 400),
        ("/api/now/table/incident/%00", 404),
        ("/api/now/table/incident/%ff%fe", 404),
        ("/api/now/attachment/%00/file", 404),
        ("/api/now/attachment/..%2f..%2f..%2fetc%2fpasswd/file", 404),
        ("/api/now/table/..%2fincident", 400),
        ("/api/now/%zz", 400),
        ("/api/", 400),
        ("/%00", 404),
        ("/api/now/table/incident?sysparm_query=%00%ff^^^NQ^OR", 200),
        (
            "/api/now/table/incident?sysparm_limit=99999999999999999999&sysparm_offset=-1",
            200,
        ),
        (
            "/api/now/table/incident?sysparm_limit=1&sysparm_offset=18446744073709551615",
            200,
        ),
    ] {
        assert_eq!(program.send("GET", path, "").status, status, "{path}");
    }
    let long = format!("{INCIDENTS}?sysparm_query={}", "a".repeat(20_000));
    assert_eq!(program.send("GET", &long, "").status, 400);
    // In a batch a URL may be longer.
    for inside in ["JOIN.=.!", "JOINincident.sys_id=task.parent!"] {
        let url = format!("{INCIDENTS}?sysparm_query={}", inside.repeat(100_000));
        let item = format!(r#"{{"id":"1","method":"GET","url":"{url}"}}"#);
        let batch = format!(r#"{{"batch_request_id":"1","rest_requests":[{item}]}}"#);
        assert_eq!(
            program.send("POST", "/api/now/v1/batch", &batch).status,
            200
        );
    }
    is_well(&program);
}

/// It answers, and holds no more memory than it needs.
fn is_well(program: &Program) {
    let answer: Answer = program.send("GET", &format!("{INCIDENTS}?sysparm_limit=1"), "");
    assert_eq!(answer.status, 200);
    let resident = program.resident_kib();
    assert!(resident < ENOUGH_KIB, "{resident} KiB are resident");
}

/// What came back for bytes after which the client says no more.
fn shouted(program: &Program, bytes: &[u8]) -> String {
    let stream = begun(program, bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    rest(stream)
}

/// What came back for a request that closes the connection itself.
fn spoken(program: &Program, bytes: &[u8]) -> String {
    rest(begun(program, bytes))
}

fn begun(program: &Program, bytes: &[u8]) -> TcpStream {
    let mut stream = program.connect().expect("a connection");
    // It may be refused before it is sent to its end.
    let _ = stream.write_all(bytes);
    stream
}

fn rest(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    if let Err(error) = stream.read_to_end(&mut said) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8_lossy(&said).into_owned()
}

fn send_packed(program: &Program, coding: &str, body: &[u8]) -> String {
    let mut request = format!(
        "POST {INCIDENTS} HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}Content-Type: application/json\r\n\
         Content-Encoding: {coding}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    spoken(program, &request)
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// As many as the limits of the machine allow this process and the program, but not for ever.
fn connections_to_open() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").expect("the limits are readable");
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|soft| soft.parse().ok())
        .unwrap_or(1_024_usize);
    // Other tests of this process have connections too.
    (soft / 2).min(4_000)
}

#[test]
fn connections_that_say_nothing_cost_little_and_end() {
    let program = Program::start(&[]);
    let before = program.resident_kib();
    let open: Vec<_> = (0..connections_to_open())
        .map(|_| program.connect().expect("a connection"))
        .collect();
    is_well(&program);
    let each = program.resident_kib().saturating_sub(before) * 1_024 / open.len();
    assert!(each < 8_192, "{each} bytes for each connection");
    // Shortened while they idle, it holds for them too.
    program.control("PATCH", "/-/settings", r#"{"keep_alive_ms":10}"#);
    for mut stream in open {
        assert_eq!(stream.read(&mut [0]).expect("an end"), 0);
    }
}

#[test]
fn more_connections_than_allowed_are_closed() {
    let program = Program::start(&[]);
    program.control("PATCH", "/-/settings", r#"{"max_connections":3}"#);
    let kept: Vec<_> = (0..3)
        .map(|_| begun(&program, b"GET /-/clock HTTP/1.1\r\n"))
        .collect();
    // The kernel takes a connection before the program sees it; in turn it is the fourth.
    assert_eq!(
        spoken(&program, b"GET /-/clock HTTP/1.1\r\nHost: x\r\n\r\n"),
        ""
    );
    drop(kept);
    let well = || {
        spoken(
            &program,
            b"GET /-/clock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while well().is_empty() {
        assert!(
            std::time::Instant::now() < deadline,
            "the connections that ended still count"
        );
    }
}
