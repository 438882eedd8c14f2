//! `SECURITY.md` and `docs/reliability.md` name a test for each promise; each is there.

mod support;

use std::fs;

use support::root;

#[test]
fn each_promise_has_a_test_that_exists() {
    for page in ["SECURITY.md", "docs/reliability.md"] {
        let promises = promises_with_tests(page);
        assert!(promises > 5, "{page}: {promises} promises");
    }
}

fn promises_with_tests(page: &str) -> usize {
    let page = fs::read_to_string(root().join(page)).expect("the page");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.ends_with(" |"))
        .filter(|line| !line.starts_with("| Promise |"));
    let mut promises = 0;
    for row in rows {
        let (promise, tests) = row
            .trim_matches(['|', ' '])
            .split_once(" | ")
            .unwrap_or_else(|| panic!("two columns: {row}"));
        promises += 1;
        for name in tests.split(", ") {
            let (path, test) = name
                .trim_matches('`')
                .split_once(':')
                .unwrap_or_else(|| panic!("file:test, and not {name}: {promise}"));
            let source = fs::read_to_string(root().join(path));
            let source = source.unwrap_or_else(|error| panic!("{path}: {error}"));
            // Some are named by a macro, which makes the function of it.
            let is_there = source.contains(&format!("fn {test}("))
                || source.contains(&format!("    {test}: "));
            assert!(is_there, "{path} has no test {test}");
        }
    }
    promises
}
