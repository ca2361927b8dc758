//! Advisory locks: one writer per run, one run per tree.
//!
//! The lock belongs to the open file, so it ends with its holder however that ends; the text in the file only
//! says who holds it and is not to be believed once nobody does.
//!
//! **Absent on purpose:** stealing a lock.

use std::fs::TryLockError;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::disk::{self, File, How};
use crate::storage::StorageError;

/// How often a lock is asked for again while waiting.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// How long a lock whose holder is gone may still be held.
const GHOST_PATIENCE: Duration = Duration::from_secs(2);
/// More of a lock file is not read.
const HOLDER_BYTES_MAX: u64 = 4096;

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// What it does, like `run 0197…`.
    pub what: String,
}

impl Holder {
    /// Whether its process is gone. A child that was being made when `dod` was killed holds the lock on until
    /// it has become another program, which takes a moment on a busy machine.
    fn is_gone(&self) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH))
    }
}

/// The lock was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("`{}` is locked{}", path.display(), by(holder))]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who has it, as far as it has said so.
        holder: Option<Holder>,
    },
    /// The lock file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn by(holder: &Option<Holder>) -> String {
    holder.as_ref().map(|it| format!(" by process {} ({})", it.pid, it.what)).unwrap_or_default()
}

/// A lock, held until dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes a lock, or says who has it.
    pub fn try_take(path: &Path, what: &str) -> Result<Self, LockError> {
        let file = disk::open_as(path, How::Update).map_err(StorageError::when("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { path: path.to_owned(), holder: introduction(&file) });
            }
            Err(TryLockError::Error(error)) => return Err(StorageError::of("lock", path, &error).into()),
        }
        let mut lock = Self { file };
        // Who cannot write here still holds the lock; only the message to others is poorer.
        let _ = lock.introduce(what);
        Ok(lock)
    }

    /// Who holds a lock, without taking it from anybody; `None`: nobody. For commands that only look.
    ///
    /// Whoever asks shares the lock for a moment, which [`Lock::take`] with a little patience does not notice.
    pub fn holder(path: &Path) -> Result<Option<Holder>, StorageError> {
        let file = match disk::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(StorageError::when("open", path))?,
        };
        let until = Instant::now() + GHOST_PATIENCE;
        loop {
            match file.try_lock_shared() {
                Ok(()) => return Ok(None),
                Err(TryLockError::WouldBlock) => {
                    let unnamed = || Holder { pid: 0, what: "it does not say what".to_owned() };
                    let holder = introduction(&file).unwrap_or_else(unnamed);
                    if !holder.is_gone() || Instant::now() >= until {
                        return Ok(Some(holder));
                    }
                    std::thread::sleep(ASK_EVERY);
                }
                Err(TryLockError::Error(error)) => return Err(StorageError::of("lock", path, &error)),
            }
        }
    }

    /// Takes a lock; waits up to `patience` for it.
    pub fn take(path: &Path, what: &str, patience: Duration) -> Result<Self, LockError> {
        let begin = Instant::now();
        loop {
            match Self::try_take(path, what) {
                Err(LockError::Held { holder, .. })
                    if begin.elapsed() < patience
                        || (holder.as_ref().is_some_and(Holder::is_gone)
                            && begin.elapsed() < GHOST_PATIENCE) =>
                {
                    std::thread::sleep(ASK_EVERY);
                }
                taken => return taken,
            }
        }
    }

    fn introduce(&mut self, what: &str) -> std::io::Result<()> {
        let holder = Holder { pid: std::process::id(), what: what.to_owned() };
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&serde_json::to_vec(&holder)?)
    }
}

/// What the holder has written of itself, where it has.
fn introduction(file: &File) -> Option<Holder> {
    let mut text = Vec::new();
    file.take(HOLDER_BYTES_MAX).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::try_take(&path, "run 7").unwrap();
        let LockError::Held { holder, .. } = Lock::try_take(&path, "run 8").unwrap_err() else { panic!() };
        assert_eq!(holder, Some(Holder { pid: std::process::id(), what: "run 7".into() }));
        drop(first);
        Lock::try_take(&path, "run 8").unwrap();
    }

    #[test]
    fn looking_at_a_lock_takes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert_eq!(Lock::holder(&path), Ok(None));
        assert!(!path.exists());
        let first = Lock::try_take(&path, "run 7").unwrap();
        let holder = Holder { pid: std::process::id(), what: "run 7".into() };
        assert_eq!(Lock::holder(&path), Ok(Some(holder)));
        drop(first);
        assert_eq!(Lock::holder(&path), Ok(None));
        Lock::try_take(&path, "run 8").unwrap();
    }

    #[test]
    fn a_lock_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::try_take(&path, "a").unwrap();
        let start = Instant::now();
        assert!(Lock::take(&path, "b", Duration::from_millis(120)).is_err());
        assert!(start.elapsed() >= Duration::from_millis(120));
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            drop(first);
        });
        Lock::take(&path, "b", Duration::from_secs(10)).unwrap();
        thread.join().unwrap();
    }
}
