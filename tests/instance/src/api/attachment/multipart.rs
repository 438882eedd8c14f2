//! `multipart/form-data` as the attachment upload takes it: text fields first, the file last.
//!
//! Because the file is last, only the beginning of the body has to be looked at to find where it
//! starts, and only the length of the closing boundary to know where it ends.

use percent_encoding::percent_decode_str;

use crate::attachments::Content;

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
    pub fn read(content_type: &str, body: &Content) -> Option<Multipart> {
        let boundary = &parameter(content_type, "boundary")?;
        let start = body.read_at(0, MAX_FIELDS).ok()?;
        let closing = format!("\r\n--{boundary}--");
        let tail_from = body.len().saturating_sub(closing.len() as u64 + 2);
        let tail = body.read_at(tail_from, closing.len() + 2).ok()?;
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
    if name == "filename"
        && let Some(encoded) = parameter(&disposition, "filename*")
    {
        // RFC 5987: utf-8''name
        let encoded = encoded.splitn(3, '\'').nth(2)?.to_owned();
        return Some(
            percent_decode_str(&encoded)
                .decode_utf8_lossy()
                .into_owned(),
        );
    }
    parameter(&disposition, name).map(|value| as_written(&value))
}

/// A parameter of a header, out of its quotes: `\"` and `\\` stand for what follows the backslash.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (known, after) = rest.split_once('=')?;
        let (value, after) = value(after.trim_start());
        if known.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after.split_once(';')?.1;
    }
}

/// A token or a quoted text, and what comes after it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            // Only these two: browsers of old sent the backslashes of a path as they are.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => {
                value.extend(characters.next().map(|(_, c)| c));
            }
            other => value.push(other),
        }
    }
    (value, "")
}

/// Forms of browsers write a quote and the ends of lines as `%22`, `%0D` and `%0A`, and nothing else so.
fn as_written(name: &str) -> String {
    name.replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
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

    #[test]
    fn a_name_may_hold_what_a_header_cannot() {
        for (written, expected) in [
            ("filename=plain.txt", "plain.txt"),
            (r#"filename="a;b=c.txt""#, "a;b=c.txt"),
            (r#"filename="a \"b\" \\ c""#, r#"a "b" \ c"#),
            (r#"filename="a%22b%0D%0Ac""#, "a\"b\r\nc"),
            (r#"filename="C:\dir\a.txt""#, r"C:\dir\a.txt"),
            ("filename=\"Zürich 😀\"", "Zürich 😀"),
            ("filename*=utf-8''Z%C3%BCrich%20%22", "Zürich \""),
            ("filename=\"x\"; filename*=UTF-8''y", "y"),
        ] {
            let head = format!("Content-Disposition: form-data; name=\"f\"; {written}\r\n");
            assert_eq!(
                attribute(&head, "filename").as_deref(),
                Some(expected),
                "{written}"
            );
            assert_eq!(attribute(&head, "name").as_deref(), Some("f"));
        }
    }
}
