//! Writing a run into one file.
//!
//! **Absent on purpose:** signing. The checkpoint that lies beside the log is taken where it is of these very lines; else
//! the text of one is written, without signatures.

use std::io::Write;
use std::path::Path;

use dod_kernel::id::{Digest, RunId};
use dod_proof::archive::{ArchiveError, RUN_FIRST, Writer};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::note::{NOTE_BYTES_MAX, Note};
use dod_proof::receipt::Receipt;

use super::survey::{Lines, Stands, Survey, source_folder};
use super::{CHECKPOINT_FILE, ExportedError, PROOF_BYTES_MAX, PROOF_FILE, SOURCES_FOLDER, blob_path};
use crate::blob::Blobs;
use crate::clone_log::{Inclusion, LeafKind, Reader};
use crate::disk;
use crate::log::LOG_FILE;
use crate::storage::{StorageError, Temporary, sync_folder, write_atomic};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The run.
    pub run: RunId,
    /// How many lines of its log.
    pub events: u64,
    /// Whether it has a verdict.
    pub finished: bool,
    /// How many blobs.
    pub blobs: usize,
    /// Blobs that the run names and that are not here any more.
    pub missing: Vec<Digest>,
    /// Blobs that are damaged, and were left out.
    pub damaged: Vec<Digest>,
}

/// Writes the run of a folder to a file, which is complete or as it was before. `log` is the clone's log, for a receipt.
///
/// # Errors
/// The run cannot be read, or the file not be written.
pub fn write_file(
    folder: &Path,
    store: &Blobs,
    log: Option<&Path>,
    target: &Path,
) -> Result<Written, ExportedError> {
    let beside = target.parent().filter(|beside| !beside.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = Temporary::in_folder(beside)?;
    let mut sink = std::io::BufWriter::with_capacity(1 << 18, &temporary.file);
    let written = write(folder, store, log, &mut sink, target)?;
    sink.flush().map_err(StorageError::when("write", target))?;
    drop(sink);
    temporary.file.sync_all().map_err(StorageError::when("write", target))?;
    temporary.rename_to(target)?;
    sync_folder(beside)?;
    Ok(written)
}

/// Writes the run of a folder; `log` is the clone's log, and `named` what errors call the sink.
///
/// # Errors
/// The run cannot be read, or the sink not be written.
pub fn write(
    folder: &Path,
    store: &Blobs,
    log: Option<&Path>,
    sink: impl Write,
    named: &Path,
) -> Result<Written, ExportedError> {
    let survey = Survey::of(folder)?;
    let blobs = survey.blobs(store)?;
    let failed = |source: ArchiveError| match source {
        ArchiveError::Io(error) => ExportedError::Storage(StorageError::of("write", named, &error)),
        source => ExportedError::Archive { path: named.to_owned(), source },
    };
    let mut archive = Writer::new(sink, RUN_FIRST);
    let events = folder.join(LOG_FILE);
    let opened = disk::open(&events).map_err(StorageError::when("open", &events))?;
    let whole = std::io::Read::take(opened, survey.run.bytes);
    archive.add(LOG_FILE, survey.run.bytes, whole).map_err(failed)?;
    let note = checkpoint_of(folder, &survey.run)?;
    archive.add(CHECKPOINT_FILE, note.len() as u64, note.as_slice()).map_err(failed)?;
    if let Some(proof) = proof_of(folder, log, &survey.run)? {
        archive.add(PROOF_FILE, proof.len() as u64, proof.as_slice()).map_err(failed)?;
    }
    let (mut missing, mut damaged, mut count) = (Vec::new(), Vec::new(), 0);
    for (digest, stands) in blobs {
        match stands {
            Stands::Missing => missing.push(digest),
            Stands::Damaged => damaged.push(digest),
            Stands::Here(bytes) => {
                let file = store.path(&digest);
                let opened = disk::open(&file).map_err(StorageError::when("open", &file))?;
                archive.add(&blob_path(&digest), bytes, opened).map_err(failed)?;
                count += 1;
            }
        }
    }
    for (run, lines) in &survey.sources {
        let folder = source_folder(folder, run);
        let note = checkpoint_of(&folder, lines)?;
        let at = format!("{SOURCES_FOLDER}/{run}");
        let checkpoint = format!("{at}/{CHECKPOINT_FILE}");
        archive.add(&checkpoint, note.len() as u64, note.as_slice()).map_err(failed)?;
        let events = folder.join(LOG_FILE);
        let opened = disk::open(&events).map_err(StorageError::when("open", &events))?;
        let whole = std::io::Read::take(opened, lines.bytes);
        archive.add(&format!("{at}/{LOG_FILE}"), lines.bytes, whole).map_err(failed)?;
    }
    archive.finish().map_err(failed)?;
    let Lines { finished, started, .. } = &survey.run;
    let (run, finished) = (started.id.clone(), finished.is_some());
    Ok(Written { run, events: survey.run.count(), finished, blobs: count, missing, damaged })
}

/// The checkpoint of these lines: the one that lies beside them, if it is theirs; else its text alone.
///
/// # Errors
/// The file cannot be read.
pub fn checkpoint_of(folder: &Path, lines: &Lines) -> Result<Vec<u8>, StorageError> {
    let wanted = Checkpoint { origin: lines.origin(), size: lines.count(), root: lines.frontier.root() };
    let path = folder.join(CHECKPOINT_FILE);
    if let Some(bytes) = small(&path, NOTE_BYTES_MAX as u64)? {
        let read = Note::read(&bytes).ok().and_then(|note| Checkpoint::read_body(note.text()).ok());
        if read.as_ref() == Some(&wanted) {
            return Ok(bytes);
        }
    }
    Ok(wanted.note(&[]).into_bytes())
}

/// Bytes that the receipt of a run should not have; of a longer one, the one that was made when the run was closed is taken.
const RECEIPT_BYTES: usize = 1024;

/// The receipt of a finished run: from the log of this clone where it was closed here, else the one that lies beside it.
fn proof_of(folder: &Path, log: Option<&Path>, lines: &Lines) -> Result<Option<Vec<u8>>, StorageError> {
    if lines.finished.is_none() {
        return Ok(None);
    }
    // A log that cannot be read is `dod verify`'s to tell; the run can be proved without it.
    let newest = log.and_then(|log| receipt_of(log, lines)).map(|receipt| receipt.to_string().into_bytes());
    if newest.as_ref().is_some_and(|receipt| receipt.len() < RECEIPT_BYTES) {
        return Ok(newest);
    }
    Ok(small(&folder.join(PROOF_FILE), PROOF_BYTES_MAX)?.or(newest))
}

/// That a clone's log has closed the run with these very lines.
fn receipt_of(log: &Path, lines: &Lines) -> Option<Receipt> {
    let log = Reader::open(log).ok()??;
    let (number, leaf) = log.find(LeafKind::Closed, &lines.started.id).ok()??;
    if leaf.states() != Some((lines.count(), lines.frontier.root())) {
        return None;
    }
    let Inclusion { index, proof: hashes, note, .. } = log.inclusion(number).ok()?;
    Some(Receipt { index, hashes, checkpoint: String::from_utf8(note).ok()? })
}

/// A file of few bytes, where there is one.
fn small(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, StorageError> {
    match disk::read_bounded(path, bytes_max).map_err(StorageError::when("read", path)) {
        Ok(bytes) => Ok((bytes.len() as u64 <= bytes_max).then_some(bytes)),
        Err(StorageError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Copies a log and its checkpoint to a folder, durably: a source, beside the run that joins it.
///
/// # Errors
/// It cannot be read or written.
pub fn copy_log(from: &Path, lines: &Lines, to: &Path) -> Result<(), StorageError> {
    disk::create_dir_all(to).map_err(StorageError::when("create", to))?;
    let log = from.join(LOG_FILE);
    let opened = disk::open(&log).map_err(StorageError::when("open", &log))?;
    let temporary = Temporary::in_folder(to)?;
    let whole = &mut std::io::Read::take(opened, lines.bytes);
    std::io::copy(whole, &mut &temporary.file).map_err(StorageError::when("copy", &log))?;
    temporary.file.sync_all().map_err(StorageError::when("write", to))?;
    temporary.rename_to(&to.join(LOG_FILE))?;
    write_atomic(&to.join(CHECKPOINT_FILE), &checkpoint_of(from, lines)?)?;
    for folder in to.ancestors().skip(1).take(2) {
        sync_folder(folder)?;
    }
    Ok(())
}
