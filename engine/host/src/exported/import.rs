//! Taking an exported run among the runs of a clone.
//!
//! Blobs are durable before the run that names them has its name. A longer version of a run that is here takes its
//! place; anything else that differs is refused, so nothing that was acknowledged here is lost.
//!
//! **Absent on purpose:** the leaf of the clone's log that tells of it.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use dod_kernel::id::{Digest, RunId};
use dod_kernel::run::{RunFinished, RunStarted};
use dod_proof::checkpoint::Checkpoint;

use super::read::{Unpacked, unpack_file};
use super::survey::{Survey, lines};
use super::{BLOBS_FOLDER, CHECKPOINT_FILE, ExportedError, PROOF_FILE};
use crate::disk;
use crate::lock::Lock;
use crate::log::{LOCK_FILE, LOG_FILE};
use crate::storage::{StorageError, Unsynced, sync_folder};
use crate::workspace::Workspace;

/// Bytes of one read while comparing.
const CHUNK_BYTES: usize = 64 << 10;

/// What became of a run that was to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is new here.
    New,
    /// It goes on where the one that was here ended, after so many events.
    Longer {
        /// How many events there were.
        had: u64,
    },
    /// It is here already, all of it.
    Same,
    /// What is here goes on where it ends.
    Shorter {
        /// How many events are here.
        has: u64,
    },
}

/// A run that was taken in, or was here.
#[derive(Debug)]
pub struct Imported {
    /// What its checkpoint says.
    pub checkpoint: Checkpoint,
    /// How it ended, where it has.
    pub finished: Option<Box<RunFinished>>,
    /// Blobs that it names and that were not in the file.
    pub missing: Vec<Digest>,
    /// How it began.
    pub started: Box<RunStarted>,
    /// What became of it.
    pub taken: Taken,
}

impl Imported {
    /// Its id.
    pub fn run(&self) -> &RunId {
        &self.started.id
    }
}

/// Takes the run of a file into a workspace, with its blobs.
///
/// # Errors
/// It is no exported run, another run of its id is here, a process works on it, or it cannot be written.
pub fn import(file: &Path, workspace: &Workspace) -> Result<Imported, ExportedError> {
    let runs = workspace.runs_folder();
    let unpacked = unpack_file(file, &runs)?;
    let id = unpacked.run().clone();
    let target = workspace.run_folder(&id);
    let _lock = match disk::is_dir(&target) {
        false => None,
        true => {
            let what = format!("run {id}");
            let lock = Lock::try_take(&target.join(LOCK_FILE), &what);
            Some(lock.map_err(|held| ExportedError::Held { held })?)
        }
    };
    let taken = match disk::is_file(&target.join(LOG_FILE)) {
        false => Taken::New,
        true => relation(&unpacked, &target)?,
    };
    if !matches!(taken, Taken::Shorter { .. }) {
        keep_blobs(&unpacked, workspace)?;
    }
    let Unpacked { folder, checkpoint, survey: Survey { run, .. }, missing, .. } = unpacked;
    let from = folder.path().to_owned();
    match taken {
        Taken::Same | Taken::Shorter { .. } => {}
        Taken::Longer { .. } => {
            // A checkpoint of more lines than there are would look like a loss.
            for name in [LOG_FILE, CHECKPOINT_FILE, PROOF_FILE] {
                replace(&from.join(name), &target.join(name))?;
            }
            sync_folder(&target)?;
        }
        Taken::New => {
            for name in [LOG_FILE, CHECKPOINT_FILE, PROOF_FILE] {
                sync(&from.join(name))?;
            }
            sync_folder(&from)?;
            if disk::is_dir(&target) {
                // Its process died before it had written anything.
                disk::remove_dir_all(&target).map_err(StorageError::when("remove", &target))?;
            }
            folder.rename_to(&target)?;
            sync_folder(&runs)?;
        }
    }
    let missing = missing.into_iter().collect();
    Ok(Imported { checkpoint, finished: run.finished, missing, started: run.started, taken })
}

/// Files that are made durable one by one, and the folders that name them once, at the end.
#[derive(Debug, Default)]
pub struct Folders(BTreeSet<PathBuf>);

impl Folders {
    /// Makes the content of a file durable.
    ///
    /// # Errors
    /// It cannot be synced.
    pub fn sync(&mut self, unsynced: Unsynced) -> Result<(), StorageError> {
        let Unsynced { file, path, folders } = unsynced;
        file.sync_data().map_err(StorageError::when("sync", &path))?;
        self.0.extend(folders);
        Ok(())
    }

    /// Makes the names of all files durable.
    ///
    /// # Errors
    /// A folder cannot be synced.
    pub fn finish(self) -> Result<(), StorageError> {
        self.0.iter().try_for_each(|folder| sync_folder(folder))
    }
}

/// Moves the blobs into the store, and makes them durable.
fn keep_blobs(unpacked: &Unpacked, workspace: &Workspace) -> Result<(), ExportedError> {
    let (from, store) = (unpacked.store(), crate::blob::Blobs::at(workspace.blobs_folder()));
    let mut folders = Folders::default();
    for digest in &unpacked.blobs {
        folders.sync(store.move_in(&from.path(digest), u64::MAX)?.unsynced)?;
    }
    folders.finish()?;
    let folder = unpacked.folder().join(BLOBS_FOLDER);
    if disk::is_dir(&folder) {
        disk::remove_dir_all(&folder).map_err(StorageError::when("remove", &folder))?;
    }
    Ok(())
}

/// How the run of a file stands to the one in a folder; never [`Taken::New`].
///
/// # Errors
/// The two differ in a line that both have, or cannot be read.
pub fn relation(unpacked: &Unpacked, target: &Path) -> Result<Taken, ExportedError> {
    let (theirs, ours) = (unpacked.folder().join(LOG_FILE), target.join(LOG_FILE));
    let (new, had) = (&unpacked.survey.run, lines(&ours)?);
    let common = new.bytes.min(had.bytes);
    if let Some(line) = first_difference(&theirs, &ours, common)? {
        return Err(ExportedError::Forked { run: unpacked.run().clone(), line });
    }
    Ok(match new.bytes.cmp(&had.bytes) {
        std::cmp::Ordering::Equal => Taken::Same,
        std::cmp::Ordering::Greater => Taken::Longer { had: had.count() },
        std::cmp::Ordering::Less => Taken::Shorter { has: had.count() },
    })
}

/// The first line of two files that is not the same, within so many bytes.
fn first_difference(left: &Path, right: &Path, bytes: u64) -> Result<Option<u64>, StorageError> {
    let open = |path| disk::open(path).map_err(StorageError::when("open", path));
    let (mut one, mut other) = (open(left)?.take(bytes), open(right)?.take(bytes));
    let (mut mine, mut yours) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    let mut line = 1;
    loop {
        let count = one.read(&mut mine).map_err(StorageError::when("read", left))?;
        other.read_exact(&mut yours[..count]).map_err(StorageError::when("read", right))?;
        if count == 0 {
            return Ok(None);
        }
        let (mine, yours) = (&mine[..count], &yours[..count]);
        let end = mine.iter().zip(yours).position(|(mine, yours)| mine != yours);
        line += mine[..end.unwrap_or(count)].iter().filter(|byte| **byte == b'\n').count() as u64;
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

fn sync(path: &Path) -> Result<(), StorageError> {
    match disk::open(path) {
        Ok(file) => file.sync_all().map_err(StorageError::when("sync", path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StorageError::of("open", path, &error)),
    }
}

/// Puts a file in the place of another one, where there is one to put there.
fn replace(from: &Path, to: &Path) -> Result<(), StorageError> {
    if !disk::is_file(from) {
        return Ok(());
    }
    sync(from)?;
    disk::rename(from, to).map_err(StorageError::when("write", to))
}
