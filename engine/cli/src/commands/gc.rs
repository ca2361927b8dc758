//! `dod gc`: runs whose time has come, blobs that no run names, what crashes left behind.
//!
//! **Absent on purpose:** deciding what stays ([`dod_host::house`]).

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::time::SystemTime;

use clap::Args;
use dod_host::house::{Archive, FRESH, HouseError, Plan, Pruner, Stays, Swept, Terms, plan, sweep};
use dod_host::workspace::Workspace;
use dod_host::world::{Os, World as _};
use dod_kernel::id::{RunId, Timestamp};
use dod_notation::draft::{self, parse_keep};
use dod_views::time;
use serde::Serialize;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::house::{self, ONLY_HERE};
use crate::launch::tree_lock;
use crate::project::Project;
use crate::{launch, output, sealing};

/// Runs that are named to people.
const NAMED_MAX: usize = 20;

/// Remove runs beyond `keep:`, and what nothing names any more
///
/// A run stays as long as one of these holds: it is the newest, it has no verdict yet, it is among the newest so many or
/// younger than so many days (`keep:` in `dod.yaml`, or `--keep`), it asked everything on a protected branch or of a tag,
/// or a run that stays rests on it. Without `keep:` every run stays. A run that goes stays as a leaf of this clone's log, and
/// is put into the `archive:` first, where there is one. Blobs that no run here names go, once they are an hour old.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod gc --dry-run             what would go
  dod gc                       as `keep:` in `dod.yaml` says
  dod gc --keep 90d            runs of 90 days
  dod gc --keep 50             the newest 50 runs

In `dod.yaml`:
  keep: { runs: 50, days: 90, branches: [main, \"release/**\"] }
  archive: refs/dod/archive    # or a folder

Exit codes: 0 done, 2 the command line or `dod.yaml` is wrong, 3 what a run names cannot be known, or something could
not be removed or archived; nothing that a run names was removed")]
pub(crate) struct GcArgs {
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
    /// How long runs stay: `90d`, `12w`, or a number of runs; instead of `keep:`
    #[arg(long, value_name = "TIME|N", value_parser = parse_keep)]
    keep: Option<draft::Keep>,
    /// Runs without a verdict go, too, when they are old enough
    #[arg(long)]
    unfinished: bool,
}

/// The documented object.
#[derive(Debug, Serialize)]
struct Collected {
    dry_run: bool,
    removed: Vec<Removed>,
    /// How many runs stay, by reason.
    stay: BTreeMap<&'static str, u64>,
    blobs: Blobs,
    /// Files and folders that crashes left behind.
    garbage: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<String>,
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Removed {
    run: RunId,
    /// When it ended.
    at: String,
    at_ms: i64,
}

#[derive(Debug, Default, Serialize)]
struct Blobs {
    removed: u64,
    bytes: u64,
    stay: u64,
}

pub(crate) fn run(args: &GcArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let workspace = project.existing_workspace()?;
    let said = house::of(&project, globals.json())?;
    let keep = house::keep(&project, &said, args.keep.as_ref());
    let archive = house::archive(&project, &said);
    let _lock = if args.dry_run { None } else { Some(tree_lock(&workspace)?) };
    let now = Os::new().now();
    let mut plan = plan(&workspace, &keep, now, args.unfinished).map_err(system)?;
    let mut problems = Vec::new();
    let progress = Progress { shown: std::io::stderr().is_terminal() && !globals.json() };
    if !args.dry_run {
        put_aside(&project, &workspace, archive.as_ref(), &mut plan, &mut problems, &progress);
        prune(&project, &workspace, &mut plan, now, &progress)?;
    }
    let gone: BTreeSet<RunId> = plan.going().map(|one| one.run.clone()).collect();
    let terms = Terms { without: &gone, fresh: FRESH, now: SystemTime::now(), dry: args.dry_run };
    let swept = match sweep(&workspace, terms, &mut |count| progress.say(&format!("run {count} is read"))) {
        Ok(swept) => swept,
        Err(error) => {
            problems.push(format!("no blob was removed: {error}"));
            Swept::default()
        }
    };
    progress.end();
    let collected = collected(args.dry_run, &plan, swept, archive.as_ref(), problems);
    if globals.json() {
        output::result(&(launch::json(&collected) + "\n"));
    } else {
        output::result(&text(&collected));
        collected.problems.iter().for_each(|problem| output::warning(problem));
        if keep.runs.is_none() && keep.days.is_none() {
            output::talk("nothing says how long runs stay: `keep: 90d` in `dod.yaml`, or `--keep 90d`\n");
        }
        if archive.is_none() {
            output::talk(&format!("{ONLY_HERE}\n"));
        }
    }
    Ok(if collected.problems.is_empty() { Exit::Done } else { Exit::Undecided })
}

fn system(error: HouseError) -> CommandError {
    match error {
        HouseError::Storage(error) => error.into(),
        HouseError::Unread { .. } | HouseError::EvidenceGone { .. } => {
            CommandError::system(format!("nothing was removed: {error}")).hint("`dod verify` says more")
        }
        error => CommandError::system(error.to_string()),
    }
}

/// Runs that go are put into the archive first; those that cannot be stay.
fn put_aside(
    project: &Project,
    workspace: &Workspace,
    archive: Option<&Archive>,
    plan: &mut Plan,
    problems: &mut Vec<String>,
    progress: &Progress,
) {
    let Some(archive) = archive else { return };
    let going: Vec<RunId> = plan.going().map(|one| one.run.clone()).collect();
    let finished = |run: &RunId| {
        let seen = dod_host::history::glance(&workspace.run_folder(run));
        seen.is_ok_and(|seen| seen.finished.is_some() || !seen.is_whole)
    };
    for run in going.into_iter().filter(finished) {
        progress.say(&format!("run {run} is put into {}", archive.name()));
        if let Err(error) = archive.put(workspace, &run, project.git.as_ref()) {
            problems.push(format!("run {run} stays: it is not in the archive `{}`: {error}", archive.name()));
            plan.spare(&run, Stays::NotArchived);
        }
    }
}

fn prune(
    project: &Project,
    workspace: &Workspace,
    plan: &mut Plan,
    now: Timestamp,
    progress: &Progress,
) -> Result<(), CommandError> {
    let going: Vec<RunId> = plan.going().map(|one| one.run.clone()).collect();
    if going.is_empty() {
        return Ok(());
    }
    let sealing = sealing::sealing(project)?;
    let mut pruner = Pruner::open(workspace, &sealing, now).map_err(system)?;
    for (at, run) in going.iter().enumerate() {
        progress.say(&format!("run {} of {} is removed", at + 1, going.len()));
        if !pruner.prune(run).map_err(system)? {
            plan.spare(run, Stays::Held);
        }
    }
    pruner.finish().map_err(system)
}

fn collected(
    dry_run: bool,
    plan: &Plan,
    swept: Swept,
    archive: Option<&Archive>,
    problems: Vec<String>,
) -> Collected {
    let mut stay = BTreeMap::new();
    for why in plan.runs.iter().filter_map(|run| run.stays) {
        *stay.entry(why.word()).or_insert(0) += 1;
    }
    let removed =
        plan.going().map(|one| Removed { run: one.run.clone(), at: time::rfc3339(one.at), at_ms: one.at.0 });
    Collected {
        dry_run,
        removed: removed.collect(),
        stay,
        blobs: Blobs { removed: swept.blobs, bytes: swept.bytes, stay: swept.kept },
        garbage: swept.garbage,
        archive: archive.map(Archive::name),
        problems,
    }
}

fn text(collected: &Collected) -> String {
    let Collected { dry_run, removed, stay, blobs, garbage, .. } = collected;
    let mut text = String::new();
    for one in removed.iter().take(NAMED_MAX) {
        text += &format!("{}  {}\n", one.run, one.at);
    }
    if removed.len() > NAMED_MAX {
        text += &format!("and {} more\n", removed.len() - NAMED_MAX);
    }
    let did = if *dry_run { "would remove" } else { "removed" };
    let (runs, bytes) = (removed.len(), size(blobs.bytes));
    let mut parts = vec![number(runs as u64, "run"), format!("{} ({bytes})", number(blobs.removed, "blob"))];
    if *garbage > 0 {
        parts.push(number(*garbage, "leftover"));
    }
    let reasons: Vec<String> =
        stay.iter().map(|(why, count)| format!("{count} {}", why.replace('_', " "))).collect();
    let left = match reasons.is_empty() {
        true => "no run stays".to_owned(),
        false => format!("{} stay: {}", number(stay.values().sum(), "run"), reasons.join(", ")),
    };
    text += &format!("{did} {}; {left}\n", parts.join(", "));
    text
}

fn number(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Bytes for people.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut whole, mut rest, mut unit) = (bytes, 0, None);
    for name in UNITS {
        if whole < 1024 {
            break;
        }
        (rest, whole, unit) = (whole % 1024 * 10 / 1024, whole / 1024, Some(name));
    }
    unit.map_or_else(|| format!("{bytes} bytes"), |unit| format!("{whole}.{rest} {unit}"))
}

/// What is done just now, on one line of a terminal.
pub(super) struct Progress {
    pub(super) shown: bool,
}

impl Progress {
    pub(super) fn say(&self, what: &str) {
        if self.shown {
            output::talk(&format!("\r\x1b[K{what}"));
        }
    }

    pub(super) fn end(&self) {
        if self.shown {
            output::talk("\r\x1b[K");
        }
    }
}
