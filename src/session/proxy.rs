//! Through what a connection goes.

use std::env;
use std::ffi::OsString;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use secrecy::{ExposeSecret, SecretString};
use url::{Position, Url};

use super::Address;
use super::auth::{basic_credentials, secret_header_value};
use crate::error::{Error, Result, Status};

const ACCEPTED: &str = "accepted are http://host:port, socks5://host:port, socks5h://host:port";

/// Through what a connection goes.
#[derive(Clone)]
pub(crate) enum Proxy {
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say; nothing for loopback.
    Environment,
    None,
    Explicit(ExplicitProxy),
}

/// What a session names. There is no reading it a second time, which could come to something else.
#[derive(Clone)]
pub(crate) struct ExplicitProxy {
    /// Scheme, host and port.
    uri: Uri,
    credentials: Option<(String, SecretString)>,
}

/// The proxy that the calls of a client go through.
#[derive(Clone)]
pub(crate) struct ProxyInUse {
    uri: Uri,
    sign_in: SignIn,
}

/// What a proxy is shown, in the form that its protocol asks for.
#[derive(Clone)]
enum SignIn {
    Nothing,
    /// `Basic` and what follows, of http.
    Header(HeaderValue),
    /// User and password, of SOCKS.
    Pair(String, SecretString),
}

impl Proxy {
    /// The proxy on the way to this address.
    pub(crate) fn towards(&self, address: &Address) -> Result<Option<ProxyInUse>> {
        match self {
            Proxy::None => Ok(None),
            Proxy::Environment if address.is_loopback() => Ok(None),
            Proxy::Environment => of_environment(address.uri()),
            Proxy::Explicit(proxy) => Ok(Some(proxy.in_use())),
        }
    }
}

impl ExplicitProxy {
    /// A proxy at this URL, which asks for nothing.
    pub(super) fn at(url: &str) -> Result<ExplicitProxy> {
        Ok(ExplicitProxy {
            uri: proxy_uri(url)?,
            credentials: None,
        })
    }

    pub(super) fn set_credentials(&mut self, user: &str, password: &str) -> Result<()> {
        /// One byte says how long either is (RFC 1929).
        const LONGEST_OF_SOCKS: usize = 255;
        for (argument, text) in [("user", user), ("password", password)] {
            if is_socks(&self.uri) && text.len() > LONGEST_OF_SOCKS {
                let problem = "it is longer than 255 bytes, which SOCKS cannot carry";
                return Err(Error::argument(argument, problem));
            }
        }
        self.credentials = Some((user.into(), password.into()));
        Ok(())
    }

    fn in_use(&self) -> ProxyInUse {
        let sign_in = match &self.credentials {
            None => SignIn::Nothing,
            Some((user, password)) if is_socks(&self.uri) => {
                SignIn::Pair(user.clone(), password.clone())
            }
            Some((user, password)) => basic(user, password.expose_secret()),
        };
        ProxyInUse {
            uri: self.uri.clone(),
            sign_in,
        }
    }
}

impl ProxyInUse {
    /// Scheme, host and port.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn is_socks(&self) -> bool {
        is_socks(&self.uri)
    }

    /// The header that signs in at a proxy of http.
    pub(crate) fn basic_auth(&self) -> Option<&HeaderValue> {
        match &self.sign_in {
            SignIn::Header(value) => Some(value),
            _ => None,
        }
    }

    /// The user and password for a proxy of SOCKS.
    pub(crate) fn user_and_password(&self) -> Option<(&str, &str)> {
        match &self.sign_in {
            SignIn::Pair(user, password) => Some((user.as_str(), password.expose_secret())),
            _ => None,
        }
    }
}

impl From<Intercept> for ProxyInUse {
    fn from(found: Intercept) -> ProxyInUse {
        let sign_in = match (found.basic_auth(), found.raw_auth()) {
            (Some(value), _) => SignIn::Header(value.clone()),
            (None, Some((user, password))) => SignIn::Pair(user.into(), password.into()),
            (None, None) => SignIn::Nothing,
        };
        ProxyInUse {
            uri: found.uri().clone(),
            sign_in,
        }
    }
}

fn is_socks(proxy: &Uri) -> bool {
    proxy
        .scheme_str()
        .is_some_and(|scheme| scheme.starts_with("socks"))
}

fn basic(user: &str, password: &str) -> SignIn {
    let pair = basic_credentials(user, password);
    // What base64 is made of can stand in a header.
    secret_header_value(&["Basic ", &pair]).map_or(SignIn::Nothing, SignIn::Header)
}

fn proxy_uri(text: &str) -> Result<Uri> {
    // What was given is never repeated: it may hold a password.
    let refuse = |problem: &str| Error::argument("proxy", format!("{problem}; {ACCEPTED}"));
    // Before anything is made of it that would keep a copy of the password.
    if text.contains('@') {
        return Err(refuse(
            "it holds user info; set the proxy's user and password by themselves",
        ));
    }
    let url = Url::parse(text).map_err(|error| refuse(&format!("it is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "socks5" | "socks5h") {
        return Err(refuse("its scheme is of no known proxy"));
    }
    if url.host().is_none() || !matches!(url.path(), "" | "/") || url.query().is_some() {
        return Err(refuse("it is not just scheme, host and port"));
    }
    Uri::builder()
        .scheme(url.scheme())
        .authority(&url[Position::BeforeHost..Position::AfterPort])
        .path_and_query("/")
        .build()
        .map_err(|_| refuse("its host holds a character that no host's name has"))
}

/// What the environment names for this place. A name that cannot be used is an error: nobody who names a proxy
/// wants to do without it.
fn of_environment(target: &Uri) -> Result<Option<ProxyInUse>> {
    // In a CGI program it is whoever makes the request that sets HTTP_PROXY, as the header Proxy.
    if env::var_os("REQUEST_METHOD").is_some() || is_exempt(target) {
        return Ok(None);
    }
    let names = match target.scheme_str() {
        Some("https") => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let Some((name, value)) = first_set(&names) else {
        return Ok(None);
    };
    // Not Matcher::from_env(), which takes one that is empty for set, and another for one that cannot be used.
    let proxy = |url: &str| Matcher::builder().all(url).build().intercept(target);
    // A password that holds an @ was cut there, and the rest of it counts as a part of the place.
    let is_place = |found: &Intercept| {
        let authority = found.uri().authority();
        authority.is_some_and(|authority| !authority.as_str().contains('@'))
    };
    match value.to_str().and_then(proxy).filter(is_place) {
        Some(found) => Ok(Some(found.into())),
        None => {
            let message = format!(
                "{name}, in the environment, names no proxy that can be used; {ACCEPTED}; correct it, remove it, or \
                 name the proxy in the session: snow_session_set_proxy()"
            );
            Err(Error::new(Status::Proxy, message))
        }
    }
}

/// The first of these variables that is set to something.
fn first_set(names: &[&'static str]) -> Option<(&'static str, OsString)> {
    let mut set = names
        .iter()
        .filter_map(|name| Some((*name, env::var_os(name)?)));
    set.find(|(_, value)| !value.is_empty())
}

/// Whether `NO_PROXY` says to go without a proxy.
fn is_exempt(target: &Uri) -> bool {
    let Some((_, exempt)) = first_set(&["NO_PROXY", "no_proxy"]) else {
        return false;
    };
    let exempt = exempt.to_string_lossy().into_owned();
    let any = Matcher::builder().all("http://any").no(exempt).build();
    any.intercept(target).is_none()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine};

    use super::*;

    #[test]
    fn a_proxy_is_what_was_named() {
        for (url, uri) in [
            (
                "http://proxy.example.com:3128",
                "http://proxy.example.com:3128/",
            ),
            ("http://proxy.example.com/", "http://proxy.example.com/"),
            ("socks5://[::1]:1080", "socks5://[::1]:1080/"),
            ("socks5h://proxy", "socks5h://proxy/"),
        ] {
            let proxy = ExplicitProxy::at(url).expect(url);
            let address = Address::parse("dev1", false).expect("a name");
            let proxy = Proxy::Explicit(proxy).towards(&address).expect(url);
            assert_eq!(proxy.expect("it is used").uri().to_string(), uri);
        }
    }

    #[test]
    fn what_signs_in_is_what_was_given() {
        let credentials = Some(("a%41b".to_owned(), "p@ss:%2f\u{e4}".into()));
        let mut proxy = ExplicitProxy::at("http://proxy:3128").expect("a URL");
        proxy.credentials.clone_from(&credentials);
        let shown = BASE64_STANDARD.encode("a%41b:p@ss:%2f\u{e4}");
        let header = proxy.in_use().basic_auth().cloned().expect("a header");
        assert_eq!(header, format!("Basic {shown}"));
        let mut proxy = ExplicitProxy::at("socks5h://proxy").expect("a URL");
        proxy.credentials = credentials;
        let pair = proxy.in_use();
        let shown = ("a%41b", "p@ss:%2f\u{e4}");
        assert_eq!(pair.user_and_password(), Some(shown));
    }
}
