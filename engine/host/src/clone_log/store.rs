//! What is derived from `leaves.jsonl`: hashes of complete subtrees, and where each leaf begins.
//!
//! ```text
//!   hashes   32 bytes a record: leaf 0, leaf 1, node over 0–1, leaf 2, leaf 3, node over 2–3, node over 0–3, …
//!   index    32 bytes a leaf: where its line begins (8, big-endian), its kind (1), zeros (7), its run (16)
//! ```
//!
//! Synced before a checkpoint states the leaves they are of; what lies behind the newest checkpoint is not believed.
//!
//! **Absent on purpose:** deciding what to do when it does not fit: see [`super::load`].

use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use dod_kernel::id::RunId;
use dod_proof::tree::{Frontier, Hash, Nodes, leaf_hash};
use sha2::{Digest as _, Sha256};

use super::leaf::{Leaf, LeafKind};
use crate::disk::{self, File, How};
use crate::storage::{StorageError, sync_file};

/// Bytes of a record of either file.
const RECORD: u64 = 32;
/// Records of the index that are looked at together.
const CHUNK: u64 = 2048;

/// The two files, or the same bytes in memory where the files do not fit or cannot be written.
#[derive(Debug)]
pub(super) struct Store {
    hashes: Bytes,
    index: Bytes,
}

#[derive(Debug)]
enum Bytes {
    File(File),
    Memory(Vec<u8>),
}

impl Bytes {
    fn read_at(&self, into: &mut [u8], from: u64) -> io::Result<()> {
        match self {
            Self::File(file) => file.read_exact_at(into, from),
            Self::Memory(bytes) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                let end = from.saturating_add(into.len());
                into.copy_from_slice(bytes.get(from..end).ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }

    /// Writes a record behind those there are, which may be fewer than the file holds: what follows was never confirmed.
    fn write_at(&mut self, bytes: &[u8], at: u64) -> io::Result<()> {
        match self {
            Self::File(file) => {
                file.seek(SeekFrom::Start(at))?;
                file.write_all(bytes)
            }
            Self::Memory(all) => {
                all.truncate(usize::try_from(at).unwrap_or(usize::MAX));
                all.extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

/// Records of hashes before those of this leaf: two for each leaf, and one less for each peak.
fn records_before(leaf: u64) -> Option<u64> {
    leaf.checked_mul(2).map(|twice| twice - u64::from(leaf.count_ones()))
}

impl Nodes for Store {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        if level > 62 {
            return None;
        }
        // A node is written with the last leaf under it.
        let last = u64::try_from(((u128::from(index) + 1) << level) - 1).ok()?;
        let record = records_before(last)?.checked_add(u64::from(level))?;
        let mut hash = [0; 32];
        self.hashes.read_at(&mut hash, record.checked_mul(RECORD)?).ok()?;
        Some(Hash(hash))
    }
}

impl Store {
    /// Nothing, in memory.
    pub(super) fn memory() -> Self {
        Self { hashes: Bytes::Memory(Vec::new()), index: Bytes::Memory(Vec::new()) }
    }

    /// The files, as they are.
    pub(super) fn open(hashes: &Path, index: &Path, how: How) -> io::Result<Self> {
        let open = |path| disk::open_as(path, how).map(Bytes::File);
        Ok(Self { hashes: open(hashes)?, index: open(index)? })
    }

    /// Puts what is in memory into the files.
    pub(super) fn write_to(&self, hashes: &Path, index: &Path) -> io::Result<()> {
        let (Bytes::Memory(nodes), Bytes::Memory(places)) = (&self.hashes, &self.index) else {
            return Ok(());
        };
        disk::write(hashes, nodes)?;
        disk::write(index, places)
    }

    /// Makes what is in the files durable.
    pub(super) fn sync(&self, hashes: &Path, index: &Path) -> Result<(), StorageError> {
        for (bytes, path) in [(&self.hashes, hashes), (&self.index, index)] {
            if let Bytes::File(file) = bytes {
                sync_file(file, path)?;
            }
        }
        Ok(())
    }

    /// Appends a leaf whose line begins at `offset`.
    pub(super) fn push(
        &mut self,
        frontier: &mut Frontier,
        offset: u64,
        line: &[u8],
        leaf: &Leaf,
    ) -> io::Result<()> {
        let at = frontier.size();
        let place = records_before(at).ok_or(io::ErrorKind::FileTooLarge)? * RECORD;
        let mut records = Vec::with_capacity(64);
        frontier.push_and(leaf_hash(line), |_, _, hash| records.extend_from_slice(&hash.0));
        self.hashes.write_at(&records, place)?;
        let mut entry = [0; RECORD as usize];
        entry[..8].copy_from_slice(&offset.to_be_bytes());
        entry[8] = leaf.kind() as u8;
        if let Some(run) = leaf.run() {
            entry[16..].copy_from_slice(&key(run));
        }
        self.index.write_at(&entry, at * RECORD)
    }

    /// Where the line of a leaf begins, as far as the file can be believed.
    pub(super) fn offset(&self, leaf: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        self.index.read_at(&mut bytes, leaf.checked_mul(RECORD)?).ok()?;
        Some(u64::from_be_bytes(bytes))
    }

    /// Leaves before `count` that seem to be of this kind and about this run, the newest first.
    pub(super) fn candidates(&self, count: u64, kind: LeafKind, run: &RunId) -> io::Result<Vec<u64>> {
        let (key, mut end, mut found) = (key(run), count, Vec::new());
        let mut bytes = Vec::new();
        while end > 0 {
            let start = end.saturating_sub(CHUNK);
            bytes.resize(usize::try_from((end - start) * RECORD).expect("a chunk is small"), 0);
            self.index.read_at(&mut bytes, start * RECORD)?;
            let records = bytes.chunks_exact(RECORD as usize).enumerate().rev();
            let hits = records.filter(|(_, record)| record[8] == kind as u8 && record[16..] == key);
            found.extend(hits.map(|(at, _)| start + at as u64));
            end = start;
        }
        Ok(found)
    }
}

/// What the index knows a run by: the bytes of its UUID, or of any other id the beginning of its SHA-256.
fn key(run: &RunId) -> [u8; 16] {
    match uuid::Uuid::try_parse(&run.0) {
        Ok(id) => id.into_bytes(),
        Err(_) => Sha256::digest(run.0.as_bytes())[..16].try_into().expect("16 of 32 bytes"),
    }
}
