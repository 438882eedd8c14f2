//! What holds of waiting in whatever order the threads go on. That somebody sleeps for ever fails each of these.

use super::super::Cancel;
use super::*;
use crate::sync::explore;

#[test]
fn no_change_and_no_cancel_is_missed() {
    explore(|| {
        let (signal, cancel) = (Arc::<Signal>::default(), Arc::<Cancel>::default());
        let waits_for = |cancel: Option<Arc<Cancel>>| {
            let mut changes = signal.changes();
            move || {
                changes.wait(Limits {
                    deadline: None,
                    cancels: [cancel.as_deref(), None],
                })
            }
        };
        let mut wait = waits_for(Some(Arc::clone(&cancel)));
        let until_cancelled = thread::spawn(move || while wait() == Ok(()) {});
        let one_change = thread::spawn(waits_for(None));
        signal.send();
        assert_eq!(one_change.join().expect("no panic"), Ok(()));
        cancel.cancel();
        until_cancelled.join().expect("no panic");
    });
}
