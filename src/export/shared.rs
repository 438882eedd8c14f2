//! What the threads of an export and its caller share: the plan, and what was read and not yet taken.
//!
//! Readers put what they read into outlets, which the caller empties one after the other: one for each unit
//! where order counts, else one for all. How much may wait there is bounded, whatever the caller's pace; a
//! reader that finds no room waits, and so in the end does the instance.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::count::{Counts, ExportCount};
use super::plan::{Count, Plan};
use crate::error::{Error, Result, Status};
use crate::record::scanner::Spares;
use crate::runtime::Cancel;
use crate::runtime::limits::{Interrupted, Limits};
use crate::runtime::processors::Processors;
use crate::runtime::wait::Signal;
use crate::session::transport::Unpackers;

pub(super) struct Shared<T> {
    state: Mutex<State<T>>,
    /// Told when there may be something to do, or room.
    readers: Signal,
    /// Told when there may be something to take.
    caller: Signal,
    pub(super) counts: Arc<Counts>,
    pub(super) cancel: Arc<Cancel>,
    /// What unpacks the answers of readers.
    pub(super) unpackers: Unpackers,
    /// Blocks of rows that the caller is done with.
    pub(super) spares: Spares,
    pub(super) processors: Processors,
}

pub(super) struct State<T> {
    pub(super) plan: Plan,
    outlets: VecDeque<Outlet<T>>,
    /// How many outlets there were so far.
    opened: u64,
    /// How many things wait in all outlets, and how many the caller took and is not done with.
    waiting: usize,
    taken: usize,
    room: usize,
    /// How many threads read.
    readers: usize,
    /// How many of them look for a place to divide a unit at, which may be over before they find one.
    pub(super) dividing: usize,
    /// Whether a reader waits for a token.
    needs_caller: bool,
    /// How many times the caller saw to the token.
    visits: u64,
    failure: Option<Error>,
    /// Whether a reader panicked. What it was at is its own still, so that there is no going on.
    is_lost: bool,
}

struct Outlet<T> {
    unit: u64,
    waiting: VecDeque<T>,
    is_complete: bool,
}

/// What the caller finds.
pub(super) enum Found<T> {
    Some(VecDeque<T>),
    NeedsCaller,
    Failed(Error),
    End,
}

/// A thread that reads, until this is dropped.
pub(super) struct Reading<T>(pub(super) Arc<Shared<T>>);

impl<T> Shared<T> {
    pub(super) fn new(
        plan: Plan,
        room: usize,
        counts: Arc<Counts>,
        cancel: Arc<Cancel>,
    ) -> Shared<T> {
        Shared {
            state: Mutex::new(State {
                plan,
                outlets: VecDeque::new(),
                opened: 0,
                waiting: 0,
                taken: 0,
                room,
                readers: 0,
                dividing: 0,
                needs_caller: false,
                visits: 0,
                failure: None,
                is_lost: false,
            }),
            readers: Signal::default(),
            caller: Signal::default(),
            counts,
            cancel,
            unpackers: Unpackers::default(),
            spares: Spares::default(),
            processors: Processors::all(),
        }
    }

    /// Looks at the state, or changes it, on a reader; the others are told.
    pub(super) fn with<R>(&self, change: impl FnOnce(&mut State<T>) -> R) -> R {
        let result = change(&mut self.lock());
        self.readers.send();
        self.caller.send();
        result
    }

    /// Waits on a reader until there is an outcome. `None` where reading is over: the export has failed,
    /// was cancelled, or its client closed. Something is done before each wait.
    pub(super) fn reader_waits<R>(
        &self,
        ended: &Cancel,
        mut look: impl FnMut(&mut State<T>) -> Option<R>,
        mut before_wait: impl FnMut(),
    ) -> Option<R> {
        let mut changes = self.readers.changes();
        loop {
            let found = {
                let mut state = self.lock();
                if state.failure.is_some() || self.cancel.is_cancelled() {
                    return None;
                }
                look(&mut state)
            };
            if found.is_some() {
                return found;
            }
            before_wait();
            changes.wait(self.limits(ended)).ok()?;
        }
    }

    /// Waits on the caller's thread until there is something to take. The caller is done with what it took
    /// before.
    ///
    /// # Errors
    /// [`Status::Cancelled`], also where the client is closed; [`Status::Connect`] where this thread cannot wait.
    pub(super) fn caller_waits(&self, ended: &Cancel) -> Result<Found<T>> {
        let mut changes = self.caller.changes();
        loop {
            let (found, is_roomier) = self.lock().take();
            if is_roomier {
                self.readers.send();
            }
            if let Some(found) = found {
                return Ok(found);
            }
            let waited = changes.wait(self.limits(ended));
            waited.map_err(|why| match why {
                Interrupted::NoThread(none) => none.into(),
                _ => Error::new(Status::Cancelled, "the export was cancelled"),
            })?;
        }
    }

    /// Puts something into a unit's outlet. Whether to read on: not where reading is over. What was read when
    /// another reader failed finds room all the same, for the export may go on. Is told before it waits for
    /// room.
    ///
    /// The caller is not told of each: to wake it takes as long as to read a block of rows. It is told when there
    /// are many, and before this thread waits for something ([`Shared::tell_caller`]).
    pub(super) fn put(
        &self,
        ended: &Cancel,
        unit: u64,
        thing: T,
        mut no_room: impl FnMut(),
    ) -> bool {
        let mut thing = Some(thing);
        let put = self.reader_waits(
            ended,
            |state| {
                if !state.has_room(unit) {
                    return None;
                }
                state.put(unit, thing.take()?);
                Some(state.has_many())
            },
            || {
                self.caller.send();
                no_room();
            },
        );
        if let Some(thing) = thing.take() {
            self.lock().put(unit, thing);
        }
        if put != Some(false) {
            self.caller.send();
        }
        put.is_some()
    }

    /// Tells the caller of what may have been put, before this thread waits for something else.
    pub(super) fn tell_caller(&self) {
        let is_there = self.lock().has_something();
        if is_there {
            self.caller.send();
        }
    }

    /// Ends reading, for this reason. The first one is told.
    pub(super) fn fail(&self, error: Error) {
        self.with(|state| {
            state.failure.get_or_insert(error);
        });
    }

    pub(super) fn add(&self, what: ExportCount, count: u64) {
        self.counts.add(what, count);
    }

    pub(super) fn take_in(&self, count: Count) {
        if let Some(rows) = count.expected {
            self.counts.add_expected(rows);
        }
        self.counts.add_hidden(count.hidden);
    }

    /// What ends a wait.
    fn limits<'a>(&'a self, ended: &'a Cancel) -> Limits<'a> {
        Limits {
            deadline: None,
            cancels: [Some(&self.cancel), Some(ended)],
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// How many threads read.
    pub(super) fn readers(&self) -> usize {
        self.readers
    }

    /// Whether a reader has failed, for which all others end.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// A reader cannot go on without the caller. Returns how many times the caller came so far.
    pub(super) fn call_for_caller(&mut self) -> u64 {
        self.needs_caller = true;
        self.visits
    }

    /// How many times the caller came.
    pub(super) fn visits(&self) -> u64 {
        self.visits
    }

    /// The caller came.
    pub(super) fn caller_came(&mut self) {
        self.needs_caller = false;
        self.visits += 1;
    }

    /// Opens an outlet for each unit that there is by now, and closes those of units that are over.
    fn settle_outlets(&mut self) {
        let wanted = match self.plan.is_ordered() {
            true => self.plan.made(),
            false => 1,
        };
        self.outlets.extend((self.opened..wanted).map(Outlet::new));
        self.opened = self.opened.max(wanted);
        for outlet in &mut self.outlets {
            outlet.is_complete = match self.plan.is_ordered() {
                true => !self.plan.has(outlet.unit),
                false => self.plan.is_over(),
            };
        }
    }

    fn has_room(&mut self, unit: u64) -> bool {
        let left = self.room.saturating_sub(self.taken);
        let waiting = self.waiting;
        match self.outlet(unit) {
            // The first always gets room: all the others wait for it to be emptied.
            Some((0, outlet)) => outlet.waiting.len() < left,
            Some(_) => waiting < left,
            None => false,
        }
    }

    fn has_something(&self) -> bool {
        let first = self.outlets.front();
        first.is_some_and(|first| !first.waiting.is_empty())
    }

    /// Whether there is so much to take that readers can fill the other half of the room meanwhile.
    fn has_many(&self) -> bool {
        let first = self.outlets.front();
        first.is_some_and(|first| first.waiting.len() >= self.room.div_ceil(2))
    }

    fn put(&mut self, unit: u64, thing: T) {
        if let Some((_, outlet)) = self.outlet(unit) {
            outlet.waiting.push_back(thing);
            self.waiting += 1;
        }
    }

    /// The outlet of a unit, and which one that is.
    fn outlet(&mut self, unit: u64) -> Option<(usize, &mut Outlet<T>)> {
        self.settle_outlets();
        let unit = if self.plan.is_ordered() { unit } else { 0 };
        let mut outlets = self.outlets.iter_mut().enumerate();
        outlets.find(|(_, outlet)| outlet.unit == unit)
    }

    /// What the caller finds, if it finds anything; and whether a reader may have room now that had none.
    fn take(&mut self) -> (Option<Found<T>>, bool) {
        self.settle_outlets();
        let mut is_roomier = mem::take(&mut self.taken) > 0;
        while let Some(first) = self.outlets.front_mut() {
            if !first.waiting.is_empty() {
                let things = mem::take(&mut first.waiting);
                self.waiting -= things.len();
                self.taken = things.len();
                return (Some(Found::Some(things)), is_roomier);
            }
            if !first.is_complete {
                break;
            }
            // The next one is the first now, which always gets room.
            self.outlets.pop_front();
            is_roomier = true;
        }
        (self.end(), is_roomier)
    }

    /// What there is where nothing is to be taken.
    fn end(&mut self) -> Option<Found<T>> {
        let failure = match (self.readers, self.is_lost) {
            (0, true) => self.failure.clone(),
            (0, false) => self.failure.take(),
            _ => None,
        };
        if let Some(error) = failure {
            return Some(Found::Failed(error));
        }
        if self.needs_caller && self.failure.is_none() {
            return Some(Found::NeedsCaller);
        }
        self.plan.is_over().then_some(Found::End)
    }
}

impl<T> Outlet<T> {
    fn new(unit: u64) -> Outlet<T> {
        Outlet {
            unit,
            waiting: VecDeque::new(),
            is_complete: false,
        }
    }
}

impl<T> Reading<T> {
    pub(super) fn new(shared: &Arc<Shared<T>>) -> Reading<T> {
        shared.lock().readers += 1;
        Reading(Arc::clone(shared))
    }
}

impl<T> Drop for Reading<T> {
    fn drop(&mut self) {
        self.0.with(|state| {
            state.readers -= 1;
            if std::thread::panicking() {
                let message = "a thread of the export ended unexpectedly";
                state.failure = Some(Error::new(Status::Internal, message));
                state.is_lost = true;
            }
        });
    }
}
