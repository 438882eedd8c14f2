//! How far a transfer is, told to the caller: now and then, and at the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Result;

/// Is told how many bytes have moved, and of how many where that is known, as it is at the end. It runs on the thread that
/// is in the call, and may call the library. `Err` ends the transfer with that error.
pub type Progress = dyn Fn(u64, Option<u64>) -> Result<()> + Send + Sync;

/// A transfer that somebody may want to hear of.
#[derive(Clone)]
pub(super) struct Watch {
    progress: Option<Arc<Progress>>,
    told: Option<Instant>,
}

/// No more often than ten times a second.
const INTERVAL: Duration = Duration::from_millis(100);

impl Watch {
    pub(super) fn new(progress: Option<Arc<Progress>>) -> Watch {
        Watch {
            progress,
            told: None,
        }
    }

    /// Whom to tell, where it is time to.
    pub(super) fn due(&mut self, now: Instant) -> Option<Arc<Progress>> {
        let is_early = |told: Instant| now.saturating_duration_since(told) < INTERVAL;
        if self.progress.is_none() || self.told.is_some_and(is_early) {
            return None;
        }
        self.told = Some(now);
        self.progress.clone()
    }

    /// Whom to tell at the end.
    pub(super) fn at_end(&self) -> Option<Arc<Progress>> {
        self.progress.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_times_a_second_and_at_the_end() {
        let mut watch = Watch::new(Some(Arc::new(|_, _| Ok(()))));
        let begin = Instant::now();
        let told = |watch: &mut Watch, ms| watch.due(begin + Duration::from_millis(ms)).is_some();
        assert!(told(&mut watch, 0), "the first piece");
        assert!(!told(&mut watch, 99));
        assert!(told(&mut watch, 100));
        assert!(!told(&mut watch, 199));
        assert!(told(&mut watch, 5000));
        assert!(!told(&mut watch, 5099));
        // A thousand pieces in a second are ten calls, not a thousand.
        let calls = (0..1000).filter(|ms| told(&mut watch, 6000 + ms)).count();
        assert_eq!(calls, 10);
        assert!(watch.at_end().is_some());
    }

    #[test]
    fn nobody_is_told_where_nobody_asks() {
        let mut watch = Watch::new(None);
        assert!(watch.due(Instant::now()).is_none() && watch.at_end().is_none());
    }
}
