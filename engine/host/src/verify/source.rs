//! Where the pieces of a run come from: its folder and the store of blobs, an exported file, memory.
//!
//! Pieces go by their paths in an exported run, wherever they lie.
//!
//! **Absent on purpose:** checking anything but the container. A source hands out bytes.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use dod_kernel::id::{Digest, RunId};
use dod_proof::archive::{ArchiveError, RUN_FIRST, Reader};

use crate::blob::{Blobs, digest_of};
use crate::disk::{self, File};
use crate::exported::{BLOBS_FOLDER, SOURCES_FOLDER};

/// Folders that lie in each other in an unpacked run.
const DEPTH_MAX: usize = 8;
/// Bytes of a block of an archive.
const BLOCK: u64 = 512;

/// Hands out the pieces of one run.
pub trait Source {
    /// What people know a piece by.
    fn name(&self, path: &str) -> String;

    /// A piece from its beginning; `None` where it is not there.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + '_>>>;

    /// All pieces that were brought for this run alone; `None` where others lie beside it.
    ///
    /// # Errors
    /// They cannot be listed.
    fn paths(&self) -> io::Result<Option<Vec<String>>>;
}

/// The path of a blob.
pub(super) fn blob_path(digest: &Digest) -> String {
    let hex = digest.hex();
    format!("{BLOBS_FOLDER}/sha256/{}/{}", &hex[..2], &hex[2..])
}

/// The path of a file of a run that is joined.
pub(super) fn of_source(run: &RunId, file: &str) -> String {
    format!("{SOURCES_FOLDER}/{run}/{file}")
}

/// A small piece as a whole; `None` where it is not there. One byte more than the bound is read, so that whoever looks at
/// it finds it too long.
pub(super) fn small(source: &dyn Source, path: &str, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(reader) = source.open(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    reader.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// A run in a folder.
#[derive(Clone, Debug)]
pub struct Folder {
    folder: PathBuf,
    /// Where blobs are, if not in the folder: a store that others share.
    shared: Option<Blobs>,
}

impl Folder {
    /// A run whose blobs lie in a store that others share.
    pub fn sharing(folder: PathBuf, blobs: Blobs) -> Self {
        Self { folder, shared: Some(blobs) }
    }

    /// An exported run that was unpacked: everything lies in the folder, and nothing else does.
    pub fn unpacked(folder: PathBuf) -> Self {
        Self { folder, shared: None }
    }

    fn path(&self, path: &str) -> PathBuf {
        match (&self.shared, path.strip_prefix(BLOBS_FOLDER)) {
            (Some(blobs), Some(rest)) => {
                let digest = rest.trim_start_matches("/sha256/").replacen('/', "", 1);
                let digest = format!("sha256:{digest}").parse();
                digest.map_or_else(|_| self.folder.join(path), |digest| blobs.path(&digest))
            }
            _ => self.folder.join(path),
        }
    }
}

impl Source for Folder {
    fn name(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }

    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + '_>>> {
        match disk::open(&self.path(path)) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn paths(&self) -> io::Result<Option<Vec<String>>> {
        if self.shared.is_some() {
            return Ok(None);
        }
        let (mut found, mut open) = (Vec::new(), vec![(self.folder.clone(), String::new(), 0)]);
        while let Some((folder, above, depth)) = open.pop() {
            for entry in disk::read_dir(&folder)? {
                let path = format!("{above}{}", entry.file_name().to_string_lossy());
                match disk::symlink_metadata(&entry.path())?.is_dir() {
                    true if depth < DEPTH_MAX => open.push((entry.path(), path + "/", depth + 1)),
                    _ => found.push(path),
                }
            }
        }
        found.sort();
        Ok(Some(found))
    }
}

/// An exported run, read where it lies. Its container was looked at from end to end.
#[derive(Debug)]
pub struct Exported {
    name: String,
    file: File,
    /// Where each file's content begins, and its length.
    index: BTreeMap<String, (u64, u64)>,
}

impl Exported {
    /// Opens an exported run.
    ///
    /// # Errors
    /// It is no archive as `dod` writes one.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let file = disk::open(path)?;
        let index = index(io::BufReader::with_capacity(1 << 16, &file))?;
        Ok(Self { name: path.display().to_string(), file, index })
    }
}

/// Where the contents of an archive are. Every byte outside of them is held against what it must be.
fn index(source: impl Read) -> Result<BTreeMap<String, (u64, u64)>, ArchiveError> {
    let mut reader = Reader::new(source, RUN_FIRST);
    let (mut index, mut at) = (BTreeMap::new(), 0);
    while let Some(entry) = reader.next_entry()? {
        let from = at + BLOCK;
        at = from + entry.len().next_multiple_of(BLOCK);
        index.insert(entry.path().to_owned(), (from, entry.len()));
    }
    Ok(index)
}

/// A part of a file.
struct Part<'f> {
    file: &'f File,
    at: u64,
    left: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = if most == 0 { 0 } else { self.file.read_at(&mut into[..most], self.at)? };
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

impl Source for Exported {
    fn name(&self, path: &str) -> String {
        format!("{}/{path}", self.name)
    }

    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + '_>>> {
        let part = |(at, left): &(u64, u64)| Part { file: &self.file, at: *at, left: *left };
        Ok(self.index.get(path).map(|place| Box::new(part(place)) as Box<dyn Read + '_>))
    }

    fn paths(&self) -> io::Result<Option<Vec<String>>> {
        Ok(Some(self.index.keys().cloned().collect()))
    }
}

/// A run in memory, by path: one that came in a small piece, or that somebody changes on purpose.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Its pieces.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// An exported run.
    ///
    /// # Errors
    /// It is no archive as `dod` writes one.
    pub fn read(archive: &[u8]) -> Result<Self, ArchiveError> {
        let mut reader = Reader::new(archive, RUN_FIRST);
        let mut files = BTreeMap::new();
        while let Some(mut entry) = reader.next_entry()? {
            let path = entry.path().to_owned();
            files.insert(path, entry.content(archive.len() as u64)?);
        }
        Ok(Self { files })
    }

    /// Adds a blob under its own name.
    pub fn keep(&mut self, bytes: Vec<u8>) -> Digest {
        let digest = digest_of(&bytes);
        self.files.insert(blob_path(&digest), bytes);
        digest
    }
}

impl Source for Memory {
    fn name(&self, path: &str) -> String {
        path.to_owned()
    }

    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + '_>>> {
        Ok(self.files.get(path).map(|bytes| Box::new(bytes.as_slice()) as Box<dyn Read + '_>))
    }

    fn paths(&self) -> io::Result<Option<Vec<String>>> {
        Ok(Some(self.files.keys().cloned().collect()))
    }
}
