//! The folder `.dod`: where a tree keeps its runs, blobs, cache and log.
//!
//! ```text
//!   .dod/.gitignore        "*", written before anything else
//!   .dod/tree.lock         one run per tree
//!   .dod/runs/<run-id>/    one folder per run
//!   .dod/blobs  .dod/cache  .dod/log
//! ```
//!
//! **Absent on purpose:** what is in a run, and removing anything.

use std::io;
use std::path::{Path, PathBuf};

use dod_kernel::id::RunId;

use crate::clone_log::CHECKPOINT_FILE;
use crate::disk;
use crate::log::LOG_FILE;
use crate::storage::{StorageError, sync_folder};

/// The name of the folder.
pub const FOLDER: &str = ".dod";
/// How many candidates an error lists.
pub const CANDIDATES_MAX: usize = 10;

/// The workspace, or a run in it, cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// Something else has its name.
    #[error("`{}` exists and is not a folder", path.display())]
    NotAFolder {
        /// What is in the way.
        path: PathBuf,
    },
    /// The tree has no `.dod`: nothing was ever run here.
    #[error("`{}` has no `{FOLDER}`: nothing was run here yet", root.display())]
    None {
        /// The tree.
        root: PathBuf,
    },
    /// There is a `.dod`, without any run.
    #[error("`{}` has no run yet", folder.display())]
    NoRuns {
        /// Where runs would be.
        folder: PathBuf,
    },
    /// No run's id begins like this.
    #[error("no run has an id that begins with `{beginning}`")]
    NoSuchRun {
        /// What was asked for.
        beginning: String,
    },
    /// Several ids begin like this.
    #[error("{count} runs have an id that begins with `{beginning}`: {}", candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        beginning: String,
        /// How many there are.
        count: usize,
        /// The newest [`CANDIDATES_MAX`] of them.
        candidates: Vec<String>,
    },
    /// The run exists already.
    #[error("the run `{id}` exists already")]
    Exists {
        /// Its id.
        id: RunId,
    },
    /// A file or folder cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The `.dod` of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    root: PathBuf,
    folder: PathBuf,
}

impl Workspace {
    /// The workspace of this tree, which is made if it is missing.
    pub fn create(root: &Path) -> Result<Self, WorkspaceError> {
        let folder = root.join(FOLDER);
        make(&folder)?;
        let ignore = folder.join(".gitignore");
        match disk::metadata(&ignore) {
            // Empty: the crash of somebody who was about to write it.
            Ok(it) if it.len() > 0 => {}
            _ => disk::write(&ignore, b"*\n").map_err(StorageError::when("write", &ignore))?,
        }
        let workspace = Self { root: root.to_owned(), folder };
        make(&workspace.runs_folder())?;
        Ok(workspace)
    }

    /// The workspace of this tree, if it has one. For commands that only look.
    pub fn open(root: &Path) -> Result<Self, WorkspaceError> {
        let folder = root.join(FOLDER);
        match disk::metadata(&folder) {
            Ok(it) if it.is_dir() => Ok(Self { root: root.to_owned(), folder }),
            Ok(_) => Err(WorkspaceError::NotAFolder { path: folder }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(WorkspaceError::None { root: root.to_owned() })
            }
            Err(error) => Err(StorageError::of("open", &folder, &error).into()),
        }
    }

    /// The tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder `.dod` itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where runs are.
    pub fn runs_folder(&self) -> PathBuf {
        self.folder.join("runs")
    }

    /// Where blobs are: see [`crate::blob::Blobs::at`].
    pub fn blobs_folder(&self) -> PathBuf {
        self.folder.join("blobs")
    }

    /// Where results of steps are kept for later runs.
    pub fn cache_folder(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// Where this clone's transparency log is.
    pub fn log_folder(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The lock for one run per tree: see [`crate::lock::Lock`].
    pub fn tree_lock(&self) -> PathBuf {
        self.folder.join("tree.lock")
    }

    /// The folder of a run.
    pub fn run_folder(&self, id: &RunId) -> PathBuf {
        self.runs_folder().join(id.0.as_str())
    }

    /// Makes the folder of a new run. It may be there without a log: what the run rests on lies in it before it begins.
    pub fn create_run(&self, id: &RunId) -> Result<PathBuf, WorkspaceError> {
        let folder = self.run_folder(id);
        match disk::create_dir(&folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if disk::is_file(&folder.join(LOG_FILE)) {
                    return Err(WorkspaceError::Exists { id: id.clone() });
                }
            }
            Err(error) => return Err(StorageError::of("create", &folder, &error).into()),
        }
        sync_folder(&self.runs_folder())?;
        Ok(folder)
    }

    /// All runs that have begun, newest first.
    pub fn runs(&self) -> Result<Vec<RunId>, WorkspaceError> {
        let folder = self.runs_folder();
        let unreadable = StorageError::when("list", &folder);
        let entries = match disk::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(&unreadable)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            if let Ok(name) = entry.file_name().into_string()
                && uuid::Uuid::try_parse(&name).is_ok_and(|id| id.to_string() == name)
                && has_begun(&entry.path())
            {
                names.push(name);
            }
        }
        names.sort_unstable_by(|left, right| right.cmp(left)); // version 7: the order of ids is that of time
        Ok(names.into_iter().map(|name| RunId(name.into())).collect())
    }

    /// The run that is meant by `latest`, an id, or the beginning of an id.
    pub fn resolve(&self, text: &str) -> Result<RunId, WorkspaceError> {
        let runs = self.runs()?;
        let Some(latest) = runs.first() else {
            return Err(WorkspaceError::NoRuns { folder: self.runs_folder() });
        };
        if text == "latest" {
            return Ok(latest.clone());
        }
        let beginning = text.to_ascii_lowercase();
        let mut found = runs.iter().filter(|id| !beginning.is_empty() && id.0.starts_with(&beginning));
        match (found.next(), found.clone().count()) {
            (None, _) => Err(WorkspaceError::NoSuchRun { beginning }),
            (Some(id), 0) => Ok(id.clone()),
            (Some(first), more) => {
                let all = std::iter::once(first).chain(found).take(CANDIDATES_MAX);
                let candidates = all.map(RunId::to_string).collect();
                Err(WorkspaceError::Ambiguous { beginning, count: more + 1, candidates })
            }
        }
    }
}

/// Makes a folder; it may be there. Its name is made durable in any case: whoever made it may have died before.
/// Whether there is a log with a line. One without any is of a run that was lost before it began, unless a checkpoint says that
/// there were lines. A log that cannot be looked at is not overlooked: whoever reads it is told why.
fn has_begun(run: &Path) -> bool {
    match disk::metadata(&run.join(LOG_FILE)) {
        Ok(log) => log.is_file() && (log.len() > 0 || disk::is_file(&run.join(CHECKPOINT_FILE))),
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    }
}

fn make(folder: &Path) -> Result<(), WorkspaceError> {
    match disk::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !disk::is_dir(folder) {
                return Err(WorkspaceError::NotAFolder { path: folder.to_owned() });
            }
        }
        Err(error) => return Err(StorageError::of("create", folder, &error).into()),
    }
    Ok(folder.parent().map_or(Ok(()), sync_folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_runs(ids: &[&str]) -> (tempfile::TempDir, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::create(folder.path()).unwrap();
        for id in ids {
            let run = workspace.create_run(&RunId((*id).into())).unwrap();
            std::fs::write(run.join(LOG_FILE), "{}\n").unwrap();
        }
        (folder, workspace)
    }

    const A: &str = "01970000-0000-7000-8000-000000000001";
    const B: &str = "01970000-0000-7000-8000-000000000002";
    const C: &str = "01980000-0000-7000-8000-000000000000";

    #[test]
    fn the_folder_ignores_itself() {
        let (folder, workspace) = with_runs(&[]);
        assert_eq!(std::fs::read_to_string(folder.path().join(".dod/.gitignore")).unwrap(), "*\n");
        assert_eq!(Workspace::create(folder.path()), Ok(workspace.clone()));
        assert_eq!(Workspace::open(folder.path()), Ok(workspace));
    }

    #[test]
    fn a_run_is_named_by_latest_or_the_beginning_of_its_id() {
        let (folder, workspace) = with_runs(&[B, A, C]);
        std::fs::create_dir(folder.path().join(".dod/runs/notes")).unwrap();
        workspace.create_run(&RunId("01990000-0000-7000-8000-000000000000".into())).unwrap(); // no log yet
        let lost = workspace.create_run(&RunId("01990000-0000-7000-8000-000000000001".into())).unwrap();
        std::fs::write(lost.join(LOG_FILE), "").unwrap(); // nothing was said in it
        let text =
            |name: &str| workspace.resolve(name).map_err(|error| error.to_string()).map(|id| id.to_string());
        assert_eq!(text("latest").as_deref(), Ok(C));
        assert_eq!(text("0198").as_deref(), Ok(C));
        assert_eq!(text(B).as_deref(), Ok(B));
        let ambiguous = format!("2 runs have an id that begins with `0197`: {B}, {A}");
        assert_eq!(text("0197"), Err(ambiguous));
        assert_eq!(text("02"), Err("no run has an id that begins with `02`".into()));
        assert_eq!(text(""), Err("no run has an id that begins with ``".into()));
        assert_eq!(
            workspace.create_run(&RunId(A.into())),
            Err(WorkspaceError::Exists { id: RunId(A.into()) })
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        assert_eq!(Workspace::open(&root), Err(WorkspaceError::None { root: root.clone() }));
        let workspace = Workspace::create(&root).unwrap();
        assert_eq!(
            workspace.resolve("latest"),
            Err(WorkspaceError::NoRuns { folder: root.join(".dod/runs") })
        );
        let file = root.join("x");
        std::fs::create_dir(&file).unwrap();
        std::fs::write(file.join(".dod"), "").unwrap();
        assert_eq!(Workspace::create(&file), Err(WorkspaceError::NotAFolder { path: file.join(".dod") }));
        assert_eq!(Workspace::open(&file), Err(WorkspaceError::NotAFolder { path: file.join(".dod") }));
    }
}
