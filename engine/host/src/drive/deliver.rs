//! Letters to a run that nobody holds: what they cause is recorded, and no step is started.
//!
//! ```text
//!   reopen ─> letters ─> (cancelled: what was in flight is lost, the tree is digested) ─> durable
//! ```
//!
//! **Absent on purpose:** going on with the run. The tree may be another one by now, and an answer does not
//! ask for it; `dod resume` does.

use dod_kernel::id::{Instance, RunId};
use dod_kernel::run::{Command, Effect, Run, Timer};

use super::letters::LetterEnd;
use super::session::{Session, reopen};
use super::{Asked, DriveError, Hands, Settings};
use crate::workspace::Workspace;

/// What became of the letters to a run.
#[derive(Debug)]
pub struct Delivered {
    /// In the order of writing.
    pub letters: Vec<LetterEnd>,
    /// The run after them.
    pub run: Run,
}

/// Takes the letters of a run that no process holds. All that they cause is durable when this returns.
///
/// # Errors
/// Another process holds the run ([`LockError::Held`](crate::lock::LockError::Held)), or it cannot be taken up
/// or recorded.
pub fn deliver(
    id: &RunId,
    workspace: &Workspace,
    settings: &Settings,
    hands: &mut Hands<'_>,
) -> Result<Delivered, DriveError> {
    let asked = Asked::new(hands.expressions, workspace);
    let (mut session, recovered) = reopen(id, workspace, settings, hands, &asked)?;
    if session.run.verdict().is_none() {
        if recovered.bytes_cut > 0 {
            session.say(Command::Resume { cut_bytes: recovered.bytes_cut, tree: None })?;
        }
        session.end_late_waits()?;
    }
    let letters = session.take_letters()?;
    if session.run.is_stopping() && session.run.verdict().is_none() {
        session.wind_up()?;
    }
    session.seal()?;
    session.remove_scratch();
    Ok(Delivered { letters, run: session.run })
}

impl Session<'_, '_> {
    /// An answer that comes after the time for it was up must not count because nobody was looking.
    fn end_late_waits(&mut self) -> Result<(), DriveError> {
        let now = self.now();
        let late: Vec<Instance> = self
            .run
            .waiting()
            .filter(|waiting| waiting.due.is_some_and(|due| due <= now))
            .map(|waiting| waiting.step)
            .collect();
        for step in late {
            // The end of another one may have ended it.
            let _ = self.try_say(Command::FireTimer { timer: Timer::Wait(step), now })?;
        }
        Ok(())
    }

    /// Brings a cancelled run to its verdict: nothing of it runs any more.
    fn wind_up(&mut self) -> Result<(), DriveError> {
        if let Err(error) = self.hands.world.end_survivors(&self.sidecar) {
            self.hands.observer.warn(&error.to_string());
        }
        let lost: Vec<(Instance, u32)> = self.run.in_flight().collect();
        for (step, attempt) in lost {
            self.report_lost(step, attempt)?;
        }
        if self.run.outstanding().contains(&Effect::DigestTree) {
            self.digest_tree()?;
        }
        Ok(())
    }
}
