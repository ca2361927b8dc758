//! What can go wrong with files, and writing them so that a crash leaves the old or the new one.
//!
//! **Absent on purpose:** trying again. A full disk stays full, and after a failed sync the data may be gone
//! although a second sync succeeds.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::disk::{self, File};

/// A file or folder of ours cannot be used. What was not acknowledged before may not be on the disk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// No space, no inode, or over quota.
    #[error("no space is left to {doing} `{}`", path.display())]
    Full {
        /// What we were about to do.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
    },
    /// The file system is mounted read-only.
    #[error("cannot {doing} `{}`: the file system is read-only", path.display())]
    ReadOnly {
        /// What we were about to do.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
    },
    /// We have no right to.
    #[error("cannot {doing} `{}`: permission denied", path.display())]
    Denied {
        /// What we were about to do.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
    },
    /// It is not there.
    #[error("cannot {doing} `{}`: it does not exist", path.display())]
    Missing {
        /// What we were about to do.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
    },
    /// Something else.
    #[error("cannot {doing} `{}`: {kind} (system error {number})", path.display())]
    Other {
        /// What we were about to do.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What kind of error.
        kind: io::ErrorKind,
        /// Its number, 0 if it has none.
        number: i32,
    },
}

impl StorageError {
    /// Why `doing` something with `path` failed.
    pub fn of(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOSPC | Errno::DQUOT) => Self::Full { doing, path },
            Some(Errno::ROFS) => Self::ReadOnly { doing, path },
            Some(Errno::ACCESS | Errno::PERM) => Self::Denied { doing, path },
            Some(Errno::NOENT) => Self::Missing { doing, path },
            // An error that was kept as its kind alone.
            None if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                Self::Full { doing, path }
            }
            number => {
                Self::Other { doing, path, kind: error.kind(), number: number.map_or(0, Errno::raw_os_error) }
            }
        }
    }

    /// Whether an error tells of the machine, and nothing of who left the file.
    pub fn is_of_the_machine(error: &io::Error) -> bool {
        use Errno as E;
        let number = error.raw_os_error().map(Errno::from_raw_os_error);
        matches!(number, Some(E::IO | E::NOSPC | E::DQUOT | E::ROFS | E::MFILE | E::NFILE | E::NOMEM))
    }

    /// For `map_err`.
    pub fn when<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Self + 'a {
        move |error| Self::of(doing, path, &error)
    }
}

/// Makes the entries of a folder durable: a new, renamed or removed file in it.
pub fn sync_folder(folder: &Path) -> Result<(), StorageError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    disk::sync_dir(folder).map_err(StorageError::when("sync", folder))
}

/// Makes the content of a file durable, under the name that it has.
///
/// After a failure the system may take pages for written that never reached the disk: the next process would find
/// them, and its sync would succeed without writing anything. So they are written once more, and then it does.
///
/// # Errors
/// What was written since the last sync may be gone.
pub(crate) fn sync_file(file: &File, path: &Path) -> Result<(), StorageError> {
    let synced = file.sync_data().map_err(StorageError::when("sync", path));
    if synced.is_err() {
        // Best effort: the error is told in any case.
        let _ = write_again(path);
    }
    synced
}

/// Writes over a file what it holds.
fn write_again(path: &Path) -> io::Result<()> {
    let mut file = disk::open_as(path, disk::How::Update)?;
    let (mut chunk, mut at) = (vec![0; CHUNK_BYTES], 0);
    loop {
        match file.read_at(&mut chunk, at)? {
            0 => return Ok(()),
            count => {
                file.write_all(&chunk[..count])?;
                at += count as u64;
            }
        }
    }
}

/// Bytes of one read while writing again.
const CHUNK_BYTES: usize = 64 << 10;

/// Replaces a file durably: temporary file, sync, rename, sync of the folder.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let temporary = Temporary::in_folder(folder)?;
    let mut file = &temporary.file;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(StorageError::when("write", path))?;
    temporary.rename_to(path)?;
    sync_folder(folder)
}

/// A file without a name yet: removed when dropped, unless it was renamed.
#[derive(Debug)]
pub(crate) struct Temporary {
    pub(crate) file: File,
    path: Option<PathBuf>,
}

/// How names of temporary files begin, so that garbage of a crash can be told and removed.
pub(crate) const TEMPORARY_PREFIX: &str = ".tmp-";

impl Temporary {
    pub(crate) fn in_folder(folder: &Path) -> Result<Self, StorageError> {
        let path = folder.join(format!("{TEMPORARY_PREFIX}{}", disk::unique()));
        let file = disk::create_new(&path);
        let file = file.map_err(StorageError::when("create a file in", folder))?;
        Ok(Self { file, path: Some(path) })
    }

    /// Gives it its name, which may have been another file's.
    pub(crate) fn rename_to(mut self, path: &Path) -> Result<File, StorageError> {
        let from = self.path.take().expect("it is renamed once");
        if let Err(error) = disk::rename(&from, path) {
            let _ = disk::remove_file(&from);
            return Err(StorageError::of("write", path, &error));
        }
        self.file.try_clone().map_err(StorageError::when("open", path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = disk::remove_file(&path);
        }
    }
}

/// A file that is complete but not durable yet, with the folders that name it: see
/// [`crate::log::LogWriter::attach`].
#[derive(Debug)]
pub struct Unsynced {
    /// The file.
    pub file: File,
    /// What to call it in an error.
    pub path: PathBuf,
    /// Folders whose entries changed.
    pub folders: Vec<PathBuf>,
}

impl Unsynced {
    /// Makes it durable now.
    pub fn sync(&self) -> Result<(), StorageError> {
        sync_file(&self.file, &self.path)?;
        self.folders.iter().try_for_each(|folder| sync_folder(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        write_atomic(&path, b"old").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_error_says_what_and_where() {
        let path = Path::new("/nonexistent/checkpoint");
        let error = write_atomic(path, b"x").unwrap_err();
        assert_eq!(error.to_string(), "cannot create a file in `/nonexistent`: it does not exist");
        let folder = tempfile::tempdir().unwrap();
        let error = write_atomic(folder.path(), b"x").unwrap_err();
        assert!(matches!(error, StorageError::Other { .. }), "{error}");
    }

    #[test]
    fn a_full_disk_is_told_from_other_errors() {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let error = (&full).write_all(b"x").unwrap_err();
        let error = StorageError::of("write", Path::new("events.jsonl"), &error);
        assert_eq!(error.to_string(), "no space is left to write `events.jsonl`");
    }
}
