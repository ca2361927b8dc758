//! Trying a policy on example evidence: what it says, and how that differs from what a test expects.
//!
//! **Absent on purpose:** reading tests (`cases`, `given`), printing, files and the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dod_kernel::ask::{Answer, Ask, Expression, Facts};
use dod_kernel::evidence::{Evidence, Summary};
use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::{
    Definitions, Effect, GateAsked, GateSeen, GateState, Governance, JUDGING, Judgement, Picture, Policy,
    Reason, RuleOutcome, RunFacts, Scope, State, judge_gate, step_of, verdict,
};

use super::cases::Case;
use super::given::Left;

/// What a policy says of a test's evidence.
#[derive(Clone, Debug)]
pub struct Tried {
    /// How every gate's rules came out, in the order of the test.
    pub outcomes: Vec<RuleOutcome>,
    /// The verdict, and the rules over the whole run.
    pub judgement: Judgement,
    /// Where that is not what the test expects; none: the test holds.
    pub differences: Vec<Difference>,
}

/// Something that is not as a test expects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The verdict.
    Verdict {
        /// What was expected.
        expected: State,
        /// What the policy says.
        found: State,
    },
    /// Rules and required gates that fail, or are undecided, or what is waived.
    Names {
        /// The key of the test that names them: `because`, `undecided` or `waived`.
        key: &'static str,
        /// Expected and not so.
        missing: Vec<Name>,
        /// So and not expected.
        unexpected: Vec<Name>,
    },
}

/// A gate of a test.
struct Gate {
    evidence: Arc<Evidence>,
    kind: Name,
    leg: bool,
    name: Name,
    outcomes: Vec<RuleOutcome>,
    project: Option<Name>,
    state: GateState,
    summary: Option<Summary>,
}

/// Tries a policy on one of its tests. `ask` answers expressions.
pub fn try_out(policy: &Policy, case: &Case, ask: &dyn Ask) -> Tried {
    let governance = Governance {
        authors: case.authors.clone(),
        judging: JUDGING,
        policies: vec![policy.clone()],
        roles: BTreeMap::new(),
        waivers: case.waivers.clone(),
    };
    let gates = gates(policy, &governance, case, ask);
    let outputs = BTreeMap::new();
    let digest = |at: usize| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&(at as u64).to_le_bytes());
        Digest(bytes)
    };
    let seen = gates.iter().enumerate().map(|(at, gate)| GateSeen {
        allow_failure: false,
        evidence: gate.summary.is_some().then(|| digest(at)),
        kind: &gate.kind,
        leg: gate.leg,
        name: &gate.name,
        outcomes: &gate.outcomes,
        project: gate.project.as_ref(),
        state: gate.state.clone(),
        summary: gate.summary.as_ref(),
    });
    let picture = Picture {
        facts: &case.facts,
        changed: case.changed.as_deref(),
        definitions: Definitions::Protected,
        gates: seen.collect(),
        now: case.at,
        own_reasons: Vec::new(),
        outputs: &outputs,
        recorded: &[],
        scope: Scope::Full,
        tree_changed: false,
    };
    let evidence = gates.iter().enumerate().map(|(at, gate)| (digest(at), gate.evidence.clone())).collect();
    let judgement = verdict(policy, &governance, &picture, &Within { ask, evidence });
    let differences = differences(case, &judgement);
    let outcomes = gates.into_iter().flat_map(|gate| gate.outcomes).collect();
    Tried { outcomes, judgement, differences }
}

fn gates(policy: &Policy, governance: &Governance, case: &Case, ask: &dyn Ask) -> Vec<Gate> {
    let outputs = BTreeMap::new();
    let facts = RunFacts::new(&case.facts, &outputs, case.changed.as_deref());
    let step = |name: &str| step_of(name).map(str::to_owned);
    let legs = |name: &Name| {
        let of = step(name);
        of.is_some() && case.given.iter().filter(|other| step(&other.name) == of).count() > 1
    };
    let mut found: Vec<Gate> = Vec::new();
    for given in &case.given {
        let leg = legs(&given.name);
        let (evidence, state) = match &given.left {
            Left::Evidence(evidence) => (Some(evidence.as_ref().clone()), GateState::Open),
            Left::Failed => (None, GateState::Failed),
            Left::Passed => (None, GateState::PassedByExitCode),
            Left::Skipped => (None, GateState::Skipped),
            Left::Undecided => (None, GateState::Undecided),
        };
        let mut gate = Gate {
            summary: evidence.as_ref().map(Evidence::summary),
            evidence: Arc::new(evidence.unwrap_or_default()),
            kind: given.kind.clone(),
            leg,
            name: given.name.clone(),
            outcomes: Vec::new(),
            project: given.project.clone(),
            state,
        };
        if let Some(summary) = &gate.summary {
            let asked = GateAsked {
                facts: &facts,
                kind: &gate.kind,
                leg,
                name: &gate.name,
                now: case.at,
                project: gate.project.as_ref(),
            };
            let (state, outcomes) = judge_gate(policy, governance, asked, &gate.evidence, summary, ask);
            gate.state = GateState::Judged(state);
            gate.outcomes = outcomes;
        }
        found.push(gate);
    }
    if case.others_pass {
        for required in &policy.required {
            if found.iter().any(|gate| required.names(Some(&gate.kind), &gate.name)) {
                continue;
            }
            found.push(Gate {
                evidence: Arc::default(),
                kind: required.gate.clone(),
                leg: false,
                name: required.gate.clone(),
                outcomes: Vec::new(),
                project: None,
                state: GateState::PassedByExitCode,
                summary: None,
            });
        }
    }
    found
}

fn differences(case: &Case, judgement: &Judgement) -> Vec<Difference> {
    let mut found = Vec::new();
    let state = judgement.verdict.state;
    if state != case.expect {
        found.push(Difference::Verdict { expected: case.expect, found: state });
    }
    let named = |wanted: State| {
        let reasons = judgement.verdict.reasons.iter();
        reasons.filter_map(|reason| named(reason, wanted)).collect::<BTreeSet<&Name>>()
    };
    let waived = judgement.verdict.waived.iter().map(|(of, _)| of).collect();
    for (key, expected, found_names) in [
        ("because", &case.because, named(State::Failed)),
        ("undecided", &case.undecided, named(State::Undecided)),
        ("waived", &case.waived, waived),
    ] {
        let Some(expected) = expected else { continue };
        let expected: BTreeSet<&Name> = expected.iter().collect();
        let beside = |left: &BTreeSet<&Name>, right: &BTreeSet<&Name>| {
            left.difference(right).map(|name| (*name).clone()).collect::<Vec<_>>()
        };
        let (missing, unexpected) = (beside(&expected, &found_names), beside(&found_names, &expected));
        if !missing.is_empty() || !unexpected.is_empty() {
            found.push(Difference::Names { key, missing, unexpected });
        }
    }
    found
}

/// The rule or gate that a reason names, where it weighs so much. What only warns weighs nothing.
fn named(reason: &Reason, wanted: State) -> Option<&Name> {
    match reason {
        Reason::Rule(outcome) => {
            (outcome.effect == Effect::Block && outcome.state == wanted).then_some(&outcome.rule)
        }
        Reason::Missing { gate, state, .. } => {
            let own = if *state == Some(State::Failed) { State::Failed } else { State::Undecided };
            (own == wanted).then_some(gate)
        }
        Reason::StepFailed { step } => (wanted == State::Failed).then_some(step),
        Reason::StepUndecided { step } => (wanted == State::Undecided).then_some(step),
        _ => None,
    }
}

/// Answers expressions, and has the evidence of the test.
struct Within<'a> {
    ask: &'a dyn Ask,
    evidence: BTreeMap<Digest, Arc<Evidence>>,
}

impl Ask for Within<'_> {
    fn engine(&self) -> Name {
        self.ask.engine()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.ask.evaluate(expression, facts)
    }

    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        self.ask.messages(rule, module, facts)
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        self.evidence.get(digest).cloned()
    }
}
