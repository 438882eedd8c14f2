//! What a callback of the caller's is handed, and when that ends.

use std::ffi::c_void;

use super::client::snow_destroy_fn;

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

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the caller vouches for the function; this is its one call.
            unsafe { destroy(self.user_data) };
        }
    }
}
