//! Where a call goes, and where it never goes: to another origin than the client's, whatever an answer says.

use crate::support::certificates::Authority;
use crate::support::instance::Instance;
use crate::support::part::{Part, free_ports};
use crate::support::recorder::Recorder;
use crate::{Outcome, has_nginx, reach, too_long_for_valgrind, with};

/// What no message may hold, and nobody see but the client's own origin: all that the calls below know. A
/// user and password are one in base64.
const SECRETS: [&str; 10] = [
    "planted-password",
    USER_AND_PASSWORD,
    "planted-bearer",
    "planted-key",
    "planted-header",
    "planted-secret",
    "planted-access",
    "planted-refresh",
    "planted-cookie",
    "planted-ticket",
];
const USER_AND_PASSWORD: &str = "cGxhbnRlZC11c2VyOnBsYW50ZWQtcGFzc3dvcmQ=";

const BASIC: &[&str] = &["user=planted-user", "password=planted-password"];
const BEARER: &[&str] = &["bearer_token=planted-bearer"];
const API_KEY: &[&str] = &["api_key=planted-key"];
const SIGNED_IN: &[&str] = &[
    "client_id=planted-id",
    "client_secret=planted-secret",
    r#"token={"access_token":"planted-access","refresh_token":"planted-refresh","expires_in":1800,"expires_at":32472144000}"#,
];
/// With a token that has ended.
const TO_RENEW: &[&str] = &[
    "client_id=planted-id",
    "client_secret=planted-secret",
    r#"token={"access_token":"planted-access","refresh_token":"planted-refresh","expires_in":1800,"expires_at":1}"#,
];
const SIGNING_IN: &[&str] = &[
    "client_id=planted-id",
    "client_secret=planted-secret",
    "user=planted-user",
    "password=planted-password",
];

const JSON: &str = "200 OK\r\nContent-Type: application/json";

/// A server that answers as it is told, by http and, behind nginx, by https; and another one, which is where
/// its answers lead to.
struct Origins {
    authority: Authority,
    _nginx: Part,
    https_port: u16,
    home: Recorder,
    other: Recorder,
}

impl Origins {
    fn start() -> Origins {
        let authority = Authority::new();
        let pair = authority.server("home", &["localhost"]);
        let (home, other) = (Recorder::start(), Recorder::start());
        other.answers([(JSON, r#"{"result":[{"sys_id":"0a"}]}"#)]);
        let [https_port] = free_ports();
        let block = format!(
            "server {{ listen 127.0.0.1:{https_port} ssl; listen [::1]:{https_port} ssl;\n\
             ssl_certificate {}; ssl_certificate_key {};\nproxy_redirect off;\n\
             location / {{ proxy_pass http://127.0.0.1:{}; client_max_body_size 0; }} }}",
            pair.certificate,
            pair.key,
            home.port()
        );
        Origins {
            _nginx: Part::nginx(&block, &[https_port]),
            authority,
            https_port,
            home,
            other,
        }
    }

    fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.home.port())
    }

    fn https(&self) -> String {
        format!("https://localhost:{}", self.https_port)
    }

    /// The other server, by this scheme and name.
    fn other(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}", self.other.port())
    }

    /// Makes a call with a header of the caller's own, and with cookies.
    fn call(&self, address: &str, verb: &str, sign_in: &[&str]) -> Outcome {
        let ca = format!("ca_file={}", self.authority.ca_file());
        let own = [
            "header=X-Gateway: planted-header",
            "cookies=true",
            "retries=0",
            &ca,
        ];
        reach(address, verb, &[&own[..], sign_in].concat())
    }

    /// Nobody has made so much as a connection to the other server.
    #[track_caller]
    fn other_saw_nothing(&self) {
        assert_eq!(self.other.take(), (0, String::new()));
    }

    /// It would have seen it: whoever goes there himself is heard, by http and by https.
    #[track_caller]
    fn other_would_have_seen(&self) {
        let there = self.other("http", "localhost");
        self.call(&there, "get", BASIC).succeeds();
        let (connections, heard) = self.other.take();
        assert_eq!(connections, 1);
        for secret in [USER_AND_PASSWORD, "planted-header"] {
            assert!(heard.contains(secret), "{secret}: {heard}");
        }
        let there = self.other("https", "localhost");
        self.call(&there, "get", BASIC).fails("SNOW_TLS", &[]);
        assert_eq!(self.other.take().0, 1);
    }
}

impl Outcome {
    /// It was sent to this place, which the message names, and nothing that is secret.
    #[track_caller]
    fn is_sent_to(&self, place: &str) {
        assert_eq!(self.status, "SNOW_REDIRECT", "{self:?}");
        assert!(!self.retryable, "{self:?}");
        let named = format!("redirects to {place} ({})", self.http_status);
        assert!(self.message.contains(&named), "{named}: {self:?}");
        for secret in SECRETS {
            assert!(!self.message.contains(secret), "{secret}: {self:?}");
        }
    }
}

/// The head of a redirect to some place, with what may be secret in its location.
fn redirect(status: u16, place: &str) -> String {
    let place = place.replace("://", "://somebody:planted-ticket@");
    format!("{status} Elsewhere\r\nLocation: {place}/api/now/table/incident?ticket=planted-ticket")
}

#[test]
fn a_redirect_takes_nothing_with_it() {
    if too_long_for_valgrind() || !has_nginx() {
        return;
    }
    let origins = Origins::start();
    let places = [
        (origins.http(), origins.other("http", "localhost")),
        (origins.http(), origins.other("https", "localhost")),
        (origins.https(), origins.other("http", "localhost")),
        (origins.https(), origins.other("https", "127.0.0.1")),
    ];
    // The last two are sent to the token endpoint, and it is that which redirects.
    let calls = [
        ("get", BASIC, USER_AND_PASSWORD),
        ("create", BEARER, "planted-bearer"),
        ("download", API_KEY, "planted-key"),
        ("upload", SIGNED_IN, "planted-access"),
        ("login", SIGNING_IN, "planted-password"),
        ("create", TO_RENEW, "planted-refresh"),
    ];
    for status in [301, 302, 303, 307, 308] {
        for (home, place) in &places {
            origins
                .home
                .answers([(redirect(status, place).as_str(), "")]);
            for (verb, sign_in, shown) in calls {
                let outcome = origins.call(home, verb, sign_in);
                outcome.is_sent_to(place);
                assert_eq!(outcome.http_status, status, "{outcome:?}");
                // Only 303 is said to what was done; and a call that waits for a token was not made.
                let may_be_done = status == 303 && matches!(sign_in, BEARER | SIGNED_IN);
                assert_eq!(outcome.maybe_applied, may_be_done, "{verb}: {outcome:?}");
                let (_, heard) = origins.home.take();
                for secret in [shown, "planted-header"] {
                    assert!(heard.contains(secret), "{verb}, {secret}: {heard}");
                }
            }
        }
    }
    origins.other_saw_nothing();
    origins.other_would_have_seen();
}

/// A redirect to where the call went already: to follow it would have no end.
#[test]
fn a_redirect_in_a_loop() {
    if too_long_for_valgrind() || !has_nginx() {
        return;
    }
    let origins = Origins::start();
    for home in [origins.http(), origins.https()] {
        for location in ["", home.as_str()] {
            for (status, may_be_done) in [(302, true), (303, true), (307, false), (308, false)] {
                origins
                    .home
                    .answers([(redirect(status, location).as_str(), "")]);
                let outcome = origins.call(&home, "create", BASIC);
                outcome.is_sent_to(&home);
                let its_own = "this is the address that was called";
                assert!(outcome.message.contains(its_own), "{outcome:?}");
                assert_eq!(outcome.maybe_applied, may_be_done, "{outcome:?}");
                let (_, heard) = origins.home.take();
                assert_eq!(heard.matches(" HTTP/1.").count(), 1, "{heard}");
            }
        }
    }
    origins.home.answers([("302 Found", "")]);
    let nowhere = origins.call(&origins.http(), "get", BASIC);
    nowhere.is_sent_to("no address");
}

/// Answers are full of addresses: of the next page, of what a field refers to, of a file's content.
#[test]
fn an_address_in_an_answer_is_not_called() {
    if !has_nginx() {
        return;
    }
    let origins = Origins::start();
    let place = origins.other("http", "localhost");
    let head = format!(
        "{JSON}\r\nX-Total-Count: 2\r\nSet-Cookie: session=planted-cookie\r\n\
         Link: <{place}/api/now/table/incident?sysparm_offset=1>;rel=\"next\",\
         <{place}/api/now/table/incident>;rel=\"first\""
    );
    let row = |sys_id: &str| {
        format!(
            r#"{{"result":[{{"sys_id":"{sys_id}","download_link":"{place}/a","caller_id":{{"link":"{place}/b","value":"1"}}}}]}}"#
        )
    };
    let (first, second) = (row("0a"), row("0b"));
    for home in [origins.http(), origins.https()] {
        origins.home.answers([
            (head.as_str(), first.as_str()),
            (&head, &second),
            (JSON, r#"{"result":[]}"#),
        ]);
        origins.call(&home, "list", BASIC).succeeds();
        let (_, heard) = origins.home.take();
        assert!(
            heard.matches("GET /api/now/table/incident").count() >= 2,
            "{heard}"
        );
        assert!(heard.contains("planted-cookie"), "{heard}");
        // And with the cookie at hand, a page that is said to be elsewhere.
        origins.home.answers([
            (head.as_str(), first.as_str()),
            (&redirect(307, &place), ""),
        ]);
        origins.call(&home, "list", BASIC).is_sent_to(&place);
        let (_, heard) = origins.home.take();
        assert!(heard.contains("planted-cookie"), "{heard}");
    }
    origins.other_saw_nothing();
    origins.other_would_have_seen();
}

/// What somebody meets who has the address wrong.
#[test]
fn an_address_that_is_wrong() {
    let [nobody] = free_ports();
    let https = Instance::https(&[]);
    let http = Instance::start();
    let typo = reach("https://dev0.instance.invalid", "create", &with(&[]));
    typo.fails(
        "SNOW_NAME_RESOLUTION",
        &["dev0.instance.invalid", "check the instance's name"],
    );
    let closed = reach(&format!("http://127.0.0.1:{nobody}"), "create", &with(&[]));
    closed.fails("SNOW_CONNECT", &["refused"]);
    let plain = format!("https://{}", http.authority());
    let ca = format!("ca_file={}", https.ca_file().display());
    let plain = reach(&plain, "create", &with(&[&ca]));
    plain.fails("SNOW_TLS", &["does not speak TLS", "check the port"]);
    let crossed = reach(
        &format!("http://{}", https.authority()),
        "create",
        &with(&[]),
    );
    assert_eq!(crossed.status, "SNOW_NETWORK", "{crossed:?}");
    assert!(crossed.message.contains("write https://"), "{crossed:?}");
}
