//! References of our own as places for files: read, written on top of what is there, moved only where nobody else has, and
//! exchanged with a remote by the program `git`, which knows how to sign in there.
//!
//! **Absent on purpose:** what the files say, and trying again.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use git2::build::TreeUpdateBuilder;
use git2::{ErrorCode, FileMode, ObjectType, Oid, Signature, Tree};

use super::refs::OURS;
use super::{Git, GitError, Person, failed};

/// Bytes of one write.
const CHUNK_BYTES: usize = 256 << 10;
/// Bytes kept of what `git` says.
const SAID_BYTES_MAX: usize = 2 << 10;

impl Git {
    /// The commit that one of our references names.
    ///
    /// # Errors
    /// It is none of ours, or cannot be read.
    pub fn tip(&self, reference: &str) -> Result<Option<String>, GitError> {
        if !OURS.iter().any(|ours| ours.ends_with('/') && reference.starts_with(ours)) {
            return Err(GitError::NotOurs { reference: reference.to_owned() });
        }
        match self.repository.refname_to_id(reference) {
            Ok(id) => Ok(Some(id.to_string())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed("read a reference")(error)),
        }
    }

    /// Files directly in a folder of a commit, by name, with the id of their content.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn names_in(&self, commit: &str, folder: &str) -> Result<Vec<(String, String)>, GitError> {
        let tree = self.tree_of(commit)?;
        let Ok(entry) = tree.get_path(Path::new(folder)) else { return Ok(Vec::new()) };
        let Ok(inside) = self.repository.find_tree(entry.id()) else { return Ok(Vec::new()) };
        let files = inside.iter().filter(|entry| entry.kind() == Some(ObjectType::Blob));
        Ok(files.map(|entry| (super::lossy(entry.name_bytes()), entry.id().to_string())).collect())
    }

    /// Writes a file of a commit to the disk; answers whether the commit has it.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn copy_out(&self, commit: &str, path: &str, to: &Path) -> Result<bool, GitError> {
        let doing = "read a file of a reference";
        let tree = self.tree_of(commit)?;
        let Ok(entry) = tree.get_path(Path::new(path)) else { return Ok(false) };
        if entry.kind() != Some(ObjectType::Blob) {
            return Ok(false);
        }
        let blob = self.repository.find_blob(entry.id()).map_err(failed(doing))?;
        std::fs::write(to, blob.content()).map_err(|error| of_io(doing, &error))?;
        Ok(true)
    }

    /// A commit on top of another one, with these files in place of what it has there.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn commit_files(
        &self,
        base: Option<&str>,
        files: &[(String, PathBuf)],
        message: &str,
        by: &Person,
    ) -> Result<String, GitError> {
        let doing = "write a reference";
        let repository = &self.repository;
        let write = failed(doing);
        let parent = base.map(|base| self.commit_object(base)).transpose()?;
        let before = match &parent {
            Some(parent) => parent.tree().map_err(&write)?,
            None => {
                let empty = repository.treebuilder(None).and_then(|empty| empty.write()).map_err(&write)?;
                repository.find_tree(empty).map_err(&write)?
            }
        };
        let mut update = TreeUpdateBuilder::new();
        for (path, file) in files {
            update.upsert(path.as_str(), self.keep(file)?, FileMode::Blob);
        }
        let tree = update.create_updated(repository, &before).map_err(&write)?;
        let tree = repository.find_tree(tree).map_err(&write)?;
        let who = Signature::now(&by.name, &by.email).map_err(&write)?;
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        let commit = repository.commit(None, &who, &who, message, &tree, &parents).map_err(&write)?;
        Ok(commit.to_string())
    }

    /// Moves one of our references, if it is where the caller saw it last; answers whether it was.
    ///
    /// # Errors
    /// It is none of ours, or cannot be written.
    pub fn swap_tip(&self, reference: &str, from: Option<&str>, to: &str) -> Result<bool, GitError> {
        let doing = "move a reference";
        self.tip(reference)?;
        let id = |text: &str| Oid::from_str(text).map_err(failed(doing));
        let moved = match from {
            Some(from) => self.repository.reference_matching(reference, id(to)?, true, id(from)?, "dod"),
            None => self.repository.reference(reference, id(to)?, false, "dod"),
        };
        match moved {
            Ok(_) => Ok(true),
            Err(error)
                if matches!(
                    error.code(),
                    ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked | ErrorCode::NotFound
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(failed(doing)(error)),
        }
    }

    /// The commit that a reference of a remote names, fetched.
    ///
    /// # Errors
    /// The remote cannot be reached, or refuses.
    pub fn fetch_tip(&self, remote: &str, reference: &str) -> Result<Option<String>, GitError> {
        let listed = self.run(&["ls-remote", "--", remote, reference], "look at the remote")?;
        let listed = listed.map_err(|said| of_remote("look at the remote", said))?;
        if listed.trim().is_empty() {
            return Ok(None);
        }
        let aside = format!("refs/dod/fetched/{}", uuid::Uuid::now_v7().simple());
        let spec = format!("+{reference}:{aside}");
        let words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", remote, &spec];
        let fetched = self.run(&words, "fetch the log")?;
        let tip = self.tip(&aside)?;
        if let Ok(mut aside) = self.repository.find_reference(&aside) {
            let _ = aside.delete();
        }
        fetched.map_err(|said| of_remote("fetch the log", said))?;
        Ok(tip)
    }

    /// Pushes a commit to a reference of a remote, if it is where the caller saw it last; answers whether it was.
    ///
    /// # Errors
    /// The remote cannot be reached, or refuses for another reason.
    pub fn push_tip(
        &self,
        remote: &str,
        reference: &str,
        from: Option<&str>,
        to: &str,
    ) -> Result<bool, GitError> {
        let lease = format!("--force-with-lease={reference}:{}", from.unwrap_or_default());
        let spec = format!("{to}:{reference}");
        let words = ["push", "--quiet", "--porcelain", "--no-verify", &lease, "--", remote, &spec];
        match self.run(&words, "push the log")? {
            Ok(_) => Ok(true),
            Err(said) => {
                // Somebody else was faster: what the remote has is not what was seen.
                let now = self.run(&["ls-remote", "--", remote, reference], "look at the remote")?;
                let now = now.map_err(|said| of_remote("look at the remote", said))?;
                let there = now.split_whitespace().next();
                if there == Some(to) {
                    return Ok(true);
                }
                // A lock that another push held is gone by now, and the reference may be where it was.
                let contended = [
                    "stale info",
                    "fetch first",
                    "non-fast-forward",
                    "cannot lock ref",
                    "failed to update ref",
                    "remote rejected",
                ];
                match there != from
                    || contended.iter().any(|word| said.contains(word)) && !said.contains("hook declined")
                {
                    true => Ok(false),
                    false => Err(of_remote("push the log", said)),
                }
            }
        }
    }

    fn tree_of(&self, commit: &str) -> Result<Tree<'_>, GitError> {
        self.commit_object(commit)?.tree().map_err(failed("read a reference"))
    }

    /// Stores the content of a file as it is, without filters.
    fn keep(&self, file: &Path) -> Result<Oid, GitError> {
        let doing = "store a file";
        let mut from = std::fs::File::open(file).map_err(|error| of_io(doing, &error))?;
        let mut to = self.repository.blob_writer(None).map_err(failed(doing))?;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let count = from.read(&mut chunk).map_err(|error| of_io(doing, &error))?;
            if count == 0 {
                return to.commit().map_err(failed(doing));
            }
            to.write_all(&chunk[..count]).map_err(|error| of_io(doing, &error))?;
        }
    }

    /// Runs the program `git` in the repository; answers what it printed, or why it failed.
    fn run(&self, words: &[&str], doing: &'static str) -> Result<Result<String, String>, GitError> {
        let output = Command::new("git")
            .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"])
            .args(words)
            .current_dir(&self.root)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .env_remove("DOD_KEY")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| of_io(doing, &error))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            return Ok(Ok(text(&output.stdout)));
        }
        let mut said = format!("{}\n{}", text(&output.stderr), text(&output.stdout)).trim().to_owned();
        let end = (0..=SAID_BYTES_MAX.min(said.len())).rev().find(|at| said.is_char_boundary(*at));
        said.truncate(end.unwrap_or(0));
        Ok(Err(said))
    }
}

fn of_io(doing: &'static str, error: &std::io::Error) -> GitError {
    GitError::Library { doing, message: error.to_string() }
}

fn of_remote(doing: &'static str, said: String) -> GitError {
    GitError::Library { doing, message: said }
}
