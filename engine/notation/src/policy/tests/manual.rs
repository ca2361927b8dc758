//! The manual beside the built-in policies is written from the table of phrases.

use std::fmt::Write as _;

use crate::policy::{BUILTINS, PHRASES};

const HEAD: &str = "# Policies

A policy says what must hold before a change is done. The built-in ones are the files of this folder; each
version is frozen. A policy of your own extends one of them, and extending only adds:

```yaml
policy: payments
extends: builtin/standard@1
quality_gates:
  coverage: \">= 80%\"
  performance: { require: \"p99 < 1s\", if: 'changed(\"src/**\")' }
rules:
  - { id: no-ignored-tests, require: tests.skipped == 0, because: an ignored test tests nothing }
required: [load]
```

## Quality gates

Put quotes around a value that begins with `>`, `<` or `=`. Several phrases are joined by `,` or `and`, or written as
a list; all of them must hold. A key that is not in this table is the name of a measure. `at least`, `at most`, `below`
and `over` are `>=`, `<=`, `<` and `>`.

| key | phrase | what must hold |
|---|---|---|
";

const TAIL: &str = "
A map under a key is by project, by metric, or a phrase with more keys:

```yaml
quality_gates:
  coverage: { line: \">= 80%\", branch: \">= 70%\", changed: \">= 80%\" }
  lint: { api: no warnings, etl: { require: no errors, severity: warn } }
  performance: { p99: \"< 1s\", error_rate: \"< 1%\" }
  security: { critical: none, high: \"<= 2\" }
  tests: { require: [no failures, \">= 100 tests\"], because: a deleted test fails nothing }
```

A rule is called as its key (`coverage`), its part (`security.high`), its project (`api/lint`); where what is extended
has a rule of that name, the policy's name stands in front (`payments/coverage`).

Units convert exactly: a measure of `812 ms` is below `1s`. A bare number never compares with a unit: the rule is
undecided. A file of measures is `{\"p99\": {\"value\": 812, \"unit\": \"ms\"}}`; the unit of a count is `1`. A saying like `no errors` also requires a gate of that kind, whose exit code is enough where it leaves no
findings; a number, like `<= 10 warnings`, requires the number to be known.

`new`, `may not drop` and `may not rise` compare with the base of the change (`--since REF` and a recorded run of that
commit) or with a baseline (`dod baseline`). Without one they are undecided, and so is a count that what is not known
could break: findings that may be old or new, packages that nobody checked. A rise in percent is a share of what there
was, a drop of coverage is one of percentage points. Where a change has no line that could be covered,
`coverage.changed.*` does not apply; where it has fewer than 20 the verdict says so, and `few_lines: ignore` leaves
them out. What the legs of a matrix or the shards of a step cover is united before it is judged. A vulnerability
database that is too old leaves the rule undecided: it does not know.

## What a policy extends

`extends: builtin/standard@1`, a file beside this one (`./base.yaml`, or `base`), or a file of another repository at one
commit, which is locked by digest in `dod.lock` like an included workflow:

```yaml
extends: { git: https://example.com/gates.git, rev: 3f2c… (all 40 digits), path: policies/base.yaml }
```

## Keys of a gate or rule

| key | meaning |
|---|---|
| `require` | the phrase; in `rules` a comparison of a fact with a number, asked of each gate, or an expression over the run |
| `if` | an expression asked first; false leaves the rule out, unknown makes it undecided |
| `because` | why, shown with the rule |
| `severity` | `block` (the default), `warn` or `info` |
| `when_measured` | true leaves the rule out where nothing measured the fact |
| `gates` | in `rules`: kinds or names of gates; `\"*\"` for those that no other rule names |
| `project` | in `rules`: only gates of this project |
| `few_lines` | `ignore` leaves a change of fewer than 20 lines out of rules about `coverage.changed.*`; also for a whole file |
| `requirements` | what the rule supports: framework and requirement, like `[osps-2026/VM-05, ssdf-1.1/PW.7, soc2/CC7.1]` |

## Required gates

`required:` names gates that must be there and end, by kind or by the name of a step:

```yaml
required:
  - test
  - any_of: [sbom, licenses]
  - load: { within: 24h }                       # also by a run that was recorded in this time
  - pentest: { within: 30d, from: ancestor }    # and was made on a commit that this one is built on
```

## Waivers and roles

A policy says what waivers need: `waivers: { max_days: 90, proved: true }` (the longest time, and a signature by a key in
`roles.yaml`). Waivers stand in `waivers.yaml`, written by `dod waive`; they last to the end of their day, UTC, and
count when they are in the base of the change:

```yaml
- { finding: RUSTSEC-2024-0001, scope: \"pkg:cargo/foo@1.2.0\", reason: not reachable, approved_by: alice, expires: 2027-01-31 }
- { rule: performance, scope: load, reason: new hardware is ordered, approved_by: bob, expires: 2027-01-31 }
```

A scope is a package with its version, a path or glob, or for a rule the names of gates. `roles.yaml` says who people are:
`security: [{ name: alice, key: \"ssh-ed25519 AAAA…\" }, bob]`; with `valid_after` and `valid_before` a key counts between these
days. `approvals: { proved: true }` in a policy takes signed answers alone, in every run that it judges. Names are compared
without regard to case, and two names with one key are one person, who answers an approval once.

## Tests of a policy

`tests:` in the policy's own file gives evidence in plain words and says what is expected of it:

```yaml
tests:
  - name: a leaked key and a drop of coverage block
    given:
      test: { tests: { passed: 10, failed: 0 } }
      coverage: { coverage.line: 79.99%, base: { coverage.line: 81% } }
      deps: { vulnerabilities: { high: 1 }, unchecked: 0 }
      lint: { findings: { error: 3 }, introduced: { error: 0 } }
      secrets: { findings: { error: 1 } }
      build: passes                     # or failed, skipped, undecided; clean: it looked and found nothing
    others: pass                        # required gates that are not given
    facts: { branch: main }             # for expressions
    expect: failed
    because: [secrets, coverage]        # the rules and required gates that fail, all of them
    undecided: []
```

A gate is of the kind that it says (`kind: lint`), of its name, or of what it left. `waivers` stand there as in
`waivers.yaml`, `at` is the day of the run.

## Rego

`rego: [security.rego]` names modules beside the policy's file, read like what a policy extends and governed like it.
Existing `deny`, `violation` and `warn` rules (also `deny_keys`, …) of Rego version 1 and 0 become rules over the whole
run with the ids `security.deny` and `security.warn`; the former block, the latter warn. A rule holds where it has no
message. Released programs have the engine; a `dod` of your own needs `cargo build -p dod --features rego`.

```rego
package main

deny contains msg if {
  input.vulnerabilities.critical > 0
  msg := sprintf(\"%d critical holes\", [input.vulnerabilities.critical])
}

warn contains \"too little is covered\" if input.coverage.line < 60
```

`input` has the facts below by the same names, and what expressions ask: `input.branch`, `input.os`, `input.inputs.x`,
`input.changed[_]` (paths that the change touches), `input.steps[\"unit test\"].outputs.kind`, `input.measures.p99.ms`. A
fact that is not known leaves every rule undecided that rests on it, whatever it would say; it is never an empty set. A
name that no fact has, a fact compared with a literal of another type, a computed name (`input[key]`), `data` of other
modules, `with`, the network, the clock and chance are errors with their place.

## Facts

Rules may compare these, and any measure by its name. Expressions see the sums over all gates, `steps[\"x\"]` in front
asks one step (`steps[\"lint\"].findings.error`, `steps[\"lint\"].state`), and a measure with a unit is asked for in one:
`measures[\"p99\"].ms`; a percentage is a number from 0 to 100 there (`coverage.line >= 80 || branch != \"main\"`), and
`known(…)` asks whether something is known. `problems.*` are findings that are not vulnerabilities; only rules at a gate know them.
`vulnerabilities.critical` counts those of unknown danger too. Behind each fact may stand `.drop` or `.rise`: how much
less or more it is than at the base (`coverage.line.drop <= 0.1%`, `findings.warning.rise == 0`).

";

#[test]
fn the_manual_holds_every_phrase() {
    let mut text = HEAD.to_owned();
    for row in PHRASES {
        writeln!(text, "| `{}` | `{}` | `{}` |", row.key, row.phrase, row.means).unwrap();
    }
    text.push_str(TAIL);
    for fact in dod_kernel::policy::facts() {
        writeln!(text, "- `{fact}`").unwrap();
    }
    text.push_str("\n## Built in\n\n");
    for one in BUILTINS {
        let about = one.text.lines().find_map(|line| line.strip_prefix("about: ")).unwrap();
        writeln!(text, "- `builtin/{}@{}`: {about}", one.name, one.version).unwrap();
    }
    expect_test::expect_file!["../../../../../workflows/policies/README.md"].assert_eq(&text);
}
