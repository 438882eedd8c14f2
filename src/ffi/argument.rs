//! What a caller passes in, checked once: not NULL where it must not be, UTF-8, in range.

use std::ffi::{CStr, c_char};
use std::slice;

use super::handle::null;
use crate::error::{Error, Result, Status};
use crate::room;

/// A text that must be there.
///
/// # Safety
/// `pointer` is NULL, or NUL-terminated text that stays as it is during `'a`.
pub(super) unsafe fn text<'a>(pointer: *const c_char, argument: &str) -> Result<&'a str> {
    // SAFETY: as promised by the caller.
    unsafe { optional_text(pointer, argument) }?.ok_or_else(|| null(argument))
}

/// A text that may be NULL.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn optional_text<'a>(
    pointer: *const c_char,
    argument: &str,
) -> Result<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: it is not NULL, and NUL-terminated as promised by the caller.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str()
        .map(Some)
        .map_err(|error| not_utf8(argument, error))
}

/// Bytes with a length; a length of 0 means that the pointer is not looked at.
///
/// # Safety
/// `pointer` is NULL, or `length` bytes that stay as they are during `'a`.
pub(super) unsafe fn bytes<'a>(
    pointer: *const u8,
    length: usize,
    argument: &str,
) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null(argument));
    }
    if length > isize::MAX.unsigned_abs() {
        let problem = format!("a length of {length} is more than memory can hold");
        return Err(Error::argument(argument, problem));
    }
    // SAFETY: it is not NULL, and the length is that of the caller's memory, as promised.
    Ok(unsafe { slice::from_raw_parts(pointer, length) })
}

/// A copy of the caller's bytes, of which there may be more than memory has room for.
pub(super) fn copied(bytes: &[u8], argument: &str) -> Result<Vec<u8>> {
    room::copy(bytes, 0).map_err(|_| {
        let count = bytes.len();
        let message = format!(
            "{argument}: there is no memory for a copy of its {count} bytes; give them by a file or a callback"
        );
        Error::new(Status::NoMemory, message)
    })
}

/// Room for bytes. No more of it is used than one read fills, of an answer that is coming in.
///
/// # Safety
/// `pointer` is NULL, or `size` bytes that are the callee's alone during `'a`.
pub(super) unsafe fn room<'a>(
    pointer: *mut u8,
    size: usize,
    argument: &str,
) -> Result<&'a mut [u8]> {
    const MOST: usize = 64 * 1024;
    if pointer.is_null() {
        return Err(null(argument));
    }
    let size = size.min(MOST);
    // SAFETY: it is not NULL and has that size, as promised; what the caller left in it, which may be
    // nothing at all, is written over before anyone can read it.
    unsafe {
        pointer.write_bytes(0, size);
        Ok(slice::from_raw_parts_mut(pointer, size))
    }
}

/// A list of texts, none of which may be NULL.
///
/// # Safety
/// `pointer` is NULL, or `count` pointers, each as for [`text`].
pub(super) unsafe fn texts<'a>(
    pointer: *const *const c_char,
    count: usize,
    argument: &str,
) -> Result<Vec<&'a str>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if pointer.is_null() {
        return Err(null(argument));
    }
    if count > isize::MAX.unsigned_abs() / size_of::<*const c_char>() {
        return Err(Error::argument(
            argument,
            format!("a count of {count} is out of range"),
        ));
    }
    // SAFETY: it is not NULL and holds `count` pointers, as promised by the caller.
    let pointers = unsafe { slice::from_raw_parts(pointer, count) };
    pointers
        .iter()
        .enumerate()
        .map(|(index, &one)| {
            // SAFETY: each is NULL or a text, as promised by the caller.
            let one = unsafe { text(one, argument) };
            one.map_err(|error| error.about(&format!("{argument}[{index}]")))
        })
        .collect()
}

/// Where a result goes that must be asked for.
///
/// # Safety
/// `pointer` is NULL, or points to a `T` of the caller's.
pub(super) unsafe fn output<'a, T>(pointer: *mut T, argument: &str) -> Result<Output<'a, T>> {
    if pointer.is_null() {
        return Err(null(argument));
    }
    Ok(Output {
        pointer,
        place: std::marker::PhantomData,
    })
}

/// A place of the caller's that is written and never read: it may hold anything.
pub(super) struct Output<'a, T> {
    pointer: *mut T,
    place: std::marker::PhantomData<&'a mut T>,
}

impl<T> Output<'_, T> {
    pub(super) fn write(&self, value: T) {
        // SAFETY: it is not NULL and points to a `T`, as promised to `output`.
        unsafe { self.pointer.write(value) };
    }
}

/// A truth value: 0 or 1.
pub(super) fn boolean(value: i32, argument: &str) -> Result<bool> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::argument(
            argument,
            format!("it is {value}; accepted are 0 and 1"),
        )),
    }
}

fn not_utf8(argument: &str, error: std::str::Utf8Error) -> Error {
    let problem = format!(
        "{argument}: it is not UTF-8 from byte {} on",
        error.valid_up_to()
    );
    Error::new(Status::InvalidUtf8, problem)
}
