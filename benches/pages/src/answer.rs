//! What a request is answered with.

use std::{collections::HashMap, fmt::Write};

use crate::tables::{List, Table, parameters, shape};

/// The tables by name.
pub type Tables = HashMap<String, Table>;

/// A request, as far as it matters.
#[derive(Debug)]
pub struct Request<'a> {
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The scheme and host that it was sent to.
    pub base_url: &'a str,
    pub takes_gzip: bool,
}

/// An answer: a status, header lines and slices of what is there already.
pub struct Answer {
    pub status: &'static str,
    pub headers: String,
    pub body: Vec<&'static [u8]>,
    /// The end of a body of gzip, which is made for each.
    pub trailer: Vec<u8>,
}

const TABLES: [&str; 2] = ["/api/now/table/", "/api/now/v2/table/"];

pub fn answer(tables: &'static Tables, request: &Request<'_>) -> Answer {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let Some(rest) = TABLES.iter().find_map(|prefix| path.strip_prefix(prefix)) else {
        return refusal("404 Not Found", &format!("{} is not served", path));
    };
    let (name, sys_id) = rest.split_once('/').unwrap_or((rest, ""));
    let Some(table) = tables.get(name) else {
        return refusal("400 Bad Request", &format!("Invalid table {name}"));
    };
    let answered = match (request.method, sys_id) {
        ("GET", "") => list(table, request, path, query),
        ("GET", sys_id) => match table.row(sys_id) {
            Some(row) => record(table, request, query, "200 OK", row),
            None => return refusal("404 Not Found", "No Record found"),
        },
        ("POST", "") => record(table, request, query, "201 Created", 0),
        (method, _) => Err(format!("{method} {path}")),
    };
    answered.unwrap_or_else(|what| refusal("400 Bad Request", &format!("{what} is not served")))
}

fn list(
    table: &'static Table,
    request: &Request<'_>,
    path: &str,
    query: &str,
) -> Result<Answer, String> {
    let list = table.list(query)?;
    let layout = table.layout(&list.shape);
    let mut answer = match request.takes_gzip {
        true => gzip("200 OK", layout.packed().page(list.rows.clone())),
        false => plain("200 OK", layout.page(list.rows.clone()).to_vec()),
    };
    if list.counts {
        let _ = write!(answer.headers, "X-Total-Count: {}\r\n", list.total);
    }
    if list.links {
        answer.headers += &links(&format!("{}{path}", request.base_url), query, &list);
    }
    Ok(answer)
}

/// The pages around a page, in one `Link` header.
fn links(url: &str, query: &str, list: &List) -> String {
    let mut kept = query
        .split('&')
        .filter(|pair| !pair.starts_with("sysparm_offset=") && !pair.is_empty())
        .fold(String::new(), |kept, pair| kept + pair + "&");
    kept += "sysparm_offset=";
    let mut header = String::from("Link: ");
    let last = list.total.saturating_sub(1) / list.limit.max(1) * list.limit;
    let next = list.offset + list.limit;
    let (has_previous, has_next) = (list.offset > 0, next < list.total);
    let links = [
        ("first", Some(0)),
        (
            "prev",
            has_previous.then(|| list.offset.saturating_sub(list.limit)),
        ),
        ("next", has_next.then_some(next)),
        ("last", Some(last)),
    ];
    for (name, offset) in links {
        if let Some(offset) = offset {
            let separator = if name == "first" { "" } else { "," };
            let _ = write!(header, "{separator}<{url}?{kept}{offset}>;rel=\"{name}\"");
        }
    }
    header + "\r\n"
}

fn record(
    table: &'static Table,
    request: &Request<'_>,
    query: &str,
    status: &'static str,
    row: usize,
) -> Result<Answer, String> {
    let layout = table.layout(&shape(&parameters(query))?);
    let mut answer = match request.takes_gzip {
        true => gzip(status, layout.packed().record(row)),
        false => plain(status, layout.record(row).to_vec()),
    };
    if request.method == "POST" {
        let (url, path) = (request.base_url, request.target.split('?').next());
        let (path, sys_id) = (path.unwrap_or_default(), table.sys_id(row));
        let _ = write!(answer.headers, "Location: {url}{path}/{sys_id}\r\n");
    }
    Ok(answer)
}

fn plain(status: &'static str, body: Vec<&'static [u8]>) -> Answer {
    Answer {
        status,
        headers: String::new(),
        body,
        trailer: Vec::new(),
    }
}

fn gzip(status: &'static str, page: crate::packed::Page<'static>) -> Answer {
    Answer {
        status,
        headers: "Content-Encoding: gzip\r\n".to_owned(),
        body: page.slices,
        trailer: page.trailer.to_vec(),
    }
}

/// An error as an instance words it, told on standard error too: no benchmark wants one.
fn refusal(status: &'static str, message: &str) -> Answer {
    eprintln!("snow-pages: {message}");
    let message = message.replace(['"', '\\'], "'");
    let body = format!(r#"{{"error":{{"message":"{message}","detail":null}},"status":"failure"}}"#);
    Answer {
        trailer: body.into_bytes(),
        ..plain(status, Vec::new())
    }
}
