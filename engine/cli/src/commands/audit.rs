//! `dod audit`: was every change that came onto a branch gated?
//!
//! **Absent on purpose:** judging. What counts is what the log of a run says, looked at as far as was asked.

mod found;
mod speaks;

use std::collections::BTreeMap;

use clap::Args;
use dod_host::git::Landed;
use dod_kernel::id::{Digest, Name, Timestamp};
use dod_views::audit::{self, AuditObject, CommitAudited, Matched};
use dod_views::time;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output::{self, Stream};
use crate::{launch, screen};
use found::{Candidate, Runs, Wanted};
use speaks::{Asked, Speaks};

/// Other runs of a commit that are named.
const OTHERS_MAX: usize = 20;
/// Where nothing was said for so long, it is said that it goes on.
const SILENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// Was every change on a branch gated? Each commit with its run, verdict, policy, people and signatures
///
/// Walks the commits along the first parents, and finds of each the run that speaks for it: the newest full one on the
/// commit, else the newest on the same files (a squash merge has another commit and the same tree). A run on files that
/// were not committed does not count. Runs are those of this clone, of the logs of the team that were fetched into it
/// (`refs/dod/logs/*`), and those that `--log` names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod audit v1.0..v1.1                         every commit of a release
  dod audit --branch main v1.0.. --policy strict
  dod audit main --log ./exported-runs --format csv > audit.csv
  dod audit v1.0.. --replay                    and every decision of each run is made again

A commit counts if a full run passed on its very files, was not changed since (its checkpoint says so, where it has
one), and, with `--policy`, was judged by that policy or one that extends it: a name, `name@version` or the digest.

Exit codes: 0 every commit has a passing full run, 1 one has none,
2 the commits cannot be named, 3 git or the runs cannot be read")]
pub(crate) struct AuditArgs {
    /// The commits: `A..B`, `A..`, or `B` for everything up to it
    #[arg(value_name = "A..B")]
    range: Option<String>,
    /// The branch, where the range does not end with one: what is checked out, unless this says otherwise
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Only runs count that were judged by this policy, or by one that extends it
    #[arg(long, value_name = "POLICY|DIGEST")]
    policy: Option<String>,
    /// Runs from elsewhere: an exported run, a folder of them, or a reference (`dod log add`); may be given several times
    #[arg(long, value_name = "FILE|FOLDER|REF")]
    log: Vec<String>,
    /// Make every decision of each run again
    #[arg(long)]
    replay: bool,
}

pub(crate) fn run(args: AuditArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let AuditArgs { range, branch, policy, log, replay } = args;
    let project = globals.project()?;
    let Some(git) = &project.git else {
        let error = CommandError::usage("there is no git repository here, and so no commits");
        return Err(error.hint("`-C DIR` names the folder of the repository"));
    };
    let range = ranged(range.as_deref(), branch.as_deref())?;
    let landed = git.landed(&git.range(&range)?)?;
    let trees = landed.iter().map(|one| git.clean_tree(&one.id)).collect::<Result<Vec<_>, _>>()?;
    let wanted = Wanted {
        commits: landed.iter().map(|one| one.id.clone()).collect(),
        trees: trees.iter().copied().collect(),
    };
    let runs = Runs::gather(&project, git, &log, &wanted)?;
    let asked = Asked { policy: policy.as_deref(), replay, keys: speaks::keys(&project)? };
    let commits = audited(&landed, &trees, &runs, &asked);
    let gated = commits.iter().filter(|one| one.gated).count() as u64;
    let lacking = commits.len() as u64 - gated;
    let object = AuditObject {
        range,
        policy,
        replayed: replay,
        commits,
        gated,
        lacking,
        runs: runs.seen(),
        unreadable: runs.unread,
    };
    match (globals.json(), globals.csv()) {
        (true, _) => output::result(&(launch::json(&object) + "\n")),
        (_, true) => output::result(&audit::csv(&object)),
        _ => output::result(&audit::render(&object, screen::look(Stream::Stdout))),
    }
    Ok(if lacking == 0 { Exit::Done } else { Exit::Failed })
}

/// The range, which ends with the branch where it does not say with what.
fn ranged(range: Option<&str>, branch: Option<&str>) -> Result<String, CommandError> {
    Ok(match (range, branch) {
        (None, branch) => branch.unwrap_or("HEAD").to_owned(),
        (Some(range), None) => range.to_owned(),
        (Some(range), Some(branch)) if range.ends_with("..") => format!("{range}{branch}"),
        (Some(range), Some(_)) => {
            let error = CommandError::usage(format!("`{range}` says already where the commits end"));
            return Err(error.hint("`A.. --branch B` ends with the branch"));
        }
    })
}

/// Each commit with what speaks for it.
fn audited(landed: &[Landed], trees: &[Digest], runs: &Runs, asked: &Asked<'_>) -> Vec<CommitAudited> {
    let mut spoken: BTreeMap<Name, Speaks> = BTreeMap::new();
    let mut said = std::time::Instant::now();
    let mut commits = Vec::with_capacity(landed.len());
    for (at, (one, clean)) in landed.iter().zip(trees).enumerate() {
        commits.push(commit(one, clean, runs, asked, &mut spoken));
        if said.elapsed() >= SILENCE {
            said = std::time::Instant::now();
            output::talk(&format!("{} of {} commits looked at\n", at + 1, landed.len()));
        }
    }
    commits
}

fn commit(
    landed: &Landed,
    clean: &Digest,
    runs: &Runs,
    asked: &Asked<'_>,
    spoken: &mut BTreeMap<Name, Speaks>,
) -> CommitAudited {
    let matching = matching(runs, &landed.id, clean);
    let best = matching.first().copied();
    let others = matching.iter().skip(1).take(OTHERS_MAX).map(|(_, run)| run.id().clone());
    let (gated, why, run) = match best {
        None => (false, "no run of this commit, or of the same files".to_owned(), None),
        Some((matched, candidate)) => {
            // A run may speak for several commits.
            let speaks =
                spoken.entry(candidate.id().clone()).or_insert_with(|| speaks::look(candidate, asked));
            let (gated, why) = speaks.counts(matched, asked);
            (gated, why, Some(speaks.run(matched)))
        }
    };
    CommitAudited {
        commit: landed.id.clone(),
        tree: landed.tree.clone(),
        committed_at: time::rfc3339(Timestamp(landed.committed_ms)),
        author: format!("{} <{}>", landed.author.name, landed.author.email),
        summary: landed.summary.clone(),
        gated,
        why,
        run,
        other_runs: others.collect(),
    }
}

/// The runs of a commit, the one that speaks for it first: full ones with a verdict, then partial ones, then those without
/// a verdict, then those on files that were not committed; of each on the commit before on its files, and the newest
/// first.
fn matching<'r>(runs: &'r Runs, commit: &str, clean: &Digest) -> Vec<(Matched, &'r Candidate)> {
    let on_commit = runs.on_commit(commit).map(|run| match run.started.event.tree {
        Some(tree) if tree == *clean => (Matched::Commit, run),
        _ => (Matched::Changed, run),
    });
    let on_tree = runs.on_tree(clean).filter(|run| run.commit().is_none_or(|own| own != commit));
    let mut all: Vec<(Matched, &Candidate)> =
        on_commit.chain(on_tree.map(|run| (Matched::Tree, run))).collect();
    all.sort_by_key(|(matched, run)| {
        let changed = *matched == Matched::Changed;
        (changed, run.rank(), *matched, std::cmp::Reverse((run.started.at, run.id().clone())))
    });
    all
}
