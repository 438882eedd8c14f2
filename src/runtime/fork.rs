//! What a forked child must not share with its parent.
//!
//! A child inherits the parent's memory but none of its threads, and shares its sockets and epoll
//! set. An inherited runtime hangs when it is used, and hangs the *parent* when it is dropped (the
//! child's clean-up acts on the shared epoll set). A lock that another thread held at the fork stays
//! locked for ever. So whatever holds runtimes, connections or locks is kept here, once for each
//! process, and a child leaks what it inherited.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{mem, process};

/// This process's id, once forks are told of; 0 until then.
static KNOWN: AtomicU32 = AtomicU32::new(0);

/// The id of this process: what was made in another one was inherited.
pub(crate) fn process_id() -> u32 {
    match KNOWN.load(Ordering::Relaxed) {
        // To ask the system takes as long as to read a row.
        0 => process::id(),
        known => known,
    }
}

/// Takes note of which process this is. To be called in every child from then on, before anything else is; does
/// nothing that may not be done there.
pub(crate) fn take_note() {
    KNOWN.store(process::id(), Ordering::Relaxed);
}

/// A value of which each process has its own.
pub(crate) struct PerProcess<T> {
    make: fn() -> T,
    first: Generation<T>,
}

struct Generation<T> {
    pid: u32,
    /// Some until it is dropped.
    value: Option<T>,
    child: OnceLock<Box<Generation<T>>>,
}

impl<T> PerProcess<T> {
    /// Makes this process's value at once: were it made on first use, a fork in that very moment
    /// would leave a lock behind that no one ever opens.
    pub(crate) fn new(make: fn() -> T) -> PerProcess<T> {
        PerProcess {
            make,
            first: Generation::new(make()),
        }
    }

    /// This process's value, made anew where the process is a child that has none yet.
    pub(crate) fn get(&self) -> &T {
        let pid = process_id();
        let mut generation = &self.first;
        while generation.pid != pid {
            generation = generation
                .child
                .get_or_init(|| Box::new(Generation::new((self.make)())));
        }
        generation
            .value
            .as_ref()
            .expect("a value is taken only when it is dropped")
    }
}

impl<T> Generation<T> {
    fn new(value: T) -> Generation<T> {
        Generation {
            pid: process_id(),
            value: Some(value),
            child: OnceLock::new(),
        }
    }
}

impl<T> Drop for Generation<T> {
    fn drop(&mut self) {
        if self.pid != process_id() {
            mem::forget(self.value.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_keeps_its_value() {
        let value = PerProcess::new(|| 7);
        assert!(std::ptr::eq(value.get(), value.get()));
    }

    #[test]
    fn an_inherited_value_is_replaced_and_never_dropped() {
        struct Inherited(bool);
        impl Drop for Inherited {
            fn drop(&mut self) {
                assert!(!self.0, "a value of another process was dropped");
            }
        }
        let mut value = PerProcess::new(|| Inherited(false));
        value.first.value = Some(Inherited(true));
        value.first.pid = 0; // as if another process had made it
        assert!(!value.get().0);
    }
}
