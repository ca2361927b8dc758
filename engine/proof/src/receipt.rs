//! C2SP tlog-proof, version 1: one text that shows that a leaf stands in a log, without the log.
//!
//! ```text
//!   c2sp.org/tlog-proof@v1
//!   index 17
//!   <base64 of a hash>            of the leaf's sibling first, up to the child of the root; a line each
//!
//!   <the checkpoint, verbatim>
//! ```
//!
//! **Absent on purpose:** the line `extra`. Nothing authenticates it, so a receipt that has one is refused: here
//! every byte of a receipt is either needed or wrong.

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError, Signed, decimal};
use crate::key::Verifier;
use crate::note::NOTE_BYTES_MAX;
use crate::tree::{Hash, Nodes, PROOF_HASHES_MAX, ProofError, check_inclusion, leaf_hash, prove_inclusion};

/// Bytes that a receipt may have: its head, its hashes and its checkpoint.
pub const RECEIPT_BYTES_MAX: usize = 64 + 45 * PROOF_HASHES_MAX + NOTE_BYTES_MAX;

const FIRST: &str = "c2sp.org/tlog-proof@v1";

/// A receipt that shows nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is not written as one.
    #[error("it is no receipt: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Its checkpoint cannot be taken.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Its checkpoint is of another log.
    #[error("it is a receipt of the log `{found}`, not of `{wanted}`")]
    Origin {
        /// The log that it is of.
        found: String,
        /// The log that it should be of.
        wanted: String,
    },
    /// Its hashes do not lead from the leaf to the root.
    #[error("it does not show that this leaf stands in the log: {0}")]
    Proof(#[from] ProofError),
}

/// Where a leaf stands in a log, and the hashes that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The leaf's place, from 0.
    pub index: u64,
    /// The hashes, nearest to the leaf first.
    pub hashes: Vec<Hash>,
    /// The checkpoint, as the log gave it away.
    pub checkpoint: String,
}

impl Receipt {
    /// Makes a receipt for a leaf of the log that this checkpoint is of.
    ///
    /// # Errors
    /// The checkpoint is none, there is no such leaf, a hash is missing, or the tree is not the one of the checkpoint.
    pub fn make(index: u64, checkpoint: &str, nodes: &impl Nodes) -> Result<Self, ReceiptError> {
        let Checkpoint { size, root, .. } = Checkpoint::open(checkpoint.as_bytes(), &[])?.checkpoint;
        let hashes = prove_inclusion(index, size, nodes)?;
        let leaf = nodes.node(0, index).ok_or(ProofError::Missing { level: 0, index })?;
        check_inclusion(index, size, &leaf, &hashes, &root)?;
        Ok(Self { index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Reads a receipt. Only its shape is looked at, and that its checkpoint is one.
    ///
    /// # Errors
    /// It is none.
    pub fn read(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let malformed = |what| ReceiptError::Malformed { what };
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(malformed("it is too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(malformed("it has no blank line"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(FIRST) {
            return Err(malformed("its first line is not `c2sp.org/tlog-proof@v1`"));
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = index.ok_or(malformed("its second line is not `index` and a decimal number"))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == PROOF_HASHES_MAX {
                return Err(malformed("it has too many hashes"));
            }
            hashes.push(Hash::from_base64(line).ok_or(malformed("a line is not a hash in base64"))?);
        }
        Checkpoint::open(checkpoint.as_bytes(), &[])?;
        Ok(Self { index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Checks that the leaf stands in the log of this origin, and tells what its checkpoint says and who signed that.
    /// Whether it must be signed, and by whom, is for the caller to say.
    ///
    /// # Errors
    /// It does not, or not of this log, or the signature of a known key is bad.
    pub fn check<'k>(
        &self,
        leaf: &[u8],
        origin: &str,
        known: &'k [Verifier],
    ) -> Result<Signed<'k>, ReceiptError> {
        let signed = Checkpoint::open(self.checkpoint.as_bytes(), known)?;
        let Checkpoint { origin: found, size, root } = &signed.checkpoint;
        if found != origin {
            return Err(ReceiptError::Origin { found: found.clone(), wanted: origin.to_owned() });
        }
        check_inclusion(self.index, *size, &leaf_hash(leaf), &self.hashes, root)?;
        Ok(signed)
    }
}

/// The text of the file.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}\nindex {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
