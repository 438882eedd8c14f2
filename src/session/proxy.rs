//! Through what a connection goes.

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::error::{Error, Result};

/// Through what a connection goes.
#[derive(Clone)]
pub(crate) enum Proxy {
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say; nothing for loopback.
    Environment,
    None,
    Explicit(ExplicitProxy),
}

#[derive(Clone)]
pub(crate) struct ExplicitProxy {
    /// Without user info.
    pub(crate) url: Url,
    pub(crate) credentials: Option<(String, SecretString)>,
}

impl ExplicitProxy {
    /// A proxy at this URL, which asks for nothing.
    pub(super) fn at(url: &str) -> Result<ExplicitProxy> {
        Ok(ExplicitProxy {
            url: proxy_url(url)?,
            credentials: None,
        })
    }

    /// Its URL, with the credentials as user info.
    pub(crate) fn with_credentials(&self) -> Zeroizing<String> {
        let mut url = self.url.clone();
        if let Some((user, password)) = &self.credentials {
            // A URL that has a host takes both.
            let _ = url.set_username(user);
            let _ = url.set_password(Some(password.expose_secret()));
        }
        Zeroizing::new(url.into())
    }
}

fn proxy_url(text: &str) -> Result<Url> {
    const ACCEPTED: &str = "accepted are http://host:port, socks5://host:port, socks5h://host:port";
    // What was given is never repeated: it may hold a password.
    let refuse = |problem: &str| Error::argument("proxy", format!("{problem}; {ACCEPTED}"));
    let url = Url::parse(text).map_err(|error| refuse(&format!("it is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "socks5" | "socks5h") {
        return Err(refuse("its scheme is of no known proxy"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(
            "it holds user info; set the proxy's user and password by themselves",
        ));
    }
    if url.host().is_none() || !matches!(url.path(), "" | "/") || url.query().is_some() {
        return Err(refuse("it is not just scheme, host and port"));
    }
    Ok(url)
}
