//! No secret is left behind: not in what the library tells, and not in memory.

mod support;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::json;
use snow::{Client, Request, Session, Status, Token};
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

/// An instance, or a gateway before it, may repeat what it was shown in what it says of that.
#[test]
fn what_an_answer_repeats_of_a_secret_is_not_told() {
    let instance = Instance::start();
    let pair = BASE64_STANDARD.encode(format!("user:{PLANTED}"));
    let words = format!(r#"{{"message":"no {PLANTED} of text/planted","detail":"nor {pair}"}}"#);
    for answer in [
        json!({"status": 401, "body": format!(r#"{{"error":{words},"status":"failure"}}"#)}),
        json!({"status": 200, "body": format!(r#"{{"result":[],"error":{words}}}"#)}),
    ] {
        let mut answer = answer;
        answer["kind"] = "answer".into();
        answer["headers"] = json!([["Content-Type", "application/json"]]);
        let fault = json!({"count": 0, "fault": answer}).to_string();
        instance.control("POST", "/-/faults", &fault);
        let basic = |session: &mut Session| session.set_basic_auth("user", PLANTED);
        let header = |session: &mut Session| session.set_header("X-Gateway-Key", PLANTED);
        let token = r#"{"access_token":"planted-s3cr3t"}"#;
        for (shows_pair, sign_in) in [
            (true, basic as fn(&mut Session) -> _),
            (false, |session| session.set_bearer_token(PLANTED)),
            (false, |session| session.set_api_key(PLANTED)),
            (false, |session| session.set_oauth("client", "secret")),
            (false, header),
        ] {
            let mut session = Session::new();
            sign_in(&mut session).expect("a way to sign in");
            let client = Client::new(&instance.url, &session).expect("a client");
            let _ = client.set_token(Token::from_json(token).expect("a token"));
            let request = Request::to_path("GET", "/api/x_snow/echo").expect("a request");
            let errors = [
                client.table_first("incident", None).expect_err("refused"),
                client.table_count("incident", None).expect_err("refused"),
                client
                    .send(&request)
                    .and_then(|answer| answer.check())
                    .expect_err("refused"),
            ];
            for error in errors {
                let shown = format!("{error} {error:?} {:?}", error.detail());
                assert!(!shown.contains(PLANTED), "{shown}");
                assert!(!shows_pair || !shown.contains(&pair), "{shown}");
                assert!(shown.contains("no [hidden] of text/planted"), "{shown}");
                assert_ne!(error.status(), Status::Internal);
            }
            // The form of an answer is no secret, nor is what is shorter than eight bytes.
            let mut request = Request::to_path("GET", "/api/x_snow/echo").expect("a request");
            request
                .set_header("Accept", "text/planted")
                .expect("a header");
            request.set_header("X-Env", "planted").expect("a header");
            let client = Client::new(&instance.url, &Session::new()).expect("a client");
            let answer = client.send(&request).expect("an answer");
            let error = answer.check().expect_err("refused");
            assert!(error.message().contains(PLANTED), "{error}");
        }
        // Nor is a name, though it is the password too.
        let mut session = Session::new();
        let named = session.set_basic_auth(PLANTED, PLANTED);
        named.expect("a way to sign in");
        let client = Client::new(&instance.url, &session).expect("a client");
        let error = client.table_first("incident", None).expect_err("refused");
        assert!(error.message().contains(PLANTED), "{error}");
        instance.control("DELETE", "/-/faults", "");
    }
    // Nor by the token endpoint, which a gateway may stand before too.
    let words = format!(r#"{{"error":"access_denied","error_description":"no key {PLANTED}"}}"#);
    let answer = json!({"kind": "answer", "status": 401, "body": words,
        "headers": [["Content-Type", "application/json"]]});
    let fault = json!({"count": 0, "fault": answer}).to_string();
    instance.control("POST", "/-/faults", &fault);
    let mut session = Session::new();
    session.set_oauth("client", "secret").expect("OAuth");
    session
        .set_header("X-Gateway-Key", PLANTED)
        .expect("a header");
    let client = Client::new(&instance.url, &session).expect("a client");
    let error = client.login("user", "password").expect_err("refused");
    let shown = format!("{error} {error:?} {:?}", error.detail());
    assert!(!shown.contains(PLANTED), "{shown}");
    assert!(shown.contains("no key [hidden]"), "{shown}");
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
