//! The Service Catalog API: items, ordering one at once, and the cart of the caller.

use serde_json::{Map, Value, json};

use super::{Call, engine::Engine, list, write::body_fields};
use crate::{
    answer::{Answer, Failure},
    database::{Database, Record},
    query::{Page, select},
};

pub fn answer(call: &Call, method: &str, rest: &[&str]) -> Result<Answer, Failure> {
    match (method, rest) {
        ("GET", ["items"]) => items(call),
        ("GET", ["items", id]) => item(call, id),
        ("POST", ["items", id, "order_now"]) => order_now(call, id),
        ("POST", ["items", id, "add_to_cart"]) => add_to_cart(call, id),
        ("GET", ["cart"]) => {
            let database = call.instance.database.read();
            Ok(Answer::result(200, &cart(call, &database)))
        }
        ("DELETE", ["cart", line]) => remove_line(call, line),
        ("DELETE", ["cart", _, "empty"]) => {
            call.instance.carts.write().remove(&call.caller.user_name);
            Ok(Answer::empty(204))
        }
        ("POST", ["cart", "submit_order" | "checkout"]) => submit(call),
        _ => Err(Failure::no_such_resource()),
    }
}

/// One line of a cart.
#[derive(Clone, Debug)]
pub struct CartLine {
    pub id: String,
    pub item: String,
    pub quantity: u64,
}

fn items(call: &Call) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let viewer = call.instance.viewer(&database, &call.caller);
    let filter = list::filter(call, &database, "sc_cat_item", &viewer);
    let page = Page {
        offset: call.request.number("sysparm_offset").unwrap_or(0),
        limit: call.request.number("sysparm_limit").unwrap_or(10_000),
        counted: false,
    };
    let text = call
        .request
        .parameter("sysparm_text")
        .unwrap_or_default()
        .to_lowercase();
    let records = select(&database, "sc_cat_item", &filter, page).records;
    let rows = records
        .into_iter()
        .filter(|record| record.value("name").to_lowercase().contains(&text))
        .map(described)
        .collect();
    Ok(Answer::result(200, &rows))
}

fn item(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = database
        .find("sc_cat_item", sys_id)
        .ok_or_else(Failure::no_record)?;
    let mut item = described(record);
    item["variables"] = json!([]);
    Ok(Answer::result(200, &item))
}

fn described(record: Record<'_>) -> Value {
    json!({
        "sys_id": record.sys_id(),
        "name": record.value("name"),
        "short_description": record.value("short_description"),
        "price": record.value("price"),
        "type": "catalog_item",
        "sys_class_name": "sc_cat_item",
    })
}

fn order_now(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let quantity = quantity(&body)?;
    let mut database = call.instance.database.write();
    database
        .find("sc_cat_item", sys_id)
        .ok_or_else(Failure::no_record)?;
    let line = CartLine {
        id: String::new(),
        item: sys_id.to_owned(),
        quantity,
    };
    let (number, request) = order(
        call,
        &mut database,
        &[line],
        body.get("sysparm_requested_for"),
    )?;
    Ok(Answer::result(
        200,
        &json!({
            "sys_id": request,
            "number": number,
            "request_number": number,
            "request_id": request,
            "parent_id": null,
            "parent_table": "task",
            "table": "sc_request",
        }),
    ))
}

fn add_to_cart(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let quantity = quantity(&body)?;
    let database = call.instance.database.read();
    database
        .find("sc_cat_item", sys_id)
        .ok_or_else(Failure::no_record)?;
    let id = call.instance.identifiers.write().sys_id();
    let line = CartLine {
        id,
        item: sys_id.to_owned(),
        quantity,
    };
    call.instance
        .carts
        .write()
        .entry(call.caller.user_name.clone())
        .or_default()
        .push(line);
    Ok(Answer::result(200, &cart(call, &database)))
}

fn remove_line(call: &Call, line: &str) -> Result<Answer, Failure> {
    let mut carts = call.instance.carts.write();
    let lines = carts
        .get_mut(&call.caller.user_name)
        .ok_or_else(Failure::no_record)?;
    let before = lines.len();
    lines.retain(|known| known.id != line);
    if lines.len() < before {
        Ok(Answer::empty(204))
    } else {
        Err(Failure::no_record())
    }
}

fn submit(call: &Call) -> Result<Answer, Failure> {
    let lines = call
        .instance
        .carts
        .write()
        .remove(&call.caller.user_name)
        .unwrap_or_default();
    if lines.is_empty() {
        return Err(Failure::new(400, "Cart is empty", None));
    }
    let mut database = call.instance.database.write();
    let (number, request) = order(call, &mut database, &lines, None)?;
    Ok(Answer::result(
        200,
        &json!({ "request_number": number, "request_id": request }),
    ))
}

/// A request with one requested item for each line; its number and id.
fn order(
    call: &Call,
    database: &mut Database,
    lines: &[CartLine],
    requested_for: Option<&Value>,
) -> Result<(String, String), Failure> {
    let mut fields = Map::new();
    let requested_for = requested_for
        .cloned()
        .unwrap_or_else(|| call.caller.sys_id.clone().into());
    fields.insert("requested_for".into(), requested_for);
    let request = Engine::new(call, database).insert("sc_request", &fields)?;
    for line in lines {
        let mut fields = Map::new();
        fields.insert("request".into(), request.clone().into());
        fields.insert("cat_item".into(), line.item.clone().into());
        fields.insert("quantity".into(), line.quantity.to_string().into());
        Engine::new(call, database).insert("sc_req_item", &fields)?;
    }
    let number = database
        .find("sc_request", &request)
        .map_or("", |record| record.value("number"));
    Ok((number.to_owned(), request.clone()))
}

fn quantity(body: &Map<String, Value>) -> Result<u64, Failure> {
    let sent = body
        .get("sysparm_quantity")
        .map(super::input::text)
        .unwrap_or_else(|| "1".to_owned());
    match sent.parse() {
        Ok(quantity) if quantity > 0 => Ok(quantity),
        _ => Err(Failure::new(400, "Invalid quantity value", None)),
    }
}

fn cart(call: &Call, database: &Database) -> Value {
    let carts = call.instance.carts.read();
    let lines = carts
        .get(&call.caller.user_name)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let record = |line: &CartLine| database.find("sc_cat_item", &line.item);
    let price = |line: &CartLine| {
        record(line)
            .and_then(|item| item.value("price").parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let subtotal: f64 = lines
        .iter()
        .map(|line| price(line) * line.quantity as f64)
        .sum();
    let items: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "cart_item_id": line.id,
                "catalog_item_id": line.item,
                "item_name": record(line).map_or("", |item| item.value("name")),
                "quantity": line.quantity.to_string(),
                "price": format!("${:.2}", price(line)),
            })
        })
        .collect();
    json!({ "cart_id": call.caller.sys_id, "subtotal": format!("${subtotal:.2}"), "items": items })
}
