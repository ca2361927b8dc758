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

use std::io::Read;
use std::path::Path;

use dod_kernel::id::{Digest, RunId};

use crate::clone_log::CloneLogError;
use crate::exported::ExportedError;
use crate::history::HistoryError;
use crate::storage::{StorageError, Temporary, sync_folder};
use crate::workspace::WorkspaceError;

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
    /// The workspace cannot be read.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
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
