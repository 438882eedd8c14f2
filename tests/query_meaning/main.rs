//! Random queries mean to the local instance what they mean by themselves.
//!
//! A query is made twice from the same random tree of conditions: with the calls of the builder, and in
//! [`oracle`], which tries the tree on the rows as JSON by the description of the language. What the
//! instance answers to the first must be what the second selects, in the same order. The oracle sees no
//! encoded text and has none of the instance's code.
//!
//! `SNOW_QUERIES` says how many queries are asked, 10,000 if it is not set.

#[path = "../support/mod.rs"]
mod support;

mod calendar;
mod check;
mod oracle;
mod random;
mod times;
mod tree;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use fastrand::Rng;
use snow::{Client, Query, Session};

use support::instance::Instance;
use tree::Tree;
use world::World;

const THREADS: u64 = 4;

#[test]
fn the_instance_selects_what_the_tree_says() {
    let asked_for = std::env::var("SNOW_QUERIES").ok();
    let queries: u64 = asked_for.map_or(10_000, |text| text.parse().expect("a number"));
    let world = World::new(1);
    let folder = tempfile::tempdir().expect("a folder");
    world.write(folder.path());
    let instance = Instance::with(&[
        "--clock",
        &calendar::text(world::NOW),
        "--user",
        "joe:joe:admin",
        "--data",
        folder.path().to_str().expect("the path is UTF-8"),
    ]);
    let mut session = Session::new();
    session.set_basic_auth("joe", "joe").expect("credentials");
    let client = Client::new(&instance.url, &session).expect("a client");

    let began = Instant::now();
    let (next, selected) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= queries {
                        return;
                    }
                    let rows = ask(&client, &world, number);
                    selected.fetch_add(u64::from(rows > 0), Ordering::Relaxed);
                }
            });
        }
    });
    let selected = selected.into_inner();
    println!(
        "{queries} queries, {selected} of them with rows, in {:?}",
        began.elapsed()
    );
    // Queries that select nothing would agree on anything.
    assert!(selected > queries / 2);
}

/// Asks one query and compares; returns how many rows it selects.
fn ask(client: &Client, world: &World, number: u64) -> usize {
    let rng = &mut Rng::with_seed(number);
    let table = *rng
        .choice(&["incident", "incident", "task"])
        .expect("not empty");
    let mut query = Query::new();
    let tree = Tree::random(rng, world, table, &mut query);
    let expected = oracle::select(world, table, &tree);

    query.fields("sys_id").expect("a name");
    let found = listed(client, table, &query);
    assert_eq!(
        found,
        expected,
        "query {number} on {table}\n{}\n{tree:#?}",
        query.encoded().expect("complete")
    );
    expected.len()
}

fn listed(client: &Client, table: &str, query: &Query) -> Vec<String> {
    let mut cursor = client.table_list(table, Some(query)).expect("a cursor");
    let mut ids = Vec::new();
    while let Some(row) = cursor.next_record().expect("a row") {
        ids.push(row.get("sys_id").expect("every row has one").into_owned());
    }
    ids
}
