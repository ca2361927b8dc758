//! The documented JSON: what `--format json` prints.
//!
//! Names are in snake case and stay. A field that does not apply is absent; a list that is empty is there.
//! Times are milliseconds since 1970 (`…_ms`) with the same in RFC 3339 beside them; measures keep their exact
//! decimal text. Sentences (`text`, `because`, `headline`) are for people and may change.
//!
//! **Absent on purpose:** reading these objects back.

mod part;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use dod_kernel::id::{Digest, Name, RunId, Timestamp};
use dod_kernel::policy::{Definitions, Scope, WaiverRefusal};

use crate::schema;
use crate::story::{Counts, Step, Story};
use crate::{Sources, simulation, time, words};

pub use part::{
    AnswerObject, AttemptObject, FindingObject, ReasonObject, RuleObject, StepObject, StreamObject,
    WaitingObject,
};

/// `dod show --format json`, `dod validate --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunObject {
    /// The run.
    #[schemars(with = "String")]
    pub id: Name,
    /// `passed`, `failed` or `undecided`; `waiting` or `running` before the verdict.
    pub state: &'static str,
    /// The last line that people see.
    pub headline: String,
    /// `full` or `partial`, once there is a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Scope>")]
    pub scope: Option<Scope>,
    /// The policy's name, once there is a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub policy: Option<Name>,
    /// What became of the definitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Definitions>")]
    pub definitions: Option<Definitions>,
    /// The definition that was executed.
    pub workflow: WorkflowObject,
    /// Digest of policies, waivers and roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::DigestText>")]
    pub governance: Option<Digest>,
    /// The program that wrote the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub program: Option<Name>,
    /// Flags that change what is judged, word for word.
    #[schemars(with = "Vec<String>")]
    pub settings: Vec<Name>,
    /// Facts for expressions.
    #[schemars(with = "BTreeMap<String, Json>")]
    pub facts: BTreeMap<Name, Json>,
    /// Digest of the tree at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::DigestText>")]
    pub tree: Option<Digest>,
    /// Paths that changed during the run and that no step declares.
    #[schemars(with = "Vec<String>")]
    pub tree_changed: Vec<Name>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at_ms: Option<i64>,
    /// When the verdict was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// When the verdict was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at_ms: Option<i64>,
    /// From the start to the verdict, or to the last event.
    pub duration_ms: u64,
    /// How many events the log has.
    pub events: u64,
    /// Gates by how they stand.
    pub gates: CountsObject,
    /// All steps by how they stand.
    pub counts: CountsObject,
    /// Why the verdict is not passed, or what a reader must know, worst first.
    pub reasons: Vec<ReasonObject>,
    /// How each rule came out: those of gates, then those over the run.
    pub rules: Vec<RuleObject>,
    /// Steps in the order in which they were first heard of.
    pub steps: Vec<StepObject>,
    /// What the run waits for.
    pub waiting: Vec<WaitingObject>,
    /// Kinds that the policy would judge and nothing measured, with the cure.
    pub not_measured: Vec<NotMeasuredObject>,
    /// Required gates that this run did not produce, and the recorded runs whose results are taken.
    pub rests_on: Vec<RestsOnObject>,
    /// What was waived, and what became of the other waivers.
    pub waivers: Vec<WaiverObject>,
}

/// The definition that was executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkflowObject {
    /// Its name.
    #[schemars(with = "String")]
    pub name: Name,
    /// Its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::DigestText>")]
    pub digest: Option<Digest>,
}

/// How many stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CountsObject {
    /// Failed or undecided, and allowed to.
    pub allowed: u64,
    /// Failed.
    pub failed: u64,
    /// Left out by a condition or a flag.
    pub not_applicable: u64,
    /// Not settled.
    pub open: u64,
    /// Passed.
    pub passed: u64,
    /// Left out because of others.
    pub skipped: u64,
    /// Undecided.
    pub undecided: u64,
    /// Waived.
    pub waived: u64,
}

impl From<Counts> for CountsObject {
    fn from(counts: Counts) -> Self {
        let Counts { allowed, failed, not_applicable, open, passed, skipped, undecided, waived } = counts;
        Self { allowed, failed, not_applicable, open, passed, skipped, undecided, waived }
    }
}

/// A kind of which nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotMeasuredObject {
    /// The kind.
    #[schemars(with = "String")]
    pub kind: Name,
    /// Why, and the cure.
    pub text: String,
}

/// A required gate that rests on a recorded run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RestsOnObject {
    /// The step.
    #[schemars(with = "String")]
    pub step: Name,
    /// The run that it was produced in.
    #[schemars(with = "String")]
    pub run: Name,
    /// How it came out there, and when, for people.
    pub text: String,
}

/// A waiver and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaiverObject {
    /// What it waives.
    #[schemars(with = "String")]
    pub of: Name,
    /// `applied`, `refused` or `unused`.
    pub state: &'static str,
    /// Who approved it, where it was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub approved_by: Option<Name>,
    /// Whether a signature proves the approver, else the name is claimed; where it was applied and is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proved: Option<bool>,
    /// Why it does not count, where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::WaiverRefusal>")]
    pub why: Option<WaiverRefusal>,
}

impl RunObject {
    /// Of a run, finished or not.
    pub fn of(story: &Story, sources: Sources<'_>) -> Self {
        let started = story.started.as_ref().map(|(_, started)| &**started);
        let verdict = story.verdict();
        let finished_at = story.finished.as_ref().map(|end| end.at);
        let headline = crate::summary::headline(story, crate::Look::PLAIN);
        let reasons = verdict.map(|verdict| verdict.reasons.as_slice()).unwrap_or_default();
        let kinds = verdict.map(|verdict| verdict.not_measured.as_slice()).unwrap_or_default();
        let not_measured = kinds
            .iter()
            .map(|kind| NotMeasuredObject { kind: kind.clone(), text: words::not_measured(story, kind) });
        Self {
            id: story.id().map(|id| id.0.clone()).unwrap_or_default(),
            state: story.state(),
            headline,
            scope: verdict.map(|verdict| verdict.scope),
            policy: verdict.map(|verdict| verdict.policy.clone()),
            definitions: started.map(|started| started.definitions),
            workflow: WorkflowObject {
                name: story.workflow.name().clone(),
                digest: started.map(|started| started.workflow),
            },
            governance: started.map(|started| started.governance),
            program: started.map(|started| started.program.clone()),
            settings: started.map(|started| started.settings.clone()).unwrap_or_default(),
            facts: started.map(facts).unwrap_or_default(),
            tree: started.and_then(|started| started.tree),
            tree_changed: story.tree.as_ref().map(|tree| tree.changed.clone()).unwrap_or_default(),
            started_at: story.started_at().map(time::rfc3339),
            started_at_ms: story.started_at().map(|at| at.0),
            finished_at: finished_at.map(time::rfc3339),
            finished_at_ms: finished_at.map(|at| at.0),
            duration_ms: story.duration_ms(),
            events: story.events,
            gates: story.gate_counts().into(),
            counts: story.step_counts().into(),
            reasons: reasons.iter().map(|reason| ReasonObject::of(story, reason, sources)).collect(),
            rules: story.outcomes().map(|(seq, one)| RuleObject::of(one, Some(seq), sources)).collect(),
            steps: story.shown().map(|step| StepObject::of(story, step)).collect(),
            waiting: story.waiting().map(|step| WaitingObject::of(story, step)).collect(),
            not_measured: not_measured.collect(),
            rests_on: rests_on(story),
            waivers: waivers(story, sources),
        }
    }
}

/// A run as the text of its object, without a line end.
pub fn run_text(story: &Story, sources: Sources<'_>) -> String {
    text(&RunObject::of(story, sources))
}

/// An object as text, indented, without a line end.
pub fn text(object: &impl Serialize) -> String {
    serde_json::to_string_pretty(object).expect("objects have text keys and no failing serializers")
}

fn facts(started: &dod_kernel::run::RunStarted) -> BTreeMap<Name, Json> {
    started.facts.iter().map(|(name, value)| (name.clone(), simulation::json(value, 0))).collect()
}

fn rests_on(story: &Story) -> Vec<RestsOnObject> {
    let rested = story.verdict().map(|verdict| verdict.rests_on.as_slice()).unwrap_or_default();
    let object = |(step, run): &(Name, RunId)| {
        let text = words::rests_on(story, step, run);
        RestsOnObject { step: step.clone(), run: run.0.clone(), text }
    };
    rested.iter().map(object).collect()
}

fn waivers(story: &Story, sources: Sources<'_>) -> Vec<WaiverObject> {
    let Some(verdict) = story.verdict() else { return Vec::new() };
    let applied = verdict.waived.iter().map(|(of, by)| WaiverObject {
        of: of.clone(),
        state: "applied",
        approved_by: Some(by.clone()),
        proved: words::is_proved(sources.governance, of, by),
        why: None,
    });
    let refused = verdict.waivers_refused.iter().map(|(of, why)| WaiverObject {
        of: of.clone(),
        state: "refused",
        approved_by: None,
        proved: None,
        why: Some(*why),
    });
    let unused = verdict.waivers_unused.iter().map(|of| WaiverObject {
        of: of.clone(),
        state: "unused",
        approved_by: None,
        proved: None,
        why: None,
    });
    applied.chain(refused).chain(unused).collect()
}

/// `dod runs --format json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunsObject {
    /// Runs, in the order in which they were handed over.
    pub runs: Vec<RunLine>,
}

/// One run among several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunLine {
    /// The run.
    #[schemars(with = "String")]
    pub id: Name,
    /// `passed`, `failed` or `undecided`; before the verdict `waiting`, `running` or, where its process is gone,
    /// `interrupted`; `unreadable` where the log cannot be read.
    pub state: &'static str,
    /// For people: the last line that they see, or the little that a list says instead of it.
    pub headline: String,
    /// `full` or `partial`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Scope>")]
    pub scope: Option<Scope>,
    /// The policy's name, once there is a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub policy: Option<Name>,
    /// The workflow's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub workflow: Option<Name>,
    /// The commit, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<Json>,
    /// The branch, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<Json>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at_ms: Option<i64>,
    /// From the start to the verdict, or to the last event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The steps that it waits for.
    #[schemars(with = "Vec<String>")]
    pub waiting: Vec<Name>,
    /// The process that works on it, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<u32>,
}

impl RunLine {
    /// Of a run, finished or not.
    pub fn of(story: &Story) -> Self {
        let started = story.started.as_ref().map(|(_, started)| &**started);
        let fact = |name: &str| {
            started.and_then(|started| started.facts.get(name)).map(|value| simulation::json(value, 0))
        };
        Self {
            id: story.id().map(|id| id.0.clone()).unwrap_or_default(),
            state: story.state(),
            headline: crate::summary::headline(story, crate::Look::PLAIN),
            scope: Some(if story.is_partial() { Scope::Partial } else { Scope::Full }),
            policy: story.verdict().map(|verdict| verdict.policy.clone()),
            workflow: Some(story.workflow.name().clone()),
            commit: fact("commit"),
            branch: fact("branch"),
            started_at: story.started_at().map(time::rfc3339),
            started_at_ms: story.started_at().map(|at| at.0),
            duration_ms: Some(story.duration_ms()),
            waiting: story.waiting().map(|step| step.name.clone()).collect(),
            process: None,
        }
    }

    /// One line for people: id, time, branch, and how it ended.
    pub fn line(&self) -> String {
        let when = self.started_at_ms.map(|ms| time::minute(Timestamp(ms))).unwrap_or_default();
        let branch = self.branch.as_ref().and_then(Json::as_str).map(crate::look::clean_line);
        let branch = branch.unwrap_or_else(|| "-".to_owned());
        crate::clean(&format!("{}  {when:20}  {branch:16}  {}", self.id, self.headline), false)
    }
}

/// `dod logs --format json`: of one step that was named, or of all that have ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum LogsAnswer {
    /// Of the step that was named.
    One(LogsObject),
    /// Of all steps.
    All(AllLogsObject),
}

/// What all steps of a run printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AllLogsObject {
    /// The run.
    #[schemars(with = "String")]
    pub run: Name,
    /// Each step that has ended, in the order in which they began.
    pub logs: Vec<LogsObject>,
}

/// What an attempt of one step printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LogsObject {
    /// The run.
    #[schemars(with = "String")]
    pub run: Name,
    /// The step.
    #[schemars(with = "String")]
    pub step: Name,
    /// The attempt.
    pub attempt: u32,
    /// Standard output.
    pub stdout: StreamObject,
    /// Standard error.
    pub stderr: StreamObject,
}

impl LogsObject {
    /// What an attempt of a step printed; the last attempt where none is named. `None` where there is none that
    /// has ended.
    pub fn of(story: &Story, step: &Step, attempt: Option<u32>, sources: Sources<'_>) -> Option<Self> {
        let wanted = |number: u32| attempt.is_none_or(|attempt| attempt == number);
        let found = step.attempts.iter().rev().filter(|one| wanted(one.number));
        let (number, ended) =
            found.filter_map(|one| one.ended.as_ref().map(|(_, _, ended)| (one.number, ended))).next()?;
        Some(Self {
            run: story.id().map(|id| id.0.clone()).unwrap_or_default(),
            step: step.name.clone(),
            attempt: number,
            stdout: StreamObject::of(&ended.stdout, sources),
            stderr: StreamObject::of(&ended.stderr, sources),
        })
    }
}
