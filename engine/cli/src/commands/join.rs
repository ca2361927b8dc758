//! `dod join`: one verdict over the runs of several jobs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use dod_host::blob::Blobs;
use dod_host::drive::declared_outputs;
use dod_host::history::Stored;
use dod_kernel::value::Value;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::exporting::ExportArgs;
use crate::governed::{self, Asked};
use crate::hands::ProjectTree;
use crate::joined::{self, Joined, Joinee};
use crate::launch::{self, How, Judged};
use crate::project::Project;
use crate::runs::Found;
use crate::screen::Talk;
use crate::sealing;
use crate::whole::{self, Asks};

/// Make one run, and one verdict, of the runs of several jobs on the same tree
///
/// Each run is made again from its facts first. Results are taken, and nothing is run: the tools are not needed. A step
/// that several jobs ran with different results becomes one leg for each, so that what failed in any job has failed; a
/// step that one job left out and another one ran is not left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod join linux/run.dodz macos/run.dodz windows/run.dodz
  dod join jobs/*.dodz --policy strict --export run.dodz

Exit codes: as of `dod validate`; 1 too if a run does not follow from its facts, 2 if they are of different trees")]
pub(crate) struct JoinArgs {
    /// Runs with a verdict: `.dodz` files, folders, or runs of this clone
    #[arg(value_name = "RUN", required = true, num_args = 2..)]
    runs: Vec<String>,
    /// The policy to judge by; the one that all of them were judged by without it
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// Read the policy from where this change left REF; the base of the runs without it
    #[arg(long, value_name = "REF", requires = "policy")]
    since: Option<String>,
    /// Read the policy from REF
    #[arg(long, value_name = "REF", requires = "policy")]
    govern_from: Option<String>,
    /// Say only how it ended
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    export: ExportArgs,
}

pub(crate) fn run(args: JoinArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let JoinArgs { runs, policy, since, govern_from, quiet, export } = args;
    let project = globals.project()?;
    let known = sealing::keys(&project).and_then(|keys| Ok(keys.known()?)).unwrap_or_default();
    let mut joinees = Vec::new();
    for word in &runs {
        let found = Found::of(&project, Some(word))?;
        whole::check(&found, &known, Asks::Whole, &format!("`{word}` cannot be joined"))?;
        let joinee = Joinee::read(found, &known)?;
        if !joinee.started.sources.is_empty() {
            whole::follows(&joinee.found, "not joined")?;
        }
        joinees.push(joinee);
    }
    // Whatever the order on the command line was, the joined run is the same.
    joinees.sort_by(|one, other| one.started.id.cmp(&other.started.id));
    let mut joined = joined::join(&joinees)?;
    let mut settings = Vec::new();
    let judged = match policy {
        None => same_policy(&joinees)?,
        Some(policy) => {
            for (flag, value) in
                [("policy", Some(&policy)), ("since", since.as_ref()), ("govern-from", govern_from.as_ref())]
            {
                settings.extend(value.map(|value| format!("--{flag} {value}")));
            }
            let base = || text(&joined, "base").map(str::to_owned);
            let since = since.or_else(|| govern_from.is_none().then(base).flatten());
            let asked = Asked {
                policy: Some(policy),
                since,
                govern_from,
                json: globals.json(),
                quiet,
                ..Asked::default()
            };
            other_policy(&project, &joinees, &mut joined, &asked)?
        }
    };
    let how = How {
        jobs: None,
        wait_max: Duration::ZERO,
        json: globals.json(),
        talk: Talk::suited(quiet || globals.json(), false),
        left_out: Vec::new(),
        fail_fast: false,
        settings,
        reused: BTreeMap::new(),
        export: export.target(&project, None::<PathBuf>.as_deref()),
    };
    launch::join(&project, joined, &judged, |workspace, id| joined::keep(&joinees, workspace, id), how)
}

/// A fact that all of them agree on.
fn text<'j>(joined: &'j Joined, fact: &str) -> Option<&'j str> {
    match joined.facts.get(fact) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// What all of them were judged by.
fn same_policy(joinees: &[Joinee]) -> Result<Judged, CommandError> {
    let first = &joinees[0];
    if let Some(other) = joinees.iter().find(|one| one.started.governance != first.started.governance) {
        let (one, other) = (&first.started.id, &other.started.id);
        let error = format!("runs {one} and {other} were judged by different policies, waivers or roles");
        return Err(CommandError::usage(error).hint("say which policy judges them together: `--policy P`"));
    }
    let stored = Stored::read_at(&first.found.folder, &Blobs::at(&first.found.blobs))?;
    Ok(Judged { governance: stored.governance, source: "the joined runs".to_owned() })
}

/// A policy of this repository, which must be as the runs saw it.
fn other_policy(
    project: &Project,
    joinees: &[Joinee],
    joined: &mut Joined,
    asked: &Asked,
) -> Result<Judged, CommandError> {
    let declared: BTreeSet<_> = joinees.iter().map(|one| declared_outputs(&one.workflow)).collect();
    let wanted = joined.tree.began;
    let is_theirs = |declared: &Vec<_>| {
        ProjectTree::look(project, declared).map_err(CommandError::system).map(|tree| tree.began() == wanted)
    };
    let mut same = false;
    for declared in &declared {
        same |= is_theirs(declared)?;
    }
    if !same {
        let theirs = text(joined, "commit").unwrap_or("no commit");
        let here = project.head.commit.as_deref().unwrap_or("no commit");
        let error = format!(
            "a policy is read from the tree that it judges, and this one ({here}) is not the one of the runs ({theirs})"
        );
        return Err(
            CommandError::usage(error).hint("check out what they were run on, or leave `--policy` away")
        );
    }
    let judging = governed::judging(project, asked, &joined.workflow)?;
    joined.definitions = joined::weaker(joined.definitions, judging.definitions);
    for file in &judging.governed_changes {
        let word = format!("{}{file}", dod_views::summary::GOVERNED_CHANGE);
        if !joined.settings.contains(&word) {
            joined.settings.push(word);
        }
    }
    Ok(Judged { governance: Arc::new(judging.governance), source: judging.policy_source })
}
