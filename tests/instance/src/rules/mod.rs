//! What administrators put on tables: access control, business rules, data policies, unique indexes.
//!
//! None is there at the start; control adds them. They hold for reads and writes through every API.

mod access;
mod constraints;

pub use access::{Access, roles_of};
pub use constraints::{check_write, set_values};

use serde::{Deserialize, Serialize};

use crate::dictionary::Dictionary;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// One of the rules for the same table, operation and field must let a user pass: by one of its
    /// roles, if it names any, and by a query the record must match, if it has one.
    Acl {
        table: String,
        operation: Operation,
        /// The field it guards; the record as a whole without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
        #[serde(default)]
        roles: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        /// Holders of `admin` pass in any case.
        #[serde(default = "yes")]
        admin_overrides: bool,
    },
    /// A business rule that aborts a write whose result matches.
    Abort {
        table: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<Operation>,
        #[serde(default)]
        query: String,
        name: String,
    },
    /// A data policy: these fields must not be empty.
    DataPolicy {
        table: String,
        mandatory: Vec<String>,
    },
    /// A business rule that sets a field of every record that is written and matches.
    Set {
        table: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<Operation>,
        #[serde(default)]
        query: String,
        field: String,
        value: String,
    },
    /// A unique index: no two records of the table share a value of the field.
    Unique { table: String, field: String },
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Create,
    Delete,
    Read,
    Write,
}

impl Rule {
    fn table(&self) -> &str {
        match self {
            Rule::Acl { table, .. }
            | Rule::Abort { table, .. }
            | Rule::DataPolicy { table, .. }
            | Rule::Set { table, .. }
            | Rule::Unique { table, .. } => table,
        }
    }

    /// Rules of a table hold for those that extend it.
    fn is_for(&self, dictionary: &Dictionary, class: &str) -> bool {
        dictionary.extends(class, self.table())
    }
}

/// The rules that are on, with their ids.
#[derive(Debug, Default)]
pub struct Rules {
    all: Vec<(u64, Rule)>,
    last_id: u64,
}

impl Rules {
    pub fn add(&mut self, rule: Rule) -> u64 {
        self.last_id += 1;
        self.all.push((self.last_id, rule));
        self.last_id
    }

    /// `false` if there is no such rule.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.all.len();
        self.all.retain(|(known, _)| *known != id);
        self.all.len() < before
    }

    pub fn clear(&mut self) {
        self.all.clear();
    }

    pub fn numbered(&self) -> impl Iterator<Item = &(u64, Rule)> {
        self.all.iter()
    }

    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.all.iter().map(|(_, rule)| rule)
    }
}
