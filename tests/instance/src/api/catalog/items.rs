//! What there is to order.

use super::{Call, Database, Failure, ITEMS, PRODUCERS, Record, Value, json, list, record};
use crate::{answer::Answer, api::list::Asked, query::Page, rules::Operation};

pub fn catalogs(call: &Call) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let class = database
        .table("sc_catalog")
        .ok_or_else(Failure::no_record)?;
    let rows = class
        .rows()
        .map(|row| described_catalog(Record { class, row }))
        .collect();
    Ok(Answer::result(200, &rows))
}

pub fn catalog(call: &Call, id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, "sc_catalog", id)?;
    let mut catalog = described_catalog(record);
    catalog["categories"] = categories_of(&database, id, false).collect();
    Ok(Answer::result(200, &catalog))
}

/// `sysparm_top_level_only`: without those that are in another.
pub fn categories(call: &Call, catalog: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    record::find(call, &database, "sc_catalog", catalog)?;
    let top_level_only = call.request.flag("sysparm_top_level_only");
    let rows: Vec<Value> = categories_of(&database, catalog, top_level_only)
        .skip(call.request.number("sysparm_offset").unwrap_or(0))
        .take(call.request.number("sysparm_limit").unwrap_or(10))
        .collect();
    Ok(Answer::result(200, &rows.into()))
}

pub fn category(call: &Call, id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, "sc_category", id)?;
    Ok(Answer::result(200, &described_category(record)))
}

fn categories_of<'a>(
    database: &'a Database,
    catalog: &str,
    top_level_only: bool,
) -> impl Iterator<Item = Value> + use<'a> {
    let class = database.table("sc_category");
    let rows: Vec<_> = class
        .map(|class| class.rows_where("sc_catalog", catalog).collect())
        .unwrap_or_default();
    rows.into_iter()
        .filter_map(move |row| class.map(|class| Record { class, row }))
        .filter(move |record| !top_level_only || record.value("parent").is_empty())
        .map(described_category)
}

fn described_catalog(record: Record<'_>) -> Value {
    json!({
        "sys_id": record.sys_id(),
        "title": record.value("title"),
        "description": record.value("description"),
        "has_categories": true,
        "has_items": true,
    })
}

fn described_category(record: Record<'_>) -> Value {
    json!({
        "sys_id": record.sys_id(),
        "title": record.value("title"),
        "description": record.value("description"),
        "parent": record.value("parent"),
    })
}

/// By `sysparm_catalog`, `sysparm_category`, `sysparm_type` and `sysparm_text`. An item without a
/// catalog is in every one.
pub fn items(call: &Call) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let viewer = call.instance.viewer(&database, &call.caller);
    let filter = list::filter(call, &database, ITEMS, &viewer);
    let everything = Page {
        offset: 0,
        limit: usize::MAX,
        counted: false,
    };
    let parameter = |name: &str| call.request.parameter(name).filter(|text| !text.is_empty());
    let text = parameter("sysparm_text").unwrap_or_default().to_lowercase();
    let fits = |record: &Record<'_>| {
        let in_list = |element: &str, wanted: &str| {
            let of = record.value(element);
            of.is_empty() || of.split(',').any(|id| id.trim() == wanted)
        };
        record.value("name").to_lowercase().contains(&text)
            && parameter("sysparm_catalog").is_none_or(|id| in_list("sc_catalogs", id))
            && parameter("sysparm_category").is_none_or(|id| record.value("category") == id)
            && parameter("sysparm_type").is_none_or(|kind| kind_of(*record) == kind)
    };
    let asked = Asked::of(call, &database, ITEMS, &viewer, filter)?;
    let rows = asked
        .matching(&database, ITEMS, everything)
        .records
        .into_iter()
        .filter(fits)
        .skip(call.request.number("sysparm_offset").unwrap_or(0))
        .take(call.request.number("sysparm_limit").unwrap_or(10_000))
        // The limit goes before access, as in any list.
        .filter(|record| asked.access.allows(&database, Operation::Read, *record))
        .map(described)
        .collect();
    Ok(Answer::result(200, &rows))
}

pub fn item(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, ITEMS, sys_id)?;
    let mut item = described(record);
    item["variables"] = variables_of(&database, sys_id)
        .map(|variable| {
            json!({
                "id": variable.sys_id(),
                "name": variable.value("name"),
                "label": variable.value("question_text"),
                "type": variable.value("type").parse::<i64>().unwrap_or(6),
                "mandatory": variable.value("mandatory") == "true",
                "value": variable.value("default_value"),
                "choices": [],
            })
        })
        .collect();
    Ok(Answer::result(200, &item))
}

/// The variables of an item, in their order.
pub fn variables_of<'a>(
    database: &'a Database,
    item: &str,
) -> impl Iterator<Item = Record<'a>> + use<'a> {
    let class = database.table("item_option_new");
    let mut variables: Vec<Record> = class
        .into_iter()
        .flat_map(|class| {
            class
                .rows_where("cat_item", item)
                .map(move |row| Record { class, row })
        })
        .collect();
    variables.sort_by_key(|variable| variable.value("order").parse::<i64>().unwrap_or(0));
    variables.into_iter()
}

/// `?sysparm_value=…`: what a reader sees for the value of a variable.
pub fn variable_value(call: &Call, id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    record::find(call, &database, "item_option_new", id)?;
    let value = call.request.parameter("sysparm_value").unwrap_or_default();
    Ok(Answer::result(200, &json!({ "display_value": value })))
}

fn kind_of(record: Record<'_>) -> &'static str {
    match record.class.name() == PRODUCERS {
        true => "record_producer",
        false => "catalog_item",
    }
}

fn described(record: Record<'_>) -> Value {
    json!({
        "sys_id": record.sys_id(),
        "name": record.value("name"),
        "short_description": record.value("short_description"),
        "price": record.value("price"),
        "category": record.value("category"),
        "type": kind_of(record),
        "sys_class_name": record.class.name(),
    })
}
