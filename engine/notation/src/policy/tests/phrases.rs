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
                Require::Rego(rego) => panic!("{}", rego.file),
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
    let phrases = [
        ">= 80%",
        ">=80 %",
        "≥ 80%",
        "at least 80%",
        "At Least 80%",
        "min 80%",
        "not less than 80 percent",
        "line >= 80%",
        "lines >= 80%",
        ">= 80% lines",
        ">= 80% of lines",
    ];
    for phrase in phrases {
        let (policy, problems) = read(&format!("policy: p\nquality_gates: {{ coverage: '{phrase}' }}\n"));
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
            p.yaml:3:13 error P001 «80» `coverage` is not understood: `80` | not understood | help: a number needs a comparison: write `>= 80%`
            p.yaml:4:9 error P001 «3» `lint` is not understood: `3` | not understood | help: a number needs a comparison: write `<= 3`
            p.yaml:5:10 error P001 «often» `tests` is not understood: `often` | not understood | help: understood are `no failures`, `100% pass`, `>= 99% pass`, `>= 100 tests`, `no failures, no skipped tests`, `<= 5 skipped`, `<= 1% flaky`, `may not drop`
            p.yaml:6:13 error P001 «low» `security` is not understood: `low` | not understood | help: understood are `no critical CVEs`, `no high or critical vulnerabilities`, `no new critical CVEs`, `no known vulnerabilities`, `<= 2 high`, `<= 3 new medium CVEs`, `may not rise`, `no unchecked packages`, `database at most 7 days old`
        "#]],
    );
}

#[test]
fn a_unit_in_the_wrong_case_is_caught() {
    check(
        "policy: p\nquality_gates:\n  binary_size: '<= 20 mb'\n  performance: p99 < 1 S\n  rate: '>= 5 req/s'\n  n: '<= 3 big apples'\n",
        expect![[r#"
            p.yaml:3:16 error P001 «'<= 20 mb'» `mb` is not a unit | not understood | help: did you mean `20 MB`?
            p.yaml:4:16 error P001 «p99 < 1 S» `p99` is a time, and `S` is no unit of time | not understood | help: write `1ms` or `1s`
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
            p.yaml:4:10 error P001 «'<= 3 ms'» `tests` is not understood: `<= 3 ms` | not understood | help: understood are `no failures`, `100% pass`, `>= 99% pass`, `>= 100 tests`, `no failures, no skipped tests`, `<= 5 skipped`, `<= 1% flaky`, `may not drop`
        "#]],
    );
}

#[test]
fn performance_names_what_it_measures() {
    check(
        "policy: p\nquality_gates:\n  performance: '< 1s'\n",
        expect![[r#"
            p.yaml:3:16 error P001 «'< 1s'» `performance` is not understood: `< 1s` | not understood | help: name what is measured, like `p99 < 1s`
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

/// What a phrase under a key means; or what is wrong with it.
fn means(key: &str, phrase: &str) -> String {
    let (policy, problems) = read(&format!("policy: p\nquality_gates:\n  {key}: '{phrase}'\n"));
    let Some(policy) = policy else { return problems };
    let rules = policy.rules.iter().map(|rule| match &rule.require {
        Require::Threshold(threshold) => shown_threshold(threshold),
        Require::Expression(expression) => expression.text.to_string(),
        Require::Rego(rego) => rego.file.to_string(),
    });
    format!("{}{problems}", rules.collect::<Vec<_>>().join(", "))
}

#[test]
fn what_people_try_first_does_what_it_says() {
    for (key, phrases, meaning) in [
        (
            "lint",
            &["no errors", "0 errors at most", "<= 0 errors", "passes", "error-free"][..],
            "findings.error",
        ),
        (
            "tests",
            &["no failures", "no failing tests", "all tests pass", "All pass.", "100% pass", "green"],
            "tests.unsuccessful == 0",
        ),
        ("tests", &["no skipped tests", "no skipped", "no ignored tests"], "tests.skipped == 0"),
        ("tests", &["pass rate >= 95%", ">= 95% pass", "at least 95% passing"], "tests.passed_share >= 95 %"),
        (
            "security",
            &[
                "no critical CVEs",
                "no critical vulnerabilities",
                "no critical",
                "no criticals",
                "No Critical CVEs",
            ],
            "vulnerabilities.critical == 0",
        ),
        (
            "security",
            &[
                "no high or critical CVEs",
                "no critical or high vulnerabilities",
                "no high and critical CVEs",
                "no high/critical CVEs",
                "no critical or high severity issues",
                "no high CVEs",
            ],
            "vulnerabilities.critical == 0, vulnerabilities.high == 0",
        ),
        (
            "security",
            &["none", "no CVEs", "no vulnerabilities", "no known vulnerabilities", "clean"],
            "vulnerabilities.total == 0",
        ),
        ("security", &["no new vulnerabilities", "nothing new"], "vulnerabilities.introduced.total == 0"),
        (
            "security",
            &["no new high CVEs"],
            "vulnerabilities.introduced.critical == 0, vulnerabilities.introduced.high == 0",
        ),
        (
            "security",
            &[
                "<= 2 high",
                "at most 2 high CVEs",
                "no more than 2 high vulnerabilities",
                "max 2 high severity CVEs",
            ],
            "vulnerabilities.high <= 2",
        ),
        ("secrets", &["none", "no leaks", "no secrets", "clean", "no leaked secrets"], "findings.total == 0"),
        ("licenses", &["no copyleft", "no copyleft licenses"], "licenses.copyleft == 0"),
        ("licenses", &["no unknown", "no unknown licenses", "no missing licenses"], "licenses.unknown == 0"),
        ("flaky", &["none", "no flaky tests", "no flakes"], "tests.flaky == 0"),
        ("flaky", &["<= 2", "at most 2 tests"], "tests.flaky <= 2"),
        (
            "coverage",
            &["may not drop", "must not drop", "may not fall", "coverage may not decrease"],
            "coverage.line.drop <= 0 %",
        ),
        (
            "coverage",
            &[
                "may not drop by more than 0.1 points",
                "may not drop by more than 0.1%",
                "may not drop more than 0.1 percentage points",
            ],
            "coverage.line.drop <= 0.1 %",
        ),
        ("coverage", &["branch may not drop", "branches may not fall"], "coverage.branch.drop <= 0 %"),
        (
            "coverage",
            &[">= 80% on new code", "changed >= 80%", ">= 80% of changed lines", "new code >= 80%"],
            "coverage.changed.line >= 80 %",
        ),
        (
            "performance",
            &["p99 must not rise by more than 5%", "p99 may not increase by more than 5%"],
            "p99.rise <= 5 %",
        ),
        ("performance", &["p99 may not rise"], "p99.rise <= 0"),
        ("performance", &["p99 < 1 s, error_rate < 1%"], "p99 < 1 s, error_rate < 1 %"),
        (
            "lint",
            &["warnings may not rise", "the number of warnings may not grow"],
            "findings.warning.rise <= 0",
        ),
        ("lint", &["<= 3 new warnings"], "findings.introduced.warning <= 3"),
        ("tests", &["may not drop", "tests may not drop"], "tests.total.drop <= 0"),
        ("sbom", &["present", "exists"], "components >= 1"),
        ("build", &["succeeds", "passes", "works"], "findings.error == 0"),
        ("format", &["clean", "formatted", "passes", "no changes"], "findings.total == 0"),
        ("duplication", &["<= 3%", "at most 3 %", "<= 3 percent"], "duplication <= 3 %"),
    ] {
        for phrase in phrases {
            let found = means(key, phrase);
            if *phrase == "0 errors at most" {
                assert!(found.contains("not understood"), "{found}");
            } else if meaning == "findings.error" {
                assert!(found.starts_with(meaning), "{key}: {phrase}: {found}");
            } else {
                assert_eq!(found, meaning, "{key}: {phrase}");
            }
        }
    }
}

#[test]
fn each_mistake_gets_one_message_with_a_cure() {
    let mut text = String::new();
    for (key, phrase) in [
        ("coverage", "80%"),
        ("coverage", "80"),
        ("coverage", ">= 80% of files"),
        ("coverage", "> 100%"),
        ("coverage", ">= 80% and <= 70%"),
        ("coverage", "may not drop by more than 5 ms"),
        ("coverage", "may not improve"),
        ("licenses", "no GPL"),
        ("licenses", "MIT or Apache-2.0 only"),
        ("security", "no CVSS above 7"),
        ("security", "no sever CVEs"),
        ("security", "no leaked secrets"),
        ("security", "database at most 7 weeks old"),
        ("performance", "p99 < 1"),
        ("performance", "< 1s"),
        ("performance", "no regressions"),
        ("performance", "p99 < 1 sek"),
        ("tests", "no new failures"),
        ("tests", "coverage >= 80%"),
        ("tests", "100 tests"),
        ("lint", "10 warnings"),
        ("lint", "no erors"),
        ("lint", "<= 10 warnings and > 12 warnings"),
        ("flaky", "1%"),
        ("sbom", "no errors"),
        ("types", "<= 3%"),
        ("licences", "no copyleft"),
        ("linter", "no errors"),
    ] {
        let found = means(key, phrase);
        assert_eq!(found.lines().count(), 1, "{key}: {phrase}: {found}");
        assert!(found.contains("| help: ") && found.contains(" error "), "{key}: {phrase}: {found}");
        text.push_str(&found);
    }
    expect![[r#"
        p.yaml:3:13 error P001 «'80%'» `coverage` is not understood: `80%` | not understood | help: a number needs a comparison: write `>= 80%`
        p.yaml:3:13 error P001 «'80'» `coverage` is not understood: `80` | not understood | help: a number needs a comparison: write `>= 80%`
        p.yaml:3:13 error P001 «'>= 80% of files'» `coverage` is not understood: `>= 80% of files` | not understood | help: understood are `>= 80%`, `at least 80 %`, `may not drop`, `may not drop by more than 0.1 points`, `>= 80% and may not drop`, `line >= 80%, branch >= 70%`, `>= 80% of changed lines`
        p.yaml:3:13 error P001 «'> 100%'» `coverage.line` cannot be more than 100% | not understood | help: write a number from 0 to 100
        p.yaml:3:13 error P022 «'>= 80% and <= 70%'» nothing is both >= 80% and <= 70%: `coverage.line` | help: leave one of the two out
        p.yaml:3:13 error P001 «'may not drop by more than 5 ms'» `coverage.line.drop` is a percentage, and `5ms` is not | not understood | help: write `5%`
        p.yaml:3:13 error P001 «'may not improve'» `coverage` is not understood: `may not improve` | not understood | help: did you mean `may not drop`?
        p.yaml:3:13 error P001 «'no GPL'» `licenses` is not understood: `no GPL` | not understood | help: single licenses are listed where they are looked for (`deny` and `allow` of the gate `scan/licenses`); here write `no denied licenses`, and `no copyleft` for the GPL family
        p.yaml:3:13 error P001 «'MIT or Apache-2.0 only'» `licenses` is not understood: `MIT or Apache-2.0 only` | not understood | help: single licenses are listed where they are looked for (`deny` and `allow` of the gate `scan/licenses`); here write `no denied licenses`, and `no copyleft` for the GPL family
        p.yaml:3:13 error P001 «'no CVSS above 7'» `security` is not understood: `no CVSS above 7` | not understood | help: say the danger: 9.0 and above is `critical`, 7.0 `high`, 4.0 `medium`, like `no high CVEs`
        p.yaml:3:13 error P001 «'no sever CVEs'» `security` is not understood: `no sever CVEs` | not understood | help: understood are `no critical CVEs`, `no high or critical vulnerabilities`, `no new critical CVEs`, `no known vulnerabilities`, `<= 2 high`, `<= 3 new medium CVEs`, `may not rise`, `no unchecked packages`, `database at most 7 days old`
        p.yaml:3:13 error P001 «'no leaked secrets'» `security` is not understood: `no leaked secrets` | not understood | help: leaked keys have a key of their own: `secrets: none`
        p.yaml:3:13 error P001 «'database at most 7 weeks old'» `vulndb.age_days` is a number of days, and `7 weeks` is not | not understood | help: write the number alone, like `vulndb.age_days <= 7`
        p.yaml:3:16 error P001 «'p99 < 1'» `p99` is a time, and `1` has no unit | not understood | help: write `1ms` or `1s`
        p.yaml:3:16 error P001 «'< 1s'» `performance` is not understood: `< 1s` | not understood | help: name what is measured, like `p99 < 1s`
        p.yaml:3:16 error P001 «'no regressions'» `performance` is not understood: `no regressions` | not understood | help: name what is measured, like `p99 may not rise by more than 5%`
        p.yaml:3:16 error P001 «'p99 < 1 sek'» `p99` is a time, and `sek` is no unit of time | not understood | help: write `1ms` or `1s`
        p.yaml:3:10 error P001 «'no new failures'» `tests` is not understood: `no new failures` | not understood | help: tests have no baseline: write `no failures`
        p.yaml:3:10 error P001 «'coverage >= 80%'» `tests` is not understood: `coverage >= 80%` | not understood | help: coverage has a key of its own: `coverage: ">= 80%"`
        p.yaml:3:10 error P001 «'100 tests'» `tests` is not understood: `100 tests` | not understood | help: a number needs a comparison: write `>= 100 tests`
        p.yaml:3:9 error P001 «'10 warnings'» `lint` is not understood: `10 warnings` | not understood | help: a number needs a comparison: write `<= 10 warnings`
        p.yaml:3:9 error P001 «'no erors'» `lint` is not understood: `no erors` | not understood | help: did you mean `no errors`?
        p.yaml:3:9 error P022 «'<= 10 warnings and > 12 warnings'» nothing is both <= 10 and > 12: `findings.warning` | help: leave one of the two out
        p.yaml:3:10 error P001 «'1%'» `flaky` is not understood: `1%` | not understood | help: a number needs a comparison: write `<= 1%`
        p.yaml:3:9 error P001 «'no errors'» `sbom` is not understood: `no errors` | not understood | help: understood are `present`, `>= 10 components`
        p.yaml:3:10 error P001 «'<= 3%'» `types` is not understood: `<= 3%` | not understood | help: understood are `no errors`, `no new errors`
        p.yaml:3:3 error P001 «licences» no quality gate is called `licences` | help: did you mean `licenses`?
        p.yaml:3:3 error P001 «linter» no quality gate is called `linter` | help: did you mean `lint`?
    "#]].assert_eq(&text);
}

#[test]
fn lists_metrics_and_projects_stand_under_a_key() {
    check(
        r#"
policy: p
quality_gates:
  coverage: { line: ">= 80%", branch: ">= 70%", changed: { require: ">= 90%", few_lines: ignore, severity: warn } }
  lint: [no errors, "<= 10 warnings", no new warnings]
  security: { critical: none, high: "<= 2" }
  performance: { p99: "< 1s", error_rate: "< 1%" }
  tests: { require: [no failures, ">= 100 tests"], because: they catch bugs }
"#,
        expect![[r#"
            policy p
            coverage: coverage.line >= 80 %
            coverage.branch: coverage.branch >= 70 %
            coverage.changed: coverage.changed.line >= 90 % Warn unless few lines
            lint.error: findings.error == 0 at lint
            lint.warning: findings.warning <= 10 at lint
            lint.introduced.error: findings.introduced.error == 0 at lint
            lint.introduced.warning: findings.introduced.warning == 0 at lint
            security.critical: vulnerabilities.critical == 0
            security.high: vulnerabilities.high <= 2
            performance.p99: p99 < 1 s
            performance.error_rate: error_rate < 1 %
            tests.unsuccessful: tests.unsuccessful == 0 because they catch bugs
            tests.total: tests.total >= 100 because they catch bugs
        "#]],
    );
    check(
        r#"
policy: p
quality_gates:
  coverage: { api: { line: ">= 80%", branch: ">= 70%" }, etl: [">= 60%", may not drop] }
  performance: { api: "p99 < 1s", etl: { p50: "< 1s" } }
"#,
        expect![[r#"
            policy p
            api/coverage: coverage.line >= 80 % in api
            api/coverage.branch: coverage.branch >= 70 % in api
            etl/coverage.line: coverage.line >= 60 % in etl
            etl/coverage.line.drop: coverage.line.drop <= 0 % in etl
            api/performance: p99 < 1 s in api
            etl/performance.p50: p50 < 1 s in etl
        "#]],
    );
    check(
        r#"
policy: p
quality_gates:
  coverage: { lin: ">= 80%", api: { lines: ">= 80%", branchs: ">= 70%" } }
  lint: [no errors, "10 warnings", [x]]
  tests: { require: [] }
"#,
        expect![[r#"
            p.yaml:4:15 error P001 «lin» `lin` is no project, and nothing that `coverage` speaks of | help: did you mean `line`?
            p.yaml:4:54 error P001 «branchs» `branchs` is nothing that `coverage` speaks of | help: did you mean `branch`?
            p.yaml:5:21 error P001 «"10 warnings"» `lint` is not understood: `10 warnings` | not understood | help: a number needs a comparison: write `<= 10 warnings`
            p.yaml:5:36 error Y102 «[x]» `lint` is text, not a list
            p.yaml:6:21 error Y102 «[]» `tests` is text, not a list
        "#]],
    );
}

#[test]
fn changes_with_few_lines_are_left_out_where_the_file_says_so() {
    check(
        r#"
policy: p
few_lines: ignore
quality_gates:
  coverage: ">= 80%, changed >= 80%"
  lint: no errors
rules:
  - { id: c, require: coverage.changed.line >= 10% }
  - { id: d, require: coverage.changed.line >= 5%, few_lines: judge }
"#,
        expect![[r#"
            policy p
            required lint
            coverage.line: coverage.line >= 80 %
            coverage.changed.line: coverage.changed.line >= 80 % unless few lines
            lint: findings.error == 0 at lint when measured
            c: coverage.changed.line >= 10 % unless few lines
            d: coverage.changed.line >= 5 %
        "#]],
    );
    check(
        "policy: p\nfew_lines: skip\n",
        expect![[r#"
        p.yaml:2:12 error Y106 «skip» `few_lines` is `judge` or `ignore`, not `skip`
    "#]],
    );
}

#[test]
fn rules_gates_and_required_gates_say_what_they_support() {
    check(
        r#"
policy: p
quality_gates:
  security: { require: no critical CVEs, requirements: [osps-2026/VM-05, ssdf-1.1/PW.7] }
  lint: { require: no errors, requirements: soc2/CC7.1 }
rules:
  - { id: a, require: tests.skipped == 0, requirements: [osps-2026/QA-06] }
required:
  sbom: { requirements: [osps-2026/QA-02] }
"#,
        expect![[r#"
            policy p
            required sbom for osps-2026/QA-02
            required lint for soc2/CC7.1
            security: vulnerabilities.critical == 0 for osps-2026/VM-05, ssdf-1.1/PW.7
            lint: findings.error == 0 at lint when measured for soc2/CC7.1
            a: tests.skipped == 0 for osps-2026/QA-06
        "#]],
    );
    check(
        "policy: p\nrules:\n  - { id: a, require: n == 1, requirements: [VM-05, a/b/c, /x, 'soc 2/CC1'] }\n",
        expect![[r#"
            p.yaml:3:46 error P021 «VM-05» `VM-05` is not the id of a requirement | help: write framework and requirement, like `osps-2026/VM-05`
            p.yaml:3:53 error P021 «a/b/c» `a/b/c` is not the id of a requirement | help: write framework and requirement, like `osps-2026/VM-05`
            p.yaml:3:60 error P021 «/x» `/x` is not the id of a requirement | help: write framework and requirement, like `osps-2026/VM-05`
            p.yaml:3:64 error P021 «'soc 2/CC1'» `soc 2/CC1` is not the id of a requirement | help: write framework and requirement, like `osps-2026/VM-05`
        "#]],
    );
}
