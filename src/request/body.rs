//! What a request carries: bytes at hand, or more than one wants to hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use rustix::fs::OFlags;

use crate::error::{Error, Result, Status};
use crate::file;

/// Fills a buffer with what comes next, and returns how much that is; 0 at the end. It runs on the
/// thread that is in the call, and may call the library.
pub type ReadBody = dyn FnMut(&mut [u8]) -> Result<usize> + Send;

/// What a request carries.
#[derive(Clone)]
pub(crate) enum Body {
    Bytes(Bytes),
    File(PathBuf),
    Reader(Reader),
}

/// Is told of a body while it goes out, on the thread that is in the call and with no lock held.
pub(crate) trait Observer: Send + Sync {
    /// It is read from its beginning: again, where the request is repeated.
    fn begins(&self, length: Option<u64>);
    /// This piece is the next. An error ends the call before it goes out.
    fn goes_out(&self, piece: &[u8]) -> Result<()>;
    /// All of it was read. An error ends the call before the last of it goes out.
    fn ends(&self) -> Result<()>;
}

/// What the caller reads out. Clones share it, and it is read once.
#[derive(Clone)]
pub(crate) struct Reader {
    /// The argument that holds it.
    holder: &'static str,
    length: Option<u64>,
    read: Arc<Mutex<Option<Box<ReadBody>>>>,
}

/// A body on its way out, piece by piece.
pub(crate) struct Source {
    /// How many bytes there are, where that is known.
    length: Option<u64>,
    given: u64,
    pieces: Pieces,
    observer: Option<Arc<dyn Observer>>,
    ended: bool,
}

enum Pieces {
    Bytes(Bytes),
    File(File, PathBuf),
    Reader(Box<ReadBody>),
}

/// Large enough that system calls do not count, small enough to be held.
const PIECE: usize = 128 * 1024;

impl Body {
    pub(crate) fn reader(holder: &'static str, length: Option<u64>, read: Box<ReadBody>) -> Body {
        Body::Reader(Reader {
            holder,
            length,
            read: Arc::new(Mutex::new(Some(read))),
        })
    }

    /// Begins to read it out.
    pub(super) fn open(&self, observer: Option<Arc<dyn Observer>>) -> Result<Source> {
        let (length, pieces) = match self {
            Body::Bytes(bytes) => (Some(bytes.len() as u64), Pieces::Bytes(bytes.clone())),
            Body::File(path) => {
                let (file, length) = open_file(path)?;
                (Some(length), Pieces::File(file, path.clone()))
            }
            Body::Reader(reader) => (reader.length, Pieces::Reader(reader.take()?)),
        };
        if let Some(observer) = &observer {
            observer.begins(length);
        }
        Ok(Source {
            length,
            given: 0,
            pieces,
            observer,
            ended: false,
        })
    }

    /// Whether it can be sent a second time.
    pub(crate) fn can_be_sent_again(&self) -> bool {
        !matches!(self, Body::Reader(_))
    }
}

impl Reader {
    fn take(&self) -> Result<Box<ReadBody>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.take().ok_or_else(|| {
            let problem = "its body was read out already; a body from a reader can be sent once";
            Error::argument(self.holder, problem)
        })
    }
}

impl Source {
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next piece; `None` at the end. A length that was promised is kept, or it is an error before
    /// the last piece is given: what was sent by then is a torn body, and no instance takes it for whole.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>> {
        let piece = self.read(PIECE)?.freeze();
        self.given += piece.len() as u64;
        let mut is_last = piece.is_empty();
        if let Some(length) = self.length {
            is_last = self.given >= length;
            let fits = match is_last {
                true => self.given == length && (piece.is_empty() || self.read(1)?.is_empty()),
                false => !piece.is_empty(),
            };
            if !fits {
                return Err(self.changed(length));
            }
        }
        self.tell(&piece, is_last)?;
        Ok((!piece.is_empty()).then_some(piece))
    }

    fn tell(&mut self, piece: &[u8], is_last: bool) -> Result<()> {
        let Some(observer) = &self.observer else {
            return Ok(());
        };
        if !piece.is_empty() {
            observer.goes_out(piece)?;
        }
        if is_last && !self.ended {
            self.ended = true;
            observer.ends()?;
        }
        Ok(())
    }

    /// Reads until so much is there, or all.
    fn read(&mut self, size: usize) -> Result<BytesMut> {
        let mut buffer = BytesMut::zeroed(size);
        let mut filled = 0;
        while filled < size {
            let place = &mut buffer[filled..];
            let count = match &mut self.pieces {
                Pieces::Bytes(rest) => {
                    let count = rest.len().min(place.len());
                    place[..count].copy_from_slice(&rest.split_to(count));
                    count
                }
                Pieces::File(file, path) => match file.read(place) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    outcome => outcome.map_err(|error| unreadable(path, &error))?,
                },
                Pieces::Reader(read) => {
                    let room = place.len();
                    let count = read(place)?;
                    if count > room {
                        let problem = format!("it tells of {count} bytes in a buffer of {room}");
                        return Err(Error::argument("callback", problem));
                    }
                    count
                }
            };
            if count == 0 {
                break;
            }
            filled += count;
        }
        buffer.truncate(filled);
        Ok(buffer)
    }

    fn changed(&self, length: u64) -> Error {
        match &self.pieces {
            Pieces::File(_, path) => {
                let path = file::Told(path);
                let message = format!("path: {path} changed its size while it was sent");
                Error::new(Status::File, message)
            }
            Pieces::Bytes(_) | Pieces::Reader(_) => {
                let more = if self.given < length { "less" } else { "more" };
                let problem = format!("it gives {more} than the {length} bytes that were told");
                Error::argument("callback", problem)
            }
        }
    }
}

fn open_file(path: &Path) -> Result<(File, u64)> {
    let opened = file::open_at_once(path, OFlags::empty()).map_err(io::Error::from);
    let opened = opened.and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        let message = format!("path: {} is not a regular file", file::Told(path));
        return Err(Error::new(Status::File, message));
    }
    Ok((file, metadata.len()))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let message = format!("path: {} cannot be read: {error}", file::Told(path));
    Error::new(Status::File, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn all(body: &Body) -> Result<Vec<u8>> {
        let mut source = body.open(None)?;
        let mut whole = Vec::new();
        while let Some(piece) = source.next()? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// A reader that gives so many bytes, a few at a time.
    fn reader(length: Option<u64>, mut bytes: usize) -> Body {
        let read = move |buffer: &mut [u8]| {
            let count = bytes.min(buffer.len()).min(1000);
            buffer[..count].fill(b'x');
            bytes -= count;
            Ok(count)
        };
        Body::reader("request", length, Box::new(read))
    }

    #[test]
    fn a_reader_gives_what_it_promised_or_fails() {
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            assert_eq!(all(&reader(None, size)).expect("no promise").len(), size);
            let told = Some(size as u64);
            assert_eq!(all(&reader(told, size)).expect("kept").len(), size);
            let error = all(&reader(told, size + 1)).expect_err("too much");
            assert!(error.message().contains("gives more"), "{error}");
            let error = all(&reader(Some(size as u64 + 1), size)).expect_err("too little");
            assert!(error.message().contains("gives less"), "{error}");
        }
    }

    #[test]
    fn a_reader_is_read_once() {
        let body = reader(None, 5);
        assert!(!body.can_be_sent_again());
        all(&body).expect("the first time");
        assert!(all(&body.clone()).is_err());
    }

    #[test]
    fn a_file_that_changes_its_size_is_an_error() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(&vec![7; 2 * PIECE]).expect("room");
        let body = Body::File(file.path().into());
        assert_eq!(all(&body).expect("unchanged").len(), 2 * PIECE);
        for size in [PIECE as u64, 2 * PIECE as u64 + 1] {
            let mut source = body.open(None).expect("a file");
            source.next().expect("as promised").expect("a piece");
            file.as_file().set_len(size).expect("room");
            let error = source.next().expect_err("another size");
            assert_eq!(error.status(), Status::File);
            file.as_file().set_len(2 * PIECE as u64).expect("room");
        }
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        for path in [directory.path().to_owned(), directory.path().join("none")] {
            let error = Body::File(path)
                .open(None)
                .map(|_| ())
                .expect_err("no file");
            assert_eq!(error.status(), Status::File);
        }
    }
}
