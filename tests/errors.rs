//! What an error tells, for everything that can go wrong between a call and its answer.

mod support;

use support::c::Program;
use support::instance::Instance;
use support::proxy::{Passage, Proxy};

const SECRETS: &[&str] = &[
    "--user",
    "admin:planted-password:admin",
    "--oauth-client",
    "snow-client:planted-secret",
];

#[test]
fn each_fault_has_its_status_and_tells_no_secret() {
    let (instance, other) = (Instance::with(SECRETS), Instance::start());
    Program::c("tests/c/errors.c")
        .against(&instance)
        .env("SNOW_OTHER_INSTANCE", &other.url)
        .run(&[]);
}

#[test]
fn where_no_connection_stands_nothing_was_sent() {
    let (instance, https) = (Instance::start(), Instance::https(&[]));
    // Its certificate is for 127.0.0.1 and localhost.
    let misnamed = Instance::https(&["--listen", "127.0.0.2:0"]);
    let proxy = Proxy::http(Some(("admin", "another password")));
    Program::c("tests/c/unreachable.c")
        .against(&instance)
        .env("SNOW_HTTPS_INSTANCE", &https.url)
        .env("SNOW_CA_FILE", https.ca_file())
        .env("SNOW_MISNAMED_INSTANCE", &misnamed.url)
        .env("SNOW_MISNAMED_CA_FILE", misnamed.ca_file())
        .env("SNOW_PROXY", proxy.url("http"))
        .run(&[]);
    let passages = proxy.take_passages();
    assert!(passages.len() >= 2, "the proxy was asked: {passages:?}");
    assert!(passages.iter().all(|passage| *passage == Passage::Refused));
}
