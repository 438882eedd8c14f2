//! What all connections share.

use super::{permits::Permits, prebuilt::PrebuiltPages, sessions::Sessions};
use crate::instance::Instance;

#[derive(Debug)]
pub struct Server {
    pub instance: Instance,
    pub sessions: Sessions,
    pub permits: Permits,
    pub prebuilt: PrebuiltPages,
}
