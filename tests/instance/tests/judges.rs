//! Lets other people's clients judge the instance.
//!
//! Each is called by a script in `judges/`, which says what the client must see, from the environment
//! that `judges/install.sh` made for it. Where there is none, the test is skipped, but not in CI.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use support::Program;

#[allow(dead_code, reason = "other tests need more of it")]
#[path = "program/support/mod.rs"]
mod support;

/// Rows enough for three pages of a thousand, and what the tests of PySNC want to find.
const WORLD: [&str; 8] = [
    "--generate",
    "incident=2500",
    "sys_user=700",
    "sys_user_group=20",
    "sys_user_role=5",
    "problem=20",
    "syslog=50",
    "sys_script=20",
];

#[test]
fn pysnow() {
    judge("pysnow", "bin/python", "with_pysnow.py", Scheme::Https);
}

#[test]
fn pysnc() {
    judge("pysnc", "bin/python", "with_pysnc.py", Scheme::Https);
}

#[test]
fn aiosnow() {
    // It verifies certificates whatever it is told, and takes no authority.
    judge("aiosnow", "bin/python", "with_aiosnow.py", Scheme::Http);
}

#[test]
fn requests_oauthlib() {
    judge(
        "requests-oauthlib",
        "bin/python",
        "with_requests_oauthlib.py",
        Scheme::Https,
    );
}

#[test]
fn servicenow_cli() {
    judge(
        "servicenow-cli",
        "bin/python",
        "with_servicenow_cli.py",
        Scheme::Http,
    );
}

#[test]
fn servicenow_rest_api() {
    judge(
        "servicenow-rest-api",
        "node",
        "with_servicenow_rest_api.js",
        Scheme::Https,
    );
}

#[test]
fn snowloader() {
    judge(
        "snowloader",
        "bin/python",
        "with_snowloader.py",
        Scheme::Https,
    );
}

#[derive(Clone, Copy, PartialEq)]
enum Scheme {
    Http,
    Https,
}

/// Runs a script; an interpreter with a `/` in its name is the one of the environment.
fn judge(name: &str, interpreter: &str, script: &str, scheme: Scheme) {
    let home = judges_home().join(name);
    if !home.join("installed-from").exists() {
        assert!(
            env::var_os("CI").is_none(),
            "{name} is not installed: tests/instance/judges/install.sh"
        );
        eprintln!("skipped: {name} is not installed: tests/instance/judges/install.sh");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let authority = directory.path().join("authority.pem");
    let mut arguments = WORLD.to_vec();
    if scheme == Scheme::Https {
        let path = authority.to_str().expect("a path in UTF-8");
        arguments.extend(["--https", "--ca-file", path]);
    }
    let instance = Program::start(&arguments);
    let interpreter = match interpreter.contains('/') {
        true => home.join(interpreter),
        false => PathBuf::from(interpreter),
    };
    let mut command = Command::new(interpreter);
    command
        .arg(scripts().join(script))
        .env("SNOW_URL", instance.url())
        .env("JUDGE_HOME", &home)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if scheme == Scheme::Https {
        for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            command.env(variable, &authority);
        }
    }
    let ended = command.output().expect("the judge starts");
    assert!(
        ended.status.success(),
        "{name}: {}\n{}{}",
        ended.status,
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("judges")
}

/// `judges` in the directory of the build.
fn judges_home() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let build = temporary.parent().expect("it lies in that of the build");
    fs::canonicalize(build)
        .expect("the build is there")
        .join("judges")
}
