//! What clients use to discover tables and columns beside the tables that describe them.

use serde_json::{Map, Value, json};

use super::Call;
use crate::{
    answer::{Answer, Failure},
    dictionary::Column,
};

/// `GET /doc/table/schema`: all tables.
pub fn tables(call: &Call) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let tables: Vec<Value> = database
        .dictionary()
        .tables()
        .map(|table| json!({ "label": table.label, "value": table.name, "reference": "" }))
        .collect();
    Ok(Answer::result(200, &Value::Array(tables)))
}

/// `GET /doc/table/schema/{table}`: its columns and their types.
pub fn columns(call: &Call, table: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let table = database
        .table(table)
        .ok_or_else(|| Failure::invalid_table(table))?;
    let columns: Vec<Value> = table
        .columns()
        .iter()
        .map(|column| {
            json!({
                "label": column.label,
                "internalType": column.internal_type.name(),
                "exampleValue": "",
                "name": column.element,
            })
        })
        .collect();
    Ok(Answer::result(200, &Value::Array(columns)))
}

/// `GET /ui/meta/{table}`: its columns with choices.
pub fn meta(call: &Call, table: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let table = database
        .table(table)
        .ok_or_else(|| Failure::invalid_table(table))?;
    let columns: Map<String, Value> = table
        .columns()
        .iter()
        .map(|column| (column.element.clone(), described(column)))
        .collect();
    Ok(Answer::result(200, &json!({ "columns": columns })))
}

fn described(column: &Column) -> Value {
    let mut described = json!({
        "label": column.label,
        "name": column.element,
        "type": column.internal_type.name(),
        "internal_type": column.internal_type.name(),
        "base_type": column.internal_type.name(),
        "max_length": column.max_length,
        "mandatory": false,
        "read_only": false,
    });
    if let Some(reference) = &column.reference {
        described["reference"] = reference.as_str().into();
    }
    if !column.choices.is_empty() {
        described["choices"] = column
            .choices
            .iter()
            .map(|choice| json!({ "label": choice.label, "value": choice.value }))
            .collect();
    }
    described
}
