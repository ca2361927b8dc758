//! `dod log anchor`: remembers how far the log is where whoever takes it back does not reach.

use std::path::PathBuf;

use clap::Args;
use dod_host::anchor::{self, AnchorError, NOTES, Remembered};
use dod_host::clone_log::Reader;
use dod_host::git::{Git, Person};
use dod_host::verify;
use dod_kernel::value::Value;
use serde_json::json;

use super::{called, count, log_of};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::project::Project;
use crate::{launch, output};

/// Remember the checkpoint in git or in a file, against rollback
///
/// What remembers another history of this log is not overwritten. Notes and references count once they are pushed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod log anchor                        in a note on the commit of the newest run
  dod log anchor --ref                  in `refs/dod/anchors/<id of the log>`
  dod log anchor --file log.checkpoint  in a file, such as an artifact of CI

Exit codes: 0 remembered, 1 the place remembers what is not in this log any more, 2 wrong use, 3 it cannot be written")]
pub(crate) struct AnchorArgs {
    /// In a note on a commit, under `refs/notes/dod`; where nothing else is asked for
    #[arg(long)]
    note: bool,
    /// The commit of the note; that of the newest run without one
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// In a reference; without a name `refs/dod/anchors/<id of the log>`
    #[arg(long = "ref", value_name = "REF", num_args = 0..=1)]
    reference: Option<Option<String>>,
    /// In a file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) fn run(args: &AnchorArgs, project: &Project, globals: &Globals) -> Result<Exit, CommandError> {
    let log = log_of(project)?;
    let AnchorArgs { note, commit, reference, file } = args;
    let mut places = Vec::new();
    let mut pushed = Vec::new();
    if let Some(file) = file {
        let path = globals.directory.as_deref().map_or_else(|| file.clone(), |folder| folder.join(file));
        anchor::to_file(&path, &log)?;
        places.push(file.display().to_string());
    }
    if let Some(reference) = reference {
        let (git, by) = git(project)?;
        let reference = anchor::to_reference(git, reference.as_deref(), &log, &by)?;
        places.push(reference.clone());
        pushed.push(reference);
    }
    if *note || commit.is_some() || (file.is_none() && reference.is_none()) {
        let (git, by) = git(project)?;
        let commit = on(project, git, commit.as_deref())?;
        anchor::to_note(git, &commit, &log, &by)?;
        places.push(format!("{NOTES} on {commit}"));
        pushed.push(NOTES.to_owned());
    }
    tell(&log, &places, &pushed, globals);
    if let Some(git) = project.git.as_ref().filter(|_| !pushed.is_empty()) {
        beside(git, log.origin(), &places)?;
    }
    Ok(Exit::Done)
}

fn tell(log: &Reader, places: &[String], pushed: &[String], globals: &Globals) {
    let Some(state) = log.checkpoint() else { return };
    if globals.json() {
        let (size, root) = (state.size, state.root.to_string());
        let object = json!({ "origin": state.origin, "size": size, "root": root, "places": places });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        let log = called(&state.origin);
        output::result(&format!(
            "{log}: {} remembered in {}\n",
            count(state.size, "leaf", "leaves"),
            places.join(", ")
        ));
    }
    if !pushed.is_empty() && !globals.json() {
        output::talk(&format!("it counts once it is pushed: `git push origin {}`\n", pushed.join(" ")));
    }
}

/// Says where one of the places remembers another log of this repository, too.
fn beside(git: &Git, log: &str, places: &[String]) -> Result<(), CommandError> {
    for Remembered { place, note } in anchor::in_repository(git)? {
        let origin = String::from_utf8_lossy(note.split(|byte| *byte == b'\n').next().unwrap_or_default());
        // A commit is shortened there.
        if places.iter().any(|it| it.starts_with(&place)) && verify::is_sibling(log, &origin) {
            let what = "that of another clone, or one that was here and is gone";
            output::warning(&format!(
                "`{place}` remembers another log of this repository, `{origin}`: {what}"
            ));
        }
    }
    Ok(())
}

pub(super) fn git(project: &Project) -> Result<(&Git, Person), CommandError> {
    let git = project.git.as_ref().ok_or_else(|| {
        CommandError::usage("the project is in no git repository")
            .hint("`--file` remembers the checkpoint in a file, to be kept elsewhere")
    })?;
    let nobody =
        || Person { name: project.machine.user.clone(), email: format!("@{}", project.machine.host) };
    Ok((git, git.user().unwrap_or_else(nobody)))
}

/// The commit that was asked for, else that of the newest run, else the one that is checked out.
fn on(project: &Project, git: &Git, asked: Option<&str>) -> Result<String, CommandError> {
    if let Some(word) = asked {
        return Ok(git.commit(word)?);
    }
    let workspace = project.existing_workspace()?;
    let newest = workspace.runs()?.into_iter().next();
    let started = newest.and_then(|id| dod_host::history::started(&workspace.run_folder(&id)).ok());
    let of_run = started.and_then(|started| match started.facts.get("commit") {
        Some(Value::Text(commit)) => git.commit(commit).ok(),
        _ => None,
    });
    of_run.or_else(|| project.head.commit.clone()).ok_or_else(|| {
        CommandError::usage("the repository has no commit that a note could be on")
            .hint("`--file` needs none")
    })
}

impl From<AnchorError> for CommandError {
    fn from(error: AnchorError) -> Self {
        let message = error.to_string();
        match error {
            AnchorError::Git(error) => error.into(),
            AnchorError::Storage(error) => error.into(),
            AnchorError::CloneLog(error) => error.into(),
            AnchorError::Nothing => {
                Self::usage(message).hint("`dod validate` makes a run, and the checkpoint")
            }
            AnchorError::RolledBack { .. } => {
                let hint = "put back the newer `.dod/log`; what is remembered stays as it is".to_owned();
                Self { exit: Exit::Failed, message, hint: Some(hint) }
            }
            AnchorError::Other { .. } | AnchorError::OtherLog { .. } => Self::usage(message),
        }
    }
}
