//! What the library is made of: from where, and under which licences.

mod support;

use serde_json::Value;
use support::cargo;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Licences under which a crate may be part of a library that is MIT or Apache-2.0, or build it.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    // cbindgen's: it runs while the library is built, and no line of it becomes a part.
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

fn metadata() -> Value {
    let output = cargo()
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the lock file is not up to date");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn every_crate_comes_from_the_registry_under_a_known_licence() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 50, "{} packages", packages.len());
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        if let Some(source) = package["source"].as_str() {
            assert_eq!(source, REGISTRY, "{name}");
        }
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence), "{name}: {licence:?}");
        assert!(name == "cbindgen" || licence != "MPL-2.0", "{name}");
    }
}

/// The fuzzers are built with what they lock; nothing but a nightly compiler would say that it is not all.
#[test]
fn what_the_library_needs_is_locked_for_its_fuzzers_too() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let ours = packages.iter().find(|package| package["name"] == "libsnow");
    let needed = ours.expect("the library")["dependencies"].as_array();
    let needed = needed.expect("dependencies").iter();
    let needed: Vec<_> = needed.filter(|it| it["kind"] != "dev").collect();
    assert!(needed.len() > 20, "{} dependencies", needed.len());
    let lock = std::fs::read_to_string("fuzz/Cargo.lock").expect("a lock file");
    let mut packages = lock.split("[[package]]");
    let ours = packages.find(|package| package.contains("name = \"libsnow\""));
    let ours = ours.expect("the library is locked");
    for name in needed.iter().filter_map(|it| it["name"].as_str()) {
        let is_locked = ours.lines().any(|line| {
            let line = line.trim().trim_matches([',', '"']);
            line == name || line.starts_with(&format!("{name} "))
        });
        assert!(is_locked, "{name} is missing in fuzz/Cargo.lock");
    }
}

/// Whether all that must hold of an expression is allowed, one of each choice.
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain
        .split(" AND ")
        .all(|part| part.split(" OR ").any(|licence| ALLOWED.contains(&licence)))
}

#[test]
fn an_expression_is_allowed_where_one_of_each_choice_is() {
    for (expression, allowed) in [
        ("MIT", true),
        ("MIT/GPL-3.0", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression), allowed, "{expression}");
    }
}
