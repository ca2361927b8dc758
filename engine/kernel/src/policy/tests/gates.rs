//! One gate against thresholds.

use expect_test::{Expect, expect};

use super::{judged, rule};
use crate::policy::Require;

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(rules: &str, kind: &str, found: &str, expected: Expect) {
    expected.assert_eq(&judged(rules, "", kind, found));
}

#[test]
fn units_of_one_kind_convert_exactly() {
    check(
        "p p99 < 1 s",
        "load",
        "p99 812 ms",
        expect![[r#"
        p: passed (p99 812 ms, wanted < 1 s)
        gate passed
    "#]],
    );
    check(
        "p p99 < 1 s",
        "load",
        "p99 1000 ms",
        expect![[r#"
        p: failed (p99 1000 ms, wanted < 1 s)
        gate failed
    "#]],
    );
    check(
        "p p99 <= 1 s",
        "load",
        "p99 1000.0000001 ms",
        expect![[r#"
        p: failed (p99 1000.0000001 ms, wanted <= 1 s)
        gate failed
    "#]],
    );
    check(
        "p p99 < 1 s",
        "load",
        "p99 999999999 ns",
        expect![[r#"
        p: passed (p99 999999999 ns, wanted < 1 s)
        gate passed
    "#]],
    );
    check(
        "p size <= 20 MB",
        "build",
        "size 20971520 bytes",
        expect![[r#"
        p: failed (size 20971520 bytes, wanted <= 20 MB)
        gate failed
    "#]],
    );
    check(
        "p size <= 20 MiB",
        "build",
        "size 20971520 bytes",
        expect![[r#"
        p: passed (size 20971520 bytes, wanted <= 20 MiB)
        gate passed
    "#]],
    );
}

#[test]
fn a_bare_number_is_not_compared_with_a_unit() {
    check(
        "p p99 < 1 s",
        "load",
        "p99 0.5 1",
        expect![[r#"
        p: undecided (p99 0.5 does not compare with < 1 s)
        gate undecided
    "#]],
    );
    check(
        "p p99 < 1 1",
        "load",
        "p99 812 ms",
        expect![[r#"
        p: undecided (p99 812 ms does not compare with < 1)
        gate undecided
    "#]],
    );
    check(
        "p c >= 80 %",
        "load",
        "c 0.9 1",
        expect![[r#"
        p: undecided (c 0.9 does not compare with >= 80 %)
        gate undecided
    "#]],
    );
    check(
        "p c >= 80 %",
        "load",
        "c 90 s",
        expect![[r#"
        p: undecided (c 90 s does not compare with >= 80 %)
        gate undecided
    "#]],
    );
}

#[test]
fn a_unit_that_nobody_knows_compares_with_itself_only() {
    check(
        "p rate >= 500 req/s",
        "load",
        "rate 612 req/s",
        expect![[r#"
        p: passed (rate 612 req/s, wanted >= 500 req/s)
        gate passed
    "#]],
    );
    check(
        "p rate >= 500 req/s",
        "load",
        "rate 612 req/min",
        expect![[r#"
        p: undecided (rate 612 req/min does not compare with >= 500 req/s)
        gate undecided
    "#]],
    );
}

#[test]
fn a_number_too_large_to_compare_is_undecided() {
    check(
        "p n < 1 d",
        "load",
        "n 100000000000000000000000000000000000000 d",
        expect![[r#"
        p: undecided (n 100000000000000000000000000000000000000 d does not compare with < 1 d)
        gate undecided
    "#]],
    );
}

#[test]
fn almost_80_percent_is_not_80_percent() {
    check(
        "c coverage.line >= 80 %",
        "test",
        "coverage.line 79.9999 %",
        expect![[r#"
        c: failed (coverage.line 79.9999 %, wanted >= 80 %)
        gate failed
    "#]],
    );
    check(
        "c coverage.line >= 80 %",
        "test",
        "coverage.line 80 %",
        expect![[r#"
        c: passed (coverage.line 80 %, wanted >= 80 %)
        gate passed
    "#]],
    );
}

#[test]
fn all_five_comparisons_mean_what_they_say() {
    for is in [">=", "<=", "<", "==", ">"] {
        let rule = format!("r n {is} 5 1");
        let states: Vec<String> = ["4", "5", "6"]
            .map(|n| judged(&rule, "", "load", &format!("n {n} 1")))
            .iter()
            .map(|text| text.lines().last().unwrap().to_owned())
            .collect();
        let passed: Vec<bool> = states.iter().map(|state| state == "gate passed").collect();
        let wanted = match is {
            ">=" => [false, true, true],
            "<=" => [true, true, false],
            "<" => [true, false, false],
            "==" => [false, true, false],
            _ => [false, false, true],
        };
        assert_eq!(passed, wanted, "{is}");
    }
}

#[test]
fn a_missing_fact_is_undecided_where_the_rule_names_the_gate() {
    check(
        "c [coverage] coverage.line >= 80 %",
        "coverage",
        "2 passed",
        expect![[r#"
        c: undecided (coverage.line not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn a_rule_for_every_gate_asks_only_those_that_have_the_fact() {
    check(
        "c coverage.line >= 80 %",
        "lint",
        "clean",
        expect![[r#"
        gate passed
    "#]],
    );
}

#[test]
fn judged_when_measured_is_not_applicable_where_it_was_not() {
    check(
        "c [test] coverage.line >= 80 % measured\nt tests.failed == 0 1",
        "test",
        "2 passed",
        expect![[r#"
        c: not_applicable (coverage.line not measured)
        t: passed (tests.failed 0, wanted == 0)
        gate passed
    "#]],
    );
}

#[test]
fn a_gate_that_no_rule_could_judge_is_not_passed() {
    check(
        "l [lint] findings.error == 0 1 measured",
        "lint",
        "lines 300 1",
        expect![[r#"
        l: undecided (findings.error not measured)
        gate undecided
    "#]],
    );
    check(
        "c [coverage] coverage.line >= 60 % measured",
        "coverage",
        "",
        expect![[r#"
        c: undecided (coverage.line not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn a_build_without_findings_is_judged_by_its_exit_code() {
    check(
        "b [build] findings.error == 0 1 measured",
        "build",
        "size 300 bytes",
        expect![[r#"
        b: not_applicable (findings.error not measured)
        gate passed
    "#]],
    );
}

#[test]
fn a_gate_that_no_rule_looks_at_has_passed() {
    check(
        "l [lint] findings.error == 0 1",
        "odd",
        "3 error",
        expect![[r#"
        gate passed
    "#]],
    );
}

#[test]
fn zero_findings_count_only_where_somebody_looked() {
    check(
        "l [lint] findings.error == 0 1",
        "lint",
        "clean",
        expect![[r#"
        l: passed (findings.error 0, wanted == 0)
        gate passed
    "#]],
    );
    check(
        "l [lint] findings.error == 0 1",
        "lint",
        "lines 1 1",
        expect![[r#"
        l: undecided (findings.error not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn an_empty_test_run_is_not_a_pass() {
    check(
        "t tests.failed == 0 1",
        "test",
        "tests",
        expect![[r#"
        t: undecided (no test ran)
        gate undecided
    "#]],
    );
    check(
        "t tests.failed == 0 1",
        "test",
        "4 skipped",
        expect![[r#"
        t: undecided (no test ran)
        gate undecided
    "#]],
    );
    check(
        "t tests.failed == 0 1 measured",
        "test",
        "tests",
        expect![[r#"
        t: undecided (no test ran)
        gate undecided
    "#]],
    );
    check(
        "t tests.skipped <= 3 1",
        "test",
        "4 skipped",
        expect![[r#"
        t: failed (tests.skipped 4, wanted <= 3)
        gate failed
    "#]],
    );
}

#[test]
fn failed_and_errored_tests_are_two_numbers() {
    check(
        "f tests.failed == 0 1\ne tests.errored == 0 1\nu tests.unsuccessful == 0 1",
        "test",
        "3 passed; 1 errored",
        expect![[r#"
            f: passed (tests.failed 0, wanted == 0)
            e: failed (tests.errored 1, wanted == 0)
            u: failed (tests.unsuccessful 1, wanted == 0)
            gate failed
        "#]],
    );
}

#[test]
fn a_flaky_share_is_compared_without_rounding() {
    check(
        "f tests.flaky_share <= 1 %",
        "test",
        "99 passed; 1 passed flaky",
        expect![[r#"
        f: passed (tests.flaky_share 1 %, wanted <= 1 %)
        gate passed
    "#]],
    );
    check(
        "f tests.flaky_share <= 1 %",
        "test",
        "98 passed; 1 passed flaky; 7 skipped",
        expect![[r#"
        f: failed (tests.flaky_share 1.0101 %, wanted <= 1 %)
        gate failed
    "#]],
    );
    check(
        "f tests.flaky_share <= 33.3333 %",
        "test",
        "2 passed; 1 passed flaky",
        expect![[r#"
        f: failed (tests.flaky_share 33.3333 %, wanted <= 33.3333 %)
        gate failed
    "#]],
    );
}

#[test]
fn suppressed_findings_never_count() {
    check(
        "l findings.error == 0 1\ns findings.suppressed <= 0 1 warn",
        "lint",
        "suppressed E1; 1 warning",
        expect![[r#"
            l: passed (findings.error 0, wanted == 0)
            s: failed (findings.suppressed 1, wanted <= 0)
            gate passed
        "#]],
    );
}

#[test]
fn a_vulnerability_that_nobody_rated_counts_as_critical() {
    check(
        "v vulnerabilities.critical == 0 1",
        "deps",
        "unrated CVE-1 pkg:cargo/foo 1.0.0",
        expect![[r#"
        v: failed (vulnerabilities.critical 1, wanted == 0)
        gate failed
    "#]],
    );
    check(
        "v vulnerabilities.critical == 0 1",
        "deps",
        "high CVE-1 pkg:cargo/foo 1.0.0",
        expect![[r#"
        v: passed (vulnerabilities.critical 0, wanted == 0)
        gate passed
    "#]],
    );
    check(
        "v vulnerabilities.critical == 0 1",
        "deps",
        "clean; sought",
        expect![[r#"
        v: passed (vulnerabilities.critical 0, wanted == 0)
        gate passed
    "#]],
    );
    check(
        "v [deps] vulnerabilities.critical == 0 1",
        "deps",
        "clean",
        expect![[r#"
        v: undecided (vulnerabilities.critical not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn problems_are_findings_that_are_not_vulnerabilities() {
    check(
        "p problems.error == 0 1\nw problems.warning == 0 1",
        "deps",
        "high CVE-1 pkg:cargo/foo 1.0.0; error banned; 2 warning",
        expect![[r#"
            p: failed (problems.error 1, wanted == 0)
            w: failed (problems.warning 2, wanted == 0)
            gate failed
        "#]],
    );
    check(
        "p problems.error == 0 1",
        "deps",
        "2 error",
        expect![[r#"
        p: failed (problems.error 2, wanted == 0)
        gate failed
    "#]],
    );
}

#[test]
fn a_warning_is_said_and_does_not_fail_the_gate() {
    check(
        "l findings.warning <= 3 1 warn\ni findings.note == 0 1 info",
        "lint",
        "4 warning; 1 note",
        expect![[r#"
            l: failed (findings.warning 4, wanted <= 3)
            i: failed (findings.note 1, wanted == 0)
            gate passed
        "#]],
    );
}

#[test]
fn failed_comes_before_undecided_before_passed() {
    check(
        "a n < 1 s\nb findings.error == 0 1\nc m == 1 1",
        "lint",
        "1 error; n 5 1; m 1 1",
        expect![[r#"
        a: undecided (n 5 does not compare with < 1 s)
        b: failed (findings.error 1, wanted == 0)
        c: passed (m 1, wanted == 1)
        gate failed
    "#]],
    );
}

#[test]
fn a_rule_whose_condition_is_false_is_not_asked() {
    check(
        "p p99 < 1 s if branch == dev",
        "load",
        "p99 5 s",
        expect![[r#"
        p: not_applicable (not asked)
        gate passed
    "#]],
    );
    check(
        "p p99 < 1 s if branch == main",
        "load",
        "p99 5 s",
        expect![[r#"
        p: failed (p99 5 s, wanted < 1 s)
        gate failed
    "#]],
    );
}

#[test]
fn a_rule_whose_condition_is_unknown_is_undecided() {
    check(
        "p p99 < 1 s if tag == v1",
        "load",
        "p99 1 ms",
        expect![[r#"
        p: undecided (not asked)
        gate undecided
    "#]],
    );
    check(
        "p p99 < 1 s if brunch == v1",
        "load",
        "p99 1 ms",
        expect![[r#"
        p: undecided (not asked)
        gate undecided
    "#]],
    );
}

#[test]
fn a_rule_of_a_project_looks_at_its_gates_only() {
    check(
        "c coverage.line >= 80 % in api",
        "api/test: test",
        "coverage.line 70 %",
        expect![[r#"
        c: failed (coverage.line 70 %, wanted >= 80 %)
        gate failed
    "#]],
    );
    check(
        "c coverage.line >= 80 % in api",
        "etl/test: test",
        "coverage.line 70 %",
        expect![[r#"
        gate passed
    "#]],
    );
    check(
        "c coverage.line >= 80 % in api",
        "test",
        "coverage.line 70 %",
        expect![[r#"
        gate passed
    "#]],
    );
}

#[test]
fn a_rule_may_name_a_step_instead_of_a_kind() {
    check(
        "c [load] n == 1 1",
        "load: performance",
        "n 2 1",
        expect![[r#"
        c: failed (n 2, wanted == 1)
        gate failed
    "#]],
    );
}

#[test]
fn a_measure_cannot_pretend_to_be_a_count() {
    check(
        "l findings.error == 0 1",
        "lint",
        "findings.error 0 1; 2 error",
        expect![[r#"
        l: failed (findings.error 2, wanted == 0)
        gate failed
    "#]],
    );
    check(
        "l [lint] findings.error == 0 1",
        "lint",
        "findings.error 0 1",
        expect![[r#"
        l: undecided (findings.error not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn what_needs_a_baseline_is_not_known() {
    check(
        "n [lint] findings.introduced.error == 0 1",
        "lint",
        "clean",
        expect![[r#"
        n: undecided (findings.introduced.error not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn a_stricter_threshold_implies_a_laxer_one() {
    let implies = |left: &str, right: &str| {
        let of = |text: &str| match rule(&format!("r n {text}")).require {
            Require::Threshold(threshold) => threshold,
            Require::Expression(_) | Require::Rego(_) => panic!("{text}"),
        };
        of(left).implies(&of(right))
    };
    for (left, right) in [
        (">= 80 %", ">= 60 %"),
        (">= 80 %", ">= 80 %"),
        ("> 80 %", ">= 80 %"),
        (">= 81 %", "> 80 %"),
        ("< 900 ms", "< 1 s"),
        ("< 1 s", "<= 1 s"),
        ("== 0 1", "<= 3 1"),
        ("== 0 1", "== 0 1"),
    ] {
        assert_eq!(implies(left, right), Some(true), "{left} {right}");
    }
    for (left, right) in
        [(">= 50 %", ">= 60 %"), (">= 80 %", "> 80 %"), ("<= 1 s", "< 1 s"), ("== 5 1", "<= 3 1")]
    {
        assert_eq!(implies(left, right), Some(false), "{left} {right}");
    }
    for (left, right) in [(">= 50 %", "<= 60 %"), ("< 1 s", "< 1 MB"), ("<= 3 1", "== 0 1")] {
        assert_eq!(implies(left, right), None, "{left} {right}");
    }
}
