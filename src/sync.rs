//! What threads share where every order of their steps matters: the locks of the standard library, tokio's
//! `watch`, `ArcSwap`. In the unit tests with the feature `interleavings` they are [shuttle's](checked), which
//! decides at each step who goes on, and tries one order after another; the tests that are called `interleavings`
//! say what must hold in all of them.

#[cfg(all(test, feature = "interleavings"))]
mod checked;

#[cfg(all(test, feature = "interleavings"))]
pub(crate) use checked::{
    ArcSwap, Condvar, Mutex, MutexGuard, RwLock, explore, thread, thread_local, watch,
};
#[cfg(not(all(test, feature = "interleavings")))]
pub(crate) use {
    arc_swap::ArcSwap,
    std::{
        sync::{Condvar, Mutex, MutexGuard, RwLock},
        thread, thread_local,
    },
    tokio::sync::watch,
};
