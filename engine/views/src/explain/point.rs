//! The points of an explanation, and those that many share: steps, rules, attempts.
//!
//! Points nest as deep as the code here nests them, never as deep as the data does.
//!
//! **Absent on purpose:** choosing what to explain.

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::id::Digest;
use dod_kernel::policy::{Require, Rule, RuleOutcome, State};
use dod_kernel::run::{End, Reading, SettledBy};

use super::{FINDINGS_MAX, FOLLOWED_MAX, proof};
use crate::look::{Look, Paint, clean_line};
use crate::schema;
use crate::story::{Standing, Step, Story};
use crate::words::advice;
use crate::{Sources, failing, summary, time, words};

/// Steps that are followed back from one that was skipped.
const CHAIN_MAX: usize = 20;

/// One thing to say, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Point {
    /// `verdict`, `policy`, `reason`, `step`, `answer`, `rule`, `because`, `supports`, `attempt`, `evidence`, `report`, `finding`,
    /// `introduced`, `test`, `uncovered`, `waiver`, `rests_on`, `todo`, …
    pub kind: &'static str,
    /// A sentence.
    pub text: String,
    /// The number of the event that tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The digest of what it was read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::DigestText>")]
    pub digest: Option<Digest>,
    /// What it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
}

/// How much is said of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth {
    /// Findings, tests and lines of each kind.
    pub(super) findings_max: usize,
    /// Also the rules that hold.
    pub(super) all_rules: bool,
}

impl Depth {
    /// One of many.
    pub(super) const SHORT: Self = Self { findings_max: summary::SHOWN_MAX, all_rules: false };
    /// The step that was asked for.
    pub(super) const WHOLE: Self = Self { findings_max: FINDINGS_MAX, all_rules: true };
}

impl Point {
    pub(super) fn new(kind: &'static str, text: String) -> Self {
        Self { kind, text, seq: None, digest: None, points: Vec::new() }
    }

    /// What to do.
    pub(super) fn todo(text: impl Into<String>) -> Self {
        Self::new("todo", format!("to do: {}", text.into()))
    }

    pub(super) fn at(self, seq: u64) -> Self {
        Self { seq: Some(seq), ..self }
    }

    pub(super) fn of(self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self }
    }

    pub(super) fn add(&mut self, point: Self) {
        self.points.push(point);
    }

    pub(super) fn add_all(&mut self, points: impl IntoIterator<Item = Self>) {
        self.points.extend(points);
    }

    /// Gives a point without an event of its own that of the point it stands under.
    pub(super) fn inherit(&mut self, above: u64) {
        let seq = *self.seq.get_or_insert(above);
        self.points.iter_mut().for_each(|point| point.inherit(seq));
    }

    /// The lines of a point and of those it rests on, each level further to the right. The event is said where it is
    /// not that of the line above.
    pub(super) fn lines(&self, depth: usize, above: Option<u64>, look: Look, lines: &mut Vec<String>) {
        let mut text = format!("{}{}", "  ".repeat(depth), self.text);
        if let Some(digest) = self.digest {
            text.push_str(&format!("  {digest}"));
        }
        let text = look.cut(&text);
        let event = self.seq.filter(|seq| Some(*seq) != above);
        let event = event.map(|seq| look.paint(Paint::Quiet, &format!("  (event {seq})")));
        lines.push(text + &event.unwrap_or_default());
        for point in &self.points {
            point.lines(depth + 1, self.seq, look, lines);
        }
    }
}

/// How a step stands and what that rests on.
pub(super) fn step(story: &Story, step: &Step, sources: Sources<'_>, depth: Depth) -> Point {
    let took = step.duration_ms().map(|ms| format!(" after {}", time::duration(ms))).unwrap_or_default();
    let result = words::result(story, step);
    let result = if result.is_empty() { result } else { format!(": {result}") };
    let label = summary::label(step);
    let text = format!("`{label}` {}{took}{result}", words::is(step.standing()));
    let mut top = Point::new("step", text);
    top.seq = step.settled.as_ref().map(|settled| settled.seq);
    top.add_all(upstream(story, step));
    if let Some(verdict) = &step.verdict {
        for reason in verdict.reasons.iter().take(FOLLOWED_MAX) {
            let mut why = Point::new("reason", words::reason(story, reason, sources.policy()));
            why.add_all(advice::of_reason(story, reason, sources).map(Point::todo));
            top.add(why);
        }
    }
    let refused = step.refused.iter().map(|(by, why)| words::refused_answer(by, *why));
    let answers = step.answers.iter().map(words::says).chain(refused);
    top.add_all(answers.take(FOLLOWED_MAX).map(|text| Point::new("answer", text)));
    let outcomes = step.judged.iter().flat_map(|judged| judged.outcomes.iter().map(|one| (judged.seq, one)));
    let holds = |outcome: &RuleOutcome| matches!(outcome.state, State::Passed | State::NotApplicable);
    let mut shown: Vec<(u64, &RuleOutcome)> =
        outcomes.filter(|(_, outcome)| depth.all_rules || !holds(outcome)).collect();
    shown.sort_by_key(|(_, outcome)| holds(outcome));
    top.add_all(shown.iter().map(|(seq, outcome)| rule(story, outcome, *seq, sources)));
    let asked: Vec<&RuleOutcome> = shown.iter().map(|(_, outcome)| *outcome).collect();
    top.add_all(proof::evidence(step, sources, depth, &asked));
    top.add_all(attempts(step));
    if step.standing().is_bad() {
        top.add_all(advice::of_step(story, step).map(Point::todo));
    }
    if story.node(step).is_some_and(|node| node.allow_failure) && step.standing().is_bad() {
        top.add(Point::new("allowed", "it is allowed to fail: the verdict does not count it".to_owned()));
    }
    top
}

/// How a rule came out, why it is there, and what to do.
pub(super) fn rule(story: &Story, outcome: &RuleOutcome, seq: u64, sources: Sources<'_>) -> Point {
    let is = words::is(Standing::from(outcome.state));
    let why = words::why(outcome, sources.policy());
    let at = match &outcome.gate {
        Some(gate) if story.named(gate).is_none() => format!(" at `{gate}`"),
        _ => String::new(),
    };
    let text = format!("rule `{}`{at} {is}: {why}", outcome.rule);
    let mut point = Point::new("rule", text).at(seq);
    if !matches!(outcome.state, State::Passed | State::NotApplicable) {
        point.add_all(sources.rule(&outcome.rule).into_iter().flat_map(reasons_of));
    }
    point.add_all(about_outcome(story, outcome, sources));
    point
}

/// What a number was that may not move, and what it is now.
fn before(story: &Story, outcome: &RuleOutcome) -> Option<Point> {
    let fact = failing::fact(outcome)?;
    let plain = fact.strip_suffix(".drop").or(fact.strip_suffix(".rise"))?;
    let step = story.named(outcome.gate.as_ref()?)?;
    let summary = step.summary()?;
    let was = words::measure(summary.base.get(plain)?);
    let is = summary.facts().get(plain).map(words::measure)?;
    let text = format!("{plain} was {was} where it is compared with, and is {is}");
    Some(Point { seq: step.ended_seq(), ..Point::new("before", text) })
}

/// What is to be said of every outcome: whether it counts, and what to do.
pub(super) fn about_outcome(story: &Story, outcome: &RuleOutcome, sources: Sources<'_>) -> Vec<Point> {
    let mut points: Vec<Point> = before(story, outcome).into_iter().collect();
    points.extend(words::more_messages(outcome).into_iter().map(|text| Point::new("message", text)));
    let bad = matches!(outcome.state, State::Failed | State::Undecided);
    if bad && outcome.effect != dod_kernel::policy::Effect::Block {
        points.push(Point::new("effect", words::effect(outcome.effect).to_owned()));
    }
    if bad {
        points.extend(advice::of_outcome(story, outcome, sources).map(Point::todo));
    }
    points
}

/// Why a rule is there: its author's words, and what it supports.
pub(super) fn reasons_of(rule: &Rule) -> Vec<Point> {
    let mut points = Vec::new();
    if let Require::Rego(rego) = &rule.require {
        let facts = words::list(&words::ticked(&rego.facts), "and");
        points.push(Point::new("module", format!("its module asks for {facts}")).of(rego.module.digest));
    }
    if let Some(because) = &rule.because {
        points.push(Point::new("because", format!("because: {}", clean_line(because))));
    }
    if !rule.requirements.is_empty() {
        let all: Vec<String> = rule.requirements.iter().map(|one| clean_line(one)).collect();
        points.push(Point::new("supports", format!("it supports {}", words::list(&all, "and"))));
    }
    points
}

/// The chain of steps that a skipped one was skipped for.
fn upstream(story: &Story, step: &Step) -> Vec<Point> {
    let mut points = Vec::new();
    let mut at = step;
    while points.len() < CHAIN_MAX {
        let Some(SettledBy::Upstream(other)) = at.settled.as_ref().map(|settled| &settled.why) else { break };
        let Some(next) = story.step(other.id) else { break };
        let text = format!("it needs `{}`, which {}", next.name, words::is(next.standing()));
        let mut point = Point::new("upstream", text);
        point.seq = next.settled.as_ref().map(|settled| settled.seq);
        let bad = next.standing().is_bad().then(|| words::because(story, next)).filter(|why| !why.is_empty());
        point.add_all(bad.map(|why| Point::new("because", why)));
        points.push(point);
        at = next;
    }
    points
}

fn attempts(step: &Step) -> Vec<Point> {
    let mut points = Vec::new();
    for attempt in &step.attempts {
        let Some((_, seq, ended)) = &attempt.ended else {
            points.push(Point::new("attempt", format!("attempt {} is running", attempt.number)));
            continue;
        };
        let how = match &ended.end {
            End::Exited { code, .. } => format!("ended with exit code {code}"),
            _ => words::end(ended, step),
        };
        let tool = ended.tool.as_ref().map(|tool| format!(" ({})", clean_line(tool))).unwrap_or_default();
        let mut text = format!("attempt {}{tool}: {how}", attempt.number);
        if let Some(run) = &ended.reused_from {
            text = format!("the result was reused from run {run}{tool}: {how}");
        }
        let mut point = Point::new("attempt", text).at(*seq);
        if let Reading::Unreadable { why } = &ended.evidence {
            let mut unread =
                Point::new("unreadable", format!("its report was not read: {}", clean_line(why)));
            let printed = [("stdout", &ended.stdout), ("stderr", &ended.stderr)];
            for (name, printed) in printed.into_iter().filter(|(_, printed)| printed.bytes > 0) {
                let text = format!("it wrote {} to {name}", words::count(printed.bytes, "byte", "bytes"));
                unread.add(Point { digest: printed.blob, ..Point::new("printed", text) });
            }
            point.add(unread);
        }
        points.push(point);
    }
    points
}
