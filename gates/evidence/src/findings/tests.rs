//! Claims about the identity of findings.

use dod_kernel::evidence::{Finding, Place, Severity};

use super::{Findings, Seen};

fn collect(seen: &[(&str, &str, u32)]) -> Vec<Finding> {
    let mut findings = Findings::default();
    for &(rule, message, line) in seen {
        let place = Place { column: None, end_line: None, line: Some(line), path: "src/a.rs".into() };
        findings.push(Seen::new(rule, message, Severity::Warning, Some(place))).unwrap();
    }
    findings.finish()
}

#[test]
fn a_moved_line_is_the_same_finding() {
    let before = collect(&[("E1", "unused `x` (see line 10)", 12)]);
    let after = collect(&[("E1", "unused `x` (see line 20)", 22)]);
    assert_eq!(before[0].fingerprint, after[0].fingerprint);
}

#[test]
fn rule_path_and_message_are_what_a_finding_is() {
    let found = collect(&[("E1", "a", 1), ("E2", "a", 1), ("E1", "b", 1), ("E", "1a", 1)]);
    for (at, one) in found.iter().enumerate() {
        assert!(found[..at].iter().all(|other| other.fingerprint != one.fingerprint), "{one:?}");
    }
}

#[test]
fn the_same_finding_on_other_lines_is_numbered_by_line() {
    let found = collect(&[("E1", "a", 30), ("E1", "a", 10), ("E1", "a", 20)]);
    let ordinals: Vec<&str> = found.iter().map(|one| one.fingerprint.get(32..).unwrap()).collect();
    assert_eq!(ordinals, [":3", "", ":2"]);
}
