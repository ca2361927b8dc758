//! The checks of a run that support a requirement: gates, rules, and facts of the run itself.
//!
//! **Absent on purpose:** saying what they come to together.

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::{Definitions, Scope, State};
use dod_kernel::run::{Outcome, SettledBy};
use dod_kernel::workflow::Kind;

use super::{Requirement, RunFact};
use crate::schema;
use crate::story::{Standing, Step, Story, kind_of};
use crate::words;

/// Checks of one requirement that are listed; more are as good as all.
const CHECKS_MAX: usize = 200;

/// Something in a run that supports a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckObject {
    /// `gate`, `rule` or `run`.
    pub kind: &'static str,
    /// The step, the rule, or what is true of the run.
    #[schemars(with = "String")]
    pub name: Name,
    /// The gate that a rule was asked of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub gate: Option<Name>,
    /// How it came out.
    #[schemars(with = "schema::State")]
    pub state: State,
    /// Digest of the evidence that it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::DigestText>")]
    pub evidence: Option<Digest>,
    /// The number of the event that tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The recorded run that the result was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub rests_on: Option<Name>,
}

impl CheckObject {
    fn new(kind: &'static str, name: impl Into<Name>, state: State) -> Self {
        Self { kind, name: name.into(), gate: None, state, evidence: None, seq: None, rests_on: None }
    }
}

/// What a pack names.
pub(super) fn of_requirement(story: &Story, requirement: &Requirement) -> Vec<CheckObject> {
    let gates: Vec<&Name> = requirement.gates.iter().collect();
    let mut checks = of_gates(story, &gates);
    checks.extend(requirement.rules.iter().flat_map(|rule| of_rule(story, rule)));
    checks.extend(requirement.run.iter().flat_map(|fact| of_run(story, *fact)));
    checks
}

/// Gates of these kinds or names, and those that the verdict takes from recorded runs.
pub(super) fn of_gates(story: &Story, wanted: &[&Name]) -> Vec<CheckObject> {
    let is_wanted = |step: &&Step| {
        let kind = story.node(step).and_then(kind_of);
        story.is_gate(step)
            && (wanted.contains(&&step.name) || kind.is_some_and(|kind| wanted.contains(&kind)))
    };
    let mut checks: Vec<CheckObject> = story.shown().filter(is_wanted).take(CHECKS_MAX).map(gate).collect();
    let rested = story.verdict().map(|verdict| verdict.rests_on.as_slice()).unwrap_or_default();
    let recorded = story.started.iter().flat_map(|(_, started)| &started.recorded);
    for one in recorded.filter(|one| rested.contains(&(one.gate.clone(), one.run.clone()))) {
        if wanted.contains(&&one.gate) || one.kind.as_ref().is_some_and(|kind| wanted.contains(&kind)) {
            let check = CheckObject::new("gate", one.gate.clone(), one.state);
            checks.push(CheckObject { seq: Some(0), rests_on: Some(one.run.0.clone()), ..check });
        }
    }
    checks
}

fn gate(step: &Step) -> CheckObject {
    let state = match step.standing() {
        Standing::Passed => State::Passed,
        Standing::Failed => State::Failed,
        Standing::Waived => State::Waived,
        Standing::Skipped => State::Skipped,
        Standing::NotApplicable => State::NotApplicable,
        // What has not come to its end has not passed.
        _ => State::Undecided,
    };
    let judged = step.judged.as_ref().map(|judged| judged.seq);
    CheckObject {
        evidence: step.evidence().copied(),
        seq: judged.or(step.settled.as_ref().map(|settled| settled.seq)),
        ..CheckObject::new("gate", step.name.clone(), state)
    }
}

/// How a rule came out, at each gate that it was asked of.
pub(super) fn of_rule(story: &Story, rule: &Name) -> Vec<CheckObject> {
    let outcomes = story.outcomes().filter(|(_, outcome)| outcome.rule == *rule);
    let check = |(seq, outcome): (u64, &dod_kernel::policy::RuleOutcome)| {
        let step = outcome.gate.as_ref().and_then(|gate| story.named(gate));
        CheckObject {
            gate: outcome.gate.clone(),
            evidence: step.and_then(Step::evidence).copied(),
            seq: Some(seq),
            ..CheckObject::new("rule", rule.clone(), outcome.state)
        }
    };
    outcomes.take(CHECKS_MAX).map(check).collect()
}

fn of_run(story: &Story, fact: RunFact) -> Vec<CheckObject> {
    let name = words::run_fact(fact);
    match fact {
        RunFact::Approved => {
            let approvals = story.shown().filter(|step| {
                story.node(step).is_some_and(|node| matches!(node.kind, Kind::Approval(_)))
                    && step.settled.as_ref().is_some_and(|settled| settled.why == SettledBy::Answers)
            });
            let check = |step: &Step| {
                let settled = step.settled.as_ref();
                let passed = settled.is_some_and(|settled| settled.outcome == Outcome::Passed);
                let state = if passed { State::Passed } else { State::Failed };
                let gate = Some(step.name.clone());
                CheckObject { gate, seq: settled.map(|one| one.seq), ..CheckObject::new("run", name, state) }
            };
            approvals.take(CHECKS_MAX).map(check).collect()
        }
        RunFact::Judged | RunFact::Passed => {
            let of = |end: &crate::story::Finished| {
                let state = match (end.verdict.scope, end.verdict.state) {
                    (Scope::Partial, _) => State::Undecided,
                    (Scope::Full, State::Failed) if fact == RunFact::Judged => State::Passed,
                    (Scope::Full, state) => state,
                };
                CheckObject { seq: Some(end.seq), ..CheckObject::new("run", name, state) }
            };
            story.finished.iter().map(of).collect()
        }
        RunFact::Protected => {
            let protected = story.started.as_ref().map(|(_, started)| match started.definitions {
                Definitions::Protected => State::Passed,
                // Nobody has shown that they were not; nobody has shown that they were.
                Definitions::IntroducedHere | Definitions::Unprotected => State::Undecided,
            });
            protected
                .into_iter()
                .map(|state| CheckObject { seq: Some(0), ..CheckObject::new("run", name, state) })
                .collect()
        }
        RunFact::Unchanged => {
            let of = |end: &crate::story::Finished| {
                let state = if end.verdict.tree_changed { State::Failed } else { State::Passed };
                CheckObject { seq: Some(end.seq), ..CheckObject::new("run", name, state) }
            };
            story.finished.iter().filter(|_| story.tree.is_some()).map(of).collect()
        }
    }
}
