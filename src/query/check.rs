//! Whether a condition that came as text is one that an instance reads: field, operator, value.
//!
//! An instance drops what it cannot read and answers with more rows, so it is found here. What the value
//! means (which script, which stretch of time) is the instance's affair.

use super::field::FieldName;
use super::parse::{Reading, parse_part, refusal};
use super::related;
use super::syntax::{ReadTerm, read_term};
use crate::error::Result;

/// Checks the condition that stands at a byte of a text.
pub(super) fn condition(text: &str, at: usize) -> Result<()> {
    if let Some(head) = text.strip_prefix("RLQUERY") {
        return related_list(head, at + "RLQUERY".len());
    }
    if let Some(join) = text.strip_prefix("JOIN") {
        return self::join(join, at + "JOIN".len());
    }
    let Some(read) = read_term(text).filter(|read| has_lower_case_field(read)) else {
        return Err(refusal(format_args!(
            "has no operator that is known here in the condition at byte {at}; field, operator and value stand \
             without a space between them, as in priority<=2 or numberLIKE7, and snow_query_raw() sends a text \
             as it is"
        )));
    };
    FieldName::parse(
        &format!("encoded: the field of the condition at byte {at}"),
        read.field,
    )?;
    let start = text.len() - read.value.len();
    value(read.operator, read.value, at + start)
}

/// Whether a text that is taken as it is lacks what makes it a condition: a field, an operator, or the value that this
/// takes. One with capitals may have an operator that is not known here.
pub(super) fn is_fragment(text: &str) -> bool {
    match read_term(text).filter(has_lower_case_field) {
        Some(read) => read.field.is_empty() || lacks_value(read.operator, read.value),
        None => !text.contains(|c: char| c.is_ascii_uppercase()),
    }
}

fn lacks_value(operator: &str, value: &str) -> bool {
    let may_be_empty = takes_none(operator) || matches!(operator, "=" | "!=");
    (value.is_empty() && !may_be_empty) || (operator == "BETWEEN" && !is_pair(value))
}

fn takes_none(operator: &str) -> bool {
    matches!(
        operator,
        "ANYTHING" | "EMPTYSTRING" | "ISEMPTY" | "ISNOTEMPTY" | "VALCHANGES"
    )
}

/// Capitals before the operator are another one, which is not known here, and what was found stands in its value.
/// Only a search in the whole record (`123TEXTQUERY321`) is written so.
fn has_lower_case_field(read: &ReadTerm<'_>) -> bool {
    let is_search = read.field.starts_with(|first: char| first.is_ascii_digit());
    is_search || !read.field.contains(|c: char| c.is_ascii_uppercase())
}

fn value(operator: &str, value: &str, at: usize) -> Result<()> {
    if takes_none(operator) && !value.is_empty() {
        return Err(refusal(format_args!(
            "has a value at byte {at}, after {operator}, which takes none"
        )));
    }
    if !lacks_value(operator, value) {
        return Ok(());
    }
    Err(match value.is_empty() {
        true => refusal(format_args!(
            "has no value at byte {at}, after {operator}, which an instance drops without one"
        )),
        false => refusal(format_args!(
            "has no range at byte {at}: BETWEEN takes two bounds with one @ between them"
        )),
    })
}

fn is_pair(value: &str) -> bool {
    value
        .split_once('@')
        .is_some_and(|(low, high)| !low.is_empty() && !high.is_empty() && !high.contains('@'))
}

/// `incident.problem_id,>=1,priority=1^ENDRLQUERY`
fn related_list(block: &str, at: usize) -> Result<()> {
    let Some(inner) = related::inner_of_list(block) else {
        return Err(refusal(format_args!(
            "has no related list at byte {at}; accepted are table.field,>=1 and conditions up to ^ENDRLQUERY"
        )));
    };
    parse_part(&block[inner.clone()], at + inner.start, Reading::Checked).map(drop)
}

/// `sys_user.sys_id=sys_user_grmember.user!group=x`
fn join(text: &str, at: usize) -> Result<()> {
    let Some(inner) = related::inner_of_join(text) else {
        return Err(refusal(format_args!(
            "has no join at byte {at}; accepted are table.field=table.field, with ! and a condition after it"
        )));
    };
    // A text of joins alone would be read as deep as it is long.
    if text[inner.clone()].starts_with("JOIN") {
        return Err(refusal(format_args!(
            "has a join at byte {} inside another, which takes a condition on a field; give each a JOIN of its own",
            at + inner.start
        )));
    }
    parse_part(&text[inner.clone()], at + inner.start, Reading::Checked).map(drop)
}
