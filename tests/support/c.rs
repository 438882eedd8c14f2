//! C programs, compiled against the built library and run, plain or under a memory tool.
//!
//! `SNOW_MEMCHECK=valgrind` runs each under valgrind, `SNOW_MEMCHECK=asan` compiles it with gcc's
//! AddressSanitizer and UndefinedBehaviorSanitizer. Which ran so is written down, and `tests/programs.sh` fails where
//! one of `tests/c` did not.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, Once, PoisonError};

use super::instance::{CREDENTIALS, Instance};

pub const STRICT: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"];

const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer"];

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

/// How often something is put to the test: as `SNOW_ROUNDS` asks for, or so often plain and under a memory tool.
pub fn rounds(plain: usize, checked: usize) -> usize {
    let usual = match memcheck() {
        Memcheck::None => plain,
        Memcheck::Asan | Memcheck::Valgrind => checked,
    };
    let asked_for = std::env::var("SNOW_ROUNDS").ok();
    asked_for
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

/// A compiled program, and what it is run with.
pub struct Program {
    /// The first of its sources.
    source: String,
    path: PathBuf,
    folder: tempfile::TempDir,
    environment: Vec<(String, OsString)>,
    descriptors: Option<u32>,
}

impl Program {
    /// Compiles a C program, as C99.
    pub fn c(source: &str) -> Program {
        Program::compiled("cc", "c99", &[source])
    }

    /// Compiles a C program that is not linked with the library and finds it by itself.
    pub fn c_alone(source: &str) -> Program {
        let path = programs().join(file_name("alone", source));
        let mut command = compilation("cc", "c99");
        command.arg(super::root().join(source)).arg("-ldl");
        must_make(command, &path);
        Program::at(source, path)
    }

    /// Compiles a C++ program of one or more files, by a standard such as `c++17`.
    pub fn cpp(standard: &str, sources: &[&str]) -> Program {
        Program::compiled("c++", standard, sources)
    }

    fn compiled(compiler: &str, standard: &str, sources: &[&str]) -> Program {
        Program::at(sources[0], executable(compiler, standard, sources))
    }

    fn at(source: &str, path: PathBuf) -> Program {
        Program {
            source: source.to_owned(),
            path,
            folder: tempfile::tempdir().expect("a folder"),
            environment: Vec::new(),
            descriptors: None,
        }
    }

    /// What the program finds in its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.environment.push((name.into(), value.as_ref().into()));
        self
    }

    /// The address and the credentials of an instance, as the examples expect them.
    pub fn against(self, instance: &Instance) -> Program {
        let program = self.env("SNOW_INSTANCE", &instance.url);
        CREDENTIALS
            .iter()
            .fold(program, |program, (name, value)| program.env(name, value))
    }

    /// How many descriptors the program may have at once. It cannot limit itself: under valgrind, which keeps some
    /// for itself, only what a process is started with holds.
    pub fn with_descriptors(mut self, most: u32) -> Program {
        self.descriptors = Some(most);
        self
    }

    /// The program's working directory, which is gone when this is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program to its end, whatever that is.
    pub fn output(&self, arguments: &[&str]) -> Output {
        let mut command = match memcheck() {
            Memcheck::Valgrind => {
                let mut valgrind = self.started("valgrind".as_ref());
                valgrind.args(["--quiet", "--leak-check=full", "--error-exitcode=99"]);
                // Which of a library's functions are inlined in others takes it half a second to read.
                valgrind.arg("--read-inline-info=no");
                let known = self.folder.path().join("valgrind.supp");
                fs::write(&known, suppressions()).expect("a file");
                valgrind.arg(format!("--suppressions={}", known.display()));
                // What is known is told by who called, which is further up than the default of 12.
                valgrind.arg("--num-callers=60");
                valgrind
                    .arg("--child-silent-after-fork=yes")
                    .arg(&self.path);
                valgrind
            }
            Memcheck::None | Memcheck::Asan => self.started(&self.path),
        };
        command.args(arguments).current_dir(self.folder.path());
        command.env("LD_LIBRARY_PATH", programs());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = command.output().expect("the program starts");
        self.write_down();
        output
    }

    /// A command of this executable, within the limits.
    fn started(&self, executable: &Path) -> Command {
        let Some(most) = self.descriptors else {
            return Command::new(executable);
        };
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {most} && exec \"$0\" \"$@\"")]);
        shell.arg(executable);
        shell
    }

    /// That it ran under a memory tool, a line for each time.
    fn write_down(&self) {
        let tool = match memcheck() {
            Memcheck::None => return,
            Memcheck::Valgrind => "valgrind",
            Memcheck::Asan => "asan",
        };
        let mut ran = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(programs().join(format!("ran-under-{tool}")))
            .expect("a file");
        ran.write_all(format!("{}\n", self.source).as_bytes())
            .expect("a line");
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

/// Where programs are, beside the library by the name that they look for.
pub fn programs() -> PathBuf {
    super::built().join("c-programs")
}

/// Compiles a program, once for all tests of a file. It is named after the first of its sources.
fn executable(compiler: &str, standard: &str, sources: &[&str]) -> PathBuf {
    static COMPILED: Mutex<BTreeMap<PathBuf, Arc<Once>>> = Mutex::new(BTreeMap::new());
    let path = programs().join(file_name("linked", sources[0]));
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let once = compiled.entry(path.clone());
    let once = Arc::clone(once.or_insert_with(|| Arc::new(Once::new())));
    drop(compiled);
    once.call_once(|| compile(compiler, standard, sources, &path));
    path
}

/// What the executable of a source is called: with a memory tool of the compiler's it is another one.
fn file_name(kind: &str, source: &str) -> String {
    let source = source.replace(['/', '.'], "-");
    match memcheck() {
        Memcheck::Asan => format!("{kind}-asan-{source}"),
        Memcheck::None | Memcheck::Valgrind => format!("{kind}-{source}"),
    }
}

fn compile(compiler: &str, standard: &str, sources: &[&str], path: &Path) {
    fs::create_dir_all(programs()).expect("a folder");
    let mut command = compilation(compiler, standard);
    command.args(sources.iter().map(|source| super::root().join(source)));
    command.arg(shared_library());
    command.args(["-lpthread", "-ldl", "-lm"]);
    must_make(command, path);
}

/// Puts what a compiler makes in its place as a whole: another test may be running what is there.
fn must_make(mut command: Command, path: &Path) {
    fs::create_dir_all(programs()).expect("a folder");
    let folder = tempfile::tempdir_in(programs()).expect("a folder");
    let made = folder.path().join("made");
    command.arg("-o").arg(&made);
    if memcheck() == Memcheck::Asan {
        command.args(SANITIZERS);
    }
    must_compile(command);
    fs::rename(made, path).expect("one folder");
}

/// A compiler that is told how strict it has to be, and where the headers are.
pub fn compilation(compiler: &str, standard: &str) -> Command {
    let mut command = Command::new(compiler);
    command.arg(format!("-std={standard}")).args(STRICT);
    command.args(["-D_POSIX_C_SOURCE=200809L", "-I"]);
    command.arg(super::root().join("include"));
    command
}

pub fn must_compile(mut command: Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}\n{}",
        text(&output.stderr)
    );
}

/// The shared library under its SONAME, which is the name that a program looks for.
pub fn shared_library() -> PathBuf {
    static LINKED: Once = Once::new();
    let soname = programs().join("libsnow.so.0");
    LINKED.call_once(|| {
        let library = super::built().join("libsnow.so");
        match std::os::unix::fs::symlink(library, &soname) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => panic!("a link: {error}"),
            _ => {}
        }
    });
    soname
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What valgrind is wrong about. It knows no pattern for the slices that are sent at once, of which rustls makes 64
/// at most, so that each has an entry of its own.
fn suppressions() -> String {
    let known = super::root().join("tests/support/valgrind.supp");
    let known = fs::read_to_string(known).expect("a file");
    (0..64)
        .map(|slice| known.replace("msg_iov[0]", &format!("msg_iov[{slice}]")))
        .collect()
}
