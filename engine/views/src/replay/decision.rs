//! What followed from the facts, in a sentence, with what it rests on.
//!
//! **Absent on purpose:** whether it does follow; that was checked before it came here.

use dod_kernel::id::{Digest, EdgeId, Name, StepRef};
use dod_kernel::policy::{Governance, Policy, Reason, RuleOutcome, Scope, State, Verdict};
use dod_kernel::run::{
    ConditionAsked, DecisionTaken, Event, GateJudged, Outcome, Purpose, RunFinished, ScriptRun, SettledBy,
    StepSettled, ValueAsked,
};
use dod_kernel::workflow::{Kind, When};

use super::{Said, fact, short};
use crate::look::{Paint, clean_line};
use crate::story::{Standing, Step, Story};
use crate::{plain, time, words};

/// Outcomes, reasons and steps that are listed under one line.
const LISTED_MAX: usize = 20;

pub(super) fn said(story: &Story, governance: &Governance, event: &Event) -> Said {
    match event {
        Event::StepReady { attempt, step } => {
            of(step, format!("`{}` is ready for attempt {attempt}", step.name))
        }
        Event::AttemptStopping { attempt, step, why } => {
            of(step, format!("`{}` attempt {attempt} has to end: {}", step.name, words::stop(why)))
        }
        Event::ConditionAsked(asked) => condition(story, asked),
        Event::ValueAsked(asked) => value(asked),
        Event::ScriptRun(ran) => script(ran),
        Event::DecisionTaken(taken) => table(taken),
        Event::EventThrown(thrown) => {
            let text = plain::thrown_line(thrown).unwrap_or_default();
            of(&thrown.step, text.trim_start_matches("thrown: ").to_owned())
        }
        Event::FlowTaken { edges, step } => {
            let nodes = story.workflow.nodes();
            let to = edges.iter().filter_map(|edge| story.workflow.edges().get(edge.index()));
            let names = to.filter_map(|edge| nodes.get(edge.to.index()).map(|node| &node.name));
            let names = words::ticked(names.take(LISTED_MAX));
            of(step, format!("from `{}` on to {}", step.name, words::list(&names, "and")))
        }
        Event::GateJudged(judged) => gate(story, governance, judged),
        Event::Incident { step, what } => {
            let text = format!("`{}` cannot go on: {}", step.name, plain::incident(what));
            Said { paint: Some(Paint::Unknown), ..of(step, text) }
        }
        Event::JoinFired { step } => of(step, format!("`{}` has all the tokens that can come", step.name)),
        Event::JudgeTaken(taken) => {
            let text = format!("`{}` judges what is known: {}", taken.step.name, stands(&taken.verdict));
            Said { paint: paint(taken.verdict.state), ..of(&taken.step, text) }
        }
        Event::LimitReached { limit } => {
            let text = format!("the bound `{}` was reached, and the run stops", clean_line(limit));
            Said { text, paint: Some(Paint::Unknown), ..Said::default() }
        }
        Event::RetryScheduled { attempt, due, step } => {
            let due = time::rfc3339(*due);
            of(step, format!("`{}` gets attempt {attempt}, not before {due}", step.name))
        }
        Event::RunFinished(finished) => verdict(story, governance, finished),
        Event::RunStopping { why } => {
            let text = format!("the run stops: {}", words::stop(why));
            Said { text, paint: Some(Paint::Unknown), ..Said::default() }
        }
        Event::ScopeOpened { scope, step } => {
            of(step, format!("`{}` opens the scope {}", step.name, scope.0))
        }
        Event::StepHeld { step } => {
            let text = format!(
                "`{}` was running when the run was lost and must not run twice: a person has to say whether it may",
                step.name
            );
            Said { paint: Some(Paint::Unknown), ..of(step, text) }
        }
        Event::StepSettled(settled) => self::settled(story, settled),
        Event::StepWaiting { step, .. } => {
            let for_what = story.step(step.id).map(|step| words::waits_for(story, step)).unwrap_or_default();
            of(step, format!("`{}` waits for {for_what}", step.name))
        }
        Event::Stuck { steps } => {
            let names = words::ticked(steps.iter().take(LISTED_MAX).map(|step| &step.name));
            let text = format!("{} wait for what cannot come any more", words::list(&names, "and"));
            Said { text, paint: Some(Paint::Unknown), ..Said::default() }
        }
        Event::VariablesContested { names, step } => {
            let names = words::list(&words::ticked(names.iter().take(LISTED_MAX)), "and");
            of(step, format!("{names} were set to something else by a step beside `{}`", step.name))
        }
        _ => Said { text: super::name_of(event), ..Said::default() },
    }
}

fn of(step: &StepRef, text: String) -> Said {
    Said { step: Some(step.name.clone()), text, ..Said::default() }
}

fn paint(state: State) -> Option<Paint> {
    match state {
        State::Passed => Some(Paint::Good),
        State::Failed => Some(Paint::Bad),
        State::Undecided | State::Waived => Some(Paint::Unknown),
        State::Skipped | State::NotApplicable => Some(Paint::Quiet),
    }
}

fn condition(story: &Story, asked: &ConditionAsked) -> Said {
    let text = expression(story, &asked.step, asked.edge, &asked.expression);
    let answer = words::answer(&asked.answer);
    let on = asked.edge.and_then(|edge| story.workflow.edges().get(edge.index()));
    let on = on.and_then(|edge| story.workflow.nodes().get(edge.to.index()));
    let on = on.map(|node| format!(" on the way to `{}`", node.name)).unwrap_or_default();
    let engine = clean_line(&asked.engine);
    of(&asked.step, format!("`{}`{on}: {text} is {answer}, says {engine}", asked.step.name))
}

/// The text of an expression, where the definition has it.
fn expression(story: &Story, step: &StepRef, edge: Option<EdgeId>, digest: &Digest) -> String {
    let of_edge = || match &story.workflow.edges().get(edge?.index())?.when {
        When::If(expression) => Some(expression),
        _ => None,
    };
    let of_node = || story.workflow.nodes().get(step.id.node.index())?.condition.as_ref();
    let found = if edge.is_some() { of_edge() } else { of_node() };
    match found.filter(|expression| expression.digest == *digest) {
        Some(expression) => format!("`{}`", clean_line(&expression.text)),
        None => format!("the expression {}", short(digest)),
    }
}

fn value(asked: &ValueAsked) -> Said {
    let what = match asked.purpose {
        Purpose::Collect => "what the round leaves",
        Purpose::Key => "the correlation key",
        Purpose::Rounds => "the rounds",
        Purpose::Timer => "the time",
    };
    let answer = words::answer(&asked.answer);
    let engine = clean_line(&asked.engine);
    of(&asked.step, format!("`{}`: {what} is {answer}, says {engine}", asked.step.name))
}

fn script(ran: &ScriptRun) -> Said {
    let name = &ran.step.name;
    let text = match &ran.wrong {
        Some(wrong) => format!("the script of `{name}` broke: {}", clean_line(&wrong.message)),
        None => format!("the script of `{name}` was run by {}", clean_line(&ran.engine)),
    };
    Said { details: fact::variables(&ran.set), ..of(&ran.step, text) }
}

fn table(taken: &DecisionTaken) -> Said {
    let name = &taken.step.name;
    let rules: Vec<String> = taken.rules.iter().take(LISTED_MAX).map(u32::to_string).collect();
    let text = match (&taken.wrong, rules.len()) {
        (Some(wrong), _) => format!("the table of `{name}` has no answer: {}", clean_line(&wrong.message)),
        (None, 0) => format!("no rule of the table of `{name}` matches"),
        (None, 1) => format!("rule {} of the table of `{name}` matches", rules[0]),
        (None, _) => format!("rules {} of the table of `{name}` match", words::list(&rules, "and")),
    };
    Said { details: fact::variables(&taken.set), ..of(&taken.step, text) }
}

fn gate(story: &Story, governance: &Governance, judged: &GateJudged) -> Said {
    let name = &judged.step.name;
    let step = story.step(judged.step.id);
    let evidence = step.and_then(Step::evidence).map(short);
    let read = step.and_then(Step::ended_seq);
    let on = match (evidence, read) {
        (Some(digest), Some(seq)) => format!(", from evidence {digest}, read at {seq}"),
        _ => String::new(),
    };
    let policy = governance.policies.first();
    let (bad, good): (Vec<&RuleOutcome>, Vec<&RuleOutcome>) =
        judged.outcomes.iter().partition(|one| !matches!(one.state, State::Passed | State::NotApplicable));
    let word = state_word(judged.state);
    let because = match bad.as_slice() {
        [] if good.is_empty() => ": no rule speaks of it".to_owned(),
        [] => format!(": {}", words::count(good.len() as u64, "rule holds", "rules hold")),
        [one] => format!(": {}", outcome(one, policy)),
        many => format!(": {} do not hold", words::count(many.len() as u64, "rule", "rules")),
    };
    let mut details: Vec<String> = Vec::new();
    if bad.len() > 1 {
        details.extend(
            bad.iter()
                .take(LISTED_MAX)
                .map(|one| format!("{}: {}", state_word(one.state), outcome(one, policy))),
        );
    }
    let told = good.iter().filter(|one| one.state == State::Passed).take(LISTED_MAX);
    details.extend(told.map(|one| format!("holds: {}", outcome(one, policy))));
    let text = format!("gate `{name}` judged {word}{because}{on}");
    Said { details, paint: paint(judged.state), ..of(&judged.step, text) }
}

/// `not applicable`, `failed`.
fn state_word(state: State) -> &'static str {
    Standing::from(state).word()
}

/// `findings.error is 3, wanted 0 (rule `no-errors` of `standard@1`)`.
fn outcome(outcome: &RuleOutcome, policy: Option<&Policy>) -> String {
    let named = policy.map(|policy| match policy.version {
        Some(version) => format!(" of `{}@{version}`", policy.name),
        None => format!(" of `{}`", policy.name),
    });
    format!("{} (rule `{}`{})", words::why(outcome, policy), outcome.rule, named.unwrap_or_default())
}

fn settled(story: &Story, settled: &StepSettled) -> Said {
    let name = &settled.step.name;
    let step = story.step(settled.step.id);
    let word = match settled.outcome {
        Outcome::Finished => "finished",
        Outcome::NotApplicable => "is not applicable",
        Outcome::Skipped => "is skipped",
        Outcome::Undecided => "is undecided",
        Outcome::Failed => "failed",
        Outcome::Passed => "passed",
    };
    let because = step.map(|step| words::because(story, step)).filter(|why| !why.is_empty());
    let because = because.map(|why| format!(": {why}")).unwrap_or_default();
    let from = match &settled.why {
        SettledBy::Upstream(other) => story.step(other.id).and_then(|step| step.settled.as_ref()),
        _ => None,
    };
    let from = from.map(|settled| settled.seq).into_iter().collect();
    let paint = match settled.outcome {
        Outcome::Failed => Some(Paint::Bad),
        Outcome::Undecided => Some(Paint::Unknown),
        Outcome::Skipped | Outcome::NotApplicable => Some(Paint::Quiet),
        Outcome::Finished | Outcome::Passed => None,
    };
    Said { from, paint, ..of(&settled.step, format!("`{name}` {word}{because}")) }
}

/// `failed under `standard``.
fn stands(verdict: &Verdict) -> String {
    let partial = if verdict.scope == Scope::Partial { ", partial" } else { "" };
    format!("{} under `{}`{partial}", verdict.state.word(), verdict.policy)
}

fn verdict(story: &Story, governance: &Governance, finished: &RunFinished) -> Said {
    let policy = governance.policies.first();
    let RunFinished { outcomes, verdict } = finished;
    let mut from = Vec::new();
    let mut details = Vec::new();
    for reason in verdict.reasons.iter().take(LISTED_MAX) {
        let at = tells(story, reason);
        let told = at.map(|seq| format!(", told by {seq}")).unwrap_or_default();
        details.push(format!("because: {}{told}", words::reason(story, reason, policy)));
        from.extend(at);
    }
    let more = verdict.reasons.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        details.push(format!("and {}", words::count(more as u64, "more reason", "more reasons")));
    }
    let holding = outcomes.iter().filter(|one| one.state == State::Passed).take(LISTED_MAX);
    details.extend(holding.map(|one| format!("holds: {}", outcome(one, policy))));
    details.extend(
        verdict
            .waived
            .iter()
            .take(LISTED_MAX)
            .map(|(of, by)| format!("waived: `{}` by {}", clean_line(of), clean_line(by))),
    );
    let rested = verdict.rests_on.iter().take(LISTED_MAX);
    details.extend(rested.map(|(gate, run)| format!("rests on: {}", words::rests_on(story, gate, run))));
    if verdict.tree_changed {
        details.push("the tree changed during the run: this verdict cannot be attested".to_owned());
    }
    from.sort_unstable();
    from.dedup();
    let scope = if verdict.scope == Scope::Partial { "partial" } else { "full" };
    let word = verdict.state.word().to_uppercase();
    let text = format!("the verdict: {word}, scope {scope}, policy `{}`", verdict.policy);
    Said { text, from, details, paint: paint(verdict.state), ..Said::default() }
}

/// The event that tells what a reason says.
pub(super) fn tells(story: &Story, reason: &Reason) -> Option<u64> {
    let step = |name: &Name| story.all_named(name).rev().find(|step| step.standing().is_bad());
    match reason {
        Reason::Rule(outcome) => {
            let gate = story.named(outcome.gate.as_ref()?)?;
            gate.judged.as_ref().map(|judged| judged.seq)
        }
        Reason::StepFailed { step: name } | Reason::StepUndecided { step: name } => {
            let step = step(name)?;
            step.settled.as_ref().map(|settled| settled.seq)
        }
        Reason::Incident { step, .. } => {
            story.incidents.iter().rev().find(|incident| incident.step == *step).map(|incident| incident.seq)
        }
        Reason::Missing { gate, any_of, .. } => {
            let found = words::gates_of(story, gate, any_of).next()?;
            found.settled.as_ref().map(|settled| settled.seq)
        }
        _ => None,
    }
}

/// Kinds of nodes that nobody asks about.
pub(super) fn is_told(kind: &Kind) -> bool {
    !matches!(kind, Kind::Pass)
}
