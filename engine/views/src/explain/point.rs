//! The points of an explanation, and those that many share: steps, attempts, evidence, findings.
//!
//! Points nest as deep as the code here nests them, never as deep as the data does.
//!
//! **Absent on purpose:** choosing what to explain.

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::evidence::{Evidence, Finding};
use dod_kernel::id::Digest;
use dod_kernel::policy::Reason;
use dod_kernel::run::{End, SettledBy};

use crate::look::{Look, Paint, clean_line};
use crate::schema;
use crate::story::{Standing, Step, Story};
use crate::{Sources, failing, time, words};

/// Steps that are followed back from one that was skipped.
const CHAIN_MAX: usize = 20;

/// One thing to say, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Point {
    /// `verdict`, `reason`, `step`, `rule`, `attempt`, `evidence`, `report`, `finding`, `test`, `cure`, `rests_on`, …
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

impl Point {
    pub(super) fn new(kind: &'static str, text: String) -> Self {
        Self { kind, text, seq: None, digest: None, points: Vec::new() }
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

    /// The lines of a point and of those it rests on, each level further to the right.
    pub(super) fn lines(&self, depth: usize, look: Look, lines: &mut Vec<String>) {
        let mut text = format!("{}{}", "  ".repeat(depth), self.text);
        if let Some(digest) = self.digest {
            text.push_str(&format!("  {digest}"));
        }
        let text = look.cut(&text);
        let event = self.seq.map(|seq| look.paint(Paint::Quiet, &format!("  (event {seq})")));
        lines.push(text + &event.unwrap_or_default());
        for point in &self.points {
            point.lines(depth + 1, look, lines);
        }
    }
}

/// The steps that a reason is about.
pub(super) fn about<'a>(story: &'a Story, reason: &'a Reason) -> Vec<&'a Step> {
    let name = match reason {
        Reason::Missing { any_of, gate, .. } => {
            return words::gates_of(story, gate, any_of).take(super::FOLLOWED_MAX).collect();
        }
        Reason::Stuck { .. } | Reason::Cancelled { .. } | Reason::LeftOut { .. } | Reason::Limit { .. } => {
            None
        }
        Reason::Timeout => None,
        Reason::Rule(outcome) => outcome.gate.as_ref(),
        Reason::StepFailed { step } | Reason::StepUndecided { step } | Reason::Incident { step, .. } => {
            Some(step)
        }
    };
    name.and_then(|name| story.troubled(name)).into_iter().collect()
}

/// How a step stands and what that rests on.
pub(super) fn step(story: &Story, step: &Step, sources: Sources<'_>, findings_max: usize) -> Point {
    let took = step.duration_ms().map(|ms| format!(" after {}", time::duration(ms))).unwrap_or_default();
    let result = words::result(story, step);
    let result = if result.is_empty() { result } else { format!(": {result}") };
    let label = crate::summary::label(step);
    let text = format!("`{label}` {}{took}{result}", words::is(step.standing()));
    let mut top = Point::new("step", text);
    top.seq = step.settled.as_ref().map(|settled| settled.seq);
    top.add_all(upstream(story, step));
    top.add_all(attempts(step));
    if let Some(verdict) = &step.verdict {
        let reasons = verdict.reasons.iter().take(super::FOLLOWED_MAX);
        top.add_all(
            reasons.map(|reason| Point::new("reason", words::reason(story, reason, sources.policy()))),
        );
    }
    for outcome in step.judged.iter().flat_map(|judged| &judged.outcomes) {
        let is = words::is(Standing::from(outcome.state));
        let why = words::why(outcome, sources.policy());
        let mut rule = Point::new("rule", format!("rule `{}` {is}: {why}", outcome.rule));
        rule.seq = step.judged.as_ref().map(|judged| judged.seq);
        if let Some(because) = sources.rule(&outcome.rule).and_then(|rule| rule.because.as_ref()) {
            rule.add(Point::new("because", format!("because: {}", clean_line(because))));
        }
        top.add(rule);
    }
    top.add_all(evidence(step, sources, findings_max));
    let missing = step.attempts.iter().any(|attempt| attempt.not_started().is_some());
    if let Some(cure) = story.node(step).filter(|_| missing).and_then(words::cure) {
        top.add(Point::new("cure", format!("cure: {cure}")));
    }
    if story.node(step).is_some_and(|node| node.allow_failure) && step.standing().is_bad() {
        top.add(Point::new("allowed", "it is allowed to fail: the verdict does not count it".to_owned()));
    }
    top
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
        points.push(Point::new("attempt", text).at(*seq));
    }
    points
}

/// The evidence of a step: what it was read from, and what speaks against it.
pub(super) fn evidence(step: &Step, sources: Sources<'_>, findings_max: usize) -> Vec<Point> {
    let Some(digest) = step.evidence() else { return Vec::new() };
    let counts = step.summary().map(words::counts).filter(|counts| !counts.is_empty());
    let counts = counts.map(|counts| format!(": {counts}")).unwrap_or_default();
    let mut top = Point::new("evidence", format!("its evidence{counts}")).of(*digest);
    top.seq = step.ended_seq();
    let Some(found) = (sources.evidence)(digest) else {
        top.add(Point::new("incomplete", "it is no longer at hand".to_owned()));
        return vec![top];
    };
    top.add_all(reports(&found));
    for mismatch in found.mismatches.iter().take(findings_max) {
        let text = format!(
            "the report says {} is {}, counted were {}",
            clean_line(&mismatch.name),
            mismatch.declared,
            mismatch.counted
        );
        top.add(Point::new("mismatch", text));
    }
    let findings = failing::findings(step, &found, sources);
    for finding in findings.iter().take(findings_max) {
        let waived = if failing::is_named_by_waiver(sources, finding) { "  (a waiver names it)" } else { "" };
        top.add(Point::new("finding", format!("{}{waived}", words::finding(finding))));
    }
    let tests = failing::tests(&found);
    for test in tests.iter().take(findings_max) {
        top.add(Point::new("test", words::test(test)));
    }
    let more = findings.len().saturating_sub(findings_max) + tests.len().saturating_sub(findings_max);
    if more > 0 {
        top.add(Point::new("finding", format!("and {more} more")));
    }
    vec![top]
}

fn reports(evidence: &Evidence) -> Vec<Point> {
    let report = |source: &dod_kernel::evidence::Source| {
        let text = format!("read from {} as {}", clean_line(&source.path), clean_line(&source.format));
        Point::new("report", text).of(source.digest)
    };
    evidence.sources.iter().take(super::FOLLOWED_MAX).map(report).collect()
}

/// One finding: what it is, whether it counts, and where it was read.
pub(super) fn finding(
    step: &Step,
    finding: &Finding,
    evidence: &Evidence,
    counts: bool,
    sources: Sources<'_>,
) -> Point {
    let mut top = Point::new("finding", words::finding(finding));
    let label = crate::summary::label(step);
    let mut by = Point::new("step", format!("found by `{label}`, which {}", words::is(step.standing())));
    by.seq = step.ended_seq();
    top.add(by);
    let named = failing::is_named_by_waiver(sources, finding);
    let counted = match (counts, finding.suppressed) {
        (true, _) if named => "a rule that failed counts it, unless a waiver covers it",
        (true, _) => "a rule that failed counts it",
        (false, true) => "it is suppressed in the source or by the tool, so that no rule counts it",
        (false, false) => "no rule that failed counts it",
    };
    top.add(Point::new("counts", counted.to_owned()));
    let waivers = sources.governance.map(|all| all.waivers.as_slice()).unwrap_or_default();
    for waiver in waivers.iter().filter(|waiver| failing::names(waiver, finding)) {
        let reason = clean_line(&waiver.reason);
        let who = clean_line(&waiver.approved_by);
        let until = time::minute(waiver.expires);
        let text = format!("a waiver names it: {reason} (approved by {who}, until {until})");
        top.add(Point::new("waiver", text));
    }
    top.add(Point::new("fingerprint", format!("fingerprint {}", clean_line(&finding.fingerprint))));
    top.add_all(reports(evidence));
    top
}
