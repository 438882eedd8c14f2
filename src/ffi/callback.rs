//! What a callback of the caller's is handed, and when that ends.

use std::ffi::c_void;

use super::client::{SNOW_HANDLED, snow_destroy_fn};
use crate::error::{Error, Result, Status};

/// What the caller wants handed to its callback.
pub(super) struct UserData {
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
}

// SAFETY: libsnow only carries the pointer; the header says on which threads the callback runs.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// From here on, however things end, `destroy` is called once.
    pub(super) fn new(user_data: *mut c_void, destroy: snow_destroy_fn) -> UserData {
        UserData { user_data, destroy }
    }

    pub(super) fn pointer(&self) -> *mut c_void {
        self.user_data
    }
}

/// What a callback returned: success is one value, anything else a failure that keeps it.
pub(super) fn handled(value: i32, otherwise: &str) -> Result<()> {
    match value {
        SNOW_HANDLED => Ok(()),
        value => Err(Error::new(Status::CallbackFailed, otherwise).with_callback_value(value)),
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the caller vouches for the function; this is its one call.
            unsafe { destroy(self.user_data) };
        }
    }
}
