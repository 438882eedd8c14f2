//! The cart of the caller, and what becomes of it.

use super::{
    Answer, Call, Database, Engine, Failure, ITEMS, Map, Record, Value, body_fields, input, json,
    not_orderable, orderable, record, sent_variables,
};
use crate::api::display::priced;

/// One line of a cart.
#[derive(Clone, Debug)]
pub struct CartLine {
    id: String,
    item: String,
    quantity: u64,
    variables: Map<String, Value>,
    /// Users for whom the same is ordered as well.
    also_for: Vec<String>,
}

/// `sysparm_also_request_for` may name so many.
const MAX_ALSO_FOR: usize = 50;

pub fn read(call: &Call) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    Ok(Answer::result(200, &contents(call, &database)))
}

pub fn order_now(call: &Call, item: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let mut database = call.instance.database.write();
    let line = line(call, &database, item, &body)?;
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

pub fn add(call: &Call, item: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let database = call.instance.database.read();
    let line = line(call, &database, item, &body)?;
    call.instance
        .carts
        .write()
        .entry(call.caller.user_name.clone())
        .or_default()
        .push(line);
    Ok(Answer::result(200, &summary(call, &database)))
}

/// Another quantity, or other values, for a line.
pub fn change(call: &Call, line: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let quantity = quantity(&body)?;
    let database = call.instance.database.read();
    {
        let mut carts = call.instance.carts.write();
        let line = carts
            .get_mut(&call.caller.user_name)
            .and_then(|lines| lines.iter_mut().find(|known| known.id == line))
            .ok_or_else(Failure::no_record)?;
        line.quantity = quantity;
        if body.contains_key("variables") {
            line.variables = sent_variables(&database, &line.item, &body)?;
        }
    }
    Ok(Answer::result(201, &contents(call, &database)))
}

pub fn remove(call: &Call, line: &str) -> Result<Answer, Failure> {
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

pub fn empty(call: &Call) -> Result<Answer, Failure> {
    call.instance.carts.write().remove(&call.caller.user_name);
    Ok(Answer::empty(204))
}

/// Where the user works, in one line of text.
pub fn delivery_address(call: &Call, user: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let user = record::find(call, &database, "sys_user", user)?;
    let location = database.find("cmn_location", user.value("location"));
    Ok(Answer::result(
        200,
        &location
            .map_or("", |location| location.value("name"))
            .into(),
    ))
}

pub fn submit(call: &Call) -> Result<Answer, Failure> {
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

fn line(
    call: &Call,
    database: &Database,
    item: &str,
    body: &Map<String, Value>,
) -> Result<CartLine, Failure> {
    let quantity = quantity(body)?;
    // An id that names no item is refused in the words for one that must not be ordered.
    let known = record::find(call, database, ITEMS, item).map_err(|_| not_orderable())?;
    orderable(known)?;
    let also_for: Vec<String> = body
        .get("sysparm_also_request_for")
        .map(input::text)
        .unwrap_or_default()
        .split(',')
        .filter(|user| !user.is_empty())
        .map(str::to_owned)
        .collect();
    if also_for.len() > MAX_ALSO_FOR {
        return Err(Failure::new(
            400,
            "Too many users in sysparm_also_request_for",
            None,
        ));
    }
    Ok(CartLine {
        id: call.instance.identifiers.write().sys_id(),
        item: item.to_owned(),
        quantity,
        variables: sent_variables(database, item, body)?,
        also_for,
    })
}

/// A request with one requested item for each line and user; its number and id.
fn order(
    call: &Call,
    database: &mut Database,
    lines: &[CartLine],
    requested_for: Option<&Value>,
) -> Result<(String, String), Failure> {
    let requested_for = requested_for.map_or_else(|| call.caller.sys_id.clone(), input::text);
    let mut fields = Map::new();
    fields.insert("requested_for".into(), requested_for.as_str().into());
    let request = Engine::new(call, database).insert("sc_request", &fields)?;
    for line in lines {
        for user in std::iter::once(&requested_for).chain(&line.also_for) {
            let mut fields = Map::new();
            fields.insert("request".into(), request.clone().into());
            fields.insert("requested_for".into(), user.as_str().into());
            fields.insert("cat_item".into(), line.item.clone().into());
            fields.insert("quantity".into(), line.quantity.to_string().into());
            let item = Engine::new(call, database).insert("sc_req_item", &fields)?;
            keep_variables(call, database, line, &item)?;
        }
    }
    let number = database
        .find("sc_request", &request)
        .map_or("", |record| record.value("number"));
    Ok((number.to_owned(), request.clone()))
}

fn keep_variables(
    call: &Call,
    database: &mut Database,
    line: &CartLine,
    item: &str,
) -> Result<(), Failure> {
    for (name, value) in &line.variables {
        let mut fields = Map::new();
        let variable = super::items::variables_of(database, &line.item)
            .find(|variable| variable.value("name") == name)
            .map_or(name.as_str(), |variable| variable.sys_id());
        fields.insert("item_option_new".into(), variable.into());
        fields.insert("request_item".into(), item.into());
        fields.insert("value".into(), value.clone());
        Engine::new(call, database).insert("sc_item_option", &fields)?;
    }
    Ok(())
}

fn quantity(body: &Map<String, Value>) -> Result<u64, Failure> {
    let sent = body.get("sysparm_quantity").map(input::text);
    match sent.unwrap_or_default().parse() {
        Ok(quantity) if quantity > 0 => Ok(quantity),
        _ => Err(Failure::new(400, "Invalid quantity value", None)),
    }
}

/// The cart as it is shown to whoever adds to it.
fn summary(call: &Call, database: &Database) -> Value {
    let (items, subtotal) = lines(call, database, |line, item, price| {
        json!({
            "cart_item_id": line.id,
            "catalog_item_id": line.item,
            "item_name": item.map_or("", |item| item.value("name")),
            "quantity": line.quantity.to_string(),
            "price": priced(price),
            "localized_price": priced(price),
            "recurring_price": priced(0.0),
            "localized_recurring_price": priced(0.0),
            "recurring_frequency": null,
        })
    });
    json!({ "cart_id": call.caller.sys_id, "subtotal": priced(subtotal), "items": items })
}

/// The cart as it is read: its lines by how often they are paid for, which is once.
fn contents(call: &Call, database: &Database) -> Value {
    let (items, subtotal) = lines(call, database, |line, item, price| {
        let of = |element: &str| item.map_or("", |item| item.value(element));
        let subtotal = price * line.quantity as f64;
        json!({
            "sys_id": line.id,
            "cart_item_id": line.id,
            "item_id": line.item,
            "catalog_item_id": line.item,
            "sys_class_name": item.map_or("", |item| item.class.name()),
            "name": of("name"),
            "item_name": of("name"),
            "short_description": of("short_description"),
            "quantity": line.quantity.to_string(),
            "price": priced(price),
            "localized_price": priced(price),
            "subtotal_price": priced(subtotal),
            "subtotal": subtotal,
            "recurring_price": priced(0.0),
            "localized_recurring_price": priced(0.0),
            "recurring_subtotal_price": priced(0.0),
            "recurring_subtotal": 0,
            "recurring_frequency": null,
            "variables": line.variables,
            "show_price": true,
            "show_quantity": true,
            "show_recurring_price": false,
            "order_guide": "",
            "picture": "",
        })
    });
    let totals = json!({
        "subtotal_title": "Subtotal",
        "subtotal_price": priced(subtotal),
        "subtotal_recurring_price": priced(0.0),
        "subtotal_recurring_frequency": "",
        "show_subtotal_price": "true",
        "total_title": "Total",
    });
    let mut cart = totals.clone();
    cart["cart_id"] = call.caller.sys_id.as_str().into();
    if !items.is_empty() {
        cart["none"] = totals;
        cart["none"]["frequency_label"] = Value::Null;
        cart["none"]["items"] = items.into();
    }
    cart
}

/// Each line of the cart of the caller, told with its item and the price of one, and what all cost.
fn lines(
    call: &Call,
    database: &Database,
    told: impl Fn(&CartLine, Option<Record<'_>>, f64) -> Value,
) -> (Vec<Value>, f64) {
    let carts = call.instance.carts.read();
    let lines = carts
        .get(&call.caller.user_name)
        .map(Vec::as_slice)
        .unwrap_or_default();
    // The sum of nothing is -0 where it is not begun with a number.
    let mut subtotal = 0.0;
    let items = lines
        .iter()
        .map(|line| {
            let item = database.find(ITEMS, &line.item);
            let price = item.and_then(|item| item.value("price").parse::<f64>().ok());
            let price = price.unwrap_or(0.0);
            subtotal += price * line.quantity as f64;
            told(line, item, price)
        })
        .collect();
    (items, subtotal)
}
