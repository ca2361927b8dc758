//! Runs that come in a file: taken among the runs of this clone, which says so in its log.
//!
//! **Absent on purpose:** what the file holds, and going on with the run.

use std::path::Path;

use dod_host::exported::{Imported, import};
use dod_host::workspace::Workspace;

use crate::blame::CommandError;
use crate::output;
use crate::project::Project;
use crate::runs::{Found, exported_file};

/// Takes a run in.
pub(crate) fn take(workspace: &Workspace, file: &Path) -> Result<Imported, CommandError> {
    let imported = import(file, workspace)?;
    if let Some(first) = imported.missing.first() {
        let (run, count) = (imported.run(), imported.missing.len());
        output::warning(&format!(
            "run {run}: {count} blobs that it names were not in the file ({first}, …): it is incomplete"
        ));
    }
    Ok(imported)
}

/// The run that a word means, to be acted on: one that comes in a file is taken in.
pub(crate) fn to_act_on(project: &Project, word: Option<&str>) -> Result<Found, CommandError> {
    let Some(file) = word.and_then(exported_file) else { return Found::to_act_on(project, word) };
    let workspace = project.workspace()?;
    let imported = take(&workspace, file)?;
    Ok(Found::at(workspace, imported.run().clone()))
}
