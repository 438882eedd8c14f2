//! Configuration items of a change: affected ones, impacted services, service offerings.

use serde_json::{Map, Value, json};

use super::{Call, TABLE, list_of, worker};
use crate::{
    answer::{Answer, Failure},
    api::{engine::Engine, input, record, write::body_fields},
    database::{Database, Record},
};

/// How an item can belong to a change: the table, and the column that names it.
#[derive(Clone, Copy)]
struct Association {
    name: &'static str,
    table: &'static str,
    item: &'static str,
}

const ASSOCIATIONS: [Association; 3] = [
    Association {
        name: "affected",
        table: "task_ci",
        item: "ci_item",
    },
    Association {
        name: "impacted",
        table: "task_cmdb_ci_service",
        item: "cmdb_ci_service",
    },
    Association {
        name: "offering",
        table: "task_service_offering",
        item: "service_offering",
    },
];

fn association(name: Option<&str>) -> Result<Association, Failure> {
    ASSOCIATIONS
        .into_iter()
        .find(|known| Some(known.name) == name)
        .ok_or_else(|| {
            Failure::new(
                400,
                "Invalid association_type",
                Some("association_type is affected, impacted or offering"),
            )
        })
}

/// `?association_type=…`
pub fn list(call: &Call, change: &str) -> Result<Answer, Failure> {
    let association = association(call.request.parameter("association_type"))?;
    list_of(call, change, association.table, "task")
}

/// `{"association_type":"affected","cmdb_ci_sys_ids":["…"]}`; the ids may be one text with commas.
pub fn add(call: &Call, change: &str) -> Result<Answer, Failure> {
    let fields = body_fields(call.request)?;
    let association = association(fields.get("association_type").and_then(Value::as_str))?;
    let named = fields
        .get("cmdb_ci_sys_ids")
        .map(input::text)
        .unwrap_or_default();
    let ids: Vec<&str> = named
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .collect();
    let mut database = call.instance.database.write();
    record::find(call, &database, TABLE, change)?;
    if ids.is_empty() {
        return Err(Failure::new(400, "cmdb_ci_sys_ids is missing", None));
    }
    let (mut added, mut ignored) = (Vec::new(), Vec::new());
    for id in ids {
        let is_new = database.find("cmdb_ci", id).is_some()
            && of_change(&database, association, change)
                .all(|record| record.value(association.item) != id);
        if is_new {
            let mut row = Map::new();
            row.insert("task".into(), change.into());
            row.insert(association.item.into(), id.into());
            Engine::new(call, &mut database).insert(association.table, &row)?;
            added.push(id);
        } else {
            ignored.push(id);
        }
    }
    let request = json!({
        "change_sys_id": change, "association_type": association.name, "cmdb_ci_sys_ids": named,
    });
    let outcome = json!({ "added": added, "ignored": ignored });
    Ok(worker::begun(call, request, outcome))
}

/// The services that depend on an affected item become the impacted ones.
pub fn refresh_services(call: &Call, change: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    record::find(call, &database, TABLE, change)?;
    let [affected, impacted, _] = ASSOCIATIONS;
    let old: Vec<String> = of_change(&database, impacted, change)
        .map(|record| record.sys_id().to_owned())
        .collect();
    for sys_id in old {
        database.remove(impacted.table, &sys_id);
    }
    let services = services_of(&database, &items(&database, affected, change));
    for service in &services {
        let mut row = Map::new();
        row.insert("task".into(), change.into());
        row.insert(impacted.item.into(), service.as_str().into());
        Engine::new(call, &mut database).insert(impacted.table, &row)?;
    }
    let outcome = json!({ "impacted": services });
    Ok(worker::begun(
        call,
        json!({ "change_sys_id": change }),
        outcome,
    ))
}

/// The ids of what a change touches: its own item, and those that were added as affected.
pub fn touched(database: &Database, change: Record<'_>) -> Vec<String> {
    let own = change.value("cmdb_ci");
    let mut touched = items(database, ASSOCIATIONS[0], change.sys_id());
    if !own.is_empty() && !touched.iter().any(|id| id == own) {
        touched.push(own.to_owned());
    }
    touched
}

fn items(database: &Database, association: Association, change: &str) -> Vec<String> {
    of_change(database, association, change)
        .map(|record| record.value(association.item).to_owned())
        .collect()
}

fn of_change<'a>(
    database: &'a Database,
    association: Association,
    change: &str,
) -> impl Iterator<Item = Record<'a>> + use<'a> {
    let class = database.table(association.table);
    let rows: Vec<_> = class
        .map(|class| class.rows_where("task", change).collect())
        .unwrap_or_default();
    rows.into_iter()
        .filter_map(move |row| class.map(|class| Record { class, row }))
}

/// The parents of relations whose child is one of the items, as far as they are services.
fn services_of(database: &Database, items: &[String]) -> Vec<String> {
    let Some(relations) = database.table("cmdb_rel_ci") else {
        return Vec::new();
    };
    let mut services: Vec<String> = items
        .iter()
        .flat_map(|item| relations.rows_where("child", item))
        .map(|row| Record {
            class: relations,
            row,
        })
        .map(|relation| relation.value("parent").to_owned())
        .filter(|parent| database.find("cmdb_ci_service", parent).is_some())
        .collect();
    services.sort();
    services.dedup();
    services
}
