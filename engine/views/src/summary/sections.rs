//! The parts of a summary, in reading order.
//!
//! **Absent on purpose:** sentences; they are in `words`.

use dod_kernel::id::Name;
use dod_kernel::policy::{Definitions, Effect, Reason, RuleOutcome, State, Verdict, Why};
use dod_kernel::run::{End, Outcome};
use dod_kernel::workflow::{Kind, Trigger};

use crate::look::{Paint, clean, clean_line};
use crate::story::{Phase, Standing, Step, Story};
use crate::summary::{
    GOVERNED_CHANGE, SHOWN_MAX, STEPS_SHOWN_MAX, TAIL_CHARS_MAX, TAIL_LINES_MAX, Text, label, pad,
};
use crate::words::advice;
use crate::{Sources, failing, summary, words};

/// In an entry of a run's settings, between the number of lines that the change brought and the base.
const CHANGED_LINES: &str = " lines changed since base ";
/// The measure that says how many of them can be covered.
const COVERABLE: &str = "coverage.changed.lines";
/// Characters of a commit that are shown.
const COMMIT_CHARS: usize = 12;

/// Steps that a reader has to look at: failed ones first.
pub(super) fn bad_steps(story: &Story, sources: Sources<'_>, text: &mut Text) {
    let mut bad: Vec<&Step> = story.shown().filter(|step| is_bad(story, step)).collect();
    bad.sort_by_key(|step| (step.standing() != Standing::Failed, step.settled.as_ref().map(|one| one.order)));
    for step in bad.iter().take(STEPS_SHOWN_MAX) {
        text.gap();
        let word = text.look.standing(step.standing(), 0);
        let name = text.look.paint(Paint::Strong, &label(step));
        let counts = step.summary().map(words::counts).filter(|counts| !counts.is_empty());
        let counts = counts.map(|counts| format!("  {counts}")).unwrap_or_default();
        text.raw(format!("{word}  {name}{counts}"));
        bad_step(story, step, sources, text);
    }
    if bad.len() > STEPS_SHOWN_MAX {
        text.gap();
        text.raw(format!("and {} more steps did not pass", bad.len() - STEPS_SHOWN_MAX));
    }
    text.gap();
}

fn is_bad(story: &Story, step: &Step) -> bool {
    let allowed = story.node(step).is_some_and(|node| node.allow_failure);
    // What went wrong inside a call is told of the step inside.
    let is_call = story.node(step).is_some_and(|node| matches!(node.kind, Kind::Call(_)));
    matches!(step.standing(), Standing::Failed | Standing::Undecided) && !allowed && !is_call
}

fn bad_step(story: &Story, step: &Step, sources: Sources<'_>, text: &mut Text) {
    let outcomes = step.judged.iter().flat_map(|judged| &judged.outcomes);
    let broken = outcomes
        .filter(|one| one.effect == Effect::Block && matches!(one.state, State::Failed | State::Undecided));
    let broken: Vec<&RuleOutcome> = broken.collect();
    for outcome in &broken {
        text.item(&broken_rule(outcome, sources));
        if outcome.state == State::Undecided {
            text.todo(advice::of_outcome(story, outcome, sources));
        }
    }
    let finished = step.settled.as_ref().is_some_and(|settled| settled.outcome == Outcome::Finished);
    let why = words::because(story, step);
    if !finished && !why.is_empty() {
        text.item(&why);
    }
    if let Some(verdict) = &step.verdict {
        for reason in verdict.reasons.iter().take(SHOWN_MAX) {
            text.item(&words::reason(story, reason, sources.policy()));
        }
    }
    evidence(story, step, &broken, sources, text);
    let not_started = step.ended().is_some_and(|ended| matches!(ended.end, End::NotStarted { .. }));
    if !finished && !not_started {
        tail(step, text);
    }
    if let Some(cure) = story.node(step).filter(|_| not_started).and_then(words::cure) {
        text.item(&format!("cure: {cure}"));
    }
}

/// `coverage.line is 71.3 %, wanted >= 80 % (rule `covered`: its author's words)`.
fn broken_rule(outcome: &RuleOutcome, sources: Sources<'_>) -> String {
    let because = sources.rule(&outcome.rule).and_then(|rule| rule.because.as_ref());
    let because = because.map(|because| format!(": {}", clean_line(because))).unwrap_or_default();
    format!("{} (rule `{}`{because})", words::why(outcome, sources.policy()), outcome.rule)
}

fn evidence(story: &Story, step: &Step, broken: &[&RuleOutcome], sources: Sources<'_>, text: &mut Text) {
    let Some(digest) = step.evidence() else { return };
    let Some(evidence) = (sources.evidence)(digest) else {
        text.item("its evidence is no longer at hand");
        return;
    };
    let findings = failing::findings(step, &evidence, sources);
    let lines = findings.iter().map(|finding| {
        let waived = failing::is_named_by_waiver(sources, finding);
        format!("{}{}", words::finding(finding), if waived { "  (a waiver names it)" } else { "" })
    });
    some(story, step, &lines.collect::<Vec<_>>(), text);
    let tests = failing::tests(&evidence);
    some(story, step, &tests.iter().map(|test| words::test(test)).collect::<Vec<_>>(), text);
    some(story, step, &failing::uncovered(&evidence, broken), text);
}

/// The first lines, and how to see the rest.
fn some(story: &Story, step: &Step, lines: &[String], text: &mut Text) {
    for line in lines.iter().take(SHOWN_MAX) {
        text.item(line);
    }
    if lines.len() > SHOWN_MAX {
        let run = story.id().map_or("latest", words::short);
        let more = lines.len() - SHOWN_MAX;
        text.item(&format!("and {more} more: dod explain {run} {}", words::shell_word(&step.name)));
    }
}

fn tail(step: &Step, text: &mut Text) {
    let Some(printed) = step.said() else { return };
    let cleaned = clean(&printed.tail, false);
    let lines: Vec<&str> = cleaned.trim_end().lines().collect();
    for line in &lines[lines.len().saturating_sub(TAIL_LINES_MAX)..] {
        let short: String = line.chars().take(TAIL_CHARS_MAX).collect();
        let more = if short.len() < line.len() { " ..." } else { "" };
        text.item(&format!("| {short}{more}"));
    }
}

/// Reasons that no step above tells.
pub(super) fn other_reasons(story: &Story, sources: Sources<'_>, text: &mut Text) {
    let Some(verdict) = story.verdict() else {
        for who in &story.cancelled_by {
            text.raw(format!("the run was cancelled by {}", words::actor(who)));
        }
        return;
    };
    let untold: Vec<&Reason> =
        verdict.reasons.iter().filter(|reason| !is_told(story, reason, sources)).collect();
    for reason in untold.iter().take(STEPS_SHOWN_MAX) {
        let (paint, word) = match reason {
            Reason::Rule(outcome) if outcome.effect == Effect::Warn => (Paint::Unknown, "warning"),
            reason if words::weighs(reason, true) => (Paint::Bad, "failed"),
            reason if words::weighs(reason, false) => (Paint::Unknown, "undecided"),
            _ => (Paint::Quiet, "note"),
        };
        let word = text.look.paint(paint, word);
        text.raw(format!("{word}  {}", words::reason(story, reason, sources.policy())));
        if let Reason::Rule(outcome) = reason {
            words::more_messages(outcome).iter().for_each(|message| text.item(message));
        }
        text.todo(advice::of_reason(story, reason, sources));
    }
    if untold.len() > STEPS_SHOWN_MAX {
        text.raw(format!("and {} more reasons", untold.len() - STEPS_SHOWN_MAX));
    }
}

/// Whether a reason is told with its step.
fn is_told(story: &Story, reason: &Reason, sources: Sources<'_>) -> bool {
    let is_bad_step = |name: &Name| story.troubled(name).is_some_and(|step| is_bad(story, step));
    match reason {
        Reason::StepFailed { step } | Reason::StepUndecided { step } => is_bad_step(step),
        Reason::Rule(outcome) if outcome.effect == Effect::Block => match (&outcome.gate, &outcome.why) {
            (Some(gate), _) => is_bad_step(gate),
            // What a gate would have measured that is told to have left nothing.
            (None, Why::NotMeasured { fact }) => {
                let kind = advice::kind_of(outcome, fact, sources.policy());
                kind.is_some_and(|kind| {
                    words::gates_of(story, &kind, &[])
                        .any(|step| is_bad(story, step) && step.evidence().is_none())
                })
            }
            (None, _) => false,
        },
        _ => false,
    }
}

/// What a reader must know beside the reasons.
pub(super) fn remarks(story: &Story, sources: Sources<'_>, text: &mut Text) {
    allowed(story, text);
    let Some(verdict) = story.verdict() else { return };
    for (gate, run) in verdict.rests_on.iter().take(STEPS_SHOWN_MAX) {
        text.raw(words::rests_on(story, gate, run));
    }
    changed_lines(story, verdict, text);
    not_measured(story, verdict, text);
    waivers(verdict, sources, text);
    governed_changes(story, verdict, text);
    if let Some(said) = words::definitions(verdict.definitions) {
        text.raw(said.to_owned());
    }
    if verdict.tree_changed {
        let changed = story.tree.as_ref().map(|tree| tree.changed.as_slice()).unwrap_or_default();
        let shown: Vec<String> = changed.iter().take(SHOWN_MAX).map(|path| clean_line(path)).collect();
        let more = match changed.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = shown.join(", ");
        text.raw(format!("the tree changed during the run, and no step declares it: {shown}{more}"));
        text.raw("this verdict cannot be attested".to_owned());
    }
}

/// How many lines the change brought, and how many of them could be judged for coverage.
fn changed_lines(story: &Story, verdict: &Verdict, text: &mut Text) {
    let settings = story.started.iter().flat_map(|(_, started)| &started.settings);
    let base = settings.filter_map(|word| word.split_once(CHANGED_LINES)).next();
    let mut measured: Vec<(String, Vec<String>)> = Vec::new();
    for step in story.shown() {
        let Some(lines) = step.summary().and_then(|summary| summary.measures.get(COVERABLE)) else {
            continue;
        };
        if verdict.few_lines.iter().any(|(gate, _)| *gate == step.name) {
            continue;
        }
        let (lines, gate) = (lines.value.to_string(), format!("`{}`", clean_line(&step.name)));
        match measured.iter_mut().find(|(known, _)| *known == lines) {
            Some((_, gates)) => gates.push(gate),
            None => measured.push((lines, vec![gate])),
        }
    }
    let told = |(lines, gates): &(String, Vec<String>)| {
        let more = if gates.len() > SHOWN_MAX { ", ..." } else { "" };
        format!("{lines} can be covered ({}{more})", gates[..gates.len().min(SHOWN_MAX)].join(", "))
    };
    let measured: Vec<String> = measured.iter().take(SHOWN_MAX).map(told).collect();
    if let Some((lines, base)) = base {
        let lines = words::count(lines.trim().parse().unwrap_or(0), "line", "lines");
        let base: String = clean_line(base).chars().take(COMMIT_CHARS).collect();
        let measured = if measured.is_empty() { String::new() } else { format!("; {}", measured.join(", ")) };
        text.raw(format!("change: {lines} since base {base}{measured}"));
    }
    for (gate, lines) in verdict.few_lines.iter().take(STEPS_SHOWN_MAX) {
        text.raw(words::few_lines(gate, *lines));
    }
}

/// Files that define or judge and that the change touches: whoever edits them must see why that has no effect.
fn governed_changes(story: &Story, verdict: &Verdict, text: &mut Text) {
    let settings = story.started.as_ref().map(|(_, started)| started.settings.as_slice()).unwrap_or_default();
    let files: Vec<&str> = settings.iter().filter_map(|word| word.strip_prefix(GOVERNED_CHANGE)).collect();
    if files.is_empty() {
        return;
    }
    let shown: Vec<String> = files.iter().take(SHOWN_MAX).map(|path| clean_line(path)).collect();
    let more = match files.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let used = match verdict.definitions {
        Definitions::Protected => ", and those of the base were used",
        Definitions::IntroducedHere | Definitions::Unprotected => "",
    };
    text.raw(format!("governed: this change edits {}{more}{used}", shown.join(", ")));
}

/// Kinds that nobody measured: those that a step could have measured with the cure, the others together.
fn not_measured(story: &Story, verdict: &Verdict, text: &mut Text) {
    let has_gate = |kind: &&Name| words::gates_of(story, kind, &[]).next().is_some();
    let (cured, others): (Vec<&Name>, Vec<&Name>) = verdict.not_measured.iter().partition(has_gate);
    for kind in cured {
        text.raw(format!("not measured: {}", words::not_measured(story, kind)));
    }
    match others.as_slice() {
        [] => {}
        [kind] => text.raw(format!("not measured: {}", words::not_measured(story, kind))),
        kinds => {
            let kinds = words::list(&kinds.iter().map(|kind| clean_line(kind)).collect::<Vec<_>>(), "and");
            text.raw(format!("not measured: {kinds} (no step of this workflow measures them)"));
        }
    }
}

fn allowed(story: &Story, text: &mut Text) {
    let allowed = |step: &&Step| {
        story.node(step).is_some_and(|node| node.allow_failure)
            && matches!(step.standing(), Standing::Failed | Standing::Undecided)
    };
    for step in story.shown().filter(allowed).take(STEPS_SHOWN_MAX) {
        let result = words::result(story, step);
        let result = if result.is_empty() { result } else { format!(": {result}") };
        text.raw(format!("allowed to fail: `{}` {}{result}", step.name, words::is(step.standing())));
    }
}

fn waivers(verdict: &Verdict, sources: Sources<'_>, text: &mut Text) {
    for (what, who) in verdict.waived.iter().take(STEPS_SHOWN_MAX) {
        text.raw(format!("waived: {}", words::waiver(sources.governance, what, who)));
    }
    for (what, why) in verdict.waivers_refused.iter().take(STEPS_SHOWN_MAX) {
        text.raw(format!("waiver refused: `{}`, {}", clean_line(what), words::refused(*why)));
    }
    for what in verdict.waivers_unused.iter().take(STEPS_SHOWN_MAX) {
        text.raw(format!("waiver unused: `{}`; it changed no outcome", clean_line(what)));
    }
}

/// What the run waits for.
pub(super) fn waiting(story: &Story, text: &mut Text) {
    for step in story.waiting().take(STEPS_SHOWN_MAX) {
        let word = text.look.standing(step.standing(), 0);
        text.raw(format!("{word}  {}  {}", label(step), words::waits_for(story, step)));
        if let Some(Kind::Approval(approval)) = story.node(step).map(|node| &node.kind)
            && let Some(prompt) = &approval.prompt
        {
            text.item(&clean_line(prompt));
        }
        for answer in step.answers.iter().take(SHOWN_MAX) {
            text.item(&words::says(answer));
        }
        for (by, why) in step.refused.iter().rev().take(SHOWN_MAX).rev() {
            text.item(&words::refused_answer(by, *why));
        }
    }
}

/// Commands that help.
pub(super) fn next(story: &Story, text: &mut Text) {
    let commands = summary::commands(story);
    if commands.is_empty() {
        return;
    }
    text.gap();
    text.raw("next:".to_owned());
    let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    for (command, about) in commands {
        // A command that is cut cannot be pasted.
        text.raw(format!("  {}  {about}", pad(&command, width)));
    }
}

/// The command that brings what a catch waits for, where a person can.
fn sending(step: &Step, trigger: &Trigger, run: &str) -> Option<(String, &'static str)> {
    match trigger {
        Trigger::Message { name, .. } => {
            let key = step.key.as_ref().map(|key| format!(" --key {}", words::shell_word(key)));
            let key = key.unwrap_or_default();
            Some((format!("dod send {run} {}{key}", words::shell_word(name)), "send it"))
        }
        Trigger::Signal(name) => {
            Some((format!("dod send {run} {} --signal", words::shell_word(name)), "send the signal"))
        }
        _ => None,
    }
}

pub(super) fn commands(story: &Story, run: &str) -> Vec<(String, &'static str)> {
    let mut commands = Vec::new();
    for step in story.waiting().take(SHOWN_MAX) {
        let name = words::shell_word(&step.name);
        match (step.phase, story.node(step).map(|node| &node.kind)) {
            (Phase::Held, _) => {
                commands.push((format!("dod approve {run} {name}"), "let it run again"));
                commands.push((format!("dod approve {run} {name} --reject"), "count it as failed"));
            }
            (_, Some(Kind::Approval(approval))) => {
                let sign = if approval.proved { " --sign-with KEY" } else { "" };
                commands.push((format!("dod approve {run} {name}{sign}"), "say yes"));
            }
            (_, Some(Kind::Message(message))) => {
                let key = match &message.key {
                    Some(key) => format!(" --key {}", words::shell_word(key)),
                    None => String::new(),
                };
                commands
                    .push((format!("dod send {run} {}{key}", words::shell_word(&message.name)), "send it"));
            }
            (_, Some(Kind::Catch(catch))) => commands.extend(sending(step, &catch.trigger, run)),
            _ => {}
        }
    }
    let bad = story.shown().find(|step| is_bad(story, step));
    match story.verdict() {
        None => commands.push((format!("dod resume {run}"), "go on")),
        Some(verdict) if verdict.state != State::Passed => {
            commands.push((format!("dod explain {run}"), "why, down to the lines of the reports"));
            if bad.is_some() {
                commands.push((format!("dod rerun {run} --failed"), "run again what did not pass"));
            }
        }
        Some(_) => {}
    }
    if let Some(step) = bad.filter(|step| step.said().is_some()) {
        commands.push((format!("dod logs {run} {}", words::shell_word(&step.name)), "all that it printed"));
    }
    commands
}
