//! The view for places without a terminal: lines to print as things happen.
//!
//! Everything begins at column one, without prefixes and without colors unless asked, so that `::error` lines
//! that a tool wrote itself still work where they are obeyed.
//!
//! **Absent on purpose:** the end of the run; that is [`summary`](crate::summary).

use std::sync::Arc;

use dod_kernel::id::{Digest, Instance, Name};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Contents, Event, EventThrown, Printed, RunStarted};
use dod_kernel::workflow::{Kind, ReportPlace, Task, Workflow};

use crate::look::{Look, clean, clean_line};
use crate::story::{Standing, Step, Story};
use crate::summary::{label, pad};
use crate::{time, words};

/// Good rounds of one step that have a line of their own.
const ROUNDS_SHOWN: usize = 100;
/// Lines of a failing step's output that are shown.
pub const TAIL_LINES_MAX: usize = 40;

/// What the first line says beside what the log knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Name and version of the policy: `standard@1`.
    pub policy: String,
    /// Where it comes from: `builtin`, a path, a path on a base.
    pub source: String,
    /// Its digest.
    pub digest: Option<Digest>,
}

/// Lines as things happen.
#[derive(Clone, Debug)]
pub struct Plain {
    look: Look,
    opening: Opening,
    story: Story,
    /// The width of the names.
    names: usize,
}

impl Plain {
    /// A view of a run that has not begun.
    pub fn new(workflow: Arc<Workflow>, opening: Opening, look: Look) -> Self {
        let shown = workflow.nodes().iter().filter(|node| !matches!(node.kind, Kind::Pass));
        let names = shown.map(|node| node.name.chars().count()).max().unwrap_or(0).min(NAME_WIDTH_MAX);
        Self { look, opening, story: Story::new(workflow), names }
    }

    /// Takes the next event; the lines to print now, without line ends.
    pub fn push(&mut self, recorded: &Recorded<Event>) -> Vec<String> {
        self.story.push(recorded);
        let lines = self.lines(recorded);
        lines.iter().map(|line| clean(line, self.look.color)).collect()
    }

    fn lines(&self, recorded: &Recorded<Event>) -> Vec<String> {
        let story = &self.story;
        match &recorded.event {
            Event::RunStarted(started) => vec![opening(started, &self.opening, self.look)],
            Event::RunResumed { cut_bytes, .. } => vec![match cut_bytes {
                0 => "resumed".to_owned(),
                cut => {
                    format!("resumed; {} of a torn last line were cut", words::count(*cut, "byte", "bytes"))
                }
            }],
            Event::RunStopping { why } => vec![format!("stopping: {}", words::stop(why))],
            Event::RetryScheduled { attempt, due, step } => {
                let delay = crate::story::since(recorded.at, *due);
                self.line_of(step.id, |step| {
                    let why = step.ended().map(|ended| words::end(ended, step)).unwrap_or_default();
                    let why = if why.is_empty() { why } else { format!("{why}; ") };
                    format!("{why}attempt {attempt} in {}", time::duration(delay))
                })
            }
            Event::StepWaiting { step, .. } | Event::StepHeld { step } => {
                self.line_of(step.id, |step| words::waits_for(story, step))
            }
            Event::Answered(answered) => {
                let yes = if answered.accept { "yes" } else { "no" };
                vec![format!("answered: {} says {yes} to {}", words::actor(&answered.by), answered.step.name)]
            }
            Event::AnswerRefused { by, step, why } => {
                let (by, why) = (words::actor(by), words::no_answer(*why));
                vec![format!("not counted: the answer of {by} to {}: {why}", step.name)]
            }
            Event::MessageReceived { by: Some(by), name, .. } => {
                vec![format!("message: {} sends `{}`", words::actor(by), clean_line(name))]
            }
            Event::SignalReceived { by: Some(by), name, .. } => {
                vec![format!("signal: {} sends `{}`", words::actor(by), clean_line(name))]
            }
            Event::CancelRequested { by } => vec![format!("cancel: asked for by {}", words::actor(by))],
            Event::Incident { step, what } => {
                vec![format!("incident: {}: {}", step.name, incident(what))]
            }
            Event::EventThrown(thrown) => thrown_line(thrown).into_iter().collect(),
            Event::VariablesContested { names, step } => {
                let names = words::list(&words::ticked(names), "and");
                vec![format!("contested: {names}: set to something else by a step beside {}", step.name)]
            }
            Event::LimitReached { limit } => vec![format!("the bound `{limit}` was reached")],
            Event::StepSettled(settled) => self.settled(settled.step.id),
            _ => Vec::new(),
        }
    }

    /// The run so far, for what comes after: the summary.
    pub fn finish(self) -> Story {
        self.story
    }

    /// The run so far.
    pub fn story(&self) -> &Story {
        &self.story
    }

    fn line_of(&self, id: Instance, rest: impl Fn(&Step) -> String) -> Vec<String> {
        let Some(step) = self.story.step(id) else { return Vec::new() };
        vec![self.line(step, "", &rest(step))]
    }

    fn line(&self, step: &Step, took: &str, rest: &str) -> String {
        let word = self.look.standing(step.standing(), WORD);
        let name = pad(&label(step), self.names);
        format!("{word}  {name}  {took:>7}  {rest}").trim_end().to_owned()
    }

    fn settled(&self, id: Instance) -> Vec<String> {
        let Some(step) = self.story.step(id).filter(|step| self.story.is_shown(step)) else {
            return Vec::new();
        };
        let rounds = self.story.rounds_of(&step.name);
        if rounds > ROUNDS_SHOWN && step.standing() == Standing::Passed {
            return Vec::new();
        }
        let took = step.duration_ms().map(time::duration).unwrap_or_default();
        let result = words::result(&self.story, step);
        let mut lines = vec![self.line(step, &took, &result)];
        if matches!(step.standing(), Standing::Failed | Standing::Undecided) {
            lines.extend(tail(&self.story, step, self.look, TAIL_LINES_MAX));
        }
        lines
    }
}

/// The width of the first column: that of `undecided`.
const WORD: usize = 9;

/// Longer names push their line to the right.
const NAME_WIDTH_MAX: usize = 24;

fn opening(started: &RunStarted, opening: &Opening, look: Look) -> String {
    let digest =
        opening.digest.map(|digest| format!(" {}", digest.to_string().get(..19).unwrap_or_default()));
    let definitions = match started.definitions {
        dod_kernel::policy::Definitions::Protected => "protected",
        dod_kernel::policy::Definitions::IntroducedHere => "introduced here",
        dod_kernel::policy::Definitions::Unprotected => "unprotected",
    };
    let Opening { policy, source, .. } = opening;
    let source = format!("policy {policy} ({source}{})", digest.unwrap_or_default());
    let parts = [
        clean_line(&started.program),
        format!("run {}", started.id),
        clean_line(&source),
        format!("definitions {definitions}"),
    ];
    parts.join(look.dot())
}

/// What a step printed last, between a header and a footer, at column one.
pub(crate) fn tail(story: &Story, step: &Step, look: Look, lines_max: usize) -> Vec<String> {
    let Some(printed) = step.said().filter(|printed| !is_report(story, step, printed)) else {
        return Vec::new();
    };
    let text = clean(&printed.tail, look.color);
    let all: Vec<&str> = text.trim_end().lines().collect();
    let shown = &all[all.len().saturating_sub(lines_max)..];
    let is_cut = shown.len() < all.len() || printed.bytes > printed.tail.len() as u64;
    let last = if is_cut { ", last lines" } else { "" };
    let mut lines = vec![format!("--- output of {}{last} ---", step.name)];
    lines.extend(shown.iter().map(|line| (*line).to_owned()));
    let whole = match story.id() {
        Some(id) if is_cut => {
            format!(", all of it: dod logs {} {}", words::short(id), words::shell_word(&step.name))
        }
        _ => String::new(),
    };
    lines.push(format!("--- end of {}{whole} ---", step.name));
    lines
}

/// Formats that are written for people as well.
const READABLE: &[&str] = &["file_list", "gcc_lines", "libtest", "mypy", "tap", "tsc"];

/// A report that was read is told by its findings, not by its text, unless people read it as well.
fn is_report(story: &Story, step: &Step, printed: &Printed) -> bool {
    let for_programs = |format: &Name| !READABLE.contains(&&**format);
    let from_stdout = |task: &Task| {
        let mut reports = task.action.evidence.iter().filter(|report| report.from == ReportPlace::Stdout);
        reports.any(|report| report.format.as_ref().is_some_and(for_programs))
    };
    let is_stdout = step.ended().is_some_and(|ended| std::ptr::eq(&raw const ended.stdout, printed));
    is_stdout && step.evidence().is_some() && story.task(step).is_some_and(from_stdout)
}

/// What was thrown, where it is worth a line: what nobody hears is a fact that a modeller looks for.
pub(crate) fn thrown_line(thrown: &EventThrown) -> Option<String> {
    let name = clean_line(&thrown.step.name);
    let what = match &thrown.what {
        Contents::Error(code) => format!("the error `{}`", clean_line(code)),
        Contents::Escalation(code) => format!("the escalation `{}`", clean_line(code)),
        Contents::Message { name, .. } => format!("the message `{}`", clean_line(name)),
        Contents::Signal(name) => format!("the signal `{}`", clean_line(name)),
        Contents::Termination => return Some(format!("thrown: {name}: everything beside it ends here")),
    };
    let heard = match (&thrown.caught_by, thrown.reached) {
        (Some(catch), _) => format!("caught by {}", clean_line(&catch.name)),
        (None, 0) => "nobody waits for it".to_owned(),
        (None, reached) => format!("it reached {}", words::count(u64::from(reached), "step", "steps")),
    };
    Some(format!("thrown: {name}: {what}; {heard}"))
}

pub(crate) fn incident(what: &dod_kernel::run::IncidentKind) -> String {
    use dod_kernel::run::IncidentKind;
    match what {
        IncidentKind::Uncaught(code) => format!("nothing catches the error `{}`", clean_line(code)),
        IncidentKind::Value(why) => clean_line(why),
        IncidentKind::Condition(why) => format!("its condition cannot be answered: {}", clean_line(why)),
        IncidentKind::NoTrueCondition => "no condition holds and there is no default".to_owned(),
        IncidentKind::TaskFailed => "it failed and nothing handles that".to_owned(),
    }
}
