//! `GET /`: what is loaded, who may sign in, which faults are on, what was asked last.
//!
//! Plain HTML, without scripts: it can be read in any browser and with curl.

use std::fmt::Write;

use crate::{
    answer::{Answer, Dress},
    clock::wire_text,
    instance::Instance,
    request::Request,
};

/// How many of the last requests are shown.
const LAST_REQUESTS: usize = 30;

pub fn answer(instance: &Instance, request: &Request) -> Answer {
    let mut page = String::from(HEAD);
    let host = request.base_url.split("://").nth(1).unwrap_or_default();
    let now = wire_text(instance.clock.now());
    page += &format!(
        "<h1>snow-instance</h1><p><code>{}</code> · clock {now} UTC</p>",
        escaped(&request.base_url)
    );
    page += &format!(
        "<p>Try <code>curl -u USER:PASSWORD '{}://{}/api/now/table/incident?sysparm_limit=1'</code></p>",
        request.base_url.split("://").next().unwrap_or("http"),
        escaped(host)
    );
    sign_in(instance, &mut page);
    faults(instance, &mut page);
    requests(instance, &mut page);
    tables(instance, &mut page);
    page += "</body></html>";
    Answer::html(200, &page).dressed(Dress::Verbatim)
}

fn sign_in(instance: &Instance, page: &mut String) {
    let accounts = instance.accounts.read();
    page.push_str("<h2>Who may sign in</h2>");
    let users = accounts
        .users
        .iter()
        .map(|user| vec!["user".into(), user.user_name.clone(), user.password.clone()]);
    let clients = accounts.clients.iter().map(|client| {
        vec![
            "OAuth client".into(),
            client.id.clone(),
            client.secret.clone(),
        ]
    });
    let keys = accounts
        .keys
        .iter()
        .map(|key| vec!["API key".into(), key.user_name.clone(), key.key.clone()]);
    table(
        page,
        &["", "name", "password or secret"],
        users.chain(clients).chain(keys),
    );
}

fn tables(instance: &Instance, page: &mut String) {
    let database = instance.database.read();
    page.push_str("<h2>What is loaded</h2>");
    let filled = database.dictionary().tables().filter_map(|definition| {
        let class = database
            .table(&definition.name)
            .filter(|class| class.len() > 0)?;
        let extends = definition.super_class.clone().unwrap_or_default();
        Some(vec![
            definition.name.clone(),
            definition.label.clone(),
            extends,
            class.columns().len().to_string(),
            class.len().to_string(),
        ])
    });
    table(
        page,
        &["table", "label", "extends", "columns", "rows"],
        filled,
    );
}

fn faults(instance: &Instance, page: &mut String) {
    let faults = instance.faults.read();
    page.push_str("<h2>Faults</h2>");
    if faults.armed().is_empty() {
        page.push_str("<p>None. <code>POST /-/faults</code> arms one.</p>");
        return;
    }
    let rows = faults.armed().iter().map(|armed| {
        let order = serde_json::to_string(&armed.order).unwrap_or_default();
        vec![
            armed.id.to_string(),
            order,
            armed.seen.to_string(),
            armed.hits.to_string(),
        ]
    });
    table(page, &["id", "order", "seen", "hits"], rows);
}

fn requests(instance: &Instance, page: &mut String) {
    let journal = instance.journal.read();
    page.push_str("<h2>Last requests</h2>");
    let rows = journal.entries().rev().take(LAST_REQUESTS).map(|entry| {
        let status = entry
            .status
            .map_or_else(|| "–".to_owned(), |status| status.to_string());
        vec![
            entry.number.to_string(),
            entry.method.clone(),
            entry.target.clone(),
            status,
            entry.clock.clone(),
        ]
    });
    table(page, &["", "method", "target", "status", "clock"], rows);
}

fn table(page: &mut String, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    // The heads are written by us; as a class they let a narrow screen leave a column out.
    let _ = write!(
        page,
        "<table class=\"{}\"><tr>",
        heads.join("-").replace(' ', "-")
    );
    for head in heads {
        let _ = write!(page, "<th>{head}</th>");
    }
    page.push_str("</tr>");
    for row in rows {
        page.push_str("<tr>");
        for cell in row {
            // Long names are broken where their words end.
            let _ = write!(page, "<td>{}</td>", escaped(&cell).replace('_', "_<wbr>"));
        }
        page.push_str("</tr>");
    }
    page.push_str("</table>");
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

const HEAD: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>snow-instance</title><style>\
body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b2733}\
h1{margin:0}h2{margin:2rem 0 .5rem;font-size:1.1rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #dde3ea;\
overflow-wrap:anywhere;vertical-align:top}th{font-weight:600;color:#51616f;white-space:nowrap}\
td:empty::before{content:\"\\00a0\"}\
.-method-target-status-clock td:nth-child(5){white-space:nowrap}\
@media(max-width:40rem){.table-label-extends-columns-rows :is(th,td):is(:nth-child(2),:nth-child(4)),\
.-method-target-status-clock :is(th,td):is(:nth-child(1),:nth-child(5)){display:none}}code{background:#f1f4f7;padding:.1rem .3rem}\
</style></head><body>";
