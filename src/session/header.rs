//! Headers that a caller names, for a session or for one request.

use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;

use super::auth::secret_header_value;
use crate::error::{Error, Result};

/// The headers that make HTTP work, and those that sign in: never the caller's to set. Nothing here waits for what
/// `Expect` and `Upgrade` ask for, and no trailers are sent or shown.
pub(crate) const FRAMING: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-sn-apikey",
];

/// The headers that belong to one call, or have an option of their own.
pub(crate) const FORM: &[&str] = &["accept", "content-type", "user-agent", METHOD_OVERRIDE];

/// What an instance takes for the method in place of the request's own.
pub(crate) const METHOD_OVERRIDE: &str = "x-http-method-override";

const NO_HEADER: &str = "it holds a character that no header may hold";

/// A header that the caller names; no value where the text is empty.
pub(crate) fn pair(
    name: &str,
    value: &str,
    ours: &[&str],
) -> Result<(HeaderName, Option<HeaderValue>)> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Error::argument("name", "it is not the name of an HTTP header"))?;
    if ours.contains(&name.as_str()) {
        let problem = format!("libsnow itself decides the header {name}");
        return Err(Error::argument("name", problem));
    }
    let value = match value {
        "" => None,
        // A gateway's key is a secret as much as a password is.
        text => match secret_header_value(&[text]) {
            Some(value) => Some(value),
            None => return Err(Error::argument("value", NO_HEADER)),
        },
    };
    Ok((name, value))
}

/// Sets a header in place of the one of that name, or removes that where there is no value.
pub(crate) fn set(
    headers: &mut HeaderMap,
    name: HeaderName,
    value: Option<HeaderValue>,
) -> Result<()> {
    let Some(value) = value else {
        headers.remove(name);
        return Ok(());
    };
    if headers.len() >= MOST && !headers.contains_key(&name) {
        let problem = format!("there are {MOST} headers already, more than any server takes");
        return Err(Error::argument("name", problem));
    }
    headers.insert(name, value);
    Ok(())
}

/// So many headers a caller may set. There is a number that a map of them cannot hold.
const MOST: usize = 1000;

/// The value of a header, which is no secret.
pub(crate) fn value(argument: &str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|_| Error::argument(argument, NO_HEADER))
}

/// What goes into a header and is a secret.
pub(super) fn secret(argument: &str, text: &str) -> Result<SecretString> {
    if text.is_empty() {
        return Err(Error::argument(argument, "it is empty"));
    }
    match secret_header_value(&[text]) {
        Some(_) => Ok(text.into()),
        None => Err(Error::argument(argument, NO_HEADER)),
    }
}
