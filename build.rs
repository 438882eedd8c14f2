//! Writes `snow.h` and `snow.cdef.h`, and names the shared library.
//!
//! cbindgen orders a header by kinds of item; readers want it by subject, in the order of use. So it
//! runs once for each module of `src/ffi`, and the sections are put together between `head.h` and
//! `tail.h`, each under the prose that its file begins with. A module of several files is one section:
//! what a file of it holds stands where its `pub mod` line does. The result goes to `OUT_DIR`;
//! `include/snow.h` is the committed copy, and a test holds the two against each other.
//!
//! `snow.cdef.h` is the same for parsers without a preprocessor, LuaJIT's and cffi's: declarations alone, and
//! the constants as an enumeration.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The number in `libsnow.so.N`, raised when a program that was linked before would break.
const ABI_VERSION: &str = "0";

/// The sections of the header in the order of use: the module in `src/ffi`, and its title.
const SECTIONS: &[(&str, &str)] = &[
    ("library", "Status codes and version"),
    ("error", "Errors"),
    ("session", "Sessions"),
    ("token", "Tokens"),
    ("client", "Clients"),
    ("query", "Queries"),
    ("record", "Records"),
    ("cursor", "Cursors"),
    ("table", "Tables"),
    ("export", "Exports"),
    ("arrow", "Arrow"),
    ("request", "Requests"),
    ("response", "Responses"),
    ("attachment", "Attachments"),
    ("log", "Logs and statistics"),
    ("diagnosis", "Diagnosis"),
];

/// The definitions of the Arrow C interfaces, beside them.
const ARROW: &str = "arrow_interface.h";

fn main() {
    println!("cargo::rustc-env=SNOW_ABI_VERSION={ABI_VERSION}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/ffi");
    name_the_shared_library();
    let ffi = Path::new("src/ffi");
    let out = out();
    fs::write(out.join("snow.h"), header(ffi)).expect("OUT_DIR can be written");
    fs::write(out.join("snow.cdef.h"), declarations(ffi)).expect("OUT_DIR can be written");
}

fn out() -> PathBuf {
    PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"))
}

fn name_the_shared_library() {
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libsnow.so.{ABI_VERSION}");
        // Threads of the host may still be on their way out of Rust code when it calls dlclose.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

fn header(ffi: &Path) -> String {
    let read = |name: &str| read(&ffi.join(name));
    let version = |part: &str| env::var(format!("CARGO_PKG_VERSION_{part}")).unwrap_or_default();
    let mut header = read("head.h")
        .replace("@MAJOR@", &version("MAJOR"))
        .replace("@MINOR@", &version("MINOR"))
        .replace("@PATCH@", &version("PATCH"))
        .replace("@ABI@", ABI_VERSION)
        .replace("@ARROW@\n", &read(ARROW));
    for (index, (name, title)) in SECTIONS.iter().enumerate() {
        let source = source(ffi, name);
        header += &banner(index + 1, name, title, &source);
        header += &section(name, &source, settings(ffi));
        header += "/** @} */\n\n";
    }
    header.trim_end().to_owned() + "\n" + &read("tail.h")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The source of a section: that of its module, with that of its files where they are named.
fn source(ffi: &Path, module: &str) -> String {
    let folder = ffi.join(module);
    if !folder.is_dir() {
        return read(&folder.with_extension("rs"));
    }
    let mut source = String::new();
    for line in read(&folder.join("mod.rs")).lines() {
        let file = line.strip_prefix("pub mod ");
        match file.and_then(|file| file.strip_suffix(';')) {
            Some(file) => {
                for line in read(&folder.join(format!("{file}.rs"))).lines() {
                    // What a file says of itself is for those who read the source.
                    if !line.starts_with("//!") {
                        source += &(line.to_owned() + "\n");
                    }
                }
            }
            None => source += &(line.to_owned() + "\n"),
        }
    }
    source
}

/// The title of a section, and the prose that its file begins with. Fenced code is indented instead:
/// a header is read as it is.
fn banner(number: usize, name: &str, title: &str, source: &str) -> String {
    let mut banner = format!("/**\n * @defgroup snow_{name} {number}. {title}\n *\n");
    let mut in_code = false;
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        if line.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let indent = if in_code && !line.is_empty() {
            "    "
        } else {
            ""
        };
        let line = format!(" * {indent}{line}");
        writeln!(banner, "{}", line.trim_end()).expect("a String can be written to");
    }
    banner + " * @{\n */\n\n"
}

/// What a parser of declarations takes: no directives and no attributes.
fn declarations(ffi: &Path) -> String {
    let mut settings = settings(ffi);
    settings.documentation = false;
    settings.function.prefix = None;
    settings.function.must_use = None;
    let mut declarations = format!(
        "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n\
         /* Generated from src/ffi by build.rs; do not edit. */\n\n\
         /* snow.h for parsers without a preprocessor, such as ffi.cdef() of LuaJIT and cdef() of Python's\n   \
         cffi. What the functions do is said there. SNOW_ABI_VERSION is for snow_abi_version(), and a length\n   \
         of (uint64_t)-1 is SNOW_LENGTH_UNKNOWN, which no enumeration can hold. */\n\n\
         enum {{\n    SNOW_ABI_VERSION = {ABI_VERSION},\n}};\n"
    );
    let arrow = read(&ffi.join(ARROW));
    let (_, arrow) = arrow.split_once("*/\n").expect("a comment comes first");
    declarations += &flat("Arrow C data and stream interface", arrow);
    for (name, title) in SECTIONS {
        let section = section(name, &source(ffi, name), settings.clone());
        declarations += &flat(title, &section);
    }
    declarations
}

/// A part of a header without directives: its constants as an enumeration, and the rest.
fn flat(title: &str, part: &str) -> String {
    let mut constants = String::new();
    let mut others = String::new();
    for line in part.lines() {
        let constant = line.strip_prefix("#define ");
        match constant.and_then(|constant| constant.split_once(' ')) {
            Some((name, value)) if value.parse::<i32>().is_ok() => {
                writeln!(constants, "    {name} = {value},").expect("a String can be written to");
            }
            Some(_) => {}
            None if line.starts_with('#') => {}
            None => others += &(line.to_owned() + "\n"),
        }
    }
    let mut flat = format!("\n/* {title} */\n");
    if !constants.is_empty() {
        write!(flat, "\nenum {{\n{constants}}};\n").expect("a String can be written to");
    }
    flat + &one_empty_line_between(&others)
}

/// cbindgen leaves the places of constants empty.
fn one_empty_line_between(text: &str) -> String {
    let mut out = String::new();
    for line in text.trim().lines() {
        if !line.is_empty() || !out.ends_with("\n\n") {
            out += &(line.to_owned() + "\n");
        }
    }
    if out.is_empty() {
        out
    } else {
        "\n".to_owned() + &out
    }
}

fn settings(ffi: &Path) -> cbindgen::Config {
    cbindgen::Config::from_file(ffi.join("cbindgen.toml")).expect("cbindgen.toml")
}

fn section(name: &str, source: &str, settings: cbindgen::Config) -> String {
    // cbindgen reads files.
    let file = out().join(format!("{name}.rs"));
    fs::write(&file, source).expect("OUT_DIR can be written");
    let bindings = cbindgen::Builder::new()
        .with_config(settings)
        .with_src(file)
        .generate()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut section = Vec::new();
    bindings.write(&mut section);
    String::from_utf8(section).expect("cbindgen writes UTF-8")
}
