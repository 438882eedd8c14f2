//! The record that the standard library keeps of the main thread.

use std::cell::Cell;
use std::sync::Mutex;
use std::thread::{self, Thread};

/// A runtime, or a random number, makes the standard library keep a record of the thread that it runs
/// on, which is reached by a pointer into its middle. The main thread's record is never freed, and leak
/// checkers call it possibly lost, in every program that uses this library. A pointer to its beginning
/// sets them right.
pub(crate) fn show_to_leak_checkers() {
    // Nobody waits for it, as one would for `OnceLock`: in a child that is forked in this very moment, for ever.
    static MAIN: Mutex<Option<Thread>> = Mutex::new(None);
    thread_local! {
        static LOOKED: Cell<bool> = const { Cell::new(false) };
    }
    #[cfg(target_os = "linux")]
    if !LOOKED.replace(true)
        && nix::unistd::gettid() == nix::unistd::getpid()
        && let Ok(mut main) = MAIN.try_lock()
    {
        main.get_or_insert_with(thread::current);
    }
}
