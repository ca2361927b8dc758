//! Why a run came out as it did: from the verdict to the rule, the gate, the finding, the report and the event.
//!
//! ```text
//!   verdict ── reason ── step ─┬─ rule      what was found, what was wanted
//!                              ├─ attempt   how it ended
//!                              └─ evidence  findings and tests, and the reports they were read from
//! ```
//!
//! Each point names the event that tells it, so that everything said here can be looked up in the log.
//!
//! **Absent on purpose:** guessing. What the log and the evidence do not say is not explained.

mod point;

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::evidence::{Evidence, Finding};
use dod_kernel::id::Name;

use crate::look::{Look, clean, clean_line};
use crate::story::{Standing, Step, Story};
use crate::{Sources, failing, summary, words};

pub use point::Point;

/// Reasons, outcomes and findings that are followed.
pub const FOLLOWED_MAX: usize = 50;

/// Findings listed where one step is asked for.
pub const FINDINGS_MAX: usize = 500;

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The whole run.
    Run,
    /// A step, by its name.
    Step(Name),
    /// A rule of the policy, by its id.
    Rule(Name),
    /// Findings: by fingerprint, rule, advisory id, `path` or `path:line`.
    Finding(String),
}

impl Target {
    /// What people mean by a word: a step, else a rule, else a finding; `None` where the run knows nothing of it.
    pub fn of(story: &Story, sources: Sources<'_>, word: &str) -> Option<Self> {
        if story.named(word).is_some() || story.workflow.find(word).is_some() {
            return Some(Self::Step(word.into()));
        }
        let ruled = story.outcomes().any(|(_, outcome)| &*outcome.rule == word);
        if ruled || sources.rule(word).is_some() {
            return Some(Self::Rule(word.into()));
        }
        let found = found(story, sources).any(|(_, evidence)| findings_of(&evidence, word).next().is_some());
        found.then(|| Self::Finding(word.to_owned()))
    }
}

/// `dod explain --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExplainObject {
    /// The run.
    #[schemars(with = "String")]
    pub run: Name,
    /// What is explained: `run`, `step`, `rule` or `finding`.
    pub target: &'static str,
    /// Its name, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What there is to say, from the verdict downwards.
    pub points: Vec<Point>,
    /// Commands that help.
    pub next: Vec<String>,
}

/// Explains a run or a part of it.
pub fn explain(story: &Story, target: &Target, sources: Sources<'_>) -> ExplainObject {
    let (kind, name, points) = match target {
        Target::Run => ("run", None, run(story, sources)),
        Target::Step(name) => ("step", Some(name.to_string()), step(story, name, sources)),
        Target::Rule(name) => ("rule", Some(name.to_string()), rule(story, name, sources)),
        Target::Finding(name) => ("finding", Some(name.clone()), finding(story, name, sources)),
    };
    let next = summary::commands(story).into_iter().map(|(command, _)| command);
    let next = next.filter(|command| !command.starts_with("dod explain"));
    let run = story.id().map(|id| id.0.clone()).unwrap_or_default();
    ExplainObject { run, target: kind, name, points, next: next.collect() }
}

/// An explanation for people.
pub fn render(object: &ExplainObject, look: Look) -> String {
    let mut lines = Vec::new();
    for point in &object.points {
        point.lines(0, look, &mut lines);
    }
    if !object.next.is_empty() {
        lines.push(String::new());
        lines.push("next:".to_owned());
        lines.extend(object.next.iter().map(|command| format!("  {command}")));
    }
    clean(&(lines.join("\n") + "\n"), look.color)
}

fn run(story: &Story, sources: Sources<'_>) -> Vec<Point> {
    let headline = summary::headline(story, Look::PLAIN);
    let Some(finished) = &story.finished else {
        let mut top = Point::new("run", headline);
        let open = story.shown().filter(|step| step.settled.is_none() || step.standing().is_bad());
        top.add_all(
            open.take(FOLLOWED_MAX).map(|step| point::step(story, step, sources, summary::SHOWN_MAX)),
        );
        return vec![top];
    };
    let verdict = &finished.verdict;
    let mut top = Point::new("verdict", headline).at(finished.seq);
    top.add(Point::new("policy", format!("judged by policy `{}`", verdict.policy)));
    if let Some(said) = words::definitions(verdict.definitions) {
        top.add(Point::new("definitions", said.to_owned()));
    }
    if verdict.reasons.is_empty() {
        top.add(Point::new("reason", "nothing speaks against it".to_owned()));
    }
    let mut told: Vec<&Name> = Vec::new();
    for reason in verdict.reasons.iter().take(FOLLOWED_MAX) {
        let mut why = Point::new("reason", words::reason(story, reason, sources.policy()));
        for step in point::about(story, reason) {
            if !told.contains(&&step.name) {
                told.push(&step.name);
                why.add(point::step(story, step, sources, summary::SHOWN_MAX));
            }
        }
        top.add(why);
    }
    if verdict.reasons.len() > FOLLOWED_MAX {
        top.add(Point::new("reason", format!("and {} more reasons", verdict.reasons.len() - FOLLOWED_MAX)));
    }
    for (gate, run) in verdict.rests_on.iter().take(FOLLOWED_MAX) {
        let seq = story.started.as_ref().map(|_| 0);
        top.add(Point { seq, ..Point::new("rests_on", words::rests_on(story, gate, run)) });
    }
    for kind in &verdict.not_measured {
        top.add(Point::new("not_measured", format!("not measured: {}", words::not_measured(story, kind))));
    }
    vec![top]
}

fn step(story: &Story, name: &str, sources: Sources<'_>) -> Vec<Point> {
    let all: Vec<&Step> = story.all_named(name).collect();
    if all.is_empty() {
        let text = match story.finished {
            Some(_) => format!("`{name}` was never reached"),
            None => format!("`{name}` has not been reached yet"),
        };
        return vec![Point::new("step", text)];
    }
    // The last activations are what one asks about.
    let first = all.len().saturating_sub(FOLLOWED_MAX);
    all[first..].iter().map(|step| point::step(story, step, sources, FINDINGS_MAX)).collect()
}

fn rule(story: &Story, id: &str, sources: Sources<'_>) -> Vec<Point> {
    let mut top = Point::new("rule", format!("rule `{id}`"));
    if let Some(rule) = sources.rule(id) {
        top = Point::new("rule", format!("rule `{id}` wants {}", words::demand(rule)));
        if let Some(because) = &rule.because {
            top.add(Point::new("because", format!("because: {}", clean_line(because))));
        }
    }
    let outcomes: Vec<_> = story.outcomes().filter(|(_, one)| &*one.rule == id).collect();
    if outcomes.is_empty() {
        top.add(Point::new("outcome", "no gate was asked".to_owned()));
    }
    for (seq, outcome) in outcomes.iter().take(FOLLOWED_MAX) {
        let gate = outcome.gate.as_ref();
        let of = gate.map_or("over the run".to_owned(), |gate| format!("at `{gate}`"));
        let is = words::is(Standing::from(outcome.state));
        let text = format!("{of} it {is}: {}", words::why(outcome, sources.policy()));
        let mut point = Point::new("outcome", text).at(*seq);
        if let Some(step) = gate.and_then(|gate| story.named(gate)) {
            point.add_all(point::evidence(step, sources, summary::SHOWN_MAX));
        }
        top.add(point);
    }
    vec![top]
}

/// Steps with their evidence, where it is at hand.
fn found<'a>(story: &'a Story, sources: Sources<'a>) -> impl Iterator<Item = (&'a Step, Evidence)> {
    story.steps.iter().filter_map(move |step| Some((step, (sources.evidence)(step.evidence()?)?)))
}

/// Findings that a word means.
fn findings_of<'e>(evidence: &'e Evidence, word: &'e str) -> impl Iterator<Item = &'e Finding> {
    evidence.findings.iter().flatten().filter(move |finding| {
        let holes =
            finding.vulnerability.iter().flat_map(|hole| std::iter::once(&hole.id).chain(&hole.aliases));
        let place = finding.place.as_ref();
        *finding.fingerprint == *word
            || *finding.rule == *word
            || holes.into_iter().any(|id| id.eq_ignore_ascii_case(word))
            || place.is_some_and(|place| {
                let rest = words::place(place);
                let rest = rest.strip_prefix(word);
                *place.path == *word || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            })
    })
}

fn finding(story: &Story, word: &str, sources: Sources<'_>) -> Vec<Point> {
    let mut points = Vec::new();
    for (step, evidence) in found(story, sources) {
        let found: Vec<&Finding> = findings_of(&evidence, word).collect();
        let held = failing::findings(step, &evidence, sources);
        for finding in found.iter().take(FOLLOWED_MAX) {
            let counts = held.iter().any(|one| std::ptr::eq(*one, *finding));
            points.push(point::finding(step, finding, &evidence, counts, sources));
        }
        if found.len() > FOLLOWED_MAX {
            points.push(Point::new("finding", format!("and {} more", found.len() - FOLLOWED_MAX)));
        }
    }
    if points.is_empty() {
        points
            .push(Point::new("finding", format!("no evidence at hand has a finding `{}`", clean_line(word))));
    }
    points
}
