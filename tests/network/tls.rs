//! TLS as nginx speaks it, with certificates that are right and that are wrong.

use crate::support::certificates::{Authority, Pair};
use crate::support::instance::Instance;
use crate::support::part::{Part, free_ports};
use crate::{has_nginx, reach, too_long_for_valgrind, with};

#[test]
fn a_server_whose_authority_is_known_or_not() {
    if too_long_for_valgrind() || !has_nginx() {
        return;
    }
    let authority = Authority::new();
    let other = Authority::new();
    let right = authority.server("right", &["localhost", "127.0.0.1", "::1"]);
    let expired = authority.expired_server("expired", &["localhost"]);
    let early = authority.early_server("early", &["localhost"]);
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
        (&early, ""),
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
    // Where the clock is behind, every certificate looks like that.
    reach(&server.url(5), "create", &trusting)
        .fails("SNOW_TLS", &["not valid yet", "clock", "2999"]);
    assert_eq!(
        server.arrived(),
        3,
        "nothing went over a connection that is not trusted"
    );

    // Whoever asks for no check gets none.
    for port in [0, 1, 2, 3, 5] {
        reach(&server.url(port), "get", &with(&["tls_verify=false"])).succeeds();
    }
    // A certificate that signs itself can be trusted by itself.
    let alone = format!("ca_file={}", alone.certificate);
    reach(&server.url(3), "get", &with(&[&alone])).succeeds();
}

/// An instance behind nginx that speaks https, once for each server's directives.
pub(crate) struct Behind {
    _nginx: Part,
    instance: Instance,
    ports: Vec<u16>,
}

impl Behind {
    pub(crate) fn nginx<const COUNT: usize>(servers: [(&Pair, &str); COUNT]) -> Behind {
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

    pub(crate) fn url(&self, server: usize) -> String {
        format!("https://localhost:{}", self.ports[server])
    }

    /// How many calls the instance itself has seen.
    pub(crate) fn arrived(&self) -> usize {
        self.instance.requests("/api").len()
    }
}
