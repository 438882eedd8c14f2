//! How one user sees dates: zone and formats of the user record.
//!
//! Formats are those of the user preferences (`dd/MM/yyyy`, `hh:mm:ss a`). A user without any sees
//! UTC in the form of the wire.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use crate::{clock::parse_civil, database::Record};

#[derive(Clone, Debug)]
pub struct Locale {
    pub zone: TimeZone,
    date_format: String,
    time_format: String,
}

const WIRE_DATE: &str = "yyyy-MM-dd";
const WIRE_TIME: &str = "HH:mm:ss";

impl Locale {
    pub fn of_user(user: Option<Record<'_>>) -> Self {
        let value = |element: &str| {
            user.map(|user| user.value(element))
                .filter(|value| !value.is_empty())
        };
        let zone = value("time_zone").and_then(|zone| TimeZone::get(zone).ok());
        Locale {
            zone: zone.unwrap_or(TimeZone::UTC),
            date_format: value("date_format").unwrap_or(WIRE_DATE).to_owned(),
            time_format: value("time_format").unwrap_or(WIRE_TIME).to_owned(),
        }
    }

    /// A moment as the user sees it.
    pub fn date_time(&self, at: Timestamp) -> String {
        let local = at.to_zoned_datetime(self.zone.clone()).datetime();
        format!(
            "{} {}",
            written(local, &self.date_format),
            written(local, &self.time_format)
        )
    }

    /// A date without time, which no zone moves.
    pub fn date(&self, wire: &str) -> Option<String> {
        Some(written(parse_civil(wire)?, &self.date_format))
    }

    /// A date without time, as the user wrote it, in the form of the wire.
    pub fn read_date(&self, text: &str) -> Option<String> {
        let day = Parts::read(text, &self.date_format)?.date_time()?;
        Some(day.date().to_string())
    }

    /// What the user wrote, in the formats it sees.
    pub fn read_date_time(&self, text: &str) -> Option<Timestamp> {
        let parts = Parts::read(text, &format!("{} {}", self.date_format, self.time_format))?;
        let local = parts.date_time()?;
        Some(local.to_zoned_datetime(self.zone.clone()).ok()?.timestamp())
    }
}

fn written(at: DateTime, format: &str) -> String {
    let mut text = String::new();
    for run in runs(format) {
        let hour_of_12 = (at.hour() + 11).rem_euclid(12) + 1;
        match run {
            "yyyy" => text += &format!("{:04}", at.year()),
            "yy" => text += &format!("{:02}", at.year().rem_euclid(100)),
            "MM" => text += &format!("{:02}", at.month()),
            "dd" => text += &format!("{:02}", at.day()),
            "HH" => text += &format!("{:02}", at.hour()),
            "hh" => text += &format!("{hour_of_12:02}"),
            "mm" => text += &format!("{:02}", at.minute()),
            "ss" => text += &format!("{:02}", at.second()),
            "a" => text += if at.hour() < 12 { "AM" } else { "PM" },
            other => text += other,
        }
    }
    text
}

/// Runs of one letter each: `dd/MM` is `dd`, `/`, `MM`.
fn runs(format: &str) -> impl Iterator<Item = &str> {
    let mut rest = format;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c| c != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

#[derive(Default)]
struct Parts {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    /// Hours to add after noon; only formats with `a` have it.
    half: Option<i8>,
}

impl Parts {
    fn read(text: &str, format: &str) -> Option<Parts> {
        let mut parts = Parts::default();
        let mut rest = text.trim();
        for run in runs(format) {
            let length = if run == "a" { 2 } else { run.len() };
            let piece = rest.get(..length)?;
            rest = &rest[length..];
            match run {
                "yyyy" => parts.year = piece.parse().ok()?,
                "yy" => parts.year = 2_000 + piece.parse::<i16>().ok()?,
                "MM" => parts.month = piece.parse().ok()?,
                "dd" => parts.day = piece.parse().ok()?,
                "HH" | "hh" => parts.hour = piece.parse().ok()?,
                "mm" => parts.minute = piece.parse().ok()?,
                "ss" => parts.second = piece.parse().ok()?,
                "a" => {
                    parts.half = Some(if piece.eq_ignore_ascii_case("pm") {
                        12
                    } else {
                        0
                    })
                }
                separator if piece == separator => {}
                _ => return None,
            }
        }
        rest.is_empty().then_some(parts)
    }

    fn date_time(&self) -> Option<DateTime> {
        let hour = match self.half {
            Some(half) => self.hour % 12 + half,
            None => self.hour,
        };
        let time = Time::new(hour, self.minute, self.second, 0).ok()?;
        Some(
            Date::new(self.year, self.month, self.day)
                .ok()?
                .to_datetime(time),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{parse_wire, wire_text};

    #[test]
    fn a_date_is_seen_and_read_in_the_formats_of_the_user() {
        for (zone, date_format, time_format, wire, seen) in [
            (
                "UTC",
                WIRE_DATE,
                WIRE_TIME,
                "2026-02-01 10:00:00",
                "2026-02-01 10:00:00",
            ),
            (
                "America/New_York",
                "MM-dd-yyyy",
                "hh:mm:ss a",
                "2026-02-01 02:05:09",
                "01-31-2026 09:05:09 PM",
            ),
            (
                "Europe/Zurich",
                "dd.MM.yyyy",
                "HH:mm",
                "2026-06-30 22:30:00",
                "01.07.2026 00:30",
            ),
            (
                "UTC",
                "dd/MM/yy",
                "hh:mm:ss a",
                "2026-02-01 12:00:00",
                "01/02/26 12:00:00 PM",
            ),
        ] {
            let locale = Locale {
                zone: TimeZone::get(zone).unwrap(),
                date_format: date_format.into(),
                time_format: time_format.into(),
            };
            assert_eq!(locale.date_time(parse_wire(wire).unwrap()), seen);
            assert_eq!(
                locale.read_date_time(seen).map(wire_text).as_deref(),
                Some(wire)
            );
            assert_eq!(locale.read_date_time("soon"), None);
            let seen = locale.date("2026-02-28").unwrap();
            assert_eq!(locale.read_date(&seen).as_deref(), Some("2026-02-28"));
            assert_eq!(locale.read_date("soon"), None);
        }
    }
}
