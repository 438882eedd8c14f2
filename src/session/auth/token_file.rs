//! A token on disk that several processes share, as files.
//!
//! Beside the file stand two others. `<file>.lock` is locked by the process that is about to change the
//! token. `<file>.new` is where the next token comes to stand before it takes the file's name: it is made,
//! as large as a token gets, before the instance is asked for one, so a disk without room fails while
//! nothing is lost. What a process that ended in the middle leaves there is read by the next: a whole
//! token is put in place, anything else means that a token may have been issued which nobody has.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::geteuid;
use secrecy::zeroize::Zeroizing;

use super::file_lock::FileLock;
use super::token::{LARGEST, Token};
use crate::error::{Error, Result, Status};
use crate::file;

/// What is set aside for the next token: it may be as large as any.
const ROOM: usize = LARGEST;

/// Where a token is kept for several processes.
#[derive(Clone)]
pub(crate) struct TokenFile {
    path: PathBuf,
    next: PathBuf,
    lock: PathBuf,
}

/// The file, while no one else changes it.
pub(super) struct LockedFile<'a> {
    file: &'a TokenFile,
    _lock: FileLock,
}

/// A place for the next token, which is sure to fit.
pub(super) struct Prepared<'a> {
    file: &'a TokenFile,
    next: File,
    folder: Option<File>,
}

/// What a process left behind that ended while it changed the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Left {
    Nothing,
    /// It may have been issued a token, and nobody has it.
    Doubt,
}

impl TokenFile {
    /// The file at this path, which need not be there yet; its folder must be.
    pub(crate) fn new(path: &Path) -> Result<TokenFile> {
        let Some(name) = file::named("path", path)?.file_name() else {
            return Err(Error::new(Status::File, "path: it names no file"));
        };
        let folder = file::folder_of(path);
        let folder = folder.canonicalize().map_err(|error| {
            let message = format!("path: the folder {}: {error}", file::Told(folder));
            Error::new(Status::File, message)
        })?;
        let beside = |ending: &str| {
            let mut name = name.to_owned();
            name.push(ending);
            folder.join(name)
        };
        let file = TokenFile {
            path: folder.join(name),
            next: beside(".new"),
            lock: beside(".lock"),
        };
        file.has_room_beside()?;
        file.read().map_err(|error| error.about("path"))?;
        Ok(file)
    }

    /// Whether the names of the files beside it are not too long: the longest is that of the lock.
    fn has_room_beside(&self) -> Result<()> {
        match fs::symlink_metadata(&self.lock) {
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
                let path = file::Told(&self.path);
                let message =
                    format!("path: {path} is too long a name, since .lock comes to stand after it");
                Err(Error::new(Status::File, message))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The token in the file; none where there is no file, or an empty one.
    pub(crate) fn read(&self) -> Result<Option<Token>> {
        read(&self.path)
    }

    /// Locks the file, unless somebody else has done so.
    pub(super) fn try_lock(&self) -> Result<Option<LockedFile<'_>>> {
        let lock =
            FileLock::try_lock(&self.lock).map_err(|error| cannot("lock", &self.lock, &error))?;
        Ok(lock.map(|lock| LockedFile {
            file: self,
            _lock: lock,
        }))
    }

    /// The folder, opened before anything changes in it, since afterwards it would be too late to fail for want of a
    /// descriptor; none where this user may not look into it.
    fn folder(&self) -> Result<Option<File>> {
        let folder = file::folder_of(&self.path);
        match File::open(folder) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
            opened => opened
                .map(Some)
                .map_err(|error| cannot("open", folder, &error)),
        }
    }
}

/// Makes sure that the names in a folder are on the disk.
fn sync(folder: Option<&File>) -> io::Result<()> {
    match folder.map(File::sync_all) {
        // Not every file system knows how.
        Some(Err(error)) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        outcome => outcome.unwrap_or(Ok(())),
    }
}

impl<'a> LockedFile<'a> {
    /// Puts the token in place that a process had got and not put there before it ended.
    pub(super) fn recover(&self) -> Result<Left> {
        let TokenFile { path, next, .. } = self.file;
        // A file that is no token is not replaced by one.
        read(path)?;
        let Some(left_at) = time_of(next)? else {
            return Ok(Left::Nothing);
        };
        if time_of(path)?.is_some_and(|changed| changed > left_at) {
            // Somebody has signed in since, and put the file there by other means.
            fs::remove_file(next).map_err(|error| cannot("remove", next, &error))?;
            return Ok(Left::Nothing);
        }
        match look(next) {
            Ok(Some(_)) => {
                let folder = self.file.folder()?;
                let outcome = File::open(next).and_then(|file| file.sync_all());
                let outcome = outcome.and_then(|()| fs::rename(next, path));
                let outcome = outcome.and_then(|()| sync(folder.as_ref()));
                outcome.map_err(|error| cannot("write", path, &error))?;
                Ok(Left::Nothing)
            }
            // It may be the only good one, and what prepares the next would remove it.
            Err(Unread::Failed(error)) if may_pass(&error) => Err(cannot("read", next, &error)),
            _ => Ok(Left::Doubt),
        }
    }

    /// Makes sure that a token can be put in place, before one is asked for.
    pub(super) fn prepare(&self) -> Result<Prepared<'a>> {
        let folder = self.file.folder()?;
        let failed = |error: &io::Error| cannot("write", &self.file.next, error);
        match fs::remove_file(&self.file.next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&error)),
            _ => {}
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let next = open(&self.file.next, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|error| failed(&error.into()))?;
        let mut prepared = Prepared {
            file: self.file,
            next: File::from(next),
            folder,
        };
        // Spaces, which may stand after JSON: the token is whole as soon as it is written over them.
        let written = prepared.next.write_all(&[b' '; ROOM]);
        match written.and_then(|()| prepared.next.sync_all()) {
            Ok(()) => Ok(prepared),
            Err(error) => {
                prepared.forget();
                Err(failed(&error))
            }
        }
    }
}

impl Prepared<'_> {
    /// Puts a token in place: at any moment the file holds the old one or this one.
    pub(super) fn store(mut self, token: &Token) -> Result<()> {
        let json = Zeroizing::new(token.to_json());
        let outcome = self.write(json.as_bytes());
        let outcome = outcome.and_then(|()| fs::rename(&self.file.next, &self.file.path));
        outcome
            .and_then(|()| sync(self.folder.as_ref()))
            .map_err(|error| cannot("write", &self.file.path, &error))
    }

    fn write(&mut self, json: &[u8]) -> io::Result<()> {
        self.next.rewind()?;
        self.next.write_all(json)?;
        // From here on the next process would find it, whatever becomes of this one.
        self.next.set_len(json.len() as u64)?;
        self.next.sync_all()
    }

    /// No token was issued.
    pub(super) fn forget(self) {
        // What stays is replaced by whoever comes next.
        let _ = fs::remove_file(&self.file.next);
    }
}

/// When a file was changed; none where there is none.
fn time_of(path: &Path) -> Result<Option<SystemTime>> {
    match fs::symlink_metadata(path).and_then(|file| file.modified()) {
        Ok(time) => Ok(Some(time)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot("read", path, &error)),
    }
}

/// Why no token was read from a file that is there.
enum Unread {
    /// It is none that may be used, and is left as it is.
    Refused(String),
    Failed(io::Error),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Unread {
        Unread::Failed(error)
    }
}

/// Whether a file that could not be read may be readable the next time.
fn may_pass(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, PermissionDenied};
    !matches!(error.kind(), FileTooLarge | PermissionDenied)
}

/// The token in a file that is for its owner alone.
fn read(path: &Path) -> Result<Option<Token>> {
    look(path).map_err(|unread| match unread {
        Unread::Failed(error) => cannot("read", path, &error),
        Unread::Refused(problem) => {
            let message = format!("token file: {} {problem}", file::Told(path));
            Error::new(Status::File, message)
        }
    })
}

fn look(path: &Path) -> Result<Option<Token>, Unread> {
    let refuse = |problem: String| Err(Unread::Refused(problem));
    let file = match file::open_at_once(path, OFlags::NOFOLLOW) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => {
            return refuse("is a symbolic link; name the file that it points to".into());
        }
        Err(error) => return Err(Unread::Failed(error.into())),
    };
    let facts = file.metadata()?;
    let (owner, user, mode) = (facts.uid(), geteuid().as_raw(), facts.mode() & 0o7777);
    if !facts.is_file() {
        return refuse("is not a regular file".into());
    }
    if owner != user {
        return refuse(format!(
            "belongs to user {owner}, and this process runs as user {user}"
        ));
    }
    if mode & 0o077 != 0 {
        return refuse(format!(
            "is open to other users (mode {mode:04o}); close it with chmod 600"
        ));
    }
    if facts.len() == 0 {
        return Ok(None);
    }
    let content = file::read(&file, LARGEST)?;
    let no_token = |problem| refuse(format!("holds no token: {problem}; it is left as it is"));
    let Ok(json) = str::from_utf8(&content) else {
        return no_token("it is not UTF-8");
    };
    match Token::from_json(json) {
        Ok(token) => Ok(Some(token)),
        Err(error) => {
            let message = error.message();
            no_token(message.split_once(": ").map_or(message, |(_, after)| after))
        }
    }
}

fn cannot(doing: &str, path: &Path, error: &io::Error) -> Error {
    let message = format!("token file: cannot {doing} {}: {error}", file::Told(path));
    Error::new(Status::File, message)
}
