//! What must be true of a value.

use std::collections::{HashMap, HashSet};

use jiff::{Span, ZonedDateTime, tz::TimeZone};

use super::{
    Path, Viewer,
    parse::Comparison,
    script::{self, Period},
};
use crate::{
    clock::{parse_civil, parse_wire},
    collation::{
        compare_ignoring_case, compare_numbers, contains_ignoring_case, ends_ignoring_case,
        equals_ignoring_case, starts_ignoring_case,
    },
    database::{Database, Record},
};

/// Whether a test looks at the stored value or at what a reference displays.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    Display,
    Value,
}

/// Texts to compare with are lower-case, except where the order matters.
#[derive(Debug)]
pub enum Test {
    Always,
    Apart {
        comparison: Comparison,
        other: Path,
        before: bool,
        span: Span,
    },
    Between {
        from: String,
        to: String,
        numeric: bool,
    },
    Compares {
        comparison: Comparison,
        operand: String,
        numeric: bool,
    },
    ComparesField {
        comparison: Comparison,
        other: Path,
    },
    Contains(String),
    /// How many records of another table have this value.
    Counted {
        counts: HashMap<String, usize>,
        comparison: Comparison,
        count: usize,
        /// The fields that were looked at to count them, each with its table.
        fields: Vec<(String, Path)>,
        /// The terms of the conditions on them that mean nothing.
        invalid: Vec<String>,
    },
    DatePart {
        part: DatePart,
        value: i64,
        comparison: Comparison,
        zone: TimeZone,
    },
    Empty,
    EndsWith(String),
    Equals(String),
    EqualsOrDisplays(String),
    Not(Box<Test>),
    OneOf(Vec<String>),
    SameAs {
        other: Path,
        unit: Option<Period>,
        zone: TimeZone,
    },
    StartsWith(String),
    /// Of a record with this label, by its own word or by an entry of the label.
    Tagged {
        label: String,
        records: HashSet<String>,
    },
    /// Of the record as a whole: each word in some field.
    Words {
        words: Vec<String>,
        /// The positions of the columns that are not searched, by class.
        hidden: HashMap<String, Vec<usize>>,
    },
}

impl Test {
    /// `('dayofweek', 'monday', …)`; `None` for a part or a value that is none.
    pub fn date_part(
        part: &str,
        value: &str,
        comparison: Comparison,
        viewer: &Viewer,
    ) -> Option<Test> {
        let part = DatePart::from_name(part)?;
        Some(Test::DatePart {
            part,
            value: part.number(value)?,
            comparison,
            zone: viewer.locale.zone.clone(),
        })
    }

    /// One of these values, counted as `Counted` has them.
    pub fn among(values: HashMap<String, usize>) -> Test {
        Test::Counted {
            counts: values,
            comparison: Comparison::GreaterOrEqual,
            count: 1,
            fields: Vec::new(),
            invalid: Vec::new(),
        }
    }

    /// The fields it looks at beside the one it is of, each with its table; `table` is its own.
    pub fn other_fields(&self, table: &str) -> Vec<(String, Path)> {
        match self {
            Test::Apart { other, .. }
            | Test::ComparesField { other, .. }
            | Test::SameAs { other, .. } => vec![(table.to_owned(), other.clone())],
            Test::Counted { fields, .. } => fields.clone(),
            Test::Not(test) => test.other_fields(table),
            _ => Vec::new(),
        }
    }

    /// The terms inside it that mean nothing.
    pub fn invalid_terms(&self) -> &[String] {
        match self {
            Test::Counted { invalid, .. } => invalid,
            _ => &[],
        }
    }

    pub fn holds(
        &self,
        database: &Database,
        record: Record<'_>,
        path: &Path,
        subject: Subject,
    ) -> bool {
        let value = match subject {
            Subject::Value => path.value(database, record),
            Subject::Display => displayed(database, record, path),
        };
        match self {
            Test::Always => true,
            Test::Apart {
                comparison,
                other,
                before,
                span,
            } => is_apart(
                value,
                other.value(database, record),
                *comparison,
                *before,
                *span,
            ),
            Test::Between { from, to, numeric } => {
                !value.is_empty()
                    && order(value, from, *numeric).is_ge()
                    && order(value, to, *numeric).is_le()
            }
            Test::Compares {
                comparison,
                operand,
                numeric,
            } => !value.is_empty() && comparison.holds(order(value, operand, *numeric)),
            Test::ComparesField { comparison, other } => {
                let other = other.value(database, record);
                !value.is_empty()
                    && !other.is_empty()
                    && comparison.holds(compare_numbers(value, other))
            }
            Test::Contains(text) => contains_ignoring_case(value, text),
            Test::Counted {
                counts,
                comparison,
                count,
                ..
            } => comparison.holds(counts.get(value).copied().unwrap_or(0).cmp(count)),
            Test::DatePart {
                part,
                value: wanted,
                comparison,
                zone,
            } => part
                .of(value, zone)
                .is_some_and(|number| comparison.holds(number.cmp(wanted))),
            Test::Empty => value.is_empty(),
            Test::EndsWith(text) => ends_ignoring_case(value, text),
            Test::Equals(text) => equals_ignoring_case(value, text),
            Test::EqualsOrDisplays(text) => {
                equals_ignoring_case(value, text)
                    || equals_ignoring_case(displayed(database, record, path), text)
            }
            Test::Not(test) => !test.holds(database, record, path, subject),
            Test::OneOf(texts) => texts.iter().any(|text| equals_ignoring_case(value, text)),
            Test::SameAs { other, unit, zone } => {
                is_same(value, other.value(database, record), *unit, zone)
            }
            Test::StartsWith(text) => starts_ignoring_case(value, text),
            Test::Tagged { label, records } => {
                records.contains(record.sys_id()) || value.split(',').any(|tag| tag.trim() == label)
            }
            Test::Words { .. } => self.holds_for_record(record),
        }
    }

    pub fn holds_for_record(&self, record: Record<'_>) -> bool {
        let Test::Words { words, hidden } = self else {
            return false;
        };
        let hidden = hidden.get(record.class.name());
        let is_searched = |position: &usize| hidden.is_none_or(|hidden| !hidden.contains(position));
        words.iter().all(|word| {
            (0..record.class.columns().len())
                .filter(is_searched)
                .any(|position| contains_ignoring_case(record.row.value(position), word))
        })
    }
}

/// What the reference at the end of a path displays.
fn displayed<'a>(database: &'a Database, record: Record<'a>, path: &'a Path) -> &'a str {
    let value = path.value(database, record);
    let Some(target) = path.column().reference_target() else {
        return value;
    };
    let Some(record) = database.find(target, value) else {
        return "";
    };
    database
        .dictionary()
        .display_column(target)
        .map_or("", |element| record.value(element))
}

fn order(value: &str, operand: &str, numeric: bool) -> std::cmp::Ordering {
    if numeric {
        compare_numbers(value, operand)
    } else {
        compare_ignoring_case(value, operand)
    }
}

fn is_apart(value: &str, other: &str, comparison: Comparison, before: bool, span: Span) -> bool {
    let (Some(value), Some(other)) = (parse_wire(value), parse_wire(other)) else {
        return false;
    };
    let other = other.to_zoned_datetime(TimeZone::UTC);
    let edge = if before {
        other.checked_sub(span)
    } else {
        other.checked_add(span)
    };
    let Ok(edge) = edge else { return false };
    let order = value.cmp(&edge.timestamp());
    // "More than one day before" lies further back than the edge, not later.
    comparison.holds(if before { order.reverse() } else { order })
}

fn is_same(value: &str, other: &str, unit: Option<Period>, zone: &TimeZone) -> bool {
    let Some(unit) = unit else {
        return compare_ignoring_case(value, other).is_eq();
    };
    let start = |text: &str| script::start_of(unit, &local(text, zone)?);
    matches!((start(value), start(other)), (Some(left), Some(right)) if left == right)
}

/// A moment in the zone of the user; a day without a time is the same in every zone.
fn local(value: &str, zone: &TimeZone) -> Option<ZonedDateTime> {
    match value.len() {
        DATE_LENGTH => parse_civil(value)?.to_zoned_datetime(zone.clone()).ok(),
        _ => Some(parse_wire(value)?.to_zoned_datetime(zone.clone())),
    }
}

/// `yyyy-MM-dd`
const DATE_LENGTH: usize = 10;

#[derive(Clone, Copy, Debug)]
pub enum DatePart {
    DayOfMonth,
    DayOfWeek,
    Hour,
    Month,
    Quarter,
    Week,
    Year,
}

impl DatePart {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "dayofmonth" => DatePart::DayOfMonth,
            "dayofweek" => DatePart::DayOfWeek,
            "hour" => DatePart::Hour,
            "month" => DatePart::Month,
            "quarter" => DatePart::Quarter,
            "week" => DatePart::Week,
            "year" => DatePart::Year,
            _ => return None,
        })
    }

    /// `monday`, `january`, or a number.
    fn number(self, text: &str) -> Option<i64> {
        let named = |names: &[&str], from: i64| {
            let place = names
                .iter()
                .position(|name| text.to_lowercase().starts_with(name))?;
            Some(i64::try_from(place).ok()? + from)
        };
        match self {
            DatePart::DayOfWeek => named(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 1),
            DatePart::Month => named(
                &[
                    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
                    "dec",
                ],
                1,
            ),
            _ => None,
        }
        .or_else(|| text.parse().ok())
    }

    fn of(self, value: &str, zone: &TimeZone) -> Option<i64> {
        let at = local(value, zone)?;
        Some(match self {
            DatePart::DayOfMonth => at.day().into(),
            DatePart::DayOfWeek => at.weekday().to_monday_one_offset().into(),
            DatePart::Hour => at.hour().into(),
            DatePart::Month => at.month().into(),
            DatePart::Quarter => i64::from((at.month() - 1) / 3 + 1),
            DatePart::Week => at.date().iso_week_date().week().into(),
            DatePart::Year => at.year().into(),
        })
    }
}
