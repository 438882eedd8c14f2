//! One row: read from an instance, or built to be sent.
//!
//! A [`Record`] that was read is a set of places in the bytes of its page, and cheap to clone. One that
//! is built, or changed, holds its fields itself, each as JSON, so that both are read by the same code.
//! A field that is absent (hidden by an access control, or not asked for) and one that is empty are
//! told apart everywhere: `None` and `Some("")`.

mod field;
pub(crate) mod page;
mod refusal;
pub(crate) mod row;
pub(crate) mod scanner;
mod value_form;
mod write;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result, Status};
use crate::query::FieldName;
use crate::room::Written;
pub use field::Field;
use row::Row;
pub(crate) use value_form::ValueForm;

/// One row of a table.
///
/// Of fields of the same name, which no instance sends, the last one is found by name.
#[derive(Clone, Default)]
pub struct Record(Source);

#[derive(Clone)]
enum Source {
    Built(Vec<BuiltField>),
    Row(Row),
}

#[derive(Clone)]
struct BuiltField {
    name: String,
    /// Shared by copies of the record: it may be as long as there is memory for.
    json: Arc<String>,
    form: ValueForm,
}

/// Making and changing.
impl Record {
    /// A record without fields.
    #[must_use]
    pub fn new() -> Record {
        Record::default()
    }

    /// A record from a JSON object, or from an answer that holds one (`{"result":{…}}`).
    ///
    /// # Errors
    ///
    /// It is not a JSON object in UTF-8, or not valid: a string has half of a surrogate pair, or a
    /// value is nested deeper than 127 levels. It has more than 65536 fields, or more than 256 MiB.
    /// [`Status::NoMemory`] where there is none for the copy.
    pub fn from_json(json: &[u8]) -> Result<Record> {
        let record = Record::from(Row::read(scanner::unmarked(json))?);
        match record.wrapped() {
            None => Ok(record),
            Some(inner) => Record::from_object(inner.json()),
        }
    }

    /// Sets a field to a text, in place of the value that it has. An empty text empties the field.
    ///
    /// # Errors
    ///
    /// It is not the name of a field; [`Status::NoMemory`] where there is none for the text.
    pub fn set(&mut self, field: &str, value: &str) -> Result<()> {
        let name = FieldName::parse("field", field)?;
        let json = Arc::new(json_of(value)?);
        let fields = self.built()?;
        match fields.iter_mut().rfind(|field| field.name == name.as_str()) {
            Some(field) => (field.json, field.form) = (json, ValueForm::Unknown),
            None => fields.push(BuiltField {
                name: name.into_string(),
                json,
                form: ValueForm::Unknown,
            }),
        }
        Ok(())
    }

    fn from_object(json: &str) -> Result<Record> {
        Ok(Row::read(json.as_bytes())?.into())
    }

    /// The only member, if it is what an answer wraps its rows in. A field of that name is text.
    fn wrapped(&self) -> Option<Field<'_>> {
        let only = self.field_at(0).filter(|_| self.field_count() == 1)?;
        (only.name() == "result" && only.json().starts_with(['{', '['])).then_some(only)
    }

    fn built(&mut self) -> Result<&mut Vec<BuiltField>> {
        if let Source::Row(row) = &self.0 {
            let form = row.form();
            let own = |field: Field<'_>| {
                let mut json = String::new();
                json.try_reserve_exact(field.json().len())
                    .map_err(|_| no_memory("record", field.json().len()))?;
                json.push_str(field.json());
                Ok(BuiltField {
                    name: field.name().to_owned(),
                    json: Arc::new(json),
                    form,
                })
            };
            self.0 = Source::Built(self.fields().map(own).collect::<Result<_>>()?);
        }
        match &mut self.0 {
            Source::Built(fields) => Ok(fields),
            Source::Row(_) => unreachable!("a row was replaced above"),
        }
    }
}

/// Reading.
impl Record {
    /// The stored value of a field; see [`Field::value`]. `None` if there is no such field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        self.field(field)?.value()
    }

    /// The display value of a field; see [`Field::display`]. `None` if there is no such field.
    #[must_use]
    pub fn display(&self, field: &str) -> Option<Cow<'_, str>> {
        self.field(field)?.display()
    }

    /// The URL of the record that a reference refers to; see [`Field::link`].
    #[must_use]
    pub fn link(&self, field: &str) -> Option<Cow<'_, str>> {
        self.field(field)?.link()
    }

    /// How many fields there are.
    #[must_use]
    pub fn field_count(&self) -> usize {
        match &self.0 {
            Source::Built(fields) => fields.len(),
            Source::Row(row) => row.len(),
        }
    }

    /// The name of a field by its place, from 0. `None` after the last one.
    #[must_use]
    pub fn field_name(&self, index: usize) -> Option<&str> {
        self.field_at(index).map(|field| field.name())
    }

    /// A field by its name. `None` if there is none, which is not the same as an empty one.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'_>> {
        match &self.0 {
            Source::Built(fields) => fields
                .iter()
                .rfind(|field| field.name == name)
                .map(BuiltField::view),
            Source::Row(row) => row.find(name),
        }
    }

    /// A field by its place, from 0. `None` after the last one.
    #[must_use]
    pub fn field_at(&self, index: usize) -> Option<Field<'_>> {
        match &self.0 {
            Source::Built(fields) => fields.get(index).map(BuiltField::view),
            Source::Row(row) => row.field(index),
        }
    }

    /// What the value of a field is that came alone.
    fn form_at(&self, index: usize) -> ValueForm {
        match &self.0 {
            Source::Built(fields) => fields
                .get(index)
                .map_or(ValueForm::Unknown, |field| field.form),
            Source::Row(row) => row.form(),
        }
    }

    /// The fields in their order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        (0..self.field_count()).filter_map(|index| self.field_at(index))
    }
}

impl Default for Source {
    fn default() -> Source {
        Source::Built(Vec::new())
    }
}

impl BuiltField {
    fn view(&self) -> Field<'_> {
        Field::new(&self.name, &self.json)
    }
}

impl From<Row> for Record {
    fn from(row: Row) -> Record {
        Record(Source::Row(row))
    }
}

/// The fields by name, each as its JSON.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record ")?;
        f.debug_map()
            .entries(self.fields().map(|field| (field.name(), field.json())))
            .finish()
    }
}

/// A text as JSON. It may be as long as there is memory for.
fn json_of(text: &str) -> Result<String> {
    let no_memory = || no_memory("value", text.len());
    let mut json = Written::default();
    // It would grow piece by piece.
    let quoted = text.len() + "\"\"".len();
    json.0.try_reserve(quoted).map_err(|_| no_memory())?;
    serde_json::to_writer(&mut json, text).map_err(|_| no_memory())?;
    Ok(String::from_utf8(json.0).expect("JSON is UTF-8"))
}

fn no_memory(argument: &str, count: usize) -> Error {
    let message = format!("{argument}: there is no memory for a copy of its {count} bytes");
    Error::new(Status::NoMemory, message)
}
