//! What became of a step, in a few words: why it ended so, what it waits for, how to help it.
//!
//! **Absent on purpose:** verdicts.

use dod_kernel::id::StepRef;
use dod_kernel::policy::{State, Why};
use dod_kernel::run::{Answered, AttemptEnded, End, Outcome, Reading, SettledBy, StopReason};
use dod_kernel::workflow::{Kind, Node, Program, Trigger};

use crate::look::clean_line;
use crate::story::{Phase, Step, Story, task};
use crate::time;
use crate::words;

/// Why a step stands as it does. Empty where its word says enough.
pub(crate) fn because(story: &Story, step: &Step) -> String {
    let Some(settled) = &step.settled else { return waits_for(story, step) };
    match (&settled.why, settled.outcome) {
        (SettledBy::Upstream(other), _) => upstream(story, other),
        (SettledBy::Condition, Outcome::Undecided) => {
            let answer = step.condition.as_ref().map_or("the answer is not known".to_owned(), words::answer);
            format!("its `if` cannot be answered: {answer}")
        }
        (SettledBy::Condition, _) => "its `if` is false".to_owned(),
        (SettledBy::NotSelected, _) => left_out(story, step),
        (SettledBy::Stopped(why), _) => stop(why).to_owned(),
        (SettledBy::Disagreement, _) => {
            "its exit code says that there are findings, its report has none".to_owned()
        }
        (SettledBy::Unreadable, _) => match step.ended().map(|ended| &ended.evidence) {
            Some(Reading::Unreadable { why }) => clean_line(why),
            _ => "there is no readable evidence".to_owned(),
        },
        (SettledBy::Exit, Outcome::Passed) => "exit code only".to_owned(),
        (SettledBy::Exit, _) => step.ended().map(|ended| end(ended, step)).unwrap_or_default(),
        (SettledBy::Answers, _) => answers(&step.answers),
        (SettledBy::Joined, Outcome::Failed) => "too few of its needs can still pass".to_owned(),
        (SettledBy::Judge, outcome) => judge(step, outcome),
        (SettledBy::Time, Outcome::Failed) => match story.node(step).map(|node| &node.kind) {
            Some(Kind::Message(_)) => "the message did not come in time".to_owned(),
            _ => "nobody answered in time".to_owned(),
        },
        (SettledBy::Scope, Outcome::Failed) => "a step inside it failed".to_owned(),
        (SettledBy::Scope, Outcome::Undecided) => "a step inside it is undecided".to_owned(),
        (SettledBy::Script | SettledBy::Decision, Outcome::Undecided) => {
            step.condition.as_ref().map(words::answer).unwrap_or_default()
        }
        (SettledBy::Error(code), _) => format!("caught the error `{}`", clean_line(code)),
        (SettledBy::Escalation(code), _) => format!("caught the escalation `{}`", clean_line(code)),
        (SettledBy::Message, Outcome::Passed) => "the message came".to_owned(),
        (SettledBy::Signal, _) => "the signal came".to_owned(),
        (SettledBy::Ready, Outcome::Passed) if step.went_down() => {
            let end = step.ended().map(|ended| end(ended, step)).unwrap_or_default();
            format!("the service was ready and ended while it was used: {end}")
        }
        (SettledBy::Ready, Outcome::Passed) => "the service is ready".to_owned(),
        _ => String::new(),
    }
}

/// Whether what was left out was left to CI: `--local` leaves out gates whose tool is missing here. Another
/// flag may have left out the same gate, and then only that it was left out is sure.
pub(super) fn is_left_to_ci(story: &Story) -> bool {
    let settings = story.started.as_ref().map(|(_, started)| started.settings.as_slice()).unwrap_or_default();
    let flags = settings.iter().filter_map(|word| word.split([' ', '=']).next());
    let mut local = false;
    for flag in flags {
        match flag {
            "--local" => local = true,
            "--only" | "--skip" | "--tag" | "--since" => return false,
            _ => {}
        }
    }
    local
}

fn left_out(story: &Story, step: &Step) -> String {
    if !is_left_to_ci(story) {
        return "left out by a flag".to_owned();
    }
    let node = story.node(step);
    match (node.and_then(program), node.and_then(cure)) {
        (Some(program), Some(cure)) => format!("left to CI: {program} is missing here; {cure}"),
        (Some(program), None) => format!("left to CI: {program} is missing here"),
        (None, _) => "left to CI: its tool is missing here".to_owned(),
    }
}

fn upstream(story: &Story, other: &StepRef) -> String {
    let standing = story.step(other.id).map(Step::standing);
    let other = &other.name;
    match standing {
        Some(standing) if standing.is_settled() => format!("because `{other}` {}", words::is(standing)),
        _ => format!("because of `{other}`"),
    }
}

fn answers(answers: &[Answered]) -> String {
    let said = |yes: bool| {
        let names = answers.iter().filter(move |one| one.accept == yes);
        names.map(|one| words::actor(&one.by)).collect::<Vec<_>>()
    };
    match answers.iter().find(|one| !one.accept) {
        Some(no) => {
            let because = no.because.as_ref().map(|text| format!(": {}", clean_line(text)));
            format!("rejected by {}{}", words::list(&said(false), "and"), because.unwrap_or_default())
        }
        None => format!("approved by {}", words::list(&said(true), "and")),
    }
}

fn judge(step: &Step, outcome: Outcome) -> String {
    match &step.verdict {
        None if outcome == Outcome::Undecided => "its policy is not at hand".to_owned(),
        None => String::new(),
        Some(verdict) => {
            let state = match verdict.state {
                State::Passed => "passed",
                State::Failed => "failed",
                _ => "undecided",
            };
            format!("policy `{}` says {state}", verdict.policy)
        }
    }
}

/// Why something was ended early.
pub(crate) fn stop(why: &StopReason) -> &'static str {
    match why {
        StopReason::Cancelled => "the run was cancelled",
        StopReason::Interrupted => "an event interrupted it",
        StopReason::Terminated => "an end event terminated what it is a part of",
        StopReason::Withdrawn => "it is not waited for any more",
        StopReason::Decided => "what needs it is decided without it",
        StopReason::FailFast => "the run stops at the first failure",
        StopReason::Limit => "a bound of the run was reached",
        StopReason::Timeout => "the time was up",
        StopReason::Unneeded => "nobody needs it any more",
    }
}

/// How an attempt ended.
pub(crate) fn end(ended: &AttemptEnded, step: &Step) -> String {
    match &ended.end {
        End::Cancelled => "it was cancelled".to_owned(),
        End::Exited { code, .. } => format!("exit code {code}"),
        End::Lost => "it was lost with the process of `dod`".to_owned(),
        End::NotStarted { why } => clean_line(why),
        End::Signaled { signal } => match signal_name(*signal) {
            Some(name) => format!("ended by signal {signal} ({name})"),
            None => format!("ended by signal {signal}"),
        },
        End::TimedOut => {
            let attempt = step.attempts.iter().find(|attempt| attempt.number == ended.attempt);
            match attempt.and_then(crate::story::Attempt::duration_ms) {
                Some(ms) if ms > 0 => format!("timed out after {}", time::duration(ms)),
                _ => "timed out".to_owned(),
            }
        }
    }
}

/// The signals that tell something about how a program broke (POSIX `signal.h`, numbers as on Linux).
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT, it aborted",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL, often for want of memory",
        11 => "SIGSEGV, it crashed",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// What an open step waits for.
pub(crate) fn waits_for(story: &Story, step: &Step) -> String {
    let until = |due: Option<dod_kernel::id::Timestamp>| {
        due.map(|due| format!(", until {}", time::minute(due))).unwrap_or_default()
    };
    match (step.phase, story.node(step).map(|node| &node.kind)) {
        (Phase::Held, _) => {
            "it was running when the run was lost and must not run twice: somebody has to say whether it may \
             run again"
                .to_owned()
        }
        (Phase::Waiting(due), Some(Kind::Approval(approval))) => {
            let missing = u64::from(story.answers_missing(step).unwrap_or(1));
            let people = words::count(missing, "person", "people");
            let from = match words::ticked(&approval.from) {
                roles if roles.is_empty() => String::new(),
                roles => format!(" of {}", words::list(&roles, "or")),
            };
            let signed = if approval.proved { " with a signature" } else { "" };
            let others = if approval.independent { ", none of the authors of the change" } else { "" };
            format!("{people}{from} to say yes{signed}{others}{}", until(due))
        }
        (Phase::Waiting(due), Some(Kind::Message(message))) => {
            format!("the message `{}`{}", message.name, until(due))
        }
        (Phase::Waiting(due), Some(Kind::Catch(catch))) => match &catch.trigger {
            Trigger::Message { name, .. } => format!("the message `{}`", clean_line(name)),
            Trigger::Signal(name) => format!("the signal `{}`", clean_line(name)),
            _ => until(due).trim_start_matches(", ").to_owned(),
        },
        (Phase::Waiting(Some(due)), _) => format!("until {}", time::minute(due)),
        (Phase::Backoff(due), _) => format!("until {}", time::minute(due)),
        _ => String::new(),
    }
}

/// What a step came to: counts of its evidence, or the reason.
pub(crate) fn result(story: &Story, step: &Step) -> String {
    let counts = step.summary().map(words::counts).unwrap_or_default();
    let reason = because(story, step);
    let mut parts: Vec<String> = [counts, reason].into_iter().filter(|part| !part.is_empty()).collect();
    let waived = waived(step);
    if !waived.is_empty() {
        parts.push(format!("waived: {}", words::list(&waived, "and")));
    }
    if let Some(run) = step.ended().and_then(|ended| ended.reused_from.as_ref()) {
        parts.push(format!("reused from {}", words::short(run)));
    }
    let tries = step.attempts.len();
    if tries > 1 {
        parts.push(format!("{tries} attempts"));
    }
    parts.join(", ")
}

/// What was waived at a gate and by whom, each once.
fn waived(step: &Step) -> Vec<String> {
    let mut all = Vec::new();
    for outcome in step.judged.iter().flat_map(|judged| &judged.outcomes) {
        let Why::Waived { by, .. } = &outcome.why else { continue };
        for (what, who) in by {
            let text = format!("`{}` by {}", clean_line(what), clean_line(who));
            if !all.contains(&text) {
                all.push(text);
            }
        }
    }
    all
}

/// How to get what a step lacks.
pub(crate) fn cure(node: &Node) -> Option<String> {
    let task = task(node)?;
    task.action.install.as_ref().map(|install| format!("`{}`", clean_line(install)))
}

/// The program that could not be started: what the host's words name first.
pub(crate) fn missing_program(step: &Step) -> Option<String> {
    let why = step.attempts.iter().rev().find_map(crate::story::Attempt::not_started)?;
    let name = why.split('`').nth(1).filter(|name| !name.is_empty());
    name.map(clean_line)
}

/// The program that a step runs, for a sentence about its absence.
pub(crate) fn program(node: &Node) -> Option<String> {
    let action = &task(node)?.action;
    match (action.programs.last(), &action.run) {
        (Some(program), _) => Some(clean_line(program)),
        (None, Program::Argv(argv)) => argv.first().map(|program| clean_line(program)),
        (None, Program::Shell { .. }) => None,
    }
}

/// What a step is, in one word for programs.
pub(crate) fn kind_of_step(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Approval(_) => "approval",
        Kind::Call(_) => "call",
        Kind::Catch(_) => "catch",
        Kind::Decide(_) => "decision",
        Kind::Repeat(_) => "rounds",
        Kind::Script(_) => "script",
        Kind::Throw(_) => "throw",
        Kind::Judge(_) => "judge",
        Kind::Message(_) => "message",
        Kind::Pass => "pass",
        Kind::Task(_) if crate::story::is_gate(node) => "gate",
        Kind::Task(task) if task.probe.is_some() => "service",
        Kind::Task(_) => "command",
        Kind::Wait(_) => "wait",
    }
}
