//! Files that were read before: their content need not be read again while nothing about them changed.
//!
//! Looking at a file costs 4 µs, reading and hashing it at least 9. A file counts as unchanged if device, number,
//! size, mode, and both times are the same, *and* it was not changed shortly before it was read: the clock of a file
//! system is coarse, so a later change could bear the same time (git calls such entries racy). Unlike the
//! time of modification, the time of change cannot be set by `touch`.
//!
//! **Absent on purpose:** watching the file system.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use dod_kernel::id::Digest;

use crate::storage::{StorageError, write_atomic};

use super::{FILES_MAX, TreePath};

/// How long a file must have been left alone before it was read.
const SETTLED_NS: i128 = 2_000_000_000;
/// The first line of the file.
const HEADER: &str = "dod seen 1";
/// A larger file is not read.
const SEEN_BYTES_MAX: u64 = 256 << 20;

/// What tells whether a file changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp([i64; 8]);

impl Stamp {
    fn of(it: &Metadata) -> Self {
        let (device, number) = (it.dev().cast_signed(), it.ino().cast_signed());
        let (size, mode) = (it.size().cast_signed(), i64::from(it.mode()));
        Self([device, number, size, mode, it.mtime(), it.mtime_nsec(), it.ctime(), it.ctime_nsec()])
    }

    /// Nanoseconds since 1970 of the last change.
    fn changed(&self) -> i128 {
        i128::from(self.0[6]) * 1_000_000_000 + i128::from(self.0[7])
    }
}

/// Digests of files that were read before, by path from one tree's root.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    files: BTreeMap<TreePath, (Stamp, Digest)>,
}

impl Seen {
    /// Nothing was.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// What was saved. A file that is missing, damaged or of another version is no error: everything is
    /// read again.
    pub fn load(path: &Path) -> Self {
        let small = std::fs::metadata(path).is_ok_and(|it| it.len() <= SEEN_BYTES_MAX);
        let text = if small { std::fs::read(path).unwrap_or_default() } else { Vec::new() };
        Self::parse(&text).unwrap_or_default()
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let mut records = text.strip_suffix(b"\0")?.split(|byte| *byte == 0);
        if records.next()? != HEADER.as_bytes() {
            return None;
        }
        let mut files = BTreeMap::new();
        for record in records {
            let mut fields = record.splitn(10, |byte| *byte == b' ');
            let mut word = || std::str::from_utf8(fields.next()?).ok();
            let mut stamp = [0; 8];
            for number in &mut stamp {
                *number = word()?.parse().ok()?;
            }
            let digest = format!("sha256:{}", word()?).parse().ok()?;
            files.insert(TreePath::new(fields.next()?), (Stamp(stamp), digest));
        }
        Some(Self { files })
    }

    /// Saves it for the next time.
    pub fn save(&self, path: &Path) -> Result<(), StorageError> {
        let mut text = format!("{HEADER}\0").into_bytes();
        for (name, (stamp, digest)) in &self.files {
            stamp.0.iter().for_each(|number| text.extend_from_slice(format!("{number} ").as_bytes()));
            text.extend_from_slice(digest.hex().as_bytes());
            text.push(b' ');
            text.extend_from_slice(name.as_bytes());
            text.push(0);
        }
        write_atomic(path, &text)
    }

    /// The digest of a file, if it was read before and has not changed.
    pub(super) fn find(&self, path: &TreePath, now: &Metadata) -> Option<Digest> {
        let (stamp, digest) = self.files.get(path)?;
        (*stamp == Stamp::of(now)).then_some(*digest)
    }

    /// Notes what was read. `before`: what the file looked like before it was opened.
    pub(super) fn note(&mut self, path: &TreePath, before: &Metadata, digest: Digest) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let stamp = Stamp::of(before);
        let settled = i128::try_from(now).is_ok_and(|now| stamp.changed() + SETTLED_NS < now);
        if settled && self.files.len() < FILES_MAX {
            self.files.insert(path.clone(), (stamp, digest));
        } else {
            self.files.remove(path);
        }
    }

    /// How many files are known.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_and_damage_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        let mut seen = Seen::nothing();
        let it = std::fs::metadata("/proc/self/exe").unwrap();
        for name in [&b"a b"[..], b"c\xff", b"src/x\n"] {
            seen.files.insert(TreePath::new(name), (Stamp::of(&it), Digest([7; 32])));
        }
        seen.save(&path).unwrap();
        assert_eq!(Seen::load(&path).files, seen.files);
        let text = std::fs::read(&path).unwrap();
        for cut in 0..text.len() {
            // Cut behind a record, it is a shorter list, which is as good as any.
            let some = Seen::parse(&text[..cut]).unwrap_or_default();
            assert!(some.files.iter().all(|(name, file)| seen.files.get(name) == Some(file)));
        }
        std::fs::write(&path, "dod seen 2\0").unwrap();
        assert!(Seen::load(&path).is_empty() && Seen::load(folder.path()).is_empty());
    }
}
