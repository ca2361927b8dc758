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
