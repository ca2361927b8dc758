//! The state of a run, and its small accessors.
//!
//! **Absent on purpose:** rules. What changes it is in `evolve`, what is decided by it in `follow`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::evidence::Summary;
use crate::id::{BodyId, Digest, EdgeId, Instance, Name, NodeId, ScopeId, StepRef, Timestamp};
use crate::policy::{Governance, Reason, RuleOutcome, State, Verdict};
use crate::run::agenda::Todo;
use crate::run::catch::Catching;
use crate::run::event::{
    AttemptEnded, End, Identity, Outcome, Reading, RunFinished, RunStarted, StopReason, Timer, TreeDigested,
};
use crate::run::inclusive::{Inclusive, Joining};
use crate::run::repeat::Rounds;
use crate::run::values::Written;
use crate::value::Value;
use crate::workflow::{Discipline, Kind, Node, Task, When, Workflow};

/// How many reasons of its own a run keeps for the verdict.
pub(super) const REASONS_MAX: usize = 1_000;

/// One execution of one workflow. Everything in it was written by `evolve`.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) workflow: Arc<Workflow>,
    pub(super) governance: Arc<Governance>,
    pub(super) started: Option<Arc<RunStarted>>,
    pub(super) left_out: BTreeSet<NodeId>,
    pub(super) now: Timestamp,
    /// By `ScopeId`; closed scopes are `None`.
    pub(super) scopes: Vec<Option<Box<Scope>>>,
    pub(super) scopes_open: u32,
    pub(super) active: BTreeMap<Instance, Active>,
    /// Ready steps: first those of no pool, then by pool.
    pub(super) ready: Vec<ReadyQueue>,
    pub(super) ready_services: BTreeSet<Instance>,
    /// Places taken, by pool.
    pub(super) pools_used: Vec<u32>,
    pub(super) running: u32,
    pub(super) capacity: u32,
    pub(super) timers: BTreeSet<(Timestamp, Timer)>,
    pub(super) stops: BTreeSet<Instance>,
    pub(super) waits: BTreeSet<Instance>,
    pub(super) agenda: VecDeque<Todo>,
    pub(super) joining: Joining,
    /// Active steps that do not just wait for what they opened.
    pub(super) moving: u32,
    pub(super) activations: u64,
    pub(super) order: u64,
    pub(super) stopping: Option<StopReason>,
    pub(super) reasons: Vec<Reason>,
    pub(super) gates: BTreeMap<NodeId, GateRecord>,
    pub(super) outputs: BTreeMap<Name, BTreeMap<Name, Name>>,
    pub(super) tree_end: Option<Box<TreeDigested>>,
    /// Tokens that wait at joins, in all scopes.
    pub(super) tokens_waiting: u32,
    /// Services that were ready, were lost with `dod`, and come up again; until then no other step starts.
    pub(super) services_down: BTreeSet<Instance>,
    pub(super) finished: Option<Arc<RunFinished>>,
    pub(super) touched: u64,
    pub(super) has_services: bool,
    pub(super) catching: Catching,
    /// Steps that have rounds.
    pub(super) rounds: BTreeMap<Instance, Rounds>,
    /// Steps of token bodies whose last trouble a catch has handled, by where they stand; and that trouble.
    pub(super) handled: BTreeMap<(NodeId, Vec<(NodeId, u32)>), Outcome>,
    /// Events so far: what came before what.
    pub(super) point: u64,
    /// Of each judge step the last verdict, and where it stands.
    pub(super) verdicts: BTreeMap<NodeId, (Instance, Arc<Verdict>)>,
}

/// Ready steps by priority, then by when they became ready.
pub(super) type ReadyQueue = BTreeMap<(Reverse<i32>, u64), Instance>;

/// A live graph: the run itself, or what a call opened.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) body: BodyId,
    pub(super) first: NodeId,
    pub(super) parent: Option<Instance>,
    pub(super) nodes: Vec<NodeState>,
    /// Settled body: nodes that have not settled. Token body: tokens alive.
    pub(super) open: u32,
    /// Token bodies: tokens that wait at `All` and `Inclusive` joins, by edge.
    pub(super) waiting: BTreeMap<EdgeId, u32>,
    /// Token bodies with inclusive joins: what those that wait have to know.
    pub(super) inclusive: Option<Box<Inclusive>>,
    pub(super) failed: u32,
    pub(super) undecided: u32,
    /// What it holds is ended early, though the run goes on.
    pub(super) stopping: Option<StopReason>,
    /// It was opened by a clean-up after the run had stopped at its first failure.
    pub(super) cleans_up: bool,
    /// A call around it may fail.
    pub(super) allowed: bool,
    pub(super) variables: BTreeMap<Name, Value>,
    /// Who set them last; none that it began with.
    pub(super) writers: BTreeMap<Name, Written>,
    /// When it was opened.
    pub(super) since: u64,
    /// All in it has come to its end; it stays until it has been asked what a round is asked.
    pub(super) ended: bool,
    /// Catches that stand beside it as a whole and wait.
    pub(super) armed: Vec<Instance>,
    /// The catch that has ended everything else in it, while that comes to its end.
    pub(super) interrupted_by: Option<Instance>,
    /// Of its judge steps the last verdict, with its round.
    pub(super) verdicts: BTreeMap<NodeId, (u32, Arc<Verdict>)>,
}

/// One node in one scope.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeState {
    /// Incoming edges that have not settled.
    pub(super) unmet: u32,
    /// Incoming edges that are satisfied (`AtLeast`: that passed).
    pub(super) satisfied: u32,
    /// The first edge that settled without being satisfied.
    pub(super) because: Option<EdgeId>,
    /// Activations so far.
    pub(super) rounds: u32,
    /// Services: steps that need it and have not settled.
    pub(super) users: u32,
    /// Token bodies: of its last round.
    pub(super) outcome: Option<Outcome>,
    /// A finished gate: how it was judged.
    pub(super) judged: Option<State>,
    /// A decision about it lies in the agenda.
    pub(super) queued: bool,
}

/// A step that has become ready and not settled (services: not ended).
#[derive(Clone, Debug)]
pub(super) struct Active {
    /// The current attempt, or the next one while it is ready, from 1.
    pub(super) attempt: u32,
    /// Attempts that a retry was spent on.
    pub(super) retries: u32,
    /// Attempts that were lost with the process.
    pub(super) lost: u32,
    /// When it became active, in events.
    pub(super) since: u64,
    pub(super) phase: Phase,
    pub(super) stopping: Option<StopReason>,
    pub(super) answers: Vec<Identity>,
}

/// What is kept of an attempt's end until its step is concluded.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) end: End,
    pub(super) evidence: Reading,
}

impl Ending {
    pub(super) fn of(ended: &AttemptEnded) -> Arc<Self> {
        Arc::new(Self { end: ended.end.clone(), evidence: ended.evidence.clone() })
    }
}

/// Where an active step is.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Waits for room, under this key of its queue.
    Ready((Reverse<i32>, u64)),
    /// Runs; its time is up then.
    Running { due: Option<Timestamp> },
    /// A service that can be used.
    Serving,
    /// Has ended; to be judged and concluded.
    Ended { report: Arc<Ending>, judged: Option<State> },
    /// Waits for its next attempt.
    Backoff { due: Timestamp },
    /// Waits for people, time or a message.
    Waiting { due: Option<Timestamp> },
    /// A person has to say what becomes of it.
    Held,
    /// Waits for this scope, which it opened.
    Calling(ScopeId),
    /// Waits for the rounds that it opened, or opens the next one.
    Repeating,
    /// Token bodies: entered, and not yet left.
    Entered,
}

impl Phase {
    /// Whether the step can go on by itself or by the world; else it waits for what it opened.
    pub(super) fn moves(&self) -> bool {
        !matches!(self, Self::Calling(_) | Self::Repeating)
    }
}

/// What is kept of a gate for the policies.
#[derive(Clone, Debug, Default)]
pub(super) struct GateRecord {
    /// Where the one stands of which this is kept.
    pub(super) place: Vec<(NodeId, u32)>,
    pub(super) outcome: Option<Outcome>,
    pub(super) by_flag: bool,
    /// A call around it may fail.
    pub(super) allowed: bool,
    pub(super) state: Option<State>,
    pub(super) outcomes: Vec<RuleOutcome>,
    pub(super) evidence: Option<Digest>,
    pub(super) summary: Option<Arc<Summary>>,
}

impl Run {
    /// A run that has not begun: only a start is taken.
    pub fn new(workflow: Arc<Workflow>, governance: Arc<Governance>) -> Self {
        let pools = workflow.pools().len();
        let has_services = workflow.nodes().iter().any(is_service);
        Self {
            workflow,
            governance,
            started: None,
            left_out: BTreeSet::new(),
            now: Timestamp::default(),
            scopes: Vec::new(),
            scopes_open: 0,
            active: BTreeMap::new(),
            ready: vec![BTreeMap::new(); pools + 1],
            ready_services: BTreeSet::new(),
            pools_used: vec![0; pools],
            running: 0,
            capacity: 0,
            timers: BTreeSet::new(),
            stops: BTreeSet::new(),
            waits: BTreeSet::new(),
            agenda: VecDeque::new(),
            joining: Joining::default(),
            moving: 0,
            activations: 0,
            order: 0,
            stopping: None,
            reasons: Vec::new(),
            gates: BTreeMap::new(),
            outputs: BTreeMap::new(),
            tree_end: None,
            tokens_waiting: 0,
            services_down: BTreeSet::new(),
            finished: None,
            touched: 0,
            has_services,
            catching: Catching::default(),
            rounds: BTreeMap::new(),
            handled: BTreeMap::new(),
            point: 0,
            verdicts: BTreeMap::new(),
        }
    }

    pub(super) fn node(&self, instance: Instance) -> &Node {
        self.workflow.node(instance.node)
    }

    pub(super) fn task(&self, instance: Instance) -> Option<&Arc<Task>> {
        match &self.node(instance).kind {
            Kind::Task(task) => Some(task),
            _ => None,
        }
    }

    pub(super) fn step(&self, instance: Instance) -> StepRef {
        StepRef { id: instance, name: self.node(instance).name.clone() }
    }

    pub(super) fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.get(id.index())?.as_deref()
    }

    pub(super) fn scope_mut(&mut self, id: ScopeId) -> Option<&mut Scope> {
        self.scopes.get_mut(id.index())?.as_deref_mut()
    }

    pub(super) fn node_state(&self, instance: Instance) -> Option<&NodeState> {
        let scope = self.scope(instance.scope)?;
        scope.nodes.get(scope.local(instance.node)?)
    }

    /// The state of a node, to change it. Counts what a command touches.
    pub(super) fn node_state_mut(&mut self, instance: Instance) -> Option<&mut NodeState> {
        self.touched += 1;
        let scope = self.scope_mut(instance.scope)?;
        let at = scope.local(instance.node)?;
        scope.nodes.get_mut(at)
    }

    /// Why a step may not go on: its scope was stopped, or the run. A run that stops at its first failure lets
    /// clean-up go on.
    pub(super) fn stop_for(&self, step: Instance) -> Option<&StopReason> {
        let scope = self.scope(step.scope);
        if let Some(why) = scope.and_then(|scope| scope.stopping.as_ref()) {
            return Some(why);
        }
        match &self.stopping {
            Some(StopReason::FailFast) if scope.is_some_and(|scope| scope.cleans_up) => None,
            Some(StopReason::FailFast) if self.cleans_up(step.node) => None,
            why => why.as_ref(),
        }
    }

    /// Whether the step is a rollback or clean-up: reached through an edge that asks for failure, or for any end.
    fn cleans_up(&self, node: NodeId) -> bool {
        let body = self.workflow.body(self.workflow.body_of(node));
        let asks = |edge: &EdgeId| matches!(self.workflow.edge(*edge).when, When::Failed | When::Any);
        body.discipline == Discipline::Settled && self.workflow.incoming(node).iter().any(asks)
    }

    /// Whether a stop for this reason changes nothing. What cleans up after the first failure can still be stopped.
    pub(super) fn stop_is_void(&self, why: &StopReason) -> bool {
        match &self.stopping {
            None => false,
            Some(StopReason::FailFast) => *why == StopReason::FailFast,
            Some(_) => true,
        }
    }

    /// Whether the step is a service that has been ready: it has settled, its scope may be gone, and what its process does later
    /// settles nothing.
    pub(super) fn has_been_ready(&self, step: Instance) -> bool {
        is_service(self.node(step)) && self.node_state(step).is_none_or(|node| node.outcome.is_some())
    }

    /// Whether an instance exists in this run's workflow and scopes.
    pub(super) fn knows(&self, instance: Instance) -> bool {
        self.node_state(instance).is_some()
    }

    pub(super) fn queue_of(&self, instance: Instance) -> usize {
        self.task(instance).and_then(|task| task.pool).map_or(0, |pool| pool.index() + 1)
    }

    pub(super) fn give_reason(&mut self, reason: Reason) {
        if self.reasons.len() < REASONS_MAX {
            self.reasons.push(reason);
        } else if self.reasons.len() == REASONS_MAX {
            self.reasons.push(Reason::Limit { name: "reasons_max".into() });
        }
    }
}

impl Scope {
    pub(super) fn local(&self, node: NodeId) -> Option<usize> {
        let at = node.index().checked_sub(self.first.index())?;
        (at < self.nodes.len()).then_some(at)
    }
}

pub(super) fn is_service(node: &Node) -> bool {
    matches!(&node.kind, Kind::Task(task) if task.probe.is_some())
}
