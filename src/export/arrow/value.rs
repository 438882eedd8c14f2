//! The text of a value, read as what its column holds. `None` is a text that is no such value: none is
//! guessed at, so a number with separators or a date in somebody's own format is one of these.

use time::{Date, Month, Time};

use super::column::DECIMAL;

pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

pub(super) fn float(text: &str) -> Option<f64> {
    // Rust knows words for what is no number and for what is too large for one.
    let is_number = text.bytes().any(|byte| byte.is_ascii_digit());
    let value: f64 = text.parse().ok().filter(|_| is_number)?;
    value.is_finite().then_some(value)
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    text.parse().ok()
}

/// A decimal number, as so many of the smallest unit that its column has.
pub(super) fn decimal(text: &str) -> Option<i128> {
    let (digits, negative) = match text.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (text.strip_prefix('+').unwrap_or(text), false),
    };
    // Java writes small numbers like this, 0E-10 among them.
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = digits.bytes().any(|byte| byte.is_ascii_digit());
    // Zeros at its end say nothing, however many they are.
    let fraction = fraction.trim_end_matches('0');
    let all = || whole.bytes().chain(fraction.bytes());
    if !is_number || !all().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = 0;
    let fraction = i32::try_from(fraction.len()).ok()?;
    let mut shift = i32::from(DECIMAL.1)
        .checked_add(exponent)?
        .checked_sub(fraction)?;
    for digit in all().map(|byte| i128::from(byte - b'0')) {
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    while value != 0 && shift > 0 {
        value = value.checked_mul(10)?;
        shift -= 1;
    }
    while value != 0 && shift < 0 {
        if value % 10 != 0 {
            return None;
        }
        value /= 10;
        shift += 1;
    }
    let fits = value < 10_i128.pow(u32::from(DECIMAL.0));
    fits.then_some(if negative { -value } else { value })
}

/// A date, as days since 1970.
pub(super) fn date(text: &str) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else {
        return None;
    };
    let year = i32::from(two(y1, y2)?) * 100 + i32::from(two(y3, y4)?);
    let month = Month::try_from(two(m1, m2)?).ok()?;
    let date = Date::from_calendar_date(year, month, two(d1, d2)?).ok()?;
    Some(date.to_julian_day() - UNIX_EPOCH.to_julian_day())
}

const UNIX_EPOCH: Date = time::UtcDateTime::UNIX_EPOCH.date();

/// A time of day, as microseconds since midnight; the date before it is that of the epoch, or is not there.
pub(super) fn time(text: &str) -> Option<i64> {
    clock(text.strip_prefix("1970-01-01 ").unwrap_or(text))
}

/// A date and a time, as microseconds since the beginning of 1970: a moment in UTC, or a duration, which
/// is written as the moment that long after.
pub(super) fn date_time(text: &str) -> Option<i64> {
    let (day, since_midnight) = text.split_once(' ')?;
    Some(i64::from(date(day)?) * 86_400_000_000 + clock(since_midnight)?)
}

/// Hours, minutes and seconds, as microseconds.
fn clock(text: &str) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *text.as_bytes() else {
        return None;
    };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    let time = Time::from_hms(hour, minute, second).ok()?;
    let (hour, minute, second) = time.as_hms();
    Some(((i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second)) * 1_000_000)
}

/// Two digits as a number.
fn two(first: u8, second: u8) -> Option<u8> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
    Some(digit(first)? * 10 + digit(second)?)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use proptest::prelude::*;

    use super::*;

    fn refuses<T: Debug>(read: fn(&str) -> Option<T>, texts: &[&str]) {
        for text in texts {
            assert!(read(text).is_none(), "{text:?}: {:?}", read(text));
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        refuses(
            integer,
            &["1,234", "1.0", " 1", "1 ", "9223372036854775808", "x"],
        );
        refuses(
            float,
            &["inf", "-inf", "NaN", "infinity", "1e999", "1,5", "."],
        );
        refuses(boolean, &["True", "1", "yes", " true"]);
        refuses(
            date,
            &[
                "2026-2-1",
                "2026-02-30",
                "01.02.2026",
                "2026-02-01 10:00:00",
                "2026-13-01",
            ],
        );
        refuses(
            time,
            &["24:00:00", "10:00", "1970-01-02 10:00:00", "10:00:60"],
        );
        refuses(
            date_time,
            &[
                "2026-02-01",
                "2026-02-01T10:00:00",
                "2026-02-01 10:00",
                "2026-02-01 1970-01-01 10:00:00",
            ],
        );
        refuses(
            decimal,
            &[
                "",
                "-",
                ".",
                "1,5",
                "1.5.0",
                "12.00000000001",
                "x",
                "1e",
                "--1",
            ],
        );
        refuses(
            decimal,
            &[
                "1e28",
                "10000000000000000000000000000",
                "1e-11",
                "1e2147483647",
            ],
        );
    }

    #[test]
    fn decimal_numbers_are_exact() {
        const ONE: i128 = 10_000_000_000;
        for (text, expected) in [
            ("0", 0),
            ("12.5000", 125 * ONE / 10),
            ("-0.01", -ONE / 100),
            (".5", ONE / 2),
            ("5.", 5 * ONE),
            ("+7", 7 * ONE),
            ("0E-15", 0),
            ("1.2E+3", 1200 * ONE),
            ("1e-10", 1),
            ("0.10000000000000000000", ONE / 10),
            ("1.0000000000000000000000000000000000000000", ONE),
            (
                "9999999999999999999999999999.0000000000000",
                10_i128.pow(38) - ONE,
            ),
            (".0", 0),
            (
                "9999999999999999999999999999.9999999999",
                10_i128.pow(38) - 1,
            ),
        ] {
            assert_eq!(decimal(text), Some(expected), "{text}");
        }
    }

    /// Counts the days of a proleptic Gregorian calendar one after the other.
    #[test]
    fn every_day_from_1600_to_2400_is_the_one_after_the_last() {
        let is_leap = |year: i32| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let mut expected = date("1600-01-01").expect("a date");
        for year in 1600..2400 {
            let february = if is_leap(year) { 29 } else { 28 };
            let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(lengths) {
                for day in 1..=length {
                    let text = format!("{year:04}-{month:02}-{day:02}");
                    assert_eq!(date(&text), Some(expected), "{text}");
                    expected += 1;
                }
                assert_eq!(
                    date(&format!("{year:04}-{month:02}-{:02}", length + 1)),
                    None
                );
            }
        }
        assert_eq!(date("1970-01-01"), Some(0));
    }

    #[test]
    fn moments_and_durations() {
        assert_eq!(date_time("1970-01-01 00:02:17"), Some(137_000_000));
        assert_eq!(date_time("1970-01-03 01:00:00"), Some(49 * 3_600_000_000));
        assert_eq!(date_time("1969-12-31 23:59:59"), Some(-1_000_000));
        assert_eq!(
            date_time("2026-02-01 10:00:00"),
            Some(1_769_940_000_000_000)
        );
        assert_eq!(time("1970-01-01 10:00:00"), time("10:00:00"));
    }

    proptest! {
        #[test]
        fn numbers_come_back_as_they_were_written(value: i64, share in 0_u64..10_000_000_000) {
            prop_assert_eq!(integer(&value.to_string()), Some(value));
            let expected = i128::from(value.unsigned_abs()) * 10_000_000_000 + i128::from(share);
            let sign = if value < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{share:010}", value.unsigned_abs());
            let expected = if value < 0 { -expected } else { expected };
            prop_assert_eq!(decimal(&text), Some(expected));
        }

        #[test]
        fn floats_come_back_as_they_were_written(value in prop::num::f64::NORMAL) {
            prop_assert_eq!(float(&format!("{value}")), Some(value));
        }

        #[test]
        fn no_text_makes_a_reader_panic(text: String) {
            let _ = (integer(&text), float(&text), boolean(&text), decimal(&text));
            let _ = (date(&text), time(&text), date_time(&text));
        }
    }
}
