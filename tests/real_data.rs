//! Rows and answers of real instances, where a checkout has them beside it.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;
use snow::{Client, Query, Record, Session, Status};
use support::instance::Instance;
use support::shared_data;

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn admin(url: &str) -> Client {
    let mut session = Session::new();
    session
        .set_basic_auth("admin", "admin")
        .expect("credentials");
    // Each answer is for one call.
    session
        .set("retries", "0")
        .expect("an option of the session");
    Client::new(url, &session).expect("a client")
}

/// The real incidents and users go into an instance, come out over several pages, and every row and
/// every field is there again.
#[test]
fn what_goes_in_comes_out() {
    let Some(data) = shared_data() else { return };
    let tables = data.join("tables");
    let instance = Instance::with(&["--data", tables.to_str().expect("a path in UTF-8")]);
    let client = admin(&instance.url);
    for table in ["incident", "sys_user", "sys_user_group"] {
        let rows = json(&tables.join(format!("{table}.json")));
        let expected = by_sys_id(&rows);
        let mut query = Query::new();
        query.page_size(20).expect("in range");
        let mut cursor = client.table_list(table, Some(&query)).expect("a cursor");
        let mut found = 0;
        while let Some(row) = cursor.next_record().expect("a row") {
            let sys_id = row.get("sys_id").expect("a key").into_owned();
            let Some(fields) = expected.get(&sys_id) else {
                continue;
            };
            found += 1;
            for (name, value) in *fields {
                // A link names the instance that was asked.
                let expected = value.get("value").unwrap_or(value).as_str();
                assert_eq!(
                    row.get(name).as_deref(),
                    expected,
                    "{table} {sys_id} {name}"
                );
            }
        }
        assert_eq!(found, expected.len(), "{table}");
    }
}

fn by_sys_id(rows: &Value) -> BTreeMap<String, &serde_json::Map<String, Value>> {
    let rows = rows.as_array().expect("a list of rows");
    rows.iter()
        .map(|row| {
            let fields = row.as_object().expect("a row");
            (fields["sys_id"].as_str().expect("a key").to_owned(), fields)
        })
        .collect()
}

/// Every recorded answer, headers and body, is understood: rows as rows, each failure as its status.
#[test]
fn recorded_answers_are_understood() {
    let Some(data) = shared_data() else { return };
    let mut recordings: Vec<PathBuf> = ["recorded", "recorded/errors"]
        .iter()
        .flat_map(|folder| fs::read_dir(data.join(folder)).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    recordings.sort();
    let answers: Vec<Answer> = recordings.iter().map(|path| Answer::read(path)).collect();
    let url = serve(answers.iter().map(Answer::bytes).collect());
    let client = admin(&url);
    for (answer, path) in answers.iter().zip(&recordings) {
        answer
            .check(&client)
            .unwrap_or_else(|problem| panic!("{path:?}: {problem}"));
    }
    assert!(
        recordings.len() > 150,
        "only {} recordings",
        recordings.len()
    );
}

struct Answer {
    status: u64,
    headers: Vec<(String, String)>,
    body: Value,
}

impl Answer {
    fn read(path: &Path) -> Answer {
        let recording = json(path);
        let response = &recording["response"];
        let headers = response["headers"].as_array().expect("headers").iter();
        Answer {
            // Two were written down without a status or a body: what the documents say of them.
            status: response["status"].as_u64().unwrap_or(429),
            headers: headers
                .map(|pair| {
                    let part = |index: usize| pair[index].as_str().expect("text").to_owned();
                    (part(0), part(1))
                })
                .collect(),
            body: response["body_json"].clone(),
        }
    }

    /// The answer as it goes over the wire. How it was cut into pieces and packed is not recorded.
    fn bytes(&self) -> Vec<u8> {
        let body = if self.body.is_null() {
            String::new()
        } else {
            self.body.to_string()
        };
        let mut head = format!("HTTP/1.1 {} X\r\n", self.status);
        for (name, value) in &self.headers {
            let ours = [
                "transfer-encoding",
                "content-encoding",
                "content-length",
                "connection",
            ];
            if !ours.contains(&name.to_ascii_lowercase().as_str()) {
                head += &format!("{name}: {value}\r\n");
            }
        }
        head += &format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        (head + &body).into_bytes()
    }

    fn check(&self, client: &Client) -> Result<(), String> {
        match &self.body["result"] {
            Value::Array(rows) => self.check_rows(client, rows),
            Value::Object(fields) => {
                let record = client.table_get("sys_user", "global", None);
                same(&record.map_err(|error| error.to_string())?, fields)
            }
            _ => self.check_failure(client),
        }
    }

    fn check_rows(&self, client: &Client, rows: &[Value]) -> Result<(), String> {
        let mut query = Query::new();
        // As many as there are, so that one page is all.
        query.limit(rows.len().max(1) as u64).expect("not 0");
        query.page_size(10_000).expect("in range");
        let mut cursor = client
            .table_list("sys_user", Some(&query))
            .expect("a cursor");
        for row in rows {
            let record = cursor.next_record().map_err(|error| error.to_string())?;
            let record = record.ok_or("a row is missing")?;
            same(&record, row.as_object().expect("a row"))?;
        }
        match cursor.next_record() {
            Ok(None) => Ok(()),
            other => Err(format!("after the last row comes {other:?}")),
        }
    }

    fn check_failure(&self, client: &Client) -> Result<(), String> {
        let expected = match self.status {
            400 => Status::BadRequest,
            401 => Status::Unauthenticated,
            403 => Status::Forbidden,
            404 => Status::NotFound,
            429 => Status::RateLimited,
            500 => Status::TransactionCancelled,
            other => return Err(format!("{other} is in no table of this test")),
        };
        let error = client
            .table_get("sys_user", "global", None)
            .expect_err("a failure");
        let words = &self.body["error"];
        let same = error.status() == expected
            && error.http_status().map(u64::from) == Some(self.status)
            && error.instance_message() == words["message"].as_str()
            && error.detail() == words["detail"].as_str();
        if same {
            Ok(())
        } else {
            Err(format!("{error:?}"))
        }
    }
}

fn same(record: &Record, fields: &serde_json::Map<String, Value>) -> Result<(), String> {
    if record.field_count() != fields.len() {
        return Err(format!(
            "{} fields, not {}",
            record.field_count(),
            fields.len()
        ));
    }
    for (name, value) in fields {
        let (expected, link) = match value {
            Value::Object(reference) => (reference["value"].as_str(), reference["link"].as_str()),
            scalar => (scalar.as_str(), None),
        };
        let found = (record.get(name), record.link(name));
        if found.0.as_deref() != expected || found.1.as_deref() != link {
            return Err(format!("{name}: {found:?}, not {value}"));
        }
    }
    Ok(())
}

/// A server that gives these answers, one a connection.
fn serve(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") {
                assert_eq!(stream.read(&mut byte).expect("the client sends"), 1);
                request.push(byte[0]);
            }
            stream.write_all(&answer).expect("the client reads");
        }
    });
    url
}
