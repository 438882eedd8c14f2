//! What every binding has to do: its example prints what all print, its test holds, its README is right, and it
//! says why it cannot use a library.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::c::{programs, shared_library, text};
use super::instance::Instance;
use super::{built, root};

/// What every example prints.
const TRANSCRIPT: &str = "\
signed in, token 1
INC0000001
INC0000002
INC0000003
opened: Disk full on db01
SNOW_NOT_FOUND, HTTP 404: No Record found
renewed, token 2
";

/// A language, by how one of its programs is started: `example` or `test`.
pub struct Language {
    start: Box<dyn Fn(&str) -> Command>,
    environment: Vec<(&'static str, OsString)>,
    /// Whether the loader of the system finds the library, and not the binding.
    linked: bool,
    /// The folder of the binding, the name of its README's program, and how a shell compiles and runs that.
    first: Option<[&'static str; 3]>,
    home: tempfile::TempDir,
}

impl Language {
    pub fn new(start: impl Fn(&str) -> Command + 'static) -> Language {
        Language {
            start: Box::new(start),
            environment: Vec::new(),
            linked: false,
            first: None,
            home: tempfile::tempdir().expect("a folder"),
        }
    }

    pub fn env(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Language {
        self.environment.push((name, value.as_ref().to_owned()));
        self
    }

    pub fn linked(mut self) -> Language {
        self.linked = true;
        self
    }

    pub fn first(
        mut self,
        folder: &'static str,
        file: &'static str,
        run: &'static str,
    ) -> Language {
        self.first = Some([folder, file, run]);
        self
    }

    /// The first program of the README, in a copy of the folder.
    fn runs_what_its_readme_says(&self, instance: &str) {
        let Some([language, file, run]) = self.first else {
            return;
        };
        let readme = std::fs::read_to_string(folder(language).join("README.md")).expect("a README");
        let code = readme
            .split("```")
            .nth(1)
            .and_then(|block| block.split_once('\n'));
        let (_, code) = code.expect("a README shows a program");
        let copy = self.home.path().join("first");
        let copied = command(
            "cp",
            [OsStr::new("-r"), folder(language).as_ref(), copy.as_ref()],
        )
        .output();
        assert_succeeded(&copied.expect("cp runs"));
        std::fs::write(copy.join(file), code.replace("dev12345", instance)).expect("room");
        let mut shell = self.with_environment(command("sh", ["-ec", run]), &library(), instance);
        let output = shell.current_dir(&copy).output().expect("a shell");
        assert_succeeded(&output);
        assert_eq!(
            text(&output.stdout).matches("INC00").count(),
            10,
            "{}",
            text(&output.stdout)
        );
    }

    pub fn holds(&self) {
        self.works();
        if !self.linked {
            let nowhere = self.home.path().join("nowhere/libsnow.so.0");
            let said = self.refused(&nowhere);
            let path = nowhere.to_str().expect("a path in UTF-8");
            assert!(
                said.contains(path) && said.contains("SNOW_LIBRARY"),
                "{said}"
            );
        }
        let code = "unsigned snow_abi_version(void) { return 7; }\n";
        let said = self.refused(&self.other_library(code));
        assert!(said.contains("binary interface 7"), "{said}");
    }

    pub fn refuses_one_that_is_older_than_its_header(&self) {
        let code = "unsigned snow_abi_version(void) { return 0; }
            unsigned snow_version_number(void) { return 1; }
            const char *snow_version(void) { return \"0.0.1\"; }\n";
        let said = self.refused(&self.other_library(code));
        assert!(said.contains("is 0.0.1, and"), "{said}");
    }

    /// The example prints what all print, and the test holds.
    pub fn works(&self) {
        let library = library();
        let instance = Instance::start();
        let example = self.run("example", &library, &instance.url);
        assert_succeeded(&example);
        assert_eq!(text(&example.stdout), TRANSCRIPT);
        assert_succeeded(&self.run("test", &library, &instance.url));
        self.runs_what_its_readme_says(&instance.url);
    }

    /// What the example says of a library that it cannot use.
    pub fn refused(&self, library: &Path) -> String {
        let output = self.run("example", library, "http://127.0.0.1:9");
        assert!(!output.status.success(), "{}", text(&output.stdout));
        text(&output.stderr)
    }

    fn run(&self, program: &str, library: &Path, instance: &str) -> Output {
        let mut command = self.with_environment((self.start)(program), library, instance);
        command.current_dir(self.home.path());
        command
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    fn with_environment(&self, mut command: Command, library: &Path, instance: &str) -> Command {
        command
            .env("SNOW_LIBRARY", library)
            .env("SNOW_BUILT", built());
        command.env(
            "LD_LIBRARY_PATH",
            library.parent().expect("a library lies in a folder"),
        );
        command.env("SNOW_INSTANCE", instance);
        command
            .env("SNOW_USER", "admin")
            .env("SNOW_PASSWORD", "admin");
        command
            .env("SNOW_CLIENT_ID", "snow-client")
            .env("SNOW_CLIENT_SECRET", "snow-secret");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// A library that has these functions, and no others.
    pub fn other_library(&self, code: &str) -> PathBuf {
        let (source, library) = (
            self.home.path().join("other.c"),
            self.home.path().join("libsnow.so.0"),
        );
        std::fs::write(&source, code).expect("room");
        let soname = "-Wl,-soname,libsnow.so.0";
        let options = ["-shared", "-fPIC", soname, "-o"].map(OsString::from);
        let made = command(
            "cc",
            options
                .into_iter()
                .chain([library.clone().into(), source.into()]),
        )
        .output();
        assert_succeeded(&made.expect("a C compiler"));
        library
    }
}

/// The folder of a binding.
pub fn folder(language: &str) -> PathBuf {
    root().join("bindings").join(language)
}

/// The library under its SONAME, in a folder where nothing else is.
pub fn library() -> PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    let made = LIBRARY.get_or_init(|| {
        std::fs::create_dir_all(programs()).expect("a folder");
        shared_library()
    });
    made.clone()
}

pub fn command<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

pub fn assert_succeeded(output: &Output) {
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{}\n{said}\n{complained}",
        output.status
    );
}
