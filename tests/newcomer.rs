//! What a newcomer meets in C: before the library can speak, what the compiler, the linker and the loader say
//! stands in `docs/install.md` with what to do; then the library says it. `bindings.rs` has it for the others.

mod support;

use std::path::Path;
use std::process::Command;

use support::c::{Program, text};
use support::language::{MISTAKES, library, of_another_architecture, other_library};
use support::root;

/// A program of the examples, for the mistakes that are made with it.
struct First {
    folder: tempfile::TempDir,
}

impl First {
    fn new() -> First {
        First {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Compiles and links it with these arguments; what the tools complained of.
    fn built(&self, arguments: &[&Path]) -> String {
        let mut cc = Command::new("cc");
        cc.env("LC_ALL", "C").current_dir(self.path());
        cc.arg(root().join("examples-c/01_basic_auth.c"))
            .args(["-o", "first"])
            .args(arguments);
        text(&cc.output().expect("a C compiler").stderr)
    }

    /// Builds it as it should be.
    fn built_well(&self) {
        let complaints = self.built(&[Path::new("-I"), &root().join("include"), &library()]);
        assert_eq!(complaints, "");
    }

    /// Runs it where the loader looks for the library in its folder alone; what came of it.
    fn run(&self) -> String {
        let mut first = Command::new(self.path().join("first"));
        first.env("LC_ALL", "C").env("LD_LIBRARY_PATH", self.path());
        let output = first.output().expect("the program starts");
        assert!(
            !output.status.success(),
            "the loader found another libsnow: make uninstall"
        );
        text(&output.stderr)
    }
}

/// The message is what is said, and the reader who looks for it finds it.
fn assert_told(said: &str, message: &str) {
    assert!(said.contains(message), "{said}");
    let install = std::fs::read_to_string(root().join("docs/install.md")).expect("the document");
    let (_, what_goes_wrong) = install
        .split_once("## What goes wrong")
        .expect("the section");
    let words = what_goes_wrong.replace('`', "");
    assert!(words.contains(message), "docs/install.md lacks {message:?}");
}

/// The cargo of a distribution is often older, and would complain of the edition.
#[test]
fn a_rust_that_is_too_old_or_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let cargo = folder.path().join("cargo");
    let said_with = |version: Option<&str>| {
        if let Some(version) = version {
            // A process that another test starts meanwhile would hold on to a script that is written here.
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(
                r##"printf '#!/bin/sh\necho "cargo %s (0123456 2022-01-01)"\n' "$2" >"$1" && chmod +x "$1""##,
            );
            let written = shell.arg("sh").arg(&cargo).arg(version).status();
            assert!(written.expect("a shell").success());
        }
        let mut make = Command::new("make");
        make.current_dir(root()).arg("need-cargo");
        // Of the make that runs the tests.
        make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
        let output = make.arg(format!("CARGO={}", cargo.display())).output();
        let output = output.expect("make");
        (output.status.success(), text(&output.stderr))
    };
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let install = format!(": install Rust {needed} or newer, https://rustup.rs");
    for (version, problem) in [
        (None, "cargo is missing"),
        (Some("1.65.0"), "cargo 1.65 is too old"),
    ] {
        let (succeeds, said) = said_with(version);
        assert!(
            !succeeds && said.contains(&format!("{problem}{install}")),
            "{said}"
        );
    }
    let just = format!("{needed}.0");
    for version in [just.as_str(), "1.101.0-nightly", "2.0.0"] {
        assert_eq!(said_with(Some(version)), (true, String::new()), "{version}");
    }
}

#[test]
fn a_header_that_is_not_found() {
    assert_told(
        &First::new().built(&[]),
        "snow.h: No such file or directory",
    );
}

#[test]
fn a_library_that_is_not_found() {
    let first = First::new();
    first.built_well();
    let message = "libsnow.so.0: cannot open shared object file";
    assert_told(&first.run(), message);
}

#[test]
fn a_library_for_another_architecture() {
    let first = First::new();
    first.built_well();
    let (other, _) = of_another_architecture(first.path());
    let linked = first.path().join("libsnow.so");
    std::fs::copy(&other, &linked).expect("room");
    let include = root().join("include");
    let flags = [
        "-I".as_ref(),
        include.as_path(),
        "-L.".as_ref(),
        "-lsnow".as_ref(),
    ];
    assert_told(&first.built(&flags), "skipping incompatible");
    first.built_well();
    let mut bytes = std::fs::read(&other).expect("the library");
    bytes[4] = 1; // 32 bits
    std::fs::write(&other, bytes).expect("room");
    assert_told(&first.run(), "wrong ELF class");
}

#[test]
fn a_library_that_is_older_than_the_header() {
    let first = First::new();
    first.built_well();
    let older = other_library(
        first.path(),
        "unsigned snow_abi_version(void) { return 0; }\n",
    );
    assert_told(&first.run(), "undefined symbol: snow_");
    let include = root().join("include");
    let flags = ["-I".as_ref(), include.as_path(), older.as_path()];
    let said = first.built(&flags).replace('`', "");
    assert_told(&said, "undefined reference to snow_");
}

#[test]
fn an_instance_that_cannot_be_reached() {
    for mistake in MISTAKES {
        let mut program = Program::c("examples-c/01_basic_auth.c")
            .env("SNOW_INSTANCE", mistake.instance)
            .env("SNOW_USER", "admin")
            .env("SNOW_PASSWORD", "admin");
        for (name, value) in mistake.environment(program.folder()) {
            program = program.env(name, value.to_str().expect("UTF-8"));
        }
        let output = program.output(&[]);
        assert_eq!(output.status.code(), Some(1), "{}", output.status);
        let said = text(&output.stderr);
        assert!(said.contains(mistake.advice), "{said}");
    }
}
