//! What a write must satisfy, and what is done to it on the way.

use super::{Access, Operation, Rule, Rules};
use crate::{
    answer::Failure,
    database::{Database, Record},
    query::{Before, EncodedQuery, Filter, Viewer},
};

/// Refuses a write whose result breaks a rule. Checked in the order the engine does: access, data
/// policies, business rules, the database.
pub fn check_write(
    rules: &Rules,
    access: &Access,
    database: &Database,
    viewer: &Viewer,
    operation: Operation,
    record: Record<'_>,
) -> Result<(), Failure> {
    // A change must be allowed on what is there, not on what it would make of it.
    let stored = database.find(record.class.name(), record.sys_id());
    if !access.allows(database, operation, stored.unwrap_or(record)) {
        let name = match operation {
            Operation::Create => "Insert",
            Operation::Delete => "Delete",
            Operation::Read | Operation::Write => "Update",
        };
        return Err(Failure::operation_failed(&format!(
            "ACL Exception {name} Failed due to security constraints"
        )));
    }
    let class = record.class.name();
    let of_class: Vec<&Rule> = rules
        .all()
        .filter(|rule| rule.is_for(database.dictionary(), class))
        .collect();
    if operation != Operation::Delete {
        of_class
            .iter()
            .try_for_each(|rule| check_policy(rule, record))?;
    }
    of_class
        .iter()
        .try_for_each(|rule| check_business_rule(rule, database, viewer, operation, record))?;
    if operation != Operation::Delete {
        of_class
            .iter()
            .try_for_each(|rule| check_unique(rule, database, operation, record))?;
    }
    Ok(())
}

/// The fields that business rules set on a record with these values.
pub fn set_values<'a>(
    rules: &'a Rules,
    database: &Database,
    viewer: &Viewer,
    operation: Operation,
    record: Record<'_>,
) -> Vec<(&'a str, &'a str)> {
    let set = rules.all().filter_map(|rule| match rule {
        Rule::Set {
            operation: of,
            query,
            field,
            value,
            ..
        } if rule.is_for(database.dictionary(), record.class.name())
            && of.is_none_or(|of| of == operation)
            && matches(query, database, viewer, record) =>
        {
            Some((field.as_str(), value.as_str()))
        }
        _ => None,
    });
    set.collect()
}

fn check_policy(rule: &Rule, record: Record<'_>) -> Result<(), Failure> {
    let Rule::DataPolicy { mandatory, .. } = rule else {
        return Ok(());
    };
    let missing: Vec<&str> = mandatory
        .iter()
        .filter(|element| record.value(element).is_empty())
        .map(|element| {
            record
                .class
                .column(element)
                .map_or(element.as_str(), |column| column.label.as_str())
        })
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure::operation_failed(&format!(
            "Data Policy Exception: {} is mandatory",
            missing.join(", ")
        ))),
    }
}

fn check_business_rule(
    rule: &Rule,
    database: &Database,
    viewer: &Viewer,
    operation: Operation,
    record: Record<'_>,
) -> Result<(), Failure> {
    let Rule::Abort {
        operation: of,
        query,
        name,
        ..
    } = rule
    else {
        return Ok(());
    };
    if of.is_some_and(|of| of != operation) || !matches(query, database, viewer, record) {
        return Ok(());
    }
    Err(Failure::operation_failed(&format!(
        "Operation against file '{}' was aborted by Business Rule '{name}^{}'. Business Rule Stack:{name}",
        record.class.name(),
        record.sys_id(),
    )))
}

fn check_unique(
    rule: &Rule,
    database: &Database,
    operation: Operation,
    record: Record<'_>,
) -> Result<(), Failure> {
    let Rule::Unique { table, field } = rule else {
        return Ok(());
    };
    let value = record.value(field);
    let taken = !value.is_empty()
        && database
            .classes(table)
            .flat_map(|class| class.rows_where(field, value))
            .any(|other| other.value(0) != record.sys_id());
    if !taken {
        return Ok(());
    }
    let verb = if operation == Operation::Create {
        "insert"
    } else {
        "update"
    };
    Err(Failure::operation_failed(&format!(
        "Error during {verb} of {table} ({}): Unique Key violation detected by database \
         (Duplicate entry '{value}' for key '{field}')",
        record.sys_id(),
    )))
}

fn matches(query: &str, database: &Database, viewer: &Viewer, record: Record<'_>) -> bool {
    let query = EncodedQuery::parse(query);
    let class = record.class.name();
    // What is being written is not stored yet.
    let before = match database.find(class, record.sys_id()) {
        Some(stored) => Before::Record(stored),
        None => Before::New,
    };
    Filter::of_change(&query, database, class, viewer, before).matches(database, record)
}
