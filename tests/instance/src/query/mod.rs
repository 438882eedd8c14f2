//! Encoded queries: what `sysparm_query` says, and which records it selects.
//!
//! A query is parsed into groups (`^NQ`) of conditions that must all hold (`^`), each of which may
//! have alternatives (`^OR` binds to the one condition before it). It is then compiled against a
//! table: names become paths through references, values become what the column's type compares. A
//! term that names no field or no operator is not an error here: the instance's setting decides
//! whether it is dropped, hides everything or is refused.

mod bounds;
mod compile;
mod parse;
mod path;
mod related;
mod script;
mod select;
#[cfg(test)]
mod selection_tests;
mod test;

pub use compile::Filter;
pub use parse::{Condition, EncodedQuery, Operator};
pub use path::Path;
pub use select::{Page, select};

use jiff::Timestamp;

use crate::locale::Locale;

/// Who asks, and when: what `gs.getUserID()` and "today" mean.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub sys_id: String,
    pub user_name: String,
    pub locale: Locale,
    pub now: Timestamp,
}
