//! Claims about what a change brought: marked, explained, and with something to do.

use expect_test::{Expect, expect};

use crate::Look;
use crate::explain::{Target, explain, render};
use crate::summary;
use crate::tests::tell;

const CHANGE: (&str, &str) = (
    "lint(gate=lint); lic(gate=licenses); deps(gate=dependencies); cov(gate=coverage)",
    "new; require lint test format; start compared; lint brings errors; lic brings license; deps brings hole; \
     cov brings lines",
);

fn check(story: (&str, &str), word: &str, expect: &Expect) {
    let teller = tell(story.0, story.1);
    let text = teller.with_sources(|sources| {
        let story = teller.story();
        let target = if word.is_empty() { Target::Run } else { Target::of(&story, sources, word).unwrap() };
        render(&explain(&story, &target, sources), Look::PLAIN)
    });
    expect.assert_eq(&text);
}

#[test]
fn what_the_change_brought_is_marked_and_comes_first() {
    let teller = tell(CHANGE.0, CHANGE.1);
    let contents = summary::Contents { steps: false };
    let text =
        teller.with_sources(|sources| summary::render(&teller.story(), sources, Look::PLAIN, contents));
    expect![[r#"
        failed  lint  3 errors
          findings.error is 3, wanted 0 (rule `no-errors`)
          findings.introduced.error is 2, wanted 0 (rule `no-new`: clean as you code)
          src/a.rs:12  new error  R1  this is wrong
          src/a.rs:40  new error  R1  this is wrong
          src/a.rs:3  error  R1  this is wrong

        failed  lic  1 error
          findings.error is 1, wanted 0 (rule `no-errors`)
          licenses.copyleft is 1, wanted 0 (rule `no-copyleft`: clean as you code)
          src/a.rs:4  new error  license  this is wrong

        failed  deps  1 error
          findings.error is 1, wanted 0 (rule `no-errors`)
          vulnerabilities.critical is 1, wanted 0 (rule `no-holes`)
          src/a.rs:3  new critical  GHSA-1  pkg:pypi/jinja2@2.11.3  the sandbox (of 2.x) leaks  (fixed in 2.11.4 and 3.1)

        failed  cov  42.8571 % of lines
          coverage.line is 42.8571 %, wanted >= 80 % (rule `covered`)
          coverage.line.drop is 17.1429 %, wanted <= 0.1 % (rule `no-drop`: clean as you code)
          coverage.changed.line is 40 %, wanted >= 80 % (rule `changed`: clean as you code)
          src/a.rs:11  not covered: lines 11-13, 16 of the change
          src/a.rs  4 of 7 lines are not covered

        undecided  a `test` gate is required, and this workflow has none
          to do: add a step to `ci/gates.yaml`, like `test: { run: COMMAND, kind: test }`
        undecided  a `format` gate is required, and this workflow has none
          to do: add `format: { uses: python/ruff-format }` to the steps of `ci/gates.yaml`
        change: 7 lines since base 68e3149a1f11
        few lines: only 5 lines of the change can be covered (`cov`)
        governed: this change edits waivers.yaml, and those of the base were used

        next:
          dod explain 019aa6c1-5d00         why, down to the lines of the reports
          dod rerun 019aa6c1-5d00 --failed  run again what did not pass

        FAILED: 4 gates in 0ms
    "#]].assert_eq(&text);
}

#[test]
fn a_change_is_explained_with_what_it_was_compared_with() {
    check(
        CHANGE,
        "",
        &expect![[r#"
            FAILED: 4 gates in 0ms  (event 21)
              judged by policy `standard`, read from policies/team.yaml (sha256:00)  (event 0)
              workflow read from ci/gates.yaml  (event 0)
              7 lines changed since base 68e3149a1f1104c609b14c6021ab361ea09034c9  (event 0)
              compared with run 019aa5b2-0000-7abc-8def-0123456789ab of base 68e3149a1f1104c609b14c6021ab361ea09034c9  (event 0)
              `lint` failed after 0ms: 3 errors  (event 11)
                rule `no-errors` failed: findings.error is 3, wanted 0  (event 10)
                  to do: put them right (`dod fix` runs the fixers there are); `dod explain PATH:LINE` says more of one
                rule `no-new` failed: findings.introduced.error is 2, wanted 0  (event 10)
                  because: clean as you code
                  it supports house-1/A
                  to do: put them right (`dod fix` runs the fixers there are); `dod explain PATH:LINE` says more of one
                its evidence: 3 errors  sha256:6464646464646464646464646464646464646464646464646464646464646464  (event 9)
                  read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
                  src/a.rs:12  new error  R1  this is wrong
                  src/a.rs:40  new error  R1  this is wrong
                  src/a.rs:3  error  R1  this is wrong
                attempt 1: ended with exit code 1  (event 9)
              `lic` failed after 0ms: 1 error  (event 14)
                rule `no-errors` failed: findings.error is 1, wanted 0  (event 13)
                  to do: put them right (`dod fix` runs the fixers there are); `dod explain PATH:LINE` says more of one
                rule `no-copyleft` failed: licenses.copyleft is 1, wanted 0  (event 13)
                  because: clean as you code
                  it supports house-1/A
                  to do: replace the package, or let the list of what is allowed have its license (`dod scan licenses --help`)
                its evidence: 1 error  sha256:6565656565656565656565656565656565656565656565656565656565656565  (event 12)
                  read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
                  src/a.rs:4  new error  license  this is wrong
                attempt 1: ended with exit code 1  (event 12)
              `deps` failed after 0ms: 1 error  (event 17)
                rule `no-errors` failed: findings.error is 1, wanted 0  (event 16)
                  to do: put them right (`dod fix` runs the fixers there are); `dod explain PATH:LINE` says more of one
                rule `no-holes` failed: vulnerabilities.critical is 1, wanted 0  (event 16)
                  to do: update the packages to versions without the hole; `dod explain ID` says more of one
                its evidence: 1 error  sha256:6666666666666666666666666666666666666666666666666666666666666666  (event 15)
                  read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
                  src/a.rs:3  new critical  GHSA-1  pkg:pypi/jinja2@2.11.3  the sandbox (of 2.x) leaks  (fixed in 2.11.4 and 3.1)
                attempt 1: ended with exit code 1  (event 15)
              `cov` failed after 0ms: 42.8571 % of lines  (event 20)
                rule `covered` failed: coverage.line is 42.8571 %, wanted >= 80 %  (event 19)
                  to do: let tests reach more of the files that are listed
                rule `no-drop` failed: coverage.line.drop is 17.1429 %, wanted <= 0.1 %  (event 19)
                  because: clean as you code
                  it supports house-1/A
                  coverage.line was 60 % where it is compared with, and is 42.8571 %  (event 18)
                  to do: let tests reach more of the files that are listed
                rule `changed` failed: coverage.changed.line is 40 %, wanted >= 80 %  (event 19)
                  because: clean as you code
                  it supports house-1/A
                  to do: let tests reach the lines of the change that are listed
                its evidence: 42.8571 % of lines  sha256:6767676767676767676767676767676767676767676767676767676767676767  (event 18)
                  src/a.rs:11  not covered: lines 11-13, 16 of the change
                  src/a.rs  4 of 7 lines are not covered
                attempt 1: ended with exit code 0  (event 18)
              a `test` gate is required, and this workflow has none
                to do: add a step to `ci/gates.yaml`, like `test: { run: COMMAND, kind: test }`
              a `format` gate is required, and this workflow has none
                to do: add `format: { uses: python/ruff-format }` to the steps of `ci/gates.yaml`
              few lines: only 5 lines of the change can be covered (`cov`)
              this change edits waivers.yaml, which judges it: the base's was used  (event 0)
                to do: it counts once it is merged; `dod validate` without a base tries it here

            next:
              dod rerun 019aa6c1-5d00 --failed
        "#]],
    );
}

#[test]
fn a_finding_says_why_it_is_new() {
    check(
        CHANGE,
        "here",
        &expect![[r#"
        src/a.rs:12  new error  R1  this is wrong  (event 9)
          found by `lint`, which failed  (event 11)
          new: line 12 is one that the change brought since 68e3149a1f11
          the tool calls it major
          rule `no-errors` counts it; it failed: findings.error is 3, wanted 0  (event 10)
          rule `no-new` counts it; it failed: findings.introduced.error is 2, wanted 0  (event 10)
          fingerprint here
          it stands in the evidence  sha256:6464646464646464646464646464646464646464646464646464646464646464
            read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
          to do: put it right; to live with it for a while: `dod waive R1 --scope src/a.rs --reason '...' --expires 30d`

        next:
          dod explain 019aa6c1-5d00
          dod rerun 019aa6c1-5d00 --failed
    "#]],
    );
    check(
        CHANGE,
        "elsewhere",
        &expect![[r#"
        src/a.rs:40  new error  R1  this is wrong  (event 9)
          found by `lint`, which failed  (event 11)
          new: run 019aa5b2-0000 of base 68e3149a1f11 has no finding with its fingerprint
          the tool calls it major
          rule `no-errors` counts it; it failed: findings.error is 3, wanted 0  (event 10)
          rule `no-new` counts it; it failed: findings.introduced.error is 2, wanted 0  (event 10)
          fingerprint elsewhere
          it stands in the evidence  sha256:6464646464646464646464646464646464646464646464646464646464646464
            read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
          to do: put it right; to live with it for a while: `dod waive R1 --scope src/a.rs --reason '...' --expires 30d`

        next:
          dod explain 019aa6c1-5d00
          dod rerun 019aa6c1-5d00 --failed
    "#]],
    );
    check(
        CHANGE,
        "old",
        &expect![[r#"
        src/a.rs:3  error  R1  this is wrong  (event 9)
          found by `lint`, which failed  (event 11)
          not new: run 019aa5b2-0000 of base 68e3149a1f11 has it too
          the tool calls it major
          rule `no-errors` counts it; it failed: findings.error is 3, wanted 0  (event 10)
          fingerprint old
          it stands in the evidence  sha256:6464646464646464646464646464646464646464646464646464646464646464
            read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
          to do: put it right; to live with it for a while: `dod waive R1 --scope src/a.rs --reason '...' --expires 30d`

        next:
          dod explain 019aa6c1-5d00
          dod rerun 019aa6c1-5d00 --failed
    "#]],
    );
}

#[test]
fn what_is_not_known_to_be_new_is_said_to_be_open() {
    check(
        ("style(gate=lint)", "new; start compared; style brings unknown"),
        "maybe",
        &expect![[r#"
            src/a.rs:3  error  R1  this is wrong  (event 3)
              found by `style`, which failed  (event 5)
              whether it is new is not known: it lies on no line of the change, and no run of the base and no baseline says what was there
              the tool calls it major
              rule `no-errors` counts it; it failed: findings.error is 1, wanted 0  (event 4)
              rule `no-new` counts it; it is undecided: findings.introduced.error is at least 0, wanted 0: whether 1 more are new is not known  (event 4)
              fingerprint maybe
              it stands in the evidence  sha256:6464646464646464646464646464646464646464646464646464646464646464
                read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
              to do: put it right; to live with it for a while: `dod waive R1 --scope src/a.rs --reason '...' --expires 30d`

            next:
              dod explain 019aa6c1-5d00
              dod rerun 019aa6c1-5d00 --failed
        "#]],
    );
}

#[test]
fn a_hole_says_where_it_is_fixed_and_a_license_what_is_the_matter() {
    check(
        CHANGE,
        "cve-2024-1",
        &expect![[r#"
            src/a.rs:3  new critical  GHSA-1  pkg:pypi/jinja2@2.11.3  the sandbox (of 2.x) leaks  (fixed in 2.11.4 and 3.1)  (event 15)
              found by `deps`, which failed  (event 17)
              new: the change brought it
              the tool calls it major
              also called CVE-2024-1
              CVSS score 9.8
              rule `no-errors` counts it; it failed: findings.error is 1, wanted 0  (event 16)
              rule `no-holes` counts it; it failed: vulnerabilities.critical is 1, wanted 0  (event 16)
              fingerprint hole
              it stands in the evidence  sha256:6666666666666666666666666666666666666666666666666666666666666666
                read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
              to do: update pkg:pypi/jinja2@2.11.3 to 2.11.4 or 3.1; to live with it for a while: `dod waive GHSA-1 --scope pkg:pypi/jinja2@2.11.3 --reason '...' --expires 30d`

            next:
              dod explain 019aa6c1-5d00
              dod rerun 019aa6c1-5d00 --failed
        "#]],
    );
    check(
        CHANGE,
        "license",
        &expect![[r#"
        src/a.rs:4  new error  license  this is wrong  (event 12)
          found by `lic`, which failed  (event 14)
          new: the change brought it
          the tool calls it major
          pkg:cargo/foo@1.0 states the license GPL-3.0-only: it asks for derived works under the same license, and no list allows it
          rule `no-errors` counts it; it failed: findings.error is 1, wanted 0  (event 13)
          rule `no-copyleft` counts it; it failed: licenses.copyleft is 1, wanted 0  (event 13)
          fingerprint license
          it stands in the evidence  sha256:6565656565656565656565656565656565656565656565656565656565656565
            read from out/lint.sarif as sarif  sha256:0808080808080808080808080808080808080808080808080808080808080808
          to do: replace pkg:cargo/foo@1.0, or allow its license; to live with it for a while: `dod waive license --scope pkg:cargo/foo@1.0 --reason '...' --expires 30d`

        next:
          dod explain 019aa6c1-5d00
          dod rerun 019aa6c1-5d00 --failed
    "#]],
    );
}
