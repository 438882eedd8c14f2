//! Tables as Arrow, for those who take it from C.

mod support;

use std::fs;

use serde_json::{Map, Value};
use support::c::Program;
use support::instance::Instance;

/// What each type of the dictionary is given: a value that fits, and one that does not.
const TYPES: &[(&str, &str, &str)] = &[
    ("string", "text, \u{fc}ber \u{1f989}", ""),
    ("integer", "-42", "1,234"),
    ("longint", "9223372036854775807", "9223372036854775808"),
    ("decimal", "12.50", "12,50"),
    ("currency", "-0.0001", "USD;12.5"),
    ("percent_complete", "99.5", "99.5 %"),
    ("float", "0.1", "NaN"),
    ("boolean", "true", "maybe"),
    ("glide_date", "2024-02-29", "2023-02-29"),
    ("glide_date_time", "1969-12-31 23:59:59", "2026-02-01"),
    ("due_date", "2026-02-01 10:00:00", "tomorrow"),
    ("glide_time", "1970-01-01 10:00:01", "1970-01-02 10:00:00"),
    ("glide_duration", "1970-01-03 01:00:00", "2 days"),
    ("reference", "5137153cc611227c000bbd1bd8cd2005", ""),
    ("glide_list", "a,b", ""),
];

#[test]
fn a_table_as_arrow_for_c() {
    let folder = tempfile::tempdir().expect("a folder");
    let row = |name: &str, value: fn(&(&str, &str, &str)) -> String| {
        let values = TYPES
            .iter()
            .map(|kind| (format!("u_{}", kind.0), Value::from(value(kind))));
        let mut row: Map<String, Value> = values.collect();
        row.insert("u_name".into(), name.into());
        Value::Object(row).to_string()
    };
    let rows = [
        row("1 fits", |kind| kind.1.to_owned()),
        row("2 is empty", |_| String::new()),
        row("3 misfits", |kind| kind.2.to_owned()),
    ];
    fs::write(folder.path().join("u_types.ndjson"), rows.join("\n")).expect("a file");
    let data = folder.path().to_str().expect("a path in UTF-8");
    let instance = Instance::with(&["--data", data, "--generate", "incident=1000"]);
    Program::c("tests/c/arrow.c")
        .against(&instance)
        .run(&["1000"]);
}
