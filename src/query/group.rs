//! What joins conditions: a [`Term`] by `^OR`, a [`Group`] by `^`, and groups by `^NQ`.
//!
//! The language has no brackets and `^NQ` binds loosest, so a raw query that has `^NQ` itself can stand
//! beside other conditions only if those are repeated in each of its branches. A group therefore keeps
//! such a query apart, and [`Group::branches`] multiplies it out: what is added to the group later
//! reaches every branch too.

use super::condition::Condition;

/// One condition and its alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term(Vec<Condition>);

/// Terms that must all hold, between one `^NQ` and the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group(Vec<Factor>);

/// The terms of one branch of the written query.
pub(super) type Branch<'a> = Vec<&'a Term>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Factor {
    Term(Term),
    /// A raw query of several terms or several branches.
    Raw(Vec<Vec<Term>>),
}

impl Term {
    pub(super) fn new(condition: Condition) -> Term {
        Term(vec![condition])
    }

    pub(super) fn or(&mut self, condition: Condition) {
        self.0.push(condition);
    }

    pub(super) fn conditions(&self) -> &[Condition] {
        &self.0
    }
}

impl Group {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn and(&mut self, condition: Condition) {
        self.0.push(Factor::Term(Term::new(condition)));
    }

    /// The term that an alternative would join. `None` where the group ends in a raw query: `^OR`
    /// would join its last condition only.
    pub(super) fn last_term(&mut self) -> Option<&mut Term> {
        match self.0.last_mut() {
            Some(Factor::Term(term)) => Some(term),
            _ => None,
        }
    }

    /// Adds a raw query, which is one more thing that must hold.
    pub(super) fn and_raw(&mut self, mut branches: Vec<Vec<Term>>) {
        if branches.len() == 1 && branches[0].len() == 1 {
            self.0
                .extend(branches.remove(0).into_iter().map(Factor::Term));
        } else {
            self.0.push(Factor::Raw(branches));
        }
    }

    /// Adds a text that was parsed. One branch is as if each of its conditions had been added.
    pub(super) fn and_all(&mut self, mut branches: Vec<Vec<Term>>) {
        match branches.len() {
            0 => {}
            1 => self
                .0
                .extend(branches.remove(0).into_iter().map(Factor::Term)),
            _ => self.0.push(Factor::Raw(branches)),
        }
    }

    /// How many branches it is written as.
    pub(super) fn branch_count(&self) -> usize {
        self.0
            .iter()
            .map(Factor::branch_count)
            .fold(1, usize::saturating_mul)
    }

    /// The branches it is written as; at least one, which has no terms if the group has none.
    pub(super) fn branches(&self) -> Vec<Branch<'_>> {
        self.0.iter().fold(vec![Vec::new()], |branches, factor| {
            factor.multiply(branches)
        })
    }
}

impl Factor {
    fn branch_count(&self) -> usize {
        match self {
            Factor::Term(_) => 1,
            Factor::Raw(branches) => branches.len(),
        }
    }

    fn multiply<'a>(&'a self, mut branches: Vec<Branch<'a>>) -> Vec<Branch<'a>> {
        match self {
            Factor::Term(term) => {
                for branch in &mut branches {
                    branch.push(term);
                }
                branches
            }
            Factor::Raw(own) => branches
                .iter()
                .flat_map(|branch| {
                    own.iter()
                        .map(|terms| branch.iter().copied().chain(terms).collect())
                })
                .collect(),
        }
    }
}
