//! A name that is asked for, on a thread of its own: a name server may be silent for longer than a call may take.
//!
//! Whoever in the process wants the same name meanwhile waits for the same answer, and no longer than they like. So
//! few threads wait for a silent name server, however many calls and clients there are.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use once_cell::race::OnceBox;

use super::failure::is_here;
use crate::runtime::Cancel;
use crate::runtime::background::{self, Job};
use crate::runtime::fork::PerProcess;
use crate::runtime::limits::{Interrupted, Limits};
use crate::runtime::wait::Signal;

/// What a name stands for, one address at least, or why nothing.
pub(crate) type Answer = Result<Arc<[SocketAddr]>, Arc<io::Error>>;

/// A name that is asked for.
pub(crate) struct Question {
    name: String,
    asked: Instant,
    answer: OnceLock<Answer>,
    answered: Signal,
    /// What asks, until it was waited for.
    thread: Mutex<Option<Job<()>>>,
}

type Questions = Mutex<Vec<Arc<Question>>>;

/// Who comes later than this asks once more: what was asked then may never be answered, where the network or the
/// machine's configuration is another by now.
const JOINED_FOR: Duration = Duration::from_secs(10);

/// So often at most, whatever comes of it.
const MOST: usize = 4;

impl Question {
    /// Asks for a name, unless that is being done.
    pub(crate) fn ask(name: &str) -> io::Result<Arc<Question>> {
        let mut open = open();
        let same: Vec<_> = open
            .iter()
            .filter(|question| question.name == name)
            .collect();
        if let Some(last) = same.last()
            && (last.asked.elapsed() < JOINED_FOR || same.len() == MOST)
        {
            return Ok(Arc::clone(last));
        }
        let question = Arc::new(Question {
            name: name.to_owned(),
            asked: Instant::now(),
            answer: OnceLock::new(),
            answered: Signal::default(),
            thread: Mutex::default(),
        });
        let asked = Arc::clone(&question);
        let thread =
            background::start("snow-resolver", move || asked.find()).map_err(io::Error::other)?;
        *question.thread() = Some(thread);
        open.push(Arc::clone(&question));
        Ok(question)
    }

    fn find(&self) {
        // Port 0 stands for the one in the URL.
        let answer = match (self.name.as_str(), 0).to_socket_addrs() {
            Ok(addresses) => match Vec::from_iter(addresses) {
                none if none.is_empty() => Err(no_answer("it has no address")),
                addresses => Ok(addresses.into()),
            },
            Err(error) => Err(want_of_descriptors().unwrap_or(error).into()),
        };
        open().retain(|question| !ptr::eq(&**question, self));
        // Nobody may be waiting any more.
        let _ = self.answer.set(answer);
        self.answered.send();
    }

    /// The answer, once it is there.
    pub(crate) async fn answer(&self) -> Answer {
        let mut changes = self.answered.changes();
        if self.answer.get().is_none() {
            changes.next().await;
        }
        self.settled()
    }

    /// Waits for the answer on this thread.
    pub(crate) fn wait(&self, deadline: Instant, cancel: &Cancel) -> Result<Answer, Interrupted> {
        let mut changes = self.answered.changes();
        if self.answer.get().is_none() {
            changes.wait(Limits {
                deadline: Some(deadline),
                cancels: [Some(cancel), None],
            })?;
        }
        Ok(self.settled())
    }

    fn settled(&self) -> Answer {
        // With the answer the thread is at its end; it leaves nothing behind then, wherever the program ends. Others
        // who have the answer wait here for that as well.
        let mut thread = self.thread();
        if let Some(job) = thread.take() {
            let _ = job.wait();
        }
        drop(thread);
        let answer = self.answer.get().cloned();
        answer.unwrap_or_else(|| Err(no_answer("the resolver gave no answer")))
    }

    fn thread(&self) -> MutexGuard<'_, Option<Job<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That there is no descriptor, where there is none: the C library says that there is no such name then.
fn want_of_descriptors() -> Option<io::Error> {
    File::open("/").err().filter(|error| is_here(error))
}

fn no_answer(reason: &str) -> Arc<io::Error> {
    Arc::new(io::Error::other(reason))
}

/// The questions of this process that have no answer yet.
fn open() -> MutexGuard<'static, Vec<Arc<Question>>> {
    // Nobody waits for it: a child that is forked in this very moment would wait for ever.
    static OPEN: OnceBox<PerProcess<Questions>> = OnceBox::new();
    let open = OPEN.get_or_init(|| Box::new(PerProcess::new(Questions::default)));
    open.get().lock().unwrap_or_else(PoisonError::into_inner)
}
