//! What the kind of a gate means for its rules.

use expect_test::{Expect, expect};

use super::judged;

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(rules: &str, kind: &str, found: &str, expected: Expect) {
    expected.assert_eq(&judged(rules, "", kind, found));
}

#[test]
fn errors_of_an_unusual_kind_are_not_overlooked() {
    let rules = "l [lint] findings.error == 0 1\no [*] findings.error == 0 1 measured";
    check(
        rules,
        "a11y",
        "1 error",
        expect![[r#"
        o: failed (findings.error 1, wanted == 0)
        gate failed
    "#]],
    );
    check(
        rules,
        "a11y",
        "3 passed",
        expect![[r#"
        gate passed
    "#]],
    );
    check(
        rules,
        "lint",
        "1 error",
        expect![[r#"
        l: failed (findings.error 1, wanted == 0)
        gate failed
    "#]],
    );
}

#[test]
fn a_number_without_a_limit_is_no_news() {
    check(
        "p [performance] findings.error == 0 1 measured",
        "performance",
        "p99 5 s",
        expect![[r#"
        p: not_applicable (findings.error not measured)
        gate passed
    "#]],
    );
}

#[test]
fn a_coverage_gate_that_covers_nothing_is_undecided_whatever_else_is_asked() {
    let rules = "l coverage.line >= 60 % measured\ns coverage.statement >= 60 % measured";
    check(
        rules,
        "coverage",
        "",
        expect![[r#"
        l: undecided (coverage.line not measured)
        s: undecided (coverage.statement not measured)
        gate undecided
    "#]],
    );
    check(
        rules,
        "coverage",
        "coverage.statement 61 %",
        expect![[r#"
        l: not_applicable (coverage.line not measured)
        s: passed (coverage.statement 61 %, wanted >= 60 %)
        gate passed
    "#]],
    );
    check(
        rules,
        "test",
        "2 passed",
        expect![[r#"
        gate passed
    "#]],
    );
}

#[test]
fn what_a_dependency_gate_found_without_rating_it_counts_as_critical() {
    let rules = "c vulnerabilities.critical == 0 1 measured\nh vulnerabilities.high == 0 1 measured";
    check(
        rules,
        "dependencies",
        "1 warning; 1 error",
        expect![[r#"
        c: failed (vulnerabilities.critical 2, wanted == 0)
        h: passed (vulnerabilities.high 0, wanted == 0)
        gate failed
    "#]],
    );
    check(
        rules,
        "dependencies",
        "clean",
        expect![[r#"
        c: passed (vulnerabilities.critical 0, wanted == 0)
        h: passed (vulnerabilities.high 0, wanted == 0)
        gate passed
    "#]],
    );
    check(
        rules,
        "dependencies",
        "warning unmaintained; high CVE-1 pkg:cargo/foo 1.0.0",
        expect![[r#"
        c: passed (vulnerabilities.critical 0, wanted == 0)
        h: failed (vulnerabilities.high 1, wanted == 0)
        gate failed
    "#]],
    );
    check(
        rules,
        "lint",
        "1 error",
        expect![[r#"
        gate passed
    "#]],
    );
    check(
        rules,
        "dependencies",
        "lines 3 1",
        expect![[r#"
        c: undecided (vulnerabilities.critical not measured)
        h: undecided (vulnerabilities.high not measured)
        gate undecided
    "#]],
    );
}
