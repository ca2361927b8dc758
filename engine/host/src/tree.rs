//! What a working tree holds, as one digest: which commit, and how every file differs from it.
//!
//! The digest is SHA-256 over the text
//!
//! ```text
//!   dod tree 1\n
//!   head <id of the commit's tree, or none>\n
//!   <A|M|D> <mode, six octal digits> <SHA-256 of the content, or -> <path>\0      sorted by path
//! ```
//!
//! It depends on the commit's tree and the files alone: not on what is staged, not on times, not on the commit's
//! message. The content of a symbolic link is its target; that of a nested repository is its own tree digest. Without
//! git every file is an `A`. Ignored files and everything called `.dod` never count, and neither do
//! exported runs (`*.dodz`) that nobody committed: they are brought to a tree so that a run goes on there.
//!
//! **Absent on purpose:** git itself ([`crate::git`] finds out what may differ).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use dod_kernel::id::Digest;
use globset::GlobSet;
use sha2::{Digest as _, Sha256};

use crate::blob::digest_of_reader;
use crate::storage::StorageError;
use crate::workspace::FOLDER;

mod inputs;
mod seen;
#[cfg(test)]
mod tests;

pub use inputs::{BadPattern, Inputs, Patterns};
pub use seen::Seen;

/// More files without git, or more differing files with it, are an error and not a long wait.
pub const FILES_MAX: usize = 500_000;

/// A tree whose state cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// It has too many files that count.
    #[error("`{}` has more than {FILES_MAX} files that differ from its commit; are build results ignored?", root.display())]
    TooMany {
        /// The tree.
        root: PathBuf,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The walk met something else.
    #[error("cannot walk `{}`: {message}", root.display())]
    Walk {
        /// The tree.
        root: PathBuf,
        /// What happened.
        message: String,
    },
}

/// A path in a tree, as bytes. It is shown with bytes that are no text as `\xNN`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Vec<u8>);

impl TreePath {
    /// From the bytes of a path relative to the tree's root, separated by `/`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// As a relative path.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// As bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it never counts as a change of the tree.
    pub(crate) fn is_ours(&self) -> bool {
        self.0.split(|byte| *byte == b'/').any(|part| part == FOLDER.as_bytes())
    }

    /// Whether it is an exported run by its name, which does not count where nobody committed it.
    pub(crate) fn is_exported(&self) -> bool {
        self.as_path().extension().is_some_and(|end| end == crate::exported::EXTENSION)
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            chunk.invalid().iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How a file differs from the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The commit does not have it.
    Added,
    /// The commit has it with other content or another mode.
    Modified,
    /// Only the commit has it.
    Deleted,
}

impl Status {
    fn letter(self) -> char {
        match self {
            Self::Added => 'A',
            Self::Modified => 'M',
            Self::Deleted => 'D',
        }
    }
}

/// A file that differs from the commit, as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How.
    pub status: Status,
    /// The mode in git's words: 0o100644, 0o100755, 0o120000 (link), 0o160000 (nested repository), 0 for
    /// anything else and for a deleted file.
    pub mode: u32,
    /// The digest of its content; `None` for what has none.
    pub content: Option<Digest>,
}

/// What a tree holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeState {
    /// The id of the commit's tree; `None` without git or without a commit.
    pub head_tree: Option<String>,
    /// How the files differ from it, by path.
    pub differing: BTreeMap<TreePath, Difference>,
}

impl TreeState {
    /// The digest.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        hash.update(format!("dod tree 1\nhead {}\n", self.head_tree.as_deref().unwrap_or("none")));
        for (path, it) in &self.differing {
            let content = it.content.map_or_else(|| "-".to_owned(), |digest| digest.hex());
            hash.update(format!("{} {:06o} {content} ", it.status.letter(), it.mode));
            hash.update(path.as_bytes());
            hash.update([0]);
        }
        Digest(hash.finalize().into())
    }

    /// Paths whose content is another one later on. If the commit itself changed, see
    /// [`TreeState::head_tree`], the list holds what is known without asking git.
    pub fn changed_until(&self, later: &Self) -> Vec<TreePath> {
        let before = self.differing.iter().filter(|(path, it)| later.differing.get(*path) != Some(*it));
        let after = later.differing.keys().filter(|path| !self.differing.contains_key(*path));
        let mut paths: Vec<TreePath> = before.map(|(path, _)| path).chain(after).cloned().collect();
        paths.sort();
        paths
    }
}

/// A file as it is now: mode and content. `None` if there is no file of this name.
pub(crate) struct Observed {
    pub(crate) mode: u32,
    pub(crate) content: Option<Digest>,
}

/// The mode that marks a nested repository.
pub(crate) const MODE_NESTED: u32 = 0o160_000;

/// Looks at one file. A folder is nothing, unless it is a nested repository, whose content stays open.
pub(crate) fn observe(
    root: &Path,
    name: &TreePath,
    seen: &mut Seen,
) -> Result<Option<Observed>, StorageError> {
    let path = &root.join(name.as_path());
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(StorageError::of("look at", path, &error)),
    };
    let kind = metadata.file_type();
    if kind.is_dir() {
        let nested = path.join(".git").exists();
        return Ok(nested.then_some(Observed { mode: MODE_NESTED, content: None }));
    }
    if kind.is_symlink() {
        let target = fs::read_link(path).map_err(StorageError::when("read", path))?;
        let content = Some(crate::blob::digest_of(target.as_os_str().as_bytes()));
        return Ok(Some(Observed { mode: 0o120_000, content }));
    }
    if !kind.is_file() {
        return Ok(Some(Observed { mode: 0, content: None })); // opening a pipe would hang
    }
    let mode = if metadata.permissions().mode() & 0o100 == 0 { 0o100_644 } else { 0o100_755 };
    if let Some(digest) = seen.find(name, &metadata) {
        return Ok(Some(Observed { mode, content: Some(digest) }));
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(StorageError::of("read", path, &error)),
    };
    let hashed = digest_of_reader(file, u64::MAX).map_err(StorageError::when("read", path))?;
    let content = hashed.map(|(digest, _)| digest);
    if let Some(digest) = content {
        seen.note(name, &metadata, digest);
    }
    Ok(Some(Observed { mode, content }))
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The state of a tree without git. Files that `.gitignore` names are left out all the same.
///
/// `excluded`: outputs that a workflow declares; they are no changes.
pub fn without_git(root: &Path, excluded: &GlobSet) -> Result<TreeState, TreeError> {
    Seen::nothing().without_git(root, excluded)
}

impl Seen {
    /// Like [`without_git`], reading only what changed since it was read before.
    pub fn without_git(&mut self, root: &Path, excluded: &GlobSet) -> Result<TreeState, TreeError> {
        let walk = ignore::WalkBuilder::new(root)
            .standard_filters(false)
            .git_ignore(true)
            .require_git(false)
            .follow_links(false)
            .filter_entry(|entry| entry.file_name() != FOLDER && entry.file_name() != ".git")
            .build();
        let mut differing = BTreeMap::new();
        for entry in walk {
            let entry = entry.map_err(|error| walk_error(root, &error))?;
            if entry.file_type().is_none_or(|kind| kind.is_dir()) {
                continue;
            }
            let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
            if excluded.is_match(relative) {
                continue;
            }
            if differing.len() >= FILES_MAX {
                return Err(TreeError::TooMany { root: root.to_owned() });
            }
            let path = TreePath::new(relative.as_os_str().as_bytes());
            if path.is_exported() {
                continue;
            }
            if let Some(Observed { mode, content }) = observe(root, &path, self)? {
                differing.insert(path, Difference { status: Status::Added, mode, content });
            }
        }
        Ok(TreeState { head_tree: None, differing })
    }
}

fn walk_error(root: &Path, error: &ignore::Error) -> TreeError {
    TreeError::Walk { root: root.to_owned(), message: error.to_string() }
}
