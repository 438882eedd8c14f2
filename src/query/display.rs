//! In which form an instance renders the values of a row (`sysparm_display_value`).

/// Whether fields come as stored values, as display values, or as both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum DisplayValue {
    /// Stored values: choices as their number, references as their id, date-times in UTC.
    #[default]
    False = 0,
    /// Display values: choices as their label, date-times in the zone and the format of the user.
    /// A reference then comes without its id.
    True = 1,
    /// Both, for every field.
    All = 2,
}

impl DisplayValue {
    /// The form with this number: 0, 1 or 2.
    #[must_use]
    pub fn from_code(code: i32) -> Option<DisplayValue> {
        match code {
            0 => Some(DisplayValue::False),
            1 => Some(DisplayValue::True),
            2 => Some(DisplayValue::All),
            _ => None,
        }
    }

    /// The number of the form in C.
    #[must_use]
    pub fn code(self) -> i32 {
        self as i32
    }

    /// The form as the parameter spells it: `false`, `true` or `all`.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            DisplayValue::False => "false",
            DisplayValue::True => "true",
            DisplayValue::All => "all",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_for_one_form() {
        for (code, expected) in [
            (-1, None),
            (0, Some("false")),
            (1, Some("true")),
            (2, Some("all")),
            (3, None),
        ] {
            let form = DisplayValue::from_code(code);
            assert_eq!(form.map(DisplayValue::text), expected, "{code}");
            assert!(form.is_none_or(|form| form.code() == code));
        }
        assert_eq!(DisplayValue::default(), DisplayValue::False);
    }
}
