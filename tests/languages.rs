//! The same shared library from other languages; C++ is in `cpp.rs`.

mod support;

use std::process::Command;

use support::c::text;
use support::instance::{CREDENTIALS, Instance};
use support::{built, has, root};

#[test]
fn python() {
    if has("python3", "python3") {
        run("python3", "tests/python/connect.py");
    }
}

/// A host that speaks TLS by OpenSSL, beside the library in the same process.
#[test]
fn python_with_a_tls_of_its_own() {
    if !has("python3", "python3") {
        return;
    }
    let instance = Instance::https(&[]);
    let output = Command::new("python3")
        .arg(root().join("tests/python/own_tls.py"))
        .arg(built().join("libsnow.so"))
        .env("SNOW_INSTANCE", &instance.url)
        .env("SNOW_CA_FILE", instance.ca_file())
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// cffi takes `snow.cdef.h` as it is.
#[test]
fn python_with_cffi() {
    let imported = Command::new("python3").args(["-c", "import cffi"]).output();
    let found = imported.is_ok_and(|output| output.status.success());
    assert!(
        found || std::env::var_os("CI").is_none(),
        "cffi is missing: apt-get install python3-cffi"
    );
    if found {
        run("python3", "tests/python/cdef.py");
    } else {
        println!("skipped: cffi is missing (apt-get install python3-cffi)");
    }
}

/// So does LuaJIT.
#[test]
fn luajit() {
    if has("luajit", "luajit") {
        run("luajit", "tests/lua/cdef.lua");
    }
}

/// Runs a script with the paths of the library and of its declarations, against an instance.
fn run(interpreter: &str, script: &str) {
    let instance = Instance::start();
    let output = Command::new(interpreter)
        .arg(root().join(script))
        .arg(built().join("libsnow.so"))
        .arg(root().join("include/snow.cdef.h"))
        .env("SNOW_INSTANCE", &instance.url)
        .envs(CREDENTIALS)
        .output()
        .expect("the interpreter runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}
