//! Rules over evidence, and the verdict they give.
//!
//! Three-valued throughout: what is not known is never good. A gate is judged when it ends, on its full
//! evidence; a run is judged at its end (or at a judge step) on what the gates left in their summaries.
//!
//! **Absent on purpose:** running, fetching, reading the clock, YAML, sentences for people.

mod facts;
mod glob;
mod judge;
mod legs;
mod people;
mod picture;
mod recorded;
#[cfg(test)]
mod tests;
mod unit;
mod verdict;
mod waive;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ask::Expression;
use crate::decimal::Decimal;
use crate::id::{Digest, Name, RunId, Timestamp};

pub use facts::{FACT_ROOTS, RunFacts, StateOf, VariableOf, facts, is_fact, needs_base};
pub use judge::{CHANGED_LINES_FEW, GateAsked, judge_gate};
pub use legs::step_of;
pub use people::{Person, same_name};
pub use picture::{GateSeen, GateState, Picture};
pub use recorded::{RECORDED_MAX, RecordedGate, Unusable};
pub use unit::known_units;
pub use verdict::{Judgement, REASONS_MAX, verdict};

/// Rules with a name, a version and a digest. Fields are in canonical order; the canonical JSON of a policy is
/// what its digest is taken of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How answers to approvals of the run are taken.
    #[serde(default, skip_serializing_if = "ApprovalTerms::is_default")]
    pub approvals: ApprovalTerms,
    /// The policies it extends, nearest first, as `name@version` (`builtin/standard@1`).
    pub extends: Vec<Name>,
    /// Its name.
    pub name: Name,
    /// Gates that must be there.
    pub required: Vec<Required>,
    /// The rules, in the order in which they are reported.
    pub rules: Vec<Rule>,
    /// Its version, where it states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// How waivers are taken.
    pub waivers: WaiverTerms,
}

/// What a policy demands of answers to approvals, in every run that it judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalTerms {
    /// Only people proved by a signature count.
    pub proved: bool,
}

impl ApprovalTerms {
    /// For serde: what policies from before it was asked leave out.
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What a policy demands of waivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverTerms {
    /// The longest time between the run and a waiver's expiry; `None` for no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_max: Option<u32>,
    /// Only approvers proved by a signature count.
    pub proved: bool,
}

/// A gate that must have been there, by kind (`lint`) or by step name (`load`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// Kinds or step names that do as well: one of them is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Name>,
    /// A recorded run on an ancestor of the commit will do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_ancestor: bool,
    /// Kind or step name.
    pub gate: Name,
    /// What it supports, as `framework-version/requirement` (`osps-2026/VM-05`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Name>,
    /// How old a recorded result may be; `None`: it must be of this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<u64>,
}

/// What a broken rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The verdict is failed.
    Block,
    /// It is reported.
    Info,
    /// It is reported as a warning.
    Warn,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Why it is there, in its author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Name>,
    /// What breaking it does.
    pub effect: Effect,
    /// About changed lines: a change of fewer than [`CHANGED_LINES_FEW`] is not judged by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub few_lines_ignored: bool,
    /// Kinds or names of gates it looks at, the kind that it is about first; empty for every gate that has the
    /// fact; [`OTHERS`] alone for every gate that has the fact and that no other rule names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Name>,
    /// Its id, unique in the policy.
    pub id: Name,
    /// Only gates of this project of a monorepo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Name>,
    /// What must hold.
    pub require: Require,
    /// What it supports, as `framework-version/requirement` (`osps-2026/VM-05`). A check supports a requirement
    /// and never fulfils it alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Name>,
    /// Asked first; false makes the rule not applicable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expression>,
    /// Without the fact the rule is not applicable instead of undecided ("judged when measured").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub when_measured: bool,
}

/// In [`Rule::gates`]: gates of kinds that no other rule names, so that errors of an unusual kind of gate
/// are not overlooked.
pub const OTHERS: &str = "*";

impl Rule {
    /// Whether the rule looks at a gate of this kind, name and project, as far as it alone can tell.
    pub fn looks_at(&self, kind: &Name, name: &Name, project: Option<&Name>) -> bool {
        (self.gates.is_empty() || self.is_for_others() || self.names(kind, name))
            && self.project.as_ref().is_none_or(|wanted| Some(wanted) == project)
    }

    /// Whether it looks at gates that no other rule names.
    fn is_for_others(&self) -> bool {
        self.gates.iter().any(|gate| **gate == *OTHERS)
    }

    /// Whether the rule names gates of this kind, or this gate.
    fn names(&self, kind: &Name, name: &Name) -> bool {
        self.gates.contains(kind) || self.gates.contains(name)
    }
}

/// What a rule demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Require {
    /// An expression over the facts of the whole run.
    Expression(Expression),
    /// A rule of a Rego module over the facts of the whole run: it holds where it has nothing to say.
    Rego(Rego),
    /// A fact of each gate against a number.
    Threshold(Threshold),
}

/// A rule of a Rego module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rego {
    /// The facts that the module asks for, by dotted name.
    pub facts: Vec<Name>,
    /// The module's file, as people know it.
    pub file: Name,
    /// The module.
    pub module: Expression,
    /// The rule in it: `deny`, `warn_slow`.
    pub rule: Name,
}

/// A comparison of a fact with a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// `coverage.line`, `findings.error`, `tests.failed`, `vulnerabilities.critical`, or a measure's name.
    pub fact: Name,
    /// How to compare.
    pub is: Comparison,
    /// The unit of `value`: `%`, `ms`, `s`, `bytes`, … or `1` for a count.
    pub unit: Name,
    /// The number.
    pub value: Decimal,
}

impl Threshold {
    /// Whether everything that meets this threshold meets the other one too; `None` where they do not compare
    /// (other facts, other directions, other units).
    pub fn implies(&self, other: &Self) -> Option<bool> {
        let more = unit::More::None;
        let own = unit::Fact { part: self.value, whole: None, unit: self.unit.clone(), more };
        let holds = |is| match own.meets(&Self { is, ..other.clone() }) {
            unit::Meets::Yes => Some(true),
            unit::Meets::No => Some(false),
            unit::Meets::Open | unit::Meets::OtherUnit => None,
        };
        use Comparison::{AtLeast, AtMost, Below, Equal, Over};
        if self.fact != other.fact {
            return None;
        }
        match (self.is, other.is) {
            (Equal, _) => holds(other.is),
            (Over, Over | AtLeast) | (AtLeast, AtLeast) => holds(AtLeast),
            (AtLeast, Over) => holds(Over),
            (Below, Below | AtMost) | (AtMost, AtMost) => holds(AtMost),
            (AtMost, Below) => holds(Below),
            _ => None,
        }
    }
}

/// How a fact is compared with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `<`
    Below,
    /// `==`
    Equal,
    /// `>`
    Over,
}

/// A finding or rule that somebody has decided to live with for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Who decided.
    pub approved_by: Name,
    /// The last moment it holds: the end of its day, UTC.
    pub expires: Timestamp,
    /// A finding's rule, advisory id or fingerprint, or the id of a policy rule.
    pub of: Name,
    /// Whether a signature proved the approver.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proved: bool,
    /// Why.
    pub reason: Name,
    /// Package URL with version, path glob, or empty for everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Name>,
    /// The approver's SSH signature over the waiver, in the armor of OpenSSH: what `proved` rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Name>,
}

/// People of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Public key, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Name>,
    /// Name.
    pub name: Name,
    /// The first moment at which a signature with the key counts, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_after: Option<Timestamp>,
    /// The first moment at which a signature with the key does not count any more, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_before: Option<Timestamp>,
}

/// The newest way of judging: 1 judged the coverage of each leg alone and let an old vulnerability database fail;
/// 2 judges what the legs of a step cover together, and takes an old database for not knowing; 3 counts people who
/// answer, not the ways in which their names are written.
pub const JUDGING: u32 = 3;

/// From here on the legs of a step are judged by what they cover together.
pub(crate) const LEGS_UNITED: u32 = 2;
/// From here on a vulnerability database that is too old leaves its rule undecided.
pub(crate) const OLD_IS_UNKNOWN: u32 = 2;
/// From here on a person with several names answers once.
pub(crate) const PEOPLE_COUNTED: u32 = 3;

fn first() -> u32 {
    1
}

fn is_first(judging: &u32) -> bool {
    *judging == 1
}

/// The governed data that a run is judged by, read once at its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Governance {
    /// Authors of the change; their own waivers do not count.
    #[serde(default)]
    pub authors: Vec<Name>,
    /// How gates are judged: [`JUDGING`] for a new run. A run that began under an older number is resumed and
    /// replayed under it.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub judging: u32,
    /// The policy of the run is the first; judge steps name others.
    pub policies: Vec<Policy>,
    /// Who belongs to a role.
    #[serde(default)]
    pub roles: BTreeMap<Name, Vec<Member>>,
    /// What is waived.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
}

/// How something was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It does not hold.
    Failed,
    /// It was not asked: its own `if`, not selected, or not measured where that is fine.
    NotApplicable,
    /// It holds.
    Passed,
    /// It was not asked because of something before it.
    Skipped,
    /// Not known.
    Undecided,
    /// It does not hold, and a waiver says that this is fine for now.
    Waived,
}

impl State {
    /// As events spell it: `not_applicable`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NotApplicable => "not_applicable",
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Undecided => "undecided",
            Self::Waived => "waived",
        }
    }
}

/// How a rule came out at one gate, or over the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleOutcome {
    /// What a broken rule does.
    pub effect: Effect,
    /// The gate it was asked of; absent for rules over the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Name>,
    /// The rule's id.
    pub rule: Name,
    /// How it came out.
    pub state: State,
    /// What the rule's condition answered, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Answered>,
    /// What it rests on.
    pub why: Why,
}

/// What an expression answered, and who answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What it said.
    pub answer: crate::ask::Answer,
    /// The engine that answered.
    pub engine: Name,
    /// The digest of the expression, or of the module.
    pub expression: Digest,
}

/// What an outcome rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A fact was compared.
    Compared {
        /// The fact.
        fact: Name,
        /// What was found, with its unit.
        found: crate::evidence::Measure,
        /// What was demanded.
        wanted: Threshold,
    },
    /// An expression answered, or a rule of a module with a list of messages.
    Answered(Answered),
    /// The change has few lines that could be covered: none, or fewer than the policy wants to judge.
    FewLines {
        /// The fact.
        fact: Name,
        /// How many.
        lines: u64,
    },
    /// A fact is not known.
    NotMeasured {
        /// The fact.
        fact: Name,
    },
    /// What is known keeps the threshold, and what is not known may break it.
    Open {
        /// The fact.
        fact: Name,
        /// What is known, at least; absent where nothing is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<crate::evidence::Measure>,
        /// What is not known.
        lacks: Lack,
        /// What was demanded.
        wanted: Threshold,
    },
    /// The fact has another unit than the rule.
    Unit {
        /// The fact.
        fact: Name,
        /// What was found.
        found: crate::evidence::Measure,
        /// What was demanded.
        wanted: Threshold,
    },
    /// Test results without a single test.
    NoTests,
    /// The rule's condition did not answer with true.
    NotAsked,
    /// The waivers that changed the outcome, by what they waive, each with its approver.
    Waived {
        /// What was waived, and by whom.
        by: Vec<(Name, Name)>,
        /// What the outcome would have rested on without the waivers.
        otherwise: Box<Why>,
    },
}

/// What is not known of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// The evidence of a leg is not at hand any more.
    Evidence,
    /// Whether the change brought so many findings: nothing at the base tells of them.
    Introduced(u64),
    /// What the legs of the step cover together: some left numbers without files and lines, and they differ.
    Legs,
    /// The licenses of so many packages are not known.
    Licenses(u64),
    /// So many legs of the step left no evidence, and might cover more.
    LegsMissing(u64),
    /// So many packages were not checked for vulnerabilities.
    Unchecked(u64),
}

impl Why {
    /// Whether nothing at all is known of the fact.
    pub fn is_unmeasured(&self) -> bool {
        matches!(self, Self::NotMeasured { .. } | Self::Open { found: None, .. })
    }
}

/// What became of the definitions that the change is judged by (design: governed files).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Definitions {
    /// The base has none yet; the change's own were used.
    IntroducedHere,
    /// Read from the base.
    Protected,
    /// No base is known.
    Unprotected,
}

/// Whether everything that is asked for was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    Full,
    /// A flag left something out.
    Partial,
}

/// One reason of a verdict that is not passed, or that a reader must know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The run was cancelled or interrupted for good.
    Cancelled {
        /// Who asked.
        by: Name,
    },
    /// A node could not go on as the definition says (no true condition, a wrong expression).
    Incident {
        /// The step.
        step: Name,
        /// What happened.
        what: Name,
    },
    /// A required gate was left out by a flag; the scope is partial and the verdict does not speak of it.
    LeftOut {
        /// Kind or step name.
        gate: Name,
    },
    /// A bound of the run was reached.
    Limit {
        /// The bound's name.
        name: Name,
    },
    /// A required gate is not there, or not good.
    Missing {
        /// What would have done as well.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        any_of: Vec<Name>,
        /// Kind or step name.
        gate: Name,
        /// Why the newest recorded result does not do, where the policy allows one and there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recorded: Option<Unusable>,
        /// How it stands; absent where nothing produces it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<State>,
    },
    /// A rule does not hold or is undecided.
    Rule(Box<RuleOutcome>),
    /// A step failed that was not allowed to.
    StepFailed {
        /// The step.
        step: Name,
    },
    /// A step is undecided.
    StepUndecided {
        /// The step.
        step: Name,
    },
    /// Steps wait for something that cannot come.
    Stuck {
        /// The joins.
        steps: Vec<Name>,
    },
    /// The whole run took too long.
    Timeout,
}

/// The answer to "is this change done?".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What became of the definitions.
    pub definitions: Definitions,
    /// Gates at which a rule speaks of changed lines and few of these can be covered, with their number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub few_lines: Vec<(Name, u64)>,
    /// Kinds that the policy would judge and nothing measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_measured: Vec<Name>,
    /// The policy's name.
    pub policy: Name,
    /// Why it is not passed, or what a reader must know, worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Required gates that this run did not produce, each with the recorded run whose result is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<(Name, RunId)>,
    /// Whether everything was asked.
    pub scope: Scope,
    /// Passed, failed or undecided; no other state.
    pub state: State,
    /// The tree changed during the run in a way nobody declared; such a verdict cannot be attested.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tree_changed: bool,
    /// Everything that was waived, by what and whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<(Name, Name)>,
    /// Waivers that do not count, and why not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers_refused: Vec<(Name, WaiverRefusal)>,
    /// Waivers that count and changed nothing, where everything was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers_unused: Vec<Name>,
}

/// Why a waiver does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaiverRefusal {
    /// Its last day is over.
    Expired,
    /// The policy wants an approver proved by a signature.
    NotProved,
    /// Its approver is an author of the change.
    OwnChange,
    /// It ends later than the policy allows.
    TooLong,
}
