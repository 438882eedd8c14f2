//! Text that is lent to the caller: NUL-terminated, with its length, alive as long as its handle.

use std::ffi::c_char;
use std::ptr;

use secrecy::zeroize::Zeroizing;

use crate::error::{Error, Result, Status};
use crate::room;

/// A text with a NUL after it, wiped when it is dropped.
///
/// Wiped because most of what an instance holds is somebody's, and some of it a secret.
pub(super) struct CText(Zeroizing<Vec<u8>>);

impl CText {
    pub(super) fn new(text: &str) -> CText {
        let mut copy = Vec::with_capacity(text.len() + 1);
        copy.extend_from_slice(text.as_bytes());
        copy.push(0);
        CText(Zeroizing::new(copy))
    }

    /// Of so many bytes as an answer may have, which may be no text, and may hold a NUL themselves.
    pub(super) fn of_answer(bytes: &[u8]) -> Result<CText> {
        let copy = room::copy(bytes, 1).map_err(|_| {
            let message =
                "there is no memory for a copy of the answer; read it by snow_response_read()";
            Error::new(Status::NoMemory, message)
        });
        let mut text = Zeroizing::new(copy?);
        text.push(0);
        Ok(CText(text))
    }

    /// Without the NUL.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0[..self.length()]
    }

    pub(super) fn pointer(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    /// The length without the NUL.
    pub(super) fn length(&self) -> usize {
        self.0.len() - 1
    }
}

/// Lends a text, or NULL where there is none; writes its length where the caller wants it.
///
/// # Safety
/// `length` is NULL, or points to a `size_t` of the caller's.
pub(super) unsafe fn lend(text: Option<&CText>, length: *mut usize) -> *const c_char {
    if !length.is_null() {
        // SAFETY: as promised by the caller; it is written and never read.
        unsafe { length.write(text.map_or(0, CText::length)) };
    }
    text.map_or(ptr::null(), CText::pointer)
}
