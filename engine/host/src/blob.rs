//! Content-addressed files: `<store>/sha256/ab/cdef…`, named by the SHA-256 of what they hold.
//!
//! Putting writes a temporary file, hashes on the way, and renames. The sync is left to the caller: the
//! [`Unsynced`] goes to [`crate::log::LogWriter::attach`], which makes it durable before the line that names it.
//! A crash in between can leave a file whose content is not its name; getting checks, and putting repairs.
//!
//! **Absent on purpose:** what blobs mean, compression, deciding what may be removed.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dod_kernel::id::Digest;
use sha2::{Digest as _, Sha256};

use crate::disk::{self, File};
use crate::storage::{StorageError, TEMPORARY_PREFIX, Temporary, Unsynced};

#[cfg(test)]
mod tests;

/// Bytes of one read while hashing.
const CHUNK_BYTES: usize = 64 * 1024;

/// A blob that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The store does not have it: pruned, or never put.
    #[error("the blob {digest} is not in the store")]
    Missing {
        /// Its name.
        digest: Digest,
    },
    /// What is stored under the name is something else: damage.
    #[error("the blob {digest} is damaged: its content has the digest {found}")]
    Damaged {
        /// Its name.
        digest: Digest,
        /// What its content says.
        found: Digest,
    },
    /// It is larger than the caller wants to read.
    #[error("the blob {digest} has more than {bytes_max} bytes")]
    TooLarge {
        /// Its name.
        digest: Digest,
        /// The caller's bound.
        bytes_max: u64,
    },
    /// What was to be put is larger than the caller wants to store.
    #[error("`{}` has more than {bytes_max} bytes", path.display())]
    SourceTooLarge {
        /// The file that was to be put.
        path: PathBuf,
        /// The caller's bound.
        bytes_max: u64,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A blob that was put.
#[derive(Debug)]
pub struct Put {
    /// Its name.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// What is left to be made durable.
    pub unsynced: Unsynced,
}

/// The digest of bytes in memory.
pub fn digest_of(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// The digest and size of everything that can be read, if it has at most `bytes_max` bytes.
pub fn digest_of_reader(mut from: impl Read, bytes_max: u64) -> std::io::Result<Option<(Digest, u64)>> {
    let (mut hash, mut total, mut chunk) = (Sha256::new(), 0u64, vec![0; CHUNK_BYTES]);
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(Some((Digest(hash.finalize().into()), total))),
            Ok(count) => {
                total += count as u64;
                if total > bytes_max {
                    return Ok(None);
                }
                hash.update(&chunk[..count]);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A store of blobs. Several processes may use one at the same time.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// The store in this folder, which is made when something is put.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { root: folder.into().join("sha256") }
    }

    /// Where a blob is, or would be.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join(&hex[..2]).join(&hex[2..])
    }

    /// Whether a file of this name is there. It may still be damaged.
    pub fn contains(&self, digest: &Digest) -> bool {
        disk::is_file(&self.path(digest))
    }

    /// Stores bytes.
    pub fn put(&self, bytes: &[u8]) -> Result<Put, BlobError> {
        let digest = digest_of(bytes);
        if let Some(put) = self.existing(&digest, bytes.len() as u64)? {
            return Ok(put);
        }
        let temporary = self.temporary()?;
        let path = self.path(&digest);
        (&temporary.file).write_all(bytes).map_err(StorageError::when("write", &path))?;
        self.publish(temporary, digest, bytes.len() as u64)
    }

    /// Stores a copy of a file, in pieces, if it has at most `bytes_max` bytes.
    pub fn put_file(&self, path: &Path, bytes_max: u64) -> Result<Put, BlobError> {
        let source = disk::open(path).map_err(StorageError::when("open", path))?;
        let temporary = self.temporary()?;
        let tee = Tee { from: source, to: &temporary.file };
        let hashed =
            digest_of_reader(tee, bytes_max).map_err(StorageError::when("copy to the blobs", path))?;
        let too_large = || BlobError::SourceTooLarge { path: path.to_owned(), bytes_max };
        let (digest, bytes) = hashed.ok_or_else(too_large)?;
        match self.existing(&digest, bytes)? {
            Some(put) => Ok(put),
            None => self.publish(temporary, digest, bytes),
        }
    }

    /// Stores a file that the caller does not need any more, like spooled output: it is moved where that
    /// is possible, and copied and removed where it is not.
    pub fn move_in(&self, path: &Path, bytes_max: u64) -> Result<Put, BlobError> {
        let source = disk::open(path).map_err(StorageError::when("open", path))?;
        let hashed = digest_of_reader(&source, bytes_max).map_err(StorageError::when("read", path))?;
        let too_large = || BlobError::SourceTooLarge { path: path.to_owned(), bytes_max };
        let (digest, bytes) = hashed.ok_or_else(too_large)?;
        let target = self.path(&digest);
        drop(self.temporary()?); // makes the store if there is none
        let shard = target.parent().expect("a blob lies in a shard");
        disk::create_dir_all(shard).map_err(StorageError::when("create", shard))?;
        if disk::rename(path, &target).is_ok() {
            return Ok(Put { digest, bytes, unsynced: self.unsynced(source, target) });
        }
        let put = self.put_file(path, bytes_max)?;
        disk::remove_file(path).map_err(StorageError::when("remove", path))?;
        Ok(put)
    }

    /// The content of a blob, checked, if it has at most `bytes_max` bytes.
    pub fn get(&self, digest: &Digest, bytes_max: u64) -> Result<Vec<u8>, BlobError> {
        let (path, mut bytes) = (self.path(digest), Vec::new());
        let file = self.open(digest)?;
        let bound = bytes_max.saturating_add(1);
        file.take(bound).read_to_end(&mut bytes).map_err(StorageError::when("read", &path))?;
        if bytes.len() as u64 > bytes_max {
            return Err(BlobError::TooLarge { digest: *digest, bytes_max });
        }
        match digest_of(&bytes) {
            found if found == *digest => Ok(bytes),
            found => Err(BlobError::Damaged { digest: *digest, found }),
        }
    }

    /// Checks a blob of any size without keeping it in memory; answers its size.
    pub fn check(&self, digest: &Digest) -> Result<u64, BlobError> {
        let path = self.path(digest);
        let hashed =
            digest_of_reader(self.open(digest)?, u64::MAX).map_err(StorageError::when("read", &path))?;
        let (found, bytes) = hashed.expect("there is no bound");
        if found == *digest { Ok(bytes) } else { Err(BlobError::Damaged { digest: *digest, found }) }
    }

    /// Every blob that is there, with its size, sorted by name. For removing what nothing names any more.
    pub fn list(&self) -> Result<Vec<(Digest, u64)>, StorageError> {
        let mut found = Vec::new();
        for shard in entries(&self.root)? {
            let shard_name = shard.file_name();
            if shard_name.len() != 2 {
                continue; // a temporary file
            }
            for entry in entries(&shard.path())? {
                let name = format!("sha256:{}{}", shard_name.display(), entry.file_name().display());
                if let Ok(digest) = name.parse() {
                    let path = entry.path();
                    let size = entry.metadata().map_err(StorageError::when("look at", &path))?.len();
                    found.push((digest, size));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Removes a blob; answers whether it was there.
    pub fn remove(&self, digest: &Digest) -> Result<bool, StorageError> {
        let path = self.path(digest);
        match disk::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StorageError::of("remove", &path, &error)),
        }
    }

    /// Removes temporary files that crashes left behind, if they are older than `age`. Answers how many.
    pub fn remove_garbage(&self, age: Duration) -> Result<usize, StorageError> {
        let mut removed = 0;
        for entry in entries(&self.root)? {
            let old = || entry.metadata().ok()?.modified()?.elapsed().ok();
            let ours = entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX);
            if ours && old().is_some_and(|old| old > age) {
                disk::remove_file(&entry.path()).map_err(StorageError::when("remove", &entry.path()))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn open(&self, digest: &Digest) -> Result<File, BlobError> {
        let path = self.path(digest);
        disk::open(&path).map_err(|error| match StorageError::of("open", &path, &error) {
            StorageError::Missing { .. } => BlobError::Missing { digest: *digest },
            other => other.into(),
        })
    }

    /// The blob, if it is there already and is what it says. Its sync may have been another process's duty.
    fn existing(&self, digest: &Digest, bytes: u64) -> Result<Option<Put>, BlobError> {
        let path = self.path(digest);
        let Ok(file) = disk::open(&path) else { return Ok(None) };
        match digest_of_reader(&file, bytes) {
            Ok(Some((found, _))) if found == *digest => {
                Ok(Some(Put { digest: *digest, bytes, unsynced: self.unsynced(file, path) }))
            }
            _ => Ok(None), // it is written again
        }
    }

    fn temporary(&self) -> Result<Temporary, BlobError> {
        if !disk::is_dir(&self.root) {
            disk::create_dir_all(&self.root).map_err(StorageError::when("create", &self.root))?;
        }
        Ok(Temporary::in_folder(&self.root)?)
    }

    fn publish(&self, temporary: Temporary, digest: Digest, bytes: u64) -> Result<Put, BlobError> {
        let path = self.path(&digest);
        let shard = path.parent().expect("a blob lies in a shard");
        if let Err(error) = disk::create_dir(shard)
            && error.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(StorageError::of("create", shard, &error).into());
        }
        let file = temporary.rename_to(&path)?;
        Ok(Put { digest, bytes, unsynced: self.unsynced(file, path) })
    }

    fn unsynced(&self, file: File, path: PathBuf) -> Unsynced {
        let shard = path.parent().expect("a blob lies in a shard").to_owned();
        // With the folder that names the store: whoever made it may have died before it was durable. A folder in which
        // nothing changed is synced at once.
        let store = self.root.parent();
        let around = [Some(self.root.as_path()), store, store.and_then(Path::parent)];
        let folders =
            std::iter::once(shard).chain(around.into_iter().flatten().map(Path::to_owned)).collect();
        Unsynced { file, path, folders }
    }
}

/// What is in a folder; nothing, if it does not exist.
fn entries(folder: &Path) -> Result<Vec<disk::Entry>, StorageError> {
    let listed = disk::read_dir(folder);
    match listed.map_err(StorageError::when("list", folder)) {
        Err(StorageError::Missing { .. }) => Ok(Vec::new()),
        listed => listed,
    }
}

/// Writes what is read from it.
struct Tee<'a> {
    from: File,
    to: &'a File,
}

impl Read for Tee<'_> {
    fn read(&mut self, chunk: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(chunk)?;
        self.to.write_all(&chunk[..count])?;
        Ok(count)
    }
}
