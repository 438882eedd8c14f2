//! The same under shuttle. What it has not is as it is elsewhere, with a place before each step where another
//! thread may go on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::sync::atomic::AtomicBool;
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard, RwLock};
pub(crate) use shuttle::{thread, thread_local};

/// How many orders are tried of each kind.
const ORDERS: usize = 1000;

/// Runs a model in many orders: any, and those in which a thread that has the turn keeps it but for a few
/// moments, which meets what takes long delays. `SNOW_ROUNDS` is how many times as many as usual.
pub(crate) fn explore(model: impl Fn() + Send + Sync + 'static) {
    let rounds = std::env::var("SNOW_ROUNDS").map_or(1, |rounds| rounds.parse().expect("a number"));
    let model = Arc::new(model);
    let schedulers: [Box<dyn Scheduler + Send>; 2] = [
        Box::new(RandomScheduler::new(ORDERS * rounds)),
        Box::new(PctScheduler::new(3, ORDERS * rounds)),
    ];
    for scheduler in schedulers {
        let mut config = shuttle::Config::new();
        config.stack_size = 1 << 20;
        let model = Arc::clone(&model);
        shuttle::Runner::new(scheduler, config).run(move || model());
    }
}

/// Another thread may go on here. (`yield_now` would say that one should.)
fn step() {
    AtomicBool::new(false).load(Ordering::SeqCst);
}

pub(crate) struct ArcSwap<T>(arc_swap::ArcSwap<T>);

impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> ArcSwap<T> {
        ArcSwap(arc_swap::ArcSwap::from_pointee(value))
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        step();
        self.0.load_full()
    }

    pub(crate) fn rcu(&self, change: impl FnMut(&Arc<T>) -> Arc<T>) -> Arc<T> {
        step();
        self.0.rcu(change)
    }
}

pub(crate) mod watch {
    use tokio::sync::watch;
    pub(crate) use tokio::sync::watch::{Receiver, Ref};

    use super::step;

    #[derive(Debug, Default)]
    pub(crate) struct Sender<T>(watch::Sender<T>);

    impl<T> Sender<T> {
        pub(crate) fn send_replace(&self, value: T) -> T {
            step();
            self.0.send_replace(value)
        }

        pub(crate) fn subscribe(&self) -> Receiver<T> {
            step();
            self.0.subscribe()
        }

        pub(crate) fn borrow(&self) -> Ref<'_, T> {
            step();
            self.0.borrow()
        }
    }
}
