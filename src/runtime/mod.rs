//! Where a call runs: on the thread that makes it.
//!
//! A hop to another thread and back costs more CPU than the whole exchange, so a call borrows a
//! [`lane`] (a small runtime with a connection of its own) and drives it itself. What has no calling
//! thread, such as fetching a page ahead, gets a [`background`] thread that ends with its work. A
//! forked child gets lanes of its own ([`fork`]); a call ends early by its deadline or by [`Cancel`] ([`limits`]).

pub(crate) mod background;
mod cancel;
pub(crate) mod fork;
pub(crate) mod lane;
pub(crate) mod limits;
pub(crate) mod main_thread;
pub(crate) mod processors;
mod tokio_thread;
pub(crate) mod wait;

pub(crate) use cancel::Cancel;
