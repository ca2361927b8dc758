//! Who says how many lines there are and what their root is: checkpoints, and the keys that signed them.
//!
//! **Absent on purpose:** where keys are kept and why they are trusted.

use dod_proof::checkpoint::{Checkpoint, CheckpointError};
use dod_proof::key::Verifier;
use dod_proof::note::{NOTE_BYTES_MAX, Note};
use dod_proof::tree::Hash;

use super::problem::{Problems, Wrong};
use crate::keys::short;

/// Bytes of a checkpoint that are read; of a longer one so many that it is found too long.
pub(super) const CHECKPOINT_BYTES_MAX: u64 = NOTE_BYTES_MAX as u64;

/// Keys that count.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'k> {
    /// They are trusted, or were named by whoever verifies.
    pub known: &'k [Verifier],
    /// One of these has to have signed the run, where there are any. They are known, too.
    pub asked: &'k [Verifier],
}

impl<'k> Keys<'k> {
    /// The same keys, and none of them has to have signed.
    pub(super) fn unasked(&self) -> Self {
        Self { known: self.known, asked: &[] }
    }
}

/// A checkpoint, and who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Known keys whose signatures are good.
    pub by: Vec<Verifier>,
    /// Keys that nobody here knows, as `name+id`.
    pub strangers: Vec<String>,
}

impl Sealed {
    /// Reads a checkpoint and checks the signatures of known keys.
    ///
    /// # Errors
    /// It is none, or the signature of a known key is bad.
    pub fn read(bytes: &[u8], keys: &[Verifier]) -> Result<Self, CheckpointError> {
        let note = Note::read(bytes)?;
        let checkpoint = Checkpoint::read_body(note.text())?;
        let by: Vec<Verifier> = note.signed_by(keys)?.into_iter().cloned().collect();
        let known = |name: &str, id| by.iter().any(|key| key.name() == name && key.id() == id);
        let strangers = note.signatures().iter().filter(|line| !known(&line.name, line.id));
        let strangers = strangers.map(|line| format!("{}+{}", line.name, line.id)).collect();
        Ok(Self { checkpoint, by, strangers })
    }

    /// Whether nobody signed it.
    pub fn is_unsigned(&self) -> bool {
        self.by.is_empty() && self.strangers.is_empty()
    }
}

/// Reads a checkpoint of which a signature may be asked for.
pub(super) fn read(bytes: &[u8], keys: &Keys<'_>, file: &str, problems: &mut Problems) -> Option<Sealed> {
    let sealed = match Sealed::read(bytes, keys.known) {
        Ok(sealed) => sealed,
        Err(error) => {
            problems.add(file, None, Wrong::Checkpoint(error));
            return None;
        }
    };
    if !keys.asked.is_empty() && sealed.is_unsigned() {
        problems.add(file, None, Wrong::Unsigned);
    } else if !keys.asked.is_empty() && !sealed.by.iter().any(|key| keys.asked.contains(key)) {
        let by = sealed.by.iter().map(short).chain(sealed.strangers.iter().cloned()).collect();
        problems.add(file, None, Wrong::OtherKey { keys: by });
    } else if sealed.by.is_empty() && !sealed.is_unsigned() {
        problems.add(file, None, Wrong::Stranger { keys: sealed.strangers.clone() });
    }
    Some(sealed)
}

/// What there is, beside what a checkpoint says there should be.
pub(super) struct Counted<'a> {
    /// How many lines there are.
    pub(super) size: u64,
    /// The root of as many as the checkpoint counts, where there are so many.
    pub(super) root: Option<&'a Hash>,
    /// Lines behind those that the checkpoint counts are not allowed.
    pub(super) ended: bool,
}

/// Holds the lines against a checkpoint of them.
pub(super) fn compare(checkpoint: &Checkpoint, lines: &Counted<'_>, log: &str, problems: &mut Problems) {
    let size = checkpoint.size;
    match lines.root {
        None => problems.add(log, Some(lines.size + 1), Wrong::Shorter { size, lines: lines.size }),
        Some(root) if *root != checkpoint.root => problems.add(log, None, Wrong::Root { size }),
        Some(_) if lines.ended && lines.size > size => {
            problems.add(log, Some(size + 1), Wrong::Longer { size, lines: lines.size });
        }
        Some(_) => {}
    }
}
