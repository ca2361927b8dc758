//! `dod baseline`: today's findings and numbers, so that only what comes later is new.

use clap::Args;
use dod_kernel::id::Name;
use serde_json::json;

use crate::baseline::{BASELINE_FILE, Baseline, Gate};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions::bounded;
use crate::output;
use crate::runs::{Found, commit_of};

/// Record today's findings and numbers, so that rules about new ones have something to compare with
///
/// Writes `baseline.json` from what the gates of a run found. The file belongs into the repository and is read from
/// the base of a change like every other definition. Gates that the run did not run keep what is recorded of them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod validate; dod baseline      from the run just made
  dod baseline --shrink           forget what is gone and keep better numbers; take up nothing new
  dod baseline --dry-run          what would change

Rules that compare: `lint: \"no new errors\"`, `coverage: \"may not drop\"`, `findings.introduced.error == 0`.")]
pub(crate) struct BaselineArgs {
    /// `latest`, an id or its beginning, a commit, or the folder of an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Only forget what is gone and keep better numbers
    #[arg(long)]
    shrink: bool,
    /// Write nothing
    #[arg(long)]
    dry_run: bool,
}

/// How a gate's record changes.
struct Change {
    gate: Name,
    known: usize,
    added: usize,
    gone: usize,
}

pub(crate) fn run(args: BaselineArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let BaselineArgs { run, shrink, dry_run } = args;
    let project = globals.project()?;
    let told = Found::of(&project, run.as_deref())?.read()?;
    if told.story.finished.is_none() {
        return Err(CommandError::usage(format!("run {} has no verdict yet", told.found.id))
            .hint("a baseline is made from a run that has ended"));
    }
    let file = project.root.join(BASELINE_FILE);
    let before =
        match bounded(&file).map_err(|why| CommandError::usage(format!("`{BASELINE_FILE}`: {why}")))? {
            Some(bytes) => Some(read(&bytes)?),
            None if shrink => {
                return Err(CommandError::usage(format!("there is no `{BASELINE_FILE}` to shrink"))
                    .hint("`dod baseline` makes one"));
            }
            None => None,
        };
    let commit = commit_of(&told.stored.started.event).map(Name::from);
    let mut after = Baseline::new(told.found.id.0.clone(), commit);
    after.gates = before.as_ref().map(|before| before.gates.clone()).unwrap_or_default();
    let mut changes = Vec::new();
    for (gate, read) in told.stored.last_reads()? {
        let Some(evidence) = told.with_sources(|sources| (sources.evidence)(&read.digest)) else {
            return Err(CommandError::system(format!("what gate `{gate}` found is no longer in the store"))
                .hint("run `dod validate` again"));
        };
        let now = Gate::of(&evidence, &read.summary);
        let known = before.as_ref().and_then(|before| before.gates.get(&gate));
        let next = match (shrink, known) {
            (false, _) => now,
            (true, Some(known)) => known.shrink(&now),
            (true, None) => continue,
        };
        let none = Gate::default();
        let old = &known.unwrap_or(&none).findings;
        changes.push(Change {
            known: next.findings.len(),
            added: next.findings.difference(old).count(),
            gone: old.difference(&next.findings).count(),
            gate: gate.clone(),
        });
        after.gates.insert(gate, next);
    }
    if changes.is_empty() {
        return Err(CommandError::usage(format!("run {} left no evidence to record", told.found.id)));
    }
    if !dry_run {
        dod_host::storage::write_atomic(&file, after.text().as_bytes())?;
    }
    tell(&changes, &after, dry_run, globals);
    Ok(Exit::Done)
}

fn read(bytes: &[u8]) -> Result<Baseline, CommandError> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
    text.and_then(Baseline::read).map_err(|why| {
        CommandError::usage(format!("`{BASELINE_FILE}`: {why}")).hint("put it right, or delete it")
    })
}

fn tell(changes: &[Change], after: &Baseline, dry_run: bool, globals: &Globals) {
    if globals.json() {
        let gate = |change: &Change| json!({ "gate": change.gate, "findings": change.known, "added": change.added, "gone": change.gone });
        let gates: Vec<_> = changes.iter().map(gate).collect();
        let object = json!({ "file": BASELINE_FILE, "run": after.run, "written": !dry_run, "gates": gates });
        output::result(&format!("{object:#}\n"));
        return;
    }
    for Change { gate, known, added, gone } in changes {
        output::result(&format!("{gate}: {known} findings ({added} more than before, {gone} gone)\n"));
    }
    let verb = if dry_run { "would write" } else { "wrote" };
    output::result(&format!("{verb} {BASELINE_FILE} from run {}\n", after.run));
    if !dry_run {
        output::talk("commit it: a change is compared with the baseline of its base\n");
    }
}
