//! Hosts that are strange in one way: interrupted by signals, with small stacks, without descriptors, memory or
//! threads, with the library loaded and let go; from C.
//!
//! `SNOW_ROUNDS` says how much of it there is; where it is not set, a little.

mod support;

use support::c::{Memcheck, Program, memcheck, rounds, shared_library};
use support::certificates::Authority;
use support::instance::Instance;

#[test]
fn a_storm_of_signals() {
    let instance = Instance::start();
    // Valgrind runs one thread at a time, and would get no further than from one signal to the next.
    let (threads, every_us) = match memcheck() {
        Memcheck::Valgrind => ("1", "50000"),
        Memcheck::Asan | Memcheck::None => ("4", "1000"),
    };
    let rounds = rounds(2, 1).to_string();
    let told = Program::c("tests/c/signals.c")
        .against(&instance)
        .run(&[threads, &rounds, every_us]);
    print!("{told}");
}

#[test]
fn a_thread_that_is_cancelled() {
    Program::c("tests/c/cancelled_thread.c")
        .against(&Instance::start())
        .run(&[]);
}

/// Frames of a build without optimisation are several times as large.
#[test]
fn a_thread_with_a_small_stack() {
    let kib = if cfg!(debug_assertions) { "256" } else { "64" };
    let program = |instance: &Instance| Program::c("tests/c/small_stack.c").against(instance);
    let instance = Instance::start();
    print!("{}", program(&instance).run(&[kib]));
    let instance = Instance::https(&[]);
    let program = program(&instance).env("SNOW_CA_FILE", instance.ca_file());
    print!("{}", program.run(&[kib]));
}

#[test]
fn no_descriptors_left() {
    let instance = Instance::start();
    let told = Program::c("tests/c/descriptors.c")
        .against(&instance)
        .with_descriptors(64)
        .run(&[]);
    print!("{told}");
}

/// The system's authorities are in files, of which some could be opened and others not.
#[test]
fn no_descriptors_left_for_the_authorities() {
    let instance = Instance::https(&[]);
    let program = Program::c("tests/c/descriptors.c").against(&instance);
    let others = Authority::new();
    let folder = program.folder().join("authorities");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::copy(instance.ca_file(), folder.join("ours.pem")).expect("a file");
    // What cannot be used is left out, and nothing more.
    std::fs::write(folder.join("README"), "-----BEGIN CERTIFICATE-----\nno").expect("a file");
    let told = program
        .env("SSL_CERT_FILE", others.ca_file())
        .env("SSL_CERT_DIR", folder)
        .with_descriptors(64)
        .run(&[]);
    print!("{told}");
}

#[test]
fn no_memory_left() {
    // A memory checker takes more than any limit leaves.
    if memcheck() == Memcheck::None {
        Program::c("tests/c/no_memory.c").run(&[]);
    }
}

#[test]
fn no_threads_left() {
    let instance = Instance::start();
    Program::c("tests/c/no_threads.c")
        .against(&instance)
        .run(&[]);
}

#[test]
fn a_library_that_is_loaded_and_let_go() {
    let instance = Instance::start();
    let rounds = (100 * rounds(10, 1)).to_string();
    let told = Program::c_alone("tests/c/unloaded.c")
        .against(&instance)
        .env("SNOW_LIBRARY", shared_library())
        .run(&[&rounds, "10"]);
    print!("{told}");
}
