//! The phrases of `quality_gates`.

use expect_test::expect;

use super::{check, read, shown_threshold};
use crate::policy::PHRASES;
use dod_kernel::policy::Require;

#[test]
fn every_row_of_the_manual_means_what_it_says() {
    for row in PHRASES {
        let text = format!("policy: p\nquality_gates:\n  {}: '{}'\n", row.key, row.phrase);
        let (policy, problems) = read(&text);
        let policy = policy.unwrap_or_else(|| panic!("{} {}: {problems}", row.key, row.phrase));
        assert_eq!(problems, "", "{} {}", row.key, row.phrase);
        let means: Vec<String> = policy
            .rules
            .iter()
            .map(|rule| match &rule.require {
                Require::Threshold(threshold) => shown_threshold(threshold),
                Require::Expression(expression) => panic!("{}", expression.text),
            })
            .collect();
        assert_eq!(means.join(", "), row.means, "{} {}", row.key, row.phrase);
    }
}

#[test]
fn the_policy_of_the_design_reads() {
    check(
        r#"
policy: payments
extends: builtin/enterprise@1
quality_gates:
  coverage: ">= 80%"                          # coverage.line, and the verdict says so
  security: "no critical CVEs"                # every advisory id counts; unknown severity counts as critical
  performance: { require: "p99 < 1s", if: 'changed("src/**")' }
rules:
  - id: no-new-findings
    require: findings.introduced.error == 0   # `new` is a reserved word of rhai
    because: clean as you code
required:
  load: { within: 24h, from: ancestor }       # a recorded run on an ancestor will do
"#,
        expect![[r#"
            policy payments extends builtin/enterprise@1, builtin/strict@1, builtin/standard@1
            required build
            required lint
            required test
            required secrets
            required format
            required types
            required coverage
            required dependencies
            required sbom
            required licenses
            required load within 86400000 ms from an ancestor
            build: findings.error == 0 at build when measured
            lint: findings.error == 0 at lint when measured
            tests: tests.unsuccessful == 0 when measured
            secrets: findings.total == 0 at secrets when measured
            types: findings.error == 0 at types when measured
            format: findings.total == 0 at format when measured
            dependencies: vulnerabilities.critical == 0 when measured
            coverage: coverage.line >= 80 %
            coverage.statement: coverage.statement >= 80 % when measured
            others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
            performance: findings.error == 0 at performance when measured
            sbom: components >= 1 at sbom when measured
            licenses: findings.error == 0 at licenses when measured
            dependencies.high: vulnerabilities.high == 0 when measured
            security: vulnerabilities.critical == 0
            payments/performance: p99 < 1 s if changed("src/**")
            no-new-findings: findings.introduced.error == 0 because clean as you code
            waivers at most 90 days
            waivers proved
        "#]],
    );
}

#[test]
fn a_wish_that_all_is_well_requires_the_gate_and_a_number_requires_the_fact() {
    check(
        "policy: p\nquality_gates:\n  lint: no errors\n  format: clean\n  tests: no failures\n  types: <= 3 errors\n",
        expect![[r#"
            policy p
            required lint
            required format
            required test
            lint: findings.error == 0 at lint when measured
            format: findings.total == 0 at format when measured
            tests: tests.unsuccessful == 0 when measured
            types: findings.error <= 3 at types
        "#]],
    );
    check(
        "policy: p\nquality_gates:\n  types: '<= 3 errors'\n  coverage: '>= 80%'\n",
        expect![[r#"
        policy p
        types: findings.error <= 3 at types
        coverage: coverage.line >= 80 %
    "#]],
    );
}

#[test]
fn a_condition_a_project_or_a_warning_cannot_be_required_of_a_kind_of_gate() {
    check(
        "policy: p\nquality_gates:\n  lint: { require: no errors, if: 'branch == \"main\"', severity: warn, because: taste }\n  types: { api: no errors, etl: { require: '<= 3 errors', severity: info } }\n  format: { require: clean, severity: warn }\n",
        expect![[r#"
            policy p
            lint: findings.error == 0 at lint if branch == "main" Warn because taste
            api/types: findings.error == 0 at types in api
            etl/types: findings.error <= 3 at types in etl Info
            format: findings.total == 0 at format Warn
        "#]],
    );
}

#[test]
fn several_phrases_make_several_rules() {
    check(
        "policy: p\nquality_gates:\n  lint: no errors, at most 10 warnings\n  security: no high or critical CVEs\n  dependencies: no medium CVEs\n  performance: p99 < 1s and p50 < 100 ms\n",
        expect![[r#"
            policy p
            lint.error: findings.error == 0 at lint
            lint.warning: findings.warning <= 10 at lint
            security.critical: vulnerabilities.critical == 0
            security.high: vulnerabilities.high == 0
            dependencies.critical: vulnerabilities.critical == 0
            dependencies.high: vulnerabilities.high == 0
            dependencies.medium: vulnerabilities.medium == 0
            performance.p99: p99 < 1 s
            performance.p50: p50 < 100 ms
        "#]],
    );
}

#[test]
fn comparisons_are_read_as_signs_and_as_words() {
    for phrase in [">= 80%", ">=80 %", "≥ 80%", "at least 80%", "At Least 80%"] {
        let (policy, problems) = read(&format!("policy: p\nquality_gates: {{ coverage: '{phrase}' }}\n"));
        if phrase.starts_with('A') {
            assert!(problems.contains("not understood"), "comparisons are lower case: {problems}");
            continue;
        }
        let rules = policy.unwrap_or_else(|| panic!("{phrase}: {problems}")).rules;
        let Require::Threshold(threshold) = &rules[0].require else { panic!("{phrase}") };
        assert_eq!(shown_threshold(threshold), "coverage.line >= 80 %", "{phrase}");
    }
}

#[test]
fn a_percentage_needs_its_sign() {
    check(
        "policy: p\nquality_gates:\n  coverage: '>= 80'\n  coverage.branch: '>= 0.8'\n",
        expect![[r#"
            p.yaml:3:13 error P001 «'>= 80'» `coverage.line` is a percentage, and `80` is not | not understood | help: write `80%`
            p.yaml:4:20 error P001 «'>= 0.8'» `coverage.branch` is a percentage, and `0.8` is not | not understood | help: write `80%`
        "#]],
    );
    check(
        "policy: p\nquality_gates:\n  coverage: '>= 800%'\n  flaky: '<= 1 ms'\n",
        expect![[r#"
            p.yaml:3:13 error P001 «'>= 800%'» `coverage.line` cannot be more than 100% | not understood | help: write a number from 0 to 100
            p.yaml:4:10 error P001 «'<= 1 ms'» `tests.flaky_share` is a percentage, and `1ms` is not | not understood | help: write `100%`
        "#]],
    );
}

#[test]
fn a_bare_number_says_what_is_understood() {
    check(
        "policy: p\nquality_gates:\n  coverage: 80\n  lint: 3\n  tests: often\n  security: low\n",
        expect![[r#"
            p.yaml:3:13 error P001 «80» `coverage` is not understood: `80` | not understood | help: understood are `>= 80%`, `at least 80 %`
            p.yaml:4:9 error P001 «3» `lint` is not understood: `3` | not understood | help: understood are `no errors`, `no warnings`, `no new errors`, `<= 10 warnings`, `no errors, at most 10 warnings`
            p.yaml:5:10 error P001 «often» `tests` is not understood: `often` | not understood | help: understood are `no failures`, `>= 100 tests`, `no failures, no skipped tests`, `<= 1% flaky`
            p.yaml:6:13 error P001 «low» `security` is not understood: `low` | not understood | help: understood are `no critical CVEs`, `no high or critical CVEs`, `no known vulnerabilities`, `<= 3 medium CVEs`
        "#]],
    );
}

#[test]
fn a_unit_in_the_wrong_case_is_caught() {
    check(
        "policy: p\nquality_gates:\n  binary_size: '<= 20 mb'\n  performance: p99 < 1 S\n  rate: '>= 5 req/s'\n  n: '<= 3 big apples'\n",
        expect![[r#"
            p.yaml:3:16 error P001 «'<= 20 mb'» `mb` is not a unit | not understood | help: did you mean `20 MB`?
            p.yaml:4:16 error P001 «p99 < 1 S» `S` is not a unit | not understood | help: did you mean `1 s`?
            p.yaml:6:6 error P001 «'<= 3 big apples'» `big apples` is not a unit of `n` | not understood | help: a unit is one word, like `ms`, `MB` or `req/s`
        "#]],
    );
}

#[test]
fn a_count_has_no_unit() {
    check(
        "policy: p\nquality_gates:\n  findings.error: '<= 3 ms'\n  tests: '<= 3 ms'\n",
        expect![[r#"
        p.yaml:3:19 error P001 «'<= 3 ms'» `findings.error` is a count, and `ms` is not | not understood | help: write the number alone, like `findings.error <= 3`
        p.yaml:4:10 error P001 «'<= 3 ms'» `tests` is not understood: `<= 3 ms` | not understood | help: understood are `no failures`, `>= 100 tests`, `no failures, no skipped tests`, `<= 1% flaky`
    "#]],
    );
}

#[test]
fn performance_names_what_it_measures() {
    check(
        "policy: p\nquality_gates:\n  performance: '< 1s'\n",
        expect![[r#"
        p.yaml:3:16 error P001 «'< 1s'» `performance` is not understood: `< 1s` | not understood | help: understood are `p99 < 1s`, `p99 < 1s and throughput >= 500 req/s`
    "#]],
    );
}

#[test]
fn a_name_close_to_a_known_one_is_probably_that() {
    check(
        "policy: p\nquality_gates:\n  coverge: '>= 80%'\n  startup: '< 2s'\n",
        expect![[r#"
        policy p
        coverge: coverge >= 80 %
        startup: startup < 2 s
        p.yaml:3:3 warning P015 «coverge» `coverge` is taken for the name of a measure | help: did you mean `coverage`?
    "#]],
    );
}

#[test]
fn an_unquoted_comparison_is_answered_with_quotes() {
    check(
        "policy: p\nquality_gates:\n  coverage: >= 80%\n  lint: no errors\n",
        expect![[r#"
        p.yaml:3:13 error Y002 «>= 80%» `>` and `|` at the beginning of a value open a YAML text block | quotes are missing | help: put quotes around the whole value: '>= 80%'
    "#]],
    );
}

#[test]
fn what_nothing_measures_yet_is_read_and_stays_undecided() {
    check(
        "policy: p\nquality_gates:\n  licenses: no copyleft\n  lint: no new errors\n",
        expect![[r#"
        policy p
        licenses: licenses.copyleft == 0 at licenses
        lint: findings.introduced.error == 0 at lint
    "#]],
    );
}
