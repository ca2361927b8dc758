//! Coverage over the legs of one step.

use expect_test::{Expect, expect};

use super::runs::Story;

const RULE: &str = "cov coverage.line >= 80 %";

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(rules: &str, gates: &str, expected: Expect) {
    expected.assert_eq(&Story::new(rules, gates).told());
}

#[test]
fn shards_cover_together_what_none_covers_alone() {
    check(
        RULE,
        "test[shard=1]: test | 5 passed; file src/a.rs hit 1-5 miss 6-10\n\
         test[shard=2]: test | 5 passed; file src/a.rs miss 1-5 hit 6-9 miss 10-10",
        expect![[r#"
            passed
        "#]],
    );
}

#[test]
fn a_union_that_is_not_enough_fails_once_and_names_the_step() {
    check(
        RULE,
        "test[os=linux]: coverage | file src/a.rs hit 1-5 miss 6-10\n\
         test[os=mac]: coverage | file src/a.rs hit 1-6 miss 7-10; file src/b.rs miss 1-2",
        expect![[r#"
            failed
              cov at test: failed (coverage.line 50 %, wanted >= 80 %)
        "#]],
    );
}

#[test]
fn other_rules_are_held_against_each_leg() {
    check(
        &format!("{RULE}\ntests tests.unsuccessful == 0 1"),
        "test[shard=1]: test | 5 passed; file src/a.rs hit 1-9\ntest[shard=2]: test | 1 failed; file src/b.rs hit 1-9",
        expect![[r#"
            failed
              tests at test[shard=2]: failed (tests.unsuccessful 1, wanted == 0)
        "#]],
    );
}

#[test]
fn steps_of_different_names_and_projects_are_not_united() {
    check(
        RULE,
        "api/test[shard=1]: test | 1 passed; file a.rs hit 1-9\napi/test[shard=2]: test | 1 passed; file b.rs hit 1-9\n\
         etl/test[shard=1]: test | 1 passed; file a.py miss 1-9\netl/test[shard=2]: test | 1 passed; file b.py hit 1-9",
        expect![[r#"
            failed
              cov at etl/test: failed (coverage.line 50 %, wanted >= 80 %)
        "#]],
    );
}

#[test]
fn a_coverage_leg_that_left_none_is_not_overlooked() {
    check(
        RULE,
        "cov[shard=1]: coverage | file src/a.rs hit 1-9\ncov[shard=2]: coverage | 3 passed",
        expect![[r#"
            undecided
              cov at cov[shard=2]: undecided (coverage.line not measured)
        "#]],
    );
    check(
        "cov coverage.line >= 80 % measured",
        "cov[shard=1]: coverage | 1 passed\ncov[shard=2]: coverage | clean",
        expect![[r#"
            undecided
              cov at cov[shard=1]: undecided (coverage.line not measured)
              cov at cov[shard=2]: undecided (coverage.line not measured)
        "#]],
    );
    check(
        RULE,
        "cov[shard=1]: coverage | file src/a.rs hit 1-9\ncov[shard=2]: coverage undecided",
        expect![[r#"
            undecided
              step undecided: cov[shard=2]
              cov at cov: undecided (coverage.line unknown, wanted >= 80 %, not known: LegsMissing(1))
        "#]],
    );
}

#[test]
fn a_leg_that_left_no_evidence_might_have_covered_more() {
    let rule = "cov coverage.line >= 80 %";
    let first = "cov[shard=1]: coverage | file src/a.rs hit 1-5 miss 6-9";
    for (second, told) in [
        ("undecided", "undecided"),
        ("failed", "failed"),
        ("skipped", "undecided"),
        ("undecided may-fail", "failed"),
        ("own-if", "failed"),
        ("left-out", "failed"),
    ] {
        let gates = format!("{first}\ncov[shard=2]: coverage {second}");
        let told_now = Story::new(rule, &gates).told();
        assert!(told_now.starts_with(told), "{second}: {told_now}");
        let open = told_now.contains("not known: LegsMissing(1)");
        assert_eq!(open, ["undecided", "failed", "skipped"].contains(&second), "{second}: {told_now}");
    }
}

#[test]
fn numbers_without_files_are_united_only_where_they_agree() {
    check(
        RULE,
        "cov[a=1]: coverage | coverage.line 85 %\ncov[a=2]: coverage | coverage.line 85 %",
        expect![[r#"
            passed
        "#]],
    );
    check(
        RULE,
        "cov[a=1]: coverage | coverage.line 85 %\ncov[a=2]: coverage | coverage.line 86 %",
        expect![[r#"
            undecided
              cov at cov: undecided (coverage.line unknown, wanted >= 80 %, not known: Legs)
        "#]],
    );
}

#[test]
fn changed_lines_are_counted_over_the_union() {
    check(
        "cov coverage.changed.line >= 100 %",
        "test[shard=1]: test | 1 passed; compared lines; file a.rs hit 1-20 miss 21-60 changed 1-40\n\
         test[shard=2]: test | 1 passed; compared lines; file a.rs miss 1-20 hit 21-40 miss 41-60 changed 1-40",
        expect![[r#"
            passed
        "#]],
    );
}

#[test]
fn a_drop_is_that_of_the_union_or_of_each_leg_with_its_own_base() {
    let rule = "cov coverage.line.drop <= 0 %";
    check(
        rule,
        "test[shard=1]: test | 1 passed; base coverage.line 90 %; file a.rs hit 1-5 miss 6-10\n\
         test[shard=2]: test | 1 passed; base coverage.line 90 %; file a.rs miss 1-5 hit 6-9 miss 10-10",
        expect![[r#"
            passed
        "#]],
    );
    check(
        rule,
        "test[shard=1]: test | 1 passed; base coverage.line 50 %; file a.rs hit 1-5 miss 6-10\n\
         test[shard=2]: test | 1 passed; base coverage.line 50.1 %; file a.rs miss 1-5 hit 6-10",
        expect![[r#"
            failed
              cov at test[shard=2]: failed (coverage.line.drop 0.1 %, wanted <= 0 %)
        "#]],
    );
}

#[test]
fn a_rule_that_names_a_leg_is_about_that_leg() {
    check(
        "cov [test[os=mac]] coverage.line >= 80 %",
        "test[os=linux]: coverage | file a.rs hit 1-10\ntest[os=mac]: coverage | file a.rs hit 1-5 miss 6-10",
        expect![[r#"
            failed
              cov at test[os=mac]: failed (coverage.line 50 %, wanted >= 80 %)
        "#]],
    );
}

#[test]
fn legs_that_may_fail_fail_nothing_together() {
    check(
        RULE,
        "test[a=1]: coverage may-fail | file a.rs miss 1-9\ntest[a=2]: coverage may-fail | file a.rs miss 1-9",
        expect![[r#"
            passed
        "#]],
    );
}

#[test]
fn evidence_that_is_gone_leaves_the_union_open() {
    let story =
        Story::new(RULE, "t[a=1]: coverage | file a.rs hit 1-9\nt[a=2]: coverage | file a.rs hit 1-9");
    expect![[r#"
        undecided
          cov at t: undecided (coverage.line unknown, wanted >= 80 %, not known: Evidence)
    "#]]
    .assert_eq(&Story { forgets: true, ..story }.told());
}

#[test]
fn expressions_see_the_union() {
    let gates = "test[s=1]: test | 1 passed; file a.rs hit 1-5 miss 6-10\ntest[s=2]: test | 2 passed; file a.rs miss 1-5 hit 6-10";
    for (expression, state) in [
        ("coverage.line == 100", "passed"),
        ("steps[\"test\"].coverage.line == 100", "passed"),
        ("steps[\"test[s=1]\"].coverage.line == 50", "passed"),
        ("tests.passed == 3", "passed"),
    ] {
        let rules = format!("r expr {expression}");
        let outcome = &Story::new(&rules, gates).judgement().outcomes[0];
        assert_eq!(outcome.state.word(), state, "{expression}: {:?}", outcome.why);
    }
}

#[test]
fn a_run_that_began_before_legs_were_united_is_judged_as_it_was() {
    let story = Story::new(
        RULE,
        "t[a=1]: coverage | file a.rs hit 1-5 miss 6-10\nt[a=2]: coverage | file a.rs miss 1-5 hit 6-10",
    );
    expect![[r#"
        failed
          cov at t[a=1]: failed (coverage.line 50 %, wanted >= 80 %)
          cov at t[a=2]: failed (coverage.line 50 %, wanted >= 80 %)
    "#]]
    .assert_eq(&Story { judging: 1, ..story }.told());
}
