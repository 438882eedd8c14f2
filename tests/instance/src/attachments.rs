//! The bytes of attachments, on disk: an upload is never in memory as a whole.
//!
//! An upload is written to a file while it arrives, hashed on the way, and renamed to its id once the
//! record is made. The directory goes with the program.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

use ring::digest::{Context, SHA256};
use tempfile::{NamedTempFile, TempDir};

#[derive(Debug)]
pub struct AttachmentStore {
    directory: TempDir,
}

/// The body of a request that was written to a file.
#[derive(Debug)]
pub struct Upload {
    file: NamedTempFile,
    pub bytes: u64,
    /// SHA-256 in hex.
    pub hash: String,
}

/// An upload on its way in.
pub struct Incoming {
    file: NamedTempFile,
    bytes: u64,
    hash: Context,
}

impl AttachmentStore {
    pub fn create() -> io::Result<Self> {
        Ok(AttachmentStore {
            directory: tempfile::Builder::new()
                .prefix("snow-instance-")
                .tempdir()?,
        })
    }

    pub fn receive(&self) -> io::Result<Incoming> {
        Ok(Incoming {
            file: NamedTempFile::new_in(self.directory.path())?,
            bytes: 0,
            hash: Context::new(&SHA256),
        })
    }

    /// Keeps an upload under the id of its record.
    pub fn keep(&self, upload: Upload, sys_id: &str) -> io::Result<()> {
        upload
            .file
            .persist(self.path(sys_id))
            .map(|_| ())
            .map_err(|error| error.error)
    }

    /// Copies a part of an upload to one of its own.
    pub fn part(&self, upload: &Upload, from: u64, to: u64) -> io::Result<Upload> {
        let mut source = upload.file.reopen()?;
        source.seek(SeekFrom::Start(from))?;
        let mut source = source.take(to.saturating_sub(from));
        let mut part = self.receive()?;
        io::copy(&mut source, &mut part)?;
        part.finish()
    }

    pub fn open(&self, sys_id: &str) -> io::Result<File> {
        File::open(self.path(sys_id))
    }

    /// Removing what is not there is no failure.
    pub fn remove(&self, sys_id: &str) {
        let _ = std::fs::remove_file(self.path(sys_id));
    }

    fn path(&self, sys_id: &str) -> PathBuf {
        self.directory.path().join(sys_id)
    }
}

impl Upload {
    /// Bytes from some place of the file, at most `length`.
    pub fn read_at(&self, from: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut source = self.file.reopen()?;
        source.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        source.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Incoming {
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn finish(self) -> io::Result<Upload> {
        let hash = self
            .hash
            .finish()
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Upload {
            file: self.file,
            bytes: self.bytes,
            hash,
        })
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_hashed_on_its_own() {
        let store = AttachmentStore::create().unwrap();
        let mut incoming = store.receive().unwrap();
        incoming.write_all(b"--abc--").unwrap();
        let upload = incoming.finish().unwrap();
        let part = store.part(&upload, 2, 5).unwrap();
        assert_eq!(part.bytes, 3);
        assert_eq!(
            part.hash,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        store.keep(part, "id").unwrap();
        let mut text = String::new();
        store.open("id").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        store.remove("id");
        assert!(store.open("id").is_err());
    }
}
