//! `dod resume`: goes on with a run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use dod_host::seal::is_owed;
use dod_kernel::policy::State;
use dod_views::{object, summary};

use super::approve::apply::give_all;
use super::validate::GoArgs;
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::launch::{self, How};
use crate::output::{self, Stream};
use crate::runs::{Going, Told, exported_file};
use crate::screen::{Talk, look};
use crate::taken;

/// Go on with a run that was interrupted or that waits
///
/// What was acknowledged is not run again. The tree must be the one that the run began with.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod resume             the newest run that is not finished
  dod resume 019aa5
  dod resume run.dodz    a run of another machine: it is taken in, goes on here, and is left in the file again
  dod resume run.dodz --approval alice.approval

Exit codes: as of `dod validate`")]
pub(crate) struct ResumeArgs {
    /// `latest`, an id or its beginning, a commit, or a `.dodz` file; the newest run that is not finished without one
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Give the signed answers in these files first
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    #[command(flatten)]
    go: GoArgs,
}

pub(crate) fn run(args: ResumeArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ResumeArgs { run, approvals, go } = args;
    let GoArgs { jobs, wait_max, quiet, verbose, export } = go;
    if jobs.is_some() {
        return Err(CommandError::usage("a run goes on with the `--jobs` that it began with"));
    }
    let project = globals.project()?;
    let found = taken::to_act_on(&project, run.as_deref())?;
    let told = match approvals.as_slice() {
        [] => found.read()?,
        files => {
            let all = give_all(&project, Some(found.id.0.as_str()), files, globals.json())?;
            if !all.counted {
                let error = "an answer does not count, so the run does not go on".to_owned();
                return Err(CommandError { exit: Exit::Failed, message: error, hint: None });
            }
            all.told
        }
    };
    told.found.workspace()?;
    let came_from = run.as_deref().and_then(exported_file);
    let going = told.going()?;
    if going == Going::Ended && !is_owed(told.found.workspace()?, &told.found.id)? {
        if !globals.json() {
            output::talk(&format!("run {} is finished: nothing is left to do\n", told.found.id));
        }
        return Ok(finished(&told, globals.json()));
    }
    if let Going::Held(holder) = &going {
        let error = format!("process {} works on run {}", holder.pid, told.found.id);
        return Err(CommandError::system(error).hint("`dod logs --follow` watches it, `dod cancel` ends it"));
    }
    let how = How {
        jobs: None,
        wait_max,
        json: globals.json(),
        talk: Talk::suited(quiet || globals.json(), verbose),
        left_out: Vec::new(),
        fail_fast: false,
        settings: Vec::new(),
        reused: BTreeMap::new(),
        export: export.target(&project, came_from),
    };
    launch::resume(&project, &told.found.id, how)
}

/// Says how a finished run ended, and ends alike.
fn finished(told: &Told, json: bool) -> Exit {
    let text = match json {
        true => told.with_sources(|sources| object::run_text(&told.story, sources)),
        false => summary::headline(&told.story, look(Stream::Stdout)),
    };
    output::result(&(text + "\n"));
    match told.story.verdict().map(|verdict| verdict.state) {
        Some(State::Passed) => Exit::Done,
        Some(State::Failed) => Exit::Failed,
        _ => Exit::Undecided,
    }
}
