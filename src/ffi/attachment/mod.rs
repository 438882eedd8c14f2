//! The files that hang on records. What an instance tells of one is a record of
//! `sys_attachment`: `file_name`, `content_type`, `size_bytes`, `table_name`,
//! `table_sys_id` and so on.
//!
//! ```c
//! snow_record *attached = snow_attachment_upload_file(client, "incident", sys_id,
//!                                                     "disk.log", &error);
//! if (attached)
//!     puts(snow_record_json(attached, NULL));
//! snow_record_free(attached);
//! if (snow_attachment_download_file(client, attachment, "copy.log", &error))
//!     fprintf(stderr, "%s\n", snow_error_message(error));
//! ```
//!
//! A file is never in memory as a whole, unless you ask for it there. What the session
//! says of time holds from one piece to the next, not for the whole of a file.
//!
//! After a transfer both ends are held against each other, by size and, where the
//! instance tells it, by SHA-256; where they differ the call gives #SNOW_CORRUPT. A page
//! in place of a file (hibernating, login) is an error and never taken for the file.
//!
//! A `snow_upload` says more of an upload than where the file is: another name, a media
//! type, content from memory or from a callback, a form in place of a raw body, who is
//! told how far it is.

use std::ffi::{c_char, c_void};
use std::path::Path;
use std::sync::Arc;

use super::argument::{optional_text, text};
use super::callback::{UserData, handled};
use super::client::{kept, snow_client, snow_destroy_fn};
use super::cursor::{CursorRow, snow_cursor};
use super::error::snow_error;
use super::guard;
use super::handle;
use super::library::snow_status;
use super::query::{optional_query, snow_query};
use super::record::{RecordTexts, snow_record};
use super::response::{ResponseTexts, snow_response};
use crate::api::attachment::Progress;
use crate::error::Result;

/// Takes the next bytes of a download.
///
/// Runs on the thread that is inside the download, with no lock held: it may call libsnow,
/// also on the same client.
///
/// @param user_data  As given beside it.
/// @param bytes      Borrowed until the callback returns.
/// @param length     How many there are; not 0.
/// @return #SNOW_HANDLED; any other value ends the download with #SNOW_CALLBACK_FAILED.
pub type snow_write_fn = Option<
    unsafe extern "C-unwind" fn(user_data: *mut c_void, bytes: *const c_void, length: usize) -> i32,
>;

/// Is told how far a transfer is: at most ten times a second, and once when all bytes
/// have moved.
///
/// Runs on the thread that is inside the transfer, with no lock held: it may call libsnow,
/// also on the same client.
///
/// @param user_data  As given beside it.
/// @param bytes      How many bytes of the file have moved.
/// @param total      How many it has; -1 where that is not known; in the last call it
///                   is.
/// @return #SNOW_HANDLED to go on; any other value cancels the transfer, which gives
///         #SNOW_CALLBACK_FAILED and leaves nothing behind, neither here nor there.
pub type snow_progress_fn =
    Option<unsafe extern "C-unwind" fn(user_data: *mut c_void, bytes: u64, total: i64) -> i32>;

/// The metadata of attachments: of one record, of all records of a table, or of all.
///
/// `GET /api/now/attachment`, page after page. An attachment hangs on the table under
/// whose name it was uploaded, which may be the record's own or one that it extends.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; NULL for any.
/// @param sys_id      Key of the record; NULL for any.
/// @param query       Which of these, in what order, which fields; a query on
///                    `sys_attachment`. NULL for all.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return A cursor; release it with snow_cursor_free(). NULL with #SNOW_INVALID_ARGUMENT,
///         #SNOW_NULL_ARGUMENT or #SNOW_INVALID_UTF8. No traffic happens before the first row
///         is asked for.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_attachment_list(
    client: *mut snow_client,
    table: *const c_char,
    sys_id: *const c_char,
    query: *const snow_query,
    error: *mut *mut snow_error,
) -> *mut snow_cursor {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let table = optional_text(table, "table")?;
        let sys_id = optional_text(sys_id, "sys_id")?;
        let query = optional_query(query)?;
        let client = kept(client)?;
        let cursor = client.attachment_list(table, sys_id, query.as_ref())?;
        Ok(CursorRow::new(cursor))
    })
}

/// The metadata of an attachment.
///
/// `GET /api/now/attachment/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NOT_FOUND where
///         there is none or this user may not see it, or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_attachment_get(
    client: *mut snow_client,
    sys_id: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let sys_id = text(sys_id, "sys_id")?;
        Ok(RecordTexts::new(kept(client)?.attachment_get(sys_id)?))
    })
}

/// Attaches a file to a record, under its own name and with the media type that the name
/// suggests. For more to say there is snow_upload_new().
///
/// `POST /api/now/attachment/file`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Key of the record; must not be NULL or empty.
/// @param path        The file; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_send().
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_attachment_upload_file(
    client: *mut snow_client,
    table: *const c_char,
    sys_id: *const c_char,
    path: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let (table, sys_id) = (text(table, "table")?, text(sys_id, "sys_id")?);
        let path = Path::new(text(path, "path")?);
        let attached = kept(client)?.attachment_upload_file(table, sys_id, path)?;
        Ok(RecordTexts::new(attached))
    })
}

/// Writes the content of an attachment to a file.
///
/// `GET /api/now/attachment/{sys_id}/file`. A file that is there already is replaced, and
/// only when all of the content is there and right: until then it goes to a file of another
/// name in the same folder, which is gone if the download fails. The new file has the mode
/// and group of the one that it replaces, so that a private one stays private; the group is
/// allowed nothing where its files are not this user's to make. Where nothing was there the
/// umask decides. Where the content breaks off it is asked for again, see
/// snow_session_set_retry(); progress begins again then.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param path        The file; must not be NULL or empty. What is there and is no regular
///                    file is refused; of a symbolic link, what it leads to is replaced.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND where there is no such attachment or this user may not
///         see it, #SNOW_FILE where the file cannot be written, #SNOW_CUT_BODY,
///         #SNOW_CORRUPT, or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_attachment_download_file(
    client: *mut snow_client,
    sys_id: *const c_char,
    path: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (sys_id, path) = (text(sys_id, "sys_id")?, text(path, "path")?);
        kept(client)?.attachment_download_file(sys_id, Path::new(path), None)
    })
}

/// As snow_attachment_download_file(), and tells how far it is.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param path        The file; must not be NULL or empty.
/// @param callback    Must not be NULL.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` before this call returns; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_attachment_download_file(); #SNOW_CALLBACK_FAILED where the callback
///         cancels it.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_attachment_download_file_with_progress(
    client: *mut snow_client,
    sys_id: *const c_char,
    path: *const c_char,
    callback: snow_progress_fn,
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let data = UserData::new(user_data, destroy);
        let progress = progress(callback, data)?;
        // SAFETY: the header's rules on texts.
        let (sys_id, path) = unsafe { (text(sys_id, "sys_id")?, text(path, "path")?) };
        // SAFETY: the header's rule on handles.
        let client = unsafe { kept(client)? };
        client.attachment_download_file(sys_id, Path::new(path), Some(progress))
    })
}

/// The content of an attachment, in memory.
///
/// `GET /api/now/attachment/{sys_id}/file`. Where the content breaks off it is asked for
/// again, see snow_session_set_retry().
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The content as the body of a response, see snow_response_body(); release it with
///         snow_response_free(). Its header `Content-Type` is the media type. NULL with the
///         statuses of snow_attachment_download_file() but #SNOW_FILE.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_attachment_download(
    client: *mut snow_client,
    sys_id: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_response {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let sys_id = text(sys_id, "sys_id")?;
        Ok(ResponseTexts::whole(
            kept(client)?.attachment_download(sys_id)?,
        ))
    })
}

/// Hands the content of an attachment to a callback, piece by piece. Whether it was whole
/// and right is known when this returns, and not before.
///
/// `GET /api/now/attachment/{sys_id}/file`. Where the content breaks off it is not asked for
/// again: what was handed over cannot be taken back.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param callback    Must not be NULL.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` before this call returns; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_attachment_download_file() but #SNOW_FILE; #SNOW_CALLBACK_FAILED where the
///         callback ends it.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_attachment_download_to(
    client: *mut snow_client,
    sys_id: *const c_char,
    callback: snow_write_fn,
    user_data: *mut c_void,
    destroy: snow_destroy_fn,
    error: *mut *mut snow_error,
) -> snow_status {
    guard::status(error, || {
        let data = UserData::new(user_data, destroy);
        let function = callback.ok_or_else(|| handle::null("callback"))?;
        // SAFETY: the header's rule on texts.
        let sys_id = unsafe { text(sys_id, "sys_id")? };
        // SAFETY: the header's rule on handles.
        let client = unsafe { kept(client)? };
        client.attachment_download_to(sys_id, &mut |piece| {
            // SAFETY: the caller vouches for the function and for what it is handed.
            let value = unsafe { function(data.pointer(), piece.as_ptr().cast(), piece.len()) };
            handled(value, "the callback that takes the download failed")
        })
    })
}

/// Begins to read the content of an attachment, which snow_response_read() gives while it
/// comes in.
///
/// `GET /api/now/attachment/{sys_id}/file`.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return A response as of snow_client_open(); release it with snow_response_free(). In
///         place of #SNOW_DONE snow_response_read() gives #SNOW_CORRUPT where the content
///         was not what it should be. NULL with #SNOW_NOT_FOUND where there is no such
///         attachment or this user may not see it, or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_attachment_open(
    client: *mut snow_client,
    sys_id: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_response {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let sys_id = text(sys_id, "sys_id")?;
        Ok(ResponseTexts::streamed(
            kept(client)?.attachment_open(sys_id)?,
        ))
    })
}

/// Gives an attachment another file name. Its media type stays.
///
/// `PATCH /api/now/attachment/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param file_name   Must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND where there is no such attachment, #SNOW_FORBIDDEN where
///         it may not be renamed, or not so; or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_attachment_rename(
    client: *mut snow_client,
    sys_id: *const c_char,
    file_name: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (sys_id, file_name) = (text(sys_id, "sys_id")?, text(file_name, "file_name")?);
        kept(client)?.attachment_rename(sys_id, file_name)
    })
}

/// Deletes an attachment, in one request.
///
/// `DELETE /api/now/attachment/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND where there is no such attachment, #SNOW_FORBIDDEN where
///         it may not be deleted; or whatever a call can fail with.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_attachment_delete(
    client: *mut snow_client,
    sys_id: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        kept(client)?.attachment_delete(text(sys_id, "sys_id")?)
    })
}

pub mod upload;

fn progress(callback: snow_progress_fn, data: UserData) -> Result<Arc<Progress>> {
    let function = callback.ok_or_else(|| handle::null("callback"))?;
    Ok(Arc::new(move |bytes, total: Option<u64>| {
        let total = total.and_then(|total| total.try_into().ok()).unwrap_or(-1);
        // SAFETY: the caller vouches for the function and for what it is handed.
        let value = unsafe { function(data.pointer(), bytes, total) };
        handled(
            value,
            "the callback that is told of the progress cancelled the transfer",
        )
    }))
}
