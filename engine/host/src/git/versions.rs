//! Files under version control: those of now, and every version that commits brought.
//!
//! **Absent on purpose:** what the files say.

use std::collections::BTreeSet;

use git2::{Commit, DiffOptions, ErrorCode, Oid};

use super::{Git, GitError, failed};
use crate::tree::TreePath;

/// Versions of files that are looked at; more are an answer of their own.
pub const VERSIONS_MAX: usize = 5_000_000;

/// The bits of a mode that say what an entry is, and what they are for a file.
const KIND_BITS: u32 = 0o170_000;
const FILE_BITS: u32 = 0o100_000;

/// A version of a file, where it first appeared.
#[derive(Debug)]
pub struct Version<'v> {
    /// The commit that brought it.
    pub commit: &'v str,
    /// Where the file was.
    pub path: TreePath,
    /// What it held, or its size if that is more than was asked for.
    pub content: Result<&'v [u8], u64>,
}

impl Git {
    /// Paths of the files in the index, from the root of the repository.
    ///
    /// # Errors
    /// The repository is damaged.
    pub fn tracked(&self) -> Result<Vec<TreePath>, GitError> {
        let index = self.repository.index().map_err(failed("read the index"))?;
        let files = index.iter().filter(|entry| entry.mode & KIND_BITS == FILE_BITS);
        Ok(files.map(|entry| TreePath::new(entry.path)).collect())
    }

    /// Hands on every version of a file that one of these commits brought, each content once, and after each commit
    /// how many are done. What a merge only took from one of its parents was brought by somebody else. Answers
    /// whether that was all: beyond [`VERSIONS_MAX`] it is not.
    ///
    /// # Errors
    /// A commit or a file is not there, or the repository is damaged.
    pub fn versions(
        &self,
        commits: &[String],
        bytes_max: u64,
        each: &mut dyn FnMut(Version<'_>),
        done: &mut dyn FnMut(usize),
    ) -> Result<bool, GitError> {
        let store = self.repository.odb().map_err(failed("open the objects"))?;
        let mut seen: BTreeSet<Oid> = BTreeSet::new();
        for (at, id) in commits.iter().enumerate() {
            let commit = self.commit_object(id)?;
            for (path, blob) in self.brought(&commit)? {
                if !seen.insert(blob) {
                    continue;
                }
                if seen.len() > VERSIONS_MAX {
                    return Ok(false);
                }
                let doing = "read a version of a file";
                let (size, _) = store.read_header(blob).map_err(failed(doing))?;
                if size as u64 > bytes_max {
                    each(Version { commit: id, path, content: Err(size as u64) });
                    continue;
                }
                let blob = self.repository.find_blob(blob).map_err(failed(doing))?;
                each(Version { commit: id, path, content: Ok(blob.content()) });
            }
            done(at + 1);
        }
        Ok(true)
    }

    /// Files that are other than in every parent.
    fn brought(&self, commit: &Commit<'_>) -> Result<Vec<(TreePath, Oid)>, GitError> {
        let doing = "compare a commit with its parent";
        let tree = commit.tree().map_err(failed("read a tree"))?;
        let mut before = Vec::new();
        for parent in commit.parents() {
            before.push(parent.tree().map_err(failed("read a tree"))?);
        }
        let mut options = DiffOptions::new();
        options.ignore_submodules(true).include_typechange(true);
        let diff = self.repository.diff_tree_to_tree(before.first(), Some(&tree), Some(&mut options));
        let diff = diff.map_err(failed(doing))?;
        let mut brought = Vec::new();
        for delta in diff.deltas() {
            let file = delta.new_file();
            let Some(path) = file.path_bytes().filter(|_| !file.id().is_zero()) else { continue };
            if u32::from(file.mode()) & KIND_BITS != FILE_BITS {
                continue;
            }
            let path = TreePath::new(path);
            let mut taken = false;
            for other in before.iter().skip(1) {
                match other.get_path(path.as_path()) {
                    Ok(entry) => taken |= entry.id() == file.id(),
                    Err(error) if error.code() == ErrorCode::NotFound => {}
                    Err(error) => return Err(failed(doing)(error)),
                }
            }
            if !taken {
                brought.push((path, file.id()));
            }
        }
        Ok(brought)
    }
}
