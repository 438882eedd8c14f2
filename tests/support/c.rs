//! C programs, compiled against the built library and run, plain or under a memory tool.
//!
//! `SNOW_MEMCHECK=valgrind` runs each under valgrind, `SNOW_MEMCHECK=asan` links the static library
//! and gcc's AddressSanitizer and UndefinedBehaviorSanitizer.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::instance::Instance;

pub const STRICT: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"];

/// How programs are checked while they run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Memcheck {
    None,
    Valgrind,
    Asan,
}

/// How programs are to be checked.
pub fn memcheck() -> Memcheck {
    match std::env::var("SNOW_MEMCHECK").as_deref() {
        Ok("valgrind") => Memcheck::Valgrind,
        Ok("asan") => Memcheck::Asan,
        Ok(other) => panic!("SNOW_MEMCHECK is {other:?}; accepted are valgrind and asan"),
        Err(_) => Memcheck::None,
    }
}

/// A compiled program.
pub struct Program {
    path: PathBuf,
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Program {
    /// Compiles a C program, as C99.
    pub fn c(source: &str) -> Program {
        Program::compiled("cc", "-std=c99", source)
    }

    /// Compiles a C++ program, as C++11.
    pub fn cpp(source: &str) -> Program {
        Program::compiled("c++", "-std=c++11", source)
    }

    fn compiled(compiler: &str, standard: &str, source: &str) -> Program {
        let library = super::built();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("program");
        let mut command = Command::new(compiler);
        command
            .arg(standard)
            .args(STRICT)
            .arg("-D_POSIX_C_SOURCE=200809L");
        command
            .arg("-I")
            .arg(super::root().join("include"))
            .arg("-o")
            .arg(&path);
        command.arg(super::root().join(source));
        if memcheck() == Memcheck::Asan {
            command.args(["-fsanitize=address,undefined", "-fno-omit-frame-pointer"]);
            command.arg(library.join("libsnow.a"));
        } else {
            // The name that the program will look for is the SONAME.
            let soname = folder.path().join("libsnow.so.0");
            std::os::unix::fs::symlink(library.join("libsnow.so"), &soname).expect("a link");
            command.arg(&soname);
        }
        command.args(["-lpthread", "-ldl", "-lm"]);
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("{compiler}: {error}"));
        assert!(
            output.status.success(),
            "{source} does not compile:\n{}",
            text(&output.stderr)
        );
        Program {
            path,
            folder,
            environment: Vec::new(),
        }
    }

    /// What the program finds in its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Program {
        self.environment.push((name.into(), value.as_ref().into()));
        self
    }

    /// The address and the credentials of an instance, as the examples expect them.
    pub fn against(self, instance: &Instance) -> Program {
        self.env("SNOW_INSTANCE", &instance.url)
            .env("SNOW_USER", "admin")
            .env("SNOW_PASSWORD", "admin")
            .env("SNOW_CLIENT_ID", "snow-client")
            .env("SNOW_CLIENT_SECRET", "snow-secret")
    }

    /// A folder that is gone with the program.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program to its end, whatever that is.
    pub fn output(&self, arguments: &[&str]) -> Output {
        let mut command = match memcheck() {
            Memcheck::Valgrind => {
                let mut valgrind = Command::new("valgrind");
                valgrind.args(["--quiet", "--leak-check=full", "--error-exitcode=99"]);
                let known = super::root().join("tests/support/valgrind.supp");
                valgrind.arg(format!("--suppressions={}", known.display()));
                // What is known is told by who called, which is further up than the default of 12.
                valgrind.arg("--num-callers=40");
                valgrind
                    .arg("--child-silent-after-fork=yes")
                    .arg(&self.path);
                valgrind
            }
            Memcheck::None | Memcheck::Asan => Command::new(&self.path),
        };
        command.args(arguments).current_dir(self.folder.path());
        command.env("LD_LIBRARY_PATH", self.folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.output().expect("the program starts")
    }

    /// Runs the program, which must succeed, and returns what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(
            output.status.success(),
            "{}\n--- standard output\n{}\n--- standard error\n{}",
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        );
        text(&output.stdout)
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
