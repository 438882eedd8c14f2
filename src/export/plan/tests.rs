//! Units that are lists of keys, and pages of them that break off.

use super::*;
use crate::query::Query;

const KEYS: [&str; 4] = ["0a", "0b", "0c", "0d"];

/// Rows that show only their keys.
struct Came(Vec<&'static str>);

impl Keys for Came {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn key(&self, row: usize) -> Option<String> {
        self.0.get(row).map(ToString::to_string)
    }

    fn look(&self) -> Look {
        panic!("keys that were asked for need no look")
    }
}

/// A plan with one unit, of all keys.
fn plan(source: &Source) -> Plan {
    let mut plan = Plan::new(ExportOrder::Query, source, 1);
    plan.add(Load::Keys(KEYS.map(String::from).into()), false);
    plan
}

fn source() -> Source {
    let query = Query::parse("ORDERBYnumber").expect("a query");
    Source::new("incident", Some(&query)).expect("a source")
}

/// Asks for so many keys; the page, and which they are.
fn asked(plan: &mut Plan, limit: u64, source: &Source) -> Option<(Page, Vec<String>)> {
    let (page, _) = plan.page(0, limit, source).expect("a page")?;
    let Page::Keys { awaited, .. } = &page else {
        panic!("a page of keys");
    };
    let is_awaited = |key: &&str| awaited.contains(key);
    let keys = KEYS.into_iter().filter(is_awaited).map(String::from);
    let keys = keys.collect();
    Some((page, keys))
}

#[test]
fn what_came_of_a_page_that_broke_off_is_not_asked_for_again_and_all_else_is() {
    let source = source();
    let mut plan = plan(&source);
    let (mut page, keys) = asked(&mut plan, 3, &source).expect("four keys");
    assert_eq!(keys, ["0a", "0b", "0c"]);
    plan.came(0, &mut page, &Came(vec!["0c", "0a"]))
        .expect("rows that were asked for");
    plan.broke(0, &page);
    let (mut page, keys) = asked(&mut plan, 3, &source).expect("two keys");
    assert_eq!(keys, ["0b", "0d"]);
    plan.came(0, &mut page, &Came(vec!["0b", "0d"]))
        .expect("rows that were asked for");
    plan.broke(0, &page);
    assert!(asked(&mut plan, 3, &source).is_none());
    assert!(!plan.has(0));
}

#[test]
fn what_did_not_come_of_a_page_that_ended_is_gone() {
    let source = source();
    let mut plan = plan(&source);
    let (mut page, _) = asked(&mut plan, 3, &source).expect("four keys");
    plan.came(0, &mut page, &Came(vec!["0b"]))
        .expect("a row that was asked for");
    assert!(!plan.ended(0, &page).is_over);
    let (page, keys) = asked(&mut plan, 3, &source).expect("one key");
    assert_eq!(keys, ["0d"]);
    assert!(plan.ended(0, &page).is_over && !plan.has(0));
}

#[test]
fn rows_that_were_not_asked_for_or_came_before_are_refused_and_none_of_them_is_given() {
    let source = source();
    let mut plan = plan(&source);
    let (mut page, _) = asked(&mut plan, 2, &source).expect("four keys");
    for rows in [vec!["0a", "0d"], vec!["0b", "0b"]] {
        let error = plan.came(0, &mut page, &Came(rows)).map(drop);
        let error = error.expect_err("another row");
        assert_eq!(error.status(), Status::UnexpectedAnswer, "{error}");
    }
    plan.broke(0, &page);
    let (_, keys) = asked(&mut plan, 2, &source).expect("four keys");
    assert_eq!(keys, ["0a", "0b"]);
}

/// Reads a page of keys, to its end or until it breaks off; whether the order is still being listed after it.
fn listed(plan: &mut Plan, limit: u64, keys: std::ops::Range<u8>, breaks: bool) -> bool {
    let source = source();
    let scouted = |plan: &mut Plan| plan.scout(limit, &source).expect("a page");
    let (mut page, _) = scouted(plan).expect("a page of keys");
    let keys = keys.map(|key| format!("{key:02x}")).collect();
    plan.scout_came(&mut page, keys).expect("keys");
    match breaks {
        true => plan.scout_broke(&page),
        false => drop(plan.scout_ended(&page)),
    }
    matches!(scouted(plan), Some((Scouted::List { .. }, _)))
}

/// Where nobody counts, and the instance takes no notice of an offset, there would be no end otherwise.
#[test]
fn an_order_that_nobody_counts_is_listed_until_a_page_brings_nothing_new() {
    let mut plan = Plan::new(ExportOrder::Query, &source(), 1);
    assert!(listed(&mut plan, 4, 0..4, false));
    assert!(!listed(&mut plan, 4, 0..4, false));
}

#[test]
fn keys_that_came_before_a_page_broke_off_are_not_the_end_of_an_order() {
    let mut plan = Plan::new(ExportOrder::Query, &source(), 1);
    assert!(listed(&mut plan, 8, 0..6, true));
    assert!(listed(&mut plan, 4, 0..4, false));
    assert!(listed(&mut plan, 2, 4..6, false));
    assert!(listed(&mut plan, 2, 6..8, false));
    assert!(listed(&mut plan, 2, 8..10, false));
    assert!(!listed(&mut plan, 2, 10..10, false));
}
