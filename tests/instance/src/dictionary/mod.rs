//! What tables there are, what columns they have and how they extend one another.
//!
//! The instance begins with the well-known tables of `baseline.txt`; loaded data may add tables and
//! columns. A child table has all columns of its parents, and may redefine one (the states of an
//! incident are not those of a task). The system columns every table has are added here, so that
//! neither the baseline nor a loaded file needs to name them.

mod baseline;
mod column;

use std::collections::{BTreeMap, HashMap};

pub use column::{Choice, Column, InternalType};

/// One table as the dictionary knows it, without its rows.
#[derive(Clone, Debug)]
pub struct TableDefinition {
    pub name: String,
    pub label: String,
    pub super_class: Option<String>,
    /// The column whose value stands for a record of this table when it is referred to.
    pub display: Option<String>,
    /// What auto-numbering puts before the digits, for tables that number their records.
    pub number_prefix: Option<String>,
    /// Only the columns this table adds or redefines.
    pub own_columns: Vec<Column>,
}

impl TableDefinition {
    pub fn new(name: &str, label: &str) -> Self {
        TableDefinition {
            name: name.to_owned(),
            label: label.to_owned(),
            super_class: None,
            display: None,
            number_prefix: None,
            own_columns: Vec::new(),
        }
    }
}

/// All tables by name.
#[derive(Debug)]
pub struct Dictionary {
    tables: BTreeMap<String, TableDefinition>,
    children: HashMap<String, Vec<String>>,
}

impl Dictionary {
    /// The well-known tables of an out-of-the-box instance.
    pub fn baseline() -> Self {
        let mut dictionary = Dictionary {
            tables: BTreeMap::new(),
            children: HashMap::new(),
        };
        for table in baseline::tables() {
            dictionary.define(table);
        }
        dictionary
    }

    /// Adds a table, or replaces the definition of one.
    pub fn define(&mut self, table: TableDefinition) {
        if let Some(parent) = &table.super_class {
            let siblings = self.children.entry(parent.clone()).or_default();
            if !siblings.contains(&table.name) {
                siblings.push(table.name.clone());
            }
        }
        self.tables.insert(table.name.clone(), table);
    }

    /// Adds one column to an existing table.
    pub fn add_column(&mut self, table: &str, column: Column) {
        if let Some(table) = self.tables.get_mut(table) {
            table.own_columns.push(column);
        }
    }

    pub fn table(&self, name: &str) -> Option<&TableDefinition> {
        self.tables.get(name)
    }

    pub fn tables(&self) -> impl Iterator<Item = &TableDefinition> {
        self.tables.values()
    }

    /// The table itself, then its parent, up to the root.
    pub fn ancestry<'a>(
        &'a self,
        name: &str,
    ) -> impl Iterator<Item = &'a TableDefinition> + use<'a> {
        std::iter::successors(self.tables.get(name), |table| {
            table
                .super_class
                .as_deref()
                .and_then(|parent| self.tables.get(parent))
        })
        // A loaded table that extends itself through others would never end.
        .take(MAX_INHERITANCE)
    }

    /// The table and all tables that extend it, at any depth; none if it does not exist.
    pub fn classes<'a>(&'a self, name: &str) -> Vec<&'a str> {
        let mut classes: Vec<&str> = self
            .tables
            .get_key_value(name)
            .map(|(name, _)| name.as_str())
            .into_iter()
            .collect();
        let mut next = 0;
        while next < classes.len() {
            for child in self.children.get(classes[next]).into_iter().flatten() {
                if !classes.contains(&child.as_str()) {
                    classes.push(child);
                }
            }
            next += 1;
        }
        classes
    }

    pub fn extends(&self, name: &str, ancestor: &str) -> bool {
        self.ancestry(name).any(|table| table.name == ancestor)
    }

    /// Every column of a table: the parents' first, redefined where a child says so.
    pub fn columns(&self, name: &str) -> Vec<Column> {
        let mut columns = Self::system_columns();
        let mut lineage: Vec<_> = self.ancestry(name).collect();
        // Every recorded table but this one has tags.
        if lineage.iter().any(|table| table.name == "sys_db_object") {
            columns.retain(|column| column.element != "sys_tags");
        }
        lineage.reverse();
        for own in lineage.into_iter().flat_map(|table| &table.own_columns) {
            match columns
                .iter_mut()
                .find(|known| known.element == own.element)
            {
                Some(known) => *known = own.clone(),
                None => columns.push(own.clone()),
            }
        }
        columns
    }

    /// The columns every table has. `sys_id` comes first: rows rely on it.
    pub fn system_columns() -> Vec<Column> {
        vec![
            Column::new("sys_id", "Sys ID", InternalType::Guid),
            Column::new("sys_created_on", "Created", InternalType::DateTime),
            Column::new("sys_created_by", "Created by", InternalType::String),
            Column::new("sys_updated_on", "Updated", InternalType::DateTime),
            Column::new("sys_updated_by", "Updated by", InternalType::String),
            Column::new("sys_mod_count", "Updates", InternalType::Integer),
            Column::new("sys_tags", "Tags", InternalType::Other("related_tags")),
        ]
    }

    /// The column that stands for a record of this table.
    pub fn display_column(&self, name: &str) -> Option<&str> {
        self.ancestry(name)
            .find_map(|table| table.display.as_deref())
    }

    pub fn number_prefix(&self, name: &str) -> Option<&str> {
        self.ancestry(name)
            .find_map(|table| table.number_prefix.as_deref())
    }
}

/// No real hierarchy is deeper than a dozen.
const MAX_INHERITANCE: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_has_the_columns_of_a_task_and_states_of_its_own() {
        let dictionary = Dictionary::baseline();
        let columns = dictionary.columns("incident");
        let label_of_two = |element: &str| {
            columns
                .iter()
                .find(|column| column.element == element)
                .and_then(|column| column.label_of("2"))
        };
        assert!(
            columns
                .iter()
                .any(|column| column.element == "short_description")
        );
        assert_eq!(label_of_two("state"), Some("In Progress"));
        assert_eq!(columns[0].element, "sys_id");
    }

    #[test]
    fn a_base_class_counts_all_that_extend_it() {
        let dictionary = Dictionary::baseline();
        let classes = dictionary.classes("cmdb_ci");
        assert!(classes.contains(&"cmdb_ci") && classes.contains(&"cmdb_ci_linux_server"));
        assert!(!classes.contains(&"incident"));
        assert!(dictionary.extends("incident", "task"));
    }

    #[test]
    fn a_hierarchy_in_a_circle_ends() {
        let mut dictionary = Dictionary::baseline();
        for (name, parent) in [("u_a", "u_b"), ("u_b", "u_a")] {
            let mut table = TableDefinition::new(name, name);
            table.super_class = Some(parent.to_owned());
            dictionary.define(table);
        }
        assert_eq!(dictionary.classes("u_a"), ["u_a", "u_b"]);
        assert!(!dictionary.columns("u_a").is_empty());
    }
}
