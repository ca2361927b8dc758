//! Judging one gate on its full evidence.
//!
//! ```text
//!   holds                          passed
//!   holds without what is waived   waived
//!   does not hold                  failed, or waived where the rule itself is
//!   unknown, other unit, no tests  undecided
//!   at least N                     failed where N breaks the rule, else undecided
//!   no line that could be covered  not applicable, for rules about changed lines
//! ```
//!
//! A rule about coverage is not asked of one of several legs of a step: see `legs`.
//!
//! **Absent on purpose:** rules over the whole run, and running anything.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::ask::{Ask, Facts};
use crate::evidence::{Evidence, Finding, Severity, Summary};
use crate::id::{Name, Timestamp};
use crate::policy::facts::{CHANGED, CHANGED_LINES, PROBLEMS, kind_of, of_gate, of_gate_for, ratchet};
use crate::policy::legs::is_united;
use crate::policy::unit::{Fact, Meets, More, is_bare};
use crate::policy::waive::{Waivers, except};
use crate::policy::{
    Answered, Effect, Governance, Lack, OLD_IS_UNKNOWN, Policy, Require, Rule, RuleOutcome, State, Threshold,
    Waiver, Why,
};

/// A change with fewer lines that could be covered is small: one line more or less decides. As many as the usual
/// gates on new code leave out.
pub const CHANGED_LINES_FEW: u64 = 20;

/// The age of the vulnerability database. Too old a one has not found anything bad: it does not know.
const AGE: &str = "vulndb.age_days";

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
    /// It is one of several legs of a step, whose coverage is judged together when the run is.
    pub leg: bool,
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
    let seen = Seen::new(policy, governance, gate, evidence, summary, ask);
    let own = |rule: &&Rule| !(gate.leg && is_united(rule, gate.name));
    let mut outcomes: Vec<RuleOutcome> =
        policy.rules.iter().filter(own).filter_map(|rule| seen.outcome(rule)).collect();
    let unmeasured = |one: &RuleOutcome| one.why.is_unmeasured() || one.why == Why::NoTests;
    if outcomes.iter().all(unmeasured) && !SPEAK_FOR_THEMSELVES.contains(&gate.kind.as_str()) {
        for outcome in &mut outcomes {
            outcome.state = State::Undecided;
        }
    }
    (fold(&outcomes), outcomes)
}

/// What was answered to the condition of a rule, and whether the rule is asked: unknown stays unknown.
pub(super) fn condition(rule: &Rule, facts: &dyn Facts, ask: &dyn Ask) -> (Option<Answered>, Option<bool>) {
    let Some(expression) = &rule.when else { return (None, Some(true)) };
    let (engine, answer) = ask.answer(expression, facts);
    let truth = answer.clone().truth().ok().flatten();
    (Some(Answered { answer, engine, expression: expression.digest }), truth)
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
pub(super) struct Seen<'a> {
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
    problems: OnceCell<Option<Problems>>,
}

/// Findings that are not vulnerabilities.
#[derive(Clone, Copy)]
struct Problems {
    errors: u64,
    warnings: u64,
}

impl Problems {
    fn among<'f>(all: impl Iterator<Item = &'f Finding>) -> Self {
        let mut counts = Self { errors: 0, warnings: 0 };
        for one in all.filter(|one| one.vulnerability.is_none() && !one.suppressed) {
            counts.errors += u64::from(one.severity == Severity::Error);
            counts.warnings += u64::from(one.severity == Severity::Warning);
        }
        counts
    }

    /// Where no vulnerabilities were looked for, everything is a problem.
    fn of<'f>(summary: &Summary, all: Option<impl Iterator<Item = &'f Finding>>) -> Option<Self> {
        let findings = summary.findings.as_ref()?;
        match summary.vulnerabilities {
            None => Some(Self { errors: findings.error, warnings: findings.warning }),
            Some(_) => all.map(Self::among),
        }
    }

    fn fact(self, name: &str) -> Fact {
        Fact::count(if name == "problems.error" { self.errors } else { self.warnings })
    }
}

/// What is waived at a gate.
struct Exceptions<'a> {
    waivers: Waivers<'a>,
    /// The summary without what is waived, and the problems that are left, where anything is waived.
    open: Option<(Summary, Option<Problems>)>,
    /// The waived findings in the order of the evidence.
    waived: Vec<(&'a Finding, &'a Waiver)>,
    /// What each waiver waives, counted, in the order of their first findings.
    each: Vec<(&'a Waiver, Summary, Problems)>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        governance: &'a Governance,
        gate: GateAsked<'a>,
        evidence: &'a Evidence,
        summary: &'a Summary,
        ask: &'a dyn Ask,
    ) -> Self {
        let named = policy.rules.iter().any(|rule| rule.names(gate.kind, gate.name));
        Self {
            policy,
            governance,
            gate,
            named,
            evidence,
            summary,
            ask,
            exceptions: OnceCell::new(),
            problems: OnceCell::new(),
        }
    }

    fn exceptions(&self) -> &Exceptions<'a> {
        self.exceptions.get_or_init(|| {
            let waivers = Waivers::counting(self.policy, self.governance, self.gate.now);
            let (open, waived) = waivers.open(self.evidence, self.summary).unzip();
            let waived = waived.unwrap_or_default();
            let all = self.evidence.findings.as_deref();
            let open = open.map(|open| {
                let problems = Problems::of(&open, all.map(|all| except(all, &waived)));
                (open, problems)
            });
            let each = self.each(&waived);
            Exceptions { waivers, open, waived, each }
        })
    }

    fn each(&self, waived: &[(&'a Finding, &'a Waiver)]) -> Vec<(&'a Waiver, Summary, Problems)> {
        let mut at: BTreeMap<*const Waiver, usize> = BTreeMap::new();
        let mut each: Vec<(&Waiver, Vec<&Finding>)> = Vec::new();
        for (finding, waiver) in waived {
            let at = *at.entry(std::ptr::from_ref(*waiver)).or_insert_with(|| {
                each.push((waiver, Vec::new()));
                each.len() - 1
            });
            each[at].1.push(finding);
        }
        // Findings alone: what else the gate showed is nobody's to waive, and is not copied for each waiver.
        let Summary { introduced, licenses, vulnerabilities, .. } = *self.summary;
        let none = Summary { introduced, licenses, vulnerabilities, ..Summary::default() };
        let counted = |(waiver, findings): (&'a Waiver, Vec<&Finding>)| {
            let all = findings.iter().copied();
            (waiver, none.with_findings(all.clone()), Problems::among(all))
        };
        each.into_iter().map(counted).collect()
    }

    /// The fact in the summary without what is waived.
    ///
    /// A number that may not rise or drop has the waived findings of the base in both of its sides: were they taken
    /// from one, they would make room for new ones.
    fn left(&self, wanted: &Threshold) -> Option<Fact> {
        let Exceptions { open, waived, .. } = self.exceptions();
        let (open, problems) = open.as_ref()?;
        if ratchet(&wanted.fact).is_none() {
            return self.fact(wanted, open, || *problems);
        }
        let new: Vec<_> = waived.iter().filter(|(finding, _)| is_new(finding)).copied().collect();
        let all = self.evidence.findings.as_deref()?;
        of_gate_for(self.gate.kind, &self.summary.with_findings(except(all, &new)), wanted)
    }

    /// The fact in the full summary.
    fn found(&self, wanted: &Threshold) -> Option<Fact> {
        let all = || self.evidence.findings.as_deref().map(<[Finding]>::iter);
        self.fact(wanted, self.summary, || *self.problems.get_or_init(|| Problems::of(self.summary, all())))
    }

    pub(super) fn outcome(&self, rule: &Rule) -> Option<RuleOutcome> {
        let Require::Threshold(wanted) = &rule.require else { return None };
        let GateAsked { kind, name, project, .. } = self.gate;
        let fact = self.found(wanted);
        let few = self.few_lines(rule, &wanted.fact);
        let about =
            rule.names(kind, name) || rule.gates.is_empty() && kind_of(&wanted.fact) == Some(kind.as_str());
        let others = rule.is_for_others() && self.named && !rule.names(kind, name);
        if !rule.looks_at(kind, name, project) || others || !about && fact.is_none() && few.is_none() {
            return None;
        }
        let (when, asked) = condition(rule, self.gate.facts, self.ask);
        if asked != Some(true) {
            return Some(not_asked(rule, Some(name), when, asked));
        }
        let (state, why) = match few {
            Some(few) => (State::NotApplicable, few),
            None => self.judge(rule, wanted, fact),
        };
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
            // What may not drop was not measured itself, or there is nothing that it could have dropped from.
            let plain = ratchet(&wanted.fact).map(|(fact, _)| fact);
            let plain = plain.filter(|fact| of_gate(self.gate.kind, self.summary, fact).is_none());
            let fact = plain.map_or_else(|| wanted.fact.clone(), Name::from);
            return (state, Why::NotMeasured { fact });
        };
        let compared = |fact: &Fact| Why::Compared {
            fact: wanted.fact.clone(),
            found: fact.measure(),
            wanted: wanted.clone(),
        };
        let first = meets(&fact, wanted);
        match first {
            Meets::OtherUnit => {
                let (name, found) = (wanted.fact.clone(), fact.measure());
                return (State::Undecided, Why::Unit { fact: name, found, wanted: wanted.clone() });
            }
            Meets::Yes => return (State::Passed, compared(&fact)),
            Meets::No if *wanted.fact == *AGE && self.governance.judging >= OLD_IS_UNKNOWN => {
                return (State::Undecided, compared(&fact));
            }
            Meets::No | Meets::Open => {}
        }
        let waivers = &self.exceptions().waivers;
        let left = self.left(wanted);
        // What counts is what is left after the waivers.
        let counts = left.as_ref().unwrap_or(&fact);
        let otherwise = |first| if first == Meets::Open { self.open(wanted, &fact) } else { compared(&fact) };
        let now = left.as_ref().map_or(first, |left| meets(left, wanted));
        let by = match (now, waivers.of_rule(&rule.id, Some(self.gate.name))) {
            (Meets::Yes, _) => self.waivers_behind(&wanted.fact),
            // What is not known cannot be waived with a rule.
            (Meets::Open, _) => return (State::Undecided, self.open(wanted, counts)),
            (_, Some(waiver)) => vec![named(waiver)],
            (_, None) => return (State::Failed, compared(counts)),
        };
        (State::Waived, Why::Waived { by, otherwise: Box::new(otherwise(first)) })
    }

    /// A lower bound that keeps its threshold.
    fn open(&self, wanted: &Threshold, found: &Fact) -> Why {
        let lacks = match found.more {
            More::UpTo(more) if wanted.fact.starts_with("licenses.") => Lack::Licenses(more),
            More::UpTo(more) => Lack::Introduced(more),
            More::Any | More::None => Lack::Unchecked(self.summary.unchecked),
        };
        Why::Open { fact: wanted.fact.clone(), found: Some(found.measure()), lacks, wanted: wanted.clone() }
    }

    /// Why a rule about changed lines is not asked: none of them can be covered, or fewer than it cares for.
    fn few_lines(&self, rule: &Rule, fact: &Name) -> Option<Why> {
        if !fact.starts_with(CHANGED) || **fact == *CHANGED_LINES {
            return None;
        }
        let lines = changed_lines(self.summary)?;
        let few = lines == 0 || rule.few_lines_ignored && lines < CHANGED_LINES_FEW;
        few.then(|| Why::FewLines { fact: fact.clone(), lines })
    }

    /// The fact by this summary: the full one, or the one without what is waived.
    fn fact(
        &self,
        wanted: &Threshold,
        summary: &Summary,
        problems: impl FnOnce() -> Option<Problems>,
    ) -> Option<Fact> {
        let name = &wanted.fact;
        if **name == *AGE {
            let age = of_gate(self.gate.kind, summary, name)?;
            // The name says the unit, so a bare number is one of days on either side.
            let part = age.in_unit("d").or(is_bare(&age.unit).then_some(age.part));
            let unit = if is_bare(&wanted.unit) { wanted.unit.clone() } else { "d".into() };
            return Some(part.map_or(age.clone(), |part| Fact { part, unit, ..age }));
        }
        if PROBLEMS.contains(&name.as_str()) {
            return problems().map(|problems| problems.fact(name));
        }
        of_gate_for(self.gate.kind, summary, wanted)
    }

    /// No test case, or none that ran: an empty run is not a pass.
    fn tested_nothing(&self, fact: &Name) -> bool {
        fact.starts_with("tests.")
            && self.summary.tests.as_ref().is_some_and(|tests| {
                tests.total() == 0
                    || tests.total() == tests.skipped && !matches!(&**fact, "tests.skipped" | "tests.total")
            })
    }

    /// The waivers of findings that this fact counts, each once, in the order of those findings.
    fn waivers_behind(&self, fact: &Name) -> Vec<(Name, Name)> {
        let Exceptions { waived, each, .. } = self.exceptions();
        let compared = ratchet(fact).is_some();
        let fact = ratchet(fact).map_or(fact.as_str(), |(fact, _)| fact);
        let counting = each.iter().filter(|(_, summary, problems)| self.counts(fact, summary, *problems));
        let mut open: BTreeSet<*const Waiver> =
            counting.map(|(waiver, ..)| std::ptr::from_ref(*waiver)).collect();
        let (mut by, mut named_before) = (Vec::new(), BTreeSet::new());
        for (finding, waiver) in waived.iter().filter(|(finding, _)| !compared || is_new(finding)) {
            if open.is_empty() {
                break;
            }
            let waiver: &Waiver = waiver;
            if open.contains(&std::ptr::from_ref(waiver)) && self.counts_one(fact, finding) {
                open.remove(&std::ptr::from_ref(waiver));
                let name = named(waiver);
                if named_before.insert(name.clone()) {
                    by.push(name);
                }
            }
        }
        by
    }

    /// Whether a fact would be another number without these findings.
    fn counts(&self, fact: &str, summary: &Summary, problems: Problems) -> bool {
        let found = match PROBLEMS.contains(&fact) {
            true => Some(problems.fact(fact)),
            false => of_gate(self.gate.kind, summary, fact),
        };
        found.is_some_and(|found| found != Fact::count(0))
    }

    fn counts_one(&self, fact: &str, finding: &Finding) -> bool {
        let Summary { introduced, licenses, vulnerabilities, .. } = *self.summary;
        let none = Summary { introduced, licenses, vulnerabilities, ..Summary::default() };
        let one = || std::iter::once(finding);
        self.counts(fact, &none.with_findings(one()), Problems::among(one()))
    }
}

/// Whether the base's number is known to be without this finding.
fn is_new(finding: &Finding) -> bool {
    finding.introduced == Some(true)
}

/// That nothing has gone up or down is the same in every unit.
fn meets(fact: &Fact, wanted: &Threshold) -> Meets {
    if wanted.is_nothing() {
        fact.meets(&Threshold { unit: fact.unit.clone(), ..wanted.clone() })
    } else {
        fact.meets(wanted)
    }
}

/// How many of the lines that a change brought can be covered, where that is known.
pub(super) fn changed_lines(summary: &Summary) -> Option<u64> {
    let lines = summary.measures.get(CHANGED_LINES)?.value.as_integer()?;
    u64::try_from(lines).ok()
}
