//! The rows of a list while its answer comes in: whole, cut, and with something wrong at its end.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use http::Method;

use super::wire::{Answer, WAYS, Way, server};
use crate::client::Client;
use crate::error::{Error, Status};
use crate::record::row::Rows;
use crate::request::Request;
use crate::response::RowStream;
use crate::runtime::Cancel;
use crate::session::Session;
use crate::session::connection::Unattended;
use crate::session::statistics::Counter;

const BLOCK: usize = 96 * 1024;

fn client(url: &str) -> Client {
    let mut session = Session::new();
    session
        .set_retry(0, Duration::from_secs(1))
        .expect("in range");
    Client::new(url, &session).expect("a client")
}

fn request() -> Request {
    Request::new(Method::GET, ["api", "now", "table", "incident"])
}

fn opened(client: &Client, cancel: &Arc<Cancel>) -> RowStream {
    match client
        .connection
        .open_unattended(&request(), cancel, &Counter::default())
    {
        Unattended::Ended(stream) => RowStream::new(stream.expect("an answer")),
        Unattended::NeedsCaller => panic!("no token is needed"),
    }
}

fn answered(answer: Answer) -> RowStream {
    opened(&client(&server(vec![answer], |_| {})), &Arc::default())
}

fn rows(count: usize) -> Vec<String> {
    let row = |index| {
        format!(
            r#"{{"number":"{index}","text":"{}"}}"#,
            "x".repeat(index % 900)
        )
    };
    (0..count).map(row).collect()
}

fn list(rows: &[String]) -> String {
    format!(r#"{{"result":[{}]}}"#, rows.join(","))
}

/// What comes until the end, or until it fails, each row by its number.
fn read(stream: &mut RowStream) -> (Vec<usize>, Option<Error>) {
    let mut numbers = Vec::new();
    loop {
        match stream.next_rows() {
            Ok(Some(rows)) => numbers.extend(rows.records().map(|row| {
                let number = row.get("number").expect("a field");
                number.parse::<usize>().expect("a number")
            })),
            Ok(None) => return (numbers, None),
            Err(error) => {
                let again = stream.next_rows().map(drop).expect_err("it stays failed");
                assert_eq!(format!("{again:?}"), format!("{error:?}"));
                return (numbers, Some(error));
            }
        }
    }
}

#[test]
fn every_row_comes_once_and_in_blocks() {
    let body = list(&rows(3000));
    for way in WAYS {
        let mut stream = answered(Answer::json(way, &body));
        let (mut blocks, mut count) = (Vec::<Rows>::new(), 0);
        while let Some(rows) = stream.next_rows().expect("a good answer") {
            for row in rows.records() {
                assert_eq!(row.get("number").expect("a field"), count.to_string());
                count += 1;
            }
            blocks.push(rows);
        }
        assert_eq!(count, 3000, "{way:?}");
        assert!(stream.next_rows().expect("the end").is_none());
        let (last, others) = blocks.split_last().expect("rows");
        assert!(last.row_count() > 0);
        let sizes: Vec<_> = others.iter().map(Rows::bytes).collect();
        let is_due = |&size: &usize| (BLOCK - 1000..=BLOCK).contains(&size);
        assert!(
            sizes.len() > 2 && sizes.iter().all(is_due),
            "{way:?}: {sizes:?}"
        );
    }
}

#[test]
fn a_list_without_rows_gives_none() {
    for way in WAYS {
        let mut stream = answered(Answer::json(way, r#"{"result":[]}"#));
        assert!(stream.next_rows().expect("a good answer").is_none());
    }
}

#[test]
fn a_row_of_20_megabytes_comes_whole() {
    let mut large = rows(3);
    large[1] = format!(r#"{{"number":"1","text":"{}"}}"#, "y".repeat(20 << 20));
    let body = list(&large);
    for way in [Way::ContentLength, Way::Chunked(8192), Way::Gzip(8192)] {
        let (numbers, error) = read(&mut answered(Answer::json(way, &body)));
        assert_eq!((numbers, error.is_none()), (vec![0, 1, 2], true), "{way:?}");
    }
}

/// However much came before the cut: what was given is the beginning of the list, and the end is an error.
#[test]
fn an_answer_that_is_cut_ends_in_an_error() {
    let body = list(&rows(3000));
    for way in [Way::ContentLength, Way::Chunked(8192), Way::Gzip(8192)] {
        let mut most = 0;
        for per_mille in [0, 1, 250, 500, 750, 999] {
            let answer = Answer::json(way, &body).cut(per_mille);
            let (numbers, error) = read(&mut answered(answer));
            let error = error.expect("a cut answer");
            assert_eq!(
                error.status(),
                Status::CutBody,
                "{way:?} {per_mille}: {error}"
            );
            assert!(error.is_retryable() && error.path().is_some());
            assert!(numbers.iter().copied().eq(0..numbers.len()));
            most = numbers.len().max(most);
        }
        assert!((1..3000).contains(&most), "{way:?}: {most} rows");
    }
}

/// The instance closes the row that it is in, so that it looks like any other, and tells of the error after
/// that. Before the error came nobody can know, so the row is not given until then.
#[test]
fn the_last_row_before_an_error_is_never_given() {
    let error = r#""error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":"d"}"#;
    for count in [0, 1, 400, 3000] {
        let mut all = rows(count);
        all.push(format!(r#"{{"number":"{count}","text":"ha"}}"#));
        for (body, way) in [
            (
                format!(r#"{{"result":[{}],{error}}}"#, all.join(",")),
                Way::Chunked(700),
            ),
            (
                format!(r#"{{"result":[{}, ],{error}}}"#, all.join(",")),
                Way::ContentLength,
            ),
            (
                format!(r#"{{"result":[{},{{"num],{error}}}"#, all.join(",")),
                Way::Gzip(8192),
            ),
        ] {
            let (numbers, error) = read(&mut answered(Answer::json(way, &body)));
            let error = error.expect("an error");
            assert_eq!(error.status(), Status::PartialResult, "{error}");
            assert_eq!(error.detail(), Some("d"));
            assert!(numbers.iter().copied().eq(0..numbers.len()));
            assert!(numbers.len() <= count);
            assert_eq!(numbers.is_empty(), count < 3000, "{count}");
        }
    }
}

/// A block that ends with such a row, and what follows begins with the error.
#[test]
fn the_last_row_of_a_block_waits_for_what_follows() {
    let (begin, last) = (
        r#"{"result":[{"number":"0","text":""#,
        r#""},{"number":"1"}"#,
    );
    let error =
        r#"],"error":{"message":"Transaction cancelled: x","detail":"d"},"status":"failure"}"#;
    let text = "x".repeat(BLOCK - begin.len() - last.len());
    let body = format!("{begin}{text}{last}{error}");
    for way in WAYS {
        let (numbers, error) = read(&mut answered(Answer::json(way, &body)));
        assert_eq!(error.expect("an error").detail(), Some("d"));
        assert!(numbers.is_empty(), "{numbers:?}");
    }
}

#[test]
fn what_is_no_list_fails_as_it_does_for_who_reads_it_whole() {
    const JSON: &str = "Content-Type: application/json\r\n";
    const HTML: &str = "Content-Type: text/html\r\n";
    let cancelled =
        r#"{"error":{"message":"Transaction cancelled: x","detail":"d"},"status":"failure"}"#;
    let half_a_pair = r#"{"result":[{"number":"0"},{"number":"\ud800"},{"number":"2"}]}"#;
    for (status, headers, body) in [
        ("200 OK", JSON, ""),
        ("200 OK", JSON, "[]"),
        ("200 OK", JSON, r#"{"result":"#),
        ("200 OK", JSON, r#"{"result":[{"a":"1"}"#),
        ("200 OK", JSON, r#"{"result":[{"a":"1"}}"#),
        ("200 OK", JSON, r#"{"result":{"a":1e999}}"#),
        ("200 OK", JSON, r#"{"result":[{"a":"1"},"x",{"a":"2"}]}"#),
        ("200 OK", JSON, half_a_pair),
        ("200 OK", JSON, &half_a_pair[..half_a_pair.len() - 1]),
        ("200 OK", JSON, cancelled),
        ("200 OK", HTML, "<html>hibernating page</html>"),
        ("200 OK", HTML, "<html>login.do</html>"),
        ("200 OK", "Content-Type: text/plain\r\n", "rows"),
        ("202 Accepted", JSON, ""),
        ("302 Found", "Location: https://example.com/x\r\n", ""),
        ("400 Bad Request", JSON, cancelled),
        ("401 Unauthorized", JSON, cancelled),
        ("429 Too Many Requests", "Retry-After: 7\r\n", ""),
        ("500 Internal Server Error", JSON, cancelled),
        (
            "503 Service Unavailable",
            HTML,
            "<html>Service Interruption</html>",
        ),
    ] {
        for way in [Way::ContentLength, Way::Chunked(3), Way::Gzip(9)] {
            let answer = || Answer::new(status, headers, way, body);
            let client = client(&server(vec![answer(), answer()], |_| {}));
            let whole = client.send(&request()).expect("an answer");
            let expected = whole.records().expect_err(body);
            let (numbers, error) = read(&mut opened(&client, &Arc::default()));
            let error = error.unwrap_or_else(|| panic!("{status} {body}"));
            assert_eq!(
                format!("{error:?}"),
                format!("{expected:?}"),
                "{status} {body}"
            );
            assert!(numbers.is_empty(), "{body}");
        }
    }
    for (body, expected) in [
        (
            r#"{"result":{"number":"1"}}"#,
            "the answer holds no list of records",
        ),
        (r#"{"result":null}"#, "the answer holds no list of records"),
        (r#"{"result":5}"#, "the answer holds no list of records"),
        ("{}", "the answer holds no list of records"),
    ] {
        let (numbers, error) = read(&mut answered(Answer::json(Way::ContentLength, body)));
        let error = error.expect(body);
        assert_eq!(
            (error.status(), error.message()),
            (Status::UnexpectedAnswer, expected)
        );
        assert!(numbers.is_empty(), "{body}");
    }
}

#[test]
fn an_answer_that_is_packed_as_nobody_asked_is_refused() {
    let packed = |coding: &str| {
        let headers = format!("Content-Encoding: {coding}\r\n");
        Answer::new("200 OK", &headers, Way::Chunked(9), &list(&rows(3)))
    };
    let (numbers, error) = read(&mut answered(packed("br")));
    let error = error.expect("of brotli nothing can be read");
    assert_eq!(
        (numbers.len(), error.status()),
        (0, Status::UnexpectedAnswer)
    );
    assert!(error.message().contains("packed as \"br\""), "{error}");
    assert!(!error.is_retryable());
    let url = server(vec![packed("deflate, gzip")], |_| {});
    let error = client(&url).send(&request()).expect_err("neither of two");
    assert_eq!(error.status(), Status::UnexpectedAnswer);
    assert!(error.message().contains("\"deflate, gzip\""), "{error}");
}

/// Its status says what its body cannot.
#[test]
fn a_failure_that_is_packed_as_nobody_asked_is_told_all_the_same() {
    let refused = || {
        let headers = "Content-Encoding: br\r\nRetry-After: 1\r\n";
        Answer::new("429 Too Many Requests", headers, Way::Chunked(9), "no text")
    };
    let streamed = read(&mut answered(refused())).1.expect("a failure");
    let answer = client(&server(vec![refused()], |_| {})).send(&request());
    let whole = answer.expect("an answer").check().expect_err("a failure");
    for error in [streamed, whole] {
        assert_eq!(error.status(), Status::RateLimited, "{error}");
        assert!(error.is_retryable() && !error.maybe_applied());
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    }
}

/// With a body it is no request that was dropped.
#[test]
fn rows_are_taken_with_202_too() {
    let answer = Answer::new("202 Accepted", "", Way::Chunked(700), &list(&rows(3000)));
    let (numbers, error) = read(&mut answered(answer));
    assert_eq!((numbers.len(), error.is_none()), (3000, true));
}

/// A server that has sent half of a list and waits, and what tells of that.
fn half_of_a_list() -> (String, std::sync::mpsc::Receiver<()>) {
    let (sent, is_sent) = channel();
    let answer = Answer::json(Way::Chunked(8192), &list(&rows(3000))).cut(500);
    let url = server(vec![answer], move |stream| {
        sent.send(()).expect("the test waits");
        // Until the client goes away.
        let _ = stream.read(&mut [0]);
        let _ = sent.send(());
    });
    (url, is_sent)
}

#[test]
fn a_stream_is_cancelled_while_it_waits() {
    let (url, news) = half_of_a_list();
    let (client, cancel) = (client(&url), Arc::<Cancel>::default());
    let mut stream = opened(&client, &cancel);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| read(&mut stream));
        news.recv().expect("half of it was sent");
        cancel.cancel();
        let (_, error) = reading.join().expect("no panic");
        assert_eq!(error.expect("an error").status(), Status::Cancelled);
    });
    news.recv().expect("the connection is closed");
}

#[test]
fn a_stream_ends_when_its_client_is_closed() {
    let (url, news) = half_of_a_list();
    let client = client(&url);
    let mut stream = opened(&client, &Arc::default());
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| read(&mut stream));
        news.recv().expect("half of it was sent");
        // It waits in a call, or is between two of them.
        let _ = client.close(Duration::ZERO);
        let (_, error) = reading.join().expect("no panic");
        let status = error.expect("an error").status();
        assert!(
            matches!(status, Status::Cancelled | Status::Closed),
            "{status:?}"
        );
    });
    news.recv().expect("the connection is closed");
}

#[test]
fn a_stream_waits_for_each_piece_only_so_long() {
    let (url, _news) = half_of_a_list();
    let mut session = Session::new();
    session
        .set_total_timeout(Duration::from_millis(300))
        .expect("in range");
    let client = Client::new(&url, &session).expect("a client");
    let (numbers, error) = read(&mut opened(&client, &Arc::default()));
    assert_eq!(error.expect("an error").status(), Status::Timeout);
    assert!(!numbers.is_empty());
}

#[test]
fn a_token_that_is_not_there_is_for_the_callers_thread() {
    let mut session = Session::new();
    session.set_oauth("id", "secret").expect("credentials");
    let client = Client::new("http://127.0.0.1:9", &session).expect("a client");
    let opened =
        client
            .connection
            .open_unattended(&request(), &Arc::default(), &Counter::default());
    assert!(matches!(opened, Unattended::NeedsCaller));
}
