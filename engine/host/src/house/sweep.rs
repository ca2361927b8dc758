//! Removing blobs that no run here names any more, and what crashes left behind.
//!
//! *Mark*: every run that is here, with or without a verdict, is read from end to end; what it names directly, through
//! evidence, and through the runs that it joins, stays. *Sweep*: of the rest, what is older than [`FRESH`] goes. Younger
//! blobs may belong to a run that is just being taken in: they lie here before its log does.
//!
//! A blob is taken aside before its age is looked at again, since it may have been put once more in the meantime; one that a crash
//! leaves aside is put back by the next time.
//!
//! **Absent on purpose:** the lock of the tree, which the caller holds, so that no run puts blobs meanwhile.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use dod_kernel::id::{Digest, RunId};

use super::prune::PRUNED_PREFIX;
use super::{HouseError, is_run_name, is_there, runs};
use crate::blob::{BlobError, Blobs};
use crate::disk;
use crate::drive::EVIDENCE_BYTES_MAX;
use crate::exported::{SOURCES_FOLDER, Survey};
use crate::lock::Lock;
use crate::log::{LOCK_FILE, LOG_FILE};
use crate::storage::{StorageError, TEMPORARY_PREFIX};
use crate::workspace::Workspace;

/// What is younger is left alone.
pub const FRESH: Duration = Duration::from_secs(3600);
/// What blobs are called that are looked at once more before they go.
const ASIDE_PREFIX: &str = ".aside-";

/// What was removed, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Blobs.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Temporary files and folders of crashes.
    pub garbage: u64,
    /// Blobs that are named and stay.
    pub kept: u64,
}

/// How a workspace is swept.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'t> {
    /// Runs that are looked upon as gone already: of a plan that is only shown.
    pub without: &'t BTreeSet<RunId>,
    /// What is younger than this stays.
    pub fresh: Duration,
    /// What time it is.
    pub now: SystemTime,
    /// Only count.
    pub dry: bool,
}

/// Sweeps a workspace; `seen` is told of each run that was read.
///
/// # Errors
/// What a run names cannot be known: no blob was removed. Or a file cannot be removed.
pub fn sweep(
    workspace: &Workspace,
    terms: Terms<'_>,
    seen: &mut dyn FnMut(usize),
) -> Result<Swept, HouseError> {
    let store = Blobs::at(workspace.blobs_folder());
    let mut swept = Swept::default();
    if !terms.dry {
        put_back(workspace, &store)?;
    }
    let named = mark(workspace, &store, &terms, seen)?;
    for (digest, bytes) in store.list()? {
        if named.contains(&digest) {
            swept.kept += 1;
        } else if is_old(&store.path(&digest), &terms)
            && (terms.dry || remove(workspace, &store, &digest, &terms)?)
        {
            swept.blobs += 1;
            swept.bytes += bytes;
        }
    }
    swept.garbage = garbage(workspace, &terms)?;
    Ok(swept)
}

/// Every blob that a run here names.
fn mark(
    workspace: &Workspace,
    store: &Blobs,
    terms: &Terms<'_>,
    seen: &mut dyn FnMut(usize),
) -> Result<BTreeSet<Digest>, HouseError> {
    let mut named = BTreeSet::new();
    let mut known: BTreeSet<Digest> = BTreeSet::new();
    for (count, run) in runs(workspace)?.into_iter().filter(|run| !terms.without.contains(run)).enumerate() {
        let survey = Survey::of(&workspace.run_folder(&run)).map_err(HouseError::unsurveyed(&run))?;
        for source in &survey.missing_sources {
            let log = workspace.run_folder(&run).join(SOURCES_FOLDER).join(source.0.as_str()).join(LOG_FILE);
            if is_there(&log)? {
                let why = format!("the run {source} that it joins could not be looked at");
                return Err(HouseError::Unread { run, why });
            }
        }
        let read = survey.named(|digest| {
            // Evidence that several runs name was read before: its reports are marked already.
            if !known.insert(*digest) {
                return Ok(None);
            }
            match store.get(digest, EVIDENCE_BYTES_MAX) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(BlobError::Storage(error)) => Err(HouseError::from(error)),
                Err(_) => Err(HouseError::EvidenceGone { run: run.clone(), evidence: *digest }),
            }
        });
        named.extend(read?);
        seen(count + 1);
    }
    Ok(named)
}

fn is_old(path: &Path, terms: &Terms<'_>) -> bool {
    let modified = disk::metadata(path).ok().and_then(|it| it.modified());
    let age = modified.and_then(|at| terms.now.duration_since(at).ok());
    age.is_some_and(|age| age >= terms.fresh)
}

/// Takes a blob aside, and removes it if it is still as old as it was.
fn remove(
    workspace: &Workspace,
    store: &Blobs,
    digest: &Digest,
    terms: &Terms<'_>,
) -> Result<bool, StorageError> {
    let (path, aside) = (store.path(digest), aside_of(workspace, digest));
    match disk::rename(&path, &aside).map_err(StorageError::when("rename", &path)) {
        Ok(()) => {}
        Err(StorageError::Missing { .. }) => return Ok(false),
        Err(error) => return Err(error),
    }
    if !is_old(&aside, terms) {
        disk::rename(&aside, &path).map_err(StorageError::when("rename", &aside))?;
        return Ok(false);
    }
    disk::remove_file(&aside).map_err(StorageError::when("remove", &aside))?;
    Ok(true)
}

fn aside_of(workspace: &Workspace, digest: &Digest) -> PathBuf {
    workspace.blobs_folder().join(format!("{ASIDE_PREFIX}{}", digest.hex()))
}

/// Puts back what a crash left aside.
fn put_back(workspace: &Workspace, store: &Blobs) -> Result<(), StorageError> {
    for (name, path) in names(&workspace.blobs_folder())? {
        let digest = name.strip_prefix(ASIDE_PREFIX).and_then(|hex| format!("sha256:{hex}").parse().ok());
        let Some(digest) = digest else { continue };
        let back = store.path(&digest);
        if is_there(&back)? {
            disk::remove_file(&path).map_err(StorageError::when("remove", &path))?;
        } else {
            disk::rename(&path, &back).map_err(StorageError::when("rename", &path))?;
        }
    }
    Ok(())
}

/// Names in a folder; none where there is no folder.
fn names(folder: &Path) -> Result<Vec<(String, PathBuf)>, StorageError> {
    let entries = match disk::read_dir(folder).map_err(StorageError::when("list", folder)) {
        Err(StorageError::Missing { .. }) => return Ok(Vec::new()),
        entries => entries?,
    };
    let named = |entry: disk::Entry| Some((entry.file_name().into_string().ok()?, entry.path()));
    Ok(entries.into_iter().filter_map(named).collect())
}

/// Removes what crashes left behind: temporary files, runs that were being removed, and runs that never began.
fn garbage(workspace: &Workspace, terms: &Terms<'_>) -> Result<u64, HouseError> {
    let mut count = 0;
    for (name, path) in names(&workspace.runs_folder())? {
        let gone = name.starts_with(PRUNED_PREFIX);
        let left = name.starts_with(TEMPORARY_PREFIX) && is_old(&path, terms);
        if gone || left || is_unbegun(&name, &path, terms)? {
            count += 1;
            if !terms.dry {
                remove_any(&path)?;
            }
        }
    }
    let store = workspace.blobs_folder().join("sha256");
    for folder in [workspace.folder(), &workspace.log_folder(), &workspace.blobs_folder(), &store] {
        for (name, path) in names(folder)? {
            if name.starts_with(TEMPORARY_PREFIX) && is_old(&path, terms) {
                count += 1;
                if !terms.dry {
                    remove_any(&path)?;
                }
            }
        }
    }
    Ok(count)
}

/// The folder of a run that was lost before its log began.
fn is_unbegun(name: &str, path: &Path, terms: &Terms<'_>) -> Result<bool, StorageError> {
    if !is_run_name(name) || is_there(&path.join(LOG_FILE))? || !is_old(path, terms) {
        return Ok(false);
    }
    Ok(Lock::holder(&path.join(LOCK_FILE))?.is_none())
}

fn remove_any(path: &Path) -> Result<(), StorageError> {
    let removed = if disk::is_dir(path) { disk::remove_dir_all(path) } else { disk::remove_file(path) };
    removed.map_err(StorageError::when("remove", path))
}
