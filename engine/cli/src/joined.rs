//! One run over the evidence of several: their results are taken, and nothing is run again.
//!
//! Each source is read as a whole and made again from its facts before anything is taken from it. The joined run cites
//! them by number of events and root, and their logs travel with it, so that whoever has it can look where each result
//! came from. Their trees must be the same: what one job saw, all of them saw.
//!
//! **Absent on purpose:** which policy judges, and what the command prints.

mod again;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use dod_host::blob::Blobs;
use dod_host::drive::Tree;
use dod_host::exported::{self, SOURCES_FOLDER, Survey};
use dod_host::history::Taken;
use dod_host::workspace::Workspace;
use dod_kernel::id::{Digest, Instance, Name, RunId};
use dod_kernel::policy::{Definitions, State};
use dod_kernel::run::{
    AttemptEnded, Event, Outcome, RunStarted, SettledBy, Source, StepSettled, TreeDigested,
};
use dod_kernel::value::Value;
use dod_kernel::workflow::{Kind, Node, Workflow};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::Verifier;

use crate::blame::{CommandError, Exit};
use crate::remade::{Remade, Remake, Status};
use crate::runs::Found;

pub(crate) use again::{Again, again};
use plan::{Came, Of, Step};

/// Paths of undeclared changes that the joined run names.
const CHANGED_MAX: usize = 100;
/// Runs that are joined at once.
const JOINED_MAX: usize = 256;
/// Facts that tell sources from each other, in the order in which they are tried.
const TELLING: &[&str] = &["os", "arch"];

/// A run that is joined.
pub(crate) struct Joinee {
    pub(crate) found: Found,
    pub(crate) started: Box<RunStarted>,
    pub(crate) survey: Survey,
    pub(crate) workflow: Arc<Workflow>,
    signed_by: Vec<Name>,
    steps: Vec<Step>,
    tree_end: Option<TreeDigested>,
}

/// What a joined run begins with.
pub(crate) struct Joined {
    pub(crate) workflow: Workflow,
    pub(crate) left_out: Vec<Name>,
    pub(crate) reused: BTreeMap<Name, Taken>,
    pub(crate) sources: Vec<Source>,
    pub(crate) facts: BTreeMap<Name, Value>,
    pub(crate) changed: Option<Vec<Name>>,
    pub(crate) comparison: Option<Digest>,
    pub(crate) definitions: Definitions,
    pub(crate) recorded: Vec<dod_kernel::policy::RecordedGate>,
    pub(crate) settings: Vec<String>,
    pub(crate) tree: Carried,
}

/// The tree as the sources saw it.
pub(crate) struct Carried {
    pub(crate) began: Digest,
    ended: TreeDigested,
}

impl Tree for Carried {
    fn digest(&self) -> Result<Digest, String> {
        Ok(self.began)
    }

    fn digest_at_end(&self) -> Result<(Digest, Vec<Name>), String> {
        Ok((self.ended.tree, self.ended.changed.clone()))
    }
}

impl Joinee {
    /// Reads a run and makes all its decisions again.
    pub(crate) fn read(found: Found, known: &[Verifier]) -> Result<Self, CommandError> {
        let id = found.id.clone();
        let survey = Survey::of(&found.folder)?;
        let id = if survey.run.started.id == id { id } else { survey.run.started.id.clone() };
        let remake = Remake::of(&found, None).map_err(|unreadable| unusable(&id, &unreadable))?;
        let mut seen = Seen::default();
        let remade = remake.make_own(&mut |recorded, _| seen.push(recorded.event.clone()));
        if !matches!(remade.status, Status::Good | Status::NotRemade) {
            return Err(unusable(&id, &remade));
        }
        if !remade.finished {
            let hint = "`dod resume` of it comes first; joining waits for nobody".to_owned();
            let error = CommandError::system(format!("run {id} has no verdict yet: it cannot be joined"));
            return Err(error.hint(hint));
        }
        let signed_by = signed_by(&found, &survey, known)?;
        let workflow = remake.stored().workflow.clone();
        let steps = seen.steps(&workflow, &survey.run.started);
        let started = survey.run.started.clone();
        drop(remake);
        Ok(Self { found, started, survey, workflow, signed_by, steps, tree_end: seen.tree_end })
    }

    fn text(&self, fact: &str) -> Option<&str> {
        match self.started.facts.get(fact) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn cited(&self) -> Source {
        Source {
            events: self.survey.run.count(),
            root: self.survey.run.frontier.root().to_string().as_str().into(),
            run: self.started.id.clone(),
            signed_by: self.signed_by.clone(),
        }
    }
}

fn unusable(id: &RunId, remade: &Remade) -> CommandError {
    let event = remade.difference.as_ref().and_then(|place| place.seq);
    let event = event.map(|seq| format!("event {seq}: ")).unwrap_or_default();
    let (exit, what) = match remade.status {
        Status::Different => (Exit::Failed, "does not follow from its facts"),
        _ => (Exit::Undecided, "cannot be joined"),
    };
    CommandError { exit, message: format!("run {id} {what}: {event}{}", remade.text), hint: None }
}

/// Trusted keys that signed the checkpoint of these very lines. A bad signature of one of them is no missing one.
fn signed_by(found: &Found, survey: &Survey, known: &[Verifier]) -> Result<Vec<Name>, CommandError> {
    let note = exported::checkpoint_of(&found.folder, &survey.run)?;
    let signed = Checkpoint::open(&note, known).map_err(|error| {
        let message = format!("the checkpoint of run {}: {error}", survey.run.started.id);
        CommandError { exit: Exit::Failed, message, hint: None }
    })?;
    Ok(signed.by.into_iter().map(|key| dod_host::keys::short(key).as_str().into()).collect())
}

/// What a log says of each step, as it is read.
#[derive(Default)]
struct Seen {
    /// Attempts that ended, of steps that have not settled.
    open: BTreeMap<Instance, Box<AttemptEnded>>,
    judged_bad: std::collections::BTreeSet<Instance>,
    last: BTreeMap<Name, Last>,
    /// Nodes that could not go on, and bounds that were reached.
    incidents: Vec<Name>,
    tree_end: Option<TreeDigested>,
}

/// How a step settled last.
struct Last {
    settled: StepSettled,
    ended: Option<Box<AttemptEnded>>,
    /// An earlier activation of it came to no good end.
    was_bad: bool,
    is_bad: bool,
}

impl Seen {
    fn push(&mut self, event: Event) {
        match event {
            Event::AttemptEnded(ended) => drop(self.open.insert(ended.step.id, ended)),
            Event::GateJudged(judged) => {
                let bad = matches!(judged.state, State::Failed | State::Undecided);
                let _ = if bad {
                    self.judged_bad.insert(judged.step.id)
                } else {
                    self.judged_bad.remove(&judged.step.id)
                };
            }
            Event::StepSettled(settled) => {
                let (id, name) = (settled.step.id, settled.step.name.clone());
                let judged_bad = self.judged_bad.remove(&id);
                let is_bad = judged_bad || matches!(settled.outcome, Outcome::Failed | Outcome::Undecided);
                let was_bad = self.last.get(&name).is_some_and(|last| last.was_bad || last.is_bad);
                let ended = self.open.remove(&id);
                self.last.insert(name, Last { settled: *settled, ended, was_bad, is_bad });
            }
            Event::Incident { step, .. } => self.incidents.push(step.name),
            Event::Stuck { steps } => self.incidents.extend(steps.into_iter().map(|step| step.name)),
            Event::LimitReached { limit } => self.incidents.push(limit),
            Event::TreeDigested(end) => self.tree_end = Some(*end),
            _ => {}
        }
    }

    /// The steps that have something to say in a joined run.
    fn steps(&self, workflow: &Workflow, started: &RunStarted) -> Vec<Step> {
        let mut steps: Vec<Step> =
            workflow.nodes().iter().filter_map(|node| self.step(node, workflow, started)).collect();
        for name in &self.incidents {
            if !steps.iter().any(|step| step.name == *name) {
                steps.push(Step {
                    name: name.clone(),
                    task: None,
                    allow_failure: false,
                    came: Came::Unknown,
                });
            }
        }
        steps
    }

    fn step(&self, node: &Node, workflow: &Workflow, started: &RunStarted) -> Option<Step> {
        let step = |task: Option<&Arc<dod_kernel::workflow::Task>>, came| {
            let (name, allow_failure) = (node.name.clone(), node.allow_failure);
            Some(Step { name, task: task.cloned(), allow_failure, came })
        };
        let last = self.last.get(&node.name);
        let Kind::Task(task) = &node.kind else {
            return match &node.kind {
                // What becomes of what is inside is said there.
                Kind::Call(_) | Kind::Repeat(_) => None,
                Kind::Approval(_) | Kind::Judge(_) | Kind::Message(_) | Kind::Wait(_)
                    if started.left_out.contains(&node.name) =>
                {
                    step(None, Came::LeftOut)
                }
                _ if last.is_some_and(|last| last.is_bad) && !node.allow_failure => step(None, Came::Unknown),
                Kind::Approval(_) if last.is_some_and(|last| last.settled.outcome == Outcome::Passed) => {
                    step(None, Came::Done)
                }
                _ => None,
            };
        };
        if started.left_out.contains(&node.name) {
            return step(Some(task), Came::LeftOut);
        }
        let Some(Last { settled, ended, was_bad, is_bad }) = last else {
            // A graph that was never entered.
            return step(Some(task), Came::Skipped(None));
        };
        let fine_service = task.probe.is_some() && settled.outcome == Outcome::Passed;
        if fine_service {
            return None;
        }
        let came = match (&settled.why, ended) {
            _ if *was_bad && !*is_bad => Came::Unknown,
            (SettledBy::NotSelected, _) => Came::LeftOut,
            (SettledBy::Upstream(other), _) => {
                Came::Skipped(Some((other.name.clone(), when(workflow, node, &other.name))))
            }
            (SettledBy::Condition, _) if settled.outcome == Outcome::NotApplicable => Came::NotApplicable,
            (SettledBy::Stopped(_), _) => Came::Unknown,
            (_, Some(ended)) if ended.end != dod_kernel::run::End::Lost => {
                Came::Ended(Box::new(AttemptEnded { attempt: 1, ..(**ended).clone() }))
            }
            _ => Came::Unknown,
        };
        step(Some(task), came)
    }
}

/// On which condition a step follows another one.
fn when(workflow: &Workflow, node: &Node, upstream: &Name) -> dod_kernel::workflow::When {
    let edges = workflow.find(&node.name).map(|id| workflow.incoming(id)).unwrap_or_default();
    let found =
        edges.iter().map(|edge| workflow.edge(*edge)).find(|edge| workflow.node(edge.from).name == *upstream);
    found.map_or(dod_kernel::workflow::When::Ok, |edge| edge.when.clone())
}

/// What these runs come to together.
pub(crate) fn join(joinees: &[Joinee]) -> Result<Joined, CommandError> {
    check(joinees)?;
    let of: Vec<Of> = joinees.iter().map(of).collect();
    let mut names: Vec<&str> = joinees.iter().map(|one| one.workflow.name().as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let name: Name = names.join(" + ").as_str().into();
    let plan = plan::plan(&name, &of).map_err(|defects| {
        let first = defects.first().map(ToString::to_string).unwrap_or_default();
        CommandError::system(format!("these runs cannot be joined: {first}"))
    })?;
    let first = &joinees[0].started;
    let agree = |pick: &dyn Fn(&RunStarted) -> bool| joinees.iter().all(|one| pick(&one.started));
    let mut facts = first.facts.clone();
    facts.retain(|name, value| agree(&|other| other.facts.get(name) == Some(value)));
    let changed = first.changed.clone().filter(|_| agree(&|other| other.changed == first.changed));
    let comparison = first.comparison.filter(|_| agree(&|other| other.comparison == first.comparison));
    let definitions = joinees.iter().map(|one| one.started.definitions).fold(first.definitions, weaker);
    let mut recorded: Vec<_> = Vec::new();
    for one in joinees.iter().flat_map(|one| &one.started.recorded) {
        if !recorded.contains(one) {
            recorded.push(one.clone());
        }
    }
    Ok(Joined {
        workflow: plan.workflow,
        left_out: plan.left_out,
        reused: plan.reused,
        sources: joinees.iter().map(Joinee::cited).collect(),
        facts,
        changed,
        comparison,
        definitions,
        recorded,
        settings: settings(joinees),
        tree: carried(joinees),
    })
}

fn of(one: &Joinee) -> Of {
    let fact = |name: &&'static str| Some((*name, one.text(name)?.to_owned()));
    let facts = TELLING.iter().map_while(fact).collect();
    Of { run: one.started.id.clone(), facts, steps: one.steps.clone() }
}

/// The one of the two that protects less.
pub(crate) fn weaker(one: Definitions, other: Definitions) -> Definitions {
    let rank = |definitions| match definitions {
        Definitions::Unprotected => 0,
        Definitions::IntroducedHere => 1,
        Definitions::Protected => 2,
    };
    if rank(one) <= rank(other) { one } else { other }
}

/// Refuses runs that say nothing about the same tree.
fn check(joinees: &[Joinee]) -> Result<(), CommandError> {
    if joinees.len() > JOINED_MAX {
        return Err(CommandError::usage(format!("more than {JOINED_MAX} runs cannot be joined")));
    }
    let first = &joinees[0];
    let Some(tree) = first.started.tree else {
        return Err(CommandError::usage(format!("run {} does not say what its tree was", first.started.id)));
    };
    for (at, other) in joinees.iter().enumerate().skip(1) {
        let ids = (&first.started.id, &other.started.id);
        let named = |what: &str, one: &str, another: &str| {
            let message = format!(
                "these runs are not of the same {what}: {} has {one}, {} has {another}",
                ids.0, ids.1
            );
            CommandError::usage(message).hint("only jobs on one commit, with the same files, can be joined")
        };
        if joinees[..at].iter().any(|known| known.started.id == other.started.id) {
            return Err(CommandError::usage(format!("run {} is given twice", other.started.id)));
        }
        if other.started.tree != Some(tree) {
            let text = |tree: Option<Digest>| tree.map_or("none".to_owned(), |tree| tree.to_string());
            return Err(named("tree", &text(Some(tree)), &text(other.started.tree)));
        }
        let (one, another) = (first.text("commit"), other.text("commit"));
        if one != another {
            return Err(named("commit", one.unwrap_or("none"), another.unwrap_or("none")));
        }
    }
    Ok(())
}

/// What the flags of the sources were, and where they came from.
fn settings(joinees: &[Joinee]) -> Vec<String> {
    let mut words = Vec::new();
    for one in joinees {
        let machine: Vec<&str> = TELLING.iter().filter_map(|fact| one.text(fact)).collect();
        let flags: Vec<&str> =
            one.started.settings.iter().map(Name::as_str).filter(|word| word.starts_with("--")).collect();
        let flags = if flags.is_empty() { String::new() } else { format!(": {}", flags.join(" ")) };
        words.push(format!("joins run {} ({}){flags}", one.started.id, machine.join(", ")));
    }
    let prefix = dod_views::summary::GOVERNED_CHANGE;
    for word in joinees.iter().flat_map(|one| &one.started.settings).filter(|word| word.starts_with(prefix)) {
        if !words.iter().any(|known| **known == **word) {
            words.push(word.to_string());
        }
    }
    words
}

/// The tree at the end: as it began, unless it changed under one of the sources.
fn carried(joinees: &[Joinee]) -> Carried {
    let began = joinees[0].started.tree.expect("checked: every source has a tree");
    let ends = || joinees.iter().filter_map(|one| one.tree_end.as_ref());
    let mut changed: Vec<Name> = ends().flat_map(|end| end.changed.iter().cloned()).collect();
    changed.sort();
    changed.dedup();
    changed.truncate(CHANGED_MAX);
    let tree = ends().find(|end| !end.changed.is_empty()).map_or(began, |end| end.tree);
    Carried { began, ended: TreeDigested { changed, tree } }
}

/// Puts what the sources name among the blobs of this clone, and their logs beside the run that cites them.
pub(crate) fn keep(joinees: &[Joinee], workspace: &Workspace, run: &RunId) -> Result<(), CommandError> {
    let (store, mut folders) = (Blobs::at(workspace.blobs_folder()), exported::Folders::default());
    for one in joinees {
        let from = Blobs::at(&one.found.blobs);
        for digest in one.survey.blobs(&from)?.into_keys() {
            if from.contains(&digest) && !store.contains(&digest) {
                let put =
                    store.put_file(&from.path(&digest), u64::MAX).map_err(exported::ExportedError::from)?;
                folders.sync(put.unsynced)?;
            }
        }
        let mut sources: Vec<(&RunId, PathBuf, &exported::Lines)> =
            vec![(&one.started.id, one.found.folder.clone(), &one.survey.run)];
        for (id, lines) in &one.survey.sources {
            sources.push((id, one.found.folder.join(SOURCES_FOLDER).join(id.0.as_str()), lines));
        }
        for (id, folder, lines) in sources {
            let beside = workspace.run_folder(run).join(SOURCES_FOLDER).join(id.0.as_str());
            exported::copy_log(&folder, lines, &beside)?;
        }
    }
    Ok(folders.finish()?)
}
