//! What there is to order.

use super::{
    Call, Database, Failure, ITEMS, PRODUCERS, Record, Value, body_fields, input, json, list,
    record,
};
use crate::{
    answer::Answer,
    api::{display::priced, list::Asked},
    query::Page,
    rules::Operation,
};

pub fn catalogs(call: &Call) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let class = database
        .table("sc_catalog")
        .ok_or_else(Failure::no_record)?;
    let rows = class
        .rows()
        .take(limit(call))
        .map(|row| described_catalog(Record { class, row }))
        .collect();
    Ok(Answer::result(200, &rows))
}

pub fn catalog(call: &Call, id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, "sc_catalog", id)?;
    let mut catalog = described_catalog(record);
    catalog["categories"] = records_where(&database, "sc_category", "sc_catalog", id)
        .map(|category| {
            let mut described = titled(category);
            described["description"] = category.value("description").into();
            described["header_image"] = "".into();
            described
        })
        .collect();
    Ok(Answer::result(200, &catalog))
}

/// `sysparm_top_level_only`: without those that are in another.
pub fn categories(call: &Call, catalog: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    record::find(call, &database, "sc_catalog", catalog)?;
    let top_level_only = call.request.flag("sysparm_top_level_only");
    let rows: Vec<Value> = records_where(&database, "sc_category", "sc_catalog", catalog)
        .filter(|category| !top_level_only || category.value("parent").is_empty())
        .skip(offset(call))
        .take(limit(call))
        .map(|category| {
            let mut described = described_category(category);
            described["count"] = items_in(&database, category).into();
            described["subcategories"] = below(&database, category).map(titled).collect();
            described
        })
        .collect();
    Ok(Answer::result(200, &rows.into()))
}

pub fn category(call: &Call, id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, "sc_category", id)?;
    let mut category = described_category(record);
    category["child_categories"] = below(&database, record)
        .map(|child| {
            let mut described = titled(child);
            described["parent"] = id.into();
            described["count"] = items_in(&database, child).into();
            described["subcategories"] = below(&database, child).map(titled).collect();
            described["isParentCategory"] = (below(&database, child).count() > 0).into();
            described
        })
        .collect();
    Ok(Answer::result(200, &category))
}

fn limit(call: &Call) -> usize {
    call.request.number("sysparm_limit").unwrap_or(10_000)
}

fn offset(call: &Call) -> usize {
    call.request.number("sysparm_offset").unwrap_or(0)
}

/// The records of a table that have this value, and those of no class that extends it.
fn records_where<'a>(
    database: &'a Database,
    table: &str,
    element: &str,
    value: &str,
) -> impl Iterator<Item = Record<'a>> + use<'a> {
    let class = database.table(table);
    let records: Vec<Record> = class
        .into_iter()
        .flat_map(|class| {
            class
                .rows_where(element, value)
                .map(move |row| Record { class, row })
        })
        .collect();
    records.into_iter()
}

fn below<'a>(
    database: &'a Database,
    category: Record<'_>,
) -> impl Iterator<Item = Record<'a>> + use<'a> {
    records_where(database, "sc_category", "parent", category.sys_id())
}

fn items_in(database: &Database, category: Record<'_>) -> usize {
    database
        .classes(ITEMS)
        .map(|class| class.rows_where("category", category.sys_id()).count())
        .sum()
}

fn described_catalog(record: Record<'_>) -> Value {
    json!({
        "sys_id": record.sys_id(),
        "title": record.value("title"),
        "description": record.value("description"),
        "has_categories": true,
        "has_items": true,
        "desktop_image": "",
    })
}

/// How a catalog or a category is named where another record is described.
fn titled(record: Record<'_>) -> Value {
    json!({ "sys_id": record.sys_id(), "title": record.value("title") })
}

fn described_category(record: Record<'_>) -> Value {
    json!({
        "sys_id": record.sys_id(),
        "title": record.value("title"),
        "description": record.value("description"),
        "full_description": null,
        "icon": "",
        "header_icon": "",
        "homepage_image": "",
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
        .skip(offset(call))
        .take(limit(call))
        // The limit goes before access, as in any list.
        .filter(|record| asked.access.allows(&database, Operation::Read, *record))
        .map(|record| described(&database, record))
        .collect();
    Ok(Answer::result(200, &rows))
}

pub fn item(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, ITEMS, sys_id)?;
    let mut item = described(&database, record);
    item["categories"] = database
        .find("sc_category", record.value("category"))
        .map(|category| {
            let mut described = titled(category);
            described["active"] = (category.value("active") != "false").into();
            described
        })
        .into_iter()
        .collect();
    item["ui_policy"] = json!([]);
    item["client_script"] = json!({ "onChange": [], "onSubmit": [], "onLoad": [] });
    item["data_lookup"] = json!([]);
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
    let mut variables: Vec<Record> =
        records_where(database, "item_option_new", "cat_item", item).collect();
    variables.sort_by_key(|variable| variable.value("order").parse::<i64>().unwrap_or(0));
    variables.into_iter()
}

/// `{"sysparm_value":"…"}`: what a reader sees for the value of a variable.
pub fn variable_value(call: &Call, id: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let database = call.instance.database.read();
    record::find(call, &database, "item_option_new", id)?;
    let value = body.get("sysparm_value").map(input::text);
    Ok(Answer::result(200, &value.unwrap_or_default().into()))
}

fn kind_of(record: Record<'_>) -> &'static str {
    match record.class.name() == PRODUCERS {
        true => "record_producer",
        false => "catalog_item",
    }
}

fn described(database: &Database, record: Record<'_>) -> Value {
    let catalogs: Value = record
        .value("sc_catalogs")
        .split(',')
        .filter_map(|id| database.find("sc_catalog", id.trim()))
        .map(titled)
        .collect();
    let category = database.find("sc_category", record.value("category"));
    let price = record.value("price").parse::<f64>();
    let mut item = json!({
        "sys_id": record.sys_id(),
        "name": record.value("name"),
        "short_description": record.value("short_description"),
        "description": record.value("description"),
        "catalogs": catalogs,
        "category": category.map_or_else(|| "".into(), titled),
        "type": kind_of(record),
        "sys_class_name": record.class.name(),
        "order": record.value("order").parse::<i64>().unwrap_or(0),
        "show_price": price.is_ok(),
        "show_quantity": true,
        "content_type": "",
        "icon": "",
        "kb_article": "",
        "picture": "",
        "url": "",
    });
    if let Ok(price) = price {
        for (name, amount) in [("", price), ("recurring_", 0.0)] {
            let shown = priced(amount);
            item[format!("localized_{name}price")] = shown.as_str().into();
            item[format!("{name}price")] = shown.into();
            item[format!("{name}price_currency")] = "USD".into();
            item[format!("{name}price_value")] = amount.into();
        }
        item["local_currency"] = "USD".into();
        item["recurring_frequency"] = Value::Null;
    }
    item
}
