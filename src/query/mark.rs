//! What stands in a query beside its conditions: `ORDERBY`, `GROUPBY`, `^EQ`.
//!
//! It holds for the whole query and stands at its end. In a text of somebody else's it may stand among
//! the conditions; there it stays until something is added, for which its old place means nothing.

use super::field::FieldName;
use super::order::OrderKey;

/// Everything beside the conditions, in the order in which it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks(Vec<Placed>);

/// A piece of a query that is no condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Order(OrderKey),
    GroupBy(FieldName),
    /// `EQ`, with which lists of the user interface end a query.
    End,
    /// Nothing between two `^`, or at an end.
    Nothing,
}

#[derive(Clone, Debug)]
struct Placed {
    mark: Mark,
    /// How many conditions stand before it; `None` at the end.
    after: Option<usize>,
}

impl Marks {
    /// The order alone, of these keys.
    pub(super) fn of_order<'a>(keys: impl IntoIterator<Item = &'a OrderKey>) -> Marks {
        let mut marks = Marks::default();
        for key in keys {
            marks.push(Mark::Order(key.clone()));
        }
        marks
    }

    /// The sort keys, the first one first.
    pub(super) fn order(&self) -> impl Iterator<Item = &OrderKey> {
        self.0.iter().filter_map(|placed| match &placed.mark {
            Mark::Order(key) => Some(key),
            _ => None,
        })
    }

    /// Adds one at the end, where an `EQ` stays the last.
    pub(super) fn push(&mut self, mark: Mark) {
        self.settle();
        let ends = self.0.last().is_some_and(|placed| placed.mark == Mark::End);
        let at = self.0.len() - usize::from(ends);
        self.0.insert(at, Placed { mark, after: None });
    }

    /// Adds one that was read after so many conditions.
    pub(super) fn read(&mut self, mark: Mark, conditions: usize) {
        self.0.push(Placed {
            mark,
            after: Some(conditions),
        });
    }

    /// Adds those of a text that becomes a part of this query. It does not end this query.
    pub(super) fn append(&mut self, other: Marks) {
        for placed in other.0 {
            if matches!(placed.mark, Mark::Order(_) | Mark::GroupBy(_)) {
                self.push(placed.mark);
            }
        }
    }

    /// Moves everything to the end.
    pub(super) fn settle(&mut self) {
        // Either all have a place, or all are at the end by now.
        if self.0.first().is_none_or(|first| first.after.is_none()) {
            return;
        }
        self.0.retain(|placed| placed.mark != Mark::Nothing);
        for placed in &mut self.0 {
            placed.after = None;
        }
    }

    /// What is written after so many conditions, with more to come.
    pub(super) fn after(&self, conditions: usize) -> impl Iterator<Item = String> {
        // They are in the order of their places; those at the end are at none.
        let is_before = |placed: &Placed| placed.after.is_some_and(|after| after < conditions);
        let first = self.0.partition_point(is_before);
        self.0[first..]
            .iter()
            .take_while(move |placed| placed.after == Some(conditions))
            .map(|placed| placed.mark.written())
    }

    /// What is written at the end of so many conditions.
    pub(super) fn at_end(&self, conditions: usize) -> impl Iterator<Item = String> {
        self.0
            .iter()
            .filter(move |placed| placed.after.is_none_or(|after| after >= conditions))
            .map(|placed| placed.mark.written())
    }
}

impl Mark {
    /// Reads a piece of a query; `None` if it is a condition.
    pub(super) fn parse(piece: &str, at: usize) -> Option<crate::error::Result<Mark>> {
        if piece.is_empty() {
            return Some(Ok(Mark::Nothing));
        }
        if piece == "EQ" {
            return Some(Ok(Mark::End));
        }
        if let Some(name) = piece.strip_prefix("GROUPBY") {
            let argument = format!("encoded: the field of GROUPBY at byte {at}");
            return Some(FieldName::parse(&argument, name).map(Mark::GroupBy));
        }
        Some(OrderKey::parse(piece, at)?.map(Mark::Order))
    }

    fn written(&self) -> String {
        match self {
            Mark::Order(key) => key.written(),
            Mark::GroupBy(field) => format!("GROUPBY{}", field.as_str()),
            Mark::End => "EQ".to_owned(),
            Mark::Nothing => String::new(),
        }
    }
}
