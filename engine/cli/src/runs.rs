//! Which run a word on the command line means (design §1), and that run read back, told.
//!
//! ```text
//!   latest | an id or its beginning | a commit, its beginning, a branch, a tag | an exported run: its file or folder
//! ```
//!
//! **Absent on purpose:** printing, and changing a run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dod_host::blob::Blobs;
use dod_host::exported::{self, Unpacked, unpack_file};
use dod_host::history::{Events, Glance, HistoryError, Stored, glance};
use dod_host::lock::{Holder, Lock};
use dod_host::log::{LOCK_FILE, LOG_FILE};
use dod_host::workspace::{Workspace, WorkspaceError};
use dod_kernel::id::RunId;
use dod_kernel::run::RunStarted;
use dod_kernel::value::Value;
use dod_kernel::workflow::Kind;
use dod_notation::diagnose::closest;
use dod_views::{Sources, Story};

use crate::blame::CommandError;
use crate::launch::Lookup;
use crate::project::Project;
use crate::suggest::Suggestions;

/// The word for the newest run.
pub(crate) const LATEST: &str = "latest";
/// Fewer characters are not the beginning of a commit.
const COMMIT_CHARS_MIN: usize = 4;

/// A run on the disk.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Its id; of an exported run the name of its folder until the log has been read.
    pub(crate) id: RunId,
    /// Where its log is.
    pub(crate) folder: PathBuf,
    /// Where its blobs are.
    pub(crate) blobs: PathBuf,
    /// The workspace it can be acted on in; `None` for an exported run.
    pub(crate) workspace: Option<Workspace>,
    /// What was unpacked is there as long as this is.
    pub(crate) unpacked: Option<Arc<Unpacked>>,
}

/// What becomes of a run without a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    /// It has a verdict.
    Ended,
    /// A process works on it.
    Held(Holder),
    /// It waits for somebody, and no process for it.
    Waiting,
    /// Its process is gone.
    Interrupted,
}

impl Going {
    /// The run's state for programs, in place of what the log alone can say.
    pub(crate) fn state(&self, told: &'static str) -> &'static str {
        match self {
            Self::Ended | Self::Held(_) | Self::Waiting => told,
            Self::Interrupted => "interrupted",
        }
    }
}

impl Found {
    /// The run that a word means; without one, the newest.
    pub(crate) fn of(project: &Project, word: Option<&str>) -> Result<Self, CommandError> {
        let word = word.unwrap_or(LATEST);
        if let Some(found) = Self::exported(word)? {
            return Ok(found);
        }
        let workspace = project.existing_workspace()?;
        let id = match workspace.resolve(word) {
            Err(WorkspaceError::NoSuchRun { .. }) => {
                by_commit(project, &workspace, word)?.ok_or_else(|| unknown(word))?
            }
            other => other?,
        };
        Ok(Self::at(workspace, id))
    }

    /// An exported run, where the word is the path of one.
    pub(crate) fn exported(word: &str) -> Result<Option<Self>, CommandError> {
        let Some(path) = exported_file(word) else { return Ok(exported_folder(word)) };
        let unpacked = unpack_file(path, &std::env::temp_dir())?;
        let (id, folder) = (unpacked.run().clone(), unpacked.folder().to_owned());
        let blobs = folder.join(exported::BLOBS_FOLDER);
        Ok(Some(Self { id, folder, blobs, workspace: None, unpacked: Some(Arc::new(unpacked)) }))
    }

    /// A run of this workspace.
    pub(crate) fn at(workspace: Workspace, id: RunId) -> Self {
        let (folder, blobs) = (workspace.run_folder(&id), workspace.blobs_folder());
        Self { id, folder, blobs, workspace: Some(workspace), unpacked: None }
    }

    /// The newest run without a verdict.
    pub(crate) fn unfinished(project: &Project) -> Result<Option<Self>, CommandError> {
        let workspace = project.existing_workspace()?;
        for id in workspace.runs()? {
            let found = Self::at(workspace.clone(), id);
            let Ok(ends) = glance(&found.folder) else { continue };
            if !found.is_finished(&ends) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The run that a word means; without one, the newest without a verdict, else the newest.
    pub(crate) fn to_act_on(project: &Project, word: Option<&str>) -> Result<Self, CommandError> {
        match word {
            None => match Self::unfinished(project)? {
                Some(found) => Ok(found),
                None => Self::of(project, None),
            },
            word => Self::of(project, word),
        }
    }

    fn is_finished(&self, ends: &Glance) -> bool {
        let seen = ends.finished.is_some();
        if seen || ends.is_whole {
            return seen;
        }
        let Ok(events) = Events::of(&self.folder) else { return false };
        events.flatten().any(|one| matches!(one.event, dod_kernel::run::Event::RunFinished(_)))
    }

    /// The workspace, for commands that change the run.
    pub(crate) fn workspace(&self) -> Result<&Workspace, CommandError> {
        let said = || {
            let error = format!("`{}` is an exported run: it can only be looked at", self.id);
            CommandError::usage(error).hint("`dod import` takes it among the runs of this clone")
        };
        self.workspace.as_ref().ok_or_else(said)
    }

    /// Who works on it now.
    pub(crate) fn holder(&self) -> Result<Option<Holder>, CommandError> {
        Ok(Lock::holder(&self.folder.join(LOCK_FILE))?)
    }

    /// Reads the run.
    pub(crate) fn read(self) -> Result<Told, CommandError> {
        let id = self.id.clone();
        let stored = Stored::read_at(&self.folder, &Blobs::at(&self.blobs));
        stored.and_then(|stored| Told::new(self, stored)).map_err(|error| unread(&id, &error))
    }
}

/// Why a run cannot be told.
pub(crate) fn unread(id: &RunId, error: &HistoryError) -> CommandError {
    CommandError::system(format!("run {id} cannot be read: {error}"))
}

/// The file of an exported run, where the word is the path of one.
pub(crate) fn exported_file(word: &str) -> Option<&Path> {
    let path = Path::new(word);
    path.extension().is_some_and(|end| end == exported::EXTENSION).then_some(path)
}

/// The folder of an exported run: with a log, and blobs in it or beside it. A run of a workspace may be named so, too.
fn exported_folder(word: &str) -> Option<Found> {
    let path = Path::new(word);
    let path = if path.file_name().is_some_and(|name| name == LOG_FILE) { path.parent()? } else { path };
    let folder = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    if !folder.join(LOG_FILE).is_file() {
        return None;
    }
    let folder = folder.canonicalize().ok()?;
    let above = folder.parent();
    let places = [Some(folder.as_path()), above, above.and_then(Path::parent)];
    let blobs = places.into_iter().flatten().map(|place| place.join("blobs")).find(|blobs| blobs.is_dir());
    let blobs = blobs.unwrap_or_else(|| folder.join("blobs"));
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let id = RunId(name.as_str().into());
    let root = above.and_then(Path::parent).and_then(Path::parent);
    let workspace =
        root.and_then(|root| Workspace::open(root).ok()).filter(|it| it.run_folder(&id) == folder);
    Some(Found { id, folder, blobs, workspace, unpacked: None })
}

/// The newest run on a commit: its id or the beginning of it, or a name that git knows.
fn by_commit(project: &Project, workspace: &Workspace, word: &str) -> Result<Option<RunId>, CommandError> {
    let hex = word.len() >= COMMIT_CHARS_MIN && word.chars().all(|char| char.is_ascii_hexdigit());
    let named = project.git.as_ref().and_then(|git| git.commit(word).ok());
    let beginning = match named {
        Some(commit) => commit,
        None if hex => word.to_ascii_lowercase(),
        None => return Ok(None),
    };
    for id in workspace.runs()? {
        let Ok(started) = dod_host::history::started(&workspace.run_folder(&id)) else { continue };
        if commit_of(&started).is_some_and(|commit| commit.starts_with(&beginning)) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The commit that a run was made on.
pub(crate) fn commit_of(started: &RunStarted) -> Option<&str> {
    match started.facts.get("commit") {
        Some(Value::Text(commit)) => Some(commit),
        _ => None,
    }
}

fn unknown(word: &str) -> CommandError {
    let hint = match closest(word, [LATEST]) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`dod runs` lists them".to_owned(),
    };
    CommandError::usage(format!(
        "`{word}` is no run: not `{LATEST}`, the beginning of an id, a commit, a folder or a `.dodz` file"
    ))
    .hint(hint)
}

/// A run that was read back.
pub(crate) struct Told {
    pub(crate) found: Found,
    pub(crate) stored: Stored,
    pub(crate) story: Story,
    lookup: Lookup,
}

impl Told {
    fn new(found: Found, stored: Stored) -> Result<Self, HistoryError> {
        let mut story = Story::new(Arc::clone(&stored.workflow));
        for recorded in stored.events()? {
            story.push(&recorded?);
        }
        let lookup = Lookup::at(&found.blobs);
        let found = Found { id: stored.id.clone(), ..found };
        Ok(Self { found, stored, story, lookup })
    }

    /// What views look things up in.
    pub(crate) fn with_sources<T>(&self, view: impl FnOnce(Sources<'_>) -> T) -> T {
        let evidence = |digest: &_| self.lookup.evidence(digest);
        let blob = |digest: &_| self.lookup.blob(digest);
        let suggestions = Suggestions::at(self.found.workspace.as_ref().map(Workspace::root));
        let suggest = |kind: &str| suggestions.gate(kind);
        let governance = Some(&*self.stored.governance);
        view(Sources { evidence: &evidence, blob: &blob, governance, suggest: &suggest })
    }

    /// What becomes of it.
    pub(crate) fn going(&self) -> Result<Going, CommandError> {
        if self.story.finished.is_some() {
            return Ok(Going::Ended);
        }
        if self.found.workspace.is_some()
            && let Some(holder) = self.found.holder()?
        {
            return Ok(Going::Held(holder));
        }
        Ok(if self.story.is_waiting() { Going::Waiting } else { Going::Interrupted })
    }

    /// The name of the step that a word means: itself, or what the element with that id in a diagram is called.
    pub(crate) fn step_name(&self, word: &str) -> String {
        let workflow = &self.stored.workflow;
        let drawn = || workflow.nodes().iter().find(|node| node.element.as_deref() == Some(word));
        match workflow.find(word) {
            None => drawn().map_or_else(|| word.to_owned(), |node| node.name.to_string()),
            Some(_) => word.to_owned(),
        }
    }

    /// Checks that the workflow has a step of this name.
    pub(crate) fn check_step(&self, name: &str) -> Result<(), CommandError> {
        if self.story.named(name).is_some() || self.stored.workflow.find(name).is_some() {
            return Ok(());
        }
        let nodes = self.stored.workflow.nodes().iter().filter(|node| !matches!(node.kind, Kind::Pass));
        let near = closest(name, nodes.map(|node| node.name.as_str()));
        let hint = near.map_or_else(
            || format!("`dod show {}` lists the steps", self.found.id),
            |near| format!("did you mean `{near}`?"),
        );
        Err(CommandError::usage(format!("run {} has no step `{name}`", self.found.id)).hint(hint))
    }
}

/// `[RUN] [WORD]`. Only one is given: where it names a step of the newest run or is no run, it is the word, and
/// the run is the newest.
pub(crate) fn run_and_word(
    project: &Project,
    first: Option<&str>,
    second: Option<&str>,
) -> Result<(Told, Option<String>), CommandError> {
    if let (Some(word), None) = (first, second)
        && let Ok(newest) = Found::of(project, None).and_then(Found::read)
    {
        let name = newest.step_name(word);
        if newest.stored.workflow.find(&name).is_some() {
            return Ok((newest, Some(name)));
        }
    }
    match (first, second) {
        (Some(word), None) => match Found::of(project, Some(word)) {
            Ok(found) => Ok((found.read()?, None)),
            Err(error) if error.exit != crate::blame::Exit::Usage => Err(error),
            Err(no_run) => match Found::of(project, None) {
                Ok(found) => Ok((found.read()?, Some(word.to_owned()))),
                Err(_) => Err(no_run),
            },
        },
        (run, word) => {
            let told = Found::of(project, run)?.read()?;
            let word = word.map(|word| told.step_name(word));
            Ok((told, word))
        }
    }
}
