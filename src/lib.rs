//! libsnow: the ServiceNow REST client.

mod error;

pub use error::{Error, Result, Status};
