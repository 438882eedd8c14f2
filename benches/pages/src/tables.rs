//! The tables, and what a request wants of one.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use crate::{
    incident::{self, Display, Form},
    layout::Layout,
};

/// A table of incidents, whatever its name.
pub struct Table {
    sys_ids: Vec<String>,
    /// Made when first asked for, and never let go: the server ends with the benchmark.
    layouts: Mutex<HashMap<Shape, &'static Layout>>,
}

/// In what form rows come back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    form: Form,
    fields: Option<Vec<String>>,
}

/// A list request.
#[derive(Debug, PartialEq, Eq)]
pub struct List {
    pub rows: Range<usize>,
    /// How many rows the query matches, on whatever page.
    pub total: usize,
    pub offset: usize,
    pub limit: usize,
    pub shape: Shape,
    pub counts: bool,
    pub links: bool,
}

impl Table {
    pub fn new(rows: usize) -> Table {
        Table {
            sys_ids: incident::sys_ids(rows),
            layouts: Mutex::default(),
        }
    }

    pub fn layout(&self, shape: &Shape) -> &'static Layout {
        let mut layouts = self.layouts.lock().unwrap_or_else(PoisonError::into_inner);
        layouts.entry(shape.clone()).or_insert_with(|| {
            Box::leak(Box::new(Layout::new(
                &self.sys_ids,
                shape.form,
                shape.fields.as_deref(),
            )))
        })
    }

    pub fn row(&self, sys_id: &str) -> Option<usize> {
        self.sys_ids
            .binary_search_by(|id| id.as_str().cmp(sys_id))
            .ok()
    }

    pub fn sys_id(&self, row: usize) -> &str {
        &self.sys_ids[row]
    }

    /// What a list request means; what is not understood is said, for it would be measured wrongly.
    pub fn list(&self, query: &str) -> Result<List, String> {
        let parameters = parameters(query);
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let number = |name: &str, default| match get(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("{name}={text}")),
        };
        let matched = self.matched(get("sysparm_query").unwrap_or_default())?;
        let offset: usize = number("sysparm_offset", 0)?;
        let limit: usize = number("sysparm_limit", 10_000)?;
        let start = (matched.start + offset).min(matched.end);
        Ok(List {
            rows: start..start.saturating_add(limit).min(matched.end),
            total: matched.len(),
            offset,
            limit,
            shape: shape(&parameters)?,
            counts: get("sysparm_no_count") != Some("true"),
            links: get("sysparm_suppress_pagination_header") != Some("true"),
        })
    }

    /// The rows that an encoded query of comparisons of the sys_id matches.
    fn matched(&self, query: &str) -> Result<Range<usize>, String> {
        let mut rows = 0..self.sys_ids.len();
        for term in query.split('^').filter(|term| !term.is_empty()) {
            if matches!(term, "ORDERBYsys_id" | "sys_idISNOTEMPTY") {
                continue;
            }
            let unknown = || format!("sysparm_query: {term}");
            let comparison = term.strip_prefix("sys_id").ok_or_else(unknown)?;
            let id = comparison.trim_start_matches(['<', '>', '=']);
            let operator = &comparison[..comparison.len() - id.len()];
            let less = || self.sys_ids.partition_point(|row| row.as_str() < id);
            let up_to = || self.sys_ids.partition_point(|row| row.as_str() <= id);
            match operator {
                ">" => rows.start = rows.start.max(up_to()),
                ">=" => rows.start = rows.start.max(less()),
                "<" => rows.end = rows.end.min(less()),
                "<=" => rows.end = rows.end.min(up_to()),
                _ => return Err(unknown()),
            }
        }
        Ok(rows.start.min(rows.end)..rows.end)
    }
}

/// The form that the parameters of a request ask for.
pub fn shape(parameters: &HashMap<String, String>) -> Result<Shape, String> {
    let get = |name: &str| parameters.get(name).map(|value| value.to_ascii_lowercase());
    let display = match get("sysparm_display_value").as_deref() {
        None | Some("false") => Display::Values,
        Some("true") => Display::Displays,
        Some("all") => Display::Both,
        Some(other) => return Err(format!("sysparm_display_value={other}")),
    };
    let links = get("sysparm_exclude_reference_link").as_deref() != Some("true");
    let fields = parameters
        .get("sysparm_fields")
        .filter(|fields| !fields.is_empty() && !incident::are_all(fields));
    Ok(Shape {
        form: Form { display, links },
        fields: fields.map(|fields| fields.split(',').map(str::to_owned).collect()),
    })
}

pub fn parameters(query: &str) -> HashMap<String, String> {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_sys_ids_is_a_range_of_rows() {
        let table = Table::new(100);
        let (from, to) = (table.sys_id(9), table.sys_id(49));
        let list = |query: String| table.list(&query).map(|list| (list.rows, list.total));
        let range = format!("sysparm_query=ORDERBYsys_id%5Esys_id%3E{from}%5Esys_id<={to}");
        assert_eq!(list(range.clone()), Ok((10..50, 40)));
        let page = format!("{range}&sysparm_offset=30&sysparm_limit=20");
        assert_eq!(list(page), Ok((40..50, 40)));
        assert_eq!(
            list(format!("sysparm_query=sys_id>={from}^sys_id<{to}")),
            Ok((9..49, 40))
        );
        assert_eq!(list("sysparm_offset=200".into()), Ok((100..100, 100)));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let table = Table::new(1);
        let refusal = |query| table.list(query).expect_err("not understood");
        assert_eq!(
            refusal("sysparm_query=active=true"),
            "sysparm_query: active=true"
        );
        assert_eq!(refusal("sysparm_limit=all"), "sysparm_limit=all");
    }
}
