//! What every binding has to do: its example prints what all print, its test holds, its README is right, and it
//! says why it cannot use a library.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::c::{programs, shared_library, text};
use super::instance::{CREDENTIALS, Instance};
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
            // A binding's snow.cdef.h is a link to that of the project.
            [OsStr::new("-rL"), folder(language).as_ref(), copy.as_ref()],
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
            // An empty name is none: the library is there, and refuses the instance.
            let mut example = self.command("example", &library(), "dev 12345");
            example.env("SNOW_LIBRARY", "");
            let said = text(&example.output().expect("the example starts").stderr);
            assert!(said.contains("accepted are a name (dev12345)"), "{said}");
        }
        let code = "unsigned snow_abi_version(void) { return 7; }\n";
        let said = self.refused(&self.other_library(code));
        assert!(said.contains("binary interface 7"), "{said}");
        self.says_what_to_do_about_the_instance();
    }

    /// What the library says comes out of the language whole.
    fn says_what_to_do_about_the_instance(&self) {
        for mistake in MISTAKES {
            let mut example = self.command("example", &library(), mistake.instance);
            example.envs(mistake.environment(self.home.path()));
            let output = example.output().expect("the example starts");
            assert!(!output.status.success(), "{}", text(&output.stdout));
            let said = text(&output.stderr);
            assert!(said.contains(mistake.advice), "{said}");
        }
    }

    pub fn refuses_one_of_another_architecture(&self) {
        let (library, name) = of_another_architecture(self.home.path());
        let said = self.refused(&library);
        assert!(
            said.contains(&format!("is for {name} (64 bits), and this")),
            "{said}"
        );
        std::fs::write(&library, "no library").expect("room");
        let said = self.refused(&library);
        assert!(said.contains("is no shared library"), "{said}");
    }

    pub fn refuses_one_that_is_older_than_its_declarations(&self) {
        let code = "unsigned snow_abi_version(void) { return 0; }\n";
        let said = self.refused(&self.other_library(code));
        assert!(
            said.contains("or an older one than snow.cdef.h is for"),
            "{said}"
        );
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
        let mut command = self.command(program, library, instance);
        command
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    fn command(&self, program: &str, library: &Path, instance: &str) -> Command {
        let mut command = self.with_environment((self.start)(program), library, instance);
        command.current_dir(self.home.path());
        command
    }

    fn with_environment(&self, mut command: Command, library: &Path, instance: &str) -> Command {
        command
            .env("SNOW_LIBRARY", library)
            .env("SNOW_BUILT", built());
        command.env(
            "LD_LIBRARY_PATH",
            library.parent().expect("a library lies in a folder"),
        );
        command.env("SNOW_INSTANCE", instance).envs(CREDENTIALS);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn other_library(&self, code: &str) -> PathBuf {
        other_library(self.home.path(), code)
    }
}

/// What a newcomer gets wrong about an instance, and a part of what the library says to do.
pub struct Mistake {
    pub instance: &'static str,
    pub advice: &'static str,
    /// Whether the machine has certificates of authorities, as small images of containers have not.
    has_authorities: bool,
}

pub const MISTAKES: [Mistake; 3] = [
    Mistake {
        instance: "https://instance.invalid",
        advice: "check the instance's name",
        has_authorities: true,
    },
    Mistake {
        instance: "dev 12345",
        advice: "accepted are a name (dev12345)",
        has_authorities: true,
    },
    Mistake {
        instance: "https://127.0.0.1:9",
        advice: "apt-get install ca-certificates",
        has_authorities: false,
    },
];

impl Mistake {
    pub fn environment(&self, folder: &Path) -> Vec<(&'static str, PathBuf)> {
        if self.has_authorities {
            return Vec::new();
        }
        let nothing = folder.join("no-authorities");
        std::fs::create_dir_all(&nothing).expect("a folder");
        vec![
            ("SSL_CERT_FILE", "/dev/null".into()),
            ("SSL_CERT_DIR", nothing),
        ]
    }
}

/// A library that has these functions, and no others.
pub fn other_library(folder: &Path, code: &str) -> PathBuf {
    let (source, library) = (folder.join("other.c"), folder.join("libsnow.so.0"));
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

/// A library that says it is for another architecture than this, and the name of that.
pub fn of_another_architecture(folder: &Path) -> (PathBuf, &'static str) {
    let (number, name) = match cfg!(target_arch = "aarch64") {
        true => (62, "x86_64"),
        false => (183, "aarch64"),
    };
    let path = other_library(folder, "");
    let mut bytes = std::fs::read(&path).expect("the library");
    bytes[18] = number;
    std::fs::write(&path, bytes).expect("room");
    (path, name)
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
