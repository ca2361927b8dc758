//! Notes and references of our own: read, and exchanged by compare-and-swap.
//!
//! **Absent on purpose:** branches, tags and everything else that people work with; fetching and pushing.

use git2::{ErrorCode, ObjectType, Oid, Repository, Signature};

use super::{Git, GitError, Person, failed, lossy};

/// Notes of one reference that are read.
pub const NOTES_MAX: usize = 100_000;
/// How often a reference is tried that others change at the same time.
const TRIES_MAX: u32 = 8;
/// Where references begin that may be written.
pub(super) const OURS: [&str; 2] = ["refs/notes/dod", "refs/dod/"];

impl Git {
    /// The notes under a reference, by the commit that they are on.
    ///
    /// # Errors
    /// They cannot be read, or there are more than [`NOTES_MAX`].
    pub fn notes(&self, reference: &str) -> Result<Vec<(String, Vec<u8>)>, GitError> {
        let doing = "read notes";
        let list = match self.repository.notes(Some(reference)) {
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(Vec::new()),
            list => list.map_err(failed(doing))?,
        };
        let mut notes = Vec::new();
        for entry in list {
            let (note, on) = entry.map_err(failed(doing))?;
            if notes.len() == NOTES_MAX {
                return Err(GitError::TooManyNotes { reference: reference.to_owned() });
            }
            let blob = self.repository.find_blob(note).map_err(failed(doing))?;
            notes.push((on.to_string(), blob.content().to_vec()));
        }
        notes.sort();
        Ok(notes)
    }

    /// Replaces the note on a commit by what `change` makes of the one that is there; others may write at the same time.
    ///
    /// # Errors
    /// There is no such commit, `change` refuses, or the note cannot be written.
    pub fn change_note<E: From<GitError>>(
        &self,
        reference: &str,
        commit: &str,
        by: &Person,
        change: impl Fn(Option<&[u8]>) -> Result<String, E>,
    ) -> Result<(), E> {
        let doing = "write a note";
        let on = self.commit_object(commit)?.id();
        self.swap(
            reference,
            doing,
            |repository, before, who| {
                let there = match before {
                    Some(_) => match repository.find_note(Some(reference), on) {
                        Err(error) if error.code() == ErrorCode::NotFound => None,
                        note => Some(note.map_err(failed(doing))?.message_bytes().to_vec()),
                    },
                    None => None,
                };
                let text = change(there.as_deref())?;
                // libgit2 writes notes to a reference alone: to one that is nobody else's, beside.
                let aside = format!("refs/notes/dod-aside-{}", uuid::Uuid::now_v7().simple());
                if let Some(before) = before {
                    repository.reference(&aside, before, false, doing).map_err(failed(doing))?;
                }
                let written = repository.note(who, who, Some(&aside), on, &text, true);
                let after = repository.refname_to_id(&aside);
                if let Ok(mut aside) = repository.find_reference(&aside) {
                    let _ = aside.delete();
                }
                written.and(after).map_err(|error| failed(doing)(error).into())
            },
            by,
        )
    }

    /// Names of references that match a pattern, like `refs/dod/logs/*`, sorted.
    ///
    /// # Errors
    /// They cannot be listed.
    pub fn references(&self, pattern: &str) -> Result<Vec<String>, GitError> {
        let list = self.repository.references_glob(pattern).map_err(failed("list references"))?;
        let mut names: Vec<String> = list.flatten().map(|it| lossy(it.name_bytes())).collect();
        names.sort();
        Ok(names)
    }

    /// The content of a file in the commit that a reference names; `None`: no such reference, or no such file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn file_under(&self, reference: &str, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let doing = "read a reference";
        let found = match self.repository.find_reference(reference) {
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            found => found.map_err(failed(doing))?,
        };
        let Ok(tree) = found.peel_to_tree() else { return Ok(None) };
        let Ok(entry) = tree.get_path(std::path::Path::new(path)) else { return Ok(None) };
        if entry.kind() != Some(ObjectType::Blob) {
            return Ok(None);
        }
        let blob = self.repository.find_blob(entry.id()).map_err(failed(doing))?;
        Ok(Some(blob.content().to_vec()))
    }

    /// Replaces a file at the top of the commit that a reference names by what `change` makes of it; the commit before
    /// becomes its parent.
    ///
    /// # Errors
    /// `change` refuses, or the reference cannot be written.
    pub fn change_file_under<E: From<GitError>>(
        &self,
        reference: &str,
        path: &str,
        by: &Person,
        change: impl Fn(Option<&[u8]>) -> Result<String, E>,
    ) -> Result<(), E> {
        let doing = "write a reference";
        self.swap(
            reference,
            doing,
            |repository, before, who| {
                let there = self.file_under(reference, path)?;
                let text = change(there.as_deref())?;
                let written = || -> Result<Oid, git2::Error> {
                    let parent = before.map(|id| repository.find_commit(id)).transpose()?;
                    let tree = parent.as_ref().map(git2::Commit::tree).transpose()?;
                    let mut entries = repository.treebuilder(tree.as_ref())?;
                    entries.insert(path, repository.blob(text.as_bytes())?, 0o100_644)?;
                    let tree = repository.find_tree(entries.write()?)?;
                    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
                    repository.commit(None, who, who, &format!("{path}\n"), &tree, &parents)
                };
                written().map_err(|error| failed(doing)(error).into())
            },
            by,
        )
    }

    /// Moves a reference from what it was when `make` began to what `make` answers; again from the beginning, if somebody
    /// else was faster.
    pub(super) fn swap<E: From<GitError>>(
        &self,
        reference: &str,
        doing: &'static str,
        make: impl Fn(&Repository, Option<Oid>, &Signature<'_>) -> Result<Oid, E>,
        by: &Person,
    ) -> Result<(), E> {
        let repository = &self.repository;
        if !OURS.iter().any(|ours| reference == *ours || (ours.ends_with('/') && reference.starts_with(ours)))
        {
            return Err(GitError::NotOurs { reference: reference.to_owned() }.into());
        }
        let who = Signature::now(&by.name, &by.email).map_err(failed(doing))?;
        let mut tries = 0;
        loop {
            let before = match repository.refname_to_id(reference) {
                Ok(id) => Some(id),
                Err(error) if error.code() == ErrorCode::NotFound => None,
                Err(error) => return Err(failed(doing)(error).into()),
            };
            let after = make(repository, before, &who)?;
            let moved = match before {
                Some(before) if before == after => return Ok(()),
                Some(before) => repository.reference_matching(reference, after, true, before, "dod"),
                None => repository.reference(reference, after, false, "dod"),
            };
            tries += 1;
            match moved {
                Ok(_) => return Ok(()),
                Err(error)
                    if matches!(
                        error.code(),
                        ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked
                    ) && tries < TRIES_MAX => {}
                Err(error) => return Err(failed(doing)(error).into()),
            }
        }
    }
}
