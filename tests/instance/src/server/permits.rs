//! The semaphore pool of inbound REST: so many requests run at once, so many wait, the next is
//! refused at once.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug)]
pub struct Permits {
    /// The pool, and the size it was made with: another setting makes another pool.
    pool: Mutex<(usize, Arc<Semaphore>)>,
    waiting: AtomicUsize,
}

/// The queue is full.
#[derive(Debug)]
pub struct Full;

impl Default for Permits {
    fn default() -> Self {
        Permits {
            pool: Mutex::new((0, Arc::new(Semaphore::new(0)))),
            waiting: AtomicUsize::new(0),
        }
    }
}

impl Permits {
    /// A permit, held until it is dropped; none is needed where `permits` is 0.
    pub async fn take(
        &self,
        permits: usize,
        queue: usize,
    ) -> Result<Option<OwnedSemaphorePermit>, Full> {
        if permits == 0 {
            return Ok(None);
        }
        let pool = self.pool(permits);
        if let Ok(permit) = pool.clone().try_acquire_owned() {
            return Ok(Some(permit));
        }
        if self.waiting.load(Ordering::Relaxed) >= queue {
            return Err(Full);
        }
        let _waiting = Waiting::begin(&self.waiting);
        // The pool is never closed; if it were, a request without a permit would be the lesser evil.
        Ok(pool.acquire_owned().await.ok())
    }

    fn pool(&self, permits: usize) -> Arc<Semaphore> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.0 != permits {
            *pool = (permits, Arc::new(Semaphore::new(permits)));
        }
        pool.1.clone()
    }
}

/// One more that waits, also if its client goes away meanwhile.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Waiting(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
