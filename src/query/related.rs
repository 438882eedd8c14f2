//! Conditions on the records of another table: related lists (`RLQUERY`) and joins (`JOIN`).
//!
//! Both hold conditions of their own, which the language gives little room: a related list has one group
//! of them, a join one condition.

use std::ops::Range;

use super::Query;
use super::condition::Condition;
use super::field::FieldName;
use super::group::Term;
use super::operator::Operator;
use crate::error::{Error, Result};

/// So many records of another table refer to the row: `RLQUERYtable.field,>=1,conditions^ENDRLQUERY`.
pub(super) fn list(
    reference: &str,
    operator: Operator,
    count: u32,
    conditions: Option<&Query>,
) -> Result<Condition> {
    column("reference", reference)?;
    use Operator::{Eq, Ge, Gt, Le, Lt};
    if !matches!(operator, Eq | Ge | Gt | Le | Lt) {
        return Err(Error::argument(
            "op",
            format_args!(
                "{} does not compare a number of records; accepted are SNOW_EQ, SNOW_LT, SNOW_LE, SNOW_GT and \
                 SNOW_GE",
                operator.name()
            ),
        ));
    }
    let inner = match conditions {
        Some(query) => inner(query)?,
        None => String::new(),
    };
    let comma = if inner.is_empty() { "" } else { "," };
    Ok(Condition::written(&format!(
        "RLQUERY{reference},{}{count}{comma}{inner}^ENDRLQUERY",
        operator.text()
    )))
}

/// A record of another table has the value of a field: `JOINtable.field=table.field!condition`.
pub(super) fn join(field: &str, other: &str, conditions: Option<&Query>) -> Result<Condition> {
    column("field", field)?;
    column("other", other)?;
    let inner = conditions.map(inner).transpose()?.unwrap_or_default();
    if inner.contains('^') && super::syntax::pieces(&inner).len() > 1 {
        return Err(Error::argument(
            "conditions",
            "are several, and a join takes one; give each a join of its own",
        ));
    }
    // The mark is due where no condition follows it, too.
    Ok(Condition::written(&format!("JOIN{field}={other}!{inner}")))
}

/// Where the conditions lie in `table.field,>=1,conditions^ENDRLQUERY`; `None` if it has another form.
/// In place of the first condition may stand `m2m`.
pub(super) fn inner_of_list(block: &str) -> Option<Range<usize>> {
    let head = block.strip_suffix("^ENDRLQUERY")?;
    let (reference, rest) = head.split_once(',')?;
    column("encoded", reference).ok()?;
    let end = rest.find([',', '^']).unwrap_or(rest.len());
    let count = rest[..end].trim_start_matches(['<', '>', '=']);
    let comparison = &rest[..end - count.len()];
    let is_count = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    if !is_count || !["=", "<", "<=", ">", ">="].contains(&comparison) {
        return None;
    }
    let after = &rest[end..];
    let conditions = match after.strip_prefix(",m2m") {
        Some(more) if more.is_empty() || more.starts_with('^') => more,
        _ => after.strip_prefix(',').unwrap_or(after),
    };
    let conditions = conditions.strip_prefix('^').unwrap_or(conditions);
    Some(head.len() - conditions.len()..head.len())
}

/// A related list that came as text, taken apart.
pub(super) struct List<'a> {
    pub(super) reference: &'a str,
    /// Such as `>=1`.
    pub(super) count: &'a str,
    is_m2m: bool,
    /// What its conditions stand behind: either will do.
    joiner: &'static str,
    pub(super) conditions: &'a str,
}

impl<'a> List<'a> {
    /// Takes `table.field,>=1,conditions^ENDRLQUERY` apart; `None` if it has another form.
    pub(super) fn parse(block: &'a str) -> Option<List<'a>> {
        let inner = inner_of_list(block)?;
        let (reference, rest) = block.split_once(',')?;
        let count = &rest[..rest.find([',', '^'])?];
        let begun = reference.len() + ",".len() + count.len();
        let between = &block[begun..inner.start];
        let is_m2m = between.starts_with(",m2m");
        Some(List {
            reference,
            count,
            is_m2m,
            joiner: match is_m2m || between == "^" {
                true => "^",
                false => ",",
            },
            conditions: &block[inner],
        })
    }

    /// The same list with another count and other conditions.
    pub(super) fn written(&self, count: &str, conditions: &str) -> String {
        let m2m = if self.is_m2m { ",m2m" } else { "" };
        let joiner = match conditions.is_empty() {
            true => "",
            false => self.joiner,
        };
        format!(
            "RLQUERY{},{count}{m2m}{joiner}{conditions}^ENDRLQUERY",
            self.reference
        )
    }
}

/// Where the condition lies in `table.field=table.field!condition`; `None` if it has another form.
pub(super) fn inner_of_join(text: &str) -> Option<Range<usize>> {
    let (tables, condition) = text.split_once('!').unwrap_or((text, ""));
    let (field, other) = tables.split_once('=')?;
    column("encoded", field).ok()?;
    column("encoded", other).ok()?;
    Some(text.len() - condition.len()..text.len())
}

/// `table.field`, where the field may be reached through references.
fn column(argument: &str, text: &str) -> Result<()> {
    FieldName::parse(argument, text)?;
    if text.contains('.') {
        return Ok(());
    }
    Err(Error::argument(
        argument,
        "names no table; a table and a field have a dot between them, as in incident.problem_id",
    ))
}

/// The conditions of a query that can stand inside another one.
fn inner(query: &Query) -> Result<String> {
    let written = query.conditions()?;
    let [group] = &query.groups[..] else {
        return if query.groups.is_empty() {
            Ok(written)
        } else {
            Err(several_groups())
        };
    };
    if group.branch_count() > 1 {
        return Err(several_groups());
    }
    let branches = group.branches();
    let conditions = branches
        .iter()
        .flatten()
        .copied()
        .flat_map(Term::conditions);
    for condition in conditions {
        if ["RLQUERY", "JOIN"]
            .iter()
            .any(|keyword| condition.as_str().starts_with(keyword))
        {
            return Err(Error::argument(
                "conditions",
                "hold a condition on a further table, which cannot stand inside one; walk there by a dot",
            ));
        }
    }
    Ok(written)
}

fn several_groups() -> Error {
    Error::argument(
        "conditions",
        "have several groups (^NQ), and only one can stand inside a query; give each a query of its own",
    )
}
