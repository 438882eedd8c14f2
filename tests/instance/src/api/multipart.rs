//! `multipart/form-data` as the attachment upload takes it: text fields first, the file last.
//!
//! Because the file is last, only the beginning of the body has to be looked at to find where it
//! starts, and only the length of the closing boundary to know where it ends.

use crate::attachments::Upload;

/// The fields, and where the file lies in the body.
#[derive(Debug, PartialEq)]
pub struct Multipart {
    pub fields: Vec<(String, String)>,
    pub file_name: String,
    pub content_type: String,
    pub file: (u64, u64),
}

/// Fields are a table name and an id; this is plenty.
const MAX_FIELDS: usize = 64 << 10;

impl Multipart {
    /// `None` if it is not such a body, or the file does not come last.
    pub fn read(content_type: &str, upload: &Upload) -> Option<Multipart> {
        let boundary = content_type
            .split("boundary=")
            .nth(1)?
            .split(';')
            .next()?
            .trim()
            .trim_matches('"');
        let start = upload.read_at(0, MAX_FIELDS).ok()?;
        let closing = format!("\r\n--{boundary}--");
        let tail_from = upload.bytes.saturating_sub(closing.len() as u64 + 2);
        let tail = upload.read_at(tail_from, closing.len() + 2).ok()?;
        let end = tail_from + find(&tail, closing.as_bytes())? as u64;
        parse(&start, boundary, end)
    }
}

fn parse(start: &[u8], boundary: &str, end: u64) -> Option<Multipart> {
    let delimiter = format!("--{boundary}\r\n");
    let mut fields = Vec::new();
    let mut at = find(start, delimiter.as_bytes())? + delimiter.len();
    loop {
        let body = at + find(&start[at..], b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&start[at..body]).into_owned();
        let name = attribute(&head, "name").unwrap_or_default();
        if let Some(file_name) = attribute(&head, "filename") {
            let content_type = header(&head, "content-type")
                .unwrap_or_else(|| "application/octet-stream".to_owned());
            return Some(Multipart {
                fields,
                file_name,
                content_type,
                file: (body as u64, end),
            });
        }
        let length = find(&start[body..], format!("\r\n{delimiter}").as_bytes())?;
        fields.push((
            name,
            String::from_utf8_lossy(&start[body..body + length]).into_owned(),
        ));
        at = body + length + 2 + delimiter.len();
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let disposition = header(head, "content-disposition")?;
    disposition.split(';').skip(1).find_map(|part| {
        let (known, value) = part.trim().split_once('=')?;
        (known == name).then(|| value.trim_matches('"').to_owned())
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_last_and_may_hold_anything() {
        let body = "--B\r\nContent-Disposition: form-data; name=\"table_name\"\r\n\r\nincident\r\n--B\r\n\
             Content-Disposition: form-data; name=\"uploadFile\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--B--\r\n";
        let end = body.find("\r\n--B--").unwrap() as u64;
        let parsed = parse(body.as_bytes(), "B", end).unwrap();
        assert_eq!(
            parsed.fields,
            [("table_name".to_owned(), "incident".to_owned())]
        );
        assert_eq!(
            (parsed.file_name.as_str(), parsed.content_type.as_str()),
            ("a.txt", "text/plain")
        );
        assert_eq!(
            &body[parsed.file.0 as usize..parsed.file.1 as usize],
            "hello"
        );
        for cut in 0..body.find("hello").unwrap() {
            assert_eq!(
                parse(&body.as_bytes()[..cut], "B", end),
                None,
                "cut at {cut}"
            );
        }
    }
}
