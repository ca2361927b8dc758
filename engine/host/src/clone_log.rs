//! This clone's log, `.dod/log/`: a leaf for each thing that happened to a run or a key, under one growing root.
//!
//! ```text
//!   origin         <repository>/log/<16 random hexadecimal digits>, written once
//!   leaves.jsonl   the truth: one canonical JSON line a leaf, synced before it counts
//!   checkpoint     signed note over the root, written after each leaf that closes something
//!   hashes, index  derived: complete subtrees, and where each leaf begins; never synced, made again when they do not fit
//!   lock           one writer at a time
//! ```
//!
//! A writer begins from the stored checkpoint: derived files count as far as they lead to its root, and leaves behind it are
//! read again. A log that is shorter than its checkpoint, or has another root, is refused and not rebuilt over.
//!
//! **Absent on purpose:** what a run's events mean, and keys: see [`crate::keys`]. Tiles are made from this by whoever
//! publishes.

mod leaf;
mod load;
mod name;
mod store;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dod_kernel::id::RunId;
use dod_proof::checkpoint::{Checkpoint, CheckpointError};
use dod_proof::tree::{
    Frontier, Hash, Nodes, ProofError, check_consistency, prove_consistency, prove_inclusion,
};

use self::load::{Kept, Lines, Paths, Piece};
use self::store::Store;
use crate::disk::{self, File, How};
use crate::keys::{KeysError, Signing};
use crate::lock::{Lock, LockError};
use crate::storage::{StorageError, sync_file, sync_folder, write_atomic};

pub use leaf::{
    Added, Closed, KeyChange, KeyChanged, LEAF_BYTES_MAX, Leaf, LeafError, LeafKind, Opened, Pruned,
};
pub use name::repository_name;

/// The file of leaves, in the log's folder.
pub const LEAVES_FILE: &str = "leaves.jsonl";
/// The file with the checkpoint, in the log's folder and in a run's.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The file with the log's origin.
pub const ORIGIN_FILE: &str = "origin";
/// How long another writer is waited for: it is done within milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The clone log cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloneLogError {
    /// A file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Another process writes it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The signer refuses.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The file with the origin is damaged or gone.
    #[error("`{}` does not say what this log is called; without it, no checkpoint of the log can be checked", path.display())]
    Origin {
        /// The file.
        path: PathBuf,
    },
    /// The stored checkpoint is none.
    #[error("`{}`: {source}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CheckpointError,
    },
    /// The stored checkpoint is of another log.
    #[error("`{}` is the checkpoint of `{found}`, and this log is `{expected}`", path.display())]
    OtherOrigin {
        /// The file.
        path: PathBuf,
        /// What it is of.
        found: String,
        /// What it should be of.
        expected: String,
    },
    /// A log has fewer lines than its checkpoint states.
    #[error("`{}` has {leaves} lines, and its checkpoint states {expected}: lines are lost, or were taken away", path.display())]
    Shorter {
        /// The file.
        path: PathBuf,
        /// How many it has.
        leaves: u64,
        /// How many the checkpoint states.
        expected: u64,
    },
    /// The first lines have another root than the checkpoint states.
    #[error("the first {size} lines of `{}` have another root than their checkpoint states ({expected}): they were changed", path.display())]
    Differs {
        /// The file.
        path: PathBuf,
        /// How many lines the checkpoint is over.
        size: u64,
        /// The root that is stated.
        expected: Hash,
    },
    /// A line is no leaf.
    #[error("`{}`, leaf {leaf} (line {}): {source}", path.display(), leaf + 1)]
    Leaf {
        /// The file.
        path: PathBuf,
        /// Its number, from 0.
        leaf: u64,
        /// Why.
        source: LeafError,
    },
    /// The run's leaf says something else than the run's log.
    #[error(
        "leaf {leaf} of the log states another end of run {run} than its events do: the run's log was changed after it was closed"
    )]
    OtherEnd {
        /// The leaf's number, from 0.
        leaf: u64,
        /// The run.
        run: RunId,
    },
    /// A proof cannot be made.
    #[error("no proof can be made: {0}")]
    Proof(#[from] ProofError),
}

/// Writes a clone log. Others wait while it lives.
#[derive(Debug)]
pub struct Writer {
    paths: Paths,
    origin: String,
    frontier: Frontier,
    bytes: u64,
    file: File,
    store: Store,
    kept: Option<Kept>,
    cut: u64,
    failed: Option<StorageError>,
    _lock: Lock,
}

impl Writer {
    /// Opens the log in this folder, which is made where it is missing; `repository` becomes part of a new log's origin
    /// ([`repository_name`]).
    ///
    /// # Errors
    /// It cannot be used, it is not what its checkpoint states, or the signer has signed another history of it.
    pub fn open(folder: &Path, repository: &str, signing: &Signing) -> Result<Self, CloneLogError> {
        let paths = Paths::of(folder);
        if !disk::is_dir(folder) {
            disk::create_dir_all(folder).map_err(StorageError::when("create", folder))?;
        }
        // Whoever made it may have died before its name was durable.
        folder.parent().map_or(Ok(()), sync_folder)?;
        let lock = Lock::take(&folder.join("lock"), "a leaf of the clone log", PATIENCE)?;
        let origin = match load::origin(&paths)? {
            Some(origin) => {
                // No leaf has a name before the origin has one, whoever wrote it.
                if !disk::is_file(&paths.leaves) {
                    sync_folder(folder)?;
                }
                origin
            }
            None if disk::is_file(&paths.leaves) => {
                return Err(CloneLogError::Origin { path: paths.origin });
            }
            None => {
                let origin = format!("{repository}/log/{}", short_id(&disk::unique()));
                write_atomic(&paths.origin, format!("{origin}\n").as_bytes())?;
                origin
            }
        };
        let kept = load::checkpoint(&paths, &origin)?;
        let loaded = Loaded::of(&paths, kept.as_ref().map(|kept| &kept.checkpoint))?;
        let file = disk::open_as(&paths.leaves, How::AppendOrCreate)
            .map_err(StorageError::when("open", &paths.leaves))?;
        if loaded.torn > 0 {
            file.set_len(loaded.bytes).map_err(StorageError::when("cut", &paths.leaves))?;
        }
        // What is found here will be believed, and may have been written by somebody who died before it was durable.
        sync_file(&file, &paths.leaves)?;
        sync_folder(folder)?;
        let Loaded { frontier, store, bytes, torn } = loaded;
        let log =
            Self { paths, origin, frontier, bytes, file, store, kept, cut: torn, failed: None, _lock: lock };
        signing.check(&log.state(), &|size, root| log.began_with(size, root))?;
        Ok(log)
    }

    /// What this log is called.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Bytes of a torn last leaf that were cut when it was opened.
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// The log as it is now, whether a checkpoint states it or not.
    pub fn state(&self) -> Checkpoint {
        let origin = self.origin.clone();
        Checkpoint { origin, size: self.frontier.size(), root: self.frontier.root() }
    }

    /// The newest stored checkpoint.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.kept.as_ref().map(|kept| &kept.checkpoint)
    }

    /// The newest stored checkpoint as its file has it, with signatures.
    pub fn note(&self) -> Option<&[u8]> {
        self.kept.as_ref().map(|kept| &*kept.bytes)
    }

    /// Whether the stored checkpoint states the log as it is, signed by those who sign now.
    pub fn is_sealed(&self, signing: &Signing) -> bool {
        self.kept.as_ref().is_some_and(|kept| {
            kept.checkpoint.size == self.frontier.size() && signing.has_signed(&kept.bytes, &kept.checkpoint)
        })
    }

    /// Whether the first `size` leaves had this root.
    pub fn began_with(&self, size: u64, root: &Hash) -> bool {
        began_with(&self.store, self.frontier.size(), &self.frontier.root(), size, root)
    }

    /// Appends a leaf: it is durable when this returns its number.
    ///
    /// # Errors
    /// It cannot be written. Every later call fails, too.
    pub fn append(&mut self, leaf: &Leaf) -> Result<u64, CloneLogError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone().into());
        }
        let mut line = leaf.to_line();
        let number = self.frontier.size();
        if line.len() > LEAF_BYTES_MAX {
            let source = LeafError::TooLong { bytes: line.len() };
            return Err(CloneLogError::Leaf { path: self.paths.leaves.clone(), leaf: number, source });
        }
        line.push(b'\n');
        let written = (&self.file).write_all(&line).map_err(StorageError::when("write", &self.paths.leaves));
        let written = written.and_then(|()| sync_file(&self.file, &self.paths.leaves));
        let written = written.and_then(|()| {
            let line = &line[..line.len() - 1];
            let pushed = self.store.push(&mut self.frontier, self.bytes, line, leaf);
            pushed.map_err(StorageError::when("write", &self.paths.hashes))
        });
        if let Err(error) = written {
            self.failed = Some(error.clone());
            return Err(error.into());
        }
        self.bytes += line.len() as u64;
        Ok(number)
    }

    /// The newest leaf of this kind about this run.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn find(&self, kind: LeafKind, run: &RunId) -> Result<Option<(u64, Leaf)>, CloneLogError> {
        find(&self.paths, &self.store, self.frontier.size(), kind, run)
    }

    /// Writes a checkpoint over all leaves, signed where there is a key.
    ///
    /// # Errors
    /// The signer refuses, or it cannot be written.
    pub fn seal(&mut self, signing: &Signing) -> Result<Checkpoint, CloneLogError> {
        let state = self.state();
        let note = signing.note(&state, &|size, root| self.began_with(size, root))?;
        self.store.sync(&self.paths.hashes, &self.paths.index)?;
        write_atomic(&self.paths.checkpoint, note.as_bytes())?;
        self.kept = Some(Kept { bytes: note.into_bytes(), checkpoint: state.clone() });
        Ok(state)
    }
}

impl Nodes for Writer {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.store.node(level, index)
    }
}

/// A log as its files leave it.
struct Loaded {
    frontier: Frontier,
    store: Store,
    bytes: u64,
    torn: u64,
}

impl Loaded {
    /// For writing: derived files that do not fit are made again.
    fn of(paths: &Paths, kept: Option<&Checkpoint>) -> Result<Self, CloneLogError> {
        let fits = kept.and_then(|kept| load::confirmed(paths, kept, How::Update));
        if let (Some((mut store, start)), Some(kept)) = (fits, kept)
            && let Some(mut frontier) = load::frontier(kept.size, &store)
        {
            let load::Scanned { bytes, torn } = load::scan(paths, start, &mut frontier, &mut store, None)?;
            return Ok(Self { frontier, store, bytes, torn });
        }
        let (mut frontier, mut store) = (Frontier::new(), Store::memory());
        let load::Scanned { bytes, torn } = load::scan(paths, 0, &mut frontier, &mut store, kept)?;
        let making = StorageError::when("write", &paths.hashes);
        store.write_to(&paths.hashes, &paths.index).map_err(&making)?;
        let store = Store::open(&paths.hashes, &paths.index, How::Update).map_err(&making)?;
        store.sync(&paths.hashes, &paths.index)?;
        Ok(Self { frontier, store, bytes, torn })
    }
}

/// The random half of a UUID, 16 digits: the origin stands in every receipt, and a log is one of few. Other words stay.
fn short_id(word: &str) -> String {
    match uuid::Uuid::try_parse(word) {
        Ok(id) => id.simple().to_string()[16..].to_owned(),
        Err(_) => word.to_owned(),
    }
}

/// Whether the tree of this size and root begins with the one of `size` leaves and `root`.
fn began_with(store: &Store, now: u64, newest: &Hash, size: u64, root: &Hash) -> bool {
    if size == 0 {
        return *root == dod_proof::tree::empty_root();
    }
    prove_consistency(size, now, store)
        .is_ok_and(|proof| check_consistency(size, now, root, newest, &proof).is_ok())
}

fn find(
    paths: &Paths,
    store: &Store,
    count: u64,
    kind: LeafKind,
    run: &RunId,
) -> Result<Option<(u64, Leaf)>, CloneLogError> {
    let found = store.candidates(count, kind, run).map_err(StorageError::when("read", &paths.folder))?;
    for number in found {
        let (_, leaf) = leaf_of(paths, store, number)?;
        if leaf.kind() == kind && leaf.run() == Some(run) {
            return Ok(Some((number, leaf)));
        }
    }
    Ok(None)
}

fn leaf_of(paths: &Paths, store: &Store, number: u64) -> Result<(Vec<u8>, Leaf), CloneLogError> {
    let place = store.offset(number).ok_or(ProofError::Missing { level: 0, index: number })?;
    let line = load::line_at(paths, place)?.unwrap_or_default();
    let leaf = Leaf::read(&line).map_err(|source| CloneLogError::Leaf {
        path: paths.leaves.clone(),
        leaf: number,
        source,
    })?;
    Ok((line, leaf))
}

/// Looks at a clone log without a lock, up to its newest checkpoint; nothing is written.
#[derive(Debug)]
pub struct Reader {
    paths: Paths,
    origin: String,
    kept: Option<Kept>,
    store: Store,
    /// Where the leaves behind the checkpoint begin.
    behind: u64,
}

/// That a leaf stands in the log: what a receipt is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The leaf's number, from 0.
    pub index: u64,
    /// Its line, without the line feed.
    pub line: Vec<u8>,
    /// The hashes that lead from it to the checkpoint's root.
    pub proof: Vec<Hash>,
    /// The checkpoint, as its file has it.
    pub note: Vec<u8>,
}

impl Reader {
    /// The log in this folder; `None` where there is none. Derived files that are missing or do not fit are replaced
    /// in memory.
    ///
    /// # Errors
    /// It cannot be read, or is not what its checkpoint states.
    pub fn open(folder: &Path) -> Result<Option<Self>, CloneLogError> {
        let paths = Paths::of(folder);
        let Some(origin) = load::origin(&paths)? else {
            return match disk::is_file(&paths.leaves) {
                true => Err(CloneLogError::Origin { path: paths.origin }),
                false => Ok(None),
            };
        };
        let kept = load::checkpoint(&paths, &origin)?;
        let Some(state) = kept.as_ref().map(|kept| &kept.checkpoint) else {
            return Ok(Some(Self { paths, origin, kept, store: Store::memory(), behind: 0 }));
        };
        let (store, behind) = match load::confirmed(&paths, state, How::Read) {
            Some(confirmed) => confirmed,
            None => {
                let (mut frontier, mut store) = (Frontier::new(), Store::memory());
                let scanned = load::scan(&paths, 0, &mut frontier, &mut store, Some(state))?;
                let behind = if frontier.size() > state.size { store.offset(state.size) } else { None };
                (store, behind.unwrap_or(scanned.bytes))
            }
        };
        Ok(Some(Self { paths, origin, kept, store, behind }))
    }

    /// What this log is called.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The newest checkpoint: what everything else here is up to.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.kept.as_ref().map(|kept| &kept.checkpoint)
    }

    /// The newest checkpoint as its file has it, with signatures.
    pub fn note(&self) -> Option<&[u8]> {
        self.kept.as_ref().map(|kept| &*kept.bytes)
    }

    /// The newest leaf of this kind about this run that the checkpoint covers.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn find(&self, kind: LeafKind, run: &RunId) -> Result<Option<(u64, Leaf)>, CloneLogError> {
        let size = self.checkpoint().map_or(0, |checkpoint| checkpoint.size);
        find(&self.paths, &self.store, size, kind, run)
    }

    /// A leaf that the checkpoint covers, with its line.
    ///
    /// # Errors
    /// There is none of this number, or it cannot be read.
    pub fn leaf(&self, number: u64) -> Result<(Vec<u8>, Leaf), CloneLogError> {
        leaf_of(&self.paths, &self.store, number)
    }

    /// All leaves in order, also those behind the checkpoint: how many there are, and how many bytes of a torn leaf follow.
    ///
    /// # Errors
    /// A line is no leaf, or cannot be read.
    pub fn leaves(&self, each: impl FnMut(u64, &[u8], Leaf)) -> Result<(u64, u64), CloneLogError> {
        self.leaves_from(0, 0, each)
    }

    /// The leaves behind the checkpoint, as [`Reader::leaves`].
    ///
    /// # Errors
    /// As [`Reader::leaves`].
    pub fn behind(&self, each: impl FnMut(u64, &[u8], Leaf)) -> Result<(u64, u64), CloneLogError> {
        let size = self.checkpoint().map_or(0, |checkpoint| checkpoint.size);
        self.leaves_from(self.behind, size, each)
    }

    fn leaves_from(
        &self,
        offset: u64,
        mut number: u64,
        mut each: impl FnMut(u64, &[u8], Leaf),
    ) -> Result<(u64, u64), CloneLogError> {
        let mut lines = Lines::open(&self.paths, offset)?;
        loop {
            match lines.next()? {
                Piece::End => return Ok((number, 0)),
                Piece::Torn(bytes) => return Ok((number, bytes)),
                Piece::Whole(line) => {
                    let leaf = Leaf::read(line).map_err(|source| CloneLogError::Leaf {
                        path: self.paths.leaves.clone(),
                        leaf: number,
                        source,
                    })?;
                    each(number, line, leaf);
                    number += 1;
                }
            }
        }
    }

    /// That a leaf stands in the log, under its newest checkpoint.
    ///
    /// # Errors
    /// The checkpoint does not cover it, or a file cannot be read.
    pub fn inclusion(&self, index: u64) -> Result<Inclusion, CloneLogError> {
        let Kept { bytes, checkpoint } = self.kept.as_ref().ok_or(ProofError::Sizes)?;
        let proof = prove_inclusion(index, checkpoint.size, &self.store)?;
        let (line, _) = self.leaf(index)?;
        Ok(Inclusion { index, line, proof, note: bytes.clone() })
    }

    /// Whether the first `size` leaves had this root, as far as the checkpoint covers them.
    pub fn began_with(&self, size: u64, root: &Hash) -> bool {
        self.checkpoint().is_some_and(|state| began_with(&self.store, state.size, &state.root, size, root))
    }

    /// The hashes that show that the log at its checkpoint begins with its first `old` leaves.
    ///
    /// # Errors
    /// The checkpoint does not cover so many.
    pub fn consistency(&self, old: u64) -> Result<Vec<Hash>, CloneLogError> {
        let size = self.checkpoint().map_or(0, |checkpoint| checkpoint.size);
        Ok(prove_consistency(old, size, &self.store)?)
    }
}

impl Nodes for Reader {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.store.node(level, index)
    }
}
