//! `dod check`: every mistake is told, with its place.

use expect_test::expect;

use super::{check, object};
use crate::dod::Project;

#[test]
fn a_sound_project_has_no_mistakes() {
    let project = Project::with(&[("dod.yaml", "steps: { lint: { run: 'true' } }\n")]);
    check(
        &project,
        &["check"],
        &expect![[r#"
        exit code 0
        --- stdout
        1 file: no mistakes
        --- stderr
    "#]],
    );
}

#[test]
fn traps_of_yaml_are_told_with_the_cure() {
    let project = Project::with(&[
        (
            "dod.yaml",
            "steps:\n  a: { run: x, inputs: [**/*.rs] }\n  b: { run: x, if: !changed(\"src/**\") }\n  \
             c: { run: x, if: \"a\" == b }\n",
        ),
        ("policies/team.yaml", "policy: team\nquality_gates:\n  coverage: >= 80%\n"),
    ]);
    check(
        &project,
        &["check"],
        &expect![[r#"
        exit code 2
        --- stdout
        error[Y002]: `*` at the beginning of a value is a YAML alias
         --> dod.yaml:2:25
          |
        2 |   a: { run: x, inputs: [**/*.rs] }
          |                         ^^^^^^^ quotes are missing
          |
          = help: put quotes around the whole value: '**/*.rs'

        error[Y002]: `!` at the beginning of a value is a YAML tag
         --> dod.yaml:3:20
          |
        3 |   b: { run: x, if: !changed("src/**") }
          |                    ^^^^^^^^^^^^^^^^^^ quotes are missing
          |
          = help: put quotes around the whole value: '!changed("src/**")'

        error[Y002]: text goes on behind a closing quote
         --> dod.yaml:4:20
          |
        4 |   c: { run: x, if: "a" == b }
          |                    ^^^^^^^^ quotes are missing
          |
          = help: put quotes around the whole value: '"a" == b'

        error[Y002]: `>` and `|` at the beginning of a value open a YAML text block
         --> policies/team.yaml:3:13
          |
        3 |   coverage: >= 80%
          |             ^^^^^^ quotes are missing
          |
          = help: put quotes around the whole value: '>= 80%'

        2 files: 4 errors
        --- stderr
    "#]],
    );
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let project = Project::with(&[
        (
            "dod.yaml",
            "policy: payment\ninclude: [./ci/common.yaml]\nsteps:\n  lint: { uses: cargo/clipy }\n  \
             a: { run: x, needs: [b] }\n  b: { run: x, needs: [a] }\n  c: { run: x, needs: [d] }\n",
        ),
        ("ci/common.yaml", "steps:\n  common: { rnu: x }\n"),
        ("policies/payments.yaml", "policy: payments\nextends: builtin/strictt@1\n"),
        ("waivers.yaml", "- { finding: X, reason: y, approved_by: alice, expires: 2027-02-30 }\n"),
        ("roles.yaml", "managers: [{ nmae: alice }]\n"),
        ("gates/own.yaml", "gate: own/tool\nrun: [tool]\nexitt: {}\n"),
    ]);
    check(
        &project,
        &["check"],
        &expect![[r#"
        exit code 2
        --- stdout
        error[W021]: policy `payment` is not known
         --> dod.yaml:1:9
          |
        1 | policy: payment
          |         ^^^^^^^
          |
          = help: did you mean `payments`?

        error[W019]: the catalogue has no gate `cargo/clipy`
         --> dod.yaml:4:17
          |
        4 |   lint: { uses: cargo/clipy }
          |                 ^^^^^^^^^^^
          |
          = help: did you mean `cargo/clippy`?

        error[W013]: steps wait for each other: `a` needs `b` needs `a`
         --> dod.yaml:5:3
          |
        5 |   a: { run: x, needs: [b] }
          |   ^
        6 |   b: { run: x, needs: [a] }
          |   - waits too

        error[W012]: step `c` needs `d`, which does not exist
         --> dod.yaml:7:24
          |
        7 |   c: { run: x, needs: [d] }
          |                        ^ no step has this name

        error[Y101]: a step has no key `rnu`
         --> ci/common.yaml:2:13
          |
        2 |   common: { rnu: x }
          |             ^^^ not known here
          |
          = help: did you mean `run`?

        error[P017]: `2027-02-30` is not a day
         --> waivers.yaml:1:57
          |
        1 | - { finding: X, reason: y, approved_by: alice, expires: 2027-02-30 }
          |                                                         ^^^^^^^^^^
          |
          = help: write year, month and day: `2027-01-31`

        error[Y103]: a member of a role needs `name`
         --> roles.yaml:1:12
          |
        1 | managers: [{ nmae: alice }]
          |            ^^^^^^^^^^^^^^^

        error[Y101]: a member of a role has no key `nmae`
         --> roles.yaml:1:14
          |
        1 | managers: [{ nmae: alice }]
          |              ^^^^ not known here
          |
          = help: did you mean `name`?

        error[P005]: there is no built-in policy `strictt`
         --> policies/payments.yaml:2:10
          |
        2 | extends: builtin/strictt@1
          |          ^^^^^^^^^^^^^^^^^
          |
          = help: did you mean `strict`?

        error[G001]: `about` is missing from an entry
         --> gates/own.yaml:1:1
          |
        1 | gate: own/tool
          | ^

        error[G001]: `kind` is missing from an entry
         --> gates/own.yaml:1:1
          |
        1 | gate: own/tool
          | ^

        error[G001]: `exitt` is no key of an entry
         --> gates/own.yaml:3:1
          |
        3 | exitt: {}
          | ^^^^^
          |
          = help: did you mean `exit`?

        6 files: 12 errors
        --- stderr
    "#]],
    );
}

#[test]
fn files_that_are_missing_empty_or_something_else_are_told() {
    let project =
        Project::with(&[("empty.yaml", ""), ("some.bpmn", "<?xml version=\"1.0\"?><definitions/>")]);
    check(
        &project,
        &["check", "no.yaml", "no/folder.yaml", ".", "empty.yaml", "some.bpmn"],
        &expect![[r#"
            exit code 2
            --- stdout
            error[F001]: there is no file `no/folder.yaml`
             --> no/folder.yaml:1:1
              |
            1 |
              | ^

            error[F001]: `.` is a folder
             --> .:1:1
              |
            1 |
              | ^

            error[F001]: there is no file `no.yaml`
             --> no.yaml:1:1
              |
            1 |
              | ^

            error[Y004]: the file holds nothing
             --> empty.yaml:1:1
              |
            1 |
              | ^

            error[B010]: the root `definitions` is in no namespace
             --> some.bpmn:1:23
              |
            1 | <?xml version="1.0"?><definitions/>
              |                       ^^^^^^^^^^^
              |
              = help: a BPMN 2.0 file begins with `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">`

            5 files: 5 errors
            --- stderr
        "#]],
    );
}

#[test]
fn an_include_that_is_missing_or_goes_in_a_circle_is_told_where_it_is_named() {
    let project = Project::with(&[
        ("dod.yaml", "include: [./ci/no.yaml, ./ci/a.yaml]\nsteps: { x: { run: x } }\n"),
        ("ci/a.yaml", "include: [../dod.yaml]\nsteps: { y: { run: x } }\n"),
    ]);
    check(
        &project,
        &["check"],
        &expect![[r#"
        exit code 2
        --- stdout
        error[W009]: `./ci/no.yaml` cannot be read: there is no such file
         --> dod.yaml:1:11
          |
        1 | include: [./ci/no.yaml, ./ci/a.yaml]
          |           ^^^^^^^^^^^^

        error[W010]: dod.yaml → ci/a.yaml → dod.yaml is a circle
         --> ci/a.yaml:1:11
          |
        1 | include: [../dod.yaml]
          |           ^^^^^^^^^^^

        2 files: 2 errors
        --- stderr
    "#]],
    );
}

#[test]
fn a_folder_without_definitions_is_told_what_to_do() {
    check(
        &Project::with(&[]),
        &["check"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: there is nothing to proofread in FOLDER
          = help: `dod init` writes a first `dod.yaml`
    "#]],
    );
}

#[test]
fn a_hundred_thousand_brackets_are_one_mistake() {
    let project = Project::with(&[("dod.yaml", &format!("steps: {}", "[".repeat(100_000)))]);
    let said = project.dod(&["check"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stdout.contains("error[Y010]") && said.stdout.len() < 2_000, "{said}");
    let object = object(&project, &["check"]);
    assert_eq!(object["diagnostics"][0]["code"], "Y010");
}

#[test]
fn a_role_that_nobody_has_is_a_warning_until_there_are_roles() {
    let workflow = "steps: { ok: { approve: { from: [managers] } } }\n";
    let project = Project::with(&[("dod.yaml", workflow)]);
    check(
        &project,
        &["check"],
        &expect![[r#"
        exit code 0
        --- stdout
        warning[W022]: role `managers` is not in the file of roles
         --> dod.yaml:1:34
          |
        1 | steps: { ok: { approve: { from: [managers] } } }
          |                                  ^^^^^^^^
          |
          = help: write it into `roles.yaml`; until then nobody can answer

        1 file: 1 warning
        --- stderr
    "#]],
    );
    project.write("roles.yaml", "manager: [{ name: alice }]\n");
    check(
        &project,
        &["check"],
        &expect![[r#"
        exit code 2
        --- stdout
        error[W022]: role `managers` is not in the file of roles
         --> dod.yaml:1:34
          |
        1 | steps: { ok: { approve: { from: [managers] } } }
          |                                  ^^^^^^^^
          |
          = help: did you mean `manager`?

        2 files: 1 error
        --- stderr
    "#]],
    );
}

#[test]
fn what_a_file_is_shows_in_its_content() {
    let project = Project::with(&[
        ("a.yaml", "policy: a\nquality_gates: { coverage: '>= 80%' }\n"),
        ("b.yaml", "gate: own/tool\nabout: a tool\nkind: lint\nrun: [tool]\n"),
        ("c.yaml", "- { finding: X, reason: y, approved_by: alice, expires: 2027-02-28 }\n"),
        ("d.yaml", "steps: { a: { run: x } }\n"),
    ]);
    check(
        &project,
        &["check", "a.yaml", "b.yaml", "c.yaml", "d.yaml"],
        &expect![[r#"
        exit code 0
        --- stdout
        4 files: no mistakes
        --- stderr
    "#]],
    );
}

/// The files of the design, with a local file in place of the one in another repository.
const DESIGN: &[(&str, &str)] = &[
    ("ci/common.yaml", "steps: { common: { run: 'true' } }\n"),
    (
        "dod.yaml",
        r#"version: 1
name: payments
dod: ">=0.1"                        # the program this file was written for
policy: standard                    # --policy overrides
include:
  - ./ci/common.yaml

steps:
  install: { uses: python/uv-sync }
  lint:    { uses: python/ruff,   needs: [install] }
  types:   { uses: python/mypy,   needs: [install] }
  test:    { uses: python/pytest, needs: [install], with: { args: [-q] }, retry: { max: 2, when: [timeout] } }
  secrets: { uses: scan/secrets }
  deps:    { uses: scan/vulnerabilities }
  load:
    run: ./bench.sh
    tags: [heavy]
    timeout: 5m
    inputs: [src/**, bench.sh]
    evidence: { measures: bench.json }
    if: 'branch == "main" || changed("src/**")'
"#,
    ),
    (
        "release.yaml",
        "include: [./dod.yaml]
steps:
  ready:    { judge: enterprise, needs: [test, deps] }
  signoff:  { approve: { from: [release-managers], min: 2, timeout: 7d }, needs: [ready] }
  deploy:   { run: ./deploy.sh, needs: [signoff], idempotent: false, pool: production }
  smoke:    { run: ./smoke.sh, needs: [deploy] }
  rollback: { run: ./rollback.sh, needs: { smoke: failed }, idempotent: false }
",
    ),
    (
        "mono.yaml",
        "projects:
  api: { path: api, workflow: builtin/rust }
  etl: { path: etl, workflow: builtin/python }
  web: { path: web, workflow: builtin/node }
",
    ),
    (
        "policies/payments.yaml",
        r#"policy: payments
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
    ),
    (
        "waivers.yaml",
        r#"- { finding: RUSTSEC-2024-0001, scope: "pkg:cargo/foo@1.2", reason: not reachable, approved_by: alice, expires: 2027-01-31 }
"#,
    ),
    ("roles.yaml", "release-managers: [{ name: alice, key: \"ssh-ed25519 AAAA\" }]\n"),
];

#[test]
fn the_files_of_the_design_are_sound() {
    let project = Project::with(DESIGN);
    check(
        &project,
        &["check"],
        &expect![[r#"
        exit code 0
        --- stdout
        5 files: no mistakes
        --- stderr
    "#]],
    );
    check(
        &project,
        &["check", "release.yaml", "mono.yaml"],
        &expect![[r#"
        exit code 0
        --- stdout
        7 files: no mistakes
        --- stderr
    "#]],
    );
}

#[test]
fn the_object_lists_files_and_diagnostics() {
    let project = Project::with(&[("dod.yaml", "steps:\n  a: { run: x, needs: [b] }\n")]);
    let text = serde_json::to_string_pretty(&object(&project, &["check"])).unwrap();
    expect![[r#"
        {
          "files": [
            "dod.yaml"
          ],
          "diagnostics": [
            {
              "code": "W012",
              "severity": "error",
              "message": "step `a` needs `b`, which does not exist",
              "label": "no step has this name",
              "place": {
                "file": "dod.yaml",
                "line": 2,
                "column": 24,
                "end_line": 2,
                "end_column": 25
              },
              "others": [],
              "hint": null
            }
          ]
        }"#]]
    .assert_eq(&text);
}
