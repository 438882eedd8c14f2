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
use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

pub(crate) use oauth::{Grant, refusal_by_status, request_token};

use crate::error::{Error, Result};

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
    pub(crate) fn add_header(&self, headers: &mut HeaderMap) {
        match self {
            Credentials::None | Credentials::OAuth(_) => {}
            Credentials::Basic { user, password } => {
                add_basic(headers, user, password.expose_secret())
            }
            Credentials::Bearer(token) => add_bearer(headers, token.expose_secret()),
            Credentials::ApiKey(key) => {
                add_secret(
                    headers,
                    HeaderName::from_static("x-sn-apikey"),
                    key.expose_secret(),
                );
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

pub(crate) fn add_bearer(headers: &mut HeaderMap, token: &str) {
    add_secret(headers, header::AUTHORIZATION, &format!("Bearer {token}"));
}

fn add_basic(headers: &mut HeaderMap, user: &str, password: &str) {
    let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
    add_secret(headers, header::AUTHORIZATION, &format!("Basic {pair}"));
}

fn add_secret(headers: &mut HeaderMap, name: HeaderName, secret: &str) {
    // What cannot stand in a header was refused when it was set, or comes from a token endpoint that
    // gave nonsense: then the call goes unsigned and the instance says 401.
    if let Ok(mut value) = HeaderValue::from_str(secret) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}
