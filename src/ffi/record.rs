//! A record is one row: read from an instance, or built to be sent to one.
//!
//! A field can have three texts: its stored value, its display value, and for a reference the link
//! to the record that it refers to. Which of them an instance sends is chosen by
//! snow_query_display_value().
//!
//! ```text
//!                     snow_record_get()   snow_record_display()   snow_record_link()
//! SNOW_DISPLAY_FALSE  value               of a scalar, its value  of a reference
//! SNOW_DISPLAY_TRUE   of a scalar, text   display value           of a reference
//! SNOW_DISPLAY_ALL    value               display value           of a reference
//! ```
//!
//! A field that is absent (not asked for, or hidden from this user) gives NULL; a field that is
//! empty gives `""`.
//!
//! A record that was read can be written again, changed or not. Its stored values are sent,
//! or with snow_query_input_display_value() its display values: those of #SNOW_DISPLAY_ALL
//! go either way. A field that came without the one that is to be sent is
//! #SNOW_INVALID_ARGUMENT, and nothing is sent: a time as it is displayed would be stored as
//! one of another zone. That holds for the fields of the Table API, whose form a record
//! remembers; one that is set, or made from JSON, is sent as it is. With #SNOW_DISPLAY_TRUE
//! name the fields: of a journal its history is displayed, and would be added to it.
//!
//! ```c
//! snow_record *changes = snow_record_new(&error);
//! snow_record_set(changes, "state", "6", &error);
//! snow_record_set(changes, "close_notes", "Restarted.", &error);
//! ```

use std::ffi::c_char;
use std::ptr;

use super::argument::{bytes, text};
use super::error::snow_error;
use super::guard;
use super::handle::{self, Opaque};
use super::library::snow_status;
use super::text::{CText, lend};
use crate::error::{Error, Result};
use crate::record::Record;

/// One row. For one thread at a time.
pub struct snow_record {
    _opaque: [u8; 0],
}

impl Opaque for snow_record {
    type Value = RecordTexts;
    type Side = ();
    const TAG: u32 = 0x534e_0006;
    const NAME: &'static str = "snow_record";

    fn side(_: &RecordTexts) {}
}

/// A record, and the texts of it that were lent.
pub struct RecordTexts {
    record: Record,
    lent: Vec<Lent>,
}

/// A text that was lent. It stays until the record goes, whatever is set meanwhile.
struct Lent {
    field: String,
    part: Part,
    text: CText,
    /// False once it was set to something else.
    current: bool,
}

/// Which text of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Display,
    Json,
    Link,
    Name,
    Value,
}

impl RecordTexts {
    pub(super) fn new(record: Record) -> RecordTexts {
        RecordTexts {
            record,
            lent: Vec::new(),
        }
    }

    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    fn set(&mut self, field: &str, value: &str) -> Result<()> {
        self.record.set(field, value)?;
        for lent in &mut self.lent {
            lent.current &= lent.field != field && lent.part != Part::Json;
        }
        Ok(())
    }

    /// The text of a part, kept so that it can be lent.
    fn part(&mut self, field: &str, part: Part) -> Option<&CText> {
        let known = self
            .lent
            .iter()
            .position(|lent| lent.current && lent.part == part && lent.field == field);
        if let Some(index) = known {
            return Some(&self.lent[index].text);
        }
        let text = match part {
            Part::Display => CText::new(&self.record.display(field)?),
            Part::Json => CText::new(&self.record.to_json()),
            Part::Link => CText::new(&self.record.link(field)?),
            Part::Name => CText::new(field),
            Part::Value => CText::new(&self.record.get(field)?),
        };
        self.lent.push(Lent {
            field: field.to_owned(),
            part,
            text,
            current: true,
        });
        self.lent.last().map(|lent| &lent.text)
    }

    fn name(&mut self, index: usize) -> Option<&CText> {
        let name = self.record.field_name(index)?.to_owned();
        self.part(&name, Part::Name)
    }
}

/// Makes a record without fields.
///
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL only for want of a
///         working library (#SNOW_INTERNAL).
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_record_new(error: *mut *mut snow_error) -> *mut snow_record {
    guard::make(error, || Ok(RecordTexts::new(Record::new())))
}

/// Makes a record from a JSON object, or from an answer that holds one
/// (`{"result":{...}}`).
///
/// @param json        The JSON in UTF-8; need not end in a NUL; may be NULL if `length`
///                    is 0, which is no JSON.
/// @param length      Its length in bytes.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_ARGUMENT where it is not one JSON object, or has more than 65,536
///         fields, 127 levels or 256 MiB, or #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_record_from_json(
    json: *const c_char,
    length: usize,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    guard::make(error, || {
        // SAFETY: the header's rule on spans of bytes.
        let json = unsafe { bytes(json.cast(), length, "json")? };
        Ok(RecordTexts::new(Record::from_json(json)?))
    })
}

/// Sets a field to a text, in place of the value that it has.
///
/// Texts that the record has lent stay until it is freed. To send many records in a loop,
/// make each anew rather than reading and setting one again and again.
///
/// @param record      Must not be NULL, and not one that a cursor or a response lends: clone
///                    that first.
/// @param field       Name of the field; must not be NULL.
/// @param value       Copied; must not be NULL; `""` empties the field.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT,
///         #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_record_set(
    record: *mut snow_record,
    field: *const c_char,
    value: *const c_char,
    error: *mut *mut snow_error,
) -> snow_status {
    // SAFETY: the header's rules on handles and texts.
    guard::status(error, || unsafe {
        let (field, value) = (text(field, "field")?, text(value, "value")?);
        let mut record = handle::exclusive(record, "record")?;
        if record.is_lent() {
            let problem = "it is lent; accepted is one of the caller's own, such as a clone";
            return Err(Error::argument("record", problem));
        }
        record.set(field, value)
    })
}

/// The stored value of a field.
///
/// A number or truth value gives its JSON text; an object with neither value nor display
/// value, or a list, gives its JSON.
///
/// What is lent is a copy, which stays with the record. Where there is no memory for it the
/// process ends: NULL would pass for a field that is absent.
///
/// @param record       May be NULL.
/// @param field        Name of the field, also across references
///                     (`"caller_id.name"`, where the query asked for it).
/// @param[out] length  Receives its length in bytes without the NUL, since a value may
///                     hold a NUL itself; may be NULL.
/// @return Borrowed until the record is freed, or for a row of a cursor until the next
///         one; NULL where the field is absent, is null, or came without its value
///         (#SNOW_DISPLAY_TRUE), and where an argument cannot be used.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_record_get(
    record: *const snow_record,
    field: *const c_char,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the header's rules on handles, texts and outputs.
    guard::value(ptr::null(), || unsafe {
        lend_part(record, field, Part::Value, length)
    })
}

/// The display value of a field; of a scalar that came without one, the scalar.
///
/// @param record       May be NULL.
/// @param field        Name of the field.
/// @param[out] length  Receives its length in bytes without the NUL, as of
///                     snow_record_get(); may be NULL.
/// @return Borrowed as by snow_record_get(); NULL where the field is absent or null, came
///         without its display value, and where an argument cannot be used.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_record_display(
    record: *const snow_record,
    field: *const c_char,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the header's rules on handles, texts and outputs.
    guard::value(ptr::null(), || unsafe {
        lend_part(record, field, Part::Display, length)
    })
}

/// The link of a reference: the REST address of the record that it refers to.
///
/// Its host need not be the one that the client calls.
///
/// @param record  May be NULL.
/// @param field   Name of the field.
/// @return Borrowed as by snow_record_get(); NULL where the field is absent, empty or no
///         reference, came without its link, and where an argument cannot be used.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_record_link(
    record: *const snow_record,
    field: *const c_char,
) -> *const c_char {
    // SAFETY: the header's rules on handles and texts.
    guard::value(ptr::null(), || unsafe {
        lend_part(record, field, Part::Link, ptr::null_mut())
    })
}

/// How many fields the record has.
///
/// @param record  May be NULL.
/// @return The number; 0 for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_record_field_count(record: *const snow_record) -> usize {
    guard::value(0, || {
        // SAFETY: the header's rule on handles.
        unsafe { handle::exclusive(record, "record") }.map_or(0, |r| r.record.field_count())
    })
}

/// The name of a field by its place, in the order in which the instance sent them.
///
/// @param record  May be NULL.
/// @param index   0 for the first.
/// @return Borrowed as by snow_record_get(); NULL after the last one.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_record_field_name(
    record: *const snow_record,
    index: usize,
) -> *const c_char {
    guard::value(ptr::null(), || {
        // SAFETY: the header's rule on handles.
        match unsafe { handle::exclusive(record, "record") } {
            // SAFETY: no length is asked for.
            Ok(mut record) => unsafe { lend(record.name(index), ptr::null_mut()) },
            Err(_) => ptr::null(),
        }
    })
}

/// The record as a JSON object: a copy, which there must be memory for, as for
/// snow_record_get().
///
/// @param record       May be NULL.
/// @param[out] length  Receives its length in bytes without the NUL; may be NULL.
/// @return Borrowed as by snow_record_get(); NULL for NULL.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_record_json(
    record: *const snow_record,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the header's rules on handles and outputs.
    guard::value(ptr::null(), || unsafe {
        lend_part(record, c"".as_ptr(), Part::Json, length)
    })
}

/// Makes a copy: the way to keep a row of a cursor.
///
/// @param record      Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The copy; release it with snow_record_free(). NULL with
///         #SNOW_NULL_ARGUMENT.
/// @since 0.1
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn snow_record_clone(
    record: *const snow_record,
    error: *mut *mut snow_error,
) -> *mut snow_record {
    // SAFETY: the header's rule on handles.
    guard::make(error, || unsafe { Ok(RecordTexts::new(read(record)?)) })
}

/// Frees a record.
///
/// @param record  NULL does nothing, and so does a row that a cursor lends.
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snow_record_free(record: *mut snow_record) {
    // SAFETY: the header's rule on handles.
    guard::value((), || unsafe { handle::free(record) });
}

/// A copy of the record behind a handle.
///
/// # Safety
/// As for [`handle::exclusive`].
pub(super) unsafe fn read(record: *const snow_record) -> Result<Record> {
    // SAFETY: as promised by the caller.
    Ok(unsafe { handle::exclusive(record, "record")? }
        .record()
        .clone())
}

/// # Safety
/// As for [`handle::exclusive`], [`text`] and [`lend`].
unsafe fn lend_part(
    record: *const snow_record,
    field: *const c_char,
    part: Part,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: as promised by the caller.
    let (record, field) = unsafe { (handle::exclusive(record, "record"), text(field, "field")) };
    let (Ok(mut record), Ok(field)) = (record, field) else {
        // SAFETY: as promised by the caller.
        return unsafe { lend(None, length) };
    };
    // SAFETY: as promised by the caller.
    unsafe { lend(record.part(field, part), length) }
}
