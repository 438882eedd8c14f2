//! Uploads, raw and as a form.

use std::{collections::BTreeMap, io::Write};

use super::{Call, TABLE, metadata_answer, multipart::Multipart};
use crate::{
    answer::{Answer, Failure},
    api::engine::stamp_of,
    attachments::{Incoming, Upload},
    clock::parse_wire,
    database::{Record, Row},
    rules::{Access, Operation, check_write, roles_of},
};

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
        creation_time: parameter("creation_time"),
        encryption_context: parameter("encryption_context"),
    };
    let upload = whole_body(call)?;
    store(call, about, upload)
}

/// `POST /attachment/upload`, multipart.
pub fn upload_form(call: &Call) -> Result<Answer, Failure> {
    let content_type = call.request.header("content-type").unwrap_or_default();
    let body = whole_body(call)?;
    let form = Multipart::read(content_type, &body.content)
        .ok_or_else(|| Failure::unreadable("Failed to parse multipart request"))?;
    let field = |name: &str| {
        form.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let upload = body
        .content
        .part(form.file.0, form.file.1)
        .map_err(unstorable)?;
    let about = About {
        table_name: field("table_name"),
        table_sys_id: field("table_sys_id"),
        file_name: Some(form.file_name.clone()).filter(|name| !name.is_empty()),
        content_type: form.content_type.clone(),
        creation_time: field("creation_time"),
        encryption_context: field("encryption_context"),
    };
    store(call, about, upload)
}

struct About {
    table_name: Option<String>,
    table_sys_id: Option<String>,
    file_name: Option<String>,
    content_type: String,
    creation_time: Option<String>,
    encryption_context: Option<String>,
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
    check_size(call, upload.content.len())?;
    check_extension(call, &file_name)?;
    let mut database = call.instance.database.write();
    if database.table(&table).is_none() {
        return Err(Failure::invalid_table(&table));
    }
    let viewer = call.instance.viewer(&database, &call.caller);
    check_role(call, &roles_of(&database, &viewer.sys_id))?;
    let rules = call.instance.rules.read();
    let access = Access::of(&rules, &database, &viewer);
    // Whoever attaches must be able to read and to write the record.
    database
        .find(&table, &table_sys_id)
        .filter(|record| access.allows(&database, Operation::Read, *record))
        .filter(|record| access.allows(&database, Operation::Write, *record))
        .ok_or_else(Failure::no_record)?;
    let sys_id = call.instance.identifiers.write().sys_id();
    let size = upload.content.len().to_string();
    let mut values: BTreeMap<String, String> = stamp_of(&viewer);
    if let Some(created) = about
        .creation_time
        .filter(|time| parse_wire(time).is_some())
    {
        values.insert("sys_created_on".into(), created);
    }
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
        (
            "encryption_context",
            about.encryption_context.as_deref().unwrap_or_default(),
        ),
    ] {
        values.insert(element.to_owned(), value.to_owned());
    }
    let class = database
        .table(TABLE)
        .ok_or_else(|| Failure::invalid_table(TABLE))?;
    let row = Row::new(
        class
            .columns()
            .iter()
            .map(|column| values.get(&column.element).map_or("", String::as_str)),
    );
    let record = Record { class, row: &row };
    check_write(
        &rules,
        &access,
        &database,
        &viewer,
        Operation::Create,
        record,
    )?;
    call.instance.attachments.keep(&sys_id, upload.content);
    database.insert_row(TABLE, row);
    drop(rules);
    let record = database
        .find(TABLE, &sys_id)
        .ok_or_else(Failure::no_record)?;
    let location = format!("{}/api/now/attachment/{sys_id}", call.request.base_url);
    Ok(metadata_answer(call, &database, record, 201).with("Location", &location))
}

fn check_size(call: &Call, bytes: u64) -> Result<(), Failure> {
    let allowed = call.instance.settings.read().attachment_max_bytes;
    match bytes > allowed {
        true => Err(Failure::too_large(bytes, allowed)),
        false => Ok(()),
    }
}

/// `glide.attachment.extensions`.
pub fn check_extension(call: &Call, file_name: &str) -> Result<(), Failure> {
    let settings = call.instance.settings.read();
    let extension = file_name
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    let allowed = &settings.attachment_extensions;
    let is_allowed = allowed.is_empty()
        || allowed
            .iter()
            .any(|known| known.eq_ignore_ascii_case(extension));
    match is_allowed {
        true => Ok(()),
        false => Err(Failure::operation_failed(&format!(
            "File type is not allowed: {extension}"
        ))),
    }
}

/// `glide.attachment.role`.
fn check_role(call: &Call, roles: &std::collections::BTreeSet<String>) -> Result<(), Failure> {
    let settings = call.instance.settings.read();
    let wanted = &settings.attachment_roles;
    match wanted.is_empty() || wanted.iter().any(|role| roles.contains(role)) {
        true => Ok(()),
        false => Err(Failure::operation_failed(
            "ACL Exception Insert Failed due to security constraints",
        )),
    }
}

/// The body as it was received; inside a batch it came in memory.
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
    let mut incoming = Incoming::begin();
    incoming.write_all(&call.request.body).map_err(unstorable)?;
    Ok(incoming.finish())
}

fn unstorable(error: std::io::Error) -> Failure {
    Failure::new(
        500,
        "Exception while executing request: null",
        Some(&error.to_string()),
    )
}
