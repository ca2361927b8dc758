//! Files that are put under a reference of ours, each in a folder: a shelf that a push carries elsewhere.
//!
//! **Absent on purpose:** what is in the files, and taking any away.

use std::path::Path;

use git2::{ErrorCode, ObjectType, Repository};

use super::{Git, GitError, Person, failed};

/// Where a file stands on a shelf.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The reference.
    pub reference: &'p str,
    /// The folder.
    pub folder: &'p str,
    /// The file's name.
    pub name: &'p str,
}

impl Git {
    /// Puts a file on a shelf; what stood in its place is replaced, and stays in the commit before.
    ///
    /// # Errors
    /// The file cannot be read, or the reference not be written.
    pub fn shelve(&self, place: Place<'_>, file: &Path, by: &Person) -> Result<(), GitError> {
        let doing = "put a file under a reference";
        let Place { reference, folder, name } = place;
        let content = self.repository.blob_path(file).map_err(failed(doing))?;
        self.swap(
            reference,
            doing,
            |repository: &Repository, before, who| {
                let written = || -> Result<git2::Oid, git2::Error> {
                    let parent = before.map(|id| repository.find_commit(id)).transpose()?;
                    let top = parent.as_ref().map(git2::Commit::tree).transpose()?;
                    let inner = top.as_ref().and_then(|tree| tree.get_name(folder));
                    let inner = inner.filter(|entry| entry.kind() == Some(ObjectType::Tree));
                    let inner = inner.map(|entry| repository.find_tree(entry.id())).transpose()?;
                    let mut entries = repository.treebuilder(inner.as_ref())?;
                    entries.insert(name, content, 0o100_644)?;
                    let mut all = repository.treebuilder(top.as_ref())?;
                    all.insert(folder, entries.write()?, 0o040_000)?;
                    let tree = repository.find_tree(all.write()?)?;
                    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
                    repository.commit(None, who, who, &format!("{folder}/{name}\n"), &tree, &parents)
                };
                written().map_err(failed(doing))
            },
            by,
        )
    }

    /// The content of a file on a shelf; `None`: there is none.
    ///
    /// # Errors
    /// The reference cannot be read.
    pub fn shelved(&self, place: Place<'_>) -> Result<Option<Vec<u8>>, GitError> {
        let doing = "read a file under a reference";
        let Place { reference, folder, name } = place;
        let found = match self.repository.find_reference(reference) {
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            found => found.map_err(failed(doing))?,
        };
        let tree = found.peel_to_tree().map_err(failed(doing))?;
        let Ok(entry) = tree.get_path(&Path::new(folder).join(name)) else { return Ok(None) };
        let blob = self.repository.find_blob(entry.id()).map_err(failed(doing))?;
        Ok(Some(blob.content().to_vec()))
    }

    /// The branch that the remote calls its default one, as far as this clone was told.
    pub fn default_branch(&self) -> Option<String> {
        let head = self.repository.find_reference("refs/remotes/origin/HEAD").ok()?;
        let target = head.symbolic_target_bytes()?;
        target.strip_prefix(b"refs/remotes/origin/").map(super::lossy)
    }
}
