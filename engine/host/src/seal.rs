//! What makes the end of a run last: its checkpoint, and its `closed` leaf in the clone's log under a checkpoint of its own.
//!
//! ```text
//!   lines are durable ─▶ runs/<id>/checkpoint ─▶ log: closed leaf ─▶ log/checkpoint ─▶ the verdict is told
//! ```
//!
//! Each step may be the last before a crash: doing all of them again completes what is missing and changes nothing else,
//! since a `closed` leaf is a function of the run's log.
//!
//! **Absent on purpose:** reading a root from a file and signing it. The root is the one that was accumulated while the lines
//! were written, or by whoever has gone through all of them.

use std::io::Write as _;
use std::path::Path;

use dod_kernel::id::{Name, RunId, Timestamp};
use dod_kernel::run::{Identity, Run, RunFinished, RunStarted};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::note::Note;
use dod_proof::receipt::Receipt;
use dod_proof::tree::{Frontier, Hash, leaf_hash};

use crate::blob::digest_of;
use crate::clone_log::{
    Added, CHECKPOINT_FILE, CloneLogError, Closed, Leaf, LeafKind, Opened, Reader, Writer,
};
use crate::disk;
use crate::exported::PROOF_FILE;
use crate::keys::Signing;
use crate::log::{LOG_FILE, LogReader};
use crate::storage::{StorageError, Temporary, sync_folder, write_atomic};
use crate::workspace::Workspace;

/// Bytes that a checkpoint file may have.
const CHECKPOINT_BYTES_MAX: u64 = 1 << 20;

/// Who seals runs, and for which repository.
#[derive(Debug)]
pub struct Sealing {
    /// What the repository is called in origins ([`crate::clone_log::repository_name`]).
    pub repository: String,
    /// The key, where there is one, and what it has signed.
    pub signing: Signing,
    /// Who is at work here: claimed.
    pub by: Identity,
}

impl Sealing {
    /// Nobody signs.
    pub fn unsigned(repository: &str, by: Name) -> Self {
        let by = Identity { name: by, proved: false };
        Self { repository: repository.to_owned(), signing: Signing::none(), by }
    }

    /// The clone's log, to be written.
    ///
    /// # Errors
    /// As [`Writer::open`].
    pub fn log(&self, workspace: &Workspace) -> Result<Writer, CloneLogError> {
        Writer::open(&workspace.log_folder(), &self.repository, &self.signing)
    }
}

/// The origin of a run: what its checkpoints call it.
pub fn run_origin(repository: &str, run: &RunId) -> Name {
    format!("{repository}/run/{run}").into()
}

/// The leaf that a run began.
pub fn opened(at: Timestamp, by: &Identity, run: &RunId, first_line: &[u8]) -> Leaf {
    let started = digest_of(first_line);
    Leaf::Opened(Box::new(Opened { at, by: by.clone(), run: run.clone(), started }))
}

/// The leaf that a run has its verdict; `None` while it has none. `at` is the time of its last event.
pub fn closed(run: &Run, at: Timestamp, lines: &Frontier) -> Option<Leaf> {
    let (started, verdict) = (run.started()?, run.verdict()?);
    let text = serde_json::to_vec(verdict).expect("a verdict can always be written");
    Some(Leaf::Closed(Box::new(Closed {
        at,
        events: lines.size(),
        policy: started.governance,
        root: lines.root(),
        run: started.id.clone(),
        state: verdict.state,
        verdict: digest_of(&text),
    })))
}

/// The leaf that a run was taken from elsewhere; `checkpoint` is what it came with.
pub fn added(
    started: &RunStarted,
    finished: Option<&RunFinished>,
    checkpoint: &Checkpoint,
    by: &Identity,
    at: Timestamp,
) -> Leaf {
    let verdict = finished.map(|end| &end.verdict);
    let digest = |verdict| digest_of(&serde_json::to_vec(verdict).expect("a verdict can always be written"));
    Leaf::Added(Box::new(Added {
        at,
        by: by.clone(),
        events: checkpoint.size,
        from: checkpoint.origin.as_str().into(),
        policy: started.governance,
        root: checkpoint.root,
        run: started.id.clone(),
        state: verdict.map(|verdict| verdict.state),
        verdict: verdict.map(digest),
    }))
}

/// Writes the checkpoint of a run, signed where there is a key. One that is there stays, if it states the same and those who
/// sign have signed it.
///
/// # Errors
/// The one that is there states more lines or other ones, the signer refuses, or it cannot be written.
pub fn write_checkpoint(
    folder: &Path,
    checkpoint: &Checkpoint,
    signing: &Signing,
) -> Result<(), CloneLogError> {
    let path = folder.join(CHECKPOINT_FILE);
    let there = read_checkpoint(&path)?;
    if let Some((bytes, kept)) = &there {
        fits(folder, kept, checkpoint)?;
        if kept == checkpoint && signing.has_signed(bytes, checkpoint) {
            // Whoever wrote it may have died before its name was durable.
            return Ok(sync_folder(folder)?);
        }
    }
    let mut note = signing.note(checkpoint, &|size, root| began_with(folder, size, root))?;
    if let Some((bytes, _)) = there.filter(|(_, kept)| kept == checkpoint) {
        note += &of_others(&bytes, signing);
    }
    Ok(write_atomic(&path, note.as_bytes())?)
}

/// Signature lines of others under the same text: theirs stay.
fn of_others(note: &[u8], signing: &Signing) -> String {
    let (Ok(read), Ok(text)) = (Note::read(note), std::str::from_utf8(note)) else { return String::new() };
    let ours = signing.verifiers();
    let lines = text.rsplit_once("\n\n").map_or("", |(_, lines)| lines).lines();
    let others = lines
        .zip(read.signatures())
        .filter(|(_, by)| !ours.iter().any(|key| key.name() == by.name && key.id() == by.id));
    others.map(|(line, _)| format!("{line}\n")).collect()
}

/// Holds the lines of a run that is taken up against the checkpoint that lies beside them, where there is one.
///
/// # Errors
/// It states more lines, or other ones.
pub fn check(folder: &Path, lines: &Frontier) -> Result<(), CloneLogError> {
    let Some((_, kept)) = read_checkpoint(&folder.join(CHECKPOINT_FILE))? else { return Ok(()) };
    let now = Checkpoint { origin: kept.origin.clone(), size: lines.size(), root: lines.root() };
    fits(folder, &kept, &now)
}

/// Closes a run in the clone's log, and seals the log.
///
/// # Errors
/// A leaf states another end of the run, the signer refuses, or the log cannot be written.
pub fn close(workspace: &Workspace, sealing: &Sealing, leaf: &Leaf) -> Result<(), CloneLogError> {
    let Some(run) = leaf.run() else { return Ok(()) };
    let mut log = sealing.log(workspace)?;
    let number = match log.find(LeafKind::Closed, run)? {
        Some((number, there)) if there == *leaf => number,
        Some((number, _)) => return Err(CloneLogError::OtherEnd { leaf: number, run: run.clone() }),
        None => log.append(leaf)?,
    };
    if !log.is_sealed(&sealing.signing) {
        log.seal(&sealing.signing)?;
    }
    // It is derived: where it cannot be kept, another one can be made from the log.
    let _ = keep_receipt(&workspace.run_folder(run), number, &log);
    Ok(())
}

/// Keeps the receipt of a run that was just closed beside its log: under the checkpoint of this moment it is shorter than any
/// later one, since what follows in the log needs no hashes.
fn keep_receipt(folder: &Path, number: u64, log: &Writer) -> Result<(), StorageError> {
    let path = folder.join(PROOF_FILE);
    let note = log.note().and_then(|note| std::str::from_utf8(note).ok());
    let receipt = note.and_then(|note| Receipt::make(number, note, log).ok());
    let Some(receipt) = receipt.filter(|_| !disk::is_file(&path)) else { return Ok(()) };
    // What has the name is whole; whether the name is durable is nobody's concern.
    let temporary = Temporary::in_folder(folder)?;
    let writing = StorageError::when("write", &path);
    let mut file = &temporary.file;
    file.write_all(receipt.to_string().as_bytes()).and_then(|()| file.sync_data()).map_err(writing)?;
    temporary.rename_to(&path).map(drop)
}

/// Whether a finished run was opened in this clone's log and is not closed there, or has no checkpoint: a crash came
/// between its last event and its seal.
///
/// # Errors
/// A file cannot be read.
pub fn is_owed(workspace: &Workspace, run: &RunId) -> Result<bool, CloneLogError> {
    let Some(log) = Reader::open(&workspace.log_folder())? else { return Ok(false) };
    let kept = read_checkpoint(&workspace.run_folder(run).join(CHECKPOINT_FILE))?;
    let closed = log.find(LeafKind::Closed, run)?;
    if let (Some((_, leaf)), Some((_, kept))) = (&closed, &kept) {
        return Ok(!leaf.agrees_with(kept));
    }
    let mut opened = closed.is_some() || log.find(LeafKind::Opened, run)?.is_some();
    log.behind(|_, _, leaf| opened |= leaf.run() == Some(run))?;
    Ok(opened)
}

fn read_checkpoint(path: &Path) -> Result<Option<(Vec<u8>, Checkpoint)>, CloneLogError> {
    let bytes = match disk::read_bounded(path, CHECKPOINT_BYTES_MAX) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(StorageError::when("read", path))?,
    };
    let opened = Checkpoint::open(&bytes, &[]);
    let checkpoint =
        opened.map_err(|source| CloneLogError::Checkpoint { path: path.to_owned(), source })?.checkpoint;
    Ok(Some((bytes, checkpoint)))
}

/// Whether a checkpoint that was written before is one of an earlier state of these lines.
fn fits(folder: &Path, kept: &Checkpoint, now: &Checkpoint) -> Result<(), CloneLogError> {
    let path = folder.join(LOG_FILE);
    if kept.origin != now.origin {
        let (path, found, expected) = (folder.join(CHECKPOINT_FILE), kept.origin.clone(), now.origin.clone());
        return Err(CloneLogError::OtherOrigin { path, found, expected });
    }
    if kept.size > now.size {
        return Err(CloneLogError::Shorter { path, leaves: now.size, expected: kept.size });
    }
    let same =
        if kept.size == now.size { kept.root == now.root } else { began_with(folder, kept.size, &kept.root) };
    match same {
        true => Ok(()),
        false => Err(CloneLogError::Differs { path, size: kept.size, expected: kept.root }),
    }
}

/// Whether the first lines of a run's log have this root.
fn began_with(folder: &Path, size: u64, root: &Hash) -> bool {
    let Ok(mut reader) = LogReader::open(&folder.join(LOG_FILE)) else { return false };
    let mut lines = Frontier::new();
    while lines.size() < size {
        let Ok(Some(line)) = reader.next_line() else { return false };
        lines.push(leaf_hash(line.bytes));
    }
    lines.root() == *root
}
