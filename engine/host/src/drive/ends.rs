//! The first and the last word of a run in the clone's log: before its first step, and before its verdict is told.
//!
//! **Absent on purpose:** runs without an origin (simulations, logs from before there were checkpoints): nothing is said of
//! them.

use dod_kernel::id::{Name, RunId};
use dod_proof::checkpoint::Checkpoint;

use super::session::Session;
use super::{DriveError, Settings};
use crate::clone_log::{LeafKind, Writer};
use crate::history::Events;
use crate::seal::{self, close, closed, opened, write_checkpoint};
use crate::workspace::Workspace;

/// The clone's log, which is held until the run's `opened` leaf is in it. A log that cannot be used is told before
/// anything of the run is written.
pub(super) fn log_of(
    workspace: &Workspace,
    settings: &Settings,
    origin: Option<&Name>,
) -> Result<Option<Writer>, DriveError> {
    Ok(origin.map(|_| settings.sealing.log(workspace)).transpose()?)
}

impl Session<'_, '_> {
    /// Says that the run began. Its first line is durable.
    pub(super) fn open_in(&mut self, log: Option<Writer>) -> Result<(), DriveError> {
        let (Some(mut log), Some(first)) = (log, self.untold.front()) else { return Ok(()) };
        let line = serde_json::to_vec(first).expect("an event can always be written");
        log.append(&opened(first.at, &self.settings.sealing.by, &self.id, &line))?;
        Ok(())
    }

    /// Says that a run which has no verdict goes on in this clone, if nothing here tells that it began: it was brought here.
    pub(super) fn open_again(&mut self) -> Result<(), DriveError> {
        let origin = self.run.started().and_then(|started| started.origin.clone());
        if self.run.verdict().is_some() || origin.is_none() {
            return Ok(());
        }
        let mut log = self.settings.sealing.log(self.workspace)?;
        if log.find(LeafKind::Opened, &self.id)?.is_none() {
            let mut lines = Events::of(&self.workspace.run_folder(&self.id))?;
            if let Some((first, line)) = lines.next_line()? {
                log.append(&opened(first.at, &self.settings.sealing.by, &self.id, line))?;
            }
        }
        Ok(())
    }

    /// Makes the end of the run last, where it has one: only then its verdict is told.
    pub(super) fn seal(&mut self) -> Result<(), DriveError> {
        self.log.flush_and_wait()?;
        if let Some(leaf) = closed(&self.run, self.said, self.log.tree())
            && let Some(origin) = self.run.started().and_then(|started| started.origin.as_ref())
        {
            let (size, root) = (self.log.tree().size(), self.log.tree().root());
            let checkpoint = Checkpoint { origin: origin.to_string(), size, root };
            let sealing = &self.settings.sealing;
            write_checkpoint(&self.workspace.run_folder(&self.id), &checkpoint, &sealing.signing)?;
            close(self.workspace, sealing, &leaf)?;
        }
        self.sealed = true;
        self.tell()
    }
}

/// Holds the lines that replay went through against those that were found when the log was opened, and against the run's
/// checkpoint.
pub(super) fn check(
    workspace: &Workspace,
    id: &RunId,
    opened: &dod_proof::tree::Frontier,
    replayed: &dod_proof::tree::Frontier,
) -> Result<(), DriveError> {
    if opened != replayed {
        return Err(DriveError::Changing);
    }
    Ok(seal::check(&workspace.run_folder(id), opened)?)
}
