//! Results of earlier runs that required gates may rest on (`required: { load: { within: 24h, from: ancestor } }`).
//!
//! Runs of this workspace are walked, newest first. One may be used if it is finished, stands on the same commit (or,
//! where the policy says so, on an ancestor of it), and follows from its own facts. Of each gate the newest result is
//! taken, whether it is good or not; which of them do is the kernel's to say.
//!
//! **Absent on purpose:** a verdict. Without git nothing is an ancestor of anything, and nothing is used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dod_host::history::{Glance, HistoryError, Stored, glance};
use dod_host::workspace::Workspace;
use dod_kernel::ask::Ask;
use dod_kernel::id::{Name, NodeId, RunId, Timestamp};
use dod_kernel::policy::{
    GateAsked, Governance, RECORDED_MAX, RecordedGate, Required, RuleOutcome, RunFacts, State, judge_gate,
};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Event, Outcome, Read, Reading, RunStarted};
use dod_kernel::value::Value;
use dod_kernel::workflow::Kind;

use crate::engines::Engines;
use crate::launch::Lookup;
use crate::project::Project;

/// Earlier runs that are glanced at.
const RUNS_GLANCED_MAX: usize = 1_000;
/// Earlier runs that are read as a whole.
const RUNS_READ_MAX: usize = 50;

/// Results that required gates of the run that begins may rest on, newest first.
pub(crate) fn find(
    project: &Project,
    workspace: &Workspace,
    governance: &Governance,
    started: &RunStarted,
    now: Timestamp,
) -> Vec<RecordedGate> {
    let required = governance.policies.first().map(|policy| policy.required.as_slice()).unwrap_or_default();
    let wanted: Vec<&Required> = required.iter().filter(|one| one.within_ms.is_some()).collect();
    let Some(Value::Text(head)) = started.facts.get("commit").filter(|_| !wanted.is_empty()) else {
        return Vec::new();
    };
    let search = Search {
        commits: Commits { project, head, known: BTreeMap::new() },
        found: Vec::new(),
        gates: BTreeSet::new(),
        governance,
        lookup: Lookup::new(workspace),
        now,
        started,
        workspace,
    };
    search.walk(wanted)
}

struct Search<'s> {
    commits: Commits<'s>,
    found: Vec<RecordedGate>,
    /// Gates whose newest result is known.
    gates: BTreeSet<Name>,
    governance: &'s Governance,
    lookup: Lookup,
    now: Timestamp,
    started: &'s RunStarted,
    workspace: &'s Workspace,
}

impl Search<'_> {
    fn walk(mut self, mut wanted: Vec<&Required>) -> Vec<RecordedGate> {
        let mut read = 0;
        for id in self.workspace.runs().unwrap_or_default().iter().take(RUNS_GLANCED_MAX) {
            if wanted.is_empty() || read == RUNS_READ_MAX {
                break;
            }
            // A log that cannot be read, or is another run's, is no ground, and no reason to say no to another one.
            let Ok(seen) = glance(&self.workspace.run_folder(id)) else { continue };
            let Some((at, commit)) = ended(&seen).filter(|_| seen.started.event.id == *id) else { continue };
            // Beyond its time a result is only named, and only where there is none in time.
            wanted.retain(|one| !self.is_named(one) && (one.is_in_time(at, self.now) || !self.has(one)));
            let fits: Vec<&Required> =
                wanted.iter().copied().filter(|one| self.commits.fits(one, &commit)).collect();
            if !fits.is_empty() {
                read += 1;
                self.take(id, &commit, &fits);
            }
            if self.found.len() > RECORDED_MAX {
                // One of those that a run has no room for may be the one that failed.
                return Vec::new();
            }
        }
        self.found
    }

    /// The very step that is required has been found; a kind may have more steps than those found so far.
    fn is_named(&self, required: &Required) -> bool {
        required.any_of.is_empty() && self.gates.contains(&required.gate)
    }

    fn has(&self, required: &Required) -> bool {
        self.found.iter().any(|one| required.names(one.kind.as_ref(), &one.gate))
    }

    /// Takes from a run the results that are wanted and were not found in a newer one.
    fn take(&mut self, id: &RunId, commit: &Name, wanted: &[&Required]) {
        let Ok(stored) = Stored::read(self.workspace, id) else { return };
        let mut results = Vec::new();
        let Ok(produced) = results_of(&stored) else { return };
        for (node, result) in produced {
            let node = stored.workflow.node(node);
            let gate = match &node.kind {
                Kind::Task(task) if task.gate.is_some() || task.yields_evidence() => task.gate.as_ref(),
                _ => continue,
            };
            let kind = gate.map(|gate| &gate.kind);
            let Some(state) = result.state() else { continue };
            if self.gates.contains(&node.name) || !wanted.iter().any(|one| one.names(kind, &node.name)) {
                continue;
            }
            let project = gate.and_then(|gate| gate.project.as_ref());
            let judged = result.evidence.as_ref().map(|read| self.judge(read, kind, &node.name, project));
            let (again, outcomes) = judged.unwrap_or((state, Vec::new()));
            results.push(RecordedGate {
                at: result.at,
                commit: Some(commit.clone()),
                gate: node.name.clone(),
                kind: kind.cloned(),
                outcomes,
                run: id.clone(),
                state: if is_good(state) { again } else { state },
            });
        }
        // A log whose decisions do not follow from its facts is no ground.
        if results.is_empty() || stored.replay(&self.ask()).is_err() {
            return;
        }
        self.gates.extend(results.iter().map(|one| one.gate.clone()));
        self.found.extend(results);
    }

    /// The engines of this program, and evidence from the blobs.
    fn ask(&self) -> impl Ask {
        Engines::default().with(|digest| self.lookup.evidence(digest).map(Arc::new))
    }

    /// How the rules of this run come out on what a gate found then.
    fn judge(
        &self,
        read: &Read,
        kind: Option<&Name>,
        name: &Name,
        project: Option<&Name>,
    ) -> (State, Vec<RuleOutcome>) {
        let outputs = BTreeMap::new();
        let facts = RunFacts::new(&self.started.facts, &outputs, self.started.changed.as_deref());
        let gate =
            GateAsked { facts: &facts, kind: kind.unwrap_or(name), leg: false, name, now: self.now, project };
        let policy = &self.governance.policies[0];
        let ask = self.ask();
        // Where the evidence is gone, its summary speaks; waivers of single findings then have nothing to waive.
        let evidence = self.lookup.evidence(&read.digest).unwrap_or_default();
        judge_gate(policy, self.governance, gate, &evidence, &read.summary, &ask)
    }
}

fn is_good(state: State) -> bool {
    matches!(state, State::Passed | State::Waived)
}

/// When a run ended, and on which commit; `None` where it has not ended or the commit is not known.
fn ended(seen: &Glance) -> Option<(Timestamp, Name)> {
    let Some(Value::Text(commit)) = seen.started.event.facts.get("commit") else { return None };
    Some((seen.finished.as_ref()?.at, commit.clone()))
}

/// Which commits are ancestors of the one that is checked out.
struct Commits<'s> {
    project: &'s Project,
    head: &'s Name,
    known: BTreeMap<Name, bool>,
}

impl Commits<'_> {
    fn fits(&mut self, required: &Required, commit: &Name) -> bool {
        let Some(git) = &self.project.git else { return false };
        if commit == self.head {
            return true;
        }
        if !required.from_ancestor {
            return false;
        }
        // A commit that this clone does not have is not known to be an ancestor.
        let head = self.head;
        *self.known.entry(commit.clone()).or_insert_with(|| git.is_ancestor(commit, head).unwrap_or(false))
    }
}

/// What a log says of one node: of its last activation, as for the verdict of its own run.
#[derive(Default)]
struct Produced {
    at: Timestamp,
    outcome: Option<Outcome>,
    judged: Option<State>,
    evidence: Option<Box<Read>>,
    reused: bool,
}

impl Produced {
    /// How a gate came out; `None` where that run did not produce it. A result taken from an older run is as old as
    /// that one, and is found there.
    fn state(&self) -> Option<State> {
        match self.outcome? {
            _ if self.reused => None,
            Outcome::Finished => Some(self.judged.unwrap_or(State::Undecided)),
            Outcome::Passed => Some(State::Passed),
            Outcome::Failed => Some(State::Failed),
            Outcome::Undecided => Some(State::Undecided),
            Outcome::NotApplicable | Outcome::Skipped => None,
        }
    }
}

fn results_of(stored: &Stored) -> Result<BTreeMap<NodeId, Produced>, HistoryError> {
    let mut results: BTreeMap<NodeId, Produced> = BTreeMap::new();
    let nodes = stored.workflow.nodes().len();
    for recorded in stored.events()? {
        let Recorded { at, event, .. } = recorded?;
        match event {
            Event::AttemptEnded(ended) => {
                let result = results.entry(ended.step.id.node).or_default();
                result.reused = ended.reused_from.is_some();
                result.evidence = match ended.evidence {
                    Reading::Read(read) => Some(read),
                    Reading::None | Reading::Unreadable { .. } => None,
                };
            }
            Event::GateJudged(judged) => {
                results.entry(judged.step.id.node).or_default().judged = Some(judged.state);
            }
            Event::StepSettled(settled) => {
                let result = results.entry(settled.step.id.node).or_default();
                result.at = at;
                result.outcome = Some(settled.outcome);
            }
            _ => {}
        }
    }
    // A log that names nodes its workflow does not have does not replay; here it must not end the program.
    results.retain(|node, _| node.index() < nodes);
    Ok(results)
}
