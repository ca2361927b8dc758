//! Runs that come in a file: taken among the runs of this clone, which says so in its log.
//!
//! **Absent on purpose:** what the file holds, and going on with the run.

use std::path::Path;

use dod_host::clone_log::LeafKind;
use dod_host::exported::{Imported, Taken, import, unpack_file};
use dod_host::seal::added;
use dod_host::workspace::Workspace;
use dod_host::world::{Os, World as _};

use crate::blame::CommandError;
use crate::exporting;
use crate::output;
use crate::project::Project;
use crate::runs::{Found, exported_file};
use crate::sealing;
use crate::whole::{self, Asks};

/// Takes a run in, and says so in the log of this clone.
pub(crate) fn take(project: &Project, workspace: &Workspace, file: &Path) -> Result<Imported, CommandError> {
    let known = sealing::known(project)?;
    whole::check_file(file, &known, Asks::Unchanged, "not taken in")?;
    if let Some(found) = Found::exported(&file.to_string_lossy())? {
        whole::follows(&found, "not taken in")?;
    }
    let imported = import(file, workspace)?;
    if matches!(imported.taken, Taken::New | Taken::Longer { .. } | Taken::Same) {
        let sealing = sealing::sealing(project)?;
        let mut log = sealing.log(workspace)?;
        let Imported { started, finished, checkpoint, .. } = &imported;
        let leaf = added(started, finished.as_deref(), checkpoint, &sealing.by, Os::new().now());
        let states = Some((imported.checkpoint.size, imported.checkpoint.root));
        // A run of this clone, or one that was taken in before, has its leaf.
        let mut known = false;
        for kind in [LeafKind::Added, LeafKind::Closed] {
            known |= log.find(kind, imported.run())?.is_some_and(|(_, leaf)| leaf.states() == states);
        }
        known |= imported.taken == Taken::Same && log.find(LeafKind::Opened, imported.run())?.is_some();
        if !known {
            log.append(&leaf)?;
        }
        if !log.is_sealed(&sealing.signing) {
            log.seal(&sealing.signing)?;
        }
    }
    if let Some(first) = imported.missing.first() {
        let (run, count) = (imported.run(), imported.missing.len());
        output::warning(&format!(
            "run {run}: {count} blobs that it names were not in the file ({first}, …): it is incomplete"
        ));
    }
    Ok(imported)
}

/// The run that a word names; one that comes in a file is taken in.
pub(crate) fn named(project: &Project, word: Option<&str>) -> Result<Found, CommandError> {
    match word.and_then(exported_file) {
        Some(_) => to_act_on(project, word),
        None => Found::of(project, word),
    }
}

/// Leaves a run that came in a file in that file, as it is now.
pub(crate) fn give_back(project: &Project, word: Option<&str>) -> Result<(), CommandError> {
    let Some(file) = word.and_then(exported_file) else { return Ok(()) };
    let workspace = project.existing_workspace()?;
    let id = unpack_file(file, &std::env::temp_dir())?.run().clone();
    let written = exporting::leave(&workspace, &id, file)?;
    output::talk(&format!("{}\n", exporting::said(&written, file)));
    exporting::warn(&written);
    Ok(())
}

/// The run that a word means, to be acted on: one that comes in a file is taken in.
pub(crate) fn to_act_on(project: &Project, word: Option<&str>) -> Result<Found, CommandError> {
    let Some(file) = word.and_then(exported_file) else { return Found::to_act_on(project, word) };
    let workspace = project.workspace()?;
    let imported = take(project, &workspace, file)?;
    Ok(Found::at(workspace, imported.run().clone()))
}
