//! What an instance tells of an attachment's content.

use crate::record::Record;
use crate::response::{Expected, Head};

/// The header of a download that holds its metadata record.
const HEADER: &str = "x-attachment-metadata";

/// Whether this is the answer to a download, and no page in its place.
pub(super) fn is_file(head: &Head) -> bool {
    head.headers.contains_key(HEADER)
}

/// The record in the header of a download, where it can be read.
pub(super) fn in_header(head: &Head) -> Option<Record> {
    Record::from_json(head.headers.get(HEADER)?.as_bytes()).ok()
}

/// What the content is to be; records of old have no hash.
pub(super) fn expected(metadata: &Record) -> Expected {
    let is_sha256 = |hash: &String| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let told = |field| metadata.get(field).map(String::from);
    Expected {
        bytes: told("size_bytes").and_then(|size| size.trim().parse().ok()),
        hash: told("hash").filter(is_sha256),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Expected {
        expected(&Record::from_json(json.as_bytes()).expect("JSON"))
    }

    #[test]
    fn what_is_not_told_is_not_expected() {
        let hash = "0123456789abcdefABCDEF".repeat(3)[..64].to_owned();
        let all = read(&format!(r#"{{"size_bytes":"462","hash":"{hash}"}}"#));
        assert_eq!((all.bytes, all.hash), (Some(462), Some(hash)));
        for json in [
            "{}",
            r#"{"size_bytes":"","hash":""}"#,
            r#"{"size_bytes":"1 KB","hash":"d41d8cd98f00b204e9800998ecf8427e"}"#,
        ] {
            let none = read(json);
            assert_eq!((none.bytes, none.hash), (None, None), "{json}");
        }
        let number = read(r#"{"size_bytes":5}"#);
        assert_eq!(number.bytes, Some(5));
    }
}
