//! Whom to trust at the other end of a TLS connection.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::authorities;
use super::client_certificate::ClientCertificate;
use crate::error::{Error, Result, Status};
use crate::file;

/// No file of certificates or keys is larger, by far: all authorities of a system are some 200 KiB.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;

/// Whose certificates are accepted.
#[derive(Clone, Debug, Default)]
pub(crate) enum Trust {
    /// Those that the operating system's authorities vouch for.
    #[default]
    System,
    /// Those that the authorities in a file vouch for.
    Only(CaFile),
    /// Any.
    Anyone,
}

/// The authorities of a PEM file, read when it was named.
#[derive(Clone, Debug)]
pub(crate) struct CaFile {
    roots: Arc<RootCertStore>,
}

impl CaFile {
    pub(crate) fn load(path: &Path) -> Result<CaFile> {
        let refuse = |problem: String| {
            Error::new(
                Status::File,
                format!("path: cannot use {}: {problem}", path.display()),
            )
        };
        let pem = file::load(path, LARGEST).map_err(|error| refuse(error.to_string()))?;
        let certificates = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| refuse(error.to_string()))?;
        if certificates.is_empty() {
            return Err(refuse("it holds no certificate in PEM form".into()));
        }
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            roots
                .add(certificate)
                .map_err(|error| refuse(error.to_string()))?;
        }
        Ok(CaFile {
            roots: Arc::new(roots),
        })
    }
}

impl Trust {
    pub(crate) fn client_config(
        &self,
        certificate: Option<&ClientCertificate>,
    ) -> Result<ClientConfig> {
        let failed = |error: rustls::Error| {
            Error::new(Status::Tls, format!("TLS could not be set up: {error}"))
        };
        let provider = provider();
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(failed)?;
        let config = match self {
            Trust::System => {
                let verifier = authorities::of_the_system(provider)?;
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(verifier)
            }
            Trust::Only(file) => builder.with_root_certificates(Arc::clone(&file.roots)),
            Trust::Anyone => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
        };
        Ok(match certificate {
            Some(certificate) => config.with_client_cert_resolver(certificate.resolver()),
            None => config.with_no_client_auth(),
        })
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(crypto::ring::default_provider())
}

/// Accepts every certificate, for sessions that ask for it. Signatures are still checked, so a
/// connection is at least with whoever presented the certificate.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
