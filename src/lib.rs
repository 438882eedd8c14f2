//! libsnow: the ServiceNow REST client for every language.

#[cfg(panic = "abort")]
compile_error!(
    "no panic may cross the C ABI, and with panic=abort none could be caught; build with unwinding"
);

mod client;
mod error;
pub mod ffi;
mod query;
mod record;
mod request;
mod response;
mod runtime;
mod session;
mod table;

pub use client::Client;
pub use error::{Error, Result, Status};
pub use query::{DisplayValue, Operator, Query};
pub use record::{Field, Record};
pub use session::Session;
pub use session::auth::token::Token;
pub use table::{Cursor, CursorCancel};

/// The version of the binary interface: the number in `libsnow.so.N`.
pub(crate) fn abi_version() -> u32 {
    env!("SNOW_ABI_VERSION").parse().unwrap_or(0)
}
