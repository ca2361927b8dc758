//! Modules of another policy language beside a policy.

use expect_test::expect;

use super::{Files, check};
use crate::diagnose::testing;
use crate::lower::{Expressions, Problem};
use crate::policy::{PolicyWorld, read_policy};

#[test]
fn the_rules_of_a_module_become_rules_of_the_policy() {
    check(
        "--- p.yaml\npolicy: p\nrego: [rules/security.rego, team.rego]\n--- rules/security.rego\ndeny findings.error\nwarn_slow tests.total branch\n--- team.rego\nviolation os\n",
        expect![[r#"
            policy p
            security.deny: deny of rules/security.rego over ["findings.error", "tests.total", "branch"]
            security.warn_slow: warn_slow of rules/security.rego over ["findings.error", "tests.total", "branch"] Warn
            team.violation: violation of team.rego over ["os"]
        "#]],
    );
    check(
        "--- p.yaml\npolicy: p\nrego: team.rego\n--- team.rego\nviolation os\n",
        expect![[r#"
        policy p
        team.violation: violation of team.rego over ["os"]
    "#]],
    );
}

#[test]
fn all_mistakes_are_told_at_once_and_where_they_stand() {
    check(
        "--- p.yaml\npolicy: p\nrego: [a.rego, gone.rego, b.rego, security.yaml, \"my rules.rego\", c.rego, d/c.rego]\nrules:\n  - { id: x, require: brunch == \"main\" }\n--- a.rego\ndeny wrong\nwarn findings.error wrong\n--- b.rego\nwrong\n--- c.rego\ndeny os\n--- d/c.rego\ndeny os\n",
        expect![[r#"
            p.yaml:2:16 error P008 «gone.rego» `gone.rego` cannot be read: there is no such file
            p.yaml:2:35 error P012 «security.yaml» `security.yaml` is no file of a Rego module that rules can be named after | help: name it like `security.rego`: letters, digits, `.`, `_` and `-`
            p.yaml:2:50 error P012 «"my rules.rego"» `my rules.rego` is no file of a Rego module that rules can be named after | help: name it like `security.rego`: letters, digits, `.`, `_` and `-`
            p.yaml:2:75 error P003 «d/c.rego» two rules are called `c.deny` | p.yaml:2:67 «c.rego» the first one
            p.yaml:4:23 error P011 «brunch» no fact is called `brunch` | help: did you mean `branch`?
            a.rego:1:6 error P025 «wrong» it is wrong | p.yaml:2:8 «a.rego» `a.rego` is named here
            a.rego:2:21 error P025 «wrong» it is wrong | p.yaml:2:8 «a.rego» `a.rego` is named here
            b.rego:1:1 error P025 «wrong» it is wrong | p.yaml:2:27 «b.rego» `b.rego` is named here
        "#]],
    );
}

#[test]
fn what_is_inherited_keeps_its_modules() {
    check(
        "--- p.yaml\npolicy: p\nextends: base\nrego: [security.rego, own.rego]\n--- base.yaml\npolicy: base\nrego: [security.rego]\n--- security.rego\ndeny findings.error\n--- own.rego\ndeny os\n",
        expect![[r#"
            policy p extends base
            security.deny: deny of security.rego over ["findings.error"]
            own.deny: deny of own.rego over ["os"]
        "#]],
    );
}

/// A program without an engine for modules.
struct Plain;

impl Expressions for Plain {
    fn check(&self, _: &str) -> Vec<Problem> {
        Vec::new()
    }
}

#[test]
fn a_program_without_the_engine_says_so_where_the_module_is_named() {
    let text = "policy: p\nrego: [a.rego]\n";
    let files = Files([("a.rego".to_owned(), "deny os\n".to_owned())].into());
    let world = PolicyWorld { expressions: &Plain, projects: None, sources: &files };
    let (policy, sources, problems) = read_policy("p.yaml", text, &world);
    assert!(policy.is_none());
    expect![[r#"
        p.yaml:2:8 error P025 «a.rego» this `dod` was built without Rego | help: released programs have it; to build one: `cargo build -p dod --features rego`
    "#]].assert_eq(&testing::show(&sources, &problems));
}
