//! Threads that compute, no more of them at a time than there are processors, and first come first served.
//!
//! Sixteen answers that arrive together and share two processors are all done late, and so are the next requests
//! sent. One after the other, the first is done after an eighth of the time, and what it asks for next is under way
//! while the others are read.

use std::sync::Arc;
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::wait;

/// The processors that some threads share.
#[derive(Clone)]
pub(crate) struct Processors(Arc<Semaphore>);

/// A thread's hold on one of them, while it has one.
pub(crate) struct Processor {
    all: Processors,
    permit: Option<OwnedSemaphorePermit>,
}

impl Processors {
    /// Those that this process may use.
    pub(crate) fn all() -> Processors {
        let count = thread::available_parallelism().map_or(1, usize::from);
        Processors(Arc::new(Semaphore::new(count)))
    }

    /// One of them, in turn.
    pub(crate) fn one(&self) -> Processor {
        let mut processor = Processor {
            all: self.clone(),
            permit: None,
        };
        processor.take();
        processor
    }
}

impl Processor {
    /// Waits until there is one, unless it has it. Whoever has one computes, and never waits for another thread.
    pub(crate) fn take(&mut self) {
        if self.permit.is_none() {
            let next = Arc::clone(&self.all.0).acquire_owned();
            // It is never closed.
            self.permit = wait::block_on(next, None).and_then(Result::ok);
        }
    }

    /// Leaves it to another thread, before this one waits for something.
    pub(crate) fn leave(&mut self) {
        self.permit = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn there_are_no_more_than_there_are_and_one_that_is_left_goes_to_who_waits() {
        let two = Processors(Arc::new(Semaphore::new(2)));
        let (mut first, second) = (two.one(), two.one());
        let (told, heard) = channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let _third = two.one();
                told.send("third").expect("it is heard");
            });
            // Who has one has it still.
            first.take();
            assert!(heard.try_recv().is_err());
            first.leave();
            assert_eq!(heard.recv(), Ok("third"));
            first.take();
            assert_eq!(two.0.available_permits(), 0);
        });
        drop((first, second));
        assert_eq!(two.0.available_permits(), 2);
    }
}
