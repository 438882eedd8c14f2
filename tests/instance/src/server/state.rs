//! What all connections share.

use std::sync::atomic::AtomicUsize;

use tokio::sync::Notify;

use super::{permits::Permits, prebuilt::PrebuiltPages, sessions::Sessions};
use crate::instance::Instance;

#[derive(Debug)]
pub struct Server {
    pub instance: Instance,
    pub sessions: Sessions,
    pub permits: Permits,
    pub prebuilt: PrebuiltPages,
    /// Connections that are open.
    pub open: AtomicUsize,
    /// Woken by every order of control: an idle connection asks again how long it may idle.
    pub ordered: Notify,
}
