//! What the fuzzer found, put to the judges that it uses. The scanner's judge is called beside the scanner.

#[path = "../fuzz/headers.rs"]
mod headers;
#[path = "../fuzz/line.rs"]
mod line;
#[path = "../fuzz/options.rs"]
mod options;
#[path = "../fuzz/query.rs"]
mod query;
#[path = "../fuzz/token.rs"]
mod token;

use std::fs;
use std::path::Path;

use line::is_one_clear_line;

/// Puts each file of a corpus to its judge.
fn replay(target: &str, judge: impl Fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut count = 0;
    for file in fs::read_dir(corpus.join(target)).expect("the corpus is there") {
        judge(&fs::read(file.expect("readable").path()).expect("readable"));
        count += 1;
    }
    assert!(count > 20, "{count} files");
}

#[test]
fn queries() {
    replay("query", query::judge);
}

#[test]
fn tokens() {
    replay("token", token::judge);
}

#[test]
fn options_by_name() {
    replay("options", options::judge);
}

#[test]
fn heads_of_answers() {
    replay("headers", headers::judge);
}
