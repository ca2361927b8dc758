//! Whether what lies on a disk is what was written: lines, roots, signatures, blobs, receipts, anchors.
//!
//! ```text
//!   Source ── lines ── canonical, numbered, hashed ── root ─┬─ checkpoint ── keys
//!      │        └─ digests ── blobs ── reports              ├─ closed leaf of the clone log, receipt
//!      └─ joined runs, the same                             └─ anchors
//! ```
//!
//! Verifying reads bytes, and every byte once; replay reads meaning. Nothing is repaired, written or fetched, and everything
//! that is wrong is named with its place. What is not there is not good: a missing blob, checkpoint or key is its own
//! result, neither a difference nor fine.
//!
//! **Absent on purpose:** printing, exit codes, and which keys are trusted.

mod anchor;
mod blobs;
pub mod canonical;
mod lines;
mod log;
mod people;
mod problem;
mod run;
mod seal;
mod source;

pub use anchor::{Anchor, Anchored, Of};
pub use blobs::Looked;
pub use lines::{Ended, Named, Seen, What};
pub use log::{LogVerified, Stated, Told, bind, is_sibling, log, log_of_receipt, runs, unknown};
pub use people::People;
pub use problem::{PROBLEMS_MAX, Problem, Problems, Rollback, Status, Wrong};
pub use run::{Undecided, Verified, governance, is_origin, run};
pub use seal::{Keys, Sealed};
pub use source::{Exported, Folder, Memory, Source};

#[cfg(test)]
mod tests;
