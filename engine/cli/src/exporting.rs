//! Where a run is exported to at its end, and doing it.
//!
//! ```text
//!   --export FILE > .dod/run.dodz in CI > the file that it came from > nowhere        --no-export: nowhere
//! ```
//!
//! **Absent on purpose:** what is in the file.

use std::path::{Path, PathBuf};

use clap::Args;
use dod_host::blob::Blobs;
use dod_host::exported::{self, Written, write_file};
use dod_host::workspace::{FOLDER, Workspace};
use dod_kernel::id::RunId;

use crate::blame::{CommandError, Exit};
use crate::output;
use crate::project::Project;

/// Where the run goes.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Leave the run in this file, however it ends; in CI it is `.dod/run.dodz`
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Leave no file, in CI either
    #[arg(long, conflicts_with = "export")]
    no_export: bool,
}

impl ExportArgs {
    /// The file; `came_from` is the one that the run was taken from.
    pub(crate) fn target(self, project: &Project, came_from: Option<&Path>) -> Option<PathBuf> {
        if self.no_export {
            return None;
        }
        let in_ci = || project.ci.is_some().then(|| usual(&project.root));
        self.export.or_else(in_ci).or_else(|| came_from.map(Path::to_owned))
    }
}

/// Where CI looks for it.
fn usual(root: &Path) -> PathBuf {
    root.join(FOLDER).join(exported::FILE)
}

/// The run of an earlier job must not be taken for the one that begins.
pub(crate) fn clear(root: &Path, target: Option<&Path>) {
    let usual = usual(root);
    if target == Some(usual.as_path()) {
        let _ = std::fs::remove_file(usual);
    }
}

/// Writes the run, as far as it goes.
pub(crate) fn leave(workspace: &Workspace, id: &RunId, target: &Path) -> Result<Written, CommandError> {
    let store = Blobs::at(workspace.blobs_folder());
    Ok(write_file(&workspace.run_folder(id), &store, Some(&workspace.log_folder()), target)?)
}

/// Writes the run and says so in one line. A run that was to be left and is not must not look good.
pub(crate) fn leave_and_say(workspace: &Workspace, id: &RunId, target: &Path, exit: Exit) -> Exit {
    match leave(workspace, id, target) {
        Ok(written) => {
            output::talk(&format!("{}\n", said(&written, target)));
            warn(&written);
            exit
        }
        Err(error) => {
            let message = format!("run {id} cannot be exported: {}", error.message);
            output::error(&message, error.hint.as_deref());
            match exit {
                Exit::Done | Exit::Waiting => Exit::Undecided,
                exit => exit,
            }
        }
    }
}

/// What was written, in one line.
pub(crate) fn said(written: &Written, target: &Path) -> String {
    let Written { run, events, blobs, .. } = written;
    format!("exported   {} (run {run}, {events} events, {blobs} blobs)", target.display())
}

/// Tells what the file lacks.
pub(crate) fn warn(written: &Written) {
    for (digests, what) in [(&written.missing, "is not here any more"), (&written.damaged, "is damaged")] {
        if let Some(first) = digests.first() {
            let more = digests.len() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            output::warning(&format!("the blob {first} {what}{more}: the file is incomplete"));
        }
    }
}
