//! Tokens of OAuth servers that others wrote, behind nginx: @node-oauth/oauth2-server, and Authlib under Flask.

use std::process::Command;

use serde_json::json;

use crate::support::c::Program;
use crate::support::certificates::Authority;
use crate::support::part::{Part, free_ports};
use crate::support::python::python;
use crate::support::{has, root, target};
use crate::{has_nginx, reach, too_long_for_valgrind};

const PROMISES: [&str; 8] = [
    "signing_in",
    "an_application_for_a_crowd",
    "ended_for_a_crowd",
    "taken_back_for_a_crowd",
    "rotation",
    "revocation",
    "a_wrong_secret",
    "a_wrong_password",
];

/// Who signs in: a client id and secret, and a user and password.
type Names = [&'static str; 4];

const PLAIN: Names = ["snow-client", "snow-secret", "abel.tuter", "swordfish"];
/// All that means something in a form, in a URL or in a header; and who is a person may be called as people are.
const SPECIAL: Names = [
    "id &+%41= x",
    "secret &+%41= :\"x",
    "müller &+%41= :söhne",
    "päss &+%41= :wörd ",
];
/// RFC 6749 has ASCII alone for an id and a secret, but not all servers insist on it.
const FOREIGN: Names = ["zażółć", "ß\u{1f511} x", "naïve", "пароль"];

/// One of the servers, as its users have it: https in front, with a certificate of their own authority.
struct OAuthServer {
    authority: Authority,
    _parts: [Part; 2],
    https: u16,
    http: u16,
}

impl OAuthServer {
    /// Starts a program that is told its port, and who it knows.
    fn start(mut program: Command) -> OAuthServer {
        let authority = Authority::new();
        let pair = authority.server("oauth", &["localhost"]);
        let [https, http] = free_ports();
        let [clients, users] = [(0, 1), (2, 3)].map(|(name, secret)| {
            let known = [PLAIN, SPECIAL, FOREIGN]
                .map(|names| (names[name].to_owned(), names[secret].into()));
            serde_json::Value::Object(known.into_iter().collect())
        });
        let known = json!({ "clients": clients, "users": users });
        program.args([http.to_string(), known.to_string()]);
        let block = format!(
            "server {{ listen 127.0.0.1:{https} ssl; ssl_certificate {}; ssl_certificate_key {};\n\
             location / {{ proxy_pass http://127.0.0.1:{http};\n\
             proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto https; }} }}",
            pair.certificate, pair.key
        );
        OAuthServer {
            _parts: [Part::run(program, &[http]), Part::nginx(&block, &[https])],
            authority,
            https,
            http,
        }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.https)
    }

    /// Each of these holds for who signs in so, with the client's id and secret in a header or in the body.
    fn keeps(&self, promises: &[&str], names: Names, in_header: bool) {
        let program = Program::c("tests/c/oauth_servers.c")
            .env("SNOW_INSTANCE", self.url())
            .env("SNOW_CONTROL", format!("http://127.0.0.1:{}", self.http))
            .env("SNOW_CA_FILE", self.authority.ca_file())
            .env("SNOW_OAUTH_BASIC", in_header.to_string())
            .env("SNOW_CLIENT_ID", names[0])
            .env("SNOW_CLIENT_SECRET", names[1])
            .env("SNOW_USER", names[2])
            .env("SNOW_PASSWORD", names[3]);
        for promise in promises {
            program.run(&[promise]);
        }
    }
}

#[test]
fn node_oauth2_server() {
    if too_long_for_valgrind() {
        return;
    }
    let judges = target().with_file_name("judges/oauth2-server");
    if !(has_nginx() && has("node", "nodejs")) {
        return;
    }
    if !judges.join("installed-from").exists() {
        let how = "tests/instance/judges/install.sh tests/network/oauth2-server/package.json";
        assert!(
            std::env::var_os("CI").is_none(),
            "oauth2-server is missing: {how}"
        );
        println!("skipped: oauth2-server is missing: {how}");
        return;
    }
    let mut node = Command::new("node");
    node.env("NODE_PATH", judges.join("node_modules"))
        .arg(root().join("tests/network/oauth2-server/server.js"));
    let server = OAuthServer::start(node);
    server.keeps(&PROMISES, PLAIN, false);
    server.keeps(&PROMISES, SPECIAL, false);
    server.keeps(&PROMISES, PLAIN, true);
    // It takes a header as it is, where RFC 6749 (2.3.1) has it encoded as in a form.
    let ca = format!("ca_file={}", server.authority.ca_file());
    let [id, secret, user, password] = SPECIAL;
    let id = format!("client_id={id}");
    let secret = format!("client_secret={secret}");
    let user = format!("user={user}");
    let password = format!("password={password}");
    let options = [&id, &secret, &user, &password, &ca, "oauth_basic=true"];
    reach(&server.url(), "login", &options).fails(
        "SNOW_TOKEN_REFUSED",
        &["invalid_client", "client id and secret", "oauth_basic"],
    );
}

#[test]
fn authlib() {
    let pins = "tests/network/authlib/authlib.txt";
    let Some(mut python) = python("authlib", pins).filter(|_| has_nginx()) else {
        return;
    };
    python.arg(root().join("tests/network/authlib/server.py"));
    let server = OAuthServer::start(python);
    if too_long_for_valgrind() {
        return server.keeps(&["signing_in", "rotation"], PLAIN, false);
    }
    server.keeps(&PROMISES, PLAIN, false);
    server.keeps(&PROMISES, SPECIAL, false);
    server.keeps(&PROMISES, SPECIAL, true);
    for in_header in [false, true] {
        server.keeps(&["signing_in", "rotation"], FOREIGN, in_header);
    }
}
