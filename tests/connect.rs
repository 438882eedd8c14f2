//! The ways to connect, each over http and https, with options set by their functions and by name; and
//! what the instance saw of it.

mod support;

use std::fs;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use support::c::{Memcheck, memcheck};
use support::certificates::Authority;
use support::connect::{HOW, plain_program, program, ways};
use support::instance::{Instance, header};

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
    for instance in Instance::both() {
        let arguments = ["quick-start", "by-function"];
        if !instance.is_https() {
            program(&instance).run(&arguments);
            continue;
        }
        // Where the system's authorities are read from, on Linux.
        program(&instance)
            .env("SSL_CERT_FILE", instance.ca_file())
            .run(&arguments);
        let folder = tempfile::tempdir().expect("a folder");
        fs::copy(instance.ca_file(), folder.path().join("acme.pem")).expect("a copy");
        program(&instance)
            .env("SSL_CERT_DIR", folder.path())
            .run(&arguments);
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
    for instance in Instance::both() {
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
    for instance in Instance::both() {
        let program = program(&instance);
        for how in ways(&instance) {
            let stall = r#"{"fault":{"kind":"stall"}}"#;
            instance.control("POST", "/-/faults", stall);
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

/// Runs a way over http and https, by functions and by name, and looks at what the instance saw. Under valgrind each start
/// takes seconds, and TLS is the same whoever signs in: other tests have that.
fn each_way(way: &str, check: impl Fn(&[Value])) {
    let instances = match memcheck() {
        Memcheck::Valgrind => vec![Instance::start()],
        Memcheck::None | Memcheck::Asan => Instance::both().into(),
    };
    for instance in instances {
        let program = program(&instance);
        for how in ways(&instance) {
            program.run(&[way, how]);
            check(&instance.requests(""));
            instance.control("DELETE", "/-/requests", "");
        }
    }
}

fn path(entry: &Value) -> &str {
    let target = entry["target"].as_str().expect("a target");
    target.split_once('?').map_or(target, |(path, _)| path)
}

/// A parameter of a body that is a form.
fn form(entry: &Value, name: &str) -> Option<String> {
    let body = entry["body"].as_str().expect("a body");
    let mut pairs = url::form_urlencoded::parse(body.as_bytes());
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}
