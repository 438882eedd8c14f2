//! When a call is made again, and how long to wait before.
//!
//! Only what surely did not happen, or does no more when it happens twice, is made again: an error says
//! so itself ([`Error::is_retryable`]). What is decided here is how often and when. It is a function of
//! what it is given and of nothing else, so that it can be tested without waiting.

use std::time::Duration;

use crate::error::{Error, Status};

/// How often a call is made again, and how long it waits for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// How many times at most, after the first.
    pub(crate) retries: u32,
    /// The longest wait. An instance that asks for more is not waited for.
    pub(crate) max_wait: Duration,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            retries: 3,
            max_wait: Duration::from_secs(30),
        }
    }
}

/// A call that failed.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// How many were made; 1 after the first.
    pub(super) made: u32,
    pub(super) error: &'a Error,
    /// Until the call's deadline.
    pub(super) left: Duration,
    /// Any number; another one for another call.
    pub(super) seed: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Stop,
    Wait(Duration),
}

/// The wait before the first repetition is at most this; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// What comes after a failure.
pub(super) fn next(policy: Policy, attempt: Attempt<'_>) -> Step {
    // A transaction that took too long once may have met a busy instance; twice, and it is too long.
    let retries = match attempt.error.status() {
        Status::TransactionCancelled => policy.retries.min(1),
        _ => policy.retries,
    };
    if !attempt.error.is_retryable() || attempt.made > retries {
        return Step::Stop;
    }
    let told = attempt.error.retry_after().unwrap_or_default();
    if told > policy.max_wait {
        return Step::Stop;
    }
    // What is told is the least: those who are told the same do not come again in the same instant.
    let random = jitter(backoff(attempt.made), attempt);
    let wait = told.saturating_add(random).min(policy.max_wait);
    match wait < attempt.left {
        true => Step::Wait(wait),
        false => Step::Stop,
    }
}

fn backoff(made: u32) -> Duration {
    let doublings = made.saturating_sub(1).min(20);
    FIRST_WAIT.saturating_mul(1 << doublings)
}

/// Somewhere between nothing and the whole, so that those who failed together do not come again together.
fn jitter(whole: Duration, attempt: Attempt<'_>) -> Duration {
    let random = scattered(attempt.seed ^ u64::from(attempt.made));
    let share = u32::try_from(random >> 32).unwrap_or(u32::MAX);
    whole.mul_f64(f64::from(share) / f64::from(u32::MAX))
}

/// Spreads numbers that lie together (the finalizer of SplitMix64).
fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policies() -> impl Strategy<Value = Policy> {
        (0..10_u32, 0..100_000_u64).prop_map(|(retries, wait)| Policy {
            retries,
            max_wait: Duration::from_millis(wait),
        })
    }

    fn errors() -> impl Strategy<Value = Error> {
        let statuses = prop::sample::select(vec![
            Status::Network,
            Status::Connect,
            Status::RateLimited,
            Status::NotExecuted,
            Status::Unavailable,
            Status::TransactionCancelled,
            Status::PartialResult,
        ]);
        let retry_after = prop::option::of((0..200_000_u64).prop_map(Duration::from_millis));
        (statuses, any::<bool>(), retry_after).prop_map(|(status, retryable, after)| {
            Error::new(status, "it failed").with_retry(retryable, after)
        })
    }

    proptest! {
        #[test]
        fn a_call_is_made_again_only_as_often_and_as_late_as_it_may_be(
            policy in policies(),
            error in errors(),
            made in 1..30_u32,
            left in (0..200_000_u64).prop_map(Duration::from_millis),
            seed in any::<u64>(),
        ) {
            let attempt = Attempt { made, error: &error, left, seed };
            let step = next(policy, attempt);
            prop_assert_eq!(&step, &next(policy, attempt));
            if let Step::Wait(wait) = step {
                prop_assert!(error.is_retryable());
                prop_assert!(made <= policy.retries);
                prop_assert!(wait <= policy.max_wait && wait < left);
                let told = error.retry_after().unwrap_or_default();
                prop_assert!(wait >= told && wait <= told + backoff(made));
            } else if error.is_retryable() && made == 1 && policy.retries > 0 {
                // With time enough, the first failure is never the last.
                let told = error.retry_after().unwrap_or_default();
                prop_assert!(told > policy.max_wait || told + backoff(1) >= left);
            }
        }

        #[test]
        fn no_call_is_made_for_ever(policy in policies(), error in errors(), seed in any::<u64>()) {
            let made = (1..100).take_while(|&made| {
                let left = Duration::from_secs(1 << 20);
                next(policy, Attempt { made, error: &error, left, seed }) != Step::Stop
            });
            prop_assert!(made.count() as u32 <= policy.retries);
        }
    }

    #[test]
    fn waits_grow_and_differ() {
        let error = Error::new(Status::Network, "it broke").with_retry(true, None);
        let policy = Policy {
            retries: 8,
            max_wait: Duration::from_secs(10),
        };
        let longest = |made| {
            (0..1000)
                .map(|seed| {
                    let left = Duration::MAX;
                    match next(
                        policy,
                        Attempt {
                            made,
                            error: &error,
                            left,
                            seed,
                        },
                    ) {
                        Step::Wait(wait) => wait,
                        Step::Stop => panic!("it stops after {made}"),
                    }
                })
                .max()
        };
        assert!(longest(1) > Some(FIRST_WAIT / 2) && longest(1) <= Some(FIRST_WAIT));
        assert!(longest(4) > Some(FIRST_WAIT * 4) && longest(4) <= Some(FIRST_WAIT * 8));
        assert!(longest(8) > Some(policy.max_wait / 2) && longest(8) <= Some(policy.max_wait));
    }

    #[test]
    fn a_cancelled_transaction_is_tried_once_more() {
        let error = Error::new(Status::TransactionCancelled, "too long").with_retry(true, None);
        let step = |made| {
            let left = Duration::MAX;
            next(
                Policy::default(),
                Attempt {
                    made,
                    error: &error,
                    left,
                    seed: 1,
                },
            )
        };
        assert!(matches!(step(1), Step::Wait(_)));
        assert_eq!(step(2), Step::Stop);
    }
}
