//! What a reader does with rows that came when reading is over.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use super::{KEYS, Maker, Reader};
use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::export::ExportOrder;
use crate::export::page_size::PageSize;
use crate::export::plan::Plan;
use crate::export::shared::{Found, Reading, Shared};
use crate::export::source::Source;
use crate::record::row::Rows;
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

/// A server that gives so many rows, once; its URL.
fn server(rows: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let mut stream = BufReader::new(stream);
        let mut line = String::from("a request");
        while !line.trim().is_empty() {
            line.clear();
            stream.read_line(&mut line).expect("a head");
        }
        let list: Vec<_> = (1..=rows)
            .map(|row| format!(r#"{{"sys_id":"{row:032x}"}}"#))
            .collect();
        let body = format!(r#"{{"result":[{}]}}"#, list.join(","));
        let answer = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\
             X-Total-Count: {rows}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream
            .get_mut()
            .write_all(answer.as_bytes())
            .expect("a reader");
    });
    url
}

/// The export may go on, and what came is not asked for again then.
#[test]
fn all_rows_of_a_block_are_handed_on_when_another_reader_fails() {
    let client = Client::new(&server(5), &Session::new()).expect("a client");
    let source = Arc::new(Source::new("incident", None).expect("a table"));
    let plan = Plan::new(ExportOrder::Any, &source, 1);
    let shared = Arc::new(Shared::new(plan, 2, Arc::default(), Arc::default()));
    let reader = Reader {
        connection: Arc::clone(&client.connection),
        rows: PageSize::new(source.page_size()),
        keys: PageSize::new(KEYS),
        source,
        maker: Box::new(Each(Arc::clone(&shared))),
        reading: Reading::new(&shared),
        came: 0,
    };
    reader.run();
    let mut came = Vec::new();
    let end = loop {
        match shared.caller_waits(client.connection.ended()) {
            Ok(Found::Some(things)) => came.extend(things),
            end => break end,
        }
    };
    assert!(matches!(end, Ok(Found::Failed(_))));
    assert_eq!(came, [0, 1, 2, 3, 4]);
}
