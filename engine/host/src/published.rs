//! A clone's log as a folder of C2SP tlog-tiles: what other readers know, and what any web server can serve.
//!
//! ```text
//!   checkpoint              the newest one, replaced last
//!   tile/entries/000.p/15   leaves
//!   tile/0/000.p/15         hashes
//! ```
//!
//! A published file never changes: what is written anew lies under another name, and a folder that holds another log, or
//! another history of this one, is refused and not written over. Partial tiles are taken away when the full one is there.
//!
//! **Absent on purpose:** the wire. A folder is copied, pushed or served by whoever wants to.

use std::path::{Path, PathBuf};

use dod_proof::checkpoint::{Checkpoint, CheckpointError, Signed};
use dod_proof::key::Verifier;
use dod_proof::note::NOTE_BYTES_MAX;
use dod_proof::tiles::{Of, TILE_BYTES_MAX, TILE_WIDTH, Tile, TileError, bundle, check_log, tiles_since};
use dod_proof::tree::root_of;

use crate::clone_log::{CHECKPOINT_FILE, CloneLogError, Reader};
use crate::disk;
use crate::storage::{StorageError, sync_folder, write_atomic};

/// A log cannot be published, or what is published is not one.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// A file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] CloneLogError),
    /// The log has no checkpoint yet, or the folder has none.
    #[error("`{}` is not there: nothing is closed yet, so there is nothing to publish", path.display())]
    NoCheckpoint {
        /// The file.
        path: PathBuf,
    },
    /// The checkpoint is none.
    #[error("`{}`: {source}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CheckpointError,
    },
    /// The folder holds something else.
    #[error("`{}` holds {size} leaves of `{found}`, which are not the first ones of this log: it is not written over", folder.display())]
    Other {
        /// The folder.
        folder: PathBuf,
        /// What log it says it holds.
        found: String,
        /// How many leaves.
        size: u64,
    },
    /// A file is missing or different.
    #[error("in `{}`: {source}", folder.display())]
    Tile {
        /// The folder.
        folder: PathBuf,
        /// Which, and why.
        source: TileError,
    },
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The checkpoint that the folder has now.
    pub checkpoint: Checkpoint,
    /// How many leaves were there before.
    pub before: u64,
    /// How many files were written, beside the checkpoint.
    pub files: u64,
}

/// Publishes a log up to its newest checkpoint, into a folder that may hold an earlier state of it.
///
/// # Errors
/// The log has no checkpoint, the folder holds another history, or a file cannot be used. The folder is good as it was.
pub fn publish(log: &Reader, folder: &Path) -> Result<Published, PublishedError> {
    let target = folder.join(CHECKPOINT_FILE);
    let (Some(checkpoint), Some(note)) = (log.checkpoint(), log.note()) else {
        return Err(PublishedError::NoCheckpoint { path: target });
    };
    let before = match read_checkpoint(folder, &[])? {
        None => 0,
        Some(Signed { checkpoint: kept, .. }) => {
            let same = kept.size <= checkpoint.size && root_of(kept.size, log) == Ok(kept.root);
            if kept.origin != checkpoint.origin || !same {
                let (found, folder) = (kept.origin, folder.to_owned());
                return Err(PublishedError::Other { folder, found, size: kept.size });
            }
            kept.size
        }
    };
    let mut files = 0;
    for tile in tiles_since(before, checkpoint.size) {
        let bytes = contents(log, tile, folder)?;
        let path = folder.join(tile.to_string());
        if disk::read_bounded(&path, TILE_BYTES_MAX as u64).is_ok_and(|there| there == bytes) {
            continue;
        }
        let beside = path.parent().unwrap_or(folder);
        disk::create_dir_all(beside).map_err(StorageError::when("create", beside))?;
        write_atomic(&path, &bytes)?;
        files += 1;
    }
    disk::create_dir_all(folder).map_err(StorageError::when("create", folder))?;
    write_atomic(&target, note)?;
    sync_folder(folder)?;
    for tile in tiles_since(before, checkpoint.size).filter(|tile| tile.width == TILE_WIDTH) {
        // Whoever looks for one of these takes the full one.
        let partial = folder.join(format!("{tile}.p"));
        if disk::is_dir(&partial) {
            disk::remove_dir_all(&partial).map_err(StorageError::when("remove", &partial))?;
        }
    }
    Ok(Published { checkpoint: checkpoint.clone(), before, files })
}

/// Checks a published log: every leaf and every hash, up to its checkpoint. Hands each leaf on, with its number.
///
/// # Errors
/// There is none, a file is missing or different, or a known key's signature is bad.
pub fn check<'k>(
    folder: &Path,
    known: &'k [Verifier],
    leaf: impl FnMut(u64, &[u8]),
) -> Result<Signed<'k>, PublishedError> {
    let signed = read_checkpoint(folder, known)?
        .ok_or_else(|| PublishedError::NoCheckpoint { path: folder.join(CHECKPOINT_FILE) })?;
    let read = |path: &str| disk::read_bounded(&folder.join(path), TILE_BYTES_MAX as u64).ok();
    check_log(&signed.checkpoint, read, leaf)
        .map_err(|source| PublishedError::Tile { folder: folder.to_owned(), source })?;
    Ok(signed)
}

fn contents(log: &Reader, tile: Tile, folder: &Path) -> Result<Vec<u8>, PublishedError> {
    let failed = |source| PublishedError::Tile { folder: folder.to_owned(), source };
    if tile.of != Of::Entries {
        return tile.hashes(log).map_err(failed);
    }
    let first = tile.index * TILE_WIDTH;
    let leaves: Result<Vec<_>, _> = (first..first + tile.width).map(|at| log.leaf(at)).collect();
    let leaves = leaves?;
    bundle(first, leaves.iter().map(|(line, _)| line.as_slice())).map_err(failed)
}

fn read_checkpoint<'k>(folder: &Path, known: &'k [Verifier]) -> Result<Option<Signed<'k>>, PublishedError> {
    let path = folder.join(CHECKPOINT_FILE);
    let bytes = match disk::read_bounded(&path, NOTE_BYTES_MAX as u64) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(StorageError::when("read", &path))?,
    };
    let signed = Checkpoint::open(&bytes, known);
    Ok(Some(signed.map_err(|source| PublishedError::Checkpoint { path, source })?))
}

#[cfg(test)]
mod tests;
