//! `dod log publish`: the log as files that other readers of transparency logs know.

use std::path::PathBuf;

use clap::Args;
use dod_host::keys::short;
use dod_host::published::{Published, PublishedError, check, publish};
use dod_proof::checkpoint::Signed;
use serde_json::json;

use super::{called, log_of};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::project::Project;
use crate::{launch, output, sealing};

/// Write the log into a folder, as C2SP tlog-tiles
///
/// What is written never changes, and what other readers and any web server take. A folder that holds an earlier state of
/// this log gets what is new; one that holds another history is not written over.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod log publish public/log            and copy or serve the folder
  dod log publish public/log --check    whether all that it holds is one log, up to its checkpoint

Exit codes: 0 done, 1 the folder holds another history or a file is not what the others say, 2 there is nothing to
publish, 3 a file is missing or cannot be used")]
pub(crate) struct PublishArgs {
    /// The folder; it is made where it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Write nothing; read all leaves of the folder and make every hash again
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &PublishArgs, project: &Project, globals: &Globals) -> Result<Exit, CommandError> {
    let PublishArgs { folder, check: only } = args;
    let target = globals.directory.as_deref().map_or_else(|| folder.clone(), |start| start.join(folder));
    let known = sealing::known(project)?;
    let mut published = None;
    if !only {
        published = Some(publish(&log_of(project)?, &target)?);
    }
    let Signed { checkpoint, by, unknown } = check(&target, &known, |_, _| {})?;
    let signed_by: Vec<String> = by.into_iter().map(short).collect();
    let (before, files) =
        published.map_or((None, 0), |Published { before, files, .. }| (Some(before), files));
    if globals.json() {
        let object = json!({
            "origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.to_string(),
            "before": before, "files": files, "signed_by": signed_by, "unknown": unknown,
        });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        let by = match (signed_by.is_empty(), unknown.is_empty()) {
            (false, _) => format!("signed by {}", signed_by.join(", ")),
            (true, false) => format!("signed by a key that is not known here: {}", unknown.join(", ")),
            (true, true) => "unsigned".to_owned(),
        };
        let (what, size) = (if *only { "good" } else { "published" }, checkpoint.size);
        let new = before.map_or(String::new(), |before| format!("{} of them new, ", size - before));
        let log = called(&checkpoint.origin);
        let leaves = super::count(size, "leaf", "leaves");
        output::result(&format!("{what}: {log}, {leaves}, {new}{by}: {}\n", folder.display()));
    }
    Ok(Exit::Done)
}

impl From<PublishedError> for CommandError {
    fn from(error: PublishedError) -> Self {
        let message = error.to_string();
        match error {
            PublishedError::Storage(error) => error.into(),
            PublishedError::Log(error) => error.into(),
            PublishedError::NoCheckpoint { .. } => Self::usage(message),
            PublishedError::Tile { source: dod_proof::tiles::TileError::Missing { .. }, .. } => {
                Self::system(message)
            }
            PublishedError::Checkpoint { .. }
            | PublishedError::Other { .. }
            | PublishedError::Tile { .. } => Self { exit: Exit::Failed, message, hint: None },
        }
    }
}
