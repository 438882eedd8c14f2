//! What a callback of the caller's is handed, and when that ends.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use super::client::{SNOW_HANDLED, snow_destroy_fn};
use super::guard;
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

/// What ends user data, and the data.
#[derive(Clone, Copy)]
struct End(unsafe extern "C-unwind" fn(*mut c_void), *mut c_void);

thread_local! {
    /// What is over, and waits for the end of the call that it was dropped in.
    static OVER: RefCell<Vec<End>> = const { RefCell::new(Vec::new()) };
    /// Whether anything waits, which every call asks.
    static IS_ANYTHING_OVER: Cell<bool> = const { Cell::new(false) };
}

impl Drop for UserData {
    /// Within a call the data ends when that is done with its handles: whoever ends it may call
    /// libsnow, also with them.
    fn drop(&mut self) {
        let Some(destroy) = self.destroy else { return };
        let end = End(destroy, self.user_data);
        // A thread at its end has nowhere left to wait.
        let waits = guard::is_inside() && OVER.try_with(|over| over.borrow_mut().push(end)).is_ok();
        match waits {
            true => IS_ANYTHING_OVER.set(true),
            false => end.run(),
        }
    }
}

impl End {
    fn run(self) {
        let End(destroy, user_data) = self;
        // SAFETY: the caller vouches for the function; this is its one call.
        unsafe { destroy(user_data) };
    }
}

/// Whether something is over that was not ended yet.
#[inline]
pub(super) fn is_anything_over() -> bool {
    IS_ANYTHING_OVER.get()
}

/// Ends what is over.
pub(super) fn end_what_is_over() {
    while IS_ANYTHING_OVER.replace(false) {
        let over = OVER.try_with(RefCell::take).unwrap_or_default();
        over.into_iter().for_each(End::run);
    }
}
