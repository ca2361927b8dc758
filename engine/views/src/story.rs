//! A run as it can be told: the middle that every view shares.
//!
//! **Invariant:** a story is folded from events alone, so that a run that is not finished, a run that was
//! interrupted and a run of years ago are told alike.
//!
//! **Absent on purpose:** sentences, colors, anything that a [`Recorded`](dod_kernel::record::Recorded) event
//! does not say.

mod fold;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use dod_kernel::evidence::Summary;
use dod_kernel::id::{EdgeId, Instance, Name, NodeId, RunId, Timestamp};
use dod_kernel::policy::{self, RuleOutcome, State, Verdict};
use dod_kernel::run::{
    AnswerRefusal, Answered, AttemptEnded, End, Identity, IncidentKind, Outcome, Printed, Reading,
    RunStarted, SettledBy, StopReason, TreeDigested,
};
use dod_kernel::workflow::{Kind, Node, Task, Workflow};

/// A run, told.
#[derive(Clone, Debug)]
pub struct Story {
    /// The definition it executes.
    pub workflow: Arc<Workflow>,
    /// How it began, and when.
    pub started: Option<(Timestamp, Box<RunStarted>)>,
    /// The time of the last event.
    pub last_at: Timestamp,
    /// How many events were told.
    pub events: u64,
    /// Steps in the order in which they were first heard of. Of steps with very many rounds the last ones.
    pub steps: Vec<Step>,
    /// Why nothing new starts any more.
    pub stopping: Option<StopReason>,
    /// Who asked to end the run.
    pub cancelled_by: Vec<Identity>,
    /// How often another process took it up.
    pub resumed: u32,
    /// Nodes that could not go on.
    pub incidents: Vec<Incident>,
    /// Joins that wait for what cannot come.
    pub stuck: Vec<Name>,
    /// Bounds that were reached.
    pub limits: Vec<Name>,
    /// The tree at the end.
    pub tree: Option<TreeDigested>,
    /// Variables that steps which ran at the same time set to different values.
    pub contested: BTreeSet<Name>,
    /// How many tokens each edge was taken by.
    pub taken: BTreeMap<EdgeId, u64>,
    /// How often each node was activated, also where the activation itself is no longer kept.
    pub activations: BTreeMap<NodeId, u64>,
    /// The verdict.
    pub finished: Option<Finished>,
    at: BTreeMap<Instance, usize>,
    rest: Rest,
}

/// What the fold keeps for itself.
#[derive(Clone, Debug, Default)]
struct Rest {
    /// Steps that have settled, gateways included.
    settled: u64,
    /// Steps that have not, by their place: a display asks for them many times a second.
    open: BTreeSet<usize>,
    /// Shown steps and gates that have settled, by how they stand.
    shown: Counts,
    gates: Counts,
    /// Activations by name, oldest first.
    names: BTreeMap<Name, VecDeque<usize>>,
    /// Shown steps heard of.
    heard: u64,
    /// Steps of the run's own graph that are worth counting.
    planned: u64,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// When.
    pub at: Timestamp,
    /// How each rule over the whole run came out.
    pub outcomes: Vec<RuleOutcome>,
    /// The number of the event.
    pub seq: u64,
    /// The verdict.
    pub verdict: Verdict,
}

/// A node that could not go on.
#[derive(Clone, Debug)]
pub struct Incident {
    /// The number of the event.
    pub seq: u64,
    /// The node.
    pub step: Name,
    /// What happened.
    pub what: IncidentKind,
}

/// One activation of one step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What the kernel calls it.
    pub id: Instance,
    /// What people call it.
    pub name: Name,
    /// Where it is.
    pub phase: Phase,
    /// Its attempts, in order.
    pub attempts: Vec<Attempt>,
    /// How it settled.
    pub settled: Option<Settled>,
    /// How its evidence was judged, the last time.
    pub judged: Option<Judged>,
    /// What a judge step said.
    pub verdict: Option<Box<Verdict>>,
    /// Answers that count.
    pub answers: Vec<Answered>,
    /// The last answers that do not, and why not.
    pub refused: Vec<(Identity, AnswerRefusal)>,
    /// What its condition, script or decision table answered, where that is no good answer.
    pub condition: Option<dod_kernel::ask::Answer>,
    /// The correlation key that a message to it must carry.
    pub key: Option<Name>,
    /// When it was first heard of.
    pub since: Timestamp,
}

/// Where a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its condition was asked, or it has opened a scope.
    Entered,
    /// Waits for room.
    Ready,
    /// Runs since then.
    Running(Timestamp),
    /// Waits for its next attempt, until then.
    Backoff(Timestamp),
    /// Waits for people, a message or time, until then.
    Waiting(Option<Timestamp>),
    /// Waits for a person to say what becomes of it.
    Held,
    /// Has come to its end.
    Settled,
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Which, from 1.
    pub number: u32,
    /// When it was started; absent where the result was reused or the tool was not there.
    pub started_at: Option<Timestamp>,
    /// Why it was ended early.
    pub stopping: Option<StopReason>,
    /// When and how it ended, with the number of the event.
    pub ended: Option<(Timestamp, u64, Arc<AttemptEnded>)>,
}

/// How a step settled.
#[derive(Clone, Debug)]
pub struct Settled {
    /// When.
    pub at: Timestamp,
    /// In which place of all the steps that settled, from 0.
    pub order: u64,
    /// How.
    pub outcome: Outcome,
    /// The number of the event.
    pub seq: u64,
    /// Why.
    pub why: SettledBy,
}

/// How a gate was judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// How each rule came out.
    pub outcomes: Vec<RuleOutcome>,
    /// The number of the event.
    pub seq: u64,
    /// How the gate came out.
    pub state: State,
}

/// How a step stands, in the one word that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Waits for room, or for what it called.
    Ready,
    /// Runs.
    Running,
    /// Between two attempts.
    Retrying,
    /// Waits for people, a message or time.
    Waiting,
    /// Waits for a person to say what becomes of it.
    Held,
    /// Good.
    Passed,
    /// Not good.
    Failed,
    /// Nobody can say.
    Undecided,
    /// Not good, and waived.
    Waived,
    /// Left out because of something before it.
    Skipped,
    /// Left out by its own condition, or a flag.
    NotApplicable,
}

impl Standing {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            other => other.key(),
        }
    }

    /// For programs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Waived => "waived",
            Self::Skipped => "skipped",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// A reader has to look at it.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Undecided | Self::Held)
    }

    /// It has come to its end.
    pub fn is_settled(self) -> bool {
        self >= Self::Passed
    }
}

impl From<State> for Standing {
    fn from(state: State) -> Self {
        match state {
            State::Failed => Self::Failed,
            State::NotApplicable => Self::NotApplicable,
            State::Passed => Self::Passed,
            State::Skipped => Self::Skipped,
            State::Undecided => Self::Undecided,
            State::Waived => Self::Waived,
        }
    }
}

impl Step {
    /// How it stands.
    pub fn standing(&self) -> Standing {
        let Some(settled) = &self.settled else {
            return match self.phase {
                Phase::Running(_) | Phase::Entered | Phase::Settled => Standing::Running,
                Phase::Ready => Standing::Ready,
                Phase::Backoff(_) => Standing::Retrying,
                Phase::Waiting(_) => Standing::Waiting,
                Phase::Held => Standing::Held,
            };
        };
        match settled.outcome {
            // Unknown is never good: a finished gate that nobody judged is undecided.
            Outcome::Finished => {
                self.judged.as_ref().map_or(Standing::Undecided, |judged| Standing::from(judged.state))
            }
            Outcome::Passed if self.went_down() => Standing::Failed,
            Outcome::Passed => Standing::Passed,
            Outcome::Failed => Standing::Failed,
            Outcome::Undecided => Standing::Undecided,
            Outcome::Skipped => Standing::Skipped,
            Outcome::NotApplicable => Standing::NotApplicable,
        }
    }

    /// Whether it is a service that was ready and then ended by itself.
    pub fn went_down(&self) -> bool {
        let ready = self.settled.as_ref().is_some_and(|settled| settled.why == SettledBy::Ready);
        let last = self.attempts.last().and_then(|attempt| attempt.ended.as_ref());
        ready && last.is_some_and(|(_, _, ended)| !matches!(ended.end, End::Cancelled | End::Lost))
    }

    /// The end of its last attempt that has ended.
    pub fn ended(&self) -> Option<&AttemptEnded> {
        self.attempts.iter().rev().find_map(|attempt| attempt.ended.as_ref()).map(|(_, _, ended)| &**ended)
    }

    /// The number of the event that tells the end of its last attempt.
    pub fn ended_seq(&self) -> Option<u64> {
        self.attempts.iter().rev().find_map(|attempt| attempt.ended.as_ref()).map(|(_, seq, _)| *seq)
    }

    /// When its first attempt was started.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.attempts.iter().find_map(|attempt| attempt.started_at)
    }

    /// How long it took: what its attempts say of themselves, else the time from its first word to its end.
    pub fn duration_ms(&self) -> Option<u64> {
        let settled = self.settled.as_ref()?;
        if self.attempts.is_empty() {
            return Some(since(self.since, settled.at)).filter(|ms| *ms > 0);
        }
        Some(self.attempts.iter().filter_map(Attempt::duration_ms).sum())
    }

    /// The counts of its evidence, where it left any.
    pub fn summary(&self) -> Option<&Summary> {
        match &self.ended()?.evidence {
            Reading::Read(read) => Some(&read.summary),
            _ => None,
        }
    }

    /// The digest of its evidence.
    pub fn evidence(&self) -> Option<&dod_kernel::id::Digest> {
        match &self.ended()?.evidence {
            Reading::Read(read) => Some(&read.digest),
            _ => None,
        }
    }

    /// The stream that tells most of what went wrong: standard error, else standard output.
    pub fn said(&self) -> Option<&Printed> {
        let ended = self.ended()?;
        [&ended.stderr, &ended.stdout].into_iter().find(|printed| !printed.tail.trim().is_empty())
    }

    /// It passed by its exit code, without evidence.
    pub fn is_exit_code_only(&self) -> bool {
        self.settled
            .as_ref()
            .is_some_and(|settled| settled.outcome == Outcome::Passed && settled.why == SettledBy::Exit)
    }

    /// A flag left it out.
    pub fn is_left_out(&self) -> bool {
        self.settled.as_ref().is_some_and(|settled| settled.why == SettledBy::NotSelected)
    }
}

impl Attempt {
    /// How long it took.
    pub fn duration_ms(&self) -> Option<u64> {
        let (at, _, ended) = self.ended.as_ref()?;
        if ended.usage.wall_ms > 0 || ended.reused_from.is_some() {
            return Some(ended.usage.wall_ms);
        }
        Some(since(self.started_at?, *at))
    }

    /// It ended without doing its work because the program was not there.
    pub fn not_started(&self) -> Option<&Name> {
        match &self.ended.as_ref()?.2.end {
            End::NotStarted { why } => Some(why),
            _ => None,
        }
    }
}

/// Milliseconds between two times; clocks that went back give 0.
pub(crate) fn since(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0)
}

/// How many steps stand how, gates and others apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Failed or undecided, and allowed to.
    pub allowed: u64,
    /// Failed.
    pub failed: u64,
    /// Left out by a condition or a flag.
    pub not_applicable: u64,
    /// Not settled yet.
    pub open: u64,
    /// Good.
    pub passed: u64,
    /// Left out because of others.
    pub skipped: u64,
    /// Nobody can say.
    pub undecided: u64,
    /// Waived.
    pub waived: u64,
}

impl Counts {
    /// How many have come to their end.
    pub fn settled(&self) -> u64 {
        let Self { allowed, failed, not_applicable, open: _, passed, skipped, undecided, waived } = self;
        allowed + failed + not_applicable + passed + skipped + undecided + waived
    }

    fn count(&mut self, standing: Standing, allowed: bool) {
        *match standing {
            Standing::Failed | Standing::Undecided if allowed => &mut self.allowed,
            Standing::Passed => &mut self.passed,
            Standing::Failed => &mut self.failed,
            Standing::Undecided => &mut self.undecided,
            Standing::Waived => &mut self.waived,
            Standing::Skipped => &mut self.skipped,
            Standing::NotApplicable => &mut self.not_applicable,
            _ => &mut self.open,
        } += 1;
    }
}

impl Story {
    /// The run's id, once it has begun.
    pub fn id(&self) -> Option<&RunId> {
        self.started.as_ref().map(|(_, started)| &started.id)
    }

    /// The verdict, once there is one.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.finished.as_ref().map(|finished| &finished.verdict)
    }

    /// When it began.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started.as_ref().map(|(at, _)| *at)
    }

    /// From the start to the verdict, or to the last event.
    pub fn duration_ms(&self) -> u64 {
        let end = self.finished.as_ref().map_or(self.last_at, |finished| finished.at);
        self.started_at().map_or(0, |start| since(start, end))
    }

    /// The step of that activation.
    pub fn step(&self, id: Instance) -> Option<&Step> {
        self.at.get(&id).map(|at| &self.steps[*at])
    }

    /// The activations of the step that people call so, in the order in which they were heard of. Of many rounds only
    /// the last ones are kept.
    pub fn all_named(&self, name: &str) -> impl DoubleEndedIterator<Item = &Step> {
        self.rest.names.get(&Name::from(name)).into_iter().flatten().map(|at| &self.steps[*at])
    }

    /// How many activations of the step that people call so are kept.
    pub(crate) fn rounds_of(&self, name: &Name) -> usize {
        self.rest.names.get(name).map_or(0, VecDeque::len)
    }

    /// The last activation of the step that people call so.
    pub fn named(&self, name: &str) -> Option<&Step> {
        self.all_named(name).next_back()
    }

    /// The last activation of a step that went wrong, else the last one: what a reason is about.
    pub fn troubled(&self, name: &str) -> Option<&Step> {
        self.all_named(name).rev().find(|step| step.standing().is_bad()).or_else(|| self.named(name))
    }

    /// Its definition.
    pub fn node(&self, step: &Step) -> Option<&Node> {
        self.workflow.nodes().get(step.id.node.index())
    }

    /// Its work, where it is a task.
    pub fn task(&self, step: &Step) -> Option<&Task> {
        task(self.node(step)?)
    }

    /// Whether the step is a gate: has a kind, or leaves evidence.
    pub fn is_gate(&self, step: &Step) -> bool {
        self.node(step).is_some_and(is_gate)
    }

    /// Whether people are shown the step: gateways and other nodes that do nothing are not.
    pub fn is_shown(&self, step: &Step) -> bool {
        self.node(step).is_none_or(|node| !matches!(node.kind, Kind::Pass))
    }

    /// Steps that people are shown.
    pub fn shown(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| self.is_shown(step))
    }

    /// Steps that have not come to their end, in the order in which they were heard of.
    pub fn open(&self) -> impl Iterator<Item = &Step> {
        self.rest.open.iter().map(|at| &self.steps[*at])
    }

    /// Steps that wait for a person, a message or time.
    pub fn waiting(&self) -> impl Iterator<Item = &Step> {
        self.open().filter(|step| {
            self.finished.is_none() && matches!(step.standing(), Standing::Waiting | Standing::Held)
        })
    }

    /// How many more people have to say yes at an approval.
    pub fn answers_missing(&self, step: &Step) -> Option<u32> {
        match &self.node(step)?.kind {
            Kind::Approval(approval) => {
                let given = u32::try_from(step.answers.len()).unwrap_or(u32::MAX);
                Some(approval.min.max(1).saturating_sub(given))
            }
            _ => None,
        }
    }

    /// Gates by how they stand.
    pub fn gate_counts(&self) -> Counts {
        let open = self.open().filter(|step| self.is_gate(step)).count() as u64;
        Counts { open, ..self.rest.gates }
    }

    /// All shown steps by how they stand.
    pub fn step_counts(&self) -> Counts {
        let open = self.open().filter(|step| self.is_shown(step)).count() as u64;
        Counts { open, ..self.rest.shown }
    }

    /// How many shown steps there will be, as far as is known: calls and loops add to it as they come.
    pub fn steps_planned(&self) -> u64 {
        self.rest.planned.max(self.rest.heard)
    }

    /// The name of the run's state for programs: that of the verdict, `waiting` or `running`.
    pub fn state(&self) -> &'static str {
        match self.verdict() {
            Some(verdict) => verdict.state.word(),
            None if self.is_waiting() => "waiting",
            None => "running",
        }
    }

    /// Nothing runs or is about to, and something waits.
    pub fn is_waiting(&self) -> bool {
        self.waiting().next().is_some()
            && !self
                .steps
                .iter()
                .any(|step| step.settled.is_none() && matches!(step.phase, Phase::Running(_) | Phase::Ready))
    }

    /// How each rule came out, gates first, in the order of the log.
    pub fn outcomes(&self) -> impl Iterator<Item = (u64, &RuleOutcome)> {
        let gates = self.steps.iter().filter_map(|step| step.judged.as_ref());
        let gates = gates.flat_map(|judged| judged.outcomes.iter().map(|one| (judged.seq, one)));
        let run = self.finished.iter().flat_map(|end| end.outcomes.iter().map(|one| (end.seq, one)));
        gates.chain(run)
    }

    /// Whether a flag made the scope partial.
    pub fn is_partial(&self) -> bool {
        match self.verdict() {
            Some(verdict) => verdict.scope == policy::Scope::Partial,
            None => self.started.as_ref().is_some_and(|(_, started)| !started.left_out.is_empty()),
        }
    }
}

pub(crate) fn task(node: &Node) -> Option<&Task> {
    match &node.kind {
        Kind::Task(task) => Some(task),
        _ => None,
    }
}

pub(crate) fn is_gate(node: &Node) -> bool {
    task(node).is_some_and(|task| task.gate.is_some() || task.yields_evidence())
}

/// The kind of a gate: what a policy calls it.
pub(crate) fn kind_of(node: &Node) -> Option<&Name> {
    let task = task(node).filter(|_| is_gate(node))?;
    Some(task.gate.as_ref().map_or(&node.name, |gate| &gate.kind))
}
