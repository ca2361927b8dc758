//! Claims about `golangci_lint`.

use expect_test::expect;

use crate::Format::GolangciLint;
use crate::ReadError;
use crate::tests::{check, read};

fn report(issues: &str, error: &str) -> String {
    format!(
        r#"{{"Issues": [{issues}], "Report": {{"Linters": [{{"Name": "errcheck", "Enabled": true}}]{error}}}}}"#
    )
}

fn issue(severity: &str) -> String {
    format!(
        r#"{{"FromLinter": "errcheck", "Text": "said '{severity}'", "Severity": "{severity}", "SourceLines": ["\tf()"],
            "Replacement": null, "Pos": {{"Filename": "a.go", "Offset": 9, "Line": 3, "Column": 2}}, "LineRange": {{"From": 3, "To": 4}}}}"#
    )
}

#[test]
fn a_severity_is_an_error_unless_the_configuration_makes_it_less() {
    let all = ["", "error", "warning", "info", "low", "medium", "@linter", "high"].map(issue);
    check(
        GolangciLint,
        report(&all.join(","), ""),
        expect![[r#"
            Error errcheck a.go:3:2 said ''
            Error errcheck a.go:3:2 said 'error'
            Warning errcheck a.go:3:2 said 'warning'
            Note errcheck a.go:3:2 said 'info'
            Note errcheck a.go:3:2 said 'low'
            Warning errcheck a.go:3:2 said 'medium'
            Error errcheck a.go:3:2 said '@linter'
            Error errcheck a.go:3:2 said 'high'
        "#]],
    );
}

#[test]
fn no_issues_are_clean_only_beside_a_report() {
    for clean in [r#"{"Issues": null, "Report": {}}"#, r#"{"Issues": [], "Report": {"Linters": []}}"#] {
        assert_eq!(read(GolangciLint, clean).unwrap().findings, Some(Vec::new()), "{clean}");
    }
    for other in [r#"{"Issues": null}"#, r#"{"Issues": []}"#, r#"{"Report": {}}"#] {
        assert!(matches!(read(GolangciLint, other), Err(ReadError::OtherFormat { .. })), "{other}");
    }
}

#[test]
fn a_linter_that_broke_down_makes_the_report_unreadable() {
    let message = "1 error occurred: can't run linter goanalysis_metalinter".to_owned();
    let error = format!(r#", "Error": "{message}""#);
    for issues in [String::new(), issue("")] {
        let found = read(GolangciLint, report(&issues, &error));
        assert_eq!(found, Err(ReadError::ToolFailed { message: message.clone() }));
    }
    assert!(read(GolangciLint, report("", r#", "Error": """#)).is_ok());
}

#[test]
fn the_summary_behind_the_document_is_compared() {
    check(
        GolangciLint,
        format!("{}\n2 issues:\n* errcheck: 2\n", report(&issue(""), "")),
        expect![[r#"
            Error errcheck a.go:3:2 said ''
            declared 2 findings, counted 1
        "#]],
    );
    check(
        GolangciLint,
        format!("{}\n0 issues.\n", report("", "")),
        expect![[r#"
            looked and found nothing
        "#]],
    );
    for behind in ["{}", "* errcheck: 2", "level=error msg=x", "0 issues.\n0 issues."] {
        let found = read(GolangciLint, format!("{}\n{behind}\n", report("", "")));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{behind}: {found:?}");
    }
}
