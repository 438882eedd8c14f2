//! What a reader makes of answers, and leaves behind where reading is over.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{KEYS, Maker, Reader};
use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::export::ExportOrder;
use crate::export::page_size::PageSize;
use crate::export::plan::Plan;
use crate::export::shared::{Found, Reading, Shared};
use crate::export::source::Source;
use crate::record::row::Rows;
use crate::response::tests::wire::{Answer, Way, server};
use crate::session::Session;

/// Makes a thing of each row. Another reader fails when the first comes.
struct Each(Arc<Shared<usize>>);

impl Maker<usize> for Each {
    fn take(&mut self, _: &Rows, some: Range<usize>) -> Result<Option<(usize, usize)>> {
        if some.start == 0 {
            let error = Error::new(Status::Forbidden, "another reader failed");
            self.0.fail(error);
        }
        Ok((!some.is_empty()).then_some((some.start, some.start + 1)))
    }

    fn rest(&mut self) -> Result<Option<usize>> {
        Ok(None)
    }
}

/// Makes a thing of each block of rows.
struct Blocks;

impl Maker<usize> for Blocks {
    fn take(&mut self, _: &Rows, some: Range<usize>) -> Result<Option<(usize, usize)>> {
        Ok((!some.is_empty()).then_some((some.len(), some.end)))
    }

    fn rest(&mut self) -> Result<Option<usize>> {
        Ok(None)
    }
}

/// Ends the thread that it is on.
struct Panics;

impl Maker<usize> for Panics {
    fn take(&mut self, _: &Rows, _: Range<usize>) -> Result<Option<(usize, usize)>> {
        panic!("a maker is at fault")
    }

    fn rest(&mut self) -> Result<Option<usize>> {
        Ok(None)
    }
}

fn list(rows: usize) -> Answer {
    let list: Vec<_> = (1..=rows)
        .map(|row| format!(r#"{{"sys_id":"{row:032x}"}}"#))
        .collect();
    let headers = format!("Content-Type: application/json\r\nX-Total-Count: {rows}\r\n");
    answer(&headers, &format!(r#"{{"result":[{}]}}"#, list.join(",")))
}

fn answer(headers: &str, body: &str) -> Answer {
    Answer::new("200 OK", headers, Way::ContentLength, body)
}

/// A client of a server that gives these answers, each once.
fn client(answers: Vec<Answer>) -> Client {
    Client::new(&server(answers, |_| {}), &Session::new()).expect("a client")
}

/// An export of one connection, and room for so many things.
fn export(room: usize) -> (Arc<Source>, Arc<Shared<usize>>) {
    let source = Arc::new(Source::new("incident", None).expect("a table"));
    let plan = Plan::new(ExportOrder::Any, &source, 1);
    let shared = Shared::new(plan, room, Arc::default(), Arc::default());
    (source, Arc::new(shared))
}

fn read(
    client: &Client,
    (source, shared): &(Arc<Source>, Arc<Shared<usize>>),
    maker: Box<dyn Maker<usize>>,
) {
    let reader = Reader {
        connection: Arc::clone(&client.connection),
        rows: PageSize::new(source.page_size()),
        keys: PageSize::new(KEYS),
        source: Arc::clone(source),
        maker,
        reading: Reading::new(shared),
        came: 0,
    };
    reader.run();
}

/// What the caller can take, and the failure after it.
fn taken(client: &Client, shared: &Shared<usize>) -> (Vec<usize>, Option<Status>) {
    let mut came = Vec::new();
    loop {
        match shared.caller_waits(client.connection.ended()) {
            Ok(Found::Some(things)) => came.extend(things),
            Ok(Found::Failed(error)) => return (came, Some(error.status())),
            _ => return (came, None),
        }
    }
}

/// Another reader may have the turn that it waits for, and come to its end only with a processor.
#[test]
fn a_reader_that_asks_whether_keys_hold_leaves_its_processor_to_others() {
    let export = export(2);
    let processors = export.1.processors.clone();
    let there_are = thread::available_parallelism().map_or(1, usize::from);
    let busy: Vec<_> = (1..there_are).map(|_| processors.one()).collect();
    // More than comes at once, so that the page is not at its end when its first rows are looked at.
    let rows: Vec<_> = (0..30_000)
        .rev()
        .map(|row| format!(r#"{{"sys_id":"{row:032x}"}}"#))
        .collect();
    let unsorted = format!(r#"{{"result":[{}]}}"#, rows.join(","));
    let none = r#"{"result":[]}"#.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for body in [unsorted, none.clone(), none] {
            let (mut stream, _) = listener.accept().expect("a connection");
            let head = BufReader::new(&stream).lines();
            head.map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .for_each(drop);
            drop(processors.one());
            let length = body.len();
            // One who has heard enough goes away.
            let answer = move || {
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                )
            };
            thread::spawn(answer);
        }
    });
    let mut session = Session::new();
    let limit = Duration::from_secs(10);
    session.set_total_timeout(limit).expect("a limit");
    let client = Client::new(&url, &session).expect("a client");
    read(&client, &export, Box::new(Blocks));
    let (_, failure) = taken(&client, &export.1);
    assert_eq!(failure, Some(Status::UnexpectedAnswer));
    drop(busy);
}

/// The export may go on, and what came is not asked for again then.
#[test]
fn all_rows_of_a_block_are_handed_on_when_another_reader_fails() {
    let (client, export) = (client(vec![list(5)]), export(2));
    read(&client, &export, Box::new(Each(Arc::clone(&export.1))));
    let (came, failure) = taken(&client, &export.1);
    assert_eq!((came.len(), failure), (5, Some(Status::Forbidden)));
}

/// What is held against the count at the end would be held against a part of it.
#[test]
fn rows_are_counted_though_a_page_for_a_browser_came_first() {
    let html = answer(
        "Content-Type: text/html\r\n",
        "<html><body>Wait</body></html>",
    );
    let (client, export) = (client(vec![html, list(5)]), export(2));
    read(&client, &export, Box::new(Blocks));
    let (came, failure) = taken(&client, &export.1);
    assert_eq!((came, failure), (vec![], Some(Status::UnexpectedAnswer)));
    read(&client, &export, Box::new(Blocks));
    assert_eq!(taken(&client, &export.1), (vec![5], None));
    assert_eq!(export.1.counts.expected(), Some(5));
}

/// Nobody reads on what it was at, and who waited for that would wait for ever.
#[test]
fn a_reader_that_panicked_ends_the_export_for_good() {
    let (client, export) = (client(vec![list(5)]), export(2));
    thread::scope(|scope| {
        let reader = scope.spawn(|| read(&client, &export, Box::new(Panics)));
        assert!(reader.join().is_err());
    });
    for _ in 0..2 {
        assert_eq!(taken(&client, &export.1), (vec![], Some(Status::Internal)));
        read(&client, &export, Box::new(Blocks));
    }
}
