//! Asks what was once asked of real instances, and compares with what they answered.
//!
//! For each recorded exchange an instance is loaded with the rows of its answer, at the place where
//! they were. Where the recording is a page of many, rows with other ids stand for those around it.
//! Status, header names, number and order of rows, the fields of each and the type of each value must
//! be as recorded. The recordings are not part of this project: where they are not, nothing is tested.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    thread,
};

use serde::Deserialize;
use serde_json::{Map, Value};
use support::{Answer, Program};

#[allow(dead_code, reason = "other tests need more of it")]
#[path = "program/support/mod.rs"]
mod support;

#[derive(Deserialize)]
struct Recording {
    request: Asked,
    response: Answered,
}

#[derive(Deserialize)]
struct Asked {
    url: String,
}

#[derive(Deserialize)]
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    body_json: Value,
}

type Row = Map<String, Value>;

#[test]
fn recorded_requests_are_answered_as_recorded() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/recorded");
    let Ok(entries) = fs::read_dir(&directory) else {
        eprintln!("skipped: no recordings in {}", directory.display());
        return;
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the directory is readable").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    assert_eq!(files.len(), 146);
    // Two at a time: most of it is waiting for instances to start.
    let (first, second) = files.split_at(files.len() / 2);
    let differences_of = |files: &[PathBuf]| -> Vec<String> {
        files.iter().filter_map(|file| difference(file)).collect()
    };
    let differences = thread::scope(|scope| {
        let second = scope.spawn(|| differences_of(second));
        let mut differences = differences_of(first);
        differences.extend(second.join().expect("no panic"));
        differences
    });
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        files.len(),
        differences.join("\n")
    );
}

fn difference(file: &Path) -> Option<String> {
    let recorded: Recording =
        serde_json::from_slice(&fs::read(file).expect("a readable file")).expect("a recording");
    let target = recorded.target();
    let directory = tempfile::tempdir().expect("a directory");
    let rows = target.table_of(&recorded);
    if !rows.is_empty() {
        let data = directory.path().join(format!("{}.json", target.table));
        fs::write(data, serde_json::to_vec(&rows).expect("rows are JSON")).expect("room for them");
    }
    let data = directory.path().to_str().expect("a path in UTF-8");
    let program = Program::start(&["--data", data]);
    if !recorded.response.has("x-content-type-options") {
        program.control("PATCH", "/-/settings", r#"{"newer_headers":false}"#);
    }
    let answer = program
        .exchange("GET", target.path, recorded.credentials(), "")
        .expect("an answer");
    let compared = compare(&recorded.response, &answer).err()?;
    Some(format!(
        "{}: {compared}",
        file.file_stem()?.to_string_lossy()
    ))
}

impl Recording {
    fn target(&self) -> Target<'_> {
        let (_, rest) = self.request.url.split_once("://").expect("a URL");
        let path = &rest[rest.find('/').expect("a path")..];
        let (place, query) = path.split_once('?').unwrap_or((path, ""));
        let mut segments = place.split('/').skip(4);
        Target {
            path,
            table: segments.next().expect("a table"),
            sys_id: segments.next(),
            parameters: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// Those who were refused with 401 had none that were good.
    fn credentials(&self) -> &[(&str, &str)] {
        match self.response.status {
            401 => &[],
            _ => &[("Authorization", "Basic YWRtaW46YWRtaW4=")],
        }
    }

    fn total(&self) -> usize {
        let header = self
            .response
            .headers
            .iter()
            .find(|(name, _)| name == "x-total-count");
        header.map_or(0, |(_, total)| total.parse().expect("a number"))
    }
}

impl Answered {
    fn has(&self, header: &str) -> bool {
        self.headers.iter().any(|(name, _)| name == header)
    }
}

struct Target<'a> {
    path: &'a str,
    table: &'a str,
    sys_id: Option<&'a str>,
    parameters: Vec<(String, String)>,
}

impl Target<'_> {
    /// The rows of the table in which the recorded ones lie.
    fn table_of(&self, recorded: &Recording) -> Vec<Row> {
        let recorded_rows = match &recorded.response.body_json["result"] {
            Value::Array(rows) => rows.iter().map(row).collect(),
            Value::Object(one) => vec![one.clone()],
            _ => Vec::new(),
        };
        let known: Vec<Row> = recorded_rows
            .into_iter()
            .map(|row| self.with_what_was_asked_for(row))
            .collect();
        let Some(model) = known.first().cloned() else {
            return Vec::new();
        };
        let offset = self
            .parameter("sysparm_offset")
            .map_or(0, |offset| offset.parse().expect("an offset is a number"));
        let after = recorded.total().saturating_sub(offset + known.len());
        let filler = |number: usize| {
            let mut row = model.clone();
            row.insert("sys_id".to_owned(), format!("{number:032x}").into());
            // Nobody who signs in, and no table of its own.
            for name in ["user_name", "name"] {
                if let Some(value) = row.get_mut(name) {
                    *value = "".into();
                }
            }
            row
        };
        let mut rows: Vec<Row> = (0..offset).map(filler).collect();
        rows.extend(known);
        rows.extend((offset..offset + after).map(filler));
        if self.table == "sys_user" {
            // Whoever asks is one of them: another row would be made for a user who is not there.
            rows[0].insert("user_name".to_owned(), "admin".into());
            rows[0].insert("active".to_owned(), "true".into());
        }
        rows
    }

    /// What the request selects by need not be among the fields of the answer.
    fn with_what_was_asked_for(&self, mut row: Row) -> Row {
        if let Some(sys_id) = self.sys_id {
            row.insert("sys_id".to_owned(), sys_id.into());
        }
        for (name, value) in &self.parameters {
            if !name.starts_with("sysparm_") {
                row.insert(name.clone(), value.clone().into());
            }
        }
        row
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

fn row(value: &Value) -> Row {
    value.as_object().expect("a row is an object").clone()
}

fn compare(recorded: &Answered, answer: &Answer) -> Result<(), String> {
    equal("status", recorded.status, answer.status)?;
    let names = |headers: &[(String, String)]| -> BTreeSet<String> {
        headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect()
    };
    same_names(
        "headers",
        &names(&recorded.headers),
        &names(&answer.headers),
    )?;
    let mut body = support::json(answer);
    if !recorded.has("x-content-type-options") {
        forget_later_columns(&mut body);
    }
    same_shape("", &recorded.body_json, &body)
}

/// Columns that incidents have got since the oldest recordings.
fn forget_later_columns(body: &mut Value) {
    let rows = body.get_mut("result").and_then(Value::as_array_mut);
    let rows = rows.into_iter().flatten();
    for row in rows.filter_map(Value::as_object_mut) {
        for later in ["business_impact", "cause", "origin_id", "origin_table"] {
            row.remove(later);
        }
    }
}

/// The same members, and the same types; an id must be the same id.
fn same_shape(place: &str, recorded: &Value, answered: &Value) -> Result<(), String> {
    match (recorded, answered) {
        (Value::Object(recorded), Value::Object(answered)) => {
            let names = |object: &Row| object.keys().cloned().collect::<BTreeSet<_>>();
            same_names(place, &names(recorded), &names(answered))?;
            recorded.iter().try_for_each(|(name, value)| {
                same_shape(&format!("{place}/{name}"), value, &answered[name])
            })
        }
        (Value::Array(recorded), Value::Array(answered)) => {
            equal(&format!("{place}: length"), recorded.len(), answered.len())?;
            recorded.iter().zip(answered).enumerate().try_for_each(
                |(number, (recorded, answered))| {
                    same_shape(&format!("{place}/{number}"), recorded, answered)
                },
            )
        }
        (Value::String(recorded), Value::String(answered)) if place.ends_with("/sys_id") => {
            equal(place, recorded, answered)
        }
        (recorded, answered) => match kind(recorded) == kind(answered) {
            true => Ok(()),
            false => Err(format!("{place}: {answered} instead of {recorded}")),
        },
    }
}

fn same_names(
    place: &str,
    recorded: &BTreeSet<String>,
    answered: &BTreeSet<String>,
) -> Result<(), String> {
    let missing: Vec<_> = recorded.difference(answered).collect();
    let added: Vec<_> = answered.difference(recorded).collect();
    match missing.is_empty() && added.is_empty() {
        true => Ok(()),
        false => Err(format!("{place}: without {missing:?}, but with {added:?}")),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(
    what: &str,
    recorded: T,
    answered: T,
) -> Result<(), String> {
    match recorded == answered {
        true => Ok(()),
        false => Err(format!("{what}: {answered:?} instead of {recorded:?}")),
    }
}
