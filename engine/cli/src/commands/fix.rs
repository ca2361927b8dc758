//! `dod fix`: runs the fixers of failing gates, one at a time, and says what each changed.
//!
//! **Absent on purpose:** a verdict. A fixer is no proof: what it did is for a person to look at and for the next
//! run to judge. Definitions are those of the working tree, since nothing is judged by them.

mod fixers;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use dod_host::drive::{AloneEnd, Place, Tree as _, alone};
use dod_kernel::id::Name;
use dod_kernel::workflow::Kind;
use dod_views::story::Standing;
use dod_views::{Look, Paint};
use serde_json::{Value as Json, json};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::hands::ProjectTree;
use crate::output::{self, Stream};
use crate::project::Project;
use crate::runs::{Found, Going};
use crate::screen;
use fixers::{Choice, Fixer};

/// The longest a fixer may take where its gate says nothing.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Changed files of the tree that are named before the rest is counted.
const DIRTY_NAMED_MAX: usize = 5;
/// Lines of what a broken fixer said that are shown.
const SAID_LINES_MAX: usize = 20;

/// Run the fixers of failing gates, and say what each changed
///
/// Without names: of the gates that failed in the newest run, in the order of the workflow. Fixers change files, so
/// the tree must have no other changes: what they did can then be looked at, and undone, with git.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod fix                    what failed in the newest run
  dod fix --dry-run          what would run
  dod fix format lint        these gates, whether they failed or not
  dod fix && dod validate

Exit codes: 0 every fixer ran, 2 the tree has changes, or a gate has no fixer: nothing ran, 3 a fixer is missing or broke")]
pub(crate) struct FixArgs {
    /// Steps, their kinds, or gates of the catalogue
    #[arg(value_name = "GATE")]
    gates: Vec<String>,
    /// Say what would run
    #[arg(long)]
    dry_run: bool,
    /// Run although the tree has changes already
    #[arg(long)]
    allow_dirty: bool,
    /// The workflow, instead of that of the newest run
    #[arg(long, value_name = "FILE")]
    workflow: Option<String>,
}

pub(crate) fn run(args: FixArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let FixArgs { gates, dry_run, allow_dirty, workflow } = args;
    let project = globals.project()?;
    let last = Last::of(&project, gates.is_empty())?;
    let workflow = workflow.or_else(|| last.as_ref().and_then(|last| last.workflow.clone()));
    let known = fixers::known(&project, workflow, globals.json())?;
    let Choice { fixers, without } = if gates.is_empty() {
        let failed = last.as_ref().map(|last| &last.failed);
        known.failing(failed.unwrap_or(&BTreeSet::new()))
    } else {
        known.named(&gates)?
    };
    let mut told = Told { dry_run, run: last.map(|last| last.run), did: Vec::new(), without };
    if !dry_run && !fixers.is_empty() && !allow_dirty {
        refuse_changes(&project)?;
    }
    for fixer in fixers {
        let did = if dry_run { Did::of(fixer, End::Planned) } else { did(&project, fixer)? };
        let stop = did.end == End::Interrupted;
        if !globals.json() {
            output::result(&did.text(screen::look(Stream::Stdout)));
        }
        told.did.push(did);
        if stop {
            break;
        }
    }
    match globals.json() {
        true => output::result(&format!("{:#}\n", told.object())),
        false => output::result(&told.end()),
    }
    Ok(told.exit())
}

/// What the newest run said.
struct Last {
    run: String,
    /// The workflow file that it was given.
    workflow: Option<String>,
    failed: BTreeSet<Name>,
}

impl Last {
    /// The newest run; where gates are named, one is not needed.
    fn of(project: &Project, needed: bool) -> Result<Option<Self>, CommandError> {
        let found = match Found::of(project, None) {
            Ok(found) => found,
            Err(error) if needed => return Err(error),
            Err(_) => return Ok(None),
        };
        let told = found.read()?;
        if let Going::Held(_) = told.going()? {
            let error = CommandError::usage(format!("run {} is going on in this tree", told.found.id));
            return Err(error.hint("wait for its end, or `dod cancel` it"));
        }
        let nodes = told.stored.workflow.nodes().iter();
        let tasks = nodes.filter(|node| matches!(node.kind, Kind::Task(_))).map(|node| &node.name);
        let failed = tasks
            .filter(|name| told.story.all_named(name).any(|step| step.standing() == Standing::Failed))
            .cloned()
            .collect();
        let settings = told.story.started.iter().flat_map(|(_, started)| &started.settings);
        let workflow = settings.filter_map(|word| word.strip_prefix("--workflow ")).next().map(str::to_owned);
        Ok(Some(Self { run: told.found.id.to_string(), workflow, failed }))
    }
}

/// What a fixer changes shall be told apart from what was changed before.
fn refuse_changes(project: &Project) -> Result<(), CommandError> {
    let Some(git) = &project.git else {
        let error = CommandError::usage("there is no git repository, so nothing could be undone");
        return Err(error.hint("`dod fix --allow-dirty` runs the fixers all the same"));
    };
    let state = git.tree_state(&globset::GlobSet::empty())?;
    let paths: Vec<String> =
        state.differing.keys().map(|path| String::from_utf8_lossy(path.as_bytes()).into_owned()).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let more = paths.len().saturating_sub(DIRTY_NAMED_MAX);
    let named = paths[..paths.len() - more].join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let error = CommandError::usage(format!("the tree has changes already: {named}{more}"));
    Err(error.hint("commit them or put them aside, or run `dod fix --allow-dirty`"))
}

/// Runs one fixer.
fn did(project: &Project, fixer: Fixer) -> Result<Did, CommandError> {
    let before = ProjectTree::look(project, &[]).map_err(CommandError::system)?;
    let scratch = Scratch::new()?;
    let program = std::env::current_exe().unwrap_or_else(|_| "dod".into());
    let place = Place { root: &project.root, program: &program, scratch: &scratch.0 };
    let longest = fixer.task.timeout_ms.map_or(LONGEST, Duration::from_millis);
    let (end, said) = match alone(place, &fixer.task, longest) {
        Err(why) => (End::NotStarted, why),
        Ok((AloneEnd::Interrupted, said)) => (End::Interrupted, said),
        Ok((AloneEnd::TimedOut, said)) => (End::TimedOut, said),
        Ok((AloneEnd::Signaled, said)) => (End::Broke(None), said),
        // Many fixers end as their gate does where something is left that they cannot mend.
        Ok((AloneEnd::Exited(code), said)) if fixer.gate_knows(code) => (End::Ran(code), said),
        Ok((AloneEnd::Exited(code), said)) => (End::Broke(Some(code)), said),
    };
    let (_, changed) = before.digest_at_end().map_err(CommandError::system)?;
    let changed = changed.iter().map(ToString::to_string).collect();
    Ok(Did { changed, said, ..Did::of(fixer, end) })
}

/// A folder outside of the tree, gone when the fixer is.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, CommandError> {
        let folder = std::env::temp_dir().join(format!("dod-fix-{}", std::process::id()));
        let made = std::fs::create_dir(&folder);
        made.map_err(|error| CommandError::system(format!("`{}`: {}", folder.display(), error.kind())))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it is the system's to clean up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How a fixer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It would have run.
    Planned,
    /// To its end, with this exit code.
    Ran(i32),
    /// It says itself that it broke, or a signal ended it.
    Broke(Option<i32>),
    /// It took too long.
    TimedOut,
    /// Somebody asked us to stop.
    Interrupted,
    /// Its program is missing.
    NotStarted,
}

/// What became of a fixer.
struct Did {
    fixer: Fixer,
    end: End,
    changed: Vec<String>,
    said: String,
}

impl Did {
    fn of(fixer: Fixer, end: End) -> Self {
        Self { fixer, end, changed: Vec::new(), said: String::new() }
    }

    /// The word for programs.
    fn state(&self) -> &'static str {
        match self.end {
            End::Planned => "planned",
            End::Ran(_) if self.changed.is_empty() => "unchanged",
            End::Ran(_) => "changed",
            End::Broke(_) => "broke",
            End::TimedOut => "timed_out",
            End::Interrupted => "interrupted",
            End::NotStarted => "not_started",
        }
    }

    fn is_bad(&self) -> bool {
        matches!(self.end, End::Broke(_) | End::TimedOut | End::NotStarted)
    }

    fn text(&self, look: Look) -> String {
        let says = match self.end {
            End::Planned => "would run".to_owned(),
            End::Ran(_) if self.changed.is_empty() => "changed nothing".to_owned(),
            End::Ran(_) => format!("changed {}", files(self.changed.len())),
            End::Broke(Some(code)) => format!("broke: exit code {code}"),
            End::Broke(None) => "broke: a signal ended it".to_owned(),
            End::TimedOut => "took too long and was ended".to_owned(),
            End::Interrupted => "interrupted".to_owned(),
            End::NotStarted => format!("did not start: {}", self.said),
        };
        let says = if self.is_bad() { look.paint(Paint::Bad, &says) } else { says };
        let Fixer { step, uses, command, .. } = &self.fixer;
        let mut text = format!("{step} ({uses}): {says}\n  {}\n", look.paint(Paint::Quiet, command));
        for path in &self.changed {
            text += &format!("  {path}\n");
        }
        if let End::Broke(_) | End::TimedOut = self.end {
            let lines: Vec<&str> = self.said.lines().collect();
            for line in &lines[lines.len().saturating_sub(SAID_LINES_MAX)..] {
                text += &format!("  | {}\n", dod_views::clean(line, false));
            }
        }
        if let (End::NotStarted, Some(install)) = (self.end, &self.fixer.task.action.install) {
            text += &format!("  = help: {install}\n");
        }
        text
    }

    fn object(&self) -> Json {
        let exit = match self.end {
            End::Ran(code) => Some(code),
            End::Broke(code) => code,
            _ => None,
        };
        let Fixer { step, uses, command, .. } = &self.fixer;
        json!({
            "gate": step,
            "uses": uses,
            "command": command,
            "state": self.state(),
            "exit": exit,
            "changed": self.changed,
            "said": self.is_bad().then_some(&self.said),
        })
    }
}

/// Everything that is said.
struct Told {
    dry_run: bool,
    /// The run whose failures were looked at, or the newest one.
    run: Option<String>,
    did: Vec<Did>,
    /// Failing gates without a fixer.
    without: Vec<Name>,
}

impl Told {
    fn changed(&self) -> BTreeSet<&str> {
        self.did.iter().flat_map(|did| &did.changed).map(String::as_str).collect()
    }

    fn end(&self) -> String {
        let mut text = String::new();
        if !self.without.is_empty() {
            text += &format!("no fixer is known for: {}\n", self.without.join(", "));
        }
        if self.did.is_empty() && self.without.is_empty() {
            return "nothing failed in the newest run; name a gate to run its fixer\n".to_owned();
        }
        let changed = self.changed().len();
        text += &match (self.dry_run, changed) {
            (true, _) => "nothing ran\n".to_owned(),
            (false, 0) => "no file was changed; `dod validate` judges again\n".to_owned(),
            (false, count) => {
                format!(
                    "{} changed: look at them with `git diff`, then `dod validate` judges again\n",
                    files(count)
                )
            }
        };
        text
    }

    fn object(&self) -> Json {
        json!({
            "dry_run": self.dry_run,
            "run": self.run,
            "fixers": self.did.iter().map(Did::object).collect::<Vec<_>>(),
            "without_fixer": self.without,
            "changed": self.changed(),
            "next": "dod validate",
        })
    }

    fn exit(&self) -> Exit {
        if self.did.iter().any(|did| did.end == End::Interrupted) {
            Exit::Interrupted
        } else if self.did.iter().any(Did::is_bad) {
            Exit::Undecided
        } else {
            Exit::Done
        }
    }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}
