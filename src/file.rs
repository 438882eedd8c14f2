//! Files that the caller names, read without waiting for anybody and no further than makes sense: a name may
//! lead to a pipe, or to a device without an end.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use secrecy::zeroize::Zeroizing;

use crate::error::{Error, Result};

/// A path that the caller gave as this argument. An empty one leads nowhere.
pub(crate) fn named<'a>(argument: &str, path: &'a Path) -> Result<&'a Path> {
    match path.as_os_str().is_empty() {
        true => Err(Error::argument(
            argument,
            "it is empty; accepted is the path of a file",
        )),
        false => Ok(path),
    }
}

/// A path as a message tells it: whole, unless it is longer than that of any file.
pub(crate) struct Told<'a>(pub(crate) &'a Path);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// As Linux has it; no other system takes more.
        const LONGEST: usize = 4096;
        match self.0.as_os_str().len() {
            ..=LONGEST => self.0.display().fmt(f),
            length => write!(f, "{:.64}... ({length} bytes)", self.0.to_string_lossy()),
        }
    }
}

/// Opens what is at the path to read it, whatever that is, with these flags too. Of a pipe that nobody
/// writes to, a plain open would not come back.
pub(crate) fn open_at_once(path: &Path, flags: OFlags) -> rustix::io::Result<File> {
    let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    open(path, flags, Mode::empty()).map(File::from)
}

/// The content of a file, which may be a secret. A pipe is read to its end.
pub(crate) fn load(path: &Path, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    read(&File::open(path)?, most)
}

/// All that is left of a file. More than so many bytes are an error.
pub(crate) fn read(file: &File, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    /// Of what does not tell its size.
    const ROOM: usize = 64 * 1024;
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    // What grows leaves copies behind, so it has room at first, and one byte to see the end.
    let room = size.max(ROOM).min(most) + 1;
    let mut content = Zeroizing::new(Vec::with_capacity(room));
    file.take(most as u64 + 1).read_to_end(&mut content)?;
    if content.len() > most {
        let problem = format!("it is larger than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(content)
}

/// The folder that a path's last name stands in: the current one, where the path is that name alone.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What a path leads to, be it there or not: itself, or the end of its links.
pub(crate) fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..MOST_LINKS {
        let next = match fs::read_link(&place) {
            Ok(next) => next,
            Err(error) if is_no_link(&error) => return Ok(place),
            // What it is could not be found out: taken for no link, a link would be replaced.
            Err(error) => return Err(error),
        };
        place.pop();
        place.push(next);
    }
    Err(io::Error::other(
        "it is a link that leads to too many others",
    ))
}

/// Whether a link could not be read because there is none: something else is there, or nothing.
fn is_no_link(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, NotADirectory, NotFound};
    matches!(error.kind(), InvalidInput | NotADirectory | NotFound)
}

/// So many links are followed, as Linux does.
const MOST_LINKS: u32 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_whole_unless_no_file_can_have_it() {
        let told = |path: &str| Told(Path::new(path)).to_string();
        let longest = "x".repeat(4096);
        assert_eq!(told(&longest), longest);
        let beginning = "\u{17c}".repeat(64);
        let path = "\u{17c}".repeat(524_288);
        assert_eq!(told(&path), format!("{beginning}... (1048576 bytes)"));
    }
}
