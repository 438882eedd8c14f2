//! A row in the bytes of its page: where each field is.
//!
//! Reading a row finds the name and the value of each field and keeps their places, nothing else; the
//! bytes stay where they are, shared with the other rows of the page. What reading guarantees is that
//! nothing can fail afterwards: every string is valid text (an escaped lone surrogate is not), and
//! nothing is nested more than 127 levels deep in a value. No step recurses deeper than that.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::field::Field;

/// One JSON object within a page. Cheap to clone; keeps the page alive.
#[derive(Clone)]
pub(super) struct Row {
    page: Arc<Vec<u8>>,
    start: usize,
    fields: Arc<[Place]>,
}

impl Row {
    /// Reads the object at a place in a page. The error says what is wrong with it, in words that hold
    /// nothing of its content.
    pub(super) fn read(page: Arc<Vec<u8>>, span: Range<usize>) -> Result<Row, String> {
        let bytes = &page[span.clone()];
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err("it is not a JSON object".to_owned());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let members: Members<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let fields = members
            .0
            .into_iter()
            .map(|(name, value)| Place::of(name, value, text))
            .collect::<Result<_, _>>()?;
        Ok(Row {
            page,
            start: span.start,
            fields,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn field(&self, index: usize) -> Option<Field<'_>> {
        let place = self.fields.get(index)?;
        Some(Field::new(self.name(place), self.text(&place.value)))
    }

    /// The field of this name. Where several have it the last one counts, as in a JSON parser that
    /// builds a map.
    pub(super) fn find(&self, name: &str) -> Option<Field<'_>> {
        let place = self.fields.iter().rfind(|place| match &place.name {
            Name::At(span) => self.bytes(span) == name.as_bytes(),
            Name::Unescaped(text) => **text == *name,
        })?;
        Some(Field::new(self.name(place), self.text(&place.value)))
    }

    fn name<'a>(&'a self, place: &'a Place) -> &'a str {
        match &place.name {
            Name::At(span) => self.text(span),
            Name::Unescaped(text) => text,
        }
    }

    fn text(&self, span: &Span) -> &str {
        std::str::from_utf8(self.bytes(span)).expect("a row is UTF-8, which was checked when read")
    }

    fn bytes(&self, span: &Span) -> &[u8] {
        &self.page[self.start..][span.start as usize..span.end as usize]
    }
}

/// Where a field is in its row.
struct Place {
    name: Name,
    value: Span,
}

enum Name {
    At(Span),
    /// A name that is written with escapes; no instance does that.
    Unescaped(Box<str>),
}

/// Bytes of a row. 32 bits halve what a row costs; a row of more than 4 GiB is refused.
struct Span {
    start: u32,
    end: u32,
}

impl Place {
    fn of(name: Key<'_>, value: &RawValue, row: &str) -> Result<Place, String> {
        check(value.get()).map_err(|error| error.to_string())?;
        let name = match name {
            Key::Borrowed(text) => Name::At(Span::of(text, row)?),
            Key::Owned(text) => Name::Unescaped(text.into()),
        };
        Ok(Place {
            name,
            value: Span::of(value.get(), row)?,
        })
    }
}

impl Span {
    /// The place of a part of a text that was borrowed from it.
    fn of(part: &str, whole: &str) -> Result<Span, String> {
        let start = part.as_ptr() as usize - whole.as_ptr() as usize;
        match (u32::try_from(start), u32::try_from(start + part.len())) {
            (Ok(start), Ok(end)) => Ok(Span { start, end }),
            _ => Err("it is larger than 4 GiB".to_owned()),
        }
    }
}

/// The members of an object in their order, values unread.
struct Members<'a>(Vec<(Key<'a>, &'a RawValue)>);

enum Key<'a> {
    Borrowed(&'a str),
    Owned(String),
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'a>, D::Error> {
        struct ObjectVisitor;

        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(ObjectVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'a>, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key::Borrowed(text))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key::Owned(text.to_owned()))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Reads a value to its end, which skipping does not: a skipped `\ud800` or a thousand brackets are
/// found only when somebody asks for the text. Values without either are not read a second time.
fn check(json: &str) -> serde_json::Result<()> {
    let needs_reading = match json.as_bytes()[0] {
        b'"' => json.contains('\\') && json.contains("\\u"),
        b'{' | b'[' => true,
        _ => false,
    };
    if needs_reading {
        serde_json::from_str::<Checked>(json).map(drop)
    } else {
        Ok(())
    }
}

/// Any value, which is read in full and then forgotten.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Checked, D::Error> {
        struct AnyVisitor;

        impl<'de> Visitor<'de> for AnyVisitor {
            type Value = Checked;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Checked, E> {
                Ok(Checked)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Checked, E> {
                Ok(Checked)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Checked, E> {
                Ok(Checked)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Checked, E> {
                Ok(Checked)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Checked, E> {
                Ok(Checked)
            }

            fn visit_str<E>(self, _: &str) -> Result<Checked, E> {
                Ok(Checked)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Checked, A::Error> {
                while items.next_element::<Checked>()?.is_some() {}
                Ok(Checked)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Checked, A::Error> {
                while members.next_entry::<Checked, Checked>()?.is_some() {}
                Ok(Checked)
            }
        }

        deserializer.deserialize_any(AnyVisitor)
    }
}
