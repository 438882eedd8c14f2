//! What a client shows of itself in a TLS handshake: a certificate, and that it has its key.
//!
//! Files come as they are found: PEM, with the key in the same file or another, or PKCS#12. The bytes of
//! the key are wiped as soon as the key is made of them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as Pkcs12Error;
use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{Error as TlsError, InconsistentKeys};
use secrecy::zeroize::{Zeroize, Zeroizing};

use super::tls::LARGEST;
use crate::error::{Error, Result, Status};
use crate::file;

/// What a caller is told where a server wants one.
pub(crate) const ASKED_FOR: &str =
    "the server asks for a client certificate; set one (option client_certificate)";
/// What a caller is told where a server wants another.
pub(crate) const REFUSED: &str = "the server refuses the client certificate; it must be one that the server knows, with the \
     chain up to an authority of its own";

const ACCEPTED_FILES: &str =
    "accepted are PEM (certificate, chain and key, in one file or two) and PKCS#12";
const ACCEPTED_KEYS: &str =
    "accepted are RSA of 2048 to 8192 bits, EC on P-256 or P-384, and Ed25519";

/// A certificate, the chain above it and its key.
#[derive(Clone)]
pub(crate) struct ClientCertificate(Arc<SingleCertAndKey>);

impl ClientCertificate {
    /// Reads it; the key is in the same file where no other is named.
    pub(crate) fn load(
        path: &Path,
        key_path: Option<&Path>,
        password: Option<&str>,
    ) -> Result<ClientCertificate> {
        let file = NamedFile::read("path", path)?;
        let (certificates, key) = match (file.form()?, key_path) {
            (Form::Pkcs12, None) => file.pkcs12(password)?,
            (Form::Pkcs12, Some(_)) => {
                let problem = "it is not needed: a PKCS#12 file holds the key too, so give NULL";
                return Err(Error::argument("key_path", problem));
            }
            (Form::Pem, None) => (file.certificates()?, file.key(password)?),
            (Form::Pem, Some(key_path)) => {
                let key_file = NamedFile::read("key_path", key_path)?;
                (file.certificates()?, key_file.key(password)?)
            }
        };
        let certificates = own_first(certificates, &key).ok_or_else(|| {
            file.refuse("none of its certificates belongs to the key; give both of one pair")
        })?;
        let pair = SingleCertAndKey::from(CertifiedKey::new(certificates, key));
        Ok(ClientCertificate(Arc::new(pair)))
    }

    /// What answers a server that asks for it.
    pub(super) fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}

type Pair = (Vec<CertificateDer<'static>>, Arc<dyn SigningKey>);

/// The certificate of the key is the first to be shown, whatever the order of the file. Of some that are
/// fit to be shown, such as those of X.509 version 1, it cannot be told here whose they are.
fn own_first(
    mut certificates: Vec<CertificateDer<'static>>,
    key: &Arc<dyn SigningKey>,
) -> Option<Vec<CertificateDer<'static>>> {
    let matches = |certificate: &CertificateDer<'static>| {
        CertifiedKey::new(vec![certificate.clone()], Arc::clone(key)).keys_match()
    };
    let is_of_another = Err(TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch));
    let own = certificates
        .iter()
        .position(|certificate| matches(certificate).is_ok())
        .or_else(|| {
            certificates
                .iter()
                .position(|certificate| matches(certificate) != is_of_another)
        })?;
    certificates[..=own].rotate_right(1);
    Some(certificates)
}

enum Form {
    Pem,
    Pkcs12,
}

/// What was read of a file, and the argument that named it.
struct NamedFile<'a> {
    argument: &'static str,
    path: &'a Path,
    bytes: Zeroizing<Vec<u8>>,
}

impl<'a> NamedFile<'a> {
    fn read(argument: &'static str, path: &'a Path) -> Result<NamedFile<'a>> {
        let unread = NamedFile {
            argument,
            path: file::named(argument, path)?,
            bytes: Zeroizing::default(),
        };
        let bytes = file::load(path, LARGEST).map_err(|error| unread.refuse(&error.to_string()))?;
        Ok(NamedFile { bytes, ..unread })
    }

    fn refuse(&self, problem: &str) -> Error {
        let (argument, path) = (self.argument, file::Told(self.path));
        Error::new(
            Status::File,
            format!("{argument}: cannot use {path}: {problem}"),
        )
    }

    /// A password that is missing or wrong: another one may do, with the same file.
    fn refuse_password(&self, password: Option<&str>) -> Error {
        let path = file::Told(self.path);
        let problem = match password {
            None => format!("{path} is protected by a password, and none is given"),
            Some(_) => format!("it is not the password of {path}"),
        };
        Error::argument("password", problem)
    }

    fn form(&self) -> Result<Form> {
        /// How every DER structure of this kind begins.
        const SEQUENCE: u8 = 0x30;
        match self.bytes.first() {
            None => Err(self.refuse(&format!("it is empty; {ACCEPTED_FILES}"))),
            Some(&SEQUENCE) => Ok(Form::Pkcs12),
            Some(_) if self.texts().any(|text| text.contains("-----BEGIN ")) => Ok(Form::Pem),
            Some(_) => {
                Err(self.refuse(&format!("it is neither PEM nor PKCS#12; {ACCEPTED_FILES}")))
            }
        }
    }

    /// The file as pieces of text. What is none ends a piece: a block of PEM is ASCII, but OpenSSL writes names before
    /// it, and those in Latin-1.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.bytes.utf8_chunks().map(|piece| piece.valid())
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let certificates = CertificateDer::pem_slice_iter(&self.bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| self.refuse(&format!("its PEM is damaged ({error})")))?;
        if certificates.is_empty() {
            return Err(self.refuse(&format!("it holds no certificate; {ACCEPTED_FILES}")));
        }
        Ok(certificates)
    }

    /// The first private key of a PEM file: PKCS#8, plain or encrypted, PKCS#1 or SEC1.
    fn key(&self, password: Option<&str>) -> Result<Arc<dyn SigningKey>> {
        let Some(block) = self.texts().find_map(key_block) else {
            let problem = format!("it holds no private key in PEM form; {ACCEPTED_FILES}");
            return Err(self.refuse(&problem));
        };
        if block.contains("Proc-Type:") {
            let path = file::Told(self.path);
            return Err(self.refuse(&format!(
                "its key is encrypted in the form of old OpenSSL; \
                 openssl pkcs8 -topk8 -in {path} -out key.pem makes one that can be used"
            )));
        }
        let (label, document) = SecretDocument::from_pem(block)
            .map_err(|error| self.refuse(&format!("the PEM of its key is damaged ({error})")))?;
        let bytes = document.as_bytes();
        match label {
            "ENCRYPTED PRIVATE KEY" => {
                let encrypted = EncryptedPrivateKeyInfoRef::try_from(bytes)
                    .map_err(|error| self.refuse(&format!("its key is damaged ({error})")))?;
                let refused = || self.refuse_password(password);
                let password = password.ok_or_else(refused)?;
                let key = encrypted.decrypt(password).map_err(|error| match error {
                    pkcs8::Error::EncryptedPrivateKey(
                        pkcs8::pkcs5::Error::AlgorithmParametersInvalid { .. }
                        | pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. }
                        | pkcs8::pkcs5::Error::NoPbes1CryptSupport,
                    ) => self.refuse(&format!(
                        "its key is encrypted in a way that is not known ({error}); accepted is \
                         PBES2 with AES, as OpenSSL writes it"
                    )),
                    _ => refused(),
                })?;
                self.signing(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()))
            }
            "RSA PRIVATE KEY" => self.signing(PrivatePkcs1KeyDer::from(bytes.to_vec())),
            "EC PRIVATE KEY" => self.signing(PrivateSec1KeyDer::from(bytes.to_vec())),
            _ => self.signing(PrivatePkcs8KeyDer::from(bytes.to_vec())),
        }
    }

    fn pkcs12(&self, password: Option<&str>) -> Result<Pair> {
        // What reads the file takes two bytes a letter and knows no pairs, and the file would be blamed.
        if password.is_some_and(|password| password.chars().any(|letter| letter > '\u{ffff}')) {
            let problem = "it holds a character beyond U+FFFF; accepted are others, where the file is PKCS#12";
            return Err(Error::argument("password", problem));
        }
        let archive = Pkcs12Archive::from_pkcs12(&self.bytes, password.unwrap_or_default())
            .map_err(|error| match error {
                Pkcs12Error::MacError(_) | Pkcs12Error::Pkcs5Error(_) => {
                    self.refuse_password(password)
                }
                Pkcs12Error::UnsupportedEncryptionScheme | Pkcs12Error::UnsupportedMacAlgorithm => {
                    self.refuse(
                        "it is PKCS#12, encrypted in a way that is not known; accepted are \
                         PBES2 with AES, and the triple DES and RC2 of older files",
                    )
                }
                error => self.refuse(&format!("it is no PKCS#12 ({error}); {ACCEPTED_FILES}")),
            })?;
        let [bag] = archive.keys.as_slice() else {
            let keys = archive.keys.len();
            return Err(self.refuse(&format!("it holds {keys} private keys; accepted is one")));
        };
        let key = self.signing(PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec()))?;
        let certificates = archive
            .certs
            .iter()
            .map(|bag| CertificateDer::from(bag.cert.as_der().to_vec()));
        Ok((certificates.collect(), key))
    }

    fn signing(&self, key: impl Into<PrivateKeyDer<'static>>) -> Result<Arc<dyn SigningKey>> {
        let mut key = key.into();
        let signing = any_supported_type(&key)
            .map_err(|_| self.refuse(&format!("its key cannot be used; {ACCEPTED_KEYS}")));
        key.zeroize();
        signing
    }
}

/// The first PEM block that is a private key.
fn key_block(text: &str) -> Option<&str> {
    let blocks = text.match_indices("-----BEGIN ");
    let keys = blocks.filter_map(|(at, begin)| {
        let block = &text[at..];
        let label = block[begin.len()..].split("-----").next()?;
        let end = format!("-----END {label}-----");
        let length = block.find(&end)? + end.len();
        label.ends_with("PRIVATE KEY").then(|| &block[..length])
    });
    keys.into_iter().next()
}
