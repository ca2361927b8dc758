//! Checkpoints that were remembered elsewhere: what they remember has to be the beginning of what is there.
//!
//! **Absent on purpose:** where they were kept. Consistency is not proved but made again from the lines.

use std::collections::BTreeMap;

use dod_proof::checkpoint::{Checkpoint, CheckpointError};
use dod_proof::key::Verifier;
use dod_proof::tree::Hash;

use super::problem::{Problems, Rollback, Wrong};
use super::seal::Sealed;

/// A checkpoint that somebody remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// What people know it by: a file, a note in git.
    pub name: String,
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Known keys that signed it.
    pub by: Vec<Verifier>,
}

impl Anchor {
    /// Reads a checkpoint. It may be unsigned: it counts because of where it was kept.
    ///
    /// # Errors
    /// It is none, or the signature of a known key is bad.
    pub fn read(name: &str, bytes: &[u8], keys: &[Verifier]) -> Result<Self, CheckpointError> {
        let Sealed { checkpoint, by, .. } = Sealed::read(bytes, keys)?;
        Ok(Self { name: name.to_owned(), checkpoint, by })
    }
}

/// What remembers something, and goes well with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// What people know the anchor by.
    pub anchor: String,
    /// How many lines there were.
    pub size: u64,
    /// Its place among the anchors that were handed in.
    pub index: usize,
    /// What it remembers.
    pub of: Of,
}

/// What an anchor may remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A clone log.
    Log,
    /// A run.
    Run,
}

/// The anchors that are of one log.
#[derive(Debug)]
pub(super) struct Remembered<'a>(Vec<(usize, &'a Anchor)>);

impl<'a> Remembered<'a> {
    pub(super) fn of(anchors: &'a [Anchor], is_of: &dyn Fn(&str) -> bool) -> Self {
        let those = anchors.iter().enumerate().filter(|(_, anchor)| is_of(&anchor.checkpoint.origin));
        Self(those.collect())
    }

    /// Holds them against the roots that the lines have. All of them are answered, also those that tell of a rollback.
    pub(super) fn finish(
        self,
        of: Of,
        size: u64,
        roots: &BTreeMap<u64, Hash>,
        file: &str,
        problems: &mut Problems,
    ) -> Vec<Anchored> {
        let mut anchored = Vec::new();
        for (index, Anchor { name, checkpoint, .. }) in self.0 {
            let (anchor, remembered) = (name.clone(), checkpoint.size);
            match roots.get(&remembered) {
                None => {
                    let line = size.checked_add(1);
                    problems.add(file, line, Wrong::Rollback(Rollback::Shorter { anchor, size, remembered }));
                }
                Some(root) if *root != checkpoint.root => {
                    problems.add(file, None, Wrong::Rollback(Rollback::Rewritten { anchor, remembered }));
                }
                Some(_) => anchored.push(Anchored { anchor, size: remembered, index, of }),
            }
        }
        anchored
    }
}
