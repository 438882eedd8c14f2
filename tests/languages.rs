//! The same shared library from other languages; C++ is in `cpp.rs`.

mod support;

use std::process::Command;

use support::c::text;
use support::instance::Instance;
use support::{built, has, root};

#[test]
fn python() {
    if !has("python3", "python3") {
        return;
    }
    let instance = Instance::start();
    let output = Command::new("python3")
        .arg(root().join("tests/python/connect.py"))
        .arg(built().join("libsnow.so"))
        .env("SNOW_INSTANCE", &instance.url)
        .env("SNOW_CLIENT_ID", "snow-client")
        .env("SNOW_CLIENT_SECRET", "snow-secret")
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}
