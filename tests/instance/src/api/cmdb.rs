//! The CMDB Instance and Meta APIs.
//!
//! A configuration item is shown as attributes and relations; references always carry display value,
//! link and value. There is no deletion here: that is the Table API's.

use serde_json::{Map, Value, json};

use super::{
    Call,
    display::display_value,
    engine::{Engine, stamp_of},
    list::{self, Asked, readable_fields},
    record,
    write::body_fields,
};
use crate::{
    answer::{Answer, Failure},
    database::{Database, Record},
    dictionary::Column,
    locale::Locale,
    query::Page,
    rules::Access,
};

pub fn answer(call: &Call, method: &str, class: &str, rest: &[&str]) -> Result<Answer, Failure> {
    {
        let database = call.instance.database.read();
        if !database.dictionary().extends(class, "cmdb") {
            return Err(Failure::new(
                400,
                format!("Invalid class {class}"),
                Some("Class is not a CMDB class"),
            ));
        }
    }
    match (method, rest) {
        ("GET", []) => list(call, class),
        ("POST", []) => create(call, class),
        ("GET", [id]) => read(call, class, id),
        ("PUT" | "PATCH", [id]) => update(call, class, id),
        ("POST", [id, "relation"]) => relate(call, class, id),
        ("DELETE", [id, "relation", relation]) => unrelate(call, class, id, relation),
        _ => Err(Failure::method_not_allowed()),
    }
}

/// `GET /cmdb/meta/{class}`.
pub fn meta(call: &Call, class: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let dictionary = database.dictionary();
    let definition = dictionary.table(class).ok_or_else(Failure::no_record)?;
    if !dictionary.extends(class, "cmdb") {
        return Err(Failure::no_record());
    }
    let children: Vec<&str> = dictionary
        .tables()
        .filter(|table| table.super_class.as_deref() == Some(class))
        .map(|table| table.name.as_str())
        .collect();
    let display = dictionary.display_column(class);
    let is_own = |column: &Column| {
        definition
            .own_columns
            .iter()
            .any(|own| own.element == column.element)
    };
    // Flags are strings here, as recorded in the documentation; is_extendable alone is a boolean.
    let attributes: Vec<Value> = dictionary
        .columns(class)
        .iter()
        .map(|column| {
            json!({
                "element": column.element,
                "label": column.label,
                "type": column.internal_type.name(),
                "max_length": column.max_length.to_string(),
                "is_mandatory": "false",
                "is_inherited": (!is_own(column)).to_string(),
                "is_read_only": "false",
                "is_display": (display == Some(column.element.as_str())).to_string(),
                "default_value": null,
            })
        })
        .collect();
    Ok(Answer::result(
        200,
        &json!({
            "name": class,
            "label": definition.label,
            "parent": definition.super_class.as_deref().unwrap_or_default(),
            "children": children,
            "icon": "",
            "icon_url": "",
            "is_extendable": true,
            "attributes": attributes,
            "relationship_rules": [],
            "identification_rules": {},
        }),
    ))
}

fn list(call: &Call, class: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let viewer = call.instance.viewer(&database, &call.caller);
    let filter = list::filter(call, &database, class, &viewer);
    let page = Page {
        offset: call.request.number("sysparm_offset").unwrap_or(0),
        limit: call.request.number("sysparm_limit").unwrap_or(10_000),
        counted: false,
    };
    let asked = Asked::of(call, &database, class, &viewer, filter)?;
    let shown = |record: Record| {
        let name = Map::from_iter([("name".to_owned(), record.value("name").into())]);
        let mut row = readable_fields(&database, &asked.access, record, name);
        row.insert("sys_id".into(), record.sys_id().into());
        Value::Object(row)
    };
    let rows = asked.seen(&database, class, page).records;
    let rows = rows.into_iter().map(shown).collect();
    Ok(Answer::result(200, &rows))
}

fn read(call: &Call, class: &str, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, class, sys_id)?;
    Ok(Answer::result(200, &item(call, &database, record)))
}

fn create(call: &Call, class: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let mut database = call.instance.database.write();
    let attributes = attributes(&database, &body)?;
    let sys_id = Engine::new(call, &mut database).insert(class, &attributes)?;
    add_relations(call, &mut database, &sys_id, &body)?;
    let record = database
        .find(class, &sys_id)
        .ok_or_else(Failure::no_record)?;
    Ok(Answer::result(200, &item(call, &database, record)))
}

fn update(call: &Call, class: &str, sys_id: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let mut database = call.instance.database.write();
    let attributes = attributes(&database, &body)?;
    Engine::new(call, &mut database).update(class, sys_id, &attributes)?;
    let record = database
        .find(class, sys_id)
        .ok_or_else(Failure::no_record)?;
    Ok(Answer::result(200, &item(call, &database, record)))
}

fn relate(call: &Call, class: &str, sys_id: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let mut database = call.instance.database.write();
    record::find(call, &database, class, sys_id)?;
    add_relations(call, &mut database, sys_id, &body)?;
    let record = database
        .find(class, sys_id)
        .ok_or_else(Failure::no_record)?;
    Ok(Answer::result(200, &item(call, &database, record)))
}

fn unrelate(call: &Call, class: &str, sys_id: &str, relation: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    record::find(call, &database, class, sys_id)?;
    let ends = database
        .find("cmdb_rel_ci", relation)
        .map(|record| [record.value("parent"), record.value("child")]);
    if !ends.is_some_and(|ends| ends.contains(&sys_id)) {
        return Err(Failure::no_record());
    }
    database.remove("cmdb_rel_ci", relation);
    Ok(Answer::empty(204))
}

/// The attributes of a body, whose `source` must be a known discovery source.
fn attributes(
    database: &Database,
    body: &Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let source = body
        .get("source")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let column = database
        .table("cmdb_ci")
        .and_then(|table| table.column("discovery_source"));
    if column.is_none_or(|column| column.label_of(source).is_none()) {
        return Err(Failure::new(
            400,
            "Invalid source",
            Some("source must be a choice of discovery_source"),
        ));
    }
    let mut attributes = body
        .get("attributes")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    attributes.insert("discovery_source".into(), source.into());
    Ok(attributes)
}

fn add_relations(
    call: &Call,
    database: &mut Database,
    sys_id: &str,
    body: &Map<String, Value>,
) -> Result<(), Failure> {
    for (list, is_inbound) in [("inbound_relations", true), ("outbound_relations", false)] {
        for relation in body
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let (Some(kind), Some(target)) =
                (relation["type"].as_str(), relation["target"].as_str())
            else {
                return Err(Failure::new(
                    400,
                    "Invalid relation",
                    Some("type and target are required"),
                ));
            };
            let (parent, child) = if is_inbound {
                (target, sys_id)
            } else {
                (sys_id, target)
            };
            insert_relation(call, database, parent, child, kind);
        }
    }
    Ok(())
}

/// Adds a row to `cmdb_rel_ci` and gives its id.
pub fn insert_relation(
    call: &Call,
    database: &mut Database,
    parent: &str,
    child: &str,
    kind: &str,
) -> String {
    let viewer = call.instance.viewer(database, &call.caller);
    let sys_id = call.instance.identifiers.write().sys_id();
    let stamp = stamp_of(&viewer);
    database.insert("cmdb_rel_ci", |element| match element {
        "sys_id" => &sys_id,
        "parent" => parent,
        "child" => child,
        "type" => kind,
        _ => stamp.get(element).map_or("", String::as_str),
    });
    sys_id
}

fn item(call: &Call, database: &Database, record: Record<'_>) -> Value {
    let attributes: Map<String, Value> = record
        .class
        .columns()
        .iter()
        .enumerate()
        .map(|(position, column)| {
            (
                column.element.clone(),
                attribute(call, database, column, record.row.value(position)),
            )
        })
        .collect();
    let viewer = call.instance.viewer(database, &call.caller);
    let access = Access::of(&call.instance.rules.read(), database, &viewer);
    json!({
        "attributes": readable_fields(database, &access, record, attributes),
        "outbound_relations": relations(call, database, "parent", "child", record.sys_id()),
        "inbound_relations": relations(call, database, "child", "parent", record.sys_id()),
    })
}

fn attribute(call: &Call, database: &Database, column: &Column, value: &str) -> Value {
    match column.reference_target().filter(|_| !value.is_empty()) {
        None => value.into(),
        Some(target) => json!({
            "display_value": display_value(database, column, value, &Locale::of_user(None)),
            "link": format!("{}/api/now/table/{target}/{value}", call.request.base_url),
            "value": value,
        }),
    }
}

fn relations(call: &Call, database: &Database, near: &str, far: &str, sys_id: &str) -> Value {
    let Some(table) = database.table("cmdb_rel_ci") else {
        return json!([]);
    };
    let rows = table
        .rows_where(near, sys_id)
        .map(|row| Record { class: table, row });
    let relations = rows.map(|relation| {
        let target = relation.value(far);
        let name = database
            .find("cmdb_ci", target)
            .map_or("", |record| record.value("name"));
        let kind = table
            .column("type")
            .map(|column| attribute(call, database, column, relation.value("type")));
        json!({
            "sys_id": relation.sys_id(),
            "type": kind,
            "target": {
                "display_value": name,
                "link": format!("{}/api/now/cmdb/instance/cmdb_ci/{target}", call.request.base_url),
                "value": target,
            },
        })
    });
    relations.collect()
}
