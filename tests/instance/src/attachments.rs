//! The bytes of attachments: an upload is never in memory as a whole.
//!
//! An upload is written while it arrives and hashed on the way. What is larger than a few pages goes
//! to a file that has no name: nothing of it is left behind, however the program ends.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use ring::digest::{Context, SHA256};
use tempfile::{SpooledData, SpooledTempFile, spooled_tempfile};

use crate::shared::Shared;

/// The contents of all attachments, by the id of their record.
#[derive(Debug, Default)]
pub struct AttachmentStore(Shared<HashMap<String, Content>>);

/// Bytes that can be read from any place, by many at once.
#[derive(Clone, Debug)]
pub struct Content {
    source: Source,
    start: u64,
    length: u64,
}

#[derive(Clone, Debug)]
enum Source {
    Memory(Bytes),
    Disk(Arc<File>),
}

/// The body of a request that was received as a whole.
#[derive(Debug)]
pub struct Upload {
    pub content: Content,
    /// SHA-256 in hex.
    pub hash: String,
}

/// An upload on its way in.
pub struct Incoming {
    file: SpooledTempFile,
    bytes: u64,
    hash: Context,
}

/// What is larger is on disk.
const MAX_IN_MEMORY: usize = 64 << 10;
/// What is read at a time.
const PIECE: usize = 64 << 10;

impl AttachmentStore {
    /// Keeps the bytes of a record.
    pub fn keep(&self, sys_id: &str, content: Content) {
        self.0.write().insert(sys_id.to_owned(), content);
    }

    pub fn find(&self, sys_id: &str) -> Option<Content> {
        self.0.read().get(sys_id).cloned()
    }

    /// Writes each to a file of the name of its record, which `load` reads again.
    pub fn save(&self, directory: &Path) -> io::Result<()> {
        let contents = self.0.read();
        if !contents.is_empty() {
            fs::create_dir_all(directory)?;
        }
        for (sys_id, content) in contents.iter() {
            content.copy_to(&mut File::create(directory.join(sys_id))?)?;
        }
        Ok(())
    }

    pub fn load(&self, directory: &Path) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let mut incoming = Incoming::begin();
            io::copy(&mut File::open(entry.path())?, &mut incoming)?;
            let sys_id = entry.file_name().to_string_lossy().into_owned();
            self.keep(&sys_id, incoming.finish().content);
        }
        Ok(())
    }

    /// Removing what is not there is no failure.
    pub fn remove(&self, sys_id: &str) {
        self.0.write().remove(sys_id);
    }
}

impl Incoming {
    pub fn begin() -> Self {
        Incoming {
            file: spooled_tempfile(MAX_IN_MEMORY),
            bytes: 0,
            hash: Context::new(&SHA256),
        }
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn finish(self) -> Upload {
        let source = match self.file.into_inner() {
            SpooledData::InMemory(bytes) => Source::Memory(bytes.into_inner().into()),
            SpooledData::OnDisk(file) => Source::Disk(Arc::new(file)),
        };
        Upload {
            content: Content {
                source,
                start: 0,
                length: self.bytes,
            },
            hash: hex(self.hash),
        }
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

impl Content {
    pub fn len(&self) -> u64 {
        self.length
    }

    /// At most `length` bytes from a place on; fewer before the end, none behind it.
    pub fn read_at(&self, from: u64, length: usize) -> io::Result<Bytes> {
        let rest = self.length.saturating_sub(from);
        let length = usize::try_from(rest).map_or(length, |rest| rest.min(length));
        match &self.source {
            _ if length == 0 => Ok(Bytes::new()),
            Source::Memory(bytes) => {
                let from = usize::try_from(self.start + from).map_err(io::Error::other)?;
                Ok(bytes.slice(from..from + length))
            }
            Source::Disk(file) => {
                let mut piece = vec![0; length];
                file.read_exact_at(&mut piece, self.start + from)?;
                Ok(piece.into())
            }
        }
    }

    /// A part of it, hashed on its own.
    pub fn part(&self, from: u64, to: u64) -> io::Result<Upload> {
        let part = Content {
            source: self.source.clone(),
            start: self.start + from,
            length: to.min(self.length).saturating_sub(from),
        };
        let mut hash = Context::new(&SHA256);
        let mut place = 0;
        while place < part.length {
            let piece = part.read_at(place, PIECE)?;
            hash.update(&piece);
            place += piece.len() as u64;
        }
        Ok(Upload {
            content: part,
            hash: hex(hash),
        })
    }

    /// Writes it out, piece by piece.
    pub fn copy_to(&self, out: &mut impl Write) -> io::Result<()> {
        let mut place = 0;
        while place < self.length {
            let piece = self.read_at(place, PIECE)?;
            out.write_all(&piece)?;
            place += piece.len() as u64;
        }
        Ok(())
    }
}

fn hex(hash: Context) -> String {
    hash.finish()
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(bytes: &[u8]) -> Upload {
        let mut incoming = Incoming::begin();
        incoming.write_all(bytes).unwrap();
        incoming.finish()
    }

    #[test]
    fn a_part_is_hashed_on_its_own_in_memory_and_on_disk() {
        for padding in [2, MAX_IN_MEMORY + 1] {
            let mut bytes = vec![b'-'; padding];
            bytes.extend_from_slice(b"abc--");
            let upload = received(&bytes);
            assert_eq!(
                matches!(upload.content.source, Source::Disk(_)),
                padding > MAX_IN_MEMORY
            );
            let from = padding as u64;
            let part = upload.content.part(from, from + 3).unwrap();
            assert_eq!(
                part.hash,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            );
            let mut text = Vec::new();
            part.content.copy_to(&mut text).unwrap();
            assert_eq!(text, b"abc");
            assert_eq!(part.content.read_at(1, 9).unwrap(), "bc");
            assert_eq!(part.content.read_at(9, 1).unwrap(), "");
        }
    }

    #[test]
    fn nothing_is_something_too() {
        let upload = received(b"");
        assert_eq!(upload.content.len(), 0);
        assert!(upload.hash.starts_with("e3b0c442"));
    }
}
