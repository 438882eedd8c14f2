//! No secret is left behind: not in what the library tells, and not in memory.

mod support;

use snow::{Client, Request, Session, Token};
use support::c::Program;
use support::instance::Instance;

const PLANTED: &str = "planted-s3cr3t";

#[test]
fn tokens_are_wiped_with_what_they_were_read_from() {
    run("read");
}

#[test]
fn secrets_are_wiped_with_the_handles_that_held_them() {
    run("held");
}

#[test]
fn of_secrets_that_were_sent_little_is_left() {
    run("sent");
}

fn run(what: &str) {
    let instance = Instance::start();
    let told = Program::c("tests/c/secrets.c")
        .against(&instance)
        .run(&[what]);
    print!("{told}");
}

#[test]
fn debug_shows_no_secret() {
    let mut shown = String::new();
    let mut show = |what: &dyn std::fmt::Debug| shown += &format!("{what:?}{what:#?}");
    let mut session = Session::new();
    session
        .set_header("X-Gateway-Key", PLANTED)
        .expect("a header");
    session.set_proxy("http://127.0.0.1:1").expect("a proxy");
    session
        .set_proxy_auth("user", PLANTED)
        .expect("its password");
    for sign_in in [
        |session: &mut Session| session.set_basic_auth("user", PLANTED),
        |session: &mut Session| session.set_bearer_token(PLANTED),
        |session: &mut Session| session.set_api_key(PLANTED),
        |session: &mut Session| session.set_client_credentials("client", PLANTED),
        |session: &mut Session| session.set_oauth("client", PLANTED),
    ] {
        sign_in(&mut session).expect("a way to sign in");
        show(&session);
        show(&Client::new("http://127.0.0.1:1", &session).expect("a client"));
    }
    let json = format!(r#"{{"access_token":"{PLANTED}","refresh_token":"{PLANTED}"}}"#);
    let token = Token::from_json(&json).expect("a token");
    show(&token);
    let client = Client::new("http://127.0.0.1:1", &session).expect("a client");
    client.set_token(token).expect("a client of OAuth");
    show(&client);
    let mut request = Request::to_path("POST", "/api/now/table/incident").expect("a request");
    request.set_param("ticket", PLANTED).expect("a parameter");
    request.set_header("X-Ticket", PLANTED).expect("a header");
    request
        .set_body(PLANTED.as_bytes().to_vec(), "text/plain")
        .expect("a body");
    show(&request);
    show(
        &client
            .send(&request)
            .expect_err("nobody listens, or it is the proxy that does not"),
    );
    assert!(!shown.contains(PLANTED), "{shown}");
}
