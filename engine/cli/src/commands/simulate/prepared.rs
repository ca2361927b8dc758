//! A workflow made ready for a simulation: bounded, and with policies that judge what was made up.
//!
//! A step has what evidence the scenario gives it, so the real policies would find nothing measured. In their
//! place stands one rule: no finding of severity error. Judges get a policy each, by the name of their step, so
//! that each can come out as the scenario says.

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_kernel::ask::Expression;
use dod_kernel::decimal::Decimal;
use dod_kernel::id::Name;
use dod_kernel::policy::{
    ApprovalTerms, Comparison, Effect, Governance, Policy, Require, Required, Rule, Threshold, WaiverTerms,
};
use dod_kernel::workflow::{Kind, Limits, Parts, Workflow};
use dod_notation::lower::{RUN_TIMEOUT_MS, Settings};
use dod_notation::policy::Roles;

use super::scenario::{Scenario, State};

/// Activations of one simulation.
pub(crate) const ACTIVATIONS_MAX: u64 = 20_000_000;
/// Rounds of one multi-instance or loop activity in one simulation.
const ROUNDS_MAX: u32 = 1_000_000;
/// Scopes open at once in one simulation.
const SCOPES_MAX: u32 = 200_000;
/// Tokens at once in one scope of a simulation.
const TOKENS_MAX: u32 = 1_000_000;
/// The policy of the run.
const POLICY: &str = "simulated";

/// A workflow that can be simulated.
pub(crate) struct Prepared {
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) settings: Settings,
    /// Who belongs to a role, as the project says.
    pub(crate) roles: Roles,
}

impl Prepared {
    pub(crate) fn new(workflow: Workflow, settings: Settings, roles: Roles) -> Self {
        let limits = limited(workflow.limits());
        let judges = workflow.nodes().iter().any(|node| matches!(node.kind, Kind::Judge(_)));
        if limits == *workflow.limits() && !judges {
            return Self { workflow: Arc::new(workflow), settings, roles };
        }
        let mut parts = Parts { limits, ..Parts::from(workflow) };
        for node in &mut parts.nodes {
            if let Kind::Judge(policy) = &mut node.kind {
                *policy = judged_by(&node.name);
            }
        }
        let workflow =
            Workflow::new(parts).expect("smaller bounds and other words leave a graph as sound as it was");
        Self { workflow: Arc::new(workflow), settings, roles }
    }

    /// The longest the run may take, where a file says so: the default would end every simulated wait of a day.
    pub(crate) fn timeout_ms(&self) -> Option<u64> {
        Some(self.settings.timeout_ms).filter(|ms| *ms != RUN_TIMEOUT_MS)
    }

    /// Everybody who may answer, and a policy for the run and for each judge.
    pub(crate) fn governance(&self, scenario: &Scenario, people: &[Name]) -> Governance {
        let mut policies = vec![policy(POLICY.into(), State::Passed)];
        let mut roles = self.roles.clone();
        for node in self.workflow.nodes() {
            match &node.kind {
                Kind::Judge(_) => {
                    let state = scenario.outcome(node, 1);
                    policies.push(policy(judged_by(&node.name), state));
                }
                Kind::Approval(approval) => {
                    for role in &approval.from {
                        let members = roles.entry(role.clone()).or_default();
                        let missing =
                            people.iter().filter(|name| members.iter().all(|one| one.name != **name));
                        let missing: Vec<_> = missing
                            .map(|name| dod_kernel::policy::Member {
                                name: name.clone(),
                                ..Default::default()
                            })
                            .collect();
                        members.extend(missing);
                    }
                }
                _ => {}
            }
        }
        let judging = dod_kernel::policy::JUDGING;
        Governance { authors: Vec::new(), judging, policies, roles, waivers: Vec::new() }
    }
}

/// The bounds of a workflow, none of them beyond those of simulations.
fn limited(limits: &Limits) -> Limits {
    Limits {
        activations_max: limits.activations_max.min(ACTIVATIONS_MAX),
        rounds_max: limits.rounds_max.min(ROUNDS_MAX),
        scopes_max: limits.scopes_max.min(SCOPES_MAX),
        tokens_max: limits.tokens_max.min(TOKENS_MAX),
    }
}

fn judged_by(step: &Name) -> Name {
    format!("{POLICY}:{step}").into()
}

/// Finds fault with errors; and, where a judge is to come out otherwise, with everything or with what is missing.
fn policy(name: Name, state: State) -> Policy {
    let threshold = Threshold {
        fact: "findings.error".into(),
        is: Comparison::Equal,
        unit: "1".into(),
        value: Decimal::from(0_i64),
    };
    let rule = |id: &str, require| Rule {
        because: None,
        effect: Effect::Block,
        few_lines_ignored: false,
        gates: Vec::new(),
        id: id.into(),
        project: None,
        require,
        requirements: Vec::new(),
        when: None,
        when_measured: true,
    };
    let mut rules = vec![rule("no-errors", Require::Threshold(threshold))];
    let mut required = Vec::new();
    match state {
        State::Passed | State::Skipped => {}
        State::Failed => {
            let text = "false";
            let digest = dod_host::blob::digest_of(text.as_bytes());
            rules.push(rule(
                "as-the-scenario-says",
                Require::Expression(Expression { digest, text: text.into() }),
            ));
        }
        State::Undecided | State::Timeout => required.push(Required {
            any_of: Vec::new(),
            from_ancestor: false,
            gate: "as-the-scenario-says".into(),
            requirements: Vec::new(),
            within_ms: None,
        }),
    }
    let waivers = WaiverTerms { days_max: None, proved: false };
    let approvals = ApprovalTerms::default();
    Policy { approvals, extends: Vec::new(), name, required, rules, version: None, waivers }
}

/// Facts for conditions: what the scenario says, and the values of the inputs.
pub(crate) fn facts(prepared: &Prepared, scenario: &Scenario) -> BTreeMap<Name, dod_kernel::value::Value> {
    let mut facts = scenario.facts.clone();
    let inputs = dod_kernel::value::Value::Map(prepared.settings.inputs.clone());
    facts.entry("inputs".into()).or_insert(inputs);
    facts
}
