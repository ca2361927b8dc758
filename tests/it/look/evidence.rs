//! `dod evidence`: one report, without a run.

use expect_test::expect;
use std::io::Write as _;
use std::process::Stdio;

use super::{check, json};
use crate::dod::Project;

const JUNIT: &str = r#"<?xml version="1.0"?>
<testsuites tests="4"><testsuite name="s" tests="3">
  <testcase name="a" classname="c"/>
  <testcase name="b" classname="c"><failure message="no"/></testcase>
  <testcase name="d" classname="c"><skipped/></testcase>
</testsuite></testsuites>
"#;
const GCC: &str = "src/a.c:3:5: warning: unused variable [-Wunused]\nsrc/a.c:9:1: error: no\n";

fn project() -> Project {
    let lcov = "TN:\nSF:a.rs\nDA:1,1\nDA:2,0\nDA:3,1\nend_of_record\n";
    Project::with(&[("junit.xml", JUNIT), ("gcc.txt", GCC), ("lcov.info", lcov), ("what.txt", "hello\n")])
}

#[test]
fn a_report_is_counted() {
    let project = project();
    check(
        &project,
        &["evidence", "junit.xml", "--format", "json"],
        &expect![[r#"
        exit code 0
        --- stdout
        {
          "format": "junit",
          "status": "read",
          "tests": {
            "total": 3,
            "passed": 1,
            "failed": 1,
            "errored": 0,
            "skipped": 1,
            "flaky": 0
          },
          "mismatches": [
            {
              "name": "tests",
              "declared": 4,
              "counted": 3
            }
          ]
        }
        --- stderr
    "#]],
    );
    check(
        &project,
        &["evidence", "junit.xml"],
        &expect![[r#"
        exit code 0
        --- stdout
        format  junit
        tests  3 (1 passed, 1 failed, 1 skipped)
        mismatch  tests: the report says 4, 3 were counted
        --- stderr
    "#]],
    );
    check(
        &project,
        &["evidence", "lcov.info", "--format", "json"],
        &expect![[r#"
        exit code 0
        --- stdout
        {
          "format": "lcov",
          "status": "read",
          "measures": {
            "coverage.line": {
              "value": 66.6666,
              "unit": "%"
            }
          },
          "mismatches": []
        }
        --- stderr
    "#]],
    );
    check(
        &project,
        &["evidence", "gcc.txt", "--as", "gcc_lines", "--findings"],
        &expect![[r#"
        exit code 0
        --- stdout
        format  gcc_lines
        findings  2 (1 error, 1 warning)
        src/a.c:3:5: warning unused: unused variable
        src/a.c:9:1: error error: no
        --- stderr
    "#]],
    );
}

#[test]
fn findings_are_listed_where_they_are_wanted() {
    let object = json(&project(), &["evidence", "gcc.txt", "--as", "gcc_lines", "--findings"]);
    assert_eq!(object["findings"]["total"], 2);
    for report in ["junit.xml", "lcov.info", "what.txt"] {
        json(&project(), &["evidence", report]);
    }
    assert_eq!(object["list"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_not_readable_is_never_zero_findings() {
    let project = project();
    project.write("cut.xml", &JUNIT[..120]);
    check(
        &project,
        &["evidence", "cut.xml", "--format", "json"],
        &expect![[r#"
        exit code 3
        --- stdout
        {
          "format": "junit",
          "status": "unreadable",
          "reason": "the report is cut off at byte 120"
        }
        --- stderr
    "#]],
    );
    check(
        &project,
        &["evidence", "what.txt"],
        &expect![[r#"
        exit code 3
        --- stdout
        --- stderr
        error: `what.txt` cannot be read: its format is not recognized; name it with `--as`
    "#]],
    );
    check(
        &project,
        &["evidence", "what.txt", "--as", "sarif", "--format", "json"],
        &expect![[r#"
        exit code 3
        --- stdout
        {
          "format": "sarif",
          "status": "unreadable",
          "reason": "the report is not SARIF 2.1.0: it is text that is not JSON"
        }
        --- stderr
    "#]],
    );
}

#[test]
fn a_mistake_on_the_command_line_reads_nothing() {
    let project = project();
    check(
        &project,
        &["evidence", "gone.xml"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: there is no file `gone.xml`
    "#]],
    );
    check(
        &project,
        &["evidence", "junit.xml", "--as", "junti"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: no format is called `junti`
          = help: did you mean `junit`?
    "#]],
    );
}

const NPM: &str = r#"{"auditReportVersion": 2, "vulnerabilities": {"debug": {"severity": "moderate", "via": [
  {"source": 1, "name": "debug", "title": "Slow", "url": "https://github.com/advisories/GHSA-gxpj-cx7g-858c",
   "severity": "moderate", "cvss": {"score": 5.3, "vectorString": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}}]}}}"#;
const PIP: &str = r#"{"dependencies": [{"name": "six", "version": "1.16", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": []}]},
  {"name": "own", "skip_reason": "Dependency not found on PyPI"}], "fixes": []}"#;
const DENY: &str = r#"{"type":"diagnostic","fields":{"code":"rejected","severity":"error","message":"no","graphs":[{"Krate":{"name":"a","version":"1.0.0"}}],"labels":[{"message":"license expression","span":"GPL-3.0"}]}}
{"type":"summary","fields":{"licenses":{"errors":1,"warnings":0,"notes":0,"helps":0}}}
"#;

#[test]
fn vulnerabilities_licenses_and_what_nobody_checked_are_told() {
    let project = Project::with(&[("npm.json", NPM), ("pip.json", PIP), ("deny.jsonl", DENY)]);
    check(
        &project,
        &["evidence", "npm.json", "--findings", "--format", "json"],
        &expect![[r#"
        exit code 0
        --- stdout
        {
          "format": "npm_audit",
          "status": "read",
          "findings": {
            "total": 1,
            "error": 0,
            "warning": 1,
            "note": 0,
            "suppressed": 0
          },
          "vulnerabilities": {
            "critical": 0,
            "high": 0,
            "medium": 1,
            "low": 0,
            "unknown": 0
          },
          "mismatches": [],
          "list": [
            {
              "fingerprint": "964f1fb2ff5bad9764edb3d968785672",
              "message": "pkg:npm/debug: Slow",
              "original": "moderate",
              "rule": "GHSA-gxpj-cx7g-858c",
              "severity": "warning",
              "vulnerability": {
                "aliases": [
                  "npm:1"
                ],
                "danger": "medium",
                "id": "GHSA-gxpj-cx7g-858c",
                "package": "pkg:npm/debug",
                "score": 5.3,
                "vector": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
                "version": ""
              }
            }
          ]
        }
        --- stderr
    "#]],
    );
    check(
        &project,
        &["evidence", "pip.json", "--format", "json"],
        &expect![[r#"
        exit code 0
        --- stdout
        {
          "format": "pip_audit",
          "status": "read",
          "findings": {
            "total": 2,
            "error": 1,
            "warning": 0,
            "note": 1,
            "suppressed": 0
          },
          "vulnerabilities": {
            "critical": 0,
            "high": 0,
            "medium": 0,
            "low": 0,
            "unknown": 1
          },
          "unchecked": 1,
          "mismatches": []
        }
        --- stderr
    "#]],
    );
    check(
        &project,
        &["evidence", "pip.json"],
        &expect![[r#"
        exit code 0
        --- stdout
        format  pip_audit
        findings  2 (1 error, 1 note)
        vulnerabilities  1 (1 unknown)
        unchecked  1
        --- stderr
    "#]],
    );
    check(
        &project,
        &["evidence", "deny.jsonl", "--format", "json"],
        &expect![[r#"
        exit code 0
        --- stdout
        {
          "format": "cargo_deny",
          "status": "read",
          "findings": {
            "total": 1,
            "error": 1,
            "warning": 0,
            "note": 0,
            "suppressed": 0
          },
          "licenses": {
            "copyleft": 0,
            "denied": 1,
            "unknown": 0
          },
          "mismatches": []
        }
        --- stderr
    "#]],
    );
    check(
        &project,
        &["evidence", "deny.jsonl"],
        &expect![[r#"
        exit code 0
        --- stdout
        format  cargo_deny
        findings  1 (1 error)
        licenses  1 (1 denied)
        --- stderr
    "#]],
    );
}

#[test]
fn a_format_is_known_by_common_names() {
    let project = Project::with(&[("pip.json", PIP)]);
    for name in ["pip_audit", "pip-audit", "PIP-AUDIT", "pip-audit-json"] {
        let object = json(&project, &["evidence", "pip.json", "--as", name]);
        assert_eq!((&object["format"], &object["unchecked"]), (&"pip_audit".into(), &1.into()), "{name}");
    }
}

#[test]
fn a_report_may_come_from_a_pipe() {
    let project = project();
    let mut child = project
        .command(&["evidence", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(JUNIT.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &object["tests"]["total"]), (Some(0), &3.into()));
}
