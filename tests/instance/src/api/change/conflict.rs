//! Conflicts: other changes of the same items at the same time.

use serde_json::{Map, Value, json};

use super::{Call, TABLE, items, rendered, worker};
use crate::{
    answer::{Answer, Failure},
    api::{engine::Engine, record},
    database::{Database, Record},
};

const CONFLICTS: &str = "conflict";

/// `/{change}/conflict`: checks, tells, or gives up the check.
pub fn answer(call: &Call, method: &str, change: &str) -> Result<Answer, Failure> {
    match method {
        "GET" => read(call, change),
        "POST" => check(call, change),
        "DELETE" => cancel(call, change),
        _ => Err(Failure::method_not_allowed()),
    }
}

fn read(call: &Call, change: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let viewer = call.instance.viewer(&database, &call.caller);
    let record = record::find(call, &database, TABLE, change)?;
    let change = rendered(call, &database, &viewer, record);
    let conflicts: Vec<Value> = of_change(&database, record.sys_id())
        .map(|conflict| rendered(call, &database, &viewer, conflict))
        .collect();
    Ok(Answer::result(
        200,
        &json!({
            "state": { "value": "Completed", "display_value": "Completed" },
            "conflict_status": change["conflict_status"],
            "conflict_last_run": change["conflict_last_run"],
            "conflicts": conflicts,
        }),
    ))
}

fn check(call: &Call, change: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    let record = record::find(call, &database, TABLE, change)?;
    let window = (record.value("start_date"), record.value("end_date"));
    if window.0.is_empty() || window.1.is_empty() {
        return Err(Failure::new(
            400,
            "Conflict check failed",
            Some("the change has no planned start and end"),
        ));
    }
    let touched = items::touched(&database, record);
    let found = overlapping(&database, record, &touched);
    forget(&mut database, change);
    for (other, item) in &found {
        let mut row = Map::new();
        row.insert("change".into(), change.into());
        row.insert("conflicting_change".into(), other.as_str().into());
        row.insert("configuration_item".into(), item.as_str().into());
        row.insert("type".into(), "ci_already_scheduled".into());
        Engine::new(call, &mut database).insert(CONFLICTS, &row)?;
    }
    let status = if found.is_empty() {
        "No Conflict"
    } else {
        "Conflict"
    };
    set_status(call, &mut database, change, status)?;
    let outcome = json!({ "conflict_status": status, "conflicts": found.len() });
    Ok(worker::begun(
        call,
        json!({ "change_sys_id": change }),
        outcome,
    ))
}

fn cancel(call: &Call, change: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    record::find(call, &database, TABLE, change)?;
    forget(&mut database, change);
    set_status(call, &mut database, change, "Not Run")?;
    Ok(Answer::result(200, &Value::Null))
}

/// Other changes whose planned time overlaps, each with an item that both touch.
fn overlapping(
    database: &Database,
    change: Record<'_>,
    touched: &[String],
) -> Vec<(String, String)> {
    let (start, end) = (change.value("start_date"), change.value("end_date"));
    let others = change.class.rows().map(|row| Record {
        class: change.class,
        row,
    });
    others
        .filter(|other| other.sys_id() != change.sys_id())
        .filter(|other| {
            let (from, to) = (other.value("start_date"), other.value("end_date"));
            !from.is_empty() && from < end && start < to
        })
        .filter_map(|other| {
            let common = items::touched(database, other)
                .into_iter()
                .find(|item| touched.contains(item))?;
            Some((other.sys_id().to_owned(), common))
        })
        .collect()
}

fn set_status(
    call: &Call,
    database: &mut Database,
    change: &str,
    status: &str,
) -> Result<(), Failure> {
    let mut fields = Map::new();
    fields.insert("conflict_status".into(), status.into());
    let now = crate::clock::wire_text(call.instance.clock.now());
    fields.insert("conflict_last_run".into(), now.into());
    Engine::new(call, database)
        .update(TABLE, change, &fields)
        .map(|_| ())
}

fn of_change<'a>(
    database: &'a Database,
    change: &str,
) -> impl Iterator<Item = Record<'a>> + use<'a> {
    let class = database.table(CONFLICTS);
    let rows: Vec<_> = class
        .map(|class| class.rows_where("change", change).collect())
        .unwrap_or_default();
    rows.into_iter()
        .filter_map(move |row| class.map(|class| Record { class, row }))
}

fn forget(database: &mut Database, change: &str) {
    let old: Vec<String> = of_change(database, change)
        .map(|conflict| conflict.sys_id().to_owned())
        .collect();
    for sys_id in old {
        database.remove(CONFLICTS, &sys_id);
    }
}
