//! `dod import`: runs of other machines, taken among those of this clone.

use std::path::{Path, PathBuf};

use clap::Args;
use dod_host::exported::{CHECKPOINT_FILE, Imported, Taken};
use dod_host::keys::short;
use dod_host::workspace::Workspace;
use dod_kernel::id::Name;
use dod_proof::checkpoint::Checkpoint;
use serde_json::{Value as Json, json};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::project::Project;
use crate::{launch, output, sealing, taken};

/// Take runs of other machines among the runs of this clone
///
/// Each file is checked as a whole before anything of it is kept: every blob against its name, the checkpoint against the
/// log. A longer version of a run that is here takes its place; a run that differs from the one that is here is refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod import run.dodz
  dod import artifacts/*.dodz && dod runs

Exit codes: 0 taken in or here already, 1 something in a file is not what it says, or another run of that id is here,
3 a file is no exported run, or blobs are missing")]
pub(crate) struct ImportArgs {
    /// Exported runs
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &ImportArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let workspace = project.workspace()?;
    let (mut objects, mut exit) = (Vec::new(), Exit::Done);
    for file in &args.files {
        match taken::take(&project, &workspace, file) {
            Ok(imported) => {
                let signed_by = signed_by(&project, &workspace, &imported);
                if !globals.json() {
                    output::result(&format!("{}\n", said(&imported, &signed_by)));
                }
                if !imported.missing.is_empty() {
                    exit = worse(exit, Exit::Undecided);
                }
                objects.push(object(&imported, file, &signed_by));
            }
            // The others are taken in all the same.
            Err(error) => {
                output::error(&error.message, error.hint.as_deref());
                exit = worse(exit, error.exit);
            }
        }
    }
    if globals.json() {
        output::result(&(launch::json(&json!({ "runs": objects })) + "\n"));
    }
    Ok(exit)
}

/// The one that is told (design §7).
fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: &Exit| {
        [Exit::Usage, Exit::Interrupted, Exit::Failed, Exit::Undecided].iter().position(|it| it == exit)
    };
    [one, other].into_iter().min_by_key(|exit| rank(exit).unwrap_or(usize::MAX)).unwrap_or(one)
}

/// Trusted keys that signed the checkpoint that lies here.
fn signed_by(project: &Project, workspace: &Workspace, imported: &Imported) -> Vec<Name> {
    let path = workspace.run_folder(imported.run()).join(CHECKPOINT_FILE);
    let note = std::fs::read(path).unwrap_or_default();
    let known = sealing::keys(project).and_then(|keys| Ok(keys.known()?)).unwrap_or_default();
    match Checkpoint::open(&note, &known) {
        Ok(signed) if signed.checkpoint == imported.checkpoint => {
            signed.by.into_iter().map(|key| short(key).as_str().into()).collect()
        }
        _ => Vec::new(),
    }
}

fn said(imported: &Imported, signed_by: &[Name]) -> String {
    let run = imported.run();
    let what = match imported.taken {
        Taken::New => "taken in".to_owned(),
        Taken::Longer { had } => format!("taken in: {had} events were here before"),
        Taken::Same => "is here already".to_owned(),
        Taken::Shorter { has } => format!("is here already, and goes on: {has} events"),
    };
    let state = imported.finished.as_ref().map_or("no verdict yet", |end| end.verdict.state.word());
    let signed = match signed_by {
        [] => "unsigned, as far as anybody here can tell".to_owned(),
        keys => format!("signed by {}", keys.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")),
    };
    format!("run {run} {what} ({state}, {} events, {signed})", imported.checkpoint.size)
}

fn object(imported: &Imported, file: &Path, signed_by: &[Name]) -> Json {
    let taken = match imported.taken {
        Taken::New => "new",
        Taken::Longer { .. } => "longer",
        Taken::Same => "same",
        Taken::Shorter { .. } => "shorter",
    };
    json!({
        "run": imported.run(), "file": file, "events": imported.checkpoint.size, "taken": taken,
        "state": imported.finished.as_ref().map(|end| end.verdict.state.word()), "signed_by": signed_by,
        "missing": imported.missing,
    })
}
