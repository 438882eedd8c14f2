//! The Attachment API: `/api/now/attachment`, the files that hang on records.
//!
//! Neither an upload nor a download is ever in memory as a whole, but where the caller wants it there.
//! What arrived is held against what was sent: by its size, and by its SHA-256 where the instance tells
//! that.

mod download;
mod metadata;
mod upload;

use http::Method;

pub use upload::Upload;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::query::Query;
use crate::record::Record;
use crate::request::Request;
use crate::table::Cursor;
use crate::table::name::{SysId, TableName};

/// Is told how many bytes have moved, and of how many where that is known, as it is at the end; at most ten times a
/// second. It runs on the thread that is in the call, and may call the library. `Err` ends the transfer with that
/// error.
pub type Progress = dyn Fn(u64, Option<u64>) -> Result<()> + Send + Sync;

const PATH: [&str; 3] = ["api", "now", "attachment"];

impl Client {
    /// The metadata of attachments, page after page: `GET /api/now/attachment`. Those of one record
    /// (`table` and `sys_id`), of the records of a table, or all; and of these, what a query on
    /// `sys_attachment` matches.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where one of them cannot be used.
    pub fn attachment_list(
        &self,
        table: Option<&str>,
        sys_id: Option<&str>,
        query: Option<&Query>,
    ) -> Result<Cursor> {
        let mut query = query.cloned().unwrap_or_default();
        if let Some(table) = table {
            query.restrict("table_name", TableName::parse(table)?.as_str())?;
        }
        if let Some(sys_id) = sys_id {
            query.restrict("table_sys_id", SysId::parse(sys_id)?.as_str())?;
        }
        Cursor::new(self, &PATH, query)
    }

    /// The metadata of an attachment: `GET /api/now/attachment/{sys_id}`.
    ///
    /// # Errors
    /// [`crate::Status::NotFound`] where there is no such attachment or this user may not see it.
    pub fn attachment_get(&self, sys_id: &str) -> Result<Record> {
        self.record(&request(Method::GET, sys_id, None)?)
    }

    /// Gives an attachment another file name: `PATCH /api/now/attachment/{sys_id}`.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the name is empty; [`crate::Status::NotFound`] where
    /// there is no such attachment; [`crate::Status::Forbidden`] where it may not be renamed, or not so.
    pub fn attachment_rename(&self, sys_id: &str, file_name: &str) -> Result<()> {
        let request = request(Method::PATCH, sys_id, None)?;
        let name = named(file_name)?;
        let body = serde_json::json!({ "file_name": name }).to_string();
        self.settle(&request.json(body))
    }

    /// Deletes an attachment: `DELETE /api/now/attachment/{sys_id}`.
    ///
    /// # Errors
    /// [`crate::Status::NotFound`] where there is no such attachment, [`crate::Status::Forbidden`]
    /// where it may not be deleted.
    pub fn attachment_delete(&self, sys_id: &str) -> Result<()> {
        self.settle(&request(Method::DELETE, sys_id, None)?)
    }
}

/// A call that is about one attachment.
fn request(method: Method, sys_id: &str, what: Option<&str>) -> Result<Request> {
    let sys_id = SysId::parse(sys_id)?;
    let segments = PATH.into_iter().chain([sys_id.as_str()]).chain(what);
    Ok(Request::new(method, segments))
}

/// The name of a file, such as can be given to one.
fn named(file_name: &str) -> Result<&str> {
    match file_name {
        "" => Err(Error::argument("file_name", "it is empty")),
        name => Ok(name),
    }
}
