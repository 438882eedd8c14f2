//! From what a client sends to what is stored.

use serde_json::Value;

use crate::{
    clock::{parse_civil, parse_wire, wire_text},
    database::{Database, is_sys_id},
    dictionary::{Column, InternalType},
    locale::Locale,
};

/// How the values of one request are to be read.
pub struct Input<'a> {
    pub database: &'a Database,
    pub locale: &'a Locale,
    /// `sysparm_input_display_value`: references by name, choices by label, times in the user's zone.
    pub displayed: bool,
    /// Values outside a choice list are stored.
    pub any_choice: bool,
}

impl Input<'_> {
    /// The value to store; `None` if the field refuses it, silently.
    pub fn stored(&self, column: &Column, value: &str) -> Option<String> {
        if value.is_empty() {
            return Some(String::new());
        }
        if !column.choices.is_empty() {
            return self.choice(column, value);
        }
        match column.internal_type {
            InternalType::Reference => Some(self.reference(column, value)),
            InternalType::GlideList if self.displayed => {
                let ids: Vec<String> = value
                    .split(',')
                    .map(|name| self.reference(column, name.trim()))
                    .filter(|id| !id.is_empty())
                    .collect();
                Some(ids.join(","))
            }
            kind if self.displayed && kind.is_date_time() => {
                self.locale.read_date_time(value).map(wire_text)
            }
            InternalType::Date if self.displayed => self.locale.read_date(value),
            // ISO 8601 is taken too, as serializers write it.
            kind if kind.is_date_time() => parse_wire(&value.replacen('T', " ", 1)).map(wire_text),
            kind if kind.is_duration() => parse_wire(value).map(wire_text),
            InternalType::Date => Some(parse_civil(value)?.date().to_string()),
            InternalType::Integer if self.displayed => whole(&value.replace(',', "")),
            InternalType::Integer => whole(value),
            InternalType::Decimal | InternalType::Float => {
                number(value).map(|_| value.trim().to_owned())
            }
            InternalType::Boolean => truth(value).map(|truth| truth.to_string()),
            InternalType::Currency if self.displayed => amount(&value.replace(['$', ','], "")),
            InternalType::Currency => amount(value),
            InternalType::Password => Some(String::new()),
            _ => Some(value.to_owned()),
        }
    }

    fn choice(&self, column: &Column, value: &str) -> Option<String> {
        if self.displayed
            && let Some(known) = column.value_of(value)
        {
            return Some(known.to_owned());
        }
        (self.any_choice || column.label_of(value).is_some()).then(|| value.to_owned())
    }

    /// A user may always be named by user name; other records by display value only where asked for.
    fn reference(&self, column: &Column, value: &str) -> String {
        let target = column.reference.as_deref().unwrap_or_default();
        if is_sys_id(value) || self.database.find(target, value).is_some() {
            return value.to_owned();
        }
        let by_user_name = (target == "sys_user")
            .then(|| self.database.find_named(target, "user_name", value))
            .flatten();
        let found = by_user_name.or_else(|| {
            let element = self.database.dictionary().display_column(target)?;
            self.displayed
                .then(|| self.database.find_named(target, element, value))
                .flatten()
        });
        match found {
            Some(record) => record.sys_id().to_owned(),
            // A name that names nothing is dropped where it was to be looked up, and kept where it was raw.
            None if self.displayed => String::new(),
            None => value.to_owned(),
        }
    }
}

fn number(value: &str) -> Option<f64> {
    let number: f64 = value.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

/// `5`, or `5.0` as some languages write it.
fn whole(value: &str) -> Option<String> {
    if let Ok(number) = value.trim().parse::<i64>() {
        return Some(number.to_string());
    }
    let number = number(value).filter(|number| number.fract() == 0.0)?;
    Some(format!("{number:.0}"))
}

/// `true` in any case, or `1`, and the opposites.
fn truth(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// `12.5` or `USD;12.5`, kept with four decimals: there are no exchange rates here.
fn amount(value: &str) -> Option<String> {
    let number = value.split_once(';').map_or(value, |(_, number)| number);
    Some(format!("{:.4}", self::number(number)?))
}

/// A JSON value as text; an object by its `value`, or by what it displays.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(parts) => parts
            .get("value")
            .or_else(|| parts.get("display_value"))
            .map(text)
            .unwrap_or_default(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::display::display_value;

    fn stored_in(
        database: &Database,
        displayed: bool,
        column: &Column,
        value: &str,
    ) -> Option<String> {
        let input = Input {
            database,
            locale: &Locale::of_user(None),
            displayed,
            any_choice: false,
        };
        input.stored(column, value)
    }

    #[test]
    fn a_choice_is_taken_by_label_only_as_a_display_value() {
        let database = Database::empty();
        let column = database
            .table("incident")
            .and_then(|table| table.column("state"))
            .unwrap();
        let stored = |displayed, value: &str| stored_in(&database, displayed, column, value);
        assert_eq!(stored(true, "In Progress").as_deref(), Some("2"));
        assert_eq!(stored(false, "In Progress"), None);
        assert_eq!(stored(false, "2").as_deref(), Some("2"));
        assert_eq!(stored(false, "").as_deref(), Some(""));
    }

    #[test]
    fn what_is_displayed_is_stored_as_it_was() {
        let database = Database::empty();
        let locale = Locale::of_user(None);
        for (kind, value) in [
            (InternalType::Currency, "12.5000"),
            (InternalType::Currency, "-1100.0000"),
            (InternalType::Date, "2026-02-01"),
            (InternalType::DateTime, "2026-02-01 10:00:00"),
            (InternalType::Integer, "-1234567"),
        ] {
            let column = Column::new("u_x", "X", kind);
            let shown = display_value(&database, &column, value, &locale);
            let input = Input {
                database: &database,
                locale: &locale,
                displayed: true,
                any_choice: false,
            };
            assert_eq!(
                input.stored(&column, &shown).as_deref(),
                Some(value),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_reference_is_named_in_any_case() {
        let mut database = Database::empty();
        let user = "0123456789abcdef0123456789abcdef";
        database.insert("sys_user", |column| match column {
            "sys_id" => user,
            "user_name" => "abel.tuter",
            "name" => "Abel Tuter",
            _ => "",
        });
        let column = Column::new("u_by", "By", InternalType::Reference).referring_to("sys_user");
        let stored = |displayed, value: &str| stored_in(&database, displayed, &column, value);
        assert_eq!(stored(false, "Abel.Tuter").as_deref(), Some(user));
        assert_eq!(stored(true, "ABEL TUTER").as_deref(), Some(user));
        assert_eq!(stored(false, "Abel Tuter").as_deref(), Some("Abel Tuter"));
    }

    #[test]
    fn an_amount_may_name_its_currency() {
        assert_eq!(amount("USD;12.50").as_deref(), Some("12.5000"));
        assert_eq!(amount("-3").as_deref(), Some("-3.0000"));
        assert_eq!(amount("USD;much"), None);
        assert_eq!(amount("inf"), None);
    }
}
