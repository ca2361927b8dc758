//! Policies that extend others.

use expect_test::expect;

use super::{check, read};

#[test]
fn a_built_in_needs_its_version() {
    check(
        "policy: p\nextends: builtin/standard\n",
        expect![[r#"
        p.yaml:2:10 error P004 «builtin/standard» `builtin/standard` needs a version, so that it stays what it is | help: write `builtin/standard@1`
    "#]],
    );
    check(
        "policy: p\nextends: builtin/standard@2\n",
        expect![[r#"
        p.yaml:2:10 error P004 «builtin/standard@2» `builtin/standard` has no version `2` | help: write `builtin/standard@1`
    "#]],
    );
    check(
        "policy: p\nextends: builtin/standart@1\n",
        expect![[r#"
        p.yaml:2:10 error P005 «builtin/standart@1» there is no built-in policy `standart` | help: did you mean `standard`?
    "#]],
    );
    check(
        "policy: p\nextends: standard@1\n",
        expect![[r#"
        p.yaml:2:10 error P008 «standard@1» `standard@1` cannot be read: there is no such file | help: did you mean `builtin/standard@1`?
    "#]],
    );
}

#[test]
fn a_stricter_rule_takes_the_place_of_the_inherited_one() {
    check(
        "policy: p\nextends: builtin/minimal@1\nquality_gates:\n  coverage: '>= 85%'\n",
        expect![[r#"
        policy p extends builtin/minimal@1
        required build or test
        tests: tests.unsuccessful == 0 when measured
        build: findings.error == 0 at build when measured
        lint: findings.error == 0 at lint when measured
        types: findings.error == 0 at types when measured
        format: findings.total == 0 at format when measured
        secrets: findings.total == 0 at secrets when measured
        dependencies: vulnerabilities.critical == 0 when measured
        coverage: coverage.line >= 85 %
        coverage.statement: coverage.statement >= 60 % when measured Warn
        others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
        waivers at most 365 days
    "#]],
    );
}

#[test]
fn a_policy_takes_signed_answers_alone_and_whoever_extends_it_does_too() {
    check(
        "policy: p\napprovals: { proved: true }\n",
        expect![[r#"
        policy p
        approvals proved
    "#]],
    );
    let text = "--- p.yaml\npolicy: p\nextends: ./b.yaml\napprovals: { proved: false }\n\
                --- b.yaml\npolicy: b\napprovals: { proved: true }\n";
    assert!(read(text).0.unwrap().approvals.proved);
}

#[test]
fn what_is_inherited_never_becomes_weaker() {
    check(
        r#"
policy: p
extends: base
quality_gates:
  coverage: ">= 40%"
  lint: { require: no errors, severity: warn }
required: { load: { within: 24h } }
waivers: { max_days: 400 }
--- base.yaml
policy: base
quality_gates:
  coverage: { require: ">= 60%", when_measured: true }
  lint: no errors
required: [load]
waivers: { max_days: 90, proved: true }
"#,
        expect![[r#"
            policy p extends base
            required load
            required lint
            coverage: coverage.line >= 60 %
            lint: findings.error == 0 at lint when measured
            waivers at most 90 days
            waivers proved
            p.yaml:5:3 warning P009 «coverage» `coverage` asks for less than `base`, whose rule still holds
            p.yaml:6:3 warning P009 «lint» `lint` asks for less than `base`, whose rule still holds
            p.yaml:7:13 warning P009 «load» `load` asks for less than `base`, whose rule still holds
        "#]],
    );
}

#[test]
fn a_rule_cannot_take_an_inherited_id() {
    check(
        "policy: p\nextends: base\nrules:\n  - { id: a, require: findings.error <= 9 }\n--- base.yaml\npolicy: base\nversion: 3\nrules:\n  - { id: a, require: 'branch == \"main\"' }\n",
        expect![[r#"
            p.yaml:4:11 error P010 «a» rule `a` is inherited from `base@3` | help: choose another id: policies add rules and do not replace them
        "#]],
    );
}

#[test]
fn a_quality_gate_of_another_kind_stands_beside_the_inherited_one() {
    check(
        "policy: p\nextends: base\nquality_gates:\n  performance: p50 < 1s\n  coverage: { api: '>= 90%' }\n--- base.yaml\npolicy: base\nquality_gates:\n  performance: p99 < 1s\n  coverage: '>= 80%'\n",
        expect![[r#"
            policy p extends base
            performance: p99 < 1 s
            coverage: coverage.line >= 80 %
            p/performance: p50 < 1 s
            api/coverage: coverage.line >= 90 % in api
        "#]],
    );
}

#[test]
fn a_chain_is_named_nearest_first() {
    check(
        "policy: a\nextends: ./b.yaml\n--- b.yaml\npolicy: b\nversion: 2\nextends: c\n--- c.yaml\npolicy: c\nextends: builtin/minimal@1\n",
        expect![[r#"
            policy a extends b@2, c, builtin/minimal@1
            required build or test
            tests: tests.unsuccessful == 0 when measured
            build: findings.error == 0 at build when measured
            lint: findings.error == 0 at lint when measured
            types: findings.error == 0 at types when measured
            format: findings.total == 0 at format when measured
            secrets: findings.total == 0 at secrets when measured
            dependencies: vulnerabilities.critical == 0 when measured
            coverage: coverage.line >= 60 % when measured Warn
            coverage.statement: coverage.statement >= 60 % when measured Warn
            others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
            waivers at most 365 days
        "#]],
    );
}

#[test]
fn a_circle_is_told() {
    check(
        "--- a.yaml\npolicy: a\nextends: b\n--- b.yaml\npolicy: b\nextends: a\n",
        expect![[r#"
        b.yaml:2:10 error P007 «a» `a.yaml` extends itself, directly or through others
    "#]],
    );
    check(
        "--- a.yaml\npolicy: a\nextends: a\n",
        expect![[r#"
        a.yaml:2:10 error P007 «a» `a.yaml` extends itself, directly or through others
    "#]],
    );
}

#[test]
fn a_chain_is_bounded() {
    let text: String =
        (0..40).map(|at| format!("--- f{at}.yaml\npolicy: p{at}\nextends: f{}\n", at + 1)).collect();
    let (policy, problems) = read(&text);
    assert!(policy.is_none() && problems.contains("more than 16 policies extend each other"), "{problems}");
}

#[test]
fn a_local_policy_with_a_built_in_name_must_extend_it() {
    check(
        "policy: standard\nrequired: [lint]\n",
        expect![[r#"
        p.yaml:1:9 error P006 «standard» `standard` is the name of a built-in policy, which this one does not extend | help: add `extends: builtin/standard@1`, or choose another name
    "#]],
    );
    check(
        "policy: standard\nextends: builtin/minimal@1\n",
        expect![[r#"
        p.yaml:1:9 error P006 «standard» `standard` is the name of a built-in policy, which this one does not extend | help: add `extends: builtin/standard@1`, or choose another name
    "#]],
    );
    let (policy, problems) = read("policy: standard\nextends: builtin/enterprise@1\n");
    assert!(policy.is_some() && problems.is_empty(), "enterprise extends standard: {problems}");
    let (policy, problems) = read("policy: standard\nextends: builtin/standard@1\n");
    assert!(policy.is_some() && problems.is_empty(), "{problems}");
}

#[test]
fn nobody_else_is_called_built_in() {
    check(
        "policy: builtin/mine\n",
        expect![[r#"
        p.yaml:1:9 error P006 «builtin/mine» names that begin with `builtin/` are those of built-in policies
    "#]],
    );
}

#[test]
fn a_file_that_is_not_there_is_told_where_it_is_named() {
    check(
        "policy: p\nextends: nowhere\n",
        expect![[r#"
        p.yaml:2:10 error P008 «nowhere» `nowhere` cannot be read: there is no such file
    "#]],
    );
}

#[test]
fn errors_of_an_extended_file_are_told_there() {
    check(
        "policy: p\nextends: base\n--- base.yaml\npolicy: base\nrequird: [lint]\n",
        expect![[r#"
        base.yaml:2:1 error Y101 «requird» a policy has no key `requird` | not known here | help: did you mean `required`?
    "#]],
    );
}

#[test]
fn a_policy_of_another_repository_is_named_with_its_commit() {
    let rev = "3f2c".repeat(10);
    check(
        &format!(
            "--- p.yaml\npolicy: p\nextends: {{ git: https://example.com/gates.git, rev: {rev}, path: policies/base.yaml }}\n\
             --- {rev}/policies/base.yaml\npolicy: base\nextends: ../strict.yaml\nquality_gates: {{ lint: no errors }}\n\
             --- {rev}/strict.yaml\npolicy: strictest\nquality_gates: {{ types: no errors }}\n"
        ),
        expect![[r#"
            policy p extends base, strictest
            required types
            required lint
            types: findings.error == 0 at types when measured
            lint: findings.error == 0 at lint when measured
        "#]],
    );
    check(
        &format!(
            "--- p.yaml\npolicy: p\nextends: {{ git: https://example.com/gates.git, rev: {rev}, path: base.yaml }}\n\
             --- {rev}/base.yaml\npolicy: base\nextends: ../../strict.yaml\n"
        ),
        expect![[r#"
            3f2c3f2c3f2c3f2c3f2c3f2c3f2c3f2c3f2c3f2c/base.yaml:2:10 error P008 «../../strict.yaml» `../../strict.yaml` leaves the repository
        "#]],
    );
    check(
        "policy: p\nextends: { git: https://example.com/gates.git, rev: main, path: base.yaml, sha: x }\n",
        expect![[r#"
            p.yaml:2:53 error W040 «main» `main` is not a full commit id | help: a branch or tag can move: write the 40 hexadecimal digits
            p.yaml:2:76 error Y101 «sha» a policy of another repository has no key `sha` | not known here | help: known are `git`, `rev` and `path`
        "#]],
    );
    check(
        &format!(
            "policy: p\nextends: {{ git: https://example.com/gates.git, rev: {rev}, path: base.yaml }}\n"
        ),
        expect![[r#"
            p.yaml:2:101 error P008 «base.yaml» `base.yaml of https://example.com/gates.git` cannot be read: there is no such file
        "#]],
    );
}
