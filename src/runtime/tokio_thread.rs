//! A thread that tokio can be used on, which the caller's may not be.

use std::thread;

use tokio::runtime::Handle;

use super::background::{NoThread, blocking_signals};

/// Does the work on this thread, and waits for another one to do it where tokio would panic on this one: in a Rust
/// host that shares our tokio and calls from inside its own runtime, and on a thread at its end, which calls from a
/// destructor of its data (`pthread_key_create()`) when that of tokio and of the standard library is gone.
pub(super) fn with_tokio<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, NoThread> {
    match Handle::try_current() {
        Err(error) if error.is_missing_context() => Ok(work()),
        _ => thread::scope(|scope| {
            let start = || {
                thread::Builder::new()
                    .name("snow-call".into())
                    .spawn_scoped(scope, work)
            };
            let worked = blocking_signals(start)?.join();
            Ok(worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        }),
    }
}
