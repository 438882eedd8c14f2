//! What `docs/pysnow.md` promises to those who come from pysnow: that no member is forgotten, that each
//! function and test it names is there, and that both give the same but for what it lists; and that scripts
//! which are written for pysnow run with another import.
//!
//! pysnow is where `tests/instance/judges/install.sh` puts it, and what the package for Python needs where it
//! puts that of `bindings/python/wheel.txt`. What needs them is skipped without, but not in CI.

mod support;

use std::collections::BTreeSet;
use std::fs;

use support::c::text;
use support::instance::Instance;
use support::python::{python, python_with_the_package};
use support::{built, root};

/// A row of a table of members.
struct Row {
    members: Vec<String>,
    functions: String,
    tests: String,
}

#[test]
fn every_member_has_a_row() {
    let known: BTreeSet<String> = lines(&read("tests/python/pysnow_members.txt")).collect();
    let mut in_rows = BTreeSet::new();
    for member in rows().into_iter().flat_map(|row| row.members) {
        assert!(in_rows.insert(member.clone()), "{member} has two rows");
    }
    assert!(known.len() > 300, "the list of members was read");
    let missing: Vec<_> = known.difference(&in_rows).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
    let unknown: Vec<_> = in_rows.difference(&known).collect();
    assert!(unknown.is_empty(), "no member of pysnow: {unknown:?}");
}

#[test]
fn the_list_of_members_is_that_of_pysnow() {
    let Some(mut python) = python("pysnow", "") else {
        return;
    };
    let script = root().join("tests/python/pysnow_members.py");
    let output = python
        .arg(script)
        .output()
        .expect("the environment has a Python");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let list = read("tests/python/pysnow_members.txt");
    let (_, found) = list
        .split_once("# found\n")
        .expect("the part that is found");
    let (found, _) = found.split_once("# read\n").expect("the part that is read");
    assert_eq!(
        lines(found).collect::<Vec<_>>(),
        lines(&text(&output.stdout)).collect::<Vec<_>>()
    );
}

#[test]
fn each_row_names_functions_and_tests_that_exist() {
    let header = read("include/snow.h");
    let page = read("docs/pysnow.md");
    let named = words(&page).filter(|word| word.starts_with("snow_") || word.starts_with("SNOW_"));
    let header_words: BTreeSet<_> = words(&header).collect();
    let gone: BTreeSet<_> = named.filter(|name| !header_words.contains(name)).collect();
    assert_eq!(gone, BTreeSet::from([]), "not in snow.h");
    for row in rows() {
        let members = &row.members;
        if row.functions.starts_with("left out: ") {
            assert!(row.functions.len() > 20, "{members:?}: no reason");
            continue;
        }
        let mut functions = quoted(&row.functions).into_iter();
        assert!(
            functions.any(|name| name.starts_with("snow_") && name.contains("()")),
            "{members:?}: no function"
        );
        let tests = quoted(&row.tests);
        assert!(
            !tests.is_empty() && tests.len().is_multiple_of(2),
            "{members:?}: no test"
        );
        for test in tests.chunks(2) {
            let (file, name) = (&test[0], &test[1]);
            let source = fs::read_to_string(root().join(file)).unwrap_or_default();
            let opening = match file.rsplit('.').next() {
                Some("rs") => format!("fn {name}("),
                Some("py") => format!("def {name}("),
                _ => format!("static void {name}("),
            };
            assert!(
                source.contains(&opening),
                "{members:?}: {file} has no {name}"
            );
        }
    }
}

#[test]
fn the_same_calls_through_pysnow() {
    let Some(mut python) = python_with_the_package("pysnow", "") else {
        return;
    };
    // The clock stands, so that what both make has the same stamps.
    let instance = Instance::with(&["--clock", "2026-02-04 12:30:30"]);
    let output = python
        .arg(root().join("tests/python/against_pysnow.py"))
        .arg(built().join("libsnow.so"))
        .arg(root().join("include/snow.h"))
        .arg(root().join("docs/pysnow.md"))
        .env("SNOW_INSTANCE", &instance.url)
        .env_remove("HTTP_PROXY")
        .env_remove("http_proxy")
        .output()
        .expect("the environment has a Python");
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    println!("{said}");
}

#[test]
fn the_same_lines_beside_pysnow() {
    let Some(mut python) = python_with_the_package("pysnow", "") else {
        return;
    };
    let output = python
        .arg(root().join("tests/python/pysnow_beside.py"))
        .output()
        .expect("the environment has a Python");
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    println!("{said}");
}

#[test]
fn what_requests_says_of_tls() {
    let Some(mut python) = python_with_the_package("pysnow", "") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let both = file("both.pem");
    let shown = both.to_str().expect("a path in UTF-8");
    let instance = Instance::https(&["--client-certificate-file", shown]);
    let pem = fs::read_to_string(&both).expect("its certificate");
    let (certificate, key) = pem.split_at(pem.find("-----BEGIN PRIVATE").expect("its key"));
    fs::write(file("certificate.pem"), certificate).expect("room");
    fs::write(file("key.pem"), key).expect("room");
    let output = python
        .arg(root().join("tests/python/pysnow_sessions.py"))
        .arg(instance.ca_file())
        .args([file("certificate.pem"), file("key.pem"), both])
        .env("SNOW_INSTANCE", &instance.url)
        .output()
        .expect("the environment has a Python");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn the_examples_of_pysnow_run() {
    let Some(mut python) = python_with_the_package("pysnow", "") else {
        return;
    };
    let instance = Instance::start();
    let output = python
        .arg(root().join("tests/python/pysnow_documentation.py"))
        .arg(root().join("tests/python/pysnow_documentation"))
        .env("SNOW_INSTANCE", &instance.url)
        .env("TZ", "UTC")
        .output()
        .expect("the environment has a Python");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "26 examples\n");
}

/// The rows of the tables of members, which have four columns.
fn rows() -> Vec<Row> {
    let page = read("docs/pysnow.md");
    let cells = page.lines().filter(|line| line.starts_with("| `"));
    let cells = cells.map(|line| line.trim_matches('|').split(" | ").collect::<Vec<_>>());
    let rows = cells.filter(|cells| cells.len() == 4).map(|cells| Row {
        members: quoted(cells[0]),
        functions: cells[1].trim().to_owned(),
        tests: cells[3].to_owned(),
    });
    rows.collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c != '_' && !c.is_ascii_alphanumeric())
}

fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned)
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
