//! Attachments, from C.

mod support;

use support::c::{Memcheck, Program, memcheck};
use support::instance::Instance;

fn run(program: &str) {
    let (instance, folder) = (Instance::start(), tempfile::tempdir().expect("a folder"));
    let folder = folder.path().to_str().expect("a name that is text");
    Program::c(program).against(&instance).run(&[folder]);
}

#[test]
fn attachments_and_their_names() {
    run("tests/c/attachments.c");
}

#[test]
fn a_download_that_breaks_leaves_no_file() {
    run("tests/c/attachment_downloads.c");
}

#[test]
fn a_file_that_cannot_be_written_is_as_it_was() {
    run("tests/c/attachment_unwritable.c");
}

#[test]
fn an_upload_that_breaks_leaves_no_attachment() {
    run("tests/c/attachment_uploads.c");
}

#[test]
fn how_far_a_transfer_is() {
    run("tests/c/attachment_progress.c");
}

/// By default 64 MiB, four times the memory that may be taken; `SNOW_ATTACHMENT_MIB=1024` is the full
/// size, which is what CI moves.
#[test]
fn a_large_file_takes_no_memory() {
    let (instance, folder) = (Instance::start(), tempfile::tempdir().expect("a folder"));
    let folder = folder.path().to_str().expect("a name that is text");
    let size = match memcheck() {
        Memcheck::None => "64",
        Memcheck::Asan | Memcheck::Valgrind => "2",
    };
    let size = std::env::var("SNOW_ATTACHMENT_MIB").unwrap_or_else(|_| size.into());
    let told = Program::c("tests/c/attachment_large.c")
        .against(&instance)
        .run(&[folder, &size]);
    println!("{told}");
}
