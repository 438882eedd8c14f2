//! The Attachment API: metadata in `sys_attachment`, bytes in the store.
//!
//! An attachment is seen by those who may read the record it hangs on.

mod attributes;
mod multipart;
mod upload;

pub use attributes::attributes;
pub use upload::{upload_form, upload_raw};

use serde_json::{Map, Value};

use super::{Call, engine::Engine, list, record, render, write::body_fields};
use crate::{
    answer::{Answer, Failure},
    database::{Database, Record},
    instance::Instance,
    rules::{Access, Operation},
};

/// The table of attachment records.
pub const TABLE: &str = "sys_attachment";

/// What `sysparm_limit` is for attachments.
const DEFAULT_LIMIT: usize = 1_000;

pub fn list(call: &Call) -> Result<Answer, Failure> {
    let base_url = &call.request.base_url;
    list::rows(call, TABLE, DEFAULT_LIMIT, |out, record| {
        add_download_link(out, base_url, record.sys_id())
    })
}

pub fn read(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = visible(call, &database, sys_id)?;
    Ok(metadata_answer(call, &database, record, 200))
}

pub fn download(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = visible(call, &database, sys_id)?;
    let content = call.instance.attachments.find(sys_id);
    let metadata: Value =
        serde_json::from_slice(&metadata_answer(call, &database, record, 200).body)
            .unwrap_or_default();
    let mut answer = Answer::empty(200)
        .with("Content-Type", record.value("content_type"))
        .with(
            "X-Attachment-Metadata",
            &in_ascii(&metadata["result"].to_string()),
        );
    answer.content = Some(content.ok_or_else(Failure::no_record)?);
    Ok(answer)
}

/// `{"file_name":"…"}`; nothing else of an attachment can be changed here.
pub fn rename(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let fields = body_fields(call.request)?;
    let name = fields
        .get("file_name")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Failure::unreadable("file_name is missing"))?;
    upload::check_extension(call, name)?;
    let mut database = call.instance.database.write();
    visible(call, &database, sys_id)?;
    let mut renamed = Map::new();
    renamed.insert("file_name".into(), name.into());
    Engine::new(call, &mut database).update(TABLE, sys_id, &renamed)?;
    Ok(Answer::empty(204))
}

pub fn delete(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    visible(call, &database, sys_id)?;
    Engine::new(call, &mut database).delete(TABLE, sys_id)?;
    Ok(Answer::empty(204))
}

/// Takes along what hangs on a record that is deleted: its attachments, or the bytes and attributes of
/// an attachment.
pub fn record_deleted(instance: &Instance, database: &mut Database, table: &str, sys_id: &str) {
    if table == TABLE {
        instance.attachments.remove(sys_id);
        attributes::remove_all(database, sys_id);
        return;
    }
    let Some(attachments) = database.table(TABLE) else {
        return;
    };
    let of_record: Vec<String> = attachments
        .rows_where("table_sys_id", sys_id)
        .map(|row| Record {
            class: attachments,
            row,
        })
        .filter(|record| {
            database
                .dictionary()
                .extends(table, record.value("table_name"))
        })
        .map(|record| record.sys_id().to_owned())
        .collect();
    for sys_id in of_record {
        database.remove(TABLE, &sys_id);
        record_deleted(instance, database, TABLE, &sys_id);
    }
}

/// Whether a record may be read; of an attachment, whether the record it hangs on may be as well. Of one that is
/// gone, there is nothing to hide.
pub fn is_readable(database: &Database, access: &Access, record: Record<'_>) -> bool {
    let hangs_on = || {
        let (table, sys_id) = (record.value("table_name"), record.value("table_sys_id"));
        database.find(table, sys_id)
    };
    access.allows(database, Operation::Read, record)
        && (record.class.name() != TABLE
            || hangs_on().is_none_or(|record| access.allows(database, Operation::Read, record)))
}

/// An attachment the caller may see.
fn visible<'a>(call: &Call, database: &'a Database, sys_id: &str) -> Result<Record<'a>, Failure> {
    record::find(call, database, TABLE, sys_id)
}

fn metadata_answer(call: &Call, database: &Database, record: Record<'_>, status: u16) -> Answer {
    let mut answer = record::answer(call, database, TABLE, record, status);
    answer.body.pop();
    add_download_link(&mut answer.body, &call.request.base_url, record.sys_id());
    answer.body.push(b'}');
    answer
}

/// Adds the one member that is no column to a row that has just been written.
fn add_download_link(out: &mut Vec<u8>, base_url: &str, sys_id: &str) {
    let closing = out.pop();
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.extend_from_slice(b"\"download_link\":");
    render::text(out, &format!("{base_url}/api/now/attachment/{sys_id}/file"));
    out.extend(closing);
}

/// The same JSON with escapes for what a header cannot carry.
fn in_ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text += &format!("\\u{unit:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_a_header_is_ascii_and_says_the_same() {
        let value = Value::from("Zürich 😀 \"x\"\n");
        let text = in_ascii(&value.to_string());
        assert!(text.is_ascii());
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
