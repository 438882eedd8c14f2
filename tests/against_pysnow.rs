//! pysnow and libsnow on the same instance: what 200 calls and more give, held against each other field by
//! field. pysnow is where `tests/instance/judges/install.sh` puts it; without it the test is skipped, but
//! not in CI.

mod support;

use std::process::Command;

use support::c::text;
use support::instance::Instance;
use support::{built, root, target};

#[test]
fn the_same_calls_through_pysnow() {
    let judges = target().parent().expect("a target folder").join("judges");
    let pysnow = judges.join("pysnow");
    if !pysnow.join("installed-from").exists() {
        let missing = "pysnow is not installed: tests/instance/judges/install.sh";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        println!("skipped: {missing}");
        return;
    }
    // The clock stands, so that what both make has the same stamps.
    let instance = Instance::with(&["--clock", "2026-02-04 12:30:30"]);
    let output = Command::new(pysnow.join("bin/python"))
        .arg(root().join("tests/python/against_pysnow.py"))
        .arg(built().join("libsnow.so"))
        .arg(root().join("include/snow.h"))
        .arg(root().join("docs/pysnow.md"))
        .env("SNOW_INSTANCE", &instance.url)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("HTTP_PROXY")
        .env_remove("http_proxy")
        .output()
        .expect("the environment has a Python");
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    println!("{said}");
}
