//! A port at which connections are neither taken nor refused: who comes there waits.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use rustix::net::listen;

pub struct Unaccepted {
    address: SocketAddr,
    _listener: TcpListener,
    /// As many as there was room for.
    _waiting: Vec<TcpStream>,
}

impl Unaccepted {
    pub fn new() -> Unaccepted {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listen(&listener, 0).expect("a socket that listens");
        let address = listener.local_addr().expect("an address");
        let mut waiting = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            waiting.push(stream);
            assert!(waiting.len() < 100, "its backlog has no end");
        }
        Unaccepted {
            address,
            _listener: listener,
            _waiting: waiting,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
