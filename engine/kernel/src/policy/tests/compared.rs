//! What a change brought, what went down or up since the base, and what is only known to be at least so many.

use expect_test::{Expect, expect};

use super::judged;
use super::runs::Story;

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(rules: &str, waived: &str, kind: &str, found: &str, expected: Expect) {
    expected.assert_eq(&judged(rules, waived, kind, found));
}

#[test]
fn only_what_the_change_brought_is_counted() {
    let rules = "new [lint] findings.introduced.error == 0 1\nall [lint] findings.introduced.total <= 1 1";
    check(
        rules,
        "",
        "lint",
        "compared both; old 3 error; new 1 warning",
        expect![[r#"
        new: passed (findings.introduced.error 0, wanted == 0)
        all: passed (findings.introduced.total 1, wanted <= 1)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "lint",
        "compared both; new 2 error",
        expect![[r#"
        new: failed (findings.introduced.error 2, wanted == 0)
        all: failed (findings.introduced.total 2, wanted <= 1)
        gate failed
    "#]],
    );
    check(
        rules,
        "",
        "lint",
        "compared both; clean",
        expect![[r#"
        new: passed (findings.introduced.error 0, wanted == 0)
        all: passed (findings.introduced.total 0, wanted <= 1)
        gate passed
    "#]],
    );
}

#[test]
fn without_anything_to_compare_with_nothing_is_new_and_nothing_is_old() {
    check(
        "new [lint] findings.introduced.error == 0 1",
        "",
        "lint",
        "2 error",
        expect![[r#"
        new: undecided (findings.introduced.error not measured)
        gate undecided
    "#]],
    );
    check(
        "new [lint] findings.introduced.error == 0 1 measured",
        "",
        "lint",
        "clean",
        expect![[r#"
        new: undecided (findings.introduced.error not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn findings_that_may_be_old_leave_a_rule_open_unless_the_others_decide_it() {
    let rules = "none [lint] findings.introduced.error == 0 1\nfew [lint] findings.introduced.error <= 3 1\n\
                 over [lint] findings.introduced.error > 1 1";
    check(
        rules,
        "",
        "lint",
        "compared lines; unsure 2 error",
        expect![[r#"
        none: undecided (findings.introduced.error at least 0, wanted == 0, not known: Introduced(2))
        few: passed (findings.introduced.error 0, wanted <= 3)
        over: undecided (findings.introduced.error at least 0, wanted > 1, not known: Introduced(2))
        gate undecided
    "#]],
    );
    check(
        rules,
        "",
        "lint",
        "compared lines; unsure 2 error; new 2 error",
        expect![[r#"
        none: failed (findings.introduced.error 2, wanted == 0)
        few: undecided (findings.introduced.error at least 2, wanted <= 3, not known: Introduced(2))
        over: passed (findings.introduced.error 2, wanted > 1)
        gate failed
    "#]],
    );
    check(
        rules,
        "",
        "lint",
        "compared lines; unsure 9 error; new 4 error",
        expect![[r#"
        none: failed (findings.introduced.error 4, wanted == 0)
        few: failed (findings.introduced.error 4, wanted <= 3)
        over: passed (findings.introduced.error 4, wanted > 1)
        gate failed
    "#]],
    );
}

#[test]
fn waived_findings_are_neither_new_nor_open() {
    let rules = "new [lint] findings.introduced.error == 0 1";
    check(
        rules,
        "of X by bob",
        "lint",
        "compared lines; unsure error X",
        expect![[r#"
        new: waived (waived X by bob; findings.introduced.error at least 0, wanted == 0, not known: Introduced(1))
        gate waived
    "#]],
    );
    check(
        rules,
        "of X by bob",
        "lint",
        "compared lines; new error X; unsure error Y",
        expect![[r#"
        new: undecided (findings.introduced.error at least 0, wanted == 0, not known: Introduced(1))
        gate undecided
    "#]],
    );
    check(
        rules,
        "of new by bob",
        "lint",
        "compared lines; unsure error Y",
        expect![[r#"
        new: undecided (findings.introduced.error at least 0, wanted == 0, not known: Introduced(1))
        gate undecided
    "#]],
    );
}

#[test]
fn packages_that_nobody_checked_may_hold_anything() {
    let rules =
        "critical vulnerabilities.critical == 0 1\nfew vulnerabilities.total <= 1 1\nall unchecked == 0 1";
    check(
        rules,
        "",
        "dependencies",
        "sought; unchecked 3",
        expect![[r#"
        critical: undecided (vulnerabilities.critical at least 0, wanted == 0, not known: Unchecked(3))
        few: undecided (vulnerabilities.total at least 0, wanted <= 1, not known: Unchecked(3))
        all: failed (unchecked 3, wanted == 0)
        gate failed
    "#]],
    );
    let found = "unchecked 3; critical CVE-1 pkg:cargo/foo 1.2.3; high CVE-2 pkg:cargo/foo 1.2.3";
    check(
        rules,
        "",
        "dependencies",
        found,
        expect![[r#"
        critical: failed (vulnerabilities.critical 1, wanted == 0)
        few: failed (vulnerabilities.total 2, wanted <= 1)
        all: failed (unchecked 3, wanted == 0)
        gate failed
    "#]],
    );
    check(
        rules,
        "",
        "dependencies",
        "sought",
        expect![[r#"
        critical: passed (vulnerabilities.critical 0, wanted == 0)
        few: passed (vulnerabilities.total 0, wanted <= 1)
        all: passed (unchecked 0, wanted == 0)
        gate passed
    "#]],
    );
}

#[test]
fn new_holes_are_counted_apart() {
    let rules = "new vulnerabilities.introduced.critical == 0 1";
    let old = "compared both; old critical CVE-1 pkg:cargo/foo 1.2.3";
    check(
        rules,
        "",
        "dependencies",
        old,
        expect![[r#"
        new: passed (vulnerabilities.introduced.critical 0, wanted == 0)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "dependencies",
        "compared both; new unrated CVE-1 pkg:cargo/foo 1.2.3",
        expect![[r#"
        new: failed (vulnerabilities.introduced.critical 1, wanted == 0)
        gate failed
    "#]],
    );
    check(
        rules,
        "",
        "dependencies",
        "2 error",
        expect![[r#"
        new: undecided (vulnerabilities.introduced.critical not measured)
        gate undecided
    "#]],
    );
    check(
        rules,
        "",
        "dependencies",
        "compared both; old 1 warning; unsure 1 warning",
        expect![[r#"
        new: undecided (vulnerabilities.introduced.critical at least 0, wanted == 0, not known: Introduced(1))
        gate undecided
    "#]],
    );
}

#[test]
fn licenses_are_counted_by_objection() {
    let rules =
        "copyleft licenses.copyleft == 0 1\nunknown licenses.unknown == 0 1\nall licenses.total <= 2 1";
    check(
        rules,
        "",
        "licenses",
        "licenses; license copyleft foo; license unknown bar; license denied baz",
        expect![[r#"
            copyleft: failed (licenses.copyleft 1, wanted == 0)
            unknown: failed (licenses.unknown 1, wanted == 0)
            all: failed (licenses.total 3, wanted <= 2)
            gate failed
        "#]],
    );
    check(
        rules,
        "",
        "licenses",
        "licenses; clean",
        expect![[r#"
        copyleft: passed (licenses.copyleft 0, wanted == 0)
        unknown: passed (licenses.unknown 0, wanted == 0)
        all: passed (licenses.total 0, wanted <= 2)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "licenses",
        "clean",
        expect![[r#"
        copyleft: undecided (licenses.copyleft not measured)
        unknown: undecided (licenses.unknown not measured)
        all: undecided (licenses.total not measured)
        gate undecided
    "#]],
    );
}

#[test]
fn a_number_may_not_drop() {
    let rules = "cov coverage.line.drop <= 0.1 %";
    check(
        rules,
        "",
        "coverage",
        "coverage.line 79.95 %; base coverage.line 80 %",
        expect![[r#"
        cov: passed (coverage.line.drop 0.05 %, wanted <= 0.1 %)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "coverage",
        "coverage.line 79.8999 %; base coverage.line 80 %",
        expect![[r#"
        cov: failed (coverage.line.drop 0.1001 %, wanted <= 0.1 %)
        gate failed
    "#]],
    );
    check(
        rules,
        "",
        "coverage",
        "coverage.line 85 %; base coverage.line 80 %",
        expect![[r#"
        cov: passed (coverage.line.drop -5 %, wanted <= 0.1 %)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "coverage",
        "coverage.line 85 %",
        expect![[r#"
        cov: undecided (coverage.line.drop not measured)
        gate undecided
    "#]],
    );
    check(
        rules,
        "",
        "coverage",
        "coverage.branch 85 %",
        expect![[r#"
            cov: undecided (coverage.line not measured)
            gate undecided
        "#]],
    );
}

#[test]
fn counts_and_times_may_not_rise() {
    check(
        "w [lint] findings.warning.rise <= 0 1",
        "",
        "lint",
        "3 warning; base findings.warning 2 1",
        expect![[r#"
            w: failed (findings.warning.rise 1, wanted <= 0)
            gate failed
        "#]],
    );
    check(
        "t p99.rise <= 20 ms",
        "",
        "performance",
        "p99 0.812 s; base p99 800 ms",
        expect![[r#"
        t: passed (p99.rise 12 ms, wanted <= 20 ms)
        gate passed
    "#]],
    );
    check(
        "t p99.rise <= 20 ms",
        "",
        "performance",
        "p99 821 ms; base p99 0.8 s",
        expect![[r#"
        t: failed (p99.rise 21 ms, wanted <= 20 ms)
        gate failed
    "#]],
    );
    check(
        "t p99.rise <= 20 ms",
        "",
        "performance",
        "p99 821 ms; base p99 8 bytes",
        expect![[r#"
        gate passed
    "#]],
    );
}

#[test]
fn a_rise_in_percent_is_a_share_of_what_there_was() {
    let rules = "t p99.rise <= 5 %";
    check(
        rules,
        "",
        "performance",
        "p99 840 ms; base p99 800 ms",
        expect![[r#"
        t: passed (p99.rise 5 %, wanted <= 5 %)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "performance",
        "p99 840.1 ms; base p99 800 ms",
        expect![[r#"
        t: failed (p99.rise 5.0125 %, wanted <= 5 %)
        gate failed
    "#]],
    );
    check(
        rules,
        "",
        "performance",
        "p99 700 ms; base p99 800 ms",
        expect![[r#"
        t: passed (p99.rise -12.5 %, wanted <= 5 %)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "performance",
        "p99 0 ms; base p99 0 ms",
        expect![[r#"
        t: passed (p99.rise 0 %, wanted <= 5 %)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "performance",
        "p99 1 ms; base p99 0 ms",
        expect![[r#"
        t: undecided (p99.rise 1 ms does not compare with <= 5 %)
        gate undecided
    "#]],
    );
}

#[test]
fn waived_findings_do_not_make_a_number_rise() {
    let rules = "w [lint] findings.warning.rise <= 0 1";
    check(
        rules,
        "of X by bob",
        "lint",
        "compared both; new warning X; old warning Y; base findings.warning 1 1",
        expect![[r#"
        w: waived (waived X by bob; findings.warning.rise 1, wanted <= 0)
        gate waived
    "#]],
    );
}

#[test]
fn a_waived_finding_of_the_base_makes_no_room_for_a_new_one() {
    check(
        "w [lint] findings.warning.rise <= 0 1",
        "of X by bob",
        "lint",
        "compared both; old warning X; new warning Y; base findings.warning 1 1",
        expect![[r#"
        w: failed (findings.warning.rise 1, wanted <= 0)
        gate failed
    "#]],
    );
}

#[test]
fn few_changed_lines_are_judged_and_said_unless_the_policy_leaves_them_out() {
    let rules = "cov coverage.changed.line >= 80 %\nbig coverage.changed.line >= 80 % unless-few";
    let few = "compared lines; file src/a.rs hit 1-9 miss 10-19 changed 8-15";
    check(
        rules,
        "",
        "coverage",
        few,
        expect![[r#"
        cov: failed (coverage.changed.line 25 %, wanted >= 80 %)
        big: not_applicable (coverage.changed.line: 8 lines)
        gate failed
    "#]],
    );
    check(
        rules,
        "",
        "coverage",
        "compared lines; file src/a.rs hit 1-9 changed 40-90",
        expect![[r#"
        cov: not_applicable (coverage.changed.line: 0 lines)
        big: not_applicable (coverage.changed.line: 0 lines)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "test",
        "compared lines; file src/a.rs hit 1-9 changed 40-90",
        expect![[r#"
        cov: not_applicable (coverage.changed.line: 0 lines)
        big: not_applicable (coverage.changed.line: 0 lines)
        gate passed
    "#]],
    );
    check(
        rules,
        "",
        "coverage",
        "file src/a.rs hit 1-9",
        expect![[r#"
        cov: undecided (coverage.changed.line not measured)
        big: undecided (coverage.changed.line not measured)
        gate undecided
    "#]],
    );
    let story =
        Story::new(rules, "cov: coverage | compared lines; file src/a.rs hit 1-18 miss 19-20 changed 2-19");
    assert_eq!(story.judgement().verdict.few_lines, [("cov".into(), 18)]);
}

#[test]
fn an_old_database_does_not_know() {
    for measure in ["vulndb.age_days 9 1", "vulndb.age_days 9 d"] {
        let text = judged("age vulndb.age_days <= 7 1", "", "dependencies", &format!("sought; {measure}"));
        assert_eq!(text, "age: undecided (vulndb.age_days 9, wanted <= 7)\ngate undecided\n", "{measure}");
    }
    check(
        "age vulndb.age_days <= 7 d",
        "",
        "dependencies",
        "sought; vulndb.age_days 7 1",
        expect![[r#"
        age: passed (vulndb.age_days 7 d, wanted <= 7 d)
        gate passed
    "#]],
    );
}

#[test]
fn a_gate_without_a_base_is_not_hidden_by_one_that_has_one() {
    let story = Story::new(
        "new findings.introduced.error == 0 1",
        "lint: lint | compared both; old 1 error\nsql: lint | 1 error\nfmt: format | 3 passed",
    );
    expect![[r#"
        undecided
          new at sql: undecided (findings.introduced.error not measured)
    "#]]
    .assert_eq(&story.told());
    let story = Story::new("new findings.introduced.error == 0 1", "lint: lint | 1 error\nsql: lint | clean");
    expect![[r#"
        undecided
          new: undecided (findings.introduced.error not measured)
    "#]]
    .assert_eq(&story.told());
}

#[test]
fn what_was_not_measured_is_told_apart_from_what_has_no_base() {
    for (gates, fact) in [
        ("lint: lint exit-0", "findings.error"),
        ("types: types | 1 error", "findings.error.rise"),
        ("lint: lint | 1 error", "findings.error.rise"),
    ] {
        let told = Story::new("r [lint] findings.error.rise <= 0 1", gates).told();
        assert!(told.contains(&format!("({fact} not measured)")), "{gates}: {told}");
    }
}

#[test]
fn expressions_see_what_changed_and_know_nothing_of_lower_bounds() {
    let gates = "lint: lint | compared both; new 1 error; base findings.error 0 1";
    for (expression, state) in [
        ("findings.introduced.error == 1", "passed"),
        ("findings.error.rise == 1", "passed"),
        ("findings.error.rise == 0", "failed"),
        ("findings.warning.rise == 0", "undecided"),
        ("findings.introduced.error.rise == 0", "undecided"),
    ] {
        let rules = format!("r expr {expression}");
        let outcome = &Story::new(&rules, gates).judgement().outcomes[0];
        assert_eq!(outcome.state.word(), state, "{expression}");
    }
    let open = Story::new("r expr vulnerabilities.total == 0", "deps: dependencies | sought; unchecked 1");
    assert_eq!(open.judgement().outcomes[0].state.word(), "undecided");
}

#[test]
fn a_license_that_nobody_states_may_be_any() {
    check(
        "copyleft licenses.copyleft == 0 1\ndenied licenses.denied <= 1 1\nunknown licenses.unknown == 0 1",
        "",
        "licenses",
        "license unknown pkg:cargo/a; license unknown pkg:cargo/b; license denied pkg:cargo/c",
        expect![[r#"
            copyleft: undecided (licenses.copyleft at least 0, wanted == 0, not known: Licenses(2))
            denied: undecided (licenses.denied at least 1, wanted <= 1, not known: Licenses(2))
            unknown: failed (licenses.unknown 2, wanted == 0)
            gate failed
        "#]],
    );
}
