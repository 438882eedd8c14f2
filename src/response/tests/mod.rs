//! Answers from a server that says what it is told to, over a socket.

mod rows;
pub(crate) mod wire;
