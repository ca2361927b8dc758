//! What the evidence of a run is compared with: the lines that the change brought, the base's own run, the baseline.
//!
//! The base's run is one of this workspace that has ended, was made on the very commit and tree of the base, and follows
//! from its own facts. Of each gate the newest such result speaks; gates that no run knows are the baseline's.
//!
//! **Absent on purpose:** saying what is new. The kernel does, from what is found here.

use std::collections::BTreeSet;
use std::sync::Arc;

use dod_host::git::{ChangedLines, Git};
use dod_host::history::{Stored, glance};
use dod_host::tree::TreePath;
use dod_host::workspace::Workspace;
use dod_kernel::evidence::{Comparison, Known, KnownFrom};
use dod_kernel::id::{Digest, Name};
use dod_kernel::value::Value;

use crate::baseline::{BASELINE_FILE, Baseline};
use crate::blame::CommandError;
use crate::engines::Engines;
use crate::launch::Lookup;
use crate::project::Project;

/// Earlier runs that are glanced at.
const RUNS_GLANCED_MAX: usize = 1_000;
/// Runs of the base that are read as a whole.
const RUNS_READ_MAX: usize = 20;

/// What is known before a run of what it will be compared with.
pub(crate) struct Ground<'g> {
    /// The commit that the change is compared with.
    pub(crate) base: Option<&'g str>,
    /// What the change touches, as the repository knows it.
    pub(crate) touched: &'g BTreeSet<TreePath>,
    /// The baseline and the digest of its file.
    pub(crate) baseline: Option<&'g (Baseline, Digest)>,
}

/// What to compare with, and how that is said in the log; `None` where there is neither base nor baseline.
pub(crate) fn find(
    project: &Project,
    workspace: &Workspace,
    ground: &Ground<'_>,
) -> Result<Option<(Comparison, Vec<String>)>, CommandError> {
    let mut comparison = Comparison::default();
    let mut words = Vec::new();
    if let (Some(base), Some(git)) = (ground.base, &project.git) {
        let found = git.changed_lines(base, ground.touched)?;
        comparison.base = Some(base.into());
        take_lines(project, &found, &mut comparison);
        let lines = comparison.changed_lines().unwrap_or_default();
        words.push(format!("{lines} lines changed since base {base}"));
        let mut runs = BTreeSet::new();
        base_runs(workspace, git, base, &mut comparison, &mut runs)?;
        words.extend(runs.iter().map(|run| format!("compared with run {run} of base {base}")));
    }
    if let Some((baseline, digest)) = ground.baseline {
        for (gate, known) in baseline.gates(*digest) {
            comparison.gates.entry(gate).or_insert(known);
        }
        words.push(format!("compared with {BASELINE_FILE} ({digest})"));
    }
    let nothing = ground.base.is_none() && ground.baseline.is_none();
    Ok((!nothing).then_some((comparison, words)))
}

/// Changed lines under the paths that the project knows.
fn take_lines(project: &Project, found: &ChangedLines, comparison: &mut Comparison) {
    let path = |path: &TreePath| {
        let path = String::from_utf8_lossy(path.as_bytes()).into_owned();
        project.in_project(&path).map(Name::from)
    };
    let lines = found.lines.iter().filter_map(|(at, ranges)| Some((path(at)?, ranges.clone())));
    comparison.lines = Some(lines.collect());
    let moved = found.moved.iter().filter_map(|(new, old)| Some((path(new)?, path(old)?)));
    comparison.moved = moved.collect();
}

/// What runs of the base commit showed, the newest result of each gate.
fn base_runs(
    workspace: &Workspace,
    git: &Git,
    base: &str,
    comparison: &mut Comparison,
    used: &mut BTreeSet<Name>,
) -> Result<(), CommandError> {
    let clean = git.clean_tree(base)?;
    let lookup = Lookup::new(workspace);
    let mut read = 0;
    for id in workspace.runs().unwrap_or_default().iter().take(RUNS_GLANCED_MAX) {
        // A log that cannot be read, or is another run's, is nothing to compare with.
        let Ok(seen) = glance(&workspace.run_folder(id)) else { continue };
        let started = &seen.started.event;
        let of_base = matches!(started.facts.get("commit"), Some(Value::Text(commit)) if &**commit == base);
        if started.id != *id || seen.finished.is_none() || !of_base || started.tree != Some(clean) {
            continue;
        }
        if read == RUNS_READ_MAX {
            break;
        }
        read += 1;
        let Ok(stored) = Stored::read(workspace, id) else { continue };
        let ask = Engines::default().with(|digest| lookup.evidence(digest).map(Arc::new));
        if stored.replay(&ask).is_err() {
            continue;
        }
        let Ok(reads) = stored.last_reads() else { continue };
        for (gate, read) in reads {
            if comparison.gates.contains_key(&gate) {
                continue;
            }
            let Some(evidence) = lookup.evidence(&read.digest) else { continue };
            let from = KnownFrom::Run { id: id.clone() };
            let known = Known::of(from, &evidence, &read.summary, &comparison.moved);
            comparison.gates.insert(gate, known);
            used.insert(id.0.clone());
        }
    }
    Ok(())
}
