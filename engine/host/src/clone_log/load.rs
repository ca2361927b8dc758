//! Opening the files of a clone log: what the checkpoint confirms is taken from the derived files, the rest is read from the
//! leaves; derived files that do not lead to the checkpoint's root are made again, and leaves that do not are refused.
//!
//! **Absent on purpose:** writing leaves, signatures.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use dod_proof::checkpoint::Checkpoint;
use dod_proof::tree::{Frontier, Nodes as _, check_inclusion, leaf_hash, prove_inclusion, root_of};

use super::leaf::{LEAF_BYTES_MAX, Leaf};
use super::store::Store;
use super::{CHECKPOINT_FILE, CloneLogError, LEAVES_FILE, ORIGIN_FILE};
use crate::disk::{self, How};
use crate::storage::StorageError;

/// Bytes that a checkpoint file may have.
const CHECKPOINT_BYTES_MAX: u64 = 1 << 20;
/// Bytes that the file with the origin may have.
const ORIGIN_BYTES_MAX: u64 = 2048;

/// The paths of a log's files.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    pub(super) folder: PathBuf,
    pub(super) leaves: PathBuf,
    pub(super) hashes: PathBuf,
    pub(super) index: PathBuf,
    pub(super) checkpoint: PathBuf,
    pub(super) origin: PathBuf,
}

impl Paths {
    pub(super) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            leaves: folder.join(LEAVES_FILE),
            hashes: folder.join("hashes"),
            index: folder.join("index"),
            checkpoint: folder.join(CHECKPOINT_FILE),
            origin: folder.join(ORIGIN_FILE),
        }
    }
}

/// The stored checkpoint with the bytes of its file.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) checkpoint: Checkpoint,
}

/// The origin of the log, `None` where there is no log.
pub(super) fn origin(paths: &Paths) -> Result<Option<String>, CloneLogError> {
    let Some(bytes) = optional(&paths.origin, ORIGIN_BYTES_MAX)? else { return Ok(None) };
    let text = String::from_utf8(bytes).ok();
    let line = text.as_deref().and_then(|text| text.strip_suffix('\n'));
    match line.filter(|line| !line.is_empty() && !line.contains('\n')) {
        Some(line) => Ok(Some(line.to_owned())),
        None => Err(CloneLogError::Origin { path: paths.origin.clone() }),
    }
}

/// The stored checkpoint, which must be of this log.
pub(super) fn checkpoint(paths: &Paths, origin: &str) -> Result<Option<Kept>, CloneLogError> {
    let Some(bytes) = optional(&paths.checkpoint, CHECKPOINT_BYTES_MAX)? else { return Ok(None) };
    let opened = Checkpoint::open(&bytes, &[]);
    let checkpoint = opened
        .map_err(|source| CloneLogError::Checkpoint { path: paths.checkpoint.clone(), source })?
        .checkpoint;
    if checkpoint.origin != origin {
        let (path, found) = (paths.checkpoint.clone(), checkpoint.origin);
        return Err(CloneLogError::OtherOrigin { path, found, expected: origin.to_owned() });
    }
    Ok(Some(Kept { bytes, checkpoint }))
}

fn optional(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, CloneLogError> {
    match disk::read_bounded(path, bytes_max) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StorageError::of("read", path, &error).into()),
    }
}

/// The derived files, if they lead to the checkpoint's root; and where the first leaf behind it begins.
///
/// The peaks in `hashes` are right if they hash to the root. The place in `index` is right if the line before it is
/// the last leaf that the checkpoint knows.
pub(super) fn confirmed(paths: &Paths, kept: &Checkpoint, how: How) -> Option<(Store, u64)> {
    let store = Store::open(&paths.hashes, &paths.index, how).ok()?;
    let last = kept.size.checked_sub(1)?;
    if root_of(kept.size, &store) != Ok(kept.root) {
        return None;
    }
    let start = store.offset(last)?;
    let line = line_at(paths, start).ok()??;
    let proof = prove_inclusion(last, kept.size, &store).ok()?;
    check_inclusion(last, kept.size, &leaf_hash(&line), &proof, &kept.root).ok()?;
    Some((store, start + line.len() as u64 + 1))
}

/// The right edge of a tree of this size.
pub(super) fn frontier(size: u64, store: &Store) -> Option<Frontier> {
    let (mut at, mut peaks) = (0, Vec::new());
    for level in (0..64).rev().filter(|level| size >> level & 1 == 1) {
        peaks.push(store.node(level, at >> level)?);
        at += 1 << level;
    }
    Frontier::from_parts(size, peaks)
}

/// The line that begins here; `None` if there is no whole line.
pub(super) fn line_at(paths: &Paths, offset: u64) -> Result<Option<Vec<u8>>, CloneLogError> {
    let reading = StorageError::when("read", &paths.leaves);
    let file = disk::open(&paths.leaves).map_err(&reading)?;
    let mut bytes = vec![0; LEAF_BYTES_MAX + 1];
    let mut filled = 0;
    // A leaf is short as a rule: no more is read than is needed.
    let mut step = 1024;
    loop {
        let end = (filled + step).min(bytes.len());
        let count = file.read_at(&mut bytes[filled..end], offset + filled as u64).map_err(&reading)?;
        if let Some(at) = bytes[filled..filled + count].iter().position(|byte| *byte == b'\n') {
            bytes.truncate(filled + at);
            return Ok(Some(bytes));
        }
        filled += count;
        step = 16 << 10;
        if count == 0 || filled == bytes.len() {
            return Ok(None);
        }
    }
}

/// What reading the leaves found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scanned {
    /// Bytes of whole leaves, from the beginning of the file.
    pub(super) bytes: u64,
    /// Bytes behind them: a leaf that a crash tore.
    pub(super) torn: u64,
}

/// Reads the leaves from `offset` on into the store. The last line may be torn; any other that is no leaf is damage.
pub(super) fn scan(
    paths: &Paths,
    offset: u64,
    frontier: &mut Frontier,
    store: &mut Store,
    confirm: Option<&Checkpoint>,
) -> Result<Scanned, CloneLogError> {
    let mut found = Scanned { bytes: offset, torn: 0 };
    let mut lines = Lines::open(paths, offset)?;
    loop {
        match lines.next()? {
            Piece::End => break,
            Piece::Torn(bytes) => {
                found.torn = bytes;
                break;
            }
            Piece::Whole(line) => match Leaf::read(line) {
                Ok(leaf) => {
                    let pushed = store.push(frontier, found.bytes, line, &leaf);
                    pushed.map_err(StorageError::when("write", &paths.hashes))?;
                    found.bytes += line.len() as u64 + 1;
                    matches(paths, frontier, confirm)?;
                }
                Err(source) => {
                    // Whole JSON is no torn line: a newer `dod` wrote it, or somebody else did.
                    let whole = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
                    found.torn = line.len() as u64 + 1;
                    if whole || !matches!(lines.next()?, Piece::End) {
                        let (path, leaf) = (paths.leaves.clone(), frontier.size());
                        return Err(CloneLogError::Leaf { path, leaf, source });
                    }
                    break;
                }
            },
        }
    }
    lacks(paths, frontier, confirm).map(|()| found)
}

/// Reads the file of leaves line by line.
pub(super) struct Lines {
    file: Option<BufReader<disk::File>>,
    path: PathBuf,
    line: Vec<u8>,
}

/// What comes next in the file.
pub(super) enum Piece<'a> {
    /// A line, without its line feed.
    Whole(&'a [u8]),
    /// So many bytes without a line feed.
    Torn(u64),
    /// Nothing.
    End,
}

impl Lines {
    /// From this byte on. A file that is not there has no lines.
    pub(super) fn open(paths: &Paths, offset: u64) -> Result<Self, CloneLogError> {
        let opening = StorageError::when("read", &paths.leaves);
        let file = match disk::open(&paths.leaves) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            opened => {
                let mut file = opened.map_err(&opening)?;
                file.seek(SeekFrom::Start(offset)).map_err(&opening)?;
                Some(BufReader::with_capacity(64 << 10, file))
            }
        };
        Ok(Self { file, path: paths.leaves.clone(), line: Vec::new() })
    }

    /// The next piece. A line that is longer than any leaf is handed out as far as that is seen.
    pub(super) fn next(&mut self) -> Result<Piece<'_>, CloneLogError> {
        let Some(file) = &mut self.file else { return Ok(Piece::End) };
        self.line.clear();
        let bound = LEAF_BYTES_MAX as u64 + 2;
        let read = file.take(bound).read_until(b'\n', &mut self.line);
        let count = read.map_err(StorageError::when("read", &self.path))?;
        Ok(match self.line.last() {
            None => Piece::End,
            Some(b'\n') => Piece::Whole(&self.line[..count - 1]),
            Some(_) if count as u64 == bound => Piece::Whole(&self.line),
            Some(_) => Piece::Torn(count as u64),
        })
    }
}

/// The root that the checkpoint states, at its size.
fn matches(paths: &Paths, frontier: &Frontier, confirm: Option<&Checkpoint>) -> Result<(), CloneLogError> {
    let Some(kept) = confirm.filter(|kept| kept.size == frontier.size()) else { return Ok(()) };
    if frontier.root() == kept.root {
        return Ok(());
    }
    Err(CloneLogError::Differs { path: paths.leaves.clone(), size: kept.size, expected: kept.root })
}

/// Fewer leaves than the checkpoint states.
fn lacks(paths: &Paths, frontier: &Frontier, confirm: Option<&Checkpoint>) -> Result<(), CloneLogError> {
    let Some(kept) = confirm.filter(|kept| kept.size > frontier.size()) else { return Ok(()) };
    let (leaves, expected) = (frontier.size(), kept.size);
    Err(CloneLogError::Shorter { path: paths.leaves.clone(), leaves, expected })
}
