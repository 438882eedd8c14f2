//! The program that connects in one way or another, for whoever looks at what came of it.

use super::c::{Memcheck, Program, memcheck};
use super::instance::Instance;

/// By its function an option is set, and by its name.
pub const HOW: [&str; 2] = ["by-function", "by-name"];

/// The program with the address of an instance and nothing else.
pub fn plain_program(instance: &Instance) -> Program {
    Program::c("tests/c/connect.c").env("SNOW_INSTANCE", &instance.url)
}

/// The program, which trusts the instance's authority.
pub fn program(instance: &Instance) -> Program {
    let program = plain_program(instance);
    match instance.is_https() {
        true => program.env("SNOW_CA_FILE", instance.ca_file()),
        false => program,
    }
}

/// How options are set. Valgrind takes its time: each way of saying it with one of the schemes.
pub fn ways(instance: &Instance) -> &'static [&'static str] {
    let number = usize::from(instance.is_https());
    match memcheck() {
        Memcheck::Valgrind => &HOW[number..=number],
        Memcheck::None | Memcheck::Asan => &HOW,
    }
}
