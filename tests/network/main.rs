//! The library and other people's servers. Each case tells what the caller gets: the status, whether a write
//! may have happened, and a message that says what to do.

mod client_certificates;
mod oauth;
mod origins;
mod proxies;
mod stalls;
#[path = "../support/mod.rs"]
mod support;
mod tls;

use support::c::{Memcheck, Program, memcheck};
use support::has;

/// What came of a call.
#[derive(Debug)]
struct Outcome {
    status: String,
    maybe_applied: bool,
    retryable: bool,
    http_status: u16,
    message: String,
}

/// Makes one call in a program of its own.
fn reach(address: &str, verb: &str, options: &[&str]) -> Outcome {
    outcome(&Program::c("tests/c/reach.c").run(&[&[address, verb], options].concat()))
}

fn outcome(line: &str) -> Outcome {
    let mut words = line.trim_end_matches('\n').splitn(5, ' ');
    let mut next = || words.next().expect("five words").to_owned();
    Outcome {
        status: next(),
        maybe_applied: next() == "1",
        retryable: next() == "1",
        http_status: next().parse().expect("a number"),
        message: next(),
    }
}

impl Outcome {
    #[track_caller]
    fn succeeds(&self) {
        assert_eq!(self.status, "SNOW_OK", "{self:?}");
    }

    /// It failed so, no write may have happened, and the message holds each of these.
    #[track_caller]
    fn fails(&self, status: &str, words: &[&str]) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(!self.maybe_applied, "{self:?}");
        assert!(!self.retryable || status != "SNOW_TLS", "{self:?}");
        for word in words {
            assert!(self.message.contains(word), "{word}: {self:?}");
        }
    }
}

const ADMIN: [&str; 3] = ["user=admin", "password=admin", "retries=0"];

fn with<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&ADMIN[..], options].concat()
}

/// Whether a test is left to AddressSanitizer: under valgrind each program takes seconds, and a time limit can end
/// before anything is sent. What is left there are some calls to each kind of server.
fn too_long_for_valgrind() -> bool {
    memcheck() == Memcheck::Valgrind
}

fn has_nginx() -> bool {
    has("nginx", "nginx-light") && has("openssl", "openssl") && has("setpriv", "util-linux")
}
