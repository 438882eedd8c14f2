//! `GET /table/{table}/{id}`, and the one-record answer that writes give as well.

use super::{Call, attachment, render::Renderer};
use crate::{
    answer::{Answer, Failure},
    database::{Database, Record},
    rules::Access,
};

pub fn read(call: &Call, table: &str, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    if database.table(table).is_none() {
        return Err(Failure::invalid_table(table));
    }
    let record = find(call, &database, table, sys_id)?;
    Ok(answer(call, &database, table, record, 200))
}

/// A record that the caller may read; one it may not read is one that is not there.
pub fn find<'a>(
    call: &Call,
    database: &'a Database,
    table: &str,
    sys_id: &str,
) -> Result<Record<'a>, Failure> {
    let viewer = call.instance.viewer(database, &call.caller);
    let access = Access::of(&call.instance.rules.read(), database, &viewer);
    database
        .find(table, sys_id)
        .filter(|record| attachment::is_readable(database, &access, *record))
        .ok_or_else(Failure::no_record)
}

/// `{"result":{…}}`, by the fields and display switches of the request.
pub fn answer(
    call: &Call,
    database: &Database,
    table: &str,
    record: Record<'_>,
    status: u16,
) -> Answer {
    let viewer = call.instance.viewer(database, &call.caller);
    let access = Access::of(&call.instance.rules.read(), database, &viewer);
    let base = call.path.table_base(call.request);
    let mut renderer = Renderer::new(
        database,
        table,
        call.request,
        &base,
        &viewer.locale,
        &access,
    );
    if call.instance.settings.read().permuted {
        renderer.permute(&mut call.instance.identifiers.write());
    }
    let mut answer = Answer::of_body(
        status,
        "application/json;charset=UTF-8",
        b"{\"result\":".to_vec(),
    );
    renderer.row(&mut answer.body, record);
    answer.body.push(b'}');
    answer
}
