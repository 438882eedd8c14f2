//! `bindings/`: what other languages make of the library. Each has an example, which prints the same in all
//! of them, and a test of what is easily wrong there: callbacks, threads, forks. And each must tell a
//! newcomer where it looked for the library, and that it is not the one that it was written for.

mod support;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::c::text;
use support::language::{Language, assert_succeeded, command, folder, library};
use support::{built, has, root, target};

#[test]
fn node() {
    let modules = target().with_file_name("judges/node/node_modules");
    if !has("node", "nodejs")
        || !installed(
            &modules,
            "tests/instance/judges/install.sh bindings/node/package.json",
        )
    {
        return;
    }
    let language = Language::new(|program| command("node", [script("node", program, "js")]))
        .env("NODE_PATH", modules)
        .first("node", "first.js", "node first.js");
    language.holds();
    language.refuses_one_of_another_architecture();
    language.refuses_one_that_is_older_than_its_declarations();
}

/// Puts a copy of the binding into a module beside that of a program, and runs that.
const AS_A_MODULE: &str = "\
rm -r example *_test.go
mkdir snow
mv go.mod *.c snow
for file in *.go; do [ $file = first.go ] || mv $file snow; done
go mod init first
go mod edit -require libsnow/bindings/go@v0.0.0 -replace libsnow/bindings/go=./snow
go vet .
go run .
";

/// Goroutines, and callbacks on them. The library is found by the loader of the system.
#[test]
fn go() {
    if !has("go", "golang-go") || !has("pkg-config", "pkg-config") {
        return;
    }
    let made = built_for("go");
    let pc = format!(
        "Name: snow\nDescription: as built\nVersion: 0\nCflags: -I{}\nLibs: -L{} -lsnow\n",
        root().join("include").display(),
        built().display()
    );
    std::fs::write(made.join("snow.pc"), pc).expect("room");
    let made_as = |name: &str| made.join(name).to_string_lossy().into_owned();
    let (example, test) = (made_as("example"), made_as("test"));
    let steps: [&[&str]; 3] = [
        &["vet", "./..."],
        &["build", "-o", &example, "./example"],
        &["test", "-c", "-o", &test, "."],
    ];
    for step in steps {
        let mut go = command("go", step);
        go.current_dir(folder("go"));
        go.env("PKG_CONFIG_PATH", &made)
            .env("GOCACHE", made.join("cache"));
        assert_succeeded(&go.output().expect("go runs"));
    }
    let (pc, cache) = (made.clone(), made.join("cache"));
    let language = Language::new(move |program| command::<&str>(made.join(program), []))
        .linked()
        .env("PKG_CONFIG_PATH", pc)
        .env("GOCACHE", cache)
        .first("go", "first.go", AS_A_MODULE);
    language.holds();
    language.refuses_one_that_is_older_than_its_header();
}

/// Threads of a pool, and callbacks on them.
#[test]
fn java() {
    let jna = Path::new("/usr/share/java/jna.jar");
    if !has("javac", "openjdk-17-jdk-headless") || !installed(jna, "apt-get install libjna-java") {
        return;
    }
    let (made, source) = (built_for("java"), folder("java"));
    let classes = std::env::join_paths([jna, &made]).expect("paths without a colon");
    let mut javac = command(
        "javac",
        ["-Xlint:all", "-Werror", "-encoding", "UTF-8", "-sourcepath"],
    );
    javac.arg(&source).arg("-cp").arg(jna).arg("-d").arg(&made);
    javac.args(["Example.java", "Test.java"].map(|file| source.join(file)));
    assert_succeeded(&javac.output().expect("javac runs"));
    Language::new(|program| command("java", [if program == "test" { "Test" } else { "Example" }]))
        .env("CLASSPATH", classes)
        .first(
            "java",
            "First.java",
            "javac -cp $CLASSPATH:. First.java snow/*.java; java -cp $CLASSPATH:. First",
        )
        .holds();
}

/// Threads, and forks with a client that was made before.
#[test]
fn ruby() {
    if has("ruby", "ruby") {
        let language = Language::new(|program| {
            command(
                "ruby",
                [OsString::from("-w"), script("ruby", program, "rb")],
            )
        })
        .first("ruby", "first.rb", "ruby -w first.rb");
        language.holds();
        language.refuses_one_that_is_older_than_its_declarations();
    }
}

/// A prefork server, whose client is made before the fork.
#[test]
fn php() {
    if has("php", "php-cli") {
        let language = Language::new(|program| command("php", [script("php", program, "php")]))
            .first("php", "first.php", "php first.php");
        language.holds();
        language.refuses_one_that_is_older_than_its_declarations();
    }
}

/// Characters, and closures that die.
#[test]
fn perl() {
    if !has("perl", "perl") {
        return;
    }
    let found = Command::new("perl")
        .arg("-MFFI::Platypus")
        .args(["-e", "1"])
        .output();
    let found = found.is_ok_and(|output| output.status.success());
    assert!(
        found || std::env::var_os("CI").is_none(),
        "FFI::Platypus is missing: apt-get install libffi-platypus-perl"
    );
    if found {
        let language = Language::new(|program| command("perl", [script("perl", program, "pl")]))
            .first("perl", "first.pl", "perl first.pl");
        language.holds();
        language.refuses_one_that_is_older_than_its_declarations();
    } else {
        println!("skipped: FFI::Platypus is missing (apt-get install libffi-platypus-perl)");
    }
}

/// Loops that are compiled, in which calls call back.
#[test]
fn luajit() {
    if has("luajit", "luajit") {
        Language::new(|program| command("luajit", [script("luajit", program, "lua")]))
            .first("luajit", "first.lua", "luajit first.lua")
            .holds();
    }
}

/// Threads, and callbacks on them.
#[test]
fn csharp() {
    if !has("mcs", "mono-mcs") || !has("mono", "mono-runtime") {
        return;
    }
    let (made, source) = (built_for("csharp"), folder("csharp"));
    for program in ["Example", "Test"] {
        let mut mcs = command("mcs", ["-warnaserror"]);
        mcs.arg(format!(
            "-out:{}",
            made.join(program).with_extension("exe").display()
        ));
        mcs.arg(source.join("Snow/*.cs"));
        mcs.arg(source.join(program).with_extension("cs"));
        assert_succeeded(&mcs.output().expect("mcs runs"));
    }
    Language::new(move |program| {
        let program = if program == "test" {
            "Test.exe"
        } else {
            "Example.exe"
        };
        command("mono", [made.join(program)])
    })
    .first(
        "csharp",
        "First.cs",
        "mcs First.cs Snow/*.cs; mono First.exe",
    )
    .holds();
}

/// Callbacks as objects. The library is found by the loader of the system.
#[test]
fn fortran() {
    if !has("gfortran", "gfortran") {
        return;
    }
    let (made, source) = (built_for("fortran"), folder("fortran"));
    for program in ["example", "test"] {
        let mut gfortran = command(
            "gfortran",
            ["-std=f2018", "-Wall", "-Wextra", "-Werror", "-J"],
        );
        gfortran.arg(&made).arg("-o").arg(made.join(program));
        gfortran.args(
            ["snow_c.f90", "snow_error.f90", "snow_rows.f90", "snow.f90"]
                .map(|file| source.join(file)),
        );
        gfortran
            .arg(source.join(program).with_extension("f90"))
            .arg(library());
        assert_succeeded(&gfortran.output().expect("gfortran runs"));
    }
    Language::new(move |program| command::<&str>(made.join(program), []))
        .linked()
        .first(
            "fortran",
            "first.f90",
            "gfortran -o first snow_c.f90 snow_error.f90 snow_rows.f90 snow.f90 first.f90 $SNOW_LIBRARY; ./first",
        )
        .holds();
}

/// Whose client is not freed.
const FREES_NO_NOUN: &str = "\
identification division.
program-id. no-noun.
data division.
working-storage section.
01 client usage pointer value null.
procedure division.
    call \"SnowFree\" using \"curser\" client
    stop run.
end program no-noun.
";

/// The way without callbacks. The library is found by the loader of the system.
#[test]
fn cobol() {
    if !has("cobc", "gnucobol4") {
        return;
    }
    let made = built_for("cobol");
    let no_noun = made.join("no-noun.cob");
    std::fs::write(&no_noun, FREES_NO_NOUN).expect("room");
    let programs = ["example.cob".into(), "test.cob".into(), no_noun];
    for source in &programs {
        let mut cobc = command("cobc", ["-x", "-free", "-Wall", "-o"]);
        cobc.current_dir(folder("cobol"))
            .arg(made.join(source.file_stem().expect("a file")));
        cobc.arg(source)
            .arg("snow.cob")
            .arg("-L")
            .arg(built())
            .arg("-lsnow");
        assert_succeeded(&cobc.output().expect("cobc runs"));
    }
    let mut refused = command::<&str>(made.join("no-noun"), []);
    let refused = refused.env("LD_LIBRARY_PATH", library().with_file_name(""));
    let refused = refused.output().expect("it starts");
    let said = text(&refused.stderr);
    assert!(said.contains("there is no noun curser"), "{said}");
    Language::new(move |program| command::<&str>(made.join(program), []))
        .linked()
        .first(
            "cobol",
            "first.cob",
            "cobc -x -free first.cob snow.cob -L$SNOW_BUILT -lsnow; ./first",
        )
        .holds();
}

/// The collector, and what callbacks stop with. The library is found by the loader of the system.
#[test]
fn r() {
    if !has("Rscript", "r-base-core") {
        return;
    }
    let made = built_for("r");
    for file in ["snow.c", "table.c", "snow_r.h"] {
        std::fs::copy(folder("r").join(file), made.join(file)).expect("room");
    }
    let mut shlib = command("R", ["CMD", "SHLIB", "--preclean", "snow.c", "table.c"]);
    shlib.current_dir(&made);
    shlib.env(
        "PKG_CPPFLAGS",
        format!("-I{}", root().join("include").display()),
    );
    shlib.env("PKG_LIBS", format!("-L{} -lsnow", built().display()));
    assert_succeeded(&shlib.output().expect("R runs"));
    let language = Language::new(|program| command("Rscript", [script("r", program, "R")]))
        .env("SNOW_R_LIBRARY", made.join("snow.so"))
        .linked()
        .first("r", "first.R", "Rscript first.R");
    language.holds();
    language.refuses_one_that_is_older_than_its_header();
}

/// The wheel, in an environment of its own: with the library that it carries, and with another.
#[test]
fn python() {
    let tools = target().with_file_name("judges/wheel");
    let needed = "tests/instance/judges/install.sh bindings/python/wheel.txt";
    if !has("strip", "binutils") || !installed(&tools.join("installed-from"), needed) {
        return;
    }
    let (made, source) = (built_for("python"), folder("python"));
    let _ = std::fs::remove_dir_all(&made);
    std::fs::create_dir_all(&made).expect("a folder");
    let tool = |arguments: &[&str]| {
        let mut python = command(tools.join("bin/python"), arguments);
        python
            .current_dir(&source)
            .env("SNOW_LIBRARY", library())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        assert_succeeded(&python.output().expect("its environment has a Python"));
    };
    let path = |name: &str| made.join(name).to_string_lossy().into_owned();
    let (wheels, environment, cache) = (path("wheels"), path("environment"), path("mypy"));
    tool(&["-m", "mypy", "--cache-dir", &cache]);
    // Whoever has pandas, Polars and pyarrow has their types.
    let frames = target().with_file_name("judges/arrow/bin/python");
    let needed = "tests/instance/judges/install.sh tests/python/arrow.txt";
    if installed(&frames, needed) {
        let frames = frames.to_str().expect("a path in UTF-8");
        let theirs = ["-m", "mypy", "--python-executable", frames, "--cache-dir"];
        let but_those_of_cffi = ["--disable-error-code", "import-untyped"];
        tool(&[&theirs[..], &[cache.as_str()], &but_those_of_cffi].concat());
    }
    let offline = ["--quiet", "--no-index", "--no-deps"];
    let built = ["--no-build-isolation", "--wheel-dir", &wheels, "."];
    tool(&[&["-m", "pip", "wheel"], &offline[..], &built].concat());
    tool(&["-m", "venv", "--without-pip", &environment]);
    let python = path("environment/bin/python");
    let mut wheel = std::fs::read_dir(&wheels).expect("the folder of the wheel");
    let wheel = wheel.next().expect("a wheel").expect("an entry").path();
    let wheel = wheel.to_str().expect("a path in UTF-8");
    tool(
        &[
            &["-m", "pip", "--python", &python, "install"],
            &offline[..],
            &[wheel],
        ]
        .concat(),
    );
    let packages = |environment: &Path| {
        let mut folders = std::fs::read_dir(environment.join("lib")).expect("its library");
        let version = folders.next().expect("a version").expect("an entry");
        version.path().join("site-packages")
    };
    let cffi = packages(&tools).display().to_string();
    let environment = packages(Path::new(&environment));
    std::fs::write(environment.join("cffi.pth"), cffi).expect("room");

    let language = || {
        let python = python.clone();
        Language::new(move |program| {
            let program = script("python", program, "py");
            command(&python, ["-W".into(), "error".into(), program])
        })
        .env("PYTHON", path("environment/bin/python"))
        .first("python", "first.py", "$PYTHON -W error first.py")
    };
    language().holds();
    language().env("SNOW_LIBRARY", "").works();
    let other = language();
    other.refuses_one_of_another_architecture();
    let code = "unsigned snow_abi_version(void) { return 0; }
        const char *snow_version(void) { return \"9.9.9\"; }\n";
    let said = other.refused(&other.other_library(code));
    assert!(
        said.contains("libsnow 9.9.9, and this package is for"),
        "{said}"
    );
}

/// Where what is compiled for a language goes.
fn built_for(language: &str) -> PathBuf {
    let folder = target().join("bindings").join(language);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn script(language: &str, program: &str, kind: &str) -> OsString {
    folder(language).join(program).with_extension(kind).into()
}

/// Whether something that is no program is there. Where `CI` is set, it must be.
fn installed(path: &Path, how: &str) -> bool {
    let found = path.exists();
    assert!(
        found || std::env::var_os("CI").is_none(),
        "{} is missing: {how}",
        path.display()
    );
    if !found {
        println!("skipped: {} is missing ({how})", path.display());
    }
    found
}
