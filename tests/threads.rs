//! The threads of a process. A program of its own, since other tests have threads too.

mod support;

use std::thread;

use snow::{Client, Session};
use support::instance::Instance;

/// A name is resolved on a thread that is gone afterwards: 16 lanes leave no thread behind.
#[test]
fn no_thread_is_left_when_nothing_is_under_way() {
    let instance = Instance::start();
    let port = instance.url.rsplit(':').next().expect("a port");
    let mut session = Session::new();
    session
        .set_basic_auth("admin", "admin")
        .expect("credentials");
    let client = Client::new(&format!("http://localhost:{port}"), &session).expect("a client");
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| client.table_count("incident", None).expect("an answer"));
        }
    });
    let mut cursor = client.table_list("incident", None).expect("a cursor");
    while cursor.next_record().expect("a row").is_some() {}
    let ours = || {
        let tasks = std::fs::read_dir("/proc/self/task").expect("the threads");
        tasks.filter(|task| {
            let path = task.as_ref().expect("a thread").path().join("comm");
            std::fs::read_to_string(path)
                .is_ok_and(|name| name.starts_with("snow-") || name.starts_with("tokio"))
        })
    };
    // A resolver's thread is on its way out when its answer arrives.
    while ours().any(|task| {
        let path = task.expect("a thread").path().join("comm");
        std::fs::read_to_string(path).is_ok_and(|name| name.starts_with("snow-resolver"))
    }) {
        thread::yield_now();
    }
    assert_eq!(ours().count(), 0);
}
