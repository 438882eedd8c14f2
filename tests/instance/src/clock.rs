//! What time it is on the instance.
//!
//! Either the machine's time, moved by what control asked for, or a time that stands still until it is
//! moved: then a run gives the same dates and the same token expiries each time.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

/// The instance's clock. Everything that has a date or expires asks this one.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Running { ahead: SignedDuration },
    Standing { at: Timestamp },
}

impl Clock {
    /// The machine's own time.
    pub fn running() -> Self {
        Clock {
            state: Mutex::new(State::Running {
                ahead: SignedDuration::ZERO,
            }),
        }
    }

    /// Stands at `at` until it is advanced or set.
    pub fn standing_at(at: Timestamp) -> Self {
        Clock {
            state: Mutex::new(State::Standing { at }),
        }
    }

    pub fn now(&self) -> Timestamp {
        match *self.state() {
            State::Running { ahead } => Timestamp::now()
                .checked_add(ahead)
                .unwrap_or(Timestamp::MAX),
            State::Standing { at } => at,
        }
    }

    /// Moves the clock; backwards with a negative number.
    pub fn advance(&self, by: SignedDuration) {
        let mut state = self.state();
        *state = match *state {
            State::Running { ahead } => State::Running {
                ahead: ahead.checked_add(by).unwrap_or(ahead),
            },
            State::Standing { at } => State::Standing {
                at: at.checked_add(by).unwrap_or(at),
            },
        };
    }

    /// Sets the clock, which stands still from then on.
    pub fn set(&self, at: Timestamp) {
        *self.state() = State::Standing { at };
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `2026-02-01 10:00:00`, the form of every date-time on the wire, in UTC.
pub fn wire_text(at: Timestamp) -> String {
    civil_text(at.to_zoned_datetime(TimeZone::UTC).datetime())
}

pub fn civil_text(at: DateTime) -> String {
    // By hand: a display page of ten thousand rows has fifty thousand dates.
    let (date, time) = (at.date(), at.time());
    let year = u16::try_from(date.year()).unwrap_or(0);
    let mut text = String::with_capacity("yyyy-MM-dd HH:mm:ss".len());
    push_two_digits(&mut text, year / 100);
    push_two_digits(&mut text, year % 100);
    for (separator, part) in [
        ('-', date.month()),
        ('-', date.day()),
        (' ', time.hour()),
        (':', time.minute()),
        (':', time.second()),
    ] {
        text.push(separator);
        push_two_digits(&mut text, part.unsigned_abs().into());
    }
    text
}

fn push_two_digits(text: &mut String, number: u16) {
    for digit in [number / 10 % 10, number % 10] {
        text.push(char::from_digit(digit.into(), 10).unwrap_or('0'));
    }
}

/// Reads `yyyy-MM-dd HH:mm:ss` or `yyyy-MM-dd`, as UTC.
pub fn parse_wire(text: &str) -> Option<Timestamp> {
    parse_civil(text)?
        .to_zoned_datetime(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

pub fn parse_civil(text: &str) -> Option<DateTime> {
    DateTime::strptime("%Y-%m-%d %H:%M:%S", text)
        .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M:%S", format!("{text} 00:00:00")))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let clock = Clock::standing_at(parse_wire("2026-02-01 10:00:00").unwrap());
        assert_eq!(wire_text(clock.now()), "2026-02-01 10:00:00");
        clock.advance(SignedDuration::from_secs(61));
        assert_eq!(wire_text(clock.now()), "2026-02-01 10:01:01");
    }

    #[test]
    fn a_date_alone_is_its_midnight() {
        assert_eq!(parse_wire("2026-02-01"), parse_wire("2026-02-01 00:00:00"));
        assert_eq!(parse_wire("2026-13-01"), None);
        assert_eq!(parse_wire("yesterday"), None);
    }
}
