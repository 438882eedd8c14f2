//! A REST call, described: what every operation of the library becomes before it is sent.

mod body;
mod form;
mod path;
mod values;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};

pub use body::ReadBody;
pub(crate) use body::{Body, Observer, Source};
pub(crate) use form::Form;
pub(crate) use path::platform_api;

use crate::error::{Error, Result};
use crate::file;
use crate::query::Query;
use crate::record::Record;
use crate::session;

/// One call of an instance's REST API, to be sent with [`crate::Client::send`] or
/// [`crate::Client::open`]. It can be sent again, to any instance.
///
/// `Debug` shows where it goes, and none of the values that it carries.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    /// Absolute, and encoded.
    path: String,
    pub(crate) params: Vec<(String, String)>,
    /// The names of those that a query says.
    query_params: Vec<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// What the body is made of when it is sent: what the values of a record are taken for may be said later.
    record: Option<Record>,
    /// What the body is the last part of.
    pub(crate) form: Option<Form>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) timeout: Option<Duration>,
}

impl Request {
    /// A call of any path of the instance, such as `/api/x_acme/tickets/close`.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where `method` is no HTTP method that an instance serves, in
    /// capitals, or where `path` does not begin with one slash, or holds `?`, `#` or a segment of dots.
    pub fn to_path(method: &str, path: &str) -> Result<Request> {
        let is_lower = method.contains(|letter: char| letter.is_ascii_lowercase());
        let method = match Method::from_bytes(method.as_bytes()) {
            Ok(method) if !is_lower && !matches!(method, Method::CONNECT | Method::TRACE) => method,
            _ => {
                let problem = "it is not a method of HTTP that reaches an instance; accepted are GET, \
                               POST, PUT, PATCH, DELETE and the like, in capitals";
                return Err(Error::argument("method", problem));
            }
        };
        Ok(Request::with_path(method, path::checked(path)?))
    }

    /// A call of the path of these segments; each is encoded, so none can leave its place.
    pub(crate) fn new<'a>(method: Method, segments: impl IntoIterator<Item = &'a str>) -> Request {
        Request::with_path(method, path::joined(segments))
    }

    fn with_path(method: Method, path: String) -> Request {
        Request {
            method,
            path,
            params: Vec::new(),
            query_params: Vec::new(),
            headers: HeaderMap::new(),
            body: Body::Bytes(Bytes::new()),
            record: None,
            form: None,
            observer: None,
            timeout: None,
        }
    }

    /// Sets a parameter of the URL's query, such as `sysparm_limit`. The same name again replaces it.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the name is empty.
    pub fn set_param(&mut self, name: &str, value: &str) -> Result<()> {
        if name.is_empty() {
            return Err(Error::argument("name", "it is empty"));
        }
        self.query_params.retain(|known| known != name);
        self.params.retain(|(known, _)| known != name);
        self.params.push((name.into(), value.into()));
        Ok(())
    }

    /// Takes everything that a query says as parameters (`sysparm_query`, `sysparm_fields`,
    /// `sysparm_limit`, ...), for the Table API and for those that follow it. It takes the place of another
    /// query. A page size is none of these: a request is one page.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the query cannot be written.
    pub fn set_query(&mut self, query: &Query) -> Result<()> {
        let encoded = query.encoded()?;
        let limit = query.row_limit().map(|rows| rows.to_string());
        let offset = query.row_offset();
        let mut params = query.all_params();
        if !encoded.is_empty() {
            params.insert(0, ("sysparm_query", encoded));
        }
        params.extend(limit.map(|rows| ("sysparm_limit", rows)));
        if offset > 0 {
            params.push(("sysparm_offset", offset.to_string()));
        }
        let said_before = std::mem::take(&mut self.query_params);
        self.params.retain(|(name, _)| !said_before.contains(name));
        for (name, value) in params {
            self.set_param(name, &value)?;
            self.query_params.push(name.into());
        }
        Ok(())
    }

    /// Sets a header of this call alone, in place of the session's of that name. An empty value removes
    /// it again.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the name or value cannot stand in a header, or where
    /// the header is libsnow's to decide (`Authorization`, `x-sn-apikey`, `Host`, `Content-Length` ...). Where
    /// `X-HTTP-Method-Override` is set and the method is not POST: what is made again would be another.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, value) = session::header::pair(name, value, session::header::FRAMING)?;
        if name == session::header::METHOD_OVERRIDE && self.method != Method::POST {
            let problem =
                format!("{name} goes with the method POST alone, which is never made again");
            return Err(Error::argument("name", problem));
        }
        session::header::set(&mut self.headers, name, value)
    }

    /// Sends these bytes as the body.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the content type is empty or cannot stand in a header.
    pub fn set_body(&mut self, body: impl Into<Bytes>, content_type: &str) -> Result<()> {
        self.set_content_type(content_type)?;
        self.body = Body::Bytes(body.into());
        Ok(())
    }

    /// Sends the fields of a record as a JSON body: their stored values, and their display values where
    /// `sysparm_input_display_value` says so. Where a field has none, sending fails with
    /// [`crate::Status::InvalidArgument`], and nothing is sent.
    ///
    /// # Errors
    /// As [`Request::set_body`].
    pub fn set_record(&mut self, record: &Record) -> Result<()> {
        self.set_body(Bytes::new(), "application/json")?;
        self.record = Some(record.clone());
        Ok(())
    }

    /// Sends the content of a file as the body, piece by piece. It is opened anew whenever the request
    /// is sent.
    ///
    /// # Errors
    /// As [`Request::set_body`], and [`crate::Status::InvalidArgument`] for an empty path.
    pub fn set_body_file(&mut self, path: &Path, content_type: &str) -> Result<()> {
        let path = file::named("path", path)?;
        self.set_content_type(content_type)?;
        self.body = Body::File(path.into());
        Ok(())
    }

    /// Sends what `read` gives as the body, piece by piece. It can be sent once. Without a length it
    /// goes out in chunks.
    ///
    /// # Errors
    /// As [`Request::set_body`].
    pub fn set_body_reader(
        &mut self,
        length: Option<u64>,
        read: Box<ReadBody>,
        content_type: &str,
    ) -> Result<()> {
        self.set_content_type(content_type)?;
        self.body = Body::reader("request", length, read);
        Ok(())
    }

    /// How long this call may take, in place of what the session says. Where bodies go piece by piece:
    /// how long it may take until the next piece moves.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where it is zero, or more than 4294967295 milliseconds.
    pub fn set_timeout(&mut self, limit: Duration) -> Result<()> {
        self.timeout = Some(session::time_limit("timeout_ms", limit)?);
        Ok(())
    }

    fn set_content_type(&mut self, content_type: &str) -> Result<()> {
        let value = media_type(content_type)?;
        self.record = None;
        self.headers.insert(header::CONTENT_TYPE, value);
        Ok(())
    }

    pub(crate) fn param(mut self, name: &str, value: &str) -> Request {
        self.params.push((name.into(), value.into()));
        self
    }

    pub(crate) fn params<'a>(
        mut self,
        params: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Request {
        let params = params.into_iter();
        self.params
            .extend(params.map(|(name, value)| (name.into(), value)));
        self
    }

    pub(crate) fn json(mut self, body: String) -> Request {
        let json = HeaderValue::from_static("application/json");
        self.headers.insert(header::CONTENT_TYPE, json);
        self.body = Body::Bytes(body.into());
        self
    }

    /// Whether the body goes out piece by piece, and not in one.
    pub(crate) fn goes_in_pieces(&self) -> bool {
        self.form.is_some() || self.observer.is_some() || !matches!(self.body, Body::Bytes(_))
    }

    /// The body that goes out in one.
    pub(crate) fn bytes(&self) -> Option<&Bytes> {
        match &self.body {
            Body::Bytes(bytes) if !self.goes_in_pieces() => Some(bytes),
            _ => None,
        }
    }

    /// Begins to read out a body that goes piece by piece.
    pub(crate) fn source(&self) -> Result<Option<Source>> {
        match self.goes_in_pieces() {
            true => self.body.open(self.observer.clone()).map(Some),
            false => Ok(None),
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The story of an error that happened to this call.
    pub(crate) fn tells(&self, error: Error) -> Error {
        error.with_request(self.method.as_str(), &self.path)
    }
}

/// The media type of a body, such as can stand in a header.
pub(crate) fn media_type(content_type: &str) -> Result<HeaderValue> {
    if content_type.is_empty() {
        let problem = "it is empty; accepted is a media type, such as application/json";
        return Err(Error::argument("content_type", problem));
    }
    session::header::value("content_type", content_type)
}

/// What makes a URL shorter.
pub(crate) const SHORTER: &str =
    "ask with fewer values in a condition, or for fewer fields, at a time";

/// Whether a call only reads.
pub(crate) fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether making a call twice surely does no more than making it once. A PATCH does not: a journal field that
/// is sent twice is written twice. Nor does a PUT, whatever HTTP says of it: on a table it is a PATCH, and a
/// scripted API most likely writes records too.
pub(crate) fn is_idempotent(method: &Method) -> bool {
    is_read(method) || *method == Method::DELETE
}

/// Shows where the call goes, and none of the values that it carries.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
