//! Tests that stand in a policy file.

use std::fmt::Write as _;

use dod_kernel::ask::NoOne;
use expect_test::{Expect, expect};

use super::{Few, Files};
use crate::diagnose::testing;
use crate::policy::{Difference, PolicyWorld, Tested, read_policy_tests, try_out};

fn tried(text: &str) -> String {
    let world = PolicyWorld { expressions: &Few, projects: None, sources: &Files::default() };
    let (found, sources, problems) = read_policy_tests("p.yaml", text, &world);
    let mut told = testing::show(&sources, &problems);
    let Some(Tested { policy, cases }) = found else { return told };
    for case in &cases {
        let tried = try_out(&policy, case, &NoOne::default());
        writeln!(told, "{}: {}", case.name, tried.judgement.verdict.state.word()).unwrap();
        for difference in &tried.differences {
            match difference {
                Difference::Verdict { expected, found } => {
                    writeln!(told, "  expected {}, found {}", expected.word(), found.word()).unwrap();
                }
                Difference::Names { key, missing, unexpected } => {
                    writeln!(told, "  {key}: missing {missing:?}, unexpected {unexpected:?}").unwrap();
                }
            }
        }
    }
    told
}

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&tried(text));
}

const POLICY: &str = r#"
policy: payments
quality_gates:
  coverage: ">= 80% and may not drop"
  security: no critical CVEs
  tests: no failures
  lint: no new errors
  licenses: no copyleft
  performance: p99 < 1s
required: [build]
tests:
"#;

#[test]
fn tests_that_hold_say_nothing() {
    check(
        &format!(
            r#"{POLICY}
  - name: everything is fine
    given:
      build: passes
      test: {{ tests: {{ passed: 10, skipped: 1 }} }}
      coverage: {{ coverage.line: 80%, base: {{ coverage.line: 79.5% }} }}
      deps: {{ vulnerabilities: {{ high: 2 }} }}
      lint: {{ findings: {{ error: 3 }}, introduced: {{ error: 0 }} }}
      licenses: {{ licenses: {{ copyleft: 0 }} }}
      load: {{ p99: 812 ms }}
    expect: passed
    because: []
    undecided: []
  - name: everything is bad
    given:
      build: failed
      test: {{ tests: {{ passed: 10, failed: 1 }} }}
      cov: {{ coverage.line: 79.99%, base: {{ coverage.line: 80% }} }}
      deps: {{ vulnerabilities: {{ critical: 1, unknown: 1 }} }}
      lint: {{ findings: {{ error: 3 }}, introduced: {{ error: 1 }} }}
      licenses: {{ licenses: {{ copyleft: 2 }} }}
      load: {{ kind: performance, p99: 1.2s }}
    expect: failed
    because: [build, coverage.line, coverage.line.drop, security, tests, lint, licenses, performance]
    undecided: []
  - name: nothing is known
    given: {{ test: undecided, lint: clean, deps: {{ vulnerabilities: {{}}, unchecked: 2 }} }}
    expect: undecided
    undecided: [build, test, coverage.line, coverage.line.drop, security, lint, licenses, performance]
"#
        ),
        expect![[r#"
            everything is fine: passed
            everything is bad: failed
            nothing is known: undecided
        "#]],
    );
}

#[test]
fn a_difference_names_what_is_missing_and_what_is_not_expected() {
    check(
        r#"
policy: p
quality_gates: { tests: no failures, security: no critical CVEs }
tests:
  - name: wrong
    given: { test: { tests: { failed: 1 } }, deps: clean }
    expect: passed
    because: [security]
    undecided: [tests]
  - name: others pass
    given: { test: { tests: { passed: 1 } }, dependencies: clean }
    others: pass
    expect: failed
"#,
        expect![[r#"
            wrong: failed
              expected passed, found failed
              because: missing ["security"], unexpected ["tests"]
              undecided: missing ["tests"], unexpected []
            others pass: passed
              expected failed, found passed
        "#]],
    );
}

#[test]
fn waivers_and_facts_are_part_of_a_test() {
    check(
        r#"
policy: p
extends: builtin/minimal@1
quality_gates: { security: { require: no critical CVEs, severity: block } }
waivers: { proved: true, max_days: 30 }
tests:
  - name: a waived hole is lived with
    given: { build: passes, deps: { vulnerabilities: [{ id: RUSTSEC-2024-0001, package: "pkg:cargo/foo", version: 1.2.3 }] } }
    waivers: [{ finding: RUSTSEC-2024-0001, scope: "pkg:cargo/foo@1.2", reason: not reachable, approved_by: alice, expires: 2027-01-31 }]
    proved: true
    expect: passed
    waived: [RUSTSEC-2024-0001]
  - name: nobody proved it
    given: { build: passes, deps: { vulnerabilities: [{ id: RUSTSEC-2024-0001, package: "pkg:cargo/foo", version: 1.2.3, danger: critical }] } }
    waivers: [{ finding: RUSTSEC-2024-0001, scope: "pkg:cargo/foo@1.2", reason: not reachable, approved_by: alice, expires: 2027-01-31 }]
    expect: failed
    because: [security, dependencies]
  - name: it has expired
    at: 2027-02-01
    given: { build: passes, deps: { vulnerabilities: [{ id: RUSTSEC-2024-0001, package: "pkg:cargo/foo", version: 1.2.3, danger: critical }] } }
    waivers: [{ finding: RUSTSEC-2024-0001, scope: "pkg:cargo/foo@1.2", reason: not reachable, approved_by: alice, expires: 2027-01-31 }]
    proved: true
    expect: failed
    waived: []
"#,
        expect![[r#"
            a waived hole is lived with: passed
            nobody proved it: failed
            it has expired: failed
        "#]],
    );
}

#[test]
fn legs_are_united_in_tests_too() {
    check(
        r#"
policy: p
quality_gates: { coverage: ">= 80%" }
tests:
  - name: legs that agree
    given: { "test[os=linux]": { coverage.line: 85% }, "test[os=mac]": { coverage.line: 85% } }
    expect: passed
  - name: legs that do not
    given: { "test[os=linux]": { coverage.line: 85% }, "test[os=mac]": { coverage.line: 70% } }
    expect: undecided
    undecided: [coverage]
"#,
        expect![[r#"
            legs that agree: passed
            legs that do not: undecided
        "#]],
    );
}

#[test]
fn every_mistake_in_a_test_is_told_where_it_stands() {
    check(
        r#"
policy: p
quality_gates: { tests: no failures }
tests:
  - name: a
    given:
      test: { tests: { pased: 1 }, test: { passed: 1 } }
      lint: claen
      load: { p99: fast }
      deps: { vulnerabilities: { critical: -1 }, introduced: { critical: 3 } }
      x: { kind: lint }
    expect: failing
    becuase: [test]
  - { name: b, given: { test: clean }, expect: failed, because: [test, tsts], others: fail }
  - { name: b, given: { test: clean }, expect: passed }
  - given: {}
"#,
        expect![[r#"
            p.yaml:7:24 error Y101 «pased» `tests` of a gate has no key `pased` | not known here | help: did you mean `passed`?
            p.yaml:7:36 error P023 «test» a gate leaves no `test` | help: did you mean `tests`?
            p.yaml:8:13 error P023 «claen» `claen` is nothing that a gate leaves | help: did you mean `clean`?
            p.yaml:9:20 error P023 «fast» `p99` is a number with its unit, not `fast` | help: write `79.99%`, `812 ms` or `42`
            p.yaml:10:44 error Y105 «-1» `critical` is a whole number from 0 to 10000, not -1
            p.yaml:10:62 error P023 «{ critical: 3 }» the change brings more `critical` than the gate found | help: `introduced` says how many of the findings are new
            p.yaml:11:10 error P023 «{ kind: lint }» the gate leaves nothing | help: write `clean` or what it left
            p.yaml:12:13 error Y106 «failing» `expect` is `passed`, `failed` or `undecided`, not `failing`
            p.yaml:13:5 error Y101 «becuase» a test of a policy has no key `becuase` | not known here | help: did you mean `because`?
            p.yaml:14:72 error P024 «tsts» the policy has no rule and no required gate `tsts` | help: did you mean `tests`?
            p.yaml:14:87 error Y106 «fail» `others` is `pass` or `missing`, not `fail`
            p.yaml:15:13 error P003 «b» two tests are called `b` | p.yaml:14:13 «b» the first one
            p.yaml:16:5 error Y103 «given: {}» a test of a policy needs `expect`
            p.yaml:16:5 error Y103 «given: {}» a test of a policy needs `name`
        "#]],
    );
    check(
        "policy: p\ntests: { a: b }\n",
        expect![[r#"
        p.yaml:2:8 error Y102 «{ a: b }» `tests` of a policy are a list, not a map
    "#]],
    );
}
