//! Judging one gate on its full evidence.
//!
//! ```text
//!   holds                          passed
//!   holds without what is waived   waived
//!   does not hold                  failed, or waived where the rule itself is
//!   unknown, other unit, no tests  undecided
//! ```
//!
//! **Absent on purpose:** rules over the whole run, and running anything.

use std::cell::OnceCell;

use crate::ask::{Ask, Facts};
use crate::evidence::{Evidence, Finding, Severity, Summary};
use crate::id::{Name, Timestamp};
use crate::policy::facts::{PROBLEMS, kind_of, of_gate};
use crate::policy::unit::Fact;
use crate::policy::waive::Waivers;
use crate::policy::{
    Answered, Effect, Governance, Policy, Require, Rule, RuleOutcome, State, Threshold, Waiver, Why,
};

/// Kinds whose evidence leaves nothing open if no rule can judge it: the exit code of a build already says
/// whether it worked, and a number of a performance gate is no good or bad news until somebody sets a limit.
pub(super) const SPEAK_FOR_THEMSELVES: &[&str] = &["build", "install", "performance"];

/// The gate that is judged.
#[derive(Clone, Copy)]
pub struct GateAsked<'a> {
    /// The facts that a rule's own condition (`if`) is asked over: [`RunFacts`](crate::policy::RunFacts).
    pub facts: &'a dyn Facts,
    /// `lint`, `test`, …
    pub kind: &'a Name,
    /// The step's name.
    pub name: &'a Name,
    /// When.
    pub now: Timestamp,
    /// Its project in a monorepo.
    pub project: Option<&'a Name>,
}

/// Judges a gate by every threshold rule that looks at it.
///
/// Returns how the gate came out (passed, failed, undecided or waived) and the outcome of each rule asked. A
/// gate that no rule looks at has passed: what to ask is the policy's business. A gate whose kind a rule names
/// (or whose kind is there to find the rule's fact) and that no rule could judge is undecided, even if the rule
/// is asked only when measured: it was there, and what it is there for is not known.
pub fn judge_gate(
    policy: &Policy,
    governance: &Governance,
    gate: GateAsked<'_>,
    evidence: &Evidence,
    summary: &Summary,
    ask: &dyn Ask,
) -> (State, Vec<RuleOutcome>) {
    let named = policy.rules.iter().any(|rule| rule.names(gate.kind, gate.name));
    let seen = Seen { policy, governance, gate, named, evidence, summary, ask, exceptions: OnceCell::new() };
    let mut outcomes: Vec<RuleOutcome> = policy.rules.iter().filter_map(|rule| seen.outcome(rule)).collect();
    let nothing_judged = outcomes.iter().all(|one| matches!(one.why, Why::NotMeasured { .. } | Why::NoTests));
    if nothing_judged && !SPEAK_FOR_THEMSELVES.contains(&gate.kind.as_str()) {
        for outcome in &mut outcomes {
            outcome.state = State::Undecided;
        }
    }
    (fold(&outcomes), outcomes)
}

/// What was answered to the condition of a rule, and whether the rule is asked: unknown stays unknown.
pub(super) fn condition(rule: &Rule, facts: &dyn Facts, ask: &dyn Ask) -> (Option<Answered>, Option<bool>) {
    let Some(expression) = &rule.when else { return (None, Some(true)) };
    let answer = ask.evaluate(expression, facts);
    let truth = answer.clone().truth().ok().flatten();
    (Some(Answered { answer, engine: ask.engine(), expression: expression.digest }), truth)
}

/// The outcome of a rule whose condition did not answer with true.
pub(super) fn not_asked(
    rule: &Rule,
    gate: Option<&Name>,
    when: Option<Answered>,
    asked: Option<bool>,
) -> RuleOutcome {
    let state = if asked.is_none() { State::Undecided } else { State::NotApplicable };
    RuleOutcome {
        effect: rule.effect,
        gate: gate.cloned(),
        rule: rule.id.clone(),
        state,
        when,
        why: Why::NotAsked,
    }
}

/// What was waived and by whom, as outcomes and verdicts name it.
pub(super) fn named(waiver: &Waiver) -> (Name, Name) {
    (waiver.of.clone(), waiver.approved_by.clone())
}

/// Failed before undecided before waived before passed; only rules that block count.
fn fold(outcomes: &[RuleOutcome]) -> State {
    let any = |state| outcomes.iter().any(|one| one.effect == Effect::Block && one.state == state);
    [State::Failed, State::Undecided, State::Waived]
        .into_iter()
        .find(|state| any(*state))
        .unwrap_or(State::Passed)
}

/// A gate with everything that its rules are asked over.
struct Seen<'a> {
    policy: &'a Policy,
    governance: &'a Governance,
    gate: GateAsked<'a>,
    /// A rule names it or its kind.
    named: bool,
    evidence: &'a Evidence,
    summary: &'a Summary,
    ask: &'a dyn Ask,
    /// Worked out when the first rule does not hold, so that a good gate costs nothing for each waiver.
    exceptions: OnceCell<Exceptions<'a>>,
}

/// What is waived at a gate.
struct Exceptions<'a> {
    waivers: Waivers<'a>,
    /// The summary without what is waived, where anything is.
    open: Option<Summary>,
    /// The waived findings in the order of the evidence.
    waived: Vec<(&'a Finding, &'a Waiver)>,
}

impl<'a> Seen<'a> {
    fn exceptions(&self) -> &Exceptions<'a> {
        self.exceptions.get_or_init(|| {
            let waivers = Waivers::counting(self.policy, self.governance, self.gate.now);
            let (open, waived) = waivers.open(self.evidence, self.summary).unzip();
            Exceptions { waivers, open, waived: waived.unwrap_or_default() }
        })
    }

    fn outcome(&self, rule: &Rule) -> Option<RuleOutcome> {
        let Require::Threshold(wanted) = &rule.require else { return None };
        let GateAsked { kind, name, project, .. } = self.gate;
        let fact = self.fact(&wanted.fact, self.summary, &[]);
        let about =
            rule.names(kind, name) || rule.gates.is_empty() && kind_of(&wanted.fact) == Some(kind.as_str());
        let others = rule.is_for_others() && self.named && !rule.names(kind, name);
        if !rule.looks_at(kind, name, project) || others || !about && fact.is_none() {
            return None;
        }
        let (when, asked) = condition(rule, self.gate.facts, self.ask);
        if asked != Some(true) {
            return Some(not_asked(rule, Some(name), when, asked));
        }
        let (state, why) = self.judge(rule, wanted, fact);
        Some(RuleOutcome {
            effect: rule.effect,
            gate: Some(name.clone()),
            rule: rule.id.clone(),
            state,
            when,
            why,
        })
    }

    fn judge(&self, rule: &Rule, wanted: &Threshold, fact: Option<Fact>) -> (State, Why) {
        if self.tested_nothing(&wanted.fact) {
            return (State::Undecided, Why::NoTests);
        }
        let Some(fact) = fact else {
            let state = if rule.when_measured { State::NotApplicable } else { State::Undecided };
            return (state, Why::NotMeasured { fact: wanted.fact.clone() });
        };
        let compared = |fact: &Fact| Why::Compared {
            fact: wanted.fact.clone(),
            found: fact.measure(),
            wanted: wanted.clone(),
        };
        match fact.meets(wanted) {
            None => {
                let (name, found) = (wanted.fact.clone(), fact.measure());
                return (State::Undecided, Why::Unit { fact: name, found, wanted: wanted.clone() });
            }
            Some(true) => return (State::Passed, compared(&fact)),
            Some(false) => {}
        }
        let Exceptions { waivers, open, waived } = self.exceptions();
        let left = open.as_ref().and_then(|open| self.fact(&wanted.fact, open, waived));
        let by = match (&left, waivers.of_rule(&rule.id, Some(self.gate.name))) {
            (Some(left), _) if left.meets(wanted) == Some(true) => self.waivers_behind(&wanted.fact, waived),
            (_, Some(waiver)) => vec![named(waiver)],
            // What counts is what is left after the waivers.
            (left, None) => return (State::Failed, compared(left.as_ref().unwrap_or(&fact))),
        };
        (State::Waived, Why::Waived { by, otherwise: Box::new(compared(&fact)) })
    }

    /// The fact by this summary, which leaves these findings out: the full one, or the one without what is waived.
    fn fact(&self, name: &Name, summary: &Summary, without: &[(&Finding, &Waiver)]) -> Option<Fact> {
        if !PROBLEMS.contains(&name.as_str()) {
            return of_gate(self.gate.kind, summary, name);
        }
        let findings = summary.findings.as_ref()?;
        let (severity, all) = match name.as_str() {
            "problems.error" => (Severity::Error, findings.error),
            _ => (Severity::Warning, findings.warning),
        };
        if summary.vulnerabilities.is_none() {
            return Some(Fact::count(all));
        }
        let mut skip = without.iter().map(|(finding, _)| *finding).peekable();
        let left = self.evidence.findings.as_deref()?.iter();
        let counted = left
            .filter(|one| skip.next_if(|next| std::ptr::eq(*next, *one)).is_none())
            .filter(|one| one.vulnerability.is_none() && !one.suppressed && one.severity == severity);
        Some(Fact::count(counted.count() as u64))
    }

    /// No test case, or none that ran: an empty run is not a pass.
    fn tested_nothing(&self, fact: &Name) -> bool {
        fact.starts_with("tests.")
            && self.summary.tests.as_ref().is_some_and(|tests| {
                tests.total() == 0
                    || tests.total() == tests.skipped && !matches!(&**fact, "tests.skipped" | "tests.total")
            })
    }

    /// The waivers of findings that this fact counts, each once.
    fn waivers_behind(&self, fact: &Name, waived: &[(&Finding, &Waiver)]) -> Vec<(Name, Name)> {
        let mut by: Vec<(Name, Name)> = Vec::new();
        for (finding, waiver) in waived {
            let name = named(waiver);
            if !by.contains(&name) && self.counts(fact, finding) {
                by.push(name);
            }
        }
        by
    }

    /// Whether a fact would be another number without this finding.
    fn counts(&self, fact: &Name, finding: &Finding) -> bool {
        let alone = Evidence {
            findings: Some(vec![finding.clone()]),
            compared: self.evidence.compared,
            licenses_sought: self.summary.licenses.is_some(),
            vulnerabilities_sought: self.summary.vulnerabilities.is_some(),
            ..Evidence::default()
        };
        match fact.as_str() {
            "problems.error" => finding.vulnerability.is_none() && finding.severity == Severity::Error,
            "problems.warning" => finding.vulnerability.is_none() && finding.severity == Severity::Warning,
            name => {
                of_gate(self.gate.kind, &alone.summary(), name).is_some_and(|found| found != Fact::count(0))
            }
        }
    }
}
