//! Which rows, in what order, which fields, in what form.
//!
//! A [`Query`] is built condition by condition, or read from text, and written as an encoded query.
//! Conditions are joined by AND; [`Query::or`] makes the next one an alternative of the one before, and
//! [`Query::new_query`] begins another group of conditions, one group of which must hold. That is all
//! that the language can say: it has no brackets. What cannot be said without doubt is refused where it
//! is given, because an instance drops what it does not understand and answers with more rows.

mod check;
mod condition;
mod conditions;
mod dates;
mod display;
mod encode;
mod expression;
mod field;
mod form;
mod group;
mod left_out;
mod mark;
mod operator;
mod order;
pub(crate) mod params;
mod parse;
mod related;
mod syntax;
mod value;

#[cfg(test)]
mod tests;

use crate::error::Result;
pub use display::DisplayValue;
pub(crate) use field::FieldName;
use group::Group;
pub(crate) use left_out::{Part, certain, impossible};
use mark::Marks;
pub use operator::Operator;
use parse::{Parsed, Reading};

/// Which rows, in what order, which fields, in what form.
///
/// A new query selects every row of a table, with every field, as stored values.
#[derive(Clone, Debug)]
pub struct Query {
    groups: Vec<Group>,
    or_pending: bool,
    marks: Marks,
    fields: Vec<FieldName>,
    limit: Option<u64>,
    offset: u64,
    page_size: u32,
    display_value: DisplayValue,
    exclude_reference_link: bool,
    view: Option<String>,
    no_count: bool,
    query_category: Option<String>,
    query_no_domain: bool,
    input_display_value: bool,
    suppress_auto_sys_field: bool,
    /// Parameters that have no function of their own.
    others: Vec<(String, String)>,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            groups: Vec::new(),
            or_pending: false,
            marks: Marks::default(),
            fields: Vec::new(),
            limit: None,
            offset: 0,
            page_size: 1000,
            display_value: DisplayValue::False,
            exclude_reference_link: false,
            view: None,
            no_count: false,
            query_category: None,
            query_no_domain: false,
            input_display_value: false,
            suppress_auto_sys_field: false,
            others: Vec::new(),
        }
    }
}

impl Query {
    /// A query that selects everything.
    #[must_use]
    pub fn new() -> Query {
        Query::default()
    }

    /// The query that an encoded query is: one from a list in the user interface, a bookmark, a script.
    /// It is written again byte for byte as it was, and takes more conditions, orders, fields and
    /// limits like any other. A condition that is added must hold beside all of the text: where that
    /// has `^NQ`, it goes into each of its branches.
    ///
    /// Once a condition or an order was added, `ORDERBY`, `GROUPBY` and `^EQ` stand at the end, wherever
    /// they stood before.
    ///
    /// # Errors
    ///
    /// What an instance would drop, or read as something else, is refused with the byte at which it
    /// stands: a condition without a field, a known operator or the value that it needs; `^OR` or `^NQ`
    /// without a condition on each side; an unfinished `RLQUERY`; a `JOIN` inside another; a control character.
    pub fn parse(encoded: &str) -> Result<Query> {
        let Parsed { branches, marks } = parse::parse(encoded, Reading::Checked)?;
        let mut query = Query::new();
        query.current_group().and_all(branches);
        query.marks = marks;
        Ok(query)
    }

    /// Whether any condition was given. Without one a query selects every row.
    pub(crate) fn has_conditions(&self) -> bool {
        self.groups.iter().any(|group| !group.is_empty())
    }

    /// Whether an order was given.
    pub(crate) fn has_order(&self) -> bool {
        self.marks.order().next().is_some()
    }

    fn current_group(&mut self) -> &mut Group {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        self.groups
            .last_mut()
            .expect("one was pushed if there was none")
    }
}
