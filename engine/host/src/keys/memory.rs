//! What was signed last of each log: number of leaves and root, so that a signer never signs two histories of one log.
//!
//! ```text
//!   signed/<two digits>      <size> <root> <origin>, one line a signature; the last line of an origin counts
//! ```
//!
//! Origins are spread over 256 files by their SHA-256. A line is synced before its signature is made; a torn last line is of
//! a signature that was never made.
//!
//! **Absent on purpose:** which key signed. What one key has signed, another one of the same person must not contradict.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use dod_proof::checkpoint::Checkpoint;
use dod_proof::tree::Hash;
use sha2::{Digest as _, Sha256};

use super::{BeganWith, KeysError, PATIENCE, make_private};
use crate::disk::{self, How};
use crate::lock::Lock;
use crate::storage::{StorageError, sync_file, sync_folder, write_atomic};

/// A file with more bytes is written anew with one line an origin.
const FILE_BYTES: usize = 256 << 10;

/// The folder `signed`.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    folder: PathBuf,
}

/// A file of it.
struct Page {
    path: PathBuf,
    text: String,
}

impl Memory {
    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Whether this does not contradict what was signed.
    pub(super) fn check(&self, checkpoint: &Checkpoint, began_with: BeganWith<'_>) -> Result<(), KeysError> {
        let page = self.page(&checkpoint.origin)?;
        agrees(page.last(&checkpoint.origin)?, checkpoint, began_with).map(|_| ())
    }

    /// Checks, and makes it durable that this is signed.
    pub(super) fn remember(
        &self,
        checkpoint: &Checkpoint,
        began_with: BeganWith<'_>,
    ) -> Result<(), KeysError> {
        make_private(&self.folder).map_err(StorageError::when("create", &self.folder))?;
        let _lock = Lock::take(&self.folder.join("lock"), "a signature", PATIENCE)?;
        let page = self.page(&checkpoint.origin)?;
        if !agrees(page.last(&checkpoint.origin)?, checkpoint, began_with)? {
            let line = format!("{} {} {}\n", checkpoint.size, checkpoint.root, checkpoint.origin);
            page.append(&line)?;
        }
        // Also of a line that is there already: whoever wrote it may have died before it was durable.
        page.sync()
    }

    fn page(&self, origin: &str) -> Result<Page, KeysError> {
        let path = self.folder.join(format!("{:02x}", Sha256::digest(origin.as_bytes())[0]));
        match disk::read(&path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                Ok(Page { path, text })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Page { path, text: String::new() }),
            Err(error) => Err(StorageError::of("read", &path, &error).into()),
        }
    }
}

impl Page {
    /// The lines, without a torn last one: one without its end, or with a hole.
    fn whole(&self) -> &str {
        let text = self.text.split('\0').next().unwrap_or_default();
        let end = text.rfind('\n').map_or(0, |at| at + 1);
        &text[..end]
    }

    fn last(&self, origin: &str) -> Result<Option<(u64, Hash)>, KeysError> {
        let mut last = None;
        for (at, line) in self.whole().lines().enumerate() {
            let damaged = || KeysError::Memory { path: self.path.clone(), line: at + 1 };
            let (size, root, of) = parts(line).ok_or_else(damaged)?;
            if of == origin {
                last = Some((size, root));
            }
        }
        Ok(last)
    }

    fn append(&self, line: &str) -> Result<(), KeysError> {
        let torn = self.whole().len() < self.text.len();
        if torn || self.whole().len() > FILE_BYTES {
            let mut last: BTreeMap<&str, &str> = BTreeMap::new();
            for line in self.whole().lines().chain([line.trim_end()]) {
                last.extend(parts(line).map(|(_, _, origin)| (origin, line)));
            }
            let text: String = last.values().map(|line| format!("{line}\n")).collect();
            return Ok(write_atomic(&self.path, text.as_bytes())?);
        }
        let writing = StorageError::when("write", &self.path);
        let mut file = disk::open_as(&self.path, How::AppendOrCreate).map_err(&writing)?;
        Ok(file.write_all(line.as_bytes()).map_err(&writing)?)
    }

    /// Makes what is remembered durable, with the names that lead to it.
    fn sync(&self) -> Result<(), KeysError> {
        let file = disk::append(&self.path).map_err(StorageError::when("open", &self.path))?;
        sync_file(&file, &self.path)?;
        let folders = self.path.ancestors().skip(1).take(3).filter(|folder| !folder.as_os_str().is_empty());
        folders.into_iter().try_for_each(|folder| Ok(sync_folder(folder)?))
    }
}

fn parts(line: &str) -> Option<(u64, Hash, &str)> {
    let (size, rest) = line.split_once(' ')?;
    let (root, origin) = rest.split_once(' ')?;
    Some((size.parse().ok()?, Hash::from_base64(root)?, origin))
}

/// Whether exactly this was signed; an error if it contradicts what was.
fn agrees(
    last: Option<(u64, Hash)>,
    checkpoint: &Checkpoint,
    began_with: BeganWith<'_>,
) -> Result<bool, KeysError> {
    let Some((signed, root)) = last else { return Ok(false) };
    let Checkpoint { origin, size, root: now } = checkpoint;
    if signed > *size {
        return Err(KeysError::Shorter { origin: origin.clone(), size: *size, signed });
    }
    let same = if signed == *size { root == *now } else { began_with(signed, &root) };
    if same {
        return Ok(signed == *size);
    }
    Err(KeysError::Forked { origin: origin.clone(), signed, root })
}
