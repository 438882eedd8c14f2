//! `include/snow.h` is what the source makes of it, and every compiler takes it alone.

mod support;

use std::fs;
use std::process::Command;

use support::c::{STRICT, text};
use support::{has, root};

/// The header that this very build generated.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/snow.h"));

#[test]
fn the_committed_header_is_the_generated_one() {
    let path = root().join("include/snow.h");
    if std::env::var_os("SNOW_BLESS").is_some() {
        fs::write(&path, GENERATED).expect("the header can be written");
    }
    let committed = fs::read_to_string(&path).expect("the header can be read");
    assert!(
        committed == GENERATED,
        "include/snow.h is out of date: run `make header`"
    );
}

#[test]
fn the_header_compiles_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    for (compiler, language, standards) in [
        ("cc", "c", &["c99", "c11", "c17"] as &[_]),
        ("c++", "c++", &["c++11", "c++17", "c++20"]),
    ] {
        let package = if compiler == "cc" { "gcc" } else { "g++" };
        for standard in standards.iter().filter(|_| has(compiler, package)) {
            // Twice, so that the include guard is needed.
            let source = folder.path().join("alone");
            fs::write(&source, "#include <snow.h>\n#include <snow.h>\n").expect("a file");
            let output = Command::new(compiler)
                .args(["-fsyntax-only", &format!("-std={standard}"), "-x", language])
                .args(STRICT)
                .arg("-I")
                .arg(root().join("include"))
                .arg(&source)
                .output()
                .unwrap_or_else(|error| panic!("{compiler}: {error}"));
            assert!(
                output.status.success(),
                "{standard}:\n{}",
                text(&output.stderr)
            );
        }
    }
}

#[test]
fn the_quick_start_compiles() {
    assert_compiles(
        &GENERATED
            .lines()
            .skip_while(|line| !line.ends_with("@code{.c}"))
            .skip(1)
            .take_while(|line| !line.ends_with("@endcode"))
            .map(|line| line.trim_start_matches(" *").to_owned() + "\n")
            .collect::<String>(),
    );
}

#[test]
fn the_readmes_program_compiles() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    assert_compiles(
        &readme
            .lines()
            .skip_while(|line| *line != "```c")
            .skip(1)
            .take_while(|line| *line != "```")
            .map(|line| line.to_owned() + "\n")
            .collect::<String>(),
    );
}

fn assert_compiles(program: &str) {
    assert!(
        program.contains("int main"),
        "there is no program: {program:?}"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("program.c");
    fs::write(&source, program).expect("a file");
    let output = Command::new("cc")
        .args(["-fsyntax-only", "-std=c99"])
        .args(STRICT)
        .arg("-I")
        .arg(root().join("include"))
        .arg(&source)
        .output()
        .expect("cc runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}
