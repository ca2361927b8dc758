//! Claims about what is new and what is not.

use super::*;
use crate::decimal::Decimal;
use crate::evidence::{FileCoverage, Severity};

/// A finding of rule `R` at `path:line`, with this fingerprint.
fn finding(path: &str, line: u32, fingerprint: &str) -> Finding {
    Finding {
        fingerprint: fingerprint.into(),
        introduced: None,
        license: None,
        message: format!("said on line {line}").into(),
        original: None,
        place: Some(Place {
            column: None,
            end_line: None,
            line: (line > 0).then_some(line),
            path: path.into(),
        }),
        rule: "R".into(),
        severity: Severity::Error,
        suppressed: false,
        vulnerability: None,
    }
}

fn evidence(findings: Vec<Finding>) -> Evidence {
    Evidence { findings: Some(findings), ..Evidence::default() }
}

fn run() -> KnownFrom {
    KnownFrom::Run { id: RunId("r".into()) }
}

fn lines(path: &str, ranges: &[Lines]) -> Option<BTreeMap<Name, Vec<Lines>>> {
    Some(BTreeMap::from([(path.into(), ranges.to_vec())]))
}

/// What is said of each finding of the gate `lint`: `new`, `old` or `?`.
fn check(comparison: &Comparison, findings: Vec<Finding>, wanted: &str) {
    let mut evidence = evidence(findings);
    comparison.mark(&"lint".into(), &mut evidence);
    let word = |finding: &Finding| match finding.introduced {
        Some(true) => "new",
        Some(false) => "old",
        None => "?",
    };
    let said: Vec<&str> = evidence.findings.iter().flatten().map(word).collect();
    assert_eq!(said.join(" "), wanted);
}

#[test]
fn with_changed_lines_alone_nothing_elsewhere_is_called_old() {
    let comparison = Comparison { lines: lines("a.rs", &[(3, 5), (9, 9)]), ..Comparison::default() };
    let spread = |line, end| {
        let mut one = finding("a.rs", line, "f");
        one.place.as_mut().unwrap().end_line = Some(end);
        one
    };
    let all = vec![
        finding("a.rs", 2, "f"),
        finding("a.rs", 3, "f"),
        finding("a.rs", 5, "f"),
        finding("a.rs", 6, "f"),
        finding("a.rs", 9, "f"),
        finding("b.rs", 3, "f"),
        finding("a.rs", 0, "f"),
        spread(1, 3),
        spread(6, 8),
        spread(6, 20),
    ];
    check(&comparison, all, "? new new ? new ? ? new ? new");
}

#[test]
fn a_fingerprint_that_the_base_has_is_old_also_when_its_line_moved() {
    let known =
        Known::of(run(), &evidence(vec![finding("a.rs", 7, "f")]), &Summary::default(), &BTreeMap::new());
    let gates = BTreeMap::from([("lint".into(), known)]);
    let comparison = Comparison { gates, lines: lines("a.rs", &[(1, 2)]), ..Comparison::default() };
    check(
        &comparison,
        vec![finding("a.rs", 9, "f"), finding("a.rs", 9, "g"), finding("a.rs", 2, "f")],
        "old new new",
    );
}

#[test]
fn a_gate_that_nobody_knew_is_compared_with_nothing() {
    let known = Known::of(run(), &Evidence::default(), &Summary::default(), &BTreeMap::new());
    let comparison = Comparison { gates: BTreeMap::from([("types".into(), known)]), ..Comparison::default() };
    check(&comparison, vec![finding("a.rs", 1, "f")], "?");
    let mut nothing = evidence(Vec::new());
    comparison.mark(&"lint".into(), &mut nothing);
    assert_eq!((nothing.compared, nothing.summary().introduced), (None, None));
}

#[test]
fn a_file_that_moved_takes_its_findings_along() {
    let before = evidence(vec![finding("old.rs", 7, "of the old path")]);
    let moved = BTreeMap::from([("new.rs".into(), "old.rs".into())]);
    let known = Known::of(run(), &before, &Summary::default(), &moved);
    let with = |known: Known| Comparison {
        gates: BTreeMap::from([("lint".into(), known)]),
        moved: moved.clone(),
        ..Comparison::default()
    };
    let mut other = finding("new.rs", 8, "of another rule");
    other.rule = "S".into();
    let now = || vec![finding("new.rs", 8, "of the new path"), other.clone()];
    check(&with(known.clone()), now(), "old new");
    let baseline = Known { from: KnownFrom::Baseline { digest: Digest([0; 32]) }, ..known };
    check(&with(baseline), now(), "? ?");
}

#[test]
fn coverage_of_changed_lines_counts_lines_that_can_be_covered() {
    let covered = |lines: &[(u32, u64)]| Evidence {
        coverage: Some(vec![FileCoverage {
            lines: lines.to_vec(),
            path: "a.rs".into(),
            ..FileCoverage::default()
        }]),
        ..Evidence::default()
    };
    let measured = |ranges: &[Lines]| {
        let mut evidence = covered(&[(1, 1), (3, 0), (4, 2), (9, 0)]);
        Comparison { lines: lines("a.rs", ranges), ..Comparison::default() }.mark(&"c".into(), &mut evidence);
        let measures = evidence.summary().measures;
        let value = |name: &str| measures.get(name).map(|measure| measure.value);
        (value("coverage.changed.lines"), value("coverage.changed.line"))
    };
    assert_eq!(measured(&[(2, 4)]), (Some(Decimal::from(2u64)), Decimal::percent(1, 2)));
    assert_eq!(measured(&[(5, 8)]), (Some(Decimal::from(0u64)), None));
    let without = covered(&[(1, 1)]).summary().measures;
    assert!(!without.contains_key("coverage.changed.lines"), "nothing was compared");
}

#[test]
fn ratchets_find_what_the_base_measured() {
    let mut before = evidence(vec![finding("a.rs", 1, "f")]);
    before.measures.insert("p99".into(), Measure { unit: "ms".into(), value: Decimal::from(7u64) });
    let known = Known::of(run(), &before, &before.summary(), &BTreeMap::new());
    let mut now = evidence(Vec::new());
    Comparison { gates: BTreeMap::from([("lint".into(), known)]), ..Comparison::default() }
        .mark(&"lint".into(), &mut now);
    let base = now.summary().base;
    assert_eq!(base["findings.error"].value, Decimal::from(1u64));
    assert_eq!(&*base["p99"].unit, "ms");
}

#[test]
fn a_file_that_counts_to_its_end_has_no_lines_to_count() {
    let mut comparison = Comparison { lines: lines("a", &[(1, 3), (7, 7)]), ..Comparison::default() };
    comparison.lines.get_or_insert_default().insert("b".into(), vec![(1, u32::MAX)]);
    assert_eq!(comparison.changed_lines(), Some(4));
    check(&comparison, vec![finding("b", 4_000_000_000, "1")], "new");
}
