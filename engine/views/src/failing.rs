//! What exactly, in the evidence of a gate, the policy holds against it: worst first.
//!
//! **Absent on purpose:** judging. The rules' outcomes are in the log; here only the findings and tests are
//! picked that their facts count.

use dod_kernel::evidence::{
    Danger, Evidence, FileCoverage, Finding, Lines, Objection, Outcome, Severity, TestResult,
};
use dod_kernel::id::Name;
use dod_kernel::policy::{RuleOutcome, State, Waiver, Why};

use crate::look::clean_line;
use crate::story::{Standing, Step};
use crate::{Sources, words};

/// Ranges of lines that are named of one file.
const RANGES_MAX: usize = 20;

/// What a rule that does not hold asked for.
struct Asked<'a> {
    fact: &'a str,
    /// It failed; else it is open whether it holds.
    failed: bool,
}

/// The facts of rules that the step's evidence breaks, or may break.
fn asked(step: &Step) -> Vec<Asked<'_>> {
    let outcomes = step.judged.iter().flat_map(|judged| &judged.outcomes);
    let asked = |outcome| {
        is_asked(outcome).map(|failed| Asked { fact: fact(outcome).map_or("", |fact| fact), failed })
    };
    outcomes.filter_map(asked).collect()
}

/// Whether a rule failed, or what is not known may break it; `None` for others.
fn is_asked(outcome: &RuleOutcome) -> Option<bool> {
    match (outcome.state, &outcome.why) {
        (State::Failed, _) => fact(outcome).map(|_| true),
        (State::Undecided, Why::Open { found: Some(_), .. }) => Some(false),
        _ => None,
    }
}

/// The fact that an outcome rests on.
pub(crate) fn fact(outcome: &RuleOutcome) -> Option<&Name> {
    let why = match &outcome.why {
        Why::Waived { otherwise, .. } => otherwise,
        why => why,
    };
    match why {
        Why::Compared { fact, .. }
        | Why::FewLines { fact, .. }
        | Why::NotMeasured { fact }
        | Why::Open { fact, .. }
        | Why::Unit { fact, .. } => Some(fact),
        _ => None,
    }
}

/// Open findings that a failing rule of the step counts, or may have to count, those that the change brought first
/// and worst first; where no rule failed and the step did (install, build), its errors. Those that a waiver names
/// come last: whether it covers them is the log's to say.
pub(crate) fn findings<'e>(step: &Step, evidence: &'e Evidence, sources: Sources<'_>) -> Vec<&'e Finding> {
    if !matches!(step.standing(), Standing::Failed | Standing::Undecided) {
        return Vec::new();
    }
    let asked = asked(step);
    let all = evidence.findings.as_deref().unwrap_or_default();
    let counts = |finding: &&Finding| {
        !finding.suppressed
            && if asked.is_empty() {
                step.standing() == Standing::Failed && finding.severity == Severity::Error
            } else {
                asked.iter().any(|asked| is_counted(asked.fact, asked.failed, finding))
            }
    };
    let mut found: Vec<&Finding> = all.iter().filter(counts).collect();
    worst_first(&mut found, |finding| is_named_by_waiver(sources, finding));
    found
}

/// The rules of a step that did not hold and count this finding, or may have to.
pub(crate) fn counting<'s>(step: &'s Step, finding: &Finding) -> Vec<&'s RuleOutcome> {
    let outcomes = step.judged.iter().flat_map(|judged| &judged.outcomes);
    let counts = |outcome: &&RuleOutcome| {
        let fact = fact(outcome).map_or("", |fact| fact);
        !finding.suppressed && is_asked(outcome).is_some_and(|failed| is_counted(fact, failed, finding))
    };
    outcomes.filter(counts).collect()
}

/// Sorts findings: those set aside last, those that the change brought first, then by severity and danger, then by
/// place.
pub(crate) fn worst_first(findings: &mut [&Finding], aside: impl Fn(&Finding) -> bool) {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| {
            let danger = finding.vulnerability.as_ref().map(|hole| hole.danger);
            let old = finding.introduced != Some(true);
            (aside(finding), old, std::cmp::Reverse((finding.severity, danger)))
        };
        key(one)
            .cmp(&key(other))
            .then_with(|| one.place.as_ref().map(by_place).cmp(&other.place.as_ref().map(by_place)))
            .then_with(|| (&one.rule, &one.message).cmp(&(&other.rule, &other.message)))
    });
}

fn by_place(place: &dod_kernel::evidence::Place) -> (&Name, Option<u32>, Option<u32>) {
    (&place.path, place.line, place.column)
}

/// Whether a fact would be another number without this finding.
fn is_counted(fact: &str, failed: bool, finding: &Finding) -> bool {
    let fact = fact.strip_suffix(".rise").or(fact.strip_suffix(".drop")).unwrap_or(fact);
    let Some((group, which)) = fact.split_once('.') else { return false };
    let (which, new) = match which.strip_prefix("introduced.") {
        Some(which) => (which, true),
        None => (which, false),
    };
    // Where it is open whether a finding is new, the rule may have to count it.
    let is_new = finding.introduced == Some(true) || !failed && finding.introduced.is_none();
    (!new || is_new) && is_of(group, which, finding)
}

fn is_of(group: &str, which: &str, finding: &Finding) -> bool {
    let hole = finding.vulnerability.as_ref();
    match group {
        "problems" if hole.is_some() => false,
        "findings" | "problems" => match which {
            "error" => finding.severity == Severity::Error,
            "warning" => finding.severity == Severity::Warning,
            "note" => finding.severity == Severity::Note,
            "none" => finding.severity == Severity::None,
            _ => true,
        },
        "vulnerabilities" => hole.is_some_and(|hole| match which {
            "critical" => matches!(hole.danger, Danger::Critical | Danger::Unknown),
            "high" => hole.danger == Danger::High,
            "medium" => hole.danger == Danger::Medium,
            "low" => hole.danger == Danger::Low,
            "none" => hole.danger == Danger::None,
            "unknown" => hole.danger == Danger::Unknown,
            _ => true,
        }),
        "licenses" => finding.license.as_ref().is_some_and(|license| match which {
            "copyleft" => license.objection == Objection::Copyleft,
            "denied" => license.objection == Objection::Denied,
            "unknown" => license.objection == Objection::Unknown,
            _ => true,
        }),
        _ => false,
    }
}

/// Whether some waiver names this finding. Whether it counts and covers the place is the policy's to say.
pub(crate) fn is_named_by_waiver(sources: Sources<'_>, finding: &Finding) -> bool {
    let waivers = sources.governance.map(|all| all.waivers.as_slice()).unwrap_or_default();
    waivers.iter().any(|waiver| names(waiver, finding))
}

/// Whether a waiver names this finding's rule, fingerprint or advisory.
pub(crate) fn names(waiver: &Waiver, finding: &Finding) -> bool {
    let holes = finding.vulnerability.iter().flat_map(|hole| std::iter::once(&hole.id).chain(&hole.aliases));
    [&finding.rule, &finding.fingerprint]
        .into_iter()
        .chain(holes)
        .any(|id| id.eq_ignore_ascii_case(&waiver.of))
}

/// Tests that do not hold, broken ones first.
pub(crate) fn tests(evidence: &Evidence) -> Vec<&TestResult> {
    let all = evidence.tests.as_deref().unwrap_or_default();
    let bad = |test: &&TestResult| matches!(test.outcome, Outcome::Failed | Outcome::Errored);
    let mut found: Vec<&TestResult> = all.iter().filter(bad).collect();
    found.sort_by(|one, other| {
        other
            .outcome
            .cmp(&one.outcome)
            .then_with(|| (&one.suite, &one.name).cmp(&(&other.suite, &other.name)))
    });
    found
}

/// What is not covered, where a rule that does not hold asks for coverage: lines of the change, and of each file how
/// many.
pub(crate) fn uncovered(evidence: &Evidence, outcomes: &[&RuleOutcome]) -> Vec<String> {
    let bad = outcomes.iter().filter(|outcome| matches!(outcome.state, State::Failed | State::Undecided));
    let facts: Vec<&Name> = bad.filter_map(|outcome| fact(outcome)).collect();
    let of_lines = |fact: &Name| fact.starts_with("coverage.changed.");
    let of_files = |fact: &Name| fact.starts_with("coverage.") && !of_lines(fact);
    let files = evidence.coverage.as_deref().unwrap_or_default();
    let mut told: Vec<String> = Vec::new();
    if facts.iter().any(|fact| of_lines(fact)) {
        told.extend(files.iter().filter_map(of_change));
    }
    if facts.iter().any(|fact| of_files(fact)) {
        told.extend(of_whole(files));
    }
    told
}

/// Of each file how many lines are not covered, most first.
fn of_whole(files: &[FileCoverage]) -> Vec<String> {
    let missed = |file: &FileCoverage| file.lines.iter().filter(|line| line.1 == 0).count();
    let mut all: Vec<(usize, &FileCoverage)> = files.iter().map(|file| (missed(file), file)).collect();
    all.retain(|(missed, _)| *missed > 0);
    all.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.path.cmp(&b.path)));
    let text = |(missed, file): &(usize, &FileCoverage)| {
        let lines = words::count(file.lines.len() as u64, "line", "lines");
        let verb = if *missed == 1 { "is" } else { "are" };
        format!("{}  {missed} of {lines} {verb} not covered", clean_line(&file.path))
    };
    all.iter().map(text).collect()
}

/// `src/a.rs:31  not covered: lines 31, 40-42 of the change`.
fn of_change(file: &FileCoverage) -> Option<String> {
    let is_changed = |line: u32| file.changed.iter().any(|(first, last)| (*first..=*last).contains(&line));
    let mut ranges: Vec<Lines> = Vec::new();
    // Lines that cannot be covered do not part a range that is nowhere covered.
    let mut open = false;
    for (line, hits) in file.lines.iter().filter(|(line, _)| is_changed(*line)) {
        match (hits, ranges.last_mut()) {
            (0, Some(last)) if open => last.1 = *line,
            (0, _) => ranges.push((*line, *line)),
            _ => {}
        }
        open = *hits == 0;
    }
    let first = ranges.first()?.0;
    let told: Vec<String> = ranges
        .iter()
        .take(RANGES_MAX)
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    let more = if ranges.len() > RANGES_MAX { " and more" } else { "" };
    let lines = if told.len() == 1 && ranges[0].0 == ranges[0].1 { "line" } else { "lines" };
    let told = told.join(", ");
    Some(format!("{}:{first}  not covered: {lines} {told}{more} of the change", clean_line(&file.path)))
}
