//! Access control lists.

use std::collections::BTreeSet;

use super::{Operation, Rule, Rules};
use crate::{
    database::{Database, Record},
    query::{EncodedQuery, Filter, GLOBAL, Viewer},
};

/// What one caller may do.
pub struct Access {
    guards: Vec<Guard>,
    /// The one domain, beside the global one, that is seen.
    domain: Option<String>,
    roles: BTreeSet<String>,
}

struct Guard {
    table: String,
    operation: Operation,
    field: Option<String>,
    roles: Vec<String>,
    filter: Option<Filter>,
    admin_overrides: bool,
}

impl Access {
    pub fn of(rules: &Rules, database: &Database, viewer: &Viewer) -> Access {
        let guards: Vec<Guard> = rules
            .all()
            .filter_map(|rule| guard(rule, database, viewer))
            .collect();
        // Roles cost a look into four tables: only where a rule asks for them.
        let roles = if guards.is_empty() {
            BTreeSet::new()
        } else {
            roles_of(database, &viewer.sys_id)
        };
        Access {
            guards,
            domain: viewer.domain.seen().map(str::to_owned),
            roles,
        }
    }

    /// Whether anything is guarded at all.
    pub fn is_open(&self) -> bool {
        self.guards.is_empty() && self.domain.is_none()
    }

    /// Whether the record may be read, written, deleted or created.
    pub fn allows(&self, database: &Database, operation: Operation, record: Record<'_>) -> bool {
        self.sees_domain_of(record)
            && self.passes(database, operation, record.class.name(), None, Some(record))
    }

    fn sees_domain_of(&self, record: Record<'_>) -> bool {
        let of_record = record.value("sys_domain");
        self.domain
            .as_deref()
            .is_none_or(|own| of_record.is_empty() || of_record == GLOBAL || of_record == own)
    }

    /// Whether a field may be read or written, as far as roles decide.
    pub fn allows_field(
        &self,
        database: &Database,
        operation: Operation,
        table: &str,
        field: &str,
    ) -> bool {
        self.passes(database, operation, table, Some(field), None)
    }

    /// Whether a field of this record may be read or written.
    pub fn allows_field_of(
        &self,
        database: &Database,
        operation: Operation,
        record: Record<'_>,
        field: &str,
    ) -> bool {
        let class = record.class.name();
        self.passes(database, operation, class, Some(field), Some(record))
    }

    /// Whether a field of that name is guarded in any table.
    pub fn guards_field(&self, operation: Operation, field: &str) -> bool {
        self.guards
            .iter()
            .any(|guard| guard.operation == operation && guard.field.as_deref() == Some(field))
    }

    /// Whether a role lets the caller read rows of the table, whatever they hold.
    pub fn allows_table(&self, database: &Database, table: &str) -> bool {
        self.passes(database, Operation::Read, table, None, None)
    }

    fn passes(
        &self,
        database: &Database,
        operation: Operation,
        table: &str,
        field: Option<&str>,
        record: Option<Record<'_>>,
    ) -> bool {
        let guards = |of: &str| -> Vec<&Guard> {
            let fits = |guard: &&Guard| {
                guard.table == of && guard.operation == operation && guard.field.as_deref() == field
            };
            self.guards.iter().filter(fits).collect()
        };
        // The nearest table that has rules decides.
        let nearest = database
            .dictionary()
            .ancestry(table)
            .map(|ancestor| guards(&ancestor.name))
            .find(|guards| !guards.is_empty());
        nearest.is_none_or(|guards| {
            guards
                .iter()
                .any(|guard| self.opens(guard, database, record))
        })
    }

    fn opens(&self, guard: &Guard, database: &Database, record: Option<Record<'_>>) -> bool {
        if guard.admin_overrides && self.roles.contains("admin") {
            return true;
        }
        let by_role =
            guard.roles.is_empty() || guard.roles.iter().any(|role| self.roles.contains(role));
        let by_query = match (&guard.filter, record) {
            (Some(filter), Some(record)) => filter.matches(database, record),
            _ => true,
        };
        by_role && by_query
    }
}

fn guard(rule: &Rule, database: &Database, viewer: &Viewer) -> Option<Guard> {
    let Rule::Acl {
        table,
        operation,
        field,
        roles,
        query,
        admin_overrides,
    } = rule
    else {
        return None;
    };
    let filter = query
        .as_ref()
        .map(|query| Filter::compile(&EncodedQuery::parse(query), database, table, viewer));
    Some(Guard {
        table: table.clone(),
        operation: *operation,
        field: field.clone(),
        roles: roles.clone(),
        filter,
        admin_overrides: *admin_overrides,
    })
}

/// The names of the roles a user has, by itself or through groups.
pub fn roles_of(database: &Database, user: &str) -> BTreeSet<String> {
    let mut roles: BTreeSet<&str> =
        values(database, "sys_user_has_role", "user", user, "role").collect();
    for group in values(database, "sys_user_grmember", "user", user, "group") {
        roles.extend(values(
            database,
            "sys_group_has_role",
            "group",
            group,
            "role",
        ));
    }
    let name = |role| {
        database
            .find("sys_user_role", role)
            .map(|record| record.value("name").to_owned())
    };
    roles.into_iter().filter_map(name).collect()
}

fn values<'a>(
    database: &'a Database,
    table: &str,
    element: &str,
    value: &str,
    wanted: &'static str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let class = database.table(table);
    let value = value.to_owned();
    let element = element.to_owned();
    class.into_iter().flat_map(move |class| {
        let rows: Vec<_> = class.rows_where(&element, &value).collect();
        rows.into_iter()
            .map(move |row| Record { class, row }.value(wanted))
    })
}
