//! Record producers: variables that become the fields of a record.

use super::{
    Answer, Call, Engine, Failure, PRODUCERS, body_fields, json, orderable, record, sent_variables,
};

pub fn submit(call: &Call, id: &str) -> Result<Answer, Failure> {
    let body = body_fields(call.request)?;
    let mut database = call.instance.database.write();
    let producer = record::find(call, &database, PRODUCERS, id)?;
    let table = orderable(producer)?.value("table_name").to_owned();
    let variables = sent_variables(&database, id, &body)?;
    let sys_id = Engine::new(call, &mut database).insert(&table, &variables)?;
    let number = database
        .find(&table, &sys_id)
        .map_or("", |record| record.value("number"));
    let parent = database
        .dictionary()
        .table(&table)
        .and_then(|table| table.super_class.as_deref());
    Ok(Answer::result(
        200,
        &json!({
            "sys_id": sys_id,
            "number": number,
            "parent_table": parent.unwrap_or(&table),
            "record": format!("api/now/table/{table}/{sys_id}"),
            "redirect_portal_url": format!("?id=ticket&table={table}&sys_id={sys_id}"),
            "redirect_url": format!("{table}.do?sys_id={sys_id}"),
            "table": table,
            "redirect_to": "generated_record",
        }),
    ))
}
