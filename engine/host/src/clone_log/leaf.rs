//! What a leaf of the clone log says: one canonical JSON line (RFC 8785), without its line feed.
//!
//! A `closed` leaf is a function of the run's log alone, so that it can be made again and compared; an `added` leaf
//! says the same of a run that was made elsewhere, with its origin. Both name the root and the number of events: what the
//! run's own checkpoint states.
//!
//! **Absent on purpose:** where leaves lie and how they are hashed.

use dod_kernel::id::{Digest, Name, RunId, Timestamp};
use dod_kernel::policy::State;
use dod_kernel::run::Identity;
use dod_proof::checkpoint::Checkpoint;
use dod_proof::tree::Hash;
use serde::{Deserialize, Serialize};

/// Bytes of a leaf: a tlog-tiles entry bundle counts them in two bytes.
pub const LEAF_BYTES_MAX: usize = 65_535;

/// Something that happened to a run or a key of this clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaf {
    /// A run that was made elsewhere was taken in.
    Added(Box<Added>),
    /// A run of this clone has its verdict.
    Closed(Box<Closed>),
    /// A key was made, exchanged, trusted or trusted no more.
    Key(Box<KeyChanged>),
    /// A run of this clone began; without a `closed` leaf it is waiting, interrupted, or gone.
    Opened(Box<Opened>),
    /// The files of a run were removed on purpose.
    Pruned(Box<Pruned>),
}

/// A run of this clone began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// When: the time of its first event.
    pub at: Timestamp,
    /// Who began it.
    pub by: Identity,
    /// The run.
    pub run: RunId,
    /// Digest of the first line of its log, without the line feed.
    pub started: Digest,
}

/// A run of this clone has its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// When: the time of its last event.
    pub at: Timestamp,
    /// How many events its log has.
    pub events: u64,
    /// Digest of what it was judged by: `governance` of its first event.
    pub policy: Digest,
    /// The root over the lines of its log, in base64 as in its checkpoint.
    #[serde(with = "base64")]
    pub root: Hash,
    /// The run.
    pub run: RunId,
    /// The verdict in one word.
    pub state: State,
    /// Digest of the verdict of its event `run_finished`, as canonical JSON.
    pub verdict: Digest,
}

/// A run that was made elsewhere was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// When it was taken in.
    pub at: Timestamp,
    /// Who took it in.
    pub by: Identity,
    /// How many events its log has.
    pub events: u64,
    /// What its checkpoint calls it: its origin.
    pub from: Name,
    /// Digest of what it was judged by.
    pub policy: Digest,
    /// The root over the lines of its log, in base64.
    #[serde(with = "base64")]
    pub root: Hash,
    /// The run.
    pub run: RunId,
    /// The verdict in one word; absent where it has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Digest of its verdict; absent where it has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Digest>,
}

/// The files of a run were removed on purpose; what its `closed` or `added` leaf says stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pruned {
    /// When.
    pub at: Timestamp,
    /// Who removed them.
    pub by: Identity,
    /// The root over the lines that were removed, in base64.
    #[serde(with = "base64")]
    pub root: Hash,
    /// The run.
    pub run: RunId,
}

/// A key was made, exchanged, trusted or trusted no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyChanged {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Identity,
    /// The verifier key that signs, or counts, from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Name>,
    /// The new verifier key as a C2SP signed note, signed by the old key: where keys were exchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Name>,
    /// The verifier key that signs, or counts, no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Name>,
    /// What was done.
    pub what: KeyChange,
}

/// What was done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyChange {
    /// It was made here.
    Made,
    /// Another one took its place.
    Rotated,
    /// Its signatures count.
    Trusted,
    /// Its signatures count no more.
    Untrusted,
}

/// What kind of leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum LeafKind {
    /// [`Leaf::Added`].
    Added = 1,
    /// [`Leaf::Closed`].
    Closed = 2,
    /// [`Leaf::Key`].
    Key = 3,
    /// [`Leaf::Opened`].
    Opened = 4,
    /// [`Leaf::Pruned`].
    Pruned = 5,
}

/// A line that is no leaf.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// It is no leaf that this program knows.
    #[error("it is no leaf that this `dod` knows: {why}")]
    Unknown {
        /// Why.
        why: String,
    },
    /// It is not written as leaves are.
    #[error("it is not in canonical form: it was not written by `dod`")]
    NotCanonical,
    /// It is longer than [`LEAF_BYTES_MAX`].
    #[error("it has {bytes} bytes, and a leaf has at most {LEAF_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
}

impl Leaf {
    /// The line, without a line feed: the bytes that are hashed.
    pub fn to_line(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a leaf can always be written")
    }

    /// Reads a line, strictly: there is one spelling of each leaf.
    ///
    /// # Errors
    /// It is none.
    pub fn read(line: &[u8]) -> Result<Self, LeafError> {
        if line.len() > LEAF_BYTES_MAX {
            return Err(LeafError::TooLong { bytes: line.len() });
        }
        let read: Self =
            serde_json::from_slice(line).map_err(|error| LeafError::Unknown { why: error.to_string() })?;
        if read.to_line() == line { Ok(read) } else { Err(LeafError::NotCanonical) }
    }

    /// Which kind it is.
    pub fn kind(&self) -> LeafKind {
        match self {
            Self::Added(_) => LeafKind::Added,
            Self::Closed(_) => LeafKind::Closed,
            Self::Key(_) => LeafKind::Key,
            Self::Opened(_) => LeafKind::Opened,
            Self::Pruned(_) => LeafKind::Pruned,
        }
    }

    /// The run it is about.
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Self::Added(it) => Some(&it.run),
            Self::Closed(it) => Some(&it.run),
            Self::Key(_) => None,
            Self::Opened(it) => Some(&it.run),
            Self::Pruned(it) => Some(&it.run),
        }
    }

    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Added(it) => it.at,
            Self::Closed(it) => it.at,
            Self::Key(it) => it.at,
            Self::Opened(it) => it.at,
            Self::Pruned(it) => it.at,
        }
    }

    /// How many events the run's log has and the root over them, where the leaf states them.
    pub fn states(&self) -> Option<(u64, Hash)> {
        match self {
            Self::Added(it) => Some((it.events, it.root)),
            Self::Closed(it) => Some((it.events, it.root)),
            _ => None,
        }
    }

    /// Whether this leaf states what a run's checkpoint states: number of events and root, and of a run from elsewhere
    /// its origin.
    pub fn agrees_with(&self, checkpoint: &Checkpoint) -> bool {
        let origin = match self {
            Self::Added(it) => *it.from == *checkpoint.origin,
            _ => self.run().is_some_and(|run| checkpoint.origin.ends_with(&format!("/run/{run}"))),
        };
        origin && self.states() == Some((checkpoint.size, checkpoint.root))
    }
}

/// A hash as base64.
mod base64 {
    use dod_proof::tree::Hash;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(hash)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        Hash::from_base64(&text).ok_or_else(|| D::Error::custom("a root is 32 bytes in base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMISE: &str = include_str!("../../../../schemas/clone-log.md");
    const CLOSED: &str = r#"{"closed":{"at":7,"events":3,"policy":"sha256:0000000000000000000000000000000000000000000000000000000000000000","root":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","run":"0197","state":"passed","verdict":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}}"#;

    #[test]
    fn a_leaf_has_one_spelling() {
        let leaf = Leaf::read(CLOSED.as_bytes()).unwrap();
        assert_eq!(leaf.to_line(), CLOSED.as_bytes());
        for (from, to) in [
            ("{\"at\"", "{ \"at\""),
            ("\"at\":7,", ""),
            ("\"at\":7", "\"at\":7,\"x\":1"),
            ("EBAQE=", "EBAQE"),
        ] {
            let other = CLOSED.replacen(from, to, 1);
            assert!(Leaf::read(other.as_bytes()).is_err(), "{other}");
        }
        let long = vec![b' '; LEAF_BYTES_MAX + 1];
        assert_eq!(Leaf::read(&long), Err(LeafError::TooLong { bytes: LEAF_BYTES_MAX + 1 }));
    }

    #[test]
    fn fields_stand_in_canonical_order() {
        let by = Identity { name: "ann".into(), proved: false };
        let (digest, root) = (Digest([0; 32]), Hash([1; 32]));
        let (at, run) = (Timestamp(7), RunId("0197".into()));
        let leaves = [
            Leaf::Added(Box::new(Added {
                at,
                by: by.clone(),
                events: 3,
                from: "x/run/0197".into(),
                policy: digest,
                root,
                run: run.clone(),
                state: Some(State::Failed),
                verdict: Some(digest),
            })),
            Leaf::Key(Box::new(KeyChanged {
                at,
                by: by.clone(),
                new: Some("a".into()),
                note: Some("n".into()),
                old: Some("b".into()),
                what: KeyChange::Rotated,
            })),
            Leaf::Opened(Box::new(Opened { at, by: by.clone(), run: run.clone(), started: digest })),
            Leaf::Pruned(Box::new(Pruned { at, by, root, run })),
            Leaf::read(CLOSED.as_bytes()).unwrap(),
        ];
        for leaf in leaves {
            let line = leaf.to_line();
            let text = String::from_utf8(line.clone()).unwrap();
            let body = text.split_once(":{").unwrap().1;
            let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
            let fields = value.as_object().unwrap().values().next().unwrap().as_object().unwrap();
            let names: Vec<&String> = fields.keys().collect();
            assert!(names.is_sorted(), "{body}");
            // The promise to readers names each of them.
            let kind = text.split('"').nth(1).unwrap();
            let row = PROMISE.lines().find(|row| row.starts_with(&format!("| `{kind}` |"))).unwrap();
            for name in names {
                assert!(row.contains(&format!("`{name}`")), "schemas/clone-log.md: `{name}` of `{kind}`");
            }
            assert_eq!(Leaf::read(&line), Ok(leaf));
        }
    }

    #[test]
    fn a_leaf_binds_a_checkpoint_of_its_run_and_no_other() {
        let leaf = Leaf::read(CLOSED.as_bytes()).unwrap();
        let good = Checkpoint { origin: "x/run/0197".into(), size: 3, root: Hash([1; 32]) };
        assert!(leaf.agrees_with(&good));
        assert!(!leaf.agrees_with(&Checkpoint { origin: "x/run/0198".into(), ..good.clone() }));
        assert!(!leaf.agrees_with(&Checkpoint { size: 4, ..good.clone() }));
        assert!(!leaf.agrees_with(&Checkpoint { root: Hash([2; 32]), ..good }));
    }
}
