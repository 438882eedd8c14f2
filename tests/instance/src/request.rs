//! A request as the instance sees it, after the socket and before any meaning.

use std::sync::Mutex;

use hyper::HeaderMap;
use percent_encoding::percent_decode_str;

use crate::attachments::Upload;

/// Everything that may matter about one request.
#[derive(Debug)]
pub struct Request {
    /// The method that counts: `X-HTTP-Method-Override` is applied.
    pub method: String,
    /// Path as it came, without the query.
    pub path: String,
    /// Query as it came, without the question mark.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// A body that went to a file instead; whoever handles the request takes it.
    pub upload: Mutex<Option<Upload>>,
    /// `https://host:port` of the request, which links in answers begin with.
    pub base_url: String,
    /// It came over a connection with a client certificate.
    pub has_certificate: bool,
    parameters: Vec<(String, String)>,
}

impl Request {
    pub fn new(
        method: &str,
        path: &str,
        query: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        scheme: &str,
    ) -> Self {
        let host = headers
            .get("host")
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost");
        let base_url = format!("{scheme}://{host}");
        let overridden = headers
            .get("x-http-method-override")
            .and_then(|method| method.to_str().ok())
            .filter(|_| method == "POST")
            .map(str::to_ascii_uppercase);
        Request {
            method: overridden.unwrap_or_else(|| method.to_owned()),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body,
            upload: Mutex::new(None),
            base_url,
            has_certificate: false,
            parameters: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// The same request without a body, with another query.
    pub fn with_query(&self, query: &str) -> Request {
        let scheme = self.base_url.split("://").next().unwrap_or("http");
        Request::new(
            &self.method,
            &self.path,
            query,
            self.headers.clone(),
            Vec::new(),
            scheme,
        )
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The decoded segments of the path.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect()
    }

    /// The first parameter of that name, decoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a `sysparm_…` switch is on: `true`, or `True` as pysnow has sent it all its life.
    pub fn flag(&self, name: &str) -> bool {
        self.parameter(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A number; what is none, or negative, counts as absent.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.parameter(name)?.trim().parse().ok()
    }

    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// A cookie of the request.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all("cookie")
            .iter()
            .filter_map(|header| header.to_str().ok())
            .find_map(|header| {
                header.split(';').find_map(|pair| {
                    pair.trim()
                        .split_once('=')
                        .filter(|(known, _)| *known == name)
                })
            })
            .map(|(_, value)| value)
    }

    /// The media type of the body, without parameters, in lower case.
    pub fn content_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase(),
        )
    }
}
