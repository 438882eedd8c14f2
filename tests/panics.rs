//! A panic inside any exported function becomes an error, and the program goes on.
//!
//! The guard of a library that is built for tests panics where one asks for it. A C program that is written here calls
//! every function so, each with nothing but zeros.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::process::Command;

use support::c::{compilation, must_compile, shared_library, text};
use support::{files, root};

#[test]
#[cfg_attr(not(debug_assertions), ignore = "what is built to be used has no hook")]
fn no_panic_crosses_whatever_function_it_is_in() {
    let exports = exports();
    let promised = fs::read_to_string(root().join("tests/abi/symbols.txt")).expect("the symbols");
    let promised: BTreeSet<_> = promised
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    let found: BTreeSet<_> = exports.keys().cloned().collect();
    assert_eq!(found, promised);

    let library = shared_library();
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("panics.c");
    fs::write(&source, program(&exports)).expect("a file");
    let executable = folder.path().join("panics");
    let mut command = compilation("cc", "c99");
    command.arg("-o").arg(&executable).arg(&source);
    // A result is not looked at where nothing is to be seen in it; NULL stands where it must not.
    command.args(["-Wno-unused-result", "-Wno-nonnull", "-I"]);
    command.arg(root().join("tests/c")).arg(&library);
    must_compile(command);
    let output = Command::new(&executable)
        .env("LD_LIBRARY_PATH", library.parent().expect("a folder"))
        .output()
        .expect("the program starts");
    let told = text(&output.stdout);
    let all_there_is = text(&output.stderr);
    assert!(output.status.success(), "{told}{all_there_is}");
    assert_eq!(told, format!("{} functions\n", exports.len()));
    assert_eq!(all_there_is, "", "the host's stderr is the host's");
}

/// What a call of an exported function looks like.
struct Export {
    arguments: usize,
    takes_error: bool,
    returns: Returns,
}

#[derive(PartialEq)]
enum Returns {
    Status,
    Pointer,
    Other,
}

fn exports() -> BTreeMap<String, Export> {
    let mut exports = BTreeMap::new();
    for path in files(&root().join("src/ffi"), &["rs"]) {
        let source = fs::read_to_string(&path).expect("a source file");
        for item in syn::parse_file(&source).expect("Rust").items {
            if let syn::Item::Fn(function) = item
                && function.sig.abi.is_some()
                && function.sig.ident.to_string().starts_with("snow_")
            {
                exports.insert(function.sig.ident.to_string(), export(&function.sig));
            }
        }
    }
    exports
}

fn export(signature: &syn::Signature) -> Export {
    let is_error = |argument: &syn::FnArg| {
        matches!(argument, syn::FnArg::Typed(typed)
            if matches!(&*typed.pat, syn::Pat::Ident(name) if name.ident == "error")
                && matches!(&*typed.ty, syn::Type::Ptr(to) if matches!(*to.elem, syn::Type::Ptr(_))))
    };
    Export {
        arguments: signature.inputs.len(),
        takes_error: signature.inputs.last().is_some_and(is_error),
        returns: match &signature.output {
            syn::ReturnType::Type(_, of) => match &**of {
                syn::Type::Ptr(_) => Returns::Pointer,
                syn::Type::Path(path) if path.path.is_ident("snow_status") => Returns::Status,
                _ => Returns::Other,
            },
            syn::ReturnType::Default => Returns::Other,
        },
    }
}

/// Arms the hook, calls each function, and looks at what it made of the panic.
fn program(exports: &BTreeMap<String, Export>) -> String {
    let mut calls = String::new();
    for (name, export) in exports {
        let zeros = export.arguments - usize::from(export.takes_error);
        let mut arguments = vec!["0"; zeros];
        if export.takes_error {
            arguments.push("&error");
        }
        let call = format!("{name}({})", arguments.join(", "));
        let result = match export.returns {
            Returns::Status if export.takes_error => format!("CHECK_NUMBER(SNOW_INTERNAL, {call})"),
            Returns::Pointer if export.takes_error => format!("CHECK({call} == NULL)"),
            _ => format!("(void){call}"),
        };
        let after = if export.takes_error {
            "told"
        } else {
            "survived"
        };
        writeln!(
            calls,
            "    armed(\"{name}\");\n    {result};\n    {after}();"
        )
        .expect("memory");
    }
    let count = exports.len();
    format!(
        r#"#include "check.h"

extern uint32_t snow_test_panic;
static snow_error *error;

static void armed(const char *function)
{{
    check_subject = function;
    /* Anything may stand there, and it is written whatever happens. */
    error = (snow_error *)&error;
    snow_test_panic = 1;
}}

static void survived(void)
{{
    CHECK_NUMBER(2, snow_test_panic);
    snow_test_panic = 0;
}}

static void told(void)
{{
    survived();
    if (!CHECK(error != NULL && error != (snow_error *)&error))
        return;
    CHECK_NUMBER(SNOW_INTERNAL, snow_error_status(error));
    CHECK(strstr(snow_error_message(error), "a test asked for this panic") != NULL);
    CHECK_NUMBER(0, snow_error_is_retryable(error));
    snow_error_free(error);
}}

int main(void)
{{
{calls}
    printf("{count} functions\n");
    return check_result();
}}
"#
    )
}
