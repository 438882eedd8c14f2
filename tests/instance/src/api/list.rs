//! `GET /table/{table}`: the rows of a query.

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::{Call, attachment, paging, render::Renderer};
use crate::{
    answer::{Answer, Failure},
    clock::wire_text,
    database::{Database, Record, Table},
    query::{
        Condition, EncodedQuery, Filter, GLOBAL, Operator, Page, Selection, Term, Viewer, select,
    },
    request::Request,
    rules::{Access, Operation},
    settings::{InvalidQuery, Keyless},
    sign_in::is_credential,
};

/// The field by which records are told apart.
const KEY: &str = "sys_id";

/// What `sysparm_limit` is where the caller names none.
const DEFAULT_LIMIT: usize = 10_000;

pub fn list(call: &Call, table: &str) -> Result<Answer, Failure> {
    let answer = rows(call, table, DEFAULT_LIMIT, |_, _| {})?;
    // Version 1 of this API, and of no other, takes an empty list for a record that is missing.
    if answer.rows.is_empty() && call.path.version == Some(1) {
        return Err(Failure::no_record());
    }
    Ok(answer)
}

/// The rows of a query; `finish` may add to a row that has just been written.
pub fn rows(
    call: &Call,
    table: &str,
    default_limit: usize,
    finish: impl Fn(&mut Vec<u8>, Record<'_>),
) -> Result<Answer, Failure> {
    let request = call.request;
    let database = call.instance.database.read();
    if database.table(table).is_none() {
        return Err(Failure::invalid_table(table));
    }
    let viewer = call.instance.viewer(&database, &call.caller);
    let settings = call.instance.settings.read().clone();
    let asked = Asked::of(
        call,
        &database,
        table,
        &viewer,
        filter(call, &database, table, &viewer),
    )?;
    let access = &asked.access;
    let limit = request.number("sysparm_limit").unwrap_or(default_limit);
    let offset = request.number("sysparm_offset").unwrap_or(0);
    let counted = !request.flag("sysparm_no_count");
    let page = Page {
        offset,
        limit,
        counted,
    };
    let selection = asked.seen(&database, table, page);

    let base = call.path.table_base(request);
    let mut renderer = Renderer::new(&database, table, request, &base, &viewer.locale, access);
    if settings.permuted {
        renderer.permute(&mut call.instance.identifiers.write());
    }
    if settings.keyless_tables.get(table) == Some(&Keyless::WithoutKeys) {
        renderer.leave_out(KEY);
    }
    let mut answer = Answer::of_body(
        200,
        "application/json;charset=UTF-8",
        b"{\"result\":[".to_vec(),
    );
    for (number, record) in selection.records.iter().enumerate() {
        if number > 0 {
            answer.body.push(b',');
        }
        let start = answer.body.len();
        renderer.row(&mut answer.body, *record);
        finish(&mut answer.body, *record);
        answer.rows.push(start..answer.body.len());
    }
    answer.body.extend_from_slice(b"]}");

    if counted {
        answer = answer.with("X-Total-Count", &selection.total.to_string());
        if !request.flag("sysparm_suppress_pagination_header") {
            let url = format!("{}{}", request.base_url, request.path);
            let link = paging::link(
                &url,
                &request.query,
                limit,
                offset,
                selection.total,
                settings.prev_minus_one,
            );
            if let Some(link) = link {
                answer = answer.with("Link", &link);
            }
        }
    }
    Ok(answer)
}

/// A query that its caller may ask, and what the caller may do.
pub struct Asked {
    filter: Filter,
    pub access: Access,
    /// A term means nothing, and the settings have it match no row.
    no_rows: bool,
}

impl Asked {
    /// A query the caller may not ask, or that the settings refuse for a term that means nothing, is a failure.
    pub fn of(
        call: &Call,
        database: &Database,
        table: &str,
        viewer: &Viewer,
        mut filter: Filter,
    ) -> Result<Asked, Failure> {
        let access = Access::of(&call.instance.rules.read(), database, viewer);
        if filter.has_refused_script || !filter.is_readable(database, table, &access) {
            return Err(Failure::query_forbidden());
        }
        let is_invalid = !filter.invalid.is_empty();
        let no_rows = match call.instance.settings.read().invalid_query {
            InvalidQuery::Forbid if is_invalid => return Err(Failure::query_forbidden()),
            InvalidQuery::NoRows => is_invalid,
            _ => false,
        };
        if !access.is_open() {
            filter.hide_from_full_text(database, table, &access);
        }
        Ok(Asked {
            filter,
            access,
            no_rows,
        })
    }

    /// The records of a page, whoever may read them.
    pub fn matching<'a>(
        &'a self,
        database: &'a Database,
        table: &str,
        page: Page,
    ) -> Selection<'a> {
        match self.no_rows {
            true => Selection::default(),
            false => select(database, table, &self.filter, page),
        }
    }

    /// Those the caller may see: the others vanish from the page; what was counted stays counted.
    pub fn seen<'a>(&'a self, database: &'a Database, table: &str, page: Page) -> Selection<'a> {
        let mut selection = self.matching(database, table, page);
        if !self.access.is_open() {
            let may_read =
                |record: &Record| attachment::is_readable(database, &self.access, *record);
            selection.records.retain(may_read);
        }
        selection
    }
}

/// Those of the fields of a record that the caller may read.
pub fn readable_fields(
    database: &Database,
    access: &Access,
    record: Record<'_>,
    mut fields: Map<String, Value>,
) -> Map<String, Value> {
    if !access.is_open() {
        fields.retain(|element, _| {
            access.allows_field_of(database, Operation::Read, record, element)
        });
    }
    fields
}

/// `sysparm_query`, or the name=value form where there is none.
pub fn filter(call: &Call, database: &Database, table: &str, viewer: &Viewer) -> Filter {
    let query = query_of(call.request, &[]);
    filter_of(call, database, table, viewer, query)
}

/// The query of a request; some APIs have `others`, parameters that name no field.
pub fn query_of(request: &Request, others: &[&str]) -> EncodedQuery {
    match request.parameter("sysparm_query") {
        Some(query) => EncodedQuery::parse(query),
        None => {
            let named = request.parameters().iter().filter(|(name, _)| {
                !name.starts_with("sysparm_")
                    && !is_credential(name)
                    && !others.contains(&name.as_str())
            });
            EncodedQuery::of_conditions(named.map(|(name, value)| Condition {
                field: name.clone(),
                operator: Operator::EqualsOrDisplays,
                value: value.clone(),
            }))
        }
    }
}

/// A query as this caller may ask it.
pub fn filter_of(
    call: &Call,
    database: &Database,
    table: &str,
    viewer: &Viewer,
    query: EncodedQuery,
) -> Filter {
    let mut query = to_replica(call, query, viewer);
    let has_domain = |table: &Table| table.column("sys_domain").is_some();
    if let Some(domain) = viewer.domain.seen()
        && database.table(table).is_some_and(has_domain)
    {
        query.restrict(&[
            condition("sys_domain", Operator::In, &format!("{GLOBAL},{domain}")),
            condition("sys_domain", Operator::IsEmpty, ""),
        ]);
    }
    let is_keyless = call
        .instance
        .settings
        .read()
        .keyless_tables
        .contains_key(table);
    let left_out = match is_keyless {
        true => query.leave_out(KEY),
        false => Vec::new(),
    };
    let mut filter = Filter::compile(&query, database, table, viewer);
    filter.invalid.extend(left_out);
    filter
}

pub fn condition(field: &str, operator: Operator, value: &str) -> Term {
    Term::Condition(Condition {
        field: field.to_owned(),
        operator,
        value: value.to_owned(),
    })
}

/// `sysparm_query_category`: the query goes to a replica, which does not have the newest records yet.
fn to_replica(call: &Call, mut query: EncodedQuery, viewer: &Viewer) -> EncodedQuery {
    let Some(category) = call.request.parameter("sysparm_query_category") else {
        return query;
    };
    call.instance.counters.count_category(category);
    let settings = call.instance.settings.read();
    if let Some(lag) = settings.query_categories.get(category) {
        let newest = viewer.now.checked_sub(SignedDuration::from_secs(*lag));
        let newest = wire_text(newest.unwrap_or(viewer.now));
        query.restrict(&[condition("sys_created_on", Operator::LessOrEquals, &newest)]);
    }
    query
}
