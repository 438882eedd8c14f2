//! A random query as a tree of conditions, and the calls that build the same query.

use fastrand::Rng;
use snow::{Operator, Query};

use crate::calendar;
use crate::world::{self, COLUMNS, JOE, Kind, TASK_COLUMNS, TEXTS, World, pick};

/// A row is selected if all factors of one group hold.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) groups: Vec<Vec<Factor>>,
    pub(crate) order: Vec<(&'static str, bool)>,
}

/// What must hold beside the other factors of a group.
#[derive(Debug)]
pub(crate) enum Factor {
    /// One of these.
    AnyOf(Vec<Test>),
    /// A query of its own: a raw text, or one that was parsed.
    Inner(Tree),
}

#[derive(Debug)]
pub(crate) enum Test {
    Field(&'static str, Kind, Check),
    /// Each of the words in some field.
    Words(Vec<String>),
    /// So many records of a table refer to the row by a field.
    Related(&'static str, &'static str, Comparison, u32, Tree),
    /// A record of a table has the value of the row's field in a field of its own.
    Join(&'static str, &'static str, &'static str, Tree),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
pub(crate) enum Check {
    Is(String),
    IsNot(String),
    Compares(Comparison, String),
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    Between(String, String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    ContainsNot(String),
    Empty,
    NotEmpty,
    Anything,
    Same(&'static str),
    Different(&'static str),
    SameIn(&'static str, &'static str),
    DifferentIn(&'static str, &'static str),
    ComparesField(Comparison, &'static str),
    /// Further from another time than a distance, or nearer; before it or after it.
    Apart {
        further: bool,
        other: &'static str,
        unit: &'static str,
        before: bool,
        count: i64,
    },
    On(Stretch),
    NotOn(Stretch),
    /// A part of the date, compared with a number.
    Part(&'static str, Comparison, i64),
    /// Compared with the time so many units from now.
    Relative(Comparison, &'static str, i64),
    /// From the beginning of the day so many days ago.
    SinceDaysAgo(i64),
    Me,
    OfClass(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) enum Stretch {
    Day(i64),
    Named(&'static str),
    /// Both ends included.
    Bounds(i64, i64),
}

const UNITS: &[&str] = &["minute", "hour", "day", "week"];
const WEEKDAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

pub(crate) const STRETCHES: &[&str] = &[
    "Today",
    "Yesterday",
    "Tomorrow",
    "This week",
    "Last week",
    "Next week",
    "This month",
    "Last month",
    "Next month",
    "Last 3 months",
    "Last 6 months",
    "Last 9 months",
    "Last 12 months",
    "This quarter",
    "Last quarter",
    "Last 2 quarters",
    "Next quarter",
    "Next 2 quarters",
    "This year",
    "Next year",
    "Last year",
    "Last 2 years",
    "Last 7 days",
    "Last 30 days",
    "Last 60 days",
    "Last 90 days",
    "Last 120 days",
    "Current hour",
    "Last hour",
    "Last 2 hours",
    "Current minute",
    "Last minute",
    "Last 15 minutes",
    "Last 30 minutes",
    "Last 45 minutes",
    "One year ago",
];

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

fn column(rng: &mut Rng, table: &str) -> (&'static str, Kind) {
    let most = if table == "task" {
        TASK_COLUMNS
    } else {
        COLUMNS.len()
    };
    COLUMNS[rng.usize(..most)]
}

/// Another column of the same kind.
fn other(rng: &mut Rng, table: &str, kind: Kind) -> &'static str {
    loop {
        let (field, found) = column(rng, table);
        if found == kind {
            return field;
        }
    }
}

fn comparison(rng: &mut Rng) -> Comparison {
    use Comparison::*;
    [Equal, Less, LessOrEqual, Greater, GreaterOrEqual][rng.usize(..5)]
}

fn operator(comparison: Comparison) -> Operator {
    match comparison {
        Comparison::Equal => Operator::Eq,
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::Le,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterOrEqual => Operator::Ge,
    }
}

/// A value that the column may have.
fn value(rng: &mut Rng, world: &World, kind: Kind) -> String {
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
fn piece(rng: &mut Rng, text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let start = rng.usize(..=characters.len() / 2);
    let end = rng.usize(start..=characters.len());
    characters[start..end]
        .iter()
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A check that fits the kind, and the call that adds it; `None` where the builder refuses it.
fn check(
    rng: &mut Rng,
    world: &World,
    table: &str,
    field: &'static str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    match rng.u8(..12) {
        0 => nothing(rng, field, query),
        1 | 2 => equality(rng, world, field, kind, query),
        3 => list(rng, world, field, kind, query),
        4 => compared_with_field(rng, table, field, kind, query),
        _ => match kind {
            Kind::Text | Kind::Reference(_) if rng.u8(..4) > 0 => {
                part(rng, world, field, kind, query)
            }
            Kind::Text | Kind::Number => ordered(rng, world, field, kind, query),
            Kind::Time => timed(rng, world, table, field, query),
            Kind::Truth | Kind::Reference(_) => equality(rng, world, field, kind, query),
        },
    }
}

fn nothing(rng: &mut Rng, field: &str, query: &mut Query) -> Option<Check> {
    let (operator, value, check) = match rng.u8(..8) {
        0 => (Operator::IsEmpty, None, Check::Empty),
        1 => (Operator::IsNotEmpty, None, Check::NotEmpty),
        // Nothing here is null and not empty.
        2 => (Operator::EmptyString, None, Check::Empty),
        3 => (Operator::Anything, None, Check::Anything),
        4 => (Operator::Eq, None, Check::Empty),
        5 => (Operator::Ne, None, Check::NotEmpty),
        6 => (Operator::Eq, Some(""), Check::Empty),
        _ => (Operator::Ne, Some(""), Check::NotEmpty),
    };
    query.filter(field, operator, value).ok()?;
    Some(check)
}

fn equality(
    rng: &mut Rng,
    world: &World,
    field: &str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    let negated = rng.bool();
    let operator = if negated { Operator::Ne } else { Operator::Eq };
    if matches!(kind, Kind::Reference("sys_user")) && !negated && rng.u8(..4) == 0 {
        if rng.bool() {
            query
                .filter_script(field, Operator::Eq, "gs.getUserID()")
                .ok()?;
        } else {
            query
                .filter(
                    field,
                    Operator::Dynamic,
                    Some("90d1921e5f510100a9ad2572f2b477fe"),
                )
                .ok()?;
        }
        return Some(Check::Me);
    }
    let value = value(rng, world, kind);
    match kind {
        Kind::Number => query.filter_int(field, operator, value.parse().ok()?),
        Kind::Truth => query.filter_bool(field, operator, value == "true"),
        Kind::Time => query.filter_time(field, operator, calendar::seconds(&value)?),
        _ => query.filter(field, operator, Some(&value)),
    }
    .ok()?;
    Some(if negated {
        Check::IsNot(value)
    } else {
        Check::Is(value)
    })
}

fn list(rng: &mut Rng, world: &World, field: &str, kind: Kind, query: &mut Query) -> Option<Check> {
    let values: Vec<String> = (0..=rng.usize(..4))
        .map(|_| value(rng, world, kind))
        .collect();
    let texts: Vec<&str> = values.iter().map(String::as_str).collect();
    if rng.bool() {
        query.filter_in(field, &texts).ok()?;
        Some(Check::OneOf(values))
    } else {
        query.filter_not_in(field, &texts).ok()?;
        Some(Check::NoneOf(values))
    }
}

fn compared_with_field(
    rng: &mut Rng,
    table: &str,
    field: &str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    let other = other(rng, table, kind);
    let negated = rng.bool();
    let same = if negated {
        Operator::NotSameAs
    } else {
        Operator::SameAs
    };
    if kind == Kind::Number && rng.bool() {
        let comparison = comparison(rng);
        let operator = match comparison {
            Comparison::Equal => return None,
            Comparison::Less => Operator::LtField,
            Comparison::LessOrEqual => Operator::LeField,
            Comparison::Greater => Operator::GtField,
            Comparison::GreaterOrEqual => Operator::GeField,
        };
        query.filter(field, operator, Some(other)).ok()?;
        return Some(Check::ComparesField(comparison, other));
    }
    if kind == Kind::Time && rng.bool() {
        let unit = pick(
            rng,
            &["minute", "hour", "day", "week", "month", "quarter", "year"],
        );
        query
            .filter(field, same, Some(&format!("{other}@{unit}")))
            .ok()?;
        return Some(if negated {
            Check::DifferentIn(other, unit)
        } else {
            Check::SameIn(other, unit)
        });
    }
    query.filter(field, same, Some(other)).ok()?;
    Some(if negated {
        Check::Different(other)
    } else {
        Check::Same(other)
    })
}

fn part(rng: &mut Rng, world: &World, field: &str, kind: Kind, query: &mut Query) -> Option<Check> {
    let whole = match kind {
        Kind::Reference(table) => {
            let id = value(rng, world, kind);
            world.displayed(table, &id).to_owned()
        }
        _ => value(rng, world, kind),
    };
    let piece = match rng.u8(..3) {
        0 => whole,
        1 => piece(rng, &whole.to_uppercase()),
        _ => piece(rng, &whole),
    };
    let (operator, check): (_, fn(String) -> Check) = match rng.u8(..4) {
        0 => (Operator::StartsWith, Check::StartsWith),
        1 => (Operator::EndsWith, Check::EndsWith),
        2 => (Operator::Contains, Check::Contains),
        _ => (Operator::NotContains, Check::ContainsNot),
    };
    query.filter(field, operator, Some(&piece)).ok()?;
    Some(check(piece))
}

fn ordered(
    rng: &mut Rng,
    world: &World,
    field: &str,
    kind: Kind,
    query: &mut Query,
) -> Option<Check> {
    let low = value(rng, world, kind);
    if rng.u8(..3) == 0 {
        let high = value(rng, world, kind);
        query.filter_between(field, &low, &high).ok()?;
        return Some(Check::Between(low, high));
    }
    let comparison = comparison(rng);
    if comparison == Comparison::Equal {
        return None;
    }
    query.filter(field, operator(comparison), Some(&low)).ok()?;
    Some(Check::Compares(comparison, low))
}

fn timed(
    rng: &mut Rng,
    world: &World,
    table: &str,
    field: &str,
    query: &mut Query,
) -> Option<Check> {
    match rng.u8(..8) {
        0 => {
            let comparison = comparison(rng);
            let at = world::moment(rng);
            if comparison == Comparison::Equal {
                return None;
            }
            query.filter_time(field, operator(comparison), at).ok()?;
            Some(Check::Compares(comparison, calendar::text(at)))
        }
        1 => {
            let (low, high) = (world::moment(rng), world::moment(rng));
            query.filter_between_times(field, low, high).ok()?;
            Some(Check::Between(calendar::text(low), calendar::text(high)))
        }
        2 | 3 => {
            let (stretch, value) = stretch(rng);
            let negated = rng.u8(..4) == 0;
            let operator = if negated {
                Operator::NotOn
            } else {
                Operator::On
            };
            query.filter(field, operator, Some(&value)).ok()?;
            Some(if negated {
                Check::NotOn(stretch)
            } else {
                Check::On(stretch)
            })
        }
        4 => date_part(rng, field, query),
        5 => {
            let comparison = comparison(rng);
            let operator = match comparison {
                Comparison::Equal => Operator::RelativeEe,
                Comparison::Less => Operator::RelativeLt,
                Comparison::LessOrEqual => Operator::RelativeLe,
                Comparison::Greater => Operator::RelativeGt,
                Comparison::GreaterOrEqual => Operator::RelativeGe,
            };
            let unit = pick(
                rng,
                &["minute", "hour", "day", "week", "month", "quarter", "year"],
            );
            let count = rng.i64(0..20);
            let ahead = rng.u8(..4) == 0;
            let direction = if ahead { "ahead" } else { "ago" };
            query
                .filter(
                    field,
                    operator,
                    Some(&format!("@{unit}@{direction}@{count}")),
                )
                .ok()?;
            Some(Check::Relative(
                comparison,
                unit,
                if ahead { count } else { -count },
            ))
        }
        6 => {
            let (further, before) = (rng.bool(), rng.bool());
            let operator = if further {
                Operator::MoreThan
            } else {
                Operator::LessThan
            };
            let (other, unit, count) = (
                other(rng, table, Kind::Time),
                pick(rng, UNITS),
                rng.i64(0..30),
            );
            let direction = if before { "before" } else { "after" };
            query
                .filter(
                    field,
                    operator,
                    Some(&format!("{other}@{unit}@{direction}@{count}")),
                )
                .ok()?;
            Some(Check::Apart {
                further,
                other,
                unit,
                before,
                count,
            })
        }
        _ if rng.bool() => {
            let days = rng.i64(-3..60);
            query
                .filter_script(field, Operator::Ge, &format!("gs.daysAgoStart({days})"))
                .ok()?;
            Some(Check::SinceDaysAgo(days))
        }
        _ => list(rng, world, field, Kind::Time, query),
    }
}

fn stretch(rng: &mut Rng) -> (Stretch, String) {
    match rng.u8(..4) {
        0 => {
            let day = world::moment(rng).div_euclid(calendar::DAY) * calendar::DAY;
            (Stretch::Day(day), calendar::text(day)[..10].to_owned())
        }
        1 => {
            let (low, high) = (world::moment(rng), world::moment(rng));
            let value = format!("custom@{}@{}", calendar::text(low), calendar::text(high));
            (Stretch::Bounds(low, high), value)
        }
        _ => {
            let name = pick(rng, STRETCHES);
            (Stretch::Named(name), name.to_owned())
        }
    }
}

fn date_part(rng: &mut Rng, field: &str, query: &mut Query) -> Option<Check> {
    let comparison = comparison(rng);
    let code = match comparison {
        Comparison::Equal => "EE",
        Comparison::Less => "LT",
        Comparison::LessOrEqual => "LE",
        Comparison::Greater => "GT",
        Comparison::GreaterOrEqual => "GE",
    };
    let (part, number, value) = match rng.u8(..4) {
        0 => {
            let day = rng.usize(..7);
            ("dayofweek", day as i64 + 1, WEEKDAYS[day].to_owned())
        }
        1 => {
            let hour = rng.i64(0..24);
            ("hour", hour, hour.to_string())
        }
        2 => {
            let quarter = rng.i64(1..5);
            ("quarter", quarter, quarter.to_string())
        }
        _ => {
            let year = rng.i64(2024..2028);
            ("year", year, year.to_string())
        }
    };
    query
        .filter(
            field,
            Operator::DatePart,
            Some(&format!(
                "Part@javascript:gs.datePart('{part}','{value}','{code}')"
            )),
        )
        .ok()?;
    Some(Check::Part(part, comparison, number))
}

/// The one whom `gs.getUserID()` and "Me" mean.
pub(crate) const ME: &str = JOE;
