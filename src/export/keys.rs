//! The keys of rows.

use std::collections::HashSet;

use crate::record::row::Rows;
use crate::table::is_number;

/// Rows that came, as far as their keys go.
pub(super) trait Keys {
    fn count(&self) -> usize;
    /// The key of a row; `None` where it shows none.
    fn key(&self, row: usize) -> Option<String>;

    /// The key of the last of the first rows that shows one.
    fn last_key(&self, rows: usize) -> Option<String> {
        (0..rows).rev().find_map(|row| self.key(row))
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
    }
}
