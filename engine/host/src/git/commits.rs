//! What commits say: who wrote them, their messages, what was signed.
//!
//! **Absent on purpose:** whether anybody minds, and whether a signature is good ([`dod_proof::sshsig`] checks one).

use std::collections::BTreeSet;

use git2::{ErrorCode, Oid};

use super::{COMMITS_MAX, Git, GitError, Person, failed, lossy};

/// Ids of commits at which a shallow clone ends; a larger list is damaged.
const SHALLOW_BYTES_MAX: u64 = 16 << 20;

/// A commit as its object has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// How many parents it names, whether or not the clone has them.
    pub parents: usize,
    /// Who wrote it, as claimed.
    pub author: Person,
    /// Who made the commit, as claimed.
    pub committer: Person,
    /// Its message; bytes that are no UTF-8 are replaced.
    pub message: String,
    /// The signature in its header.
    pub signature: Option<Signature>,
}

/// A signature, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The signature in its armor.
    pub armored: String,
    /// The bytes that it is of.
    pub signed: Vec<u8>,
}

/// Commits to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Left out with all that it comes after; `None` for nothing.
    pub from: Option<String>,
    /// The newest.
    pub to: String,
}

/// A commit as it came onto a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// Its id.
    pub id: String,
    /// The id of its tree.
    pub tree: String,
    /// Who wrote it, as claimed.
    pub author: Person,
    /// When it was committed, as claimed, in milliseconds since 1970.
    pub committed_ms: i64,
    /// The first line of its message.
    pub summary: String,
}

impl Git {
    /// The commits of a range along the first parents, newest first: what came onto a branch, and not what its merges
    /// brought along.
    ///
    /// # Errors
    /// There are more than [`COMMITS_MAX`], the clone is too shallow to know, or the repository is damaged.
    pub fn landed(&self, range: &Range) -> Result<Vec<Landed>, GitError> {
        let doing = "list commits";
        let mut walk = self.repository.revwalk().map_err(failed(doing))?;
        walk.simplify_first_parent().map_err(failed(doing))?;
        walk.push(self.commit_object(&range.to)?.id()).map_err(failed(doing))?;
        if let Some(from) = &range.from {
            walk.hide(self.commit_object(from)?.id()).map_err(failed(doing))?;
        }
        let cut_off = self.cut_off()?;
        let mut commits = Vec::new();
        for id in walk {
            if commits.len() == COMMITS_MAX {
                return Err(GitError::TooManyCommits { range: range.to.clone() });
            }
            let commit = self.commit_object(&id.map_err(failed(doing))?.to_string())?;
            let id = commit.id().to_string();
            // What came before it is not here, and would be missing without a word.
            if cut_off.contains(&id) {
                return Err(GitError::Shallow { reference: id });
            }
            let author = commit.author();
            commits.push(Landed {
                id,
                tree: commit.tree_id().to_string(),
                author: Person { name: lossy(author.name_bytes()), email: lossy(author.email_bytes()) },
                committed_ms: commit.time().seconds().saturating_mul(1000),
                summary: lossy(commit.summary_bytes().unwrap_or_default()),
            });
        }
        Ok(commits)
    }

    /// The commits that `A..B`, `A..` or `B` name; `B` alone is everything up to it.
    ///
    /// # Errors
    /// A name that is unknown, or a clone that is too shallow to know.
    pub fn range(&self, text: &str) -> Result<Range, GitError> {
        let (from, to) = match text.split_once("..") {
            Some((from, to)) => (Some(if from.is_empty() { "HEAD" } else { from }), to),
            None => (None, text),
        };
        let to = self.commit(if to.is_empty() { "HEAD" } else { to })?;
        Ok(Range { from: from.map(|from| self.commit(from)).transpose()?, to })
    }

    /// The commits of a range, oldest first.
    ///
    /// # Errors
    /// There are more than [`COMMITS_MAX`], or the repository is damaged.
    pub fn commits_of(&self, range: &Range) -> Result<Vec<String>, GitError> {
        let Some(from) = &range.from else {
            let doing = "list commits";
            let mut walk = self.repository.revwalk().map_err(failed(doing))?;
            walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE).map_err(failed(doing))?;
            walk.push(self.commit_object(&range.to)?.id()).map_err(failed(doing))?;
            let mut commits = Vec::new();
            for id in walk {
                if commits.len() == COMMITS_MAX {
                    return Err(GitError::TooManyCommits { range: range.to.clone() });
                }
                commits.push(id.map_err(failed(doing))?.to_string());
            }
            return Ok(commits);
        };
        self.commits(from, &range.to)
    }

    /// What a commit says.
    ///
    /// # Errors
    /// It is not there, or the repository is damaged.
    pub fn commit_says(&self, id: &str) -> Result<Commit, GitError> {
        let commit = self.commit_object(id)?;
        let person = |it: &git2::Signature<'_>| Person {
            name: lossy(it.name_bytes()),
            email: lossy(it.email_bytes()),
        };
        let header = commit.raw_header_bytes();
        Ok(Commit {
            id: commit.id().to_string(),
            // Of a shallow clone's last commit libgit2 counts no parents.
            parents: header.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"parent ")).count(),
            author: person(&commit.author()),
            committer: person(&commit.committer()),
            message: lossy(commit.message_bytes()),
            signature: self.signature(commit.id())?,
        })
    }

    fn signature(&self, id: Oid) -> Result<Option<Signature>, GitError> {
        match self.repository.extract_signature(&id, None) {
            Ok((armored, signed)) => {
                Ok(Some(Signature { armored: lossy(&armored), signed: signed.to_vec() }))
            }
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed("read the signature of a commit")(error)),
        }
    }

    /// Commits whose parents a shallow clone does not have; none in a whole one.
    ///
    /// # Errors
    /// The list of them cannot be read.
    pub fn cut_off(&self) -> Result<BTreeSet<String>, GitError> {
        if !self.is_shallow() {
            return Ok(BTreeSet::new());
        }
        let unreadable = |message: String| GitError::Library { doing: "read where this clone ends", message };
        let file = self.repository.commondir().join("shallow");
        let size = file.metadata().map_err(|error| unreadable(error.to_string()))?.len();
        if size > SHALLOW_BYTES_MAX {
            return Err(unreadable(format!("the list has more than {SHALLOW_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        Ok(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
    }
}
