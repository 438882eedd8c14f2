//! `include/snow.h` and `include/snow.cdef.h` are what the source makes of them, and every compiler takes the
//! first alone. What bindings declare in their own language is what it makes of the second.

mod support;

use std::fs;
use std::process::Command;

use support::c::{STRICT, compilation, must_compile, text};
use support::{declarations, has, root};

/// The header that this very build generated.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/snow.h"));

/// Its declarations alone, generated with it.
const DECLARATIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/snow.cdef.h"));

#[test]
fn the_committed_headers_are_the_generated_ones() {
    let fortran = declarations::fortran::interfaces(DECLARATIONS);
    let csharp = declarations::csharp::imports(DECLARATIONS);
    let java = declarations::java::methods(DECLARATIONS);
    for (name, generated) in [
        ("include/snow.h", GENERATED),
        ("include/snow.cdef.h", DECLARATIONS),
        ("bindings/fortran/snow_c.f90", &fortran),
        ("bindings/csharp/Snow/Functions.cs", &csharp),
        ("bindings/java/snow/Functions.java", &java),
    ] {
        let path = root().join(name);
        if std::env::var_os("SNOW_BLESS").is_some() {
            fs::write(&path, generated).expect("the header can be written");
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "{name} is out of date: run `make header`"
        );
    }
}

/// A C compiler that reads both finds no difference, and nothing is left out.
#[test]
fn the_declarations_are_those_of_the_header() {
    let fortran = declarations::fortran::interfaces(DECLARATIONS);
    let csharp = declarations::csharp::imports(DECLARATIONS);
    let java = declarations::java::methods(DECLARATIONS);
    for lacking in ["#", "__", "SNOW_API", "SNOW_MUST_USE"] {
        assert!(!DECLARATIONS.contains(lacking), "{lacking}");
    }
    let promised = |list: &str| {
        fs::read_to_string(root().join("tests/abi").join(list)).expect("a list of the checkout")
    };
    for line in promised("symbols.txt").lines() {
        let (symbol, _) = line.split_once(' ').expect("a symbol and its version");
        let declared = format!("{symbol}(");
        for file in [DECLARATIONS, &fortran, &csharp, &java] {
            assert!(file.contains(&declared), "{symbol}");
        }
    }
    // Arrow's structs cannot be defined twice, so they are the same word for word.
    let mut declarations = DECLARATIONS.to_owned();
    for name in ["Schema", "Array", "ArrayStream"] {
        let start = declarations
            .find(&format!("struct Arrow{name} {{"))
            .expect(name);
        let end = start + declarations[start..].find("\n};\n").expect(name) + "\n};\n".len();
        let definition: String = declarations.drain(start..end).collect();
        assert!(GENERATED.contains(&definition), "{definition}");
    }
    // Names of the one are macros of the other, so these go first.
    let (mut macros, mut checks) = (String::new(), String::new());
    for (flag, value) in [
        ("DICTIONARY_ORDERED", 1),
        ("NULLABLE", 2),
        ("MAP_KEYS_SORTED", 4),
    ] {
        macros += &format!("#undef ARROW_FLAG_{flag}\n");
        checks += &format!("_Static_assert(ARROW_FLAG_{flag} == {value}, \"\");\n");
    }
    for line in promised("constants.txt").lines() {
        let (name, value) = line.split_once(' ').expect("a name and a value");
        macros += &format!("#undef {name}\n");
        checks += &format!("_Static_assert({name} == {value}, \"{name}\");\n");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("both.c");
    let program = format!("#include <snow.h>\n{macros}{declarations}{checks}");
    fs::write(&source, program).expect("a file");
    let mut command = compilation("cc", "c11");
    command.arg("-fsyntax-only").arg(&source);
    must_compile(command);
}

#[test]
fn the_header_compiles_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    for (compiler, language, standards) in [
        ("cc", "c", &["c99", "c11", "c17"] as &[_]),
        ("c++", "c++", &["c++11", "c++17", "c++20"]),
    ] {
        let package = if compiler == "cc" { "gcc" } else { "g++" };
        for standard in standards.iter().filter(|_| has(compiler, package)) {
            // Twice, so that the include guard is needed.
            let source = folder.path().join("alone");
            fs::write(&source, "#include <snow.h>\n#include <snow.h>\n").expect("a file");
            let output = Command::new(compiler)
                .args(["-fsyntax-only", &format!("-std={standard}"), "-x", language])
                .args(STRICT)
                .arg("-I")
                .arg(root().join("include"))
                .arg(&source)
                .output()
                .unwrap_or_else(|error| panic!("{compiler}: {error}"));
            assert!(
                output.status.success(),
                "{standard}:\n{}",
                text(&output.stderr)
            );
        }
    }
}

/// A reader of one that does not would take it for an exception.
#[test]
fn no_comment_repeats_what_the_rules_say_of_handles() {
    for comment in GENERATED.split("@return").skip(1) {
        let statuses = comment.split("@since").next().expect("a beginning");
        assert!(!statuses.contains("#SNOW_INVALID_HANDLE"), "{statuses}");
        // Of a client, which is for any number of threads at once, a call inside its callbacks is another thing.
        let busy = statuses.matches("#SNOW_BUSY").count();
        assert_eq!(
            busy,
            statuses.matches("#SNOW_BUSY inside").count(),
            "{statuses}"
        );
    }
}

#[test]
fn the_quick_starts_compile() {
    assert_compiles(C, &between(GENERATED, "@code{.c}", "@endcode"));
    let cpp = fs::read_to_string(root().join("include/snow.hpp")).expect("the header of C++");
    assert_compiles(CPP, &between(&cpp, "@code{.cpp}", "@endcode"));
}

/// What the snippets of the sections take for granted: a function of another one, and variables.
const CALLBACK: &str = "int32_t save_token(void *path, const snow_token *token);";
const VARIABLES: &str = "void granted(snow_client *client, snow_session *session, snow_query *query, \
    snow_request *request, snow_error *error, const char *user, const char *password, const char *client_id, \
    const char *client_secret, char *path, const char *json, const char *sys_id, const char *attachment)";

#[test]
fn the_snippets_of_the_sections_compile() {
    let mut compiled = 0;
    for section in GENERATED.split("\n * @defgroup ").skip(1) {
        let (prose, _) = section.split_once(" * @{").expect("the end of the prose");
        for block in prose.split("\n *\n") {
            let lines = block.lines().map(|line| line.strip_prefix(" *     "));
            let Some(lines) = lines.collect::<Option<Vec<_>>>() else {
                continue;
            };
            // Tables are indented too.
            if !lines.iter().any(|line| line.ends_with(';')) {
                continue;
            }
            let code = lines.join("\n") + "\n";
            let (functions, statements) = if code.starts_with("static") {
                code.split_once("...\n").unwrap_or((&code, ""))
            } else {
                (CALLBACK, code.as_str())
            };
            let statements = statements.replace("...", "");
            assert_syntax(
                C,
                &format!(
                    "#include <snow.h>\n#include <stdio.h>\n#include <string.h>\n\
                     #pragma GCC diagnostic ignored \"-Wunused-variable\"\n\
                     #pragma GCC diagnostic ignored \"-Wunused-parameter\"\n\
                     #pragma GCC diagnostic ignored \"-Wunused-function\"\n\
                     {functions}\n{VARIABLES}\n{{\n{{\n{statements}\n}}\n}}\n"
                ),
            );
            compiled += 1;
        }
    }
    assert!(compiled > 12, "only {compiled} were found");
}

#[test]
fn the_programs_of_the_readme_compile() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    assert_compiles(C, &between(&readme, "```c", "```"));
    assert_compiles(CPP, &between(&readme, "```cpp", "```"));
}

/// A compiler, its package, its standard and the ending of its sources.
type Language = (&'static str, &'static str, &'static str, &'static str);
const C: Language = ("cc", "gcc", "c99", "c");
const CPP: Language = ("c++", "g++", "c++17", "cpp");

/// The lines between one that ends so and the next that ends so, without what marks them as a comment.
fn between(text: &str, begin: &str, end: &str) -> String {
    text.lines()
        .skip_while(|line| !line.ends_with(begin))
        .skip(1)
        .take_while(|line| !line.ends_with(end))
        .map(|line| line.trim_start_matches(" *").to_owned() + "\n")
        .collect()
}

fn assert_compiles((compiler, package, standard, ending): Language, program: &str) {
    assert!(
        program.contains("int main"),
        "there is no program: {program:?}"
    );
    assert_syntax((compiler, package, standard, ending), program);
}

fn assert_syntax((compiler, package, standard, ending): Language, program: &str) {
    if !has(compiler, package) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("program").with_extension(ending);
    fs::write(&source, program).expect("a file");
    let mut command = compilation(compiler, standard);
    command.arg("-fsyntax-only").arg(&source);
    must_compile(command);
}
