//! The scout of an export that has an order: it lists the keys alone, and makes units of them.

use std::collections::VecDeque;

use super::{Count, Load};
use crate::error::Result;
use crate::export::ExportOrder;
use crate::export::keys::{KeySet, Keys, Look};
use crate::export::source::Source;
use crate::export::walk::{Asked, Walk};
use crate::request::Request;

pub(super) struct Scout {
    stage: Stage,
    /// The rows of a unit.
    rows: u64,
    is_held: bool,
    is_awaited: bool,
}

enum Stage {
    /// By key; the unit that is being put together begins after a key and has so many rows.
    Stretches {
        walk: Walk,
        begin: Option<String>,
        rows: u64,
    },
    /// In the query's own order, up to so many rows.
    Listing {
        offset: u64,
        listed: Listed,
    },
    /// By key, for what the listing missed.
    Missed {
        walk: Walk,
        listed: Listed,
    },
    Over,
}

#[derive(Default)]
struct Listed {
    seen: KeySet,
    /// The unit that is being put together.
    unit: VecDeque<String>,
    /// Up to which row a page that broke off may have brought keys.
    tried: u64,
}

/// A page of keys that is being read.
pub(in crate::export) enum Scouted {
    Walk(Asked),
    List {
        limit: u64,
        /// Whether it brought a key that none before it did.
        is_new: bool,
        total: Option<u64>,
    },
}

impl Scout {
    /// The scout that an order needs; rows in any order need none.
    pub(super) fn of(order: ExportOrder, source: &Source) -> Option<Scout> {
        let (stage, rows) = match order {
            ExportOrder::Any => return None,
            ExportOrder::SysId => {
                let stage = Stage::Stretches {
                    walk: Walk::new(None, None),
                    begin: None,
                    rows: 0,
                };
                // Room for rows that come to be between the keys and the page.
                let page_size = source.page_size();
                (stage, page_size - page_size / 16)
            }
            ExportOrder::Query => {
                let stage = Stage::Listing {
                    offset: 0,
                    listed: Listed::default(),
                };
                (stage, source.keys_in_a_request())
            }
        };
        Some(Scout {
            stage,
            rows,
            is_held: false,
            is_awaited: true,
        })
    }

    /// Whether nobody is at it and there are keys left: whoever asks is at it now.
    pub(super) fn take(&mut self) -> bool {
        !self.is_over() && !std::mem::replace(&mut self.is_held, true)
    }

    /// Leaves scouting to whoever comes next.
    pub(super) fn release(&mut self) {
        self.is_held = false;
    }

    /// Whether every key was listed.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// The next page, of at most so many keys.
    pub(super) fn page(&self, limit: u64, source: &Source) -> Result<Option<(Scouted, Request)>> {
        let (page, params) = match &self.stage {
            Stage::Stretches { walk, .. } | Stage::Missed { walk, .. } => {
                let page = walk.page(limit);
                let params = walk.keys_params(&source.query, &page)?;
                (Scouted::Walk(page), params)
            }
            Stage::Listing { offset, .. } => {
                let params = source.listing_params(*offset, limit)?;
                let page = Scouted::List {
                    limit,
                    is_new: false,
                    total: None,
                };
                (page, params)
            }
            Stage::Over => return Ok(None),
        };
        Ok(Some((page, source.request(params))))
    }

    /// The instance counted what a page matches.
    pub(super) fn counted(&mut self, page: &mut Scouted, counted: Option<u64>) -> Count {
        let mut count = Count::default();
        let is_counted = match (&mut self.stage, page) {
            (Stage::Stretches { walk, .. }, Scouted::Walk(page)) => {
                // The units count what is hidden.
                walk.counted(page, counted);
                page.counts
            }
            (Stage::Missed { walk, .. }, Scouted::Walk(page)) => {
                count.hidden = walk.counted(page, counted);
                false
            }
            (_, Scouted::List { total, .. }) => {
                *total = counted;
                true
            }
            _ => false,
        };
        if is_counted && std::mem::take(&mut self.is_awaited) {
            count.expected = counted;
        }
        count
    }

    /// Whether rows of a page make it doubtful that the instance holds to what it is asked of keys.
    pub(super) fn is_doubtful(&self, page: &Scouted, rows: &dyn Keys, look: Look) -> bool {
        match (&self.stage, page) {
            (Stage::Stretches { walk, .. } | Stage::Missed { walk, .. }, Scouted::Walk(page)) => {
                walk.is_doubtful(page, rows, look, u64::MAX)
            }
            // What shows no key cannot be asked for.
            (_, Scouted::List { .. }) => !look.are_shown || look.is_any_empty,
            _ => false,
        }
    }

    /// Keys came; returns the units that are made of them.
    pub(super) fn came(&mut self, page: &mut Scouted, keys: Vec<String>) -> Result<Vec<Load>> {
        let most = self.rows;
        let mut loads = Vec::new();
        match &mut self.stage {
            Stage::Stretches { walk, begin, rows } => {
                if let (Scouted::Walk(page), Some(last)) = (page, keys.last()) {
                    walk.came(page, keys.len() as u64, Some(last))?;
                }
                for key in keys {
                    *rows += 1;
                    if *rows == most {
                        let after = begin.replace(key.clone());
                        loads.push(Load::Stretch(Walk::new(after, Some(key))));
                        *rows = 0;
                    }
                }
            }
            Stage::Missed { walk, listed } => {
                if let (Scouted::Walk(page), Some(last)) = (page, keys.last()) {
                    walk.came(page, keys.len() as u64, Some(last))?;
                }
                listed.add(keys, most, &mut loads);
            }
            Stage::Listing { listed, .. } => {
                let brings_new = listed.add(keys, most, &mut loads);
                if let Scouted::List { is_new, .. } = page {
                    *is_new |= brings_new;
                }
            }
            Stage::Over => {}
        }
        Ok(loads)
    }

    /// A page came to its end; returns how many rows turned out to be hidden, and the last unit.
    pub(super) fn ended(&mut self, page: &Scouted) -> (i64, Option<Load>) {
        let mut hidden = 0;
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        let mut last_unit = None;
        self.stage = match (stage, page) {
            (
                Stage::Stretches {
                    mut walk,
                    begin,
                    rows,
                },
                Scouted::Walk(page),
            ) => {
                match walk.ended(page).is_over {
                    true => {
                        // The last unit has no end: rows may have come to be after the last key.
                        last_unit = Some(Load::Stretch(Walk::new(begin, None)));
                        Stage::Over
                    }
                    false => Stage::Stretches { walk, begin, rows },
                }
            }
            (
                Stage::Missed {
                    mut walk,
                    mut listed,
                },
                Scouted::Walk(page),
            ) => {
                let shown = walk.ended(page);
                hidden = shown.hidden;
                match shown.is_over {
                    true => {
                        let unit = std::mem::take(&mut listed.unit);
                        last_unit = (!unit.is_empty()).then_some(Load::Keys(unit));
                        Stage::Over
                    }
                    false => Stage::Missed { walk, listed },
                }
            }
            (
                Stage::Listing { offset, listed },
                Scouted::List {
                    limit,
                    is_new,
                    total,
                },
            ) => {
                let offset = offset + limit;
                // Where nobody counts, a page that brings nothing new is the end: the instance has no more, or takes
                // no notice of the offset.
                let is_on = || *is_new || offset <= listed.tried;
                match total.map_or_else(is_on, |total| total > offset) {
                    true => Stage::Listing { offset, listed },
                    false => Stage::Missed {
                        walk: Walk::new(None, None),
                        listed,
                    },
                }
            }
            (stage, _) => stage,
        };
        (hidden, last_unit)
    }

    /// A page broke off.
    pub(super) fn broke(&mut self, page: &Scouted) {
        match (&mut self.stage, page) {
            (Stage::Stretches { walk, .. } | Stage::Missed { walk, .. }, Scouted::Walk(page)) => {
                walk.broke(page)
            }
            (Stage::Listing { offset, listed }, Scouted::List { limit, .. }) => {
                listed.tried = listed.tried.max(*offset + limit);
            }
            _ => {}
        }
    }
}

impl Listed {
    /// Puts keys into units; whether one of them is new.
    fn add(&mut self, keys: Vec<String>, most: u64, units: &mut Vec<Load>) -> bool {
        let mut is_any_new = false;
        for key in keys {
            if !self.seen.insert(key.clone()) {
                continue;
            }
            is_any_new = true;
            self.unit.push_back(key);
            if self.unit.len() as u64 == most {
                units.push(Load::Keys(std::mem::take(&mut self.unit)));
            }
        }
        is_any_new
    }
}
