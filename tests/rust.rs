//! The library as a Rust crate, where a callback is a closure and a defect of the caller's a panic.

mod support;

use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use snow::{Client, Operator, Query, Request, Session, Statistic, Status};
use support::instance::Instance;

fn signed_in(instance: &Instance) -> Client {
    let mut session = Session::new();
    session
        .set_oauth("snow-client", "snow-secret")
        .expect("a client id");
    let client = Client::new(&instance.url, &session).expect("a client");
    client.login("admin", "admin").expect("signed in");
    client
}

#[test]
fn a_list() {
    let instance = Instance::start();
    let client = signed_in(&instance);
    let mut query = Query::new();
    query
        .filter("active", Operator::Eq, Some("true"))
        .expect("a condition");
    let mut cursor = client
        .table_list("incident", Some(&query))
        .expect("a cursor");
    let mut rows = 0;
    while let Some(row) = cursor.next_record().expect("a row") {
        assert_eq!(row.get("active").as_deref(), Some("true"));
        rows += 1;
    }
    assert_eq!(Some(rows), cursor.total());
    assert_eq!(
        rows,
        client
            .table_count("incident", Some(&query))
            .expect("a count")
    );
}

/// A callback that panics ends the call that it ran in, and nothing else: the token is in place, and the
/// right to renew is free again.
#[test]
fn a_callback_that_panics() {
    let instance = Instance::start();
    let client = signed_in(&instance);
    let panics = Arc::new(AtomicBool::new(true));
    let told = Arc::new(AtomicUsize::new(0));
    let (must_panic, counted) = (Arc::clone(&panics), Arc::clone(&told));
    client
        .set_token_callback(Some(Box::new(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            assert!(!must_panic.load(Ordering::SeqCst), "on purpose");
            Ok(())
        })))
        .expect("an OAuth client");
    for _ in 0..3 {
        instance.control("POST", "/-/tokens/expire", "");
        let call = catch_unwind(AssertUnwindSafe(|| client.table_count("incident", None)));
        assert!(call.is_err());
        assert_eq!(
            client
                .table_count("incident", None)
                .expect("the new token is in place"),
            75
        );
    }
    panics.store(false, Ordering::SeqCst);
    instance.control("POST", "/-/tokens/expire", "");
    assert_eq!(client.table_count("incident", None).expect("an answer"), 75);
    assert_eq!(told.load(Ordering::SeqCst), 4);
}

fn tokio_of_several_threads() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .expect("a runtime")
}

/// A host whose own tokio has several threads calls from its tasks, straight and from beside them, and lets go of
/// clients, lists and answers there that are in the middle of something.
#[test]
fn a_host_with_a_tokio_of_several_threads_can_call() {
    let instance = Instance::start();
    let shared = Arc::new(signed_in(&instance));
    let work = move || {
        assert_eq!(shared.table_count("incident", None).expect("an answer"), 75);
        let own = signed_in(&instance);
        let mut query = Query::new();
        query.page_size(5).expect("a size");
        let mut cursor = own.table_list("incident", Some(&query)).expect("a cursor");
        assert!(cursor.next_record().expect("a row").is_some());
        let list = Request::to_path("GET", "/api/now/table/incident").expect("a request");
        let answer = own.open(&list).expect("an answer");
        drop(own);
        drop(answer);
        assert!(cursor.next_record().expect("a row").is_some());
    };
    let work = Arc::new(work);
    tokio_of_several_threads().block_on(async {
        let calls: Vec<_> = (0..16)
            .flat_map(|_| {
                let (straight, beside) = (Arc::clone(&work), Arc::clone(&work));
                [
                    tokio::spawn(async move { straight() }),
                    tokio::task::spawn_blocking(move || beside()),
                ]
            })
            .collect();
        for call in calls {
            call.await.expect("no panic");
        }
    });
}

/// A task ends the calls that other tasks are in, at an instance that never answers.
#[test]
fn a_task_of_a_host_ends_the_calls_of_others() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let client = Arc::new(Client::new(&url, &Session::new()).expect("a client"));
    let mut cursor = client.table_list("incident", None).expect("a cursor");
    let cancel = cursor.canceller();
    tokio_of_several_threads().block_on(async {
        let reading = tokio::spawn(async move { cursor.next_record().map(drop) });
        let counting = {
            let client = Arc::clone(&client);
            tokio::task::spawn_blocking(move || client.table_count("incident", None).map(drop))
        };
        let ending = tokio::spawn(async move {
            while client.statistic(Statistic::InFlight) < 2 {
                tokio::task::yield_now().await;
            }
            cancel.cancel();
            client.close(Duration::ZERO)
        });
        for ended in [reading, counting] {
            let error = ended.await.expect("no panic").expect_err("no answer");
            assert_eq!(error.status(), Status::Cancelled);
        }
        // Both were under way still, or one was.
        let _ = ending.await.expect("no panic");
    });
}

#[test]
fn a_client_without_oauth_has_no_token() {
    let instance = Instance::start();
    let client = Client::new(&instance.url, &Session::new()).expect("a client");
    let error = client.token().expect_err("no OAuth");
    assert_eq!(error.status(), Status::InvalidArgument);
    let error = client
        .table_count("incident", None)
        .expect_err("no credentials");
    assert_eq!(error.status(), Status::Unauthenticated);
}
