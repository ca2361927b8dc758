//! What is different between two runs.
//!
//! **Absent on purpose:** two runs of unlike workflows are compared by the names of their steps; nothing here
//! asks whether they should be.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::evidence::{Evidence, Finding, Measure};
use dod_kernel::id::Name;

use crate::Sources;
use crate::look::{Look, clean};
use crate::object::{FindingObject, RunLine};
use crate::schema;
use crate::story::{Step, Story};
use crate::{failing, time, words};

/// Findings kept in each direction; more are counted.
pub const FINDINGS_MAX: usize = 1_000;

/// Findings shown in the text, in each direction.
pub const FINDINGS_SHOWN_MAX: usize = 20;

/// A duration is told when it changed by at least so much and by a fifth.
const DURATION_MS_MIN: u64 = 500;

/// `dod diff A B --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DiffObject {
    /// The run that is compared with.
    pub a: RunLine,
    /// The run that is looked at.
    pub b: RunLine,
    /// The verdicts differ.
    pub verdict_changed: bool,
    /// Steps that stand differently; `null` where a run did not have the step.
    pub steps: Vec<StepChange>,
    /// Open findings that only B has.
    pub introduced: Vec<FindingObject>,
    /// How many more there are.
    pub introduced_more: usize,
    /// Open findings that only A has.
    pub fixed: Vec<FindingObject>,
    /// How many more there are.
    pub fixed_more: usize,
    /// Steps whose findings could not be compared: the evidence of one run is missing.
    #[schemars(with = "Vec<String>")]
    pub incomplete: Vec<Name>,
    /// Measures that moved.
    pub measures: Vec<MeasureChange>,
    /// Steps that took clearly more or less time.
    pub durations: Vec<DurationChange>,
}

/// A step that stands differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepChange {
    /// The step.
    #[schemars(with = "String")]
    pub step: Name,
    /// In A.
    pub a: Option<&'static str>,
    /// In B.
    pub b: Option<&'static str>,
}

/// A measure that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MeasureChange {
    /// The step.
    #[schemars(with = "String")]
    pub step: Name,
    /// The measure.
    #[schemars(with = "String")]
    pub measure: Name,
    /// In A.
    #[schemars(with = "Option<schema::Measure>")]
    pub a: Option<Measure>,
    /// In B.
    #[schemars(with = "Option<schema::Measure>")]
    pub b: Option<Measure>,
}

/// A step that took another time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DurationChange {
    /// The step.
    #[schemars(with = "String")]
    pub step: Name,
    /// In A.
    pub a_ms: u64,
    /// In B.
    pub b_ms: u64,
}

/// Compares two runs; the evidence of each comes from its own sources.
pub fn diff(a: (&Story, Sources<'_>), b: (&Story, Sources<'_>)) -> DiffObject {
    let (one, other) = (steps(a.0), steps(b.0));
    let names: BTreeSet<&Name> = one.keys().chain(other.keys()).copied().collect();
    let mut diff = DiffObject {
        a: RunLine::of(a.0),
        b: RunLine::of(b.0),
        verdict_changed: a.0.state() != b.0.state() || a.0.is_partial() != b.0.is_partial(),
        steps: Vec::new(),
        introduced: Vec::new(),
        introduced_more: 0,
        fixed: Vec::new(),
        fixed_more: 0,
        incomplete: Vec::new(),
        measures: Vec::new(),
        durations: Vec::new(),
    };
    for name in names {
        let (left, right) = (one.get(name).copied(), other.get(name).copied());
        let (before, after) =
            (left.map(|step| step.standing().key()), right.map(|step| step.standing().key()));
        if before != after {
            diff.steps.push(StepChange { step: name.clone(), a: before, b: after });
        }
        diff.compare_measures(name, left, right);
        if let (Some(left), Some(right)) = (left, right) {
            diff.compare_durations(name, left, right);
            diff.compare_findings(name, evidence(left, a.1), evidence(right, b.1));
        }
    }
    diff.introduced_more = cut(&mut diff.introduced);
    diff.fixed_more = cut(&mut diff.fixed);
    diff
}

/// The last activation of each step.
fn steps(story: &Story) -> BTreeMap<&Name, &Step> {
    story.shown().map(|step| (&step.name, step)).collect()
}

/// What a step left: nothing, evidence, or evidence that is gone.
enum Left {
    Nothing,
    Gone,
    Found(Box<Evidence>),
}

fn evidence(step: &Step, sources: Sources<'_>) -> Left {
    match step.evidence() {
        None => Left::Nothing,
        Some(digest) => (sources.evidence)(digest).map_or(Left::Gone, |found| Left::Found(Box::new(found))),
    }
}

fn cut(findings: &mut Vec<FindingObject>) -> usize {
    findings
        .sort_by(|one, other| (&one.path, one.line, &one.rule).cmp(&(&other.path, other.line, &other.rule)));
    findings.sort_by_key(|finding| std::cmp::Reverse((finding.severity, finding.danger)));
    let more = findings.len().saturating_sub(FINDINGS_MAX);
    findings.truncate(FINDINGS_MAX);
    more
}

impl DiffObject {
    fn compare_measures(&mut self, step: &Name, a: Option<&Step>, b: Option<&Step>) {
        let none = BTreeMap::new();
        let measures =
            |step: Option<&'_ Step>| step.and_then(Step::summary).map(|summary| summary.measures.clone());
        let (one, other) = (measures(a), measures(b));
        let (one, other) = (one.as_ref().unwrap_or(&none), other.as_ref().unwrap_or(&none));
        let names: BTreeSet<&Name> = one.keys().chain(other.keys()).collect();
        for measure in names {
            let (a, b) = (one.get(measure).cloned(), other.get(measure).cloned());
            if a != b {
                self.measures.push(MeasureChange { step: step.clone(), measure: measure.clone(), a, b });
            }
        }
    }

    fn compare_durations(&mut self, step: &Name, a: &Step, b: &Step) {
        let (Some(a_ms), Some(b_ms)) = (a.duration_ms(), b.duration_ms()) else { return };
        let moved = a_ms.abs_diff(b_ms);
        if moved >= DURATION_MS_MIN && moved >= a_ms.min(b_ms) / 5 {
            self.durations.push(DurationChange { step: step.clone(), a_ms, b_ms });
        }
    }

    fn compare_findings(&mut self, step: &Name, a: Left, b: Left) {
        let (a, b) = match (a, b) {
            (Left::Found(a), Left::Found(b)) => (a, b),
            (Left::Nothing, Left::Nothing) => return,
            // Nothing is known of one side: what is new or gone cannot be said.
            _ => return self.incomplete.push(step.clone()),
        };
        self.introduced.extend(only_in(&b, &a).map(|finding| FindingObject::of(step, finding)));
        self.fixed.extend(only_in(&a, &b).map(|finding| FindingObject::of(step, finding)));
    }
}

/// Open findings of one side that the other does not have, counted by fingerprint.
fn only_in<'e>(here: &'e Evidence, there: &Evidence) -> impl Iterator<Item = &'e Finding> + use<'e> {
    let mut known: BTreeMap<Name, usize> = BTreeMap::new();
    for finding in open(there) {
        *known.entry(finding.fingerprint.clone()).or_default() += 1;
    }
    let mut here: Vec<&Finding> = open(here).collect();
    failing::worst_first(&mut here, |_| false);
    here.into_iter().filter(move |finding| match known.get_mut(&finding.fingerprint) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    })
}

fn open(evidence: &Evidence) -> impl Iterator<Item = &Finding> {
    evidence.findings.iter().flatten().filter(|finding| !finding.suppressed)
}

/// A difference for people.
pub fn render(diff: &DiffObject, look: Look) -> String {
    let mut lines =
        vec![look.cut(&format!("A  {}", diff.a.line())), look.cut(&format!("B  {}", diff.b.line()))];
    let mut add = |title: &str, found: Vec<String>| {
        if !found.is_empty() {
            lines.push(String::new());
            lines.push(title.to_owned());
            lines.extend(found.iter().map(|line| look.cut(&format!("  {line}"))));
        }
    };
    let word =
        |state: Option<&'static str>| state.map_or("absent".to_owned(), |state| state.replace('_', " "));
    add(
        "steps",
        diff.steps.iter().map(|one| format!("{}  {} -> {}", one.step, word(one.a), word(one.b))).collect(),
    );
    add("findings introduced", findings(&diff.introduced, diff.introduced_more));
    add("findings fixed", findings(&diff.fixed, diff.fixed_more));
    let measure = |found: &Option<Measure>| found.as_ref().map_or("absent".to_owned(), words::measure);
    let measures = diff.measures.iter();
    add(
        "measures",
        measures
            .map(|one| format!("{}  {}  {} -> {}", one.step, one.measure, measure(&one.a), measure(&one.b)))
            .collect(),
    );
    let durations = diff.durations.iter();
    add(
        "durations",
        durations
            .map(|one| format!("{}  {} -> {}", one.step, time::duration(one.a_ms), time::duration(one.b_ms)))
            .collect(),
    );
    add(
        "not compared, since the evidence of one run is missing",
        diff.incomplete.iter().map(ToString::to_string).collect(),
    );
    lines.push(String::new());
    lines.push(match (diff.verdict_changed, lines.len() > 3) {
        (true, _) => format!("the verdict changed: {} -> {}", diff.a.state, diff.b.state),
        (false, true) => format!("the verdict is the same: {}", diff.b.state),
        (false, false) => format!("no difference; the verdict is {}", diff.b.state),
    });
    clean(&(lines.join("\n") + "\n"), look.color)
}

fn findings(all: &[FindingObject], more: usize) -> Vec<String> {
    let mut lines: Vec<String> = all.iter().take(FINDINGS_SHOWN_MAX).map(finding).collect();
    let more = more + all.len() - lines.len();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn finding(finding: &FindingObject) -> String {
    let clean = crate::look::clean_line;
    let mut place = finding.path.as_ref().map(|path| clean(path)).unwrap_or_default();
    for number in [finding.line, finding.line.and(finding.column)].into_iter().flatten() {
        place.push_str(&format!(":{number}"));
    }
    let parts = [finding.step.to_string(), place, clean(&finding.rule), clean(&finding.message)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("  ")
}
