//! The rows that are asked about, as JSON, and what their columns hold.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::calendar::{self, DAY, HOUR, MINUTE};

/// 2026-02-04 12:30:30, a Wednesday.
pub(crate) const NOW: i64 = 1_770_208_230;

/// Joe, who asks.
pub(crate) const JOE: &str = "000000000000000000000000000000a1";

pub(crate) type Row = Map<String, Value>;

pub(crate) struct World {
    tables: Vec<(&'static str, Vec<Row>)>,
    /// Where the row with a key is.
    places: HashMap<String, Place>,
    /// Where the rows are that refer to a key, by the field that does.
    referring: HashMap<(String, String), Vec<Place>>,
}

/// Which table, and which of its rows.
type Place = (usize, usize);

/// What a column holds, which decides how it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Truth,
    Time,
    Reference(&'static str),
}

/// The columns of tasks that a query may name, dot-walks among them; behind the first [`TASK_COLUMNS`] those
/// that incidents alone have.
pub(crate) const COLUMNS: &[(&str, Kind)] = &[
    ("number", Kind::Text),
    ("short_description", Kind::Text),
    ("description", Kind::Text),
    ("state", Kind::Number),
    ("priority", Kind::Number),
    ("order", Kind::Number),
    ("active", Kind::Truth),
    ("opened_at", Kind::Time),
    ("closed_at", Kind::Time),
    ("opened_by", Kind::Reference("sys_user")),
    ("assigned_to", Kind::Reference("sys_user")),
    ("opened_by.name", Kind::Text),
    ("opened_by.active", Kind::Truth),
    ("assigned_to.department", Kind::Reference("cmn_department")),
    ("assigned_to.department.name", Kind::Text),
    ("caller_id", Kind::Reference("sys_user")),
    ("resolved_at", Kind::Time),
    ("reopen_count", Kind::Number),
    ("parent_incident", Kind::Reference("incident")),
    ("parent_incident.priority", Kind::Number),
    ("parent_incident.opened_at", Kind::Time),
    ("parent_incident.caller_id.name", Kind::Text),
];
pub(crate) const TASK_COLUMNS: usize = 15;

/// Texts that a careless query would trip over.
pub(crate) const TEXTS: &[&str] = &[
    "",
    "VPN down",
    "vpn DOWN",
    "VPN",
    " VPN",
    "Zürich",
    "ZÜRICH office",
    "a^b",
    "^",
    "2^10 files",
    "x,y",
    "joe@example.com",
    "100%",
    "*",
    "=5",
    "<=",
    "ORstate=1",
    "^ORstate=1",
    "NQ",
    "IN",
    "NULL",
    "true",
    "10",
    "9",
    "Printer jammed: \"access denied\"",
];

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let rng = &mut Rng::with_seed(seed);
        let users: Vec<String> = (0xa1..0xa9).map(id).collect();
        let departments: Vec<String> = (0xd1..0xd4).map(id).collect();
        let groups: Vec<String> = (0xc1..0xc4).map(id).collect();
        let mut tables: Vec<(&'static str, Vec<Row>)> = vec![
            (
                "cmn_department",
                departments
                    .iter()
                    .zip(["IT", "Sales", "R^D"])
                    .map(|(id, name)| row(&[("sys_id", id), ("name", name)]))
                    .collect(),
            ),
            (
                "sys_user_group",
                groups
                    .iter()
                    .zip(["Network", "Hard^ware", "Network, east"])
                    .map(|(id, name)| row(&[("sys_id", id), ("name", name)]))
                    .collect(),
            ),
        ];
        let names = [
            "Joe Public",
            "Eva Seahorn",
            "Søren Berg",
            "eva lind",
            "O^Neill",
            "VPN",
            "",
            "Joe",
        ];
        let people = users.iter().zip(names).enumerate().map(|(at, (id, name))| {
            row(&[
                ("sys_id", id),
                ("name", name),
                ("user_name", if id == JOE { "joe" } else { name }),
                ("active", ["true", "false", ""][at % 3]),
                (
                    "department",
                    if at % 4 == 3 {
                        ""
                    } else {
                        &departments[at % 3]
                    },
                ),
            ])
        });
        tables.push(("sys_user", people.collect()));
        let members = (0..9).map(|at| {
            row(&[
                ("sys_id", &id(0xe0 + at)),
                ("user", one_of(rng, &users[..6])),
                ("group", one_of(rng, &groups)),
            ])
        });
        tables.push(("sys_user_grmember", members.collect()));
        let incidents: Vec<String> = (0..100).map(|_| random_id(rng)).collect();
        let problems: Vec<String> = (0..30).map(|_| random_id(rng)).collect();
        for (table, ids, prefix) in [
            ("incident", &incidents, "INC"),
            ("problem", &problems, "PRB"),
        ] {
            let rows = ids.iter().enumerate().map(|(at, id)| {
                let mut row = row(&[
                    ("sys_id", id),
                    ("sys_class_name", table),
                    ("number", &format!("{prefix}{at:04}")),
                    ("short_description", pick(rng, TEXTS)),
                    ("description", pick(rng, TEXTS)),
                    ("state", pick(rng, &["", "1", "2", "3", "6", "10", "-5"])),
                    ("priority", pick(rng, &["1", "2", "3", "4", "5"])),
                    ("order", pick(rng, &["", "0", "9", "10", "100"])),
                    ("active", pick(rng, &["true", "true", "false", ""])),
                    ("opened_at", &time(rng)),
                    ("closed_at", &time(rng)),
                    ("opened_by", maybe(rng, &users)),
                    ("assigned_to", maybe(rng, &users)),
                ]);
                if table == "incident" {
                    for (field, value) in [
                        ("caller_id", maybe(rng, &users).to_owned()),
                        ("resolved_at", time(rng)),
                        (
                            "reopen_count",
                            pick(rng, &["", "0", "1", "2", "12"]).to_owned(),
                        ),
                        ("parent_incident", maybe(rng, &incidents[..20]).to_owned()),
                    ] {
                        row.insert(field.to_owned(), value.into());
                    }
                }
                row
            });
            tables.push((table, rows.collect()));
        }
        let mut world = World {
            tables,
            places: HashMap::new(),
            referring: HashMap::new(),
        };
        for (table, (_, rows)) in world.tables.iter().enumerate() {
            for (at, row) in rows.iter().enumerate() {
                let place = (table, at);
                world.places.insert(text(row, "sys_id").to_owned(), place);
                for (field, value) in row {
                    let value = value.as_str().unwrap_or_default().to_owned();
                    let referring = world.referring.entry((field.clone(), value));
                    referring.or_default().push(place);
                }
            }
        }
        world
    }

    /// Writes each table as the instance loads it.
    pub(crate) fn write(&self, folder: &Path) {
        for (table, rows) in &self.tables {
            let json = serde_json::to_vec(rows).expect("rows are JSON");
            fs::write(folder.join(format!("{table}.json")), json)
                .expect("the folder can be written");
        }
    }

    /// The rows of a table and of those that extend it.
    pub(crate) fn rows(&self, table: &str) -> impl Iterator<Item = &Row> {
        self.tables
            .iter()
            .filter(move |(name, _)| {
                *name == table || (table == "task" && matches!(*name, "incident" | "problem"))
            })
            .flat_map(|(_, rows)| rows)
    }

    /// The value of a field, walking through references; empty where one on the way is.
    pub(crate) fn value<'a>(&'a self, row: &'a Row, field: &str) -> &'a str {
        let Some((reference, rest)) = field.split_once('.') else {
            return text(row, field);
        };
        let target = self.find(target_of(reference), text(row, reference));
        target.map_or("", |target| self.value(target, rest))
    }

    /// What a reference displays.
    pub(crate) fn displayed<'a>(&'a self, table: &str, id: &str) -> &'a str {
        let display = if matches!(table, "incident" | "task") {
            "number"
        } else {
            "name"
        };
        self.find(table, id).map_or("", |row| text(row, display))
    }

    /// The rows of a table in which a field has this value.
    pub(crate) fn referring<'a>(
        &'a self,
        table: &'a str,
        field: &str,
        value: &str,
    ) -> impl Iterator<Item = &'a Row> {
        let places = self.referring.get(&(field.to_owned(), value.to_owned()));
        let places = places.into_iter().flatten();
        places.filter_map(move |&place| self.row_at(table, place))
    }

    fn find(&self, table: &str, id: &str) -> Option<&Row> {
        self.row_at(table, *self.places.get(id)?)
    }

    fn row_at(&self, table: &str, (number, at): Place) -> Option<&Row> {
        let (name, rows) = &self.tables[number];
        (*name == table).then(|| &rows[at])
    }
}

/// The table that a column of any table here refers to.
fn target_of(reference: &str) -> &'static str {
    match reference {
        "department" => "cmn_department",
        "group" => "sys_user_group",
        "parent_incident" => "incident",
        _ => "sys_user",
    }
}

pub(crate) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from[rng.usize(..from.len())]
}

/// A moment within two years of now, mostly near it, sometimes at the edge of a day.
pub(crate) fn moment(rng: &mut Rng) -> i64 {
    let span = [10 * MINUTE, 3 * HOUR, 3 * DAY, 40 * DAY, 700 * DAY][rng.usize(..5)];
    let at = NOW + rng.i64(-span..=span / 2);
    match rng.u8(..6) {
        0 => at.div_euclid(DAY) * DAY,
        1 => at.div_euclid(DAY) * DAY + DAY - 1,
        2 => at.div_euclid(HOUR) * HOUR,
        _ => at,
    }
}

fn time(rng: &mut Rng) -> String {
    if rng.u8(..4) == 0 {
        return String::new();
    }
    calendar::text(moment(rng))
}

fn row(fields: &[(&str, &str)]) -> Row {
    let field = |&(name, value): &(&str, &str)| (name.to_owned(), Value::from(value));
    fields.iter().map(field).collect()
}

fn one_of<'a>(rng: &mut Rng, ids: &'a [String]) -> &'a str {
    &ids[rng.usize(..ids.len())]
}

fn maybe<'a>(rng: &mut Rng, ids: &'a [String]) -> &'a str {
    if rng.u8(..3) == 0 {
        ""
    } else {
        one_of(rng, ids)
    }
}

fn id(number: u64) -> String {
    format!("{number:032x}")
}

fn random_id(rng: &mut Rng) -> String {
    format!("{:032x}", rng.u128(..))
}
