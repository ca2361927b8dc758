//! The rest of a policy file.

use expect_test::expect;

use super::{check, read};
use crate::policy::RULES_MAX;

#[test]
fn a_comparison_is_a_threshold_and_everything_else_an_expression() {
    check(
        r#"
policy: p
rules:
  - { id: a, require: findings.error == 0, gates: [lint, types] }
  - { id: b, require: "p99 < 1 s", project: api, when_measured: true }
  - { id: c, require: "findings.error <= tests.total" }
  - { id: d, require: 'branch == "main" && findings.error == 0', severity: info }
  - { id: e, require: problems.error == 0, gates: "*" }
  - { id: g, require: "coverage.line >= 99 && findings.error == 0" }
  - { id: f, require: "coverage.line >= 80", because: x }
"#,
        expect![[r#"
            p.yaml:10:23 error P002 «"coverage.line >= 80"» `coverage.line` is a percentage, and `80` is not | help: write `80%`
        "#]],
    );
}

#[test]
fn a_count_that_does_not_exist_is_an_error() {
    check(
        "policy: p\nrules:\n  - { id: a, require: findings.errors == 0 }\n  - { id: b, require: tests.fail <= 3 }\n",
        expect![[r#"
            p.yaml:3:23 error P002 «findings.errors == 0» no fact is called `findings.errors` | help: did you mean `findings.error`?
            p.yaml:4:23 error P002 «tests.fail <= 3» no fact is called `tests.fail` | help: did you mean `tests.failed`?
        "#]],
    );
}

#[test]
fn all_errors_are_told_at_once() {
    check(
        r#"
polcy: p
version: zero
extend: builtin/standard
rules:
  - { id: a b, require: x == 1 }
  - { require: findings.error == 0, severity: blok }
  - { id: c, require: 'brunch == "main"', if: 'brunch == "x"', gate: lint }
  - just text
required: [tests, linter, { any_of: [] }, { load: { within: soon, from: parent } }]
waivers: { max_days: 0, proved: yes, max: 3 }
"#,
        expect![[r#"
            p.yaml:2:1 error Y101 «polcy» a policy has no key `polcy` | not known here | help: did you mean `policy`?
            p.yaml:2:1 error Y103 «polcy: p⏎version: zero⏎extend:…max: 3 }» a policy needs `policy`
            p.yaml:3:10 error Y102 «zero» `version` of a policy is a whole number, not text
            p.yaml:4:1 error Y101 «extend» a policy has no key `extend` | not known here | help: did you mean `extends`?
            p.yaml:6:11 error P012 «a b» `id` of a rule holds characters that names cannot hold, or is too long | help: use letters, digits, `.`, `_`, `-` and `/`
            p.yaml:7:5 error Y103 «{ require: findings.error == 0…: blok }» a rule needs `id`
            p.yaml:7:47 error Y106 «blok» `severity` is `block`, `warn` or `info`, not `blok` | help: did you mean `block`?
            p.yaml:8:24 error P011 «brunch» no fact is called `brunch` | help: did you mean `branch`?
            p.yaml:8:48 error P011 «brunch» no fact is called `brunch` | help: did you mean `branch`?
            p.yaml:8:64 error Y101 «gate» a rule has no key `gate` | not known here | help: did you mean `gates`?
            p.yaml:9:5 error Y102 «just text» a rule is a map, not text
            p.yaml:10:12 warning P015 «tests» `tests` is taken for the name of a step; no kind of gate is called so | help: did you mean `test`?
            p.yaml:10:19 warning P015 «linter» `linter` is taken for the name of a step; no kind of gate is called so | help: did you mean `lint`?
            p.yaml:10:37 error P002 «[]» `any_of` names at least one gate
            p.yaml:10:61 error Y107 «soon» `within` is not a duration: a whole number is expected before each unit | help: write `24h`
            p.yaml:10:73 error Y106 «parent» `from` is `ancestor`, not `parent`
            p.yaml:11:22 error Y105 «0» `max_days` is a whole number from 1 to 3660, not 0
            p.yaml:11:33 error Y102 «yes» `proved` is `true` or `false`, not text | help: write `true`
            p.yaml:11:38 error Y101 «max» `waivers` of a policy has no key `max` | not known here | help: known are `max_days` and `proved`
        "#]],
    );
}

#[test]
fn ids_are_unique() {
    check(
        "policy: p\nquality_gates: { lint: no errors }\nrules:\n  - { id: lint, require: findings.error == 0 }\n  - { id: a, require: n == 1 }\n  - { id: a, require: n == 2 }\n",
        expect![[r#"
            p.yaml:4:11 error P003 «lint» two rules are called `lint` | p.yaml:2:18 «lint» the first one
            p.yaml:6:11 error P003 «a» two rules are called `a` | p.yaml:5:11 «a» the first one
        "#]],
    );
}

#[test]
fn required_gates_are_written_in_three_ways() {
    check(
        "policy: p\nrequired: lint\n",
        expect![[r#"
        policy p
        required lint
    "#]],
    );
    check(
        "policy: p\nrequired: [lint, load, { any_of: [build, test] }, { bench: { within: 2d } }]\n",
        expect![[r#"
            policy p
            required lint
            required load
            required build or test
            required bench within 172800000 ms
        "#]],
    );
    check(
        "policy: p\nrequired:\n  lint:\n  load: { within: 24h, from: ancestor }\n",
        expect![[r#"
        policy p
        required lint
        required load within 86400000 ms from an ancestor
    "#]],
    );
    check(
        "policy: p\nrequired: [lint, lint]\n",
        expect![[r#"
        p.yaml:2:18 error P003 «lint» `lint` is required twice | p.yaml:2:12 «lint» the first time
    "#]],
    );
}

#[test]
fn a_project_that_does_not_exist_is_an_error() {
    check(
        "policy: p\nquality_gates:\n  coverage: { api: '>= 80%', etcl: '>= 60%' }\nrules:\n  - { id: a, require: n == 1, project: web }\n",
        expect![[r#"
            p.yaml:3:30 error P014 «etcl» the workflow has no project `etcl` | help: did you mean `etl`?
            p.yaml:5:40 error P014 «web» the workflow has no project `web`
        "#]],
    );
}

#[test]
fn a_gate_with_terms_needs_what_it_demands() {
    check(
        "policy: p\nquality_gates:\n  coverage: { if: 'changed(\"src/**\")' }\n",
        expect![[r#"
        p.yaml:3:13 error Y103 «{ if: 'changed("src/**")' }» a quality gate needs `require`
    "#]],
    );
}

#[test]
fn an_expression_is_underlined_where_it_is_wrong() {
    check(
        "policy: p\nrules:\n  - id: a\n    require: known(tag) || brunch == tag\n",
        expect![[r#"
        p.yaml:4:28 error P011 «brunch» no fact is called `brunch` | help: did you mean `branch`?
    "#]],
    );
}

#[test]
fn the_star_stands_alone() {
    check(
        "policy: p\nrules:\n  - { id: a, require: n == 1, gates: ['*', lint] }\n",
        expect![[r#"
        p.yaml:3:39 error P002 «'*'» `*` means the gates that no other rule names, and stands alone
    "#]],
    );
}

#[test]
fn rules_are_bounded() {
    let mut text = "policy: p\nrules:\n".to_owned();
    for at in 0..=RULES_MAX {
        text.push_str(&format!("  - {{ id: r{at}, require: n == 1 }}\n"));
    }
    let (policy, problems) = read(&text);
    assert!(policy.is_none() && problems.contains("P013"), "{problems}");
}

#[test]
fn odd_files_are_told_and_never_panic() {
    for text in [
        "",
        "[]",
        "policy:",
        "policy: [a]",
        "policy: p\nrules: 3",
        "policy: p\nrules: [[]]",
        "policy: p\nquality_gates: [a]",
        "policy: p\nquality_gates: { lint: [] }",
        "policy: p\nquality_gates: { lint: }",
        "policy: p\nquality_gates: { coverage: { api: { etl: '>= 1%' } } }",
        "policy: p\nrequired: { any_of: 3, x: 4 }",
        "policy: p\nrequired: [[a]]",
        "policy: p\nwaivers: []",
        "policy: p\nextends: [a]",
        "policy: p\nquality_gates: { n: '>= 1e999' , m: '<= 99999999999999999999999999999999999999999' }",
        "policy: p\nquality_gates: { \u{1F600}: '>= \u{1F600}' }",
    ] {
        let (policy, problems) = read(text);
        assert!(policy.is_none() != problems.is_empty(), "{text}: {policy:?} {problems}");
    }
}

#[test]
fn a_damaged_file_is_told_or_means_something_and_never_panics() {
    let text = "policy: p\nextends: base\nquality_gates:\n  coverage: \">= 80%\"\n  lint: { require: 'no errors, <= 3 warnings', if: 'a' }\n  types: { api: clean }\nrules:\n  - { id: a, require: p99 < 1s, gates: [lint] }\nrequired: { load: { within: 24h } }\nwaivers: { max_days: 9 }\n";
    let both = |first: &str| {
        format!("--- p.yaml\n{first}\n--- base.yaml\npolicy: base\nquality_gates: {{ lint: clean }}\n")
    };
    for at in 0..text.len() {
        let mut texts = vec![text[..at].to_owned()];
        for letter in ['{', ']', '"', '%', '\n', 'é'] {
            texts.push(format!("{}{letter}{}", &text[..at], &text[at + 1..]));
        }
        for damaged in texts {
            let (policy, problems) = read(&both(&damaged));
            assert!(policy.is_some() || !problems.is_empty(), "{damaged}");
        }
    }
}
