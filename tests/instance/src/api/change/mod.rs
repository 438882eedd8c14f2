//! The Change Management API.
//!
//! It is unlike the Table API in its answers: every field is an object whose `value` may be a number
//! or a boolean, a POST answers 200, a DELETE gives the record back, and what was not taken is named.

mod conflict;
mod items;
mod schedule;
mod worker;

pub use worker::Workers;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Call,
    display::display_value,
    engine::Engine,
    input,
    list::{self, Asked, readable_fields},
    record,
    write::body_fields,
};
use crate::{
    answer::{Answer, Failure},
    clock::{civil_text, parse_wire},
    database::{Database, Record},
    dictionary::{Column, InternalType},
    query::{EncodedQuery, Operator, Page, Term, Viewer},
    rules::Access,
    sign_in::is_credential,
};

/// The kinds a path may name.
const TYPES: [&str; 3] = ["normal", "emergency", "standard"];

const TABLE: &str = "change_request";
/// Templates of standard changes.
const TEMPLATES: &str = "std_change_record_producer";
/// Their versions; a change names one in the column of this name.
const VERSIONS: &str = "std_change_producer_version";
const MODELS: &str = "chg_model";

/// What a list may be asked by that is no field.
const OTHER_PARAMETERS: [&str; 3] = ["order", "textSearch", "association_type"];

pub fn answer(call: &Call, method: &str, rest: &[&str]) -> Result<Answer, Failure> {
    match (method, rest) {
        ("GET", ["model"]) => return list(call, MODELS, None),
        ("GET", ["model", id]) => return read(call, MODELS, id),
        ("GET", ["standard", "template"]) => return list(call, TEMPLATES, None),
        ("GET", ["standard", "template", id]) => return read(call, TEMPLATES, id),
        ("GET", ["worker", id]) => return worker::read(call, id),
        ("GET", ["ci", item, "schedule"]) => return schedule::of_item(call, item),
        _ => {}
    }
    let (kind, rest) = match rest {
        [kind, rest @ ..] if TYPES.contains(kind) => (Some(*kind), rest),
        _ => (None, rest),
    };
    match (method, rest) {
        ("GET", []) => {
            let of_kind = kind.map(|kind| list::condition("type", Operator::Equals, kind));
            list(call, TABLE, of_kind)
        }
        ("POST", []) if kind != Some("standard") => create(call, TABLE, kind, None),
        ("POST", [template]) if kind == Some("standard") => from_template(call, template),
        ("PATCH", [id, "risk"]) if kind == Some("standard") => assess_risk(call, id),
        ("GET", [id]) => read(call, TABLE, id),
        ("PATCH", [id]) => update(call, TABLE, id),
        ("DELETE", [id]) => delete(call, TABLE, id),
        ("GET", [id, "task"]) => list_of(call, id, "change_task", "change_request"),
        ("POST", [id, "task"]) => create(call, "change_task", None, Some(id)),
        ("PATCH", [_, "task", task]) => update(call, "change_task", task),
        ("DELETE", [_, "task", task]) => delete(call, "change_task", task),
        ("GET", [id, "nextstates"]) => next_states(call, id),
        ("GET", [id, "ci"]) => items::list(call, id),
        ("POST", [id, "ci"]) => items::add(call, id),
        ("POST", [id, "refresh_impacted_services"]) => items::refresh_services(call, id),
        (method, [id, "conflict"]) => conflict::answer(call, method, id),
        ("GET", [id, "schedule"]) => schedule::of_change(call, id),
        ("PATCH", [id, "schedule", "first_available"]) => schedule::first_available(call, id),
        ("PATCH", [id, "approvals"]) => approve(call, id),
        _ => Err(Failure::no_such_resource()),
    }
}

/// The rows of one of the tables behind this API that are `among` these, by `sysparm_query` or name=value,
/// `order` and `textSearch`.
fn list(call: &Call, table: &str, among: Option<Term>) -> Result<Answer, Failure> {
    let parameter = |name: &str| call.request.parameter(name).filter(|text| !text.is_empty());
    let mut query = list::query_of(call.request, &OTHER_PARAMETERS);
    if let Some(among) = among {
        query.restrict(&[among]);
    }
    if let Some(words) = parameter("textSearch") {
        query.restrict(&[Term::FullText(words.to_owned())]);
    }
    if let Some(order) = parameter("order") {
        let order = EncodedQuery::parse(&format!("ORDERBY{order}")).order;
        query.order.extend(order);
    }
    let database = call.instance.database.read();
    let viewer = call.instance.viewer(&database, &call.caller);
    let filter = list::filter_of(call, &database, table, &viewer, query);
    let asked = Asked::of(call, &database, table, &viewer, filter)?;
    let page = Page {
        offset: call.request.number("sysparm_offset").unwrap_or(0),
        limit: call.request.number("sysparm_limit").unwrap_or(500),
        counted: false,
    };
    let rows = asked.seen(&database, table, page).records;
    let rows = rows
        .into_iter()
        .map(|record| rendered(call, &database, &viewer, record))
        .collect();
    Ok(Answer::result(200, &rows))
}

/// The rows that hang on a change.
fn list_of(call: &Call, change: &str, table: &str, element: &str) -> Result<Answer, Failure> {
    record::find(call, &call.instance.database.read(), TABLE, change)?;
    let of_change = list::condition(element, Operator::Equals, change);
    list(call, table, Some(of_change))
}

/// A standard change has the values of its template, and then those that were sent.
fn from_template(call: &Call, template: &str) -> Result<Answer, Failure> {
    let sent = sent_fields(call)?;
    let mut database = call.instance.database.write();
    let Some(template) = database.find(TEMPLATES, template) else {
        return Err(Failure::new(400, "Template not found", None));
    };
    let mut fields: Map<String, Value> =
        serde_json::from_str(template.value("template")).unwrap_or_default();
    let version = database.find_by(VERSIONS, "std_change_producer", template.sys_id());
    if let Some(version) = version {
        fields.insert(VERSIONS.into(), version.sys_id().into());
    }
    fields.insert("type".into(), "standard".into());
    fields.extend(sent.clone());
    let sys_id = Engine::new(call, &mut database).insert(TABLE, &fields)?;
    written(call, &database, TABLE, &sys_id, &sent)
}

/// What has been done before is of low risk.
fn assess_risk(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let mut fields = Map::new();
    fields.insert("risk".into(), "4".into());
    change(call, TABLE, sys_id, &fields)
}

/// `{"state":"approved"}` or `rejected`: on behalf of the caller.
fn approve(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let fields = body_fields(call.request)?;
    let state = fields.get("state").and_then(Value::as_str);
    let state = state
        .filter(|state| ["approved", "rejected"].contains(state))
        .ok_or_else(|| Failure::new(400, "Invalid approval state", None))?;
    let mut fields = Map::new();
    fields.insert("approval".into(), state.into());
    change(call, TABLE, sys_id, &fields)
}

fn read(call: &Call, table: &str, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let viewer = call.instance.viewer(&database, &call.caller);
    let record = record::find(call, &database, table, sys_id)?;
    Ok(Answer::result(
        200,
        &rendered(call, &database, &viewer, record),
    ))
}

fn create(
    call: &Call,
    table: &str,
    kind: Option<&str>,
    change: Option<&str>,
) -> Result<Answer, Failure> {
    let mut fields = sent_fields(call)?;
    let mut database = call.instance.database.write();
    if let Some(change) = change {
        record::find(call, &database, TABLE, change)?;
        fields.insert("change_request".into(), change.into());
    } else {
        describe_kind(&database, kind, &mut fields);
    }
    let sys_id = Engine::new(call, &mut database).insert(table, &fields)?;
    written(call, &database, table, &sys_id, &fields)
}

/// The type is that of the path, else the one that was sent; a model is named by its name.
fn describe_kind(database: &Database, kind: Option<&str>, fields: &mut Map<String, Value>) {
    let sent = fields
        .get("type")
        .map(|kind| input::text(kind).to_lowercase())
        .filter(|kind| !kind.is_empty());
    let kind = kind.map(str::to_owned).or(sent);
    fields.insert(
        "type".into(),
        kind.unwrap_or_else(|| "normal".into()).into(),
    );
    let model = fields.get("chg_model").map(input::text);
    if let Some(model) = model.and_then(|name| database.find_named(MODELS, "name", &name)) {
        fields.insert("chg_model".into(), model.sys_id().into());
    }
}

fn update(call: &Call, table: &str, sys_id: &str) -> Result<Answer, Failure> {
    change(call, table, sys_id, &sent_fields(call)?)
}

fn change(
    call: &Call,
    table: &str,
    sys_id: &str,
    fields: &Map<String, Value>,
) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    Engine::new(call, &mut database).update(table, sys_id, fields)?;
    written(call, &database, table, sys_id, fields)
}

fn delete(call: &Call, table: &str, sys_id: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    let viewer = call.instance.viewer(&database, &call.caller);
    let record = record::find(call, &database, table, sys_id)?;
    let last = rendered(call, &database, &viewer, record);
    Engine::new(call, &mut database).delete(table, sys_id)?;
    Ok(Answer::result(200, &last))
}

/// Field values come as parameters or as a JSON body; the body goes before.
fn sent_fields(call: &Call) -> Result<Map<String, Value>, Failure> {
    let parameters = call
        .request
        .parameters()
        .iter()
        .filter(|(name, _)| !name.starts_with("sysparm_") && !is_credential(name));
    let mut fields: Map<String, Value> = parameters
        .map(|(name, value)| (name.clone(), Value::String(value.clone())))
        .collect();
    if !call.request.body.is_empty() {
        fields.extend(body_fields(call.request)?);
    }
    Ok(fields)
}

fn written(
    call: &Call,
    database: &Database,
    table: &str,
    sys_id: &str,
    fields: &Map<String, Value>,
) -> Result<Answer, Failure> {
    let viewer = call.instance.viewer(database, &call.caller);
    let record = database
        .find(table, sys_id)
        .ok_or_else(Failure::no_record)?;
    let mut result = rendered(call, database, &viewer, record);
    let ignored: Vec<&String> = fields
        .keys()
        .filter(|name| record.class.column(name).is_none())
        .collect();
    result["__meta"] = json!({ "ignoredFields": ignored });
    Ok(Answer::result(200, &result))
}

fn next_states(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, TABLE, sys_id)?;
    let current = record.value("state");
    let choices = record
        .class
        .column("state")
        .map(|column| &column.choices[..])
        .unwrap_or_default();
    let at = choices
        .iter()
        .position(|choice| choice.value == current)
        .unwrap_or(0);
    let reachable = &choices[at.min(choices.len())..choices.len().min(at + 2)];
    let states: Vec<&str> = reachable
        .iter()
        .map(|choice| choice.value.as_str())
        .collect();
    let labels: Vec<Value> = reachable
        .iter()
        .map(|choice| json!({ "value": choice.value, "label": choice.label }))
        .collect();
    Ok(Answer::result(
        200,
        &json!({ "available_states": states, "state_transitions": [], "state_label": labels }),
    ))
}

fn rendered(call: &Call, database: &Database, viewer: &Viewer, record: Record<'_>) -> Value {
    let fields = record
        .class
        .columns()
        .iter()
        .enumerate()
        .map(|(position, column)| {
            let value = record.row.value(position);
            let mut field = json!({
                "value": typed(column, value),
                "display_value": display_value(database, column, value, &viewer.locale),
            });
            if let Some(target) = column.reference_target().filter(|_| !value.is_empty()) {
                field["link"] =
                    format!("{}/api/now/table/{target}/{value}", call.request.base_url).into();
            }
            if column.internal_type.is_date_time() {
                // The time of the user, in the form of the wire.
                let local = |at: Timestamp| at.to_zoned_datetime(viewer.locale.zone.clone());
                let text = parse_wire(value).map(|at| civil_text(local(at).datetime()));
                field["display_value_internal"] = text.unwrap_or_default().into();
            }
            (column.element.clone(), field)
        });
    let access = Access::of(&call.instance.rules.read(), database, viewer);
    Value::Object(readable_fields(database, &access, record, fields.collect()))
}

/// Numbers and booleans as such; everything else as text.
fn typed(column: &Column, value: &str) -> Value {
    match column.internal_type {
        InternalType::Integer => value
            .parse::<i64>()
            .map_or_else(|_| value.into(), Value::from),
        InternalType::Boolean => (value == "true").into(),
        _ => value.into(),
    }
}
