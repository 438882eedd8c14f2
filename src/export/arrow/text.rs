//! A column of text that is being built.
//!
//! Nearly all values are strings without escapes, and those of a column stand together here. So they are put here
//! as they are, and looked at once for an escape instead of one by one.

use std::borrow::Cow;
use std::{iter, mem};

use arrow_array::StringArray;
use arrow_array::builder::NullBufferBuilder;
use arrow_buffer::{Buffer, OffsetBuffer};
use arrow_schema::ArrowError;

use crate::record::Field;
use crate::record::row::Column;

pub(super) struct TextBuilder {
    /// Where in `text` each value begins, and where the last one ends.
    bounds: Vec<i32>,
    text: Vec<u8>,
    nulls: NullBufferBuilder,
    /// Whether an empty text is no value.
    is_key: bool,
}

impl TextBuilder {
    pub(super) fn new(is_key: bool) -> TextBuilder {
        TextBuilder {
            bounds: vec![0],
            text: Vec::new(),
            nulls: NullBufferBuilder::new(0),
            is_key,
        }
    }

    /// Adds what is read of the fields of some rows, and NULL where there is nothing.
    pub(super) fn push<'a>(
        &mut self,
        column: Column<'a>,
        read: impl Fn(Field<'a>) -> Option<Cow<'a, str>>,
    ) {
        if self.push_strings(column.fields()) {
            return;
        }
        for field in column.fields() {
            if !self.push_strings(iter::once(field)) {
                let value = read(field);
                let text = value.as_deref().unwrap_or_default();
                self.append(text.as_bytes());
                self.nulls
                    .append(value.is_some() && !(self.is_key && text.is_empty()));
            }
        }
    }

    /// Adds NULL so many times.
    pub(super) fn push_nulls(&mut self, count: usize) {
        let end = self.end();
        self.bounds.extend(iter::repeat_n(end, count));
        self.nulls.append_n_nulls(count);
    }

    /// Adds the values of fields, if each is a string without escapes, which is both value and display value; else
    /// adds none of them, and is false.
    fn push_strings<'a>(&mut self, fields: impl Iterator<Item = Field<'a>>) -> bool {
        let (first, start) = (self.bounds.len(), self.text.len());
        let mut are_strings = true;
        for field in fields {
            let [b'"', text @ .., b'"'] = field.json().as_bytes() else {
                are_strings = false;
                break;
            };
            self.append(text);
        }
        if !are_strings || memchr::memchr(b'\\', &self.text[start..]).is_some() {
            self.bounds.truncate(first);
            self.text.truncate(start);
            return false;
        }
        match self.is_key {
            true => {
                let bounds = self.bounds[first - 1..].windows(2);
                bounds.for_each(|bounds| self.nulls.append(bounds[0] < bounds[1]));
            }
            false => self.nulls.append_n_non_nulls(self.bounds.len() - first),
        }
        true
    }

    #[inline]
    fn append(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
        self.bounds.push(self.end());
    }

    fn end(&self) -> i32 {
        i32::try_from(self.text.len()).expect("a batch has less than 2 GiB")
    }

    /// What was added, as an array.
    pub(super) fn finish(&mut self) -> Result<StringArray, ArrowError> {
        let (rows, bytes) = (self.bounds.len(), self.text.len());
        // The next batch has about as much.
        let mut bounds = Vec::with_capacity(rows + rows / 8);
        bounds.push(0);
        let bounds = mem::replace(&mut self.bounds, bounds);
        let text = mem::replace(&mut self.text, Vec::with_capacity(bytes + bytes / 8));
        StringArray::try_new(
            OffsetBuffer::new(bounds.into()),
            Buffer::from_vec(text),
            self.nulls.finish(),
        )
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use proptest::prelude::*;

    use super::*;
    use crate::record::scanner::Scanner;

    /// What a field can be: strings, with escapes and without, and whatever else an instance or a script puts there.
    fn json() -> impl Strategy<Value = String> {
        let string = |text: String| serde_json::to_string(&text).expect("JSON");
        prop_oneof![
            6 => "[a-z\u{fc}\u{1f989} ]{0,40}".prop_map(string),
            2 => Just(r#""""#.to_owned()),
            1 => "[a-z\"\\\\\r\n\u{fc}]{0,8}".prop_map(string),
            1 => prop::sample::select(&[
                "null", "true", "-1.50", "[]", "{}", r#""\u0041\ud83e\udd89""#,
                r#"{"display_value":"Fred \"Luddy\"","value":"9a"}"#,
                r#"{"display_value":"","link":"","value":""}"#,
                r#"{"display_value":null,"link":"https://i/9a"}"#,
            ][..]).prop_map(str::to_owned),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_column_holds_what_its_fields_give(
            batches in prop::collection::vec(prop::collection::vec(0..40_usize, 0..4), 1..3),
            values in prop::collection::vec(json(), 64),
            is_key: bool,
            is_display: bool,
        ) {
            let read: for<'a> fn(Field<'a>) -> Option<Cow<'a, str>> = match is_display {
                true => |field| field.display(),
                false => |field| field.value(),
            };
            let mut values = values.iter().cycle();
            let mut builder = TextBuilder::new(is_key);
            for pieces in batches {
                let mut expected = Vec::new();
                for count in pieces {
                    let row = |json: &String| format!(r#"{{"f":{json}}}"#);
                    let rows: Vec<_> = values.by_ref().take(count).map(row).collect();
                    let page = format!(r#"{{"result":[{}]}}"#, rows.join(","));
                    for rows in Scanner::new().push(page.as_bytes()) {
                        for run in rows.runs(0..rows.row_count()) {
                            builder.push(run.expect("rows").column("f").expect("a field"), read);
                        }
                        for record in rows.records() {
                            let text = record.field("f").and_then(read);
                            expected.push(text.map(Cow::into_owned));
                        }
                    }
                    builder.push_nulls(1);
                    expected.push(None);
                }
                let is_value = |text: &String| !(is_key && text.is_empty());
                let expected = expected.into_iter().map(|text| text.filter(is_value));
                let made = builder.finish().expect("UTF-8");
                prop_assert_eq!(made.null_count(), made.iter().filter(Option::is_none).count());
                prop_assert_eq!(made, StringArray::from_iter(expected));
            }
        }
    }
}
