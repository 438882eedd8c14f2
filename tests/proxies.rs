//! Connecting through proxies, over http and https; and what they and the instance saw of it.

mod support;

use std::time::Duration;

use serde_json::Value;
use snow::{Client, Error, Session, Status};
use support::c::{Memcheck, Program, memcheck};
use support::connect::{program, ways};
use support::instance::{Instance, header};
use support::proxy::{Credentials, Passage, Proxy};
use support::unaccepted::Unaccepted;

/// With what a URL would say in another way, and with what one would take for something else.
const SIGNS_IN: Credentials = Some(("proxy %75ser", "p@ss:w%6Frd"));

#[test]
fn through_an_http_proxy() {
    for credentials in [None, SIGNS_IN] {
        let proxy = Proxy::http(credentials);
        let http = Instance::start();
        // A name that has no address here: the proxy looks it up.
        let address = format!("instance.invalid:{}", http.port());
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
        let address = format!("localhost:{}", https.port());
        through(&proxy, "http", credentials, &https, &address, |passages| {
            assert_eq!(passages, [Passage::Tunnelled(address.clone())]);
        });
        assert!(
            https
                .requests("")
                .iter()
                .all(|e| header(e, "proxy-authorization").is_none())
        );
    }
}

#[test]
fn through_a_socks_proxy_that_resolves_names() {
    for credentials in [None, SIGNS_IN] {
        let proxy = Proxy::socks5(credentials);
        for instance in Instance::both() {
            let host = if instance.is_https() {
                "localhost"
            } else {
                "instance.invalid"
            };
            let address = format!("{host}:{}", instance.port());
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
        for instance in Instance::both() {
            let address = format!("localhost:{}", instance.port());
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
            format!("http://instance.invalid:{}", instance.port()),
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
        for instance in Instance::both() {
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
            assert_eq!(instance.requests(""), Vec::<Value>::new());
        }
    }
}

/// Whoever asks for an instance that is well must see that it is not that which refuses.
#[test]
fn a_proxy_that_is_not_there_is_named() {
    for scheme in ["http", "socks5h"] {
        let error = without_connection(&format!("{scheme}://127.0.0.1:1"));
        let told = "to the proxy 127.0.0.1:1";
        assert!(error.message().contains(told), "{error}");
    }
}

#[test]
fn a_proxy_that_takes_no_connection_is_named() {
    let nobody = Unaccepted::new();
    let place = nobody.address();
    for scheme in ["http", "socks5h"] {
        let error = without_connection(&format!("{scheme}://{place}"));
        let told = format!("no connection to the proxy {place} within the connect time limit");
        assert!(error.message().contains(&told), "{error}");
    }
}

/// What a call says for which no connection is made to the proxy; its password is not in it.
fn without_connection(proxy: &str) -> Error {
    let mut session = Session::new();
    session.set_proxy(proxy).expect("a proxy");
    session
        .set_proxy_auth("planted-user", "planted-s3cr3t")
        .expect("credentials");
    session
        .set_connect_timeout(Duration::from_millis(200))
        .expect("a time");
    session
        .set_retry(0, Duration::from_secs(1))
        .expect("a policy");
    let client = Client::new("https://instance.invalid", &session).expect("a client");
    let error = client
        .table_first("incident", None)
        .expect_err("nobody there");
    assert_eq!(error.status(), Status::Connect);
    assert!(!error.message().contains("planted"), "{error}");
    error
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
    let named = format!("http://instance.invalid:{}", instance.port());
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
    let with_port = format!("instance.invalid:{}", instance.port());
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
                format!("http://instance.invalid:{}", instance.port()),
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
    for instance in Instance::both() {
        let program = program(&instance).env("SNOW_PROXY", proxy.url("http"));
        for how in ways(&instance) {
            program.run(&["no-proxy", how]);
        }
    }
    assert_eq!(proxy.take_passages(), []);
}

/// A program that finds these proxies in its environment and no others, and an instance that only a proxy finds.
fn in_environment(instance: &Instance, scheme: &str, named: &[(&str, &str)]) -> Program {
    let address = format!("{scheme}://instance.invalid:{}", instance.port());
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
