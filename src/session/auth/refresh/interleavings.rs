//! What holds of a renewal in whatever order the threads go on that need it. That somebody sleeps for ever
//! fails each of these.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use shuttle::sync::mpsc::channel;

use super::tests::token;
use super::*;
use crate::runtime::Cancel;
use crate::runtime::limits::Limits;
use crate::session::auth::Grant;
use crate::sync::{explore, thread};

/// A client's token, which has ended, and what renews it.
struct Client {
    store: TokenStore,
    flight: Flight,
    listener: Listener,
    asked: AtomicUsize,
}

/// What the token endpoint says to the call of this number.
type Endpoint = fn(usize) -> Result<Token>;

impl Client {
    fn new() -> Arc<Client> {
        let (store, flight) = (TokenStore::new(), Flight::default());
        store.set(token("old", -1), &flight, None).expect("no file");
        Arc::new(Client {
            store,
            flight,
            listener: Listener::default(),
            asked: AtomicUsize::new(0),
        })
    }

    /// The access token that a call goes out with, which waits for another thread within these limits.
    fn obtain(
        &self,
        endpoint: impl Fn(usize) -> Result<Token>,
        limits: Limits<'_>,
    ) -> Result<String> {
        let ask = |_: &Grant<'_>| {
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            thread::yield_now();
            endpoint(number)
        };
        let renewal = Renewal {
            flight: &self.flight,
            limits,
            listener: &self.listener,
            signs_itself_in: false,
            shared: None,
            ask: &ask,
        };
        let held = self.store.obtain(Need::Fresh, &renewal)?;
        Ok(name_of(&held))
    }

    /// Nobody leads or waits any more, so whoever comes next leads.
    fn assert_is_at_rest(&self) {
        assert!(matches!(
            self.flight.turn(self.flight.lock(), None),
            Turn::Lead(_)
        ));
    }
}

fn name_of(held: &Held) -> String {
    let token = held.token.as_ref().expect("a token");
    token.access_token().expect("an access token").to_owned()
}

/// What three threads get that need a token at once, the last of which has no time to wait or may be cancelled.
fn three(client: &Arc<Client>, endpoint: Endpoint, last: &Last) -> Vec<Result<String>> {
    let threads: Vec<_> = [Last::default(), Last::default(), last.clone()]
        .into_iter()
        .map(|caller| {
            let client = Arc::clone(client);
            thread::spawn(move || {
                let limits = Limits {
                    deadline: caller.deadline,
                    cancels: [caller.cancel.as_deref(), None],
                };
                client.obtain(endpoint, limits)
            })
        })
        .collect();
    if let Some(cancel) = &last.cancel {
        cancel.cancel();
    }
    threads
        .into_iter()
        .map(|thread| thread.join().expect("no panic"))
        .collect()
}

/// What may end the wait of the last of them.
#[derive(Clone, Default)]
struct Last {
    deadline: Option<Instant>,
    cancel: Option<Arc<Cancel>>,
}

/// How many have the new token, and the statuses of those that failed.
fn sorted(outcomes: Vec<Result<String>>) -> (usize, Vec<Status>) {
    let (new, failed): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .partition(|outcome| outcome.as_ref().is_ok_and(|name| name == "new"));
    let status = |outcome: Result<String>| outcome.expect_err("only the new one will do").status();
    (new.len(), failed.into_iter().map(status).collect())
}

#[test]
fn one_asks_and_all_have_the_new_token() {
    explore(|| {
        let client = Client::new();
        let outcomes = three(&client, |_| Ok(token("new", 1800)), &Last::default());
        assert_eq!(sorted(outcomes), (3, vec![]));
        assert_eq!(client.asked.load(Ordering::SeqCst), 1);
        client.assert_is_at_rest();
    });
}

#[test]
fn a_refusal_is_everybodys() {
    explore(|| {
        let client = Client::new();
        let refuse: Endpoint =
            |_| Err(Error::new(Status::TokenRefused, "refused").with_http_status(401));
        let outcomes = three(&client, refuse, &Last::default());
        assert_eq!(sorted(outcomes), (0, vec![Status::TokenRefused; 3]));
        assert_eq!(client.asked.load(Ordering::SeqCst), 1);
        client.assert_is_at_rest();
    });
}

/// Whoever comes when it is over asks anew: in some order one asks for all, in others two do or each.
fn each_number_is_asked_for(run: impl Fn() -> Arc<Client> + Send + Sync + 'static) {
    let asked: Arc<[AtomicUsize; 4]> = Arc::default();
    let counted = Arc::clone(&asked);
    explore(move || {
        let client = run();
        counted[client.asked.load(Ordering::SeqCst)].fetch_add(1, Ordering::SeqCst);
        client.assert_is_at_rest();
    });
    let orders = asked
        .each_ref()
        .map(|orders| orders.load(Ordering::SeqCst) > 0);
    assert_eq!(orders, [false, true, true, true]);
}

#[test]
fn a_failure_that_passes_is_theirs_who_waited_for_it() {
    each_number_is_asked_for(|| {
        let client = Client::new();
        let fail: Endpoint = |_| Err(Error::new(Status::Unavailable, "for now"));
        let outcomes = three(&client, fail, &Last::default());
        assert_eq!(sorted(outcomes), (0, vec![Status::Unavailable; 3]));
        client
    });
}

/// An instance gives its current token again, with what remains of it, which may be nothing. Another would end no
/// later, so who waited takes it as who asked does.
#[test]
fn a_token_that_is_due_when_it_comes_is_theirs_who_waited_for_it() {
    each_number_is_asked_for(|| {
        let client = Client::new();
        let outcomes = three(&client, |_| Ok(token("new", 0)), &Last::default());
        assert_eq!(sorted(outcomes), (3, vec![]));
        client
    });
}

#[test]
fn a_leader_that_is_cancelled_hands_over() {
    explore(|| {
        let client = Client::new();
        let cancel_once: Endpoint = |number| match number {
            0 => Err(Error::new(Status::Cancelled, "by its caller")),
            _ => Ok(token("new", 1800)),
        };
        let outcomes = three(&client, cancel_once, &Last::default());
        assert_eq!(sorted(outcomes), (2, vec![Status::Cancelled]));
        assert_eq!(client.asked.load(Ordering::SeqCst), 2);
        client.assert_is_at_rest();
    });
}

#[test]
fn who_gives_up_waiting_leaves_nothing_behind() {
    let no_time = Last {
        deadline: Some(Instant::now()),
        cancel: None,
    };
    explore(move || gives_up(&no_time, Status::Timeout));
    explore(|| {
        let cancelled = Last {
            deadline: None,
            cancel: Some(Arc::default()),
        };
        gives_up(&cancelled, Status::Cancelled);
    });
}

fn gives_up(last: &Last, with: Status) {
    let client = Client::new();
    let outcomes = three(&client, |_| Ok(token("new", 1800)), last);
    assert!(outcomes[..2].iter().all(Result::is_ok));
    let (new, failed) = sorted(outcomes);
    assert!(new == 3 || failed == [with]);
    assert_eq!(client.asked.load(Ordering::SeqCst), 1);
    client.assert_is_at_rest();
}

/// The callback is run with no lock held, and those who wait have the token already.
#[test]
fn a_callback_may_wait_for_those_who_wait() {
    explore(|| {
        let client = Client::new();
        let (done, others) = channel();
        let (done, others) = (
            shuttle::sync::Mutex::new(done),
            shuttle::sync::Mutex::new(others),
        );
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        client.listener.set(Some(Box::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            for _ in 0..2 {
                others.lock().expect("no panic").recv().expect("two others");
            }
            Ok(())
        })));
        let done = Arc::new(done);
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (client, done) = (Arc::clone(&client), Arc::clone(&done));
                thread::spawn(move || {
                    let name = client.obtain(|_| Ok(token("new", 1800)), Limits::NONE);
                    assert_eq!(name.expect("a token"), "new");
                    let done = done.lock().expect("no panic").clone();
                    done.send(()).expect("somebody listens");
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(told.load(Ordering::SeqCst), 1);
    });
}

/// A token of the caller's stays, whether it comes before, during or after a renewal.
#[test]
fn a_token_that_is_set_meanwhile_stays() {
    explore(|| {
        let client = Client::new();
        let setting = Arc::clone(&client);
        let setting = thread::spawn(move || {
            let callers = token("callers", 1800);
            setting
                .store
                .set(callers, &setting.flight, None)
                .expect("no file");
        });
        for name in three(&client, |_| Ok(token("new", 1800)), &Last::default()) {
            let name = name.expect("a token");
            assert!(name == "new" || name == "callers", "{name}");
        }
        setting.join().expect("no panic");
        assert_eq!(name_of(&client.store.current()), "callers");
        assert!(client.asked.load(Ordering::SeqCst) <= 1);
        client.assert_is_at_rest();
    });
}

/// Who waits for a token endpoint that is silent goes on as soon as the caller brings a token.
#[test]
fn a_token_that_is_set_ends_the_wait() {
    explore(|| {
        let client = Client::new();
        let (begins, has_begun) = channel();
        let (ends, has_ended) = channel();
        let leading = Arc::clone(&client);
        let leading = thread::spawn(move || {
            let endpoint = |_| {
                begins.send(()).expect("somebody listens");
                has_ended.recv().expect("the other has its token");
                Ok(token("late", 1800))
            };
            leading.obtain(endpoint, Limits::NONE)
        });
        has_begun.recv().expect("a leader");
        let waiting = Arc::clone(&client);
        let waiting = thread::spawn(move || {
            let name = waiting.obtain(|_| Ok(token("new", 1800)), Limits::NONE);
            ends.send(()).expect("the endpoint listens");
            name
        });
        let callers = token("callers", 1800);
        let set = client.store.set(callers, &client.flight, None);
        set.expect("no file");
        for thread in [waiting, leading] {
            let name = thread.join().expect("no panic");
            assert_eq!(name.expect("a token"), "callers");
        }
        client.assert_is_at_rest();
    });
}
