//! Makes rows from a seed: the small world an instance begins with, and tables of any size.
//!
//! What a column gets follows from its type and name in the dictionary, so any table can be made. A
//! reference points to a record that is there, or is empty. Dates lie in the four hundred days
//! before the instance's clock, rising from row to row but with ties, as in a table that people fill.

use jiff::{SignedDuration, Timestamp};

use super::{Database, Identifiers, Row, RowBuilder};
use crate::{
    clock::wire_text,
    dictionary::{Column, InternalType},
};

/// Users, groups, their members, and a few of each kind of record.
pub fn small_world(database: &mut Database, seed: u64, now: Timestamp) {
    for (table, rows) in [
        ("core_company", 5),
        ("cmn_location", 8),
        ("cmn_department", 6),
        ("sys_user", 40),
        ("sys_user_group", 8),
        ("sys_user_grmember", 60),
        ("cmdb_ci_server", 10),
        ("cmdb_ci_linux_server", 10),
        ("cmdb_ci_win_server", 5),
        ("cmdb_ci_service", 5),
        ("problem", 10),
        ("change_request", 10),
        ("incident", 75),
        ("kb_knowledge", 5),
        ("sc_cat_item", 6),
    ] {
        generate(database, table, rows, seed, now);
    }
}

/// Adds `count` rows to a table. `false` if there is no such table.
pub fn generate(
    database: &mut Database,
    table: &str,
    count: usize,
    seed: u64,
    now: Timestamp,
) -> bool {
    if database.table(table).is_none() {
        return false;
    }
    ensure_people(database, table, count, seed, now);
    let Some(columns) = database.table(table).map(|table| table.columns().to_vec()) else {
        return false;
    };
    let makers: Vec<Maker> = columns
        .iter()
        .map(|column| Maker::of(database, table, column))
        .collect();
    let mut author = Author {
        identifiers: Identifiers::for_purpose(seed, table),
        first_number: first_free_number(database, table),
        count,
        now,
        builder: RowBuilder::default(),
    };
    let rows = (0..count).map(|number| author.row(&makers, number));
    // The rows borrow nothing of the database: the makers hold copies of the ids they choose from.
    database.extend(table, rows);
    true
}

fn ensure_people(database: &mut Database, table: &str, count: usize, seed: u64, now: Timestamp) {
    if matches!(
        table,
        "sys_user" | "sys_user_group" | "core_company" | "cmn_location" | "cmn_department"
    ) {
        return;
    }
    for (needed, rows) in [
        ("sys_user", (count / 10).clamp(20, 5_000)),
        ("sys_user_group", 20),
    ] {
        if database.table(needed).is_some_and(|table| table.len() == 0) {
            generate(database, needed, rows, seed, now);
        }
    }
}

fn first_free_number(database: &Database, table: &str) -> usize {
    database.table(table).map_or(1, |table| table.len() + 1)
}

/// How the values of one column come about.
enum Maker {
    SysId,
    Number(String),
    Fixed(String),
    Choice(Vec<String>),
    /// One of the ids, or nothing, with so many chances of a hundred for nothing.
    Reference {
        ids: Vec<String>,
        empty_of_100: usize,
    },
    Created,
    Updated,
    /// A time after creation; empty for rows that have not got so far.
    Later {
        empty_of_100: usize,
    },
    Sentence,
    Paragraph,
    FirstName,
    LastName,
    FullName,
    UserName,
    Email,
    Counted(String),
    Small(usize),
    Author,
    Address,
    Empty,
}

impl Maker {
    fn of(database: &Database, table: &str, column: &Column) -> Maker {
        if let Some(maker) = Maker::for_element(table, &column.element, database) {
            return maker;
        }
        match column.internal_type {
            InternalType::Reference => {
                let target = column.reference.as_deref().unwrap_or_default();
                let ids = database
                    .classes(target)
                    .flat_map(|class| class.rows().map(|row| row.value(0).to_owned()));
                // Enough to choose from; a table of a million targets need not be copied.
                let ids: Vec<String> = ids.take(5_000).collect();
                Maker::Reference {
                    ids,
                    empty_of_100: if is_principal(&column.element) { 5 } else { 60 },
                }
            }
            _ if !column.choices.is_empty() => Maker::Choice(
                column
                    .choices
                    .iter()
                    .map(|choice| choice.value.clone())
                    .collect(),
            ),
            InternalType::Boolean => Maker::Fixed("false".into()),
            InternalType::DateTime | InternalType::DueDate => Maker::Later { empty_of_100: 60 },
            InternalType::Integer => Maker::Small(4),
            _ => Maker::Empty,
        }
    }

    fn for_element(table: &str, element: &str, database: &Database) -> Option<Maker> {
        Some(match (table, element) {
            (_, "sys_id") => Maker::SysId,
            (_, "number" | "task_effective_number") => Maker::Number(
                database
                    .dictionary()
                    .number_prefix(table)
                    .unwrap_or_default()
                    .to_owned(),
            ),
            (_, "sys_class_name") => Maker::Fixed(table.to_owned()),
            (_, "sys_created_on" | "opened_at") => Maker::Created,
            (_, "sys_updated_on") => Maker::Updated,
            (_, "sys_created_by" | "sys_updated_by") => Maker::Author,
            (_, "sys_mod_count") => Maker::Small(9),
            (_, "sys_domain") => Maker::Fixed("global".into()),
            (_, "sys_domain_path") => Maker::Fixed("/".into()),
            (_, "active" | "made_sla") => Maker::Fixed("true".into()),
            (_, "upon_reject") => Maker::Fixed("cancel".into()),
            (_, "upon_approval") => Maker::Fixed("proceed".into()),
            (_, "approval") => Maker::Fixed("not requested".into()),
            (_, "escalation" | "reopen_count" | "order") => Maker::Fixed("0".into()),
            (_, "short_description") => Maker::Sentence,
            (_, "description" | "text") => Maker::Paragraph,
            ("sys_user", "first_name") => Maker::FirstName,
            ("sys_user", "last_name") => Maker::LastName,
            ("sys_user", "name") => Maker::FullName,
            ("sys_user", "user_name") => Maker::UserName,
            ("sys_user", "email") => Maker::Email,
            ("sys_user_group", "name") => Maker::Counted("Group".into()),
            ("core_company", "name") => Maker::Counted("Company".into()),
            ("cmn_location", "name") => Maker::Counted("Site".into()),
            ("cmn_department", "name") => Maker::Counted("Department".into()),
            (_, "ip_address") => Maker::Address,
            ("cmdb_rel_type", "name") => Maker::Choice(
                [
                    "Depends on::Used by",
                    "Runs on::Runs",
                    "Contains::Contained by",
                ]
                .map(String::from)
                .into(),
            ),
            (_, "price") => {
                Maker::Choice(["12.5000", "25.0000", "499.9900"].map(String::from).into())
            }
            (_, "name") => {
                let label = database
                    .dictionary()
                    .table(table)
                    .map_or(table, |table| &table.label);
                Maker::Counted(label.to_owned())
            }
            _ => return None,
        })
    }
}

fn is_principal(element: &str) -> bool {
    matches!(
        element,
        "caller_id" | "opened_by" | "user" | "group" | "assignment_group" | "manufacturer"
    )
}

/// Writes row after row.
struct Author {
    identifiers: Identifiers,
    first_number: usize,
    count: usize,
    now: Timestamp,
    builder: RowBuilder,
}

impl Author {
    fn row(&mut self, makers: &[Maker], number: usize) -> Row {
        let created = self.created(number);
        let person = person(number);
        for maker in makers {
            self.write(maker, self.first_number + number, created, person);
            self.builder.end_value();
        }
        self.builder.take()
    }

    fn write(
        &mut self,
        maker: &Maker,
        number: usize,
        created: Timestamp,
        (first, last): (&str, &str),
    ) {
        match maker {
            Maker::SysId => self.builder.write(&self.identifiers.sys_id()),
            Maker::Number(prefix) => self.builder.write(&format!("{prefix}{number:07}")),
            Maker::Fixed(value) => self.builder.write(value),
            Maker::Choice(values) => {
                self.builder
                    .write(self.identifiers.choose(values).map_or("", String::as_str));
            }
            Maker::Reference { ids, empty_of_100 } => {
                if self.identifiers.below(100) >= *empty_of_100 {
                    self.builder
                        .write(self.identifiers.choose(ids).map_or("", String::as_str));
                }
            }
            Maker::Created => self.builder.write(&wire_text(created)),
            Maker::Updated => self.write_later(created),
            Maker::Later { empty_of_100 } => {
                if self.identifiers.below(100) >= *empty_of_100 {
                    self.write_later(created);
                }
            }
            Maker::Sentence => self.write_sentence(),
            Maker::Paragraph => {
                for end in [". ", ". ", "."] {
                    self.write_sentence();
                    self.builder.write(end);
                }
            }
            Maker::FirstName => self.builder.write(first),
            Maker::LastName => self.builder.write(last),
            Maker::FullName => self.builder.write(&format!("{first} {last}")),
            Maker::UserName => self.builder.write(&user_name(first, last, number)),
            Maker::Email => self
                .builder
                .write(&format!("{}@example.com", user_name(first, last, number))),
            Maker::Counted(word) => self.builder.write(&format!("{word} {number:03}")),
            Maker::Small(bound) => self
                .builder
                .write(&self.identifiers.below(*bound).to_string()),
            Maker::Author => self.builder.write("system"),
            Maker::Address => {
                let (second, third) = (self.identifiers.below(4), self.identifiers.below(250));
                self.builder
                    .write(&format!("10.{second}.{third}.{}", number % 250 + 1));
            }
            Maker::Empty => {}
        }
    }

    fn created(&self, number: usize) -> Timestamp {
        let span = SPAN_OF_ROWS.as_secs();
        let done = i64::try_from(number * 1_000 / self.count.max(1)).unwrap_or(0);
        // Whole minutes: several rows share a second, as after a mass update.
        let elapsed = span * done / 1_000 / 60 * 60;
        self.now
            .checked_sub(SignedDuration::from_secs(span - elapsed))
            .unwrap_or(self.now)
    }

    fn write_later(&mut self, created: Timestamp) {
        let minutes = i64::try_from(self.identifiers.below(14 * 24 * 60)).unwrap_or(0);
        let later = created
            .checked_add(SignedDuration::from_mins(minutes))
            .unwrap_or(created);
        self.builder.write(&wire_text(later.min(self.now)));
    }

    fn write_sentence(&mut self) {
        for (place, words) in [&SUBJECTS[..], &TROUBLES, &PLACES].into_iter().enumerate() {
            if place > 0 {
                self.builder.write(" ");
            }
            self.builder
                .write(self.identifiers.choose(words).copied().unwrap_or_default());
        }
    }
}

fn person(number: usize) -> (&'static str, &'static str) {
    let last = number / FIRST_NAMES.len() % LAST_NAMES.len();
    (FIRST_NAMES[number % FIRST_NAMES.len()], LAST_NAMES[last])
}

fn user_name(first: &str, last: &str, number: usize) -> String {
    format!("{}.{}{number}", first.to_lowercase(), last.to_lowercase())
}

const SPAN_OF_ROWS: SignedDuration = SignedDuration::from_hours(400 * 24);

const FIRST_NAMES: [&str; 20] = [
    "Abel", "Beth", "Carol", "David", "Eva", "Fred", "Grace", "Henri", "Ines", "Joe", "Karin",
    "Luke", "Mina", "Noah", "Olga", "Paulo", "Renée", "Søren", "Tess", "Uma",
];
const LAST_NAMES: [&str; 20] = [
    "Tuter", "Anglin", "Coughlin", "Dan", "Seahorn", "Luddy", "Hopper", "Vogel", "Marsh", "Public",
    "Lind", "Wilson", "Okafor", "Patel", "Novak", "Silva", "Garnier", "Berg", "Young", "O'Neill",
];
const SUBJECTS: [&str; 12] = [
    "Email",
    "VPN",
    "The printer",
    "SAP",
    "Wireless access",
    "The laptop",
    "Oracle",
    "The file share",
    "Single sign-on",
    "The phone",
    "Video conferencing",
    "The build server",
];
const TROUBLES: [&str; 10] = [
    "is down",
    "is slow",
    "asks for a password again and again",
    "drops the connection",
    "shows \"access denied\"",
    "loses files",
    "cannot be reached",
    "needs an upgrade",
    "reports a full disk",
    "freezes",
];
const PLACES: [&str; 8] = [
    "in the Zürich office",
    "since this morning",
    "on the third floor",
    "after the update",
    "for all of sales",
    "when working from home",
    "every Monday",
    "for one user",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::parse_wire;

    fn world(seed: u64) -> Vec<String> {
        let mut database = Database::empty();
        small_world(
            &mut database,
            seed,
            parse_wire("2026-02-01 10:00:00").unwrap(),
        );
        let table = database.table("incident").unwrap();
        table
            .rows()
            .flat_map(|row| (0..table.columns().len()).map(|at| row.value(at).to_owned()))
            .collect()
    }

    #[test]
    fn one_seed_makes_one_world() {
        assert_eq!(world(7), world(7));
        assert_ne!(world(7), world(8));
    }

    #[test]
    fn references_lead_to_records() {
        let mut database = Database::empty();
        generate(
            &mut database,
            "incident",
            50,
            1,
            parse_wire("2026-02-01 10:00:00").unwrap(),
        );
        let incidents = database.table("incident").unwrap();
        let caller = incidents.position("caller_id").unwrap();
        assert!(
            incidents
                .rows()
                .map(|row| row.value(caller))
                .filter(|id| !id.is_empty())
                .all(|id| { database.find("sys_user", id).is_some() })
        );
    }
}
