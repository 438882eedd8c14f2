//! The way in and out of every exported function.
//!
//! A guard runs the function's body, turns a panic into an error, writes the error object and gives C
//! its value. `tests/abi.rs` checks that the body of every exported function is one guard call.

use std::any::Any;
use std::cell::{Cell, RefCell};
#[cfg(target_os = "linux")]
use std::ffi::c_int;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::callback;
use super::error::snow_error;
use super::handle::{self, Opaque};
use super::library::{SNOW_DONE, SNOW_OK, snow_status};
use crate::error::{Error, Result, Status};

/// A function that reports success or why not.
pub(super) fn status(
    error: *mut *mut snow_error,
    body: impl FnOnce() -> Result<()>,
) -> snow_status {
    report(error, to_its_end(body), SNOW_OK)
}

/// A function that reports whether there is another row.
pub(super) fn next(
    error: *mut *mut snow_error,
    body: impl FnOnce() -> Result<bool>,
) -> snow_status {
    let (outcome, end) = match to_its_end(body) {
        Ok(true) => (Ok(()), SNOW_OK),
        Ok(false) => (Ok(()), SNOW_DONE),
        Err(failure) => (Err(failure), SNOW_OK),
    };
    report(error, outcome, end)
}

/// A function that makes a handle.
pub(super) fn make<O: Opaque>(
    error: *mut *mut snow_error,
    body: impl FnOnce() -> Result<O::Value>,
) -> *mut O {
    match to_its_end(body) {
        Ok(value) => {
            report(error, Ok(()), SNOW_OK);
            handle::give(value)
        }
        Err(failure) => {
            report(error, Err(failure), SNOW_OK);
            ptr::null_mut()
        }
    }
}

/// A function that lends a text, or whatever else lives in a handle.
pub(super) fn lend<T>(
    error: *mut *mut snow_error,
    body: impl FnOnce() -> Result<*const T>,
) -> *const T {
    match caught(body) {
        Ok(text) => {
            report(error, Ok(()), SNOW_OK);
            text
        }
        Err(failure) => {
            report(error, Err(failure), SNOW_OK);
            ptr::null()
        }
    }
}

/// A function that cannot fail in a way its caller would want to hear of.
pub(super) fn value<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    caught(|| Ok(body())).unwrap_or(fallback)
}

/// What runs inside a callback of ours that another library calls: nothing of this library's is between it
/// and the caller, so its failure goes back as that library takes one.
pub(super) fn inside<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    to_its_end(body)
}

fn report(error: *mut *mut snow_error, outcome: Result<()>, success: snow_status) -> snow_status {
    let (object, status) = match outcome {
        Ok(()) => (ptr::null_mut(), success),
        Err(failure) => {
            let status = failure.status().code();
            let object = if error.is_null() {
                ptr::null_mut()
            } else {
                super::error::give(failure)
            };
            (object, status)
        }
    };
    if !error.is_null() {
        // SAFETY: a non-NULL `error` points to a `snow_error *` of the caller's, which may hold
        // anything, so it is written and never read.
        unsafe { error.write(object) };
    }
    status
}

/// A body that may wait, or open and close descriptors, where `pthread_cancel()` would end the thread.
fn to_its_end<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    let _undisturbed = Undisturbed::begin();
    caught(body)
}

/// While it is there nobody ends this thread with `pthread_cancel()`, which unwinds it: through Rust that would end the
/// process. A thread that is cancelled meanwhile ends in the caller's own code.
pub(super) struct Undisturbed {
    #[cfg(target_os = "linux")]
    callers: c_int,
}

#[cfg(target_os = "linux")]
// SAFETY: this is how POSIX declares it, and it writes to `before` alone. The crate libc lacks it for Linux.
unsafe extern "C" {
    safe fn pthread_setcancelstate(state: c_int, before: &mut c_int) -> c_int;
}

impl Undisturbed {
    #[cfg(target_os = "linux")]
    pub(super) fn begin() -> Undisturbed {
        const PTHREAD_CANCEL_DISABLE: c_int = 1;
        let mut callers = 0;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &mut callers);
        Undisturbed { callers }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn begin() -> Undisturbed {
        Undisturbed {}
    }
}

#[cfg(target_os = "linux")]
impl Drop for Undisturbed {
    fn drop(&mut self) {
        pthread_setcancelstate(self.callers, &mut 0);
    }
}

thread_local! {
    /// How many guards this thread is inside of; more than one where a callback calls back.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Where and why this thread panicked last.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn caught<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    keep_panics_quiet();
    DEPTH.set(DEPTH.get() + 1);
    // What the body shares with other threads is either atomic or behind a lock whose poison is
    // cleared on purpose, and what it owns is gone.
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        #[cfg(debug_assertions)]
        test_hook::panic_if_armed();
        body()
    }));
    // By now the body is done with its handles.
    let ended = match callback::is_anything_over() {
        true => panic::catch_unwind(callback::end_what_is_over),
        false => Ok(()),
    };
    DEPTH.set(DEPTH.get() - 1);
    match outcome.and_then(|outcome| ended.map(|()| outcome)) {
        Ok(outcome) => outcome,
        Err(payload) => Err(defect(payload.as_ref())),
    }
}

/// Whether this thread is in a call.
pub(super) fn is_inside() -> bool {
    DEPTH.get() > 0
}

fn defect(payload: &(dyn Any + Send)) -> Error {
    let told = PANIC.try_with(RefCell::take).unwrap_or_default();
    let told = told.unwrap_or_else(|| panic_text(payload).to_owned());
    Error::new(
        Status::Internal,
        format!("a defect of libsnow, please report it: {told}"),
    )
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("panic")
}

/// Panics inside a guard and on threads of ours go into an error object, not to the host's stderr.
fn keep_panics_quiet() {
    static ARE_QUIET: AtomicBool = AtomicBool::new(false);
    // Not `Once`: a child that is forked in this very moment would wait for ever.
    if ARE_QUIET.load(Ordering::Relaxed) || ARE_QUIET.swap(true, Ordering::Relaxed) {
        return;
    }
    let hosts_hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if DEPTH.get() > 0 {
            let place = info
                .location()
                .map(|l| format!(" ({}:{})", l.file(), l.line()));
            let text = panic_text(info.payload());
            let told = format!("{text}{}", place.unwrap_or_default());
            // A thread at its end has nowhere left to keep it.
            let _ = PANIC.try_with(|panic| panic.replace(Some(told)));
        } else if !thread::current()
            .name()
            .is_some_and(|name| name.starts_with("snow-"))
        {
            hosts_hook(info);
        }
    }));
}

/// How tests/panics.rs makes any exported function panic. No part of a library that is built to be used, which is one
/// without debug assertions.
#[cfg(debug_assertions)]
mod test_hook {
    use std::sync::atomic::{AtomicU32, Ordering};

    const ARMED: u32 = 1;
    const WENT_OFF: u32 = 2;

    /// 1 makes the next guard panic, which leaves 2 here.
    #[unsafe(no_mangle)]
    static snow_test_panic: AtomicU32 = AtomicU32::new(0);

    pub(super) fn panic_if_armed() {
        let armed =
            snow_test_panic.compare_exchange(ARMED, WENT_OFF, Ordering::Relaxed, Ordering::Relaxed);
        assert!(armed.is_err(), "a test asked for this panic");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_tells_where() {
        let mut error = ptr::null_mut();
        let status = status(&raw mut error, || panic!("on purpose"));
        assert_eq!(status, Status::Internal.code());
        // SAFETY: the guard wrote an error object, which is freed once.
        let message = unsafe {
            let message = super::super::error::snow_error_message(error);
            std::ffi::CStr::from_ptr(message)
                .to_str()
                .map(str::to_owned)
        };
        let message = message.expect("a message");
        assert!(message.contains("on purpose"), "{message}");
        assert!(message.contains("guard.rs"), "{message}");
        // SAFETY: as above.
        unsafe { super::super::error::snow_error_free(error) };
    }

    #[test]
    fn a_panic_gives_the_fallback() {
        assert_eq!(value(-1, || panic!("on purpose")), -1);
    }

    #[test]
    fn success_writes_null() {
        let mut error = ptr::dangling_mut();
        assert_eq!(status(&raw mut error, || Ok(())), SNOW_OK);
        assert!(error.is_null());
    }
}
