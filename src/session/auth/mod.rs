//! Who is calling: the credentials of a session, and the header that carries them.

mod file_lock;
pub(crate) mod flight;
mod oauth;
pub(crate) mod refresh;
pub(crate) mod renewal;
pub(crate) mod token;
pub(crate) mod token_file;

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use oauth::is_refusal;
pub(crate) use oauth::{Grant, advice, refusal_by_status, request_token, without_secrets};

use crate::error::{Error, Result, Status};

/// Where tokens are asked for.
pub(crate) const TOKEN_PATH: &str = "/oauth_token.do";

/// How calls are signed in. `Debug` shows no secret.
#[derive(Clone)]
pub(crate) enum Credentials {
    None,
    Basic {
        user: String,
        password: SecretString,
    },
    Bearer(SecretString),
    ApiKey(SecretString),
    OAuth(OAuthClient),
}

/// An entry of the instance's application registry.
#[derive(Clone)]
pub(crate) struct OAuthClient {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    /// Whether the application may sign itself in (grant `client_credentials`).
    pub(crate) signs_itself_in: bool,
}

/// Where the client id and secret stand in a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    Body,
    Basic,
}

impl OAuthClient {
    pub(crate) fn new(id: &str, secret: &str, signs_itself_in: bool) -> Result<OAuthClient> {
        if id.is_empty() {
            return Err(Error::argument("client_id", "it is empty"));
        }
        Ok(OAuthClient {
            id: id.into(),
            secret: secret.into(),
            signs_itself_in,
        })
    }
}

impl Credentials {
    /// Adds the header of credentials that need no token from the instance.
    pub(crate) fn add_header(&self, headers: &mut HeaderMap) -> Result<()> {
        match self {
            Credentials::None | Credentials::OAuth(_) => Ok(()),
            Credentials::Basic { user, password } => {
                add_basic(headers, user, password.expose_secret())
            }
            Credentials::Bearer(token) => add_bearer(headers, token.expose_secret()),
            Credentials::ApiKey(key) => {
                let name = HeaderName::from_static("x-sn-apikey");
                add_secret(headers, name, &[key.expose_secret()])
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::Basic { .. } => "Basic",
            Credentials::Bearer(_) => "Bearer",
            Credentials::ApiKey(_) => "ApiKey",
            Credentials::OAuth(_) => "OAuth",
        })
    }
}

pub(crate) fn add_bearer(headers: &mut HeaderMap, token: &str) -> Result<()> {
    add_secret(headers, header::AUTHORIZATION, &["Bearer ", token])
}

fn add_basic(headers: &mut HeaderMap, user: &str, password: &str) -> Result<()> {
    let pair = basic_credentials(user, password);
    add_secret(headers, header::AUTHORIZATION, &["Basic ", &pair])
}

/// User and password as HTTP Basic writes them, after its name.
pub(super) fn basic_credentials(user: &str, password: &str) -> Zeroizing<String> {
    let pair = Zeroizing::new([user, ":", password].concat());
    Zeroizing::new(BASE64_STANDARD.encode(&*pair))
}

fn add_secret(headers: &mut HeaderMap, name: HeaderName, parts: &[&str]) -> Result<()> {
    // What cannot stand in a header was refused when it came in. Were it not, nothing may go out unsigned.
    let value = secret_header_value(parts).ok_or_else(|| {
        let message = "what signs the call in holds a character that no header may hold";
        Error::new(Status::Internal, message)
    })?;
    headers.insert(name, value);
    Ok(())
}

/// The value of a header that is a secret: never shown, and wiped with its last copy. `None` where it
/// holds what no header may hold.
pub(crate) fn secret_header_value(parts: &[&str]) -> Option<HeaderValue> {
    let is_allowed = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
    if !parts.iter().all(|part| part.bytes().all(is_allowed)) {
        return None;
    }
    // It has its whole length from the first: what grows leaves copies behind.
    let bytes = Zeroizing::new(parts.concat());
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(bytes)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_out_unsigned() {
        for token in ["a\nb", "a\0b", "\u{e4}", "\u{7f}"] {
            let mut headers = HeaderMap::new();
            let error = add_bearer(&mut headers, token).expect_err("no header holds it");
            assert_eq!(error.status(), Status::Internal);
            assert!(!error.message().contains(token) && headers.is_empty());
        }
    }
}
