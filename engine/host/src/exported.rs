//! A run in one file (`run.dodz`), at any state: finished, waiting or interrupted.
//!
//! ```text
//!   events.jsonl            the log, up to its last whole line
//!   checkpoint              size and root of these lines, signed or not
//!   proof                   the receipt of this clone's log, where there is one
//!   blobs/sha256/ab/cdef…   every blob that the log names, directly or through evidence
//!   sources/<run>/…         log and checkpoint of the runs that it joins
//! ```
//!
//! The container is the canonical archive of [`dod_proof::archive`]. What is read is checked before anything else sees
//! it: each blob against its name, the checkpoint against the lines, the sources against the run that cites them; and
//! nothing is in it that the run does not speak of. A run that is partly there is never left behind.
//!
//! **Absent on purpose:** whether the decisions follow from the facts (replay), who signed, and what becomes of a file
//! afterwards.

mod import;
mod read;
mod survey;
#[cfg(test)]
mod tests;
mod write;

use std::path::PathBuf;

use dod_kernel::id::{Digest, RunId};
use dod_proof::archive::ArchiveError;
use dod_proof::checkpoint::CheckpointError;

use crate::blob::BlobError;
use crate::history::HistoryError;
use crate::storage::StorageError;

pub use import::{Folders, Imported, Taken, import, relation};
pub use read::{Unpacked, unpack, unpack_file};
pub use survey::{Lines, Stands, Survey, lines};
pub use write::{Written, checkpoint_of, copy_log, write, write_file};

/// How names of exported runs end.
pub const EXTENSION: &str = "dodz";
/// What an exported run is called where nobody says otherwise.
pub const FILE: &str = "run.dodz";
/// The checkpoint's name in a run's folder and in an exported run.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The receipt's name in an exported run.
pub const PROOF_FILE: &str = "proof";
/// The folder of blobs in an exported run.
pub const BLOBS_FOLDER: &str = "blobs";
/// The folder of the runs that a run joins.
pub const SOURCES_FOLDER: &str = "sources";
/// Runs that a run may join, theirs included.
pub const SOURCES_MAX: usize = 1_000;
/// Bytes of a receipt.
pub const PROOF_BYTES_MAX: u64 = 1 << 20;

/// A run cannot be exported or taken from a file.
#[derive(Debug, thiserror::Error)]
pub enum ExportedError {
    /// It is no archive as `dod` writes one.
    #[error("`{}` is no exported run: {source}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ArchiveError,
    },
    /// Something in it is not what its name says.
    #[error("{place}: {what}")]
    Different {
        /// Where.
        place: String,
        /// What differs.
        what: String,
    },
    /// The checkpoint is none.
    #[error("the checkpoint of run {run}: {source}")]
    Checkpoint {
        /// The run.
        run: RunId,
        /// Why.
        source: CheckpointError,
    },
    /// The log, or a definition that it names, cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A blob cannot be stored.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A file or folder cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The run is here, and is another one.
    #[error(
        "run {run} is here already, and the two differ from line {line} on: one of them was changed, or the run was taken up on two machines"
    )]
    Forked {
        /// The run.
        run: RunId,
        /// The first line that differs, from 1.
        line: u64,
    },
    /// A process works on the run.
    #[error("{held}")]
    Held {
        /// Who.
        held: crate::lock::LockError,
    },
}

impl ExportedError {
    fn different(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Different { place: place.into(), what: what.into() }
    }
}

/// Where a blob lies in an exported run.
fn blob_path(digest: &Digest) -> String {
    let hex = digest.hex();
    format!("{BLOBS_FOLDER}/sha256/{}/{}", &hex[..2], &hex[2..])
}

/// The blob that a path in an exported run is about.
fn blob_at(path: &str) -> Option<Digest> {
    let rest = path.strip_prefix(BLOBS_FOLDER)?.strip_prefix("/sha256/")?;
    let digest = format!("sha256:{}", rest.replacen('/', "", 1)).parse().ok()?;
    (blob_path(&digest) == path).then_some(digest)
}
