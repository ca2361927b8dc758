//! Rules of modules of another policy language: silence holds, and only silence.

use expect_test::{Expect, expect};

use super::runs::Story;

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(rules: &str, waived: &str, gates: &str, wanted: Expect) {
    wanted.assert_eq(&Story { waived, ..Story::new(rules, gates) }.told());
}

#[test]
fn a_rule_holds_where_it_has_nothing_to_say() {
    check(
        "security.deny rego findings.error 2",
        "",
        "a: lint | 2 error",
        expect![[r#"
        passed
    "#]],
    );
    check(
        "security.deny rego findings.error 2",
        "",
        "a: lint | 2 error\nb: lint | 1 error",
        expect![[r#"
        failed
          security.deny: failed (answered List([Text("deny: 1 too many")]))
    "#]],
    );
    check(
        "security.warn rego findings.error 2 warn",
        "",
        "a: lint | 3 error",
        expect![[r#"
        passed
          security.warn: failed (answered List([Text("deny: 1 too many")]))
    "#]],
    );
}

#[test]
fn a_waiver_names_the_rule() {
    check(
        "security.deny rego findings.error 2",
        "of security.deny by alice",
        "a: lint | 3 error",
        expect![[r#"
            passed
            waived: security.deny by alice
        "#]],
    );
}

#[test]
fn a_fact_that_is_missing_is_never_silence() {
    let rule = "security.deny rego findings.introduced.error 0";
    check(
        rule,
        "",
        "a: lint | clean",
        expect![[r#"
        undecided
          security.deny: undecided (unknown ["findings.introduced.error"])
    "#]],
    );
    // What is waived is a rule that does not hold, not one that nobody can answer.
    check(
        rule,
        "of security.deny by alice",
        "a: lint | clean",
        expect![[r#"
        undecided
          security.deny: undecided (unknown ["findings.introduced.error"])
        waiver unused: security.deny
    "#]],
    );
    check(
        "security.deny rego findings.eror 0",
        "",
        "a: lint | clean",
        expect![[r#"
        undecided
          security.deny: undecided (wrong: no such fact)
    "#]],
    );
}

#[test]
fn an_answer_that_is_no_list_is_no_silence() {
    check(
        "security.deny rego branch",
        "",
        "a: lint | clean",
        expect![[r#"
        undecided
          security.deny: undecided (answered Text("main"))
    "#]],
    );
}
