//! Verdicts and their reasons in sentences.
//!
//! **Absent on purpose:** layout.

use std::collections::BTreeSet;

use dod_kernel::id::Name;
use dod_kernel::policy::{Definitions, Effect, Policy, Reason, Scope, State, Verdict, WaiverRefusal};

use crate::look::{Paint, clean_line};
use crate::story::{Standing, Step, Story, is_gate, kind_of};
use crate::time;
use crate::words::{self, step};

/// Waiting steps named in the last line.
const NAMES_SHOWN_MAX: usize = 3;

/// The last line of a run: its first word, and the rest.
pub(crate) struct Headline {
    /// `PASSED`, `FAILED`, …
    pub(crate) word: &'static str,
    /// What follows.
    pub(crate) rest: String,
    /// What it is to a reader.
    pub(crate) paint: Paint,
}

/// The last line of a run.
pub(crate) fn headline(story: &Story) -> Headline {
    let Some(verdict) = story.verdict() else { return unfinished(story) };
    let took = format!(" in {}", time::duration(story.duration_ms()));
    let partial = verdict.scope == Scope::Partial;
    let left = if partial { left_out(story) } else { String::new() };
    match verdict.state {
        State::Passed if partial => {
            let tally = tally(story, &[Standing::NotApplicable]);
            Headline { word: "PARTIAL PASS", rest: format!(": {left}{tally}{took}"), paint: Paint::Unknown }
        }
        State::Passed => {
            let gates = story.gate_counts();
            let good = gates.passed + gates.waived;
            let first = match good {
                0 => format!(": {}", words::count(story.step_counts().passed, "step", "steps")),
                _ => format!(": {}", words::count(good, "gate", "gates")),
            };
            let tally = tally(story, &[Standing::Passed]);
            Headline { word: "PASSED", rest: format!("{first}{tally}{took}"), paint: Paint::Good }
        }
        state => {
            let failed = state == State::Failed;
            let word = if failed { "FAILED" } else { "UNDECIDED" };
            let subjects = subjects(story, verdict, failed);
            let mine = if failed { Standing::Failed } else { Standing::Undecided };
            // Those that a flag left out are told behind it.
            let told: &[Standing] = if partial { &[mine, Standing::NotApplicable] } else { &[mine] };
            let tally = tally(story, told);
            let left = if partial { format!(", partial: {left}") } else { String::new() };
            let paint = if failed { Paint::Bad } else { Paint::Unknown };
            Headline { word, rest: format!(": {subjects}{tally}{left}{took}"), paint }
        }
    }
}

/// The last line of a run without a verdict.
fn unfinished(story: &Story) -> Headline {
    if story.started.is_none() {
        return Headline { word: "NOT STARTED", rest: String::new(), paint: Paint::Unknown };
    }
    let took = format!(", {} so far", time::duration(story.duration_ms()));
    let counts = story.step_counts();
    let settled = counts.settled();
    if story.is_waiting() {
        let names: Vec<&Name> = story.waiting().map(|step| &step.name).collect();
        let mut shown = words::ticked(names.iter().copied().take(NAMES_SHOWN_MAX));
        if names.len() > shown.len() {
            shown.push(format!("{} more", names.len() - shown.len()));
        }
        let rest = format!(": {}{took}", words::list(&shown, "and"));
        return Headline { word: "WAITING", rest, paint: Paint::Live };
    }
    let failed = match counts.failed {
        0 => String::new(),
        failed => format!(", {failed} failed so far"),
    };
    let rest = format!(
        ": {settled} of {} settled{failed}{took}",
        words::count(story.steps_planned(), "step", "steps")
    );
    Headline { word: "NOT FINISHED", rest, paint: Paint::Unknown }
}

fn steps(number: usize) -> String {
    words::count(number as u64, "step", "steps")
}

/// What a flag left out: `2 gates left to CI`.
fn left_out(story: &Story) -> String {
    let gates = story.steps.iter().filter(|step| step.is_left_out() && story.is_gate(step)).count();
    let where_to = if step::is_left_to_ci(story) { "left to CI" } else { "left out" };
    match gates {
        0 => {
            let named = story.started.as_ref().map_or(0, |(_, started)| started.left_out.len());
            format!("{} {where_to}", steps(named))
        }
        gates => format!("{} {where_to}", words::count(gates as u64, "gate", "gates")),
    }
}

/// `FAILED: 2 gates, 1 rule`: what the reasons of this weight are about, each once.
fn subjects(story: &Story, verdict: &Verdict, failed: bool) -> String {
    let (mut gates, mut steps, mut rules, mut missing) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut said: Vec<String> = Vec::new();
    let is_gate = |name: &Name| story.workflow.find(name).is_some_and(|id| is_gate(story.workflow.node(id)));
    for reason in verdict.reasons.iter().filter(|reason| weighs(reason, failed)) {
        match reason {
            Reason::Rule(outcome) => match &outcome.gate {
                Some(gate) => _ = gates.insert(gate.clone()),
                None => _ = rules.insert(outcome.rule.clone()),
            },
            Reason::StepFailed { step } | Reason::StepUndecided { step } if is_gate(step) => {
                gates.insert(step.clone());
            }
            Reason::StepFailed { step } | Reason::StepUndecided { step } => _ = steps.insert(step.clone()),
            Reason::Missing { gate, .. } => _ = missing.insert(gate.clone()),
            Reason::Incident { step, .. } => _ = steps.insert(step.clone()),
            Reason::Cancelled { .. } => said.push("cancelled".to_owned()),
            Reason::Timeout => said.push("the time was up".to_owned()),
            Reason::Stuck { .. } => said.push("stuck".to_owned()),
            Reason::Limit { name } => said.push(format!("the bound `{name}` was reached")),
            Reason::LeftOut { .. } => {}
        }
    }
    let many = |set: &BTreeSet<Name>, one: &str, many: &str| match set.len() as u64 {
        0 => None,
        number => Some(words::count(number, one, many)),
    };
    let parts = [
        many(&gates, "gate", "gates"),
        many(&steps, "step", "steps"),
        many(&rules, "rule", "rules"),
        many(&missing, "required gate missing", "required gates missing"),
    ];
    let parts: Vec<String> = said.into_iter().chain(parts.into_iter().flatten()).collect();
    // A verdict keeps so many reasons and no more; a number that was cut must not read as the whole.
    let is_cut = |reason: &Reason| matches!(reason, Reason::Limit { name } if **name == *"reasons_max");
    let at_least = if failed && verdict.reasons.iter().any(is_cut) { "at least " } else { "" };
    if parts.is_empty() {
        "no reason is recorded".to_owned()
    } else {
        at_least.to_owned() + &parts.join(", ")
    }
}

/// Whether a reason makes a verdict failed, or undecided.
pub(crate) fn weighs(reason: &Reason, failed: bool) -> bool {
    let fails = match reason {
        Reason::Missing { state: Some(State::Failed), .. } | Reason::StepFailed { .. } => true,
        Reason::Rule(outcome) if outcome.effect != Effect::Block => return false,
        Reason::Rule(outcome) => outcome.state == State::Failed,
        Reason::LeftOut { .. } => return false,
        _ => false,
    };
    fails == failed
}

/// ` (3 passed, 1 skipped)`: the other gates, without the standings that were told already.
fn tally(story: &Story, without: &[Standing]) -> String {
    let gates = story.gate_counts();
    let numbers = [
        (gates.failed, Standing::Failed),
        (gates.undecided, Standing::Undecided),
        (gates.waived, Standing::Waived),
        (gates.passed, Standing::Passed),
        (gates.skipped, Standing::Skipped),
        (gates.not_applicable, Standing::NotApplicable),
    ];
    let told = numbers.iter().filter(|(number, standing)| *number > 0 && !without.contains(standing));
    let told = told.map(|(number, standing)| format!("{number} {}", standing.word()));
    let allowed = (gates.allowed > 0).then(|| format!("{} allowed to fail", gates.allowed));
    let parts: Vec<String> = told.chain(allowed).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// One reason in a sentence.
pub(crate) fn reason(story: &Story, reason: &Reason, policy: Option<&Policy>) -> String {
    match reason {
        Reason::Cancelled { by } => format!("the run was cancelled by {} (claimed)", clean_line(by)),
        Reason::Incident { step, what } => format!("`{step}` could not go on: {}", clean_line(what)),
        Reason::LeftOut { gate } if step::is_left_to_ci(story) => {
            format!("required gate `{gate}` was left to CI")
        }
        Reason::LeftOut { gate } => format!("required gate `{gate}` was left out by a flag"),
        Reason::Limit { name } if &**name == "reasons_max" => "there are more reasons".to_owned(),
        Reason::Limit { name } => format!("the bound `{name}` of the run was reached"),
        Reason::Missing { any_of, gate, recorded, state } => {
            let missing = missing(story, any_of, gate, *state);
            match recorded {
                Some(why) => format!("{missing}; {}", words::unusable(story, why)),
                None => missing,
            }
        }
        Reason::Rule(outcome) => {
            let gate = outcome.gate.as_ref().map(|gate| format!("`{gate}`: ")).unwrap_or_default();
            format!("{gate}{} (rule `{}`)", words::why(outcome, policy), outcome.rule)
        }
        Reason::StepFailed { step } => about(story, step, "failed"),
        Reason::StepUndecided { step } => about(story, step, "is undecided"),
        Reason::Stuck { steps } => {
            let verb = if steps.len() == 1 { "waits" } else { "wait" };
            format!(
                "{} {verb} for something that cannot come any more",
                words::list(&words::ticked(steps), "and")
            )
        }
        Reason::Timeout => "the run took longer than it may".to_owned(),
    }
}

fn about(story: &Story, name: &Name, what: &str) -> String {
    let why = story.troubled(name).map(|step| step::because(story, step)).unwrap_or_default();
    if why.is_empty() { format!("`{name}` {what}") } else { format!("`{name}` {what}: {why}") }
}

fn missing(story: &Story, any_of: &[Name], gate: &Name, state: Option<State>) -> String {
    let wanted = words::ticked(std::iter::once(gate).chain(any_of));
    let wanted = words::list(&wanted, "or");
    let of: Vec<&Step> = gates_of(story, gate, any_of).collect();
    let because = |standing: Standing| {
        let step = of.iter().find(|step| step.standing() == standing);
        step.map(|step| step::because(story, step)).filter(|why| !why.is_empty())
    };
    match state {
        None => format!("a {wanted} gate is required, and this workflow has none"),
        Some(State::NotApplicable) => match because(Standing::NotApplicable) {
            Some(why) => format!("a {wanted} gate is required, and none ran: {why}"),
            None => format!("a {wanted} gate is required, and none ran"),
        },
        Some(State::Skipped) => match because(Standing::Skipped) {
            Some(why) if why.starts_with("because ") => {
                format!("a {wanted} gate is required, and it was skipped {why}")
            }
            Some(why) => format!("a {wanted} gate is required, and it was skipped: {why}"),
            None => format!("a {wanted} gate is required, and it was skipped"),
        },
        Some(State::Failed) => {
            format!("a {wanted} gate is required, so its permission to fail does not count: it failed")
        }
        Some(_) => format!("a {wanted} gate is required, and it is undecided"),
    }
}

/// Steps that are gates of this kind or name.
pub(crate) fn gates_of<'a>(
    story: &'a Story,
    gate: &'a Name,
    any_of: &'a [Name],
) -> impl Iterator<Item = &'a Step> {
    let wanted = move |name: &Name| name == gate || any_of.contains(name);
    story.steps.iter().filter(move |step| {
        let kind = story.node(step).and_then(kind_of);
        story.is_gate(step) && (wanted(&step.name) || kind.is_some_and(wanted))
    })
}

/// Why a kind was not measured, and the cure.
pub(crate) fn not_measured(story: &Story, kind: &Name) -> String {
    let steps: Vec<&Step> = gates_of(story, kind, &[]).collect();
    let Some(step) = steps.iter().find(|step| step.standing() != Standing::Passed).or(steps.first()) else {
        return format!("{kind} (no step of this workflow measures it)");
    };
    let node = story.node(step);
    let cure = node.and_then(step::cure);
    let missing = step.attempts.iter().any(|attempt| attempt.not_started().is_some())
        || step.is_left_out() && step::is_left_to_ci(story);
    match (missing, cure, step::missing_program(step).or_else(|| node.and_then(step::program))) {
        (true, Some(cure), Some(program)) => format!("{kind} ({program} is missing; {cure})"),
        _ => match step::because(story, step) {
            why if why.is_empty() => format!("{kind} (`{}` left no such measure)", step.name),
            why => format!("{kind} (`{}`: {why})", step.name),
        },
    }
}

/// What became of the definitions, where a reader must know.
pub(crate) fn definitions(definitions: Definitions) -> Option<&'static str> {
    match definitions {
        Definitions::Protected => None,
        Definitions::IntroducedHere => Some(
            "definitions: introduced here (the base has no workflow and policy of its own; this change's were \
             used)",
        ),
        Definitions::Unprotected => Some(
            "definitions: unprotected (no base is known, so this change could have written its own judge; \
             `--govern-from REF` names one)",
        ),
    }
}

/// Why a waiver does not count.
pub(crate) fn refused(why: WaiverRefusal) -> &'static str {
    match why {
        WaiverRefusal::Expired => "it has expired",
        WaiverRefusal::NotProved => "the policy wants an approver proved by a signature",
        WaiverRefusal::OwnChange => "its approver is an author of this change",
        WaiverRefusal::TooLong => "it ends later than the policy allows",
    }
}
