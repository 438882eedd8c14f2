//! Finding out what an instance leaves out of a query.
//!
//! What it cannot read it leaves out without a word, and the answer holds more rows than were asked for: a
//! condition or an order on a field that the table does not have, or that this user may not read; a script that
//! it does not run; a related list of a table that is not there. For each such [`Part`] there are conditions that
//! no row meets together, unless the instance leaves them out.
//!
//! An instance may also give no row at all for a query with such a part (`glide.invalid_query.returns_no_rows`).
//! For that there are conditions of which every row meets one.
//!
//! Not looked at are words that are searched for in whole records, tags, scripts inside a join, and what is no
//! condition inside a raw text's related list or join.

use std::collections::HashSet;
use std::ops::Range;

use super::Query;
use super::check::is_fragment;
use super::related::{self, List};
use super::syntax::{ReadTerm, leading_keyword, read_term};

/// So long may the text of one query get.
const LENGTH: usize = 4000;

/// What no value begins with.
const NOWHERE: &str = "no value begins with this";

const NO_FIELD: &str = "the table has no such field, or this user may not read it";
const NO_TABLE: &str = "there is no such table or field, or this user may not read it";
const NO_VALUE: &str = "it does not know what the value stands for";
const NO_CONDITION: &str = "it lacks a field, an operator, or a value that this takes";
const NO_SCRIPT: &str = "it does not run the script for this user, or the script gives nothing";

/// A part of a query that an instance may leave out by itself.
#[derive(Debug)]
pub(crate) struct Part {
    /// Such as `a condition on "state"`.
    pub(crate) name: String,
    /// Why an instance would leave it out.
    pub(crate) cause: &'static str,
    /// What the query says with it, each condition by itself; nothing where it is an order.
    pub(crate) conditions: Vec<String>,
    /// What a condition comes to where the part is left out; nothing where that is every row.
    pub(crate) without: String,
    /// No row meets these.
    impossible: String,
    /// Every row meets these.
    certain: String,
    /// Whether its conditions are asked by themselves: it is about another table, or is no condition at all.
    is_block: bool,
}

impl Query {
    /// The parts that an instance may leave out; those of the order where it matters.
    pub(crate) fn parts(&self, order_matters: bool) -> Vec<Part> {
        let conditions = self.each_condition();
        let texts = conditions.iter().copied();
        let on_fields: Vec<(&str, &str)> = texts
            .flat_map(|text| columns(text).map(move |field| (field, text)))
            .collect();
        let mut fields: Vec<&str> = on_fields.iter().map(|(field, _)| *field).collect();
        if order_matters {
            fields.extend(self.marks.order().map(|key| key.field()));
        }
        let of_fields = distinct(fields.into_iter()).into_iter().map(|field| {
            let own = on_fields.iter().filter(|(on, _)| *on == field);
            Part::field(field, own.map(|(_, text)| (*text).to_owned()).collect())
        });
        let texts = conditions.iter().copied();
        let of_values = texts.clone().filter_map(|text| {
            let field = column(text)?;
            Part::script(field, text).or_else(|| Part::value(field, text))
        });
        let fragments = texts.clone().filter(|text| is_fragment(text));
        let blocks = conditions.iter().filter_map(|text| Block::parse(text));
        of_fields
            .chain(of_values)
            .chain(fragments.map(Part::fragment))
            .chain(blocks.flat_map(|block| block.parts()))
            .collect()
    }

    fn each_condition(&self) -> Vec<&str> {
        let branches = self.branches();
        let terms = branches.into_iter().flatten();
        let conditions = terms.flat_map(super::group::Term::conditions);
        distinct(conditions.map(|condition| condition.as_str()))
    }
}

/// Queries that no row matches, unless the instance leaves out one of these parts.
pub(crate) fn impossible(parts: &[Part]) -> Vec<String> {
    joined(parts, "^NQ", |part| &part.impossible)
}

/// Queries that every row matches, unless the instance gives none for one of these parts.
pub(crate) fn certain(parts: &[Part]) -> Vec<String> {
    joined(parts, "^", |part| &part.certain)
}

fn joined(parts: &[Part], joiner: &str, text: fn(&Part) -> &String) -> Vec<String> {
    let mut queries: Vec<String> = Vec::new();
    for text in parts.iter().filter(|part| !part.is_block).map(text) {
        match queries.last_mut() {
            Some(query) if query.len() + text.len() <= LENGTH => {
                query.push_str(joiner);
                query.push_str(text);
            }
            _ => queries.push(text.clone()),
        }
    }
    let blocks = parts.iter().filter(|part| part.is_block);
    queries.extend(blocks.map(text).cloned());
    queries
}

impl Part {
    /// A field that conditions are on, or the order alone.
    fn field(field: &str, conditions: Vec<String>) -> Part {
        let what = match conditions.is_empty() {
            true => "the order by",
            false => "a condition on",
        };
        Part {
            name: format!("{what} {field:?}"),
            cause: NO_FIELD,
            conditions,
            without: String::new(),
            impossible: format!("{field}ISEMPTY^{field}ISNOTEMPTY"),
            certain: anything(field),
            is_block: false,
        }
    }

    /// A condition whose value has a form of its own, or is the key of what the instance keeps; `None` where it is
    /// none.
    fn value(field: &str, condition: &str) -> Option<Part> {
        Some(Part {
            name: format!("a condition on {field:?}"),
            cause: NO_VALUE,
            conditions: vec![condition.to_owned()],
            without: String::new(),
            impossible: other_contradiction(condition)?,
            certain: format!("{condition}^OR{}", anything(field)),
            is_block: false,
        })
    }

    /// What stands in place of a condition, and is none.
    fn fragment(text: &str) -> Part {
        let name = match column(text) {
            Some(field) => format!("a condition on {field:?}"),
            None => "a condition".to_owned(),
        };
        Part {
            name,
            cause: NO_CONDITION,
            conditions: vec![text.to_owned()],
            without: String::new(),
            // An instance that makes something of it finds other rows by it than by nothing.
            impossible: text.to_owned(),
            certain: format!("{}^OR{text}", anything("sys_id")),
            is_block: true,
        }
    }

    /// A condition whose value is a script; `None` where it is none.
    fn script(field: &str, condition: &str) -> Option<Part> {
        Some(Part {
            name: format!("a condition on {field:?}, whose value is a script,"),
            cause: NO_SCRIPT,
            conditions: vec![condition.to_owned()],
            without: String::new(),
            impossible: contradiction(condition)?,
            certain: format!("{condition}^OR{}", anything(field)),
            is_block: false,
        })
    }
}

/// What every row meets, as long as the instance reads conditions on the field.
fn anything(field: &str) -> String {
    format!("{field}ISEMPTY^OR{field}ISNOTEMPTY")
}

/// Conditions on records of another table.
enum Block<'a> {
    List(List<'a>),
    Join {
        written: &'a str,
        tables: &'a str,
        condition: &'a str,
    },
}

impl<'a> Block<'a> {
    fn parse(written: &'a str) -> Option<Block<'a>> {
        if let Some(block) = written.strip_prefix("RLQUERY") {
            return List::parse(block).map(Block::List);
        }
        let join = written.strip_prefix("JOIN")?;
        let Range { start, .. } = related::inner_of_join(join)?;
        let (tables, condition) = join.split_at(start);
        let tables = tables.trim_end_matches('!');
        Some(Block::Join {
            written,
            tables,
            condition,
        })
    }

    fn parts(&self) -> Vec<Part> {
        match self {
            Block::List(list) => parts_of_list(list),
            Block::Join {
                written,
                tables,
                condition,
            } => parts_of_join(written, tables, condition),
        }
    }
}

/// The list, and what its own conditions are on. Of a list without records it makes no difference whether these are
/// left out, so that each is asked for one record or none.
fn parts_of_list(list: &List<'_>) -> Vec<Part> {
    let (some, none) = (
        |inner: &str| list.written(">=1", inner),
        |inner: &str| list.written("=0", inner),
    );
    let either = |inner: &str| format!("{}^OR{}", some(inner), none(inner));
    let name = format!("the related list of {:?}", list.reference);
    let whole = Part {
        cause: NO_TABLE,
        conditions: vec![list.written(list.count, list.conditions)],
        without: String::new(),
        impossible: format!("{}^{}", some(""), none("")),
        certain: either(""),
        is_block: true,
        name: name.clone(),
    };
    let mut query = Query::new();
    let inner = query.raw(list.conditions).map(|()| query.parts(false));
    let inner = inner.unwrap_or_default().into_iter();
    let inner = inner.filter(|part| !part.is_block).map(|part| Part {
        name: format!("{} in {name}", part.name),
        cause: part.cause,
        conditions: part.conditions.iter().map(|text| some(text)).collect(),
        without: some(""),
        impossible: some(&part.impossible),
        certain: either(&part.certain),
        is_block: true,
    });
    std::iter::once(whole).chain(inner).collect()
}

/// The join, and the field that its condition is on. A row that is joined to several records may meet opposite
/// conditions at once; so there is one more that none of them meets.
fn parts_of_join(written: &str, tables: &str, condition: &str) -> Vec<Part> {
    let with = |inner: &str| format!("JOIN{tables}!{inner}");
    let without = with("");
    let name = format!("the join {tables:?}");
    let own = tables
        .split_once('=')
        .and_then(|(own, _)| own.split_once('.'));
    let certain = |block: &str| match own {
        Some((_, field)) => format!("{block}^OR{}", anything(field)),
        None => String::new(),
    };
    let mut parts = vec![Part {
        cause: NO_TABLE,
        impossible: with("sys_idISEMPTY"),
        certain: certain(&without),
        conditions: vec![written.to_owned()],
        without: String::new(),
        is_block: true,
        name: name.clone(),
    }];
    if let Some(field) = column(condition) {
        let opposites = [
            format!("{field}ISEMPTY"),
            format!("{field}ISNOTEMPTY"),
            format!("{field}STARTSWITH{NOWHERE}"),
        ];
        parts.push(Part {
            name: format!("a condition on {field:?} in {name}"),
            cause: NO_FIELD,
            impossible: opposites.map(|text| with(&text)).join("^"),
            certain: certain(written),
            conditions: vec![written.to_owned()],
            without,
            is_block: true,
        });
    }
    parts
}

/// The column that a condition is on. What is searched in whole records is none, nor are tags, which are
/// written with the label in place of one.
fn column(condition: &str) -> Option<&str> {
    if leading_keyword(condition).is_some() {
        return None;
    }
    let field = read_term(condition)?.field;
    let is_column = field.starts_with(|first: char| !first.is_ascii_digit());
    (is_column && !field.starts_with("sys_tags.")).then_some(field)
}

/// The columns that a condition is on: two where it compares them.
fn columns(condition: &str) -> impl Iterator<Item = &str> {
    column(condition).into_iter().chain(other_column(condition))
}

fn other_column(condition: &str) -> Option<&str> {
    column(condition)?;
    let read = read_term(condition)?;
    match read.operator {
        "SAMEAS" | "NSAMEAS" | "MORETHAN" | "LESSTHAN" | "GT_FIELD" | "LT_FIELD"
        | "GT_OR_EQUALS_FIELD" | "LT_OR_EQUALS_FIELD" => read.value.split('@').next(),
        _ => None,
    }
    .filter(|field| !field.is_empty())
}

/// A condition with a script for its value, and its opposite: whatever the script gives, no row meets both. Of
/// an operator without an opposite the script alone. `None` where there is none.
fn contradiction(condition: &str) -> Option<String> {
    const SCRIPT: &str = "javascript:";
    let ReadTerm {
        field,
        operator,
        value,
    } = read_term(condition)?;
    let mut bounds = value.split('@');
    if !bounds.any(|bound| bound.starts_with(SCRIPT)) {
        return None;
    }
    let opposite =
        |operator: &str, value: &str| Some(format!("{condition}^{field}{operator}{value}"));
    match operator {
        "=" => opposite("!=", value),
        "!=" => opposite("=", value),
        "<" | "<=" => opposite(">", value),
        ">" | ">=" => opposite("<", value),
        "IN" => opposite("NOT IN", value),
        "NOT IN" | "NOTIN" => opposite("IN", value),
        "LIKE" | "CONTAINS" | "*" | "STARTSWITH" | "ENDSWITH" | "%" => opposite("NOT LIKE", value),
        "NOT LIKE" | "NOTLIKE" | "DOES NOT CONTAIN" | "!*" => opposite("LIKE", value),
        "ON" => opposite("NOTON", value),
        "NOTON" => opposite("ON", value),
        "BETWEEN" => match value.split_once('@')? {
            (_, high) if high.starts_with(SCRIPT) => opposite(">", high),
            (low, _) => opposite("<", low),
        },
        // `Monday@javascript:gs.datePart('dayofweek','monday','EE')`
        "DATEPART" => {
            let (part, _) = value.strip_suffix("')")?.rsplit_once('\'')?;
            let than = |comparison: &str| format!("{field}DATEPART{part}'{comparison}')");
            Some(format!("{}^{}", than("LT"), than("GT")))
        }
        _ => Some(format!("{field}={value}^{field}!={value}")),
    }
}

/// A condition whose value is no text, and another that no row meets beside it. `None` where it is none.
fn other_contradiction(condition: &str) -> Option<String> {
    let ReadTerm {
        field,
        operator,
        value,
    } = read_term(condition)?;
    let than = |operator: &str| format!("{field}{operator}{value}");
    Some(match operator {
        "ON" => format!("{condition}^{}", than("NOTON")),
        "NOTON" => format!("{condition}^{}", than("ON")),
        "RELATIVEEE" | "RELATIVEGE" | "RELATIVEGT" | "RELATIVELE" | "RELATIVELT" => {
            format!("{}^{}", than("RELATIVEGT"), than("RELATIVELT"))
        }
        // Where no row has an empty field it is not noticed.
        "DYNAMIC" | "IN_HIERARCHY" | "IN_HIERARCHY_DYNAMIC" => {
            format!("{condition}^{field}ISEMPTY")
        }
        _ => return None,
    })
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(*text)).collect()
}

#[cfg(test)]
mod tests;
