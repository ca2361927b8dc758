//! What exactly, in the evidence of a gate, the policy holds against it: worst first.
//!
//! **Absent on purpose:** judging. The rules' outcomes are in the log; here only the findings and tests are
//! picked that their facts count.

use dod_kernel::evidence::{Evidence, Finding, Outcome, Severity, TestResult};
use dod_kernel::id::Name;
use dod_kernel::policy::{RuleOutcome, State, Waiver, Why};

use crate::Sources;
use crate::story::{Standing, Step};

/// The facts that failing rules of a step compared.
fn facts(step: &Step) -> Vec<&Name> {
    let outcomes = step.judged.iter().flat_map(|judged| &judged.outcomes);
    outcomes.filter(|one| one.state == State::Failed).filter_map(fact).collect()
}

/// The fact that an outcome rests on.
pub(crate) fn fact(outcome: &RuleOutcome) -> Option<&Name> {
    let why = match &outcome.why {
        Why::Waived { otherwise, .. } => otherwise,
        why => why,
    };
    match why {
        Why::Compared { fact, .. } | Why::NotMeasured { fact } | Why::Unit { fact, .. } => Some(fact),
        _ => None,
    }
}

/// Open findings that a failing rule of the step counts, worst first; where no rule failed and the step did
/// (install, build), its errors. Those that a waiver names come last: whether it covers them is the log's to
/// say.
pub(crate) fn findings<'e>(step: &Step, evidence: &'e Evidence, sources: Sources<'_>) -> Vec<&'e Finding> {
    if step.standing() != Standing::Failed {
        return Vec::new();
    }
    let facts = facts(step);
    let all = evidence.findings.as_deref().unwrap_or_default();
    let counts = |finding: &&Finding| {
        !finding.suppressed
            && if facts.is_empty() {
                finding.severity == Severity::Error
            } else {
                facts.iter().any(|fact| is_counted(fact, finding))
            }
    };
    let mut found: Vec<&Finding> = all.iter().filter(counts).collect();
    worst_first(&mut found, |finding| is_named_by_waiver(sources, finding));
    found
}

/// Sorts findings: those set aside last, then by severity and danger, then by place.
pub(crate) fn worst_first(findings: &mut [&Finding], aside: impl Fn(&Finding) -> bool) {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| {
            let danger = finding.vulnerability.as_ref().map(|hole| hole.danger);
            (aside(finding), std::cmp::Reverse((finding.severity, danger)))
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
fn is_counted(fact: &str, finding: &Finding) -> bool {
    match fact.split_once('.') {
        Some(("findings" | "problems", which)) => match which.rsplit('.').next() {
            Some("error") => finding.severity == Severity::Error,
            Some("warning") => finding.severity == Severity::Warning,
            Some("note") => finding.severity == Severity::Note,
            _ => true,
        },
        Some(("vulnerabilities", which)) => {
            use dod_kernel::evidence::Danger;
            finding.vulnerability.as_ref().is_some_and(|hole| match which {
                "critical" => matches!(hole.danger, Danger::Critical | Danger::Unknown),
                "high" => hole.danger == Danger::High,
                "medium" => hole.danger == Danger::Medium,
                "low" => hole.danger == Danger::Low,
                _ => true,
            })
        }
        Some(("licenses", _)) => finding.vulnerability.is_none(),
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
