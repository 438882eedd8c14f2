//! What people see for a stored value.

use std::borrow::Cow;

use crate::{
    clock::parse_wire,
    database::{Database, Record, is_sys_id},
    dictionary::{Column, InternalType},
    locale::Locale,
};

/// The display value, in the zone and formats of the user who looks.
pub fn display_value<'a>(
    database: &'a Database,
    column: &'a Column,
    value: &'a str,
    locale: &Locale,
) -> Cow<'a, str> {
    if value.is_empty() {
        return Cow::Borrowed("");
    }
    if let Some(label) = column.label_of(value) {
        return Cow::Borrowed(label);
    }
    match column.internal_type {
        InternalType::Reference => Cow::Borrowed(displayed_record(database, column, value)),
        InternalType::GlideList => {
            let names: Vec<&str> = value
                .split(',')
                .map(|id| displayed_record(database, column, id.trim()))
                .collect();
            Cow::Owned(names.join(", "))
        }
        InternalType::SysClassName => Cow::Borrowed(
            database
                .dictionary()
                .table(value)
                .map_or(value, |table| table.label.as_str()),
        ),
        InternalType::Integer => grouped(value),
        InternalType::Date => locale.date(value).map_or(Cow::Borrowed(value), Cow::Owned),
        InternalType::Currency => match value.parse::<f64>() {
            Ok(amount) => Cow::Owned(priced(amount)),
            Err(_) => Cow::Borrowed(value),
        },
        kind if kind.is_date_time() => match parse_wire(value) {
            Some(at) => Cow::Owned(locale.date_time(at)),
            None => Cow::Borrowed(value),
        },
        kind if kind.is_duration() => match parse_wire(value) {
            Some(since_epoch) => Cow::Owned(spoken_duration(since_epoch.as_second())),
            None => Cow::Borrowed(value),
        },
        _ => Cow::Borrowed(value),
    }
}

/// The entries of a journal field as one text; `comments_and_work_notes` has those of both.
pub fn journal_history(
    database: &Database,
    record: Record<'_>,
    element: &str,
    locale: &Locale,
) -> String {
    let Some(journal) = database.table("sys_journal_field") else {
        return String::new();
    };
    let mut entries: Vec<Record> = journal
        .rows_where("element_id", record.sys_id())
        .map(|row| Record {
            class: journal,
            row,
        })
        .filter(|entry| {
            let of = entry.value("element");
            of == element
                || (element == "comments_and_work_notes" && matches!(of, "comments" | "work_notes"))
        })
        .collect();
    // Entries of one second stay in the order they were made, and that is reversed with the rest.
    entries.sort_by_key(|entry| entry.value("sys_created_on"));
    let mut text = String::new();
    for entry in entries.iter().rev() {
        let author = entry.value("sys_created_by");
        let author = database
            .find_by("sys_user", "user_name", author)
            .map_or(author, |user| user.value("name"));
        let label = record
            .class
            .column(entry.value("element"))
            .map_or("", |column| column.label.as_str());
        let created = entry.value("sys_created_on");
        let at = parse_wire(created).map(|at| locale.date_time(at));
        let at = at.as_deref().unwrap_or(created);
        text += &format!("{at} - {author} ({label})\n{}\n\n", entry.value("value"));
    }
    text
}

/// What the record a reference names displays; a name that is no id stands for itself.
fn displayed_record<'a>(database: &'a Database, column: &Column, value: &'a str) -> &'a str {
    let target = column.reference.as_deref().unwrap_or_default();
    match database.find(target, value) {
        Some(record) => {
            let element = database
                .dictionary()
                .display_column(target)
                .unwrap_or("sys_id");
            match record
                .class
                .column(element)
                .and_then(Column::reference_target)
            {
                // A member of a group is displayed as the user it is; one step, so that no circle forms.
                Some(next) => database
                    .find(next, record.value(element))
                    .zip(database.dictionary().display_column(next))
                    .map_or("", |(record, element)| record.value(element)),
                None => record.value(element),
            }
        }
        None if is_sys_id(value) => "",
        None => value,
    }
}

/// `1100.5` as `$1,100.50`.
pub fn priced(amount: f64) -> String {
    let text = format!("{amount:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let sign = if digits.len() < whole.len() { "-" } else { "" };
    format!("{sign}${}.{cents}", grouped(digits))
}

/// `1234567` as `1,234,567`.
fn grouped(value: &str) -> Cow<'_, str> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.len() < 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(value);
    }
    let mut text = String::from(if digits.len() < value.len() { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    Cow::Owned(text)
}

/// `1 Day 2 Hours 3 Minutes`; seconds only where there is nothing larger.
fn spoken_duration(seconds: i64) -> String {
    let parts = [
        (seconds / 86_400, "Day"),
        (seconds / 3_600 % 24, "Hour"),
        (seconds / 60 % 60, "Minute"),
    ];
    let mut words: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| counted(count, unit))
        .collect();
    if words.is_empty() {
        words.push(counted(seconds, "Second"));
    }
    words.join(" ")
}

fn counted(count: i64, unit: &str) -> String {
    if count == 1 {
        format!("1 {unit}")
    } else {
        format!("{count} {unit}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: InternalType, value: &str) -> String {
        let database = Database::empty();
        let column = Column::new("u_x", "X", kind).referring_to("sys_user_group");
        display_value(&database, &column, value, &Locale::of_user(None)).into_owned()
    }

    #[test]
    fn each_type_has_its_form() {
        for (kind, value, expected) in [
            (
                InternalType::DateTime,
                "2026-02-01 10:00:00",
                "2026-02-01 10:00:00",
            ),
            (InternalType::Duration, "1970-01-01 00:02:17", "2 Minutes"),
            (
                InternalType::Duration,
                "1970-01-03 01:00:00",
                "2 Days 1 Hour",
            ),
            (InternalType::Duration, "1970-01-01 00:00:09", "9 Seconds"),
            (InternalType::Integer, "-1234567", "-1,234,567"),
            (InternalType::Integer, "999", "999"),
            (InternalType::Currency, "12.5000", "$12.50"),
            (InternalType::Currency, "1100.0000", "$1,100.00"),
            (InternalType::Currency, "-1234567.8900", "-$1,234,567.89"),
            (InternalType::SysClassName, "incident", "Incident"),
            (InternalType::Reference, "global", "global"),
            (
                InternalType::Reference,
                "ffffffffffffffffffffffffffffffff",
                "",
            ),
            (InternalType::String, "x", "x"),
        ] {
            assert_eq!(shown(kind, value), expected, "{kind:?} {value}");
        }
    }
}
