//! The ways to connect, each over http and https, with options set by their functions and by name; and
//! what the instance and the proxies saw of it.

mod support;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use snow::{Client, Session, Status};
use support::c::{Memcheck, Program, memcheck};
use support::certificates::Authority;
use support::instance::Instance;
use support::proxy::{Credentials, Passage, Proxy};

/// By its function an option is set, and by its name.
const HOW: [&str; 2] = ["by-function", "by-name"];

#[test]
fn a_user_and_password() {
    each_way("basic", |seen| {
        let right = format!("Basic {}", BASE64_STANDARD.encode("admin:admin"));
        let [first, second] = seen else {
            panic!("two calls: {seen:?}")
        };
        assert_eq!(header(first, "authorization"), Some(right.as_str()));
        assert_ne!(header(second, "authorization"), Some(right.as_str()));
    });
}

#[test]
fn without_a_session_the_authorities_of_the_system_count() {
    for instance in both() {
        let mut program = program(&instance);
        if is_https(&instance) {
            // Where the system's authorities are read from, on Linux.
            program = program.env("SSL_CERT_FILE", ca_file(&instance));
        }
        program.run(&["quick-start", "by-function"]);
    }
}

#[test]
fn a_token_of_somebody_elses() {
    each_way("bearer-token", |seen| {
        let [asked, call] = seen else {
            panic!("a token and a call: {seen:?}")
        };
        assert_eq!(path(asked), "/oauth_token.do");
        assert!(header(call, "authorization").is_some_and(|value| value.starts_with("Bearer ")));
    });
}

#[test]
fn an_api_key() {
    each_way("api-key", |seen| {
        let [call] = seen else {
            panic!("one call: {seen:?}")
        };
        assert_eq!(header(call, "x-sn-apikey"), Some("key-of-a-test"));
        assert_eq!(header(call, "authorization"), None);
    });
}

#[test]
fn a_token_by_password_is_kept_in_a_file() {
    each_way("password-grant", |seen| {
        let [asked, first, second] = seen else {
            panic!("a token and two calls: {seen:?}")
        };
        assert_eq!(form(asked, "grant_type").as_deref(), Some("password"));
        assert_eq!(form(asked, "username").as_deref(), Some("admin"));
        assert_eq!(form(asked, "client_id").as_deref(), Some("snow-client"));
        assert_eq!(form(asked, "client_secret").as_deref(), Some("snow-secret"));
        assert_eq!(header(asked, "authorization"), None);
        assert_eq!(
            header(first, "authorization"),
            header(second, "authorization")
        );
    });
}

#[test]
fn a_refresh_token_alone() {
    each_way("refresh-token", |seen| {
        let [_, asked, call] = seen else {
            panic!("two tokens and a call: {seen:?}")
        };
        assert_eq!(form(asked, "grant_type").as_deref(), Some("refresh_token"));
        assert_eq!(path(call), "/api/now/table/incident");
    });
}

#[test]
fn an_application_that_signs_itself_in() {
    each_way("client-credentials", |seen| {
        let [asked, _, _] = seen else {
            panic!("one token for two calls: {seen:?}")
        };
        assert_eq!(
            form(asked, "grant_type").as_deref(),
            Some("client_credentials")
        );
        assert_eq!(form(asked, "client_secret").as_deref(), Some("snow-secret"));
    });
}

#[test]
fn the_applications_secret_in_a_header() {
    each_way("oauth-basic", |seen| {
        let [asked, call] = seen else {
            panic!("a token and a call: {seen:?}")
        };
        let shown = format!(
            "Basic {}",
            BASE64_STANDARD.encode("snow-client:snow-secret")
        );
        assert_eq!(header(asked, "authorization"), Some(shown.as_str()));
        assert_eq!(form(asked, "client_secret"), None);
        assert!(header(call, "authorization").is_some_and(|value| value.starts_with("Bearer ")));
    });
}

#[test]
fn any_certificate_where_none_is_checked() {
    for instance in both() {
        let program = plain_program(&instance);
        for how in ways(&instance) {
            program.run(&["any-certificate", how]);
        }
    }
}

#[test]
fn the_same_authorities_when_certificates_are_checked_again() {
    let instance = Instance::https(&[]);
    for how in ways(&instance) {
        program(&instance).run(&["ca-file-again", how]);
    }
}

#[test]
fn plain_http_to_elsewhere_where_it_is_allowed() {
    let instance = Instance::start();
    let program = plain_program(&instance);
    for how in ways(&instance) {
        program.run(&["allow-http", how]);
    }
}

#[test]
fn headers_go_with_every_request() {
    each_way("headers", |seen| {
        let [asked, first, asked_without, last] = seen else {
            panic!("four requests: {seen:?}")
        };
        for entry in [asked, first, last] {
            assert_eq!(header(entry, "x-gateway-key"), Some("gateway-key"));
        }
        assert_eq!(header(asked_without, "x-gateway-key"), None);
        for entry in seen {
            assert_eq!(header(entry, "x-tenant"), Some("acme"));
            assert_eq!(header(entry, "user-agent"), Some("acme-sync/7"));
        }
    });
}

#[test]
fn cookies_are_kept_where_that_is_asked_for() {
    each_way("cookies-by-default", |seen| {
        assert!(seen.len() == 2 && seen.iter().all(|entry| header(entry, "cookie").is_none()));
        let version = concat!("libsnow/", env!("CARGO_PKG_VERSION"));
        assert_eq!(header(&seen[0], "user-agent"), Some(version));
    });
    each_way("cookies", |seen| {
        let [first, second] = seen else {
            panic!("two calls: {seen:?}")
        };
        assert_eq!(header(first, "cookie"), None);
        assert!(header(second, "cookie").is_some_and(|value| value.contains("JSESSIONID=")));
    });
}

#[test]
fn a_call_ends_when_its_time_is_over() {
    for instance in both() {
        let program = program(&instance);
        for how in ways(&instance) {
            ask(
                &instance,
                "POST",
                "/-/faults",
                r#"{"fault":{"kind":"stall"}}"#,
            );
            program.run(&["total-timeout", how]);
        }
    }
}

#[test]
fn connecting_ends_when_its_time_is_over() {
    let instance = Instance::start();
    let program = plain_program(&instance);
    for how in ways(&instance) {
        program.run(&["connect-timeout", how]);
    }
}

#[test]
fn each_option_has_a_name() {
    let instance = Instance::https(&[]);
    let authority = Authority::new();
    let shown = authority.client("options");
    let program = program(&instance).env("SNOW_CLIENT_CERTIFICATE", shown.in_one_file());
    for how in HOW {
        program.run(&["options", how]);
    }
}

/// With what a URL would say in another way, and with what one would take for something else.
const SIGNS_IN: Credentials = Some(("proxy %75ser", "p@ss:w%6Frd"));

#[test]
fn through_an_http_proxy() {
    for credentials in [None, SIGNS_IN] {
        let proxy = Proxy::http(credentials);
        let http = Instance::start();
        // A name that has no address here: the proxy looks it up.
        let address = format!("instance.invalid:{}", port(&http));
        let forwarded = |method: &str, path: &str, passage: &Passage| {
            let Passage::Forwarded(request) = passage else {
                return false;
            };
            request.starts_with(&format!("{method} http://{address}{path}"))
        };
        through(&proxy, "http", credentials, &http, &address, |passages| {
            let [token, call] = passages else {
                panic!("two requests: {passages:?}")
            };
            assert!(forwarded("POST", "/oauth_token.do", token), "{token:?}");
            assert!(
                forwarded("GET", "/api/now/table/incident?", call),
                "{call:?}"
            );
        });
        let https = Instance::https(&[]);
        let address = format!("localhost:{}", port(&https));
        through(&proxy, "http", credentials, &https, &address, |passages| {
            assert_eq!(passages, [Passage::Tunnelled(address.clone())]);
        });
        assert!(
            journal(&https)
                .iter()
                .all(|e| header(e, "proxy-authorization").is_none())
        );
    }
}

#[test]
fn through_a_socks_proxy_that_resolves_names() {
    for credentials in [None, SIGNS_IN] {
        let proxy = Proxy::socks5(credentials);
        for instance in both() {
            let host = if is_https(&instance) {
                "localhost"
            } else {
                "instance.invalid"
            };
            let address = format!("{host}:{}", port(&instance));
            through(
                &proxy,
                "socks5h",
                credentials,
                &instance,
                &address,
                |passages| {
                    assert_eq!(passages, [Passage::Tunnelled(address.clone())]);
                },
            );
        }
    }
}

#[test]
fn through_a_socks_proxy_after_names_are_resolved_here() {
    for credentials in [None, SIGNS_IN] {
        let proxy = Proxy::socks5(credentials);
        for instance in both() {
            let address = format!("localhost:{}", port(&instance));
            through(
                &proxy,
                "socks5",
                credentials,
                &instance,
                &address,
                |passages| {
                    let [Passage::Tunnelled(target)] = passages else {
                        panic!("{passages:?}")
                    };
                    let host = target.rsplit_once(':').expect("host and port").0;
                    assert!(host.parse::<std::net::IpAddr>().is_ok(), "{target}");
                },
            );
        }
    }
    let (proxy, instance) = (Proxy::socks5(None), Instance::start());
    program(&instance)
        .env(
            "SNOW_INSTANCE",
            format!("http://instance.invalid:{}", port(&instance)),
        )
        .env("SNOW_PROXY", proxy.url("socks5"))
        .run(&["proxy-without-a-name", "by-function"]);
    assert_eq!(proxy.take_passages(), []);
}

#[test]
fn a_proxy_that_is_shown_the_wrong_password() {
    let asks: Credentials = Some(("user", "password"));
    for (proxy, scheme) in [
        (Proxy::http(asks), "http"),
        (Proxy::socks5(asks), "socks5"),
        (Proxy::socks5(asks), "socks5h"),
    ] {
        for instance in both() {
            for shown in [Some("wrong secret"), None] {
                let mut program = program(&instance).env("SNOW_PROXY", proxy.url(scheme));
                if let Some(password) = shown {
                    program = program
                        .env("SNOW_PROXY_USER", "user")
                        .env("SNOW_PROXY_PASSWORD", password);
                }
                program.run(&["proxy-refuses", "by-function"]);
                assert_eq!(proxy.take_passages(), [Passage::Refused], "{scheme}");
            }
            assert_eq!(journal(&instance), Vec::<Value>::new());
        }
    }
}

/// What a proxy cannot do now is tried again, as a connection that is refused; what it does not do for anybody is not.
#[test]
fn a_proxy_that_cannot_connect_now() {
    const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
    const BAD: &str = "HTTP/1.0 502 Bad Gateway\r\n\r\n";
    const FORBIDDEN: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let instance = Instance::https(&[]);
    let call = |proxy: &Proxy, scheme: &str, retries: u32| {
        let mut session = Session::new();
        session.set_basic_auth("admin", "admin").expect("a user");
        session.set_ca_file(&instance.ca_file()).expect("a file");
        session.set_proxy(&proxy.url(scheme)).expect("a proxy");
        session
            .set_retry(retries, Duration::from_secs(1))
            .expect("a policy");
        let client = Client::new(&instance.url, &session).expect("a client");
        client.table_count("incident", None)
    };
    let fails = |proxy: Proxy, scheme: &str, words: &str, is_retryable: bool| {
        let error = call(&proxy, scheme, 0).expect_err("no connection");
        assert_eq!(error.status(), Status::Proxy, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.is_retryable(), is_retryable, "{error}");
        assert!(!error.maybe_applied(), "{error}");
    };
    fails(
        Proxy::http_after(&[BUSY]),
        "http",
        "cannot connect to the instance now (503",
        true,
    );
    fails(Proxy::http_after(&[BAD]), "http", "(502", true);
    fails(Proxy::http_after(&[""]), "http", "no answer", true);
    fails(
        Proxy::http_after(&[FORBIDDEN]),
        "http",
        "refuses to connect to the instance",
        false,
    );
    fails(
        Proxy::http_after(&["220 mail\r\n"]),
        "http",
        "does not speak http",
        false,
    );
    fails(
        Proxy::socks5_after(&[4]),
        "socks5h",
        "host unreachable",
        true,
    );
    fails(Proxy::socks5_after(&[2]), "socks5h", "not allowed", false);

    let proxy = Proxy::http_after(&[BUSY, "", BAD]);
    call(&proxy, "http", 3).expect("a count");
    assert_eq!(proxy.take_passages().len(), 4);
    let proxy = Proxy::socks5_after(&[5, 3]);
    call(&proxy, "socks5", 2).expect("a count");
    assert_eq!(proxy.take_passages().len(), 3);
    let proxy = Proxy::http_after(&[FORBIDDEN]);
    call(&proxy, "http", 3).expect_err("no connection");
    assert_eq!(proxy.take_passages().len(), 1);
}

#[test]
fn a_proxy_of_the_environment_except_for_loopback() {
    let (proxy, instance) = (Proxy::http(None), Instance::start());
    let named = format!("http://instance.invalid:{}", port(&instance));
    for (address, passages) in [(named.as_str(), 1), (instance.url.as_str(), 0)] {
        program(&instance)
            .env("SNOW_INSTANCE", address)
            .env("HTTP_PROXY", proxy.url("http"))
            .env("http_proxy", proxy.url("http"))
            .env("NO_PROXY", "")
            .env("no_proxy", "")
            .run(&["environment", "by-function"]);
        assert_eq!(proxy.take_passages().len(), passages, "{address}");
    }
}

/// Nobody who names a proxy wants calls to go without it, least of all where the name is a template that nobody filled.
#[test]
fn a_proxy_of_the_environment_that_is_none() {
    let instance = Instance::start();
    for name in ["HTTP_PROXY", "ALL_PROXY"] {
        for proxy in [
            "http://{proxy}.example.com:3128",
            "ftp://proxy:21",
            "http://[::1:3128",
            "http://user:p@ssword@127.0.0.1:3128",
        ] {
            in_environment(&instance, "http", &[(name, proxy)])
                .env("SNOW_NAMED", name)
                .run(&["environment-names-none", "by-function"]);
        }
    }
}

/// One that is empty is passed over, with no word of it and with no other blamed for it; one that is set never is.
#[test]
fn the_first_proxy_of_the_environment_that_is_set_counts() {
    // Valgrind takes its time, and which one counts is no matter of memory.
    if memcheck() == Memcheck::Valgrind {
        return;
    }
    let (proxy, instance) = (Proxy::http(None), Instance::start());
    let (right, wrong) = (proxy.url("http"), "garbage::");
    let right = right.as_str();
    for named in [
        &[("http_proxy", right)] as &[_],
        &[("all_proxy", right)],
        &[("HTTP_PROXY", right), ("http_proxy", wrong)],
        &[("http_proxy", right), ("ALL_PROXY", wrong)],
        &[("HTTPS_PROXY", wrong), ("ALL_PROXY", right)],
    ] {
        in_environment(&instance, "http", named).run(&["environment", "by-function"]);
        assert_eq!(proxy.take_passages().len(), 1, "{named:?}");
    }
    for (scheme, named) in [
        ("http", [("HTTP_PROXY", wrong), ("http_proxy", right)]),
        ("http", [("HTTP_PROXY", wrong), ("ALL_PROXY", right)]),
        ("http", [("http_proxy", wrong), ("ALL_PROXY", right)]),
        ("http", [("ALL_PROXY", wrong), ("all_proxy", right)]),
        ("https", [("HTTPS_PROXY", wrong), ("ALL_PROXY", right)]),
        ("https", [("https_proxy", wrong), ("HTTP_PROXY", right)]),
    ] {
        in_environment(&instance, scheme, &named)
            .env("SNOW_NAMED", named[0].0)
            .run(&["environment-names-none", "by-function"]);
    }
    for exempt in [
        ("NO_PROXY", "instance.invalid"),
        ("no_proxy", "instance.invalid"),
        ("NO_PROXY", "elsewhere.invalid, INVALID"),
        ("NO_PROXY", ".invalid"),
        ("NO_PROXY", "*"),
    ] {
        in_environment(&instance, "http", &[("ALL_PROXY", right), exempt])
            .run(&["environment-does-not-count", "by-function"]);
    }
    assert_eq!(proxy.take_passages(), []);
    let with_port = format!("instance.invalid:{}", port(&instance));
    for exempt in ["*.invalid", "stance.invalid", &with_port] {
        in_environment(
            &instance,
            "http",
            &[("ALL_PROXY", right), ("NO_PROXY", exempt)],
        )
        .run(&["environment", "by-function"]);
        assert_eq!(proxy.take_passages().len(), 1, "{exempt}");
    }
}

/// Where a request's headers become variables, `HTTP_PROXY` is whatever a stranger writes.
#[test]
fn a_cgi_program_takes_no_proxy_from_the_environment() {
    let (proxy, instance) = (Proxy::http(None), Instance::start());
    for url in [proxy.url("http"), "http://{proxy}:3128".into()] {
        program(&instance)
            .env(
                "SNOW_INSTANCE",
                format!("http://instance.invalid:{}", port(&instance)),
            )
            .env("REQUEST_METHOD", "GET")
            .env("HTTP_PROXY", &url)
            .env("http_proxy", &url)
            .env("NO_PROXY", "")
            .env("no_proxy", "")
            .run(&["environment-does-not-count", "by-function"]);
    }
    assert_eq!(proxy.take_passages(), []);
}

#[test]
fn no_proxy_whatever_was_said_before() {
    let proxy = Proxy::http(None);
    for instance in both() {
        let program = program(&instance).env("SNOW_PROXY", proxy.url("http"));
        for how in ways(&instance) {
            program.run(&["no-proxy", how]);
        }
    }
    assert_eq!(proxy.take_passages(), []);
}

/// A program that finds these proxies in its environment and no others, and an instance that only a proxy finds.
fn in_environment(instance: &Instance, scheme: &str, named: &[(&str, &str)]) -> Program {
    let address = format!("{scheme}://instance.invalid:{}", port(instance));
    let kinds = ["http", "https", "all", "no"].map(|kind| format!("{kind}_proxy"));
    let names = kinds
        .iter()
        .flat_map(|name| [name.to_uppercase(), name.clone()]);
    let empty = names.fold(program(instance), |program, name| program.env(&name, ""));
    let given = named.iter();
    given
        .fold(empty, |program, (name, value)| program.env(name, value))
        .env("SNOW_INSTANCE", address)
}

/// Runs a way over http and https, by functions and by name, and looks at what the instance saw.
fn each_way(way: &str, check: impl Fn(&[Value])) {
    for instance in both() {
        let program = program(&instance);
        for how in ways(&instance) {
            program.run(&[way, how]);
            check(&journal(&instance));
            ask(&instance, "DELETE", "/-/requests", "");
        }
    }
}

/// How options are set. Valgrind takes its time: each way of saying it with one of the schemes.
fn ways(instance: &Instance) -> &'static [&'static str] {
    let number = usize::from(is_https(instance));
    match memcheck() {
        Memcheck::Valgrind => &HOW[number..=number],
        Memcheck::None | Memcheck::Asan => &HOW,
    }
}

/// Signs in and calls through a proxy, to an address that leads to the instance.
fn through(
    proxy: &Proxy,
    scheme: &str,
    credentials: Credentials,
    instance: &Instance,
    address: &str,
    check: impl Fn(&[Passage]),
) {
    let (instance_scheme, _) = instance.url.split_once("://").expect("a URL has a scheme");
    let mut program = program(instance)
        .env("SNOW_INSTANCE", format!("{instance_scheme}://{address}"))
        .env("SNOW_PROXY", proxy.url(scheme));
    if let Some((user, password)) = credentials {
        program = program
            .env("SNOW_PROXY_USER", user)
            .env("SNOW_PROXY_PASSWORD", password);
    }
    for how in ways(instance) {
        program.run(&["proxy", how]);
        check(&proxy.take_passages());
    }
}

fn both() -> [Instance; 2] {
    [Instance::start(), Instance::https(&[])]
}

/// The program with the address of an instance and nothing else.
fn plain_program(instance: &Instance) -> Program {
    Program::c("tests/c/connect.c").env("SNOW_INSTANCE", &instance.url)
}

/// The program, which trusts the instance's authority.
fn program(instance: &Instance) -> Program {
    let program = plain_program(instance);
    match is_https(instance) {
        true => program.env("SNOW_CA_FILE", ca_file(instance)),
        false => program,
    }
}

fn is_https(instance: &Instance) -> bool {
    instance.url.starts_with("https:")
}

fn ca_file(instance: &Instance) -> String {
    let path = instance.ca_file().into_os_string();
    path.into_string().expect("a temporary path is text")
}

fn port(instance: &Instance) -> &str {
    instance
        .authority()
        .rsplit_once(':')
        .expect("host and port")
        .1
}

/// What the instance was sent.
fn journal(instance: &Instance) -> Vec<Value> {
    let entries = ask(instance, "GET", "/-/requests", "");
    entries.as_array().expect("a list of requests").clone()
}

fn path(entry: &Value) -> &str {
    let target = entry["target"].as_str().expect("a target");
    target.split_once('?').map_or(target, |(path, _)| path)
}

fn header<'a>(entry: &'a Value, name: &str) -> Option<&'a str> {
    let headers = entry["headers"].as_array().expect("headers");
    headers
        .iter()
        .find(|pair| pair[0] == name)
        .and_then(|pair| pair[1].as_str())
}

/// A parameter of a body that is a form.
fn form(entry: &Value, name: &str) -> Option<String> {
    let body = entry["body"].as_str().expect("a body");
    let mut pairs = url::form_urlencoded::parse(body.as_bytes());
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// A call of the control endpoint, of an instance that may speak https.
fn ask(instance: &Instance, method: &str, path: &str, body: &str) -> Value {
    let stream = TcpStream::connect(instance.authority()).expect("the instance is there");
    let answer = match is_https(instance) {
        true => exchange(encrypted(instance, stream), method, path, body),
        false => exchange(stream, method, path, body),
    };
    let answer = answer.expect("the instance answers");
    let (head, content) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    assert!(head.contains(" 200 "), "{answer}");
    serde_json::from_str(content).expect("JSON")
}

fn encrypted(instance: &Instance, stream: TcpStream) -> impl Read + Write + use<> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(instance.ca_file()).expect("a certificate");
    roots.add(authority).expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    StreamOwned::new(connection, stream)
}

/// HTTP/1.0, so that the answer comes in one piece and ends where the connection does.
fn exchange(
    mut stream: impl Read + Write,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<String> {
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: control\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // It closes without a word of TLS, having said all.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    String::from_utf8(answer).map_err(|_| io::ErrorKind::InvalidData.into())
}
