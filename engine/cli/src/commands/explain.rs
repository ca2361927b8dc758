//! `dod explain`: why a run came out as it did.

use clap::Args;
use dod_notation::diagnose::closest;
use dod_views::explain::{self, Target};
use dod_views::object;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output::{self, Stream};
use crate::runs::{Told, run_and_word};
use crate::screen;

/// Say why a run came out as it did: from the verdict to the rule, the gate, the finding and the report
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod explain                        the newest run
  dod explain latest test            one step of it
  dod explain coverage               one rule of the newest run's policy
  dod explain latest src/lib.rs:12   findings in one place
  dod explain RUSTSEC-2024-0001      an advisory, by any of its ids")]
pub(crate) struct ExplainArgs {
    /// `latest`, an id or its beginning, a commit, or the folder of an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// A step, a rule, or a finding: its fingerprint, rule, advisory, `path` or `path:line`
    #[arg(value_name = "STEP|RULE|FINDING")]
    word: Option<String>,
}

pub(crate) fn run(args: ExplainArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ExplainArgs { run, word } = args;
    let project = globals.project()?;
    let (told, word) = run_and_word(&project, run.as_deref(), word.as_deref())?;
    let object = told.with_sources(|sources| {
        let target = match &word {
            None => Target::Run,
            Some(word) => Target::of(&told.story, sources, word).ok_or_else(|| unknown(&told, word))?,
        };
        Ok::<_, CommandError>(explain::explain(&told.story, &target, sources))
    })?;
    if globals.json() {
        output::result(&(object::text(&object) + "\n"));
    } else {
        output::result(&explain::render(&object, screen::look(Stream::Stdout)));
    }
    Ok(Exit::Done)
}

fn unknown(told: &Told, word: &str) -> CommandError {
    let steps = told.stored.workflow.nodes().iter().map(|node| node.name.as_str());
    let policies = told.stored.governance.policies.iter();
    let rules = policies.flat_map(|policy| &policy.rules).map(|rule| &*rule.id);
    let near = closest(word, steps.chain(rules));
    let hint = near.map_or_else(
        || format!("`dod explain {}` explains all of it", told.found.id),
        |near| format!("did you mean `{near}`?"),
    );
    CommandError::usage(format!("run {} knows no step, rule or finding `{word}`", told.found.id)).hint(hint)
}
