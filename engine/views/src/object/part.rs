//! The parts of the documented JSON.
//!
//! **Absent on purpose:** whole objects.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::evidence::{Danger, DangerCounts, Finding, FindingCounts, Measure, Severity, TestCounts};
use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::{Effect, Reason, RuleOutcome, State, Threshold, Why};
use dod_kernel::run::{AnswerRefusal, End, Outcome, Printed};
use dod_kernel::workflow::Kind;

use crate::schema;
use crate::story::{Phase, Standing, Step, Story, kind_of};
use crate::{Sources, failing, time, words};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepObject {
    /// Its name.
    #[schemars(with = "String")]
    pub name: Name,
    /// Which activation of which node: `node`, `scope/node`, with `#round`.
    pub id: String,
    /// `gate`, `command`, `service`, `approval`, `judge`, `message`, `wait` or `call`.
    pub kind: &'static str,
    /// What a gate is to policies: `lint`, `test`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub gate: Option<Name>,
    /// `passed`, `failed`, `undecided`, `waived`, `skipped`, `not_applicable`; before its end `ready`, `running`,
    /// `retrying`, `waiting` or `held`.
    pub state: &'static str,
    /// How it settled; `finished` is a gate that left readable evidence, whatever it found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Outcome>")]
    pub outcome: Option<Outcome>,
    /// Why, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// It passed by its exit code, without evidence.
    pub exit_code_only: bool,
    /// Its failure does not reach the verdict.
    pub allow_failure: bool,
    /// When its first attempt was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When its first attempt was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at_ms: Option<i64>,
    /// How long its attempts took together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Its attempts.
    pub attempts: Vec<AttemptObject>,
    /// What people answered, those first whose answers count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<AnswerObject>,
    /// Findings by severity; absent where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::FindingCounts>")]
    pub findings: Option<FindingCounts>,
    /// Tests by outcome; absent where none were reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::TestCounts>")]
    pub tests: Option<TestCounts>,
    /// Vulnerabilities by danger; absent where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::DangerCounts>")]
    pub vulnerabilities: Option<DangerCounts>,
    /// Measures by name.
    #[schemars(with = "BTreeMap<String, schema::Measure>")]
    pub measures: BTreeMap<Name, Measure>,
    /// Digest of its evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::DigestText>")]
    pub evidence: Option<Digest>,
    /// The tool's own word for its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub tool: Option<Name>,
    /// How to get what it lacks, where it could not be started.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub cure: Option<Name>,
}

/// What somebody answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AnswerObject {
    /// Who.
    #[schemars(with = "String")]
    pub by: Name,
    /// A signature proves it; else the name is claimed.
    pub proved: bool,
    /// Whether the answer counts.
    pub counted: bool,
    /// Yes or no; not kept of an answer that does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept: Option<bool>,
    /// Why, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub because: Option<Name>,
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::AnswerRefusal>")]
    pub why: Option<AnswerRefusal>,
}

impl AnswerObject {
    fn all_of(step: &Step) -> Vec<Self> {
        let counted = step.answers.iter().map(|answer| Self {
            by: answer.by.name.clone(),
            proved: answer.by.proved,
            counted: true,
            accept: Some(answer.accept),
            because: answer.because.clone(),
            why: None,
        });
        let refused = step.refused.iter().map(|(by, why)| Self {
            by: by.name.clone(),
            proved: by.proved,
            counted: false,
            accept: None,
            because: None,
            why: Some(*why),
        });
        counted.chain(refused).collect()
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttemptObject {
    /// Which, from 1.
    pub attempt: u32,
    /// `exited`, `signaled`, `timed_out`, `cancelled`, `lost`, `not_started`; `running` before its end.
    pub end: &'static str,
    /// The exit code, where it exited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The signal, where one ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The recorded run that the result was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub reused_from: Option<Name>,
    /// The number of the event that tells its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

impl StepObject {
    /// Of a step.
    pub(crate) fn of(story: &Story, step: &Step) -> Self {
        let node = story.node(step);
        let summary = step.summary();
        let missing = step.attempts.iter().any(|attempt| attempt.not_started().is_some());
        let install = story.task(step).and_then(|task| task.action.install.clone());
        Self {
            name: step.name.clone(),
            id: step.id.to_string(),
            kind: node.map_or("step", words::kind_of_step),
            gate: node.and_then(kind_of).cloned(),
            state: step.standing().key(),
            outcome: step.settled.as_ref().map(|settled| settled.outcome),
            because: words::because(story, step),
            exit_code_only: step.is_exit_code_only(),
            allow_failure: node.is_some_and(|node| node.allow_failure),
            started_at: step.started_at().map(time::rfc3339),
            started_at_ms: step.started_at().map(|at| at.0),
            duration_ms: step.duration_ms(),
            attempts: step.attempts.iter().map(AttemptObject::of).collect(),
            answers: AnswerObject::all_of(step),
            findings: summary.and_then(|summary| summary.findings),
            tests: summary.and_then(|summary| summary.tests),
            vulnerabilities: summary.and_then(|summary| summary.vulnerabilities),
            measures: summary.map(|summary| summary.measures.clone()).unwrap_or_default(),
            evidence: step.evidence().copied(),
            tool: step.ended().and_then(|ended| ended.tool.clone()),
            cure: install.filter(|_| missing),
        }
    }
}

impl AttemptObject {
    fn of(attempt: &crate::story::Attempt) -> Self {
        let ended = attempt.ended.as_ref();
        let (end, exit_code, signal) = match ended.map(|(_, _, ended)| &ended.end) {
            None => ("running", None, None),
            Some(End::Cancelled) => ("cancelled", None, None),
            Some(End::Exited { code, .. }) => ("exited", Some(*code), None),
            Some(End::Lost) => ("lost", None, None),
            Some(End::NotStarted { .. }) => ("not_started", None, None),
            Some(End::Signaled { signal }) => ("signaled", None, Some(*signal)),
            Some(End::TimedOut) => ("timed_out", None, None),
        };
        Self {
            attempt: attempt.number,
            end,
            exit_code,
            signal,
            duration_ms: attempt.duration_ms(),
            reused_from: ended.and_then(|(_, _, ended)| ended.reused_from.as_ref()).map(|run| run.0.clone()),
            seq: ended.map(|(_, seq, _)| *seq),
        }
    }
}

/// One reason of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReasonObject {
    /// `rule`, `step_failed`, `step_undecided`, `missing`, `left_out`, `incident`, `cancelled`, `limit`, `stuck` or
    /// `timeout`.
    pub kind: &'static str,
    /// What it does to the verdict: `failed`, `undecided` or `note`.
    pub weighs: &'static str,
    /// A sentence.
    pub text: String,
    /// The step or gate that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub step: Option<Name>,
    /// The rule that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleObject>,
    /// What to do about it, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

impl ReasonObject {
    /// Of a reason.
    pub(crate) fn of(story: &Story, reason: &Reason, sources: Sources<'_>) -> Self {
        let (kind, step) = match reason {
            Reason::Cancelled { .. } => ("cancelled", None),
            Reason::Incident { step, .. } => ("incident", Some(step)),
            Reason::LeftOut { gate } => ("left_out", Some(gate)),
            Reason::Limit { .. } => ("limit", None),
            Reason::Missing { gate, .. } => ("missing", Some(gate)),
            Reason::Rule(outcome) => ("rule", outcome.gate.as_ref()),
            Reason::StepFailed { step } => ("step_failed", Some(step)),
            Reason::StepUndecided { step } => ("step_undecided", Some(step)),
            Reason::Stuck { steps } => ("stuck", steps.first()),
            Reason::Timeout => ("timeout", None),
        };
        let weighs = match reason {
            reason if words::weighs(reason, true) => "failed",
            reason if words::weighs(reason, false) => "undecided",
            _ => "note",
        };
        let rule = match reason {
            Reason::Rule(outcome) => Some(RuleObject::of(outcome, None, sources)),
            _ => None,
        };
        let text = words::reason(story, reason, sources.policy());
        let todo = words::advice::of_reason(story, reason, sources);
        Self { kind, weighs, text, step: step.cloned(), rule, todo }
    }
}

/// How a rule came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleObject {
    /// Its id.
    #[schemars(with = "String")]
    pub rule: Name,
    /// The gate it was asked of; absent for rules over the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub gate: Option<Name>,
    /// How it came out.
    #[schemars(with = "schema::State")]
    pub state: State,
    /// What breaking it does.
    #[schemars(with = "schema::Effect")]
    pub effect: Effect,
    /// What it rests on, for people.
    pub text: String,
    /// Why the rule is there, in its author's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub because: Option<Name>,
    /// The fact that it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub fact: Option<Name>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Measure>")]
    pub found: Option<Measure>,
    /// What was demanded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Threshold>")]
    pub wanted: Option<Threshold>,
    /// The number of the event that tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

impl RuleObject {
    /// Of an outcome.
    pub(crate) fn of(outcome: &RuleOutcome, seq: Option<u64>, sources: Sources<'_>) -> Self {
        let why = match &outcome.why {
            Why::Waived { otherwise, .. } => otherwise,
            why => why,
        };
        let (found, wanted) = match why {
            Why::Compared { found, wanted, .. } | Why::Unit { found, wanted, .. } => {
                (Some(found.clone()), Some(wanted.clone()))
            }
            _ => (None, None),
        };
        Self {
            rule: outcome.rule.clone(),
            gate: outcome.gate.clone(),
            state: outcome.state,
            effect: outcome.effect,
            text: words::why(outcome, sources.policy()),
            because: sources.rule(&outcome.rule).and_then(|rule| rule.because.clone()),
            fact: failing::fact(outcome).cloned(),
            found,
            wanted,
            seq,
        }
    }
}

/// Something that a run waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaitingObject {
    /// The step.
    #[schemars(with = "String")]
    pub step: Name,
    /// `answers`, `message`, `time` or `held`.
    #[serde(rename = "for")]
    pub what: &'static str,
    /// A sentence.
    pub text: String,
    /// How many more people have to say yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers_missing: Option<u32>,
    /// Roles whose members may answer.
    #[schemars(with = "Vec<String>")]
    pub from: Vec<Name>,
    /// The message's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub message: Option<Name>,
    /// When it stops waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// When it stops waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
}

impl WaitingObject {
    /// Of a step that waits.
    pub(crate) fn of(story: &Story, step: &Step) -> Self {
        let kind = story.node(step).map(|node| &node.kind);
        let (what, from, message) = match (step.standing(), kind) {
            (Standing::Held, _) => ("held", Vec::new(), None),
            (_, Some(Kind::Approval(approval))) => ("answers", approval.from.clone(), None),
            (_, Some(Kind::Message(message))) => ("message", Vec::new(), Some(message.name.clone())),
            _ => ("time", Vec::new(), None),
        };
        let due = match step.phase {
            Phase::Waiting(due) => due,
            _ => None,
        };
        Self {
            step: step.name.clone(),
            what,
            text: words::waits_for(story, step),
            answers_missing: story.answers_missing(step).filter(|_| what == "answers"),
            from,
            message,
            due: due.map(time::rfc3339),
            due_ms: due.map(|due| due.0),
        }
    }
}

/// One stream of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamObject {
    /// What was kept of it, secrets masked; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// How many bytes the step wrote.
    pub bytes: u64,
    /// Some of it is not in `text`.
    pub cut: bool,
}

impl StreamObject {
    /// The blob where it is at hand, else the last lines.
    pub(crate) fn of(printed: &Printed, sources: Sources<'_>) -> Self {
        let blob = printed.blob.as_ref().and_then(sources.blob);
        let (text, kept) = match blob {
            Some(bytes) => (String::from_utf8_lossy(&bytes).into_owned(), bytes.len()),
            None => (printed.tail.to_string(), printed.tail.len()),
        };
        // Masking may make a text longer than what was written, never shorter by itself.
        Self { text, bytes: printed.bytes, cut: (kept as u64) < printed.bytes }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FindingObject {
    /// The step that found it.
    #[schemars(with = "String")]
    pub step: Name,
    /// The tool's id for what it looks for.
    #[schemars(with = "String")]
    pub rule: Name,
    /// Severity on the common scale.
    #[schemars(with = "schema::Severity")]
    pub severity: Severity,
    /// How bad a vulnerability is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Danger>")]
    pub danger: Option<Danger>,
    /// What the tool says.
    #[schemars(with = "String")]
    pub message: Name,
    /// Repository-relative path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub path: Option<Name>,
    /// First line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// First column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Identity that survives moved lines.
    #[schemars(with = "String")]
    pub fingerprint: Name,
}

impl FindingObject {
    /// Of a finding of that step.
    pub(crate) fn of(step: &Name, finding: &Finding) -> Self {
        let place = finding.place.as_ref();
        Self {
            step: step.clone(),
            rule: finding.rule.clone(),
            severity: finding.severity,
            danger: finding.vulnerability.as_ref().map(|hole| hole.danger),
            message: finding.message.clone(),
            path: place.map(|place| place.path.clone()),
            line: place.and_then(|place| place.line),
            column: place.and_then(|place| place.column),
            fingerprint: finding.fingerprint.clone(),
        }
    }
}
