//! C2SP tlog-tiles: a log as files that never change, for readers that were made without `dod`.
//!
//! ```text
//!   tile/<level>/<index>[.p/<width>]      up to 256 hashes: of subtrees of 256^level leaves
//!   tile/entries/<index>[.p/<width>]      up to 256 leaves, each behind its length (two bytes, the greater first)
//!   1234067 is written x001/x234/067
//! ```
//!
//! [`check_log`] reads all of it and makes every hash again from the leaves up, so that a difference is found where it is.
//!
//! **Absent on purpose:** files, and what the leaves say. The checkpoint lies beside the tiles; it is read elsewhere.

use std::fmt;

use crate::checkpoint::{Checkpoint, decimal};
use crate::tree::{Frontier, Hash, Nodes, ProofError, leaf_hash};

/// Hashes or leaves of a full tile.
pub const TILE_WIDTH: u64 = 256;
/// Bytes that a leaf may have: its length is written in two bytes.
pub const LEAF_BYTES_MAX: usize = u16::MAX as usize;
/// Bytes that a file of a log may have: a bundle of the longest leaves.
pub const TILE_BYTES_MAX: usize = TILE_WIDTH as usize * (2 + LEAF_BYTES_MAX);
/// Levels of tiles that a log of 2^64 leaves can have.
const LEVELS_MAX: u8 = 8;
/// Tiles of a level that such a log can have.
const TILES_MAX: u64 = u64::MAX / TILE_WIDTH;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// Leaves.
    Entries,
    /// Hashes of this level: 0 is that of the leaves, and each higher one has a hash per full tile of the one below.
    Hashes(u8),
}

/// A file of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// What it holds.
    pub of: Of,
    /// Its place in its level, from 0.
    pub index: u64,
    /// How many it holds: 1 to 256.
    pub width: u64,
}

/// A file that is not as the log has it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// It is not there.
    #[error("`{tile}` is missing")]
    Missing {
        /// The file.
        tile: Tile,
    },
    /// It has another length than its name says.
    #[error("`{tile}` has not the {} that its name says", tile.contents())]
    Width {
        /// The file.
        tile: Tile,
    },
    /// A hash in it is not the one that follows from the leaves, or a leaf in it has another hash.
    #[error("number {at} of `{tile}` is not what the other files say")]
    Different {
        /// The file.
        tile: Tile,
        /// Which one in it, from 0.
        at: u64,
    },
    /// A leaf cannot be published.
    #[error("leaf {index} has {len} bytes, more than {LEAF_BYTES_MAX}")]
    Long {
        /// Its place in the log, from 0.
        index: u64,
        /// Its length.
        len: usize,
    },
    /// All files agree, and with another root than the checkpoint has.
    #[error("the tiles lead to another root than the checkpoint has")]
    Root,
    /// The log itself has not all hashes.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

type Result<T> = std::result::Result<T, TileError>;

impl Tile {
    /// Reads a path, as [`Tile`] is displayed and in no other way.
    pub fn read(path: &str) -> Option<Self> {
        let (of, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let of = match of {
            "entries" => Of::Entries,
            level => Of::Hashes(decimal(level)?.try_into().ok().filter(|level| *level < LEVELS_MAX)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, decimal(width).filter(|width| (1..TILE_WIDTH).contains(width))?),
            None => (rest, TILE_WIDTH),
        };
        // 2^64 has twenty digits; longer ones are refused by the comparison.
        let digits = index.bytes().filter(u8::is_ascii_digit).take(21);
        let index =
            digits.fold(0u64, |index, digit| index.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
        let tile = Self { of, index, width };
        (index < TILES_MAX && tile.to_string() == path).then_some(tile)
    }

    /// The full tile at its place.
    pub fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    fn contents(&self) -> String {
        let what = if self.of == Of::Entries { "leaves" } else { "hashes" };
        format!("{} {what}", self.width)
    }

    /// Level and first index of its hashes, as [`Nodes`] counts them: tiles stand for eight levels each.
    fn first(&self) -> (u32, u64) {
        let level = if let Of::Hashes(level) = self.of { u32::from(level) * 8 } else { 0 };
        (level, self.index.saturating_mul(TILE_WIDTH))
    }

    /// The bytes of a tile of hashes; of [`Of::Entries`]: of the hashes of its leaves.
    ///
    /// # Errors
    /// A hash is missing.
    pub fn hashes(&self, nodes: &impl Nodes) -> Result<Vec<u8>> {
        let (level, first) = self.first();
        let mut bytes = Vec::with_capacity(self.width as usize * 32);
        for index in (0..self.width).map(|at| first.saturating_add(at)) {
            let hash = nodes.node(level, index).ok_or(ProofError::Missing { level, index })?;
            bytes.extend(hash.0);
        }
        Ok(bytes)
    }

    /// Checks a file against the log that it is of, whatever else is there: also one that a larger tile has replaced.
    ///
    /// # Errors
    /// It is not a file of this log.
    pub fn check(&self, bytes: &[u8], nodes: &impl Nodes) -> Result<()> {
        let (level, first) = self.first();
        let found = self.read_hashes(bytes)?;
        for (at, found) in (0..).zip(found) {
            let index = first.saturating_add(at);
            let wanted = nodes.node(level, index).ok_or(ProofError::Missing { level, index })?;
            if found != wanted {
                return Err(TileError::Different { tile: *self, at });
            }
        }
        Ok(())
    }

    /// The hashes in the file, or those of its leaves.
    fn read_hashes(&self, bytes: &[u8]) -> Result<Vec<Hash>> {
        match self.of {
            Of::Entries => Ok(self.read_bundle(bytes)?.into_iter().map(leaf_hash).collect()),
            Of::Hashes(_) => {
                let (hashes, rest) = bytes.as_chunks::<32>();
                match rest.is_empty() && hashes.len() as u64 == self.width {
                    true => Ok(hashes.iter().copied().map(Hash).collect()),
                    false => Err(TileError::Width { tile: *self }),
                }
            }
        }
    }

    /// The leaves in a bundle of this width.
    ///
    /// # Errors
    /// It has more or fewer, or ends within one.
    pub fn read_bundle<'b>(&self, mut bytes: &'b [u8]) -> Result<Vec<&'b [u8]>> {
        let width = TileError::Width { tile: *self };
        let mut leaves = Vec::new();
        while let Some((len, rest)) = bytes.split_first_chunk::<2>() {
            if leaves.len() as u64 == self.width {
                break;
            }
            let leaf = rest.split_at_checked(u16::from_be_bytes(*len).into());
            let (leaf, rest) = leaf.ok_or(width.clone())?;
            leaves.push(leaf);
            bytes = rest;
        }
        if bytes.is_empty() && leaves.len() as u64 == self.width { Ok(leaves) } else { Err(width) }
    }
}

/// Its path below the folder of the log.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Of::Entries => f.write_str("tile/entries/")?,
            Of::Hashes(level) => write!(f, "tile/{level}/")?,
        }
        let (mut groups, mut rest) = (vec![self.index % 1000], self.index / 1000);
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.width == TILE_WIDTH { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// The files that a log of this size has, beside its checkpoint: leaves and hashes from left to right, then each
/// higher level.
pub fn tiles(size: u64) -> impl Iterator<Item = Tile> {
    tiles_since(0, size)
}

/// The files that a log of size `new` has and one of size `old` had not.
pub fn tiles_since(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    let levels = (0..LEVELS_MAX).map(move |level| {
        let shift = 8 * u32::from(level);
        (level, old >> shift, new >> shift)
    });
    levels.filter(|(_, old, new)| old < new).flat_map(|(level, old, new)| {
        (old / TILE_WIDTH..new.div_ceil(TILE_WIDTH)).flat_map(move |index| {
            let width = (new - index * TILE_WIDTH).min(TILE_WIDTH);
            let leaves = (level == 0).then_some(Tile { of: Of::Entries, index, width });
            leaves.into_iter().chain([Tile { of: Of::Hashes(level), index, width }])
        })
    })
}

/// Writes the leaves from `first` on as a bundle.
///
/// # Errors
/// One is too long.
pub fn bundle<'l>(first: u64, leaves: impl IntoIterator<Item = &'l [u8]>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for (index, leaf) in (first..).zip(leaves) {
        let len = u16::try_from(leaf.len()).map_err(|_| TileError::Long { index, len: leaf.len() })?;
        bytes.extend(len.to_be_bytes());
        bytes.extend(leaf);
    }
    Ok(bytes)
}

/// Reads all leaves of a published log, makes every hash again, and compares each with the tiles and the last one with the
/// checkpoint. Hands each leaf on, with its place. A partial tile that was taken away is read from the full one.
///
/// # Errors
/// The first file that is missing or different.
pub fn check_log(
    checkpoint: &Checkpoint,
    mut read: impl FnMut(&str) -> Option<Vec<u8>>,
    mut leaf: impl FnMut(u64, &[u8]),
) -> Result<()> {
    let mut frontier = Frontier::new();
    // Of level 0 only those of the current tile; of each higher level all, which are 1/256 of those below.
    let mut levels: [Vec<Hash>; LEVELS_MAX as usize] = Default::default();
    for tile in tiles(checkpoint.size) {
        let found = read(&tile.to_string()).map(|bytes| (tile, bytes));
        let found = found.or_else(|| read(&tile.full().to_string()).map(|bytes| (tile.full(), bytes)));
        let (file, bytes) = found.ok_or(TileError::Missing { tile })?;
        let Of::Hashes(level) = tile.of else {
            levels[0].clear();
            for (at, bytes) in (tile.index * TILE_WIDTH..checkpoint.size).zip(file.read_bundle(&bytes)?) {
                leaf(at, bytes);
                frontier.push_and(leaf_hash(bytes), |level, _, hash| {
                    if level % 8 == 0 {
                        levels[level as usize / 8].push(hash);
                    }
                });
            }
            continue;
        };
        let first = if level == 0 { 0 } else { (tile.index * TILE_WIDTH) as usize };
        let wanted = &levels[usize::from(level)][first..first + tile.width as usize];
        let found = file.read_hashes(&bytes)?;
        if let Some(at) = wanted.iter().zip(&found).position(|(wanted, found)| wanted != found) {
            return Err(TileError::Different { tile: file, at: at as u64 });
        }
    }
    if frontier.root() == checkpoint.root { Ok(()) } else { Err(TileError::Root) }
}

#[cfg(test)]
mod tests;
