//! Events as they are stored: numbered, timed, in batches of one fact and the decisions that follow from it.
//!
//! **Absent on purpose:** storage, hashing, and any field that a reader could not check.

use serde::{Deserialize, Serialize};

use crate::id::Timestamp;

/// The shape of the lines. A log of another number is refused by name, never guessed at.
pub const FORMAT: u32 = 1;

/// The behavior of the kernel. A run is resumed and replayed under the rules it began with.
pub const RULES: u32 = 1;

/// An event with its place in the log. Fields are in canonical order (RFC 8785), so that writing needs no sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded<E> {
    /// The time of its batch.
    pub at: Timestamp,
    /// What happened.
    pub event: E,
    /// Its number: 0 for the first event of a log, then without gaps.
    pub seq: u64,
}
