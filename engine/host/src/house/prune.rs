//! Removing runs whose time has come.
//!
//! ```text
//!   leaf `pruned` is durable ─▶ runs/<id> is called runs/.pruned-<id> ─▶ its files are removed
//! ```
//!
//! A crash after any of these is completed by the next time: a leaf that is there is not written again, and a folder that is
//! called so is garbage. Nothing of a run that a process holds is touched.
//!
//! **Absent on purpose:** blobs, see [`super::sweep()`].

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::id::{RunId, Timestamp};
use dod_kernel::policy::Scope;
use dod_kernel::run::{Event, RunFinished, RunStarted};

use super::keep::{Judge, Keep, Known, Stays};
use super::{HouseError, runs};
use crate::clone_log::{Leaf, LeafKind, Pruned, Writer};
use crate::disk;
use crate::exported::lines;
use crate::history::{Events, glance};
use crate::lock::{Lock, LockError};
use crate::log::{LOCK_FILE, LOG_FILE};
use crate::seal::Sealing;
use crate::storage::{StorageError, sync_folder};
use crate::workspace::Workspace;

/// What folders of runs are called that are being removed.
pub(super) const PRUNED_PREFIX: &str = ".pruned-";

/// A run, and what is to become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The run.
    pub run: RunId,
    /// When it ended; of a run without a verdict when it began.
    pub at: Timestamp,
    /// Why it stays; `None`: it goes.
    pub stays: Option<Stays>,
}

/// What is to become of the runs of a workspace, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The runs.
    pub runs: Vec<Planned>,
}

impl Plan {
    /// Runs that go, oldest first.
    pub fn going(&self) -> impl Iterator<Item = &Planned> {
        self.runs.iter().rev().filter(|run| run.stays.is_none())
    }

    /// Lets a run stay.
    pub fn spare(&mut self, run: &RunId, why: Stays) {
        self.runs.iter_mut().filter(|one| one.run == *run).for_each(|one| one.stays = Some(why));
    }
}

/// How a run began and ended.
struct Ends {
    started: Box<RunStarted>,
    began: Timestamp,
    finished: Option<(Timestamp, Box<RunFinished>)>,
}

/// Says which runs stay.
///
/// # Errors
/// A run cannot be read: what it rests on is not known.
pub fn plan(
    workspace: &Workspace,
    keep: &Keep,
    now: Timestamp,
    unfinished: bool,
) -> Result<Plan, HouseError> {
    let judge = Judge::new(keep, now, unfinished);
    let mut planned = Vec::new();
    for (newer, id) in runs(workspace)?.into_iter().enumerate() {
        let ends = ends(workspace, &id)?;
        let finished = ends.finished.as_ref();
        let known = Known {
            newer,
            at: finished.map_or(ends.began, |(at, _)| *at),
            finished: finished.is_some(),
            full: finished.is_some_and(|(_, end)| end.verdict.scope == Scope::Full),
            facts: &ends.started.facts,
        };
        let mut stays = judge.stays(&known);
        if stays.is_none() && Lock::holder(&workspace.run_folder(&id).join(LOCK_FILE))?.is_some() {
            stays = Some(Stays::Held);
        }
        planned.push(Planned { run: id, at: known.at, stays });
    }
    let mut plan = Plan { runs: planned };
    spare_cited(workspace, &mut plan)?;
    Ok(plan)
}

/// The two ends of a run. Where the end of a log does not show a verdict, all of the log is read.
fn ends(workspace: &Workspace, id: &RunId) -> Result<Ends, HouseError> {
    let folder = workspace.run_folder(id);
    let seen = glance(&folder).map_err(HouseError::unread(id))?;
    let (began, started) = (seen.started.at, seen.started.event);
    if let Some(end) = seen.finished {
        return Ok(Ends { started, began, finished: Some((end.at, end.event)) });
    }
    if seen.is_whole {
        return Ok(Ends { started, began, finished: None });
    }
    let mut finished = None;
    for recorded in Events::of(&folder).map_err(HouseError::unread(id))? {
        let recorded = recorded.map_err(HouseError::unread(id))?;
        if let Event::RunFinished(end) = recorded.event {
            finished = Some((recorded.at, end));
        }
    }
    Ok(Ends { started, began, finished })
}

/// Runs that a run rests on: results it took over, and recorded ones that its verdict counts.
fn cites(workspace: &Workspace, id: &RunId) -> Result<BTreeSet<RunId>, HouseError> {
    let mut cited = BTreeSet::new();
    for recorded in Events::of(&workspace.run_folder(id)).map_err(HouseError::unread(id))? {
        match recorded.map_err(HouseError::unread(id))?.event {
            Event::RunStarted(started) => cited.extend(started.sources.into_iter().map(|source| source.run)),
            Event::AttemptEnded(ended) => cited.extend(ended.reused_from),
            Event::RunFinished(end) => cited.extend(end.verdict.rests_on.into_iter().map(|(_, run)| run)),
            _ => {}
        }
    }
    Ok(cited)
}

/// What a run that stays rests on stays with it.
fn spare_cited(workspace: &Workspace, plan: &mut Plan) -> Result<(), HouseError> {
    if plan.going().next().is_none() {
        return Ok(());
    }
    let at: BTreeMap<RunId, usize> =
        plan.runs.iter().enumerate().map(|(at, one)| (one.run.clone(), at)).collect();
    let mut work: Vec<usize> = (0..plan.runs.len()).filter(|at| plan.runs[*at].stays.is_some()).collect();
    while let Some(next) = work.pop() {
        for run in cites(workspace, &plan.runs[next].run)? {
            if let Some(cited) = at.get(&run)
                && plan.runs[*cited].stays.is_none()
            {
                plan.runs[*cited].stays = Some(Stays::Cited);
                work.push(*cited);
            }
        }
    }
    Ok(())
}

/// Removes runs, and tells the clone's log.
pub struct Pruner<'p> {
    workspace: &'p Workspace,
    sealing: &'p Sealing,
    log: Writer,
    now: Timestamp,
}

impl<'p> Pruner<'p> {
    /// Opens the clone's log. The caller holds the lock of the tree.
    ///
    /// # Errors
    /// The log cannot be written: nothing may be removed.
    pub fn open(workspace: &'p Workspace, sealing: &'p Sealing, now: Timestamp) -> Result<Self, HouseError> {
        Ok(Self { workspace, sealing, log: sealing.log(workspace)?, now })
    }

    /// Removes a run. Answers whether it did: a run that a process has taken up stays.
    ///
    /// # Errors
    /// Something cannot be written or removed; the next time goes on from there.
    pub fn prune(&mut self, run: &RunId) -> Result<bool, HouseError> {
        let folder = self.workspace.run_folder(run);
        let _lock = match Lock::try_take(&folder.join(LOCK_FILE), "its removal") {
            Ok(lock) => lock,
            Err(LockError::Held { .. }) => return Ok(false),
            Err(LockError::Storage(error)) => return Err(error.into()),
        };
        let root = lines(&folder.join(LOG_FILE)).map_err(HouseError::unread(run))?.frontier.root();
        let told = match self.log.find(LeafKind::Pruned, run)? {
            Some((_, Leaf::Pruned(leaf))) => leaf.root == root,
            _ => false,
        };
        if !told {
            let by = self.sealing.by.clone();
            self.log.append(&Leaf::Pruned(Box::new(Pruned { at: self.now, by, root, run: run.clone() })))?;
        }
        let runs = self.workspace.runs_folder();
        let going = runs.join(format!("{PRUNED_PREFIX}{run}"));
        disk::rename(&folder, &going).map_err(StorageError::when("rename", &folder))?;
        sync_folder(&runs)?;
        disk::remove_dir_all(&going).map_err(StorageError::when("remove", &going))?;
        Ok(true)
    }

    /// Seals the clone's log over what was told to it.
    ///
    /// # Errors
    /// The signer refuses, or it cannot be written.
    pub fn finish(mut self) -> Result<(), HouseError> {
        if !self.log.is_sealed(&self.sealing.signing) {
            self.log.seal(&self.sealing.signing)?;
        }
        sync_folder(&self.workspace.runs_folder())?;
        Ok(())
    }
}
