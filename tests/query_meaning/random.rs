//! A random query: as a tree, and the same with the calls of a builder.

use fastrand::Rng;
use snow::{Operator, Query};

use crate::calendar;
use crate::check::check;
use crate::tree::{Check, Comparison, Factor, Test, Tree};
use crate::world::{self, COLUMNS, Kind, TASK_COLUMNS, TEXTS, World, pick};

impl Tree {
    /// Makes a tree, and the same with the calls of a builder.
    pub(crate) fn random(rng: &mut Rng, world: &World, table: &str, query: &mut Query) -> Tree {
        let mut tree = Tree::default();
        if rng.u8(..4) == 0 {
            // The query begins as a text, and goes on as any other.
            let mut first = Query::new();
            let inner = Tree::conditions(rng, world, table, &mut first, 2);
            let text = first.encoded().expect("complete");
            *query = Query::parse(&text).expect("own text can be parsed");
            tree.groups.push(vec![Factor::Inner(inner)]);
            if rng.bool() {
                let more = tree.groups.last_mut().expect("pushed above");
                more.push(term(rng, world, table, query));
            }
        } else {
            tree = Tree::conditions(rng, world, table, query, 3);
        }
        for _ in 0..[0, 0, 1, 2][rng.usize(..4)] {
            let (field, kind) = column(rng, table);
            // By what a reference is sorted, the language does not say.
            if matches!(kind, Kind::Reference(_)) {
                continue;
            }
            let descending = rng.bool();
            let ordered = if descending {
                query.order_by_desc(field)
            } else {
                query.order_by(field)
            };
            ordered.expect("the name of a column");
            tree.order.push((field, descending));
        }
        tree
    }

    fn conditions(
        rng: &mut Rng,
        world: &World,
        table: &str,
        query: &mut Query,
        most: usize,
    ) -> Tree {
        let mut tree = Tree::default();
        for number in 0..=rng.usize(..most) {
            if number > 0 {
                query.new_query().expect("after conditions");
            }
            let mut group = Vec::new();
            for _ in 0..=rng.usize(..3) {
                if most > 1 && rng.u8(..8) == 0 {
                    let mut inner = Query::new();
                    let conditions = Tree::conditions(rng, world, table, &mut inner, most - 1);
                    query
                        .raw(&inner.encoded().expect("complete"))
                        .expect("own text");
                    group.push(Factor::Inner(conditions));
                } else {
                    group.push(term(rng, world, table, query));
                }
            }
            tree.groups.push(group);
        }
        tree
    }
}

fn term(rng: &mut Rng, world: &World, table: &str, query: &mut Query) -> Factor {
    let mut tests = vec![test(rng, world, table, query)];
    while rng.u8(..4) == 0 {
        query.or().expect("after a condition");
        tests.push(test(rng, world, table, query));
    }
    Factor::AnyOf(tests)
}

/// A condition that the builder takes. What it refuses (a list with a comma in a value) leaves no trace.
fn test(rng: &mut Rng, world: &World, table: &str, query: &mut Query) -> Test {
    for _ in 0..100 {
        if let Some(test) = attempt(rng, world, table, query) {
            return test;
        }
    }
    panic!("a hundred conditions were refused");
}

fn attempt(rng: &mut Rng, world: &World, table: &str, query: &mut Query) -> Option<Test> {
    match rng.u8(..24) {
        0 => {
            let words: Vec<String> = (0..=rng.usize(..2))
                .map(|_| {
                    pick(
                        rng,
                        &["vpn", "zürich", "a^b", "JAM", "2^10", "access", "files"],
                    )
                    .to_owned()
                })
                .collect();
            query.filter_text(&words.join(" ")).ok()?;
            Some(Test::Words(words))
        }
        1 if table == "incident" => {
            let mut inner = Query::new();
            let tree = inner_conditions(rng, world, &mut inner);
            let comparison = comparison(rng);
            let count = rng.u32(..4);
            let (other, field) = ("incident", "parent_incident");
            query
                .filter_related(
                    "incident.parent_incident",
                    operator(comparison),
                    count,
                    Some(&inner),
                )
                .ok()?;
            Some(Test::Related(other, field, comparison, count, tree))
        }
        2 if table == "incident" => {
            let mut inner = Query::new();
            let name = pick(rng, &["Network", "hard^ware", "Network, east"]);
            inner.filter("group.name", Operator::Eq, Some(name)).ok()?;
            let own = *rng
                .choice(&["caller_id", "opened_by", "assigned_to"])
                .expect("not empty");
            query
                .filter_join(
                    &format!("incident.{own}"),
                    "sys_user_grmember.user",
                    Some(&inner),
                )
                .ok()?;
            let check = Check::Is(name.to_owned());
            let tree = Tree {
                groups: vec![vec![Factor::AnyOf(vec![Test::Field(
                    "group.name",
                    Kind::Text,
                    check,
                )])]],
                order: Vec::new(),
            };
            Some(Test::Join(own, "sys_user_grmember", "user", tree))
        }
        3 => {
            let class = pick(rng, &["task", "incident", "problem"]);
            query
                .filter("sys_class_name", Operator::InstanceOf, Some(class))
                .ok()?;
            Some(Test::Field(
                "sys_class_name",
                Kind::Text,
                Check::OfClass(class),
            ))
        }
        _ => {
            let (field, kind) = column(rng, table);
            let check = check(rng, world, table, field, kind, query)?;
            Some(Test::Field(field, kind, check))
        }
    }
}

/// Which related records count: none, or a group of simple conditions.
fn inner_conditions(rng: &mut Rng, world: &World, query: &mut Query) -> Tree {
    let mut tree = Tree::default();
    let mut group = Vec::new();
    for _ in 0..rng.usize(..3) {
        let (field, kind) = column(rng, "incident");
        if let Some(check) = check(rng, world, "incident", field, kind, query) {
            group.push(Factor::AnyOf(vec![Test::Field(field, kind, check)]));
        }
    }
    tree.groups.push(group);
    tree
}

pub(crate) fn column(rng: &mut Rng, table: &str) -> (&'static str, Kind) {
    let most = if table == "task" {
        TASK_COLUMNS
    } else {
        COLUMNS.len()
    };
    COLUMNS[rng.usize(..most)]
}

/// Another column of the same kind.
pub(crate) fn other(rng: &mut Rng, table: &str, kind: Kind) -> &'static str {
    loop {
        let (field, found) = column(rng, table);
        if found == kind {
            return field;
        }
    }
}

pub(crate) fn comparison(rng: &mut Rng) -> Comparison {
    use Comparison::*;
    [Equal, Less, LessOrEqual, Greater, GreaterOrEqual][rng.usize(..5)]
}

pub(crate) fn operator(comparison: Comparison) -> Operator {
    match comparison {
        Comparison::Equal => Operator::Eq,
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::Le,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterOrEqual => Operator::Ge,
    }
}

/// A value that the column may have.
pub(crate) fn value(rng: &mut Rng, world: &World, kind: Kind) -> String {
    match kind {
        Kind::Text => match rng.u8(..4) {
            0 => pick(
                rng,
                &["Joe Public", "eva LIND", "it", "R^D", "INC0007", "prb0011"],
            )
            .to_owned(),
            _ => pick(rng, TEXTS).to_owned(),
        },
        Kind::Number => rng.i64(-6..14).to_string(),
        Kind::Truth => pick(rng, &["true", "false"]).to_owned(),
        Kind::Time => calendar::text(world::moment(rng)),
        Kind::Reference(table) => {
            let rows: Vec<_> = world.rows(table).collect();
            world::text(rows[rng.usize(..rows.len().min(25))], "sys_id").to_owned()
        }
    }
}

/// A piece of a text.
pub(crate) fn piece(rng: &mut Rng, text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let start = rng.usize(..=characters.len() / 2);
    let end = rng.usize(start..=characters.len());
    characters[start..end]
        .iter()
        .collect::<String>()
        .trim()
        .to_owned()
}
