//! What the scanner makes of any bytes, held against what `serde_json` makes of them.
//!
//! One function for all who ask: the fuzz target, the tests that replay its corpus, and those that make
//! answers up. Bytes are read as an answer, as the rows of one, and as a record; whole, byte by byte and in
//! pieces of many sizes, by a scanner that knows nothing and by one that knows what came before. Whatever the
//! pieces, the outcome has to be the same, and the one that follows from
//! `serde_json`: which rows there are, with which fields, or that it is no answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use snow::Record;
use snow::reading::{Envelope, EnvelopeError, KnownShapes, Page, Results, Scanner, Words, finish};

/// Panics where the scanner is wrong.
pub(crate) fn judge(bytes: &[u8]) {
    let known = Arc::new(KnownShapes::default());
    judge_answer(bytes, &known);
    judge_record(bytes);
    // What looks like a row, or a part of one, is that of a row before and of the next.
    if bytes.len() <= 4096 {
        judge_answer(
            &[b"{\"result\":[", bytes, b",", bytes, b",", bytes, b"]}"].concat(),
            &known,
        );
        judge_answer(
            &[
                b"{\"result\":[{\"a\":\"1\",\"b\":\"2\"},{",
                bytes,
                b"},{",
                bytes,
                b"}]}",
            ]
            .concat(),
            &known,
        );
    }
}

/// The fields of a row: names, and values as JSON. `None` if it is no row.
type Row = Option<Vec<(String, String)>>;

#[derive(Debug, PartialEq)]
enum Outcome {
    Failure(Words),
    List(Vec<Row>),
    Malformed,
    Missing,
    NotAnObject,
    Null,
    One(Row),
    Partial(Words),
    Scalar,
}

fn judge_answer(body: &[u8], known: &Arc<KnownShapes>) {
    let whole = scan(Scanner::new(), body, &mut std::iter::repeat(usize::MAX));
    assert_eq!(whole.0, expected(body), "{}", body.escape_ascii());
    if let (Some(is_cut), Some(expected)) = (whole.2, expected_cut(body)) {
        assert!(
            expected.contains(&is_cut),
            "cut {is_cut}: {}",
            body.escape_ascii()
        );
    }
    let mut seed = body.iter().fold(body.len() as u64, |seed, &byte| {
        next(seed ^ u64::from(byte))
    });
    let mut sizes = vec![
        (1..=1, body.len() <= 700),
        (1..=40, true),
        (30..=400, true),
        (1..=5000, true),
    ];
    sizes.retain(|(_, is_due)| *is_due);
    for (range, _) in sizes {
        let mut pieces = std::iter::repeat_with(|| {
            seed = next(seed);
            range.start() + (seed >> 33) as usize % (range.end() - range.start() + 1)
        });
        assert_eq!(
            scan(Scanner::knowing(known), body, &mut pieces),
            whole,
            "{range:?}: {}",
            body.escape_ascii()
        );
    }
}

/// The outcome, the rows that came before it was known, and whether it was cut if it is malformed.
fn scan(
    mut scanner: Scanner,
    body: &[u8],
    pieces: &mut dyn Iterator<Item = usize>,
) -> (Outcome, Vec<Row>, Option<bool>) {
    let (mut page, mut rows) = (Page::default(), Vec::new());
    let (mut kept, mut rest) = (Vec::new(), body);
    while !rest.is_empty() {
        let size = pieces.next().expect("without end").min(rest.len());
        for more in scanner.push(&rest[..size]) {
            let first = rows.len();
            rows.extend(
                (0..more.row_count()).map(|index| row(more.record(index).expect("within").ok())),
            );
            assert!(more.record(more.row_count()).is_none());
            // Rows that nobody keeps give their memory to those that come; those that are kept must not.
            if first == 0 || size % 2 == 0 {
                kept.extend_from_slice(&rows[first..]);
                page.push(more);
            }
        }
        rest = &rest[size..];
    }
    let mut cut = None;
    let outcome = match finish(scanner, page) {
        Ok(Envelope::Failure(words)) => Outcome::Failure(words),
        Ok(Envelope::Partial(words)) => Outcome::Partial(words),
        Ok(Envelope::Results(Results::Many(page))) => {
            let records = (0..page.row_count()).map(|index| page.record(index));
            let again: Vec<_> = records
                .map(|record| row(record.expect("within").ok()))
                .collect();
            assert_eq!(again, kept);
            Outcome::List(rows.clone())
        }
        Ok(Envelope::Results(Results::One(record))) => Outcome::One(row(Some(record))),
        Ok(Envelope::Results(Results::Null)) => Outcome::Null,
        Ok(Envelope::Results(Results::Scalar)) => Outcome::Scalar,
        Ok(Envelope::Results(Results::Missing)) => Outcome::Missing,
        Err(EnvelopeError::Empty | EnvelopeError::NotAnObject) => Outcome::NotAnObject,
        Err(EnvelopeError::NoMemory) => panic!("an input of a few bytes fits"),
        Err(EnvelopeError::Malformed { is_cut, .. }) => {
            cut = Some(is_cut);
            Outcome::Malformed
        }
    };
    (outcome, rows, cut)
}

/// The fields of a record, each found by its place and by its name, and read as `serde_json` reads it.
fn row(record: Option<Record>) -> Row {
    let record = record?;
    let fields: Vec<_> = record.fields().collect();
    let last: BTreeMap<_, _> = fields
        .iter()
        .map(|field| (field.name(), field.json()))
        .collect();
    for (index, field) in fields.iter().enumerate() {
        assert_eq!(record.field_name(index), Some(field.name()));
        let found = record.field(field.name()).expect("a field");
        assert_eq!(
            (found.name(), found.json()),
            (field.name(), last[field.name()])
        );
        let value: Value = serde_json::from_str(field.json()).expect("JSON");
        let part = |name: &str| match &value {
            Value::Object(members) => members
                .get(name)
                .unwrap_or(&Value::Null)
                .as_str()
                .map(str::to_owned),
            _ => None,
        };
        match &value {
            Value::String(text) => assert_eq!(field.value().as_deref(), Some(&**text)),
            Value::Object(members)
                if members.values().all(Value::is_string) && members.contains_key("value") =>
            {
                let parts = [field.value(), field.display(), field.link()]
                    .map(|text| text.map(String::from));
                assert_eq!(parts, ["value", "display_value", "link"].map(part));
            }
            Value::Null => assert_eq!(field.value(), None),
            _ => assert!(field.link().is_none() || value.is_object()),
        }
    }
    assert_eq!(
        (record.field_count(), record.field_name(fields.len())),
        (fields.len(), None)
    );
    let owned = fields
        .iter()
        .map(|field| (field.name().to_owned(), field.json().to_owned()));
    Some(owned.collect())
}

fn judge_record(bytes: &[u8]) {
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let expected = members(json).and_then(|fields| match fields.as_slice() {
        [(name, inner)] if name == "result" && inner.starts_with(['{', '[']) => {
            members(inner.as_bytes())
        }
        _ => Some(fields),
    });
    assert_eq!(
        row(Record::from_json(bytes).ok()),
        expected,
        "{}",
        bytes.escape_ascii()
    );
}

/// What `serde_json` makes of an answer.
fn expected(body: &[u8]) -> Outcome {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let space = |byte: &&u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    if body.iter().find(space) != Some(&b'{') {
        return Outcome::NotAnObject;
    }
    let Ok(answer) = std::str::from_utf8(body)
        .map_err(drop)
        .and_then(|text| serde_json::from_str::<Answer>(text).map_err(drop))
    else {
        return Outcome::Malformed;
    };
    if let Some(words) = answer.failure() {
        return match answer.result.map(RawValue::get) {
            None | Some("null") => Outcome::Failure(words),
            Some(_) => Outcome::Partial(words),
        };
    }
    let Some(result) = answer.result.map(RawValue::get) else {
        return Outcome::Missing;
    };
    match result.as_bytes()[0] {
        b'[' => {
            let rows: Vec<&RawValue> = serde_json::from_str(result).expect("it was read before");
            Outcome::List(
                rows.into_iter()
                    .map(|row| members(row.get().as_bytes()))
                    .collect(),
            )
        }
        b'{' => match members(result.as_bytes()) {
            Some(fields) => Outcome::One(Some(fields)),
            None => Outcome::Malformed,
        },
        b'n' => Outcome::Null,
        _ => Outcome::Scalar,
    }
}

/// Whether it may be said of an answer that it was cut: as far as `serde_json` reads it, and as far as it
/// skips it.
fn expected_cut(body: &[u8]) -> Option<[bool; 2]> {
    let text = std::str::from_utf8(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok()?;
    // To serde_json an escape without room for its digits is an end, whatever follows.
    if text.rfind("\\u").is_some_and(|at| text.len() - at < 6) {
        return None;
    }
    let is_open = !text.trim_ascii_end().ends_with('}');
    // What is whole is not cut, whatever follows it.
    let is_cut = |error: Option<serde_json::Error>| error.is_some_and(|it| is_open || it.is_eof());
    Some([
        is_cut(first::<Answer>(text).err()),
        is_cut(first::<IgnoredAny>(text).err()),
    ])
}

/// The value that a text begins with.
fn first<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    T::deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// What `serde_json` makes of a row.
fn members(json: &[u8]) -> Row {
    struct Members<'a>(Vec<(String, &'a RawValue)>);

    impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Collect;

            impl<'de> Visitor<'de> for Collect {
                type Value = Members<'de>;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<Members<'de>, A::Error> {
                    let mut members = Vec::new();
                    while let Some(member) = map.next_entry()? {
                        members.push(member);
                    }
                    Ok(Members(members))
                }
            }

            deserializer.deserialize_map(Collect)
        }
    }

    let members: Members<'_> = serde_json::from_str(std::str::from_utf8(json).ok()?).ok()?;
    let read = |(name, value): (String, &RawValue)| {
        serde_json::from_str::<Value>(value.get()).ok()?;
        Some((name, value.get().to_owned()))
    };
    members.0.into_iter().map(read).collect()
}

/// An answer as `serde_json` reads it. A member that comes twice is an error.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default, deserialize_with = "read_result")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error_description: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    status: Option<&'a RawValue>,
}

/// A member that is null is there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A result that is a scalar is read in full.
fn read_result<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de RawValue>, D::Error> {
    let result = <&RawValue>::deserialize(deserializer)?;
    if !result.get().starts_with(['{', '[']) {
        serde_json::from_str::<Value>(result.get()).map_err(serde::de::Error::custom)?;
    }
    Ok(Some(result))
}

impl Answer<'_> {
    fn failure(&self) -> Option<Words> {
        let text = |raw: &RawValue| match raw.get() {
            "null" => None,
            json => Some(serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())),
        };
        let error = self
            .error
            .filter(|error| !matches!(error.get(), "null" | "false" | r#""""# | "[]"));
        let Some(error) = error else {
            let is_failure = self
                .status
                .is_some_and(|status| status.get() == "\"failure\"");
            return is_failure.then(Words::default);
        };
        #[derive(Default, Deserialize)]
        struct Parts<'a> {
            #[serde(borrow)]
            message: Option<&'a RawValue>,
            #[serde(borrow)]
            detail: Option<&'a RawValue>,
        }
        let (message, mut detail) = match error.get().starts_with('{') {
            false => (text(error), None),
            true => {
                let parts: Parts<'_> = serde_json::from_str(error.get()).unwrap_or_default();
                (parts.message.and_then(text), parts.detail.and_then(text))
            }
        };
        detail = detail.or_else(|| self.error_description.and_then(text));
        Some(Words { message, detail })
    }
}

fn next(seed: u64) -> u64 {
    seed.wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407)
}
