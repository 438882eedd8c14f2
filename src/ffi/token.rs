//! An OAuth token: the access token that signs calls in, the refresh token that renews
//! it, and when it ends. To keep it between runs, write it to a file:
//!
//! ```c
//! static int32_t save_token(void *path, const snow_token *token)
//! {
//!     return snow_token_save(token, path, NULL) == SNOW_OK ? SNOW_HANDLED : 0;
//! }
//! ```
//!
//! The file holds the JSON that pysnow's users already have: what the token endpoint
//! answers, and `expires_at`, the Unix time at which the access token ends. Files that
//! were written from pysnow's tokens load as they are.

use std::ffi::c_char;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use super::argument::text;
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::library::snow_status;
use super::text::{CText, lend};
use crate::session::auth::token::Token;

/// An OAuth token; never changes. Thread-safe.
pub struct snow_token {
    _opaque: [u8; 0],
}

/// A token, with its texts ready to be lent.
pub(super) struct TokenTexts {
    token: Token,
    json: CText,
    access_token: Option<CText>,
    refresh_token: Option<CText>,
}

impl Opaque for snow_token {
    type Value = TokenTexts;
    type Side = ();
    const TAG: u32 = 0x534e_0004;
    const NAME: &'static str = "snow_token";

    fn side(_: &TokenTexts) {}
}

impl TokenTexts {
    pub(super) fn new(token: Token) -> TokenTexts {
        TokenTexts {
            json: CText::new(&Zeroizing::new(token.to_json())),
            access_token: token.access_token().map(CText::new),
            refresh_token: token.refresh_token().map(CText::new),
            token,
        }
    }

    pub(super) fn token(&self) -> &Token {
        &self.token
    }
}

/// Makes a token from JSON, as snow_token_json() gives it and as pysnow's users keep it.
///
/// An access token, which can stand in a header, or a refresh token must be there;
/// everything else may be missing. As JSON a token has at most 64 KiB.
///
/// @param json        A JSON object; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The token; release it with snow_token_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8, or #SNOW_INVALID_ARGUMENT, whose message names the member
///         that cannot be used and never shows its value.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_token_from_json(
    json: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_token {
    // SAFETY: the header's rule on texts.
    guard::make(error, || unsafe {
        Ok(TokenTexts::new(Token::from_json(text(json, "json")?)?))
    })
}

/// Makes a token of which only the refresh token is known; the first call gets the
/// access token.
///
/// @param refresh_token  Copied; must not be NULL or empty. As JSON the token has at most
///                       64 KiB.
/// @param[out] error     Receives the error on failure; may be NULL.
/// @return The token; release it with snow_token_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_token_from_refresh_token(
    refresh_token: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_token {
    // SAFETY: the header's rule on texts.
    guard::make(error, || unsafe {
        let refresh_token = text(refresh_token, "refresh_token")?;
        Ok(TokenTexts::new(Token::from_refresh_token(refresh_token)?))
    })
}

/// Reads a token from a file.
///
/// @param path        Path of the file, or of a pipe, which is read to its end and waited
///                    for without a time limit; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The token; release it with snow_token_free(). NULL with #SNOW_FILE where the
///         file cannot be read, is not UTF-8 or is larger than 64 KiB, else as
///         snow_token_from_json().
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_token_load(
    path: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_token {
    // SAFETY: the header's rule on texts.
    guard::make(error, || unsafe {
        Ok(TokenTexts::new(Token::load(Path::new(text(
            path, "path",
        )?))?))
    })
}

/// Writes a token to a file that only its owner may read (mode 0600).
///
/// The file is replaced whole: whoever reads it, and whatever happens meanwhile, finds
/// the old token or the new one.
///
/// @param token       Must not be NULL.
/// @param path        Path of the file; must not be NULL or empty. Of a symbolic link it is the
///                    file that it leads to which is replaced.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, or
///         #SNOW_FILE where the file cannot be written, or what is there is no regular file,
///         such as a device; it is as it was.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_token_save(
    token: *const snow_token,
    path: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        // A copy, since the handle may be freed while the file is written.
        let token = handle::shared(token, "token")?.token.clone();
        token.save(Path::new(text(path, "path")?))
    })
}

/// The token as JSON: a secret, to be kept like a password.
///
/// @param token        May be NULL.
/// @param[out] length  Receives its length in bytes without the NUL; may be NULL.
/// @return Borrowed until the token is freed; NULL for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_token_json(
    token: *const snow_token,
    length: *mut usize,
) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the header's rules on handles and outputs.
        unsafe { lend(read(token).map(|t| &t.json), length) }
    })
}

/// The access token.
///
/// @param token  May be NULL.
/// @return Borrowed until the token is freed; NULL where there is none yet.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_token_access_token(token: *const snow_token) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the header's rule on handles; no length is asked for.
        unsafe {
            lend(
                read(token).and_then(|t| t.access_token.as_ref()),
                std::ptr::null_mut(),
            )
        }
    })
}

/// The refresh token.
///
/// @param token  May be NULL.
/// @return Borrowed until the token is freed; NULL where the grant gave none.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_token_refresh_token(token: *const snow_token) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the header's rule on handles; no length is asked for.
        unsafe {
            lend(
                read(token).and_then(|t| t.refresh_token.as_ref()),
                std::ptr::null_mut(),
            )
        }
    })
}

/// When the access token ends.
///
/// @param token  May be NULL.
/// @return Seconds since 1970 (UTC); -1 where it is not known.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_token_expires_at(token: *const snow_token) -> i64 {
    guard::value(-1, || {
        // SAFETY: the header's rule on handles.
        let expires_at = unsafe { read(token) }.and_then(|t| t.token.expires_at());
        expires_at
            .and_then(|time| time.try_into().ok())
            .unwrap_or(-1)
    })
}

/// Frees a token.
///
/// @param token  NULL does nothing, and so does a token that a callback was lent.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_token_free(token: *mut snow_token) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(token) });
}

/// # Safety
/// As for [`handle::shared`].
unsafe fn read<'a>(token: *const snow_token) -> Option<&'a TokenTexts> {
    // SAFETY: as promised by the caller.
    unsafe { handle::shared(token, "token") }.ok()
}
