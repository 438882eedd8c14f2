//! Walks over tables of which some rows are hidden, with pages that break off, and splits at any time.

use proptest::prelude::*;

use super::*;

/// A table of which some rows are hidden, walked with pages of any size that break off anywhere.
fn walked(rows: &[(u32, bool)], steps: &[(u64, Option<u64>)], counts: bool) -> (Vec<u32>, i64) {
    let mut walk = Walk::new(None, None);
    let (mut given, mut hidden) = (Vec::new(), 0);
    for step in 0..10_000 {
        let (limit, breaks_after) = steps[step % steps.len()];
        let mut page = walk.page(limit);
        let after = walk
            .after
            .as_ref()
            .map(|key| key.parse::<u32>().expect("a number"));
        let beyond: Vec<&(u32, bool)> = rows
            .iter()
            .filter(|(key, _)| after.is_none_or(|after| *key > after))
            .collect();
        let total = (page.counts && counts).then_some(beyond.len() as u64);
        hidden += walk.counted(&mut page, total);
        let window = beyond
            .iter()
            .skip(page.offset as usize)
            .take(limit as usize);
        let visible: Vec<u32> = window.filter(|row| row.1).map(|row| row.0).collect();
        let cut = breaks_after.map_or(visible.len(), |cut| visible.len().min(cut as usize));
        for key in &visible[..cut] {
            walk.came(&mut page, 1, Some(&format!("{key:04}")))
                .expect("in order");
            given.push(*key);
        }
        if breaks_after.is_some() {
            walk.broke(&page);
            continue;
        }
        let shown = walk.ended(&page);
        hidden += shown.hidden;
        if shown.is_over {
            return (given, hidden);
        }
    }
    panic!("the walk has no end");
}

/// What may happen when a row has come.
#[derive(Clone, Copy, Debug)]
enum Event {
    Nothing,
    /// Somebody asks for the key in the middle of what is left.
    AsksForMiddle,
    /// And gets it.
    Splits,
}

/// The rows that lie in a stretch, still to come.
fn ahead<'a>(walk: &Walk, rows: &'a [(u32, bool)]) -> Vec<&'a (u32, bool)> {
    let number = |key: &Option<String>| {
        key.as_ref()
            .map(|key| key.parse::<u32>().expect("a number"))
    };
    let (after, until) = (number(&walk.after), number(&walk.until));
    rows.iter()
        .filter(|(key, _)| after.is_none_or(|after| *key > after))
        .filter(|(key, _)| until.is_none_or(|until| *key <= until))
        .collect()
}

/// As [`walked`], with walks that are split at any time, the second half walked afterwards.
fn walked_apart(rows: &[(u32, bool)], limit: u64, events: &[Event]) -> (Vec<u32>, i64, usize) {
    let mut walks = vec![Walk::new(None, None)];
    let (mut given, mut hidden, mut split) = (Vec::new(), 0, 0);
    let mut events = events.iter().cycle().copied();
    while let Some(mut walk) = walks.pop() {
        let mut middle = None;
        loop {
            let mut page = walk.page(limit);
            let ahead_now = ahead(&walk, rows);
            let total = page.counts.then_some(ahead_now.len() as u64);
            hidden += walk.counted(&mut page, total);
            let window = ahead_now
                .iter()
                .skip(page.offset as usize)
                .take(limit as usize);
            let mut is_beyond = false;
            for row in window.filter(|row| row.1) {
                let key = format!("{:04}", row.0);
                is_beyond = walk.is_beyond(&key);
                if is_beyond {
                    break;
                }
                walk.came(&mut page, 1, Some(&key)).expect("in order");
                given.push(row.0);
                match (events.next(), &middle) {
                    (Some(Event::AsksForMiddle), _) => {
                        let query = Query::new();
                        let found = walk.middle(&query, limit).expect("a query");
                        middle = found.and_then(|(_, before)| {
                            let ahead = ahead(&walk, rows);
                            let keys = ahead.get(before as usize..before as usize + 3)?;
                            let is_certain = keys.iter().all(|row| row.1);
                            is_certain.then_some((keys[0].0, before + 1, walk.passed()))
                        });
                    }
                    (Some(Event::Splits), Some((key, rows, passed))) => {
                        let key = format!("{key:04}");
                        if let Some(rest) = walk.split_at(&key, *rows, *passed) {
                            walks.push(rest);
                            split += 1;
                        }
                        middle = None;
                    }
                    _ => {}
                }
            }
            let shown = match is_beyond {
                true => Shown {
                    hidden: walk.passed_uncounted(),
                    is_over: true,
                },
                false => walk.ended(&page),
            };
            hidden += shown.hidden;
            if shown.is_over {
                break;
            }
        }
    }
    given.sort_unstable();
    (given, hidden, split)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => Just(Event::Nothing),
        1 => Just(Event::AsksForMiddle),
        1 => Just(Event::Splits),
    ];
    prop::collection::vec(event, 1..30)
}

#[test]
fn walks_are_split_in_what_tries_it() {
    let rows: Vec<(u32, bool)> = (0..200).map(|key| (key, true)).collect();
    let (_, _, split) = walked_apart(&rows, 5, &[Event::AsksForMiddle, Event::Splits]);
    assert!(split > 5, "{split}");
}

proptest! {
    #[test]
    fn split_walks_give_every_visible_row_once_and_count_every_hidden_one(
        visible in prop::collection::vec(prop::bool::weighted(0.8), 0..200),
        limit in 1..9_u64,
        events in events(),
    ) {
        let rows: Vec<(u32, bool)> = (0..).zip(visible).collect();
        let (given, hidden, _) = walked_apart(&rows, limit, &events);
        let expected: Vec<u32> = rows.iter().filter(|row| row.1).map(|row| row.0).collect();
        prop_assert_eq!(given, expected);
        prop_assert_eq!(hidden, rows.iter().filter(|row| !row.1).count() as i64);
    }

    #[test]
    fn every_visible_row_comes_once_and_every_hidden_one_is_counted(
        visible in prop::collection::vec(any::<bool>(), 0..60),
        steps in prop::collection::vec((1..9_u64, prop::option::weighted(0.3, 0..9_u64)), 1..8),
        last in 1..9_u64,
    ) {
        let rows: Vec<(u32, bool)> = (0..).zip(visible).collect();
        let mut steps = steps;
        steps.push((last, None));
        let (given, hidden) = walked(&rows, &steps, true);
        let expected: Vec<u32> = rows.iter().filter(|row| row.1).map(|row| row.0).collect();
        prop_assert_eq!(given, expected);
        prop_assert_eq!(hidden, rows.iter().filter(|row| !row.1).count() as i64);
    }

    #[test]
    fn without_counts_the_end_is_an_empty_page(
        size in 0..60_u32,
        limit in 1..9_u64,
    ) {
        let rows: Vec<(u32, bool)> = (0..size).map(|key| (key, true)).collect();
        let (given, hidden) = walked(&rows, &[(limit, None)], false);
        prop_assert_eq!(given.len(), rows.len());
        prop_assert_eq!(hidden, 0);
    }

    #[test]
    fn a_split_leaves_every_row_to_one_of_the_two(
        size in 30..200_u64,
        page_size in 1..10_u64,
        came in 0..200_u64,
    ) {
        let mut walk = Walk::new(None, None);
        let mut page = walk.page(page_size);
        walk.counted(&mut page, Some(size));
        let query = Query::new();
        let middle = walk.middle(&query, page_size).expect("a query");
        let Some((_, before)) = middle else {
            prop_assert!(size < 3 * page_size + 2);
            return Ok(());
        };
        let came = came % size;
        if came > 0 {
            let key = format!("{:04}", came - 1);
            walk.came(&mut page, came, Some(&key)).expect("in order");
        }
        let key = format!("{before:04}");
        match walk.split_at(&key, before + 1, 0) {
            None => prop_assert!(came > before),
            Some(rest) => {
                prop_assert_eq!(walk.left(), Some(before + 1 - came));
                prop_assert_eq!(rest.left(), Some(size - before - 1));
                prop_assert_eq!(walk.until.as_deref(), Some(key.as_str()));
                prop_assert_eq!(rest.after.as_deref(), Some(key.as_str()));
                prop_assert!(!walk.is_beyond(&key) && walk.is_beyond("9999"));
            }
        }
    }
}

#[test]
fn rows_that_come_again_are_an_error() {
    let mut walk = Walk::new(Some("m".into()), None);
    for last in ["a", "M"] {
        let mut page = walk.page(10);
        let error = walk.came(&mut page, 1, Some(last)).expect_err(last);
        assert_eq!(error.status(), Status::UnexpectedAnswer);
    }
}

#[test]
fn only_the_first_page_and_the_last_count() {
    let mut walk = Walk::new(None, None);
    let mut counts = Vec::new();
    for number in 1..=3 {
        let mut page = walk.page(10);
        counts.push(page.counts);
        let total = page.counts.then_some(35 - 10 * (number - 1));
        walk.counted(&mut page, total);
        walk.came(&mut page, 10, Some(&format!("{number}")))
            .expect("in order");
        assert_eq!(walk.ended(&page), Shown::default());
    }
    let page = walk.page(10);
    counts.push(page.counts);
    assert_eq!(counts, [true, false, false, true]);
}

#[test]
fn a_count_from_before_a_split_is_none_of_what_is_left() {
    let mut walk = Walk::new(None, None);
    let mut page = walk.page(10);
    walk.counted(&mut page, Some(100));
    walk.came(&mut page, 9, Some("09")).expect("in order");
    walk.ended(&page);
    let mut page = walk.page(10);
    assert!(page.counts, "it was short");
    let mut rest = walk.split_at("50", 41, 9).expect("it lies between");
    assert_eq!(walk.counted(&mut page, Some(90)), 0);
    walk.came(&mut page, 10, Some("19")).expect("in order");
    walk.ended(&page);
    let mut page = walk.page(10);
    assert!(page.counts);
    // One row was hidden between 09 and 19, and one before 09, where the split was asked for.
    assert_eq!(walk.counted(&mut page, Some(30)), 1);
    let mut page = rest.page(10);
    assert_eq!(rest.counted(&mut page, Some(49)), 1);
}

#[test]
fn a_stretch_with_an_end_is_over_with_its_last_row() {
    let mut walk = Walk::new(Some("a".into()), Some("c".into()));
    let mut page = walk.page(2);
    walk.counted(&mut page, Some(3));
    walk.came(&mut page, 2, Some("c")).expect("in order");
    assert!(walk.ended(&page).is_over);
}

#[test]
fn an_instance_may_count_any_number_of_rows() {
    // Fewer than came, and then more than there can be.
    let mut walk = Walk::new(None, None);
    for (key, total) in [0, u64::MAX].into_iter().enumerate() {
        let mut page = walk.page(10);
        walk.counted(&mut page, Some(total));
        walk.came(&mut page, 5, Some(&key.to_string()))
            .expect("in order");
        walk.broke(&page);
    }
    // So many that are hidden, again and again.
    for key in 2..9 {
        let mut page = walk.page(10);
        walk.counted(&mut page, Some(0));
        walk.broke(&page);
        let mut page = walk.page(10);
        walk.counted(&mut page, Some(u64::MAX));
        walk.came(&mut page, 5, Some(&key.to_string()))
            .expect("in order");
        walk.broke(&page);
    }
    assert_eq!(walk.passed(), u64::MAX);
}
