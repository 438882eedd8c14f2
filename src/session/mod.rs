//! How to reach an instance: credentials, TLS, proxy, headers and time limits.
//!
//! A [`Session`] is only settings. A client copies it when it is made, so what is set afterwards
//! reaches clients made afterwards. Every way in that a session describes serves the token endpoint
//! too: a token call uses the same TLS, proxy, headers and time limits as any other.

mod address;
pub(crate) mod auth;
mod calls;
pub(crate) mod connection;
pub(crate) mod header;
pub(crate) mod log;
mod option;
mod proxy;
mod retry;
pub(crate) mod statistics;
pub(crate) mod transport;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};

pub(crate) use address::Address;
use auth::token_file::TokenFile;
use auth::{ClientAuth, Credentials, OAuthClient};
use proxy::ExplicitProxy;
pub(crate) use proxy::{Proxy, ProxyInUse};
use transport::client_certificate::ClientCertificate;
use transport::tls::{CaFile, Trust};

use crate::error::{Error, Result};

/// How to reach an instance.
///
/// `Debug` shows no secret.
#[derive(Clone)]
pub struct Session {
    pub(crate) credentials: Credentials,
    pub(crate) client_auth: ClientAuth,
    pub(crate) token_file: Option<TokenFile>,
    /// Whom to trust, where certificates are checked.
    authorities: Trust,
    tls_verify: bool,
    pub(crate) client_certificate: Option<ClientCertificate>,
    pub(crate) proxy: Proxy,
    pub(crate) headers: HeaderMap,
    pub(crate) user_agent: HeaderValue,
    pub(crate) connect_timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) retry: retry::Policy,
    pub(crate) max_in_flight: usize,
    pub(crate) cookies: bool,
    pub(crate) allow_http: bool,
}

impl Default for Session {
    fn default() -> Session {
        Session {
            credentials: Credentials::None,
            client_auth: ClientAuth::Body,
            token_file: None,
            authorities: Trust::System,
            tls_verify: true,
            client_certificate: None,
            proxy: Proxy::Environment,
            headers: HeaderMap::new(),
            user_agent: HeaderValue::from_static(concat!("libsnow/", env!("CARGO_PKG_VERSION"))),
            connect_timeout: Duration::from_secs(30),
            // An instance cancels a table transaction after 60 s, the load balancer any after 300.
            total_timeout: Duration::from_secs(120),
            retry: retry::Policy::default(),
            max_in_flight: 0,
            cookies: false,
            allow_http: false,
        }
    }
}

impl Session {
    /// A session with every option at its default and no credentials.
    #[must_use]
    pub fn new() -> Session {
        Session::default()
    }

    /// Signs in with a user's name and password (HTTP Basic).
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the name is empty or holds a colon, which HTTP Basic
    /// cannot carry.
    pub fn set_basic_auth(&mut self, user: &str, password: &str) -> Result<()> {
        check_basic_user(user)?;
        self.credentials = Credentials::Basic {
            user: user.into(),
            password: password.into(),
        };
        Ok(())
    }

    /// Signs in with an access token that somebody else keeps fresh.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the token is empty or cannot stand in a header.
    pub fn set_bearer_token(&mut self, token: &str) -> Result<()> {
        self.credentials = Credentials::Bearer(header::secret("token", token)?);
        Ok(())
    }

    /// Signs in with an API key (header `x-sn-apikey`).
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the key is empty or cannot stand in a header.
    pub fn set_api_key(&mut self, key: &str) -> Result<()> {
        self.credentials = Credentials::ApiKey(header::secret("key", key)?);
        Ok(())
    }

    /// Signs in with OAuth tokens of this application registry entry.
    ///
    /// The token itself comes from a sign-in, or is set on the client.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the client id is empty.
    pub fn set_oauth(&mut self, client_id: &str, client_secret: &str) -> Result<()> {
        self.credentials = Credentials::OAuth(OAuthClient::new(client_id, client_secret, false)?);
        Ok(())
    }

    /// Signs the application itself in (OAuth, grant `client_credentials`), when first needed and
    /// whenever its token ends.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the client id is empty.
    pub fn set_client_credentials(&mut self, client_id: &str, client_secret: &str) -> Result<()> {
        self.credentials = Credentials::OAuth(OAuthClient::new(client_id, client_secret, true)?);
        Ok(())
    }

    /// Keeps the OAuth token in a file that several processes share, as [`Token::save`] writes it: it is
    /// read where the client has no token yet, written when there is a new one, and renewed by one process
    /// for all.
    ///
    /// The folder must be there; the file need not, and an empty one counts for none. It must be this
    /// user's, and no other's to read or write (mode 0600). Beside it come to stand `PATH.lock`, which
    /// stays, and `PATH.new` while a token is asked for.
    ///
    /// # Errors
    /// [`crate::Status::File`] where the folder is not there, or the name is too long for `.lock` after it; where
    /// the file is a link, another user's or open to others, and where it holds something else than a token;
    /// [`crate::Status::InvalidArgument`] for an empty path.
    ///
    /// [`Token::save`]: crate::Token::save
    pub fn set_token_file(&mut self, path: &Path) -> Result<()> {
        self.token_file = Some(TokenFile::new(path)?);
        Ok(())
    }

    /// Whether the instance's certificate is checked. Default is true.
    ///
    /// Off means that anyone on the way can read the credentials, whatever authorities are named. They count again
    /// when it is on again.
    pub fn set_tls_verify(&mut self, verify: bool) {
        self.tls_verify = verify;
    }

    /// Trusts the authorities in a PEM file in place of those of the system.
    ///
    /// # Errors
    /// [`crate::Status::File`] where the file cannot be read or holds no certificate;
    /// [`crate::Status::InvalidArgument`] for an empty path.
    pub fn set_ca_file(&mut self, path: &Path) -> Result<()> {
        self.authorities = Trust::Only(CaFile::load(path)?);
        Ok(())
    }

    /// Shows a certificate to a server that asks for one (mutual TLS): PEM, with the key in the same file
    /// or another, or PKCS#12. The files are read now.
    ///
    /// # Errors
    /// [`crate::Status::File`] where a file cannot be read, or holds nothing that can be used;
    /// [`crate::Status::InvalidArgument`] where its password is missing or wrong, a path is empty, or a key file is
    /// named beside a PKCS#12 file.
    pub fn set_client_certificate(
        &mut self,
        path: &Path,
        key_path: Option<&Path>,
        password: Option<&str>,
    ) -> Result<()> {
        self.client_certificate = Some(ClientCertificate::load(path, key_path, password)?);
        Ok(())
    }

    /// Goes through a proxy: `http://`, `socks5://` (names resolved here) or `socks5h://` (names
    /// resolved by the proxy), a host and a port. The empty text means none at all; by default the
    /// environment decides (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), except for loopback and in
    /// a CGI program; a variable of it that names no proxy is an error of each call.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where it is no such URL, or where user info stands in it.
    pub fn set_proxy(&mut self, proxy: &str) -> Result<()> {
        self.proxy = match proxy {
            "" => Proxy::None,
            url => Proxy::Explicit(ExplicitProxy::at(url)?),
        };
        Ok(())
    }

    /// What the proxy of [`Session::set_proxy`] asks for; sent as it is, and not as in a URL.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where no proxy is set, where the name is empty or holds a colon, and
    /// where one of the two is longer than 255 bytes, which SOCKS cannot carry.
    pub fn set_proxy_auth(&mut self, user: &str, password: &str) -> Result<()> {
        check_basic_user(user)?;
        let Proxy::Explicit(proxy) = &mut self.proxy else {
            return Err(Error::argument(
                "user",
                "the session has no proxy yet; set the proxy first",
            ));
        };
        proxy.set_credentials(user, password)
    }

    /// Sends this header with every request, also those to the token endpoint. The same name again
    /// replaces it, an empty value removes it.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the name or value cannot stand in a header, or where
    /// libsnow itself decides that header.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, value) = header::pair(name, value, &[header::FRAMING, header::FORM].concat())?;
        header::set(&mut self.headers, name, value)
    }

    /// The `User-Agent` of every request. Default is `libsnow/` and its version.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the text is empty or cannot stand in a header.
    pub fn set_user_agent(&mut self, user_agent: &str) -> Result<()> {
        if user_agent.is_empty() {
            return Err(Error::argument("user_agent", "it is empty"));
        }
        self.user_agent = header::value("user_agent", user_agent)?;
        Ok(())
    }

    /// How long to wait for a connection. Default is 30 seconds.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where it is zero, or more than 4294967295 milliseconds.
    pub fn set_connect_timeout(&mut self, limit: Duration) -> Result<()> {
        self.connect_timeout = time_limit("connect_ms", limit)?;
        Ok(())
    }

    /// How long a whole call may take: signing in, sending, waiting, reading. Default is 120 seconds.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where it is zero, or more than 4294967295 milliseconds.
    pub fn set_total_timeout(&mut self, limit: Duration) -> Result<()> {
        self.total_timeout = time_limit("total_ms", limit)?;
        Ok(())
    }

    /// How many times a call is made again at most, and how long it waits for that at most. Default is 3
    /// times and 30 seconds; 0 makes every call once.
    ///
    /// What is made again is what surely did not happen, such as a call that the instance had no room for
    /// (429, 202), and what does no more when it happens twice: reads and `DELETE`. A `POST`, `PATCH` or
    /// `PUT` that may have happened is never made again: it may write a journal field a second time. All of
    /// it stays under the total time limit.
    ///
    /// A wait that the instance names (`Retry-After`) is the least, a moment is by its own clock (`Date`); one that is
    /// longer than `max_wait`, or than the time that is left, ends the call at once, and the error tells of it.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the wait is zero, or more than 4294967295 milliseconds.
    pub fn set_retry(&mut self, retries: u32, max_wait: Duration) -> Result<()> {
        let max_wait = time_limit("max_wait_ms", max_wait)?;
        self.retry = retry::Policy { retries, max_wait };
        Ok(())
    }

    /// How many calls of one client may be under way at the same moment, whatever thread they are on;
    /// others wait their turn, under their own time limit. Default is 0, which is as many as there are.
    ///
    /// An instance serves about four calls of an integration at a time and refuses those that do not
    /// fit its queue (429). When it does, half as many calls as were under way may be from then on, and one
    /// more whenever that many went well, whatever is set here.
    pub fn set_max_in_flight(&mut self, calls: u32) {
        self.max_in_flight = usize::try_from(calls).unwrap_or(usize::MAX);
    }

    /// Whether cookies are kept between calls. Default is false.
    ///
    /// An instance runs the requests of one cookie session one after the other and drops those that
    /// queue up (HTTP 202). With cookies on, calls that overlap never share a cookie: each connection
    /// keeps its own.
    pub fn set_cookies(&mut self, keep: bool) {
        self.cookies = keep;
    }

    /// Whether plain http may be used to other machines than this one. Default is false.
    pub fn set_allow_http(&mut self, allow: bool) {
        self.allow_http = allow;
    }

    /// Whether the client id and secret go to the token endpoint in an `Authorization: Basic` header.
    /// Default is false: they go in the body, as ServiceNow documents.
    pub fn set_oauth_basic(&mut self, basic: bool) {
        self.client_auth = if basic {
            ClientAuth::Basic
        } else {
            ClientAuth::Body
        };
    }
}

impl Session {
    /// Whose certificates are accepted.
    pub(crate) fn trust(&self) -> &Trust {
        match self.tls_verify {
            true => &self.authorities,
            false => &Trust::Anyone,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("credentials", &self.credentials)
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .finish_non_exhaustive()
    }
}

fn check_basic_user(user: &str) -> Result<()> {
    let problem = match user {
        "" => "it is empty",
        _ if user.contains(':') => "it holds a colon, which HTTP Basic cannot carry",
        _ => return Ok(()),
    };
    Err(Error::argument("user", problem))
}

pub(crate) fn time_limit(name: &str, limit: Duration) -> Result<Duration> {
    let longest = Duration::from_millis(u32::MAX.into());
    if limit.is_zero() || limit > longest {
        let problem = format!(
            "it is {} milliseconds; accepted are 1 to {}",
            limit.as_millis(),
            longest.as_millis()
        );
        return Err(Error::argument(name, problem));
    }
    Ok(limit)
}
