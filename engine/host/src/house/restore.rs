//! Taking a backup back: everything is checked before anything is written, and nothing that is here is lost by it.
//!
//! What is here and longer stays; what is here and is the beginning of what comes is continued; what differs stops all of it. A
//! clone log that is longer here is never taken back: that would be the rollback which anchors are there to find.
//!
//! **Absent on purpose:** whether the runs are what they say: the caller verifies when all is here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use dod_kernel::id::{Digest, RunId};
use dod_proof::archive::{ArchiveError, Reader};
use sha2::{Digest as _, Sha256};

use super::backup::{FIRST, FORMAT, Head, Item, line};
use super::{is_run_name, is_there};
use crate::blob::{BlobError, Blobs};
use crate::clone_log::{CHECKPOINT_FILE, LEAVES_FILE, ORIGIN_FILE};
use crate::disk;
use crate::exported::{PROOF_FILE, SOURCES_FOLDER};
use crate::lock::{Lock, LockError};
use crate::log::{LOCK_FILE, LOG_FILE};
use crate::storage::{StorageError, TEMPORARY_PREFIX, sync_folder};
use crate::workspace::Workspace;

/// Bytes that a manifest may have.
const MANIFEST_BYTES_MAX: u64 = 1 << 29;
/// Bytes of one read.
const CHUNK_BYTES: usize = 256 << 10;

/// What was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Runs that are new here.
    pub runs: u64,
    /// Runs that go on where they ended here.
    pub longer: u64,
    /// Runs that were here as they are in the backup, or longer.
    pub had: u64,
    /// Blobs that are new here.
    pub blobs: u64,
    /// Blobs that were damaged here.
    pub repaired: u64,
    /// The clone's log came from the backup.
    pub log: bool,
}

/// A backup is not taken back. Nothing was written, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is no archive as `dod` writes one.
    #[error("`{}` is no backup: {source}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ArchiveError,
    },
    /// Its manifest is none.
    #[error("the manifest of the backup is damaged at line {line}")]
    Manifest {
        /// The line, from 1.
        line: usize,
    },
    /// A file in it is not what the manifest says.
    #[error("`{path}` in the backup was changed: it is not what the manifest says")]
    Changed {
        /// The file.
        path: String,
    },
    /// It ends in the middle of a file.
    #[error("the backup is cut off in `{path}`")]
    CutOff {
        /// The file.
        path: String,
    },
    /// A file that no backup has.
    #[error("`{path}` has no place in a backup")]
    Stranger {
        /// The file.
        path: String,
    },
    /// A file that the manifest names is not in it.
    #[error("`{path}` is named by the manifest and is not in the backup")]
    Missing {
        /// The file.
        path: String,
    },
    /// The clone log that is here is another one.
    #[error("the log of this clone is `{here}`, and the backup is of `{there}`")]
    OtherLog {
        /// The one that is here.
        here: String,
        /// The one of the backup.
        there: String,
    },
    /// The clone log that is here goes on where that of the backup ends.
    #[error(
        "the log of this clone has {here} bytes of leaves, and the backup only {there}: restoring it would roll the log back"
    )]
    RollsBack {
        /// Bytes that are here.
        here: u64,
        /// Bytes of the backup.
        there: u64,
    },
    /// What is here and what is in the backup are two histories.
    #[error("`{path}` is here, and is not the beginning of what the backup has, nor the other way round")]
    Forked {
        /// The file.
        path: String,
    },
    /// A process works on it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A blob cannot be stored.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Where a file of a backup belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Blob(Digest),
    Log,
    Run(RunId),
}

impl Place {
    /// Of a path in a backup; `None`: it has no place there.
    pub(super) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        let run = |id: &str| is_run_name(id).then(|| RunId(id.into()));
        match parts.as_slice() {
            ["blobs", "sha256", shard, rest] if shard.len() == 2 => {
                format!("sha256:{shard}{rest}").parse().ok().map(Self::Blob)
            }
            ["log", ORIGIN_FILE | LEAVES_FILE | CHECKPOINT_FILE] => Some(Self::Log),
            ["runs", id, LOG_FILE | CHECKPOINT_FILE | PROOF_FILE] => run(id).map(Self::Run),
            ["runs", id, "inbox", name] if name.ends_with(".json") && !name.starts_with('.') => {
                run(id).map(Self::Run)
            }
            ["runs", id, SOURCES_FOLDER, source, LOG_FILE | CHECKPOINT_FILE] => {
                run(source).and_then(|_| run(id)).map(Self::Run)
            }
            _ => None,
        }
    }
}

/// A backup that was unpacked and checked, beside everything else of the workspace; gone when dropped.
struct Unpacked {
    folder: PathBuf,
    items: Vec<(Item, Place)>,
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        let _ = disk::remove_dir_all(&self.folder);
    }
}

/// What becomes of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is not here.
    New,
    /// It goes on where the one that is here ends.
    Longer,
    /// It is here as it is in the backup.
    Same,
    /// What is here goes on where that of the backup ends.
    Newer,
}

/// Takes a backup back. The caller holds the lock of the tree; `seen` is told of each file that was checked.
///
/// # Errors
/// Something is not what it says, or differs from what is here: nothing was written. Or a file cannot be written: doing it
/// again goes on from there.
pub fn restore(
    file: &Path,
    workspace: &Workspace,
    seen: &mut dyn FnMut(u64, u64),
) -> Result<Restored, RestoreError> {
    let unpacked = unpack(file, workspace, seen)?;
    let log_folder = workspace.log_folder();
    disk::create_dir_all(&log_folder).map_err(StorageError::when("create", &log_folder))?;
    let _log = Lock::try_take(&log_folder.join("lock"), "a restore")?;
    let takes_log = compare_log(&unpacked, workspace)?;
    let runs: BTreeSet<RunId> = unpacked.runs().cloned().collect();
    let mut fates = BTreeMap::new();
    for run in runs {
        let fate = compare_run(&unpacked, workspace, &run)?;
        fates.insert(run, fate);
    }
    let mut restored = Restored { log: takes_log, ..Restored::default() };
    put_blobs(&unpacked, workspace, &mut restored)?;
    for (run, fate) in &fates {
        put_run(&unpacked, workspace, run, *fate)?;
        match fate {
            Fate::New => restored.runs += 1,
            Fate::Longer => restored.longer += 1,
            Fate::Same | Fate::Newer => restored.had += 1,
        }
    }
    if takes_log {
        put_log(&unpacked, workspace)?;
    }
    Ok(restored)
}

impl Unpacked {
    fn runs(&self) -> impl Iterator<Item = &RunId> {
        self.items.iter().filter_map(|(_, place)| match place {
            Place::Run(run) => Some(run),
            _ => None,
        })
    }

    fn has(&self, path: &str) -> bool {
        self.items.iter().any(|(item, _)| item.path == path)
    }
}

fn unpack(
    file: &Path,
    workspace: &Workspace,
    seen: &mut dyn FnMut(u64, u64),
) -> Result<Unpacked, RestoreError> {
    let failed = |source: ArchiveError| match source {
        ArchiveError::Io(error) => RestoreError::Storage(StorageError::of("read", file, &error)),
        source => RestoreError::Archive { path: file.to_owned(), source },
    };
    let opened = disk::open(file).map_err(StorageError::when("open", file))?;
    let mut archive = Reader::new(std::io::BufReader::with_capacity(CHUNK_BYTES, opened), FIRST);
    let folder = workspace.folder().join(format!("{TEMPORARY_PREFIX}{}", disk::unique()));
    disk::create_dir(&folder).map_err(StorageError::when("create", &folder))?;
    let mut unpacked = Unpacked { folder, items: Vec::new() };
    let mut manifest = Vec::new();
    match archive.next_entry().map_err(failed)? {
        Some(entry) if entry.path() == FIRST[0] && entry.len() <= MANIFEST_BYTES_MAX => {
            let mut entry = entry;
            entry.read_to_end(&mut manifest).map_err(cut(FIRST[0], file))?;
        }
        _ => return Err(RestoreError::Missing { path: FIRST[0].to_owned() }),
    }
    unpacked.items = read_manifest(&manifest)?;
    let count = unpacked.items.len() as u64;
    for (at, (item, _)) in (1u64..).zip(&unpacked.items) {
        let Some(mut entry) = archive.next_entry().map_err(failed)? else {
            return Err(RestoreError::Missing { path: item.path.clone() });
        };
        if entry.path() != item.path {
            return Err(RestoreError::Missing { path: item.path.clone() });
        }
        let target = unpacked.folder.join(&item.path);
        let above = target.parent().expect("it lies in the folder");
        disk::create_dir_all(above).map_err(StorageError::when("create", above))?;
        let mut tee = Hashing { from: &mut entry, hash: Sha256::new(), bytes: 0 };
        let mut copy = disk::create(&target).map_err(StorageError::when("write", &target))?;
        std::io::copy(&mut tee, &mut copy).map_err(cut(&item.path, &target))?;
        if (Digest(tee.hash.finalize().into()), tee.bytes) != (item.sha256, item.bytes) {
            return Err(RestoreError::Changed { path: item.path.clone() });
        }
        seen(at, count);
    }
    match archive.next_entry().map_err(failed)? {
        None => Ok(unpacked),
        Some(entry) => Err(RestoreError::Stranger { path: entry.path().to_owned() }),
    }
}

/// The end of a backup in the middle of a file is no error of the disk.
fn cut<'a>(path: &'a str, file: &'a Path) -> impl Fn(std::io::Error) -> RestoreError + 'a {
    move |error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => RestoreError::CutOff { path: path.to_owned() },
        _ => StorageError::of("copy", file, &error).into(),
    }
}

/// What is read goes into a hash, too.
struct Hashing<R> {
    from: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(into)?;
        self.hash.update(&into[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Reads a manifest, strictly: it can be written in one way only.
fn read_manifest(bytes: &[u8]) -> Result<Vec<(Item, Place)>, RestoreError> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let head = lines.next().unwrap_or_default();
    if head != line(&Head { dod_backup: FORMAT }) {
        return Err(RestoreError::Manifest { line: 1 });
    }
    let mut items = Vec::new();
    for (number, text) in (2..).zip(lines) {
        let item = serde_json::from_slice::<Item>(text).ok().filter(|item| line(item) == text);
        let item = item.ok_or(RestoreError::Manifest { line: number })?;
        let place =
            Place::of(&item.path).ok_or_else(|| RestoreError::Stranger { path: item.path.clone() })?;
        if matches!(place, Place::Blob(digest) if digest != item.sha256) {
            return Err(RestoreError::Changed { path: item.path });
        }
        items.push((item, place));
    }
    Ok(items)
}

/// Whether the log of the backup is taken.
fn compare_log(unpacked: &Unpacked, workspace: &Workspace) -> Result<bool, RestoreError> {
    let path = format!("log/{LEAVES_FILE}");
    let (there, here) = (unpacked.folder.join(&path), workspace.folder().join(&path));
    if !is_there(&here)? {
        return Ok(unpacked.has(&path));
    }
    let text = |file: PathBuf| disk::read(&file).map(|it| String::from_utf8_lossy(&it).trim().to_owned());
    let origin = |folder: &Path| text(folder.join("log").join(ORIGIN_FILE)).unwrap_or_default();
    let origins = (origin(workspace.folder()), origin(&unpacked.folder));
    if !unpacked.has(&path) {
        return Err(RestoreError::RollsBack { here: length(&here)?, there: 0 });
    }
    if origins.0 != origins.1 {
        return Err(RestoreError::OtherLog { here: origins.0, there: origins.1 });
    }
    let (has, comes) = (length(&here)?, length(&there)?);
    if !same_beginning(&here, &there)? {
        return Err(RestoreError::Forked { path });
    }
    if has > comes {
        return Err(RestoreError::RollsBack { here: has, there: comes });
    }
    Ok(true)
}

fn compare_run(unpacked: &Unpacked, workspace: &Workspace, run: &RunId) -> Result<Fate, RestoreError> {
    let path = format!("runs/{run}/{LOG_FILE}");
    let (there, here) = (unpacked.folder.join(&path), workspace.folder().join(&path));
    if !unpacked.has(&path) {
        return Err(RestoreError::Missing { path });
    }
    if !is_there(&here)? {
        return Ok(Fate::New);
    }
    if !same_beginning(&here, &there)? {
        return Err(RestoreError::Forked { path });
    }
    Ok(match length(&here)?.cmp(&length(&there)?) {
        std::cmp::Ordering::Less => Fate::Longer,
        std::cmp::Ordering::Equal => Fate::Same,
        std::cmp::Ordering::Greater => Fate::Newer,
    })
}

fn length(path: &Path) -> Result<u64, StorageError> {
    disk::metadata(path).map(|it| it.len()).map_err(StorageError::when("look at", path))
}

/// Whether the shorter of two files is the beginning of the longer one.
fn same_beginning(left: &Path, right: &Path) -> Result<bool, StorageError> {
    let most = length(left)?.min(length(right)?);
    let hash = |path: &Path| {
        let reading = StorageError::when("read", path);
        let file = disk::open(path).map_err(&reading)?;
        crate::blob::digest_of_reader(file.take(most), u64::MAX).map_err(&reading)
    };
    Ok(hash(left)? == hash(right)?)
}

fn put_blobs(
    unpacked: &Unpacked,
    workspace: &Workspace,
    restored: &mut Restored,
) -> Result<(), RestoreError> {
    let store = Blobs::at(workspace.blobs_folder());
    for (item, place) in &unpacked.items {
        let Place::Blob(digest) = place else { continue };
        match store.check(digest) {
            Ok(_) => continue,
            Err(BlobError::Missing { .. }) => restored.blobs += 1,
            Err(BlobError::Storage(error)) => return Err(error.into()),
            // Its name says what belongs there.
            Err(_) => restored.repaired += 1,
        }
        store.move_in(&unpacked.folder.join(&item.path), u64::MAX)?.unsynced.sync()?;
    }
    Ok(())
}

fn put_run(unpacked: &Unpacked, workspace: &Workspace, run: &RunId, fate: Fate) -> Result<(), RestoreError> {
    let (from, to) = (unpacked.folder.join(format!("runs/{run}")), workspace.run_folder(run));
    let mine = || unpacked.items.iter().filter(|(_, place)| *place == Place::Run(run.clone()));
    let of_run = || mine().map(|(item, _)| item.path.as_str());
    match fate {
        Fate::Newer => return Ok(()),
        Fate::New => {
            if disk::is_dir(&to) {
                // Its process died before it had written anything.
                disk::remove_dir_all(&to).map_err(StorageError::when("remove", &to))?;
            }
            of_run().try_for_each(|path| sync(&unpacked.folder.join(path)))?;
            sync_folder(&from)?;
            disk::rename(&from, &to).map_err(StorageError::when("write", &to))?;
            return Ok(sync_folder(&workspace.runs_folder())?);
        }
        Fate::Longer | Fate::Same => {}
    }
    let _lock = Lock::try_take(&to.join(LOCK_FILE), "a restore")?;
    // A checkpoint of more lines than there are would look like a loss: the log comes first.
    let is_log = |path: &&str| path.ends_with(&format!("{run}/{LOG_FILE}"));
    // Letters that were here are answered by now, and those of the backup may be.
    let others = of_run().filter(|path| !is_log(path) && !path.contains("/inbox/"));
    for path in of_run().filter(is_log).chain(others) {
        let (source, target) = (unpacked.folder.join(path), workspace.folder().join(path));
        if fate == Fate::Same && is_there(&target)? {
            continue;
        }
        let above = target.parent().expect("it lies in the run's folder");
        disk::create_dir_all(above).map_err(StorageError::when("create", above))?;
        replace(&source, &target)?;
    }
    Ok(())
}

/// Makes the content of a file durable.
fn sync(path: &Path) -> Result<(), StorageError> {
    disk::open(path).and_then(|file| file.sync_all()).map_err(StorageError::when("sync", path))
}

/// Gives a file its place, durably.
fn replace(from: &Path, to: &Path) -> Result<(), StorageError> {
    sync(from)?;
    disk::rename(from, to).map_err(StorageError::when("write", to))?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// The leaves come before the checkpoint that counts them; what is derived is made again.
fn put_log(unpacked: &Unpacked, workspace: &Workspace) -> Result<(), RestoreError> {
    let folder = workspace.log_folder();
    for name in [ORIGIN_FILE, LEAVES_FILE, CHECKPOINT_FILE] {
        let (from, to) = (unpacked.folder.join("log").join(name), folder.join(name));
        if unpacked.has(&format!("log/{name}")) {
            replace(&from, &to)?;
        }
    }
    for name in ["hashes", "index", "frontier"] {
        let _ = disk::remove_file(&folder.join(name));
    }
    Ok(())
}
