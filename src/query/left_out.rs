//! Finding out what an instance leaves out of a query.
//!
//! A condition or an order on a field that the table does not have, or that this user may not read, is left
//! out without a word, and the answer holds more rows than were asked for. That a field is empty and is not
//! empty matches no row, unless both conditions are left out.

use super::condition::Condition;
use super::mark::Marks;
use super::syntax::{leading_keyword, read_term};
use super::{Operator, Query};
use crate::error::Result;

/// So long may the text of one query get.
const LENGTH: usize = 4000;

impl Query {
    /// The fields that conditions are on, each once. What is searched in whole records is none.
    pub(crate) fn condition_fields(&self) -> Vec<&str> {
        let conditions = self.conditions_on_fields();
        distinct(conditions.map(|(field, _)| field))
    }

    /// The fields that rows are sorted by.
    pub(crate) fn order_fields(&self) -> Vec<&str> {
        distinct(self.marks.order().map(|key| key.field()))
    }

    /// The conditions on a field, each by itself.
    pub(crate) fn conditions_on(&self, field: &str) -> Vec<&str> {
        let conditions = self.conditions_on_fields();
        let texts = conditions.filter(|(on, _)| *on == field);
        distinct(texts.map(|(_, condition)| condition.as_str()))
    }

    fn conditions_on_fields(&self) -> impl Iterator<Item = (&str, &Condition)> {
        let branches = self.branches();
        let terms = branches.into_iter().flatten();
        terms
            .flat_map(super::group::Term::conditions)
            .filter(|condition| leading_keyword(condition.as_str()).is_none())
            .filter_map(|condition| {
                let field = read_term(condition.as_str())?.field;
                let is_column = field.starts_with(|first: char| !first.is_ascii_digit());
                // Tags are no column, and are written with the label in place of one.
                (is_column && !field.starts_with("sys_tags.")).then_some((field, condition))
            })
    }
}

/// Queries that no row matches, unless the instance leaves out conditions on one of these fields.
pub(crate) fn impossible(fields: &[&str]) -> Result<Vec<String>> {
    let mut queries = vec![Query::new()];
    let mut length = 0;
    for field in fields {
        length += 2 * field.len() + "ISEMPTY^ISNOTEMPTY^NQ".len();
        if length > LENGTH {
            queries.push(Query::new());
            length = 0;
        }
        if let Some(query) = queries.last_mut() {
            if query.has_conditions() {
                query.new_query()?;
            }
            query.filter(field, Operator::IsEmpty, None)?;
            query.filter(field, Operator::IsNotEmpty, None)?;
        }
    }
    queries.retain(Query::has_conditions);
    let written = |query: Query| query.bounded(&[], &Marks::default());
    queries.into_iter().map(written).collect()
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_that_a_query_relies_on() {
        let text = "a=1^ORb.c>2^a!=3^NQ123TEXTQUERY321=vpn^sys_tags.x=x^RLQUERYtask_sla.task,>0^has_breached=true\
                    ^ENDRLQUERY^ORDERBYd^ORDERBYDESCa";
        let query = Query::parse(text).expect("a query");
        assert_eq!(query.condition_fields(), ["a", "b.c"]);
        assert_eq!(query.order_fields(), ["d", "a"]);
        assert_eq!(query.conditions_on("a"), ["a=1", "a!=3"]);
        assert!(Query::new().condition_fields().is_empty());
    }

    #[test]
    fn what_no_row_matches() {
        let none: Vec<String> = Vec::new();
        assert_eq!(impossible(&[]).expect("fields"), none);
        assert_eq!(
            impossible(&["a", "b.c"]).expect("fields"),
            ["aISEMPTY^aISNOTEMPTY^NQb.cISEMPTY^b.cISNOTEMPTY"]
        );
        let many: Vec<String> = (0..1000).map(|number| format!("u_{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let queries = impossible(&many).expect("fields");
        assert!(queries.len() > 1 && queries.iter().all(|query| query.len() <= LENGTH + 100));
    }
}
