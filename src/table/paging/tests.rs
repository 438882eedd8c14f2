//! Pages of every kind of list, and where they end.

use super::*;

fn query(limit: Option<u64>) -> Query {
    let mut query = Query::new();
    query.page_size(10).expect("in range");
    if let Some(limit) = limit {
        query.limit(limit).expect("in range");
    }
    query
}

fn received(rows: u64, last_sys_id: Option<&str>, total: Option<u64>) -> Received<'_> {
    Received {
        rows,
        last_sys_id,
        is_sorted: true,
        total,
    }
}

fn param(position: &Position, query: &Query, name: &str) -> Option<String> {
    let params = position.params(query).expect("a query that can be written");
    params
        .into_iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[test]
fn the_first_page_holds_no_key_and_counts() {
    let (query, start) = (query(None), Position::start(&query(None)));
    assert_eq!(
        param(&start, &query, "sysparm_query").as_deref(),
        Some("ORDERBYsys_id")
    );
    assert_eq!(
        param(&start, &query, "sysparm_limit").as_deref(),
        Some("10")
    );
    assert_eq!(param(&start, &query, "sysparm_no_count"), None);
    assert_eq!(param(&start, &query, "sysparm_offset"), None);
}

#[test]
fn a_full_page_leads_on_by_its_last_key_without_counting() {
    let query = query(None);
    let page = received(10, Some("b"), Some(30));
    let next = Position::start(&query)
        .next(&page, None)
        .expect("no error")
        .expect("a page");
    assert_eq!(
        param(&next, &query, "sysparm_query").as_deref(),
        Some("sys_id>b^ORDERBYsys_id")
    );
    assert_eq!(
        param(&next, &query, "sysparm_no_count").as_deref(),
        Some("true")
    );
}

#[test]
fn a_short_page_is_not_the_end_and_the_next_one_counts() {
    let query = query(None);
    let page = received(7, Some("b"), Some(30));
    let next = Position::start(&query)
        .next(&page, None)
        .expect("no error")
        .expect("a page");
    assert_eq!(param(&next, &query, "sysparm_no_count"), None);
}

#[test]
fn a_page_that_holds_every_counted_row_is_the_last() {
    let start = Position::start(&query(None));
    assert_eq!(
        start
            .next(&received(7, Some("b"), Some(7)), None)
            .expect("no error"),
        None
    );
    assert!(
        start
            .next(&received(7, Some("b"), Some(8)), None)
            .expect("no error")
            .is_some()
    );
    assert!(
        start
            .next(&received(7, Some("b"), None), None)
            .expect("no error")
            .is_some()
    );
}

#[test]
fn an_empty_page_is_the_end_where_nothing_is_hidden() {
    let start = Position::start(&query(None));
    let key = start
        .next(&received(7, Some("b"), None), None)
        .expect("no error")
        .expect("a page");
    assert_eq!(
        key.next(&received(0, None, Some(0)), None)
            .expect("no error"),
        None
    );
    assert_eq!(
        key.next(&received(0, None, None), None).expect("no error"),
        None
    );
}

#[test]
fn an_empty_page_that_did_not_count_is_asked_for_again() {
    let query = query(None);
    let start = Position::start(&query);
    let key = start
        .next(&received(10, Some("b"), Some(99)), None)
        .expect("no error")
        .expect("one");
    let again = key
        .next(&received(0, None, None), None)
        .expect("no error")
        .expect("again");
    assert_eq!(
        param(&again, &query, "sysparm_query").as_deref(),
        Some("sys_id>b^ORDERBYsys_id")
    );
    assert_eq!(param(&again, &query, "sysparm_no_count"), None);
}

#[test]
fn a_hidden_stretch_is_crossed_by_offset_and_left_by_key() {
    let query = query(None);
    let start = Position::start(&query);
    let across = start
        .next(&received(0, None, Some(15)), None)
        .expect("no error")
        .expect("one");
    assert_eq!(
        param(&across, &query, "sysparm_offset").as_deref(),
        Some("10")
    );
    let onward = across
        .next(&received(5, Some("c"), Some(15)), None)
        .expect("no error");
    let onward = onward.expect("a page by key");
    assert_eq!(param(&onward, &query, "sysparm_offset"), None);
    assert_eq!(
        param(&onward, &query, "sysparm_query").as_deref(),
        Some("sys_id>c^ORDERBYsys_id")
    );
    assert_eq!(
        across
            .next(&received(0, None, Some(15)), None)
            .expect("no error"),
        None
    );
}

#[test]
fn rows_that_come_again_are_an_error_and_no_endless_loop() {
    let start = Position::start(&query(None));
    let key = start
        .next(&received(10, Some("m"), None), None)
        .expect("no error")
        .expect("one");
    for last in ["a", "m"] {
        let error = key
            .next(&received(10, Some(last), None), None)
            .expect_err(last);
        assert_eq!(error.status(), Status::UnexpectedAnswer);
    }
}

#[test]
fn keys_that_are_names_come_in_the_databases_order() {
    let start = Position::start(&query(None));
    let key = start
        .next(&received(10, Some("Global"), None), None)
        .expect("no error")
        .expect("one");
    assert!(
        key.next(&received(10, Some("glide.maint"), None), None)
            .is_err()
    );
    let onward = key.next(&received(10, Some("group_a"), None), None);
    assert!(onward.expect("no error").is_some());
}

#[test]
fn without_a_count_only_what_a_short_page_leaves_is_counted() {
    for order in [None, Some("number")] {
        let mut query = query(None);
        query.no_count(true);
        if let Some(field) = order {
            query.order_by(field).expect("a field");
        }
        let counts = |position: &Position| param(position, &query, "sysparm_no_count").is_none();
        let next =
            |position: &Position, page: &Received<'_>| position.next(page, None).expect("no error");
        let start = Position::start(&query);
        assert!(!counts(&start), "{order:?}");
        let full = next(&start, &received(10, Some("b"), None)).expect("a page");
        assert!(!counts(&full), "{order:?}");
        let short = next(&full, &received(7, Some("c"), None)).expect("a page");
        assert!(counts(&short), "{order:?}");
        let total = if order.is_some() { 17 } else { 0 };
        assert_eq!(next(&short, &received(0, None, Some(total))), None);
        let again = next(&full, &received(0, None, None)).expect("the same page");
        assert!(counts(&again), "{order:?}");
        assert_eq!(again.offset, full.offset);
    }
}

#[test]
fn an_offset_beyond_all_numbers_ends_the_list() {
    let mut query = query(None);
    query.order_by("number").expect("a field");
    query.offset(u64::MAX);
    let start = Position::start(&query);
    assert_eq!(
        start
            .next(&received(0, None, None), None)
            .expect("no error"),
        None
    );
    assert_eq!(
        start
            .next(&received(5, None, None), None)
            .expect("no error"),
        None
    );
}

#[test]
fn a_limit_shortens_the_first_page_and_ends_the_list() {
    let query = query(Some(3));
    let start = Position::start(&query);
    assert_eq!(param(&start, &query, "sysparm_limit").as_deref(), Some("3"));
    assert_eq!(
        start
            .next(&received(3, Some("b"), Some(9)), Some(0))
            .expect("no error"),
        None
    );
    let next = start
        .next(&received(2, Some("b"), Some(9)), Some(1))
        .expect("no error");
    let next = next.expect("one row is still wanted");
    assert_eq!(param(&next, &query, "sysparm_limit").as_deref(), Some("10"));
}

#[test]
fn an_order_of_its_own_goes_by_offset_until_the_count() {
    let mut query = query(None);
    query.order_by_desc("opened_at").expect("a field");
    let start = Position::start(&query);
    assert_eq!(
        param(&start, &query, "sysparm_query").as_deref(),
        Some("ORDERBYDESCopened_at^ORDERBYsys_id")
    );
    let next = start
        .next(&received(4, None, Some(11)), None)
        .expect("no error")
        .expect("one");
    assert_eq!(
        param(&next, &query, "sysparm_offset").as_deref(),
        Some("10")
    );
    assert_eq!(
        next.next(&received(1, None, Some(11)), None)
            .expect("no error"),
        None
    );
}

#[test]
fn more_rows_than_were_asked_for_are_an_error_unless_they_are_the_last() {
    let mut ordered = query(None);
    ordered.order_by("opened_at").expect("a field");
    for query in [query(None), ordered] {
        let start = Position::start(&query);
        let next = |rows, total, left| start.next(&received(rows, Some("last"), total), left);
        for total in [None, Some(30)] {
            assert!(next(10, total, None).is_ok());
            let error = next(11, total, None).expect_err("too many");
            assert_eq!(error.status(), Status::UnexpectedAnswer);
            assert!(next(11, total, Some(0)).expect("enough").is_none());
        }
    }
    let start = Position::start(&query(None));
    let all = start.next(&received(11, Some("last"), Some(11)), None);
    assert!(all.expect("all there is").is_none());
}

#[test]
fn keys_are_held_to_an_order_that_every_database_has() {
    let digits = |first: char| format!("{first}{}", "0".repeat(31));
    let (a, b) = (digits('a'), digits('b'));
    for (keys, sorted) in [
        (vec![], true),
        (vec![a.as_str(), a.as_str(), b.as_str()], true),
        (vec![b.as_str(), a.as_str()], false),
        (vec![a.as_str(), "global", b.as_str()], true),
        (vec!["b", "a"], true),
    ] {
        assert_eq!(are_sorted(keys.iter()), sorted, "{keys:?}");
    }
}

#[test]
fn rows_in_no_order_are_an_error_unless_they_are_all() {
    let start = Position::start(&query(None));
    let next = |total| {
        let received = Received {
            is_sorted: false,
            ..received(5, Some("last"), Some(total))
        };
        start.next(&received, None)
    };
    assert!(next(5).expect("all there is").is_none());
    let error = next(6).expect_err("no order");
    assert_eq!(error.status(), Status::UnexpectedAnswer);
}
