//! The man pages that `make man` writes: one for every function, which says all that such a page must. The site
//! that `make docs` writes, of the same and of the manual, whose code is that of programs.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::c::text;
use support::{has, root};

#[test]
fn every_function_has_a_page() {
    let Some(pages) = Pages::written() else {
        return;
    };
    let symbols = fs::read_to_string(root().join("tests/abi/symbols.txt")).expect("the symbols");
    for symbol in symbols.lines().filter_map(|line| line.split(' ').next()) {
        let page = pages.text(&format!("{symbol}.3"));
        let mut headings = vec!["NAME", "SYNOPSIS", "DESCRIPTION", "HISTORY", "SEE ALSO"];
        let synopsis = page.split(".SH ").nth(2).expect("a second section");
        let start = synopsis
            .lines()
            .find(|line| line.contains(&format!("{symbol}(")))
            .unwrap_or_else(|| panic!("{symbol} is not in its synopsis: {synopsis}"));
        if !start.contains("(void)") {
            headings.push("PARAMETERS");
        }
        if !start.contains(&format!("\"void {symbol}")) {
            headings.push("RETURN VALUE");
        }
        if synopsis.contains("snow_error **\" error") {
            headings.push("ERRORS");
        }
        for heading in headings {
            let line = format!("\n.SH {heading}\n");
            let (_, section) = page
                .split_once(&line)
                .unwrap_or_else(|| panic!("{symbol} has no {heading}"));
            assert!(!section.starts_with(".SH"), "{symbol}: {heading} is empty");
        }
    }
}

#[test]
fn every_reference_leads_to_a_page() {
    let Some(pages) = Pages::written() else {
        return;
    };
    let mut references = 0;
    for (name, page) in &pages.texts {
        for (before, section) in ["3", "7"].iter().flat_map(|section| {
            let end = format!("\\fR({section})");
            let befores: Vec<_> = page.split(&end).map(str::to_owned).collect();
            let count = befores.len() - 1;
            befores
                .into_iter()
                .take(count)
                .map(move |before| (before, section))
        }) {
            let target = before.rsplit("\\fB").next().expect("a last part");
            let target = format!("{}.{section}", target.trim_start_matches("\\%"));
            assert!(
                pages.texts.contains_key(&target),
                "{name} refers to {target}"
            );
            references += 1;
        }
        for mark in ["@param", "@return", "@since", "#SNOW_", "@code", "@{"] {
            assert!(!page.contains(mark), "{name} holds {mark}");
        }
    }
    assert!(references > 1000, "only {references} were found");
}

#[test]
fn no_formatter_warns() {
    let Some(pages) = Pages::written() else {
        return;
    };
    let judges: [(&str, &str, &[&str]); 2] = [
        ("mandoc", "mandoc", &["-Tlint", "-Wwarning"]),
        ("groff", "groff-base", &["-man", "-ww", "-Tutf8", "-z"]),
    ];
    for (judge, package, arguments) in judges {
        if !has(judge, package) {
            continue;
        }
        let output = Command::new(judge)
            .args(arguments)
            .args(pages.texts.keys().map(|name| pages.path(name)))
            .output()
            .unwrap_or_else(|error| panic!("{judge}: {error}"));
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(
            output.status.success() && said.is_empty(),
            "{judge}: {said}"
        );
    }
}

#[test]
fn every_link_of_the_site_leads_somewhere() {
    let Some(folder) = written_by("docs/website.py") else {
        return;
    };
    let entries = fs::read_dir(folder.path()).expect("the site");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let pages: BTreeMap<String, String> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "html"))
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            let page = fs::read_to_string(&path).expect("a page");
            (name.expect("a name in UTF-8").to_owned(), page)
        })
        .collect();
    let (mut links, mut places) = (0, 0);
    for (name, page) in &pages {
        for link in page.split(" href=\"").skip(1) {
            let (target, _) = link.split_once('"').expect("the end of a link");
            if target.contains(':') || target == "style.css" {
                continue;
            }
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { name } else { file };
            let found = pages.get(file);
            let found = found.unwrap_or_else(|| panic!("{name} leads to {target}"));
            if !place.is_empty() {
                assert!(
                    found.contains(&format!("id=\"{place}\"")),
                    "{name} leads to {target}"
                );
                places += 1;
            }
            links += 1;
        }
    }
    assert!(links > 5000 && places > 1000, "{links} links were found");
    let client = &pages["group__snow__client.html"];
    assert!(
        client.contains("<a id=\"snow_client_new\""),
        "a place goes by its name"
    );
    assert!(folder.path().join("style.css").is_file());
}

#[test]
fn what_the_markdown_names_is_there() {
    let symbols = fs::read_to_string(root().join("tests/abi/symbols.txt")).expect("the symbols");
    let is_function = |name: &str| {
        symbols
            .lines()
            .any(|line| line.split(' ').next() == Some(name))
    };
    let (mut links, mut functions) = (0, 0);
    for path in markdown() {
        let page = fs::read_to_string(&path).expect("a page");
        let folder = path.parent().expect("a folder");
        for link in page.split("](").skip(1) {
            let (target, _) = link.split_once(')').expect("the end of a link");
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            if file.contains(':') {
                continue;
            }
            let target = if file.is_empty() {
                path.clone()
            } else {
                folder.join(file)
            };
            assert!(target.exists(), "{} leads to {file}", path.display());
            if !place.is_empty() {
                let page = fs::read_to_string(&target).expect("a page");
                let places = page.lines().filter(|line| line.starts_with('#'));
                let mut places =
                    places.map(|line| line.trim_start_matches(['#', ' ']).to_lowercase());
                assert!(
                    places.any(|words| words.replace(' ', "-") == place),
                    "{} leads to {place} of {file}",
                    path.display()
                );
            }
            links += 1;
        }
        for before in page.split("()").filter(|before| before.len() < page.len()) {
            let name = before.rsplit(|other: char| !other.is_ascii_alphanumeric() && other != '_');
            let name = name.into_iter().next().unwrap_or_default();
            if name.starts_with("snow_") {
                assert!(is_function(name), "{} names {name}()", path.display());
                functions += 1;
            }
        }
    }
    assert!(
        links > 100 && functions > 300,
        "{links} links, {functions} names"
    );
}

/// The README and its like, the manual, and what the bindings say of themselves.
fn markdown() -> Vec<PathBuf> {
    let mut folders = vec![
        root().to_owned(),
        root().join("docs"),
        root().join("bindings"),
    ];
    let bindings = fs::read_dir(root().join("bindings")).expect("the bindings");
    let bindings = bindings.map(|entry| entry.expect("an entry").path());
    folders.extend(bindings.filter(|path| path.is_dir()));
    let entries = folders
        .iter()
        .map(|folder| fs::read_dir(folder).expect("a folder"));
    let paths = entries
        .flatten()
        .map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect()
}

/// Code in the Markdown is what compiles or runs elsewhere, word for word but for how far it is indented. That of the README is compiled by
/// tests/header.rs, and what docs/pysnow.md shows of Python is meant for pysnow.
#[test]
fn the_code_of_the_manual_is_that_of_programs() {
    let read = |path: &Path| fs::read_to_string(path).expect("a file of the checkout");
    let flush = |text: &str| -> String {
        let lines = text.lines().map(|line| line.trim_start().to_owned() + "\n");
        lines.collect()
    };
    let mut programs = Vec::new();
    for folder in [
        "examples-c",
        "examples-cpp",
        "bindings/python/examples",
        "tests/c",
    ] {
        let entries = fs::read_dir(root().join(folder)).expect("programs");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        programs.extend(
            paths
                .filter(|path| path.is_file())
                .map(|path| flush(&read(&path))),
        );
    }
    let mut snippets = 0;
    for path in markdown()
        .into_iter()
        .filter(|path| path.starts_with(root().join("docs")))
    {
        for fenced in read(&path).split("\n```").skip(1).step_by(2) {
            let (language, code) = fenced.split_once('\n').expect("a line");
            let meant_for_pysnow = path.ends_with("docs/pysnow.md") && language == "python";
            if !["c", "cpp", "python"].contains(&language) || meant_for_pysnow {
                continue;
            }
            assert!(
                programs
                    .iter()
                    .any(|program| program.contains(&flush(code))),
                "{} shows what is in no program:\n{code}",
                path.display()
            );
            snippets += 1;
        }
    }
    assert!(snippets > 12, "only {snippets} were found");
}

/// The pages, by their names, such as `snow_version.3`.
struct Pages {
    folder: tempfile::TempDir,
    texts: BTreeMap<String, String>,
}

impl Pages {
    fn written() -> Option<Self> {
        let folder = written_by("docs/man.py")?;
        let mut texts = BTreeMap::new();
        for section in ["man3", "man7"] {
            let entries = fs::read_dir(folder.path().join(section)).expect("a folder of pages");
            for path in entries.map(|entry| entry.expect("an entry").path()) {
                let name = path.file_name().and_then(|name| name.to_str());
                let page = fs::read_to_string(&path).expect("a page");
                texts.insert(name.expect("a name in UTF-8").to_owned(), page);
            }
        }
        Some(Self { folder, texts })
    }

    fn text(&self, name: &str) -> &str {
        self.texts
            .get(name)
            .unwrap_or_else(|| panic!("there is no page {name}"))
    }

    fn path(&self, name: &str) -> PathBuf {
        let section = Path::new(name).extension().expect("a section");
        let section = section.to_str().expect("a section in UTF-8");
        self.folder.path().join(format!("man{section}")).join(name)
    }
}

/// What a script of docs/ writes, where its tools are there.
fn written_by(script: &str) -> Option<tempfile::TempDir> {
    if !has("doxygen", "doxygen") || !has("python3", "python3") {
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new("python3")
        .arg(root().join(script))
        .arg(folder.path())
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    Some(folder)
}
