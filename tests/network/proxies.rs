//! squid, microsocks and haproxy: what they let through, and what a caller meets where they do not.

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::support::certificates::Authority;
use crate::support::has;
use crate::support::instance::Instance;
use crate::support::part::{Part, free_ports};
use crate::support::recorder::Recorder;
use crate::{has_nginx, reach, too_long_for_valgrind, with};

/// What squid and microsocks let through, and what a caller meets where they do not: the token call goes the
/// same way, and a proxy that refuses is told apart from an instance that does.
#[test]
fn proxies_that_others_wrote() {
    let there = has("squid", "squid") && has("microsocks", "microsocks");
    if too_long_for_valgrind() || !(there && has("setpriv", "util-linux")) {
        return;
    }
    let instance = Instance::https(&[]);
    let ca = format!("ca_file={}", instance.ca_file().display());
    let [open, asks, socks, socks_asks] = free_ports();
    let known = Some(("user", "password"));
    let squid = [(None, open), (known, asks)].map(|(known, port)| Part::squid(known, port));
    let _socks =
        [(None, socks), (known, socks_asks)].map(|(known, port)| Part::microsocks(known, port));
    let oauth = ["client_id=snow-client", "client_secret=snow-secret"];
    let shown = ["proxy_user=user", "proxy_password=password"];
    for (scheme, port, credentials) in [
        ("http", open, &[][..]),
        ("http", asks, &shown),
        ("socks5", socks, &[]),
        ("socks5h", socks, &[]),
        ("socks5", socks_asks, &shown),
        ("socks5h", socks_asks, &shown),
    ] {
        let proxy = format!("proxy={scheme}://127.0.0.1:{port}");
        let options = [&with(&[&ca, &proxy]), &oauth[..], credentials].concat();
        reach(&instance.url, "login", &options).succeeds();
        // The instance's own refusal comes through as what it is.
        let options = [&["user=admin", "password=wrong", &ca, &proxy], credentials].concat();
        let refused = reach(&instance.url, "create", &options);
        refused.fails("SNOW_UNAUTHENTICATED", &["401"]);
    }
    let tunnel = format!("CONNECT {}", instance.authority());
    for squid in &squid {
        assert!(
            squid.log("access.log").contains(&tunnel),
            "{}",
            squid.log("access.log")
        );
    }
    for (scheme, port) in [
        ("http", asks),
        ("socks5", socks_asks),
        ("socks5h", socks_asks),
    ] {
        let proxy = format!("proxy={scheme}://127.0.0.1:{port}");
        let wrong = ["proxy_user=user", "proxy_password=not it"];
        for credentials in [&[][..], &wrong] {
            let options = [&with(&[&ca, &proxy]), credentials].concat();
            let refused = reach(&instance.url, "create", &options);
            let words = match scheme {
                "http" => "asks for a user and password",
                _ => "SOCKS",
            };
            refused.fails("SNOW_PROXY", &["proxy", words]);
            assert!(!refused.message.contains("not it"), "{refused:?}");
        }
    }
}

/// A balancer that has no server left, and one that cuts what it let through.
#[test]
fn a_balancer_without_its_servers() {
    if !(has("haproxy", "haproxy") && has("setpriv", "util-linux")) {
        return;
    }
    let [front, cutting, nobody] = free_ports();
    let instance = Instance::start();
    let sections = format!(
        "listen none\n  mode http\n  bind 127.0.0.1:{front}\n  server gone 127.0.0.1:{nobody}\n\
         listen cuts\n  mode http\n  bind 127.0.0.1:{cutting}\n  tcp-response content close\n  \
         server right {}\n",
        instance.authority()
    );
    let _haproxy = Part::haproxy(&sections, &[front, cutting]);
    let none = reach(&format!("http://127.0.0.1:{front}"), "get", &with(&[]));
    none.fails("SNOW_UNAVAILABLE", &["503"]);
    assert!(none.retryable);
    let cut = reach(&format!("http://127.0.0.1:{cutting}"), "create", &with(&[]));
    let told = (cut.status.as_str(), cut.http_status);
    assert_eq!(told, ("SNOW_UNAVAILABLE", 502), "{cut:?}");
    assert!(cut.maybe_applied && !cut.retryable, "{cut:?}");
}

/// Each sees what is meant for it: the proxy of an https call nothing but where it goes, and the instance
/// nothing of who signed in at the proxy.
#[test]
fn credentials_for_the_proxy_and_for_the_instance() {
    if !(has("squid", "squid") && has_nginx()) {
        return;
    }
    let authority = Authority::new();
    let pair = authority.server("target", &["localhost"]);
    let [https, port] = free_ports();
    let target = Recorder::start();
    let upstream = format!("http://127.0.0.1:{}", target.port());
    let block = format!(
        "server {{ listen 127.0.0.1:{https} ssl; ssl_certificate {}; ssl_certificate_key {};\n\
         location / {{ proxy_pass {upstream}; proxy_redirect off; }} }}",
        pair.certificate, pair.key
    );
    let _nginx = Part::nginx(&block, &[https]);
    let squid = Part::squid(Some(("user", "proxy-password")), port);
    let for_proxy = BASE64_STANDARD.encode("user:proxy-password");
    let for_instance = BASE64_STANDARD.encode("admin:admin");
    let ca = format!("ca_file={}", authority.ca_file());
    let proxy = format!("proxy=http://127.0.0.1:{port}");
    let options = with(&[
        &ca,
        &proxy,
        "proxy_user=user",
        "proxy_password=proxy-password",
        "header=X-Gateway: planted-header",
    ]);

    let other = Recorder::start();
    let place = format!("https://localhost:{}", other.port());
    let redirect = format!("307 Elsewhere\r\nLocation: {place}/");
    for home in [format!("https://localhost:{https}"), upstream] {
        let before = squid.log("heads.log").len();
        for answer in ["200 OK\r\nContent-Type: application/json", &redirect] {
            target.answers([(answer, r#"{"result":[{"sys_id":"0a"}]}"#)]);
            let outcome = reach(&home, "get", &options);
            match answer == redirect {
                true => outcome.fails("SNOW_REDIRECT", &[&place]),
                false => outcome.succeeds(),
            }
            let (_, heard) = target.take();
            let heard = heard.to_ascii_lowercase();
            let shown = format!("basic {}", for_instance.to_ascii_lowercase());
            assert!(heard.contains(&shown), "{home}: {heard}");
            assert!(!heard.contains("proxy-authorization"), "{home}: {heard}");
            assert!(
                !heard.contains(&for_proxy.to_ascii_lowercase()),
                "{home}: {heard}"
            );
        }
        let heads = squid.wait_for_lines("heads.log", before, 2);
        assert!(heads.contains("Proxy-Authorization"), "{home}: {heads}");
        for secret in [for_instance.as_str(), "planted-header"] {
            // Of plain http a proxy sees all.
            let is_seen = heads.contains(secret);
            assert_eq!(is_seen, home.starts_with("http://"), "{secret}: {heads}");
        }
    }
    assert_eq!(other.take().0, 0);
}

/// A proxy that answers itself, with the address of a page where a person signs in.
#[test]
fn a_proxy_that_sends_everyone_to_a_portal() {
    if !(has("squid", "squid") && has("setpriv", "util-linux")) {
        return;
    }
    let [port] = free_ports();
    let portal = Recorder::start();
    let place = format!("http://127.0.0.1:{}", portal.port());
    let directives = format!(
        "acl everyone src all\nhttp_access deny everyone\ndeny_info 302:{place}/portal?from=%u everyone\n"
    );
    let _squid = Part::squid_with(None, &directives, port);
    let proxy = format!("proxy=http://127.0.0.1:{port}");
    let through = with(&[&proxy]);
    reach("https://localhost:1", "create", &through)
        .fails("SNOW_PROXY", &["proxy", "refuses to connect", "browser"]);
    let plain = reach("http://localhost:1", "create", &through);
    plain.fails("SNOW_REDIRECT", &[&place]);
    assert_eq!(portal.take().0, 0);
}
