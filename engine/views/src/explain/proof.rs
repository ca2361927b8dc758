//! The evidence of a step: what speaks against it, and the reports that it was read from.
//!
//! **Absent on purpose:** judging. What is listed is what the rules that do not hold count.

use dod_kernel::evidence::Evidence;
use dod_kernel::policy::RuleOutcome;

use super::FOLLOWED_MAX;
use super::point::{Depth, Point};
use crate::look::clean_line;
use crate::story::Step;
use crate::{Sources, failing, words};

/// The evidence of a step, as far as it matters to these outcomes.
pub(super) fn evidence(
    step: &Step,
    sources: Sources<'_>,
    depth: Depth,
    outcomes: &[&RuleOutcome],
) -> Vec<Point> {
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
    for mismatch in found.mismatches.iter().take(depth.findings_max) {
        let text = format!(
            "the report says {} is {}, counted were {}",
            clean_line(&mismatch.name),
            mismatch.declared,
            mismatch.counted
        );
        top.add(Point::new("mismatch", text));
    }
    let findings = failing::findings(step, &found, sources);
    for finding in findings.iter().take(depth.findings_max) {
        let waived = if failing::is_named_by_waiver(sources, finding) { "  (a waiver names it)" } else { "" };
        top.add(Point::new("finding", format!("{}{waived}", words::finding(finding))));
    }
    let tests = failing::tests(&found);
    for test in tests.iter().take(depth.findings_max) {
        top.add(Point::new("test", words::test(test)));
    }
    let more =
        findings.len().saturating_sub(depth.findings_max) + tests.len().saturating_sub(depth.findings_max);
    if more > 0 {
        let word = words::shell_word(&step.name);
        top.add(Point::new("finding", format!("and {more} more: `dod explain` with `{word}` lists them")));
    }
    let lines = failing::uncovered(&found, outcomes);
    let more = lines.len().saturating_sub(depth.findings_max);
    top.add_all(lines.into_iter().take(depth.findings_max).map(|text| Point::new("uncovered", text)));
    if more > 0 {
        top.add(Point::new("uncovered", format!("and {more} more files")));
    }
    vec![top]
}

/// The reports that evidence was read from.
pub(super) fn reports(evidence: &Evidence) -> Vec<Point> {
    let report = |source: &dod_kernel::evidence::Source| {
        let text = format!("read from {} as {}", clean_line(&source.path), clean_line(&source.format));
        Point::new("report", text).of(source.digest)
    };
    evidence.sources.iter().take(FOLLOWED_MAX).map(report).collect()
}
