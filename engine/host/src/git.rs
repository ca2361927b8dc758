//! Asking git: where the repository is, what is checked out, what differs, what a base held.
//!
//! All questions go through [`Git`], so that another library can take libgit2's place.
//!
//! **Absent on purpose:** writing to anything but notes and references of our own ([`Git::change_note`], [`Git::commit_files`]), running
//! hooks, and the program `git` but for remotes: it knows how to sign in there.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use git2::{
    ErrorCode, IndexEntryExtendedFlag, IndexEntryFlag, ObjectType, Oid, Repository, StatusOptions, StatusShow,
};
use globset::GlobSet;

use crate::tree::{
    self, Difference, FILES_MAX, MODE_NESTED, Observed, Seen, Status, TreeError, TreePath, TreeState,
};

mod base;
mod commits;
mod lines;
mod refs;
mod shelf;
mod store;
#[cfg(test)]
mod tests;
mod versions;

pub use base::{Base, FILE_BYTES_MAX};
pub use commits::{Commit, Landed, Range, Signature};
pub use lines::ChangedLines;
pub use refs::NOTES_MAX;
pub use shelf::Place;
pub use versions::{VERSIONS_MAX, Version};

/// How deep repositories inside repositories are looked into.
const NESTED_MAX: u32 = 4;
/// Ids of commits, in the order asked for.
pub const COMMITS_MAX: usize = 100_000;

/// A question that git cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The repository has no working tree, so there is nothing to run gates on.
    #[error("`{}` is a bare repository: it has no files to check; clone it", path.display())]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// git refuses repositories of other users.
    #[error(
        "`{}` belongs to another user; if you trust it: `git config --global --add safe.directory '{}'`",
        path.display(), path.display()
    )]
    Owner {
        /// Where the search began.
        path: PathBuf,
    },
    /// The repository has no commit yet.
    #[error("the repository has no commit yet, so nothing can be compared with `{reference}`")]
    NoCommit {
        /// What it was to be compared with.
        reference: String,
    },
    /// No branch, tag or commit has this name.
    #[error("no branch, tag or commit is called `{reference}`{}", did_you_mean(near))]
    UnknownReference {
        /// The name.
        reference: String,
        /// Names that look like it, the nearest first.
        near: Vec<String>,
    },
    /// The clone is too shallow to know.
    #[error(
        "this clone is shallow and does not have what is needed of `{reference}`: \
         `git fetch --unshallow`, or `fetch-depth: 0` in CI"
    )]
    Shallow {
        /// What was asked for.
        reference: String,
    },
    /// The two have no common ancestor.
    #[error("`{reference}` and the checked out commit have no common ancestor")]
    Unrelated {
        /// What was asked for.
        reference: String,
    },
    /// The file of a commit is larger than [`FILE_BYTES_MAX`].
    #[error("`{path}` has more than {FILE_BYTES_MAX} bytes in commit {commit}")]
    TooLarge {
        /// The file.
        path: String,
        /// The commit.
        commit: String,
    },
    /// In the commit, the path is a folder, a link or a nested repository.
    #[error("`{path}` is not a file in commit {commit}")]
    NotAFile {
        /// The path.
        path: String,
        /// The commit.
        commit: String,
    },
    /// More than [`COMMITS_MAX`] commits.
    #[error("`{range}` has more than {COMMITS_MAX} commits")]
    TooManyCommits {
        /// What was asked for.
        range: String,
    },
    /// More than [`NOTES_MAX`] notes.
    #[error("`{reference}` has more than {NOTES_MAX} notes")]
    TooManyNotes {
        /// The reference.
        reference: String,
    },
    /// Others work with this reference.
    #[error("`{reference}` is not written: `dod` writes below `refs/dod/`, and the notes `refs/notes/dod`")]
    NotOurs {
        /// The reference.
        reference: String,
    },
    /// The files cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// libgit2 failed otherwise: a damaged repository, or one it does not understand.
    #[error("git cannot {doing}: {message}")]
    Library {
        /// What was asked.
        doing: &'static str,
        /// Its message.
        message: String,
    },
}

fn did_you_mean(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!("; did you mean `{}`?", near.join("`, `")),
    }
}

fn failed(doing: &'static str) -> impl Fn(git2::Error) -> GitError {
    move |error| GitError::Library { doing, message: error.message().to_owned() }
}

/// A person as a commit or the configuration names them: claimed, never proved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// What is checked out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The commit; `None` in a repository without one.
    pub commit: Option<String>,
    /// The branch; `None` if a commit or tag is checked out.
    pub branch: Option<String>,
    /// Tags of this very commit, sorted.
    pub tags: Vec<String>,
    /// The commit's author.
    pub author: Option<Person>,
    /// The first line of its message.
    pub summary: Option<String>,
}

/// A repository with a working tree.
pub struct Git {
    repository: Repository,
    root: PathBuf,
}

impl std::fmt::Debug for Git {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Git({})", self.root.display())
    }
}

impl Git {
    /// The repository that `start` is in: plain, linked worktree or submodule. `None` if it is in none.
    pub fn discover(start: &Path) -> Result<Option<Self>, GitError> {
        let repository = match Repository::discover(start) {
            Ok(repository) => repository,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) if error.code() == ErrorCode::Owner => {
                return Err(GitError::Owner { path: start.to_owned() });
            }
            Err(error) => return Err(failed("open the repository")(error)),
        };
        match repository.workdir().map(Path::to_owned) {
            // libgit2 ends the path with a slash; `components` takes it away.
            Some(root) => Ok(Some(Self { repository, root: root.components().collect() })),
            None => Err(GitError::Bare { path: repository.path().to_owned() }),
        }
    }

    /// The root of the working tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the history is cut off somewhere.
    pub fn is_shallow(&self) -> bool {
        self.repository.is_shallow()
    }

    /// What is checked out.
    pub fn head(&self) -> Result<Head, GitError> {
        let branch = match self.repository.find_reference("HEAD") {
            Ok(head) => {
                head.symbolic_target_bytes().and_then(|target| target.strip_prefix(b"refs/heads/")).map(lossy)
            }
            Err(_) => None,
        };
        let Some(commit) = self.head_commit()? else { return Ok(Head { branch, ..Head::default() }) };
        let author = commit.author();
        Ok(Head {
            commit: Some(commit.id().to_string()),
            branch,
            tags: self.tags_at(commit.id())?,
            author: Some(Person { name: lossy(author.name_bytes()), email: lossy(author.email_bytes()) }),
            summary: Some(lossy(commit.summary_bytes().unwrap_or_default())),
        })
    }

    /// Whom the configuration names as the user, if it does.
    pub fn user(&self) -> Option<Person> {
        let user = self.repository.signature().ok()?;
        Some(Person { name: lossy(user.name_bytes()), email: lossy(user.email_bytes()) })
    }

    /// Where the repository was cloned from, without the name and password that an address may hold.
    pub fn remote(&self) -> Option<String> {
        let remote = self.repository.find_remote("origin").ok()?;
        Some(without_credentials(&lossy(remote.url_bytes())))
    }

    fn head_commit(&self) -> Result<Option<git2::Commit<'_>>, GitError> {
        let head = match self.repository.head() {
            Ok(head) => head,
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                return Ok(None);
            }
            Err(error) => return Err(failed("find the checked out commit")(error)),
        };
        head.peel_to_commit().map(Some).map_err(failed("read the checked out commit"))
    }

    fn tags_at(&self, commit: Oid) -> Result<Vec<String>, GitError> {
        let references = self.repository.references_glob("refs/tags/*").map_err(failed("list tags"))?;
        let here = |tag: &git2::Reference<'_>| tag.peel_to_commit().is_ok_and(|it| it.id() == commit);
        let mut tags: Vec<String> =
            references.flatten().filter(here).map(|tag| lossy(tag.shorthand_bytes())).collect();
        tags.sort();
        Ok(tags)
    }

    /// What the working tree holds. Untracked files count unless they are ignored; `.dod` never counts.
    ///
    /// `excluded`: outputs that a workflow declares, as globs over paths from the root; they are no changes.
    pub fn tree_state(&self, excluded: &GlobSet) -> Result<TreeState, GitError> {
        self.tree_state_at(excluded, NESTED_MAX)
    }

    fn tree_state_at(&self, excluded: &GlobSet, depth: u32) -> Result<TreeState, GitError> {
        let head = match self.head_commit()? {
            Some(commit) => Some(commit.tree().map_err(failed("read the checked out tree"))?),
            None => None,
        };
        let mut differing = BTreeMap::new();
        for path in self.candidates(excluded)? {
            let entry = head.as_ref().and_then(|tree| tree.get_path(path.as_path()).ok());
            if let Some(difference) = self.difference(&path, entry.as_ref(), depth)? {
                differing.insert(path, difference);
            }
        }
        Ok(TreeState { head_tree: head.map(|tree| tree.id().to_string()), differing })
    }

    /// Every path at which commit, index and working tree are not all the same.
    fn candidates(&self, excluded: &GlobSet) -> Result<BTreeSet<TreePath>, GitError> {
        let mut options = StatusOptions::new();
        options
            .show(StatusShow::IndexAndWorkdir)
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_ignored(false)
            .include_unreadable(true);
        let statuses = self.repository.statuses(Some(&mut options)).map_err(failed("compare the files"))?;
        if statuses.len() > FILES_MAX {
            return Err(TreeError::TooMany { root: self.root.clone() }.into());
        }
        // A run that was brought here in a file is no part of the tree, unless somebody committed it.
        let brought = |entry: &git2::StatusEntry<'_>| {
            entry.status() == git2::Status::WT_NEW && TreePath::new(entry.path_bytes()).is_exported()
        };
        let mut paths: BTreeSet<TreePath> = statuses
            .iter()
            .filter(|entry| !brought(entry))
            .map(|entry| {
                let path = entry.path_bytes();
                TreePath::new(path.strip_suffix(b"/").unwrap_or(path)) // a nested repository ends with a slash
            })
            .collect();
        self.look_behind_flags(&mut paths)?;
        paths.retain(|path| !path.is_ours() && !excluded.is_match(path.as_path()));
        Ok(paths)
    }

    /// Corrects what flags in the index make git believe: a file that is *assumed unchanged* may differ all the
    /// same, and one outside a sparse checkout is absent on purpose. Answers those that are.
    fn look_behind_flags(&self, paths: &mut BTreeSet<TreePath>) -> Result<BTreeSet<TreePath>, GitError> {
        let mut absent = BTreeSet::new();
        let index = self.repository.index().map_err(failed("read the index"))?;
        let sparse =
            self.repository.config().and_then(|it| it.get_bool("core.sparseCheckout")).unwrap_or(false);
        for entry in index.iter() {
            let assumed = entry.flags & IndexEntryFlag::VALID.bits() != 0;
            let outside = entry.flags_extended & IndexEntryExtendedFlag::SKIP_WORKTREE.bits() != 0;
            if assumed || outside {
                let path = TreePath::new(entry.path);
                if outside && sparse && self.root.join(path.as_path()).symlink_metadata().is_err() {
                    paths.remove(&path);
                    absent.insert(path);
                } else {
                    paths.insert(path);
                }
            }
        }
        Ok(absent)
    }

    fn difference(
        &self,
        path: &TreePath,
        before: Option<&git2::TreeEntry<'_>>,
        depth: u32,
    ) -> Result<Option<Difference>, GitError> {
        let file = self.root.join(path.as_path());
        let before = before.filter(|entry| entry.kind() != Some(ObjectType::Tree));
        let now = tree::observe(&self.root, path, &mut Seen::nothing()).map_err(TreeError::from)?;
        let status = match (&before, &now) {
            (None, None) => return Ok(None),
            (None, Some(_)) => Status::Added,
            (Some(_), Some(_)) => Status::Modified,
            (Some(_), None) => {
                return Ok(Some(Difference { status: Status::Deleted, mode: 0, content: None }));
            }
        };
        let Some(Observed { mode, mut content }) = now else { return Ok(None) };
        if mode == MODE_NESTED {
            content = nested(&file, depth)?;
        } else if let Some(before) = before
            && before.filemode_raw().cast_unsigned() == mode
            && git_id(&file, mode).is_some_and(|id| id == before.id())
        {
            return Ok(None); // staged and taken back, or only touched
        }
        Ok(Some(Difference { status, mode, content }))
    }
}

/// `https://name:token@host/x` becomes `https://host/x`.
fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{}", path.map(|path| format!("/{path}")).unwrap_or_default())
}

/// The tree digest of a repository inside the tree.
fn nested(path: &Path, depth: u32) -> Result<Option<dod_kernel::id::Digest>, GitError> {
    let Some(depth) = depth.checked_sub(1) else { return Ok(None) };
    let repository = Repository::open(path).map_err(failed("open a nested repository"))?;
    let inner = Git { repository, root: path.to_owned() };
    let state = inner.tree_state_at(&GlobSet::empty(), depth)?;
    // The commit is named as well as its tree: the outer repository records commits.
    let commit = inner.head_commit()?.map(|commit| commit.id().to_string()).unwrap_or_default();
    Ok(Some(crate::blob::digest_of(format!("{commit} {}", state.digest()).as_bytes())))
}

/// The id that git gives to a file's content, without filters.
fn git_id(file: &Path, mode: u32) -> Option<Oid> {
    if mode == 0o120_000 {
        let target = std::fs::read_link(file).ok()?;
        return Oid::hash_object(ObjectType::Blob, target.as_os_str().as_bytes()).ok();
    }
    Oid::hash_file(ObjectType::Blob, file).ok()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn path_of(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}
