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

impl Git {
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
