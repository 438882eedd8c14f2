//! A REST call, described: what every operation of the library becomes before it is sent.

use std::fmt;

use bytes::Bytes;
use http::{Method, header::HeaderMap};
use url::Url;

use crate::session::Address;

/// One call of an instance's REST API.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// A call without a body; each segment is encoded, so none can leave its place in the path.
    pub(crate) fn new<'a>(
        method: Method,
        address: &Address,
        segments: impl IntoIterator<Item = &'a str>,
    ) -> Request {
        Request {
            method,
            url: address.join(segments),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn param(mut self, name: &str, value: &str) -> Request {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(crate) fn params<'a>(
        mut self,
        params: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Request {
        for (name, value) in params {
            self = self.param(name, &value);
        }
        self
    }

    pub(crate) fn json(mut self, body: String) -> Request {
        let json = http::HeaderValue::from_static("application/json");
        self.headers.insert(http::header::CONTENT_TYPE, json);
        self.body = body.into();
        self
    }

    /// Whether the call only reads.
    pub(crate) fn is_read(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// Whether making the call twice does no more than making it once. A PATCH does not count:
    /// a journal field that is sent twice is written twice.
    pub(crate) fn is_idempotent(&self) -> bool {
        self.is_read() || self.method == Method::PUT || self.method == Method::DELETE
    }
}

/// Shows where the call goes, and none of the values that it carries.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url.path())
    }
}
