//! The library and other people's servers: TLS as nginx speaks it, with certificates that are right and that
//! are wrong; squid, microsocks and haproxy; addresses that are wrong. Each case tells what the caller gets: the status, whether a write may have happened, and a
//! message that says what to do.

mod support;

use support::c::Program;
use support::certificates::{Authority, Pair, openssl};
use support::has;
use support::instance::Instance;
use support::part::{Part, free_ports};

/// What came of a call.
#[derive(Debug)]
struct Outcome {
    status: String,
    maybe_applied: bool,
    retryable: bool,
    http_status: u16,
    message: String,
}

/// Makes one call in a program of its own.
fn reach(address: &str, verb: &str, options: &[&str]) -> Outcome {
    outcome(&Program::c("tests/c/reach.c").run(&[&[address, verb], options].concat()))
}

fn outcome(line: &str) -> Outcome {
    let mut words = line.trim_end_matches('\n').splitn(5, ' ');
    let mut next = || words.next().expect("five words").to_owned();
    Outcome {
        status: next(),
        maybe_applied: next() == "1",
        retryable: next() == "1",
        http_status: next().parse().expect("a number"),
        message: next(),
    }
}

impl Outcome {
    #[track_caller]
    fn succeeds(&self) {
        assert_eq!(self.status, "SNOW_OK", "{self:?}");
    }

    /// It failed so, no write may have happened, and the message holds each of these.
    #[track_caller]
    fn fails(&self, status: &str, words: &[&str]) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(!self.maybe_applied, "{self:?}");
        assert!(!self.retryable || status != "SNOW_TLS", "{self:?}");
        for word in words {
            assert!(self.message.contains(word), "{word}: {self:?}");
        }
    }
}

/// An instance behind nginx that speaks https, once for each server's directives.
struct Behind {
    _nginx: Part,
    instance: Instance,
    ports: Vec<u16>,
}

impl Behind {
    fn nginx<const COUNT: usize>(servers: [(&Pair, &str); COUNT]) -> Behind {
        let instance = Instance::start();
        let ports = free_ports::<COUNT>();
        let blocks: String = servers
            .iter()
            .zip(ports)
            .map(|((pair, directives), port)| {
                format!(
                    "server {{ listen 127.0.0.1:{port} ssl; listen [::1]:{port} ssl;\n\
                     ssl_certificate {}; ssl_certificate_key {};\n{directives}\n\
                     location / {{ proxy_pass {}; }} }}\n",
                    pair.certificate, pair.key, instance.url
                )
            })
            .collect();
        Behind {
            _nginx: Part::nginx(&blocks, &ports),
            instance,
            ports: ports.to_vec(),
        }
    }

    fn url(&self, server: usize) -> String {
        format!("https://localhost:{}", self.ports[server])
    }

    /// How many calls the instance itself has seen.
    fn arrived(&self) -> usize {
        self.instance.requests("/api").len()
    }
}

const ADMIN: [&str; 3] = ["user=admin", "password=admin", "retries=0"];

fn with<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&ADMIN[..], options].concat()
}

#[test]
fn a_server_whose_authority_is_known_or_not() {
    if !has_nginx() {
        return;
    }
    let authority = Authority::new();
    let other = Authority::new();
    let right = authority.server("right", &["localhost", "127.0.0.1", "::1"]);
    let expired = authority.expired_server("expired", &["localhost"]);
    let elsewhere = authority.server("elsewhere", &["other.example.com"]);
    let alone = authority.self_signed_server("alone", &["localhost"]);
    let server = Behind::nginx([
        (&right, ""),
        (&expired, ""),
        (&elsewhere, ""),
        (&alone, ""),
        (
            &right,
            "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0;",
        ),
    ]);
    let ca = format!("ca_file={}", authority.ca_file());
    let other_ca = format!("ca_file={}", other.ca_file());
    let trusting = with(&[&ca]);

    reach(&server.url(0), "create", &trusting).succeeds();
    for host in ["127.0.0.1", "[::1]"] {
        let address = format!("https://{host}:{}", server.ports[0]);
        reach(&address, "get", &trusting).succeeds();
    }
    assert_eq!(server.arrived(), 3);

    let unknown = ["the certificate", "not known", "ca_file"];
    reach(&server.url(0), "create", &with(&[])).fails("SNOW_TLS", &unknown);
    reach(&server.url(0), "create", &with(&[&other_ca])).fails("SNOW_TLS", &unknown);
    reach(&server.url(1), "create", &trusting).fails("SNOW_TLS", &["expired", "clock"]);
    reach(&server.url(2), "create", &trusting)
        .fails("SNOW_TLS", &["localhost", "other.example.com", "address"]);
    reach(&server.url(3), "create", &trusting).fails("SNOW_TLS", &unknown);
    reach(&server.url(4), "create", &trusting).fails("SNOW_TLS", &["TLS 1.2"]);
    assert_eq!(
        server.arrived(),
        3,
        "nothing went over a connection that is not trusted"
    );

    // Whoever asks for no check gets none.
    for port in 0..4 {
        reach(&server.url(port), "get", &with(&["tls_verify=false"])).succeeds();
    }
    // A certificate that signs itself can be trusted by itself.
    let alone = format!("ca_file={}", alone.certificate);
    reach(&server.url(3), "get", &with(&[&alone])).succeeds();
}

#[test]
fn a_server_that_asks_for_a_certificate_of_the_client() {
    if !has_nginx() {
        return;
    }
    let authority = Authority::new();
    let server_pair = authority.server("server", &["localhost"]);
    let asks = format!(
        "ssl_client_certificate {}; ssl_verify_client on;",
        authority.ca_file()
    );
    let tls12 = format!("ssl_protocols TLSv1.2; {asks}");
    let server = Behind::nginx([(&server_pair, &asks), (&server_pair, &tls12)]);
    let ca = format!("ca_file={}", authority.ca_file());

    let own = authority.client("own");
    let rsa = authority.client_with_key_of("rsa", &["-algorithm", "RSA"]);
    let p384 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
    let p384 = authority.client_with_key_of("p384", &p384);
    let ed25519 = authority.client_with_key_of("ed25519", &["-algorithm", "ED25519"]);

    // RSA as PKCS#1, EC as SEC1, and a key that is encrypted as OpenSSL does it.
    let (pkcs1, sec1) = (authority.path("pkcs1.pem"), authority.path("sec1.pem"));
    openssl(&["rsa", "-in", &rsa.key, "-traditional", "-out", &pkcs1]);
    openssl(&["ec", "-in", &p384.key, "-out", &sec1]);
    let encrypted = authority.path("encrypted.pem");
    openssl(&[
        "pkcs8",
        "-topk8",
        "-in",
        &rsa.key,
        "-out",
        &encrypted,
        "-passout",
        "pass:pä ss",
    ]);

    let two =
        |pair: &Pair, key: &str| vec![format!("certificate={}", pair.certificate), key.into()];
    let key = |path: &str| format!("key={path}");
    let one = |path: String| vec![format!("certificate={path}")];
    let locked = |path: String| vec![format!("certificate={path}"), "key_password=pä ss".into()];
    let mut encrypted_key = two(&rsa, &key(&encrypted));
    encrypted_key.push("key_password=pä ss".into());
    let old = [
        "-keypbe",
        "PBE-SHA1-3DES",
        "-certpbe",
        "PBE-SHA1-3DES",
        "-macalg",
        "SHA1",
    ];
    let with_chain = ["-certfile", &authority.ca_file()].map(str::to_owned);
    let with_chain: Vec<&str> = with_chain.iter().map(String::as_str).collect();
    for shown in [
        two(&own, &key(&own.key)),
        two(&rsa, &key(&rsa.key)),
        two(&p384, &key(&p384.key)),
        two(&ed25519, &key(&ed25519.key)),
        two(&rsa, &key(&pkcs1)),
        two(&p384, &key(&sec1)),
        encrypted_key,
        one(own.in_one_file()),
        vec![format!("client_certificate={}", own.in_one_file())],
        locked(rsa.pkcs12("pä ss", &[])),
        locked(own.pkcs12("pä ss", &with_chain)),
        locked(rsa.pkcs12("pä ss", &old)),
        one(p384.pkcs12("", &["-name", "no password"])),
    ] {
        let mut options = with(&[&ca]);
        options.extend(shown.iter().map(String::as_str));
        for port in 0..2 {
            let outcome = reach(&server.url(port), "get", &options);
            assert_eq!(outcome.status, "SNOW_OK", "{shown:?}: {outcome:?}");
        }
    }
    // The token endpoint is shown it too.
    let shown = format!("client_certificate={}", own.in_one_file());
    let signing_in = [
        "client_id=snow-client",
        "client_secret=snow-secret",
        &ca,
        &shown,
    ];
    reach(&server.url(0), "login", &with(&signing_in)).succeeds();

    let arrived = server.arrived();
    let elsewhere = Authority::new();
    let stranger = elsewhere.client("stranger").in_one_file();
    let stranger = format!("client_certificate={stranger}");
    for port in 0..2 {
        let missing = reach(&server.url(port), "create", &with(&[&ca]));
        assert_eq!(missing.http_status, 400, "nginx answers: {missing:?}");
        missing.fails(
            "SNOW_TLS",
            &["asks for a client certificate", "client_certificate"],
        );
        let refused = reach(&server.url(port), "create", &with(&[&ca, &stranger]));
        refused.fails("SNOW_TLS", &["refuses the client certificate"]);
    }
    assert_eq!(server.arrived(), arrived);
}

/// What can be wrong with the files, before anything is sent.
#[test]
fn files_of_a_client_certificate_that_cannot_be_used() {
    if !has("openssl", "openssl") {
        return;
    }
    let authority = Authority::new();
    let (own, other) = (authority.client("own"), authority.client("other"));
    let encrypted = authority.path("encrypted.pem");
    let topk8 = [
        "pkcs8",
        "-topk8",
        "-in",
        &own.key,
        "-passout",
        "pass:right",
        "-out",
    ];
    openssl(&[&topk8[..], &[&encrypted]].concat());
    let traditional = authority.path("traditional.pem");
    let ec = [
        "ec",
        "-in",
        &own.key,
        "-aes256",
        "-passout",
        "pass:right",
        "-out",
    ];
    openssl(&[&ec[..], &[&traditional]].concat());
    let p521 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
    let p521 = authority.client_with_key_of("p521", &p521);
    let pkcs12 = own.pkcs12("right", &[]);
    let no_key = own.pkcs12("right", &["-nokeys"]);
    let cut = std::fs::read(&pkcs12).expect("a file");
    let cut = authority.write("cut.p12", &cut[..cut.len() / 2]);
    let der = authority.path("own.der");
    openssl(&[
        "x509",
        "-in",
        &own.certificate,
        "-outform",
        "DER",
        "-out",
        &der,
    ]);
    let text = authority.write("text.pem", "no certificate\n");
    let empty = authority.write("empty.pem", "");
    let damaged = std::fs::read_to_string(&own.key).expect("a file");
    let damaged = authority.write("damaged.pem", damaged.replace('M', "*"));

    for (certificate, key, password, status, words) in [
        (
            "nowhere.pem",
            "",
            "",
            "SNOW_FILE",
            "path: cannot use nowhere.pem: No such file",
        ),
        (&empty, "", "", "SNOW_FILE", "it is empty; accepted are PEM"),
        (
            &text,
            "",
            "",
            "SNOW_FILE",
            "it is neither PEM nor PKCS#12; accepted are PEM",
        ),
        (&der, "", "", "SNOW_FILE", "it is no PKCS#12"),
        (&cut, "", "right", "SNOW_FILE", "it is no PKCS#12"),
        (&no_key, "", "right", "SNOW_FILE", "it holds 0 private keys"),
        (&pkcs12, "", "", "SNOW_INVALID_ARGUMENT", "password: "),
        (
            &pkcs12,
            "",
            "wrong",
            "SNOW_INVALID_ARGUMENT",
            "password: it is not the password of",
        ),
        (
            &pkcs12,
            &own.key,
            "right",
            "SNOW_INVALID_ARGUMENT",
            "key_path: it is not needed",
        ),
        (
            &own.certificate,
            "",
            "",
            "SNOW_FILE",
            "it holds no private key in PEM form",
        ),
        (&own.key, "", "", "SNOW_FILE", "it holds no certificate"),
        (
            &own.certificate,
            "nowhere",
            "",
            "SNOW_FILE",
            "key_path: cannot use nowhere: No such",
        ),
        (
            &own.certificate,
            &other.key,
            "",
            "SNOW_FILE",
            "belongs to the key",
        ),
        (
            &own.certificate,
            &damaged,
            "",
            "SNOW_FILE",
            "the PEM of its key is damaged",
        ),
        (
            &own.certificate,
            &encrypted,
            "",
            "SNOW_INVALID_ARGUMENT",
            "and none is given",
        ),
        (
            &own.certificate,
            &encrypted,
            "wrong",
            "SNOW_INVALID_ARGUMENT",
            "it is not the password",
        ),
        (
            &own.certificate,
            &traditional,
            "right",
            "SNOW_FILE",
            "openssl pkcs8 -topk8",
        ),
        (
            &p521.certificate,
            &p521.key,
            "",
            "SNOW_FILE",
            "accepted are RSA",
        ),
    ] {
        let mut options = vec![format!("certificate={certificate}")];
        if !key.is_empty() {
            options.push(format!("key={key}"));
        }
        if !password.is_empty() {
            options.push(format!("key_password={password}"));
        }
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let outcome = reach("https://localhost:1", "get", &options);
        outcome.fails(status, &[words]);
        assert!(!outcome.message.contains("wrong"), "{outcome:?}");
    }
}

fn has_nginx() -> bool {
    has("nginx", "nginx-light") && has("openssl", "openssl") && has("setpriv", "util-linux")
}

/// What squid and microsocks let through, and what a caller meets where they do not: the token call goes the
/// same way, and a proxy that refuses is told apart from an instance that does.
#[test]
fn proxies_that_others_wrote() {
    let there = has("squid", "squid") && has("microsocks", "microsocks");
    if !(there && has("setpriv", "util-linux")) {
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
            refused.fails("SNOW_PROXY", &["proxy"]);
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
