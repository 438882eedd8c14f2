//! What the tests stand on: the local instance as a child process, and C programs built against the
//! library.
//!
//! Each test file is a program of its own and uses a part of this.
#![allow(dead_code, missing_docs, unreachable_pub)]

pub mod c;
pub mod certificates;
pub mod connect;
pub mod declarations;
pub mod instance;
pub mod language;
pub mod part;
pub mod proxy;
pub mod python;
pub mod recorder;
pub mod unaccepted;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The root of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where cargo puts what it builds in this profile: `target/debug`, or wherever this test lies.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    test.ancestors()
        .nth(2)
        .expect("a test lies in target/<profile>/deps")
        .to_owned()
}

/// Real data, where the checkout has it beside it.
pub fn shared_data() -> Option<PathBuf> {
    let data = root().join("../shared/data");
    if data.is_dir() {
        return Some(data);
    }
    println!("skipped: no real data beside this checkout");
    None
}

/// The files below a folder whose names have one of these endings.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if ending.is_some_and(|ending| endings.contains(&ending)) {
            found.push(path);
        }
    }
    found
}

/// A path as an argument, or as a word in a configuration.
pub fn path_text(path: PathBuf) -> String {
    path.into_os_string()
        .into_string()
        .expect("a temporary path is text")
}

/// Whether a tool is there. Where `CI` is set, it must be.
pub fn has(tool: &str, package: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    assert!(
        found || std::env::var_os("CI").is_none(),
        "{tool} is missing: apt-get install {package}"
    );
    if !found {
        println!("skipped: {tool} is missing (apt-get install {package})");
    }
    found
}

/// Builds the C library and the local instance in the profile of this test, once.
pub fn built() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let target = target();
            let mut cargo = cargo();
            // With a test beside them they share what `cargo test --workspace` built: the same features.
            cargo.args(["build", "--quiet", "--workspace", "--lib", "--bins"]);
            cargo.args(["--test", env!("CARGO_CRATE_NAME")]);
            if target.ends_with("release") {
                cargo.arg("--release");
            }
            let folder = target
                .parent()
                .expect("a profile's folder lies in a target folder");
            cargo.arg("--target-dir").arg(folder);
            assert!(
                cargo.status().expect("cargo runs").success(),
                "the library does not build"
            );
            target
        })
        .clone()
}

/// cargo on this package, as a test calls it.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root());
    // What cargo tells a test about its own package makes build scripts run anew.
    for (name, _) in std::env::vars() {
        let of_cargo = ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"];
        if of_cargo.iter().any(|prefix| name.starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo
}
