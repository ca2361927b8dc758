//! What makes a log tamper-evident, as bytes: trees, signed notes, checkpoints, keys, proofs, envelopes.
//!
//! | module | belongs there |
//! |---|---|
//! | [`tree`] | the Merkle tree of RFC 6962: roots, and proofs made and checked |
//! | [`key`] | Ed25519 keys as C2SP signed notes spell them |
//! | [`note`] | C2SP signed notes |
//! | [`checkpoint`] | C2SP tlog-checkpoints: origin, size and root of a log |
//! | [`tiles`] | C2SP tlog-tiles: a log as files that other readers know |
//! | [`receipt`] | C2SP tlog-proofs: one leaf of a log, shown without the log |
//! | [`dsse`] | DSSE envelopes: a payload with a type, signed |
//! | [`sshsig`] | SSH signatures, checked without `ssh-keygen` |
//! | [`archive`] | a tar that can be written in one way only: an exported run |
//!
//! Everything here can be done again by a stranger with a hash function and Ed25519; each module names the text that
//! it follows. Whatever comes from outside has a bound.
//!
//! **Absent on purpose:** files, the clock, what a log is about. The kernel is not known here, so that a verifier can be
//! read in an afternoon.

pub mod archive;
pub mod checkpoint;
pub mod dsse;
pub mod key;
pub mod note;
pub mod receipt;
pub mod sshsig;
pub mod tiles;
pub mod tree;
