//! Runs of many machines, gathered where the team keeps its log: a reference in git, or a folder.
//!
//! ```text
//!   origin, leaves.jsonl, checkpoint      a log as a clone has one, with an *added* leaf for each run
//!   runs/<id>.dodz                        the runs, each with everything that it names
//! ```
//!
//! Many jobs add at once. A folder is locked; a reference is moved only where it was seen, else all of it is done again on
//! top of what is there. Leaves are never taken back, so a checkpoint is signed only over leaves that are there for good:
//! after the reference has been moved, never before.
//!
//! **Absent on purpose:** whether a run is good. Whoever reads the log finds that out.

mod folder;
mod reference;

use std::path::{Path, PathBuf};

use dod_kernel::id::RunId;
use dod_kernel::run::Identity;
use dod_proof::note::Note;

use crate::clone_log::{CloneLogError, Leaf, LeafKind, Writer};
use crate::disk;
use crate::exported::{CHECKPOINT_FILE, EXTENSION, ExportedError, Taken, Unpacked, relation, unpack_file};
use crate::git::GitError;
use crate::keys::Signing;
use crate::lock::LockError;
use crate::seal::added;
use crate::storage::{StorageError, Temporary, sync_folder};
use crate::world::{Os, World as _};

pub use folder::add_to_folder;
pub use reference::{Into, add_to_reference};

/// The folder of the runs.
pub const RUNS_FOLDER: &str = "runs";
/// How often something is tried that others change at the same time.
const TRIES_MAX: u32 = 200;

/// Runs cannot be gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// A file is no exported run, or is another run than the one that is there.
    #[error(transparent)]
    Exported(#[from] ExportedError),
    /// The log cannot be read or written.
    #[error(transparent)]
    CloneLog(#[from] CloneLogError),
    /// git cannot.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file or folder cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Others write too fast.
    #[error("`{place}` was changed by others {TRIES_MAX} times while this was added")]
    Contended {
        /// Where.
        place: String,
    },
}

/// A run that is to be added: checked, and unpacked as long as this is.
#[derive(Debug)]
pub struct Addition {
    /// The file.
    pub file: PathBuf,
    /// What the log is to say of it.
    pub leaf: Leaf,
    /// What is in it.
    pub unpacked: Unpacked,
}

impl Addition {
    /// Reads and checks a file. `by` is who adds it.
    ///
    /// # Errors
    /// It is no exported run.
    pub fn of(file: &Path, by: &Identity) -> Result<Self, ExportedError> {
        let unpacked = unpack_file(file, &std::env::temp_dir())?;
        let run = &unpacked.survey.run;
        let finished = run.finished.as_deref();
        let leaf = added(&run.started, finished, &unpacked.checkpoint, by, Os::new().now());
        Ok(Self { file: file.to_owned(), leaf, unpacked })
    }
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is new there.
    New,
    /// It goes on where the one that was there ended.
    Longer,
    /// It is there, and more keys have signed it now.
    Signed,
    /// It is there already.
    Same,
    /// What is there goes on where it ends.
    Shorter,
}

impl Kept {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Longer => "longer",
            Self::Signed => "signed",
            Self::Same => "same",
            Self::Shorter => "shorter",
        }
    }

    fn is_written(self) -> bool {
        matches!(self, Self::New | Self::Longer | Self::Signed)
    }
}

/// What was gathered.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// What the log is called.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The runs, in the order in which they were given.
    pub runs: Vec<(RunId, Kept)>,
    /// Why its new end is not signed, where a key was there.
    pub unsigned: Option<String>,
}

/// Where a run lies.
fn run_file(run: &RunId) -> String {
    format!("{RUNS_FOLDER}/{run}.{EXTENSION}")
}

/// Opens the log of a folder, and waits for those who write to it.
fn open(folder: &Path, repository: &str, signing: &Signing) -> Result<Writer, GatherError> {
    for _ in 0..TRIES_MAX {
        match Writer::open(folder, repository, signing) {
            Err(CloneLogError::Lock(LockError::Held { .. })) => {}
            opened => return Ok(opened?),
        }
    }
    Err(GatherError::Contended { place: folder.display().to_string() })
}

/// Adds runs to a folder whose log is held open: files before the leaves that speak of them.
fn add(folder: &Path, log: &mut Writer, additions: &[&Addition]) -> Result<Vec<Kept>, GatherError> {
    let runs = folder.join(RUNS_FOLDER);
    if !disk::is_dir(&runs) {
        disk::create_dir_all(&runs).map_err(StorageError::when("create", &runs))?;
        sync_folder(folder)?;
    }
    let mut kept = Vec::new();
    for addition in additions {
        let run = addition.unpacked.run();
        let target = folder.join(run_file(run));
        let stands = stands(addition, &target)?;
        if stands.is_written() {
            copy(&addition.file, &target)?;
        }
        let found = log.find(LeafKind::Added, run)?;
        let is_told = found.is_some_and(|(_, leaf)| leaf.states() == addition.leaf.states());
        if !is_told && stands != Kept::Shorter {
            log.append(&addition.leaf)?;
        }
        kept.push(stands);
    }
    Ok(kept)
}

/// How a run stands to the file that is there.
fn stands(addition: &Addition, target: &Path) -> Result<Kept, GatherError> {
    if !disk::is_file(target) {
        return Ok(Kept::New);
    }
    let there = unpack_file(target, &std::env::temp_dir())?;
    Ok(match relation(&addition.unpacked, there.folder())? {
        Taken::New | Taken::Longer { .. } => Kept::Longer,
        Taken::Shorter { .. } => Kept::Shorter,
        Taken::Same if signatures(&addition.unpacked) > signatures(&there) => Kept::Signed,
        Taken::Same => Kept::Same,
    })
}

fn signatures(unpacked: &Unpacked) -> usize {
    let note = disk::read(&unpacked.folder().join(CHECKPOINT_FILE)).unwrap_or_default();
    Note::read(&note).map_or(0, |note| note.signatures().len())
}

/// Copies a file durably to where another one may be.
fn copy(from: &Path, to: &Path) -> Result<(), StorageError> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut source = disk::open(from).map_err(StorageError::when("open", from))?;
    let temporary = Temporary::in_folder(folder)?;
    std::io::copy(&mut source, &mut &temporary.file).map_err(StorageError::when("copy", from))?;
    temporary.file.sync_all().map_err(StorageError::when("write", to))?;
    temporary.rename_to(to)?;
    sync_folder(folder)
}
