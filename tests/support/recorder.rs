//! A server on loopback that keeps every byte that comes to it, and answers as it was told.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A running recorder; its threads end with the test.
pub struct Recorder {
    address: SocketAddr,
    tape: Arc<Mutex<Tape>>,
}

#[derive(Default)]
struct Tape {
    connections: usize,
    heard: Vec<u8>,
    answers: VecDeque<String>,
}

impl Recorder {
    pub fn start() -> Recorder {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound listener has one");
        let tape: Arc<Mutex<Tape>> = Arc::default();
        let kept = Arc::clone(&tape);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                lock(&kept).connections += 1;
                let kept = Arc::clone(&kept);
                // A client that breaks off is its own affair.
                thread::spawn(move || serve(client, &kept));
            }
        });
        Recorder { address, tape }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it answers from now on, in this order, and the last of them for good; nothing where there is none.
    /// Each has its status line and headers, and gets a length unless they have one.
    pub fn answers<'a>(&self, answers: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let whole = |(head, body): (&str, &str)| {
            let length = match head.contains("Content-Length") {
                true => String::new(),
                false => format!("\r\nContent-Length: {}", body.len()),
            };
            format!("HTTP/1.1 {head}{length}\r\n\r\n{body}")
        };
        lock(&self.tape).answers = answers.into_iter().map(whole).collect();
    }

    /// How many connections were made, and all that came over them, since the last time this was asked.
    pub fn take(&self) -> (usize, String) {
        let mut tape = lock(&self.tape);
        let heard = std::mem::take(&mut tape.heard);
        (
            std::mem::take(&mut tape.connections),
            String::from_utf8_lossy(&heard).into_owned(),
        )
    }
}

fn serve(mut client: TcpStream, tape: &Mutex<Tape>) -> io::Result<()> {
    let mut request = Vec::new();
    let mut length = None;
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = client.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        lock(tape).heard.extend_from_slice(&piece[..count]);
        request.extend_from_slice(&piece[..count]);
        length = length.or_else(|| whole_length(&request));
        if length.is_some_and(|length| request.len() >= length) {
            request.clear();
            length = None;
            let answer = {
                let answers = &mut lock(tape).answers;
                match answers.len() {
                    0 | 1 => answers.front().cloned(),
                    _ => answers.pop_front(),
                }
            };
            client.write_all(answer.unwrap_or_default().as_bytes())?;
        }
    }
}

/// How long a request is with its body, as soon as its head is there. What is no HTTP is never longer.
fn whole_length(request: &[u8]) -> Option<usize> {
    if !request[0].is_ascii_alphabetic() {
        return Some(0);
    }
    let head = request.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let body = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name == "content-length";
        is_length.then(|| value.trim().parse::<usize>().ok())?
    });
    Some(head + 4 + body.unwrap_or_default())
}

fn lock(tape: &Mutex<Tape>) -> MutexGuard<'_, Tape> {
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}
