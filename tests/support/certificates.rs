//! Certificates for servers and clients, from an authority that only a test knows.
//!
//! rcgen makes them; OpenSSL writes them in the forms that people have on disk.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

use super::path_text;

/// An authority and what it has signed, in a folder that is gone when this is.
pub struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key in PEM files.
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = named("the authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("a file");
        Authority { folder, issuer }
    }

    pub fn ca_file(&self) -> String {
        self.path("ca.pem")
    }

    pub fn path(&self, name: &str) -> String {
        path_text(self.folder.path().join(name))
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.folder.path().join(name), content).expect("a file");
        self.path(name)
    }

    /// For a server by these names and addresses.
    pub fn server(&self, name: &str, hosts: &[&str]) -> Pair {
        self.pair(name, server_params(name, hosts))
    }

    /// For a server, and over since the year 2001.
    pub fn expired_server(&self, name: &str, hosts: &[&str]) -> Pair {
        let mut params = server_params(name, hosts);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
        self.pair(name, params)
    }

    /// For a server, and good from the year 2999 on.
    pub fn early_server(&self, name: &str, hosts: &[&str]) -> Pair {
        let mut params = server_params(name, hosts);
        params.not_before = date_time_ymd(2999, 1, 1);
        params.not_after = date_time_ymd(3000, 1, 1);
        self.pair(name, params)
    }

    /// Signed by nobody but itself.
    pub fn self_signed_server(&self, name: &str, hosts: &[&str]) -> Pair {
        let key = KeyPair::generate().expect("a key");
        let certificate = server_params(name, hosts)
            .self_signed(&key)
            .expect("a certificate");
        self.files(name, &certificate.pem(), &key.serialize_pem())
    }

    /// Of a server that asks its clients for a certificate of this authority, and does without or breaks off.
    pub fn asking(&self, server: &Pair, does_without: bool) -> Arc<ServerConfig> {
        let mut roots = RootCertStore::empty();
        let own = CertificateDer::from_pem_file(self.ca_file()).expect("a certificate");
        roots.add(own).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
        let verifier = match does_without {
            true => verifier.allow_unauthenticated(),
            false => verifier,
        };
        let chain = CertificateDer::from_pem_file(&server.certificate).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(&server.key).expect("a key");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_client_cert_verifier(verifier.build().expect("a verifier"))
            .with_single_cert(vec![chain], key);
        Arc::new(config.expect("its key"))
    }

    pub fn client(&self, name: &str) -> Pair {
        let mut params = named(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.pair(name, params)
    }

    /// A client whose key OpenSSL made, as `openssl genpkey` is told to; the key is PKCS#8.
    pub fn client_with_key_of(&self, name: &str, genpkey: &[&str]) -> Pair {
        let key_file = self.path(&format!("{name}.key.pem"));
        openssl(&[&["genpkey", "-out", &key_file], genpkey].concat());
        let request = self.path(&format!("{name}.csr"));
        let subject = format!("/CN={name}");
        openssl(&[
            "req", "-new", "-key", &key_file, "-subj", &subject, "-out", &request,
        ]);
        let (ca, ca_key) = (self.ca_file(), self.path("ca.key.pem"));
        fs::write(&ca_key, self.issuer.key().serialize_pem()).expect("a file");
        let certificate = self.path(&format!("{name}.pem"));
        openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-days",
            "2",
            "-out",
            &certificate,
        ]);
        Pair {
            certificate,
            key: key_file,
        }
    }

    fn pair(&self, name: &str, params: CertificateParams) -> Pair {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        self.files(name, &certificate.pem(), &key.serialize_pem())
    }

    fn files(&self, name: &str, certificate: &str, key: &str) -> Pair {
        Pair {
            certificate: self.write(&format!("{name}.pem"), certificate),
            key: self.write(&format!("{name}.key.pem"), key),
        }
    }
}

impl Pair {
    /// Both in one file, the key first, as some tools have it.
    pub fn in_one_file(&self) -> String {
        let both = [&self.key, &self.certificate]
            .map(|path| fs::read_to_string(path).expect("a file"))
            .concat();
        let path = format!("{}.both.pem", self.certificate);
        fs::write(&path, both).expect("a file");
        path
    }

    /// PKCS#12, with these further arguments of `openssl pkcs12`.
    pub fn pkcs12(&self, password: &str, further: &[&str]) -> String {
        let path = format!("{}.{}.p12", self.certificate, further.len());
        let password = format!("pass:{password}");
        let export = [
            "pkcs12",
            "-export",
            "-out",
            &path,
            "-inkey",
            &self.key,
            "-in",
            &self.certificate,
            "-passout",
            &password,
        ];
        openssl(&[&export, further].concat());
        path
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn server_params(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).expect("names and addresses");
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params
}

pub fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .output()
        .expect("openssl runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {told}");
}
