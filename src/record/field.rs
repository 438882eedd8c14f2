//! One field of a record: how each rendering of a value is read.
//!
//! Depending on what was asked for, an instance gives a field as a plain value, as
//! `{"link","value"}`, `{"display_value","link"}`, `{"display_value","value"}` or all three. The value,
//! the display value and the link are told apart here, once; what a rendering does not have is `None`
//! and never an empty text. Text is unescaped only when it is asked for, and borrowed where it has no
//! escapes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::ValueForm;

/// One field of a record.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    name: &'a str,
    /// One complete JSON value, with no space around it, whose strings are known to be valid text.
    json: &'a str,
}

impl<'a> Field<'a> {
    pub(super) fn new(name: &'a str, json: &'a str) -> Field<'a> {
        Field { name, json }
    }

    /// Its name: that of a column, or of a dot-walk such as `caller_id.name`.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its JSON, as it came.
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.json
    }

    /// The stored value. `None` if it is null, or if only the display value came. A number or truth
    /// value, a list and an object that has neither are given as their JSON, be there a link in it or not.
    #[must_use]
    pub fn value(&self) -> Option<Cow<'a, str>> {
        match self.rendering() {
            Some(rendering) if rendering.has_a_value() => rendering.value.and_then(scalar),
            _ => scalar(self.json),
        }
    }

    /// The display value. `None` if only the stored value of a reference came. A plain value is its
    /// own display value: which of the two it is depends on what was asked for.
    #[must_use]
    pub fn display(&self) -> Option<Cow<'a, str>> {
        match self.rendering() {
            Some(rendering) => rendering.display_value.and_then(scalar),
            None => scalar(self.json),
        }
    }

    /// The URL of the record that a reference refers to. `None` if it is no reference, is empty, or
    /// came without link.
    #[must_use]
    pub fn link(&self) -> Option<Cow<'a, str>> {
        self.rendering()?.link.and_then(scalar)
    }

    /// The JSON to send it with where values of this form are taken: of a rendering its value alone, or its
    /// display value alone; else itself, which is of the form `own`. `None` if none of that form came.
    pub(super) fn json_for_write(&self, own: ValueForm, taken: ValueForm) -> Option<&'a str> {
        match (self.rendering(), taken) {
            (Some(rendering), ValueForm::Displayed) => rendering.displayed(),
            (Some(rendering), ValueForm::Stored | ValueForm::Unknown) => rendering.value,
            // A key is displayed as it is stored.
            (None, _) => (own.fits(taken) || self.name == "sys_id").then_some(self.json),
        }
    }

    fn rendering(&self) -> Option<Rendering<'a>> {
        if !self.json.starts_with('{') {
            return None;
        }
        let rendering = Rendering::as_instances_write(self.json).unwrap_or_else(|| {
            serde_json::from_str(self.json).expect("the JSON of a field is a complete value")
        });
        rendering.is_one().then_some(rendering)
    }
}

/// The members by which an object is a rendering of a value. Of members of the same name the last one
/// counts.
#[derive(Default)]
struct Rendering<'a> {
    display_value: Option<&'a str>,
    link: Option<&'a str>,
    value: Option<&'a str>,
}

/// The names of the members as they stand before their values, in the order of an instance.
const MEMBERS: [&str; 3] = [r#""display_value":"#, r#""link":"#, r#""value":"#];

impl<'a> Rendering<'a> {
    /// Reads an object that is written as instances do: members of these names alone, in this order and without
    /// space, each a string or null. `None` where it is not.
    fn as_instances_write(json: &'a str) -> Option<Rendering<'a>> {
        let mut values = [None; 3];
        let mut rest = json.strip_prefix('{')?;
        for (name, value) in MEMBERS.iter().zip(&mut values) {
            let Some(found) = rest.strip_prefix(name) else {
                continue;
            };
            let (found, after) = found.split_at(len_of_string_or_null(found)?);
            *value = Some(found);
            rest = match after.as_bytes() {
                b"}" => {
                    let [display_value, link, value] = values;
                    return Some(Rendering {
                        display_value,
                        link,
                        value,
                    });
                }
                [b',', ..] => &after[1..],
                _ => return None,
            };
        }
        None
    }

    fn is_one(&self) -> bool {
        self.has_a_value() || self.link.is_some()
    }

    /// Whether a value came, stored or displayed. An object of some other API may have a link among its own members.
    fn has_a_value(&self) -> bool {
        self.display_value.is_some() || self.value.is_some()
    }

    /// What is sent where display values are taken. Where nothing is stored that is nothing: a journal is displayed
    /// as its history, which would be added to it.
    fn displayed(&self) -> Option<&'a str> {
        let is_nothing = |json: &&str| matches!(*json, "null" | r#""""#);
        let nothing = self.value.filter(is_nothing);
        nothing.or(self.display_value.filter(|json| *json != "null"))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Rendering<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rendering<'a>, D::Error> {
        deserializer.deserialize_map(RenderingVisitor)
    }
}

struct RenderingVisitor;

impl<'de> Visitor<'de> for RenderingVisitor {
    type Value = Rendering<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Rendering<'de>, A::Error> {
        let mut rendering = Rendering::default();
        while let Some(member) = members.next_key::<Member>()? {
            let place = match member {
                Member::DisplayValue => &mut rendering.display_value,
                Member::Link => &mut rendering.link,
                Member::Value => &mut rendering.value,
                Member::Other => {
                    members.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = Some(members.next_value::<&RawValue>()?.get());
        }
        Ok(rendering)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Member {
    DisplayValue,
    Link,
    Value,
    #[serde(other)]
    Other,
}

/// How long the string is, or the null, that a text begins with.
fn len_of_string_or_null(text: &str) -> Option<usize> {
    if text.starts_with("null") {
        return Some(4);
    }
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// A value as text: a string unescaped, null as none, anything else as its JSON.
fn scalar(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes() {
        b"null" => None,
        [b'"', ..] if memchr::memchr(b'\\', json.as_bytes()).is_some() => {
            let text = serde_json::from_str(json).expect("strings are checked when a row is read");
            Some(Cow::Owned(text))
        }
        [b'"', ..] => Some(Cow::Borrowed(&json[1..json.len() - 1])),
        _ => Some(Cow::Borrowed(json)),
    }
}
