//! `dod restore`: a backup taken back, and verified.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;
use dod_host::blob::Blobs;
use dod_host::house::{RestoreError, Restored, restore};
use dod_host::verify::{self, Folder, Keys, Problems, Status};
use dod_host::workspace::Workspace;
use serde::Serialize;

use super::gc::Progress;
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::launch::tree_lock;
use crate::project::Project;
use crate::{launch, output, sealing};

/// Take a backup back, and verify what is here then
///
/// Everything in the file is checked before anything is written, and nothing that is here is lost: a run that is longer here
/// stays, and a log of this clone that is longer here stops the whole of it, since taking it back would be a rollback.
/// At the end the log and every run are verified.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod restore /mnt/backup/payments-2026-11-22.dodb

Exit codes: 0 done, and all that is here is good; 1 the backup was changed, or what is here differs from it;
2 the command line is wrong; 3 something cannot be read or written, or is incomplete")]
pub(crate) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// The documented object.
#[derive(Debug, Serialize)]
struct Told {
    file: PathBuf,
    /// Runs that are new here.
    runs: u64,
    /// Runs that go on where they ended here.
    longer: u64,
    /// Runs that were here already.
    had: u64,
    /// Blobs that are new here.
    blobs: u64,
    /// Blobs that were damaged here.
    repaired: u64,
    /// The clone's log came from the backup.
    log: bool,
    /// `good`, `incomplete`, `different` or `unreadable`: what `dod verify` says of all that is here.
    status: &'static str,
    problems: Vec<String>,
}

pub(crate) fn run(args: &RestoreArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let file = globals.directory.as_deref().unwrap_or_else(|| Path::new("")).join(&args.file);
    if !file.is_file() {
        return Err(CommandError::usage(format!("`{}` does not exist", file.display())));
    }
    let workspace = project.workspace()?;
    let progress = Progress { shown: std::io::stderr().is_terminal() && !globals.json() };
    let restored = {
        let _tree = tree_lock(&workspace)?;
        restore(&file, &workspace, &mut |at, all| progress.say(&format!("file {at} of {all}")))
    };
    progress.end();
    let restored = restored.map_err(|error| refused(&error))?;
    let problems = verified(&project, &workspace, &progress)?;
    let status = problems.status();
    let (word, exit) = match status {
        Status::Good => ("good", Exit::Done),
        Status::Different => ("different", Exit::Failed),
        Status::Incomplete => ("incomplete", Exit::Undecided),
        Status::Unreadable => ("unreadable", Exit::Undecided),
    };
    let said: Vec<String> = problems.list().iter().map(ToString::to_string).collect();
    tell(file, restored, word, said, globals);
    Ok(exit)
}

fn refused(error: &RestoreError) -> CommandError {
    let exit = match error {
        RestoreError::Storage(_) | RestoreError::Lock(_) | RestoreError::Blob(_) => Exit::Undecided,
        _ => Exit::Failed,
    };
    let hint = match error {
        RestoreError::RollsBack { .. } => {
            Some("what is here is newer; move `.dod` away to look at the backup alone")
        }
        RestoreError::OtherLog { .. } => Some("restore it in an empty folder, or `dod import` single runs"),
        RestoreError::Forked { .. } => {
            Some("nothing was written; `dod verify` tells which of them was changed")
        }
        _ => None,
    };
    let message = format!("not restored: {error}");
    CommandError { exit, message, hint: hint.map(str::to_owned) }
}

/// Looks at the log and at every run, as `dod verify` does.
fn verified(project: &Project, workspace: &Workspace, progress: &Progress) -> Result<Problems, CommandError> {
    let known = sealing::known(project)?;
    let keys = Keys { known: &known, asked: &[] };
    let mut problems = Problems::default();
    if let Some(log) = verify::log(&workspace.log_folder(), None, &keys, &[]) {
        problems.extend(&log.problems);
        verify::runs(&log, workspace, ".dod/log", &mut problems);
    }
    for id in workspace.runs()? {
        progress.say(&format!("run {id} is verified"));
        let store = Blobs::at(workspace.blobs_folder());
        let source = Folder::sharing(workspace.run_folder(&id), store);
        problems.extend(&verify::run(&source, &keys, &[]).problems);
    }
    progress.end();
    Ok(problems)
}

fn tell(file: PathBuf, restored: Restored, status: &'static str, problems: Vec<String>, globals: &Globals) {
    let Restored { runs, longer, had, blobs, repaired, log } = restored;
    if globals.json() {
        let told = Told { file, runs, longer, had, blobs, repaired, log, status, problems };
        output::result(&(launch::json(&told) + "\n"));
        return;
    }
    let mut text = format!("restored {runs} runs and {blobs} blobs from {}", file.display());
    for (count, what) in [
        (longer, "runs go on where they ended here"),
        (had, "runs were here"),
        (repaired, "damaged blobs are repaired"),
    ] {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    output::result(&format!("{text}\n{status}: the log and all runs that are here were verified\n"));
    problems.iter().for_each(|problem| output::warning(problem));
}
