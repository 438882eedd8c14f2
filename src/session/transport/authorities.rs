//! The authorities of the operating system.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;

use crate::error::{Error, Result, Status};

/// Checks certificates as the system does.
#[cfg(not(all(unix, not(target_vendor = "apple"), not(target_os = "android"))))]
pub(super) fn of_the_system(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    let verifier = rustls_platform_verifier::Verifier::new(provider);
    Ok(Arc::new(verifier.map_err(|error| none(&error))?))
}

/// Checks certificates with the authorities in the system's files. One of these that cannot be used is left out, but
/// not for want of what there may be again in a moment: the set would be kept, and lack it from then on.
#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
pub(super) fn of_the_system(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;

    let found = rustls_native_certs::load_native_certs();
    if let Some(want) = found.errors.iter().find(|error| is_passing(error)) {
        let message = format!(
            "no connection could be made: the system's authorities cannot be read now: {want}"
        );
        return Err(Error::new(Status::Connect, message).with_retry(true, None));
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(match found.errors.first() {
            Some(error) => none(error),
            None => none(&"none was found"),
        });
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = verifier.build();
    Ok(verifier.map_err(|error| none(&error))?)
}

/// Whether a file could not be read for want of descriptors or memory.
#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
fn is_passing(error: &rustls_native_certs::Error) -> bool {
    use rustix::io::Errno;
    use rustls_native_certs::ErrorKind;

    let ErrorKind::Io { inner, .. } = &error.kind else {
        return false;
    };
    matches!(
        Errno::from_io_error(inner),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::INTR | Errno::AGAIN)
    )
}

/// Small images of containers have no certificates at all.
fn none(reason: &dyn fmt::Display) -> Error {
    let advice = "install the system's (Debian: apt-get install ca-certificates), or name a file \
                  of them (option ca_file, or the environment variable SSL_CERT_FILE)";
    Error::new(
        Status::Tls,
        format!(
            "no authority is known that a server's certificate could be checked with: {advice} ({reason})"
        ),
    )
}
