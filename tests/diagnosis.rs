//! What keeps a client from working, told from C: for an instance that is well, and for each thing that can
//! be wrong with it or with the way to it.

mod support;

use std::io::{Read, Write};
use std::iter;
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use rustls::ServerConnection;
use serde_json::Value;
use support::c::Program;
use support::certificates::Authority;
use support::instance::Instance;
use support::proxy::Proxy;
use support::unaccepted::Unaccepted;

struct Told(Value);

impl Told {
    fn by(program: &Program, arguments: &[&str]) -> Told {
        let printed = program.run(arguments);
        let told = Told(
            serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}")),
        );
        told.has_the_facts_of_the_header();
        told
    }

    /// The header lists each fact by its name.
    fn has_the_facts_of_the_header(&self) {
        let header = include_str!("../include/snow.h");
        let facts = header.split_once("and `facts`:").expect("a list").1;
        let facts = facts.split_once("@param").expect("its end").0;
        for check in self.0["checks"].as_array().expect("a list of checks") {
            for fact in check["facts"].as_object().expect("facts").keys() {
                assert!(facts.contains(&format!("`{fact}`")), "{fact} of {check}");
            }
        }
    }

    fn check(&self, name: &str) -> &Value {
        let checks = self.0["checks"].as_array().expect("a list of checks");
        let found = checks.iter().find(|check| check["name"] == name);
        found.unwrap_or_else(|| panic!("no check {name}: {}", self.0))
    }

    fn outcome(&self, name: &str) -> &str {
        self.check(name)["outcome"].as_str().expect("an outcome")
    }

    /// This check failed, with advice, and those before it did not.
    fn fails_first_at(&self, name: &str) {
        assert_eq!(self.0["ok"], false, "{}", self.0);
        let checks = self.0["checks"].as_array().expect("a list of checks");
        let failed = checks.iter().find(|check| check["outcome"] == "failed");
        let failed = failed.unwrap_or_else(|| panic!("nothing failed: {}", self.0));
        assert_eq!(failed["name"], name, "{}", self.0);
        assert!(failed["advice"].is_string(), "{}", self.0);
    }
}

fn program(url: &str) -> Program {
    Program::c("tests/c/diagnosis.c")
        .env("SNOW_INSTANCE", url)
        .env("SNOW_USER", "admin")
        .env("SNOW_PASSWORD", "admin")
}

/// To an instance that only the proxy can reach, which the environment names.
fn through(proxy: &str) -> Program {
    let program = program("https://instance.invalid");
    let names = ["HTTPS_PROXY", "https_proxy"].into_iter();
    let program = names.fold(program, |program, name| program.env(name, proxy));
    program.env("NO_PROXY", "").env("no_proxy", "")
}

#[test]
fn what_a_caller_gets_wrong() {
    Program::c("tests/c/diagnosis_arguments.c").run(&[]);
}

#[test]
fn an_instance_that_is_well() {
    let instance = Instance::https(&[]);
    let program = program(&instance.url).env("SNOW_CA_FILE", instance.ca_file());
    let told = Told::by(&program, &["incident"]);
    assert_eq!(told.0["ok"], true, "{}", told.0);
    for name in [
        "connect",
        "proxy",
        "tls",
        "sign_in",
        "user",
        "table",
        "rate_rules",
        "clock",
    ] {
        assert_eq!(told.outcome(name), "passed", "{name}: {}", told.0);
    }
    assert_eq!(told.check("tls")["facts"]["version"], "TLSv1.3");
    assert!(told.check("tls")["facts"]["issuer"].is_string());
    assert!(told.check("tls")["facts"]["expires"].is_i64());
    assert_eq!(told.check("user")["facts"]["user_name"], "admin");
    let roles = &told.check("user")["facts"]["roles"];
    let roles = roles.as_array().expect("roles");
    assert!(roles.iter().any(|role| role == "admin"), "{roles:?}");
}

#[test]
fn a_rate_rule() {
    let instance = Instance::start();
    let rule = r#"{"path":"/api/now/table","per_hour":100,"user":"admin"}"#;
    instance.control("POST", "/-/rate-rules", rule);
    let told = Told::by(&program(&instance.url), &[]);
    assert_eq!(
        told.check("rate_rules")["facts"]["limit"],
        100,
        "{}",
        told.0
    );
    assert_eq!(told.outcome("table"), "not_checked");
}

#[test]
fn a_rate_rule_that_is_used_up() {
    let url = server(|| {
        let told = "Retry-After: 3600\r\nX-RateLimit-Limit: 100\r\nX-RateLimit-Rule: of tables";
        answer("429 Too Many Requests", told, "")
    });
    let told = Told::by(&program(&url), &[]);
    let rule = told.check("rate_rules");
    assert_eq!(rule["outcome"], "failed", "{}", told.0);
    assert_eq!(
        rule["finding"],
        "100 calls an hour, by rule of tables: used up"
    );
    assert!(rule["advice"].is_string(), "{}", told.0);
}

#[test]
fn a_name_that_does_not_resolve() {
    let told = Told::by(&program("https://instance.invalid"), &["incident"]);
    told.fails_first_at("name_resolution");
    assert_eq!(told.outcome("connect"), "not_checked");
    assert_eq!(told.outcome("sign_in"), "not_checked");
}

#[test]
fn a_proxy_that_the_environment_names_wrongly() {
    let program = through("http://{proxy}.example.com:3128");
    let told = Told::by(&program, &["incident"]);
    told.fails_first_at("proxy");
    assert_eq!(told.outcome("name_resolution"), "not_checked");
    assert_eq!(told.outcome("sign_in"), "not_checked");
}

#[test]
fn a_closed_port() {
    let told = Told::by(&program("https://127.0.0.1:1"), &["incident"]);
    told.fails_first_at("connect");
    assert_eq!(told.outcome("tls"), "not_checked");
}

#[test]
fn an_authority_that_nobody_knows() {
    let instance = Instance::https(&[]);
    let told = Told::by(&program(&instance.url), &["incident"]);
    told.fails_first_at("tls");
    assert!(
        told.check("tls")["facts"]["issuer"].is_string(),
        "{}",
        told.0
    );
    assert_eq!(told.outcome("sign_in"), "not_checked");
}

/// What is wrong with TLS is told as the error of a call tells it, and the advice is for that.
#[test]
fn a_port_that_speaks_no_tls() {
    let instance = Instance::start();
    let url = instance.url.replace("http://", "https://");
    let told = Told::by(&program(&url), &["incident"]);
    told.fails_first_at("tls");
    let advice = told.check("tls")["advice"].as_str();
    assert!(
        advice.is_some_and(|advice| advice.contains("write http://")),
        "{}",
        told.0
    );
}

#[test]
fn a_proxy_that_is_not_there() {
    let told = Told::by(&through("http://127.0.0.1:1"), &["incident"]);
    told.fails_first_at("connect");
    let advice = told.check("connect")["advice"].as_str();
    assert!(
        advice.is_some_and(|advice| advice.contains("the proxy's port")),
        "{}",
        told.0
    );
}

/// It takes the connection, so that only a call shows that it is what refuses.
#[test]
fn a_proxy_that_asks_for_a_password() {
    let proxy = Proxy::http(Some(("user", "password")));
    let told = Told::by(&through(&proxy.url("http")), &["incident"]);
    told.fails_first_at("proxy");
    assert_eq!(told.outcome("connect"), "passed");
    assert_eq!(told.outcome("sign_in"), "failed");
    let advice = told.check("proxy")["advice"].as_str();
    assert!(
        advice.is_some_and(|advice| advice.contains("snow_session_set_proxy_auth()")),
        "{}",
        told.0
    );
}

#[test]
fn a_session_without_credentials() {
    let instance = Instance::start();
    let told = Told::by(&program(&instance.url).env("SNOW_USER", ""), &["incident"]);
    told.fails_first_at("sign_in");
    let advice = told.check("sign_in")["advice"].as_str();
    assert!(
        advice.is_some_and(|advice| advice.contains("snow_session_set_basic_auth()")),
        "{}",
        told.0
    );
    // A certificate may stand for a user.
    let authority = Authority::new();
    let shown = authority.client("of a user").in_one_file();
    let program = program(&instance.url).env("SNOW_USER", "");
    let told = Told::by(&program.env("SNOW_CLIENT_CERTIFICATE", shown), &[]);
    let advice = told.check("sign_in")["advice"].as_str();
    assert!(
        advice.is_some_and(|advice| advice.contains("inactive")),
        "{}",
        told.0
    );
}

/// What it presents is looked at without telling it who this client is.
#[test]
fn a_server_that_is_not_trusted_is_shown_no_certificate() {
    let authority = Authority::new();
    let server = authority.server("server", &["127.0.0.1"]);
    let shown = authority.client("of a user").in_one_file();
    let config = authority.asking(&server, true);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let (tell, shown_to_it) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut tls = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let tell = tell.clone();
            thread::spawn(move || {
                while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
                let _ = tell.send((!tls.is_handshaking(), tls.peer_certificates().is_some()));
            });
        }
    });
    let program = program(&url).env("SNOW_CLIENT_CERTIFICATE", shown);
    Told::by(&program, &[]).fails_first_at("tls");
    // The first is broken off, and the one that looks comes to its end.
    let patience = Duration::from_secs(30);
    let mut handshakes = iter::from_fn(|| shown_to_it.recv_timeout(patience).ok());
    let over = handshakes.find(|(is_over, _)| *is_over);
    assert_eq!(over, Some((true, false)));
}

#[test]
fn a_machine_without_authorities() {
    let instance = Instance::https(&[]);
    let program = program(&instance.url)
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "/nonexistent");
    let told = Told::by(&program, &["incident"]);
    told.fails_first_at("tls");
    let finding = told.check("tls")["finding"].as_str();
    assert!(
        finding.is_some_and(|text| text.contains("ca-certificates")),
        "{}",
        told.0
    );
    // Nobody is sent to look at the address.
    let advice = told.check("tls")["advice"].as_str();
    assert!(
        advice.is_some_and(|text| text.contains("install")),
        "{}",
        told.0
    );
}

#[test]
fn a_wrong_password() {
    let instance = Instance::start();
    let told = Told::by(
        &program(&instance.url).env("SNOW_PASSWORD", "not-this"),
        &["incident"],
    );
    told.fails_first_at("sign_in");
    assert_eq!(
        told.check("sign_in")["facts"]["status"],
        "SNOW_UNAUTHENTICATED"
    );
    assert_eq!(told.outcome("table"), "not_checked");
}

/// The password is right then, so nobody is sent to look at it.
#[test]
fn a_one_time_code_that_is_missing() {
    let instance = Instance::start();
    let codes = r#"{"one_time_codes":{"admin":"62161147"}}"#;
    instance.control("PATCH", "/-/settings", codes);
    let told = Told::by(&program(&instance.url), &["incident"]);
    told.fails_first_at("sign_in");
    let finding = told.check("sign_in")["finding"].as_str();
    assert!(
        finding.is_some_and(|text| text.contains("takes the password")),
        "{}",
        told.0
    );
    let advice = told.check("sign_in")["advice"].as_str();
    assert!(
        advice.is_some_and(|text| text.contains("append the code")),
        "{}",
        told.0
    );
}

/// Any server of the web may say so, and knows nobody: an instance says why.
#[test]
fn a_server_that_is_no_instance() {
    const PAGE: &str = "<html><title>404 Not Found</title>nginx";
    for (status, kind, body) in [
        ("404 Not Found", "text/html", PAGE),
        ("404 Not Found", "text/plain", "404 page not found"),
        (
            "404 Not Found",
            "application/json",
            r#"{"detail":"Not Found"}"#,
        ),
        ("403 Forbidden", "text/html", PAGE),
        ("400 Bad Request", "text/html", PAGE),
        ("405 Method Not Allowed", "text/plain", ""),
    ] {
        let url = server(move || answer(status, &format!("Content-Type: {kind}"), body));
        let told = Told::by(&program(&url), &[]);
        told.fails_first_at("sign_in");
        let advice = told.check("sign_in")["advice"].as_str();
        assert!(
            advice.is_some_and(|advice| advice.contains("whether the address is")),
            "{}",
            told.0
        );
    }
    // The instance's own words.
    const REFUSED: &str = r#"{"error":{"message":"Insufficient rights to query records","detail":null},"status":"failure"}"#;
    let url = server(|| answer("403 Forbidden", "Content-Type: application/json", REFUSED));
    let told = Told::by(&program(&url), &["incident"]);
    told.fails_first_at("table");
    assert_eq!(told.outcome("sign_in"), "passed");
}

#[test]
fn a_table_that_is_none_or_closed() {
    let instance = Instance::start();
    let told = Told::by(&program(&instance.url), &["u_no_such_table"]);
    told.fails_first_at("table");
    let rule = r#"{"kind":"acl","table":"incident","operation":"read","roles":["nobody"],"admin_overrides":false}"#;
    instance.control("POST", "/-/rules", rule);
    let told = Told::by(&program(&instance.url), &["incident"]);
    told.fails_first_at("table");
}

/// That there are rows and none is shown is another thing than that there are none.
#[test]
fn rows_that_are_hidden() {
    let list = |count| {
        let headers = format!("X-Total-Count: {count}\r\nContent-Type: application/json");
        server(move || answer("200 OK", &headers, r#"{"result":[]}"#))
    };
    let told = Told::by(&program(&list(5)), &["incident"]);
    told.fails_first_at("table");
    let told = Told::by(&program(&list(0)), &["incident"]);
    assert_eq!(told.outcome("table"), "passed", "{}", told.0);
}

/// Two rows are those of an instance that did not read whose it is asked for.
#[test]
fn whose_row_it_is() {
    const ROW: &str = r#"{"sys_id":"9a","user_name":"eve","time_zone":"GMT"}"#;
    let told_of = |rows: String| {
        let body = format!("{{\"result\":[{rows}]}}");
        let url = server(move || answer("200 OK", "Content-Type: application/json", &body));
        Told::by(&program(&url), &[])
    };
    let told = told_of(ROW.to_owned());
    assert_eq!(told.check("user")["facts"]["user_name"], "eve");
    assert!(told.check("user")["advice"].is_null(), "{}", told.0);
    let told = told_of(format!("{ROW},{ROW}"));
    assert_eq!(told.outcome("user"), "not_checked", "{}", told.0);
    // What is shown, and asked for, is in that zone.
    let told = told_of(ROW.replace("GMT", "Europe/Berlin"));
    assert_eq!(told.outcome("user"), "passed");
    let advice = told.check("user")["advice"].as_str();
    assert!(
        advice.is_some_and(|advice| advice.contains("GMT")),
        "{}",
        told.0
    );
}

#[test]
fn a_clock_that_is_wrong() {
    let url = server_an_hour_ahead("[]");
    let told = Told::by(&program(&url), &["incident"]);
    told.fails_first_at("clock");
    let ahead = told.check("clock")["facts"]["ahead_seconds"].as_i64();
    assert!(
        ahead.is_some_and(|ahead| (-3700..=-3500).contains(&ahead)),
        "{}",
        told.0
    );
}

/// What a finding tells of an instance is of the instance's choosing, and goes to terminals and logs.
#[test]
fn a_finding_is_one_line_whatever_the_instance_says() {
    let url = server_an_hour_ahead(
        r#"[{"sys_id":"9a","user_name":"eve\n  table  passed","time_zone":"\u001b[2J\u0000","role.name":"a\r"}]"#,
    );
    let told = Told::by(&program(&url), &["incident"]);
    let user = told.check("user");
    assert_eq!(user["finding"], "eve   table  passed,  [2J , roles: a ");
    assert_eq!(user["facts"]["user_name"], "eve\n  table  passed");
}

/// Answers every request with this list, and with the time in an hour.
fn server_an_hour_ahead(list: &'static str) -> String {
    server(move || {
        let then = SystemTime::now() + Duration::from_secs(3600);
        let date = httpdate::fmt_http_date(then);
        let body = format!("{{\"result\":{list}}}");
        answer(
            "200 OK",
            &format!("Date: {date}\r\nContent-Type: application/json"),
            &body,
        )
    })
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// Answers every request with this.
fn server(answer: impl Fn() -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            // The connection that only tries whether there is one sends nothing.
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read(&mut piece) {
                    Ok(count @ 1..) => request.extend_from_slice(&piece[..count]),
                    _ => break,
                }
            }
            let _ = stream.write_all(answer().as_bytes());
        }
    });
    url
}

/// A server that answers byte by byte, so that no single read waits for long.
#[test]
fn a_handshake_that_never_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                // The beginning of a message that is said to be as long as one can be.
                let _ = stream.write_all(b"\x16\x03\x03\x3e\x80\x02\x00\x3e\x7c");
                while stream.write_all(&[0]).is_ok() {
                    thread::sleep(Duration::from_millis(50));
                }
            });
        }
    });
    Program::c("tests/c/diagnosis_ended.c")
        .env("SNOW_INSTANCE", &url)
        .run(&["the handshake took longer than the time limit"]);
}

/// As many connections wait as can, so that no other is taken and none refused.
#[test]
fn a_connection_that_nobody_takes() {
    let nobody = Unaccepted::new();
    Program::c("tests/c/diagnosis_ended.c")
        .env("SNOW_INSTANCE", format!("http://{}", nobody.address()))
        .run(&["connection timed out"]);
}
