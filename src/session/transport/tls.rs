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
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// Those that the operating system's authorities vouch for.
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
                format!("path: cannot use {}: {problem}", file::Told(path)),
            )
        };
        let pem = file::load(file::named("path", path)?, LARGEST)
            .map_err(|error| refuse(error.to_string()))?;
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

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use rustls::crypto::ring::sign::any_supported_type;
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::sign::{CertifiedKey, SingleCertAndKey};
    use rustls::version::{TLS12, TLS13};
    use rustls::{
        CertificateError, ClientConnection, Connection, Error as TlsError, ServerConfig,
        ServerConnection, SupportedProtocolVersion,
    };

    use super::*;

    /// Who copies a certificate has not got its key: that is all that is asked of a server where any will do.
    #[test]
    fn any_certificate_is_accepted_of_who_has_its_key() {
        let (own, other) = (key(), key());
        let certificate = CertificateParams::new(["dev1.example.com".to_owned()])
            .and_then(|params| params.self_signed(&own))
            .expect("a certificate");
        for version in [&TLS12, &TLS13] {
            let shake = |key| handshake(version, certificate.der(), key);
            assert_eq!(shake(&own), Ok(()), "{version:?}");
            let forged = TlsError::InvalidCertificate(CertificateError::BadSignature);
            assert_eq!(shake(&other), Err(forged), "{version:?}");
        }
    }

    fn key() -> KeyPair {
        KeyPair::generate().expect("a key")
    }

    /// What a client without checks says to a server that shows this certificate and signs with this key.
    fn handshake(
        version: &'static SupportedProtocolVersion,
        certificate: &CertificateDer<'static>,
        key: &KeyPair,
    ) -> Result<(), TlsError> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = any_supported_type(&key).expect("a key");
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate.clone()], key));
        let server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown));
        let client = Trust::Anyone.client_config(None).expect("settings");
        let name = ServerName::try_from("dev1.example.com").expect("a name");
        let mut client = Connection::from(ClientConnection::new(Arc::new(client), name)?);
        let mut server = Connection::from(ServerConnection::new(Arc::new(server))?);
        while client.is_handshaking() || server.is_handshaking() {
            carry(&mut client, &mut server)?;
            carry(&mut server, &mut client)?;
        }
        Ok(())
    }

    /// Takes what one of them has to say to the other.
    fn carry(from: &mut Connection, to: &mut Connection) -> Result<(), TlsError> {
        let mut wire = Vec::new();
        while from.wants_write() {
            from.write_tls(&mut wire).expect("room");
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            to.read_tls(&mut wire).expect("bytes");
            to.process_new_packets()?;
        }
        Ok(())
    }
}
