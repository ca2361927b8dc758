//! Checkpoints of the clone's log, remembered where whoever takes the log back does not reach: notes and references in git that
//! are pushed, and files.
//!
//! ```text
//!   refs/notes/dod              a note on the run's commit: one checkpoint behind the other, of each log the newest
//!   refs/dod/anchors/<log id>   a commit with the file `checkpoint`; the one before is its parent
//!   refs/dod/logs/<log id>      a published log: its `checkpoint` is read, too
//! ```
//!
//! A place that remembers more of this log, or another history of it, is never overwritten: that is what it is for.
//!
//! **Absent on purpose:** pushing, and believing: see [`crate::verify`].

use std::path::{Path, PathBuf};

use dod_proof::checkpoint::{Checkpoint, CheckpointError};
use dod_proof::note::NOTE_BYTES_MAX;

use crate::clone_log::{CHECKPOINT_FILE, CloneLogError, Reader};
use crate::disk;
use crate::git::{Git, GitError, Person};
use crate::storage::{StorageError, write_atomic};

/// The notes that remember checkpoints.
pub const NOTES: &str = "refs/notes/dod";
/// Where references begin that remember checkpoints and nothing else.
pub const REFERENCES: &str = "refs/dod/anchors/";
/// Where logs are published.
pub const LOGS: &str = "refs/dod/logs/";
/// How a signature line begins.
const DASH: &str = "\u{2014} ";

/// A checkpoint cannot be remembered.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// git cannot.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The log cannot be read.
    #[error(transparent)]
    CloneLog(#[from] CloneLogError),
    /// There is nothing to remember yet.
    #[error("the log of this clone has no checkpoint yet")]
    Nothing,
    /// What is there remembers more of this log, or another history of it.
    #[error(
        "{place} remembers {remembered} leaves of `{origin}`, and they are not the first ones of the log that is here ({size} leaves): it was taken back, or changed"
    )]
    RolledBack {
        /// Where it is remembered.
        place: String,
        /// The log.
        origin: String,
        /// How many leaves are remembered.
        remembered: u64,
        /// How many there are.
        size: u64,
    },
    /// What is there is no checkpoint.
    #[error("{place} holds something else than checkpoints: {source}")]
    Other {
        /// Where.
        place: String,
        /// Why.
        source: CheckpointError,
    },
    /// A file remembers another log.
    #[error("`{}` remembers another log, `{origin}`", path.display())]
    OtherLog {
        /// The file.
        path: PathBuf,
        /// The log.
        origin: String,
    },
}

/// A checkpoint that somebody remembered, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The place as people know it: `refs/notes/dod on 1f2e3d4c5b6a`.
    pub place: String,
    /// The checkpoint with its signatures, as it is there.
    pub note: Vec<u8>,
}

/// All checkpoints that the notes and references of a repository remember. What is no checkpoint is handed out as it is.
///
/// # Errors
/// The repository cannot be read.
pub fn in_repository(git: &Git) -> Result<Vec<Remembered>, GitError> {
    let mut all = Vec::new();
    for (commit, text) in git.notes(NOTES)? {
        let place = on(&commit);
        all.extend(blocks(&text).into_iter().map(|note| Remembered { place: place.clone(), note }));
    }
    for pattern in [REFERENCES, LOGS] {
        for reference in git.references(&format!("{pattern}*"))? {
            if let Some(note) = git.file_under(&reference, CHECKPOINT_FILE)? {
                all.push(Remembered { place: reference, note });
            }
        }
    }
    Ok(all)
}

fn on(commit: &str) -> String {
    format!("{NOTES} on {}", &commit[..commit.len().min(12)])
}

/// Remembers the log's checkpoint in a note on a commit.
///
/// # Errors
/// The note remembers another history of the log, or cannot be written.
pub fn to_note(git: &Git, commit: &str, log: &Reader, by: &Person) -> Result<(), AnchorError> {
    let (note, state) = newest(log)?;
    git.change_note(NOTES, commit, by, |there| {
        let place = on(commit);
        let mut text = String::new();
        for block in blocks(there.unwrap_or_default()) {
            let old = read(&block, &place)?;
            if old.origin == state.origin {
                grows(log, &state, &old, &place)?;
            } else {
                text += &String::from_utf8_lossy(&block);
            }
        }
        Ok(text + &note)
    })
}

/// Remembers the log's checkpoint under a reference; without one, under the log's own.
///
/// # Errors
/// The reference remembers another history of the log, or cannot be written.
pub fn to_reference(
    git: &Git,
    reference: Option<&str>,
    log: &Reader,
    by: &Person,
) -> Result<String, AnchorError> {
    let (note, state) = newest(log)?;
    let own = || format!("{REFERENCES}{}", id_of(&state.origin));
    let reference = reference.map_or_else(own, str::to_owned);
    git.change_file_under(&reference, CHECKPOINT_FILE, by, |there| {
        if let Some(there) = there {
            let old = read(there, &reference)?;
            grows(log, &state, &old, &reference)?;
        }
        Ok::<_, AnchorError>(note.clone())
    })?;
    Ok(reference)
}

/// Remembers the log's checkpoint in a file.
///
/// # Errors
/// The file remembers another history of the log, or another log, or cannot be written.
pub fn to_file(path: &Path, log: &Reader) -> Result<(), AnchorError> {
    let (note, state) = newest(log)?;
    let place = format!("`{}`", path.display());
    match disk::read_bounded(path, NOTE_BYTES_MAX as u64) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(StorageError::of("read", path, &error).into()),
        Ok(there) => {
            let old = read(&there, &place)?;
            if old.origin != state.origin {
                return Err(AnchorError::OtherLog { path: path.to_owned(), origin: old.origin });
            }
            grows(log, &state, &old, &place)?;
        }
    }
    Ok(write_atomic(path, note.as_bytes())?)
}

/// The part of a log's origin behind the last `/`.
pub fn id_of(origin: &str) -> &str {
    origin.rsplit('/').next().unwrap_or(origin)
}

fn newest(log: &Reader) -> Result<(String, Checkpoint), AnchorError> {
    match (log.note(), log.checkpoint()) {
        (Some(note), Some(state)) => Ok((String::from_utf8_lossy(note).into_owned(), state.clone())),
        _ => Err(AnchorError::Nothing),
    }
}

fn read(note: &[u8], place: &str) -> Result<Checkpoint, AnchorError> {
    let opened = Checkpoint::open(note, &[]);
    let opened = opened.map_err(|source| AnchorError::Other { place: place.to_owned(), source })?;
    Ok(opened.checkpoint)
}

/// What is remembered is the beginning of what is there.
fn grows(log: &Reader, state: &Checkpoint, old: &Checkpoint, place: &str) -> Result<(), AnchorError> {
    if old.origin == state.origin && log.began_with(old.size, &old.root) {
        return Ok(());
    }
    Err(AnchorError::RolledBack {
        place: place.to_owned(),
        origin: old.origin.clone(),
        remembered: old.size,
        size: state.size,
    })
}

/// Several checkpoints, one behind the other: three lines each, and, where it is signed, a blank line and signature lines. What
/// follows no checkpoint is the last part.
pub fn blocks(text: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let (mut at, mut parts) = (0, Vec::new());
    let signs = |line: &[u8]| line.starts_with(DASH.as_bytes());
    while at < lines.len() {
        let mut end = (at + 3).min(lines.len());
        if lines.get(end) == Some(&b"\n".as_slice()) && lines.get(end + 1).is_some_and(|line| signs(line)) {
            end += 1;
            while lines.get(end).is_some_and(|line| signs(line)) {
                end += 1;
            }
        }
        parts.push(lines[at..end].concat());
        at = end;
    }
    parts
}
