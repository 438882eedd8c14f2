//! The binary interface: what the library exports, under which names and numbers, and that no panic
//! crosses it.
//!
//! `tests/abi/symbols.txt` and `tests/abi/constants.txt` hold what has been promised. A line that is
//! gone or changed breaks programs that exist; new lines are added with `SNOW_BLESS=1`. Beside each symbol
//! stands the version that it came with, as its documentation says. `tests/abi/signatures.h` holds the types and
//! signatures in the same way. What is promised to whom is in `docs/abi.md`.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use snow::{Operator, Status};
use support::c::{must_compile, text};
use support::{built, files, has, root};
use syn::visit::Visit;

#[test]
fn the_exported_symbols_are_those_promised() {
    let output = Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(built().join("libsnow.so"))
        .output()
        .expect("nm runs (package binutils)");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let since = versions_in_the_header();
    let exported = text(&output.stdout);
    let exported = exported.lines().filter_map(|line| line.split(' ').next());
    // What is built for tests has it.
    let is_hook = |symbol: &str| cfg!(debug_assertions) && symbol == "snow_test_panic";
    let exported = exported.filter(|symbol| !is_hook(symbol));
    let exported = exported.map(|symbol| match since.get(symbol) {
        Some(version) => format!("{symbol} {version}"),
        None => {
            panic!("snow.h does not declare {symbol}, or not with the version that it came with")
        }
    });
    assert_promised("symbols.txt", exported.collect());
}

/// The functions of the header, with what the last `@since` before each says.
fn versions_in_the_header() -> BTreeMap<String, String> {
    let header = fs::read_to_string(root().join("include/snow.h")).expect("the header");
    let mut since = None;
    let mut versions = BTreeMap::new();
    for line in header.lines() {
        if let Some(version) = line.strip_prefix("/// @since ") {
            since = Some(version.to_owned());
        } else if !line.starts_with("//")
            && let Some((declaration, _)) = line.split_once('(')
            && let Some(name) = declaration.rsplit([' ', '*']).next()
            && name.starts_with("snow_")
            && let Some(version) = since.take()
        {
            versions.insert(name.to_owned(), version);
        }
    }
    versions
}

/// The names that `tests/abi/symbols.txt` promises.
fn promised_symbols() -> BTreeSet<String> {
    let promised = fs::read_to_string(root().join("tests/abi/symbols.txt")).expect("the symbols");
    let names = promised.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

/// `snow.hpp` uses every function and every constant.
#[test]
fn the_header_of_cpp_covers_what_is_exported() {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("a file of the checkout");
    let header = read("include/snow.hpp");
    let words: BTreeSet<_> = header
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    let constants = read("tests/abi/constants.txt");
    let constants = constants.lines().filter_map(|line| line.split(' ').next());
    let symbols = promised_symbols();
    let missing: Vec<_> = symbols
        .iter()
        .map(String::as_str)
        .chain(constants)
        .filter(|name| !words.contains(name))
        .collect();
    assert!(missing.is_empty(), "include/snow.hpp lacks {missing:?}");
}

#[test]
fn the_constants_are_those_promised() {
    let header = fs::read_to_string(root().join("include/snow.h")).expect("the header");
    let constants = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define SNOW_"))
        .filter(|rest| {
            let value = rest.split_once(' ').map_or("", |(_, value)| value);
            !rest.starts_with("VERSION")
                && value.chars().all(|c| c.is_ascii_digit())
                && !value.is_empty()
        })
        .map(|rest| format!("SNOW_{rest}"));
    assert_promised("constants.txt", constants.collect());
    // The one that no `int` can hold, and so no list of them.
    assert!(header.contains("\n#define SNOW_LENGTH_UNKNOWN UINT64_MAX\n"));
}

/// abidiff compares two libraries that hold nothing but what their declarations say.
#[test]
fn the_signatures_are_those_promised() {
    let path = root().join("tests/abi/signatures.h");
    let declared = declarations();
    if std::env::var_os("SNOW_BLESS").is_some() {
        let note = "/* What is promised; `SNOW_BLESS=1 cargo test --test abi` writes it. */\n\n";
        fs::write(&path, note.to_owned() + &declared).expect("the signatures can be written");
    }
    let promised = fs::read_to_string(&path).expect("the signatures can be read");
    if has("abidiff", "abigail-tools")
        && let Some(difference) = difference(&promised, &declared)
    {
        panic!("tests/abi/signatures.h differs:\n{difference}");
    }
}

#[test]
fn what_would_break_programs_is_seen_in_the_signatures() {
    if !has("abidiff", "abigail-tools") {
        return;
    }
    let declared = declarations();
    let changed = |from: &str, to: &str| {
        let changed = declared.replacen(from, to, 1);
        assert_ne!(changed, declared, "there is no {from:?}");
        difference(&declared, &changed)
    };
    for (from, to) in [
        // Functions: gone, new, another result, another argument, one more, one that is lent no more.
        ("uint32_t snow_abi_version(void);", ""),
        (
            "uint32_t snow_abi_version(void);",
            "uint32_t snow_abi_version(void);\n\nvoid snow_new(void);",
        ),
        ("uint32_t snow_abi_version", "uint64_t snow_abi_version"),
        ("const char *snow_error_message", "char *snow_error_message"),
        (
            "snow_query_free(snow_query *",
            "snow_query_free(snow_client *",
        ),
        (
            "snow_error_http_status(const snow_error *error",
            "snow_error_http_status(const snow_error *error, int32_t more",
        ),
        (
            "snow_error_http_status(const snow_error *",
            "snow_error_http_status(snow_error *",
        ),
        // Types that they use.
        (
            "typedef int32_t snow_status;",
            "typedef int64_t snow_status;",
        ),
        (
            "(*snow_log_fn)(void *user_data, snow_log_level level",
            "(*snow_log_fn)(void *user_data, uint64_t level",
        ),
        ("int64_t n_children;", "int32_t n_children;"),
    ] {
        assert!(changed(from, to).is_some(), "{from:?} became {to:?} unseen");
    }
    // The name of a parameter is nothing to a program.
    let renamed = changed(
        "snow_error_http_status(const snow_error *error",
        "snow_error_http_status(const snow_error *it",
    );
    assert_eq!(renamed, None);
}

/// The types and functions of the header, without constants and comments.
fn declarations() -> String {
    let header = fs::read_to_string(root().join("include/snow.cdef.h")).expect("the declarations");
    let items = header.trim_end().split("\n\n");
    let items = items.filter(|item| !item.starts_with("enum") && !item.starts_with("/*"));
    items
        .map(|item| item.to_owned() + "\n")
        .collect::<Vec<_>>()
        .join("\n")
}

/// What abidiff finds to be another binary interface, or nothing.
fn difference(promised: &str, declared: &str) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let witness = |name: &str, declarations: &str| {
        let source = folder.path().join(name).with_extension("c");
        fs::write(&source, definitions(declarations)).expect("a file");
        let library = source.with_extension("so");
        let mut command = Command::new("cc");
        command.args(["-std=c99", "-g", "-shared", "-fPIC", "-o"]);
        command.arg(&library).arg(&source);
        must_compile(command);
        library
    };
    // What a compiler alone would see, such as a `const`, abidiff calls harmless; here it says who owns what.
    let output = Command::new("abidiff")
        .arg("--harmless")
        .arg(witness("promised", promised))
        .arg(witness("declared", declared))
        .output()
        .expect("abidiff runs (package abigail-tools)");
    (!output.status.success()).then(|| text(&output.stdout) + &text(&output.stderr))
}

/// A C program that has a body for each function.
fn definitions(declarations: &str) -> String {
    let mut program = "#include <stddef.h>\n#include <stdint.h>\n".to_owned();
    for item in declarations.trim_end().split("\n\n") {
        let is_other = ["typedef", "struct", "/*"]
            .iter()
            .any(|start| item.starts_with(start));
        program += &match item.strip_suffix(';') {
            Some(function) if !is_other => {
                let is_void = function.starts_with("void snow_");
                format!(
                    "{function} {}\n",
                    if is_void { "{}" } else { "{ return 0; }" }
                )
            }
            _ => item.to_owned() + "\n",
        };
    }
    program
}

#[test]
fn statuses_and_operators_have_the_numbers_of_the_header() {
    let promised = fs::read_to_string(root().join("tests/abi/constants.txt")).expect("constants");
    for status in Status::ALL {
        let line = format!("{} {}", status.name(), status.code());
        assert!(promised.lines().any(|promise| promise == line), "{line}");
    }
    for operator in Operator::ALL {
        let line = format!("{} {}", operator.name(), operator.code());
        assert!(promised.lines().any(|promise| promise == line), "{line}");
    }
}

#[test]
fn the_shared_library_has_its_name_and_stays_loaded() {
    let output = Command::new("readelf")
        .arg("--dynamic")
        .arg(built().join("libsnow.so"))
        .output()
        .expect("readelf runs (package binutils)");
    let dynamic = text(&output.stdout);
    let soname = format!("[libsnow.so.{}]", snow::ffi::library::snow_abi_version());
    assert!(dynamic.contains(&soname), "{dynamic}");
    assert!(dynamic.contains("NODELETE"), "{dynamic}");
}

/// cargo-c names the file after the version of the package, of which it takes the first number.
#[test]
fn cargo_c_names_it_the_same() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    assert!(manifest.contains("\nversion_suffix_components = 1\n"));
    let major: u32 = env!("CARGO_PKG_VERSION_MAJOR").parse().expect("a number");
    assert_eq!(major, snow::ffi::library::snow_abi_version());
}

#[test]
fn a_build_that_aborts_on_panic_is_refused() {
    // The crate's own source is enough for that: what it depends on is not looked for so early.
    let refusal = |panic: &str| {
        let output = Command::new("rustc")
            .current_dir(root())
            .args([
                "--edition=2024",
                "--crate-type=cdylib",
                "--emit=metadata",
                "--out-dir",
            ])
            .arg(tempfile::tempdir().expect("a folder").path())
            .args(["-C", &format!("panic={panic}"), "src/lib.rs"])
            .output()
            .expect("rustc runs");
        text(&output.stderr).contains("no panic may cross the C ABI")
    };
    assert!(refusal("abort"));
    assert!(!refusal("unwind"));
}

/// Every exported function does all its work inside one call of a guard.
#[test]
fn every_exported_function_is_one_guard_call() {
    let mut exports = Exports::default();
    for path in files(&root().join("src/ffi"), &["rs"]) {
        exports.read(&path);
    }
    assert_eq!(exports.guarded, promised_symbols());
    assert_eq!(exports.unguarded, BTreeSet::new());
}

#[derive(Default)]
struct Exports {
    guarded: BTreeSet<String>,
    unguarded: BTreeSet<String>,
}

impl Exports {
    fn read(&mut self, path: &Path) {
        let source = fs::read_to_string(path).expect("a source file");
        let file = syn::parse_file(&source).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        self.visit_file(&file);
    }
}

impl<'ast> Visit<'ast> for Exports {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let is_exported = function.attrs.iter().any(|attribute| {
            let tokens = quoted(attribute);
            tokens.contains("no_mangle") || tokens.contains("export_name")
        });
        if is_exported {
            let set = if is_one_guard_call(&function.block) {
                &mut self.guarded
            } else {
                &mut self.unguarded
            };
            set.insert(function.sig.ident.to_string());
        }
        syn::visit::visit_item_fn(self, function);
    }
}

fn quoted(attribute: &syn::Attribute) -> String {
    match &attribute.meta {
        syn::Meta::Path(path) => path.segments.last().map(|s| s.ident.to_string()),
        syn::Meta::List(list) => Some(list.tokens.to_string()),
        syn::Meta::NameValue(pair) => pair.path.segments.last().map(|s| s.ident.to_string()),
    }
    .unwrap_or_default()
}

fn is_one_guard_call(block: &syn::Block) -> bool {
    let [syn::Stmt::Expr(syn::Expr::Call(call), _)] = block.stmts.as_slice() else {
        return false;
    };
    let syn::Expr::Path(path) = &*call.func else {
        return false;
    };
    path.path.segments.len() == 2 && path.path.segments[0].ident == "guard"
}

fn assert_promised(file: &str, found: BTreeSet<String>) {
    let path = root().join("tests/abi").join(file);
    if std::env::var_os("SNOW_BLESS").is_some() {
        let lines: String = found.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&path, lines).expect("the list can be written");
    }
    let promised = fs::read_to_string(&path).expect("the list can be read");
    let promised: BTreeSet<_> = promised.lines().map(str::to_owned).collect();
    assert_eq!(found, promised, "tests/abi/{file} differs");
}
