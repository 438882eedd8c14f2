//! When the caller is told how far something is: now and then, and at the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// Something that somebody may want to hear of.
pub(crate) struct Watch<Callback: ?Sized> {
    callback: Option<Arc<Callback>>,
    told: Option<Instant>,
}

/// No more often than ten times a second.
const INTERVAL: Duration = Duration::from_millis(100);

impl<Callback: ?Sized> Watch<Callback> {
    pub(crate) fn new(callback: Option<Arc<Callback>>) -> Watch<Callback> {
        Watch {
            callback,
            told: None,
        }
    }

    /// Whom to tell, where it is time to.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Arc<Callback>> {
        let is_early = |told: Instant| now.saturating_duration_since(told) < INTERVAL;
        if self.callback.is_none() || self.told.is_some_and(is_early) {
            return None;
        }
        self.told = Some(now);
        self.callback.clone()
    }

    /// Whom to tell at the end.
    pub(crate) fn at_end(&self) -> Option<Arc<Callback>> {
        self.callback.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_times_a_second_and_at_the_end() {
        let mut watch = Watch::new(Some(Arc::new(())));
        let begin = Instant::now();
        let told =
            |watch: &mut Watch<()>, ms| watch.due(begin + Duration::from_millis(ms)).is_some();
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
        let mut watch = Watch::<()>::new(None);
        assert!(watch.due(Instant::now()).is_none() && watch.at_end().is_none());
    }
}
