//! Reading an exported run: into a folder of its own that is gone with it, and only if all of it is right.
//!
//! **Absent on purpose:** putting it among the runs of a clone ([`super::import()`]).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use dod_kernel::id::{Digest, RunId};
use dod_proof::archive::{ArchiveError, RUN_FIRST, Reader};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::note::NOTE_BYTES_MAX;
use sha2::{Digest as _, Sha256};

use super::survey::{Lines, Survey, source_folder};
use super::{
    BLOBS_FOLDER, CHECKPOINT_FILE, ExportedError, PROOF_BYTES_MAX, PROOF_FILE, SOURCES_FOLDER, blob_at,
};
use crate::blob::Blobs;
use crate::disk;
use crate::drive::EVIDENCE_BYTES_MAX;
use crate::history::Events;
use crate::log::LOG_FILE;
use crate::storage::{StorageError, TEMPORARY_PREFIX};

/// Bytes of one read.
const CHUNK_BYTES: usize = 256 << 10;

/// A folder that is removed with everything in it, unless it was given a name.
#[derive(Debug)]
pub(super) struct Temporary(Option<PathBuf>);

impl Temporary {
    fn within(folder: &Path) -> Result<Self, StorageError> {
        let path = folder.join(format!("{TEMPORARY_PREFIX}{}", disk::unique()));
        disk::create_dir(&path).map_err(StorageError::when("create", &path))?;
        Ok(Self(Some(path)))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.as_deref().expect("it is named once")
    }

    /// Gives the folder its name.
    pub(super) fn rename_to(mut self, path: &Path) -> Result<(), StorageError> {
        let from = self.0.take().expect("it is named once");
        disk::rename(&from, path).map_err(|error| {
            let _ = disk::remove_dir_all(&from);
            StorageError::of("create", path, &error)
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = disk::remove_dir_all(&path);
        }
    }
}

/// An exported run that was unpacked, checked, and is removed when this is dropped.
#[derive(Debug)]
pub struct Unpacked {
    pub(super) folder: Temporary,
    /// What its checkpoint says.
    pub checkpoint: Checkpoint,
    /// The run and the runs that it joins.
    pub survey: Survey,
    /// Blobs that are in it.
    pub blobs: BTreeSet<Digest>,
    /// Blobs that the run names and that are not in it.
    pub missing: BTreeSet<Digest>,
}

impl Unpacked {
    /// Where it lies: the folder of a run, with its blobs in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its blobs.
    pub fn store(&self) -> Blobs {
        Blobs::at(self.folder().join(BLOBS_FOLDER))
    }

    /// Its id.
    pub fn run(&self) -> &RunId {
        &self.survey.run.started.id
    }
}

/// Unpacks a file.
///
/// # Errors
/// As [`unpack`]; or the file cannot be opened.
pub fn unpack_file(path: &Path, within: &Path) -> Result<Unpacked, ExportedError> {
    let file = disk::open(path).map_err(StorageError::when("open", path))?;
    unpack(std::io::BufReader::with_capacity(CHUNK_BYTES, file), path, within)
}

/// Unpacks an exported run into a new folder within this one. `named` is what errors call it.
///
/// # Errors
/// It is no exported run, or something in it is not what it says. Nothing is left of it then.
pub fn unpack(source: impl Read, named: &Path, within: &Path) -> Result<Unpacked, ExportedError> {
    let folder = Temporary::within(within)?;
    let blobs = entries(source, named, folder.path())?;
    let log = folder.path().join(LOG_FILE);
    let place = |what: &str| format!("`{}`, {what}", named.display());
    if !disk::is_file(&log) {
        return Err(ExportedError::different(place("log"), "it has none"));
    }
    // Every line is looked at once, not only those that name something.
    Events::of(folder.path())?.try_for_each(|recorded| recorded.map(drop))?;
    let survey = Survey::of(folder.path())?;
    let run = &survey.run.started.id;
    if !is_run_id(run) {
        return Err(ExportedError::different(place("log"), "the run has an id that no run has"));
    }
    let checkpoint = checked(folder.path(), &survey.run)?;
    for (run, lines) in &survey.sources {
        checked(&source_folder(folder.path(), run), lines)?;
    }
    let store = Blobs::at(folder.path().join(BLOBS_FOLDER));
    let look = |digest: &_| Ok::<_, ExportedError>(store.get(digest, EVIDENCE_BYTES_MAX).ok());
    let named_by_run = survey.named(look)?;
    if let Some(stranger) = blobs.difference(&named_by_run).next() {
        let what = format!("nothing in the run names {stranger}");
        return Err(ExportedError::different(place("blobs"), what));
    }
    let missing = named_by_run.difference(&blobs).copied().collect();
    strangers(folder.path(), &survey).map_err(|what| ExportedError::different(place("sources"), what))?;
    Ok(Unpacked { folder, checkpoint, survey, blobs, missing })
}

/// Writes what is in the archive; answers the blobs.
fn entries(source: impl Read, named: &Path, folder: &Path) -> Result<BTreeSet<Digest>, ExportedError> {
    let failed = |source: ArchiveError| match source {
        ArchiveError::Io(error) => ExportedError::Storage(StorageError::of("read", named, &error)),
        source => ExportedError::Archive { path: named.to_owned(), source },
    };
    let mut archive = Reader::new(source, RUN_FIRST);
    let mut blobs = BTreeSet::new();
    let mut made = BTreeMap::new();
    while let Some(mut entry) = archive.next_entry().map_err(failed)? {
        let path = entry.path().to_owned();
        let blob = blob_at(&path);
        let bytes_max = match path.as_str() {
            LOG_FILE => u64::MAX,
            CHECKPOINT_FILE => NOTE_BYTES_MAX as u64,
            PROOF_FILE => PROOF_BYTES_MAX,
            _ if blob.is_some() => u64::MAX,
            _ => match of_source(&path) {
                Some(LOG_FILE) => u64::MAX,
                Some(_) => NOTE_BYTES_MAX as u64,
                None => {
                    let what = format!("`{path}` does not belong there");
                    return Err(ExportedError::different(format!("`{}`", named.display()), what));
                }
            },
        };
        if entry.len() > bytes_max {
            let what = format!("`{path}` has more than {bytes_max} bytes");
            return Err(ExportedError::different(format!("`{}`", named.display()), what));
        }
        let target = folder.join(&path);
        let parent = target.parent().unwrap_or(folder).to_owned();
        if let std::collections::btree_map::Entry::Vacant(vacant) = made.entry(parent) {
            let parent = vacant.key();
            disk::create_dir_all(parent).map_err(StorageError::when("create", parent))?;
            vacant.insert(());
        }
        let found = copy(&mut entry, &target, blob.is_some()).map_err(|error| match error {
            CopyError::Read(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                let what = format!("it is cut off in `{path}`");
                ExportedError::different(format!("`{}`", named.display()), what)
            }
            CopyError::Read(error) => StorageError::of("read", named, &error).into(),
            CopyError::Write(error) => StorageError::of("write", &target, &error).into(),
        })?;
        if let Some(digest) = blob {
            if found != Some(digest) {
                let what = format!("the content of `{path}` is not what its name says");
                return Err(ExportedError::different(format!("`{}`", named.display()), what));
            }
            blobs.insert(digest);
        }
    }
    Ok(blobs)
}

/// Which file of a source a path is about.
fn of_source(path: &str) -> Option<&str> {
    let (run, file) = path.strip_prefix(SOURCES_FOLDER)?.strip_prefix('/')?.split_once('/')?;
    (is_run_id(&RunId(run.into())) && matches!(file, LOG_FILE | CHECKPOINT_FILE)).then_some(file)
}

/// Whether it is the id of a run, and so harmless as the name of a folder.
fn is_run_id(run: &RunId) -> bool {
    uuid::Uuid::try_parse(&run.0).is_ok_and(|id| id.to_string() == *run.0)
}

enum CopyError {
    Read(std::io::Error),
    Write(std::io::Error),
}

/// Copies to a new file; answers the digest where it is wanted.
fn copy(from: &mut impl Read, to: &Path, hashed: bool) -> Result<Option<Digest>, CopyError> {
    let mut file = disk::create_new(to).map_err(CopyError::Write)?;
    let (mut hash, mut chunk) = (hashed.then(Sha256::new), vec![0; CHUNK_BYTES]);
    loop {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => {
                if let Some(hash) = &mut hash {
                    hash.update(&chunk[..count]);
                }
                file.write_all(&chunk[..count]).map_err(CopyError::Write)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CopyError::Read(error)),
        }
    }
    Ok(hash.map(|hash| Digest(hash.finalize().into())))
}

/// The checkpoint that lies beside a log, which must be of these very lines, all of them.
fn checked(folder: &Path, lines: &Lines) -> Result<Checkpoint, ExportedError> {
    let run = &lines.started.id;
    let place = |what: &str| format!("run {run}, {what}");
    let log = folder.join(LOG_FILE);
    let bytes = disk::metadata(&log).map_err(StorageError::when("look at", &log))?.len();
    if bytes != lines.bytes {
        return Err(ExportedError::different(place("log"), "it ends inside a line"));
    }
    let path = folder.join(CHECKPOINT_FILE);
    let note = disk::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ExportedError::different(place("checkpoint"), "it is missing"),
        _ => StorageError::of("read", &path, &error).into(),
    })?;
    let signed = Checkpoint::open(&note, &[])
        .map_err(|source| ExportedError::Checkpoint { run: run.clone(), source })?;
    let Checkpoint { origin, size, root } = &signed.checkpoint;
    let (count, found) = (lines.count(), lines.frontier.root());
    let what = if *origin != lines.origin() {
        format!("it is of `{origin}`, and the run calls itself `{}`", lines.origin())
    } else if *size != count {
        format!("it speaks of {size} events, and the log has {count}")
    } else if *root != found {
        "its root is not the root of the log".to_owned()
    } else {
        return Ok(signed.checkpoint);
    };
    Err(ExportedError::different(place("checkpoint"), what))
}

/// Every source that is there is one that the run cites, and has a log.
fn strangers(folder: &Path, survey: &Survey) -> Result<(), String> {
    let Ok(found) = disk::read_dir(&folder.join(SOURCES_FOLDER)) else { return Ok(()) };
    let known = |name: &str| survey.sources.keys().any(|run| *run.0 == *name);
    let stranger = found.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
    match stranger.into_iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(format!("the run does not cite {name}")),
    }
}
