//! https with a certificate authority of its own, made at the start.

use std::{error::Error, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, RootCertStore, ServerConfig, pki_types::PrivateKeyDer, server::WebPkiClientVerifier,
    },
};

/// What https needs, and what a client needs to trust it.
pub struct Tls {
    pub acceptor: TlsAcceptor,
    pub ca_pem: String,
    /// A certificate and key of a client, from the same authority.
    pub client_pem: String,
}

impl Tls {
    /// A certificate for `localhost`, `127.0.0.1` and `::1`.
    pub fn generate() -> Result<Tls, Box<dyn Error + Send + Sync>> {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name
            .push(DnType::CommonName, "snow-instance");
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;

        let key = KeyPair::generate()?;
        let mut leaf = CertificateParams::new(vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ])?;
        leaf.distinguished_name
            .push(DnType::CommonName, "localhost");
        leaf.use_authority_key_identifier_extension = true;
        let certificate = leaf.signed_by(&key, &ca)?;

        let client_key = KeyPair::generate()?;
        let mut client = CertificateParams::default();
        client
            .distinguished_name
            .push(DnType::CommonName, "snow-instance client");
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let client_certificate = client.signed_by(&client_key, &ca)?;

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(ca.der().clone())?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .allow_unauthenticated()
                .build()?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der())?,
            )?;
        Ok(Tls {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ca_pem: ca.pem(),
            client_pem: format!("{}{}", client_certificate.pem(), client_key.serialize_pem()),
        })
    }
}
