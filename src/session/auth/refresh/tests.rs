//! Renewals that go well, fail, or take too long; and who waits for them.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::UNIX_EPOCH;

use super::*;
use crate::session::auth::Grant;

/// A token that ends in so many seconds, which may be in the past.
pub(super) fn token(name: &str, seconds_left: i64) -> Token {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = i64::try_from(now.expect("a clock").as_secs()).expect("this century");
    Token::from_json(&format!(
        r#"{{"access_token":"{name}","refresh_token":"R","expires_in":1800,"expires_at":{}}}"#,
        now + seconds_left
    ))
    .expect("a token")
}

fn store_with(token: Token) -> (TokenStore, Flight, Listener) {
    let (store, flight) = (TokenStore::new(), Flight::default());
    store.set(token, &flight, None).expect("no file");
    (store, flight, Listener::default())
}

fn refusal() -> Error {
    Error::new(Status::TokenRefused, "refused").with_http_status(401)
}

type Ask<'a> = &'a dyn Fn(&Grant<'_>) -> Result<Token>;

fn renewal<'a>(flight: &'a Flight, listener: &'a Listener, ask: Ask<'a>) -> Renewal<'a> {
    Renewal {
        flight,
        limits: Limits {
            deadline: Some(Instant::now() + Duration::from_secs(60)),
            cancels: [None; 2],
        },
        listener,
        signs_itself_in: false,
        shared: None,
        ask,
    }
}

fn name_of(held: &Held) -> &str {
    let token = held.token.as_ref().expect("a token");
    token.access_token().expect("an access token")
}

#[test]
fn a_token_set_during_a_renewal_stays_whatever_the_answer() {
    for answer in [Ok(token("renewed", 1800)), Err(refusal())] {
        let (store, flight, listener) = store_with(token("old", -1));
        let is_refused = answer.is_err();
        let ask = |_: &Grant<'_>| {
            store
                .set(token("callers", 1800), &flight, None)
                .expect("no file");
            answer.clone()
        };
        let outcome = store.obtain(Need::Fresh, &renewal(&flight, &listener, &ask));
        assert_eq!(outcome.is_err(), is_refused);
        assert_eq!(name_of(&store.current()), "callers");
        assert!(store.current().refused.is_none());
    }
}

#[test]
fn another_token_than_the_one_refused_is_renewed_where_that_has_ended_too() {
    for (seconds_left, expected) in [(-1, "renewed"), (20, "other")] {
        let (store, flight, listener) = store_with(token("refused", 1800));
        let refused = store.current().version;
        store
            .set(token("other", seconds_left), &flight, None)
            .expect("no file");
        let ask = |_: &Grant<'_>| Ok(token("renewed", 1800));
        let renewal = renewal(&flight, &listener, &ask);
        let held = store.obtain(Need::OtherThan(refused), &renewal);
        assert_eq!(name_of(&held.expect("a token")), expected);
    }
}

#[test]
fn a_refusal_is_remembered_and_a_servers_failure_is_not() {
    for (error, asked) in [
        (refusal(), 1),
        (
            Error::new(Status::TokenRefused, "x").with_http_status(500),
            3,
        ),
        (Error::new(Status::Unavailable, "x"), 3),
    ] {
        let (store, flight, listener) = store_with(token("old", -1));
        let count = Cell::new(0);
        let ask = |_: &Grant<'_>| {
            count.set(count.get() + 1);
            Err(error.clone())
        };
        for _ in 0..3 {
            let outcome = store.obtain(Need::Fresh, &renewal(&flight, &listener, &ask));
            assert_eq!(
                outcome.map(drop).expect_err("refused").status(),
                error.status()
            );
        }
        assert_eq!(count.get(), asked, "{error:?}");
    }
}

#[test]
fn a_token_that_has_not_ended_is_used_where_it_cannot_be_renewed_early() {
    let (store, flight, listener) = store_with(token("good", 20));
    for error in [Error::new(Status::Unavailable, "x"), refusal()] {
        let ask = |_: &Grant<'_>| Err(error.clone());
        let renewal = renewal(&flight, &listener, &ask);
        let held = store
            .obtain(Need::Fresh, &renewal)
            .expect("20 seconds are left");
        assert_eq!(name_of(&held), "good");
    }
}

#[test]
fn what_came_to_nothing_early_is_tried_again_when_half_of_the_time_is_over() {
    for (error, asked) in [
        (Error::new(Status::Timeout, "x"), 1),
        (Error::new(Status::Unavailable, "x"), 1),
        (refusal(), 1),
        // That says nothing of the endpoint.
        (Error::new(Status::Cancelled, "x"), 3),
    ] {
        let (store, flight, listener) = store_with(token("good", 20));
        let count = Cell::new(0);
        let ask = |_: &Grant<'_>| {
            count.set(count.get() + 1);
            Err(error.clone())
        };
        for _ in 0..3 {
            let renewal = renewal(&flight, &listener, &ask);
            let held = store.obtain(Need::Fresh, &renewal);
            assert_eq!(name_of(&held.expect("20 seconds are left")), "good");
        }
        assert_eq!(count.get(), asked, "{error:?}");
        let held = store.current();
        assert_eq!(store.satisfies(&held, Need::Fresh), asked == 1);
        assert!(!store.satisfies(&held, Need::OtherThan(held.version)));
    }
    let mut held = Held {
        token: Some(token("good", 20)),
        ..Held::default()
    }
    .resting(2);
    assert!(held.rests());
    held.rests_until = Some(Instant::now());
    assert!(!held.rests());
    held = Held {
        token: Some(token("old", -1)),
        rests_until: Some(Instant::now() + Duration::from_secs(9)),
        ..Held::default()
    };
    assert!(!held.rests());
}

#[test]
fn an_answer_that_may_hold_the_only_refresh_token_is_waited_for() {
    for (refresh_token, is_cut) in [("R", true), ("R2", false)] {
        let (store, flight, listener) = store_with(token("old", -1));
        let renewed = format!(
            r#"{{"access_token":"new","refresh_token":"{refresh_token}","expires_in":1800,"expires_at":{}}}"#,
            u32::MAX
        );
        let ask = |_: &Grant<'_>| Ok(Token::from_json(&renewed).expect("a token"));
        let renewal = renewal(&flight, &listener, &ask);
        let held = store.obtain(Need::Fresh, &renewal).expect("renewed");
        assert!(held.time_left(Need::Fresh).is_some());
        assert_eq!(held.time_to_renew_early(Need::Fresh).is_some(), is_cut);
        // As it is with what becomes known of it, and with the next one.
        store.note(&Held::clone(&held).resting(2), held.version);
        store
            .set(token("callers", 1800), &flight, None)
            .expect("no file");
        let held = store.current();
        assert_eq!(held.time_to_renew_early(Need::Fresh).is_some(), is_cut);
    }
}

/// Another user's refresh token is another one too.
#[test]
fn a_sign_in_does_not_say_that_refresh_tokens_are_good_once() {
    let (store, flight, listener) = store_with(token("first", 1800));
    let other = format!(
        r#"{{"access_token":"second","refresh_token":"R2","expires_in":1800,"expires_at":{}}}"#,
        u32::MAX
    );
    let signed_in = store.sign_in(&flight, Limits::NONE, &listener, None, || {
        Token::from_json(&other)
    });
    signed_in.expect("a token");
    assert_eq!(name_of(&store.current()), "second");
    let early = store.current().time_to_renew_early(Need::Fresh);
    assert!(early.is_some(), "a call is not to wait for all of its time");
}

/// Who waits for another thread no longer than its time allows has a token that is good still.
#[test]
fn who_waits_in_vain_for_an_early_renewal_uses_the_token_that_is_good() {
    for (seconds_left, expected) in [(20, Ok("good")), (-1, Err(Status::Timeout))] {
        let (store, flight, listener) = store_with(token("good", seconds_left));
        let Turn::Lead(_lead) = flight.turn(flight.lock(), None) else {
            panic!("nobody leads");
        };
        let held = thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let ask = |_: &Grant<'_>| Err(refusal());
                let mut renewal = renewal(&flight, &listener, &ask);
                renewal.limits.deadline = Some(Instant::now() + Duration::from_millis(10));
                store.obtain(Need::Fresh, &renewal)
            });
            waiting.join().expect("no panic")
        });
        let name = held.as_deref().map(name_of).map_err(Error::status);
        assert_eq!(name, expected);
    }
}

#[test]
fn a_token_without_an_access_token_is_no_other_one() {
    let (store, flight, listener) = store_with(token("refused", 1800));
    let refused = store.current().version;
    let other = Token::from_refresh_token("R2").expect("a token");
    store.set(other, &flight, None).expect("no file");
    let ask = |_: &Grant<'_>| Ok(token("renewed", 1800));
    let renewal = renewal(&flight, &listener, &ask);
    let held = store
        .obtain(Need::OtherThan(refused), &renewal)
        .expect("renewed");
    assert_eq!(name_of(&held), "renewed");
}

/// The leader's own end is not the end of those who wait for it.
#[test]
fn a_leader_that_is_cancelled_fails_nobody_else() {
    let (store, flight, listener) = store_with(token("old", -1));
    let asked = AtomicUsize::new(0);
    let (leads, led) = channel();
    thread::scope(|scope| {
        let (store, flight, listener, asked) = (&store, &flight, &listener, &asked);
        let leader = scope.spawn(move || {
            let ask = |_: &Grant<'_>| {
                leads.send(()).expect("the test goes on");
                asked.fetch_add(1, Ordering::SeqCst);
                Err(Error::new(Status::Cancelled, "on purpose"))
            };
            store
                .obtain(Need::Fresh, &renewal(flight, listener, &ask))
                .map(drop)
        });
        led.recv().expect("a leader");
        let ask = |_: &Grant<'_>| {
            asked.fetch_add(1, Ordering::SeqCst);
            Ok(token("renewed", 1800))
        };
        let held = store.obtain(Need::Fresh, &renewal(flight, listener, &ask));
        assert_eq!(name_of(&held.expect("its own turn")), "renewed");
        let error = leader.join().expect("no panic").expect_err("cancelled");
        assert_eq!(error.status(), Status::Cancelled);
    });
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}
