//! What waivers waive, and which ones count.

use expect_test::{Expect, expect};

use super::judged;
use crate::policy::glob;

const HOLE: &str = "critical RUSTSEC-1=CVE-1 pkg:cargo/foo 1.2.3 Cargo.lock";
const RULE: &str = "v vulnerabilities.critical == 0 1";

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(rules: &str, waived: &str, found: &str, expected: Expect) {
    expected.assert_eq(&judged(rules, waived, "deps", found));
}

/// How the gate comes out when this waiver meets the hole above.
fn state(rules: &str, waiver: &str) -> String {
    judged(rules, waiver, "deps", HOLE).lines().last().unwrap().to_owned()
}

#[test]
fn a_waived_finding_makes_the_rule_waived_not_passed() {
    check(
        RULE,
        "of RUSTSEC-1 at pkg:cargo/foo@1.2.3 by alice",
        HOLE,
        expect![[r#"
        v: waived (waived RUSTSEC-1 by alice; vulnerabilities.critical 1, wanted == 0)
        gate waived
    "#]],
    );
}

#[test]
fn a_hole_is_waived_by_any_of_its_ids() {
    for id in ["RUSTSEC-1", "CVE-1", "cve-1", "fp0"] {
        assert_eq!(state(RULE, &format!("of {id} by alice")), "gate waived", "{id}");
    }
    assert_eq!(state(RULE, "of CVE-2 by alice"), "gate failed");
    assert_eq!(state(RULE, "of FP0 by alice"), "gate failed");
}

#[test]
fn a_waiver_is_bound_to_package_and_version() {
    for scope in
        ["pkg:cargo/foo@1.2.3", "pkg:cargo/foo@1.2", "pkg:cargo/foo@1", "pkg:cargo/foo@v1.2?os=linux"]
    {
        assert_eq!(state(RULE, &format!("of CVE-1 at {scope} by alice")), "gate waived", "{scope}");
    }
    for scope in ["pkg:cargo/foo@1.2.4", "pkg:cargo/foo@1.20", "pkg:cargo/foo@1.2.3.4", "pkg:cargo/fo@1.2"] {
        assert_eq!(state(RULE, &format!("of CVE-1 at {scope} by alice")), "gate failed", "{scope}");
    }
}

#[test]
fn a_package_is_the_same_whatever_of_its_name_is_percent_encoded() {
    let waived = |scope: &str, package: &str| {
        let found = format!("critical CVE-1 {package} 1.0+x");
        judged(RULE, &format!("of CVE-1 at {scope} by alice"), "deps", &found).ends_with("gate waived\n")
    };
    assert!(waived("pkg:npm/@a/b@1.0%2Bx", "pkg:npm/%40a/b"));
    assert!(waived("pkg:npm/%40a/b@1.0+x", "pkg:npm/@a/b"));
    assert!(!waived("pkg:npm/%40a/c@1.0+x", "pkg:npm/@a/b"));
}

#[test]
fn a_license_is_waived_for_its_package() {
    let state = |scope: &str| {
        let waived = format!("of license at {scope} by alice");
        judged("l licenses.copyleft == 0 1", &waived, "licenses", "license copyleft pkg:cargo/foo")
    };
    assert!(state("pkg:cargo/foo@1").ends_with("gate waived\n"), "{}", state("pkg:cargo/foo@1"));
    assert!(state("pkg:cargo/foo@2").ends_with("gate failed\n"));
    assert!(state("pkg:cargo/bar@1").ends_with("gate failed\n"));
}

#[test]
fn a_package_without_its_version_waives_nothing() {
    assert_eq!(state(RULE, "of CVE-1 at pkg:cargo/foo by alice"), "gate failed");
    assert_eq!(state(RULE, "of CVE-1 at pkg:cargo/foo@ by alice"), "gate failed");
}

#[test]
fn a_package_named_without_its_ecosystem_is_found_by_its_name() {
    let waiver = "of CVE-1 at pkg:npm/%40scope/foo@1.2 by alice";
    check(
        RULE,
        waiver,
        "critical CVE-1 foo 1.2.3",
        expect![[r#"
        v: waived (waived CVE-1 by alice; vulnerabilities.critical 1, wanted == 0)
        gate waived
    "#]],
    );
}

#[test]
fn a_path_scope_is_a_glob() {
    assert_eq!(state(RULE, "of CVE-1 at *.lock by alice"), "gate waived");
    assert_eq!(state(RULE, "of CVE-1 at api/** by alice"), "gate failed");
}

#[test]
fn a_finding_without_a_place_is_not_in_any_path() {
    check(
        "l findings.error == 0 1",
        "of E1 at ** by alice",
        "1 error",
        expect![[r#"
        l: failed (findings.error 1, wanted == 0)
        gate failed
    "#]],
    );
}

#[test]
fn an_expired_waiver_does_not_count() {
    assert_eq!(state(RULE, "of CVE-1 by alice expires 0"), "gate waived");
    assert_eq!(state(RULE, "of CVE-1 by alice expires -1"), "gate failed");
}

#[test]
fn nobody_waives_a_finding_of_an_own_change() {
    assert_eq!(state(RULE, "of CVE-1 by mallory"), "gate failed");
    assert_eq!(state(RULE, "of CVE-1 by Mallory"), "gate failed");
}

#[test]
fn a_policy_that_wants_proof_never_takes_a_claim() {
    let rules = format!("{RULE}\nwaivers proved");
    assert_eq!(state(&rules, "of CVE-1 by alice"), "gate failed");
    assert_eq!(state(&rules, "of CVE-1 by alice proved"), "gate waived");
}

#[test]
fn a_waiver_that_ends_too_late_does_not_count() {
    let rules = format!("{RULE}\nwaivers within 90");
    assert_eq!(state(&rules, "of CVE-1 by alice expires 90"), "gate waived");
    assert_eq!(state(&rules, "of CVE-1 by alice expires 91"), "gate failed");
}

#[test]
fn what_is_not_waived_still_fails_and_only_that_is_counted() {
    check(
        "l findings.error == 0 1",
        "of F401 at src/** by alice",
        "error F401 src/a.py; error F401 lib/b.py; error F811 src/a.py",
        expect![[r#"
            l: failed (findings.error 2, wanted == 0)
            gate failed
        "#]],
    );
}

#[test]
fn a_waiver_that_changed_nothing_is_not_named() {
    check(
        "l findings.error == 0 1\nw findings.warning == 0 1",
        "of E9 by alice\nof W1 by bob\nof X by carol",
        "error E9; warning W1",
        expect![[r#"
            l: waived (waived E9 by alice; findings.error 1, wanted == 0)
            w: waived (waived W1 by bob; findings.warning 1, wanted == 0)
            gate waived
        "#]],
    );
}

#[test]
fn a_rule_that_holds_needs_no_waiver() {
    check(
        "l findings.error <= 1 1",
        "of E1 by alice",
        "1 error",
        expect![[r#"
        l: passed (findings.error 1, wanted <= 1)
        gate passed
    "#]],
    );
}

#[test]
fn a_policy_rule_can_be_waived_at_one_gate() {
    check(
        "slow p99 < 1 s",
        "of slow at de* by alice",
        "p99 2 s",
        expect![[r#"
        slow: waived (waived slow by alice; p99 2 s, wanted < 1 s)
        gate waived
    "#]],
    );
    check(
        "slow p99 < 1 s",
        "of slow at api/* by alice",
        "p99 2 s",
        expect![[r#"
        slow: failed (p99 2 s, wanted < 1 s)
        gate failed
    "#]],
    );
}

#[test]
fn an_undecided_rule_cannot_be_waived() {
    check(
        "slow [deps] p99 < 1 s",
        "of slow by alice",
        "clean",
        expect![[r#"
        slow: undecided (p99 not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn problems_are_waived_as_findings_are() {
    check(
        "p problems.error == 0 1",
        "of banned by alice\nof CVE-1 by bob",
        "high CVE-1 pkg:cargo/foo 1.0.0; error banned",
        expect![[r#"
            p: waived (waived banned by alice; problems.error 1, wanted == 0)
            gate waived
        "#]],
    );
}

#[test]
fn a_glob_stays_in_its_folder_unless_it_says_otherwise() {
    let fits = [
        ("src/*.rs", "src/a.rs"),
        ("src/**", "src/a/b.rs"),
        ("**/a.rs", "a.rs"),
        ("**/a.rs", "x/y/a.rs"),
        ("src/**/a.rs", "src/a.rs"),
        ("src/**/a.rs", "src/x/a.rs"),
        ("./src/a.rs", "src/a.rs"),
        ("**", "a/b"),
        ("*", "a"),
    ];
    for (pattern, path) in fits {
        assert!(glob::matches(pattern, path), "{pattern} {path}");
    }
    let others = [
        ("src/*.rs", "src/x/a.rs"),
        ("*", "a/b"),
        ("src/**/a.rs", "srca.rs"),
        ("**/a.rs", "ba.rs"),
        ("?", "/"),
        ("", "a"),
    ];
    for (pattern, path) in others {
        assert!(!glob::matches(pattern, path), "{pattern} {path}");
    }
}

#[test]
fn no_pattern_is_slow() {
    let pattern = "*a".repeat(500);
    assert!(!glob::matches(&pattern, &"a".repeat(4_000).replace("aaaa", "aaab")));
    assert!(!glob::matches(&"a".repeat(2_000), &"a".repeat(2_000)), "a pattern longer than the bound");
}

#[test]
fn a_finding_that_names_no_package_is_waived_by_its_fingerprint_only() {
    let found = |waiver: &str| {
        let rule = "v vulnerabilities.critical == 0 1";
        judged(rule, waiver, "dependencies", "error RUSTSEC-1 Cargo.lock").lines().last().unwrap().to_owned()
    };
    assert_eq!(found("of RUSTSEC-1 at pkg:cargo/foo@1.2 by alice"), "gate failed");
    assert_eq!(found("of fp0 by alice"), "gate waived");
    let text =
        judged("v vulnerabilities.critical == 0 1", "of fp0 by alice", "dependencies", "error RUSTSEC-1");
    expect![[r#"
        v: waived (waived fp0 by alice; vulnerabilities.critical 1, wanted == 0)
        gate waived
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_waiver_is_named_only_where_the_fact_counts_its_finding() {
    check(
        "c vulnerabilities.high == 0 1\np problems.warning == 0 1\ne problems.error == 0 1",
        "of CVE-1 by alice\nof banned by bob\nof old by carol",
        "high CVE-1 pkg:cargo/foo 1.0.0; error banned; warning old",
        expect![[r#"
            c: waived (waived CVE-1 by alice; vulnerabilities.high 1, wanted == 0)
            p: waived (waived old by carol; problems.warning 1, wanted == 0)
            e: waived (waived banned by bob; problems.error 1, wanted == 0)
            gate waived
        "#]],
    );
}
