//! The base of a change: the commit it will be merged onto, what changed since, what files held there.
//!
//! **Absent on purpose:** guessing a base. Who asks names it.

use std::collections::BTreeSet;

use git2::{Commit, DiffOptions, ErrorCode, ObjectType, Oid};

use crate::tree::TreePath;

use super::{COMMITS_MAX, Git, GitError, Person, failed, lossy, path_of};

/// More of a file at a commit is not read.
pub const FILE_BYTES_MAX: u64 = 16 << 20;
/// How many near names an error lists.
const NEAR_MAX: usize = 3;
/// How near a name must be.
const NEAR_ENOUGH: f64 = 0.7;

/// Where a change began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The name that was found: as asked for, or on the remote `origin`.
    pub reference: String,
    /// The commit it names.
    pub tip: String,
    /// The last commit that it and the checked out commit have in common.
    pub commit: String,
}

impl Git {
    /// Where the checked out commit left `reference`. A name that exists only on the remote `origin`, as
    /// in a fresh CI clone, is found there.
    pub fn base(&self, reference: &str) -> Result<Base, GitError> {
        let Some(head) = self.head_commit()? else {
            return Err(GitError::NoCommit { reference: reference.to_owned() });
        };
        let (name, tip) = self.find(reference)?;
        let commit = match self.repository.merge_base(head.id(), tip.id()) {
            Ok(commit) => commit.to_string(),
            Err(error) if error.code() == ErrorCode::NotFound => {
                let reference = reference.to_owned();
                return Err(match self.is_shallow() {
                    true => GitError::Shallow { reference },
                    false => GitError::Unrelated { reference },
                });
            }
            Err(error) => return Err(self.perhaps_shallow(reference, "find the base", error)),
        };
        Ok(Base { reference: name, tip: tip.id().to_string(), commit })
    }

    /// The commit that a branch, tag, id or expression (`HEAD~3`) names.
    pub fn commit(&self, reference: &str) -> Result<String, GitError> {
        self.find(reference).map(|(_, commit)| commit.id().to_string())
    }

    fn find(&self, reference: &str) -> Result<(String, Commit<'_>), GitError> {
        for name in [reference.to_owned(), format!("origin/{reference}")] {
            match self.repository.revparse_single(&name).and_then(|object| object.peel_to_commit()) {
                Ok(commit) => return Ok((name, commit)),
                Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => {}
                Err(error) => return Err(self.perhaps_shallow(reference, "find a commit", error)),
            }
        }
        let reference = reference.to_owned();
        let is_id = reference.len() >= 7 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.is_shallow() && (is_id || reference.contains(['~', '^'])) {
            return Err(GitError::Shallow { reference });
        }
        let near = self.near(&reference)?;
        match self.head_commit()? {
            None => Err(GitError::NoCommit { reference }),
            Some(_) => Err(GitError::UnknownReference { reference, near }),
        }
    }

    fn perhaps_shallow(&self, reference: &str, doing: &'static str, error: git2::Error) -> GitError {
        // Below the cut, objects are missing, which libgit2 reports as a failure of its store.
        match self.is_shallow() && error.code() == ErrorCode::NotFound {
            true => GitError::Shallow { reference: reference.to_owned() },
            false => failed(doing)(error),
        }
    }

    /// Branches and tags whose names look like this one.
    fn near(&self, reference: &str) -> Result<Vec<String>, GitError> {
        let references = self.repository.references().map_err(failed("list branches"))?;
        let names: BTreeSet<String> = references.flatten().map(|it| lossy(it.shorthand_bytes())).collect();
        let mut near: Vec<(f64, String)> =
            names.into_iter().map(|name| (strsim::jaro_winkler(reference, &name), name)).collect();
        near.retain(|(nearness, _)| *nearness >= NEAR_ENOUGH);
        near.sort_by(|left, right| right.0.total_cmp(&left.0));
        Ok(near.into_iter().map(|(_, name)| name).take(NEAR_MAX).collect())
    }

    /// Every path whose file is not what it was in `commit`: committed since, not committed, or untracked.
    /// A renamed file is two paths.
    pub fn changed_since(&self, commit: &str) -> Result<BTreeSet<TreePath>, GitError> {
        let tree = self.commit_object(commit)?.tree().map_err(failed("read the base's tree"))?;
        let mut options = DiffOptions::new();
        options
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_ignored(false)
            .include_typechange(true);
        let diff = self.repository.diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options));
        let diff = diff.map_err(failed("compare the files with the base"))?;
        let mut paths = paths_of(&diff);
        let absent = self.look_behind_flags(&mut paths)?;
        let mut changed = BTreeSet::new();
        if !absent.is_empty() {
            // Outside a sparse checkout there is no file; what counts is what was committed or staged.
            let diff = self.repository.diff_tree_to_index(Some(&tree), None, None);
            let staged = paths_of(&diff.map_err(failed("compare the index with the base"))?);
            changed.extend(absent.intersection(&staged).cloned());
        }
        for path in paths {
            let before = tree.get_path(path.as_path()).ok();
            // What was committed and taken back in the files alone is no change.
            if !path.is_ours() && self.difference(&path, before.as_ref(), 0)?.is_some() {
                changed.insert(path);
            }
        }
        Ok(changed)
    }

    /// What a file held in a commit; `None` if it did not exist there.
    pub fn file_at(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let Some(entry) = self.entry_at(commit, path)? else { return Ok(None) };
        let (path, commit) = (path.to_owned(), commit.to_owned());
        if entry.kind() != Some(ObjectType::Blob) || entry.filemode() == 0o120_000 {
            return Err(GitError::NotAFile { path, commit });
        }
        let store = self.repository.odb().map_err(failed("open the objects"))?;
        let (size, _) = store.read_header(entry.id()).map_err(failed("read a file of a commit"))?;
        if size as u64 > FILE_BYTES_MAX {
            return Err(GitError::TooLarge { path, commit });
        }
        let blob = self.repository.find_blob(entry.id()).map_err(failed("read a file of a commit"))?;
        Ok(Some(blob.content().to_vec()))
    }

    /// The names of the files that a folder held in a commit, sorted; none if it did not exist there.
    pub fn files_at(&self, commit: &str, folder: &str) -> Result<Vec<String>, GitError> {
        let tree = match folder.trim_end_matches('/') {
            "" | "." => self.commit_object(commit)?.tree().map_err(failed("read a tree"))?,
            folder => match self.entry_at(commit, folder)? {
                Some(entry) if entry.kind() == Some(ObjectType::Tree) => {
                    self.repository.find_tree(entry.id()).map_err(failed("read a tree"))?
                }
                _ => return Ok(Vec::new()),
            },
        };
        let files = tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Blob));
        Ok(files.map(|entry| lossy(entry.name_bytes())).collect())
    }

    fn entry_at(&self, commit: &str, path: &str) -> Result<Option<git2::TreeEntry<'static>>, GitError> {
        let tree = self.commit_object(commit)?.tree().map_err(failed("read a tree"))?;
        match tree.get_path(path_of(path.as_bytes())) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed("find a file in a commit")(error)),
        }
    }

    pub(super) fn commit_object(&self, commit: &str) -> Result<Commit<'_>, GitError> {
        let id = Oid::from_str(commit).map_err(failed("understand a commit's id"))?;
        self.repository.find_commit(id).map_err(|error| self.perhaps_shallow(commit, "find a commit", error))
    }

    /// Whether `ancestor` is `commit` or comes before it.
    pub fn is_ancestor(&self, ancestor: &str, commit: &str) -> Result<bool, GitError> {
        let (ancestor, commit) = (self.commit_object(ancestor)?.id(), self.commit_object(commit)?.id());
        Ok(ancestor == commit
            || self.repository.graph_descendant_of(commit, ancestor).map_err(failed("compare commits"))?)
    }

    /// The commits of `to` that `from` does not have, oldest first.
    pub fn commits(&self, from: &str, to: &str) -> Result<Vec<String>, GitError> {
        let (from, to) = (self.find(from)?.1.id(), self.find(to)?.1.id());
        let doing = "list commits";
        let mut walk = self.repository.revwalk().map_err(failed(doing))?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE).map_err(failed(doing))?;
        walk.push(to).and_then(|()| walk.hide(from)).map_err(failed(doing))?;
        let mut commits = Vec::new();
        for id in walk {
            if commits.len() == COMMITS_MAX {
                return Err(GitError::TooManyCommits { range: format!("{from}..{to}") });
            }
            commits
                .push(id.map_err(|error| self.perhaps_shallow(&to.to_string(), doing, error))?.to_string());
        }
        Ok(commits)
    }

    /// Who wrote the commits that are checked out and that `base` does not have: authors and co-authors, each once.
    ///
    /// # Errors
    /// As [`Git::commits`].
    pub fn authors_since(&self, base: &str) -> Result<BTreeSet<Person>, GitError> {
        let mut authors = BTreeSet::new();
        for commit in self.commits(base, "HEAD")? {
            let commit = self.commit_object(&commit)?;
            let author = commit.author();
            authors.insert(Person { name: lossy(author.name_bytes()), email: lossy(author.email_bytes()) });
            authors.extend(lossy(commit.message_bytes()).lines().filter_map(co_author));
        }
        Ok(authors)
    }
}

/// `Co-authored-by: Ann <ann@example.com>`, as forges write it.
fn co_author(line: &str) -> Option<Person> {
    let (key, value) = line.trim().split_once(':')?;
    let (name, email) = value.trim().strip_suffix('>')?.split_once('<')?;
    key.eq_ignore_ascii_case("co-authored-by")
        .then(|| Person { name: name.trim().to_owned(), email: email.trim().to_owned() })
}

/// Every path that a comparison names.
fn paths_of(diff: &git2::Diff<'_>) -> BTreeSet<TreePath> {
    let files = diff.deltas().flat_map(|delta| [delta.old_file(), delta.new_file()]);
    let paths = files.filter_map(|file| file.path_bytes());
    paths.map(|path| TreePath::new(path.strip_suffix(b"/").unwrap_or(path))).collect()
}
