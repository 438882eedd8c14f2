//! A record as JSON: whole, and as the body of a create or update.
//!
//! Both are compact and keep the order of the fields. They differ in what they make of a value that an
//! instance rendered: whole, it stays as it came; as a body, it is its stored value, because an
//! instance that is sent `{"link":…,"value":…}` does not store the reference; or its display value, where those are
//! taken. A value of the other form is never sent: it would be stored as something else, a time in another zone.

use super::{Record, ValueForm};
use crate::error::{Error, Result, Status};

impl Record {
    /// The record as a JSON object on one line, its fields in their order and as they came.
    #[must_use]
    pub fn to_json(&self) -> String {
        let fields = self.fields().map(|field| (field.name(), field.json()));
        let mut out = String::new();
        write_object(&mut out, fields);
        out
    }

    /// The body that creates a record with these fields, or changes them, where values of this form are taken.
    ///
    /// # Errors
    ///
    /// A field came in the other form only; [`Status::NoMemory`].
    pub(crate) fn to_json_for_write(&self, taken: ValueForm) -> Result<String> {
        let fields = self
            .fields()
            .enumerate()
            .map(|(index, field)| {
                let json = field.json_for_write(self.form_at(index), taken);
                match json {
                    Some(json) => Ok((field.name(), json)),
                    None => Err(unwritable(field.name(), taken)),
                }
            })
            .collect::<Result<Vec<_>>>()?;
        // An escaped name has no more than six bytes for each of its own.
        let room = |(name, json): &(&str, &str)| 6 * name.len() + json.len() + "\"\":,".len();
        let mut out = String::new();
        out.try_reserve_exact(fields.iter().map(room).sum::<usize>() + "{}".len())
            .map_err(|_| {
                let message = "record: there is no memory for its JSON";
                Error::new(Status::NoMemory, message)
            })?;
        write_object(&mut out, fields.into_iter());
        Ok(out)
    }
}

fn unwritable(name: &str, taken: ValueForm) -> Error {
    let problem = match taken {
        ValueForm::Stored | ValueForm::Unknown => {
            "came as a display value without its stored value; read it with stored values, set it, or write with \
             input_display_value"
        }
        ValueForm::Displayed => {
            "came as a stored value without its display value, and input_display_value is set; read it with both, \
             set it, or write without"
        }
    };
    Error::argument("record", format_args!("the field {name} {problem}"))
}

fn write_object<'a>(out: &mut String, fields: impl Iterator<Item = (&'a str, &'a str)>) {
    out.push('{');
    for (index, (name, json)) in fields.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_name(out, name);
        out.push(':');
        write_value(out, json);
    }
    out.push('}');
}

fn write_name(out: &mut String, name: &str) {
    if name
        .bytes()
        .any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\'))
    {
        out.push_str(&serde_json::Value::from(name).to_string());
    } else {
        out.push('"');
        out.push_str(name);
        out.push('"');
    }
}

/// Writes a value without the space between its parts, which only a list or an object can have.
fn write_value(out: &mut String, json: &str) {
    if !json.starts_with(['{', '[']) {
        out.push_str(json);
        return;
    }
    let (mut in_string, mut is_escaped) = (false, false);
    out.extend(json.chars().filter(|&c| {
        let is_kept = in_string || !matches!(c, ' ' | '\t' | '\n' | '\r');
        in_string ^= c == '"' && !is_escaped;
        is_escaped = in_string && c == '\\' && !is_escaped;
        is_kept
    }));
}
