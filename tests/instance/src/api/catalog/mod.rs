//! The Service Catalog API: catalogs, items with their variables, ordering one at once, the cart of the
//! caller, record producers.

mod cart;
mod items;
mod producer;

pub use cart::CartLine;

use serde_json::{Map, Value, json};

use super::{Call, engine::Engine, input, list, record, write::body_fields};
use crate::{
    answer::{Answer, Failure},
    database::{Database, Record},
};

const ITEMS: &str = "sc_cat_item";
const PRODUCERS: &str = "sc_cat_item_producer";

pub fn answer(call: &Call, method: &str, rest: &[&str]) -> Result<Answer, Failure> {
    routed(call, method, rest).map_err(|failure| match (failure.status, rest) {
        (404, ["variables", ..] | ["items", _, "submit_producer"]) => failure,
        // Elsewhere in this API an id that names nothing, or nothing for the caller, is a bad request.
        (404, _) => Failure {
            status: 400,
            ..failure
        },
        _ => failure,
    })
}

fn routed(call: &Call, method: &str, rest: &[&str]) -> Result<Answer, Failure> {
    match (method, rest) {
        ("GET", ["catalogs"]) => items::catalogs(call),
        ("GET", ["catalogs", id]) => items::catalog(call, id),
        ("GET", ["catalogs", id, "categories"]) => items::categories(call, id),
        ("GET", ["categories", id]) => items::category(call, id),
        ("GET", ["items"]) => items::items(call),
        ("GET", ["items", id]) => items::item(call, id),
        ("POST", ["items", id, "order_now"]) => cart::order_now(call, id),
        ("POST", ["items", id, "add_to_cart"]) => cart::add(call, id),
        ("POST", ["items", id, "submit_producer"]) => producer::submit(call, id),
        ("POST", ["variables", id, "display_value"]) => items::variable_value(call, id),
        ("GET", ["cart"]) => cart::read(call),
        ("PUT", ["cart", line]) => cart::change(call, line),
        ("DELETE", ["cart", line]) => cart::remove(call, line),
        ("DELETE", ["cart", _, "empty"]) => cart::empty(call),
        ("GET", ["cart", "delivery_address", user]) => cart::delivery_address(call, user),
        ("POST", ["cart", "submit_order" | "checkout"]) => cart::submit(call),
        _ => Err(Failure::no_such_resource()),
    }
}

/// What was sent for the variables of an item; a mandatory one must not be missing.
fn sent_variables(
    database: &Database,
    item: &str,
    body: &Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let sent = match body.get("variables") {
        Some(Value::Object(sent)) => sent.clone(),
        _ => Map::new(),
    };
    let mut variables = Map::new();
    for variable in items::variables_of(database, item) {
        let name = variable.value("name");
        let value = sent
            .get(name)
            .map(input::text)
            .unwrap_or_else(|| variable.value("default_value").to_owned());
        if value.is_empty() && variable.value("mandatory") == "true" {
            return Err(Failure::new(400, "Mandatory Variables are required", None));
        }
        variables.insert(name.to_owned(), value.into());
    }
    // What the item does not ask is kept too: the small world's items name no variables.
    for (name, value) in sent {
        variables
            .entry(name)
            .or_insert_with(|| input::text(&value).into());
    }
    Ok(variables)
}

/// An item that may be ordered.
fn orderable(record: Record<'_>) -> Result<Record<'_>, Failure> {
    match record.value("active") == "false" {
        true => Err(not_orderable()),
        false => Ok(record),
    }
}

fn not_orderable() -> Failure {
    Failure::new(400, "Security constraints prevent ordering of Item", None)
}
