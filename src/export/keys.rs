//! The keys of rows.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::record::row::Rows;
use crate::table::is_number;

/// The key at which the first so many of all parts end, as if keys were spread evenly.
pub(super) fn even_border(number: u64, parts: u64) -> String {
    format!("{:04x}", 0x1_0000 * number / parts)
}

/// Rows that came, as far as their keys go.
pub(super) trait Keys {
    fn count(&self) -> usize;
    /// The key of a row; `None` where it shows none.
    fn key(&self, row: usize) -> Option<String>;

    /// The key of the last of the first rows that shows one.
    fn last_key(&self, rows: usize) -> Option<String> {
        (0..rows).rev().find_map(|row| self.key(row))
    }

    fn look(&self) -> Look;
}

/// What the keys of rows are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Whether each row that shows anything shows its key.
    pub(super) are_shown: bool,
    /// Whether there are rows that show nothing.
    pub(super) is_any_empty: bool,
    /// Whether those that are shown have 32 digits, which every database puts in the same order.
    pub(super) are_numbers: bool,
    /// Whether each comes after the one before, where both have 32 digits.
    pub(super) are_sorted: bool,
}

impl Look {
    fn new() -> Look {
        Look {
            are_shown: true,
            is_any_empty: false,
            are_numbers: true,
            are_sorted: true,
        }
    }

    /// Meets the next key.
    fn meet<'a>(&mut self, before: &mut Option<Cow<'a, str>>, key: Cow<'a, str>) {
        let is_number = is_number(&key);
        self.are_numbers &= is_number;
        self.are_sorted &= !is_number || before.as_ref().is_none_or(|before| *before <= key);
        *before = is_number.then_some(key);
    }
}

impl Keys for Rows {
    fn count(&self) -> usize {
        self.row_count()
    }

    fn key(&self, row: usize) -> Option<String> {
        let record = self.record(row)?.ok()?;
        record.get("sys_id").map(String::from)
    }

    fn look(&self) -> Look {
        let (mut look, mut before) = (Look::new(), None);
        let fields = self.column("sys_id", self.row_count());
        for (row, field) in fields.enumerate() {
            if let Some(key) = field.and_then(|field| field.value()) {
                look.meet(&mut before, key);
                continue;
            }
            match self.record(row) {
                Some(Ok(record)) if record.field_count() > 0 => look.are_shown = false,
                _ => look.is_any_empty = true,
            }
        }
        look
    }
}

/// Keys, each once. Nearly all of them are 32 hexadecimal digits, and take 16 bytes then.
#[derive(Default)]
pub(super) struct KeySet {
    numbers: HashSet<u128>,
    names: HashSet<String>,
}

impl KeySet {
    /// Adds a key; whether it was not there before.
    pub(super) fn insert(&mut self, key: String) -> bool {
        match number(&key) {
            Some(number) => self.numbers.insert(number),
            None => self.names.insert(key),
        }
    }

    /// Takes a key out; whether it was there.
    pub(super) fn remove(&mut self, key: &str) -> bool {
        match number(key) {
            Some(number) => self.numbers.remove(&number),
            None => self.names.remove(key),
        }
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        match number(key) {
            Some(number) => self.numbers.contains(&number),
            None => self.names.contains(key),
        }
    }
}

/// The number that a key is, where it is written as instances write it.
fn number(key: &str) -> Option<u128> {
    match is_number(key) {
        true => u128::from_str_radix(key, 16).ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_there_once() {
        let mut keys = KeySet::default();
        let all = [
            "9d385017c611228701d22104cc95c371",
            "9D385017C611228701D22104CC95C371",
            "global",
            "00000000000000000000000000000000",
            "0",
        ];
        for key in all {
            assert!(!keys.contains(key), "{key}");
            assert!(keys.insert(key.to_owned()), "{key}");
            assert!(keys.contains(key), "{key}");
            assert!(!keys.insert(key.to_owned()), "{key}");
        }
        for key in all {
            assert!(keys.remove(key), "{key}");
            assert!(!keys.contains(key) && !keys.remove(key), "{key}");
        }
    }

    #[test]
    fn keys_are_looked_at_for_numbers_and_their_order() {
        let one = "9d385017c611228701d22104cc95c371";
        let two = "9d385017c611228701d22104cc95c372";
        let met = |keys: &[&'static str]| {
            let (mut look, mut before) = (Look::new(), None);
            for key in keys {
                look.meet(&mut before, Cow::from(*key));
            }
            (look.are_numbers, look.are_sorted)
        };
        assert_eq!(met(&[]), (true, true));
        assert_eq!(met(&[one, two]), (true, true));
        assert_eq!(met(&[two, one]), (true, false));
        assert_eq!(met(&[two, "global", one]), (false, true));
    }
}
