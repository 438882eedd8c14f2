//! What is wrong with an object that was refused, in the words of `serde_json`.
//!
//! It is read again for that, the only time that anything is. The words hold nothing of the content, but for what
//! leads to the record: somebody has to mend it, or nothing of its table comes out.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// What is wrong with a row.
pub(super) fn words(json: &[u8]) -> String {
    if json.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return "it is not a JSON object".to_owned();
    }
    let Ok(text) = std::str::from_utf8(json) else {
        return "it is not UTF-8".to_owned();
    };
    match serde_json::from_str::<Members>(text) {
        Err(error) => error.to_string(),
        Ok(Members { problem, key }) => {
            let problem =
                problem.unwrap_or("it has more than 65536 fields, or more than 256 MiB".into());
            match key {
                Some(key) => format!("{problem}; its sys_id is {key:?}"),
                None => problem,
            }
        }
    }
}

/// The members of an object.
struct Members {
    /// What is wrong with the first value that has something wrong, counted from the beginning of that value.
    problem: Option<String>,
    key: Option<String>,
}

/// What names a field or a record is no longer, and what is longer is no such name.
const LONGEST_FIELD: usize = 80;
const LONGEST_KEY: usize = 32;

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct ObjectVisitor;

        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let (mut problem, mut key) = (None, None);
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if name == "sys_id" {
                        key = key_of(value);
                    }
                    let read = |value: &RawValue| serde_json::from_str::<Any>(value.get()).err();
                    problem = problem.or_else(|| match read(value)? {
                        error if name.len() > LONGEST_FIELD => Some(error.to_string()),
                        error => Some(format!("{error} of {name:?}")),
                    });
                }
                Ok(Members { problem, key })
            }
        }

        deserializer.deserialize_map(ObjectVisitor)
    }
}

/// A key as it comes in any form.
fn key_of(value: &RawValue) -> Option<String> {
    let value: Value = serde_json::from_str(value.get()).ok()?;
    let key = value.as_str().or_else(|| value.get("value")?.as_str())?;
    (key.len() <= LONGEST_KEY).then(|| key.to_owned())
}

/// Any value, which is read in full and then forgotten. A value that is skipped is not: half of a
/// surrogate pair or a thousand brackets pass.
struct Any;

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Any, D::Error> {
        struct AnyVisitor;

        impl<'de> Visitor<'de> for AnyVisitor {
            type Value = Any;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Any, E> {
                Ok(Any)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Any, E> {
                Ok(Any)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Any, E> {
                Ok(Any)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Any, E> {
                Ok(Any)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Any, E> {
                Ok(Any)
            }

            fn visit_str<E>(self, _: &str) -> Result<Any, E> {
                Ok(Any)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Any, A::Error> {
                while items.next_element::<Any>()?.is_some() {}
                Ok(Any)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Any, A::Error> {
                while members.next_entry::<Any, Any>()?.is_some() {}
                Ok(Any)
            }
        }

        deserializer.deserialize_any(AnyVisitor)
    }
}
