//! What all connections share.

use super::sessions::Sessions;
use crate::instance::Instance;

#[derive(Debug)]
pub struct Server {
    pub instance: Instance,
    pub sessions: Sessions,
}
