//! All of a workspace that is worth keeping, as one canonical archive with a manifest, and back.
//!
//! ```text
//!   manifest                   {"dod_backup":1}, then a line for each file: bytes, path, SHA-256
//!   blobs/sha256/ab/cdef…      log/origin, log/leaves.jsonl, log/checkpoint
//!   runs/<id>/events.jsonl     … checkpoint, proof, inbox/*.json, sources/<id>/…
//! ```
//!
//! **Absent on purpose:** what can be made again (derived files of the log, the cache), what only a process needs (locks,
//! scratch), and keys: whoever holds a backup must not be able to sign.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use dod_kernel::id::Digest;
use dod_proof::archive::{ArchiveError, Writer};
use serde::{Deserialize, Serialize};

use super::restore::Place;
use super::runs;
use crate::blob::{BlobError, Blobs, digest_of_reader};
use crate::clone_log::{CHECKPOINT_FILE, LEAVES_FILE, ORIGIN_FILE};
use crate::disk;
use crate::exported::{PROOF_FILE, SOURCES_FOLDER};
use crate::log::LOG_FILE;
use crate::storage::{StorageError, Temporary, sync_folder};
use crate::workspace::Workspace;

/// The file that comes first.
pub(super) const FIRST: &[&str] = &["manifest"];
/// The format of the manifest.
pub(super) const FORMAT: u32 = 1;
/// Bytes of one read.
const CHUNK_BYTES: usize = 256 << 10;

/// The first line of a manifest.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) dod_backup: u32,
}

/// Every other line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub(super) bytes: u64,
    pub(super) path: String,
    pub(super) sha256: Digest,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backed {
    /// Runs.
    pub runs: u64,
    /// Blobs.
    pub blobs: u64,
    /// Files of all kinds.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs that are damaged here, and were left out.
    pub damaged: Vec<Digest>,
}

/// A backup cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The archive cannot be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ArchiveError,
    },
    /// A file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Writes all of a workspace into a file, which is complete or as it was before. The caller holds the lock of the tree and
/// that of the clone's log; `seen` is told of each file.
///
/// # Errors
/// Something cannot be read, changed while it was read, or the file cannot be written.
pub fn backup(
    workspace: &Workspace,
    target: &Path,
    seen: &mut dyn FnMut(u64, u64),
) -> Result<Backed, BackupError> {
    let (items, mut backed) = items(workspace)?;
    let failed = |source: ArchiveError| match source {
        ArchiveError::Io(error) => BackupError::Storage(StorageError::of("write", target, &error)),
        source => BackupError::Archive { path: target.to_owned(), source },
    };
    let mut manifest = line(&Head { dod_backup: FORMAT });
    items.iter().for_each(|item| manifest.extend(line(item)));
    let beside = target.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = Temporary::in_folder(beside)?;
    let sink = std::io::BufWriter::with_capacity(CHUNK_BYTES, &temporary.file);
    let mut archive = Writer::new(sink, FIRST);
    archive.add(FIRST[0], manifest.len() as u64, manifest.as_slice()).map_err(failed)?;
    for (count, item) in (1u64..).zip(&items) {
        let path = workspace.folder().join(&item.path);
        let file = disk::open(&path).map_err(StorageError::when("open", &path))?;
        archive.add(&item.path, item.bytes, file.take(item.bytes)).map_err(failed)?;
        seen(count, items.len() as u64);
    }
    let mut sink = archive.finish().map_err(failed)?;
    sink.flush().map_err(StorageError::when("write", target))?;
    drop(sink);
    temporary.file.sync_all().map_err(StorageError::when("write", target))?;
    temporary.rename_to(target)?;
    sync_folder(beside)?;
    backed.files = items.len() as u64;
    backed.bytes = items.iter().map(|item| item.bytes).sum();
    Ok(backed)
}

pub(super) fn line(of: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(of).expect("a line of a manifest can always be written");
    bytes.push(b'\n');
    bytes
}

/// Every file that is kept, in the order of the archive.
fn items(workspace: &Workspace) -> Result<(Vec<Item>, Backed), BackupError> {
    let mut backed = Backed::default();
    let mut paths: Vec<String> =
        [ORIGIN_FILE, LEAVES_FILE, CHECKPOINT_FILE].map(|name| format!("log/{name}")).into();
    for run in runs(workspace)? {
        backed.runs += 1;
        let folder = workspace.run_folder(&run);
        paths.extend([LOG_FILE, CHECKPOINT_FILE, PROOF_FILE].map(|name| format!("runs/{run}/{name}")));
        paths.extend(names(&folder.join("inbox"))?.iter().map(|name| format!("runs/{run}/inbox/{name}")));
        for source in names(&folder.join(SOURCES_FOLDER))? {
            let of = |name: &str| format!("runs/{run}/{SOURCES_FOLDER}/{source}/{name}");
            paths.extend([LOG_FILE, CHECKPOINT_FILE].map(of));
        }
    }
    let mut items = Vec::new();
    // Only what is taken back is kept: temporary files are not.
    for path in paths.into_iter().filter(|path| Place::of(path).is_some()) {
        items.extend(item(workspace, path)?);
    }
    let store = Blobs::at(workspace.blobs_folder());
    for (digest, _) in store.list()? {
        match store.check(&digest) {
            Ok(bytes) => {
                let hex = digest.hex();
                let path = format!("blobs/sha256/{}/{}", &hex[..2], &hex[2..]);
                items.push(Item { bytes, path, sha256: digest });
                backed.blobs += 1;
            }
            Err(BlobError::Storage(error)) => return Err(error.into()),
            Err(_) => backed.damaged.push(digest),
        }
    }
    items.sort_by(|left, right| left.path.split('/').cmp(right.path.split('/')));
    Ok((items, backed))
}

/// A file as it is now; of a file of lines the whole ones.
fn item(workspace: &Workspace, path: String) -> Result<Option<Item>, StorageError> {
    let file = workspace.folder().join(&path);
    let reading = StorageError::when("read", &file);
    let bytes = match disk::metadata(&file).map_err(&reading) {
        Ok(found) if !found.is_file() => return Ok(None),
        Ok(_) if path.ends_with(".jsonl") => whole_lines(&file).map_err(&reading)?,
        Ok(found) => found.len(),
        Err(StorageError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let opened = disk::open(&file).map_err(&reading)?;
    let hashed = digest_of_reader(opened.take(bytes), u64::MAX).map_err(&reading)?;
    let (sha256, bytes) = hashed.expect("there is no bound");
    Ok(Some(Item { bytes, path, sha256 }))
}

/// Bytes up to the last line feed.
fn whole_lines(path: &Path) -> std::io::Result<u64> {
    let (mut file, mut chunk) = (disk::open(path)?, vec![0; CHUNK_BYTES]);
    let (mut at, mut whole) = (0u64, 0);
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            return Ok(whole);
        }
        if let Some(last) = chunk[..count].iter().rposition(|byte| *byte == b'\n') {
            whole = at + last as u64 + 1;
        }
        at += count as u64;
    }
}

/// Names in a folder; none where there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, StorageError> {
    match disk::read_dir(folder).map_err(StorageError::when("list", folder)) {
        Err(StorageError::Missing { .. }) => Ok(Vec::new()),
        entries => Ok(entries?.into_iter().filter_map(|it| it.file_name().into_string().ok()).collect()),
    }
}
