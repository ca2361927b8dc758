//! Folding the events of a simulation, in memory that does not grow with their number.
//!
//! **Invariant:** what is kept is bounded by the nodes of the workflow, by what is open, and by the named bounds below.
//!
//! **Absent on purpose:** the story that other views share: it keeps every activation of every step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dod_kernel::id::{Instance, Name, NodeId, ScopeId, StepRef, Timestamp};
use dod_kernel::policy::State;
use dod_kernel::run::{Event, IncidentKind, Outcome, StepSettled};
use dod_kernel::value::Value;
use dod_kernel::workflow::{Catch, Discipline, Fork, Host, Kind, Node, Trigger, Workflow};

use super::{Simulation, WaitedFor, variables};
use crate::plain::incident;
use crate::story::Standing;

/// Completions that the sequence has; behind them only the first one of each node.
const SEQUENCE_MAX: usize = 100_000;
/// Troubles that are told.
const TROUBLES_MAX: usize = 1_000;
/// Steps that wait and are listed.
const WAITING_MAX: usize = 10_000;

/// The events of a simulation so far.
#[derive(Clone, Debug)]
pub struct Fold {
    workflow: Arc<Workflow>,
    /// The workflow was drawn: nodes without an element are not the modeller's.
    drawn: bool,
    completed: Vec<u64>,
    cancelled: BTreeMap<NodeId, u64>,
    sequence: Vec<NodeId>,
    sequence_cut: bool,
    open: BTreeMap<Instance, Open>,
    judged: BTreeMap<Instance, State>,
    /// Steps of token bodies that nobody can say the end of, until something catches that, or nothing does.
    unsaid: BTreeSet<Instance>,
    /// Next attempts, by when they are due.
    retries: BTreeSet<(Timestamp, Instance)>,
    /// Event-based gateways that no event has decided yet, with how many tokens wait there.
    deferred: BTreeMap<(ScopeId, NodeId), u32>,
    /// Calls that are open, by the scope that each opened.
    calls: BTreeMap<Instance, ScopeId>,
    /// Scopes in which something was ended before it came to its own end.
    disturbed: BTreeSet<ScopeId>,
    /// Steps that a catch beside them has ended.
    hosts: BTreeSet<(ScopeId, NodeId)>,
    stuck: Vec<NodeId>,
    troubles: Vec<String>,
    failed: bool,
    undecided: bool,
    broken: bool,
}

/// A step that has begun and has not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Where it is.
    pub phase: OpenPhase,
    /// Who has answered.
    pub answers: Vec<Name>,
}

/// Where an open step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenPhase {
    /// Nobody has said how it ends.
    Ready,
    /// It waits for its next attempt, until then.
    Backoff(Timestamp),
    /// It waits for people, a message or time, until then.
    Waiting(Option<Timestamp>),
}

impl Fold {
    /// A simulation of which nothing has been told.
    pub fn new(workflow: Arc<Workflow>) -> Self {
        let drawn = workflow.nodes().iter().any(|node| node.element.is_some());
        Self {
            completed: vec![0; workflow.nodes().len()],
            workflow,
            drawn,
            cancelled: BTreeMap::new(),
            sequence: Vec::new(),
            sequence_cut: false,
            open: BTreeMap::new(),
            judged: BTreeMap::new(),
            unsaid: BTreeSet::new(),
            retries: BTreeSet::new(),
            deferred: BTreeMap::new(),
            calls: BTreeMap::new(),
            disturbed: BTreeSet::new(),
            hosts: BTreeSet::new(),
            stuck: Vec::new(),
            troubles: Vec::new(),
            failed: false,
            undecided: false,
            broken: false,
        }
    }

    /// Takes the next event. Steps of another workflow are left alone.
    pub fn push(&mut self, event: &Event) {
        match event {
            Event::StepSettled(settled) if !self.knows(&settled.step) => {}
            Event::Incident { step, .. } | Event::ScopeOpened { step, .. } if !self.knows(step) => {}
            Event::StepReady { step, .. }
            | Event::StepWaiting { step, .. }
            | Event::StepHeld { step }
            | Event::RetryScheduled { step, .. }
                if !self.knows(step) => {}
            Event::StepSettled(settled) => self.settle(settled),
            Event::StepReady { step, .. } => self.phase(step, OpenPhase::Ready),
            Event::StepWaiting { due, step, .. } => self.phase(step, OpenPhase::Waiting(*due)),
            Event::StepHeld { step } => self.phase(step, OpenPhase::Waiting(None)),
            Event::RetryScheduled { due, step, .. } => self.phase(step, OpenPhase::Backoff(*due)),
            Event::Answered(answered) => {
                if let Some(open) = self.open.get_mut(&answered.step.id) {
                    open.answers.push(answered.by.name.clone());
                }
            }
            Event::GateJudged(judged) => {
                self.judged.insert(judged.step.id, judged.state);
            }
            Event::Incident { step, what } => {
                self.close(step.id);
                self.undo(step.id.node, what);
                let unsaid = self.unsaid.remove(&step.id);
                match what {
                    IncidentKind::TaskFailed if !unsaid => self.failed = true,
                    _ => self.broken = true,
                }
                self.trouble(|| format!("`{}` cannot go on: {}", step.name, incident(what)));
            }
            Event::ScopeOpened { scope, step } => {
                self.calls.insert(step.id, *scope);
            }
            Event::EventThrown(thrown) => {
                self.unsaid.remove(&thrown.step.id);
                self.caught(thrown.caught_by.as_ref());
            }
            Event::LimitReached { limit } => {
                self.broken = true;
                self.trouble(|| format!("the bound `{limit}` was reached"));
            }
            Event::Stuck { steps } => {
                let known = steps.iter().filter(|step| self.knows(step)).take(WAITING_MAX);
                self.stuck = known.map(|step| step.id.node).collect();
            }
            _ => {}
        }
    }

    /// What is open, in the order of scopes and nodes.
    pub fn open(&self) -> &BTreeMap<Instance, Open> {
        &self.open
    }

    /// When the next attempt of a step is due.
    pub fn next_retry(&self) -> Option<Timestamp> {
        self.retries.first().map(|(due, _)| *due)
    }

    /// What it came to. `ended`: the run has a verdict; `own`: the variables of its own scope.
    pub fn result(&self, ended: bool, own: Option<&BTreeMap<Name, Value>>) -> Simulation {
        let open: Vec<(NodeId, &Open)> =
            self.open.iter().take(WAITING_MAX).map(|(step, open)| (step.node, open)).collect();
        let mut waiting: Vec<Name> = open.iter().map(|(node, _)| self.called(*node)).collect();
        let gateways: BTreeSet<NodeId> =
            self.deferred.iter().filter(|(_, count)| **count > 0).map(|((_, node), _)| *node).collect();
        if !waiting.is_empty() {
            waiting.extend(gateways.iter().map(|node| self.called(*node)));
        }
        waiting.extend(self.stuck.iter().map(|node| self.called(*node)));
        let count = |counts: &mut dyn Iterator<Item = (NodeId, u64)>| {
            let told = counts.filter(|(node, count)| *count > 0 && self.is_told(*node));
            let mut all: Vec<(Name, u64)> = told.map(|(node, count)| (self.called(node), count)).collect();
            all.sort_unstable();
            all.dedup_by(|next, first| {
                let same = next.0 == first.0;
                first.1 += if same { next.1 } else { 0 };
                same
            });
            all.into_iter().collect()
        };
        let state = if self.broken {
            "error"
        } else if !waiting.is_empty() {
            "waiting"
        } else if self.failed {
            "failed"
        } else if self.undecided {
            "error"
        } else if ended {
            "completed"
        } else {
            "waiting"
        };
        Simulation {
            state,
            completed: count(&mut (0u32..).map(NodeId).zip(self.completed.iter().copied())),
            cancelled: count(&mut self.cancelled.iter().map(|(node, count)| (*node, *count))),
            sequence: self.sequence.iter().map(|node| self.called(*node)).collect(),
            sequence_cut: self.sequence_cut,
            waiting,
            waiting_events: open.iter().map(|(node, open)| self.waited_for(*node, open)).collect(),
            troubles: self.troubles.clone(),
            variables: own.map(variables).unwrap_or_default(),
        }
    }

    fn knows(&self, step: &StepRef) -> bool {
        step.id.node.index() < self.completed.len()
    }

    fn node(&self, node: NodeId) -> &Node {
        self.workflow.node(node)
    }

    /// What a diagram calls it, else what people do.
    fn called(&self, node: NodeId) -> Name {
        let node = self.node(node);
        node.element.as_ref().unwrap_or(&node.name).clone()
    }

    fn is_told(&self, node: NodeId) -> bool {
        !self.drawn || self.node(node).element.is_some()
    }

    fn phase(&mut self, step: &StepRef, phase: OpenPhase) {
        let open = self.open.entry(step.id).or_insert(Open { phase, answers: Vec::new() });
        if let OpenPhase::Backoff(due) = std::mem::replace(&mut open.phase, phase) {
            self.retries.remove(&(due, step.id));
        }
        if let OpenPhase::Backoff(due) = phase {
            self.retries.insert((due, step.id));
        }
    }

    fn close(&mut self, step: Instance) {
        if let Some(Open { phase: OpenPhase::Backoff(due), .. }) = self.open.remove(&step) {
            self.retries.remove(&(due, step));
        }
    }

    /// A gateway that found no way out is not completed: it had only been entered.
    fn undo(&mut self, node: NodeId, what: &IncidentKind) {
        let gateway = matches!(what, IncidentKind::NoTrueCondition | IncidentKind::Condition(_))
            && matches!(self.workflow.nodes().get(node.index()), Some(Node { kind: Kind::Pass, .. }));
        if gateway && self.completed[node.index()] > 0 {
            self.completed[node.index()] -= 1;
            if let Some(at) = self.sequence.iter().rposition(|one| *one == node) {
                self.sequence.remove(at);
            }
        }
    }

    fn trouble(&mut self, text: impl FnOnce() -> String) {
        if self.troubles.len() < TROUBLES_MAX {
            self.troubles.push(text());
        }
    }

    fn settle(&mut self, settled: &StepSettled) {
        let StepSettled { outcome, step, .. } = settled;
        self.close(step.id);
        let judged = self.judged.remove(&step.id);
        let opened = self.calls.remove(&step.id);
        let undisturbed = opened.is_some_and(|scope| !self.disturbed.remove(&scope));
        let at = step.id.node;
        let host = self.hosts.remove(&(step.id.scope, at));
        match outcome {
            Outcome::Passed | Outcome::Finished => {
                self.decide_gateway(step.id);
                self.complete(step.id);
                match judged {
                    Some(State::Failed) => self.trouble(|| told(&step.name, Standing::Failed)),
                    Some(State::Undecided) => self.trouble(|| told(&step.name, Standing::Undecided)),
                    _ => {}
                }
            }
            // Its last token ended in the error that is caught further out: it had come to its own end.
            Outcome::Skipped if self.in_tokens(at) && undisturbed && !host => {
                self.complete(step.id);
            }
            Outcome::Skipped if self.in_tokens(at) => {
                self.disturbed.insert(step.id.scope);
                *self.cancelled.entry(at).or_default() += 1;
            }
            _ => self.bad(step, *outcome),
        }
    }

    /// The step beside which the catch stands is ended by it, whatever is left in it.
    fn caught(&mut self, catch: Option<&StepRef>) {
        let Some(catch) = catch.filter(|catch| self.knows(catch)) else { return };
        if let Kind::Catch(what) = &self.node(catch.id.node).kind
            && let Some(Host::Node(host)) = what.host
            && what.interrupts
        {
            self.hosts.insert((catch.id.scope, host));
        }
    }

    /// The event behind an event-based gateway has come: the gateway is done, and before it.
    fn decide_gateway(&mut self, step: Instance) {
        if self.deferred.is_empty() {
            return;
        }
        let workflow = self.workflow.clone();
        for edge in workflow.incoming(step.node) {
            let from = workflow.edge(*edge).from;
            if let Some(count) = self.deferred.get_mut(&(step.scope, from)).filter(|count| **count > 0) {
                *count -= 1;
                if *count == 0 {
                    self.deferred.remove(&(step.scope, from));
                }
                return self.count(from);
            }
        }
    }

    fn complete(&mut self, step: Instance) {
        if self.node(step.node).fork == Fork::Event && self.in_tokens(step.node) {
            *self.deferred.entry((step.scope, step.node)).or_default() += 1;
        } else if self.is_told(step.node) {
            self.count(step.node);
        }
    }

    fn count(&mut self, node: NodeId) {
        let count = &mut self.completed[node.index()];
        *count += 1;
        if self.sequence.len() < SEQUENCE_MAX || *count == 1 {
            self.sequence.push(node);
        } else {
            self.sequence_cut = true;
        }
    }

    fn in_tokens(&self, node: NodeId) -> bool {
        self.workflow.body(self.workflow.body_of(node)).discipline == Discipline::Tokens
    }

    /// A step came to another end than a good one. In a diagram something may catch that; what nothing catches is an
    /// incident.
    fn bad(&mut self, step: &StepRef, outcome: Outcome) {
        let at = step.id.node;
        if self.in_tokens(at) {
            if outcome == Outcome::Undecided {
                self.unsaid.insert(step.id);
            }
        } else if !self.node(at).allow_failure {
            self.failed |= outcome == Outcome::Failed;
            self.undecided |= outcome == Outcome::Undecided;
        }
        let standing = match outcome {
            Outcome::Failed => Standing::Failed,
            Outcome::Undecided => Standing::Undecided,
            Outcome::NotApplicable => Standing::NotApplicable,
            _ => Standing::Skipped,
        };
        self.trouble(|| told(&step.name, standing));
    }

    fn waited_for(&self, node: NodeId, open: &Open) -> WaitedFor {
        let of_catch = |catch: &Catch| match &catch.trigger {
            Trigger::Message { name, .. } => ("message", Some(name.clone())),
            Trigger::Signal(name) => ("signal", Some(name.clone())),
            _ => ("timer", None),
        };
        let (event_type, name) = match &self.node(node).kind {
            Kind::Catch(catch) => of_catch(catch),
            Kind::Message(message) => ("message", Some(message.name.clone())),
            Kind::Wait(_) => ("timer", None),
            Kind::Approval(_) => ("answer", None),
            _ => ("task", None),
        };
        let due_ms = match open.phase {
            OpenPhase::Waiting(due) => due.map(|due| due.0),
            OpenPhase::Backoff(due) => Some(due.0),
            OpenPhase::Ready => None,
        };
        let name = name.unwrap_or_else(|| self.node(node).name.clone());
        WaitedFor { event_type, name, node: self.called(node), due_ms }
    }
}

fn told(name: &Name, standing: Standing) -> String {
    format!("`{name}`: {}", standing.word())
}
