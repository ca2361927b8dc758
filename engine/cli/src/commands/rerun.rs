//! `dod rerun`: a new run like an earlier one.

use std::collections::BTreeMap;

use clap::Args;
use dod_host::blob::{Blobs, digest_of};
use dod_host::drive::declared_outputs;
use dod_host::history::Taken;
use dod_kernel::id::Name;
use dod_kernel::run::{Reading, RunStarted};
use dod_kernel::value::Value;

use super::validate::{GoArgs, SelectArgs};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::governed::{self, Asked, Loaded};
use crate::hands::ProjectTree;
use crate::launch::{self, How, Selection};
use crate::output;
use crate::project::Project;
use crate::runs::Told;
use crate::screen::Talk;
use crate::taken;

/// Run again what an earlier run ran, with the flags that it was given
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod rerun --failed           the newest run: good results are taken over where the tree is the same
  dod rerun 019aa5             all of that run again

Exit codes: as of `dod validate`")]
pub(crate) struct RerunArgs {
    /// `latest`, an id or its beginning, a commit, or an exported run: its file or folder
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Take over the results of steps that were good
    #[arg(long)]
    failed: bool,
    #[command(flatten)]
    go: GoArgs,
}

pub(crate) fn run(args: RerunArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let RerunArgs { run, failed, go } = args;
    let GoArgs { jobs, wait_max, quiet, verbose, export } = go;
    let project = globals.project()?;
    // Results are taken over from a run of this clone.
    let told = taken::named(&project, run.as_deref())?.read()?;
    let Some((_, started)) = &told.story.started else {
        return Err(CommandError::usage(format!("run {} has not begun", told.found.id)));
    };
    let given = Given::of(started);
    let asked = Asked { json: globals.json(), quiet, ..given.asked };
    let loaded = governed::load(&project, &asked)?;
    let select = &given.select;
    let selection =
        Selection { only: &select.only, skip: &select.skip, tags: &select.tag, local: select.local };
    let left_out = selection.left_out(&loaded.workflow, &project.root)?;
    let mut settings = given.words;
    let mut reused = BTreeMap::new();
    if failed {
        match reusable(&project, &told, started, &loaded)? {
            Ok(results) => {
                settings.push(format!("rerun of {}", told.found.id));
                reused = results;
            }
            Err(why) => output::talk(&format!("{why}: everything runs again\n")),
        }
    }
    let how = How {
        jobs,
        wait_max,
        json: globals.json(),
        talk: Talk::suited(quiet || globals.json(), verbose),
        left_out,
        fail_fast: given.fail_fast,
        settings,
        reused,
        export: export.target(&project, None),
    };
    launch::new(&project, &loaded, how)
}

/// The flags that a run was given, as its log has them.
struct Given {
    asked: Asked,
    select: SelectArgs,
    fail_fast: bool,
    /// The flags word for word, for the log of the new run.
    words: Vec<String>,
}

impl Given {
    fn of(started: &RunStarted) -> Self {
        let (mut asked, mut select, mut fail_fast) = (Asked::default(), SelectArgs::default(), false);
        let words: Vec<String> =
            started.settings.iter().filter(|word| word.starts_with("--")).map(ToString::to_string).collect();
        for word in &words {
            let (flag, value) = word.split_once(' ').unwrap_or((word, ""));
            let value = || value.to_owned();
            match flag {
                "--policy" => asked.policy = Some(value()),
                "--workflow" => asked.workflow = Some(value()),
                "--since" => asked.since = Some(value()),
                "--govern-from" => asked.govern_from = Some(value()),
                "--only" => select.only.push(value()),
                "--skip" => select.skip.push(value()),
                "--tag" => select.tag.push(value()),
                "--local" => select.local = true,
                "--install" => asked.install = true,
                "--fail-fast" => fail_fast = true,
                _ => {}
            }
        }
        if let Some(Value::Map(inputs)) = started.facts.get("inputs") {
            asked.inputs.clone_from(inputs);
        }
        Self { asked, select, fail_fast, words }
    }
}

/// Results that may be taken over, or why none may.
fn reusable(
    project: &Project,
    told: &Told,
    started: &RunStarted,
    loaded: &Loaded,
) -> Result<Result<BTreeMap<Name, Taken>, &'static str>, CommandError> {
    let tree =
        ProjectTree::look(project, &declared_outputs(&loaded.workflow)).map_err(CommandError::system)?;
    if started.tree != Some(tree.began()) {
        return Ok(Err("the tree has changed since that run"));
    }
    let workflow = serde_json::to_vec(&*loaded.workflow).expect("a workflow can always be written");
    if digest_of(&workflow) != started.workflow {
        return Ok(Err("the workflow has changed since that run"));
    }
    let blobs = Blobs::at(&told.found.blobs);
    // A result whose evidence is gone could not be judged.
    let at_hand = |taken: &Taken| match &taken.ended.evidence {
        Reading::Read(read) => blobs.contains(&read.digest),
        Reading::None | Reading::Unreadable { .. } => true,
    };
    let is_here = told.found.workspace.is_some();
    let results = told.stored.good_results()?.into_iter().filter(|(_, taken)| is_here && at_hand(taken));
    Ok(Ok(results.collect()))
}
