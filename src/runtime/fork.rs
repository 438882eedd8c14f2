//! What a forked child must not share with its parent.
//!
//! A child inherits the parent's memory but none of its threads, and shares its sockets and epoll
//! set. An inherited runtime hangs when it is used, and hangs the *parent* when it is dropped (the
//! child's clean-up acts on the shared epoll set). A lock that another thread held at the fork stays
//! locked for ever. So whatever holds runtimes, connections or locks is kept here, once for each
//! process, and a child leaks what it inherited.

use std::sync::atomic::{AtomicU32, Ordering};
use std::{mem, process};

use once_cell::race::OnceBox;

/// Which process something belongs to. The system's number is not enough: it gives that of a process which has
/// ended to another, which may have inherited what the first one made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessId {
    /// How many forks it is away from the process that forks were first told to.
    generation: u32,
    /// All that there is where forks are not told of.
    number: u32,
}

#[cfg(test)]
impl ProcessId {
    /// As of a process that had this one's number, and is one of those that it descends from.
    pub(crate) fn of_a_parent() -> ProcessId {
        let ProcessId { generation, number } = process_id();
        ProcessId {
            generation: generation.wrapping_sub(1),
            number,
        }
    }
}

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// This process's number, once forks are told of; 0 until then.
static KNOWN: AtomicU32 = AtomicU32::new(0);

/// Which process this is: what was made in another one was inherited.
pub(crate) fn process_id() -> ProcessId {
    ProcessId {
        generation: GENERATION.load(Ordering::Relaxed),
        number: match KNOWN.load(Ordering::Relaxed) {
            // To ask the system takes as long as to read a row.
            0 => process::id(),
            known => known,
        },
    }
}

/// Takes note of which process this is, once forks are told of. It is the same one as before.
pub(crate) fn take_note() {
    KNOWN.store(process::id(), Ordering::Relaxed);
}

/// Takes note of being another process. To be called in every child, before anything else is; does nothing that
/// may not be done there.
pub(crate) fn take_note_of_fork() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    take_note();
}

/// A value of which each process has its own.
pub(crate) struct PerProcess<T> {
    make: fn() -> T,
    first: Generation<T>,
}

struct Generation<T> {
    pid: ProcessId,
    /// Some until it is dropped.
    value: Option<T>,
    /// The first that is put here stays. Nobody waits for it: a child that is forked while a thread fills the cell
    /// would wait for ever.
    child: OnceBox<Generation<T>>,
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

    /// This process's value, made anew where the process is a child that has none yet. Of threads that are the first
    /// at the same moment each may make one; all are given the same.
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
            child: OnceBox::new(),
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
    use std::sync::{LazyLock, Mutex, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_process_keeps_its_value() {
        let value = PerProcess::new(|| 7);
        assert!(std::ptr::eq(value.get(), value.get()));
    }

    /// A thread that is in the middle of it may be one of the parent's, which is not there in a child.
    #[test]
    fn nobody_waits_for_a_value_that_another_thread_makes() {
        static HELD_UP: Mutex<()> = Mutex::new(());
        static MADE: AtomicU32 = AtomicU32::new(0);
        static VALUE: LazyLock<PerProcess<u32>> = LazyLock::new(|| {
            let mut value = PerProcess::new(|| {
                let number = MADE.fetch_add(1, Ordering::SeqCst);
                if number == 1 {
                    drop(HELD_UP.lock());
                }
                number
            });
            value.first.pid = ProcessId::of_a_parent();
            value
        });
        let held = HELD_UP.lock().expect("nobody panics");
        let slow = thread::spawn(|| VALUE.get());
        while MADE.load(Ordering::SeqCst) < 2 {
            thread::yield_now();
        }
        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send(VALUE.get()));
        let value = told.recv_timeout(Duration::from_secs(60));
        let value = value.expect("a value, while another thread makes one");
        drop(held);
        let same = slow.join().expect("its value");
        assert!(*value == 2 && std::ptr::eq(value, same));
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
        value.first.pid.number = 0; // as if another process had made it
        assert!(!value.get().0);
        value.first.pid = ProcessId::of_a_parent();
        assert!(!value.get().0);
    }
}
