//! Who reads what: an export is divided into units, each for one connection at a time.
//!
//! In any order, a unit is a stretch of the keys. The first are cut blindly, as if keys were spread evenly.
//! Whoever has read its own looks for the unit of which most is left, asks the instance for the key in the
//! middle of that, and takes the second half over: so it does not matter where the rows lie.
//!
//! In the order of `sys_id`, a scout lists the keys alone, many to a page, and each page's worth of them is
//! a unit. In the query's own order it lists them in that order, where rows that change place meanwhile can
//! slip by; so it walks by key afterwards, and what it had not seen comes last. There a unit is a list of
//! keys, and none comes twice.

mod scout;

use std::collections::{BTreeMap, VecDeque};

use scout::Scout;
pub(super) use scout::Scouted;

use super::ExportOrder;
use super::keys::{KeySet, Keys, Look, even_border};
use super::source::Source;
use super::walk::{Asked, Shown, Walk};
use crate::error::{Error, Result, Status};
use crate::request::Request;

pub(super) struct Plan {
    units: BTreeMap<u64, Unit>,
    scout: Option<Scout>,
    /// How many units there were so far; each but one in any order has an outlet of its own.
    made: u64,
    page_size: u64,
    connections: usize,
    /// Whether the instance is known to hold to what it is asked of keys.
    keys_hold: bool,
}

struct Unit {
    load: Load,
    is_held: bool,
    /// Whether its rows are part of what is expected, and not counted yet.
    is_awaited: bool,
    /// Whether somebody is about to divide it, or it cannot be divided.
    is_whole: bool,
}

enum Load {
    Stretch(Walk),
    Keys(VecDeque<String>),
}

/// What a thread does next.
pub(super) enum Job {
    Read(u64),
    /// Asks for the key in the middle of a unit, of which so many rows were passed.
    Divide {
        unit: u64,
        request: Box<Request>,
        rows_before: u64,
        passed: u64,
    },
    Scout,
}

/// A page that is being read.
pub(super) enum Page {
    Stretch(Asked),
    /// The first keys of the list were asked for; rows of these have not come.
    Keys {
        asked: usize,
        awaited: KeySet,
    },
}

/// How many rows the instance counts that were not known of, and how many of them are hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) expected: Option<u64>,
    pub(super) hidden: i64,
}

/// What became of rows that came.
pub(super) struct Given {
    /// So many of them, from the first on, are this unit's.
    pub(super) rows: usize,
    /// Whether the others are another's, and with them all that may follow.
    pub(super) is_beyond: bool,
}

impl Plan {
    pub(super) fn new(order: ExportOrder, source: &Source, connections: usize) -> Plan {
        let page_size = source.page_size();
        let mut plan = Plan {
            units: BTreeMap::new(),
            scout: Scout::of(order, source),
            made: 0,
            page_size,
            connections,
            keys_hold: false,
        };
        if order == ExportOrder::Any {
            let stretches = match source.most() <= page_size {
                true => 1,
                false => connections as u64,
            };
            for number in 0..stretches {
                let border = |number| even_border(number, stretches);
                let after = (number > 0).then(|| border(number));
                let until = (number + 1 < stretches).then(|| border(number + 1));
                plan.add(Load::Stretch(Walk::new(after, until)), true);
            }
        }
        plan
    }

    /// What a thread that has nothing to do does next; `None` where there is nothing yet.
    pub(super) fn next(&mut self, source: &Source) -> Result<Option<Job>> {
        let free = self.units.values().filter(|unit| !unit.is_held).count();
        if free < self.connections && self.send_scout() {
            return Ok(Some(Job::Scout));
        }
        let next = self.units.iter_mut().find(|(_, unit)| !unit.is_held);
        if let Some((number, unit)) = next {
            unit.is_held = true;
            return Ok(Some(Job::Read(*number)));
        }
        if free < 2 * self.connections && self.send_scout() {
            return Ok(Some(Job::Scout));
        }
        match self.scout {
            None => self.divide(source),
            Some(_) => Ok(None),
        }
    }

    /// Whether every unit was read, and there will be no other.
    pub(super) fn is_over(&self) -> bool {
        self.units.is_empty() && self.scout.as_ref().is_none_or(Scout::is_over)
    }

    /// Whether a unit is not read yet, or not to its end.
    pub(super) fn has(&self, unit: u64) -> bool {
        self.units.contains_key(&unit)
    }

    /// How many units there were so far.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// Whether units are read one after the other, as far as the caller sees.
    pub(super) fn is_ordered(&self) -> bool {
        self.scout.is_some()
    }

    /// The next page of a unit, of at most so many rows; `None` where the unit is over.
    pub(super) fn page(
        &mut self,
        unit: u64,
        limit: u64,
        source: &Source,
    ) -> Result<Option<(Page, Request)>> {
        // The last rows of a page that broke off may have come.
        let is_read = |held: &Unit| matches!(&held.load, Load::Keys(keys) if keys.is_empty());
        if self.units.get(&unit).is_some_and(is_read) {
            self.units.remove(&unit);
        }
        let Some(held) = self.units.get(&unit) else {
            return Ok(None);
        };
        let (page, params) = match &held.load {
            Load::Stretch(walk) => {
                let page = walk.page(limit);
                let params = walk.params(&source.query, &page)?;
                (Page::Stretch(page), params)
            }
            Load::Keys(keys) => {
                let asked =
                    usize::try_from(limit).map_or(keys.len(), |limit| keys.len().min(limit));
                let mut awaited = KeySet::default();
                for key in keys.iter().take(asked) {
                    awaited.insert(key.clone());
                }
                let params = source.keys_params(keys.iter().take(asked))?;
                (Page::Keys { asked, awaited }, params)
            }
        };
        Ok(Some((page, source.request(params))))
    }

    /// The instance counted what a page's query matches.
    pub(super) fn counted(&mut self, unit: u64, page: &mut Page, total: Option<u64>) -> Count {
        let mut count = Count::default();
        if let (Some(held), Page::Stretch(page)) = (self.units.get_mut(&unit), page)
            && let Load::Stretch(walk) = &mut held.load
            && page.counts
        {
            count.hidden = walk.counted(page, total);
            if std::mem::take(&mut held.is_awaited) {
                count.expected = total;
            }
        }
        count
    }

    /// Whether rows of a page make it doubtful that the instance holds to what it is asked of keys. So many
    /// rows are wanted in all.
    pub(super) fn is_doubtful(
        &self,
        unit: u64,
        page: &Page,
        rows: &dyn Keys,
        look: Look,
        most: u64,
    ) -> bool {
        if self.keys_hold || rows.count() == 0 {
            return false;
        }
        match (self.units.get(&unit).map(|unit| &unit.load), page) {
            (Some(Load::Stretch(walk)), Page::Stretch(page)) => {
                walk.is_doubtful(page, rows, look, most)
            }
            (Some(Load::Keys(_)), Page::Keys { awaited, .. }) => {
                let is_asked = |row| rows.key(row).is_some_and(|key| awaited.contains(&key));
                !(0..rows.count()).all(is_asked)
            }
            _ => false,
        }
    }

    /// As [`Plan::is_doubtful`], of the scout's page.
    pub(super) fn scout_is_doubtful(&self, page: &Scouted, rows: &dyn Keys, look: Look) -> bool {
        let scout = self.scout.as_ref().filter(|_| !self.keys_hold);
        rows.count() > 0 && scout.is_some_and(|scout| scout.is_doubtful(page, rows, look))
    }

    /// The instance holds to what it is asked of keys.
    pub(super) fn keys_hold(&mut self) {
        self.keys_hold = true;
    }

    /// Rows of a page came.
    ///
    /// # Errors
    /// [`Status::UnexpectedAnswer`] where they are not those that were asked for.
    pub(super) fn came(&mut self, unit: u64, page: &mut Page, rows: &dyn Keys) -> Result<Given> {
        let all = Given {
            rows: rows.count(),
            is_beyond: false,
        };
        let Some(held) = self.units.get_mut(&unit) else {
            return Ok(all);
        };
        match (&mut held.load, page) {
            (Load::Stretch(walk), Page::Stretch(page)) => {
                let mut last = rows.last_key(all.rows);
                let mut given = all;
                if last.as_deref().is_some_and(|key| walk.is_beyond(key)) {
                    let is_own =
                        |row: &usize| !rows.key(*row).is_some_and(|key| walk.is_beyond(&key));
                    given = Given {
                        rows: (0..given.rows).take_while(is_own).count(),
                        is_beyond: true,
                    };
                    last = rows.last_key(given.rows);
                }
                if given.rows > 0 {
                    walk.came(page, given.rows as u64, last.as_deref())?;
                }
                Ok(given)
            }
            (Load::Keys(_), Page::Keys { awaited, .. }) => {
                let keys: Vec<_> = (0..all.rows).filter_map(|row| rows.key(row)).collect();
                let known = keys.iter().take_while(|key| awaited.remove(key)).count();
                if known < keys.len() {
                    // None of them is given.
                    keys.into_iter().take(known).for_each(|key| {
                        awaited.insert(key);
                    });
                    let message = "the instance gave rows that were not asked for, or one twice";
                    return Err(Error::new(Status::UnexpectedAnswer, message));
                }
                Ok(all)
            }
            _ => Ok(all),
        }
    }

    /// A page came to its end. A unit that is over is gone.
    pub(super) fn ended(&mut self, unit: u64, page: &Page) -> Shown {
        let Some(held) = self.units.get_mut(&unit) else {
            return Shown::default();
        };
        let shown = match (&mut held.load, page) {
            (Load::Stretch(walk), Page::Stretch(page)) => walk.ended(page),
            (Load::Keys(keys), Page::Keys { asked, .. }) => {
                // What did not come is gone, or matches no longer.
                keys.drain(..*asked);
                Shown {
                    hidden: 0,
                    is_over: keys.is_empty(),
                }
            }
            _ => Shown::default(),
        };
        if shown.is_over {
            self.units.remove(&unit);
        }
        shown
    }

    /// A page broke off, after the rows that came.
    pub(super) fn broke(&mut self, unit: u64, page: &Page) {
        match (self.units.get_mut(&unit).map(|unit| &mut unit.load), page) {
            (Some(Load::Stretch(walk)), Page::Stretch(page)) => walk.broke(page),
            (Some(Load::Keys(keys)), Page::Keys { asked, awaited }) => {
                let mut place = 0;
                keys.retain(|key| {
                    place += 1;
                    place > *asked || awaited.contains(key)
                });
            }
            _ => {}
        }
    }

    /// A unit is over where another took the rest of it; returns how many rows turned out to be hidden.
    pub(super) fn is_read(&mut self, unit: u64) -> i64 {
        match self.units.remove(&unit).map(|unit| unit.load) {
            Some(Load::Stretch(walk)) => walk.passed_uncounted(),
            _ => 0,
        }
    }

    /// Leaves a unit to whoever comes next.
    pub(super) fn release(&mut self, unit: u64) {
        if let Some(unit) = self.units.get_mut(&unit) {
            unit.is_held = false;
        }
    }

    /// Divides a unit at the first of these keys, or leaves it whole.
    pub(super) fn divide_at(&mut self, unit: u64, keys: &[String], rows_before: u64, passed: u64) {
        let Some(whole) = self.units.get_mut(&unit) else {
            return;
        };
        let Load::Stretch(walk) = &mut whole.load else {
            return;
        };
        // Where rows are hidden, it is not known which row a key is, and so not how many come before it.
        let is_certain = keys.len() as u64 == super::walk::MIDDLE_ROWS;
        let middle = keys.first().filter(|_| is_certain);
        let rest = middle.and_then(|key| walk.split_at(key, rows_before + 1, passed));
        whole.is_whole = rest.is_none();
        if let Some(rest) = rest {
            self.add(Load::Stretch(rest), false);
        }
    }

    /// The scout's next page, of at most so many keys.
    pub(super) fn scout(
        &mut self,
        limit: u64,
        source: &Source,
    ) -> Result<Option<(Scouted, Request)>> {
        match &self.scout {
            Some(scout) => scout.page(limit, source),
            None => Ok(None),
        }
    }

    /// The instance counted what the scout's page matches.
    pub(super) fn scout_counted(&mut self, page: &mut Scouted, total: Option<u64>) -> Count {
        let scout = self.scout.as_mut();
        scout.map_or_else(Count::default, |scout| scout.counted(page, total))
    }

    /// Keys came; units are made of them.
    pub(super) fn scout_came(&mut self, page: &mut Scouted, keys: Vec<String>) -> Result<()> {
        if let Some(scout) = &mut self.scout {
            for load in scout.came(page, keys)? {
                self.add(load, false);
            }
        }
        Ok(())
    }

    /// The scout's page came to its end; returns how many rows turned out to be hidden.
    pub(super) fn scout_ended(&mut self, page: &Scouted) -> i64 {
        let Some(scout) = &mut self.scout else {
            return 0;
        };
        let (hidden, last_unit) = scout.ended(page);
        if let Some(load) = last_unit {
            self.add(load, false);
        }
        hidden
    }

    /// The scout's page broke off.
    pub(super) fn scout_broke(&mut self, page: &Scouted) {
        if let Some(scout) = &mut self.scout {
            scout.broke(page);
        }
    }

    /// Leaves scouting to whoever comes next.
    pub(super) fn release_scout(&mut self) {
        if let Some(scout) = &mut self.scout {
            scout.release();
        }
    }

    fn add(&mut self, load: Load, is_awaited: bool) {
        let unit = Unit {
            load,
            is_held: false,
            is_awaited,
            is_whole: false,
        };
        self.units.insert(self.made, unit);
        self.made += 1;
    }

    /// Whether there are keys to be listed, and nobody was at it: whoever asks is now.
    fn send_scout(&mut self) -> bool {
        self.scout.as_mut().is_some_and(Scout::take)
    }

    fn divide(&mut self, source: &Source) -> Result<Option<Job>> {
        let stretches = self.units.iter_mut().filter_map(|(number, unit)| {
            let Load::Stretch(walk) = &unit.load else {
                return None;
            };
            let left = walk.left().filter(|_| !unit.is_whole)?;
            Some((left, *number, unit))
        });
        let Some((_, number, unit)) = stretches.max_by_key(|(left, number, _)| (*left, *number))
        else {
            return Ok(None);
        };
        let Load::Stretch(walk) = &unit.load else {
            return Ok(None);
        };
        let Some((params, rows_before)) = walk.middle(&source.query, self.page_size)? else {
            return Ok(None);
        };
        let job = Job::Divide {
            unit: number,
            request: Box::new(source.request(params)),
            rows_before,
            passed: walk.passed(),
        };
        unit.is_whole = true;
        Ok(Some(job))
    }
}

#[cfg(test)]
mod tests;
