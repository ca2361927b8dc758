//! The verdict over a whole run.
//!
//! ```text
//!   what the kernel knows   failed and undecided steps, incidents, cancellation
//!   required gates          there, and good, or recorded not long ago; left out by a flag is said and not judged
//!   gates                   what their rules came to, unless they may fail
//!   rules over the run      expressions and modules over summaries; thresholds that no gate could answer
//!   ──────────────────────  failed before undecided before passed
//! ```
//!
//! **Absent on purpose:** the run itself ([`Picture`] is drawn by whoever has one), sentences for people.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::ask::{Answer, Ask, Expression, Wrong};
use crate::evidence::Evidence;
use crate::id::{Name, RunId};
use crate::policy::facts::{CHANGED, kind_of, needs_base, of_gate, ratchet, without_base};
use crate::policy::judge::{SPEAK_FOR_THEMSELVES, Seen, changed_lines, condition, named, not_asked};
use crate::policy::legs::{Leg, Union, is_silent, is_united, step_of, unite};
use crate::policy::recorded::rest;
use crate::policy::waive::{Waivers, refusal};
use crate::policy::{
    Answered, CHANGED_LINES_FEW, Effect, GateAsked, GateSeen, GateState, Governance, Picture, Policy, Reason,
    RecordedGate, Rego, Require, Required, Rule, RuleOutcome, RunFacts, Scope, State, Threshold, Verdict,
    Why, judge_gate,
};
use crate::value::Value;

/// Reasons a verdict keeps; the worst come first, and a [`Reason::Limit`] says that there were more.
pub const REASONS_MAX: usize = 1_000;

/// A verdict, and how each rule over the run came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Rules over the whole run, in the policy's order.
    pub outcomes: Vec<RuleOutcome>,
    /// The verdict.
    pub verdict: Verdict,
}

/// Judges a run.
pub fn verdict(policy: &Policy, governance: &Governance, picture: &Picture<'_>, ask: &dyn Ask) -> Judgement {
    let waivers = Waivers::counting(policy, governance, picture.now);
    let gates = looked_at(policy, governance, picture, ask);
    let mut found = Found { reasons: picture.own_reasons.clone(), ..Found::default() };
    let rested = found.settle_required(policy, governance, picture, &gates);
    for gate in &gates {
        found.fold_gate(gate);
    }
    let steps = steps(&gates, ask);
    let of_steps = judge_steps(policy, governance, picture, &steps, ask);
    let unanswered = |one: &&RuleOutcome| one.state == State::NotApplicable && one.why.is_unmeasured();
    let outcomes = gates.iter().flat_map(|one| one.outcomes.iter()).chain(&of_steps);
    let outcomes = outcomes.chain(rested.iter().flat_map(|one| &one.outcomes));
    let answered = outcomes.filter(|one| !unanswered(one)).map(|one| &one.rule).collect();
    found.few_lines = few_lines(policy, &gates, &steps, &of_steps);
    let united: Vec<GateSeen<'_>> = steps.iter().map(Step::seen).collect();
    let run = Run { picture, gates: &gates, united: &united, answered, waivers: &waivers, ask };
    let mut outcomes = of_steps.clone();
    for rule in &policy.rules {
        outcomes.extend(run.without_base(rule));
        match &rule.require {
            Require::Expression(expression) => outcomes.push(run.expression(rule, expression)),
            Require::Rego(rego) => outcomes.push(run.rego(rule, rego)),
            Require::Threshold(wanted) => match run.unmeasured(rule, wanted) {
                Unmeasured::No => found.told.extend(kind(rule, wanted)),
                Unmeasured::NotAsked => {}
                Unmeasured::Undecided(outcome) => {
                    found.told.extend(kind(rule, wanted));
                    outcomes.push(*outcome);
                }
                Unmeasured::Fine => found.not_measured.extend(kind(rule, wanted)),
            },
        }
    }
    let may_fail = |outcome: &RuleOutcome| {
        let step = steps.iter().find(|step| Some(step.name.as_str()) == outcome.gate.as_deref());
        step.is_some_and(|step| step.legs.iter().all(|leg| leg.gate.allow_failure))
    };
    for outcome in &outcomes {
        if may_fail(outcome) {
            found.note_waivers(outcome);
        } else {
            found.fold_outcome(outcome);
        }
    }
    found.settle_unmeasured(policy, &gates);
    Judgement { verdict: found.into_verdict(policy, governance, picture, &waivers), outcomes }
}

/// A gate, its state and outcomes under the policy that is asked.
struct Looked<'a> {
    gate: &'a GateSeen<'a>,
    outcomes: Cow<'a, [RuleOutcome]>,
    state: GateState,
}

/// Whether a policy is the run's own, under which gates were judged when they ended.
fn is_own(policy: &Policy, governance: &Governance) -> bool {
    governance.policies.first().is_none_or(|first| first == policy)
}

/// Gates were judged under the run's own policy when they ended; under another one they are judged again,
/// on their evidence, or on their summary alone where the evidence is gone.
fn looked_at<'a>(
    policy: &Policy,
    governance: &Governance,
    picture: &'a Picture<'_>,
    ask: &dyn Ask,
) -> Vec<Looked<'a>> {
    let own = is_own(policy, governance);
    let facts = RunFacts::new(picture.facts, picture.outputs, picture.changed);
    let again = |gate: &'a GateSeen<'a>| {
        let (GateState::Judged(_), Some(summary), false) = (&gate.state, gate.summary, own) else {
            return Looked { gate, outcomes: Cow::Borrowed(gate.outcomes), state: gate.state.clone() };
        };
        let GateSeen { kind, leg, name, project, .. } = *gate;
        let evidence = gate.evidence.as_ref().and_then(|digest| ask.evidence(digest));
        let (state, outcomes) = judge_gate(
            policy,
            governance,
            GateAsked { facts: &facts, kind, leg, name, now: picture.now, project },
            evidence.as_deref().unwrap_or(&Evidence::default()),
            summary,
            ask,
        );
        Looked { gate, outcomes: Cow::Owned(outcomes), state: GateState::Judged(state) }
    };
    picture.gates.iter().map(again).collect()
}

/// A step of several legs that left evidence, and what they cover together.
struct Step<'a> {
    name: Name,
    legs: Vec<&'a Looked<'a>>,
    union: Union,
}

impl Step<'_> {
    fn seen(&self) -> GateSeen<'_> {
        let first = self.legs[0].gate;
        GateSeen {
            evidence: None,
            leg: false,
            name: &self.name,
            outcomes: &[],
            state: GateState::Judged(State::Passed),
            summary: Some(&self.union.summary),
            ..first.clone()
        }
    }
}

/// The steps whose legs measured coverage, in the order of the workflow.
fn steps<'a>(gates: &'a [Looked<'a>], ask: &dyn Ask) -> Vec<Step<'a>> {
    let mut of: Vec<(&str, u64, Vec<&Looked<'_>>)> = Vec::new();
    let mut at: BTreeMap<(&str, &Name, Option<&Name>), usize> = BTreeMap::new();
    for looked in gates {
        let GateSeen { allow_failure, kind, leg, name, project, summary, .. } = looked.gate;
        let Some(step) = step_of(name).filter(|_| *leg) else { continue };
        let at = *at.entry((step, kind, *project)).or_insert_with(|| {
            of.push((step, 0, Vec::new()));
            of.len() - 1
        });
        match looked.state {
            GateState::Judged(_) if summary.is_some() => of[at].2.push(looked),
            // Not asked for, or not yet.
            GateState::NotApplicable | GateState::NotSelected | GateState::Open => {}
            _ => of[at].1 += u64::from(!allow_failure),
        }
    }
    let step = |(name, missing, legs): (&str, u64, Vec<&'a Looked<'a>>)| {
        let kind = legs.first()?.gate.kind;
        let parts: Vec<Leg<'_>> = legs.iter().filter_map(|looked| looked.as_leg()).collect();
        Some(Step { name: name.into(), union: unite(kind, &parts, missing, ask)?, legs })
    };
    of.into_iter().filter_map(step).collect()
}

impl<'a> Looked<'a> {
    fn as_leg(&self) -> Option<Leg<'a>> {
        let gate = self.gate;
        Some(Leg { name: gate.name, digest: gate.evidence.as_ref(), summary: gate.summary? })
    }
}

/// What the rules about coverage say of steps with several legs.
fn judge_steps(
    policy: &Policy,
    governance: &Governance,
    picture: &Picture<'_>,
    steps: &[Step<'_>],
    ask: &dyn Ask,
) -> Vec<RuleOutcome> {
    let facts = RunFacts::new(picture.facts, picture.outputs, picture.changed);
    let mut outcomes = Vec::new();
    for step in steps {
        let first = step.legs[0].gate;
        let asked = |name| GateAsked {
            facts: &facts,
            kind: first.kind,
            leg: false,
            name,
            now: picture.now,
            project: first.project,
        };
        let Union { evidence, summary, .. } = &step.union;
        let seen = Seen::new(policy, governance, asked(&step.name), evidence, summary, ask);
        for rule in policy.rules.iter().filter(|rule| is_united(rule, &step.name)) {
            let legs = || {
                step.legs.iter().filter_map(|looked| looked.as_leg()).filter(|leg| is_united(rule, leg.name))
            };
            if step.union.is_for_each(rule) {
                for leg in legs() {
                    let evidence = leg.digest.and_then(|digest| ask.evidence(digest)).unwrap_or_default();
                    let seen = Seen::new(policy, governance, asked(leg.name), &evidence, leg.summary, ask);
                    outcomes.extend(seen.outcome(rule));
                }
                continue;
            }
            let Some(outcome) = seen.outcome(rule) else { continue };
            let silent = legs().filter(|leg| is_silent(rule, first.kind, leg));
            if let (Require::Threshold(wanted), false) = (&rule.require, outcome.why == Why::NotAsked) {
                outcomes.extend(silent.map(|leg| {
                    let why = Why::NotMeasured { fact: wanted.fact.clone() };
                    let gate = Some(leg.name.clone());
                    RuleOutcome { gate, state: State::Undecided, why, ..outcome.clone() }
                }));
            }
            outcomes.push(step.union.corrected(rule, outcome));
        }
    }
    outcomes
}

/// Where rules speak of changed lines and few of them can be covered. None at all is nothing to speak of.
fn few_lines(
    policy: &Policy,
    gates: &[Looked<'_>],
    steps: &[Step<'_>],
    of_steps: &[RuleOutcome],
) -> Vec<(Name, u64)> {
    let speaks = |rule: &&Rule| matches!(&rule.require, Require::Threshold(wanted) if wanted.fact.starts_with(CHANGED));
    let about: BTreeSet<&Name> = policy.rules.iter().filter(speaks).map(|rule| &rule.id).collect();
    let asked = |outcomes: &[RuleOutcome], name: &Name| {
        let of = |one: &&RuleOutcome| about.contains(&one.rule) && one.gate.as_ref() == Some(name);
        outcomes.iter().filter(of).any(|one| !one.why.is_unmeasured() && one.why != Why::NotAsked)
    };
    let own = gates.iter().map(|one| (one.gate.name, one.gate.summary, &*one.outcomes));
    let united = steps.iter().map(|step| (&step.name, Some(&step.union.summary), of_steps));
    let few = own.chain(united).filter_map(|(name, summary, outcomes)| {
        let lines = changed_lines(summary?).filter(|lines| (1..CHANGED_LINES_FEW).contains(lines))?;
        asked(outcomes, name).then(|| (name.clone(), lines))
    });
    few.collect()
}

/// What a required gate lacks. It is there if one gate of the kind is good, and every other one is good or was
/// not asked for; a permission to fail does not count for a gate that the policy requires.
fn missing(required: &Required, gates: &[Looked<'_>], scope: Scope) -> Option<Reason> {
    let of: Vec<&Looked<'_>> =
        gates.iter().filter(|one| required.names(Some(one.gate.kind), one.gate.name)).collect();
    let reason = |state| {
        let Required { any_of, gate, .. } = required.clone();
        Some(Reason::Missing { any_of, gate, recorded: None, state })
    };
    let any = |state: GateState| of.iter().any(|one| one.state == state);
    // A gate that is bad speaks for itself, unless it may fail.
    let bad = |state: GateState| of.iter().any(|one| one.gate.allow_failure && one.state == state);
    if bad(GateState::Failed) || bad(GateState::Judged(State::Failed)) {
        return reason(Some(State::Failed));
    }
    if any(GateState::Open) || bad(GateState::Undecided) || bad(GateState::Judged(State::Undecided)) {
        return reason(Some(State::Undecided));
    }
    if of.iter().any(|one| speaks(&one.state)) {
        return None;
    }
    if any(GateState::Skipped) {
        return reason(Some(State::Skipped));
    }
    if scope == Scope::Partial && any(GateState::NotSelected) {
        return Some(Reason::LeftOut { gate: required.gate.clone() });
    }
    reason((!of.is_empty()).then_some(State::NotApplicable))
}

/// Whether a recorded result may stand in: this run did not produce the gate, and will not.
fn may_rest(reason: &Reason) -> bool {
    let not_produced = [None, Some(State::NotApplicable), Some(State::Skipped)];
    match reason {
        Reason::LeftOut { .. } => true,
        Reason::Missing { state, .. } => not_produced.contains(state),
        _ => false,
    }
}

/// Whether a gate has come to something that other reasons tell of, or to a pass.
fn speaks(state: &GateState) -> bool {
    use GateState::{Failed, Judged, PassedByExitCode, Undecided};
    matches!(state, Failed | Judged(_) | PassedByExitCode | Undecided)
}

/// The run as rules over it are asked.
struct Run<'a> {
    picture: &'a Picture<'a>,
    gates: &'a [Looked<'a>],
    /// Steps with several legs, by what they cover together.
    united: &'a [GateSeen<'a>],
    /// Rules that a gate could answer.
    answered: BTreeSet<&'a Name>,
    waivers: &'a Waivers<'a>,
    ask: &'a dyn Ask,
}

/// What becomes of a threshold that no gate could answer.
enum Unmeasured {
    /// A gate answered.
    No,
    /// Its condition is false.
    NotAsked,
    /// That is fine, and said.
    Fine,
    /// The rule is undecided.
    Undecided(Box<RuleOutcome>),
}

impl Run<'_> {
    fn facts(&self, rule: &Rule) -> RunFacts<'_> {
        let gates = self.gates.iter().map(|one| one.gate);
        RunFacts::new(self.picture.facts, self.picture.outputs, self.picture.changed)
            .with_gates(gates.filter(|gate| rule.looks_at(gate.kind, gate.name, gate.project)))
            .with_united(self.united.iter().filter(|gate| rule.looks_at(gate.kind, gate.name, gate.project)))
    }

    /// A rule beside a base that some gates could answer, at those that have the number and no base for it: what
    /// is not compared is not good.
    fn without_base(&self, rule: &Rule) -> Vec<RuleOutcome> {
        let Require::Threshold(wanted) = &rule.require else { return Vec::new() };
        let Some(plain) = without_base(&wanted.fact) else { return Vec::new() };
        if rule.when_measured || !self.answered.contains(&rule.id) || !needs_base(&wanted.fact) {
            return Vec::new();
        }
        let lacks = |one: &&Looked<'_>| {
            let GateSeen { allow_failure, kind, leg, name, project, summary, .. } = one.gate;
            let has = |fact: &str| summary.is_some_and(|summary| of_gate(kind, summary, fact).is_some());
            !allow_failure
                && matches!(one.state, GateState::Judged(_))
                && rule.looks_at(kind, name, *project)
                && !rule.is_for_others()
                && !(*leg && is_united(rule, name))
                && has(&plain)
                && !has(&wanted.fact)
                && one.outcomes.iter().all(|outcome| outcome.rule != rule.id)
        };
        let mut lacking = self.gates.iter().filter(lacks).peekable();
        if lacking.peek().is_none() {
            return Vec::new();
        }
        let (when, asked) = condition(rule, &self.facts(rule), self.ask);
        let outcome = |one: &Looked<'_>| RuleOutcome {
            effect: rule.effect,
            gate: Some(one.gate.name.clone()),
            rule: rule.id.clone(),
            state: State::Undecided,
            when: when.clone(),
            why: Why::NotMeasured { fact: wanted.fact.clone() },
        };
        if asked == Some(true) { lacking.map(outcome).collect() } else { Vec::new() }
    }

    fn expression(&self, rule: &Rule, expression: &Expression) -> RuleOutcome {
        self.answered(rule, expression, Answer::truth, |facts| self.ask.answer(expression, facts))
    }

    fn rego(&self, rule: &Rule, rego: &Rego) -> RuleOutcome {
        let ask = |facts: &RunFacts<'_>| self.ask.messages(&rego.rule, &rego.module, facts);
        self.answered(rule, &rego.module, Answer::silence, ask)
    }

    /// A rule over the run that somebody else answers.
    fn answered(
        &self,
        rule: &Rule,
        asked_of: &Expression,
        truth: impl Fn(Answer) -> Result<Option<bool>, Wrong>,
        ask: impl Fn(&RunFacts<'_>) -> (Name, Answer),
    ) -> RuleOutcome {
        let facts = self.facts(rule);
        let (when, asked) = condition(rule, &facts, self.ask);
        if asked != Some(true) {
            return not_asked(rule, None, when, asked);
        }
        let (engine, answer) = ask(&facts);
        let truth = truth(answer.clone());
        let why = Why::Answered(Answered { answer, engine, expression: asked_of.digest });
        let (state, why) = match (truth, self.waivers.of_rule(&rule.id, None)) {
            (Ok(Some(true)), _) => (State::Passed, why),
            (Ok(Some(false)), Some(waiver)) => {
                (State::Waived, Why::Waived { by: vec![named(waiver)], otherwise: Box::new(why) })
            }
            (Ok(Some(false)), None) => (State::Failed, why),
            (Ok(None), _) if rule.when_measured => (State::NotApplicable, why),
            (Ok(None) | Err(_), _) => (State::Undecided, why),
        };
        RuleOutcome { effect: rule.effect, gate: None, rule: rule.id.clone(), state, when, why }
    }

    fn unmeasured(&self, rule: &Rule, wanted: &Threshold) -> Unmeasured {
        if self.answered.contains(&rule.id) {
            return Unmeasured::No;
        }
        let (when, asked) = condition(rule, &self.facts(rule), self.ask);
        if asked == Some(false) {
            return Unmeasured::NotAsked;
        }
        let left_out = |one: &Looked<'_>| {
            one.state == GateState::NotSelected
                && rule.looks_at(one.gate.kind, one.gate.name, one.gate.project)
        };
        let partial = self.picture.scope == Scope::Partial && self.gates.iter().any(left_out);
        if rule.when_measured || partial {
            return Unmeasured::Fine;
        }
        // What may not drop or rise was not measured itself, or there is nothing to compare it with.
        let measured = |fact: &str| {
            let of = |one: &Looked<'_>| one.gate.summary.and_then(|all| of_gate(one.gate.kind, all, fact));
            self.gates.iter().any(|one| of(one).is_some())
        };
        let plain = ratchet(&wanted.fact).map(|(fact, _)| fact).filter(|fact| !measured(fact));
        let why = Why::NotMeasured { fact: plain.map_or_else(|| wanted.fact.clone(), Name::from) };
        let (effect, rule) = (rule.effect, rule.id.clone());
        let state = State::Undecided;
        Unmeasured::Undecided(Box::new(RuleOutcome { effect, gate: None, rule, state, when, why }))
    }
}

/// The kind of gate that would have measured what a rule asks for.
fn kind(rule: &Rule, wanted: &Threshold) -> Option<Name> {
    match kind_of(&wanted.fact) {
        Some(kind) => Some(kind.into()),
        None if rule.is_for_others() => None,
        None => Some(rule.gates.first().unwrap_or(&rule.id).clone()),
    }
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    few_lines: Vec<(Name, u64)>,
    /// Kinds that a rule has said something about.
    told: BTreeSet<Name>,
    not_measured: BTreeSet<Name>,
    reasons: Vec<Reason>,
    rests_on: Vec<(Name, RunId)>,
    waived: BTreeSet<(Name, Name)>,
}

impl Found {
    /// Says which required gates are missing, and returns the recorded results that others rest on.
    fn settle_required<'a>(
        &mut self,
        policy: &Policy,
        governance: &Governance,
        picture: &Picture<'a>,
        gates: &[Looked<'_>],
    ) -> Vec<&'a RecordedGate> {
        // Recorded results were judged under the run's own policy; another one has not spoken of them.
        let recorded = if is_own(policy, governance) { picture.recorded } else { &[] };
        let commit = match picture.facts.get("commit") {
            Some(Value::Text(commit)) => Some(commit),
            _ => None,
        };
        let mut rested = Vec::new();
        for required in &policy.required {
            let Some(mut reason) = missing(required, gates, picture.scope) else { continue };
            if may_rest(&reason) {
                match rest(required, recorded, commit, picture.now) {
                    Ok(on) if !on.is_empty() => {
                        rested.extend(on);
                        continue;
                    }
                    Ok(_) => {}
                    Err(unusable) => {
                        if let Reason::Missing { recorded, .. } = &mut reason {
                            *recorded = Some(unusable);
                        }
                    }
                }
            }
            self.reasons.push(reason);
        }
        for one in &rested {
            let on = (one.gate.clone(), one.run.clone());
            if !self.rests_on.contains(&on) {
                self.rests_on.push(on);
            }
            one.outcomes.iter().for_each(|outcome| self.note_waivers(outcome));
            if one.outcomes.is_empty() {
                // It spoke by its exit code.
                self.told.insert(one.kind.as_ref().unwrap_or(&one.gate).clone());
            }
        }
        rested
    }

    fn fold_gate(&mut self, looked: &Looked<'_>) {
        let step = looked.gate.name.clone();
        for outcome in looked.outcomes.iter() {
            if looked.gate.allow_failure {
                self.note_waivers(outcome);
            } else {
                self.fold_outcome(outcome);
            }
        }
        let own = match looked.state {
            GateState::Failed => Reason::StepFailed { step },
            GateState::Undecided => Reason::StepUndecided { step },
            _ => return,
        };
        // Usually the kernel has said so itself.
        if !looked.gate.allow_failure && !self.reasons.contains(&own) {
            self.reasons.push(own);
        }
    }

    fn fold_outcome(&mut self, outcome: &RuleOutcome) {
        self.note_waivers(outcome);
        if matches!(outcome.state, State::Failed | State::Undecided) {
            self.reasons.push(Reason::Rule(Box::new(outcome.clone())));
        }
    }

    /// What nobody measured is said, unless a gate of the kind speaks without: a command by its exit code. A
    /// required gate that left evidence of other things has not shown what it is required for.
    fn settle_unmeasured(&mut self, policy: &Policy, gates: &[Looked<'_>]) {
        let kinds = std::mem::take(&mut self.not_measured);
        for kind in kinds.into_iter().filter(|kind| !self.told.contains(kind)) {
            let of = || gates.iter().filter(|one| *one.gate.kind == kind);
            let judged = of().any(|one| matches!(one.state, GateState::Judged(_)));
            let by_exit_code = of().any(|one| one.state == GateState::PassedByExitCode)
                || judged && SPEAK_FOR_THEMSELVES.contains(&kind.as_str());
            if by_exit_code {
                continue;
            }
            let required = policy.required.iter().any(|one| one.gate == kind && one.any_of.is_empty());
            if judged && required {
                let state = Some(State::Undecided);
                self.reasons.push(Reason::Missing {
                    any_of: Vec::new(),
                    gate: kind.clone(),
                    recorded: None,
                    state,
                });
            }
            self.not_measured.insert(kind);
        }
    }

    fn note_waivers(&mut self, outcome: &RuleOutcome) {
        if let Why::Waived { by, .. } = &outcome.why {
            self.waived.extend(by.iter().cloned());
        }
    }

    fn into_verdict(
        mut self,
        policy: &Policy,
        governance: &Governance,
        picture: &Picture<'_>,
        waivers: &Waivers<'_>,
    ) -> Verdict {
        self.reasons.sort_by_key(rank);
        let state = match self.reasons.first().map(rank) {
            Some(Rank::Failed) => State::Failed,
            Some(Rank::Undecided) => State::Undecided,
            Some(Rank::Said) | None => State::Passed,
        };
        if self.reasons.len() > REASONS_MAX {
            self.reasons.truncate(REASONS_MAX - 1);
            self.reasons.push(Reason::Limit { name: "reasons_max".into() });
        }
        // A required gate that is missing says more than "not measured".
        let said = |kind: &Name| {
            self.reasons.iter().any(|reason| {
                matches!(reason,
                Reason::Missing { any_of, gate, .. } if gate == kind || any_of.contains(kind))
            }) || self.reasons.contains(&Reason::LeftOut { gate: kind.clone() })
        };
        let not_measured = self.not_measured.iter().filter(|kind| !said(kind)).cloned().collect();
        let everything =
            picture.scope == Scope::Full && picture.gates.iter().all(|gate| gate.state != GateState::Open);
        let unused = waivers.all().filter(|one| everything && !self.waived.contains(&named(one)));
        let waivers_unused: BTreeSet<Name> = unused.map(|one| one.of.clone()).collect();
        let refused = governance.waivers.iter().filter_map(|one| {
            Some((one.of.clone(), refusal(one, policy, &governance.authors, picture.now)?))
        });
        Verdict {
            definitions: picture.definitions,
            few_lines: self.few_lines,
            not_measured,
            policy: policy.name.clone(),
            rests_on: self.rests_on,
            scope: picture.scope,
            state,
            tree_changed: picture.tree_changed,
            waivers_refused: refused.collect(),
            waivers_unused: waivers_unused.into_iter().collect(),
            waived: self.waived.into_iter().collect(),
            reasons: self.reasons,
        }
    }
}

/// How much a reason weighs, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Failed,
    Undecided,
    Said,
}

fn rank(reason: &Reason) -> Rank {
    match reason {
        Reason::Missing { state: Some(State::Failed), .. } | Reason::StepFailed { .. } => Rank::Failed,
        Reason::Rule(outcome) => match (outcome.effect, outcome.state) {
            (Effect::Block, State::Failed) => Rank::Failed,
            (Effect::Block, State::Undecided) => Rank::Undecided,
            _ => Rank::Said,
        },
        Reason::LeftOut { .. } => Rank::Said,
        Reason::Cancelled { .. }
        | Reason::Incident { .. }
        | Reason::Limit { .. }
        | Reason::Missing { .. }
        | Reason::StepUndecided { .. }
        | Reason::Stuck { .. }
        | Reason::Timeout => Rank::Undecided,
    }
}
