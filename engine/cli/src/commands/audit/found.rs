//! The runs that may speak for a commit: those of this clone, and those that were named.
//!
//! Of each only the two ends of its log are looked at; whoever is chosen is read.
//!
//! **Absent on purpose:** choosing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dod_host::anchor::LOGS;
use dod_host::exported::{EXTENSION, FILE};
use dod_host::gathered::RUNS_FOLDER;
use dod_host::git::Git;
use dod_host::history::{Glance, glance};
use dod_host::workspace::{Workspace, WorkspaceError};
use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::Scope;
use dod_kernel::record::Recorded;
use dod_kernel::run::RunStarted;
use dod_views::audit::RunUnread;

use crate::blame::CommandError;
use crate::project::Project;
use crate::runs::{Found, commit_of};

/// What the runs of this clone are called.
const HERE: &str = "this clone";
/// Exported runs of one folder.
const FILES_MAX: usize = 100_000;

/// How references begin.
const REFERENCES: &str = "refs/";
/// The rank of a run without a verdict.
const UNFINISHED: u8 = 2;

/// Runs by their id.
type Known = BTreeMap<Name, usize>;

/// A run that may speak for a commit.
pub(super) struct Candidate {
    pub(super) found: Found,
    pub(super) place: String,
    pub(super) started: Recorded<Box<RunStarted>>,
    /// The scope of its verdict, where it has one that can be seen at a glance.
    scope: Option<Scope>,
}

impl Candidate {
    pub(super) fn id(&self) -> &Name {
        &self.started.event.id.0
    }

    pub(super) fn commit(&self) -> Option<&str> {
        commit_of(&self.started.event)
    }

    /// Full before partial, and both before a run without a verdict.
    pub(super) fn rank(&self) -> u8 {
        match self.scope {
            Some(Scope::Full) => 0,
            Some(Scope::Partial) => 1,
            None => UNFINISHED,
        }
    }
}

/// All runs, by what they were made on.
pub(super) struct Runs {
    all: Vec<Candidate>,
    seen: u64,
    by_commit: BTreeMap<String, Vec<usize>>,
    by_tree: BTreeMap<Digest, Vec<usize>>,
    pub(super) unread: Vec<RunUnread>,
}

/// What runs are looked for.
pub(super) struct Wanted {
    pub(super) commits: BTreeSet<String>,
    pub(super) trees: BTreeSet<Digest>,
}

impl Wanted {
    fn has(&self, started: &RunStarted) -> bool {
        commit_of(started).is_some_and(|commit| self.commits.contains(commit))
            || started.tree.is_some_and(|tree| self.trees.contains(&tree))
    }
}

impl Runs {
    /// Those of this clone, of the logs that were fetched into it, and in these places.
    pub(super) fn gather(
        project: &Project,
        git: &Git,
        places: &[String],
        wanted: &Wanted,
    ) -> Result<Self, CommandError> {
        let mut runs = Self {
            all: Vec::new(),
            seen: 0,
            by_commit: BTreeMap::new(),
            by_tree: BTreeMap::new(),
            unread: Vec::new(),
        };
        let mut known = Known::new();
        match Workspace::open(&project.root) {
            Ok(workspace) => {
                for id in workspace.runs()? {
                    runs.take(Found::at(workspace.clone(), id), HERE.to_owned(), wanted, &mut known);
                }
            }
            Err(WorkspaceError::None { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for place in places {
            match place.starts_with(REFERENCES) {
                true => runs.take_reference(git, place, wanted, &mut known)?,
                false => runs.take_place(place, wanted, &mut known)?,
            }
        }
        for reference in git.references(&format!("{LOGS}*"))? {
            if !places.contains(&reference) {
                runs.take_reference(git, &reference, wanted, &mut known)?;
            }
        }
        for (at, run) in runs.all.iter().enumerate() {
            if let Some(commit) = run.commit() {
                runs.by_commit.entry(commit.to_owned()).or_default().push(at);
            }
            if let Some(tree) = run.started.event.tree {
                runs.by_tree.entry(tree).or_default().push(at);
            }
        }
        Ok(runs)
    }

    /// How many runs were looked at.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    pub(super) fn on_commit(&self, commit: &str) -> impl Iterator<Item = &Candidate> {
        self.by_commit.get(commit).into_iter().flatten().map(|at| &self.all[*at])
    }

    pub(super) fn on_tree(&self, tree: &Digest) -> impl Iterator<Item = &Candidate> {
        self.by_tree.get(tree).into_iter().flatten().map(|at| &self.all[*at])
    }

    /// An exported run, the folder of one, a folder of them, or the `.dod` of another clone.
    fn take_place(&mut self, place: &str, wanted: &Wanted, known: &mut Known) -> Result<(), CommandError> {
        if let Some(found) = Found::exported(place)? {
            self.take(found, place.to_owned(), wanted, known);
            return Ok(());
        }
        let path = Path::new(place);
        let unusable = |why: &str| {
            CommandError::usage(format!("`{place}` {why}"))
                .hint("an exported run (`run.dodz`), a folder of them, or the `.dod` of another clone")
        };
        if !path.is_dir() {
            return Err(unusable("is not there, or is no exported run"));
        }
        let runs = path.join(RUNS_FOLDER);
        let folder = if runs.is_dir() { runs } else { path.to_owned() };
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| CommandError::system(format!("`{place}` cannot be read: {}", error.kind())))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.is_dir() || path.extension().is_some_and(|end| end == EXTENSION));
        paths.sort();
        if paths.is_empty() {
            return Err(unusable("has no exported runs"));
        }
        if paths.len() > FILES_MAX {
            return Err(unusable(&format!("has more than {FILES_MAX} runs")));
        }
        for path in paths {
            let name = path.display().to_string();
            match Found::exported(&name) {
                Ok(Some(found)) => self.take(found, name, wanted, known),
                Ok(None) => {}
                Err(error) => self.unread.push(RunUnread { place: name, why: error.message }),
            }
        }
        Ok(())
    }

    /// The runs that a team gathered in a reference.
    fn take_reference(
        &mut self,
        git: &Git,
        reference: &str,
        wanted: &Wanted,
        known: &mut Known,
    ) -> Result<(), CommandError> {
        let Some(tip) = git.tip(reference)? else {
            return Err(CommandError::usage(format!("there is no reference `{reference}` here"))
                .hint(format!("`git fetch origin {reference}:{reference}` brings it from the remote")));
        };
        for (name, _) in git.names_in(&tip, RUNS_FOLDER)? {
            let Some(id) = name.strip_suffix(EXTENSION).and_then(|name| name.strip_suffix('.')) else {
                continue;
            };
            // One that is here and has ended is the same.
            if known.get(id).is_some_and(|at| self.all[*at].rank() < UNFINISHED) {
                continue;
            }
            let place = format!("{reference}, {RUNS_FOLDER}/{name}");
            match copied(git, &tip, &name) {
                Ok(Some(found)) => self.take(found, place, wanted, known),
                Ok(None) => {}
                Err(error) => self.unread.push(RunUnread { place, why: error.message }),
            }
        }
        Ok(())
    }

    /// A run that is here twice counts once: the one that has come further.
    fn take(&mut self, found: Found, place: String, wanted: &Wanted, known: &mut Known) {
        let Glance { started, finished, .. } = match glance(&found.folder) {
            Ok(seen) => seen,
            Err(error) => {
                let place = if place == HERE { format!("{place}, run {}", found.id) } else { place };
                self.unread.push(RunUnread { place, why: error.to_string() });
                return;
            }
        };
        self.seen += 1;
        if !wanted.has(&started.event) {
            return;
        }
        let scope = finished.map(|finished| finished.event.verdict.scope);
        let candidate = Candidate { found, place, started, scope };
        match known.get(candidate.id()) {
            Some(at) if self.all[*at].rank() <= candidate.rank() => {}
            Some(at) => self.all[*at] = candidate,
            None => {
                known.insert(candidate.id().clone(), self.all.len());
                self.all.push(candidate);
            }
        }
    }
}

/// A run of a reference, unpacked.
fn copied(git: &Git, tip: &str, name: &str) -> Result<Option<Found>, CommandError> {
    let folder = tempfile::tempdir().map_err(|error| {
        CommandError::system(format!("no folder can be made for a while: {}", error.kind()))
    })?;
    let file = folder.path().join(FILE);
    if !git.copy_out(tip, &format!("{RUNS_FOLDER}/{name}"), &file)? {
        return Ok(None);
    }
    Found::exported(&file.to_string_lossy())
}
