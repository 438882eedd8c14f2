//! The Attachment API: metadata in `sys_attachment`, bytes on disk.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{Call, engine::stamp_of, list, multipart::Multipart, record};
use crate::{
    answer::{Answer, Failure},
    attachments::Upload,
    database::{Database, Record},
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
    let record = database
        .find(TABLE, sys_id)
        .ok_or_else(Failure::no_record)?;
    Ok(metadata_answer(call, &database, record, 200))
}

pub fn download(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = database
        .find(TABLE, sys_id)
        .ok_or_else(Failure::no_record)?;
    let file = call
        .instance
        .attachments
        .open(sys_id)
        .map_err(|_| Failure::no_record())?;
    let metadata: Value =
        serde_json::from_slice(&metadata_answer(call, &database, record, 200).body)
            .unwrap_or_default();
    let mut answer = Answer::empty(200)
        .with("Content-Type", record.value("content_type"))
        .with("X-Attachment-Metadata", &metadata["result"].to_string());
    answer.file = Some(Arc::new(file));
    Ok(answer)
}

/// `POST /attachment/file?table_name=…&table_sys_id=…&file_name=…`
pub fn upload_raw(call: &Call) -> Result<Answer, Failure> {
    let parameter = |name: &str| {
        call.request
            .parameter(name)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    };
    let content_type = call
        .request
        .header("content-type")
        .unwrap_or_default()
        .to_owned();
    let about = About {
        table_name: parameter("table_name"),
        table_sys_id: parameter("table_sys_id"),
        file_name: parameter("file_name"),
        content_type,
    };
    let upload = whole_body(call)?;
    store(call, about, upload)
}

/// `POST /attachment/upload`, multipart.
pub fn upload_form(call: &Call) -> Result<Answer, Failure> {
    let content_type = call.request.header("content-type").unwrap_or_default();
    let body = whole_body(call)?;
    let form = Multipart::read(content_type, &body)
        .ok_or_else(|| Failure::unreadable("Failed to parse multipart request"))?;
    let field = |name: &str| {
        form.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let upload = call
        .instance
        .attachments
        .part(&body, form.file.0, form.file.1)
        .map_err(unstorable)?;
    let about = About {
        table_name: field("table_name"),
        table_sys_id: field("table_sys_id"),
        file_name: Some(form.file_name.clone()),
        content_type: form.content_type.clone(),
    };
    store(call, about, upload)
}

pub fn rename(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let body: Value = serde_json::from_slice(&call.request.body)
        .map_err(|error| Failure::unreadable(&error.to_string()))?;
    let mut database = call.instance.database.write();
    let record = database
        .find(TABLE, sys_id)
        .ok_or_else(Failure::no_record)?;
    let position = record.class.position("file_name");
    if let (Some(position), Some(name)) = (position, body["file_name"].as_str()) {
        database.update(TABLE, sys_id, &[(position, name.to_owned())]);
    }
    Ok(Answer::empty(204))
}

pub fn delete(call: &Call, sys_id: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    database
        .remove(TABLE, sys_id)
        .ok_or_else(Failure::no_record)?;
    call.instance.attachments.remove(sys_id);
    Ok(Answer::empty(204))
}

/// Takes the attachments of a record along with it.
pub fn delete_all_of(call: &Call, database: &mut Database, table: &str, table_sys_id: &str) {
    let Some(attachments) = database.table(TABLE) else {
        return;
    };
    let of_record: Vec<String> = attachments
        .rows_where("table_sys_id", table_sys_id)
        .map(|row| Record {
            class: attachments,
            row,
        })
        .filter(|record| record.value("table_name") == table)
        .map(|record| record.sys_id().to_owned())
        .collect();
    for sys_id in of_record {
        database.remove(TABLE, &sys_id);
        call.instance.attachments.remove(&sys_id);
    }
}

struct About {
    table_name: Option<String>,
    table_sys_id: Option<String>,
    file_name: Option<String>,
    content_type: String,
}

fn store(call: &Call, about: About, upload: Upload) -> Result<Answer, Failure> {
    let (Some(table), Some(table_sys_id), Some(file_name)) =
        (about.table_name, about.table_sys_id, about.file_name)
    else {
        return Err(Failure::new(
            400,
            "Missing required parameter",
            Some("table_name, table_sys_id and file_name are required"),
        ));
    };
    if about.content_type.is_empty() {
        return Err(Failure::unreadable("Content-Type header is missing"));
    }
    check_limits(call, &file_name, upload.bytes)?;
    let mut database = call.instance.database.write();
    if database.table(&table).is_none() {
        return Err(Failure::invalid_table(&table));
    }
    database
        .find(&table, &table_sys_id)
        .ok_or_else(Failure::no_record)?;
    let viewer = call.instance.viewer(&database, &call.caller);
    let sys_id = call.instance.identifiers.write().sys_id();
    let size = upload.bytes.to_string();
    let mut values: BTreeMap<String, String> = stamp_of(&viewer);
    for (element, value) in [
        ("sys_id", sys_id.as_str()),
        ("table_name", &table),
        ("table_sys_id", &table_sys_id),
        ("file_name", &file_name),
        ("content_type", &about.content_type),
        ("size_bytes", &size),
        ("size_compressed", &size),
        ("compressed", "true"),
        ("hash", &upload.hash),
        ("state", "available"),
        ("chunk_size_bytes", "700000"),
    ] {
        values.insert(element.to_owned(), value.to_owned());
    }
    call.instance
        .attachments
        .keep(upload, &sys_id)
        .map_err(unstorable)?;
    database.insert(TABLE, |element| {
        values.get(element).map_or("", String::as_str)
    });
    let record = database
        .find(TABLE, &sys_id)
        .ok_or_else(Failure::no_record)?;
    let location = format!("{}/api/now/attachment/{sys_id}", call.request.base_url);
    Ok(metadata_answer(call, &database, record, 201).with("Location", &location))
}

fn check_limits(call: &Call, file_name: &str, bytes: u64) -> Result<(), Failure> {
    let settings = call.instance.settings.read();
    if bytes > settings.attachment_max_bytes {
        return Err(Failure::too_large(bytes, settings.attachment_max_bytes));
    }
    let extension = file_name
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    let allowed = &settings.attachment_extensions;
    if !allowed.is_empty()
        && !allowed
            .iter()
            .any(|known| known.eq_ignore_ascii_case(extension))
    {
        return Err(Failure::operation_failed(&format!(
            "File type is not allowed: {extension}"
        )));
    }
    Ok(())
}

/// The body as a file: it came as one, or, inside a batch, in memory.
fn whole_body(call: &Call) -> Result<Upload, Failure> {
    if let Some(upload) = call
        .request
        .upload
        .lock()
        .ok()
        .and_then(|mut upload| upload.take())
    {
        return Ok(upload);
    }
    let mut incoming = call.instance.attachments.receive().map_err(unstorable)?;
    std::io::Write::write_all(&mut incoming, &call.request.body).map_err(unstorable)?;
    incoming.finish().map_err(unstorable)
}

fn unstorable(error: std::io::Error) -> Failure {
    Failure::new(
        500,
        "Exception while executing request: null",
        Some(&error.to_string()),
    )
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
    super::render::text(out, &format!("{base_url}/api/now/attachment/{sys_id}/file"));
    out.extend(closing);
}
