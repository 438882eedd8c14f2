//! Conditions on other tables: related lists (`RLQUERY`) and joins (`JOIN`).
//!
//! The other table is gone through once, when the query is compiled; after that a record is looked up
//! in what was found.

use std::collections::HashMap;

use super::{EncodedQuery, Filter, Path, Viewer, parse::Comparison, test::Test};
use crate::database::{Database, Record};

/// Records of `table` whose `field` holds a value, counted by that value.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    pub table: String,
    pub field: String,
    pub comparison: Comparison,
    pub count: usize,
    /// What a record must match to be counted.
    pub inner: EncodedQuery,
}

impl Related {
    /// `sys_user_has_role.user,>=1,m2m` or `incident.problem_id,>=1,priority=1`; `rest` are the
    /// conditions up to `ENDRLQUERY`, inside so many blocks or joins.
    pub fn parse(head: &str, rest: &[&str], depth: usize) -> Option<Related> {
        let mut pieces = head.splitn(3, ',');
        let (table, field) = pieces.next()?.split_once('.')?;
        let (comparison, count) = comparison(pieces.next()?)?;
        let first = pieces
            .next()
            .filter(|piece| *piece != "m2m" && !piece.is_empty());
        let conditions: Vec<&str> = first.into_iter().chain(rest.iter().copied()).collect();
        Some(Related {
            table: table.to_owned(),
            field: field.to_owned(),
            comparison,
            count,
            inner: EncodedQuery::parse_inside(&conditions.join("^"), depth),
        })
    }

    /// `sys_user.sys_id=sys_user_grmember.user!group=x`: the own field, and what must be there for it.
    pub fn parse_join(text: &str, depth: usize) -> Option<(String, Related)> {
        let (own, other) = text.split_once('=')?;
        let (other, condition) = other.split_once('!').unwrap_or((other, ""));
        let (_, own_field) = own.split_once('.')?;
        let (table, field) = other.split_once('.')?;
        let related = Related {
            table: table.to_owned(),
            field: field.to_owned(),
            comparison: Comparison::GreaterOrEqual,
            count: 1,
            inner: EncodedQuery::parse_inside(condition, depth),
        };
        Some((own_field.to_owned(), related))
    }

    /// `None` if the table or the field does not exist.
    pub(super) fn compile(&self, database: &Database, viewer: &Viewer) -> Option<Test> {
        let path = Path::resolve(database, &self.table, &self.field)?;
        let filter = Filter::compile(&self.inner, database, &self.table, viewer);
        let mut counts: HashMap<String, usize> = HashMap::new();
        for class in database.classes(&self.table) {
            for record in class.rows().map(|row| Record { class, row }) {
                let value = path.value(database, record);
                if !value.is_empty() && filter.matches(database, record) {
                    *counts.entry(value.to_owned()).or_default() += 1;
                }
            }
        }
        let mut fields = filter.fields(&self.table);
        fields.push((self.table.clone(), path));
        if filter.has_full_text() {
            // Words may be in any column.
            let columns = database.table(&self.table)?.columns().iter();
            let any =
                columns.filter_map(|column| Path::resolve(database, &self.table, &column.element));
            fields.extend(any.map(|path| (self.table.clone(), path)));
        }
        Some(Test::Counted {
            counts,
            comparison: self.comparison,
            count: self.count,
            fields,
            invalid: filter.invalid,
        })
    }
}

fn comparison(text: &str) -> Option<(Comparison, usize)> {
    let end = text.find(|c: char| c.is_ascii_digit())?;
    let comparison = match &text[..end] {
        "=" => Comparison::Equal,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        _ => return None,
    };
    Some((comparison, text[end..].parse().ok()?))
}
