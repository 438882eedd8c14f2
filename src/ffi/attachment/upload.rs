//! An upload, described: more than where the file is.

use std::ffi::{c_char, c_void};
use std::path::Path;

use super::{progress, snow_progress_fn};
use crate::api::attachment::Upload;
use crate::ffi::argument::{boolean, bytes, copied, text};
use crate::ffi::callback::UserData;
use crate::ffi::client::{kept, snow_client, snow_destroy_fn};
use crate::ffi::error::snow_error;
use crate::ffi::guard;
use crate::ffi::handle::{self, Opaque};
use crate::ffi::library::snow_status;
use crate::ffi::record::{RecordTexts, snow_record};
use crate::ffi::request::{SNOW_LENGTH_UNKNOWN, reading, snow_read_fn};

/// A file to be attached to a record, described. For one thread at a time; it can be sent
/// by several one after the other.
pub struct snow_upload {
    _opaque: [u8; 0],
}

impl Opaque for snow_upload {
    type Value = Upload;
    type Side = ();
    const TAG: u32 = 0x534e_000a;
    const NAME: &'static str = "snow_upload";

    fn side(_: &Upload) {}
}

/// Makes an upload to a record, which needs content before it is sent.
///
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Key of the record; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The upload; release it with snow_upload_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_upload_new(
    table: *const c_char,
    sys_id: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_upload {
    // SAFETY: the header's rule on texts.
    guard::make(error, || unsafe {
        Upload::new(text(table, "table")?, text(sys_id, "sys_id")?)
    })
}

/// Sends the content of a file, in place of other content. The file is opened whenever the
/// upload is sent, and looked at no earlier; its name is that of the attachment unless
/// snow_upload_set_file_name() gives another.
///
/// @param upload      Must not be NULL.
/// @param path        Must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_upload_set_file(
    upload: *mut snow_upload,
    path: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let path = Path::new(text(path, "path")?);
        handle::exclusive(upload, "upload")?.set_file(path)
    })
}

/// Sends these bytes, in place of other content. Needs snow_upload_set_file_name().
///
/// @param upload      Must not be NULL.
/// @param bytes       Copied; may be NULL where the length is 0.
/// @param length      How many there are.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file(); #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_upload_set_bytes(
    upload: *mut snow_upload,
    bytes: *const c_void,
    length: usize,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and bytes.
    guard::status(error, || unsafe {
        let content = self::bytes(bytes.cast(), length, "bytes")?;
        handle::exclusive(upload, "upload")?.set_bytes(copied(content, "bytes")?);
        Ok(())
    })
}

/// Sends what a callback gives, in place of other content. Such an upload can be sent once,
/// and is not repeated where the instance refuses the token: that is renewed for the next
/// call. Needs snow_upload_set_file_name().
///
/// @param upload      Must not be NULL.
/// @param length      In bytes; what the callback gives must be as much.
///                    #SNOW_LENGTH_UNKNOWN sends it in chunks.
/// @param callback    Must not be NULL.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: after the
///                    upload was sent, when other content takes its place, when the upload
///                    is freed, or when this very call fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_upload_set_reader(
    upload: *mut snow_upload,
    length: u64,
    callback: snow_read_fn,
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let data = UserData::new(user_data, destroy);
        // SAFETY: the caller vouches for the function and for what it is handed.
        let read = unsafe { reading(callback, data)? };
        let length = (length != SNOW_LENGTH_UNKNOWN).then_some(length);
        // SAFETY: the header's rule on handles.
        unsafe { handle::exclusive(upload, "upload")? }.set_reader(length, read);
        Ok(())
    })
}

/// The name of the attachment, in place of that of the file.
///
/// @param upload      Must not be NULL.
/// @param file_name   Must not be NULL or empty; any text, encoded as need be.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_upload_set_file_name(
    upload: *mut snow_upload,
    file_name: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let file_name = text(file_name, "file_name")?;
        handle::exclusive(upload, "upload")?.set_file_name(file_name)
    })
}

/// The media type of the attachment, in place of the one that its name suggests
/// (`application/octet-stream` where it suggests none).
///
/// @param upload        Must not be NULL.
/// @param content_type  Such as `"text/csv"`; must not be NULL or empty.
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_upload_set_content_type(
    upload: *mut snow_upload,
    content_type: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let content_type = text(content_type, "content_type")?;
        handle::exclusive(upload, "upload")?.set_content_type(content_type)
    })
}

/// Whether the file is sent as the last part of a form (`multipart/form-data`) and not as
/// the body itself, which is the default. The attachment is the same; some networks let
/// only one of the two pass.
///
/// @param upload      Must not be NULL.
/// @param multipart   1 for a form, 0 for the body itself. A form cannot say a name that
///                    holds `%22`, `%0D` or `%0A`, which stand for a quote and the ends of
///                    lines there; snow_upload_send() refuses it.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_upload_set_multipart(
    upload: *mut snow_upload,
    multipart: i32,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rule on handles.
    guard::status(error, || unsafe {
        let multipart = boolean(multipart, "multipart")?;
        handle::exclusive(upload, "upload")?.set_multipart(multipart);
        Ok(())
    })
}

/// Who is told how far the upload is. Bytes count when they are handed to the connection,
/// which may hold a few of them. Where the upload is made again, see
/// snow_session_set_retry(), progress begins again.
///
/// @param upload      Must not be NULL.
/// @param callback    NULL for nobody, as at the beginning.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: when another
///                    callback takes its place, when the upload is freed, or when this very
///                    call fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_upload_set_progress(
    upload: *mut snow_upload,
    callback: snow_progress_fn,
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let data = UserData::new(user_data, destroy);
        let progress = match callback {
            Some(_) => Some(progress(callback, data)?),
            None => None,
        };
        // SAFETY: the header's rule on handles.
        let mut upload = unsafe { handle::exclusive(upload, "upload")? };
        upload.set_progress(progress);
        Ok(())
    })
}

/// Sends an upload. Another attachment of the same name stays beside the new one.
///
/// `POST /api/now/attachment/file`, or as a form `POST /api/now/attachment/upload`.
///
/// @param client      Must not be NULL.
/// @param upload      Must not be NULL; it can be sent again, unless its content comes from
///                    a callback.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The metadata of the attachment; release it with snow_record_free(). NULL with
///         #SNOW_NOT_FOUND where there is no such record; #SNOW_FORBIDDEN where nothing may
///         be attached to it, or no file of that kind; #SNOW_BAD_REQUEST where the file is
///         too large; #SNOW_FILE where it is no regular file, cannot be read, or changes its
///         size while it is sent; #SNOW_CALLBACK_FAILED; #SNOW_CORRUPT where the instance
///         stored something else than was sent, under the key that the message names; or
///         whatever a call can fail with. Nothing is attached unless
///         snow_error_maybe_applied() says so.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_upload_send(
    client: *mut snow_client,
    upload: *const snow_upload,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rule on handles.
    guard::make(error, || unsafe {
        // A copy, so that a callback may do with the handle what it wants.
        let upload = handle::exclusive(upload, "upload")?.clone();
        Ok(RecordTexts::new(kept(client)?.attachment_upload(&upload)?))
    })
}

/// Frees an upload.
///
/// @param upload  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_upload_free(upload: *mut snow_upload) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(upload) });
}
