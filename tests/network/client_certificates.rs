//! Servers that ask for a certificate of the client, and the files that it comes from.

use std::io;
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::thread;

use rustls::ServerConnection;

use crate::support::certificates::{Authority, Pair, openssl};
use crate::support::has;
use crate::tls::Behind;
use crate::{has_nginx, reach, too_long_for_valgrind, with};

#[test]
fn a_server_that_asks_for_a_certificate_of_the_client() {
    if too_long_for_valgrind() || !has_nginx() {
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

    // What OpenSSL makes of PKCS#12 holds the key's name too, one byte a letter.
    let pem_of_pkcs12 = authority.path("exported.pem");
    let named = rsa.pkcs12("right", &["-name", "Schl\u{fc}ssel"]);
    openssl(&[
        "pkcs12",
        "-in",
        &named,
        "-passin",
        "pass:right",
        "-nodes",
        "-out",
        &pem_of_pkcs12,
    ]);
    let exported = std::fs::read(&pem_of_pkcs12).expect("a file");
    assert!(String::from_utf8(exported).is_err(), "a name in Latin-1");

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
        one(pem_of_pkcs12),
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

/// With TLS 1.3 it does so when the client has sent its request, and has not read that.
#[test]
fn a_server_that_breaks_off_for_want_of_a_certificate() {
    let authority = Authority::new();
    let server = authority.server("server", &["127.0.0.1"]);
    let stranger = authority.self_signed_server("stranger", &["stranger"]);
    // Of an authority that was made anew under its old name.
    let namesake = Authority::new();
    let namesake = namesake.client("namesake").in_one_file();
    let config = authority.asking(&server, false);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut tls = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            while tls.complete_io(&mut stream).is_ok() {}
            // What is not read when a connection is closed would take the alert with it.
            let _ = stream.shutdown(Shutdown::Write);
            let _ = io::copy(&mut stream, &mut io::sink());
        }
    });
    let ca = format!("ca_file={}", authority.ca_file());
    for verb in ["get", "create"] {
        let missing = reach(&url, verb, &with(&[&ca]));
        missing.fails("SNOW_TLS", &["asks for a client certificate"]);
        for shown in [&stranger.in_one_file(), &namesake] {
            let shown = format!("client_certificate={shown}");
            let refused = reach(&url, verb, &with(&[&ca, &shown]));
            refused.fails("SNOW_TLS", &["refuses the client certificate"]);
        }
    }
}

/// What can be wrong with the files, before anything is sent.
#[test]
fn files_of_a_client_certificate_that_cannot_be_used() {
    if too_long_for_valgrind() || !has("openssl", "openssl") {
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
            "",
            "wrong \u{1d11e}",
            "SNOW_INVALID_ARGUMENT",
            "password: it holds a character beyond U+FFFF",
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
