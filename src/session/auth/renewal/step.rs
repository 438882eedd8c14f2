//! What to do about a token that is not good enough, where other processes share its file.

use std::time::SystemTime;

use crate::session::auth::refresh::{Held, Need};
use crate::session::auth::token::Token;

/// What to do about a token that is not good enough.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// Another process has put one in the file that is.
    Take(&'a Token),
    /// To ask the instance, by means of this one.
    Renew(Option<&'a Token>),
    /// Nothing can be done.
    Keep,
}

/// A token that is not good enough, and why.
pub(super) struct Case<'a> {
    pub(super) held: &'a Held,
    pub(super) need: Need,
    pub(super) signs_itself_in: bool,
    pub(super) now: SystemTime,
}

impl Case<'_> {
    /// Compares what the file holds with what it held when the token at hand was put in place. Where it
    /// was changed, another process knows better; where not, the one at hand may be newer than the file,
    /// which could not be written then.
    pub(super) fn next<'a>(&'a self, stored: Option<&'a Token>) -> Step<'a> {
        let held = self.held;
        let is_same = match (stored, &held.on_file) {
            (Some(stored), Some(seen)) => stored.is_same(seen),
            (None, None) => true,
            _ => false,
        };
        let refused = held.token.as_ref().and_then(Token::access_token);
        let other = stored.filter(|token| {
            let is_other = self.need == Need::Fresh || token.access_token() != refused;
            !is_same && is_other && token.access_token().is_some()
        });
        if let Some(token) = other.filter(|token| !token.is_due(self.now)) {
            return Step::Take(token);
        }
        if is_same && held.refused.is_some() {
            return Step::Keep;
        }
        let newest = if is_same { held.token.as_ref() } else { stored };
        if self.signs_itself_in || newest.is_some_and(|token| token.refresh_token().is_some()) {
            return Step::Renew(newest);
        }
        other.map_or(Step::Keep, Step::Take)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;
    use crate::error::{Error, Status};

    const NOW: u64 = 1_000_000;

    /// A token as its first letter and what is left of it: `"a+"` is good, `"a-"` has ended, and `"a-!"`
    /// cannot be renewed.
    fn token(text: &str) -> Token {
        let (name, rest) = text.split_at(1);
        let refresh = match rest.contains('!') {
            true => String::new(),
            false => format!(r#""refresh_token":"r{name}","#),
        };
        let end = if rest.contains('+') {
            NOW + 1000
        } else {
            NOW - 1
        };
        let json =
            format!(r#"{{"access_token":"{name}",{refresh}"expires_in":1800,"expires_at":{end}}}"#);
        Token::from_json(&json).expect("a token")
    }

    fn held(at_hand: &str, on_file: &str, is_refused: bool) -> Held {
        let some = |text: &str| (!text.is_empty()).then(|| token(text));
        Held {
            token: some(at_hand),
            on_file: some(on_file),
            refused: is_refused.then(|| Error::new(Status::TokenRefused, "refused")),
            ..Held::default()
        }
    }

    /// What is to be done, as `take a`, `renew a`, `renew` or `keep`.
    fn step(stored: Option<&Token>, held: &Held, need: Need, signs_itself_in: bool) -> String {
        let case = Case {
            held,
            need,
            signs_itself_in,
            now: UNIX_EPOCH + Duration::from_secs(NOW),
        };
        let name = |token: &Token| token.access_token().unwrap_or_default().to_owned();
        match case.next(stored) {
            Step::Take(token) => format!("take {}", name(token)),
            Step::Renew(Some(token)) => format!("renew {}", name(token)),
            Step::Renew(None) => "renew".into(),
            Step::Keep => "keep".into(),
        }
    }

    #[test]
    fn the_file_is_compared_with_what_it_held() {
        let (fresh, other) = (Need::Fresh, Need::OtherThan(0));
        for (why, stored, (at_hand, on_file), need, expected) in [
            ("the first look", "a+", ("", ""), fresh, "take a"),
            (
                "a first look that comes late",
                "a-",
                ("", ""),
                fresh,
                "renew a",
            ),
            ("nothing anywhere", "", ("", ""), fresh, "keep"),
            ("nobody was faster", "a-", ("a-", "a-"), fresh, "renew a"),
            ("somebody was", "b+", ("a-", "a-"), fresh, "take b"),
            (
                "somebody was, long ago",
                "b-",
                ("a-", "a-"),
                fresh,
                "renew b",
            ),
            (
                "the instance gave it more time",
                "a+",
                ("a-", "a-"),
                fresh,
                "take a",
            ),
            (
                "refused, and nobody was faster",
                "a+",
                ("a+", "a+"),
                other,
                "renew a",
            ),
            (
                "refused, and somebody was",
                "b+",
                ("a+", "a+"),
                other,
                "take b",
            ),
            (
                "refused, whatever its end",
                "a+",
                ("a+", "a-"),
                other,
                "renew a",
            ),
            (
                "the file could not be written",
                "a-",
                ("b-", "a-"),
                fresh,
                "renew b",
            ),
            (
                "so, and then somebody signed in",
                "c+",
                ("b-", "a-"),
                fresh,
                "take c",
            ),
            ("the file was taken away", "", ("a-", "a-"), fresh, "keep"),
            ("it was never there", "", ("a-", ""), fresh, "renew a"),
            (
                "what cannot be renewed",
                "a-!",
                ("a-!", "a-!"),
                fresh,
                "keep",
            ),
            (
                "another one that cannot be",
                "b-!",
                ("a-!", "a-!"),
                fresh,
                "take b",
            ),
        ] {
            let stored = (!stored.is_empty()).then(|| token(stored));
            let held = held(at_hand, on_file, false);
            assert_eq!(step(stored.as_ref(), &held, need, false), expected, "{why}");
        }
    }

    #[test]
    fn what_was_refused_is_not_asked_again_until_the_file_is_another() {
        let held = held("a-", "a-", true);
        for (stored, expected) in [("a-", "keep"), ("b+", "take b"), ("b-", "renew b")] {
            let stored = token(stored);
            assert_eq!(step(Some(&stored), &held, Need::Fresh, false), expected);
        }
    }

    #[test]
    fn an_application_that_signs_itself_in_needs_no_token_for_it() {
        let none = held("", "", false);
        assert_eq!(step(None, &none, Need::Fresh, true), "renew");
        let good = token("a+!");
        assert_eq!(step(Some(&good), &none, Need::Fresh, true), "take a");
    }

    proptest! {
        /// However many processes find the token due, in whatever order they get the lock, the instance
        /// is asked once, with a refresh token that was not used before.
        #[test]
        fn a_refresh_token_is_used_once(
            order in proptest::collection::vec(0_usize..8, 1..40),
            is_refused: bool,
        ) {
            let need = if is_refused { Need::OtherThan(0) } else { Need::Fresh };
            let first = if is_refused { "a+" } else { "a-" };
            let mut file = token(first);
            let mut processes = vec![held(first, first, false); 8];
            let mut asked = Vec::new();
            for process in order {
                let held = &mut processes[process];
                if held.token.as_ref().is_some_and(|token| token.access_token() == Some("b")) {
                    continue;
                }
                match step(Some(&file), held, need, false).as_str() {
                    "take b" => {}
                    "renew a" => {
                        asked.push("a");
                        file = token("b+");
                    }
                    other => prop_assert!(false, "{other}"),
                }
                *held = self::held("b+", "b+", false);
            }
            prop_assert_eq!(asked, ["a"]);
        }
    }
}
