//! Any text, as an encoded query: what is taken is written again byte for byte, and takes more.

use snow::{Operator, Query};

/// Panics where the parser is wrong.
pub(crate) fn judge(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let query = match Query::parse(text) {
        Ok(query) => query,
        Err(error) => return super::is_one_clear_line(error.message()),
    };
    let written = query.encoded().expect("what was read is complete");
    assert_eq!(written, text);
    let mut more = query.clone();
    more.filter("u_more", Operator::Eq, Some("a^b"))
        .expect("a condition like any other");
    let written = more.encoded().expect("it is complete as before");
    let again = Query::parse(&written).expect("what is written can be read");
    assert_eq!(again.encoded().expect("complete"), written);
}
