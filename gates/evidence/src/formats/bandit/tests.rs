//! Claims about `bandit`.

use expect_test::expect;

use crate::Format::Bandit;
use crate::ReadError;
use crate::tests::{check, read};

fn report(results: &str, errors: &str) -> String {
    format!(
        r#"{{"errors": [{errors}], "generated_at": "2026-01-01T00:00:00Z",
            "metrics": {{"_totals": {{"loc": 9, "nosec": 2}}, "a.py": {{"loc": 9}}}}, "results": [{results}]}}"#
    )
}

fn result(severity: &str) -> String {
    format!(
        r#"{{"code": "9 x = 1\n10 assert x\n11 y = 2\n", "col_offset": 4, "filename": "./a.py", "issue_confidence": "HIGH",
            "issue_severity": "{severity}", "issue_text": "said {severity}", "line_number": 10, "line_range": [10, 11],
            "test_id": "B101", "test_name": "assert_used"}}"#
    )
}

const UNREAD: &str = r#"{"filename": "b.py", "reason": "syntax error while parsing AST from file"}"#;

#[test]
fn each_severity_is_on_the_common_scale_and_its_word_is_kept() {
    let all: Vec<String> = ["HIGH", "MEDIUM", "LOW", "UNDEFINED"].map(result).into();
    check(
        Bandit,
        report(&all.join(","), ""),
        expect![[r#"
            Error B101 a.py:10:5 said HIGH
            Warning B101 a.py:10:5 said MEDIUM
            Note B101 a.py:10:5 said LOW
            Warning B101 a.py:10:5 said UNDEFINED
            findings.nosec = 2 1
        "#]],
    );
    let found = read(Bandit, report(&result("LOW"), "")).unwrap().findings.unwrap();
    assert_eq!(found[0].original.as_deref(), Some("LOW"));
    assert_eq!(found[0].place.as_ref().unwrap().end_line, Some(11));
}

#[test]
fn moved_code_is_the_same_finding() {
    let before = read(Bandit, report(&result("LOW"), "")).unwrap().findings.unwrap();
    let moved = result("LOW").replace("\\n10 ", "\\n40 ").replace("number\": 10", "number\": 40");
    let after = read(Bandit, report(&moved, "")).unwrap().findings.unwrap();
    assert_eq!(before[0].fingerprint, after[0].fingerprint);
    let other = result("LOW").replace("assert x", "assert z");
    let other = read(Bandit, report(&other, "")).unwrap().findings.unwrap();
    assert_ne!(before[0].fingerprint, other[0].fingerprint);
}

#[test]
fn a_file_that_was_not_read_is_told_and_never_clean() {
    check(
        Bandit,
        report(&result("LOW"), UNREAD),
        expect![[r#"
            Note B101 a.py:10:5 said LOW
            findings.nosec = 2 1
            notices.error = 1 1
        "#]],
    );
    let message = "b.py: syntax error while parsing AST from file".to_owned();
    assert_eq!(read(Bandit, report("", UNREAD)), Err(ReadError::ToolFailed { message }));
    assert_eq!(read(Bandit, report("", "")).unwrap().findings, Some(Vec::new()));
}

#[test]
fn a_scan_of_no_file_has_found_nothing_because_it_could_not() {
    let empty = report("", "").replace(r#", "a.py": {"loc": 9}"#, "");
    assert_eq!(read(Bandit, empty), Err(ReadError::NotRun { what: "files" }));
}

#[test]
fn a_severity_that_bandit_does_not_have_is_malformed() {
    assert!(matches!(read(Bandit, report(&result("TERRIBLE"), "")), Err(ReadError::Malformed { .. })));
}
