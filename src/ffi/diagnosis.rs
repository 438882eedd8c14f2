//! A diagnosis tells what keeps a client from working, and what to do about it: whether the
//! name of the instance resolves, whether it takes connections and its certificate is trusted,
//! which proxy is used, whether it signs the client in and as whom, whether a table may be
//! read, which rate rule counts the calls, and whether the clocks agree.
//!
//! ```c
//! snow_diagnosis *diagnosis = snow_client_diagnose(client, "incident", &error);
//! fputs(snow_diagnosis_text(diagnosis, NULL), stdout);
//! snow_diagnosis_free(diagnosis);
//! ```

use std::ffi::c_char;
use std::ptr;

use super::argument::optional_text;
use super::client::{kept, snow_client};
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::text::{CText, lend};
use crate::api::diagnosis::Diagnosis;

/// What was found; never changes. Thread-safe.
pub struct snow_diagnosis {
    _opaque: [u8; 0],
}

/// A diagnosis as it is lent.
pub struct DiagnosisTexts {
    is_ok: bool,
    text: CText,
    json: CText,
}

impl DiagnosisTexts {
    fn new(diagnosis: &Diagnosis) -> DiagnosisTexts {
        DiagnosisTexts {
            is_ok: diagnosis.is_ok(),
            text: CText::new(&diagnosis.text()),
            json: CText::new(&diagnosis.json()),
        }
    }
}

impl Opaque for snow_diagnosis {
    type Value = DiagnosisTexts;
    type Side = ();
    const TAG: u32 = 0x534e_000d;
    const NAME: &'static str = "snow_diagnosis";

    fn side(_: &DiagnosisTexts) {}
}

/// Looks for what keeps a client from working. What is wrong with the instance, or the way to
/// it, is what the diagnosis tells, and no failure of this function.
///
/// First the name, a connection and the TLS handshake, without credentials and for as long as
/// the session's time limit for connecting each; then at most three calls and a sign-in:
/// `GET /api/now/table/sys_user`, `sys_user_has_role` and the table named.
///
/// @param client      Must not be NULL.
/// @param table       A table that the client is to read, such as `"incident"`; NULL to look
///                    at none.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The diagnosis; release it with snow_diagnosis_free(). NULL with
///         #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT where `table` can
///         be no name of a table, #SNOW_CLOSED, #SNOW_CANCELLED.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_client_diagnose(
    client: *mut snow_client,
    table: *const c_char,
    error: *mut *mut snow_error,
) -> *mut snow_diagnosis {
    // SAFETY: the header's rules on handles and texts.
    guard::make(error, || unsafe {
        let table = optional_text(table, "table")?;
        Ok(DiagnosisTexts::new(&kept(client)?.diagnose(table)?))
    })
}

/// Whether nothing is in the way of the client.
///
/// @param diagnosis  May be NULL.
/// @return 1 if no check failed, else 0; 0 for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_diagnosis_is_ok(diagnosis: *const snow_diagnosis) -> i32 {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        let texts = unsafe { handle::shared(diagnosis, "diagnosis") };
        texts.is_ok_and(|texts| texts.is_ok).into()
    })
}

/// The diagnosis for a person: a line for each check (passed, FAILED, not checked), and one
/// below it where there is something to do.
///
/// @param diagnosis    May be NULL.
/// @param[out] length  Receives its length in bytes without the NUL; may be NULL.
/// @return Borrowed until the diagnosis is freed; NULL for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_diagnosis_text(
    diagnosis: *const snow_diagnosis,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the header's rules on handles and outputs.
    guard::value(ptr::null(), || unsafe {
        let texts = handle::shared(diagnosis, "diagnosis");
        lend(texts.ok().map(|texts| &texts.text), length)
    })
}

/// The diagnosis for a program: `{"instance", "ok", "checks": [...]}`, where each check has a
/// `name` (`name_resolution`, `connect`, `proxy`, `tls`, `sign_in`, `user`, `table`,
/// `rate_rules`, `clock`), an `outcome` (`passed`, `failed`, `not_checked`), a `finding`, an
/// `advice` or null, and `facts`: `addresses` of the name resolution, `url` of the proxy,
/// `version`, `issuer`, `expires` of TLS, `status` (such as `"SNOW_FORBIDDEN"`) of a sign-in
/// or a table that failed, `user_name`, `time_zone`, `roles` of the user, `limit`, `reset`,
/// `rule` of rate rules, `ahead_seconds` of the clock.
///
/// @param diagnosis    May be NULL.
/// @param[out] length  Receives its length in bytes without the NUL; may be NULL.
/// @return Borrowed until the diagnosis is freed; NULL for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_diagnosis_json(
    diagnosis: *const snow_diagnosis,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the header's rules on handles and outputs.
    guard::value(ptr::null(), || unsafe {
        let texts = handle::shared(diagnosis, "diagnosis");
        lend(texts.ok().map(|texts| &texts.json), length)
    })
}

/// Frees a diagnosis.
///
/// @param diagnosis  NULL does nothing.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_diagnosis_free(diagnosis: *mut snow_diagnosis) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(diagnosis) });
}
