//! Putting runs aside, each as one exported file: into a folder, or under a git reference that a push carries elsewhere.
//!
//! ```text
//!   FOLDER/<run>.dodz          refs/dod/…: <beginning of the run's id>/<run>.dodz, one commit for each run
//! ```
//!
//! What is there of a run is never replaced by another history of it.
//!
//! **Absent on purpose:** pushing, taking away, and runs without a verdict.

use std::path::{Path, PathBuf};

use dod_kernel::id::RunId;
use dod_proof::tree::Hash;

use super::{HouseError, is_there, keep_copy};
use crate::blob::Blobs;
use crate::disk;
use crate::exported::{EXTENSION, ExportedError, unpack_file, write_file};
use crate::git::{Git, GitError, Person, Place};
use crate::storage::{StorageError, TEMPORARY_PREFIX, write_atomic};
use crate::workspace::Workspace;

/// How references begin that runs may be put under.
const REFERENCES: &str = "refs/";
/// Characters of an id that name a folder: the runs of three days lie in one.
const FOLDER_CHARS: usize = 5;

/// Where runs are put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Archive {
    /// A folder.
    Folder(PathBuf),
    /// A reference.
    Reference(String),
}

/// What became of a run that was to be put there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there now.
    New,
    /// It was there.
    Same,
}

/// A run is not in the archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveFailed {
    /// There is no repository.
    #[error("`{reference}` is a git reference, and there is no repository here")]
    NoRepository {
        /// The reference.
        reference: String,
    },
    /// Another run of this id is there.
    #[error("{place} holds another history of the run: one of them was changed")]
    Differs {
        /// Where.
        place: String,
    },
    /// Some of it is not here any more.
    #[error("{missing} of the blobs that it names are missing or damaged here")]
    Incomplete {
        /// How many.
        missing: usize,
    },
    /// It has no verdict yet.
    #[error("it has no verdict yet")]
    Unfinished,
    /// It cannot be exported, or what is there cannot be read.
    #[error(transparent)]
    Exported(#[from] ExportedError),
    /// git cannot.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Archive {
    /// What `archive:` of a project means.
    pub fn of(word: &str, root: &Path) -> Self {
        match word.starts_with(REFERENCES) {
            true => Self::Reference(word.to_owned()),
            false => Self::Folder(root.join(word)),
        }
    }

    /// What people call it.
    pub fn name(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Reference(reference) => reference.clone(),
        }
    }

    /// Puts a finished run there.
    ///
    /// # Errors
    /// It is not there.
    pub fn put(&self, workspace: &Workspace, run: &RunId, git: Option<&Git>) -> Result<Put, ArchiveFailed> {
        let scratch = Scratch::new(workspace.folder())?;
        let file = scratch.0.join(format!("{run}.{EXTENSION}"));
        let store = Blobs::at(workspace.blobs_folder());
        let log = workspace.log_folder();
        let written = write_file(&workspace.run_folder(run), &store, Some(&log), &file)?;
        if !written.finished {
            return Err(ArchiveFailed::Unfinished);
        }
        let missing = written.missing.len() + written.damaged.len();
        if missing > 0 {
            return Err(ArchiveFailed::Incomplete { missing });
        }
        match self {
            Self::Folder(folder) => {
                // What lies in the tree would be a change of it, as `.dod` would.
                let ignored = folder.starts_with(workspace.root()).then(|| folder.join(".gitignore"));
                self.put_in_folder(&scratch, folder, &file, run, ignored)
            }
            Self::Reference(reference) => {
                let none = || ArchiveFailed::NoRepository { reference: reference.clone() };
                self.put_under_reference(&scratch, reference, &file, run, git.ok_or_else(none)?)
            }
        }
    }

    fn put_in_folder(
        &self,
        scratch: &Scratch,
        folder: &Path,
        file: &Path,
        run: &RunId,
        ignored: Option<PathBuf>,
    ) -> Result<Put, ArchiveFailed> {
        let target = folder.join(format!("{run}.{EXTENSION}"));
        if is_there(&target)? {
            return self.compare(scratch, &target, file);
        }
        disk::create_dir_all(folder).map_err(StorageError::when("create", folder))?;
        if let Some(ignored) = ignored.filter(|file| !disk::is_file(file)) {
            write_atomic(&ignored, b"*\n")?;
        }
        let bytes = disk::open(file).map_err(StorageError::when("open", file))?;
        keep_copy(bytes, &target)?;
        Ok(Put::New)
    }

    fn put_under_reference(
        &self,
        scratch: &Scratch,
        reference: &str,
        file: &Path,
        run: &RunId,
        git: &Git,
    ) -> Result<Put, ArchiveFailed> {
        let name = format!("{run}.{EXTENSION}");
        let folder: String = run.0.chars().take(FOLDER_CHARS).collect();
        let place = Place { reference, folder: &folder, name: &name };
        if let Some(there) = git.shelved(place)? {
            let copy = scratch.0.join("there");
            disk::write(&copy, &there).map_err(StorageError::when("write", &copy))?;
            return self.compare(scratch, &copy, file);
        }
        let by = Person { name: "dod".to_owned(), email: "dod@localhost".to_owned() };
        git.shelve(place, file, &by)?;
        Ok(Put::New)
    }

    /// Whether what is there is the run that is here.
    fn compare(&self, scratch: &Scratch, there: &Path, here: &Path) -> Result<Put, ArchiveFailed> {
        let lines = |file: &Path| -> Result<(u64, Hash), ExportedError> {
            let unpacked = unpack_file(file, &scratch.0)?;
            Ok((unpacked.survey.run.count(), unpacked.survey.run.frontier.root()))
        };
        match lines(there)? == lines(here)? {
            true => Ok(Put::Same),
            false => Err(ArchiveFailed::Differs { place: self.name() }),
        }
    }
}

/// A folder that is gone with everything in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(within: &Path) -> Result<Self, StorageError> {
        let path = within.join(format!("{TEMPORARY_PREFIX}{}", disk::unique()));
        disk::create_dir(&path).map_err(StorageError::when("create", &path))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = disk::remove_dir_all(&self.0);
    }
}

impl From<ArchiveFailed> for HouseError {
    fn from(error: ArchiveFailed) -> Self {
        Self::Archive(error)
    }
}
