//! Encoded queries: what `sysparm_query` says, and which records it selects.
//!
//! A query is parsed into groups (`^NQ`) of conditions that must all hold (`^`), each of which may
//! have alternatives (`^OR` binds to the one condition before it). It is then compiled against a
//! table: names become paths through references, values become what the column's type compares. A
//! term that names no field or no operator is not an error here: the instance's setting decides
//! whether it is dropped, hides everything or is refused.

mod bounds;
mod compile;
mod hierarchy;
mod parse;
mod path;
mod related;
mod script;
mod select;
#[cfg(test)]
mod selection_tests;
mod test;

pub use compile::{Before, Filter};
pub use parse::{Condition, EncodedQuery, Operator, Term};
pub use path::Path;
pub use select::{Page, Selection, select};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::locale::Locale;

/// Who asks, and when: what `gs.getUserID()` and "today" mean.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub sys_id: String,
    pub user_name: String,
    pub locale: Locale,
    pub now: Timestamp,
    pub domain: Domain,
    pub reading: Reading,
}

/// Which domain a user belongs to, where domains are separated.
#[derive(Clone, Debug, Default)]
pub struct Domain {
    /// None is the global one, which sees all.
    pub home: Option<String>,
    /// The request is for all domains, by a user who may.
    pub all: bool,
}

impl Domain {
    /// The one domain, beside the global one, whose records are seen; `None` where all are.
    pub fn seen(&self) -> Option<&str> {
        self.home.as_deref().filter(|_| !self.all)
    }
}

/// The domain of what belongs to everybody.
pub const GLOBAL: &str = "global";

/// How values in queries are read, where instances differ.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    pub scripts: Scripts,
    /// Date-times are in the zone of the user; otherwise in UTC.
    pub local_times: bool,
}

/// What becomes of a value that is a script.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scripts {
    /// The ones this instance knows are evaluated; a term with another is invalid.
    #[default]
    Evaluate,
    /// The term is left out.
    Ignore,
    /// The query is answered with 403.
    Refuse,
}
