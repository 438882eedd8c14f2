//! Comparison of text as the usual database of an instance does it: without regard to case.
//!
//! The right-hand side is lower-case already; the left-hand side is a stored value, and in a scan of
//! many rows it should not be copied. Most values are ASCII, so only the others are.

use std::cmp::Ordering;

pub fn equals_ignoring_case(value: &str, lower: &str) -> bool {
    match value.is_ascii() {
        true => value.eq_ignore_ascii_case(lower),
        false => value.to_lowercase() == lower,
    }
}

pub fn contains_ignoring_case(value: &str, lower: &str) -> bool {
    if lower.is_empty() {
        return true;
    }
    match value.is_ascii() {
        true => value
            .as_bytes()
            .windows(lower.len())
            .any(|window| window.eq_ignore_ascii_case(lower.as_bytes())),
        false => value.to_lowercase().contains(lower),
    }
}

pub fn starts_ignoring_case(value: &str, lower: &str) -> bool {
    match value.is_ascii() {
        true => value
            .as_bytes()
            .get(..lower.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(lower.as_bytes())),
        false => value.to_lowercase().starts_with(lower),
    }
}

pub fn ends_ignoring_case(value: &str, lower: &str) -> bool {
    match value.is_ascii() {
        true => {
            let start = value.len().checked_sub(lower.len());
            start.is_some_and(|start| {
                value.as_bytes()[start..].eq_ignore_ascii_case(lower.as_bytes())
            })
        }
        false => value.to_lowercase().ends_with(lower),
    }
}

/// Order of two values, neither of them folded yet: ASCII letters stand where their capitals do, before `_`.
pub fn compare_ignoring_case(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        return match left
            .bytes()
            .zip(right.bytes())
            .find(|(a, b)| !a.eq_ignore_ascii_case(b))
        {
            Some((a, b)) => a.to_ascii_uppercase().cmp(&b.to_ascii_uppercase()),
            None => left.len().cmp(&right.len()),
        };
    }
    folded(left).cmp(folded(right))
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(|letter| letter.to_ascii_uppercase())
}

/// Order of two numbers; of two texts where one of them is no number.
pub fn compare_numbers(left: &str, right: &str) -> Ordering {
    match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(left), Ok(right)) => left.total_cmp(&right),
        _ => compare_ignoring_case(left, right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_in_any_alphabet() {
        assert!(equals_ignoring_case("ZÜRICH", "zürich"));
        assert!(contains_ignoring_case("In the ZÜRICH office", "zürich"));
        assert!(starts_ignoring_case("VPN down", "vpn"));
        assert!(!starts_ignoring_case("VP", "vpn"));
        assert!(ends_ignoring_case("VPN Down", "down"));
        assert!(!ends_ignoring_case("n", "down"));
        assert_eq!(compare_ignoring_case("abc", "ABD"), Ordering::Less);
        assert_eq!(compare_ignoring_case("ab", "ABD"), Ordering::Less);
        assert_eq!(compare_ignoring_case("ab", "A_"), Ordering::Less);
        assert_eq!(compare_ignoring_case("äb", "ä_"), Ordering::Less);
    }

    #[test]
    fn numbers_compare_as_numbers() {
        assert_eq!(compare_numbers("10", "9"), Ordering::Greater);
        assert_eq!(compare_numbers("-1", "0"), Ordering::Less);
        assert_eq!(compare_numbers("b", "a"), Ordering::Greater);
    }
}
