//! The content of an attachment, on its way up.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderValue, Method, header};

use super::{PATH, Progress, metadata, named};
use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::file;
use crate::progress::Watch;
use crate::record::Record;
use crate::request::{self, Body, Form, Observer, ReadBody, Request};
use crate::response::Measured;
use crate::table::name::{SysId, TableName};

/// A file to be attached to a record. It can be sent again, unless a reader gives its content.
#[derive(Clone)]
pub struct Upload {
    table: TableName,
    sys_id: SysId,
    content: Option<Body>,
    file_name: Option<String>,
    content_type: Option<HeaderValue>,
    as_form: bool,
    progress: Option<Arc<Progress>>,
}

impl Upload {
    /// A file for this record, without content yet.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`] where one of them cannot be used.
    pub fn new(table: &str, sys_id: &str) -> Result<Upload> {
        Ok(Upload {
            table: TableName::parse(table)?,
            sys_id: SysId::parse(sys_id)?,
            content: None,
            file_name: None,
            content_type: None,
            as_form: false,
            progress: None,
        })
    }

    /// Sends the content of a file, which is opened whenever the upload is sent. Without another name it
    /// keeps its own.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`] for an empty path.
    pub fn set_file(&mut self, path: &Path) -> Result<()> {
        self.content = Some(Body::File(file::named("path", path)?.into()));
        Ok(())
    }

    /// Sends these bytes.
    pub fn set_bytes(&mut self, bytes: impl Into<Bytes>) {
        self.content = Some(Body::Bytes(bytes.into()));
    }

    /// Sends what `read` gives, once. Without a length it goes out in chunks.
    pub fn set_reader(&mut self, length: Option<u64>, read: Box<ReadBody>) {
        self.content = Some(Body::reader("upload", length, read));
    }

    /// The name of the attachment.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`] where it is empty.
    pub fn set_file_name(&mut self, file_name: &str) -> Result<()> {
        self.file_name = Some(named(file_name)?.into());
        Ok(())
    }

    /// The media type of the attachment, in place of the one that its name suggests.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`] where it is empty or cannot stand in a header.
    pub fn set_content_type(&mut self, content_type: &str) -> Result<()> {
        self.content_type = Some(request::media_type(content_type)?);
        Ok(())
    }

    /// Whether it is sent as a form (`multipart/form-data`) and not as it is.
    pub fn set_multipart(&mut self, multipart: bool) {
        self.as_form = multipart;
    }

    /// Who is told how far it is.
    pub fn set_progress(&mut self, progress: Option<Arc<Progress>>) {
        self.progress = progress;
    }

    fn request(&self) -> Result<Request> {
        let Some(content) = &self.content else {
            let problem =
                "it has no content; accepted is one that was given a file, bytes or a reader";
            return Err(Error::argument("upload", problem));
        };
        let file_name = self.name(content)?;
        let content_type = match &self.content_type {
            Some(given) => given.clone(),
            None => guessed(&file_name),
        };
        let about = [
            ("table_name", self.table.as_str()),
            ("table_sys_id", self.sys_id.as_str()),
        ];
        let mut request = if self.as_form {
            let Some(name) = Form::file_name(&file_name) else {
                let problem = "a form cannot say a name that holds %22, %0D or %0A; accepted are \
                               others, and any where it is not sent as a form";
                return Err(Error::argument("file_name", problem));
            };
            let mut request = to("upload");
            request.form = Some(Form {
                fields: about.map(|(name, value)| (name, value.into())).into(),
                part: "uploadFile",
                file_name: name,
                content_type,
            });
            request
        } else {
            let about = about.into_iter().chain([("file_name", file_name.as_str())]);
            let mut request = to("file").params(about.map(|(name, value)| (name, value.into())));
            request.headers.insert(header::CONTENT_TYPE, content_type);
            request
        };
        request.body = content.clone();
        Ok(request)
    }

    /// The name given, or that of the file.
    fn name(&self, content: &Body) -> Result<String> {
        match (&self.file_name, content) {
            (Some(name), _) => Ok(name.clone()),
            (None, Body::File(path)) => {
                let name = path.file_name().and_then(|name| name.to_str());
                name.map(Into::into).ok_or_else(|| {
                    let problem = "it does not end in a name; accepted is the path of a file";
                    Error::argument("path", problem)
                })
            }
            (None, _) => {
                let problem =
                    "none was given; content that is not from a file has no name of its own";
                Err(Error::argument("file_name", problem))
            }
        }
    }
}

impl Client {
    /// Attaches a file to a record, under its own name: `POST /api/now/attachment/file`. Returns the
    /// metadata of the attachment.
    ///
    /// # Errors
    /// As [`Client::attachment_upload`].
    pub fn attachment_upload_file(&self, table: &str, sys_id: &str, path: &Path) -> Result<Record> {
        let mut upload = Upload::new(table, sys_id)?;
        upload.set_file(path)?;
        self.attachment_upload(&upload)
    }

    /// Attaches a file to a record: `POST /api/now/attachment/file`, or as a form
    /// `POST /api/now/attachment/upload`. Returns the metadata of the attachment. Another one of the
    /// same name stays beside it.
    ///
    /// # Errors
    /// [`Status::NotFound`] where there is no such record; [`Status::Forbidden`] where nothing may be
    /// attached to it, or no such file; [`Status::BadRequest`] where the file is too large;
    /// [`Status::File`] where it cannot be read or changes its size, and then nothing is attached;
    /// [`Status::Corrupt`] where the instance has stored something else than was sent.
    pub fn attachment_upload(&self, upload: &Upload) -> Result<Record> {
        let mut request = upload.request()?;
        let sending = Arc::new(Sending::new(upload.progress.clone()));
        request.observer = Some(sending.clone());
        let record = self.record(&request)?;
        let sent = sending.state().measured.clone();
        let Some(difference) = sent.difference(&metadata::expected(&record)) else {
            return Ok(record);
        };
        let sys_id = record.get("sys_id").unwrap_or_default();
        let message = format!(
            "the instance stored the attachment {sys_id} otherwise than it was sent: {} in place of {}",
            difference.expected, difference.measured
        );
        Err(request
            .tells(Error::new(Status::Corrupt, message))
            .with_maybe_applied(true))
    }
}

fn to(what: &str) -> Request {
    Request::new(Method::POST, PATH.into_iter().chain([what]))
}

/// The media type that a name suggests.
fn guessed(file_name: &str) -> HeaderValue {
    let kind = mime_guess::from_path(file_name).first_raw();
    HeaderValue::from_static(kind.unwrap_or("application/octet-stream"))
}

/// Measures what goes out, and tells how far it is.
struct Sending(Mutex<State>);

struct State {
    watch: Watch<Progress>,
    measured: Measured,
    total: Option<u64>,
}

impl Sending {
    fn new(progress: Option<Arc<Progress>>) -> Sending {
        Sending(Mutex::new(State {
            watch: Watch::new(progress),
            measured: Measured::new(),
            total: None,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// No lock is held while the caller is told.
impl Observer for Sending {
    fn begins(&self, length: Option<u64>) {
        let mut state = self.state();
        state.measured = Measured::new();
        state.total = length;
    }

    fn goes_out(&self, piece: &[u8]) -> Result<()> {
        let (due, sent, total) = {
            let mut state = self.state();
            state.measured.add(piece);
            let (sent, total) = (state.measured.bytes(), state.total);
            let due = state.watch.due(Instant::now());
            (due.filter(|_| total != Some(sent)), sent, total)
        };
        due.map_or(Ok(()), |progress| progress(sent, total))
    }

    fn ends(&self) -> Result<()> {
        let (at_end, sent) = {
            let state = self.state();
            (state.watch.at_end(), state.measured.bytes())
        };
        at_end.map_or(Ok(()), |progress| progress(sent, Some(sent)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_suggests_the_media_type() {
        for (name, kind) in [
            ("a.txt", "text/plain"),
            ("A.PDF", "application/pdf"),
            ("photo.of.it.jpeg", "image/jpeg"),
            (
                "report.xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            ("none", "application/octet-stream"),
            (".txt", "application/octet-stream"),
            ("a.no-such-kind", "application/octet-stream"),
        ] {
            assert_eq!(guessed(name), kind, "{name}");
        }
    }

    #[test]
    fn what_is_not_from_a_file_needs_a_name() {
        let mut upload = Upload::new("incident", "global").expect("a record");
        let told = |upload: &Upload| {
            upload
                .request()
                .map(drop)
                .expect_err("no")
                .message()
                .to_owned()
        };
        assert!(told(&upload).starts_with("upload: it has no content"));
        upload.set_bytes("x");
        assert!(told(&upload).starts_with("file_name: none was given"));
        upload.set_file(Path::new("/tmp/..")).expect("a path");
        assert!(told(&upload).starts_with("path: it does not end in a name"));
        upload.set_file(Path::new("/tmp/x.txt")).expect("a path");
        assert!(upload.request().is_ok());
        upload.set_file_name("a%22").expect("a name");
        assert!(upload.request().is_ok());
        upload.set_multipart(true);
        assert!(told(&upload).starts_with("file_name: a form cannot say"));
    }
}
