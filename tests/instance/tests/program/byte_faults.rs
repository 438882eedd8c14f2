//! Answers that end or change at a byte: every byte, of every kind of answer.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::support::{Program, json};
use serde_json::json as value;

/// How a connection went on after its last byte.
#[derive(Debug, PartialEq)]
enum End {
    Closed,
    Reset,
    Silent,
}

struct Raw {
    bytes: Vec<u8>,
    end: End,
}

impl Raw {
    fn head(&self) -> usize {
        find(&self.bytes, b"\r\n\r\n").expect("a head") + 4
    }

    /// The bytes of the body, without what frames its chunks.
    fn body(&self) -> Vec<u8> {
        let (head, mut rest) = self.bytes.split_at(self.head());
        if find(&head.to_ascii_lowercase(), b"transfer-encoding: chunked").is_none() {
            return rest.to_vec();
        }
        let mut body = Vec::new();
        while let Some(end) = find(rest, b"\r\n") {
            let size = std::str::from_utf8(&rest[..end]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            let from = &rest[end + 2..];
            body.extend_from_slice(&from[..size.min(from.len())]);
            rest = from.get(size + 2..).unwrap_or_default();
        }
        body
    }

    /// Whether nothing is missing.
    fn is_complete(&self) -> bool {
        let head = self.bytes[..self.head()].to_ascii_lowercase();
        match find(&head, b"content-length: ") {
            None => self.bytes.ends_with(b"0\r\n\r\n"),
            Some(at) => {
                let text = String::from_utf8_lossy(&head[at + 16..]).into_owned();
                let length: usize = text.split("\r\n").next().unwrap().parse().unwrap();
                self.body().len() == length
            }
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

fn raw(stream: TcpStream) -> Raw {
    raw_until(stream, |_| false)
}

/// Reads until the connection ends, or until it is silent for a moment after there was `enough`.
fn raw_until(mut stream: TcpStream, enough: impl Fn(&Raw) -> bool) -> Raw {
    let mut so_far = Raw {
        bytes: Vec::new(),
        end: End::Silent,
    };
    let mut buffer = [0; 8192];
    loop {
        let is_enough = enough(&so_far);
        let patience = if is_enough { 100 } else { 20_000 };
        stream
            .set_read_timeout(Some(Duration::from_millis(patience)))
            .unwrap();
        match stream.read(&mut buffer) {
            Ok(0) => so_far.end = End::Closed,
            Ok(read) => {
                so_far.bytes.extend_from_slice(&buffer[..read]);
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                so_far.end = End::Reset;
            }
            Err(_) => assert!(is_enough, "nothing comes: {:?}", so_far.bytes),
        }
        return so_far;
    }
}

struct Asked {
    name: &'static str,
    path: String,
    request: String,
}

fn ask(program: &Program, asked: &Asked) -> Raw {
    ask_until(program, asked, |_| false)
}

fn ask_until(program: &Program, asked: &Asked, enough: impl Fn(&Raw) -> bool) -> Raw {
    let mut stream = program.connect().unwrap();
    stream.write_all(asked.request.as_bytes()).unwrap();
    raw_until(stream, enough)
}

/// A list, plain and packed; a token; an attachment. All end their connection.
fn questions(program: &Program) -> Vec<Asked> {
    let admin = "Authorization: Basic YWRtaW46YWRtaW4=\r\n";
    let created = json(&program.send("POST", "/api/now/table/incident", "{}"));
    let incident = created["result"]["sys_id"].as_str().unwrap();
    let uploaded = program
        .exchange(
            "POST",
            &format!(
                "/api/now/attachment/file?table_name=incident&table_sys_id={incident}&file_name=a"
            ),
            &[
                ("Authorization", "Basic YWRtaW46YWRtaW4="),
                ("Content-Type", "text/plain"),
            ],
            "the bytes of a file",
        )
        .unwrap();
    let attachment = json(&uploaded)["result"]["sys_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let list = "/api/now/table/incident";
    let get = |path: &str, more: &str| {
        format!(
            "GET {path}?sysparm_limit=2&sysparm_fields=number,state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{admin}{more}\r\n"
        )
    };
    let form = "grant_type=password&client_id=snow-client&client_secret=snow-secret&username=admin&password=admin";
    let token = "/oauth_token.do";
    let file = format!("/api/now/attachment/{attachment}/file");
    vec![
        Asked {
            name: "list",
            path: list.into(),
            request: get(list, ""),
        },
        Asked {
            name: "packed list",
            path: list.into(),
            request: get(list, "Accept-Encoding: gzip\r\n"),
        },
        Asked {
            name: "token",
            path: token.into(),
            request: format!(
                "POST {token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n{form}",
                form.len()
            ),
        },
        Asked {
            name: "attachment",
            path: file.clone(),
            request: get(&file, ""),
        },
    ]
}

fn arm(program: &Program, asked: &Asked, fault: serde_json::Value) {
    program.control("DELETE", "/-/faults", "");
    let order = value!({"path": asked.path, "count": 0, "fault": fault});
    program.control("POST", "/-/faults", &order.to_string());
}

#[test]
fn an_answer_is_cut_and_reset_after_every_byte() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    for asked in questions(&program) {
        program.control("DELETE", "/-/faults", "");
        let whole = ask(&program, &asked);
        assert!(whole.is_complete(), "{}", asked.name);
        let length = whole.bytes.len();
        for (kind, end) in [("cut", End::Closed), ("reset", End::Reset)] {
            arm(
                &program,
                &asked,
                value!({"kind": kind, "of": "answer", "at": 0, "step": 1}),
            );
            for at in 0..length {
                let part = ask(&program, &asked);
                assert_eq!(
                    (part.bytes.len(), &part.end),
                    (at, &end),
                    "{} {kind} {at}",
                    asked.name
                );
            }
        }
    }
}

#[test]
fn a_body_is_cut_and_reset_after_every_byte_with_and_without_a_length() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    for with_length in [false, true] {
        let settings = value!({ "content_length": with_length }).to_string();
        program.control("PATCH", "/-/settings", &settings);
        for asked in questions(&program) {
            program.control("DELETE", "/-/faults", "");
            let whole = ask(&program, &asked).body();
            for (kind, end) in [("cut", End::Closed), ("reset", End::Reset)] {
                arm(&program, &asked, value!({"kind": kind, "at": 0, "step": 1}));
                for at in 0..whole.len() {
                    let part = ask(&program, &asked);
                    let what = format!("{} {kind} {at} {with_length}", asked.name);
                    assert!(!part.is_complete() && part.end == end, "{what}");
                    assert_eq!(part.body().len(), at, "{what}");
                }
                // At the end and behind it only the last chunk can be missing.
                for _ in 0..2 {
                    let at_end = ask(&program, &asked);
                    assert_eq!(
                        (at_end.body().len(), at_end.is_complete()),
                        (whole.len(), with_length)
                    );
                }
            }
        }
    }
}

#[test]
fn one_byte_can_be_another() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    for asked in questions(&program) {
        if asked.name == "token" {
            // What remains of a token's time is not the same twice.
            continue;
        }
        program.control("DELETE", "/-/faults", "");
        let whole = ask(&program, &asked).body();
        arm(
            &program,
            &asked,
            value!({"kind": "corrupt", "at": 0, "step": 1, "xor": 1}),
        );
        for at in 0..whole.len() {
            let answer = ask(&program, &asked);
            let mut expected = whole.clone();
            expected[at] ^= 1;
            assert!(
                answer.is_complete() && answer.body() == expected,
                "{} {at}",
                asked.name
            );
        }
        assert!(ask(&program, &asked).body() == whole);
        // In the head: the status line begins with another letter.
        arm(
            &program,
            &asked,
            value!({"kind": "corrupt", "of": "answer", "at": 1, "xor": 0x20}),
        );
        assert!(ask(&program, &asked).bytes.starts_with(b"HtTP/1.1 200"));
    }
}

#[test]
fn an_answer_stops_and_its_connection_stays() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    for asked in questions(&program) {
        program.control("DELETE", "/-/faults", "");
        let whole = ask(&program, &asked);
        let body = whole.body().len();
        for at in [0, 1, body / 2, body - 1] {
            arm(&program, &asked, value!({"kind": "stall", "at": at}));
            let part = ask_until(&program, &asked, |part| {
                find(&part.bytes, b"\r\n\r\n").is_some() && part.body().len() >= at
            });
            assert_eq!(
                (part.body().len(), part.end),
                (at, End::Silent),
                "{} {at}",
                asked.name
            );
        }
        // A token's time has run on meanwhile, and has no fewer digits.
        for at in [0, 1, whole.bytes.len() - 1] {
            arm(
                &program,
                &asked,
                value!({"kind": "stall", "of": "answer", "at": at}),
            );
            let part = ask_until(&program, &asked, |part| part.bytes.len() >= at);
            assert_eq!(
                (part.bytes.len(), part.end),
                (at, End::Silent),
                "{} {at}",
                asked.name
            );
        }
    }
}

#[test]
fn a_place_is_drawn_from_the_seed() {
    let lengths = || -> Vec<usize> {
        let program = Program::start(&["--clock", "2026-02-01 10:00:00", "--seed", "7"]);
        let asked = &questions(&program)[0];
        arm(&program, asked, value!({"kind": "cut", "at": "seed"}));
        (0..5).map(|_| ask(&program, asked).body().len()).collect()
    };
    let first = lengths();
    assert!(first.iter().any(|length| *length != first[0]));
    assert_eq!(first, lengths());
}

#[test]
fn an_answer_after_a_spoilt_one_is_whole() {
    let program = Program::start(&[]);
    program.control(
        "POST",
        "/-/faults",
        r#"{"fault":{"kind":"corrupt","of":"answer","at":100000}}"#,
    );
    let mut stream = program.connect().unwrap();
    let request = "GET /api/now/table/incident?sysparm_limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRtaW46YWRtaW4=\r\n";
    write!(stream, "{request}\r\n{request}Connection: close\r\n\r\n").unwrap();
    let both = raw(stream);
    let text = String::from_utf8_lossy(&both.bytes).into_owned();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2, "{text}");
}

/// Longer than it takes to be called idle, and read slower than it is sent.
#[test]
fn a_slow_body_is_not_an_idle_connection() {
    let program = Program::start(&[]);
    program.control("PATCH", "/-/settings", r#"{"keep_alive_ms":30}"#);
    program.control(
        "POST",
        "/-/faults",
        r#"{"fault":{"kind":"drip","bytes":2000,"interval_ms":20}}"#,
    );
    let answer = program.send("GET", "/api/now/table/incident?sysparm_limit=10", "");
    assert!(answer.complete);
}

#[test]
fn items_of_a_batch_are_struck_by_themselves() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let program = Program::start(&[]);
    let item = |id: &str, method: &str, url: &str| {
        value!({"id": id, "method": method, "url": url, "body": STANDARD.encode("{}"),
            "headers": [{"name": "Content-Type", "value": "application/json"}]})
    };
    let batch = || {
        let body = value!({"batch_request_id": "b", "rest_requests": [
            item("1", "GET", "/api/now/table/incident?sysparm_limit=3&sysparm_fields=number"),
            item("2", "POST", "/api/now/table/problem"),
            item("3", "GET", "/api/now/stats/incident?sysparm_count=true"),
        ]});
        json(&program.send("POST", "/api/now/v1/batch", &body.to_string()))
    };
    let struck = |order: serde_json::Value| {
        program.control("DELETE", "/-/faults", "");
        program.control("POST", "/-/faults", &order.to_string());
        let answer = batch();
        let serviced = answer["serviced_requests"].as_array().unwrap().clone();
        let statuses: Vec<u64> = serviced
            .iter()
            .map(|item| item["status_code"].as_u64().unwrap())
            .collect();
        let first = serviced
            .first()
            .map_or("", |item| item["body"].as_str().unwrap());
        let first = STANDARD.decode(first).unwrap();
        (
            statuses,
            answer["unserviced_requests"].clone(),
            String::from_utf8_lossy(&first).into_owned(),
        )
    };
    let at = |path: &str, fault: serde_json::Value| value!({"batch_items": true, "path": path, "fault": fault});
    let (statuses, _, whole) = struck(value!({"fault": {"kind": "delay", "ms": 1}}));
    assert_eq!(statuses, [200, 201, 200]);
    for (path, fault, expected) in [
        (
            "/api/now/table/problem",
            value!({"kind": "cancelled"}),
            [200, 500, 200],
        ),
        (
            "/api/now/table/problem",
            value!({"kind": "commit_then_cancelled"}),
            [200, 500, 200],
        ),
        (
            "/api/now/stats",
            value!({"kind": "rate_limited"}),
            [200, 201, 429],
        ),
        (
            "/api/now/table/incident",
            value!({"kind": "gateway", "status": 503}),
            [503, 201, 200],
        ),
        (
            "/api/now/table/incident",
            value!({"kind": "not_executed"}),
            [202, 201, 200],
        ),
    ] {
        assert_eq!(struck(at(path, fault.clone())).0, expected, "{fault}");
    }
    let incident = "/api/now/table/incident";
    let (_, _, partial) = struck(at(
        incident,
        value!({"kind": "partial", "variant": "a", "rows": 1}),
    ));
    assert!(partial.contains("\"status\":\"failure\""), "{partial}");
    let (_, _, cut) = struck(at(incident, value!({"kind": "cut", "at": 7})));
    assert_eq!(cut, whole[..7]);
    let (statuses, unserviced, _) =
        struck(at("/api/now/table/problem", value!({"kind": "unserviced"})));
    assert_eq!((statuses, unserviced), (vec![200], value!(["2", "3"])));
    let refused = program.exchange(
        "POST",
        "/-/faults",
        &[],
        r#"{"batch_items":true,"fault":{"kind":"reset_before"}}"#,
    );
    assert_eq!(refused.unwrap().status, 400);
}
