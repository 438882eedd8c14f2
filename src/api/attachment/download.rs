//! The content of an attachment, on its way down.

use std::fs;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderValue, Method, header};
use tempfile::NamedTempFile;

use super::{Progress, metadata, request};
use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::file::{self, end_of_links, folder_of};
use crate::progress::Watch;
use crate::response::{Response, Stream};
use crate::runtime::main_thread;

impl Client {
    /// Begins to read the content of an attachment: `GET /api/now/attachment/{sys_id}/file`. Where its
    /// end is reached, it is what the instance has.
    ///
    /// # Errors
    /// [`Status::NotFound`] where there is no such attachment or this user may not see it. The last
    /// piece is followed by [`Status::Corrupt`] where size or hash are others.
    pub fn attachment_open(&self, sys_id: &str) -> Result<Stream> {
        let _whole = self.connection.around();
        let call = self.for_one_call();
        let mut stream = call.attachment_stream(sys_id)?;
        let metadata = match metadata::in_header(stream.head()) {
            Some(metadata) => metadata,
            None => {
                // One call after the other: a session may allow no more than one at a time.
                drop(stream);
                let metadata = call.attachment_get(sys_id)?;
                stream = call.attachment_stream(sys_id)?;
                metadata
            }
        };
        stream.expect(metadata::expected(&metadata));
        Ok(stream)
    }

    /// The content, which is no page in its place.
    fn attachment_stream(&self, sys_id: &str) -> Result<Stream> {
        let mut request = request(Method::GET, sys_id, Some("file"))?;
        let anything = HeaderValue::from_static("*/*");
        request.headers.insert(header::ACCEPT, anything);
        let mut stream = self.open(&request)?;
        stream.check()?;
        if !metadata::is_file(stream.head()) {
            stream.refuse_page()?;
        }
        Ok(stream)
    }

    /// The content of an attachment as the body of a response. It is asked for again where it breaks off, as
    /// often as a call is made again.
    ///
    /// # Errors
    /// As [`Client::attachment_open`] and [`Stream::next_piece`].
    pub fn attachment_download(&self, sys_id: &str) -> Result<Response> {
        let _whole = self.connection.around();
        let mut made = 1;
        loop {
            match self.attachment_open(sys_id)?.into_whole() {
                Err(error) if self.is_asked_again(&error, made) => made += 1,
                outcome => return outcome,
            }
        }
    }

    /// Whether content is to be asked for again, which it is where it broke off. Waits before that.
    fn is_asked_again(&self, error: &Error, made: u32) -> bool {
        let left = Duration::MAX;
        error.status() == Status::CutBody
            && self
                .connection
                .pause_before_another(error, made, left, None)
    }

    /// Hands the content of an attachment to `write`, piece by piece, on this thread. Whether all of it
    /// was right is known when this returns. Where it breaks off it is not asked for again: what was written
    /// cannot be taken back.
    ///
    /// # Errors
    /// As [`Client::attachment_download`], and what `write` gives.
    pub fn attachment_download_to(
        &self,
        sys_id: &str,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let _whole = self.connection.around();
        let mut stream = self.attachment_open(sys_id)?;
        while let Some(piece) = stream.next_piece()? {
            if let Err(error) = write(piece) {
                return Err(stream.head().tells(error));
            }
        }
        Ok(())
    }

    /// Writes the content of an attachment to a file, in place of what it held. Until all of it is there
    /// and right, the content is in a file of another name in the same folder, and nothing of it is left
    /// if it fails. A file that is there hands on its mode and group, and its owner where this user may give a file
    /// away; a new one has the mode that the umask leaves. It is asked for again where it breaks off, as often as a
    /// call is made again; progress begins again then.
    ///
    /// # Errors
    /// As [`Client::attachment_download`]; [`Status::File`] where the file cannot be written.
    pub fn attachment_download_file(
        &self,
        sys_id: &str,
        path: &Path,
        progress: Option<Arc<Progress>>,
    ) -> Result<()> {
        let _whole = self.connection.around();
        let mut file = FileToBe::beside(path)?;
        let (mut watch, mut made) = (Watch::new(progress), 1);
        loop {
            let stream = self.attachment_open(sys_id)?;
            match file.receive(stream, &mut watch) {
                Ok(()) => return file.take_its_place(),
                Err(error) if self.is_asked_again(&error, made) => made += 1,
                Err(error) => return Err(error),
            }
            file.empty()?;
        }
    }
}

/// A file that is not there before it is whole.
struct FileToBe {
    path: PathBuf,
    temporary: NamedTempFile,
}

impl FileToBe {
    fn beside(path: &Path) -> Result<FileToBe> {
        let path = file::named("path", path)?;
        let refuse = |problem: &dyn std::fmt::Display| unwritable(path, problem);
        // A link stays one, and what it leads to is replaced.
        let place = match fs::canonicalize(path) {
            Ok(place) => place,
            Err(_) if names_no_file(path) => return Err(refuse(&"it names no file")),
            Err(_) => end_of_links(path).map_err(|error| refuse(&error))?,
        };
        let replaced = match fs::metadata(&place) {
            Ok(facts) if facts.is_file() => Some(facts),
            Ok(_) => return Err(refuse(&"it is there, and is not a regular file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // Taken for a new one, a private file would be open to others.
            Err(error) => return Err(refuse(&error)),
        };
        let folder = folder_of(&place);
        main_thread::show_to_leak_checkers();
        let temporary =
            open_to_whom_it_was(replaced.as_ref(), folder).map_err(|error| refuse(&error))?;
        Ok(FileToBe {
            path: place,
            temporary,
        })
    }

    /// Takes the content from its answer, and tells of it.
    fn receive(&mut self, mut stream: Stream, watch: &mut Watch<Progress>) -> Result<()> {
        let total = stream.expected_bytes();
        let mut moved = 0;
        while let Some(piece) = stream.next_piece()? {
            moved += piece.len() as u64;
            self.write(piece)?;
            let is_last = total == Some(moved);
            let due = watch.due(Instant::now()).filter(|_| !is_last);
            due.map_or(Ok(()), |progress| progress(moved, total))
                .map_err(|error| stream.head().tells(error))?;
        }
        watch
            .at_end()
            .map_or(Ok(()), |progress| progress(moved, Some(moved)))
            .map_err(|error| stream.head().tells(error))
    }

    fn empty(&mut self) -> Result<()> {
        let file = self.temporary.as_file_mut();
        let emptied = file.set_len(0).and_then(|()| file.rewind());
        emptied.map_err(|error| unwritable(&self.path, &error))
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        let written = self.temporary.write_all(piece);
        written.map_err(|error| unwritable(&self.path, &error))
    }

    fn take_its_place(self) -> Result<()> {
        // A file system that writes later, such as NFS, tells only now where it could not.
        let written = self.temporary.as_file().sync_all();
        written.map_err(|error| unwritable(&self.path, &error))?;
        match self.temporary.persist(&self.path) {
            Ok(_) => Ok(()),
            Err(failure) => Err(unwritable(&self.path, &failure.error)),
        }
    }
}

/// Whether a path can only be that of a folder.
fn names_no_file(path: &Path) -> bool {
    path.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// A file in this folder that those may read and write who may do that with the one that it is to replace.
#[cfg(unix)]
fn open_to_whom_it_was(
    replaced: Option<&fs::Metadata>,
    folder: &Path,
) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let mut builder = tempfile::Builder::new();
    builder.prefix(".snow-");
    let Some(before) = replaced else {
        // As for any file that a program creates: the umask takes away from this.
        builder.permissions(fs::Permissions::from_mode(0o666));
        return builder.tempfile_in(folder);
    };
    // Nobody else's until it is known whose it is.
    let file = builder.tempfile_in(folder)?;
    let now = file.as_file().metadata()?;
    let mut mode = before.mode() & 0o777;
    let (owner, group) = (before.uid(), before.gid());
    if (owner, group) != (now.uid(), now.gid())
        && fchown(file.as_file(), Some(owner), Some(group)).is_err()
        && fchown(file.as_file(), None, Some(group)).is_err()
    {
        // What the group was allowed is not meant for another one.
        mode &= 0o707;
    }
    // A file system without modes refuses to set one.
    if mode != now.mode() & 0o777 {
        file.as_file()
            .set_permissions(fs::Permissions::from_mode(mode))?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn open_to_whom_it_was(_: Option<&fs::Metadata>, folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".snow-")
        .tempfile_in(folder)
}

fn unwritable(path: &Path, problem: &dyn std::fmt::Display) -> Error {
    let message = format!("path: {} cannot be written: {problem}", file::Told(path));
    Error::new(Status::File, message)
}
