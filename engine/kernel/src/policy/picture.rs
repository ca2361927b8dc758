//! What a policy sees of a run.
//!
//! **Absent on purpose:** the run itself; whoever has one draws this picture of it.

use std::collections::BTreeMap;

use crate::evidence::Summary;
use crate::id::{Digest, Name, Timestamp};
use crate::policy::{Definitions, Reason, RecordedGate, RuleOutcome, Scope, State};
use crate::value::Value;

/// How a gate stands when the policy looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateState {
    /// It left readable evidence, and its own rules came out so.
    Judged(State),
    /// A command of this kind without evidence: passed by its exit code alone.
    PassedByExitCode,
    /// It failed as a step (exit code, must succeed, time-out of an approval).
    Failed,
    /// Broken tool, unreadable report, time-out, lost, or its condition is unknown.
    Undecided,
    /// Skipped because of something before it.
    Skipped,
    /// Its own `if`.
    NotApplicable,
    /// Left out by a flag.
    NotSelected,
    /// It has not ended (a judge step looks in the middle of a run).
    Open,
}

impl GateState {
    /// As expressions see it: `steps["lint"].state == "passed"`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Judged(state) => state.word(),
            Self::PassedByExitCode => State::Passed.word(),
            Self::Failed => State::Failed.word(),
            Self::Undecided => State::Undecided.word(),
            Self::Skipped => State::Skipped.word(),
            Self::NotApplicable => State::NotApplicable.word(),
            Self::NotSelected => "not_selected",
            Self::Open => "open",
        }
    }
}

/// One gate as a policy sees it.
#[derive(Clone, Debug)]
pub struct GateSeen<'a> {
    /// The step may fail without consequences.
    pub allow_failure: bool,
    /// Its full evidence, where it left some: asked for when another policy than the run's looks.
    pub evidence: Option<Digest>,
    /// `lint`, `test`, …
    pub kind: &'a Name,
    /// It is one of several legs of a step: what they cover is judged together.
    pub leg: bool,
    /// The step's name.
    pub name: &'a Name,
    /// How its rules came out.
    pub outcomes: &'a [RuleOutcome],
    /// Its project in a monorepo.
    pub project: Option<&'a Name>,
    /// How it stands.
    pub state: GateState,
    /// What it found, where it left evidence.
    pub summary: Option<&'a Summary>,
}

/// A run as a policy sees it.
#[derive(Clone, Debug)]
pub struct Picture<'a> {
    /// Facts that are not evidence: `commit`, `branch`, `inputs`, …
    pub facts: &'a BTreeMap<Name, Value>,
    /// Repository-relative paths the change touches; `None` where no base is known.
    pub changed: Option<&'a [Name]>,
    /// What became of the definitions.
    pub definitions: Definitions,
    /// The gates, in the order of the workflow.
    pub gates: Vec<GateSeen<'a>>,
    /// When the policy looks.
    pub now: Timestamp,
    /// Reasons that the kernel itself has: failed and undecided steps, incidents, cancellation, stuck joins.
    pub own_reasons: Vec<Reason>,
    /// Outputs of steps, by step and name.
    pub outputs: &'a BTreeMap<Name, BTreeMap<Name, Name>>,
    /// Results of earlier runs that required gates may rest on.
    pub recorded: &'a [RecordedGate],
    /// Whether everything was asked.
    pub scope: Scope,
    /// The tree changed during the run.
    pub tree_changed: bool,
}
