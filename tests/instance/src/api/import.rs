//! The Import Set API: rows into a staging table, and from there through transform maps.
//!
//! The status of the request does not tell how the transform went: each map has its own result.

use serde_json::{Map, Value, json};

use super::{
    Call,
    engine::{Engine, stamp_of},
    record,
    write::{body_fields, body_json},
};
use crate::{
    answer::{Answer, Failure},
    collation::equals_ignoring_case,
    database::{Database, Record},
    transform::TransformMap,
};

pub fn insert(call: &Call, staging: &str) -> Result<Answer, Failure> {
    let fields = body_fields(call.request)?;
    let mut database = call.instance.database.write();
    let import = Import::begin(call, &mut database, staging)?;
    let results = import.row(&mut database, &fields)?;
    Ok(Answer::json(
        201,
        &json!({ "import_set": import.number, "staging_table": staging, "result": results }),
    ))
}

/// `POST …/insertMultiple`: all rows at once, and a set to ask after.
pub fn insert_multiple(call: &Call, staging: &str) -> Result<Answer, Failure> {
    let body = body_json(call.request)?;
    let records = body["records"]
        .as_array()
        .ok_or_else(|| Failure::unreadable("records is missing"))?;
    let mut database = call.instance.database.write();
    let import = Import::begin(call, &mut database, staging)?;
    for record in records.iter().filter_map(Value::as_object) {
        import.row(&mut database, record)?;
    }
    let multi = call.instance.identifiers.write().sys_id();
    Ok(Answer::json(
        201,
        &json!({ "import_set_id": import.sys_id, "multi_import_set_id": multi }),
    ))
}

pub fn read(call: &Call, staging: &str, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, staging, sys_id)?;
    let set = database.find("sys_import_set", record.value("sys_import_set"));
    let target = (
        record.value("sys_target_table"),
        record.value("sys_target_sys_id"),
    );
    let mut result = json!({ "transform_map": record.value("sys_transform_map"), "status": record.value("sys_import_state") });
    if let Some(target_record) = database.find(target.0, target.1) {
        describe_target(call, &database, target.0, target_record, &mut result);
    }
    Ok(Answer::json(
        200,
        &json!({
            "import_set": set.map_or("", |set| set.value("number")),
            "staging_table": staging,
            "result": [result],
        }),
    ))
}

/// One import set on its way.
struct Import<'a> {
    call: &'a Call<'a>,
    staging: &'a str,
    maps: Vec<TransformMap>,
    sys_id: String,
    number: String,
}

impl<'a> Import<'a> {
    fn begin(
        call: &'a Call<'a>,
        database: &mut Database,
        staging: &'a str,
    ) -> Result<Self, Failure> {
        if database.table(staging).is_none() {
            return Err(Failure::invalid_table(staging));
        }
        let viewer = call.instance.viewer(database, &call.caller);
        let number = database.next_number("sys_import_set").unwrap_or_default();
        let sys_id = call.instance.identifiers.write().sys_id();
        let stamp = stamp_of(&viewer);
        database.insert("sys_import_set", |element| match element {
            "sys_id" => &sys_id,
            "number" => &number,
            "state" => "processed",
            "table_name" => staging,
            _ => stamp.get(element).map_or("", String::as_str),
        });
        let maps = call.instance.transform_maps.read();
        let maps = maps
            .iter()
            .filter(|map| map.source == staging)
            .cloned()
            .collect();
        Ok(Import {
            call,
            staging,
            maps,
            sys_id,
            number,
        })
    }

    /// Stages one row and transforms it; one result for each map.
    fn row(
        &self,
        database: &mut Database,
        fields: &Map<String, Value>,
    ) -> Result<Vec<Value>, Failure> {
        let mut staged: Map<String, Value> = Map::new();
        for (name, value) in fields {
            if let Some(element) = element_called(database, self.staging, name) {
                staged.insert(element, Value::String(flattened(value)));
            }
        }
        let row_id = Engine::new(self.call, database).insert(self.staging, &staged)?;
        let mut results = Vec::new();
        for map in &self.maps {
            results.push(self.transform(database, map, &staged, &row_id));
        }
        if results.is_empty() {
            results.push(json!({ "transform_map": "", "status": "error", "error_message": "No transform map found" }));
        }
        Ok(results)
    }

    fn transform(
        &self,
        database: &mut Database,
        map: &TransformMap,
        staged: &Map<String, Value>,
        row_id: &str,
    ) -> Value {
        let values: Map<String, Value> = map
            .fields
            .iter()
            .filter_map(|(source, target)| Some((target.clone(), staged.get(source)?.clone())))
            .collect();
        let existing = coalesced(database, map, &values);
        let outcome = {
            let mut engine = Engine::new(self.call, database);
            match existing {
                Some(sys_id) => engine
                    .update(&map.target, &sys_id, &values)
                    .map(|changed| (sys_id, if changed { "updated" } else { "ignored" })),
                None => engine
                    .insert(&map.target, &values)
                    .map(|sys_id| (sys_id, "inserted")),
            }
        };
        let (sys_id, status) = match outcome {
            Ok(done) => done,
            Err(failure) => {
                let reason = failure.detail.unwrap_or(failure.message);
                self.note(database, map, row_id, "error", "");
                return json!({ "transform_map": map.name, "table": map.target, "status": "error", "error_message": reason });
            }
        };
        self.note(database, map, row_id, status, &sys_id);
        let mut result = json!({ "transform_map": map.name, "status": status });
        if let Some(record) = database.find(&map.target, &sys_id) {
            describe_target(self.call, database, &map.target, record, &mut result);
        }
        result
    }

    fn note(
        &self,
        database: &mut Database,
        map: &TransformMap,
        row_id: &str,
        status: &str,
        target: &str,
    ) {
        let noted = [
            ("sys_import_set", self.sys_id.as_str()),
            ("sys_import_state", status),
            ("sys_transform_map", &map.name),
            ("sys_target_table", &map.target),
            ("sys_target_sys_id", target),
        ];
        let Some(table) = database.table(self.staging) else {
            return;
        };
        let changes: Vec<(usize, String)> = noted
            .iter()
            .filter_map(|(element, value)| Some((table.position(element)?, (*value).to_owned())))
            .collect();
        database.update(self.staging, row_id, &changes);
    }
}

fn describe_target(
    call: &Call,
    database: &Database,
    table: &str,
    record: Record<'_>,
    result: &mut Value,
) {
    let display = database
        .dictionary()
        .display_column(table)
        .unwrap_or("sys_id");
    result["table"] = table.into();
    result["display_name"] = display.into();
    result["display_value"] = record.value(display).into();
    result["record_link"] = format!(
        "{}/api/now/table/{table}/{}",
        call.request.base_url,
        record.sys_id()
    )
    .into();
    result["sys_id"] = record.sys_id().into();
}

/// A column by its name or by its label, as `insertMultiple` takes it.
fn element_called(database: &Database, table: &str, name: &str) -> Option<String> {
    let columns = database.table(table)?.columns();
    let column = columns
        .iter()
        .find(|column| column.element == name || column.label.eq_ignore_ascii_case(name))?;
    Some(column.element.clone())
}

/// The record of the target or of a class that extends it whose coalesce fields have these values, in any case.
fn coalesced(
    database: &Database,
    map: &TransformMap,
    values: &Map<String, Value>,
) -> Option<String> {
    let first = map.coalesce.first()?;
    let wanted = |element: &str| {
        values
            .get(element)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_lowercase()
    };
    let key = wanted(first);
    if key.is_empty() {
        return None;
    }
    let same = |record: &Record| {
        map.coalesce
            .iter()
            .all(|element| equals_ignoring_case(record.value(element), &wanted(element)))
    };
    database
        .classes(&map.target)
        .flat_map(|class| {
            let rows = class.rows_where(first, &key);
            let records: Vec<Record> = rows.map(|row| Record { class, row }).collect();
            records
        })
        .find(same)
        .map(|record| record.sys_id().to_owned())
}

/// Values are text; an object inside is written with `=` for `:`.
fn flattened(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}={}", flattened(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(flattened).collect::<Vec<_>>().join(", ")
        ),
        other => super::input::text(other),
    }
}
