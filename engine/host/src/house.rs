//! What becomes of runs that nobody looks at any more: kept, removed, put aside, carried elsewhere.
//!
//! ```text
//!   keep      which runs stay, and why
//!   prune     the others go, each leaving a `pruned` leaf in the clone's log
//!   sweep     blobs that no run here names any more, and what crashes left behind
//!   archive   a run as one file, in a folder or under a git ref
//!   backup    all of it in one file, and back
//! ```
//!
//! **Invariant:** what is removed is named by nothing that stays. Where that cannot be known, nothing is removed.
//!
//! **Absent on purpose:** asking people, and removing anything without being told to: `dod gc` does, nothing else.

mod archive;
mod backup;
mod keep;
mod prune;
mod restore;
mod sweep;
#[cfg(test)]
mod tests;

use std::io::{ErrorKind, Read};
use std::path::Path;

use dod_kernel::id::{Digest, RunId};

use crate::clone_log::CloneLogError;
use crate::disk;
use crate::exported::ExportedError;
use crate::history::HistoryError;
use crate::log::LOG_FILE;
use crate::storage::{StorageError, Temporary, sync_folder};
use crate::workspace::Workspace;

pub use archive::{Archive, ArchiveFailed, Put};
pub use backup::{Backed, BackupError, backup};
pub use keep::{BRANCHES, Keep, Stays};
pub use prune::{Plan, Planned, Pruner, plan};
pub use restore::{RestoreError, Restored, restore};
pub use sweep::{FRESH, Swept, Terms, sweep};

/// Why nothing, or nothing more, was removed, put aside or carried elsewhere.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// What a run names cannot be known.
    #[error("run {run} cannot be read, so what it names is not known: {why}")]
    Unread {
        /// The run.
        run: RunId,
        /// Why.
        why: String,
    },
    /// Evidence is not there, so that the reports it was read from are not known.
    #[error(
        "the evidence {evidence} that run {run} names is missing or damaged, so which reports belong to it is not known"
    )]
    EvidenceGone {
        /// The run.
        run: RunId,
        /// Its evidence.
        evidence: Digest,
    },
    /// A run cannot be put aside.
    #[error(transparent)]
    Archive(ArchiveFailed),
    /// The clone's log cannot be written.
    #[error(transparent)]
    Log(#[from] CloneLogError),
    /// A file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl HouseError {
    fn unread(run: &RunId) -> impl Fn(HistoryError) -> Self {
        let run = run.clone();
        move |error| Self::Unread { run: run.clone(), why: error.to_string() }
    }

    fn unsurveyed(run: &RunId) -> impl Fn(ExportedError) -> Self {
        let run = run.clone();
        move |error| Self::Unread { run: run.clone(), why: error.to_string() }
    }
}

/// Whether a file is there. An error of the disk is no answer: what cannot be looked at may be there.
fn is_there(path: &Path) -> Result<bool, StorageError> {
    match disk::metadata(path) {
        Ok(found) => Ok(found.is_file()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(StorageError::of("look at", path, &error)),
    }
}

/// All runs that have a log, newest first. One that cannot be looked at is an error, and not left out: who removes what no run
/// names has to know every run.
fn runs(workspace: &Workspace) -> Result<Vec<RunId>, StorageError> {
    let folder = workspace.runs_folder();
    let entries = match disk::read_dir(&folder).map_err(StorageError::when("list", &folder)) {
        Err(StorageError::Missing { .. }) => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_run_name(&name) && is_there(&entry.path().join(LOG_FILE))? {
            names.push(name);
        }
    }
    names.sort_unstable_by(|left, right| right.cmp(left));
    Ok(names.into_iter().map(|name| RunId(name.into())).collect())
}

/// Whether the folder of a run may be called so.
fn is_run_name(name: &str) -> bool {
    uuid::Uuid::try_parse(name).is_ok_and(|id| id.to_string() == name)
}

/// Bytes of one write.
const CHUNK_BYTES: usize = 256 << 10;

/// Writes a file durably: all of it, or none.
fn keep_copy(mut from: impl Read, target: &Path) -> Result<(), StorageError> {
    let folder = target.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = Temporary::in_folder(folder)?;
    let mut sink = std::io::BufWriter::with_capacity(CHUNK_BYTES, &temporary.file);
    let copied = std::io::copy(&mut from, &mut sink).and_then(|_| std::io::Write::flush(&mut sink));
    drop(sink);
    let copied = copied.and_then(|()| temporary.file.sync_all());
    copied.map_err(StorageError::when("write", target))?;
    temporary.rename_to(target)?;
    sync_folder(folder)
}
