//! What happened in a run. The event is the file format: owned, versioned, free of view settings.
//!
//! *Facts* come from the world; *decisions* follow from them and are made again by replay.
//!
//! **Absent on purpose:** floats, hash-ordered maps, sentences for people.

mod control;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ask::Answer;
use crate::evidence::Summary;
use crate::id::{Digest, EdgeId, Name, RunId, ScopeId, StepRef, Timestamp};
use crate::policy::{Definitions, RecordedGate, RuleOutcome, State, Verdict};
use crate::value::Value;

/// Something that happened. Past tense; never refused, never edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// Fact: somebody answered an approval, or said what becomes of a held step.
    Answered(Box<Answered>),
    /// Fact: somebody's answer was not taken.
    AnswerRefused {
        /// Who answered, as claimed: what a refused answer may have been signed over is not kept.
        by: Identity,
        /// The approval.
        step: StepRef,
        /// Why it does not count.
        why: AnswerRefusal,
    },
    /// Fact: an attempt ended; every attempt ends exactly once.
    AttemptEnded(Box<AttemptEnded>),
    /// Fact: a result came for an attempt that had ended before; it changes nothing.
    AttemptIgnored {
        /// Which attempt, from 1.
        attempt: u32,
        /// The step.
        step: StepRef,
    },
    /// Fact: an attempt was started.
    AttemptStarted {
        /// Which attempt, from 1.
        attempt: u32,
        /// The step.
        step: StepRef,
    },
    /// Decision: an attempt has to be ended early.
    AttemptStopping {
        /// Which attempt, from 1.
        attempt: u32,
        /// The step.
        step: StepRef,
        /// Why.
        why: StopReason,
    },
    /// Fact: somebody asked to end the run.
    CancelRequested {
        /// Who.
        by: Identity,
    },
    /// Fact: how many steps may run at once from now on.
    CapacitySet {
        /// How many.
        capacity: u32,
    },
    /// Decision: an expression was asked.
    ConditionAsked(Box<ConditionAsked>),
    /// Decision: a decision table was asked.
    DecisionTaken(Box<DecisionTaken>),
    /// Decision: something was thrown.
    EventThrown(Box<EventThrown>),
    /// Decision: tokens left a node along these edges.
    FlowTaken {
        /// The edges, in the order of the definition.
        edges: Vec<EdgeId>,
        /// The node they left.
        step: StepRef,
    },
    /// Decision: a gate was judged on its full evidence.
    GateJudged(Box<GateJudged>),
    /// Decision: a node cannot go on as the definition says; its token is gone.
    Incident {
        /// The node.
        step: StepRef,
        /// What happened.
        what: IncidentKind,
    },
    /// Decision: an inclusive join has all the tokens that can come.
    JoinFired {
        /// The join.
        step: StepRef,
    },
    /// Decision: a judge step took a verdict over what is known so far.
    JudgeTaken(Box<JudgeTaken>),
    /// Decision: a named bound was reached, and the run stops.
    LimitReached {
        /// The bound's name.
        limit: Name,
    },
    /// Fact: a message came from outside.
    MessageReceived {
        /// Who sent it, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Identity>,
        /// Its correlation key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Name>,
        /// Its name.
        name: Name,
        /// Variables it carries.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        set: BTreeMap<Name, Value>,
    },
    /// Decision: another attempt will be made.
    RetryScheduled {
        /// Which attempt that will be, from 1.
        attempt: u32,
        /// Not before.
        due: Timestamp,
        /// The step.
        step: StepRef,
    },
    /// Decision: the verdict.
    RunFinished(Box<RunFinished>),
    /// Fact: a process took up a run that another one left.
    RunResumed {
        /// Bytes of a torn last line that were cut.
        cut_bytes: u64,
        /// The tree as it was then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tree: Option<Digest>,
    },
    /// Fact: the run began.
    RunStarted(Box<RunStarted>),
    /// Decision: nothing new starts, and what runs is ended.
    RunStopping {
        /// Why.
        why: StopReason,
    },
    /// Decision: a call opened a scope.
    ScopeOpened {
        /// The new scope.
        scope: ScopeId,
        /// The call.
        step: StepRef,
    },
    /// Decision: a script was run.
    ScriptRun(Box<ScriptRun>),
    /// Fact: a service can be used.
    ServiceReady {
        /// The service.
        step: StepRef,
    },
    /// Decision: a step that must not run twice was running when the run was lost: a person has to say what
    /// becomes of it.
    StepHeld {
        /// The step.
        step: StepRef,
    },
    /// Decision: all that the step needs is there; it starts as soon as there is room.
    StepReady {
        /// Which attempt it will be, from 1.
        attempt: u32,
        /// The step.
        step: StepRef,
    },
    /// Decision: the step has come to its end.
    StepSettled(Box<StepSettled>),
    /// Decision: the step waits for time, a person or a message.
    StepWaiting {
        /// When it stops waiting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        /// The correlation key that a message must carry, where the definition asks for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Name>,
        /// The step.
        step: StepRef,
    },
    /// Fact: a signal came from outside.
    SignalReceived {
        /// Who sent it, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Identity>,
        /// Its name.
        name: Name,
        /// Variables it carries.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        set: BTreeMap<Name, Value>,
    },
    /// Decision: at rest, tokens wait at joins for others that cannot come.
    Stuck {
        /// The joins.
        steps: Vec<StepRef>,
    },
    /// Fact: a timer's time had come.
    TimerFired {
        /// Which timer.
        timer: Timer,
    },
    /// Fact: the tree was digested at the end of the run.
    TreeDigested(Box<TreeDigested>),
    /// Decision: an expression was asked for a value.
    ValueAsked(Box<ValueAsked>),
    /// Decision: steps that ran at the same time set variables to different values; the last one counts.
    VariablesContested {
        /// The variables.
        names: Vec<Name>,
        /// The step that set them last.
        step: StepRef,
    },
}

pub use control::{Contents, DecisionTaken, EventThrown, Purpose, ScriptRun, ValueAsked};

/// How a run begins: everything that what follows rests on, by digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunStarted {
    /// How many steps may run at once.
    pub capacity: u32,
    /// Repository-relative paths that the change touches; absent where no base is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Vec<Name>>,
    /// What evidence is compared with ([`Comparison`](crate::evidence::Comparison)), by digest; absent where neither
    /// a base nor a baseline is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Digest>,
    /// What became of the definitions.
    pub definitions: Definitions,
    /// Facts for expressions: `commit`, `branch`, `inputs`, …
    pub facts: BTreeMap<Name, Value>,
    /// Stop at the first step that fails.
    pub fail_fast: bool,
    /// Shape of the lines.
    pub format: u32,
    /// Digest of the policies, waivers and roles that the run is judged by.
    pub governance: Digest,
    /// The run.
    pub id: RunId,
    /// Steps that a flag left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<Name>,
    /// What checkpoints of this run call it: `<repository>/run/<id>`; absent where the run is not checkpointed
    /// (a simulation).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Name>,
    /// The program that wrote the log, with its version.
    pub program: Name,
    /// Results of earlier runs that required gates may rest on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recorded: Vec<RecordedGate>,
    /// Behavior of the kernel.
    pub rules: u32,
    /// Everything said on the command line that changes what is judged, word for word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Name>,
    /// The runs that this one joins: their results are taken, and nothing is run again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// The longest the run may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Digest of the tree; with one, the tree is digested again at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Digest>,
    /// Variables of the run's own scope.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<Name, Value>,
    /// Digest of the checked workflow.
    pub workflow: Digest,
}

/// A run whose results another one takes, cited so that it cannot be exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// How many events it had.
    pub events: u64,
    /// The root over them, in base64 as in its checkpoint.
    pub root: Name,
    /// Its id.
    pub run: RunId,
    /// Keys that had signed its checkpoint and that the joiner trusted, as `name+id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed_by: Vec<Name>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptEnded {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// How.
    pub end: End,
    /// What it left as evidence.
    #[serde(default, skip_serializing_if = "Reading::is_none")]
    pub evidence: Reading,
    /// `name=value` lines it wrote to `$DOD_OUTPUT`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<Name, Name>,
    /// The recorded run that the result was taken from, where the step did not run here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reused_from: Option<RunId>,
    /// Standard error.
    #[serde(default, skip_serializing_if = "Printed::is_nothing")]
    pub stderr: Printed,
    /// Standard output.
    #[serde(default, skip_serializing_if = "Printed::is_nothing")]
    pub stdout: Printed,
    /// The step.
    pub step: StepRef,
    /// The tool's own word for its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Name>,
    /// What it cost.
    #[serde(default)]
    pub usage: Usage,
}

/// How a process ended, with what its exit code means where the definition says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It was ended because `dod` asked.
    Cancelled,
    /// It ended by itself.
    Exited {
        /// Exit code.
        code: i32,
        /// What the code means.
        says: ExitSays,
    },
    /// The process of `dod` died before it could record the end.
    Lost,
    /// It could not be started.
    NotStarted {
        /// Why, and the cure: a missing program, no permission, a directory outside the repository.
        why: Name,
    },
    /// A signal that `dod` did not send ended it.
    Signaled {
        /// The signal's number.
        signal: i32,
    },
    /// It was ended because its time was up.
    TimedOut,
}

/// What an exit code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitSays {
    /// The tool did not do its work.
    Broken,
    /// Nothing to hold against the product.
    Clean,
    /// Something to hold against the product.
    Findings,
}

/// What became of the reports of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The step leaves none.
    #[default]
    None,
    /// They were read.
    Read(Box<Read>),
    /// There should be some, and there is nothing to read them from.
    Unreadable {
        /// Which, where and why.
        why: Name,
    },
}

impl Reading {
    fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Evidence that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Digest of the evidence's canonical JSON, under which it lies in the blobs.
    pub digest: Digest,
    /// Its counts and measures.
    pub summary: Summary,
}

/// What a step printed on one stream, secrets masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// The blob that holds it, where it is more than fits here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<Digest>,
    /// How many bytes the step wrote; more than the blob holds where output was cut.
    pub bytes: u64,
    /// All of it where it is short, else its last lines.
    pub tail: Name,
}

impl Printed {
    fn is_nothing(&self) -> bool {
        self.bytes == 0
    }
}

/// What an attempt cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time of the process and its children, user and system.
    pub cpu_ms: u64,
    /// Largest resident set of a single process; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_kib: Option<u64>,
    /// Time from start to end.
    pub wall_ms: u64,
}

/// Who somebody is, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Name, as claimed or proved.
    pub name: Name,
    /// A signature proved it.
    pub proved: bool,
}

/// An answer to an approval or about a held step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Yes (a held step: run it again) or no.
    pub accept: bool,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Name>,
    /// Who.
    pub by: Identity,
    /// The armored SSH signature over the answer's [`Statement`](crate::run::Statement), at most [`PROOF_BYTES_MAX`] bytes:
    /// what `by.proved` rests on. One that no known key fits is kept and proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Name>,
    /// Variables set along with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<Name, Value>,
    /// The approval or the held step.
    pub step: StepRef,
}

/// The longest signature of an answer.
pub const PROOF_BYTES_MAX: usize = 16 << 10;

/// Why an answer does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerRefusal {
    /// This person has answered before.
    AlreadyAnswered,
    /// This person is an author of the change, who may not answer.
    AuthorOfTheChange,
    /// This person has none of the roles.
    NotInRole,
    /// The approval takes proved answers only, and no signature proves who this is.
    NotProved,
}

/// Why work is ended early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// Somebody asked.
    Cancelled,
    /// A catch beside it, or of a scope around it, was triggered.
    Interrupted,
    /// Its scope was terminated.
    Terminated,
    /// What it waited beside or raced against has come to its end.
    Withdrawn,
    /// Enough others have passed, or too few can.
    Decided,
    /// A step failed and the run stops at the first failure.
    FailFast,
    /// A bound was reached.
    Limit,
    /// Its time was up.
    Timeout,
    /// Nobody needs the service any more.
    Unneeded,
}

/// An expression, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionAsked {
    /// The answer.
    pub answer: Answer,
    /// The edge it belongs to; absent for a step's own condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<EdgeId>,
    /// Name and version of the engine.
    pub engine: Name,
    /// Digest of the expression's text.
    pub expression: Digest,
    /// The step.
    pub step: StepRef,
}

/// How a gate was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateJudged {
    /// Which attempt's evidence, from 1.
    pub attempt: u32,
    /// How each rule came out.
    pub outcomes: Vec<RuleOutcome>,
    /// How the gate came out.
    pub state: State,
    /// The gate.
    pub step: StepRef,
}

/// What a judge step said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeTaken {
    /// How each rule over the run came out.
    pub outcomes: Vec<RuleOutcome>,
    /// The judge.
    pub step: StepRef,
    /// What it said.
    pub verdict: Verdict,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFinished {
    /// How each rule over the run came out.
    pub outcomes: Vec<RuleOutcome>,
    /// The verdict.
    pub verdict: Verdict,
}

/// How a step came to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSettled {
    /// How.
    pub outcome: Outcome,
    /// The step.
    pub step: StepRef,
    /// Why.
    pub why: SettledBy,
}

/// How a step settled (design: what a step's end means).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did not do its work, or people said no.
    Failed,
    /// A gate left readable evidence, whatever it found.
    Finished,
    /// Its own condition, or a flag, left it out.
    NotApplicable,
    /// It did its work.
    Passed,
    /// Something before it, or the end of the run, left it out.
    Skipped,
    /// Nobody can say.
    Undecided,
}

/// What made a step settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledBy {
    /// People answered.
    Answers,
    /// Its condition: false, or unknown.
    Condition,
    /// The report contradicts the exit code, which says that there are findings.
    Disagreement,
    /// Its evidence was read and judged.
    Evidence,
    /// Its exit code, or its end in another way.
    Exit,
    /// So many of its incoming edges passed, or cannot any more.
    Joined,
    /// A decision table.
    Decision,
    /// It caught an error with this code.
    Error(Name),
    /// It caught an escalation with this code.
    Escalation(Name),
    /// A judge's verdict.
    Judge,
    /// A message came.
    Message,
    /// It does nothing but pass on.
    Nothing,
    /// A flag left it out.
    NotSelected,
    /// Its service is ready.
    Ready,
    /// The scope it opened.
    Scope,
    /// Its script.
    Script,
    /// A signal came.
    Signal,
    /// The run was stopping, or it was not needed any more.
    Stopped(StopReason),
    /// It threw what it throws.
    Thrown,
    /// Its time was up.
    Time,
    /// There is no readable evidence.
    Unreadable,
    /// This step before it.
    Upstream(StepRef),
}

/// Why a node could not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// A condition could not be evaluated, or its answer is not known.
    Condition(Name),
    /// What the node needs (a time, a key, a number of rounds) or computes (a script, a decision table) could not be
    /// evaluated, or is not one; why.
    Value(Name),
    /// An error with this code was thrown and nothing catches it.
    Uncaught(Name),
    /// No condition holds and there is no default.
    NoTrueCondition,
    /// A task failed and nothing handles that.
    TaskFailed,
}

/// A timer of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// The longest that this attempt may take.
    Attempt(crate::id::Instance),
    /// The next attempt.
    Retry(crate::id::Instance),
    /// The longest that the run may take.
    Run,
    /// The end of a wait, or the longest that an approval or message may take.
    Wait(crate::id::Instance),
}

/// The tree at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeDigested {
    /// Paths that changed during the run and that no step declares as its output; at most a hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Name>,
    /// Its digest.
    pub tree: Digest,
}

impl Event {
    /// Whether it came from the world. Decisions follow from facts, and replay makes them again.
    pub fn is_fact(&self) -> bool {
        matches!(
            self,
            Self::Answered(_)
                | Self::AnswerRefused { .. }
                | Self::AttemptEnded(_)
                | Self::AttemptIgnored { .. }
                | Self::AttemptStarted { .. }
                | Self::CancelRequested { .. }
                | Self::CapacitySet { .. }
                | Self::MessageReceived { .. }
                | Self::RunResumed { .. }
                | Self::RunStarted(_)
                | Self::ServiceReady { .. }
                | Self::SignalReceived { .. }
                | Self::TimerFired { .. }
                | Self::TreeDigested(_)
        )
    }
}
