//! Tells the rest of the library of forks, which only the C library knows of.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::runtime::fork;

/// Has forks told from now on. Where that cannot be had, the system is asked for the process each time.
pub(super) fn watch() {
    static IS_WATCHED: AtomicBool = AtomicBool::new(false);
    // Not `Once`: a child that is forked in this very moment would wait for ever.
    if IS_WATCHED.swap(true, Ordering::Relaxed) {
        return;
    }
    // SAFETY: in_child is there for as long as the process, which never unloads this library, and does nothing but
    // what a child may do.
    if unsafe { libc::pthread_atfork(None, None, Some(in_child)) } == 0 {
        fork::take_note();
    }
}

unsafe extern "C" fn in_child() {
    fork::take_note_of_fork();
}
