//! Tables as Arrow, for those who take it from C and those who take it into Python.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};
use support::c::{Memcheck, Program, memcheck, text};
use support::instance::{CREDENTIALS, Instance};
use support::python::python_with_the_package;
use support::{built, root};

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
    // Under a memory tool fewer rows take as long.
    let rows = match memcheck() {
        Memcheck::None => "1000",
        _ => "400",
    };
    let (instance, _data) = instance(rows);
    Program::c("tests/c/arrow.c")
        .against(&instance)
        .run(&[rows]);
}

#[test]
fn a_table_as_arrow_for_python() {
    let (instance, data) = instance("1000");
    if let Some(mut python) = python(&instance) {
        python.arg(root().join("tests/python/arrow.py"));
        python.arg(built().join("libsnow.so"));
        python.arg(root().join("include/snow.h"));
        run(&mut python, data.path());
    }
}

#[test]
fn exports_of_the_package_for_python() {
    let (instance, data) = instance("1000");
    if let Some(mut python) = python(&instance) {
        python.args(["-W", "error"]);
        python.arg(root().join("tests/python/arrow_exports.py"));
        run(&mut python, data.path());
    }
}

#[test]
fn the_examples_write_parquet_and_ask_in_sql() {
    let instance = Instance::with(&["--generate", "incident=1000"]);
    let folder = tempfile::tempdir().expect("a folder");
    let example = |name: &str, arguments: &[&str]| {
        let mut python = python(&instance)?;
        python.arg(root().join("bindings/python/examples").join(name));
        Some(run(python.args(arguments), folder.path()))
    };
    let fields = "number,opened_at,active,caller_id.name";
    let written = example(
        "write_parquet.py",
        &["incident", fields, "incidents.parquet"],
    );
    if written.is_none() {
        return;
    }
    assert_eq!(written.as_deref(), Some("1000 rows in incidents.parquet\n"));
    let magic = fs::read(folder.path().join("incidents.parquet")).expect("the file");
    assert!(magic.starts_with(b"PAR1") && magic.ends_with(b"PAR1"));
    let sql = "select count(*), count(distinct number), min(opened_at) is not null from rows";
    let asked = example(
        "query_with_duckdb.py",
        &["incident", "number,opened_at", sql],
    );
    assert_eq!(asked.as_deref(), Some("1000 1000 True\n"));
}

#[test]
fn workers_of_dask_write_a_dataset_together() {
    let instance = Instance::with(&["--generate", "incident=1000"]);
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut example) = python(&instance) else {
        return;
    };
    example.arg(root().join("bindings/python/examples/write_dataset_with_dask.py"));
    example.args(["incident", "number,opened_at,active", "incidents"]);
    example.env("DASK_TEMPORARY_DIRECTORY", folder.path());
    let said = run(&mut example, folder.path());
    assert_eq!(said, "1000 rows in 8 files of incidents\n");
    let code = "from pyarrow import dataset\n\
         numbers = dataset.dataset('incidents').to_table()['number'].to_pylist()\n\
         print(len(numbers), len(set(numbers)))";
    let mut reader = python(&instance).expect("as before");
    assert_eq!(run(reader.args(["-c", code]), folder.path()), "1000 1000\n");
    let lists = instance.requests("/api/now/table/incident");
    let connections: std::collections::BTreeSet<_> = lists
        .iter()
        .map(|list| list["connection"].to_string())
        .collect();
    assert!(connections.len() > 2, "{connections:?}");
}

/// An instance with incidents and a table with a column for each type, and where that comes from.
fn instance(incidents: &str) -> (Instance, tempfile::TempDir) {
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
    let incidents = format!("incident={incidents}");
    let instance = Instance::with(&["--data", data, "--generate", &incidents]);
    (instance, folder)
}

/// Python with the libraries that take Arrow. Under a memory tool it would be they that are looked at.
fn python(instance: &Instance) -> Option<Command> {
    if memcheck() != Memcheck::None {
        return None;
    }
    let mut python = python_with_the_package("arrow", "tests/python/arrow.txt")?;
    python.env("SNOW_INSTANCE", &instance.url).envs(CREDENTIALS);
    Some(python)
}

/// Runs a program, which must succeed, in a folder of its own; what it printed.
fn run(command: &mut Command, folder: &Path) -> String {
    let output = command.current_dir(folder).output().expect("it starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}
