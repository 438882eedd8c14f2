//! What a query means: a tree of conditions.

use crate::world::{JOE, Kind};

/// A row is selected if all factors of one group hold.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) groups: Vec<Vec<Factor>>,
    pub(crate) order: Vec<(&'static str, bool)>,
}

/// What must hold beside the other factors of a group.
#[derive(Debug)]
pub(crate) enum Factor {
    /// One of these.
    AnyOf(Vec<Test>),
    /// A query of its own: a raw text, or one that was parsed.
    Inner(Tree),
}

#[derive(Debug)]
pub(crate) enum Test {
    Field(&'static str, Kind, Check),
    /// Each of the words in some field.
    Words(Vec<String>),
    /// So many records of a table refer to the row by a field.
    Related(&'static str, &'static str, Comparison, u32, Tree),
    /// A record of a table has the value of the row's field in a field of its own.
    Join(&'static str, &'static str, &'static str, Tree),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
pub(crate) enum Check {
    Is(String),
    IsNot(String),
    Compares(Comparison, String),
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    Between(String, String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    ContainsNot(String),
    Empty,
    NotEmpty,
    Anything,
    Same(&'static str),
    Different(&'static str),
    SameIn(&'static str, &'static str),
    DifferentIn(&'static str, &'static str),
    ComparesField(Comparison, &'static str),
    /// Further from another time than a distance, or nearer; before it or after it.
    Apart {
        further: bool,
        other: &'static str,
        unit: &'static str,
        before: bool,
        count: i64,
    },
    On(Stretch),
    NotOn(Stretch),
    /// A part of the date, compared with a number.
    Part(&'static str, Comparison, i64),
    /// Compared with the time so many units from now.
    Relative(Comparison, &'static str, i64),
    /// From the beginning of the day so many days ago.
    SinceDaysAgo(i64),
    Me,
    OfClass(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) enum Stretch {
    Day(i64),
    Named(&'static str),
    /// Both ends included.
    Bounds(i64, i64),
}

/// The one whom `gs.getUserID()` and "Me" mean.
pub(crate) const ME: &str = JOE;
