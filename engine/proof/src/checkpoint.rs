//! C2SP tlog-checkpoint: the origin of a log, its size, its root, one per line.
//!
//! **Absent on purpose:** extension lines. They are discouraged by the specification, `dod` writes none, and one that is
//! read is refused, since nobody here would know what was signed with it.

use crate::key::{Signer, Verifier};
use crate::note::{Note, NoteError, NoteSignature, sign};
use crate::tree::Hash;

/// Bytes that an origin may have.
pub const ORIGIN_BYTES_MAX: usize = 1024;

/// The state of a log: how many leaves, and the root over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// A checkpoint that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Its text is no checkpoint.
    #[error("it is no checkpoint: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A checkpoint that was read, with those who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<'k> {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Known keys that signed it; none: it is unsigned, as far as anybody here can tell.
    pub by: Vec<&'k Verifier>,
    /// Names of keys that nobody here knows.
    pub unknown: Vec<String>,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// The checkpoint as a note; without keys the text alone.
    pub fn note(&self, signers: &[&Signer]) -> String {
        sign(&self.body(), signers)
    }

    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// It is none.
    pub fn read_body(text: &str) -> Result<Self, CheckpointError> {
        let malformed = |what| CheckpointError::Malformed { what };
        let mut lines = text.strip_suffix('\n').ok_or(malformed("its last line has no end"))?.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(malformed("it has no origin"))?;
        if origin.len() > ORIGIN_BYTES_MAX {
            return Err(malformed("its origin is too long"));
        }
        // The same keys sign envelopes, whose signed bytes begin so: one must never be taken for the other.
        if origin.starts_with("DSSEv1 ") {
            return Err(malformed("its origin is that of an envelope"));
        }
        let size = lines.next().and_then(decimal).ok_or(malformed("its size is no decimal number"))?;
        let root = lines
            .next()
            .and_then(Hash::from_base64)
            .ok_or(malformed("its root is not 32 bytes in base64"))?;
        match lines.next() {
            None => Ok(Self { origin: origin.to_owned(), size, root }),
            Some(_) => Err(malformed("it has more than three lines")),
        }
    }

    /// Reads a checkpoint and checks the signatures of the keys that are known.
    ///
    /// # Errors
    /// It is none, or a known key's signature is bad.
    pub fn open<'k>(bytes: &[u8], known: &'k [Verifier]) -> Result<Signed<'k>, CheckpointError> {
        let note = Note::read(bytes)?;
        let checkpoint = Self::read_body(note.text())?;
        let by = note.signed_by(known)?;
        // A known name with another id is another key.
        let stranger =
            |line: &&NoteSignature| !by.iter().any(|key| key.name() == line.name && key.id() == line.id);
        let unknown = note.signatures().iter().filter(stranger).map(|line| line.name.clone());
        Ok(Signed { checkpoint, unknown: unknown.collect(), by })
    }
}

/// A number without sign and without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    (digits && !leading).then(|| text.parse().ok())?
}
