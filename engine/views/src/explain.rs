//! Why a run came out as it did: from the verdict to the rule, the gate, the finding, the report and the event.
//!
//! ```text
//!   verdict ─┬─ what it was judged by and compared with
//!            ├─ step ─┬─ rule      what was found, what was wanted, what to do
//!            │        ├─ evidence  findings, tests, uncovered lines, and the reports they were read from
//!            │        └─ attempt   how it ended
//!            ├─ reasons that belong to no step
//!            └─ waivers, files that are governed, recorded runs, what was not measured
//! ```
//!
//! Each point names the event that tells it, so that everything said here can be looked up in the log.
//!
//! **Absent on purpose:** guessing. What the log and the evidence do not say is not explained.

mod finding;
mod point;
mod proof;
mod run;

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::evidence::{Evidence, Finding};
use dod_kernel::id::Name;
use dod_kernel::policy::step_of;

use crate::look::{Look, clean, clean_line};
use crate::story::{Standing, Step, Story};
use crate::{Sources, failing, summary, words};
use point::Depth;

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
        let is_leg = || story.workflow.nodes().iter().any(|node| step_of(&node.name) == Some(word));
        if story.named(word).is_some() || story.workflow.find(word).is_some() || is_leg() {
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
    let (kind, name, mut points) = match target {
        Target::Run => ("run", None, vec![run::run(story, sources)]),
        Target::Step(name) => ("step", Some(name.to_string()), step(story, name, sources)),
        Target::Rule(name) => ("rule", Some(name.to_string()), rule(story, name, sources)),
        Target::Finding(name) => ("finding", Some(name.clone()), finding(story, name, sources)),
    };
    let told = story.finished.as_ref().map_or(story.events.saturating_sub(1), |end| end.seq);
    points.iter_mut().for_each(|point| point.inherit(told));
    let next = summary::commands(story).into_iter().map(|(command, _)| command);
    let asked = |command: &String| !command.starts_with("dod explain");
    let all = story.id().map(|id| format!("dod explain {}", words::short(id)));
    let all = all.filter(|_| *target != Target::Run);
    let run = story.id().map(|id| id.0.clone()).unwrap_or_default();
    ExplainObject {
        run,
        target: kind,
        name,
        points,
        next: all.into_iter().chain(next.filter(asked)).collect(),
    }
}

/// An explanation for people.
pub fn render(object: &ExplainObject, look: Look) -> String {
    let mut lines = Vec::new();
    for point in &object.points {
        point.lines(0, None, look, &mut lines);
    }
    if !object.next.is_empty() {
        lines.push(String::new());
        lines.push("next:".to_owned());
        lines.extend(object.next.iter().map(|command| format!("  {command}")));
    }
    clean(&(lines.join("\n") + "\n"), look.color)
}

fn step(story: &Story, name: &str, sources: Sources<'_>) -> Vec<Point> {
    let mut all: Vec<&Step> = story.all_named(name).collect();
    if all.is_empty() {
        all = legs(story, name);
    }
    if all.is_empty() {
        let text = match story.finished {
            Some(_) => format!("`{name}` was never reached"),
            None => format!("`{name}` has not been reached yet"),
        };
        return vec![Point::new("step", text)];
    }
    let mut points = united(story, name, sources);
    // The last activations are what one asks about.
    let first = all.len().saturating_sub(FOLLOWED_MAX);
    points.extend(all[first..].iter().map(|step| point::step(story, step, sources, Depth::WHOLE)));
    points
}

/// The legs of a step that has several.
fn legs<'a>(story: &'a Story, name: &str) -> Vec<&'a Step> {
    story.shown().filter(|step| step_of(&step.name) == Some(name)).collect()
}

/// What rules say of the legs of a step together.
fn united(story: &Story, name: &str, sources: Sources<'_>) -> Vec<Point> {
    let Some(end) = &story.finished else { return Vec::new() };
    let of = end.outcomes.iter().filter(|outcome| outcome.gate.as_ref().is_some_and(|gate| &**gate == name));
    let together = of.filter(|_| story.named(name).is_none());
    together.map(|outcome| point::rule(story, outcome, end.seq, sources)).collect()
}

fn rule(story: &Story, id: &str, sources: Sources<'_>) -> Vec<Point> {
    let mut top = Point::new("rule", format!("rule `{id}`"));
    if let Some(rule) = sources.rule(id) {
        top = Point::new("rule", format!("rule `{id}` wants {}", words::demand(rule))).at(0);
        top.add(Point::new("effect", words::effect(rule.effect).to_owned()));
        top.add_all(point::reasons_of(rule));
    }
    let outcomes: Vec<_> = story.outcomes().filter(|(_, one)| &*one.rule == id).collect();
    if outcomes.is_empty() {
        top.add(Point::new("outcome", "no gate was asked: none of this run has what it is about".to_owned()));
        let sought = sources.rule(id).and_then(|rule| rule.gates.first()).filter(|gate| gate.as_str() != "*");
        if let Some(kind) = sought {
            let told = format!("not measured: {}", words::not_measured(story, kind));
            top.add(Point::new("not_measured", told));
        }
    }
    for (seq, outcome) in outcomes.iter().take(FOLLOWED_MAX) {
        let gate = outcome.gate.as_ref();
        let of = gate.map_or("over the run".to_owned(), |gate| format!("at `{gate}`"));
        let is = words::is(Standing::from(outcome.state));
        let text = format!("{of} it {is}: {}", words::why(outcome, sources.policy()));
        let mut point = Point::new("outcome", text).at(*seq);
        point.add_all(point::about_outcome(story, outcome, sources));
        let steps = gate.map(|gate| match story.named(gate) {
            Some(step) => vec![step],
            None => legs(story, gate),
        });
        for step in steps.into_iter().flatten().take(FOLLOWED_MAX) {
            point.add_all(proof::evidence(step, sources, Depth::SHORT, &[outcome]));
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
    let compared = finding::compared(story, sources);
    let mut points = Vec::new();
    for (step, evidence) in found(story, sources) {
        let mut found: Vec<&Finding> = findings_of(&evidence, word).collect();
        failing::worst_first(&mut found, |finding| failing::is_named_by_waiver(sources, finding));
        for finding in found.iter().take(FOLLOWED_MAX) {
            points.push(finding::point(story, step, finding, (&evidence, compared.as_ref()), sources));
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
