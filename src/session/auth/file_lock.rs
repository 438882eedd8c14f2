//! A lock on a file that ends with the process that holds it, however that ends.
//!
//! It is a POSIX record lock (`fcntl`), for it belongs to a process and not to a descriptor: a child that
//! is forked while it is held does not have it, where a lock of `flock` would live on in the child's copy
//! of the descriptor. It also holds between machines on NFS. The price is that it excludes no thread of
//! the same process, and that closing *any* descriptor of the file gives it up. So a thread opens the
//! file only while it has its path to itself within the process.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustix::fs::{FlockOperation, Mode, OFlags, fcntl_lock, open};
use rustix::io::Errno;

use crate::runtime::fork::{ProcessId, process_id};

/// The lock, held; dropping it gives it up.
pub(super) struct FileLock {
    // Closed before another thread of the process may open the file.
    _file: File,
    _place: TakenPlace,
}

impl FileLock {
    /// Takes the lock, unless another thread or process has it. The file is made where there is none,
    /// and stays: deleting it would let two processes hold locks on two files of the same name.
    pub(super) fn try_lock(path: &Path) -> io::Result<Option<FileLock>> {
        let place = Place {
            pid: process_id(),
            path: path.to_owned(),
        };
        let Some(place) = place.take() else {
            return Ok(None);
        };
        loop {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            let file = File::from(open(path, flags, Mode::RUSR | Mode::WUSR)?);
            match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::AGAIN | Errno::ACCESS) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
            if is_at(&file, path)? {
                return Ok(Some(FileLock {
                    _file: file,
                    _place: place,
                }));
            }
        }
    }
}

/// Whether the file is still the one at the path: somebody may have deleted it all the same.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A path that one thread of this process has to itself.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    pid: ProcessId,
    path: PathBuf,
}

/// The places that are taken. No mutex: a child that is forked while one is locked could never lock it.
static TAKEN: ArcSwapOption<Vec<Place>> = ArcSwapOption::const_empty();

/// A place that is taken; dropping it lets another thread have it.
struct TakenPlace(Place);

impl Place {
    fn take(self) -> Option<TakenPlace> {
        let mut is_free = false;
        TAKEN.rcu(|taken| {
            let mut places = places_of(self.pid, taken.as_ref());
            is_free = !places.contains(&self);
            if is_free {
                places.push(self.clone());
            }
            Some(Arc::new(places))
        });
        // Made only then: dropping it gives the place up.
        is_free.then(|| TakenPlace(self))
    }
}

impl Drop for TakenPlace {
    fn drop(&mut self) {
        TAKEN.rcu(|taken| {
            let mut places = places_of(self.0.pid, taken.as_ref());
            places.retain(|place| *place != self.0);
            // Nothing is left for a leak checker to find.
            (!places.is_empty()).then(|| Arc::new(places))
        });
    }
}

/// What this process has taken. What a forked child finds of its parent's is not its own.
fn places_of(pid: ProcessId, taken: Option<&Arc<Vec<Place>>>) -> Vec<Place> {
    let places = taken.into_iter().flat_map(|places| places.iter());
    places.filter(|place| place.pid == pid).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_at_a_time_has_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let lock = || FileLock::try_lock(&path).expect("a file that can be locked");
        let first = lock().expect("nobody has it");
        assert!(lock().is_none());
        std::thread::scope(|scope| {
            let second = scope.spawn(|| lock().is_none()).join();
            assert!(second.expect("no panic"), "another thread has it");
        });
        drop(first);
        assert!(lock().is_some());
    }

    #[test]
    fn what_is_left_of_another_process_is_free() {
        let place = Place {
            pid: ProcessId::of_a_parent(),
            path: "of a parent".into(),
        };
        TAKEN.rcu(|taken| {
            let mut places = taken.as_deref().cloned().unwrap_or_default();
            places.push(place.clone());
            Some(Arc::new(places))
        });
        let ours = Place {
            pid: process_id(),
            ..place
        };
        let taken = ours.clone().take();
        assert!(taken.is_some() && ours.take().is_none());
    }

    #[test]
    fn a_lock_on_a_file_that_was_deleted_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let file = File::create(&path).expect("a file");
        assert!(is_at(&file, &path).expect("the folder is there"));
        fs::remove_file(&path).expect("the file");
        assert!(!is_at(&file, &path).expect("the folder is there"));
        File::create(&path).expect("another file");
        assert!(!is_at(&file, &path).expect("the folder is there"));
    }
}
