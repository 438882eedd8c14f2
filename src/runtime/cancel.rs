//! Ending an operation from another thread.

use crate::sync::watch;

/// A switch that goes from off to on once, and wakes whoever waits for it.
#[derive(Debug, Default)]
pub(crate) struct Cancel(watch::Sender<bool>);

impl Cancel {
    pub(crate) fn cancel(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends once [`Cancel::cancel`] was called, be it before or after this.
    pub(crate) async fn cancelled(&self) {
        let mut changes = self.0.subscribe();
        // The sender is `self`, so it outlives this wait and the only end is the switch.
        let _ = changes.wait_for(|&on| on).await;
    }
}
