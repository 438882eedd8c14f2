//! The access log: one JSON object a line, for each request that was answered or let down.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde_json::json;

#[derive(Debug)]
pub struct AccessLog(Mutex<BufWriter<File>>);

impl AccessLog {
    /// Appends to a file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(AccessLog(Mutex::new(BufWriter::new(file))))
    }

    /// Writes one line at once: whoever reads along sees it.
    pub fn write(&self, line: &Line) {
        let line = json!({
            "clock": line.clock,
            "connection": line.connection,
            "method": line.method,
            "target": line.target,
            "status": line.status,
            "fault": line.fault,
            "duration_ms": u64::try_from(line.took.as_millis()).unwrap_or(u64::MAX),
        });
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not end the instance.
        let _ = writeln!(file, "{line}").and_then(|()| file.flush());
    }
}

pub struct Line<'a> {
    pub clock: &'a str,
    pub connection: u64,
    pub method: &'a str,
    pub target: &'a str,
    pub status: Option<u16>,
    pub fault: bool,
    pub took: Duration,
}
