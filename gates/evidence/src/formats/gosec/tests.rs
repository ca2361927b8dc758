//! Claims about `gosec`.

use expect_test::expect;

use crate::Format::Gosec;
use crate::ReadError;
use crate::tests::{check, read};

fn report(issues: &str, errors: &str, found: u32) -> String {
    format!(
        r#"{{"Golang errors": {{{errors}}}, "Issues": [{issues}], "Stats": {{"files": 2, "lines": 9, "nosec": 0,
            "found": {found}}}, "GosecVersion": "2.22.0"}}"#
    )
}

fn issue(severity: &str, more: &str) -> String {
    format!(
        r#"{{"severity": "{severity}", "confidence": "HIGH", "rule_id": "G104", "details": "Errors unhandled",
            "file": "/repo/a.go", "code": "9: x\n10: s.Serve()\n11: y\n", "line": "10", "column": "2"{more}}}"#
    )
}

#[test]
fn each_severity_is_on_the_common_scale_and_totals_are_compared() {
    let all = ["HIGH", "MEDIUM", "LOW"].map(|word| issue(word, ""));
    check(
        Gosec,
        report(&all.join(","), "", 4),
        expect![[r#"
            Error G104 a.go:10:2 Errors unhandled
            Warning G104 a.go:10:2 Errors unhandled
            Note G104 a.go:10:2 Errors unhandled
            declared 4 findings, counted 3
        "#]],
    );
    assert!(matches!(read(Gosec, report(&issue("EVIL", ""), "", 1)), Err(ReadError::Malformed { .. })));
}

#[test]
fn what_nosec_and_suppressions_take_out_is_suppressed() {
    check(
        Gosec,
        report(
            &[
                issue("HIGH", r#", "nosec": true"#),
                issue("LOW", r#", "suppressions": [{"kind": "inSource"}]"#),
            ]
            .join(","),
            "",
            0,
        ),
        expect![[r#"
            Error G104 a.go:10:2 Errors unhandled (suppressed)
            Note G104 a.go:10:2 Errors unhandled (suppressed)
        "#]],
    );
}

#[test]
fn lines_may_be_a_range_a_number_or_nothing() {
    for (line, expected) in
        [(r#""36-39""#, (Some(36), Some(39))), ("7", (Some(7), None)), (r#""""#, (None, None))]
    {
        let issue = issue("LOW", "").replace(r#""10""#, line);
        let found = read(Gosec, report(&issue, "", 1)).unwrap().findings.unwrap();
        let place = found[0].place.as_ref().unwrap();
        assert_eq!((place.line, place.end_line), expected, "{line}");
    }
}

#[test]
fn moved_code_is_the_same_finding() {
    let before = read(Gosec, report(&issue("LOW", ""), "", 1)).unwrap().findings.unwrap();
    let moved =
        issue("LOW", "").replace("10: ", "40: ").replace(r#""10""#, r#""40""#).replace("9: x", "39: z");
    let after = read(Gosec, report(&moved, "", 1)).unwrap().findings.unwrap();
    assert_eq!(before[0].fingerprint, after[0].fingerprint);
}

#[test]
fn a_file_that_does_not_compile_is_told_and_never_clean() {
    let error = r#""/repo/b.go": [{"line": 1, "column": 2, "error": "expected ';'"}]"#;
    check(
        Gosec,
        report(&issue("LOW", ""), error, 1),
        expect![[r#"
            Note G104 a.go:10:2 Errors unhandled
            notices.error = 1 1
        "#]],
    );
    let message = "/repo/b.go: expected ';'".to_owned();
    assert_eq!(read(Gosec, report("", error, 0)), Err(ReadError::ToolFailed { message }));
}

#[test]
fn nothing_found_is_clean_only_if_there_was_something_to_look_at() {
    let clean = r#"{"Golang errors": {}, "Issues": null, "Stats": {"files": 3, "found": 0}}"#;
    assert_eq!(read(Gosec, clean).unwrap().findings, Some(Vec::new()));
    assert_eq!(
        read(Gosec, clean.replace("3", "0")),
        Err(ReadError::NotRun { what: "file that was scanned" })
    );
    let totals = read(Gosec, clean.replace("\"found\": 0", "\"found\": 4"));
    assert_eq!(totals, Err(ReadError::NotRun { what: "issues, only totals" }));
    assert!(matches!(read(Gosec, r#"{"Issues": []}"#), Err(ReadError::OtherFormat { .. })));
}
