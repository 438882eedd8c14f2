//! C++: `snow.h` as it is, and `snow.hpp`.

mod support;

use std::thread;

use support::c::{
    Memcheck, Program, compilation, memcheck, must_compile, programs, shared_library,
};
use support::has;
use support::instance::Instance;

/// What asks most of `snow.hpp`, beside the examples: all its functions are called there.
const SOURCES: &[&str] = &[
    "tests/cpp/objects.cpp",
    "tests/cpp/callbacks.cpp",
    "tests/cpp/plugin.cpp",
    "examples-cpp/01_list_incidents.cpp",
    "examples-cpp/02_token_callback.cpp",
];

#[test]
fn the_header_of_c() {
    if !has("c++", "g++") {
        return;
    }
    let instance = Instance::start();
    Program::cpp("c++11", &["tests/cpp/connect.cpp"])
        .against(&instance)
        .run(&[]);
}

/// Two files of one program, so that the header is included twice.
#[test]
fn objects_and_callbacks() {
    if !has("c++", "g++") {
        return;
    }
    let instance = Instance::start();
    let sources = &["tests/cpp/objects.cpp", "tests/cpp/callbacks.cpp"];
    let program = Program::cpp("c++17", sources).against(&instance);
    program.run(&[program.folder().to_str().expect("a path in UTF-8")]);
}

#[test]
fn an_exception_from_another_shared_library() {
    // With the static library it would be another libsnow.
    if memcheck() == Memcheck::Asan || !has("c++", "g++") {
        return;
    }
    let instance = Instance::start();
    let library = programs().join("libplugin.so");
    std::fs::create_dir_all(programs()).expect("a folder");
    let hidden = ["-fvisibility=hidden", "-fvisibility-inlines-hidden"];
    let mut plugin = compilation("c++", "c++17");
    plugin
        .args(hidden)
        .args(["-shared", "-fPIC", "-Wl,-soname,libplugin.so"]);
    plugin.arg(support::root().join("tests/cpp/plugin.cpp"));
    plugin.arg("-o").arg(&library).arg(shared_library());
    must_compile(plugin);
    let library = library.to_str().expect("a path in UTF-8");
    Program::cpp("c++17", &["tests/cpp/plugin_host.cpp", library])
        .against(&instance)
        .run(&[]);
}

#[test]
fn no_compiler_warns_by_any_standard() {
    if memcheck() != Memcheck::None {
        return;
    }
    let with = |compiler: &str| {
        for standard in ["c++17", "c++20", "c++2b"] {
            let mut command = compilation(compiler, standard);
            command.args(["-Wconversion", "-Wshadow", "-fsyntax-only"]);
            command.args(SOURCES.iter().map(|source| support::root().join(source)));
            must_compile(command);
        }
    };
    let (gcc, clang) = (has("g++", "g++"), has("clang++", "clang"));
    thread::scope(|threads| {
        if gcc {
            threads.spawn(|| with("g++"));
        }
        if clang {
            threads.spawn(|| with("clang++"));
        }
    });
}
