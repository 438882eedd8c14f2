//! The ServiceNow client for every language: safe Rust here, and a C ABI over it in [`ffi`].
//!
//! ```no_run
//! # fn main() -> snow::Result<()> {
//! use snow::{Client, Operator, Query, Session};
//!
//! let mut session = Session::new();
//! session.set_basic_auth("admin", "secret")?;
//! let client = Client::new("dev12345", &session)?;
//!
//! let mut query = Query::new();
//! query.filter("active", Operator::Eq, Some("true"))?;
//! let mut incidents = client.table_list("incident", Some(&query))?;
//! while let Some(incident) = incidents.next_record()? {
//!     println!("{}", incident.get("number").unwrap_or_default());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Session`] is how to reach an instance: credentials, TLS, proxy, time limits. A [`Client`] is one
//! instance reached in that way; it serves any number of threads, and every call runs on the thread that
//! makes it. A [`Query`] says which rows of a table, in what order and form; a [`Cursor`] gives them one
//! by one, a [`Record`] is one of them. An [`Upload`] is a file to be attached to a record. A [`Token`]
//! is an OAuth token, which the client renews by itself.
//! An [`Error`] has a [`Status`] to act on, the instance's own words, and whether a write may have
//! happened.
//!
//! Calls block. From inside a tokio runtime they work too, but block that runtime's thread meanwhile.

#[cfg(panic = "abort")]
compile_error!(
    "no panic may cross the C ABI, and with panic=abort none could be caught: build with unwinding"
);

mod api;
mod client;
mod error;
mod export;
pub mod ffi;
mod file;
mod progress;
mod query;
mod record;
mod request;
mod response;
mod room;
mod runtime;
mod session;
mod sync;
mod table;

// The judge in fuzz/ is a test of the crate as well, and calls it by its name.
#[cfg(test)]
extern crate self as snow;

/// How answers are read, for those who put it to the test: `benches/` and `fuzz/`. No part of the API.
#[doc(hidden)]
pub mod reading {
    pub use crate::record::page::{Envelope, EnvelopeError, Page, Results, Words, finish};
    pub use crate::record::row::Rows;
    pub use crate::record::scanner::{KnownShapes, Scanner};

    use std::sync::Arc;

    use crate::request::Request;
    use crate::response::{Head, Response};
    use crate::session::Address;

    /// The answer to a request, as it would come in.
    ///
    /// # Panics
    /// Where the method or the status is none of HTTP.
    #[must_use]
    pub fn answer(method: &str, status: u16, headers: http::HeaderMap, body: Vec<u8>) -> Response {
        let request = Request::to_path(method, "/api").expect("a method");
        let address = Address::parse("instance", false).expect("a name");
        let status = http::StatusCode::from_u16(status).expect("a status");
        let head = Head::new(&address, &request, status, headers, &Arc::default());
        Response::new(head, body)
    }
}

pub use api::attachment::{Progress, Upload};
pub use api::diagnosis::{Check, Diagnosis, Outcome};
pub use client::Client;
pub use error::{Error, Result, Status};
pub use export::{
    ArrowBatches, Export, ExportCount, ExportOrder, ExportProgress, ExportProgressCallback,
    ExportRows,
};
pub use query::{DisplayValue, Operator, Query};
pub use record::{Field, Record};
pub use request::{ReadBody, Request};
pub use response::{Response, Stream};
pub use session::Session;
pub use session::auth::refresh::TokenCallback;
pub use session::auth::token::Token;
pub use session::log::{LogCallback, LogLevel};
pub use session::statistics::Statistic;
pub use table::{Canceller, Created, Cursor};
