//! A balancer that stalls, in each phase of a call: what the caller gets when his time is over, and whether a
//! write may have happened.

use std::iter::zip;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::support::has;
use crate::support::part::{Part, free_ports};
use crate::support::recorder::Recorder;
use crate::{Outcome, reach, too_long_for_valgrind, with};

/// haproxy before a server that answers as it is told.
struct Balancer {
    haproxy: Part,
    port: u16,
    server: Recorder,
}

/// So many connections wait to be taken: more than the calls of a test, each of which has its own.
const BACKLOG: usize = 8;

impl Balancer {
    /// With these directives of its own; nothing where there is no haproxy.
    fn start(directives: &str) -> Option<Balancer> {
        if !(has("haproxy", "haproxy") && has("setpriv", "util-linux")) {
            return None;
        }
        let [port] = free_ports();
        let server = Recorder::start();
        let sections = format!(
            "listen stalls\n  mode http\n  bind 127.0.0.1:{port} backlog {BACKLOG}\n  {directives}\n  \
             server right 127.0.0.1:{}\n",
            server.port()
        );
        Some(Balancer {
            haproxy: Part::haproxy(&sections, &[port]),
            port,
            server,
        })
    }

    /// A call that gives up in time, and is not made again. A file is one of 16 MiB, more than the system
    /// takes in for whoever does not read.
    fn call(&self, scheme: &str, verb: &str, limits: [&str; 2]) -> Outcome {
        let address = format!("{scheme}://127.0.0.1:{}", self.port);
        reach(&address, verb, &with(&[limits[0], limits[1], "pieces=256"]))
    }

    /// Such calls side by side, for each takes all of its time.
    fn calls<const N: usize>(
        &self,
        scheme: &str,
        verbs: [&str; N],
        limits: [&str; 2],
    ) -> [Outcome; N] {
        thread::scope(|threads| {
            let calls = verbs.map(|verb| threads.spawn(move || self.call(scheme, verb, limits)));
            calls.map(|call| call.join().expect("an outcome"))
        })
    }

    /// Connections that nobody takes, until no other one can be made.
    fn fill(&self) -> Vec<TcpStream> {
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut waiting = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&to, Duration::from_millis(300)) {
            waiting.push(stream);
            assert!(waiting.len() < 1000, "its backlog has no end");
        }
        waiting
    }
}

impl Outcome {
    /// It ran out of time, or what stands for that. A read may be made again; of a write `may_be_done` tells.
    #[track_caller]
    fn gave_up(&self, status: &str, verb: &str, may_be_done: bool) {
        let is_write = verb != "get";
        assert_eq!(self.status, status, "{verb}: {self:?}");
        assert_eq!(
            self.maybe_applied,
            may_be_done && is_write,
            "{verb}: {self:?}"
        );
        assert_eq!(self.retryable, !self.maybe_applied, "{verb}: {self:?}");
    }
}

const SOON_CONNECTED: [&str; 2] = ["connect_timeout_ms=500", "total_timeout_ms=60000"];
const SOON_OVER: [&str; 2] = ["connect_timeout_ms=60000", "total_timeout_ms=3000"];

/// Before there is a connection nothing was sent, whatever it is.
#[test]
fn a_stall_before_there_is_a_connection() {
    if too_long_for_valgrind() {
        return;
    }
    let Some(balancer) = Balancer::start("") else {
        return;
    };
    balancer.haproxy.freeze();
    // The system takes the connection, and nobody the handshake.
    let verbs = ["get", "create", "upload"];
    for (stalled, verb) in zip(balancer.calls("https", verbs, SOON_CONNECTED), verbs) {
        stalled.gave_up("SNOW_CONNECT", verb, false);
    }
    let _waiting = balancer.fill();
    for scheme in ["http", "https"] {
        for (stalled, verb) in zip(balancer.calls(scheme, verbs, SOON_CONNECTED), verbs) {
            stalled.gave_up("SNOW_CONNECT", verb, false);
        }
    }
    assert_eq!(balancer.server.take().0, 0);
}

/// A request that went out whole may be read by whom it stalls at. Of a body that did not all go out nothing
/// was done.
#[test]
fn a_stall_before_the_request_is_read() {
    if too_long_for_valgrind() {
        return;
    }
    let Some(balancer) = Balancer::start("") else {
        return;
    };
    balancer.haproxy.freeze();
    let verbs = ["get", "create", "upload"];
    for (stalled, verb) in zip(balancer.calls("http", verbs, SOON_OVER), verbs) {
        stalled.gave_up("SNOW_TIMEOUT", verb, verb == "create");
    }
    // Each of them had a connection, for there is room for more.
    assert!(!balancer.fill().is_empty());
    assert_eq!(balancer.server.take().0, 0);
}

#[test]
fn a_stall_before_the_answer() {
    if too_long_for_valgrind() {
        return;
    }
    let Some(balancer) = Balancer::start("") else {
        return;
    };
    let verbs = ["get", "create"];
    for (stalled, verb) in zip(balancer.calls("http", verbs, SOON_OVER), verbs) {
        stalled.gave_up("SNOW_TIMEOUT", verb, true);
    }
    let (_, heard) = balancer.server.take();
    for method in ["GET", "POST"] {
        let line = format!("{method} /api/now/table/incident");
        assert!(heard.contains(&line), "{heard}");
    }
}

#[test]
fn a_stall_in_the_body_of_an_answer() {
    if too_long_for_valgrind() {
        return;
    }
    let Some(balancer) = Balancer::start("") else {
        return;
    };
    let head = "200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000";
    balancer
        .server
        .answers([(head, r#"{"result":[{"sys_id":"0a""#)]);
    let verbs = ["get", "create"];
    for (stalled, verb) in zip(balancer.calls("http", verbs, SOON_OVER), verbs) {
        stalled.gave_up("SNOW_TIMEOUT", verb, true);
        assert_eq!(stalled.http_status, 200, "{stalled:?}");
    }
}

/// A balancer that loses its own patience says so, or cuts what has begun.
#[test]
fn a_balancer_that_ends_a_stall() {
    let Some(balancer) = Balancer::start("timeout server 500ms") else {
        return;
    };
    let patient = ["connect_timeout_ms=60000", "total_timeout_ms=60000"];
    for verb in ["get", "create"] {
        let ended = balancer.call("http", verb, patient);
        ended.gave_up("SNOW_UNAVAILABLE", verb, true);
        assert_eq!(ended.http_status, 504, "{ended:?}");
    }
    let head = "200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000";
    balancer
        .server
        .answers([(head, r#"{"result":[{"sys_id":"0a""#)]);
    for verb in ["get", "create"] {
        let cut = balancer.call("http", verb, patient);
        cut.gave_up("SNOW_CUT_BODY", verb, true);
    }
}
