//! What no client can beat: pages are read from bare sockets and dropped, as they come or inflated.
//!
//! Arguments: URL TABLE ROWS PAGE CONNECTIONS, and `inflate` where that is wanted; a port of http. Prints
//! what every client of the benchmark prints; the length of what was read is 0.

use std::{
    error::Error,
    fs,
    io::{self, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use flate2::{Decompress, FlushDecompress, Status};
use nix::sys::resource::{UsageWho, getrusage};

/// What is read at a time.
const PIECE: usize = 256 << 10;
/// The header of gzip without a name, a comment or anything else.
const GZIP_HEADER: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, url, table, rows, page, connections, rest @ ..] = &arguments[..] else {
        return Err("usage: pump URL TABLE ROWS PAGE CONNECTIONS [inflate]".into());
    };
    let host = url
        .strip_prefix("http://")
        .ok_or("the URL is not of http")?;
    let [rows, page, connections] = [rows, page, connections].map(|number| number.parse::<usize>());
    let (rows, page, connections) = (rows?, page?, connections?);
    let inflate = rest.first().is_some_and(|word| word == "inflate");

    let next = AtomicUsize::new(0);
    let pump = || -> io::Result<()> {
        let mut connection = Connection::new(host)?;
        loop {
            let offset = next.fetch_add(page, Ordering::Relaxed);
            if offset >= rows {
                return Ok(());
            }
            connection.page(
                &format!(
                    "/api/now/table/{table}?sysparm_query=ORDERBYsys_id\
                     &sysparm_limit={page}&sysparm_offset={offset}"
                ),
                inflate,
            )?;
        }
    };
    let (used, began) = (cpu()?, Instant::now());
    thread::scope(|scope| {
        let pumps: Vec<_> = (0..connections).map(|_| scope.spawn(pump)).collect();
        pumps
            .into_iter()
            .try_for_each(|pump| pump.join().expect("no pump panics"))
    })?;
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu()? - used);
    let memory = memory()?;
    println!(r#"{{"count":{rows},"length":0,"wall":{wall:.6},"cpu":{cpu:.6},"memory":{memory}}}"#);
    Ok(())
}

struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
    /// What of the buffer was read and not looked at yet.
    begin: usize,
    end: usize,
    inflated: Vec<u8>,
}

impl Connection {
    fn new(host: &str) -> io::Result<Connection> {
        Ok(Connection {
            stream: TcpStream::connect(host)?,
            host: host.to_owned(),
            buffer: vec![0; PIECE],
            begin: 0,
            end: 0,
            inflated: vec![0; PIECE],
        })
    }

    /// Reads a page, and drops it.
    fn page(&mut self, target: &str, inflate: bool) -> io::Result<()> {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\n\r\n",
            self.host
        );
        self.stream.write_all(request.as_bytes())?;
        let mut length = None;
        let status = self.line()?;
        if !status.starts_with("HTTP/1.1 200") {
            return Err(io::Error::other(status));
        }
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().ok(),
                _ if line.is_empty() => break,
                _ => {}
            }
        }
        let mut inflating = inflate.then(Inflating::new);
        if let Some(length) = length {
            return self.take(length, &mut inflating);
        }
        loop {
            let size = usize::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
            self.take(size, &mut inflating)?;
            self.line()?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        loop {
            let read = &self.buffer[self.begin..self.end];
            let newline = read.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&read[..newline.unwrap_or(read.len())]);
            self.begin += newline.map_or(read.len(), |at| at + 1);
            if newline.is_some() {
                let line = String::from_utf8_lossy(&line);
                return Ok(line.trim_end_matches('\r').to_owned());
            }
            self.fill()?;
        }
    }

    fn take(&mut self, mut length: usize, inflating: &mut Option<Inflating>) -> io::Result<()> {
        while length > 0 {
            if self.begin == self.end {
                self.fill()?;
            }
            let taken = length.min(self.end - self.begin);
            if let Some(inflating) = inflating {
                let bytes = &self.buffer[self.begin..self.begin + taken];
                inflating.push(bytes, &mut self.inflated)?;
            }
            self.begin += taken;
            length -= taken;
        }
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        self.begin = 0;
        self.end = self.stream.read(&mut self.buffer)?;
        match self.end {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

struct Inflating {
    header_left: usize,
    inflate: Decompress,
}

impl Inflating {
    fn new() -> Inflating {
        Inflating {
            header_left: GZIP_HEADER,
            inflate: Decompress::new(false),
        }
    }

    fn push(&mut self, bytes: &[u8], into: &mut [u8]) -> io::Result<()> {
        let header = self.header_left.min(bytes.len());
        self.header_left -= header;
        let mut bytes = &bytes[header..];
        loop {
            let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(bytes, into, FlushDecompress::None)?;
            bytes = &bytes[(self.inflate.total_in() - taken) as usize..];
            let filled = (self.inflate.total_out() - given) as usize == into.len();
            // What is left behind the end is the checksum.
            if status == Status::StreamEnd || bytes.is_empty() && !filled {
                return Ok(());
            }
        }
    }
}

/// User and system time of all threads, in seconds.
fn cpu() -> io::Result<f64> {
    let used = getrusage(UsageWho::RUSAGE_SELF)?;
    let times = [used.user_time(), used.system_time()];
    Ok(times
        .iter()
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
        .sum())
}

/// The peak of the process, in KiB.
fn memory() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
    peak.ok_or_else(|| io::Error::other("no VmHWM"))
}
