//! Why a TLS connection did not come about, in words that say what to do.

use std::time::{Duration, UNIX_EPOCH};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage};

use super::client_certificate::{ASKED_FOR, REFUSED};

const EXPIRED: &str = "the server's certificate has expired; it must be renewed there, unless the \
                       clock of this machine is wrong";
const NOT_VALID_YET: &str =
    "the server's certificate is not valid yet; the clock of this machine may be wrong";

/// What failed, and what the caller can do about it.
pub(crate) fn words(error: &TlsError) -> String {
    let advice = match error {
        TlsError::InvalidCertificate(certificate) => return certificate_words(certificate),
        TlsError::AlertReceived(alert) if is_about_client_certificate(*alert) => {
            return client_certificate_words(*alert);
        }
        TlsError::AlertReceived(AlertDescription::ProtocolVersion)
        | TlsError::PeerIncompatible(_) => {
            "libsnow speaks TLS 1.2 and 1.3, and the server none of them that both accept"
        }
        TlsError::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the two share no TLS 1.2 or 1.3 cipher, or the server asks for a client certificate \
             (option client_certificate)"
        }
        TlsError::AlertReceived(AlertDescription::UnrecognisedName) => {
            "the server does not know this name: check the instance's address"
        }
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "what answers at this port does not speak TLS: check the port, or write http:// if it \
             speaks plain http"
        }
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}

/// Whether the server ended the connection for want of a certificate that it accepts. With TLS 1.3 that
/// comes when the handshake is over for the client, which may have sent its request by then; a server that
/// refuses the handshake has not read it.
pub(super) fn is_refused_client(error: &TlsError) -> bool {
    matches!(error, TlsError::AlertReceived(alert) if is_about_client_certificate(*alert))
}

fn is_about_client_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            // What it signs, or who signed it, is not as the server knows it: an authority made anew under its old name.
            | AlertDescription::DecryptError
    )
}

fn client_certificate_words(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => ASKED_FOR.into(),
        _ => format!("{REFUSED} ({alert:?})"),
    }
}

fn certificate_words(certificate: &CertificateError) -> String {
    let what = match certificate {
        // A signature that is bad is mostly that of an authority of the same name, made anew.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the certificate is of an authority that is not known here; if it is your \
             organisation's, or a proxy's that reads along, name its file (option ca_file)"
        }
        CertificateError::ExpiredContext { time, not_after } => {
            let (ended, now) = (date(*not_after), date(*time));
            return format!("{EXPIRED} (it ended {ended}, and the clock says {now})");
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            let (begins, now) = (date(*not_before), date(*time));
            return format!("{NOT_VALID_YET} (it begins {begins}, and the clock says {now})");
        }
        CertificateError::Expired => EXPIRED,
        CertificateError::NotValidYet => NOT_VALID_YET,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another name; check the instance's address"
        }
        CertificateError::Revoked => "the server's certificate is revoked",
        _ => "the server's certificate cannot be accepted",
    };
    format!("{what} ({certificate})")
}

/// A moment as HTTP writes it, where it is one that HTTP can write: a certificate may say anything.
fn date(moment: UnixTime) -> String {
    const YEAR_9999: u64 = 253_370_764_800;
    match moment.as_secs() {
        seconds @ 0..YEAR_9999 => {
            httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
        }
        seconds => format!("{seconds} s after 1970"),
    }
}
