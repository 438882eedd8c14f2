//! From a request that was read to how it ends: note it, wait for its turn and for a permit, let a
//! fault strike, execute, dress the answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::{
    delivery::Delivery,
    dress::dress,
    exchange::Connection,
    mischief::{Ending, afterwards, instead, rejected, set_header, spoil},
    permits::Full,
    prebuilt,
    state::Server,
};
use crate::{
    answer::{Answer, Failure},
    clock::wire_text,
    control::{Entry, Line, Struck},
    request::Request,
    settings::Settings,
};

pub async fn carry_out(server: &Arc<Server>, connection: &Connection, request: Request) -> Ending {
    let instance = &server.instance;
    let started = Instant::now();
    let entry = entry(server, connection, &request);
    let (method, target, clock) = (
        entry.method.clone(),
        entry.target.clone(),
        entry.clock.clone(),
    );
    let number = instance.journal.write().record(entry);
    instance.counters.count_request(&request.path);
    let (ending, fault) = queue_and_execute(server, request).await;
    let status = match &ending {
        Ending::Answered(answer, _) => Some(answer.status),
        Ending::Reset | Ending::Silence => None,
    };
    if let Some(status) = status {
        instance.journal.write().note_status(number, status);
    }
    if let Some(log) = &instance.access_log {
        let took = started.elapsed();
        let connection = connection.number;
        log.write(&Line {
            clock: &clock,
            connection,
            method: &method,
            target: &target,
            status,
            fault,
            took,
        });
    }
    ending
}

/// Requests that are refused before they are read to their end are noted too.
pub fn note_refused(server: &Server, connection: &Connection, request: &Request, status: u16) {
    let entry = entry(server, connection, request);
    let mut journal = server.instance.journal.write();
    let number = journal.record(entry);
    journal.note_status(number, status);
}

/// How the request ends, and whether a fault had a part in it.
async fn queue_and_execute(server: &Arc<Server>, request: Request) -> (Ending, bool) {
    let instance = &server.instance;
    let settings = instance.settings.read().clone();
    let dressed = |request: &Request, answer| {
        Ending::Answered(dress(instance, request, answer), Delivery::default())
    };
    let session = request.cookie("JSESSIONID").map(str::to_owned);
    let turn = match session {
        Some(session) => match server.sessions.turn(&session, settings.session_queue).await {
            Some(turn) => Some(turn),
            None => return (dressed(&request, Answer::empty(202)), false),
        },
        None => None,
    };
    let permits = if request.path.starts_with("/api/") {
        settings.api_permits
    } else {
        0
    };
    let permit = match server.permits.take(permits, settings.api_queue).await {
        Ok(permit) => permit,
        Err(Full) => return (dressed(&request, rejected()), false),
    };
    let fault = instance
        .faults
        .write()
        .strike(&request.method, &request.path, false);
    let struck = fault.is_some();
    let ending = match fault
        .as_ref()
        .and_then(|struck| instead(instance, &struck.fault))
    {
        Some(Ending::Answered(answer, delivery)) => {
            Ending::Answered(dress(instance, &request, answer), delivery)
        }
        Some(ending) => ending,
        None => execute(server, &settings, request, fault).await,
    };
    drop((turn, permit));
    (ending, struck)
}

/// Executes on a thread that may take its time: a scan of a million rows must not hold up the others.
async fn execute(
    server: &Arc<Server>,
    settings: &Settings,
    request: Request,
    fault: Option<Struck>,
) -> Ending {
    if settings.page_latency_ms > 0 && request.method == "GET" && request.path.contains("/table/") {
        sleep(Duration::from_millis(settings.page_latency_ms)).await;
    }
    let key = prebuilt::key(&request).filter(|_| settings.prebuilt_pages && fault.is_none());
    if let Some(page) = key.as_ref().and_then(|key| server.prebuilt.find(key)) {
        return Ending::Answered((*page).clone(), Delivery::default());
    }
    let worker = server.clone();
    let executed = tokio::task::spawn_blocking(move || {
        let begun = worker.prebuilt.age();
        let answer = worker.instance.answer(&request);
        if request.method != "GET" {
            worker.prebuilt.forget();
        }
        match afterwards(fault.as_ref(), answer) {
            Ending::Answered(answer, delivery) => {
                let mut answer = dress(&worker.instance, &request, answer);
                if let Some(struck) = &fault {
                    set_header(struck, &mut answer);
                }
                let spoil = fault.as_ref().and_then(|struck| spoil(struck, &answer));
                let delivery = Delivery { spoil, ..delivery };
                if let Some(key) = key.filter(|_| answer.status == 200) {
                    worker.prebuilt.keep(key, begun, &answer);
                }
                Ending::Answered(answer, delivery)
            }
            ending => ending,
        }
    });
    executed.await.unwrap_or_else(|panic| {
        let reason = panic.to_string();
        let failure = Failure::new(
            500,
            "Exception while executing request: null",
            Some(&reason),
        );
        Ending::Answered(failure.into(), Delivery::default())
    })
}

fn entry(server: &Server, connection: &Connection, request: &Request) -> Entry {
    let headers = request.headers.iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let entry = Entry {
        number: 0,
        method: request.method.clone(),
        target: if request.query.is_empty() {
            request.path.clone()
        } else {
            format!("{}?{}", request.path, request.query)
        },
        headers: headers.collect(),
        body: None,
        body_base64: None,
        body_bytes: 0,
        status: None,
        connection: connection.number,
        peer: connection.peer.clone(),
        clock: wire_text(server.instance.clock.now()),
    };
    let mut entry = entry.with_body(&request.body);
    if let Some(upload) = request
        .upload
        .lock()
        .ok()
        .as_deref()
        .and_then(Option::as_ref)
    {
        entry.body_bytes = usize::try_from(upload.content.len()).unwrap_or(usize::MAX);
    }
    entry
}
