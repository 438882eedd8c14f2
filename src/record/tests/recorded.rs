//! Pages recorded from developer instances, where they are present, field by field.

use std::path::PathBuf;

use serde_json::Value;

use crate::record::Record;
use crate::record::page::{self, Envelope, Results};
use crate::record::scanner::Scanner;

#[test]
fn recorded_pages_are_read_as_serde_json_reads_them() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/recorded");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no recorded pages in {}", folder.display());
        return;
    };
    let (mut rows, mut failures) = (0, 0);
    for file in files.map(|file| file.expect("readable").path()) {
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let exchange: Value =
            serde_json::from_slice(&std::fs::read(&file).expect("readable")).expect("JSON");
        let body = &exchange["response"]["body_json"];
        match page::parse_with(Scanner::new(), body.to_string().as_bytes()) {
            Ok(Envelope::Results(results)) => rows += assert_results(&results, &body["result"]),
            Ok(Envelope::Failure(words)) => {
                let error = &body["error"];
                assert_eq!(words.message.as_deref(), error["message"].as_str());
                assert_eq!(words.detail.as_deref(), error["detail"].as_str());
                failures += 1;
            }
            other => panic!("{}: {other:?}", file.display()),
        }
    }
    println!("{rows} rows, {failures} failures");
    assert!(rows > 1000 && failures > 0, "the recordings hold both");
}

fn assert_results(results: &Results, expected: &Value) -> usize {
    match results {
        Results::One(record) => {
            assert_same(record, expected);
            1
        }
        Results::Many(page) => {
            let expected = expected.as_array().expect("a list");
            assert_eq!(page.row_count(), expected.len());
            for (index, expected) in expected.iter().enumerate() {
                let record = page.record(index).expect("within").expect("a row");
                assert_same(&record, expected);
            }
            assert!(page.record(page.row_count()).is_none());
            page.row_count()
        }
        other => panic!("{other:?}"),
    }
}

/// Every field of a record is what `serde_json` makes of it, by the rules of the renderings.
pub(super) fn assert_same(record: &Record, expected: &Value) {
    let expected = expected.as_object().expect("an object");
    assert_eq!(record.field_count(), expected.len());
    for (field, (name, value)) in record.fields().zip(expected) {
        assert_eq!(field.name(), name);
        let has = |member: &str| value.get(member).is_some();
        let has_a_value = has("display_value") || has("value");
        let part = |member: &str| value.get(member).and_then(text);
        let (stored, displayed) = match (has_a_value, has("link")) {
            (true, _) => (part("value"), part("display_value")),
            (false, true) => (text(value), None),
            (false, false) => (text(value), text(value)),
        };
        for (found, expected) in [
            (record.get(name), stored),
            (record.display(name), displayed),
            (record.link(name), part("link")),
        ] {
            let found = found.map(|found| match serde_json::from_str::<Value>(&found) {
                // Lists and objects are given as they came, space and all.
                Ok(value) if value.is_array() || value.is_object() => value.to_string(),
                _ => found.into_owned(),
            });
            assert_eq!(found, expected, "{name}");
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
