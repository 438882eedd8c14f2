//! Environments of Python that `tests/instance/judges/install.sh` makes, and the package for Python in them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{built, root, target};

/// Python in the environment of a name, without the package's compiled leftovers in the checkout. `pins` is what
/// `install.sh` is told to install it; nothing for the judges'.
pub fn python(name: &str, pins: &str) -> Option<Command> {
    let mut python = Command::new(environment(name, pins)?.join("bin/python"));
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    Some(python)
}

/// Python in the environment of a name, where a program finds the package `snow` and the library of this build.
pub fn python_with_the_package(name: &str, pins: &str) -> Option<Command> {
    let mut python = python(name, pins)?;
    python
        .env("PYTHONPATH", package()?)
        .env("SNOW_LIBRARY", built().join("libsnow.so"));
    Some(python)
}

/// Where Python finds the package for it, as the wheel holds it, and what that needs.
fn package() -> Option<OsString> {
    static PACKAGE: OnceLock<PathBuf> = OnceLock::new();
    let needs = environment("wheel", "bindings/python/wheel.txt")?;
    let package = PACKAGE.get_or_init(|| {
        let test = std::env::current_exe().expect("a running test has a path");
        let folder = target()
            .join("python")
            .join(test.file_name().expect("a file"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("room");
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(root().join("bindings/python/src/snow"));
        assert!(copy.arg(&folder).status().expect("cp runs").success());
        let declarations = root().join("include/snow.cdef.h");
        std::fs::copy(declarations, folder.join("snow/snow.cdef.h")).expect("room");
        folder
    });
    let paths = [package, &packages(&needs)];
    Some(std::env::join_paths(paths).expect("paths without a colon"))
}

/// The environment of a name. Where `CI` is set, it must be there.
fn environment(name: &str, pins: &str) -> Option<PathBuf> {
    let environment = target().with_file_name("judges").join(name);
    if environment.join("installed-from").exists() {
        return Some(environment);
    }
    let how = format!("tests/instance/judges/install.sh {pins}");
    let missing = format!("{name} is missing: {}", how.trim_end());
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    println!("skipped: {missing}");
    None
}

/// The folder of the packages of an environment.
fn packages(environment: &Path) -> PathBuf {
    let mut folders = std::fs::read_dir(environment.join("lib")).expect("its library");
    let version = folders.next().expect("a version").expect("an entry");
    version.path().join("site-packages")
}
