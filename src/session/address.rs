//! Which instance: what a caller may write for it, and the URL it stands for.
//!
//! A name (`dev12345`), a host (`acme.service-now.com`, `127.0.0.1:8080`) or a URL without a path.
//! Everything that looks like a slip (`https://https://x`, a path, user info, spaces) is refused here,
//! since in a URL it would end up as a request to somewhere else.

use std::fmt;
use std::sync::Arc;

use http::Uri;
use url::{Host, Url};

use crate::error::{Error, Result};

const ACCEPTED: &str = "accepted are a name (dev12345), a host (dev12345.service-now.com) or a URL without a path \
     (https://dev12345.service-now.com)";

/// The scheme, host and port of an instance.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address(Arc<Place>);

#[derive(PartialEq, Eq)]
struct Place {
    url: Url,
    /// The same, as a target of requests.
    uri: Uri,
}

impl Address {
    /// Reads what the caller wrote. Plain http is for loopback, or where `allow_http` says so.
    pub(crate) fn parse(text: &str, allow_http: bool) -> Result<Address> {
        let refuse = |problem: &str| Error::argument("instance", format!("{problem}; {ACCEPTED}"));
        if text.is_empty() {
            return Err(refuse("it is empty"));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(refuse("it holds a space or a control character"));
        }
        if text.contains('@') {
            return Err(refuse(
                "it holds user info; credentials belong to the session",
            ));
        }
        let text = match text.strip_suffix('/') {
            Some(rest) if !rest.ends_with('/') => rest,
            _ => text,
        };
        let is_http = |scheme: &str| {
            let known = ["http", "https"];
            known.iter().any(|known| scheme.eq_ignore_ascii_case(known))
        };
        let url = match text.split_once("://") {
            Some((scheme, _)) if !is_http(scheme) => {
                return Err(refuse("its scheme is neither https nor http"));
            }
            Some((_, rest)) if rest.contains("://") => {
                return Err(refuse("it holds a scheme twice"));
            }
            Some(_) => Url::parse(text),
            None if is_name(text) => Url::parse(&format!("https://{text}.service-now.com")),
            None => Url::parse(&format!("https://{text}")),
        };
        let url = url.map_err(|error| refuse(&format!("it is no address ({error})")))?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it holds more than scheme, host and port"));
        }
        // A URL parser is lenient where a caller has slipped: it skips surplus slashes, and takes dots
        // for a host.
        let host = text.split_once("://").map_or(text, |(_, rest)| rest);
        if host.starts_with(['/', '\\', '.']) || host.contains("..") {
            return Err(refuse(
                "it is no address (its host is empty or has an empty label)",
            ));
        }
        // A URL takes more characters in a host than a request does.
        let Ok(uri) = Uri::try_from(url.as_str()) else {
            return Err(refuse("its host holds a character that no host's name has"));
        };
        let address = Address(Arc::new(Place { url, uri }));
        if !address.is_https() && !allow_http && !address.is_loopback() {
            return Err(refuse(
                "plain http would send credentials in the clear; use https, or set the session's \
                 option allow_http",
            ));
        }
        Ok(address)
    }

    /// Whether the address names this very machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.url.scheme() == "https"
    }

    /// The instance as a target of requests.
    pub(crate) fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// The URL of an encoded path on the instance, with these parameters.
    pub(crate) fn url(&self, path: &str, params: &[(String, String)]) -> Url {
        let mut url = self.0.url.clone();
        url.set_path(path);
        if !params.is_empty() {
            url.query_pairs_mut().extend_pairs(params);
        }
        url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A bare instance name, as in the first label of its host.
fn is_name(text: &str) -> bool {
    text != "localhost" && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_hosts_and_urls_are_understood() {
        for (text, url) in [
            ("dev12345", "https://dev12345.service-now.com"),
            ("dev12345/", "https://dev12345.service-now.com"),
            ("acme.example.com", "https://acme.example.com"),
            ("acme.example.com:8443", "https://acme.example.com:8443"),
            (
                "https://dev1.service-now.com",
                "https://dev1.service-now.com",
            ),
            (
                "https://dev1.service-now.com/",
                "https://dev1.service-now.com",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://localhost:1", "http://localhost:1"),
            ("localhost", "https://localhost"),
            (
                "HTTPS://Dev1.service-now.com/",
                "https://dev1.service-now.com",
            ),
            ("Http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            let address = Address::parse(text, false).expect(text);
            assert_eq!(address.to_string(), url, "{text}");
        }
    }

    #[test]
    fn slips_are_refused_with_what_is_accepted() {
        for (text, problem) in [
            ("", "it is empty"),
            ("dev 1", "it holds a space"),
            ("dev1\n", "it holds a space"),
            ("https://https://dev1", "it holds a scheme twice"),
            ("HTTPS://https://dev1", "it holds a scheme twice"),
            ("ftp://dev1.service-now.com", "its scheme is neither"),
            ("https://user:pw@dev1.service-now.com", "it holds user info"),
            ("https://dev1.service-now.com/api", "it holds more than"),
            ("https://dev1.service-now.com?x=1", "it holds more than"),
            ("dev1//", "it holds more than"),
            ("https://", "it is no address"),
            ("a..b:99999", "it is no address"),
            ("//dev1.service-now.com", "it is no address"),
            ("https:///dev1.service-now.com", "it is no address"),
            ("..", "it is no address"),
            ("dev1..service-now.com", "it is no address"),
            ("http://dev1.service-now.com", "plain http would send"),
            ("https://dev{1}.example.com", "its host holds a character"),
            ("dev\"1", "its host holds a character"),
            ("https://dev`1", "its host holds a character"),
            ("dev%221.example.com", "its host holds a character"),
        ] {
            let error = Address::parse(text, false).expect_err(text);
            let expected = format!("instance: {problem}");
            assert!(error.message().starts_with(&expected), "{text}: {error}");
            assert!(error.message().ends_with(ACCEPTED), "{text}: {error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What is accepted can be called: a slip is told where it is made, and not at the first call.
        #[test]
        fn what_is_accepted_is_a_target_of_requests(
            text in "(https?://)?[ -~]{0,3}[a-z]{1,3}[ -~\u{e0}-\u{ff}]{0,3}(\\.example\\.com)?(:[0-9]{1,4})?/?"
        ) {
            if let Ok(address) = Address::parse(&text, true) {
                let url = address.url("/api/now/table/incident", &[("a".into(), "b^c".into())]);
                let target = Uri::try_from(url.as_str());
                prop_assert!(target.is_ok(), "{text}: {target:?}");
                prop_assert_eq!(address.uri().host(), url.host_str(), "{}", text);
                prop_assert_eq!(address.uri().port_u16(), url.port(), "{}", text);
                prop_assert!(http::HeaderValue::from_str(url.host_str().unwrap_or_default()).is_ok());
            }
        }
    }

    #[test]
    fn http_to_elsewhere_is_for_sessions_that_allow_it() {
        assert!(Address::parse("http://10.0.0.1", true).is_ok());
    }

    #[test]
    fn segments_cannot_leave_their_place() {
        let address = Address::parse("dev1", false).expect("a name");
        let url = address.url("/api/now/table/a%2Fb%3Fc", &[]);
        assert_eq!(
            url.as_str(),
            "https://dev1.service-now.com/api/now/table/a%2Fb%3Fc"
        );
    }
}
