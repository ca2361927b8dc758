//! The Merkle tree of RFC 6962, section 2.1: roots, inclusion and consistency.
//!
//! ```text
//!   leaf   SHA-256(0x00 ‖ data)        node   SHA-256(0x01 ‖ left ‖ right)        nothing   SHA-256("")
//! ```
//!
//! Checking follows RFC 9162, sections 2.1.3.2 and 2.1.4.2: with loops and not with recursion, over 64-bit sizes.
//!
//! **Absent on purpose:** storage. Whoever makes proofs hands in the hashes of complete subtrees ([`Nodes`]).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Hashes that a proof can have: one for each level of a tree of 2^64 leaves, and one more.
pub const PROOF_HASHES_MAX: usize = 65;

/// A SHA-256 hash: of a leaf, of a node, a root.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Reads standard base64, strictly: 44 characters.
    pub fn from_base64(text: &str) -> Option<Self> {
        if text.len() != 44 {
            return None;
        }
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

/// Standard base64, as checkpoints and proofs have it.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The hash of a leaf.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(data).finalize().into())
}

/// The hash of a node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut block = [1; 65];
    block[1..33].copy_from_slice(&left.0);
    block[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(block).into())
}

/// The root of a tree without leaves.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The right edge of a growing tree: all that is needed to append and to know the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, the largest first: one for each bit of `size`.
    peaks: Vec<Hash>,
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl Frontier {
    /// A tree without leaves.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// A frontier that was kept; `None` if these are not as many hashes as a tree of this size has peaks.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Appends a leaf. Calls `complete` with the level (0: leaves) and index of each subtree that is complete by it, the
    /// leaf first: what [`Nodes`] is asked for later.
    pub fn push_and(&mut self, leaf: Hash, mut complete: impl FnMut(u32, u64, Hash)) {
        let (mut hash, mut level, mut index) = (leaf, 0, self.size);
        complete(level, index, hash);
        while index & 1 == 1 {
            let left = self.peaks.pop().expect("an odd index has a left sibling");
            hash = node_hash(&left, &hash);
            (level, index) = (level + 1, index >> 1);
            complete(level, index, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_and(leaf, |_, _, _| {});
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut rest = self.peaks.iter().rev();
        let Some(last) = rest.next() else { return empty_root() };
        rest.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// A proof that shows nothing, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf lies behind the end of the tree, or the older tree is larger than the newer one, or empty.
    #[error("the sizes do not fit")]
    Sizes,
    /// It has more or fewer hashes than these sizes ask for.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
    /// A hash that the proof needs is not at hand.
    #[error("the hash of level {level}, index {index} is missing")]
    Missing {
        /// Its level; 0: leaves.
        level: u32,
        /// Its place in the level, from 0.
        index: u64,
    },
}

/// Checks that a leaf stands at `index` of the tree with this size and root.
///
/// # Errors
/// It is not shown.
pub fn check_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Sizes);
    }
    if proof.len() > PROOF_HASHES_MAX {
        return Err(ProofError::Length);
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for part in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(part, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, part);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}

/// Checks that the tree of size `new` begins with the leaves of the tree of size `old`.
///
/// # Errors
/// It is not shown.
pub fn check_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old == 0 || old > new {
        return Err(ProofError::Sizes);
    }
    if old == new {
        return match (proof.is_empty(), old_root == new_root) {
            (false, _) => Err(ProofError::Length),
            (true, false) => Err(ProofError::Root),
            (true, true) => Ok(()),
        };
    }
    if proof.is_empty() || proof.len() > PROOF_HASHES_MAX {
        return Err(ProofError::Length);
    }
    // A complete old tree is itself the first hash.
    let (first, rest) = match old.is_power_of_two() {
        true => (*old_root, proof),
        false => (proof[0], &proof[1..]),
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut of_old, mut of_new) = (first, first);
    for part in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            of_old = node_hash(part, &of_old);
            of_new = node_hash(part, &of_new);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            of_new = node_hash(&of_new, part);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    match (last, of_old == *old_root && of_new == *new_root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}

/// Hashes of complete subtrees, for making proofs.
pub trait Nodes {
    /// The root of the complete subtree over leaves `index << level .. (index + 1) << level`.
    fn node(&self, level: u32, index: u64) -> Option<Hash>;
}

/// The root of the tree of the first `size` leaves.
///
/// # Errors
/// A hash is missing.
pub fn root_of(size: u64, nodes: &impl Nodes) -> Result<Hash, ProofError> {
    if size == 0 { Ok(empty_root()) } else { range_root(0, size, nodes) }
}

/// The hashes that show that leaf `index` stands in the tree of the first `size` leaves (RFC 6962, section 2.1.1).
///
/// # Errors
/// There is no such leaf, or a hash is missing.
pub fn prove_inclusion(index: u64, size: u64, nodes: &impl Nodes) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::Sizes);
    }
    // From the root down to the leaf; the hash nearest to the leaf comes first in a proof.
    let (mut from, mut to, mut proof) = (0, size, Vec::new());
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            proof.push(range_root(middle, to, nodes)?);
            to = middle;
        } else {
            proof.push(range_root(from, middle, nodes)?);
            from = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that show that the tree of `new` leaves begins with that of `old` leaves (RFC 6962, section 2.1.2).
///
/// # Errors
/// The sizes do not fit, or a hash is missing.
pub fn prove_consistency(old: u64, new: u64, nodes: &impl Nodes) -> Result<Vec<Hash>, ProofError> {
    if old == 0 || old > new {
        return Err(ProofError::Sizes);
    }
    let (mut from, mut to, mut whole, mut proof) = (0, new, true, Vec::new());
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            proof.push(range_root(middle, to, nodes)?);
            to = middle;
        } else {
            proof.push(range_root(from, middle, nodes)?);
            from = middle;
            whole = false;
        }
    }
    if !whole {
        proof.push(range_root(from, to, nodes)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The largest power of two that is smaller than `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The root over leaves `from..to`, where `from` is a multiple of the range's largest subtree.
fn range_root(from: u64, to: u64, nodes: &impl Nodes) -> Result<Hash, ProofError> {
    let (mut at, mut peaks) = (from, Vec::new());
    while at < to {
        let level = 63 - (to - at).leading_zeros();
        let index = at >> level;
        peaks.push(nodes.node(level, index).ok_or(ProofError::Missing { level, index })?);
        at += 1 << level;
    }
    let last = peaks.pop().expect("the range is not empty");
    Ok(peaks.iter().rev().fold(last, |right, left| node_hash(left, &right)))
}

/// A tree in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    frontier: Frontier,
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.frontier.push_and(leaf, |level, _, hash| {
            let level = level as usize;
            if levels.len() <= level {
                levels.push(Vec::new());
            }
            levels[level].push(hash);
        });
    }

    /// Its right edge.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }
}

impl Nodes for Tree {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.levels.get(level as usize)?.get(usize::try_from(index).ok()?).copied()
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::default();
        leaves.into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u64) -> Tree {
        (0..count).map(|at| leaf_hash(&at.to_be_bytes())).collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proved_and_nothing_else_is() {
        for size in 1..40 {
            let tree = leaves(size);
            let root = tree.frontier().root();
            assert_eq!(root_of(size, &tree), Ok(root));
            for index in 0..size {
                let proof = prove_inclusion(index, size, &tree).unwrap();
                let leaf = leaf_hash(&index.to_be_bytes());
                assert_eq!(check_inclusion(index, size, &leaf, &proof, &root), Ok(()), "{index} of {size}");
                for other in (0..size + 2).filter(|other| *other != index) {
                    assert!(check_inclusion(other, size, &leaf, &proof, &root).is_err(), "{other} of {size}");
                }
                let longer: Vec<Hash> = proof.iter().copied().chain([root]).collect();
                assert!(check_inclusion(index, size, &leaf, &longer, &root).is_err());
            }
        }
    }

    #[test]
    fn every_small_tree_is_consistent_with_those_it_grew_from() {
        for new in 1..40 {
            let tree = leaves(new);
            let root = tree.frontier().root();
            for old in 1..=new {
                let before = leaves(old).frontier().root();
                let proof = prove_consistency(old, new, &tree).unwrap();
                assert_eq!(check_consistency(old, new, &before, &root, &proof), Ok(()), "{old} of {new}");
                assert!(old == new || check_consistency(old, new, &root, &root, &proof).is_err());
            }
        }
    }

    #[test]
    fn the_hashes_are_those_of_the_standard() {
        // RFC 6962 gives no vectors; these are SHA-256("") and SHA-256(0x00).
        let hex = |hash: Hash| hash.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(Frontier::new().root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(hex(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }
}
