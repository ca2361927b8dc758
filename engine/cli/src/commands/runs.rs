//! `dod runs`: the runs of a project, newest first.

use std::collections::BTreeMap;

use clap::Args;
use dod_host::blob::Blobs;
use dod_host::history::{Glance, glance, workflow_name};
use dod_host::workspace::{Workspace, WorkspaceError};
use dod_kernel::id::{Digest, Name, RunId, Timestamp};
use dod_kernel::policy::Scope;
use dod_kernel::record::Recorded;
use dod_kernel::run::{RunFinished, RunStarted};
use dod_kernel::value::Value;
use dod_views::object::{self, RunLine, RunsObject};
use dod_views::{Look, clean, summary, time};

use serde_json::Value as Json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output::{self, Stream};
use crate::runs::{Found, Going, commit_of};
use crate::screen;

/// Characters of an id that tell runs of one workspace apart: the milliseconds of its start.
const ID_CHARS: usize = 13;

/// List the runs of this project, newest first
#[derive(Clone, Copy, Debug, Args)]
#[command(after_help = "\
Examples:
  dod runs               the newest 20
  dod runs --waiting     those that wait for a person, a message or time
  dod runs -n 1000 --format json

RUN on every command line is `latest`, an id or its beginning, a commit or its beginning,
a branch or tag that was run, or the folder of an exported run.")]
pub(crate) struct RunsArgs {
    /// Only runs that wait
    #[arg(long)]
    waiting: bool,
    /// How many
    #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 20)]
    number: usize,
}

pub(crate) fn run(args: RunsArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let RunsArgs { waiting, number } = args;
    let workspace = match Workspace::open(&globals.project()?.root) {
        // Nothing was run here yet: a list without runs, not a mistake.
        Err(WorkspaceError::None { .. }) => None,
        other => Some(other?),
    };
    let mut rows = Vec::new();
    if let Some(workspace) = workspace {
        let mut names = BTreeMap::new();
        for id in workspace.runs()? {
            if rows.len() >= number {
                break;
            }
            let row = row(&workspace, id, &mut names);
            if !waiting || row.state == "waiting" || !row.waiting.is_empty() {
                rows.push(row);
            }
        }
    }
    if globals.json() {
        output::result(&(object::text(&RunsObject { runs: rows }) + "\n"));
    } else if rows.is_empty() {
        output::talk(if waiting {
            "no run waits\n"
        } else {
            "there is no run yet: `dod validate` makes the first\n"
        });
    } else {
        output::result(&table(&rows, screen::look(Stream::Stdout)));
    }
    Ok(Exit::Done)
}

/// What is to be said of a run. One that cannot be read is said to be so, and not left out.
fn row(workspace: &Workspace, id: RunId, names: &mut BTreeMap<Digest, Option<Name>>) -> RunLine {
    let found = Found::at(workspace.clone(), id);
    let read = glance(&found.folder).map_err(|error| error.to_string());
    match read {
        Ok(Glance { started, finished: Some(finished), .. }) => {
            let blobs = Blobs::at(&found.blobs);
            let workflow = started.event.workflow;
            let name = names.entry(workflow).or_insert_with(|| workflow_name(&blobs, &workflow)).clone();
            ended(&found, &started, &finished, name)
        }
        Ok(Glance { started, .. }) => open(found.clone()).unwrap_or_else(|error| RunLine {
            started_at: Some(time::rfc3339(started.at)),
            ..broken(&found, error.message)
        }),
        Err(why) => broken(&found, why),
    }
}

/// A run with a verdict: the two ends of its log say all.
fn ended(
    found: &Found,
    started: &Recorded<Box<RunStarted>>,
    finished: &Recorded<Box<RunFinished>>,
    workflow: Option<Name>,
) -> RunLine {
    let verdict = &finished.event.verdict;
    let partial = if verdict.scope == Scope::Partial { "partial, " } else { "" };
    RunLine {
        state: verdict.state.word(),
        scope: Some(verdict.scope),
        policy: Some(verdict.policy.clone()),
        workflow,
        duration_ms: u64::try_from(finished.at.0.saturating_sub(started.at.0)).ok(),
        headline: format!("{partial}{}", verdict.policy),
        ..begun(found, started.at, &started.event)
    }
}

/// A run without a verdict is read from end to end: what it waits for stands in the middle.
fn open(found: Found) -> Result<RunLine, CommandError> {
    let told = found.read()?;
    let going = told.going()?;
    let waiting: Vec<Name> = told.story.waiting().map(|step| step.name.clone()).collect();
    let Some((at, started)) = &told.story.started else {
        return Err(CommandError::system("it has no first event"));
    };
    let process = match &going {
        Going::Held(holder) => Some(holder.pid),
        _ => None,
    };
    let headline = match &going {
        Going::Held(holder) if waiting.is_empty() => format!("process {}", holder.pid),
        Going::Held(holder) => format!("for {}, process {}", waiting.join(", "), holder.pid),
        Going::Waiting => format!("for {}", waiting.join(", ")),
        // A verdict too far before the end of the log to be seen at a glance.
        Going::Ended => summary::headline(&told.story, Look::PLAIN),
        Going::Interrupted => format!("`dod resume {}` goes on", short(&told.found.id)),
    };
    Ok(RunLine {
        state: going.state(told.story.state()),
        policy: told.story.verdict().map(|verdict| verdict.policy.clone()),
        workflow: Some(told.story.workflow.name().clone()),
        duration_ms: Some(told.story.duration_ms()),
        waiting,
        process,
        headline,
        ..begun(&told.found, *at, started)
    })
}

fn begun(found: &Found, at: Timestamp, started: &RunStarted) -> RunLine {
    let branch = match started.facts.get("branch") {
        Some(Value::Text(branch)) => Some(branch.as_str().into()),
        _ => None,
    };
    RunLine {
        commit: commit_of(started).map(Into::into),
        branch,
        started_at: Some(time::rfc3339(at)),
        started_at_ms: Some(at.0),
        ..broken(found, String::new())
    }
}

fn broken(found: &Found, why: String) -> RunLine {
    RunLine {
        id: found.id.0.clone(),
        state: "unreadable",
        scope: None,
        policy: None,
        workflow: None,
        commit: None,
        branch: None,
        started_at: None,
        started_at_ms: None,
        duration_ms: None,
        waiting: Vec::new(),
        process: None,
        headline: why,
    }
}

fn short(id: &RunId) -> &str {
    id.0.get(..ID_CHARS).unwrap_or(&id.0)
}

fn table(rows: &[RunLine], look: Look) -> String {
    let mut text = format!(
        "{:ID_CHARS$}  {:11}  {:20}  {:>8}  {:7}  {:16}  \n",
        "RUN", "STATE", "STARTED", "TOOK", "COMMIT", "BRANCH"
    );
    text = text.trim_end().to_owned() + "\n";
    for row in rows {
        let when = row.started_at_ms.map(|ms| time::minute(Timestamp(ms))).unwrap_or_default();
        let took = row.duration_ms.map(time::duration).unwrap_or_default();
        let commit =
            row.commit.as_ref().and_then(Json::as_str).and_then(|commit| commit.get(..7)).unwrap_or("-");
        let branch = row.branch.as_ref().and_then(Json::as_str).unwrap_or("-");
        let id = row.id.get(..ID_CHARS).unwrap_or(&row.id);
        let paint = match row.state {
            "passed" => dod_views::Paint::Good,
            "failed" => dod_views::Paint::Bad,
            "running" | "waiting" => dod_views::Paint::Live,
            _ => dod_views::Paint::Unknown,
        };
        let state = look.paint(paint, &format!("{:11}", row.state));
        let line = format!(
            "{id:ID_CHARS$}  {state}  {when:20}  {took:>8}  {commit:7}  {branch:16}  {}",
            row.headline
        );
        text.push_str(clean(&line, look.color).trim_end());
        text.push('\n');
    }
    text
}
